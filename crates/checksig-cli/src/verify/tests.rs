//! Faults that no file system gives: each in a run of its own, by this same test program in a process of its own, so
//! that what it prints and how it exits can be seen.

use std::collections::HashMap;
use std::env;
use std::io;
use std::panic;
use std::process::{self, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use checksig_core::EntryPath;
use checksig_core::source::{LocalTree, Source, SourceFile, Stamp, Wait};
use clap::Parser;

use super::run_in;
use crate::args::{Cli, Command as Subcommand};
use crate::output::Exit;
use crate::signals::Signals;

/// Says to the process that it is the one with the fault.
const CHILD: &str = "CHECKSIG_TEST_FAULT";
/// SHA-256 of `hello`.
const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/// What happens to the file called `bad`; the others are well, and all of them hold `hello`.
#[derive(Clone, Copy)]
enum Fault {
    PanicAtOpen,
    PanicAtRead,
    /// Every other read is interrupted, the others give one byte.
    Choppy,
    /// An I/O error behind the third byte.
    Broken,
    /// It grows while it is read.
    Grows,
    /// A signal comes when the engine first asks about the store, before it starts a thread.
    Signal,
}

struct Faulty(Fault);

struct FaultyFile {
    fault: Option<Fault>,
    position: usize,
    reads: AtomicUsize,
}

impl Source for Faulty {
    fn open(&self, _root: usize, path: EntryPath<'_>, _wait: Wait) -> io::Result<Box<dyn SourceFile>> {
        let fault = (path.as_bytes() == b"bad").then_some(self.0);
        assert!(!matches!(fault, Some(Fault::PanicAtOpen)), "a fault of this test");
        Ok(Box::new(FaultyFile { fault, position: 0, reads: AtomicUsize::new(0) }))
    }

    fn as_local_tree(&self) -> Option<&LocalTree> {
        if matches!(self.0, Fault::Signal) {
            signal_hook::low_level::raise(signal_hook::consts::SIGTERM).expect("a signal");
        }
        None
    }
}

impl SourceFile for FaultyFile {
    fn stamp(&mut self) -> io::Result<Stamp> {
        Ok(Stamp { regular: true, size: 5, modified: (0, 0), status_changed: (0, 0) })
    }

    fn read(&mut self, buffer: &mut [u8], wait: Wait) -> io::Result<usize> {
        if wait == Wait::Never {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let rest = &b"hello"[self.position..];
        let number = self.reads.fetch_add(1, Ordering::Relaxed);
        let give = match self.fault {
            Some(Fault::PanicAtRead) => panic!("a fault of this test"),
            Some(Fault::Choppy) if number.is_multiple_of(2) => return Err(io::ErrorKind::Interrupted.into()),
            Some(Fault::Choppy) => rest.len().min(1),
            Some(Fault::Broken) if self.position == 3 => return Err(io::Error::from_raw_os_error(5)),
            Some(Fault::Broken) => 3,
            Some(Fault::Grows) if number == 0 => {
                buffer[..6].copy_from_slice(b"hello!");
                return Ok(6);
            }
            _ => rest.len(),
        };
        let give = give.min(buffer.len());
        buffer[..give].copy_from_slice(&rest[..give]);
        self.position += give;
        Ok(give)
    }
}

/// Exit code, standard output and standard error of a run with this fault.
fn run_with(test: &str, fault: Fault, option: &str) -> (i32, String, String) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    if env::var_os(CHILD).is_some() {
        let list = directory.path().join("list.sha256");
        std::fs::write(&list, format!("{HELLO}  first\n{HELLO}  bad\n{HELLO}  last\n")).expect("write");
        // As the program does.
        panic::set_hook(Box::new(|_| {}));
        let threads = env::var("CHECKSIG_TEST_THREADS").unwrap_or_else(|_| "0".into());
        let args = [
            "checksig".as_ref(),
            "verify".as_ref(),
            option.as_ref(),
            "--threads".as_ref(),
            threads.as_ref(),
            list.as_os_str(),
        ];
        let Subcommand::Verify(args) = Cli::parse_from(args).command else { unreachable!() };
        let signals = Signals::take().expect("signals");
        let exit: Exit = run_in(&args, &signals, |_| Ok(Arc::new(Faulty(fault))));
        drop(directory);
        process::exit(exit.code().into());
    }
    // `timeout` ends a run that hangs, with 124.
    let mut child = Command::new("timeout");
    child.arg("10").arg(env::current_exe().expect("this program"));
    child.args(["--exact", &format!("verify::tests::{test}"), "--nocapture"]).env(CHILD, option);
    let output = child.output().expect("run it");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    // What the test program itself says first, without a line end.
    let stdout = text(output.stdout);
    let own: Vec<_> = stdout.lines().filter(|line| !line.is_empty() && *line != "running 1 test").collect();
    let stdout = own.join("\n").replace(&format!("test verify::tests::{test} ... "), "");
    (output.status.code().expect("no signal"), stdout, text(output.stderr))
}

/// How often each status is in the JSON Lines.
fn statuses(stdout: &str) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for line in stdout.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        if let Some(status) = line["status"].as_str() {
            *counts.entry(status.to_owned()).or_default() += 1;
        }
    }
    counts
}

