//! Strings that cross the border: text for C, and names that are safe to print.

use std::ffi::{CString, c_char, c_void};

use checksig_core::Quoted;

use crate::boundary::{bytes, value};

/// Text for C. No message holds a NUL, as names in them are quoted; one that did must not lose its rest.
pub(crate) fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}

/// A string from the C allocator, for the caller to free. NULL only for want of memory.
pub(crate) fn allocated(text: &str) -> *mut c_char {
    let text = c_string(text);
    let bytes = text.as_bytes_with_nul();
    // SAFETY: malloc may be asked for any size; what it gives, if not NULL, takes that many bytes.
    unsafe {
        let copy = libc::malloc(bytes.len()).cast::<u8>();
        if !copy.is_null() {
            bytes.as_ptr().copy_to_nonoverlapping(copy, bytes.len());
        }
        copy.cast()
    }
}

/// A name in a form that is safe to print, whatever its bytes: as it is where that does no harm, else quoted as a
/// shell reads it back: `$'a\nb'`. File names from lists and directories are bytes that may hold terminal escapes and
/// worse: print them through this.
///
/// @return a string to be freed with checksig_string_free(), or free(); NULL only for want of memory, and if `name`
/// is NULL while `name_len` is not 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_quote(name: *const c_char, name_len: usize) -> *mut c_char {
    value(std::ptr::null_mut(), || {
        // SAFETY: the header asks for NULL or so many readable bytes.
        match unsafe { bytes(name.cast(), name_len, "name") } {
            Ok(name) => allocated(&Quoted(name).to_string()),
            Err(_) => std::ptr::null_mut(),
        }
    })
}

/// Frees a string that a function of this library returned as `char *`. The C library's free() does the same. Nothing
/// happens for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_string_free(string: *mut c_char) {
    // SAFETY: the header asks for NULL or a string of this library, which all come from malloc.
    value((), || unsafe { libc::free(string.cast::<c_void>()) });
}
