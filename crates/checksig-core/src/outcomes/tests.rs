//! Results that arrive in every order, in every batch, and up to every point: what is told is always the list's order.

use std::sync::Arc;

use super::Outcomes;
use crate::algorithm::Algorithm;
use crate::cancel::CancelToken;
use crate::checksum::Checksum;
use crate::engine::{Done, Failure, Run};
use crate::error::ErrorKind;
use crate::event::Event;
use crate::lists::ListInput;
use crate::manifest::{Manifest, ParseOptions};
use crate::plan::{Compared, Hashed, Plan, VerifyWork};
use crate::report::{Keep, Policy, Report, Verdict};
use crate::source::PathPolicy;
use crate::status::Status;

/// What a thread gives of a file.
type FileDone = Done<Compared>;

/// Files with a result each, and around them what needs none: malformed lines, an unsafe path, a second entry.
struct Scene {
    list: String,
    /// What is told, in order: `m` for a malformed line, else the status.
    expected: Vec<String>,
    jobs: usize,
}

impl Scene {
    fn new(jobs: usize) -> Self {
        let digest = "d41d8cd98f00b204e9800998ecf8427e";
        let (mut list, mut expected) = ("no entry\n".to_owned(), vec!["m".to_owned()]);
        for job in 0..jobs {
            list += &format!("{digest}  file-{job}\n");
            expected.push(status(job).to_string());
            match job {
                1 => {
                    list += &format!("{digest}  ../out\n");
                    expected.push("unsafe_path".to_owned());
                }
                2 => {
                    // The first file again: known before or after this line's turn.
                    list += &format!("{digest}  ./file-0\n# a comment\nno entry\n");
                    expected.extend([status(0).to_string(), "m".to_owned()]);
                }
                _ => {}
            }
        }
        Self { list, expected, jobs }
    }

    /// A run without threads, and the way to give it results.
    fn start(&self, cancel: &CancelToken) -> (Outcomes, impl Fn(Vec<FileDone>) + use<>) {
        let manifest = Manifest::parse(self.list.as_bytes(), &ParseOptions::default());
        let list = ListInput::new("list", "no such root", manifest);
        let plan = Arc::new(Plan::new(vec![list], PathPolicy::Beneath).unwrap());
        let work = Arc::new(VerifyWork::new(plan.clone()));
        let (run, give) = Run::played(self.jobs);
        (Outcomes::new(plan, work, run, cancel.clone(), Keep::All, Report::default()), give)
    }
}

/// Each job has a status of its own, so that two that are mistaken for each other are noticed.
fn status(job: usize) -> Status {
    [
        Status::Ok,
        Status::Missing,
        Status::Mismatch,
        Status::NotAFile,
        Status::Unreadable,
        Status::Changed,
        Status::UnsafePath,
    ][job]
}

fn done(job: usize) -> FileDone {
    let result = match status(job) {
        Status::Ok => Ok(None),
        Status::Mismatch => {
            let checksum = Checksum::new(Algorithm::Md5, &[7; 16]).unwrap();
            Ok(Some([Hashed { checksum, attacked: false }].into()))
        }
        Status::Missing => Err(Failure::Missing),
        Status::NotAFile => Err(Failure::NotAFile),
        Status::Changed => Err(Failure::Changed),
        Status::UnsafePath => Err(Failure::UnsafePath),
        _ => Err(Failure::Unreadable { errno: Some(5), offset: Some(job as u64) }),
    };
    Done { job: job as u32, result }
}

/// The next line that is told; `None` at the end.
fn next(outcomes: &mut Outcomes) -> Option<String> {
    loop {
        match outcomes.next_event().expect("told after the end").expect("no internal error") {
            Event::Malformed(_) => return Some("m".to_owned()),
            Event::Outcome(outcome) => {
                // The detail belongs to the status, whichever came first.
                assert_eq!(outcome.actual().is_some(), outcome.status() == Status::Mismatch);
                assert_eq!(outcome.offset(), (outcome.status() == Status::Unreadable).then_some(4));
                return Some(outcome.status().to_string());
            }
            Event::Finished(_) => return None,
            _ => {}
        }
    }
}

/// All that is left to be told.
fn rest(outcomes: &mut Outcomes) -> Vec<String> {
    std::iter::from_fn(|| next(outcomes)).collect()
}

/// Every order of so many jobs.
fn permutations(jobs: usize) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    for job in 0..jobs {
        let longer = all.iter().flat_map(|order: &Vec<usize>| {
            (0..=order.len()).map(move |at| {
                let mut order = order.clone();
                order.insert(at, job);
                order
            })
        });
        all = longer.collect();
    }
    all
}

fn assert_whole(outcomes: &Outcomes, scene: &Scene) {
    let report = outcomes.report();
    assert!(report.is_complete());
    let told = |what: &str| scene.expected.iter().filter(|told| *told == what).count() as u64;
    for (status, count) in report.counts.iter() {
        assert_eq!(count, told(status.name()), "{status}");
    }
    assert_eq!(report.malformed, told("m"));
    let kept = report.outcomes.iter().map(|outcome| outcome.status().to_string());
    assert!(kept.eq(scene.expected.iter().filter(|told| *told != "m").cloned()));
}

