//! Whole runs over files in memory, against a naive model: order, statuses, conservation, the verdict, and what a cancel
//! leaves.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use checksig_core::{
    CancelToken, Event, Io, Keep, Outcome, PathPolicy, Plan, Policy, Report, Status, Verdict, Verifier,
};

use crate::input::Input;
use crate::memory::Memory;
use crate::scenario::{Key, Scenario, Store, Told, scenario};

/// How the run is driven, and where it is cancelled.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stop {
    Never,
    BeforeTheStart,
    /// The observer breaks off at this event.
    Break(usize),
    /// The token is set at this event.
    Token(usize),
    /// The iterator is dropped at this event.
    Drop(usize),
}

pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let (threads, reads) = (1 + input.below(3), input.below(4));
    let stop = match input.below(10) {
        0 => Stop::BeforeTheStart,
        1 => Stop::Break(input.below(40)),
        2 => Stop::Token(input.below(40)),
        3 => Stop::Drop(input.below(40)),
        _ => Stop::Never,
    };
    let pulls = input.chance(2);
    let mut scenario = scenario(&mut input);
    let token = CancelToken::new();
    if stop == Stop::BeforeTheStart {
        token.cancel();
    }
    let verifier =
        Verifier::new().threads(threads).reads(reads).io(Io::Blocking).keep(Keep::All).cancel(token.clone());
    let plan = Plan::new(std::mem::take(&mut scenario.lists), PathPolicy::Beneath).expect("a plan");
    let plan = plan.with_unread_lists(scenario.unread_lists);
    let (lists, files) = (plan.lists() as u64, plan.files() as u64);
    let keys: HashSet<&Key> = scenario.entries.iter().map(|entry| &entry.key).collect();
    assert_eq!((plan.entries(), files), (scenario.entries.len(), keys.len() as u64));
    let store = std::mem::replace(&mut scenario.store, Store(Memory::default()));

    let mut witness =
        Witness { scenario: &scenario, next: 0, started: false, finished: false, told: Vec::new() };
    let (mut number, mut cancelled) = (0, stop == Stop::BeforeTheStart);
    let mut at_event = |is_last: bool| {
        number += 1;
        match stop {
            Stop::Break(at) | Stop::Drop(at) if number > at => {
                cancelled |= !is_last;
                ControlFlow::Break(())
            }
            Stop::Token(at) if number > at => {
                token.cancel();
                cancelled |= !is_last;
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Continue(()),
        }
    };
    let source = Arc::new(store);
    let report = if pulls || matches!(stop, Stop::Drop(_)) {
        let mut outcomes = verifier.start_in(plan, source).expect("a run");
        let mut listening = true;
        while let Some(event) = outcomes.next_event() {
            let event = event.expect("no internal error");
            if listening {
                witness.event(&event);
            }
            if listening && at_event(matches!(event, Event::Finished(_))).is_break() {
                if matches!(stop, Stop::Drop(_)) {
                    return;
                }
                listening = false;
                outcomes.cancel();
            }
        }
        outcomes.into_report()
    } else {
        let mut observer = |event: Event<'_>| {
            witness.event(&event);
            at_event(matches!(event, Event::Finished(_)))
        };
        verifier.run_in(plan, source, &mut observer).expect("no internal error")
    };
    let Witness { finished, told, .. } = witness;
    assert_eq!(report.lists, lists);
    assert_eq!(report.files, files);
    judge(&scenario, &report, &told, cancelled, finished);
}

/// Looks at the events of a run.
struct Witness<'a> {
    scenario: &'a Scenario,
    /// How much of the order was told.
    next: usize,
    started: bool,
    finished: bool,
    told: Vec<Status>,
}

impl Witness<'_> {
    fn event(&mut self, event: &Event<'_>) {
        assert!(!self.finished, "told after the end");
        assert_eq!(
            self.started,
            !matches!(event, Event::Started { .. }),
            "the start is told first, and once"
        );
        match event {
            Event::Started { entries, .. } => {
                self.started = true;
                assert_eq!(*entries, self.scenario.entries.len() as u64);
            }
            Event::Malformed(malformed) => {
                let list = list_number(malformed.list());
                assert_eq!(self.next(), Told::Malformed { list, line: malformed.line() });
            }
            Event::Outcome(outcome) => {
                let Told::Entry(number) = self.next() else { panic!("{outcome:?} out of order") };
                let entry = &self.scenario.entries[number];
                assert_eq!((list_number(outcome.list()), outcome.line()), (entry.list, entry.line));
                assert_eq!(outcome.path().as_bytes(), entry.name);
                assert_eq!(outcome.expected(), entry.checksum);
                self.told.push(outcome.status());
            }
            Event::Progress(progress) => assert!(progress.failures <= progress.entries),
            Event::Finished(_) => {
                self.finished = true;
                assert_eq!(self.next, self.scenario.order.len(), "everything was told");
            }
            _ => {}
        }
    }

    fn next(&mut self) -> Told {
        self.next += 1;
        self.scenario.order[self.next - 1]
    }
}

