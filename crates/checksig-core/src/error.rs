//! What stops an operation altogether. What happened to one listed file is never an error here: it is an
//! [`Outcome`](crate::Outcome).

use std::fmt;
use std::io;

use crate::report::Report;

/// What kind of failure an [`Error`] is.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No algorithm has the name that was given.
    UnknownAlgorithm,
    /// What was asked for cannot be run: an unsuitable option, or too many entries.
    InvalidInput,
    /// A list could not be read.
    UnreadableList(io::Error),
    /// A directory holds no list by any of the names that are looked for.
    NoList,
    /// A root directory could not be opened.
    UnreadableRoot(io::Error),
    /// A file that was to be hashed (not: verified) could not be read.
    UnreadableFile(io::Error),
    /// There is a list already where one was to be made, and it was not to be overwritten.
    ListExists,
    /// A list could not be written. The old one, if there was one, is as it was, unless the message says otherwise.
    UnwritableList(io::Error),
    /// Files could not be read, or changed meanwhile: no list was written.
    NotListed,
    /// The making of a list was cancelled: none was written.
    Cancelled,
    /// Not one thread could be started.
    NoThreads,
    /// `io_uring` was demanded, and the kernel or a sandbox refuses it, or the files are not of a kind it is for.
    NoIoUring,
    /// The run worked, and the files are not what the list says. The report tells which.
    NotVerified(Box<Report>),
    /// A bug in checksig (or in a hasher or source given to it): a worker panicked, or the counts do not add up.
    /// Nothing that such a run says is to be trusted.
    Internal,
}

/// An operation that could not be done, and why, in words for the user.
///
/// The message holds no raw control characters, whatever the names in it hold.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(crate) fn internal(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Internal, format!("internal error, nothing is verified: {message}"))
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// The kind, for taking the report out of [`ErrorKind::NotVerified`].
    pub fn into_kind(self) -> ErrorKind {
        self.kind
    }
}
