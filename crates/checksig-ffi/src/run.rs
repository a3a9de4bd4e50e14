//! A run as the functions with a callback and `checksig_outcomes` share it: lists in, events and a report out.

use std::collections::VecDeque;

use checksig_core::{Error, Event, ListInput, Outcomes, PathPolicy, Plan, Policy};

use crate::boundary::Result;
use crate::error::{Failure, checksig_error};
use crate::event::{EventBuffer, checksig_event};
use crate::options::Options;
use crate::report::checksig_report;

pub(crate) struct Run {
    /// Lists that could not be read, not told yet.
    unread: VecDeque<Error>,
    policy: Policy,
    state: State,
    buffer: EventBuffer,
}

enum State {
    Running(Box<Outcomes>),
    Finished(checksig_report),
    Failed,
}

impl Run {
    /// Starts to verify the lists that could be read. If none could, the first of the errors is the run's.
    pub(crate) fn start(
        lists: Vec<std::result::Result<ListInput, Error>>,
        options: &Options,
    ) -> Result<Self> {
        let mut unread = VecDeque::new();
        let mut readable = Vec::new();
        for list in lists {
            match list {
                Ok(list) => readable.push(list),
                Err(error) => unread.push_back(error),
            }
        }
        if readable.is_empty() {
            let none = || Failure::invalid("there is no list to verify");
            return Err(unread.pop_front().map_or_else(none, Failure::from));
        }
        let plan = Plan::new(readable, PathPolicy::Beneath)?.with_unread_lists(unread.len() as u64);
        let outcomes = options.verifier().start(plan)?;
        Ok(Self {
            unread,
            policy: options.policy,
            state: State::Running(Box::new(outcomes)),
            buffer: EventBuffer::new(),
        })
    }

    /// The next event; `None` after the last. Valid until the next call, or until the run moves.
    pub(crate) fn next(&mut self) -> Result<Option<*const checksig_event>> {
        let State::Running(outcomes) = &mut self.state else { return Ok(None) };
        if let Some(error) = self.unread.pop_front() {
            return Ok(Some(self.buffer.unread_list(checksig_error::new(error.into()))));
        }
        let buffer = &mut self.buffer;
        let told = match outcomes.next_event() {
            Some(Ok(Event::Started { lists, entries, files })) => buffer.started(lists, entries, files),
            Some(Ok(Event::Malformed(line))) => buffer.malformed(line),
            Some(Ok(Event::Outcome(outcome))) => buffer.outcome(outcome),
            Some(Ok(Event::Progress(progress))) => buffer.progress(progress),
            Some(Ok(_)) | None => {
                let State::Running(outcomes) = std::mem::replace(&mut self.state, State::Failed) else {
                    return Ok(None);
                };
                let report = checksig_report::new(outcomes.into_report(), &self.policy);
                self.state = State::Finished(report.clone());
                buffer.finished(report)
            }
            Some(Err(error)) => {
                self.state = State::Failed;
                return Err(error.into());
            }
        };
        Ok(Some(told))
    }

    /// Cancels this run and no other that has its token.
    pub(crate) fn cancel(&mut self) {
        if let State::Running(outcomes) = &mut self.state {
            outcomes.cancel();
        }
    }

    /// What it adds up to, once it is over.
    pub(crate) fn report(&self) -> Option<&checksig_report> {
        match &self.state {
            State::Finished(report) => Some(report),
            State::Running(_) | State::Failed => None,
        }
    }
}
