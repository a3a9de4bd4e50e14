//! Runs as a whole: order, who is told what and where, cancelling, bounded memory, each file once.

mod common;

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use checksig_core::{
    Algorithm, CancelToken, DigestLength, Event, Keep, ListInput, Manifest, ParseOptions, PathPolicy, Plan,
    Policy, Status, Verdict, Verifier,
};
use common::memory::{Cached, Dropped, File, Memory};
use common::{line, list, list_of, noise, plan, plan_of, run, sha256, statuses};
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

/// A test that waits longer than this has failed; nothing waits for it to pass.
const HANG_LIMIT: Duration = Duration::from_secs(20);

fn numbered(count: usize) -> (String, Vec<(String, File)>) {
    let content = |number: usize| noise(number as u64, number % 300);
    let text = (0..count).map(|number| line(&format!("f{number}"), &content(number))).collect();
    (text, (0..count).map(|number| (format!("f{number}"), File::new(content(number)))).collect())
}

/// A file whose reads never come back before the sender is dropped, and the sign that one has begun.
fn stuck() -> (File, Receiver<()>, Sender<()>) {
    let (begun, has_begun) = unbounded();
    let (release, released) = bounded(0);
    (File { blocked: Some((begun, released)), ..File::new("stuck") }, has_begun, release)
}

