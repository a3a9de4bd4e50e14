//! The C library: `checksig-core` behind C functions, as `include/checksig.h` describes them.
//!
//! The header is generated from the documentation comments here (`cargo xtask codegen`), so these speak to C
//! programmers, and types and constants have the names that they have in C. What all functions share (the panic
//! boundary, NULL, sizes) is in `boundary`; each other module is one section of the header. Nothing is decided here
//! that the core can decide.
#![allow(non_camel_case_types, reason = "the names are C's")]

mod algorithm;
mod boundary;
mod cancel;
mod error;
mod event;
mod hash;
mod manifest;
mod options;
mod outcome;
mod outcomes;
mod report;
mod run;
mod signatures;
mod sized;
mod strings;
mod verify;
mod version;
