//! A run as something to pull from: puts the results of the threads into the order of the lists, adds them up, and
//! makes sure that they do add up.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::cancel::CancelToken;
use crate::checksum::Checksum;
use crate::engine::{Done, Failure, Received, Run};
use crate::error::Error;
use crate::event::{Event, MalformedLine, Progress};
use crate::outcome::{Detail, Outcome};
use crate::plan::{Compared, Hashed, Plan, VerifyWork};
use crate::report::{Keep, Report};
use crate::status::Status;

/// How long the caller's thread waits for results before it looks up: the heartbeat of progress and cancelling.
const TICK: Duration = Duration::from_millis(50);
/// How long a cancelled run collects what the workers have just done. It never waits for a read that hangs.
const GRACE: Duration = Duration::from_millis(100);
/// In [`Outcomes::statuses`]: not known yet.
const PENDING: u8 = u8::MAX;

/// A verification under way: an iterator over the outcomes, in the order of the lists.
///
/// Dropping it cancels the run. After the last outcome [`report`](Self::report) has everything that it adds up to.
///
/// ```
/// use checksig_core::{ListInput, ListOptions, PathPolicy, Plan, Status, Verifier};
/// # let directory = tempfile::tempdir().unwrap();
/// # let root = directory.path();
/// std::fs::write(root.join("abc"), "abc").unwrap();
/// std::fs::write(root.join("md5sum.txt"), "900150983cd24fb0d6963f7d28e17f72  abc\n").unwrap();
///
/// let list = ListInput::read(root.join("md5sum.txt"), &ListOptions::default()).unwrap();
/// let plan = Plan::new(vec![list], PathPolicy::Beneath).unwrap();
/// for outcome in Verifier::new().start(plan).unwrap() {
///     let outcome = outcome.unwrap();
///     assert_eq!((outcome.path().as_bytes(), outcome.status()), (&b"abc"[..], Status::Ok));
/// }
/// ```
pub struct Outcomes {
    plan: Arc<Plan>,
    work: Arc<VerifyWork>,
    run: Run<Compared>,
    cancel: CancelToken,
    /// Cancelled by whoever pulls, not by the token.
    broken: bool,
    keep: Keep,
    /// Of each entry its status, or [`PENDING`]. One byte: entries that wait for the one before them are many.
    statuses: Vec<u8>,
    /// Details of failures that have not been told yet.
    details: HashMap<u32, Arc<Detail>>,
    known: u64,
    failures: u64,
    stage: Stage,
    last_progress: Instant,
    report: Report,
}

/// What is to be told next.
enum Stage {
    Start,
    /// The next malformed line or entry of a list.
    Line {
        list: usize,
        malformed: usize,
        entry: usize,
    },
    Finish,
    Over,
}

impl Outcomes {
    pub(crate) fn new(
        plan: Arc<Plan>,
        work: Arc<VerifyWork>,
        run: Run<Compared>,
        cancel: CancelToken,
        keep: Keep,
        report: Report,
    ) -> Self {
        let mut outcomes = Self {
            work,
            run,
            cancel,
            broken: false,
            keep,
            statuses: vec![PENDING; plan.entries()],
            details: HashMap::new(),
            known: 0,
            failures: 0,
            stage: Stage::Start,
            last_progress: Instant::now(),
            report: Report { files: plan.files() as u64, unread_lists: plan.unread_lists(), ..report },
            plan,
        };
        for entry in 0..outcomes.plan.entries() as u32 {
            if let Some(status) = outcomes.plan.refusal(entry) {
                outcomes.settle(entry, status, None);
            }
        }
        outcomes
    }

    /// Cancels this run: what has not been read will be [`Status::NotRun`].
    pub fn cancel(&mut self) {
        self.broken = true;
    }

    fn is_cancelled(&self) -> bool {
        self.broken || self.cancel.is_cancelled()
    }

    /// What the run adds up to. Complete once there is no further outcome.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The report of a run that is over.
    pub fn into_report(mut self) -> Report {
        std::mem::take(&mut self.report)
    }

