//! BLAKE3 as a `digest::Digest`. The crate's own implementation of the traits comes without a promise of stability.

use digest::consts::U32;
use digest::{FixedOutput, HashMarker, Output, OutputSizeUser, Update};

/// BLAKE3 with its 32-byte digest, on one core.
///
/// ```
/// use digest::Digest;
/// let digest = checksig_core::Blake3::digest(b"");
/// assert_eq!(digest[..4], [0xaf, 0x13, 0x49, 0xb9]);
/// ```
#[derive(Clone, Default)]
// Boxed: two kilobytes of state would make the states of all algorithms as large.
pub struct Blake3(Box<blake3::Hasher>);

impl HashMarker for Blake3 {}

impl OutputSizeUser for Blake3 {
    type OutputSize = U32;
}

impl Update for Blake3 {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
}

impl FixedOutput for Blake3 {
    fn finalize_into(self, out: &mut Output<Self>) {
        out.copy_from_slice(self.0.finalize().as_bytes());
    }
}
