//! What a run adds up to.

use std::ffi::{CString, c_char};
use std::mem::offset_of;
use std::sync::Arc;

use checksig_core::{Policy, Report, Status, Verdict};

use crate::boundary::{self, call, object, value};
use crate::error::checksig_status;
use crate::outcome::checksig_outcome;
use crate::sized::{self, Growing};
use crate::strings::c_string;

/// Everything that a run found. It never changes: any number of threads may look at it.
#[derive(Clone)]
pub struct checksig_report(Arc<Content>);

struct Content {
    report: Report,
    verified: bool,
    summary: CString,
    note: Option<CString>,
}

impl checksig_report {
    pub(crate) fn new(report: Report, policy: &Policy) -> Self {
        let verified = report.verdict(policy) == Verdict::Verified;
        let summary = c_string(&report.summary(policy));
        let note = report.note().map(|note| c_string(&note));
        Self(Arc::new(Content { report, verified, summary, note }))
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.0.report.is_complete()
    }
}

/// What a report has counted. Entries = the sum of the ten statuses, always.
#[repr(C)]
pub struct checksig_counts {
    /// sizeof(checksig_counts)
    pub size: usize,
    /// Entries of all lists.
    pub entries: u64,
    /// Entries by checksig_outcome_status.
    pub ok: u64,
    pub mismatch: u64,
    pub missing: u64,
    pub unreadable: u64,
    pub not_a_file: u64,
    pub unsafe_path: u64,
    pub changed: u64,
    pub conflict: u64,
    pub collision: u64,
    pub not_run: u64,
    /// Lines that are not entries.
    pub malformed: u64,
    /// Lists that were read.
    pub lists: u64,
    /// Lists that could not be read.
    pub unread_lists: u64,
    /// Lists that were read and have not one entry.
    pub empty_lists: u64,
    /// Different files that the lists name.
    pub files: u64,
    /// Those of them whose every entry is ok.
    pub verified_files: u64,
    /// Bytes of the files that were read to their end, each file counted once.
    pub bytes: u64,
    /// Outcomes that the report keeps: see checksig_report_outcome().
    pub kept: u64,
    /// 1 if the files are what the lists say, by the flags of the run's options; else 0.
    pub verified: u32,
    /// 1 if the run went to its end; 0 if it was cancelled.
    pub complete: u32,
}

// SAFETY: a `repr(C)` struct of numbers, its size first; two of four bytes at the end leave no padding.
unsafe impl Growing for checksig_counts {
    const NAME: &'static str = "checksig_counts";
    const FIRST_SIZE: usize = offset_of!(Self, complete) + size_of::<u32>();
}

/// Whether the files are what the lists say: at least one entry is ok and nothing else was found, but what the run's
/// options forgive. False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_report_is_verified(report: *const checksig_report) -> bool {
    // SAFETY: the header asks for NULL or a report that is not freed.
    value(false, || unsafe { report.as_ref() }.is_some_and(|report| report.0.verified))
}

/// One line for people that states verdict and coverage: `verified 10 of 10 listed files (31.1 kB)`. Safe to print; it
/// belongs to the report. NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_report_summary(report: *const checksig_report) -> *const c_char {
    value(std::ptr::null(), || {
        // SAFETY: the header asks for NULL or a report that is not freed.
        unsafe { report.as_ref() }.map_or(std::ptr::null(), |report| report.0.summary.as_ptr())
    })
}

/// One line for people that belongs under the summary although it changes no verdict: `sha1 does not protect against
/// deliberate change`. NULL if there is none, as for lists of SHA-256. Safe to print; it belongs to the report. NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_report_note(report: *const checksig_report) -> *const c_char {
    value(std::ptr::null(), || {
        // SAFETY: the header asks for NULL or a report that is not freed.
        let note = unsafe { report.as_ref() }.and_then(|report| report.0.note.as_ref());
        note.map_or(std::ptr::null(), |note| note.as_ptr())
    })
}

/// What the report has counted.
///
/// @param counts  receives it; its `size` must be set
/// @return CHECKSIG_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_report_counts(
    report: *const checksig_report,
    counts: *mut checksig_counts,
) -> checksig_status {
    let count = || {
        // SAFETY: the header asks for NULL or a report and a struct to write to.
        let (report, counts) = unsafe { (object(report, "report")?, sized::place(counts)?) };
        let Report { malformed, lists, unread_lists, empty_lists, files, verified_files, bytes, .. } =
            report.0.report;
        let of = |status: Status| report.0.report.counts[status];
        counts.put(checksig_counts {
            size: 0,
            entries: report.0.report.entries(),
            ok: of(Status::Ok),
            mismatch: of(Status::Mismatch),
            missing: of(Status::Missing),
            unreadable: of(Status::Unreadable),
            not_a_file: of(Status::NotAFile),
            unsafe_path: of(Status::UnsafePath),
            changed: of(Status::Changed),
            conflict: of(Status::Conflict),
            collision: of(Status::Collision),
            not_run: of(Status::NotRun),
            malformed,
            lists,
            unread_lists,
            empty_lists,
            files,
            verified_files,
            bytes,
            kept: report.0.report.outcomes.len() as u64,
            verified: report.0.verified.into(),
            complete: report.is_complete().into(),
        });
        Ok(checksig_status::CHECKSIG_OK)
    };
    // SAFETY: no error is asked for.
    unsafe { call(std::ptr::null_mut(), count) }
}

/// Looks at an outcome that the report keeps (see checksig_keep), in the order of the lists.
///
/// @param index    counted from 0
/// @param outcome  receives it; its `size` must be set. Its pointers live as long as the report
/// @return CHECKSIG_OK; CHECKSIG_END if no more than `index` are kept
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_report_outcome(
    report: *const checksig_report,
    index: usize,
    outcome: *mut checksig_outcome,
) -> checksig_status {
    let look = || {
        // SAFETY: the header asks for NULL or a report and a struct to write to.
        let (report, outcome) = unsafe { (object(report, "report")?, sized::place(outcome)?) };
        let Some(found) = report.0.report.outcomes.get(index) else {
            return Ok(checksig_status::CHECKSIG_END);
        };
        outcome.put(checksig_outcome::of(found));
        Ok(checksig_status::CHECKSIG_OK)
    };
    // SAFETY: no error is asked for.
    unsafe { call(std::ptr::null_mut(), look) }
}

/// Frees a report. Nothing happens for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_report_free(report: *mut checksig_report) {
    // SAFETY: the header asks for NULL or a report that is not freed.
    value((), || unsafe { boundary::take_back(report) });
}
