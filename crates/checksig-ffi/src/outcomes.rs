//! Verifying step by step: the caller asks for event after event.

use std::ffi::c_char;

use checksig_core::read_lists;

use crate::boundary::{self, Out, Result, call, object, object_mut, value};
use crate::error::{Failure, checksig_error, checksig_status};
use crate::event::checksig_event;
use crate::manifest::checksig_manifest;
use crate::options::{Options, checksig_options};
use crate::report::checksig_report;
use crate::run::Run;
use crate::verify::{Lists, lists_of};

/// A run under way, to be asked for one event after the other: for programs that have a loop of their own. It may be
/// handed from thread to thread, but only one may use it at a time.
pub struct checksig_outcomes(Run);

/// Starts to verify a list, or a directory by every list in it, as checksig_verify() does. Work goes on in threads of the
/// library until it is far enough ahead.
///
/// @param options   NULL for the defaults
/// @param outcomes  receives the run, to be freed with checksig_outcomes_free()
/// @return CHECKSIG_OK; else as checksig_verify()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_outcomes_start(
    path: *const c_char,
    options: *const checksig_options,
    outcomes: *mut *mut checksig_outcomes,
    error: *mut *mut checksig_error,
) -> checksig_status {
    let start = || {
        // SAFETY: the header asks for NULL or a string, options and a place to write to.
        let (path, options, outcomes) = unsafe {
            (boundary::path(path, "path")?, Options::read(options)?, Out::new(outcomes, "outcomes")?)
        };
        start(read_lists(path, &options.list), &options, outcomes)
    };
    // SAFETY: the header asks for NULL or a place to write to.
    unsafe { call(error, start) }
}

/// Starts to verify lists that were read before, as checksig_verify_manifests() does.
///
/// @param manifests  `count` lists, each with a root. They are not changed and remain the caller's
/// @param options    NULL for the defaults; `root` and `algorithm` do not count here
/// @param outcomes   receives the run, to be freed with checksig_outcomes_free()
/// @return CHECKSIG_OK; else as checksig_verify_manifests()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_outcomes_start_manifests(
    manifests: *const *mut checksig_manifest,
    count: usize,
    options: *const checksig_options,
    outcomes: *mut *mut checksig_outcomes,
    error: *mut *mut checksig_error,
) -> checksig_status {
    let start = || {
        // SAFETY: the header asks for NULL or so many manifests, options and a place to write to.
        let (lists, options, outcomes) = unsafe {
            (lists_of(manifests, count)?, Options::read(options)?, Out::new(outcomes, "outcomes")?)
        };
        start(lists, &options, outcomes)
    };
    // SAFETY: the header asks for NULL or a place to write to.
    unsafe { call(error, start) }
}

fn start(lists: Lists, options: &Options, outcomes: Out<*mut checksig_outcomes>) -> Result<checksig_status> {
    outcomes.give(checksig_outcomes(Run::start(lists, options)?));
    Ok(checksig_status::CHECKSIG_OK)
}

/// Waits for the next event, at most for a heartbeat: while nothing else happens, a CHECKSIG_EVENT_PROGRESS comes several
/// times a second.
///
/// @param event  receives the event, which lives until the next call for the same run
/// @return CHECKSIG_OK; CHECKSIG_END after CHECKSIG_EVENT_FINISHED; CHECKSIG_PANIC, and the run is over
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_outcomes_next(
    outcomes: *mut checksig_outcomes,
    event: *mut *const checksig_event,
    error: *mut *mut checksig_error,
) -> checksig_status {
    let next = || {
        // SAFETY: the header asks for NULL or a run that nobody else uses, and a place to write to.
        let (outcomes, event) = unsafe { (object_mut(outcomes, "outcomes")?, Out::new(event, "event")?) };
        let Some(next) = outcomes.0.next()? else { return Ok(checksig_status::CHECKSIG_END) };
        event.put(next);
        Ok(checksig_status::CHECKSIG_OK)
    };
    // SAFETY: the header asks for NULL or a place to write to.
    unsafe { call(error, next) }
}

/// Cancels this run alone. Events go on: what was not run is told as that, and the report as incomplete.
///
/// @return CHECKSIG_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_outcomes_cancel(outcomes: *mut checksig_outcomes) -> checksig_status {
    let cancel = || {
        // SAFETY: the header asks for NULL or a run that nobody else uses.
        unsafe { object_mut(outcomes, "outcomes") }?.0.cancel();
        Ok(checksig_status::CHECKSIG_OK)
    };
    // SAFETY: no error is asked for.
    unsafe { call(std::ptr::null_mut(), cancel) }
}

/// Gives what a run that is over adds up to.
///
/// @param report  receives it, to be freed with checksig_report_free(); it lives longer than the run
/// @return CHECKSIG_OK; CHECKSIG_INVALID_ARGUMENT before CHECKSIG_EVENT_FINISHED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_outcomes_report(
    outcomes: *const checksig_outcomes,
    report: *mut *mut checksig_report,
) -> checksig_status {
    let give = || {
        // SAFETY: the header asks for NULL or a run, and a place to write to.
        let (outcomes, report) = unsafe { (object(outcomes, "outcomes")?, Out::new(report, "report")?) };
        let found = outcomes.0.report().ok_or_else(|| Failure::invalid("the run is not over"))?;
        report.give(found.clone());
        Ok(checksig_status::CHECKSIG_OK)
    };
    // SAFETY: no error is asked for.
    unsafe { call(std::ptr::null_mut(), give) }
}

/// Frees a run. One that is not over is cancelled, without waiting for it. Nothing happens for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_outcomes_free(outcomes: *mut checksig_outcomes) {
    // SAFETY: the header asks for NULL or a run that is not freed and that nobody else uses.
    value((), || unsafe { boundary::take_back(outcomes) });
}
