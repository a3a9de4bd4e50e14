//! What stands between C and Rust in every function: the panic boundary, and the checks of pointers.
//!
//! The body of each exported function is one call of [`call`] or [`value`]: nothing unwinds into C. The functions that
//! take pointers turn NULL into an error; that other pointers are good is the caller's promise, made in the header.

use std::ffi::{CStr, OsStr, c_char};
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::error::{Failure, checksig_error, checksig_status};

/// Whether this is the library that `tests/provoked` builds, in which every function panics on demand.
const IS_PROVOKED: bool = !matches!(env!("CARGO_PKG_NAME").as_bytes(), b"checksig-ffi");

pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// Runs the body of a function that returns a status, and puts the text of a failure where the caller wants it.
///
/// # Safety
/// `error` is NULL or may be written to.
pub(crate) unsafe fn call(
    error: *mut *mut checksig_error,
    body: impl FnOnce() -> Result<checksig_status>,
) -> checksig_status {
    let failure = match catch(body) {
        Some(Ok(status)) => return status,
        Some(Err(failure)) => failure,
        None => Failure::panic(),
    };
    let status = failure.status();
    if !error.is_null() {
        // SAFETY: not NULL, so by the contract of this function it may be written to.
        unsafe { error.write(Box::into_raw(Box::new(checksig_error::new(failure)))) };
    }
    status
}

/// Runs the body of a function that cannot fail but by a panic, for which `otherwise` stands.
pub(crate) fn value<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    catch(body).unwrap_or(otherwise)
}

/// `None` after a panic. What a body leaves half done nobody sees: handles that can change are over then.
fn catch<T>(body: impl FnOnce() -> T) -> Option<T> {
    let ended = catch_unwind(AssertUnwindSafe(|| {
        if IS_PROVOKED {
            assert!(std::env::var_os("CHECKSIG_PROVOKE_PANIC").is_none(), "provoked");
        }
        body()
    }));
    ended
        .map_err(|carried| {
            // Dropping what a panic carries could panic again.
            if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(carried))) {
                std::mem::forget(again);
            }
        })
        .ok()
}

/// The object behind a pointer.
///
/// # Safety
/// `pointer` is NULL or valid for `'a`.
pub(crate) unsafe fn object<'a, T>(pointer: *const T, name: &str) -> Result<&'a T> {
    // SAFETY: the contract of this function.
    unsafe { pointer.as_ref() }.ok_or_else(|| Failure::null(name))
}

/// Like [`object`], to change it.
///
/// # Safety
/// `pointer` is NULL or valid for `'a` and nobody else uses it meanwhile.
pub(crate) unsafe fn object_mut<'a, T>(pointer: *mut T, name: &str) -> Result<&'a mut T> {
    // SAFETY: the contract of this function.
    unsafe { pointer.as_mut() }.ok_or_else(|| Failure::null(name))
}

/// A place for a result, which is written to at the very end and only on success.
pub(crate) struct Out<T>(*mut T);

impl<T> Out<T> {
    /// # Safety
    /// `place` is NULL or may be written to until the function returns.
    pub(crate) unsafe fn new(place: *mut T, name: &str) -> Result<Self> {
        if place.is_null() { Err(Failure::null(name)) } else { Ok(Self(place)) }
    }

    pub(crate) fn put(self, value: T) {
        // SAFETY: not NULL, so by the contract of `new` it may be written to.
        unsafe { self.0.write(value) }
    }
}

impl<T> Out<*mut T> {
    /// Gives the caller an object that he must free.
    pub(crate) fn give(self, value: T) {
        self.put(Box::into_raw(Box::new(value)));
    }
}

/// Takes back an object that [`Out::give`] gave; nothing for NULL.
///
/// # Safety
/// `pointer` is NULL or from [`Out::give`], and not used again.
pub(crate) unsafe fn take_back<T>(pointer: *mut T) {
    if !pointer.is_null() {
        // SAFETY: by the contract of this function it came from `Box::into_raw`.
        drop(unsafe { Box::from_raw(pointer) });
    }
}

/// Bytes of the caller's. None at all may be written as NULL, as C++ does for an empty view.
///
/// # Safety
/// `start` is NULL, or `len` bytes can be read there for `'a`.
pub(crate) unsafe fn bytes<'a>(start: *const u8, len: usize, name: &str) -> Result<&'a [u8]> {
    match (start.is_null(), len) {
        (true, 0) => Ok(&[]),
        (true, _) => Err(Failure::null(name)),
        (false, len) if len > isize::MAX as usize => {
            Err(Failure::invalid(format!("{name}: no memory is {len} bytes long")))
        }
        // SAFETY: not NULL, not longer than a slice may be, and readable by the contract of this function.
        (false, len) => Ok(unsafe { std::slice::from_raw_parts(start, len) }),
    }
}

/// A string of the caller's, without its NUL.
///
/// # Safety
/// `text` is NULL or ends with a NUL and can be read for `'a`.
pub(crate) unsafe fn string<'a>(text: *const c_char, name: &str) -> Result<&'a [u8]> {
    if text.is_null() {
        return Err(Failure::null(name));
    }
    // SAFETY: not NULL, so by the contract of this function it ends with a NUL.
    Ok(unsafe { CStr::from_ptr(text) }.to_bytes())
}

/// A path of the caller's: bytes, in no encoding.
///
/// # Safety
/// As for [`string`].
pub(crate) unsafe fn path<'a>(text: *const c_char, name: &str) -> Result<&'a Path> {
    // SAFETY: the same contract.
    unsafe { string(text, name) }.map(|bytes| Path::new(OsStr::from_bytes(bytes)))
}
