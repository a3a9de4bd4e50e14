//! Hashing what the caller names.

use std::ffi::{c_char, c_void};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;

use checksig_core::{Algorithm, CancelToken, Quoted, hash_stream};

use crate::algorithm::{checksig_checksum, from_number};
use crate::boundary::{self, Out, Result, bytes, call};
use crate::cancel::checksig_cancel_token;
use crate::error::{Failure, checksig_error, checksig_status};

/// Computes the checksum of a file, on this thread. FIFOs and devices are read to their end.
///
/// @param algorithm  one of checksig_algorithm, or CHECKSIG_BLAKE2B_OF
/// @param cancel     stops it at its next buffer when set; NULL: nothing does
/// @param checksum   receives the checksum
/// @return CHECKSIG_OK; CHECKSIG_CANCELLED; CHECKSIG_UNREADABLE_FILE; CHECKSIG_UNKNOWN_ALGORITHM
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_hash_file(
    path: *const c_char,
    algorithm: u32,
    cancel: *const checksig_cancel_token,
    checksum: *mut checksig_checksum,
    error: *mut *mut checksig_error,
) -> checksig_status {
    let hash = || {
        // SAFETY: the header asks for NULL or a string, a token and a place to write to.
        let (path, cancel, checksum) =
            unsafe { (boundary::path(path, "path")?, cancel.as_ref(), Out::new(checksum, "checksum")?) };
        let algorithm = wanted(algorithm)?;
        let cancel = cancel.map(|token| token.0.clone()).unwrap_or_default();
        let hashed = File::open(path)
            .and_then(|file| hash_stream(Cancellable { reader: file, cancel: cancel.clone() }, algorithm));
        match hashed {
            Ok(hashed) => checksum.put(checksig_checksum::of(&hashed)),
            Err(_) if cancel.is_cancelled() => return Ok(checksig_status::CHECKSIG_CANCELLED),
            Err(error) => return Err(Failure::unreadable_file(path.as_os_str().as_bytes(), &error)),
        }
        Ok(checksig_status::CHECKSIG_OK)
    };
    // SAFETY: the header asks for NULL or a place to write to.
    unsafe { call(error, hash) }
}

/// Computes the checksum of bytes in memory, on this thread.
///
/// @param algorithm  one of checksig_algorithm, or CHECKSIG_BLAKE2B_OF
/// @param checksum   receives the checksum
/// @return CHECKSIG_OK; CHECKSIG_UNKNOWN_ALGORITHM
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_hash_bytes(
    data: *const c_void,
    len: usize,
    algorithm: u32,
    checksum: *mut checksig_checksum,
    error: *mut *mut checksig_error,
) -> checksig_status {
    let hash = || {
        // SAFETY: the header asks for NULL or so many bytes, and a place to write to.
        let (data, checksum) = unsafe { (bytes(data.cast(), len, "data")?, Out::new(checksum, "checksum")?) };
        let hashed = hash_stream(data, wanted(algorithm)?)
            .map_err(|error| Failure::invalid(format!("cannot hash: {error}")))?;
        checksum.put(checksig_checksum::of(&hashed));
        Ok(checksig_status::CHECKSIG_OK)
    };
    // SAFETY: the header asks for NULL or a place to write to.
    unsafe { call(error, hash) }
}

fn wanted(algorithm: u32) -> Result<Algorithm> {
    from_number(algorithm)?.ok_or_else(|| {
        let message = "the algorithm must be said: a file has none of its own";
        Failure::new(checksig_status::CHECKSIG_UNKNOWN_ALGORITHM, message)
    })
}

/// A reader that fails once its token is set.
struct Cancellable<R> {
    reader: R,
    cancel: CancelToken,
}

impl<R: Read> Read for Cancellable<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.cancel.is_cancelled() {
            return Err(io::Error::other("cancelled"));
        }
        self.reader.read(buffer)
    }
}

impl Failure {
    fn unreadable_file(name: &[u8], error: &io::Error) -> Self {
        let message = format!("cannot read {}: {error}", Quoted(name));
        Self::new(checksig_status::CHECKSIG_UNREADABLE_FILE, message).with_os_error(error.raw_os_error())
    }
}
