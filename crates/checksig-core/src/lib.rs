//! The engine of checksig: is every listed file exactly what its checksum list says?
//!
//! Bytes of a list become a [`Manifest`]; one or several of them, each with its root, become a [`Plan`]; a
//! [`Verifier`] reads and hashes the plan's files in parallel and emits [`Outcome`]s in the order of the lists;
//! these add up to a [`Report`], which a [`Policy`] turns into a [`Verdict`].
//!
//! The list, the tree and the names in it are taken for hostile input. Nothing here prints, reads the environment or
//! keeps a global.
//!
//! # Examples
//!
//! The shortest way, and the contract of the program that checksig grew out of: [`check_signatures`]. With an observer:
//! [`Verifier`]. As an iterator: [`Outcomes`]. With a hash function of your own: [`Verifier::with_digest`]. One file:
//! [`hash_file`]; many, in parallel: [`HashFiles`]; any reader, any hasher: [`hash_reader`]. A list alone:
//! [`Manifest`].
//!
//! ```
//! # let directory = tempfile::tempdir().unwrap();
//! # let root = directory.path();
//! std::fs::write(root.join("abc"), "abc").unwrap();
//! std::fs::write(root.join("sha1sum.txt"), "a9993e364706816aba3e25717850c26c9cd0d89d  abc\n").unwrap();
//! let report = checksig_core::check_signatures(root).unwrap();
//! assert_eq!(report.verified_files, 1);
//! ```
#![deny(unsafe_code)]

mod algorithm;
mod cancel;
mod checksum;
pub mod create;
mod engine;
mod error;
mod event;
mod expected;
mod gnu;
mod hash;
mod hash_files;
mod human;
mod lists;
mod manifest;
mod outcome;
mod outcomes;
mod path;
mod plan;
mod quote;
mod report;
pub mod source;
mod status;
mod verify;

pub use algorithm::{Algorithm, DigestLength, MAX_DIGEST_LEN};
pub use cancel::CancelToken;
pub use checksum::Checksum;
pub use engine::Io;
pub use error::{Error, ErrorKind};
pub use event::{Event, MalformedLine, Observer, Progress};
pub use expected::Expected;
pub use gnu::{GnuLine, GnuParser, GnuTally};
pub use hash::{
    Blake3, Builtin, BuiltinState, Ending, MultiHasher, OneStream, Stream, WithDigest, WithDigestState,
    hash_file, hash_reader, hash_stream,
};
pub use hash_files::{FileToHash, HashFiles, HashOptions, HashedFile};
pub use human::HumanBytes;
pub use lists::{ListInput, ListOptions, find_lists, read_lists, read_signatures};
pub use manifest::{
    Entry, LineCounts, LineStyle, MAX_LINE_LEN, Malformed, Manifest, ManifestParser, ParseOptions, Reason,
    write_line, write_unescaped,
};
pub use outcome::{Finding, Outcome};
pub use outcomes::Outcomes;
pub use path::EntryPath;
pub use plan::Plan;
pub use quote::{Quoted, is_unprintable};
pub use report::{Counts, Keep, Policy, Report, Verdict};
pub use source::PathPolicy;
pub use status::Status;
pub use verify::{Verifier, check_signatures};
