//! An algorithm together with the bytes of a digest.

use std::fmt;

use crate::algorithm::{Algorithm, MAX_DIGEST_LEN};

/// A digest and the algorithm that it belongs to.
///
/// Prints as lower-case hex. Two checksums are equal when both algorithm and digest are.
///
/// ```
/// use checksig_core::{Algorithm, Checksum};
/// let sum = Checksum::from_hex(Algorithm::Md5, "D41D8CD98F00B204E9800998ECF8427E").unwrap();
/// assert_eq!(sum.to_string(), "d41d8cd98f00b204e9800998ecf8427e");
/// assert_eq!(Checksum::from_hex(Algorithm::Md5, "d41d"), None); // too short
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Checksum {
    algorithm: Algorithm,
    /// The digest, then zeros.
    bytes: [u8; MAX_DIGEST_LEN],
}

impl Checksum {
    /// The checksum of these digest bytes; `None` unless there are exactly [`Algorithm::digest_len`] of them.
    pub fn new(algorithm: Algorithm, digest: &[u8]) -> Option<Self> {
        if digest.len() != algorithm.digest_len() {
            return None;
        }
        let mut bytes = [0; MAX_DIGEST_LEN];
        bytes[..digest.len()].copy_from_slice(digest);
        Some(Self { algorithm, bytes })
    }

    /// The checksum written as hex, in any case; `None` unless it is all hex digits and of the right length.
    pub fn from_hex(algorithm: Algorithm, hex: impl AsRef<[u8]>) -> Option<Self> {
        let hex = hex.as_ref();
        let mut bytes = [0; MAX_DIGEST_LEN];
        let digest = bytes.get_mut(..algorithm.digest_len())?;
        (base16ct::mixed::decode(hex, digest).ok()?.len() == algorithm.digest_len())
            .then_some(Self { algorithm, bytes })
    }

    /// All zeros: a place for a hasher to write to.
    pub(crate) fn zeroed(algorithm: Algorithm) -> Self {
        Self { algorithm, bytes: [0; MAX_DIGEST_LEN] }
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The digest, [`Algorithm::digest_len`] bytes.
    pub fn digest(&self) -> &[u8] {
        &self.bytes[..self.algorithm.digest_len()]
    }

    pub(crate) fn digest_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.algorithm.digest_len()]
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 2 * MAX_DIGEST_LEN];
        f.pad(base16ct::lower::encode_str(self.digest(), &mut text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{self}", self.algorithm)
    }
}