    /// The next event, waiting for it at most for a heartbeat; `None` after [`Event::Finished`].
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal) if a worker panicked or the counts do not add up: a bug.
    /// The run is over then, and whatever was told before is not to be trusted.
    pub fn next_event(&mut self) -> Option<Result<Event<'_>, Error>> {
        match self.advance() {
            Ok(Some(Step::Event(event))) => Some(Ok(event)),
            Ok(Some(Step::Finished)) => Some(Ok(Event::Finished(&self.report))),
            Ok(None) => None,
            Err(error) => {
                self.stage = Stage::Over;
                self.run.stop();
                Some(Err(error))
            }
        }
    }

    fn advance(&mut self) -> Result<Option<Step>, Error> {
        loop {
            match self.stage {
                Stage::Over => return Ok(None),
                Stage::Start => {
                    self.stage = Stage::Line { list: 0, malformed: 0, entry: 0 };
                    let (lists, entries) = (self.plan.lists() as u64, self.plan.entries() as u64);
                    return Ok(Some(Step::Event(Event::Started {
                        lists,
                        entries,
                        files: self.report.files,
                    })));
                }
                Stage::Finish => {
                    self.finish()?;
                    self.stage = Stage::Over;
                    return Ok(Some(Step::Finished));
                }
                Stage::Line { list, malformed, entry } => {
                    if self.last_progress.elapsed() >= TICK {
                        self.last_progress = Instant::now();
                        // A cancel is looked for, and results are taken in, also while there is enough to tell.
                        self.receive(Duration::ZERO)?;
                        return Ok(Some(Step::Event(Event::Progress(self.progress()))));
                    }
                    if let Some(event) = self.next_line(list, malformed, entry) {
                        return Ok(Some(Step::Event(event)));
                    }
                    if matches!(self.stage, Stage::Line { list: at, .. } if at == list) {
                        // The next entry is pending.
                        self.receive(TICK.saturating_sub(self.last_progress.elapsed()))?;
                    }
                }
            }
        }
    }

    /// The next malformed line or entry of a list if it is known; else goes on to the next list or stays.
    fn next_line(&mut self, list: usize, malformed: usize, entry: usize) -> Option<Event<'static>> {
        let plan = self.plan.clone();
        let Some(planned) = plan.planned_lists().get(list) else {
            self.stage = Stage::Finish;
            return None;
        };
        let next_entry = planned.manifest.entry(entry);
        let next_malformed = planned.manifest.malformed().get(malformed);
        match (next_malformed, next_entry) {
            (Some(line), next_entry) if next_entry.is_none_or(|next| line.line < next.line()) => {
                self.stage = Stage::Line { list, malformed: malformed + 1, entry };
                self.report.malformed += 1;
                Some(Event::Malformed(MalformedLine::new(plan.clone(), list, *line)))
            }
            (_, Some(_)) => {
                let number = planned.first + entry as u32;
                let status = Status::from_number(self.statuses[number as usize])?;
                self.stage = Stage::Line { list, malformed, entry: entry + 1 };
                let outcome = Outcome::new(plan.clone(), number, status, self.details.remove(&number));
                self.report.counts.add(status);
                let kept = match self.keep {
                    Keep::All => true,
                    Keep::Failures => status != Status::Ok,
                    Keep::Nothing => false,
                };
                if kept {
                    self.report.outcomes.push(outcome.clone());
                }
                Some(Event::Outcome(outcome))
            }
            (_, None) => {
                self.report.lists += 1;
                self.report.empty_lists += u64::from(planned.manifest.is_empty());
                self.stage = Stage::Line { list: list + 1, malformed: 0, entry: 0 };
                None
            }
        }
    }

    /// Takes in what the threads have done; on a cancel, ends the run.
    fn receive(&mut self, wait: Duration) -> Result<(), Error> {
        // Nothing to wait for; and a run is wound down once, or a read that hangs would keep it from ending.
        if self.known == self.statuses.len() as u64 {
            return Ok(());
        }
        if self.is_cancelled() {
            return self.wind_down();
        }
        match self.run.receive(wait)? {
            Received::Results(results) => self.take_in(results),
            Received::Tick => {}
            // Every thread has ended, because every result has come or because of a cancel just now.
            Received::End if self.known == self.statuses.len() as u64 => {}
            Received::End if self.is_cancelled() => self.wind_down()?,
            Received::End => {
                return Err(Error::internal("the worker threads ended before their work was done"));
            }
        }
        Ok(())
    }

    /// Collects what is done already; everything else was not run.
    fn wind_down(&mut self) -> Result<(), Error> {
        self.run.stop();
        let deadline = Instant::now() + GRACE;
        while let Some(left) = deadline.checked_duration_since(Instant::now()) {
            match self.run.receive(left)? {
                Received::Results(results) => self.take_in(results),
                Received::Tick => {}
                Received::End => break,
            }
        }
        for entry in 0..self.statuses.len() as u32 {
            self.settle(entry, Status::NotRun, None);
        }
        Ok(())
    }

    fn take_in(&mut self, results: Vec<Done<Compared>>) {
        for Done { job, result } in results {
            let result = FileResult::new(result);
            let plan = self.plan.clone();
            for entry in plan.entries_of(self.work.file_of_job(job)) {
                let (status, detail) = result.of_entry(&plan.entry(entry).checksum());
                self.settle(entry, status, detail);
            }
        }
    }

    /// The first status of an entry is its only one: what the plan refused stays refused.
    fn settle(&mut self, entry: u32, status: Status, detail: Option<Arc<Detail>>) {
        let place = &mut self.statuses[entry as usize];
        if *place != PENDING {
            return;
        }
        *place = status as u8;
        self.known += 1;
        self.failures += u64::from(status != Status::Ok);
        if let Some(detail) = detail {
            self.details.insert(entry, detail);
        }
    }

    fn progress(&self) -> Progress {
        let (bytes, expected_bytes) = self.run.counters().hashed_and_expected(self.report.files);
        Progress { bytes, expected_bytes, entries: self.known, failures: self.failures }
    }

    /// Counts the files, and checks that nothing got lost: every line of every list is a blank, a comment, malformed
    /// or an entry, and every entry has exactly one status.
    fn finish(&mut self) -> Result<(), Error> {
        self.run.stop();
        let all_ok = |&file: &u32| {
            self.plan.entries_of(file).all(|entry| self.statuses[entry as usize] == Status::Ok as u8)
        };
        self.report.bytes = self.run.counters().whole_bytes.load(Ordering::Relaxed);
        self.report.verified_files = (0..self.plan.files() as u32).filter(all_ok).count() as u64;
        let lists = self.plan.planned_lists();
        let lines_add_up = lists.iter().all(|list| {
            let lines = list.manifest.lines();
            let told = (list.manifest.malformed().len() + list.manifest.len()) as u64;
            lines.total == lines.blank + lines.comments + told
        });
        let malformed: u64 = lists.iter().map(|list| list.manifest.malformed().len() as u64).sum();
        let add_up = lines_add_up
            && self.report.entries() == self.plan.entries() as u64
            && self.report.malformed == malformed
            && self.report.lists == lists.len() as u64;
        if !add_up {
            return Err(Error::internal(format_args!("the counts do not add up: {:?}", self.report.counts)));
        }
        self.report.complete = !self.is_cancelled();
        Ok(())
    }
}

