//! Programs of calls of the C library: fuzzed bytes say which function, with which of the live objects or NULL, in which
//! order. What comes back must be as it should, and the address sanitizer looks at the rest.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::ptr::{null, null_mut};
use std::sync::LazyLock;

use checksig::algorithm::*;
use checksig::cancel::*;
use checksig::error::checksig_status::*;
use checksig::error::*;
use checksig::event::*;
use checksig::hash::*;
use checksig::manifest::*;
use checksig::options::*;
use checksig::outcome::*;
use checksig::outcomes::*;
use checksig::report::*;
use checksig::signatures::checksig_check_signatures;
use checksig::strings::*;
use checksig::verify::*;
use checksig::version::*;
use tempfile::TempDir;

use crate::c_results::*;
use crate::input::Input;
use crate::quoting;

/// How many calls one program makes at most, and how many of them run.
const CALLS: usize = 60;
const RUNS: usize = 6;

/// A directory to verify, and paths in and around it.
struct Tree {
    _top: TempDir,
    paths: Vec<CString>,
}

static TREE: LazyLock<Tree> = LazyLock::new(|| {
    let top = tempfile::tempdir().expect("a directory");
    let write = |name: &str, content: &str| fs::write(top.path().join(name), content).expect("a file");
    fs::create_dir_all(top.path().join("bad/none")).expect("directories");
    write("abc", "abc");
    write("sha1sum.txt", "a9993e364706816aba3e25717850c26c9cd0d89d  abc\n");
    write(
        "MD5SUMS",
        "900150983cd24fb0d6963f7d28e17f72  abc\nd41d8cd98f00b204e9800998ecf8427e  ./bad/empty\n",
    );
    write("bad/empty", "");
    write(
        "bad/md5sum.txt",
        "900150983cd24fb0d6963f7d28e17f72  empty\nnonsense\nd41d8cd98f00b204e9800998ecf8427e  gone\n",
    );
    fs::create_dir(top.path().join("bad/x.md5")).expect("a directory");
    let names = ["", "abc", "sha1sum.txt", "bad", "bad/md5sum.txt", "bad/none", "no such", "MD5SUMS"];
    let path =
        |name: &str| CString::new(top.path().join(name).as_os_str().as_bytes()).expect("a path without NUL");
    let mut paths: Vec<CString> = names.map(path).into();
    paths.push(c"".to_owned());
    Tree { _top: top, paths }
});

/// Everything that the program holds and has to free.
#[derive(Default)]
struct Objects {
    manifests: Vec<*mut checksig_manifest>,
    outcomes: Vec<*mut checksig_outcomes>,
    reports: Vec<*mut checksig_report>,
    tokens: Vec<*mut checksig_cancel_token>,
    errors: Vec<*mut checksig_error>,
    strings: Vec<*mut c_char>,
    runs: usize,
}

/// One of the objects, or NULL.
fn one<T>(of: &[*mut T], input: &mut Input<'_>) -> *mut T {
    match input.below(of.len() + 1) {
        0 => null_mut(),
        number => of[number - 1],
    }
}

fn remove<T>(of: &mut Vec<*mut T>, input: &mut Input<'_>) -> *mut T {
    match input.below(of.len() + 1) {
        0 => null_mut(),
        number => of.swap_remove(number - 1),
    }
}

/// What a callback is given.
struct Watcher<'a> {
    /// It cancels at this event.
    cancels_at: usize,
    told: usize,
    cancelled: bool,
    finished: bool,
    tokens: &'a [*mut checksig_cancel_token],
}

