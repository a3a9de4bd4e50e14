//! What became of one entry.

use std::ffi::{c_char, c_int, c_void};
use std::mem::offset_of;

use checksig_core::{Outcome, Status};

use crate::algorithm::checksig_checksum;
use crate::boundary::value;
use crate::sized::Growing;
use crate::strings::allocated;

/// What can become of an entry; each gets exactly one. The numbers are never changed or used again.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum checksig_outcome_status {
    /// The whole file was read and its digest is the expected one.
    CHECKSIG_OUTCOME_OK = 0,
    /// The whole file was read and its digest differs.
    CHECKSIG_OUTCOME_MISMATCH = 1,
    /// There is no such file.
    CHECKSIG_OUTCOME_MISSING = 2,
    /// The file could not be opened or read to its end.
    CHECKSIG_OUTCOME_UNREADABLE = 3,
    /// It is a directory, FIFO, socket or device.
    CHECKSIG_OUTCOME_NOT_A_FILE = 4,
    /// The path leads outside the root, or may; it was not opened.
    CHECKSIG_OUTCOME_UNSAFE_PATH = 5,
    /// The file changed while it was read.
    CHECKSIG_OUTCOME_CHANGED = 6,
    /// The lists give this file different digests of one algorithm; for this algorithm it was not read.
    CHECKSIG_OUTCOME_CONFLICT = 7,
    /// The file carries a known collision attack on the algorithm, whatever its digest. Only with
    /// CHECKSIG_DETECT_COLLISIONS.
    CHECKSIG_OUTCOME_COLLISION = 8,
    /// The run was cancelled before this entry.
    CHECKSIG_OUTCOME_NOT_RUN = 9,
}

use checksig_outcome_status::*;

const NAMES: [(checksig_outcome_status, &str); Status::ALL.len()] = [
    (CHECKSIG_OUTCOME_OK, "ok\0"),
    (CHECKSIG_OUTCOME_MISMATCH, "mismatch\0"),
    (CHECKSIG_OUTCOME_MISSING, "missing\0"),
    (CHECKSIG_OUTCOME_UNREADABLE, "unreadable\0"),
    (CHECKSIG_OUTCOME_NOT_A_FILE, "not_a_file\0"),
    (CHECKSIG_OUTCOME_UNSAFE_PATH, "unsafe_path\0"),
    (CHECKSIG_OUTCOME_CHANGED, "changed\0"),
    (CHECKSIG_OUTCOME_CONFLICT, "conflict\0"),
    (CHECKSIG_OUTCOME_COLLISION, "collision\0"),
    (CHECKSIG_OUTCOME_NOT_RUN, "not_run\0"),
];

/// What became of one entry. Its names are bytes as they are in the list, without a NUL at the end, and not safe to
/// print: see checksig_quote() and checksig_outcome_text(). The pointers live as long as what the outcome came from: the
/// event or the report.
#[repr(C)]
pub struct checksig_outcome {
    /// sizeof(checksig_outcome)
    pub size: usize,
    /// The name of the list, as it was given.
    pub list: *const c_char,
    pub list_len: usize,
    /// The path of the file, as the list has it.
    pub path: *const c_char,
    pub path_len: usize,
    /// The number of the line; the first is 1.
    pub line: u64,
    /// How many bytes could be read before an error. UINT64_MAX if there was none, and where not even opening worked.
    pub offset: u64,
    /// One of checksig_outcome_status.
    pub status: u32,
    /// The operating system's error number (`errno`) of an unreadable file, else 0.
    pub os_error: c_int,
    /// The checksum that the list gives.
    pub expected: checksig_checksum,
    /// The checksum that the file has: for a mismatch or a collision. Else of CHECKSIG_ALGORITHM_NONE.
    pub actual: checksig_checksum,
    /// Whether the algorithm was only inferred from the digest's length.
    pub algorithm_assumed: bool,
    /// For checksig_outcome_text().
    pub details: *const c_void,
}

// SAFETY: a `repr(C)` struct of numbers and pointers, its size first and a pointer last.
unsafe impl Growing for checksig_outcome {
    const NAME: &'static str = "checksig_outcome";
    const FIRST_SIZE: usize = offset_of!(Self, details) + size_of::<*const c_void>();
}

impl checksig_outcome {
    /// Valid as long as `outcome` is.
    pub(crate) fn of(outcome: &Outcome) -> Self {
        let (list, path) = (outcome.list(), outcome.path().as_bytes());
        Self {
            size: size_of::<Self>(),
            list: list.as_ptr().cast(),
            list_len: list.len(),
            path: path.as_ptr().cast(),
            path_len: path.len(),
            line: outcome.line(),
            offset: outcome.offset().unwrap_or(u64::MAX),
            status: outcome.status() as u32,
            os_error: outcome.errno().unwrap_or(0),
            expected: checksig_checksum::of(&outcome.expected()),
            actual: outcome.actual().map_or(checksig_checksum::NONE, |actual| checksig_checksum::of(&actual)),
            algorithm_assumed: outcome.algorithm_assumed(),
            details: std::ptr::from_ref(outcome).cast(),
        }
    }
}

/// The name of a checksig_outcome_status, as in JSON: `not_a_file`. Never freed. NULL for a number that is none.
#[unsafe(no_mangle)]
pub extern "C" fn checksig_outcome_status_name(status: u32) -> *const c_char {
    value(std::ptr::null(), || {
        let found = NAMES.iter().find(|(known, _)| *known as u32 == status);
        found.map_or(std::ptr::null(), |(_, name)| name.as_ptr().cast())
    })
}

/// An outcome in one line for people, as the command line prints it, safe to print:
/// `a.log: mismatch: expected sha1 ..., actual ...`.
///
/// @return a string to be freed with checksig_string_free(), or free(); NULL only for NULL and for want of memory
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_outcome_text(outcome: *const checksig_outcome) -> *mut c_char {
    value(std::ptr::null_mut(), || {
        if outcome.is_null() {
            return std::ptr::null_mut();
        }
        // SAFETY: the header asks for an outcome that came from this library and whose origin still lives. No other
        // field is read: the caller may have written to them.
        let core = unsafe { (&raw const (*outcome).details).read().cast::<Outcome>().as_ref() };
        core.map_or(std::ptr::null_mut(), |core| allocated(&format!("{}: {core}", core.path())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_cores_and_frozen() {
        let frozen =
            "ok mismatch missing unreadable not_a_file unsafe_path changed conflict collision not_run";
        for (number, name) in frozen.split(' ').enumerate() {
            let (status, ours) = NAMES[number];
            assert_eq!((status as usize, ours.trim_end_matches('\0')), (number, name));
            assert_eq!(format!("{status:?}"), format!("CHECKSIG_OUTCOME_{}", name.to_uppercase()));
            let core = Status::ALL[number];
            assert_eq!((core as usize, core.name()), (number, name));
        }
        assert!(checksig_outcome_status_name(10).is_null());
    }
}