#[test]
fn a_worker_that_panics_while_it_reads() {
    check_panic("a_worker_that_panics_while_it_reads", Fault::PanicAtRead);
}

#[test]
fn a_worker_that_panics_while_it_opens() {
    check_panic("a_worker_that_panics_while_it_opens", Fault::PanicAtOpen);
}

fn check_panic(test: &str, fault: Fault) {
    let own = env::var(CHILD).ok();
    for option in
        ["--json", "-v", "-q"].into_iter().filter(|&option| own.as_deref().is_none_or(|own| own == option))
    {
        let (code, stdout, stderr) = run_with(test, fault, option);
        assert_eq!(code, 2, "{option}: {stdout}{stderr}");
        let message = "checksig: internal error, nothing is verified: a worker thread panicked";
        assert!(stderr.contains(message), "{stderr}");
        assert!(!stdout.contains("verified 3 of 3") && !stdout.contains("\"summary\""), "{stdout}");
        assert_eq!(stdout.contains("\"error\""), option == "--json", "{stdout}");
    }
}

#[test]
fn interrupted_and_short_reads_are_repeated() {
    let (code, stdout, _) = run_with("interrupted_and_short_reads_are_repeated", Fault::Choppy, "--json");
    assert_eq!((code, statuses(&stdout)), (0, [("ok".to_owned(), 3)].into()), "{stdout}");
}

#[test]
fn an_io_error_spoils_one_file_only() {
    let (code, stdout, _) = run_with("an_io_error_spoils_one_file_only", Fault::Broken, "--json");
    assert_eq!(code, 1);
    assert_eq!(statuses(&stdout), [("ok".to_owned(), 2), ("unreadable".to_owned(), 1)].into(), "{stdout}");
    assert!(stdout.contains("\"errno\":5,\"offset\":3"), "{stdout}");
}

#[test]
fn a_file_that_grows_has_changed() {
    let (code, stdout, _) = run_with("a_file_that_grows_has_changed", Fault::Grows, "--json");
    assert_eq!(code, 1);
    assert_eq!(statuses(&stdout), [("ok".to_owned(), 2), ("changed".to_owned(), 1)].into(), "{stdout}");
}

#[test]
fn a_signal_before_the_first_thread_does_not_end_it_without_a_word() {
    let test = "a_signal_before_the_first_thread_does_not_end_it_without_a_word";
    let (code, _, stderr) = run_with(test, Fault::Signal, "--io=uring");
    assert!(code == 143 && stderr.contains("io_uring cannot be used"), "{code}: {stderr}");
}