unsafe extern "C" fn watch(event: *const checksig_event, user_data: *mut c_void) -> c_int {
    // SAFETY: what this program gave as user data, and nobody else uses meanwhile.
    let watcher = unsafe { &mut *user_data.cast::<Watcher<'_>>() };
    assert!(!watcher.cancelled, "told after the callback has cancelled");
    // SAFETY: an event that lives until this function returns.
    unsafe { look_at(event) };
    // SAFETY: the same.
    watcher.finished = unsafe { (*event).kind } == checksig_event_kind::CHECKSIG_EVENT_FINISHED as u32;
    watcher.told += 1;
    if watcher.told <= watcher.cancels_at {
        return 0;
    }
    // Every other time through a token, which may be this run's.
    if let (1, [token, ..]) = (watcher.cancels_at % 2, watcher.tokens) {
        // SAFETY: a token that is alive.
        assert_eq!(unsafe { checksig_cancel(*token) }, CHECKSIG_OK);
        return 0;
    }
    watcher.cancelled = true;
    1
}

/// Options that are mostly good.
fn any_options(objects: &Objects, input: &mut Input<'_>) -> checksig_options {
    let odd = input.chance(12);
    checksig_options {
        size: if odd { input.choose(&[0, 8, 24, 1 << 40]) } else { size_of::<checksig_options>() },
        root: match input.below(3) {
            0 => null(),
            _ => TREE.paths[input.below(TREE.paths.len())].as_ptr(),
        },
        algorithm: input.choose(&[0, 0, 0, 1, 2, 13 | 32 << 8, 99]),
        flags: input.choose(&[0, 1, 2, 3, 7, 8]),
        keep: input.choose(&[0, 1, 2, 1, 1, 3]),
        threads: input.below(4) as u32,
        reads: input.below(4) as u32,
        io: input.choose(&[0, 0, 0, 0, 1, 2, 3]),
        cancel: if input.chance(3) { one(&objects.tokens, input) } else { null() },
    }
}

pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let mut objects = Objects::default();
    for _ in 0..CALLS {
        if input.is_empty() {
            break;
        }
        // SAFETY: every pointer that is passed is NULL or alive: what is freed leaves `objects` first.
        unsafe { call(&mut objects, &mut input) };
    }
    let Objects { manifests, outcomes, reports, tokens, errors, strings, .. } = objects;
    // SAFETY: each is freed once.
    unsafe {
        tokens.into_iter().for_each(|token| checksig_cancel_token_free(token));
        manifests.into_iter().for_each(|manifest| checksig_manifest_free(manifest));
        outcomes.into_iter().for_each(|outcomes| checksig_outcomes_free(outcomes));
        reports.into_iter().for_each(|report| {
            check_report(report);
            checksig_report_free(report);
        });
        errors.into_iter().for_each(|error| {
            check_text(checksig_error_message(error));
            checksig_error_free(error);
        });
        strings.into_iter().for_each(|string| checksig_string_free(string));
    }
}

/// # Safety
/// The objects are alive.
unsafe fn call(objects: &mut Objects, input: &mut Input<'_>) {
    let path = match input.below(TREE.paths.len() + 1) {
        0 => null(),
        number => TREE.paths[number - 1].as_ptr(),
    };
    let no_place = input.chance(24);
    // SAFETY: the contract of this function.
    unsafe {
        match input.below(24) {
            0 | 1 => parse(objects, input, no_place),
            2 => {
                let options = any_options(objects, input);
                let (mut error, mut manifest) = (ErrorPlace::any(input), untouched());
                let place = if no_place { null_mut() } else { &raw mut manifest };
                let status = checksig_manifest_read(path, or_null(&options, input), place, error.place());
                error.check(status, &mut objects.errors);
                ended(status, manifest, &mut objects.manifests, &[]);
            }
            3 | 4 => look_at_manifest(one(&objects.manifests, input), input),
            5 => checksig_manifest_free(remove(&mut objects.manifests, input)),
            6 | 7 => verify(objects, input, path, no_place),
            8 | 9 => start(objects, input, path, no_place),
            10..=13 => next(objects, input, no_place),
            14 => {
                let status = checksig_outcomes_cancel(one(&objects.outcomes, input));
                assert!(matches!(status, CHECKSIG_OK | CHECKSIG_NULL_ARGUMENT));
            }
            15 => {
                let mut report = untouched();
                let place = if no_place { null_mut() } else { &raw mut report };
                let status = checksig_outcomes_report(one(&objects.outcomes, input), place);
                ended(status, report, &mut objects.reports, &[]);
            }
            16 => checksig_outcomes_free(remove(&mut objects.outcomes, input)),
            17 => checksig_report_free(remove(&mut objects.reports, input)),
            18 => tokens(objects, input, no_place),
            19 => {
                let error = remove(&mut objects.errors, input);
                check_text(checksig_error_message(error));
                assert!(error.is_null() == checksig_error_message(error).is_null());
                checksig_error_os_error(error);
                checksig_error_free(error);
            }
            20 => hash(objects, input, path, no_place),
            21 => names(objects, input),
            22 => {
                let message = checksig_check_signatures(path);
                check_text(message);
                objects.strings.push(message);
            }
            _ => {
                let report = one(&objects.reports, input);
                if report.is_null() {
                    assert!(
                        !checksig_report_is_verified(report) && checksig_report_summary(report).is_null()
                    );
                    assert_eq!(checksig_report_counts(report, null_mut()), CHECKSIG_NULL_ARGUMENT);
                } else {
                    check_report(report);
                }
            }
        }
    }
}

