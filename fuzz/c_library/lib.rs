//! The sources of `checksig-ffi` with everything public, so that Rust can call the C functions. The package itself makes
//! no Rust library: with one, its shared library could no longer be optimised as a whole.
#![allow(
    non_camel_case_types,
    clippy::missing_safety_doc,
    reason = "the names are C's, and so are the contracts"
)]

#[path = "../../crates/checksig-ffi/src/algorithm.rs"]
pub mod algorithm;
#[path = "../../crates/checksig-ffi/src/boundary.rs"]
pub mod boundary;
#[path = "../../crates/checksig-ffi/src/cancel.rs"]
pub mod cancel;
#[path = "../../crates/checksig-ffi/src/error.rs"]
pub mod error;
#[path = "../../crates/checksig-ffi/src/event.rs"]
pub mod event;
#[path = "../../crates/checksig-ffi/src/hash.rs"]
pub mod hash;
#[path = "../../crates/checksig-ffi/src/manifest.rs"]
pub mod manifest;
#[path = "../../crates/checksig-ffi/src/options.rs"]
pub mod options;
#[path = "../../crates/checksig-ffi/src/outcome.rs"]
pub mod outcome;
#[path = "../../crates/checksig-ffi/src/outcomes.rs"]
pub mod outcomes;
#[path = "../../crates/checksig-ffi/src/report.rs"]
pub mod report;
#[path = "../../crates/checksig-ffi/src/run.rs"]
pub mod run;
#[path = "../../crates/checksig-ffi/src/signatures.rs"]
pub mod signatures;
#[path = "../../crates/checksig-ffi/src/sized.rs"]
pub mod sized;
#[path = "../../crates/checksig-ffi/src/strings.rs"]
pub mod strings;
#[path = "../../crates/checksig-ffi/src/verify.rs"]
pub mod verify;
#[path = "../../crates/checksig-ffi/src/version.rs"]
pub mod version;