enum Step {
    Event(Event<'static>),
    Finished,
}

/// A file's result for its entries, of which there may be a million: they share what there is to say.
enum FileResult {
    Same(Status, Option<Arc<Detail>>),
    Digests(Vec<(Hashed, Arc<Detail>)>),
}

impl FileResult {
    fn new(result: Result<Compared, Failure>) -> Self {
        let status = match result {
            Ok(None) => Status::Ok,
            Ok(Some(digests)) => {
                let shared = |hashed: &Hashed| (*hashed, Arc::new(Detail::Actual(hashed.checksum)));
                return Self::Digests(digests.iter().map(shared).collect());
            }
            Err(Failure::Missing) => Status::Missing,
            Err(Failure::NotAFile) => Status::NotAFile,
            Err(Failure::UnsafePath) => Status::UnsafePath,
            Err(Failure::Changed) => Status::Changed,
            Err(Failure::Unreadable { errno, offset }) => {
                return Self::Same(Status::Unreadable, Some(Arc::new(Detail::Io { errno, offset })));
            }
        };
        Self::Same(status, None)
    }

    fn of_entry(&self, expected: &Checksum) -> (Status, Option<Arc<Detail>>) {
        let digests = match self {
            Self::Same(status, detail) => return (*status, detail.clone()),
            Self::Digests(digests) => digests,
        };
        match digests.iter().find(|(hashed, _)| hashed.checksum.algorithm() == expected.algorithm()) {
            Some((hashed, detail)) if hashed.attacked => (Status::Collision, Some(detail.clone())),
            Some((hashed, _)) if hashed.checksum == *expected => (Status::Ok, None),
            Some((_, detail)) => (Status::Mismatch, Some(detail.clone())),
            // Conflicting entries have no digest, and their status already.
            None => (Status::Conflict, None),
        }
    }
}

#[cfg(test)]
mod tests;

impl Iterator for Outcomes {
    type Item = Result<Outcome, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.next_event()? {
                Ok(Event::Outcome(outcome)) => return Some(Ok(outcome)),
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
