//! How functions end: `checksig_status`, and the text of a failure.

use std::ffi::{CString, c_char, c_int};
use std::{fmt, io};

use checksig_core::{Error, ErrorKind};

use crate::boundary::{self, value};
use crate::strings::c_string;

/// How a function ended. That files are not what a list says is no failure: such a run ends with CHECKSIG_OK, and its
/// report says what was found.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum checksig_status {
    /// It did what it says.
    CHECKSIG_OK = 0,
    /// The run was cancelled. Its report is written, and says that it is incomplete. Not a failure: no checksig_error.
    CHECKSIG_CANCELLED = 1,
    /// There is no further event, entry or outcome. Not a failure: no checksig_error.
    CHECKSIG_END = 2,
    /// A pointer that must not be NULL is NULL.
    CHECKSIG_NULL_ARGUMENT = 3,
    /// An argument has a value that it cannot have, or what was asked for cannot be run.
    CHECKSIG_INVALID_ARGUMENT = 4,
    /// No algorithm has that name or number.
    CHECKSIG_UNKNOWN_ALGORITHM = 5,
    /// A list could not be read.
    CHECKSIG_UNREADABLE_LIST = 6,
    /// The directory holds no list by any of the names that are looked for.
    CHECKSIG_NO_LIST = 7,
    /// A directory could not be opened, or is no longer the one that its list was read in.
    CHECKSIG_UNREADABLE_ROOT = 8,
    /// A file that was to be hashed could not be read.
    CHECKSIG_UNREADABLE_FILE = 9,
    /// Not one thread could be started.
    CHECKSIG_NO_THREADS = 10,
    /// A bug in checksig: its Rust code panicked, or its counts do not add up. Nothing that this run said is to be
    /// trusted. Where a panic happened Rust writes to standard error: the one thing that this library ever prints.
    CHECKSIG_PANIC = 11,
    /// CHECKSIG_IO_URING was asked for, and the kernel, a sandbox or the other options do not allow it.
    CHECKSIG_NO_IO_URING = 12,
}

impl checksig_status {
    const ALL: [(Self, &str); 13] = [
        (Self::CHECKSIG_OK, "ok\0"),
        (Self::CHECKSIG_CANCELLED, "cancelled\0"),
        (Self::CHECKSIG_END, "end\0"),
        (Self::CHECKSIG_NULL_ARGUMENT, "null_argument\0"),
        (Self::CHECKSIG_INVALID_ARGUMENT, "invalid_argument\0"),
        (Self::CHECKSIG_UNKNOWN_ALGORITHM, "unknown_algorithm\0"),
        (Self::CHECKSIG_UNREADABLE_LIST, "unreadable_list\0"),
        (Self::CHECKSIG_NO_LIST, "no_list\0"),
        (Self::CHECKSIG_UNREADABLE_ROOT, "unreadable_root\0"),
        (Self::CHECKSIG_UNREADABLE_FILE, "unreadable_file\0"),
        (Self::CHECKSIG_NO_THREADS, "no_threads\0"),
        (Self::CHECKSIG_PANIC, "panic\0"),
        (Self::CHECKSIG_NO_IO_URING, "no_io_uring\0"),
    ];
}

/// Why a function failed, in words for the user.
pub struct checksig_error {
    failure: Failure,
    message: CString,
}

impl checksig_error {
    pub(crate) fn new(failure: Failure) -> Self {
        let message = c_string(&failure.message);
        Self { failure, message }
    }
}

/// Why a function fails.
#[derive(Debug)]
pub(crate) struct Failure {
    status: checksig_status,
    message: String,
    os_error: Option<i32>,
}

