//! Fuzzes whole runs.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| checksig_fuzz::runs::check(data));