#[test]
fn every_order_of_arrival() {
    for jobs in 0..=7 {
        let scene = Scene::new(jobs);
        for order in permutations(jobs) {
            let (mut outcomes, give) = scene.start(&CancelToken::new());
            order.iter().for_each(|&job| give(vec![done(job)]));
            assert_eq!(rest(&mut outcomes), scene.expected, "{order:?}");
            assert_whole(&outcomes, &scene);
            assert!(outcomes.next_event().is_none());
        }
    }
}

#[test]
fn every_order_in_every_batch() {
    for jobs in 1..=5 {
        let scene = Scene::new(jobs);
        for order in permutations(jobs) {
            // Bit n: a batch ends behind result n.
            for cuts in 0..1 << (jobs - 1) {
                let (mut outcomes, give) = scene.start(&CancelToken::new());
                let mut batch = Vec::new();
                for (place, &job) in order.iter().enumerate() {
                    batch.push(done(job));
                    if cuts >> place & 1 == 1 {
                        give(std::mem::take(&mut batch));
                    }
                }
                give(batch);
                assert_eq!(rest(&mut outcomes), scene.expected, "{order:?} in {cuts:b}");
                assert_whole(&outcomes, &scene);
            }
        }
    }
}

/// As soon as a line can be told it is, and not before: nothing waits for a result that it does not need.
#[test]
fn what_is_known_in_order_is_told_at_once() {
    for jobs in 1..=5 {
        let scene = Scene::new(jobs);
        for order in permutations(jobs) {
            let (mut outcomes, give) = scene.start(&CancelToken::new());
            let mut told = Vec::new();
            let mut known = vec![false; jobs];
            for &job in &order {
                give(vec![done(job)]);
                known[job] = true;
                // The lines before the first file whose result has not come.
                let first_unknown = known.iter().position(|known| !known).unwrap_or(jobs);
                let file = format!("file-{first_unknown}\n");
                let before = scene.list.split_once(&file).map_or(&scene.list[..], |(before, _)| before);
                // One more line end than whole lines only where nothing was cut off.
                let lines = before.lines().filter(|line| !line.starts_with('#'));
                let ready = lines.count() - usize::from(first_unknown < jobs);
                while told.len() < ready {
                    told.extend(next(&mut outcomes));
                }
                assert_eq!(told, scene.expected[..ready]);
            }
            told.extend(rest(&mut outcomes));
            assert_eq!(told, scene.expected, "{order:?}");
        }
    }
}

#[test]
fn cancelled_after_every_result_in_every_order() {
    for jobs in 1..=5 {
        let scene = Scene::new(jobs);
        for order in permutations(jobs) {
            for given in 0..=jobs {
                for by_token in [false, true] {
                    let token = CancelToken::new();
                    let (mut outcomes, give) = scene.start(&token);
                    order[..given].iter().for_each(|&job| give(vec![done(job)]));
                    // Cancelled, the threads end; what they have done is still there.
                    drop(give);
                    if by_token {
                        token.cancel()
                    } else {
                        outcomes.cancel()
                    };
                    let told = rest(&mut outcomes);
                    let expected = scene.expected.iter().map(|expected| {
                        let lost = order[given..].iter().any(|&job| status(job).name() == expected);
                        // The unsafe path of the list has the status of the seventh job, of which there are five.
                        if lost { "not_run".to_owned() } else { expected.clone() }
                    });
                    assert_eq!(told, expected.collect::<Vec<_>>(), "{given} of {order:?}");
                    let report = outcomes.into_report();
                    assert!(!report.is_complete());
                    assert_eq!(report.entries() + report.malformed, scene.expected.len() as u64);
                    for (ignore_missing, allow_malformed) in [(false, false), (true, true)] {
                        let policy = Policy { ignore_missing, allow_malformed };
                        assert_eq!(report.verdict(&policy), Verdict::NotVerified);
                    }
                }
            }
        }
    }
}

#[test]
fn threads_that_end_before_their_work_is_done_are_an_error() {
    let scene = Scene::new(4);
    for order in permutations(4) {
        for given in 0..4 {
            let (mut outcomes, give) = scene.start(&CancelToken::new());
            order[..given].iter().for_each(|&job| give(vec![done(job)]));
            drop(give);
            let error = loop {
                match outcomes.next_event().expect("an error before the end") {
                    Ok(Event::Finished(_)) => panic!("finished with {given} of {order:?}"),
                    Ok(_) => {}
                    Err(error) => break error,
                }
            };
            assert!(matches!(error.kind(), ErrorKind::Internal), "{error}");
            assert!(outcomes.next_event().is_none());
            assert_eq!(outcomes.into_report().verdict(&Policy::default()), Verdict::NotVerified);
        }
    }
}
