//! Fuzzes lists that come in pieces.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| checksig_fuzz::lists::pieces(data));
