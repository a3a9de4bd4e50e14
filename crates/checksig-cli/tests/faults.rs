//! What goes wrong around a run: output that cannot be written, signals, too few descriptors and threads. None of it
//! ends green.

mod common;

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{HELLO, Ran, Running, Tree, run, verify, wait_until};
use rustix::process::Signal;

/// Far more than can be hashed before a signal comes.
const HUGE: u64 = 1 << 40;

fn hello(digest: &str) -> Tree {
    let tree = Tree::new();
    tree.file("a", "hello").file("SHA256SUMS", format!("{digest}  a\n"));
    tree
}

fn wrong() -> String {
    "0".repeat(64)
}

#[test]
fn a_full_device_is_no_success() {
    for digest in [HELLO, &wrong()] {
        let tree = hello(digest);
        for option in [None, Some("--json"), Some("-v")] {
            let full = File::options().write(true).open("/dev/full").expect("/dev/full");
            let mut command = verify(tree.path());
            let ran = Running::take(command.args(option).stdout(full).stderr(Stdio::piped())).end().exits(2);
            assert!(ran.err().contains("cannot write the output: No space left"), "{}", ran.err());
        }
    }
    let full = File::options().write(true).open("/dev/full").expect("/dev/full");
    Running::take(common::checksig().arg("--help").stdout(full).stderr(Stdio::piped())).end().exits(2);
}

#[test]
fn a_reader_that_went_away_is_no_success() {
    for digest in [HELLO, &wrong()] {
        let tree = hello(digest);
        for format in ["--json", "-v"] {
            let (reader, writer) = std::io::pipe().expect("a pipe");
            drop(reader);
            let mut command = verify(tree.path());
            let ran = Running::take(command.arg(format).stdout(writer).stderr(Stdio::piped())).end().exits(2);
            assert!(ran.err().contains("cannot write the output: Broken pipe"), "{}", ran.err());
            assert!(!ran.err().contains("panic"), "{}", ran.err());
        }
    }
}

/// The reader goes away while there is much to say.
#[test]
fn a_reader_that_goes_away_ends_the_run() {
    let tree = Tree::new();
    let list: String = (0..100_000).map(|number| format!("{HELLO}  none/{number}\n")).collect();
    tree.file("SHA256SUMS", list);
    let mut shell = Command::new("bash");
    shell.args(["-c", "\"$0\" verify --json | head -n 1; exit ${PIPESTATUS[0]}"]);
    let ran = run(shell.arg(env!("CARGO_BIN_EXE_checksig")).current_dir(tree.path())).exits(2);
    assert!(ran.err().contains("cannot write the output"), "{}", ran.err());
}

#[test]
fn closed_streams_make_nothing_green() {
    let shell = |tree: &Tree, redirection: &str| {
        let script = format!("exec \"$0\" verify {redirection}");
        run(Command::new("bash")
            .args(["-c", &script, env!("CARGO_BIN_EXE_checksig")])
            .current_dir(tree.path()))
    };
    for redirection in [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", "--json >&-"] {
        assert_ne!(shell(&hello(&wrong()), redirection).code(), 0, "{redirection}");
    }
    // What would have been printed must not have been written into a file that took the free descriptor.
    let tree = hello(&wrong());
    shell(&tree, ">&- 2>&-");
    assert_eq!(fs::read_to_string(tree.at("a")).expect("the file"), "hello");
}

/// A run that is in the middle of a huge file, one small file behind it.
fn start_huge(options: &[&str]) -> (Tree, Running) {
    let tree = Tree::new();
    tree.sparse("huge", HUGE).file("a", "hello").file("list.sha256", format!("{HELLO}  huge\n{HELLO}  a\n"));
    let running = Running::start(verify(tree.path()).args(options).arg("list.sha256"));
    wait_for_read(&running, &tree.at("huge"));
    (tree, running)
}

