//! What goes wrong around `checksig create`: files that cannot be read or change, signals, limits, other runs. The old
//! list stays, and no temporary file does.

mod common;

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use common::lists::{create, expected, gnu_checks, temporaries};
use common::{Running, Tree, run, wait_until};
use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};
use rustix::process::Signal;

/// Far more than can be hashed before something happens.
const HUGE: u64 = 1 << 40;

fn old_list(tree: &Tree) -> String {
    assert_eq!(temporaries(tree.path()), [""; 0]);
    fs::read_to_string(tree.at("sha256sum.txt")).expect("the list")
}

/// A run that is in the middle of a huge file, with an old list.
fn start_huge() -> (Tree, Running) {
    let tree = Tree::new();
    tree.sparse("huge", HUGE).file("a", "hello").file("sha256sum.txt", "old\n");
    let running = Running::start(create(tree.path()).args(["--force", "."]));
    let descriptors = format!("/proc/{}/fd", running.pid.as_raw_nonzero());
    let huge = tree.at("huge");
    wait_until("the file is being read", || {
        fs::read_dir(&descriptors).is_ok_and(|entries| {
            entries.flatten().any(|entry| fs::read_link(entry.path()).is_ok_and(|target| target == huge))
        })
    });
    (tree, running)
}

#[test]
fn a_signal_leaves_the_old_list() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let (tree, running) = start_huge();
        assert_eq!(temporaries(tree.path()).len(), 1);
        running.signal(signal);
        let ran = running.end().exits(code);
        assert!(
            ran.err().contains("interrupted: no list was written") && ran.out().is_empty(),
            "{}",
            ran.err()
        );
        assert_eq!(old_list(&tree), "old\n");
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_fails_the_run() {
    let (tree, running) = start_huge();
    File::options().write(true).open(tree.at("huge")).and_then(|file| file.set_len(10)).expect("cut it");
    let ran = running.end().exits(1);
    assert!(ran.err().contains("cannot read huge: it changed while it was read"), "{}", ran.err());
    assert!(ran.err().contains("no list was written: 1 path could not be read"), "{}", ran.err());
    assert_eq!(old_list(&tree), "old\n");
}

/// Another user, as nothing is forbidden to root.
fn as_anybody(tree: &Tree, arguments: &[&str]) -> common::Ran {
    fs::set_permissions(tree.path(), fs::Permissions::from_mode(0o777)).expect("chmod");
    let programs = Tree::new();
    fs::set_permissions(programs.path(), fs::Permissions::from_mode(0o755)).expect("chmod");
    let program = programs.at("checksig");
    fs::copy(env!("CARGO_BIN_EXE_checksig"), &program).expect("a copy that everybody can reach");
    let mut command = Command::new(&program);
    command.args(arguments).current_dir(tree.path());
    if rustix::process::geteuid().is_root() {
        command.uid(54_322).gid(54_322);
    }
    run(&mut command)
}

#[test]
fn all_that_cannot_be_read_is_named() {
    let tree = Tree::new();
    tree.file("a", "hello")
        .file("b", "hello")
        .file("c\x1b", "hello")
        .file("d/e", "hello")
        .file("sha256sum.txt", "old\n");
    for (name, mode) in [("a", 0), ("c\x1b", 0), ("d", 0)] {
        fs::set_permissions(tree.at(name), fs::Permissions::from_mode(mode)).expect("chmod");
    }
    let ran = as_anybody(&tree, &["create", "--force", "."]).exits(1);
    common::assert_harmless(&ran.stderr);
    let said: Vec<_> = ran.err().lines().map(str::to_owned).collect();
    assert_eq!(
        said,
        [
            "checksig: cannot read d: Permission denied (os error 13)",
            "checksig: cannot read a: Permission denied (os error 13)",
            r"checksig: cannot read $'c\x1b': Permission denied (os error 13)",
            "checksig: no list was written: 3 paths could not be read or changed meanwhile",
        ]
    );
    assert_eq!(old_list(&tree), "old\n");
}

#[test]
fn a_directory_that_cannot_be_written_to_is_an_error_at_once() {
    let tree = Tree::new();
    tree.dir("d").file("d/a", "hello");
    fs::set_permissions(tree.at("d"), fs::Permissions::from_mode(0o555)).expect("chmod");
    let ran = as_anybody(&tree, &["create", "d"]).exits(2);
    assert!(ran.err().contains("cannot write the list d/sha256sum.txt: Permission denied"), "{}", ran.err());
}

/// A list that its owner must not write to is replaced, as its directory allows it, and a temporary file of its mode reclaimed.
#[test]
fn a_read_only_list_can_be_replaced() {
    let tree = Tree::new();
    tree.file("a", "hello");
    as_anybody(&tree, &["create", "."]).exits(0);
    let list = tree.at("sha256sum.txt");
    fs::set_permissions(&list, fs::Permissions::from_mode(0o444)).expect("chmod");
    fs::hard_link(&list, tree.at(".checksig-tmp-0123456789abcdef")).expect("what a killed run leaves");
    as_anybody(&tree, &["create", "--force", "."]).exits(0);
    assert_eq!(fs::metadata(&list).expect("the list").permissions().mode() & 0o777, 0o444);
    assert_eq!(temporaries(tree.path()), [""; 0]);
}

