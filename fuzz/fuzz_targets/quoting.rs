//! Fuzzes quoted names.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| checksig_fuzz::quoting::check(data));
