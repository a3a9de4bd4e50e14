//! Fuzzes lines that are written are read back.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| checksig_fuzz::lists::render(data));
