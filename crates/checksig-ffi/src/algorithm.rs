//! Algorithms by number and name, and checksums.

use std::ffi::c_char;

use checksig_core::{Algorithm, Checksum, DigestLength, MAX_DIGEST_LEN};

use crate::boundary::{Out, Result, call, object, string, value};
use crate::error::{Failure, checksig_error, checksig_status};

/// The longest digest of any algorithm, in bytes.
pub const CHECKSIG_MAX_DIGEST_LEN: usize = 64;

/// What a buffer for the hex digits of any digest and a NUL takes, in bytes.
pub const CHECKSIG_HEX_SIZE: usize = 129;

// Written out for the header, which the generator cannot compute.
const _: () =
    assert!(CHECKSIG_MAX_DIGEST_LEN == MAX_DIGEST_LEN && CHECKSIG_HEX_SIZE == 2 * MAX_DIGEST_LEN + 1);

/// The numbers of the hash functions; they are never changed or used again. A BLAKE2b of another length than 64 bytes
/// has a number of its own: see CHECKSIG_BLAKE2B_OF.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum checksig_algorithm {
    /// None. In options: for each line what its tag, the list's name or the length of its digest says.
    CHECKSIG_ALGORITHM_NONE = 0,
    CHECKSIG_ALGORITHM_MD5 = 1,
    CHECKSIG_ALGORITHM_SHA1 = 2,
    CHECKSIG_ALGORITHM_SHA224 = 3,
    CHECKSIG_ALGORITHM_SHA256 = 4,
    CHECKSIG_ALGORITHM_SHA384 = 5,
    CHECKSIG_ALGORITHM_SHA512 = 6,
    CHECKSIG_ALGORITHM_SHA512_256 = 7,
    CHECKSIG_ALGORITHM_SHA3_224 = 8,
    CHECKSIG_ALGORITHM_SHA3_256 = 9,
    CHECKSIG_ALGORITHM_SHA3_384 = 10,
    CHECKSIG_ALGORITHM_SHA3_512 = 11,
    CHECKSIG_ALGORITHM_BLAKE3 = 12,
    /// BLAKE2b with a digest of 64 bytes, as `b2sum` computes it.
    CHECKSIG_ALGORITHM_BLAKE2B = 13,
}

use checksig_algorithm::*;

const TABLE: [(Algorithm, checksig_algorithm, &str); 13] = [
    (Algorithm::Md5, CHECKSIG_ALGORITHM_MD5, "md5\0"),
    (Algorithm::Sha1, CHECKSIG_ALGORITHM_SHA1, "sha1\0"),
    (Algorithm::Sha224, CHECKSIG_ALGORITHM_SHA224, "sha224\0"),
    (Algorithm::Sha256, CHECKSIG_ALGORITHM_SHA256, "sha256\0"),
    (Algorithm::Sha384, CHECKSIG_ALGORITHM_SHA384, "sha384\0"),
    (Algorithm::Sha512, CHECKSIG_ALGORITHM_SHA512, "sha512\0"),
    (Algorithm::Sha512_256, CHECKSIG_ALGORITHM_SHA512_256, "sha512/256\0"),
    (Algorithm::Sha3_224, CHECKSIG_ALGORITHM_SHA3_224, "sha3-224\0"),
    (Algorithm::Sha3_256, CHECKSIG_ALGORITHM_SHA3_256, "sha3-256\0"),
    (Algorithm::Sha3_384, CHECKSIG_ALGORITHM_SHA3_384, "sha3-384\0"),
    (Algorithm::Sha3_512, CHECKSIG_ALGORITHM_SHA3_512, "sha3-512\0"),
    (Algorithm::Blake3, CHECKSIG_ALGORITHM_BLAKE3, "blake3\0"),
    (Algorithm::BLAKE2B, CHECKSIG_ALGORITHM_BLAKE2B, "blake2b\0"),
];

/// Where the number of a BLAKE2b has the length of its digest in bytes, unless that is 64.
const LENGTH_SHIFT: u32 = 8;

/// The names of the BLAKE2b functions with digests of 1 to 63 bytes, each with its NUL.
const BLAKE2B_NAMES: [[u8; 12]; MAX_DIGEST_LEN] = {
    let mut names = [*b"blake2b-\0\0\0\0"; MAX_DIGEST_LEN];
    let mut bytes = 1;
    while bytes < MAX_DIGEST_LEN {
        let (mut bits, mut digits) = (
            8 * bytes,
            if bytes < 2 {
                1
            } else if bytes < 13 {
                2
            } else {
                3
            },
        );
        while digits > 0 {
            names[bytes][7 + digits] = b'0' + (bits % 10) as u8;
            bits /= 10;
            digits -= 1;
        }
        bytes += 1;
    }
    names
};

