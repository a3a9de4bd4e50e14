//! What every call of the C library must keep to, whatever it was called with: results on success and only then, errors
//! with failures and only with them, text that can be printed, counts that add up.

use std::ffi::{CStr, c_char};
use std::ptr::null_mut;

use checksig::algorithm::*;
use checksig::error::checksig_status::*;
use checksig::error::*;
use checksig::event::*;
use checksig::outcome::*;
use checksig::report::*;
use checksig::strings::*;

use crate::input::Input;

/// A place for a pointer, with a value that no function writes.
pub fn untouched<T>() -> *mut T {
    std::ptr::without_provenance_mut(0x5a5a_5a50)
}

/// Checks how a call ended, and keeps what it gave.
pub fn ended<T>(status: checksig_status, given: *mut T, kept: &mut Vec<*mut T>, also: &[checksig_status]) {
    assert_ne!(status, CHECKSIG_PANIC);
    if status == CHECKSIG_OK || also.contains(&status) {
        assert!(given != untouched() && !given.is_null(), "{status:?} without a result");
        kept.push(given);
    } else {
        assert_eq!(given, untouched(), "{status:?} with a result");
    }
}

/// The last argument of a fallible call.
pub struct ErrorPlace {
    wanted: bool,
    error: *mut checksig_error,
}

impl ErrorPlace {
    pub fn any(input: &mut Input<'_>) -> Self {
        Self { wanted: !input.chance(4), error: null_mut() }
    }

    pub fn place(&mut self) -> *mut *mut checksig_error {
        if self.wanted { &raw mut self.error } else { null_mut() }
    }

    /// An error comes with a failure, and only with one.
    pub fn check(self, status: checksig_status, errors: &mut Vec<*mut checksig_error>) {
        let failed = !matches!(status, CHECKSIG_OK | CHECKSIG_CANCELLED | CHECKSIG_END);
        assert_eq!(!self.error.is_null(), failed && self.wanted, "{status:?}");
        if !self.error.is_null() {
            // SAFETY: an error that was just made.
            assert_eq!(unsafe { checksig_error_status(self.error) }, status);
            errors.push(self.error);
        }
    }
}

/// Text for people: printable, and UTF-8.
///
/// # Safety
/// NULL or a C string.
pub unsafe fn check_text(text: *const c_char) {
    if !text.is_null() {
        // SAFETY: the contract of this function.
        let text = unsafe { CStr::from_ptr(text) }.to_str().expect("UTF-8");
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }
}

/// Reads everything that an event points at.
///
/// # Safety
/// It is alive.
pub unsafe fn look_at(event: *const checksig_event) {
    // SAFETY: the contract of this function; the header says that these pointers are NULL or live as long.
    unsafe {
        let event = event.as_ref().expect("an event");
        let parts = [
            event.started.is_null(),
            event.malformed.is_null(),
            event.outcome.is_null(),
            event.progress.is_null(),
            event.report.is_null(),
            event.unread_list.is_null(),
        ];
        assert_eq!(parts.iter().filter(|is_null| !**is_null).count(), 1);
        assert!(!parts[event.kind as usize - 1], "the part of its kind");
        if let Some(malformed) = event.malformed.as_ref() {
            check_text(malformed.text);
            assert!(malformed.line > 0 && !CStr::from_ptr(malformed.reason).is_empty());
            // The name as it was given, which may be empty; the sanitizer sees it read.
            std::hint::black_box(bytes(malformed.list, malformed.list_len).to_vec());
        }
        if !event.outcome.is_null() {
            check_outcome(event.outcome);
        }
        if !event.report.is_null() {
            check_report(event.report);
        }
        check_text(checksig_error_message(event.unread_list));
    }
}

/// # Safety
/// So many bytes can be read there.
pub unsafe fn bytes<'a>(start: *const c_char, len: usize) -> &'a [u8] {
    // SAFETY: the contract of this function.
    unsafe { std::slice::from_raw_parts(start.cast(), len) }
}

/// # Safety
/// An outcome that is alive.
pub unsafe fn check_outcome(outcome: *const checksig_outcome) {
    // SAFETY: the contract of this function.
    unsafe {
        let outcome = &*outcome;
        assert!(!checksig_outcome_status_name(outcome.status).is_null());
        assert!(!bytes(outcome.path, outcome.path_len).is_empty());
        assert_eq!(outcome.status == 0 || outcome.actual.algorithm != 0, outcome.status <= 1);
        let text = checksig_outcome_text(outcome);
        check_text(text);
        checksig_string_free(text);
    }
}

/// # Safety
/// A report that is alive.
pub unsafe fn check_report(report: *const checksig_report) {
    // SAFETY: the contract of this function; all zeros are a valid value of the struct, and its size is set.
    unsafe {
        check_text(checksig_report_summary(report));
        let mut counts: checksig_counts = std::mem::zeroed();
        counts.size = size_of_val(&counts);
        assert_eq!(checksig_report_counts(report, &mut counts), CHECKSIG_OK);
        let c = &counts;
        let sum = c.ok + c.mismatch + c.missing + c.unreadable + c.not_a_file + c.unsafe_path + c.changed;
        assert_eq!(c.entries, sum + c.conflict + c.collision + c.not_run);
        assert_eq!(c.verified == 1, checksig_report_is_verified(report));
        assert!(c.verified == 0 || (c.complete == 1 && c.ok > 0 && c.ok + c.missing == c.entries));
        for index in 0..=c.kept as usize {
            let mut outcome: checksig_outcome = std::mem::zeroed();
            outcome.size = size_of_val(&outcome);
            let status = checksig_report_outcome(report, index, &mut outcome);
            if index == c.kept as usize {
                assert_eq!(status, CHECKSIG_END);
            } else {
                check_outcome(&outcome);
            }
        }
    }
}

/// The hex digits fill their room to the last byte, or nothing of it.
pub fn check_hex(checksum: &checksig_checksum, input: &mut Input<'_>) {
    let needed = 2 * checksum.digest_len as usize + 1;
    let mut hex = vec![b'!' as c_char; needed - usize::from(input.chance(4))];
    // SAFETY: a checksum, and so much room.
    let status = unsafe { checksig_checksum_hex(checksum, hex.as_mut_ptr(), hex.len()) };
    if hex.len() == needed {
        assert_eq!(status, CHECKSIG_OK);
        assert_eq!(hex.pop(), Some(0));
        assert!(hex.iter().all(|&digit| (digit as u8).is_ascii_hexdigit()));
    } else {
        assert_eq!(status, CHECKSIG_INVALID_ARGUMENT);
        assert!(hex.iter().all(|&digit| digit == b'!' as c_char));
    }
}
