//! What the tests of the command line share: running the binary under a hang limit, trees in temporary directories,
//! and independent digests.
#![allow(dead_code, reason = "no test file uses all of it")]

pub mod lists;

use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::Value;

/// No run may take longer: a verifier that can be made to wait has failed.
pub const HANG_LIMIT: Duration = Duration::from_secs(10);

/// How a program ended and what it said.
#[derive(Debug)]
pub struct Ran {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Ran {
    /// The exit code; a program that a signal killed has none.
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| panic!("ended by {}: {}", self.status, self.err()))
    }

    pub fn out(&self) -> String {
        String::from_utf8(self.stdout.clone()).expect("stdout is UTF-8")
    }

    pub fn err(&self) -> String {
        String::from_utf8(self.stderr.clone()).expect("stderr is UTF-8")
    }

    /// Standard output as JSON Lines.
    pub fn json(&self) -> Vec<Value> {
        self.out()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect()
    }

    /// The JSON objects of one type.
    pub fn json_of(&self, kind: &str) -> Vec<Value> {
        self.json().into_iter().filter(|line| line["type"] == kind).collect()
    }

    /// `(status, path)` of every outcome; lossy.
    pub fn statuses(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().expect("a string").to_owned();
        self.json_of("outcome").iter().map(|line| (text(&line["status"]), text(&line["path"]))).collect()
    }

    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code(), code, "\n{}{}", self.lossy(), String::from_utf8_lossy(&self.stderr));
        self
    }

    pub fn lossy(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

/// `checksig`, deaf to the tester's environment.
pub fn checksig() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_checksig"));
    command.env_remove("NO_COLOR").env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
    command
}

/// `checksig verify` in a directory, with the number of threads that the whole suite is run with.
pub fn verify(directory: impl AsRef<Path>) -> Command {
    let mut command = checksig();
    command.arg("verify").args(suite_threads()).current_dir(directory);
    command
}

pub fn suite_threads() -> Vec<String> {
    match std::env::var("CHECKSIG_TEST_THREADS") {
        Ok(threads) => vec!["--threads".to_owned(), threads],
        Err(_) => Vec::new(),
    }
}

/// Runs a program to its end.
#[track_caller]
pub fn run(command: &mut Command) -> Ran {
    Running::start(command).end()
}

/// Runs a program that reads these bytes.
#[track_caller]
pub fn run_with_stdin(command: &mut Command, input: &[u8]) -> Ran {
    let mut running = Running::start(command.stdin(Stdio::piped()));
    let mut stdin = running.stdin.take().expect("piped");
    let input = input.to_vec();
    // In a thread of its own: a program that does not read must not hang the test. Nor need it read.
    thread::spawn(move || stdin.write_all(&input));
    running.end()
}

/// A program under the hang limit. What it writes is read by threads, so that it never waits for the test.
pub struct Running {
    pub stdin: Option<std::process::ChildStdin>,
    pub pid: Pid,
    started: Instant,
    ended: Receiver<ExitStatus>,
    stdout: Receiver<Vec<u8>>,
    stderr: Receiver<Vec<u8>>,
    name: String,
}

impl Running {
    /// Standard output and standard error are taken unless the command says where they go.
    #[track_caller]
    pub fn start(command: &mut Command) -> Self {
        Self::take(command.stdout(Stdio::piped()).stderr(Stdio::piped()))
    }

    /// Takes what the command pipes.
    #[track_caller]
    pub fn take(command: &mut Command) -> Self {
        let name = format!("{command:?}");
        // A group of its own, so that what a shell has started ends with the shell.
        command.process_group(0);
        let mut child: Child = command.spawn().unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        let stdin = child.stdin.take();
        let stdout = drain(child.stdout.take());
        let stderr = drain(child.stderr.take());
        let pid = Pid::from_child(&child);
        let (sender, ended) = mpsc::channel();
        thread::spawn(move || sender.send(child.wait().expect("wait")));
        Self { stdin, pid, started: Instant::now(), ended, stdout, stderr, name }
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).expect("the process is there");
    }

    /// Waits for the end, at most until the hang limit.
    #[track_caller]
    pub fn end(self) -> Ran {
        let left = || HANG_LIMIT.saturating_sub(self.started.elapsed());
        let Ok(status) = self.ended.recv_timeout(left()) else {
            let _ = kill_process_group(self.pid, Signal::KILL);
            let told = |output: &Receiver<Vec<u8>>| output.recv_timeout(Duration::from_secs(1));
            panic!("still running after {HANG_LIMIT:?}: {}\n{:?}", self.name, told(&self.stderr));
        };
        // Whoever inherited the pipes may hold them open for ever.
        let output = |output: &Receiver<Vec<u8>>| {
            output.recv_timeout(left()).unwrap_or_else(|_| panic!("its output never ends: {}", self.name))
        };
        Ran { status, stdout: output(&self.stdout), stderr: output(&self.stderr) }
    }
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut bytes).expect("read a pipe");
        }
        sender.send(bytes)
    });
    receiver
}