fn or_null<T>(value: &T, input: &mut Input<'_>) -> *const T {
    if input.chance(3) { null() } else { value }
}

/// # Safety
/// As for [`call`], also below.
unsafe fn parse(objects: &mut Objects, input: &mut Input<'_>, no_place: bool) {
    let options = any_options(objects, input);
    let name = input.choose(&[null(), c"md5sum.txt".as_ptr(), c"abc.sha1".as_ptr(), c"".as_ptr()]);
    let lines = [
        &b"900150983cd24fb0d6963f7d28e17f72  abc\n"[..],
        b"a9993e364706816aba3e25717850c26c9cd0d89d  ./abc\n",
        b"d41d8cd98f00b204e9800998ecf8427e  bad/empty\n",
        b"d41d8cd98f00b204e9800998ecf8427e  ../x\n",
        b"900150983cd24fb0d6963f7d28e17f72\n",
        b"# a comment\n",
    ];
    let mut list = Vec::new();
    for _ in 0..input.below(6) {
        match input.below(lines.len() + 1) {
            0 => list.extend_from_slice(input.until(0)),
            number => list.extend_from_slice(lines[number - 1]),
        }
    }
    let (mut error, mut manifest) = (ErrorPlace::any(input), untouched());
    let place = if no_place { null_mut() } else { &raw mut manifest };
    let start = if input.chance(16) { null() } else { list.as_ptr().cast() };
    // SAFETY: the contract of this function; the list lives until the call returns, and not longer.
    let status = unsafe {
        checksig_manifest_parse(start, list.len(), name, or_null(&options, input), place, error.place())
    };
    drop(list);
    error.check(status, &mut objects.errors);
    ended(status, manifest, &mut objects.manifests, &[]);
}

unsafe fn look_at_manifest(manifest: *const checksig_manifest, input: &mut Input<'_>) {
    // SAFETY: the contract of the callers; all zeros are a valid value of these structs.
    unsafe {
        let mut counts: checksig_line_counts = std::mem::zeroed();
        counts.size = if input.chance(8) { 8 } else { size_of_val(&counts) };
        let status = checksig_manifest_counts(manifest, &mut counts);
        if status != CHECKSIG_OK {
            assert!(manifest.is_null() || counts.size == 8);
            assert_eq!((counts.lines, counts.entries), (0, 0));
            return;
        }
        assert_eq!(counts.lines, counts.blank + counts.comments + counts.malformed + counts.entries);
        for index in 0..=counts.entries as usize {
            let mut entry: checksig_entry = std::mem::zeroed();
            entry.size = size_of_val(&entry);
            let status = checksig_manifest_entry(manifest, index, &mut entry);
            if index == counts.entries as usize {
                assert_eq!(status, CHECKSIG_END);
            } else {
                assert!(entry.path_len > 0 && entry.line > 0 && entry.line <= counts.lines);
                check_hex(&entry.checksum, input);
            }
        }
        for index in 0..=counts.malformed as usize {
            let (mut line, mut reason) = (0, null());
            let status = checksig_manifest_malformed(manifest, index, &mut line, &mut reason);
            assert_eq!(status == CHECKSIG_END, index == counts.malformed as usize);
            assert!(status == CHECKSIG_END || (line > 0 && !CStr::from_ptr(reason).is_empty()));
        }
    }
}

