//! `checksig create` and `update` killed, interrupted and failed at every system call of the thread that writes: the
//! list is the old one or the new one, and the next run finds nothing in its way.

mod common;

use std::collections::HashMap;
use std::fs;
use std::process::Command;

use common::lists::temporaries;
use common::{Ran, Tree, checksig, run};

/// A command, and the lists that it writes.
struct Case {
    arguments: &'static [&'static str],
    /// Their names, and what they are before (nothing: there is none) and after.
    lists: Vec<(&'static str, Vec<u8>, Vec<u8>)>,
    tree: Tree,
}

/// One system call of a run: the so-manieth of its name.
struct Call {
    name: String,
    number: usize,
}

impl Case {
    /// Finds out what the command does if nobody disturbs it.
    fn new(arguments: &'static [&'static str], old: &[(&'static str, &[u8])]) -> Self {
        let tree = Tree::new();
        tree.file("a", "hello").file("b", "world");
        let lists = old.iter().map(|(name, old)| (*name, old.to_vec(), Vec::new())).collect();
        let mut case = Self { arguments, lists, tree };
        case.reset();
        run(checksig().args(arguments).current_dir(case.tree.path())).exits(0);
        for (name, old, new) in &mut case.lists {
            *new = fs::read(case.tree.at(*name)).expect("the list");
            assert_ne!(old, new, "{name}");
        }
        case
    }

    fn reset(&self) {
        for (name, old, _) in &self.lists {
            let _ = fs::remove_file(self.tree.at(*name));
            if !old.is_empty() {
                self.tree.file(name, old);
            }
        }
    }

    /// The command under strace. One hash thread and one reader: so the calls of the main thread are the same in every run.
    fn traced(&self, options: &[&str]) -> Ran {
        let mut strace = Command::new("strace");
        strace.args(options).arg(env!("CARGO_BIN_EXE_checksig")).args(self.arguments);
        run(strace
            .args(["--threads", "1", "--reads", "1"])
            .env("LC_ALL", "C.UTF-8")
            .current_dir(self.tree.path()))
    }

    /// The calls of an undisturbed run from its first look at the tree on.
    fn calls(&self) -> Vec<Call> {
        self.reset();
        let trace = self.tree.at("../trace").with_file_name(format!(
            "trace-{}",
            self.tree.path().file_name().expect("a name").to_string_lossy()
        ));
        self.traced(&["-o", trace.to_str().expect("a path")]).exits(0);
        let text = fs::read_to_string(&trace).expect("the trace");
        fs::remove_file(&trace).expect("remove the trace");
        let mut counts = HashMap::new();
        let mut calls = Vec::new();
        let mut begun = false;
        for line in text.lines().filter(|line| !line.starts_with(['+', '-'])) {
            let Some((name, rest)) = line.split_once('(') else { continue };
            let number = counts.entry(name.to_owned()).or_insert(0);
            *number += 1;
            begun |= name.starts_with("open") && rest.contains("O_PATH|O_DIRECTORY");
            if begun && name != "exit_group" {
                calls.push(Call { name: name.to_owned(), number: *number });
            }
        }
        assert!(calls.len() > 30 && calls.iter().any(|call| call.name == "fsync"), "{} calls", calls.len());
        calls
    }

    /// Runs the command with an injection into one call; says which lists are new ones.
    fn disturbed(&self, call: &Call, what: &str) -> (Ran, Vec<bool>) {
        self.reset();
        let Call { name, number } = call;
        let inject = format!("inject={name}:{what}:when={number}");
        let ran = self.traced(&["-o", "/dev/null", "-e", &format!("trace={name}"), "-e", &inject]);
        let mut are_new = Vec::new();
        for (list, old, new) in &self.lists {
            let now = fs::read(self.tree.at(*list)).unwrap_or_default();
            assert!(now == *old || now == *new, "{inject}: {list} is {:?}", String::from_utf8_lossy(&now));
            are_new.push(now == *new);
        }
        (ran, are_new)
    }

    fn leftovers(&self) -> Vec<String> {
        temporaries(self.tree.path())
    }

    /// Killed at every call.
    fn sweep(&self) {
        let calls = self.calls();
        let (mut killed, mut with_old, mut with_new, mut with_leftover) = (0, 0, 0, 0);
        for call in &calls {
            let (ran, are_new) = self.disturbed(call, "signal=KILL");
            killed += usize::from(ran.status.code().is_none());
            with_new += usize::from(are_new.iter().all(|&is_new| is_new));
            with_old += usize::from(are_new.iter().all(|&is_new| !is_new));
            let leftovers = self.leftovers();
            assert!(leftovers.len() <= self.lists.len(), "{leftovers:?}");
            if !leftovers.is_empty() {
                with_leftover += 1;
                // Verifying takes no notice, and the next run clears up and does what it should.
                self.reset();
                run(checksig().args(self.arguments).current_dir(self.tree.path())).exits(0);
                assert_eq!(self.leftovers(), [""; 0], "after {} {}", call.name, call.number);
                for (name, _, new) in &self.lists {
                    assert_eq!(fs::read(self.tree.at(*name)).expect("the list"), *new);
                }
            }
        }
        // The sweep did what it is for: nearly every call was reached, and on both sides of the renaming.
        assert!(killed * 10 >= calls.len() * 9, "killed {killed} of {}", calls.len());
        assert!(with_old > 10 && with_new > 2 && with_leftover > 10, "{with_old} {with_new} {with_leftover}");
    }

    /// Interrupted at every call: an exit code that says so and the old lists, or the new ones.
    fn sweep_of_interrupts(&self) {
        let mut interrupted = 0;
        for call in &self.calls() {
            let (ran, are_new) = self.disturbed(call, "signal=INT");
            assert_eq!(self.leftovers(), [""; 0], "{} {}", call.name, call.number);
            match ran.code() {
                0 => assert!(are_new.iter().all(|&is_new| is_new), "{} {}", call.name, call.number),
                130 => {
                    assert!(are_new.iter().all(|&is_new| !is_new), "{} {}", call.name, call.number);
                    interrupted += 1;
                }
                code => panic!("{code} {}", ran.err()),
            }
        }
        assert!(interrupted > 10, "{interrupted}");
    }

    /// Every call on files fails.
    fn sweep_of_errors(&self) {
        let of_files = |call: &Call| {
            let prefixes = [
                "open", "fstat", "newfstat", "statx", "getdents", "flock", "fchmod", "utimens", "rename",
                "link",
            ];
            prefixes.iter().any(|prefix| call.name.starts_with(prefix))
                || ["write", "fsync"].contains(&&*call.name)
        };
        let mut failed = 0;
        for call in self.calls().iter().filter(|call| of_files(call)) {
            for error in ["EIO", "ENOSPC"] {
                let (ran, are_new) = self.disturbed(call, &format!("error={error}"));
                assert_eq!(self.leftovers(), [""; 0], "{} {} {error}", call.name, call.number);
                if ran.code() == 0 {
                    assert!(are_new.iter().all(|&is_new| is_new), "{} {} {error}", call.name, call.number);
                } else {
                    assert!(ran.err().starts_with("checksig: "), "{}", ran.err());
                    failed += 1;
                }
            }
        }
        assert!(failed > 20, "{failed}");
    }
}

fn replaced() -> Case {
    Case::new(&["create", "--force", "."], &[("sha256sum.txt", b"old\n")])
}

/// Two lists, of which only one was there.
fn several() -> Case {
    let lists = [("sha256sum.txt", &b"old\n"[..]), ("md5sum.txt", b"")];
    Case::new(&["create", "--force", "-a", "sha256", "-a", "md5", "."], &lists)
}

fn updated() -> Case {
    let list = format!("{}  a\n{}  gone\n", common::HELLO, common::WORLD);
    Case::new(&["update", "--prune", "list"], &[("list", list.as_bytes())])
}

#[test]
fn killed_at_any_call_a_replaced_list_is_old_or_new() {
    replaced().sweep();
}

#[test]
fn killed_at_any_call_several_lists_are_old_or_new() {
    several().sweep();
}

#[test]
fn killed_at_any_call_a_first_list_is_there_or_not() {
    Case::new(&["create", "."], &[("sha256sum.txt", b"")]).sweep();
}

#[test]
fn killed_at_any_call_an_updated_list_is_old_or_new() {
    updated().sweep();
}

#[test]
fn interrupted_at_any_call_a_list_is_old_or_new() {
    several().sweep_of_interrupts();
    updated().sweep_of_interrupts();
}

#[test]
fn a_failure_of_any_call_leaves_the_old_list_or_the_new_one() {
    replaced().sweep_of_errors();
    updated().sweep_of_errors();
}

/// The failures that matter most, by name.
#[test]
fn failures_of_writing_are_errors() {
    let case = replaced();
    for (name, number, error, said, is_new) in [
        ("write", 1, "ENOSPC", "cannot write the list sha256sum.txt: No space left on device", false),
        ("fsync", 1, "EIO", "cannot write the list sha256sum.txt: Input/output error", false),
        ("fsync", 2, "EIO", "may not survive a crash: cannot sync the directory: Input/output error", true),
        ("renameat", 1, "EACCES", "cannot write the list sha256sum.txt: Permission denied", false),
        ("flock", 1, "EOPNOTSUPP", "", true),
    ] {
        let (ran, are_new) =
            case.disturbed(&Call { name: name.to_owned(), number }, &format!("error={error}"));
        assert_eq!(are_new, [is_new], "{name} {}", ran.err());
        assert_eq!(ran.code(), if said.is_empty() { 0 } else { 2 }, "{name}");
        assert!(ran.err().contains(said), "{name}: {}", ran.err());
    }
    // A file system without an exclusive rename: by a link, which fails if the name is taken.
    let first = Case::new(&["create", "."], &[("sha256sum.txt", b"")]);
    let (ran, are_new) = first.disturbed(&Call { name: "renameat2".to_owned(), number: 1 }, "error=EINVAL");
    assert_eq!((ran.code(), are_new, first.leftovers()), (0, vec![true], Vec::new()), "{}", ran.err());
}