/// The core's algorithm of a number of the caller's; `None` for CHECKSIG_ALGORITHM_NONE.
pub(crate) fn from_number(number: u32) -> Result<Option<Algorithm>> {
    if number == CHECKSIG_ALGORITHM_NONE as u32 {
        return Ok(None);
    }
    known(number).map(Some).ok_or_else(|| {
        let message = format!("no algorithm has the number {number}");
        Failure::new(checksig_status::CHECKSIG_UNKNOWN_ALGORITHM, message)
    })
}

fn known(number: u32) -> Option<Algorithm> {
    if let Some((algorithm, ..)) = TABLE.iter().find(|(_, known, _)| *known as u32 == number) {
        return Some(*algorithm);
    }
    let bytes = (number >> LENGTH_SHIFT) as usize;
    let is_blake2b = number & ((1 << LENGTH_SHIFT) - 1) == CHECKSIG_ALGORITHM_BLAKE2B as u32;
    if is_blake2b { DigestLength::new(bytes).map(Algorithm::Blake2b) } else { None }
}

/// The number of an algorithm of the core's.
pub(crate) fn to_number(algorithm: Algorithm) -> u32 {
    match (TABLE.iter().find(|(known, ..)| *known == algorithm), algorithm) {
        (Some((_, number, _)), _) => *number as u32,
        (None, Algorithm::Blake2b(length)) => {
            CHECKSIG_ALGORITHM_BLAKE2B as u32 | (length.get() as u32) << LENGTH_SHIFT
        }
        // The caller's own hash functions: C has none.
        (None, _) => CHECKSIG_ALGORITHM_NONE as u32,
    }
}

/// A digest and its algorithm. Never changes its form: two of them are equal when all their bytes are (memcmp).
#[repr(C)]
#[derive(Clone, Copy)]
pub struct checksig_checksum {
    /// One of checksig_algorithm, or CHECKSIG_BLAKE2B_OF; CHECKSIG_ALGORITHM_NONE where there is no checksum.
    pub algorithm: u32,
    /// Length of the digest in bytes.
    pub digest_len: u32,
    /// The digest, then zeros.
    pub digest: [u8; CHECKSIG_MAX_DIGEST_LEN],
}

impl checksig_checksum {
    pub(crate) const NONE: Self = Self { algorithm: 0, digest_len: 0, digest: [0; CHECKSIG_MAX_DIGEST_LEN] };

    pub(crate) fn of(checksum: &Checksum) -> Self {
        let bytes = checksum.digest();
        let mut digest = [0; CHECKSIG_MAX_DIGEST_LEN];
        digest[..bytes.len()].copy_from_slice(bytes);
        Self { algorithm: to_number(checksum.algorithm()), digest_len: bytes.len() as u32, digest }
    }
}

/// Writes a digest as lower-case hex with a NUL at the end.
///
/// @param hex       room for it: CHECKSIG_HEX_SIZE bytes are always enough
/// @param hex_size  how many bytes there are
/// @return CHECKSIG_OK; CHECKSIG_INVALID_ARGUMENT if the room is too small or the checksum is none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_checksum_hex(
    checksum: *const checksig_checksum,
    hex: *mut c_char,
    hex_size: usize,
) -> checksig_status {
    let write = || {
        // SAFETY: the header asks for NULL or a checksum and a place to write to.
        let checksum = unsafe { object(checksum, "checksum") }?;
        if hex.is_null() {
            return Err(Failure::null("hex"));
        }
        let core = from_number(checksum.algorithm)?.and_then(|algorithm| {
            Checksum::new(algorithm, checksum.digest.get(..checksum.digest_len as usize)?)
        });
        let core = core.ok_or_else(|| Failure::invalid("this is the checksum of no algorithm"))?;
        let text = core.to_string();
        if hex_size <= text.len() {
            return Err(Failure::invalid(format!("hex needs {} bytes, not {hex_size}", text.len() + 1)));
        }
        // Not through a reference to its first byte, which would allow to write that one only.
        let hex = hex.cast::<u8>();
        // SAFETY: there is room for the text and the NUL, as was just seen.
        unsafe {
            text.as_ptr().copy_to_nonoverlapping(hex, text.len());
            hex.add(text.len()).write(0);
        }
        Ok(checksig_status::CHECKSIG_OK)
    };
    // SAFETY: no error is asked for.
    unsafe { call(std::ptr::null_mut(), write) }
}