/// Waits until something is so; fails at the hang limit.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < HANG_LIMIT, "never came: {what}");
        thread::park_timeout(Duration::from_millis(5));
    }
}

/// A temporary directory to put files in, by names that are bytes.
pub struct Tree(tempfile::TempDir);

impl Tree {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn at(&self, name: impl AsRef<[u8]>) -> PathBuf {
        self.path().join(OsStr::from_bytes(name.as_ref()))
    }

    /// Writes a file, and the directories above it.
    pub fn file(&self, name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> &Self {
        let path = self.at(name);
        fs::create_dir_all(path.parent().expect("beneath the tree")).expect("create a directory");
        fs::write(path, content).expect("write a file");
        self
    }

    /// A file without content but of this size.
    pub fn sparse(&self, name: &str, size: u64) -> &Self {
        fs::File::create(self.at(name)).and_then(|file| file.set_len(size)).expect("a sparse file");
        self
    }

    pub fn dir(&self, name: impl AsRef<[u8]>) -> &Self {
        fs::create_dir_all(self.at(name)).expect("create a directory");
        self
    }

    pub fn symlink(&self, name: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> &Self {
        std::os::unix::fs::symlink(OsStr::from_bytes(target.as_ref()), self.at(name)).expect("a symlink");
        self
    }

    pub fn fifo(&self, name: impl AsRef<[u8]>) -> &Self {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        mknodat(CWD, self.at(name), FileType::Fifo, Mode::from_raw_mode(0o600), 0).expect("a FIFO");
        self
    }

    /// Ten small logs, `a-00.log` to `a-09.log`, and their `sha1sum.txt`.
    pub fn logs() -> Self {
        let tree = Self::new();
        let mut names = Vec::new();
        for number in 0..10 {
            let name = format!("a-{number:02}.log");
            let lines: String =
                (0..900 + number * 11).map(|line| format!("{number} GET /{} 200\n", line * 7)).collect();
            tree.file(&name, lines);
            names.push(name);
        }
        let list = tool("sha1sum", tree.path(), names.iter());
        tree.file("sha1sum.txt", list);
        tree
    }
}

/// What a program of the system prints about files; it must succeed.
#[track_caller]
pub fn tool(program: &str, directory: &Path, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Vec<u8> {
    let mut command = Command::new(program);
    command.args(args).current_dir(directory).env("LC_ALL", "C").stdin(Stdio::null());
    run(&mut command).exits(0).stdout
}

/// Digests by Python's hashlib. Contents are as in vectors/README.md: `text:`, `hex:`, `repeat:`.
pub fn digests(wanted: &[(&str, &str)]) -> Vec<String> {
    const SCRIPT: &str = r#"
import hashlib, sys
for line in sys.stdin.buffer.read().decode().split("\n")[:-1]:
    algorithm, content = line.split(" ", 1)
    kind, rest = content.split(":", 1)
    if kind == "text":
        data = rest.encode()
    elif kind == "hex":
        data = bytes.fromhex(rest)
    else:
        count, unit = rest.split(":")
        data = bytes.fromhex(unit) * int(count)
    name, _, bits = algorithm.partition("-")
    if name == "blake2b":
        digest = hashlib.blake2b(data, digest_size=int(bits or 512) // 8)
    else:
        digest = hashlib.new(algorithm.replace("-", "_"), data)
    print(digest.hexdigest())
"#;
    let lines: String =
        wanted.iter().map(|(algorithm, content)| format!("{algorithm} {content}\n")).collect();
    let ran = run_with_stdin(Command::new("python3").args(["-c", SCRIPT]), lines.as_bytes()).exits(0);
    let digests: Vec<String> = ran.out().lines().map(str::to_owned).collect();
    assert_eq!(digests.len(), wanted.len());
    digests
}

/// SHA-256 of a text, by hashlib.
pub fn sha256(text: &str) -> String {
    digests(&[("sha256", &format!("text:{text}"))]).remove(0)
}

/// SHA-256 of `hello` and of `world`.
pub const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
pub const WORLD: &str = "486ea46224d1bb4fb680f34f7c9ad96a8f24ec88be73ea8e5a6c65260e9cb8a7";

/// Fails if bytes that a person or a program will see hold something that may act on a terminal or mislead a reader.
#[track_caller]
pub fn assert_harmless(what: &[u8]) {
    let text = std::str::from_utf8(what)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(what)));
    let harmful = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            || c == '\u{feff}'
    };
    assert!(!text.contains(harmful), "not safe to print: {text:?}");
}
