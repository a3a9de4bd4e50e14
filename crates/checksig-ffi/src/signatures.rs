//! `checksig_check_signatures`: the contract of the program that checksig grew out of, for callers that have no more
//! than a foreign function interface.

use std::alloc::{Layout, handle_alloc_error};
use std::ffi::{c_char, c_void};

use checksig_core::check_signatures;

use crate::boundary::{path, value};
use crate::strings::c_string;

/// Verifies a directory against its `sha1sum.txt`, that list alone, with a thread for each core.
///
/// From Python:
///
///     import ctypes
///     lib = ctypes.CDLL("libchecksig.so")
///     lib.checksig_check_signatures.restype = ctypes.c_void_p
///     message = lib.checksig_check_signatures(b"downloads")
///     if message is not None:
///         print(ctypes.string_at(message).decode())
///         lib.checksig_string_free(ctypes.c_void_p(message))
///
/// @return NULL if, and only if, every file is what the list says. Else a message that names at most 20 files and says
///         how many more there are; also for a NULL argument, a bug and want of memory, for which room is set aside before
///         the run. To be freed with checksig_string_free(), or with free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_check_signatures(root_dir: *const c_char) -> *mut c_char {
    let reserve = Reserve::new();
    let verify = || {
        // SAFETY: the header asks for NULL or a string.
        let root = match unsafe { path(root_dir, "root_dir") } {
            Ok(root) => root,
            Err(failure) => return Some(failure.to_string()),
        };
        check_signatures(root).err().map(|error| error.to_string())
    };
    let grow = |memory, size| {
        // SAFETY: it is called with the reserve's memory, which is from malloc.
        unsafe { libc::realloc(memory, size) }
    };
    let panicked =
        || Some("internal error: checksig panicked, which is a bug; nothing is verified".to_owned());
    match value(None, || Some(verify())).unwrap_or_else(panicked) {
        None => std::ptr::null_mut(),
        Some(message) => reserve.into_message(&message, grow),
    }
}

/// Memory from the C allocator in which a message fits, cut off if there is no more.
struct Reserve(*mut c_void);

impl Reserve {
    /// Enough for twenty names of usual length with their digests.
    const SIZE: usize = 8 * 1024;

    /// Ends the process if there is no memory even now: nothing that could be returned would be true.
    fn new() -> Self {
        // SAFETY: malloc may be asked for any size.
        let memory = unsafe { libc::malloc(Self::SIZE) };
        if memory.is_null() {
            handle_alloc_error(Layout::new::<[u8; Self::SIZE]>());
        }
        Self(memory)
    }

    /// The message as a C string, in memory from `grow` (which is `realloc`) if that has any.
    fn into_message(
        self,
        message: &str,
        grow: impl FnOnce(*mut c_void, usize) -> *mut c_void,
    ) -> *mut c_char {
        let message = c_string(message);
        let mut bytes = message.as_bytes();
        let grown =
            if bytes.len() < Self::SIZE { std::ptr::null_mut() } else { grow(self.0, bytes.len() + 1) };
        let memory = match (grown.is_null(), bytes.len() < Self::SIZE) {
            (false, _) => grown,
            (true, true) => self.0,
            (true, false) => {
                bytes = &bytes[..Self::SIZE - 1];
                self.0
            }
        };
        // It is the caller's now.
        std::mem::forget(self);
        let text = memory.cast::<u8>();
        // SAFETY: there is room for the bytes and a NUL: as much as was asked for, or as much as they were cut to.
        unsafe {
            bytes.as_ptr().copy_to_nonoverlapping(text, bytes.len());
            text.add(bytes.len()).write(0);
        }
        text.cast()
    }
}

impl Drop for Reserve {
    fn drop(&mut self) {
        // SAFETY: from malloc, and not given away: `into_message` forgets itself.
        unsafe { libc::free(self.0) };
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    fn message(text: &str, grow: impl FnOnce(*mut c_void, usize) -> *mut c_void) -> String {
        let message = Reserve::new().into_message(text, grow);
        // SAFETY: a string that was just made; it is freed once.
        unsafe {
            let text = CStr::from_ptr(message).to_str().unwrap().to_owned();
            libc::free(message.cast());
            text
        }
    }

    #[test]
    fn a_short_message_asks_for_no_memory() {
        assert_eq!(message("no", |_, _| unreachable!()), "no");
        let longest = "x".repeat(Reserve::SIZE - 1);
        assert_eq!(message(&longest, |_, _| unreachable!()), longest);
    }

    #[test]
    fn a_long_message_is_whole_with_memory_and_cut_without() {
        let long = "x".repeat(3 * Reserve::SIZE);
        // SAFETY: what the reserve gives to realloc.
        assert_eq!(message(&long, |memory, size| unsafe { libc::realloc(memory, size) }), long);
        assert_eq!(message(&long, |_, _| std::ptr::null_mut()), long[..Reserve::SIZE - 1]);
        let edge = &long[..Reserve::SIZE];
        assert_eq!(message(edge, |_, _| std::ptr::null_mut()), edge[1..]);
    }
}
