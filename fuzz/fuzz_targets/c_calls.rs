//! Fuzzes calls of the C library.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| checksig_fuzz::c_calls::check(data));