/// The name of an algorithm: `sha256`; `blake2b-256` for a BLAKE2b of 256 bits. Never freed. NULL for a number that is
/// none, and for CHECKSIG_ALGORITHM_NONE: all names can be had by counting up from 1.
#[unsafe(no_mangle)]
pub extern "C" fn checksig_algorithm_name(algorithm: u32) -> *const c_char {
    value(std::ptr::null(), || {
        static NAMES: [[u8; 12]; MAX_DIGEST_LEN] = BLAKE2B_NAMES;
        match (TABLE.iter().find(|(_, number, _)| *number as u32 == algorithm), known(algorithm)) {
            (Some((.., name)), _) => name.as_ptr().cast(),
            (None, Some(Algorithm::BLAKE2B)) => checksig_algorithm_name(CHECKSIG_ALGORITHM_BLAKE2B as u32),
            (None, Some(Algorithm::Blake2b(length))) => NAMES[length.get()].as_ptr().cast(),
            (None, _) => std::ptr::null(),
        }
    })
}

/// The length of an algorithm's digest in bytes; 0 for a number that is none.
#[unsafe(no_mangle)]
pub extern "C" fn checksig_algorithm_digest_len(algorithm: u32) -> usize {
    value(0, || known(algorithm).map_or(0, Algorithm::digest_len))
}

/// Finds an algorithm by a name that users write: `sha256`, `SHA-256`, `b3`, `blake2b-256`...
///
/// @param algorithm  receives its number
/// @return CHECKSIG_OK; CHECKSIG_UNKNOWN_ALGORITHM, with an error that says which names there are
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_algorithm_from_name(
    name: *const c_char,
    algorithm: *mut u32,
    error: *mut *mut checksig_error,
) -> checksig_status {
    let find = || {
        // SAFETY: the header asks for NULL or a string and a place to write to.
        let (name, algorithm) = unsafe { (string(name, "name")?, Out::new(algorithm, "algorithm")?) };
        // What is not UTF-8 is no name either, and stays none.
        let found: Algorithm = String::from_utf8_lossy(name).parse()?;
        algorithm.put(to_number(found));
        Ok(checksig_status::CHECKSIG_OK)
    };
    // SAFETY: the header asks for NULL or a place to write to.
    unsafe { call(error, find) }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    fn name_of(number: u32) -> Option<String> {
        let name = checksig_algorithm_name(number);
        // SAFETY: not NULL, so a literal with a NUL.
        (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }.to_str().unwrap().to_owned())
    }

    #[test]
    fn numbers_are_frozen() {
        let names: Vec<String> = (1..).map_while(name_of).collect();
        let frozen = "md5 sha1 sha224 sha256 sha384 sha512 sha512/256 sha3-224 sha3-256 sha3-384 sha3-512 blake3 blake2b";
        assert_eq!(names.join(" "), frozen);
        assert_eq!(to_number("blake2b-256".parse().unwrap()), 13 | 32 << 8);
        for (_, number, name) in TABLE {
            let name = name.trim_end_matches('\0').to_uppercase().replace(['-', '/'], "_");
            assert_eq!(format!("{number:?}"), format!("CHECKSIG_ALGORITHM_{name}"));
        }
    }

    #[test]
    fn every_algorithm_of_the_core_has_number_and_name() {
        let blake2b = (1..=MAX_DIGEST_LEN).map(|len| Algorithm::Blake2b(DigestLength::new(len).unwrap()));
        for algorithm in Algorithm::all().chain(blake2b) {
            let number = to_number(algorithm);
            assert_eq!(known(number), Some(algorithm));
            assert_eq!(name_of(number).unwrap(), algorithm.name());
            assert_eq!(checksig_algorithm_digest_len(number), algorithm.digest_len());
        }
    }

    #[test]
    fn a_number_with_a_needless_length_is_the_same_algorithm() {
        assert_eq!(known(13 | 64 << 8), Some(Algorithm::BLAKE2B));
        assert_eq!(name_of(13 | 64 << 8).unwrap(), "blake2b");
        for none in [0, 14, 4 | 32 << 8, 13 | 65 << 8, 13 | 1 << 16, u32::MAX] {
            assert_eq!((known(none), name_of(none)), (None, None), "{none}");
            assert_eq!(checksig_algorithm_digest_len(none), 0);
        }
    }
}
