//! What a run tells while it goes on.

use std::ffi::{CString, c_char, c_int, c_void};

use checksig_core::{MalformedLine, Outcome, Progress};

use crate::error::checksig_error;
use crate::manifest::reason_code;
use crate::outcome::checksig_outcome;
use crate::report::checksig_report;
use crate::strings::c_string;

/// What an event tells. More kinds may come: ignore those that you do not know.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum checksig_event_kind {
    /// The run begins: `started`.
    CHECKSIG_EVENT_STARTED = 1,
    /// A line is not an entry: `malformed`. These and outcomes come in the order of the lists and their lines.
    CHECKSIG_EVENT_MALFORMED = 2,
    /// What became of an entry: `outcome`.
    CHECKSIG_EVENT_OUTCOME = 3,
    /// A heartbeat, several times a second: `progress`.
    CHECKSIG_EVENT_PROGRESS = 4,
    /// The run is over: `report`. Not told after the callback has cancelled.
    CHECKSIG_EVENT_FINISHED = 5,
    /// One of several lists in a directory could not be read: `unread_list` says which and why. The others are verified;
    /// the run cannot come out verified. Told before CHECKSIG_EVENT_STARTED.
    CHECKSIG_EVENT_UNREAD_LIST = 6,
}

/// What is to be verified.
#[repr(C)]
pub struct checksig_started {
    /// sizeof(checksig_started) of the library
    pub size: usize,
    /// How many lists there are.
    pub lists: u64,
    /// How many entries they have.
    pub entries: u64,
    /// How many files these name.
    pub files: u64,
}

/// A line that is not an entry.
#[repr(C)]
pub struct checksig_malformed {
    /// sizeof(checksig_malformed) of the library
    pub size: usize,
    /// The name of the list, as it was given: bytes without a NUL at the end, not safe to print.
    pub list: *const c_char,
    pub list_len: usize,
    /// The number of the line; the first is 1.
    pub line: u64,
    /// Why it is not an entry, as a word that never changes: `bad-hex`.
    pub reason: *const c_char,
    /// The same in words for people.
    pub text: *const c_char,
}

/// How far a run has come.
#[repr(C)]
pub struct checksig_progress {
    /// sizeof(checksig_progress) of the library
    pub size: usize,
    /// Bytes hashed.
    pub bytes: u64,
    /// About how many bytes all files have together: the sizes of the files opened so far, and their mean for each of
    /// the others.
    pub expected_bytes: u64,
    /// Entries whose outcome is known.
    pub entries: u64,
    /// Those of them that are not ok.
    pub failures: u64,
}

/// Something that happened in a run. The pointer that belongs to its kind is set, the others are NULL. Everything is the
/// library's, and lives until the callback returns, or until the next call for the same checksig_outcomes.
#[repr(C)]
pub struct checksig_event {
    /// sizeof(checksig_event) of the library
    pub size: usize,
    pub started: *const checksig_started,
    pub malformed: *const checksig_malformed,
    pub outcome: *const checksig_outcome,
    pub progress: *const checksig_progress,
    pub report: *const checksig_report,
    pub unread_list: *const checksig_error,
    /// One of checksig_event_kind.
    pub kind: u32,
    pub reserved: u32,
}

/// Is told what happens in a run: on the thread that called, never after the call has returned. It may take its time (the
/// run waits for it) and may call any function of this library, but must leave by returning: no longjmp, no exception.
///
/// @param user_data  what was given to the function that was called
/// @return 0 to go on; anything else cancels this run, and nothing more is told
pub type checksig_callback =
    Option<unsafe extern "C" fn(event: *const checksig_event, user_data: *mut c_void) -> c_int>;

/// Keeps what the last event points at.
pub(crate) struct EventBuffer {
    event: checksig_event,
    told: Told,
}

enum Told {
    Nothing,
    Started(checksig_started),
    Malformed { ours: checksig_malformed, _alive: (MalformedLine, CString) },
    Outcome { outcome: Outcome, ours: checksig_outcome },
    Progress(checksig_progress),
    Finished(checksig_report),
    UnreadList(checksig_error),
}

const EMPTY: checksig_event = checksig_event {
    size: size_of::<checksig_event>(),
    started: std::ptr::null(),
    malformed: std::ptr::null(),
    outcome: std::ptr::null(),
    progress: std::ptr::null(),
    report: std::ptr::null(),
    unread_list: std::ptr::null(),
    kind: 0,
    reserved: 0,
};

impl EventBuffer {
    pub(crate) fn new() -> Self {
        Self { event: EMPTY, told: Told::Nothing }
    }

    pub(crate) fn started(&mut self, lists: u64, entries: u64, files: u64) -> *const checksig_event {
        self.tell(Told::Started(checksig_started {
            size: size_of::<checksig_started>(),
            lists,
            entries,
            files,
        }))
    }

    pub(crate) fn malformed(&mut self, line: MalformedLine) -> *const checksig_event {
        let text = c_string(&line.reason().to_string());
        let ours = checksig_malformed {
            size: size_of::<checksig_malformed>(),
            list: line.list().as_ptr().cast(),
            list_len: line.list().len(),
            line: line.line(),
            reason: reason_code(line.reason()).as_ptr(),
            text: text.as_ptr(),
        };
        self.tell(Told::Malformed { ours, _alive: (line, text) })
    }

    pub(crate) fn outcome(&mut self, outcome: Outcome) -> *const checksig_event {
        let ours = checksig_outcome::of(&outcome);
        self.tell(Told::Outcome { outcome, ours })
    }

    pub(crate) fn progress(&mut self, progress: Progress) -> *const checksig_event {
        let Progress { bytes, expected_bytes, entries, failures } = progress;
        let size = size_of::<checksig_progress>();
        self.tell(Told::Progress(checksig_progress { size, bytes, expected_bytes, entries, failures }))
    }

    pub(crate) fn finished(&mut self, report: checksig_report) -> *const checksig_event {
        self.tell(Told::Finished(report))
    }

    pub(crate) fn unread_list(&mut self, error: checksig_error) -> *const checksig_event {
        self.tell(Told::UnreadList(error))
    }

    /// Valid until the next event is told or the buffer moves.
    fn tell(&mut self, told: Told) -> *const checksig_event {
        use checksig_event_kind::*;
        self.told = told;
        let mut event = EMPTY;
        let kind = match &mut self.told {
            Told::Nothing => return std::ptr::null(),
            Told::Started(started) => {
                event.started = started;
                CHECKSIG_EVENT_STARTED
            }
            // What it points at is on the heap: in the text, and in the plan that the line shares.
            Told::Malformed { ours, .. } => {
                event.malformed = ours;
                CHECKSIG_EVENT_MALFORMED
            }
            Told::Outcome { outcome, ours } => {
                // The outcome has just moved to where it stays.
                ours.details = std::ptr::from_ref(outcome).cast();
                event.outcome = ours;
                CHECKSIG_EVENT_OUTCOME
            }
            Told::Progress(progress) => {
                event.progress = progress;
                CHECKSIG_EVENT_PROGRESS
            }
            Told::Finished(report) => {
                event.report = report;
                CHECKSIG_EVENT_FINISHED
            }
            Told::UnreadList(error) => {
                event.unread_list = error;
                CHECKSIG_EVENT_UNREAD_LIST
            }
        };
        event.kind = kind as u32;
        self.event = event;
        &raw const self.event
    }
}
