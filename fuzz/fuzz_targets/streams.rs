//! Fuzzes several streams hashed at once.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| checksig_fuzz::streams::check(data));
