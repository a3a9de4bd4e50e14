//! Which library this is.

use std::ffi::c_char;

use crate::boundary::value;

/// The number of the binary interface that this header describes; the number in the SONAME of the shared library. It
/// goes up when a program that was linked with an older library would no longer work.
pub const CHECKSIG_ABI_VERSION: u32 = 0;

/// The number of the binary interface of the library that is loaded. A program that loads the library by hand (dlopen,
/// ctypes) compares it with CHECKSIG_ABI_VERSION.
#[unsafe(no_mangle)]
pub extern "C" fn checksig_abi_version() -> u32 {
    value(CHECKSIG_ABI_VERSION, || CHECKSIG_ABI_VERSION)
}

/// The version of the library that is loaded, as CHECKSIG_VERSION is that of the header: `0.1.0`. Never freed.
#[unsafe(no_mangle)]
pub extern "C" fn checksig_version() -> *const c_char {
    value(std::ptr::null(), || concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast())
}
