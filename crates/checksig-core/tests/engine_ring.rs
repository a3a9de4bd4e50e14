//! The kernel's ring gives the same answers as threads that wait, whatever the files are. Where the system forbids rings,
//! what it falls back to is tested instead.

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;

use checksig_core::source::LocalTree;
use checksig_core::{
    CancelToken, ErrorKind, Io, ListInput, Manifest, ParseOptions, PathPolicy, Plan, Status, Verifier,
};
use common::memory::{File, Memory};
use common::{Seen, line, noise, plan, ring_if_allowed, run};
use rustix::fs::{CWD, Mode, mkfifoat};

const FILES: usize = 300;

fn size(number: usize) -> usize {
    // Around the borders of pages and chunks, and some of many chunks.
    [0, 1, 4095, 4096, 4097, 32_767, 32_768, 32_769, 131_072, 131_073, 700_001][number % 11]
}

/// Files of all sizes and everything else that a path may lead to, and the list of it.
fn make_tree(root: &Path) -> String {
    let mut text = String::new();
    for number in 0..FILES {
        let mut content = noise(number as u64, size(number));
        let name = format!("f{number}");
        text += &line(&name, &content);
        if number % 50 == 8 {
            content[0] ^= 1;
        }
        if number % 50 != 17 {
            fs::write(root.join(name), content).unwrap();
        }
    }
    fs::create_dir(root.join("directory")).unwrap();
    fs::write(root.join("closed"), "x").unwrap();
    fs::set_permissions(root.join("closed"), fs::Permissions::from_mode(0o000)).unwrap();
    mkfifoat(CWD, root.join("fifo"), Mode::RUSR | Mode::WUSR).unwrap();
    symlink("/etc/passwd", root.join("outside")).unwrap();
    symlink("f1", root.join("inside")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    for name in ["directory", "closed", "fifo", "outside", "inside", "loop", "f1/none", "none/none"] {
        text += &line(name, b"x");
    }
    text
}

fn plan_beneath(root: &Path, text: &str) -> Plan {
    let manifest = Manifest::parse(text.as_bytes(), &ParseOptions::default());
    Plan::new(vec![ListInput::new("list", root, manifest)], PathPolicy::Beneath).unwrap()
}

fn seen(root: &Path, text: &str, verifier: &Verifier, cached: bool) -> Vec<Seen> {
    let tree = LocalTree::open([root], PathPolicy::Beneath).unwrap();
    let tree = if cached { tree } else { tree.without_cache() };
    run(verifier, plan_beneath(root, text), Arc::new(tree)).1
}

#[test]
fn the_ring_says_what_threads_say() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let text = make_tree(root);
    let expected = seen(root, &text, &Verifier::new().threads(1).reads(1).io(Io::Blocking), true);
    let ok = expected.iter().filter(|seen| seen.1 == Status::Ok).count();
    let count = |status| expected.iter().filter(|seen| seen.1 == status).count();
    // For root, `closed` is readable.
    assert!(ok - (FILES - 12) <= 1, "{expected:?}");
    assert_eq!((count(Status::Mismatch), count(Status::Missing), count(Status::UnsafePath)), (7, 7, 1));
    for io in [ring_if_allowed(), Io::Auto, Io::Blocking] {
        for threads in [1, 2, 5] {
            for reads in [0, 2, 3, 17] {
                for cached in [true, false] {
                    let verifier = Verifier::new().threads(threads).reads(reads).io(io);
                    let found = seen(root, &text, &verifier, cached);
                    assert_eq!(found, expected, "{io:?}, {threads} threads, {reads} reads, cached {cached}");
                }
            }
        }
    }
}

#[test]
fn a_cancel_ends_it() {
    let directory = tempfile::tempdir().unwrap();
    let text = make_tree(directory.path());
    for after in [0, 1, 20, 150] {
        let token = CancelToken::new();
        let verifier = Verifier::new().threads(1).io(ring_if_allowed()).cancel(token.clone());
        let tree = LocalTree::open([directory.path()], PathPolicy::Beneath).unwrap().without_cache();
        let mut outcomes = 0;
        let plan = plan_beneath(directory.path(), &text);
        let report = verifier.run_in(plan, Arc::new(tree), &mut |event: checksig_core::Event<'_>| {
            outcomes += usize::from(matches!(event, checksig_core::Event::Outcome(_)));
            if outcomes >= after {
                token.cancel();
            }
            std::ops::ControlFlow::Continue(())
        });
        let report = report.unwrap();
        assert!(!report.is_complete());
        assert_eq!(report.entries(), text.lines().count() as u64);
    }
}

#[test]
fn what_is_no_directory_of_this_machine_has_no_ring() {
    let store = || Arc::new(Memory::new([("a", File::new("a")), ("b", File::new("b"))]));
    let text = line("a", b"a") + &line("b", b"b");
    let error = Verifier::new().io(Io::Uring).run_in(plan(&text), store(), &mut ()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NoIoUring));
    assert!(error.to_string().contains("openat2"), "{error}");
    let error = Verifier::new().io(Io::Uring).reads(1).run_in(plan(&text), store(), &mut ()).unwrap_err();
    assert!(error.to_string().contains("more than one file"), "{error}");
    let report = Verifier::new().io(Io::Auto).run_in(plan(&text), store(), &mut ()).unwrap();
    assert_eq!(report.counts[Status::Ok], 2);
}