unsafe fn verify(objects: &mut Objects, input: &mut Input<'_>, path: *const c_char, no_place: bool) {
    if objects.runs == RUNS {
        return;
    }
    objects.runs += 1;
    let options = any_options(objects, input);
    let (mut error, mut report) = (ErrorPlace::any(input), untouched());
    let place = if no_place { null_mut() } else { &raw mut report };
    let cancels_at = if input.chance(2) { input.below(9) } else { usize::MAX - 1 };
    let mut watcher =
        Watcher { cancels_at, told: 0, cancelled: false, finished: false, tokens: &objects.tokens };
    let callback: checksig_callback = if input.chance(3) { None } else { Some(watch) };
    let user_data = (&raw mut watcher).cast();
    let some: Vec<_> = (0..input.below(4)).map(|_| one(&objects.manifests, input)).collect();
    // SAFETY: the contract of this function; the watcher lives until the call returns.
    let status = unsafe {
        if input.chance(2) {
            let (options, start) = (or_null(&options, input), or_null(&some, input).is_null());
            let manifests = if start { null() } else { some.as_ptr() };
            checksig_verify_manifests(
                manifests,
                some.len(),
                options,
                callback,
                user_data,
                place,
                error.place(),
            )
        } else {
            checksig_verify(path, or_null(&options, input), callback, user_data, place, error.place())
        }
    };
    // With its last event the run is over: then there is nothing left to cancel.
    assert!(!watcher.cancelled || watcher.finished || status == CHECKSIG_CANCELLED, "{status:?}");
    error.check(status, &mut objects.errors);
    ended(status, report, &mut objects.reports, &[CHECKSIG_CANCELLED]);
}

unsafe fn start(objects: &mut Objects, input: &mut Input<'_>, path: *const c_char, no_place: bool) {
    if objects.runs == RUNS {
        return;
    }
    objects.runs += 1;
    let options = any_options(objects, input);
    let (mut error, mut outcomes) = (ErrorPlace::any(input), untouched());
    let place = if no_place { null_mut() } else { &raw mut outcomes };
    let some: Vec<_> = (0..input.below(4)).map(|_| one(&objects.manifests, input)).collect();
    // SAFETY: the contract of this function.
    let status = unsafe {
        if input.chance(2) {
            let options = or_null(&options, input);
            checksig_outcomes_start_manifests(some.as_ptr(), some.len(), options, place, error.place())
        } else {
            checksig_outcomes_start(path, or_null(&options, input), place, error.place())
        }
    };
    error.check(status, &mut objects.errors);
    ended(status, outcomes, &mut objects.outcomes, &[]);
}

unsafe fn next(objects: &mut Objects, input: &mut Input<'_>, no_place: bool) {
    let outcomes = one(&objects.outcomes, input);
    for _ in 0..1 + input.below(12) {
        let (mut error, mut event) = (ErrorPlace::any(input), untouched::<checksig_event>().cast_const());
        let place = if no_place { null_mut() } else { &raw mut event };
        // SAFETY: the contract of this function; the event is looked at before the next call.
        let status = unsafe { checksig_outcomes_next(outcomes, place, error.place()) };
        error.check(status, &mut objects.errors);
        assert_ne!(status, CHECKSIG_PANIC);
        if status == CHECKSIG_OK {
            // SAFETY: it was just told.
            unsafe { look_at(event) };
        } else {
            assert_eq!(event, untouched::<checksig_event>().cast_const());
        }
    }
}

