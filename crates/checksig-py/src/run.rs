//! A verification as something that Python pulls from.
//!
//! Each pull goes on without the interpreter until there is something to tell, and at most for a heartbeat of the core: so
//! Python sees its signals, its threads go on, and what it does with the events happens on its own thread.

use std::ffi::OsStr;
use std::mem;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use checksig_core::{
    Error, Event, Keep, ListInput, ListOptions, MalformedLine, Outcomes, PathPolicy, Plan, Policy, Progress,
    Report, Verifier,
};
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyDict, PyList};

use crate::cancel::{CancelToken, Stop};
use crate::classes::Class;
use crate::entry::malformed_line;
use crate::errors::{self, ChecksigError};
use crate::outcome::Outcome;
use crate::report::Found;

/// How long a pull waits for the lists to be read.
const TICK: Duration = Duration::from_millis(50);
/// How many outcomes one pull tells at most.
const BATCH: usize = 1024;

static STARTED: Class = Class::new("checksig._events", "Started");
static PROGRESS: Class = Class::new("checksig._events", "Progress");

/// A verification under way.
#[pyclass(frozen, module = "checksig._checksig")]
pub(crate) struct Run {
    stop: Stop,
    policy: Policy,
    /// Whether outcomes are told, or only counted.
    tell_outcomes: bool,
    state: Mutex<State>,
}

enum State {
    /// Lists are being read, on a thread of their own: one may be a FIFO that nobody writes to.
    Starting(Receiver<Result<Running, Error>>),
    Running(Box<Running>),
    Over(Box<Found>),
    /// Nobody wants the report, or has it already.
    Closed,
}

struct Running {
    outcomes: Outcomes,
    malformed: Vec<MalformedLine>,
    list_errors: Vec<String>,
}

/// Something to tell: what the core calls an event, without its lifetime.
enum Told {
    Started { lists: u64, entries: u64, files: u64 },
    Malformed(MalformedLine),
    Outcome(checksig_core::Outcome),
    Progress(Progress),
}

/// What stops a pull.
enum Broken {
    Core(Error),
    StartPanicked,
}

#[pymethods]
impl Run {
    /// Starts to verify these lists, or every list in a directory among them; with `signatures`, the one list that
    /// `check_signatures` means in the directory.
    #[new]
    #[pyo3(signature = (paths, *, signatures=false, root=None, algorithm=None, threads=0, reads=0,
                        ignore_missing=false, allow_malformed=false, detect_collisions=false, keep_all=false, tell_outcomes=false, cancel=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn new(
        paths: Vec<PyBackedBytes>,
        signatures: bool,
        root: Option<&[u8]>,
        algorithm: Option<&str>,
        threads: usize,
        reads: usize,
        ignore_missing: bool,
        allow_malformed: bool,
        detect_collisions: bool,
        keep_all: bool,
        tell_outcomes: bool,
        cancel: Option<&CancelToken>,
    ) -> PyResult<Self> {
        let stop = Stop::new(cancel);
        let paths: Vec<PathBuf> = paths.iter().map(to_path).collect();
        let options =
            ListOptions { algorithm: algorithm.map(errors::algorithm).transpose()?, root: root.map(to_path) };
        let verifier = Verifier::new()
            .threads(threads)
            .reads(reads)
            .detect_collisions(detect_collisions)
            .cancel(stop.token())
            .keep(if keep_all { Keep::All } else { Keep::Failures });
        let (sender, started) = bounded(1);
        let start = move || {
            let read = |path: &PathBuf| match signatures {
                true => vec![checksig_core::read_signatures(path)],
                false => checksig_core::read_lists(path, &options),
            };
            // If nobody receives it, it is dropped, which stops it.
            let _ = sender.send(Running::start(&verifier, paths.iter().flat_map(read).collect()));
        };
        thread::Builder::new()
            .name("checksig-lists".into())
            .spawn(start)
            .map_err(|error| ChecksigError::new_err(format!("cannot start a thread: {error}")))?;
        Ok(Self {
            stop,
            policy: Policy { ignore_missing, allow_malformed },
            tell_outcomes,
            state: Mutex::new(State::Starting(started)),
        })
    }

    /// What has happened meanwhile: a list of events, perhaps empty; None once all of it was told.
    fn pull<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyList>>> {
        self.stop.not_forked()?;
        py.check_signals()?;
        let pulled = py.detach(|| self.advance(&mut self.lock()));
        match pulled {
            Ok(Some(told)) => Ok(Some(in_python(py, told)?)),
            Ok(None) => Ok(None),
            Err(Broken::Core(error)) => Err(errors::exception(py, &error, None)),
            Err(Broken::StartPanicked) => {
                Err(ChecksigError::new_err("internal error, nothing is verified: reading the lists panicked"))
            }
        }
    }