fn list_number(name: &[u8]) -> usize {
    let name = std::str::from_utf8(name).expect("the name of a list");
    name.strip_prefix("list ").expect("list N").parse().expect("a number")
}

fn judge(scenario: &Scenario, report: &Report, told: &[Status], cancelled: bool, finished: bool) {
    assert_eq!(report.is_complete(), !cancelled);
    let outcomes: &[Outcome] = &report.outcomes;
    assert_eq!(outcomes.len(), scenario.entries.len(), "each entry has an outcome, cancelled or not");
    for (outcome, entry) in outcomes.iter().zip(&scenario.entries) {
        let allowed = scenario.statuses(entry);
        let status = outcome.status();
        let not_run = cancelled && status == Status::NotRun;
        assert!(allowed.contains(&status) || not_run, "{outcome:?} instead of {allowed:?}, {entry:?}");
        let actual = outcome.actual().map(|actual| actual.digest().to_vec());
        let has_actual = status == Status::Mismatch;
        assert_eq!(actual, has_actual.then(|| scenario.actual(entry)).flatten(), "{outcome:?}");
        let expected = scenario.expected.get(&entry.key).filter(|_| status == Status::Unreadable);
        assert_eq!(outcome.errno(), expected.and_then(|expected| expected.errno), "{outcome:?}");
        assert_eq!(outcome.offset(), expected.and_then(|expected| expected.offset), "{outcome:?}");
    }
    // What was told is what is reported, in the same order.
    let statuses: Vec<Status> = outcomes.iter().map(Outcome::status).collect();
    assert!(statuses.starts_with(told));
    assert!(!finished || told.len() == statuses.len());
    // Conservation.
    let count = |wanted: Status| statuses.iter().filter(|&&status| status == wanted).count() as u64;
    for status in Status::ALL {
        assert_eq!(report.counts[status], count(status), "{status}");
    }
    let malformed =
        scenario.order.iter().filter(|told| matches!(told, Told::Malformed { .. })).count() as u64;
    assert_eq!(report.malformed, malformed);
    assert_eq!((report.entries(), report.unread_lists), (statuses.len() as u64, scenario.unread_lists));
    let ok_by_file = |key: &Key| {
        let mut of_file = statuses.iter().zip(&scenario.entries).filter(|(_, entry)| entry.key == *key);
        of_file.all(|(status, _)| *status == Status::Ok)
    };
    let keys: HashSet<&Key> = scenario.entries.iter().map(|entry| &entry.key).collect();
    assert_eq!(report.verified_files, keys.iter().filter(|key| ok_by_file(key)).count() as u64);
    if !cancelled && count(Status::Changed) == 0 {
        let read = |key: &Key| {
            let mut of_file = statuses.iter().zip(&scenario.entries).filter(|(_, entry)| entry.key == *key);
            of_file.any(|(status, _)| matches!(status, Status::Ok | Status::Mismatch))
        };
        let bytes: usize = keys.iter().filter(|key| read(key)).map(|key| scenario.contents[*key].len()).sum();
        assert_eq!(report.bytes, bytes as u64);
    }
    // The exit formula.
    let has_entry = |list: u64| scenario.entries.iter().any(|entry| entry.list as u64 == list);
    let empty = (0..report.lists).filter(|&list| !has_entry(list)).count() as u64;
    assert_eq!(report.empty_lists, empty);
    for (ignore_missing, allow_malformed) in [(false, false), (false, true), (true, false), (true, true)] {
        let forgiven = if ignore_missing { count(Status::Missing) } else { 0 };
        let verified = !cancelled
            && count(Status::Ok) >= 1
            && count(Status::Ok) + forgiven == statuses.len() as u64
            && (malformed == 0 || allow_malformed)
            && empty + scenario.unread_lists == 0;
        let verdict = report.verdict(&Policy { ignore_missing, allow_malformed });
        assert_eq!(verdict == Verdict::Verified, verified, "{report:?}");
    }
}
