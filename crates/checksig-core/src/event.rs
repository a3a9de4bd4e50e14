//! What a run tells while it goes on, and who is told.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::manifest::{Malformed, Reason};
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::report::Report;

/// Something that happened in a run. Malformed lines and outcomes come in the order of the lists and their lines,
/// whatever the number of threads.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The run begins.
    Started {
        /// How many lists there are.
        lists: u64,
        /// How many entries they have.
        entries: u64,
        /// How many files these name.
        files: u64,
    },
    /// A line is not an entry.
    Malformed(MalformedLine),
    /// What became of an entry.
    Outcome(Outcome),
    /// Nothing else to tell for a while: a heartbeat, several times a second.
    Progress(Progress),
    /// The run is over. Not sent after a break.
    Finished(&'a Report),
}

/// A line that is not an entry, and its list.
#[derive(Clone, Debug)]
pub struct MalformedLine {
    plan: Arc<Plan>,
    list: usize,
    malformed: Malformed,
}

impl MalformedLine {
    pub(crate) fn new(plan: Arc<Plan>, list: usize, malformed: Malformed) -> Self {
        Self { plan, list, malformed }
    }

    /// The name of the list, as it was given.
    pub fn list(&self) -> &[u8] {
        &self.plan.planned_lists()[self.list].name
    }

    /// The number of the line; the first is 1.
    pub fn line(&self) -> u64 {
        self.malformed.line
    }

    /// Why it is not an entry.
    pub fn reason(&self) -> Reason {
        self.malformed.reason
    }
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes hashed.
    pub bytes: u64,
    /// About how many bytes all files have together: the sizes of the files opened so far, and their mean for each
    /// of the others.
    pub expected_bytes: u64,
    /// Entries whose outcome is known.
    pub entries: u64,
    /// Those of them that are not ok.
    pub failures: u64,
}

/// Is told what happens, on the thread that called [`Verifier::run`](crate::Verifier::run) and no other. A break
/// cancels the run, and nothing more is told.
///
/// Every `FnMut(Event) -> ControlFlow<()>` is one; `()` is one that looks away.
pub trait Observer {
    /// Something happened.
    fn event(&mut self, event: Event<'_>) -> ControlFlow<()>;
}

impl<F: FnMut(Event<'_>) -> ControlFlow<()>> Observer for F {
    fn event(&mut self, event: Event<'_>) -> ControlFlow<()> {
        self(event)
    }
}

impl Observer for () {
    fn event(&mut self, _: Event<'_>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