    /// The fields of the report, once, after the last pull.
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        self.stop.not_forked()?;
        let state = py.detach(|| {
            let mut state = self.lock();
            if matches!(*state, State::Over(_)) {
                mem::replace(&mut *state, State::Closed)
            } else {
                State::Closed
            }
        });
        match state {
            State::Over(found) => found.fields(py, &self.policy).map(Some),
            _ => Ok(None),
        }
    }

    /// Cancels: what has not been read is told as not run. Never waits.
    fn cancel(&self) {
        self.stop.cancel();
    }

    /// Ends the run without a report. Never waits: a pull that another thread is in ends at its next heartbeat.
    fn close(&self) {
        self.stop.cancel();
        if !self.stop.is_forked()
            && let Ok(mut state) = self.state.try_lock()
        {
            *state = State::Closed;
        }
    }
}

impl Run {
    /// Nothing that is done under the lock leaves the state half changed.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn advance(&self, state: &mut State) -> Result<Option<Vec<Told>>, Broken> {
        let cancelled = self.stop.is_cancelled();
        if let State::Starting(started) = state {
            match started.recv_timeout(TICK) {
                Ok(Ok(running)) => *state = State::Running(Box::new(running)),
                Ok(Err(error)) => return fail(state, Broken::Core(error)),
                // It may be that the lists never come: then the report knows of none.
                Err(RecvTimeoutError::Timeout) if cancelled => *state = State::Over(Found::nothing()),
                Err(RecvTimeoutError::Timeout) => return Ok(Some(Vec::new())),
                Err(RecvTimeoutError::Disconnected) => return fail(state, Broken::StartPanicked),
            }
        }
        let State::Running(running) = state else { return Ok(None) };
        match running.tell(&self.stop, self.tell_outcomes) {
            Ok((told, false)) => Ok(Some(told)),
            Ok((told, true)) => {
                if let State::Running(running) = mem::replace(state, State::Closed) {
                    *state = State::Over(Box::new(running.into_found()));
                }
                Ok(Some(told))
            }
            Err(error) => fail(state, Broken::Core(error)),
        }
    }
}

fn fail<T>(state: &mut State, broken: Broken) -> Result<T, Broken> {
    *state = State::Closed;
    Err(broken)
}

impl Drop for Run {
    fn drop(&mut self) {
        if self.stop.is_forked() {
            // Its locks may be held for ever by threads that are not here. The child gives their memory up.
            let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
            mem::forget(mem::replace(state, State::Closed));
        }
    }
}

impl Running {
    /// # Errors
    /// What keeps the run from being started; if no list could be read, what is wrong with the first.
    fn start(verifier: &Verifier, lists: Vec<Result<ListInput, Error>>) -> Result<Self, Error> {
        let mut read = Vec::new();
        let mut errors = Vec::new();
        for list in lists {
            match list {
                Ok(list) => read.push(list),
                Err(error) => errors.push(error),
            }
        }
        if read.is_empty() && !errors.is_empty() {
            return Err(errors.swap_remove(0));
        }
        let plan = Plan::new(read, PathPolicy::Beneath)?.with_unread_lists(errors.len() as u64);
        let list_errors = errors.iter().map(Error::to_string).collect();
        Ok(Self { outcomes: verifier.start(plan)?, malformed: Vec::new(), list_errors })
    }

    /// What there is to tell until the next heartbeat, and whether that is the end.
    fn tell(&mut self, stop: &Stop, outcomes: bool) -> Result<(Vec<Told>, bool), Error> {
        let mut told = Vec::new();
        while told.len() < BATCH {
            let Some(event) = self.outcomes.next_event() else { return Ok((told, true)) };
            match event? {
                Event::Started { lists, entries, files } => {
                    told.push(Told::Started { lists, entries, files })
                }
                Event::Malformed(line) => {
                    self.malformed.push(line.clone());
                    told.push(Told::Malformed(line));
                }
                Event::Outcome(outcome) if outcomes => told.push(Told::Outcome(outcome)),
                Event::Progress(progress) => {
                    // Hands the caller's cancel on to the run.
                    stop.is_cancelled();
                    told.push(Told::Progress(progress));
                    break;
                }
                _ => {}
            }
        }
        Ok((told, false))
    }

    fn into_found(self) -> Found {
        let Self { outcomes, malformed, list_errors } = self;
        Found { report: outcomes.into_report(), malformed, list_errors }
    }
}

impl Found {
    fn nothing() -> Box<Self> {
        Box::new(Self { report: Report::default(), malformed: Vec::new(), list_errors: Vec::new() })
    }
}

fn to_path(bytes: impl AsRef<[u8]>) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes.as_ref()))
}

fn in_python(py: Python<'_>, told: Vec<Told>) -> PyResult<Bound<'_, PyList>> {
    let mut list: Arc<[u8]> = [].into();
    let events = told.into_iter().map(|event| match event {
        Told::Started { lists, entries, files } => STARTED.get(py)?.call1((lists, entries, files)),
        Told::Malformed(line) => malformed_line(py, line.list(), line.line(), line.reason()),
        Told::Outcome(outcome) => Ok(Bound::new(py, Outcome::new(&outcome, &mut list))?.into_any()),
        Told::Progress(Progress { bytes, expected_bytes, entries, failures }) => {
            PROGRESS.get(py)?.call1((bytes, expected_bytes, entries, failures))
        }
    });
    PyList::new(py, events.collect::<PyResult<Vec<_>>>()?)
}