/// Until the file is open: the run has begun.
fn wait_for_read(running: &Running, file: &Path) {
    let descriptors = format!("/proc/{}/fd", running.pid.as_raw_nonzero());
    wait_until("the file is being read", || {
        fs::read_dir(&descriptors).is_ok_and(|entries| {
            entries.flatten().any(|entry| fs::read_link(entry.path()).is_ok_and(|target| target == file))
        })
    });
}

const SIGNALS: [(Signal, i32); 3] = [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)];

#[test]
fn a_signal_ends_a_run_with_a_partial_summary() {
    for (signal, code) in SIGNALS {
        let (_tree, running) = start_huge(&[]);
        let (ran, took) = interrupt(running, signal);
        let out = ran.exits(code).out();
        assert!(out.starts_with("incomplete, not verified: ") && out.contains(" not run"), "{out}");
        assert_eq!(out.lines().count(), 1, "{out}");
        assert!(took < Duration::from_secs(2), "{took:?}");
    }
}

#[test]
fn a_signal_in_json() {
    let (_tree, running) = start_huge(&["--json"]);
    let ran = interrupt(running, Signal::INT).0.exits(130);
    let summary = ran.json_of("summary").remove(0);
    assert_eq!((&summary["complete"], &summary["verdict"]), (&false.into(), &"not_verified".into()));
    assert_eq!(ran.json_of("outcome")[0]["status"], "not_run");
    assert_eq!(ran.json_of("outcome").len(), 2);
}

fn interrupt(running: Running, signal: Signal) -> (Ran, Duration) {
    let started = Instant::now();
    running.signal(signal);
    (running.end(), started.elapsed())
}

/// It cannot write its summary, because nobody reads the pipe, which is full.
#[test]
fn a_signal_ends_what_waits_for_its_reader() {
    for (signal, code) in SIGNALS {
        let tree = Tree::new();
        let list: String = (0..20_000).map(|number| format!("{HELLO}  none/{number}\n")).collect();
        tree.file("SHA256SUMS", list);
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let mut command = verify(tree.path());
        let running = Running::take(command.arg("--json").stdout(writer).stderr(Stdio::piped()));
        let wchan = format!("/proc/{}/wchan", running.pid.as_raw_nonzero());
        let syscall = format!("/proc/{}/syscall", running.pid.as_raw_nonzero());
        // Its main thread waits in poll or ppoll, which it does for nothing else.
        wait_until("it is stuck", || {
            let number = fs::read_to_string(&syscall).unwrap_or_default();
            ["7 ", "271 ", "73 "].iter().any(|poll| number.starts_with(poll))
                || fs::read_to_string(&wchan).is_ok_and(|wchan| wchan.contains("poll"))
        });
        let (ran, took) = interrupt(running, signal);
        assert_eq!(ran.code(), code, "{:?}", ran.status);
        assert!(took < Duration::from_secs(2), "{took:?}");
        drop(reader);
    }
}

#[test]
fn a_signal_ends_the_reading_of_an_endless_list() {
    for (signal, code) in SIGNALS {
        let tree = hello(HELLO);
        tree.fifo("pipe");
        // A writer that stays and writes nothing more.
        let mut writer = File::options().read(true).write(true).open(tree.at("pipe")).expect("the FIFO");
        writer.write_all(format!("{HELLO}  a\n").as_bytes()).expect("write");
        let running = Running::start(verify(tree.path()).arg("pipe"));
        wait_for_read(&running, &tree.at("pipe"));
        let (ran, took) = interrupt(running, signal);
        assert_eq!(ran.exits(code).out(), "");
        assert!(took < Duration::from_secs(2), "{took:?}");
    }
    let tree = hello(HELLO);
    let mut running = Running::start(verify(tree.path()).arg("-").stdin(Stdio::piped()));
    let mut stdin = running.stdin.take().expect("piped");
    // More than a pipe holds: once it is written, somebody has read.
    stdin.write_all("# endless\n".repeat(20_000).as_bytes()).expect("write");
    assert_eq!(interrupt(running, Signal::INT).0.exits(130).out(), "");
}

