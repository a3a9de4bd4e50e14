//! A run that is cancelled, broken off or dropped at every point: never verified, nothing lost, nothing made up, and its
//! threads end.

mod common;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use checksig_core::{CancelToken, Event, Keep, Policy, Report, Status, Verdict, Verifier};
use common::memory::{Cached, Dropped, File, Memory};
use common::{line, noise, plan};
use crossbeam_channel::unbounded;
use rustix::io::Errno;

/// A test that waits longer than this has failed; nothing waits for it to pass.
const HANG_LIMIT: Duration = Duration::from_secs(60);

/// Threads that hash, and files that are waited for.
const SETTINGS: [(usize, usize); 5] = [(1, 1), (1, 3), (2, 2), (4, 1), (4, 4)];

/// What becomes of each entry in a run that nobody cancels.
const STATUSES: [Status; 12] = [
    Status::Ok,
    Status::Mismatch,
    Status::Ok,
    Status::Missing,
    Status::UnsafePath,
    Status::Ok,
    Status::Ok,
    Status::Unreadable,
    Status::NotAFile,
    Status::Changed,
    Status::Conflict,
    Status::Conflict,
];

/// Started, three malformed lines, the outcomes, finished.
const EVENTS: usize = 2 + 3 + STATUSES.len();

/// The list, and the files of its entries: small ones, one that is read in many pieces, some that must be waited for.
fn scene() -> (String, Memory) {
    let large = noise(1, 300_000);
    let mut text = "no entry\n".to_owned();
    text += &line("ok-0", b"0");
    text += &line("mismatch", b"not this");
    text += &line("large", &large);
    text += &line("missing", b"");
    text += "no entry\n";
    text += &line("../unsafe", b"");
    text += &line("cold", b"cold");
    text += &line("halting", &large);
    text += &line("unreadable", b"x");
    text += &line("special", b"x");
    text += &line("changed", &large);
    text += &line("conflict", b"x");
    text += &line("conflict", b"y");
    text += "no entry\n";
    let unreadable = File { read_error: Some((0, Errno::IO)), ..File::new("x") };
    let special = File { special: true, ..File::new("x") };
    let changed = File::new(large.clone()).piece(100_000).change(common::memory::Change::Modified);
    let memory = Memory::new([
        ("ok-0", File::new("0")),
        ("mismatch", File::new("this")),
        ("large", File::new(large.clone()).piece(70_000)),
        ("cold", File::new("cold").cached(Cached::Nothing)),
        ("halting", File::new(large).cached(Cached::EveryOther)),
        ("unreadable", unreadable),
        ("special", special),
        ("changed", changed),
        ("conflict", File::new("x")),
    ]);
    (text, memory)
}

/// Conservation, and every status the right one or `not_run`.
fn assert_cancelled(report: &Report, told: &[Status]) {
    assert!(!report.is_complete());
    let statuses: Vec<Status> = report.outcomes.iter().map(|outcome| outcome.status()).collect();
    assert_eq!(statuses.len(), STATUSES.len());
    for (number, (found, expected)) in statuses.iter().zip(STATUSES).enumerate() {
        let lexical = matches!(expected, Status::UnsafePath | Status::Conflict);
        assert!(*found == expected || (*found == Status::NotRun && !lexical), "{number}: {found}");
    }
    assert!(statuses.starts_with(told), "{told:?} was told, and {statuses:?} is reported");
    assert_eq!((report.entries(), report.malformed, report.lists), (STATUSES.len() as u64, 3, 1));
    for (status, count) in report.counts.iter() {
        assert_eq!(count, statuses.iter().filter(|&&found| found == status).count() as u64);
    }
    for (ignore_missing, allow_malformed) in [(false, false), (false, true), (true, false), (true, true)] {
        let policy = Policy { ignore_missing, allow_malformed };
        assert_eq!(report.verdict(&policy), Verdict::NotVerified);
    }
    assert!(report.summary(&Policy::default()).starts_with("incomplete, not verified: "));
}

/// Counts the events that come in a fixed order, and keeps the outcomes.
#[derive(Default)]
struct Told {
    events: usize,
    outcomes: Vec<Status>,
}

impl Told {
    /// Whether this event is one that counts.
    fn count(&mut self, event: &Event<'_>) -> bool {
        if let Event::Outcome(outcome) = event {
            self.outcomes.push(outcome.status());
        }
        let counts = !matches!(event, Event::Progress(_));
        self.events += usize::from(counts);
        counts
    }
}

#[test]
fn not_cancelled_the_run_is_what_the_others_are_compared_with() {
    for (threads, reads) in SETTINGS {
        let (text, memory) = scene();
        let mut told = Told::default();
        let verifier = Verifier::new().threads(threads).reads(reads).keep(Keep::All);
        let report = verifier
            .run_in(plan(&text), Arc::new(memory), &mut |event: Event<'_>| {
                told.count(&event);
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!((told.outcomes, told.events), (STATUSES.to_vec(), EVENTS));
        assert!(report.is_complete());
    }
}

#[test]
fn broken_off_after_every_event() {
    for (threads, reads) in SETTINGS {
        for at in 1..EVENTS {
            let (text, memory) = scene();
            let mut told = Told::default();
            let verifier = Verifier::new().threads(threads).reads(reads).keep(Keep::All);
            let report = verifier
                .run_in(plan(&text), Arc::new(memory), &mut |event: Event<'_>| {
                    assert!(told.events < at, "told after the break: {event:?}");
                    told.count(&event);
                    if told.events < at { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
                })
                .unwrap();
            assert_eq!(told.events, at);
            assert_cancelled(&report, &told.outcomes);
        }
    }
}

#[test]
fn cancelled_by_its_token_after_every_event() {
    for (threads, reads) in SETTINGS {
        for at in 0..EVENTS {
            let (text, memory) = scene();
            let token = CancelToken::new();
            if at == 0 {
                token.cancel();
            }
            let mut told = Told::default();
            let verifier =
                Verifier::new().threads(threads).reads(reads).keep(Keep::All).cancel(token.clone());
            let report = verifier
                .run_in(plan(&text), Arc::new(memory), &mut |event: Event<'_>| {
                    if told.count(&event) && told.events == at {
                        token.cancel();
                    }
                    ControlFlow::Continue(())
                })
                .unwrap();
            assert_eq!(told.events, EVENTS, "everything is told, to the end");
            assert_cancelled(&report, &told.outcomes);
        }
    }
}

#[test]
fn after_its_end_a_run_cannot_be_cancelled() {
    let (text, memory) = scene();
    let token = CancelToken::new();
    let report = Verifier::new()
        .cancel(token.clone())
        .run_in(plan(&text), Arc::new(memory), &mut |event: Event<'_>| {
            if matches!(event, Event::Finished(_)) {
                token.cancel();
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(report.is_complete());
}

#[test]
fn dropped_after_every_event() {
    for (threads, reads) in SETTINGS {
        for at in 0..=EVENTS {
            let (text, memory) = scene();
            let (dropped, is_dropped) = unbounded();
            let memory = Memory { dropped: Some(Dropped(dropped)), ..memory };
            let verifier = Verifier::new().threads(threads).reads(reads);
            let mut outcomes = verifier.start_in(plan(&text), Arc::new(memory)).unwrap();
            let mut told = Told::default();
            while told.events < at {
                told.count(&outcomes.next_event().unwrap().unwrap());
            }
            assert!(STATUSES.starts_with(&told.outcomes));
            drop(outcomes);
            is_dropped.recv_timeout(HANG_LIMIT).expect("no thread holds the store any more");
        }
    }
}
