//! Fuzzes where paths lead.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| checksig_fuzz::paths::check(data));
