//! Verifying with one call, and a callback that is told what happens.

use std::ffi::{c_char, c_void};

use checksig_core::{Error, ListInput, read_lists};

use crate::boundary::{self, Out, Result, call, object};
use crate::error::{Failure, checksig_error, checksig_status};
use crate::event::checksig_callback;
use crate::manifest::checksig_manifest;
use crate::options::{Options, checksig_options};
use crate::report::checksig_report;
use crate::run::Run;

/// Verifies a list, or a directory by every list in it.
///
///     checksig_report *report = NULL;
///     checksig_error *error = NULL;
///     if (checksig_verify("downloads", NULL, NULL, NULL, &report, &error) != CHECKSIG_OK)
///         ...                                  // could not run: checksig_error_message(error)
///     else if (!checksig_report_is_verified(report))
///         ...                                  // checksig_report_summary(report) says why
///     checksig_report_free(report);
///     checksig_error_free(error);
///
/// In a directory (not in those inside it) lists are known by their names: sha256sum.txt, SHA256SUMS, *.md5,
/// checksums.txt and the like. One of several that cannot be read is told to the callback and counted in the report.
///
/// @param path       the list or the directory. The caller's word is trusted; what a list names is not
/// @param options    NULL for the defaults
/// @param callback   is told what happens, on this thread; NULL: nothing is told
/// @param user_data  handed to the callback as it is
/// @param report     receives what was found, to be freed with checksig_report_free()
/// @return CHECKSIG_OK, whatever was found; CHECKSIG_CANCELLED, with an incomplete report; CHECKSIG_UNREADABLE_LIST,
///         CHECKSIG_NO_LIST, CHECKSIG_UNREADABLE_ROOT, CHECKSIG_NO_THREADS ...
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_verify(
    path: *const c_char,
    options: *const checksig_options,
    callback: checksig_callback,
    user_data: *mut c_void,
    report: *mut *mut checksig_report,
    error: *mut *mut checksig_error,
) -> checksig_status {
    let verify = || {
        // SAFETY: the header asks for NULL or a string, options, and a place to write to.
        let (path, options, report) =
            unsafe { (boundary::path(path, "path")?, Options::read(options)?, Out::new(report, "report")?) };
        // SAFETY: the header says what a callback must keep to.
        unsafe { run(read_lists(path, &options.list), &options, callback, user_data, report) }
    };
    // SAFETY: the header asks for NULL or a place to write to.
    unsafe { call(error, verify) }
}

/// Verifies lists that were read before, in this order; each file is read once, however many of them name it.
///
/// @param manifests  `count` lists, each with a root. They are not changed and remain the caller's
/// @param options    NULL for the defaults; `root` and `algorithm` do not count here
/// @param callback   is told what happens, on this thread; NULL: nothing is told
/// @param user_data  handed to the callback as it is
/// @param report     receives what was found, to be freed with checksig_report_free()
/// @return as checksig_verify(); CHECKSIG_INVALID_ARGUMENT if `count` is 0 or a list has no root
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_verify_manifests(
    manifests: *const *mut checksig_manifest,
    count: usize,
    options: *const checksig_options,
    callback: checksig_callback,
    user_data: *mut c_void,
    report: *mut *mut checksig_report,
    error: *mut *mut checksig_error,
) -> checksig_status {
    let verify = || {
        // SAFETY: the header asks for NULL or so many manifests, options and a place to write to.
        let (lists, options, report) =
            unsafe { (lists_of(manifests, count)?, Options::read(options)?, Out::new(report, "report")?) };
        // SAFETY: the header says what a callback must keep to.
        unsafe { run(lists, &options, callback, user_data, report) }
    };
    // SAFETY: the header asks for NULL or a place to write to.
    unsafe { call(error, verify) }
}

/// Lists, or why they could not be read.
pub(crate) type Lists = Vec<std::result::Result<ListInput, Error>>;

/// The lists of manifests.
///
/// # Safety
/// `manifests` is NULL or points at so many pointers, which are NULL or manifests.
pub(crate) unsafe fn lists_of(manifests: *const *mut checksig_manifest, count: usize) -> Result<Lists> {
    if manifests.is_null() {
        return Err(Failure::null("manifests"));
    }
    let list_of = |index| {
        // SAFETY: the contract of this function.
        let manifest = unsafe { object(manifests.add(index).read().cast_const(), "one of the manifests") };
        manifest?.list().map(Ok)
    };
    (0..count).map(list_of).collect()
}

/// # Safety
/// The callback keeps to what the header says.
unsafe fn run(
    lists: Lists,
    options: &Options,
    callback: checksig_callback,
    user_data: *mut c_void,
    report: Out<*mut checksig_report>,
) -> Result<checksig_status> {
    let mut run = Run::start(lists, options)?;
    let mut told = callback;
    while let Some(event) = run.next()? {
        // SAFETY: the event is valid until the next one; the rest is the contract of this function.
        if told.is_some_and(|callback| unsafe { callback(event, user_data) } != 0) {
            told = None;
            run.cancel();
        }
    }
    let found = run.report().ok_or_else(Failure::panic)?.clone();
    let complete = found.is_complete();
    report.give(found);
    Ok(if complete { checksig_status::CHECKSIG_OK } else { checksig_status::CHECKSIG_CANCELLED })
}