/// Of a size that a list of 2,000 names exceeds.
#[test]
fn a_full_disk_leaves_the_old_list() {
    let tree = Tree::new();
    for number in 0..2000 {
        tree.file(format!("f{number}"), "");
    }
    tree.file("sha256sum.txt", "old\n");
    for limit in [1, 16, 100] {
        let script = format!("ulimit -f {limit} && exec \"$0\" create --force .");
        let mut shell = Command::new("bash");
        let ran = run(shell.args(["-c", &script, env!("CARGO_BIN_EXE_checksig")]).current_dir(tree.path()))
            .exits(2);
        assert!(ran.err().contains("cannot write the list sha256sum.txt: File too large"), "{}", ran.err());
        assert_eq!(old_list(&tree), "old\n");
    }
}

#[test]
fn temporary_files_are_never_listed_and_reclaimed_when_nobody_has_them() {
    let tree = Tree::new();
    let (dead, alive) = (".checksig-tmp-0123456789abcdef", ".checksig-tmp-fedcba9876543210");
    tree.file("a", "hello").file(dead, "half a li").file(alive, "half a li").dir("d");
    tree.file(format!("d/{dead}"), "of another directory");
    // Not called quite so, or no file.
    tree.file(".checksig-tmp-0123", "x").file(".checksig-tmp-0123456789ABCDEF", "y");
    tree.dir(".checksig-tmp-0000000000000000")
        .symlink(".checksig-tmp-1111111111111111", "a")
        .fifo(".checksig-tmp-2222222222222222");
    let file = File::open(tree.at(alive)).expect("the file");
    flock(&file, FlockOperation::LockExclusive).expect("a lock");
    run(create(tree.path()).arg(".")).exits(0);
    let names = fs::read_to_string(tree.at("sha256sum.txt")).expect("the list");
    let names: Vec<_> = names.lines().map(|line| &line[66..]).collect();
    assert_eq!(names, [".checksig-tmp-0123", ".checksig-tmp-0123456789ABCDEF", "a"]);
    assert!(!tree.at(dead).exists() && tree.at(alive).exists() && tree.at("d").join(dead).exists());
    assert!(tree.at(".checksig-tmp-1111111111111111").is_symlink());
    drop(file);
    run(create(tree.path()).args(["--force", "."])).exits(0);
    assert!(!tree.at(alive).exists());
}

/// A directory that is a symlink to the outside every other moment.
#[test]
fn nothing_outside_is_listed_while_the_tree_is_changed() {
    let outside = Tree::new();
    outside.file("secret", "secret");
    let tree = Tree::new();
    tree.dir("d")
        .file("d/inside", "hello")
        .symlink("l", outside.path().to_str().expect("a path"))
        .file("z", "z");
    let (one, other) = (tree.at("d"), tree.at("l"));
    let stop = Arc::new(AtomicBool::new(false));
    let swaps = {
        let stop = stop.clone();
        thread::spawn(move || {
            let mut swaps = 0;
            while !stop.load(Ordering::Relaxed) {
                renameat_with(CWD, &one, CWD, &other, RenameFlags::EXCHANGE).expect("swapped");
                swaps += 1;
            }
            swaps
        })
    };
    let mut written = 0;
    for follow in ["--follow", "--no-follow"].into_iter().cycle().take(60) {
        let ran = run(create(tree.path()).args(["--force", follow, "."]));
        let list = fs::read_to_string(tree.at("sha256sum.txt")).unwrap_or_default();
        assert!(!list.contains("secret"), "{list}");
        written += usize::from(ran.code() == 0);
    }
    stop.store(true, Ordering::Relaxed);
    assert!(swaps.join().expect("no panic") > 60 && written > 0);
}

#[test]
fn runs_at_the_same_time_publish_no_mixture() {
    let tree = Tree::new();
    for number in 0..300 {
        tree.file(format!("f{number}"), number.to_string());
    }
    let right = expected(tree.path(), "sha256", "untagged", &[]);
    let start = |force: Option<&str>| Running::start(create(tree.path()).args(force).arg("."));
    let all = |force| {
        let running: Vec<_> = (0..8).map(|_| start(force)).collect();
        running.into_iter().map(Running::end).collect::<Vec<_>>()
    };
    let ran = all(None);
    let codes: Vec<_> = ran.iter().map(common::Ran::code).collect();
    assert_eq!(codes.iter().filter(|&&code| code == 0).count(), 1, "{codes:?}");
    assert!(
        ran.iter().all(|ran| ran.code() == 0 || ran.err().contains("sha256sum.txt already")),
        "{codes:?}"
    );
    assert!(old_list(&tree).as_bytes() == right);
    assert!(all(Some("--force")).iter().all(|ran| ran.code() == 0));
    assert!(old_list(&tree).as_bytes() == right);
    gnu_checks(tree.path(), "sha256sum", "sha256sum.txt");
}
