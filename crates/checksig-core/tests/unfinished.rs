//! A report of a run that is not over, was broken off or failed inside says so.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;

use checksig_core::source::{Source, SourceFile, Stamp, Wait};
use checksig_core::{
    EntryPath, ErrorKind, Event, ListInput, ListOptions, Manifest, Outcomes, ParseOptions, PathPolicy, Plan,
    Policy, Verdict, Verifier,
};

/// Every file says hello, but the one called `panic` panics when it is opened.
struct Hello;

impl Source for Hello {
    fn open(&self, _: usize, path: EntryPath<'_>, _: Wait) -> io::Result<Box<dyn SourceFile>> {
        assert!(path.as_bytes() != b"panic", "as asked");
        Ok(Box::new(HelloFile(b"hello")))
    }
}

struct HelloFile(&'static [u8]);

impl SourceFile for HelloFile {
    fn stamp(&mut self) -> io::Result<Stamp> {
        Ok(Stamp { regular: true, size: 5, modified: (0, 0), status_changed: (0, 0) })
    }

    fn read(&mut self, buffer: &mut [u8], _: Wait) -> io::Result<usize> {
        io::Read::read(&mut self.0, buffer)
    }
}

fn plan(names: &[&str]) -> Plan {
    let list: String =
        names.iter().map(|name| format!("5d41402abc4b2a76b9719d911017c592  {name}\n")).collect();
    let manifest = Manifest::parse(list.as_bytes(), &ParseOptions::default());
    Plan::new(vec![ListInput::new("list", ".", manifest)], PathPolicy::Beneath).unwrap()
}

fn start(names: &[&str]) -> Outcomes {
    Verifier::new().start_in(plan(names), Arc::new(Hello)).unwrap()
}

fn assert_unfinished(outcomes: Outcomes) {
    let report = outcomes.into_report();
    assert!(!report.is_complete());
    assert_eq!(report.verdict(&Policy::default()), Verdict::NotVerified);
    assert!(report.summary(&Policy::default()).starts_with("incomplete, not verified: "));
    assert!(report.into_result(&Policy::default()).is_err());
}

#[test]
fn before_its_end_a_run_is_not_verified() {
    let mut outcomes = start(&["a", "b"]);
    outcomes.next().unwrap().unwrap();
    assert_unfinished(outcomes);
    // All outcomes are told, and the end is not.
    let mut outcomes = start(&["a"]);
    outcomes.next().unwrap().unwrap();
    assert_unfinished(outcomes);
    let mut outcomes = start(&["a"]);
    assert_eq!(outcomes.by_ref().count(), 1);
    assert_eq!(outcomes.report().verdict(&Policy::default()), Verdict::Verified);
}

#[test]
fn after_a_panic_a_run_is_not_verified() {
    let names: Vec<String> = (0..300).map(|number| format!("file-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).chain(["panic"]).collect();
    let mut outcomes = start(&names);
    let last = outcomes.by_ref().last().unwrap();
    assert!(matches!(last.unwrap_err().kind(), ErrorKind::Internal));
    assert_unfinished(outcomes);
}

#[test]
fn a_break_cancels_its_own_run_and_no_other() {
    let verifier = Verifier::new();
    let mut break_at_once = |_: Event<'_>| ControlFlow::Break(());
    let report = verifier.run_in(plan(&["a"]), Arc::new(Hello), &mut break_at_once).unwrap();
    assert!(!report.is_complete());
    let report = verifier.run_in(plan(&["a"]), Arc::new(Hello), &mut ()).unwrap();
    assert_eq!(report.verdict(&Policy::default()), Verdict::Verified);
}

/// A link `current` that is switched between the reading of the list and the run.
#[test]
fn the_list_of_one_directory_says_nothing_of_another() {
    let top = tempfile::tempdir().unwrap();
    for (name, content) in [("old", "hello"), ("new", "other")] {
        std::fs::create_dir(top.path().join(name)).unwrap();
        std::fs::write(top.path().join(name).join("a"), content).unwrap();
        std::fs::write(top.path().join(name).join("md5sum.txt"), "5d41402abc4b2a76b9719d911017c592  a\n")
            .unwrap();
    }
    let current = top.path().join("current");
    let options = ListOptions::default();
    for beneath in [false, true] {
        std::os::unix::fs::symlink("new", &current).unwrap();
        let list = if beneath {
            ListInput::read_beneath(&current, "md5sum.txt".as_ref(), &options).unwrap()
        } else {
            ListInput::read(current.join("md5sum.txt"), &options).unwrap()
        };
        std::fs::remove_file(&current).unwrap();
        std::os::unix::fs::symlink("old", &current).unwrap();
        let error =
            Verifier::new().run(Plan::new(vec![list], PathPolicy::Beneath).unwrap(), &mut ()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::UnreadableRoot(_)), "{error}");
        std::fs::remove_file(&current).unwrap();
    }
}