unsafe fn tokens(objects: &mut Objects, input: &mut Input<'_>, no_place: bool) {
    // SAFETY: the contract of the callers.
    unsafe {
        match input.below(4) {
            0 | 1 => {
                let mut token = untouched();
                let place = if no_place { null_mut() } else { &raw mut token };
                let status = checksig_cancel_token_new(place);
                ended(status, token, &mut objects.tokens, &[]);
            }
            2 => {
                let token = one(&objects.tokens, input);
                let expected = if token.is_null() { CHECKSIG_NULL_ARGUMENT } else { CHECKSIG_OK };
                assert_eq!(checksig_cancel(token), expected);
                assert_eq!(checksig_cancel_token_is_set(token), !token.is_null());
            }
            _ => checksig_cancel_token_free(remove(&mut objects.tokens, input)),
        }
    }
}

unsafe fn hash(objects: &mut Objects, input: &mut Input<'_>, path: *const c_char, no_place: bool) {
    let algorithm = input.choose(&[1, 2, 4, 6, 10, 12, 13, 13 | 20 << 8, 0, 77]);
    let len = input.below(200);
    let data = input.take(len);
    let (mut error, mut checksum) =
        (ErrorPlace::any(input), checksig_checksum { algorithm: 0, digest_len: 0, digest: [0; 64] });
    let place = if no_place { null_mut() } else { &raw mut checksum };
    // SAFETY: the contract of the callers.
    let status = unsafe {
        if input.chance(2) {
            let token = one(&objects.tokens, input);
            checksig_hash_file(path, algorithm, token, place, error.place())
        } else {
            checksig_hash_bytes(data.as_ptr().cast(), data.len(), algorithm, place, error.place())
        }
    };
    assert_ne!(status, CHECKSIG_PANIC);
    error.check(status, &mut objects.errors);
    assert_eq!(checksum.algorithm == algorithm && algorithm != 0, status == CHECKSIG_OK);
    assert_eq!(
        checksum.digest_len as usize,
        if status == CHECKSIG_OK { checksig_algorithm_digest_len(algorithm) } else { 0 }
    );
}

unsafe fn names(objects: &mut Objects, input: &mut Input<'_>) {
    let number = input.choose(&[0, 1, 9, 11, 12, 13, 13 | 32 << 8, u32::MAX]);
    assert_eq!(checksig_algorithm_name(number).is_null(), checksig_algorithm_digest_len(number) == 0);
    // The last of each.
    let (status, outcome) = (CHECKSIG_NO_IO_URING, checksig_outcome_status::CHECKSIG_OUTCOME_NOT_RUN);
    assert_eq!(checksig_status_name(number).is_null(), number > status as u32);
    assert_eq!(checksig_outcome_status_name(number).is_null(), number > outcome as u32);
    assert!(checksig_abi_version() == CHECKSIG_ABI_VERSION && !checksig_version().is_null());
    let name = CString::new(input.until(0)).expect("it ends before the NUL");
    let (mut error, mut found) = (ErrorPlace::any(input), u32::MAX);
    // SAFETY: strings that are alive.
    unsafe {
        let status = checksig_algorithm_from_name(name.as_ptr(), &mut found, error.place());
        assert_eq!(found != u32::MAX, status == CHECKSIG_OK);
        error.check(status, &mut objects.errors);
        let quoted = checksig_quote(name.as_ptr(), name.as_bytes().len());
        let text = CStr::from_ptr(quoted).to_str().expect("UTF-8");
        assert_eq!(quoting::word(text).as_deref(), Some(name.as_bytes()));
        objects.strings.push(quoted);
        assert!(checksig_quote(null(), 3).is_null());
    }
}