#[test]
fn the_observer_is_called_on_the_callers_thread_only() {
    let (text, files) = numbered(200);
    let caller = thread::current().id();
    let mut threads = HashSet::new();
    let mut events = Vec::new();
    let text = format!("{text}garbage\n");
    let verifier = Verifier::new().threads(4).reads(4);
    let report = verifier
        .run_in(plan(&text), Arc::new(Memory::new(files)), &mut |event: Event<'_>| {
            threads.insert(thread::current().id());
            match event {
                Event::Started { lists, entries, files } => {
                    assert_eq!((lists, entries, files), (1, 200, 200));
                    events.push("started");
                }
                Event::Malformed(malformed) => {
                    assert_eq!((malformed.line(), malformed.reason().code()), (201, "bad-hex"));
                    events.push("malformed");
                }
                Event::Outcome(outcome) => {
                    assert_eq!(outcome.line() as usize, events.len());
                    events.push("outcome");
                }
                Event::Finished(report) => {
                    assert_eq!(report.entries(), 200);
                    events.push("finished");
                }
                _ => {}
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(threads, HashSet::from([caller]));
    assert_eq!(
        (events.len(), events[0], events[201], events[202]),
        (203, "started", "malformed", "finished")
    );
    assert_eq!(report.counts[Status::Ok], 200);
}

#[test]
fn the_iterator_gives_what_the_observer_is_told() {
    let (text, files) = numbered(300);
    let text = format!("{text}{}{}", line("missing", b"x"), line("f1", b"wrong"));
    let memory = Arc::new(Memory::new(files));
    let (report, told) = run(&Verifier::new(), plan(&text), memory.clone());
    let mut outcomes = Verifier::new().start_in(plan(&text), memory).unwrap();
    let pulled: Vec<_> = outcomes
        .by_ref()
        .map(|outcome| outcome.unwrap())
        .map(|o| (o.path().to_string(), o.status(), o.errno(), o.offset()))
        .collect();
    assert_eq!(pulled, told);
    assert_eq!(outcomes.report().counts, report.counts);
    assert!(outcomes.next().is_none());
    assert_eq!(outcomes.into_report().bytes, report.bytes);
}

#[test]
fn a_token_cancelled_before_the_start_opens_nothing() {
    for reads in [1, 4] {
        let (text, files) = numbered(100);
        let memory = Arc::new(Memory::new(files));
        let token = CancelToken::new();
        token.cancel();
        let verifier = Verifier::new().threads(2).reads(reads).cancel(token);
        let text = format!("{text}{}  /absolute\n", sha256(b""));
        let (report, seen) = run(&verifier, plan(&text), memory.clone());
        let mut expected = vec![Status::NotRun; 100];
        // What never would have been opened is what it is without a run.
        expected.push(Status::UnsafePath);
        assert_eq!(statuses(&seen), expected);
        assert!(!report.is_complete());
        assert_eq!(report.verdict(&Policy::default()), Verdict::NotVerified);
        assert_eq!(memory.opens(), 0, "with {reads} reads");
    }
}

#[test]
fn a_cancel_does_not_wait_for_a_read_that_hangs() {
    for (threads, reads) in [(1, 1), (2, 1), (1, 4), (4, 2)] {
        let (file, has_begun, release) = stuck();
        let (mut text, mut files) = numbered(20);
        text += &line("stuck", b"stuck");
        files.push(("stuck".to_owned(), file));
        let token = CancelToken::new();
        let other = token.clone();
        let canceller = thread::spawn(move || {
            has_begun.recv_timeout(HANG_LIMIT).expect("the read begins");
            other.cancel();
        });
        let verifier = Verifier::new().threads(threads).reads(reads).cancel(token);
        let (report, seen) = run(&verifier, plan(&text), Arc::new(Memory::new(files)));
        canceller.join().unwrap();
        assert_eq!(seen[20].1, Status::NotRun);
        assert!(seen.iter().all(|seen| matches!(seen.1, Status::Ok | Status::NotRun)));
        assert!(!report.is_complete());
        for ignore_missing in [false, true] {
            let policy = Policy { ignore_missing, allow_malformed: true };
            assert_eq!(report.verdict(&policy), Verdict::NotVerified);
        }
        assert!(report.summary(&Policy::default()).starts_with("incomplete, not verified: "));
        drop(release);
    }
}

#[test]
fn the_observer_can_cancel_and_goes_on_being_told() {
    let (file, _begun, _release) = stuck();
    let (mut text, mut files) = numbered(10);
    text += &line("stuck", b"stuck");
    files.push(("stuck".to_owned(), file));
    let token = CancelToken::new();
    let verifier = Verifier::new().threads(2).cancel(token.clone());
    let (mut told, mut finished) = (0, false);
    let report = verifier
        .run_in(plan(&text), Arc::new(Memory::new(files)), &mut |event: Event<'_>| {
            match event {
                Event::Outcome(_) => {
                    told += 1;
                    token.cancel();
                }
                Event::Finished(_) => finished = true,
                _ => {}
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!((told, finished, report.entries()), (11, true, 11));
    assert_eq!(report.counts[Status::NotRun] + report.counts[Status::Ok], 11);
    assert!(!report.is_complete());
}

#[test]
fn a_break_cancels_and_nothing_more_is_told() {
    let (file, _begun, _release) = stuck();
    let (mut text, mut files) = numbered(10);
    text += &line("stuck", b"stuck");
    files.push(("stuck".to_owned(), file));
    let mut after = Vec::new();
    let mut broken = false;
    let report = Verifier::new()
        .threads(2)
        .run_in(plan(&text), Arc::new(Memory::new(files)), &mut |event: Event<'_>| {
            if broken {
                after.push(format!("{event:?}"));
            }
            broken = true;
            ControlFlow::Break(())
        })
        .unwrap();
    assert_eq!(after, Vec::<String>::new());
    assert_eq!((report.entries(), report.is_complete()), (11, false));
}

#[test]
fn dropping_the_iterator_ends_the_threads() {
    for reads in [1, 8] {
        // Few enough that their results find room although nobody pulls.
        let (file, has_begun, release) = stuck();
        let (mut text, mut files) = numbered(50);
        text += &line("stuck", b"stuck");
        files.push(("stuck".to_owned(), file));
        let (dropped, is_dropped) = unbounded();
        let memory = Memory { dropped: Some(Dropped(dropped)), ..Memory::new(files) };
        let mut outcomes =
            Verifier::new().threads(2).reads(reads).start_in(plan(&text), Arc::new(memory)).unwrap();
        assert_eq!(outcomes.next().unwrap().unwrap().status(), Status::Ok);
        has_begun.recv_timeout(HANG_LIMIT).expect("the read begins");
        drop(outcomes);
        drop(release);
        is_dropped.recv_timeout(HANG_LIMIT).expect("no thread holds the store any more");
    }
}

#[test]
fn a_caller_who_does_not_pull_stops_the_workers() {
    const FILES: usize = 60_000;
    // Batches that wait for the caller, and one that each thread is filling or waits with.
    const BOUND: usize = (256 + 2 * 4) * 128;
    let text: String = (0..FILES).map(|number| line(&format!("f{number}"), b"")).collect();
    let files = (0..FILES).map(|number| (format!("f{number}"), File::default()));
    let (stopped, has_stopped) = unbounded();
    let mut memory = Memory::new(files);
    // Were this file ever opened, more results would have been waiting than may.
    let name = format!("f{}", BOUND + 1);
    let (_release, released) = bounded::<()>(0);
    let bait = File { blocked: Some((stopped, released)), ..File::new("") }.cached(Cached::Nothing);
    memory.files.insert((0, name.into_bytes()), Arc::new(bait));
    let memory = Arc::new(memory);
    let outcomes = Verifier::new().threads(2).reads(2).start_in(plan(&text), memory.clone()).unwrap();
    // Time for the workers to do wrong. A slow machine makes this test weaker, never wrong.
    assert!(has_stopped.recv_timeout(Duration::from_millis(500)).is_err());
    assert!(memory.opens() <= BOUND, "{} files were opened", memory.opens());
    drop(outcomes);
}

#[test]
fn one_read_in_flight_goes_through_the_list_in_order() {
    let names: Vec<String> = (0..40).map(|number| format!("f{number}")).collect();
    let content = |number: usize| noise(number as u64, number * 9000);
    let text: String = names.iter().enumerate().map(|(number, name)| line(name, &content(number))).collect();
    for threads in [1, 4] {
        for cached in [Cached::All, Cached::Nothing, Cached::UpTo(4096)] {
            let files = names.iter().enumerate();
            let files = files.map(|(number, name)| (name, File::new(content(number)).cached(cached)));
            let memory = Arc::new(Memory { recording: true, ..Memory::new(files) });
            let verifier = Verifier::new().threads(threads).reads(1);
            let (report, _) = run(&verifier, plan(&text), memory.clone());
            assert_eq!(report.counts[Status::Ok], 40);
            let mut order: Vec<String> =
                memory.state.record.lock().unwrap().iter().map(|(_, name)| name.clone()).collect();
            order.dedup();
            assert_eq!(order, names);
        }
    }
}

#[test]
fn a_file_is_opened_once_whoever_names_it() {
    let content = noise(1, 200_000);
    let md5 = checksig_core::hash_stream(&content[..], Algorithm::Md5).unwrap();
    let sha1 = checksig_core::hash_stream(&content[..], Algorithm::Sha1).unwrap();
    let memory = Arc::new(Memory::new([("dir/a", File::new(content.clone()))]));
    let lists = vec![
        list(&format!("{}{}", line("dir/a", &content), line("./dir//a", &content))),
        list_of(Algorithm::Md5, &format!("{md5}  dir/./a\n")),
        list_of(Algorithm::Sha1, &format!("{sha1}  dir/a\n{sha1} *dir/a\n")),
        list_of(Algorithm::Sha512, &format!("{}  dir/a\n", "0".repeat(128))),
    ];
    let (report, seen) = run(&Verifier::new(), plan_of(lists), memory.clone());
    let mut expected = vec![Status::Ok; 5];
    expected.push(Status::Mismatch);
    assert_eq!(statuses(&seen), expected);
    assert_eq!((memory.opens(), report.files, report.verified_files, report.lists), (1, 1, 0, 4));
    assert_eq!(report.bytes, 200_000);
}

#[test]
fn a_conflict_spares_the_other_algorithms() {
    let md5 = checksig_core::hash_stream(&b"x"[..], Algorithm::Md5).unwrap();
    let lists = || {
        vec![
            list(&format!("{}{}{}", line("a", b"x"), line("./a", b"y"), line("b", b"x"))),
            list_of(Algorithm::Md5, &format!("{md5}  a\n")),
        ]
    };
    let memory = Arc::new(Memory::new([("a", File::new("x")), ("b", File::new("x"))]));
    let (report, seen) = run(&Verifier::new(), plan_of(lists()), memory.clone());
    assert_eq!(statuses(&seen), [Status::Conflict, Status::Conflict, Status::Ok, Status::Ok]);
    assert_eq!((memory.opens(), report.verified_files), (2, 1));
    // The other algorithm's entry has its own status, and the conflict stays the conflict.
    let memory = Arc::new(Memory::new([("b", File::new("x"))]));
    let (_, seen) = run(&Verifier::new(), plan_of(lists()), memory);
    assert_eq!(statuses(&seen), [Status::Conflict, Status::Conflict, Status::Ok, Status::Missing]);
}

#[test]
fn a_file_of_which_everything_conflicts_is_not_opened() {
    let memory = Arc::new(Memory::new([("a", File::new("x")), ("b", File::new("x"))]));
    let text = format!("{}{}{}", line("a", b"x"), line("a", b"y"), line("a", b"x"));
    let (_, seen) = run(&Verifier::new(), plan(&text), memory.clone());
    assert_eq!(statuses(&seen), [Status::Conflict; 3]);
    assert_eq!(memory.opens(), 0);
}

#[test]
fn what_is_unsafe_is_never_opened() {
    let memory = Arc::new(Memory::new([("../a", File::new("x")), ("/a", File::new("x"))]));
    let text = [r"../a", "/a", "a/../b", "c:a", r"\\server\a"].map(|name| line(name, b"x")).concat();
    let (_, seen) = run(&Verifier::new(), plan(&text), memory.clone());
    assert_eq!(statuses(&seen), [Status::UnsafePath; 5]);
    assert_eq!(memory.opens(), 0);
    // Unconfined, they are opened as they are.
    let plan = Plan::new(vec![list(&line("../a", b"x"))], PathPolicy::Unconfined).unwrap();
    assert_eq!(plan.policy(), PathPolicy::Unconfined);
    assert_eq!(statuses(&run(&Verifier::new(), plan, memory).1), [Status::Ok]);
}

#[test]
fn a_hundred_thousand_lines_for_one_file() {
    let text = line("a", b"x").repeat(100_000);
    let memory = Arc::new(Memory::new([("a", File::new("x"))]));
    let (report, _) = run(&Verifier::new(), plan(&text), memory.clone());
    assert_eq!((report.counts[Status::Ok], report.files, memory.opens()), (100_000, 1, 1));
    let text = text + &line("a", b"y");
    let (report, _) = run(&Verifier::new(), plan(&text), memory);
    assert_eq!(report.counts[Status::Conflict], 100_001);
}

#[test]
fn equal_names_under_different_roots_are_different_files() {
    let mut memory = Memory::new([("a", File::new("x"))]);
    memory.files.insert((1, b"a".to_vec()), Arc::new(File::new("y")));
    let manifest = Manifest::parse(line("a", b"y").as_bytes(), &ParseOptions::default());
    let other = ListInput::new("other", "another store", manifest);
    let (report, seen) =
        run(&Verifier::new(), plan_of(vec![list(&line("a", b"x")), other]), Arc::new(memory));
    assert_eq!((statuses(&seen), report.files), (vec![Status::Ok; 2], 2));
}

#[test]
fn a_digest_of_the_callers() {
    let verifier = Verifier::new().threads(2);
    for cached in [Cached::All, Cached::Nothing] {
        let content = noise(1, 300_000);
        let files = || Arc::new(Memory::new([("a", File::new(content.clone()).cached(cached))]));
        // In the place of a built-in one: the wrong function shows that it is really used.
        let right = verifier.clone().with_digest::<sha2::Sha256>(Algorithm::Sha256).unwrap();
        assert_eq!(run(&right, plan(&line("a", &content)), files()).1[0].1, Status::Ok);
        let wrong = verifier.clone().with_digest::<sha2::Sha512_256>(Algorithm::Sha256).unwrap();
        assert_eq!(run(&wrong, plan(&line("a", &content)), files()).1[0].1, Status::Mismatch);
        // Under a name of its own, with a built-in one beside it.
        let custom = Algorithm::Custom(DigestLength::new(32).unwrap());
        let sha3: [u8; 32] = <sha3::Sha3_256 as digest::Digest>::digest(&content).into();
        let lists =
            vec![list_of(custom, &format!("{}  a\n", common::hex(&sha3))), list(&line("a", &content))];
        let own = verifier.clone().with_digest::<sha3::Sha3_256>(custom).unwrap();
        assert_eq!(statuses(&run(&own, plan_of(lists), files()).1), [Status::Ok; 2]);
    }
    assert!(verifier.with_digest::<sha2::Sha256>(Algorithm::Md5).is_err());
    let custom = Algorithm::Custom(DigestLength::new(32).unwrap());
    let plan = plan_of(vec![list_of(custom, &line("a", b"x"))]);
    assert!(Verifier::new().start_in(plan, Arc::new(Memory::default())).is_err());
}

#[test]
fn what_a_report_keeps() {
    let text = format!("{}{}", line("f0", b""), line("missing", b"x"));
    for (keep, kept) in [(Keep::All, 2), (Keep::Failures, 1), (Keep::Nothing, 0)] {
        let memory = Arc::new(Memory::new([("f0", File::new(""))]));
        let report = Verifier::new().keep(keep).run_in(plan(&text), memory, &mut ()).unwrap();
        assert_eq!((report.outcomes.len(), report.entries()), (kept, 2));
    }
}

#[test]
fn nothing_to_verify_is_not_verified() {
    for lists in [vec![], vec![list("")], vec![list("# nothing\n"), list(&line("a", b"x"))]] {
        let memory = Arc::new(Memory::new([("a", File::new("x"))]));
        let (report, _) = run(&Verifier::new(), plan_of(lists), memory);
        assert_eq!(report.verdict(&Policy::default()), Verdict::NotVerified);
    }
}
