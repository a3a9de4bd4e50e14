//! Fuzzes the parser against the rules.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| checksig_fuzz::lists::parse(data));