#[test]
fn hash_is_ended_by_a_signal() {
    let tree = Tree::new();
    tree.sparse("huge", HUGE);
    let running = Running::start(common::checksig().args(["hash", "huge"]).current_dir(tree.path()));
    wait_for_read(&running, &tree.at("huge"));
    running.signal(Signal::INT);
    let ran = running.end();
    assert!(!ran.status.success() && ran.stdout.is_empty(), "{:?}", ran.status);
}

/// 500 files, two of the lists' algorithms, few descriptors.
fn many_files() -> Tree {
    let tree = Tree::new();
    let mut names = Vec::new();
    for number in 0..500 {
        let name = format!("f{number}");
        tree.file(&name, name.repeat(1000));
        names.push(name);
    }
    tree.file("SHA256SUMS", common::tool("sha256sum", tree.path(), &names));
    tree
}

fn limited(tree: &Tree, limits: &str, options: &str) -> Ran {
    let script = format!("{limits} && exec \"$0\" {options}");
    run(Command::new("bash").args(["-c", &script, env!("CARGO_BIN_EXE_checksig")]).current_dir(tree.path()))
}

#[test]
fn few_descriptors_are_enough() {
    let tree = many_files();
    for options in
        ["verify --json", "verify --json --threads 1 --reads 1", "verify --json --threads 8 --reads 64"]
    {
        for limit in [16, 64] {
            let ran = limited(&tree, &format!("ulimit -n {limit}"), options).exits(0);
            assert_eq!(ran.json_of("summary")[0]["ok"], 500, "{options}, {limit} descriptors");
        }
    }
}

#[test]
fn too_few_descriptors_are_not_green() {
    let tree = many_files();
    for limit in [3, 4, 5, 6, 7] {
        let ran = limited(&tree, &format!("ulimit -n {limit}"), "verify --json");
        match ran.status.code() {
            Some(0) => assert_eq!(ran.json_of("summary")[0]["ok"], 500),
            code => assert!(matches!(code, Some(1 | 2 | 127)), "{limit}: {code:?} {}", ran.err()),
        }
    }
}

/// With little address space: as many threads as can be had, or none and no success.
#[test]
fn little_memory_is_never_green_by_mistake() {
    let tree = many_files();
    for kilobytes in [12_000, 20_000, 30_000, 60_000, 120_000, 1_000_000] {
        let ran = limited(&tree, &format!("ulimit -v {kilobytes}"), "verify --json --threads 64 --reads 64");
        if ran.status.success() {
            assert_eq!(ran.json_of("summary")[0]["ok"], 500, "{kilobytes} kB");
        }
    }
}

/// Limits on processes do not hold for root: as another user then.
#[test]
fn a_limit_on_threads_means_fewer_threads() {
    let tree = many_files();
    fs::set_permissions(tree.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("chmod");
    let program = tree.at("checksig");
    fs::copy(env!("CARGO_BIN_EXE_checksig"), &program).expect("a copy that everybody can reach");
    for limit in [1, 2, 6] {
        let mut command = Command::new("prlimit");
        command.arg(format!("--nproc={limit}")).arg(&program).args(["verify", "--json", "--threads", "64"]);
        command.current_dir(tree.path());
        if rustix::process::geteuid().is_root() {
            // Whoever has this number has no other process: the limit counts all of them.
            command.uid(54_321).gid(54_321);
        }
        let ran = run(&mut command);
        match ran.code() {
            0 => assert_eq!(ran.json_of("summary")[0]["ok"], 500, "{limit} threads"),
            2 => assert!(ran.err().contains("cannot start a single thread"), "{limit}: {}", ran.err()),
            code => panic!("{limit}: {code}: {}", ran.err()),
        }
    }
}