impl Failure {
    pub(crate) fn new(status: checksig_status, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), os_error: None }
    }

    pub(crate) fn null(name: &str) -> Self {
        Self::new(checksig_status::CHECKSIG_NULL_ARGUMENT, format!("{name} must not be NULL"))
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(checksig_status::CHECKSIG_INVALID_ARGUMENT, message)
    }

    pub(crate) fn panic() -> Self {
        let message = "internal error: checksig panicked, which is a bug; nothing is verified";
        Self::new(checksig_status::CHECKSIG_PANIC, message)
    }

    pub(crate) fn with_os_error(self, os_error: Option<i32>) -> Self {
        Self { os_error, ..self }
    }

    pub(crate) fn status(&self) -> checksig_status {
        self.status
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        use checksig_status::*;
        let of_io = io::Error::raw_os_error;
        let (status, os_error) = match error.kind() {
            ErrorKind::UnknownAlgorithm => (CHECKSIG_UNKNOWN_ALGORITHM, None),
            ErrorKind::InvalidInput => (CHECKSIG_INVALID_ARGUMENT, None),
            ErrorKind::UnreadableList(error) => (CHECKSIG_UNREADABLE_LIST, of_io(error)),
            ErrorKind::NoList => (CHECKSIG_NO_LIST, None),
            ErrorKind::UnreadableRoot(error) => (CHECKSIG_UNREADABLE_ROOT, of_io(error)),
            ErrorKind::UnreadableFile(error) => (CHECKSIG_UNREADABLE_FILE, of_io(error)),
            ErrorKind::NoThreads => (CHECKSIG_NO_THREADS, None),
            ErrorKind::NoIoUring => (CHECKSIG_NO_IO_URING, None),
            // `NotVerified` comes only from functions that are not called here. A kind that the core adds must be
            // given a number of its own before it is let out.
            _ => (CHECKSIG_PANIC, None),
        };
        Self { status, message: error.to_string(), os_error }
    }
}

/// The name of a checksig_status, as `unreadable_list`. NULL for a number that is none.
#[unsafe(no_mangle)]
pub extern "C" fn checksig_status_name(status: u32) -> *const c_char {
    value(std::ptr::null(), || {
        let found = checksig_status::ALL.iter().find(|(known, _)| *known as u32 == status);
        found.map_or(std::ptr::null(), |(_, name)| name.as_ptr().cast())
    })
}

/// What went wrong and with what, a sentence for the user. Names in it are quoted: it is safe to print. It belongs to
/// the error. NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_error_message(error: *const checksig_error) -> *const c_char {
    value(std::ptr::null(), || {
        // SAFETY: the header asks for NULL or an error that is not freed.
        unsafe { error.as_ref() }.map_or(std::ptr::null(), |error| error.message.as_ptr())
    })
}

/// The status that the function returned which made the error. CHECKSIG_NULL_ARGUMENT for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_error_status(error: *const checksig_error) -> checksig_status {
    value(checksig_status::CHECKSIG_PANIC, || {
        // SAFETY: the header asks for NULL or an error that is not freed.
        unsafe { error.as_ref() }
            .map_or(checksig_status::CHECKSIG_NULL_ARGUMENT, |error| error.failure.status)
    })
}

/// The operating system's error number (`errno`) behind the error; 0 if there is none, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_error_os_error(error: *const checksig_error) -> c_int {
    value(0, || {
        // SAFETY: the header asks for NULL or an error that is not freed.
        unsafe { error.as_ref() }.and_then(|error| error.failure.os_error).unwrap_or(0)
    })
}

/// Frees an error. Nothing happens for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_error_free(error: *mut checksig_error) {
    // SAFETY: the header asks for NULL or an error that is not freed.
    value((), || unsafe { boundary::take_back(error) });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_frozen() {
        let numbers: Vec<_> =
            checksig_status::ALL.iter().map(|(status, name)| (*status as u32, *name)).collect();
        assert_eq!(
            numbers,
            [
                (0, "ok\0"),
                (1, "cancelled\0"),
                (2, "end\0"),
                (3, "null_argument\0"),
                (4, "invalid_argument\0"),
                (5, "unknown_algorithm\0"),
                (6, "unreadable_list\0"),
                (7, "no_list\0"),
                (8, "unreadable_root\0"),
                (9, "unreadable_file\0"),
                (10, "no_threads\0"),
                (11, "panic\0"),
                (12, "no_io_uring\0"),
            ]
        );
        for (status, name) in checksig_status::ALL {
            let variant = format!("CHECKSIG_{}\0", name.trim_end_matches('\0').to_uppercase());
            assert_eq!(format!("{status:?}\0"), variant);
        }
    }
}
