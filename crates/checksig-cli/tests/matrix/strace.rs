//! Faults of system calls, injected by strace: it can tell calls by the file that they are about. What the kernel's ring
//! does it does not see.

use std::fs::{self, File};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, Signal, kill_process};

use crate::cells::Cell;
use crate::common::{Ran, Running, run, wait_until};
use crate::judge;
use crate::stage::{HIT, HIT_LEN, HIT_LIST, Stage};
use crate::{SETTINGS, Setting};

/// Calls that open and close files.
const OPENS: &str = "open,openat,openat2,close";

/// The program under strace: what to inject, and into calls about which files (none: all).
fn strace(stage: &Stage, calls: &str, inject: &[String], files: &[&str], args: &[String]) -> Command {
    let mut command = Command::new("strace");
    command.args(["-f", "--quiet=all", "-o"]).arg(&stage.log);
    if !inject.iter().any(|inject| inject.contains("signal=")) {
        // Stops only where it must, which is quicker; signals it cannot inject then.
        command.arg("--seccomp-bpf");
    }
    command.arg("-e").arg(format!("trace={calls}"));
    for inject in inject {
        command.arg("-e").arg(format!("inject={inject}"));
    }
    for file in files {
        command.args(["-P", file]);
    }
    command.arg(env!("CARGO_BIN_EXE_checksig")).args(args).current_dir(stage.empty());
    command.env_remove("NO_COLOR").env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
    command
}

/// What strace wrote down; there must be a fault in it.
fn log(stage: &Stage) -> String {
    let log = fs::read_to_string(&stage.log).expect("the log of strace");
    assert!(log.contains("(INJECTED)") || log.contains("--- SIG"), "no call was hit:\n{log}");
    log
}

/// Runs a cell until every descriptor of the file that was hit is closed again. A program that ends leaves the last
/// ones to the system at times, since nobody waits for its threads; one that leaks does so every time.
fn until_all_is_closed(mut run: impl FnMut() -> String) {
    let logs: Vec<String> = (0..8).map(|_| run()).take_while(|log| !closes_what_it_opens(log)).collect();
    assert!(logs.len() < 8, "never closed:\n{}", logs[0]);
}

fn closes_what_it_opens(log: &str) -> bool {
    let opened = log
        .lines()
        .filter(|line| {
            line.contains(" openat2(") || line.contains(" openat(") || line.contains(" openat2 resumed>")
        })
        .filter_map(|line| line.rsplit_once(" = "))
        .filter(|(_, result)| result.parse::<u32>().is_ok())
        .count();
    let closed = log.lines().filter(|line| line.contains(" close(")).count();
    opened == closed
}

/// `error=EIO`, and when.
fn error(cell: &Cell, when: &str) -> String {
    let when = if when.is_empty() { String::new() } else { format!(":when={when}") };
    format!("error={}{when}", cell.fault)
}

/// How many reads the file that is hit takes, by this call.
fn reads(call: &'static str) -> usize {
    static READS: OnceLock<[usize; 2]> = OnceLock::new();
    let count = |way: usize| {
        let call = ["preadv2", "read"][way];
        let stage = Stage::new();
        let inject = [String::from("preadv2:error=EAGAIN")];
        let args = stage.args(&SETTINGS[0], "blocking");
        let hit = stage.at(HIT).display().to_string();
        run(&mut strace(&stage, "preadv2,read", &inject[..way], &[&hit], &args)).exits(0);
        let log = fs::read_to_string(&stage.log).expect("the log of strace");
        log.lines().filter(|line| line.contains(&format!(" {call}("))).count()
    };
    let reads = READS.get_or_init(|| [count(0), count(1)])[usize::from(call == "read")];
    assert!(reads >= 3, "{reads} reads have no middle");
    reads
}

/// A fault of one target.
pub fn target(cell: &Cell, way: &str, setting: &Setting) {
    until_all_is_closed(|| target_once(cell, way, setting));
}

fn target_once(cell: &Cell, way: &str, setting: &Setting) -> String {
    let stage = Stage::new();
    let hit = stage.at(HIT).display().to_string();
    let mut files = vec![HIT, hit.as_str()];
    let mut inject = Vec::new();
    match way {
        "walk" => {
            // It is tried on the root itself.
            files.push(".");
            inject.push("openat2:error=ENOSYS".to_owned());
        }
        "cold" => inject.push("preadv2:error=EAGAIN".to_owned()),
        _ => {}
    }
    let read = if way == "cold" { "read" } else { "preadv2" };
    let (call, when) = match (cell.place.as_str(), cell.when.as_str()) {
        ("target.open", when) => (
            if way == "walk" { "openat" } else { "openat2" },
            String::from(if when == "once" { "1" } else { "" }),
        ),
        ("target.fstat", "open") => ("fstat", "1".to_owned()),
        ("target.fstat", "end") => ("fstat", "2+".to_owned()),
        (_, "often") => (read, "1+2".to_owned()),
        (_, "first") => (read, "1".to_owned()),
        (_, "middle") => (read, (reads(read) / 2 + 1).to_string()),
        (_, "last") => (read, reads(read).to_string()),
        (_, when) => panic!("when is {when}?"),
    };
    inject.push(format!("{call}:{}", error(cell, &when)));
    let args = stage.args(setting, "blocking");
    let ran = run(&mut strace(&stage, &format!("{OPENS},fstat,read,preadv2"), &inject, &files, &args));
    judge::target(&stage, &ran, cell);
    log(&stage)
}

/// The program is stopped after its second read of a target, which is changed then.
pub fn change(cell: &Cell, way: &str, setting: &Setting) {
    until_all_is_closed(|| change_once(cell, way, setting));
}

fn change_once(cell: &Cell, way: &str, setting: &Setting) -> String {
    let mut stage = Stage::new();
    let hit = stage.at(HIT);
    // A clock that has not moved since the file was made would hide that it was written to.
    let long_ago = SystemTime::now() - Duration::from_secs(1_000_000);
    File::options().write(true).open(&hit).and_then(|file| file.set_modified(long_ago)).expect("its time");
    let call = if way == "cold" { "read" } else { "preadv2" };
    let mut inject = vec![format!("{call}:signal=SIGSTOP:when=2")];
    if way == "cold" {
        inject.push("preadv2:error=EAGAIN".to_owned());
    }
    let args = stage.args(setting, "blocking");
    let path = hit.display().to_string();
    let mut command = strace(&stage, &format!("{OPENS},read,preadv2"), &inject, &[HIT, &path], &args);
    let running = Running::start(&mut command);
    let stopped = wait_for_stop(&stage);
    let open = || File::options().write(true).open(&hit).expect("the file that is hit");
    match cell.fault.as_str() {
        "truncated" => open().set_len(HIT_LEN as u64 / 2).expect("truncate it"),
        "grown" => {
            File::options().append(true).open(&hit).and_then(|mut file| file.write_all(b"x")).expect("append")
        }
        "rewritten" => open().write_all(&[0; HIT_LEN]).expect("write to it"),
        "replaced" => {
            fs::write(stage.beside("other"), vec![0; HIT_LEN]).expect("another file");
            fs::rename(stage.beside("other"), &hit).expect("put it in its place");
        }
        fault => panic!("what is {fault}?"),
    }
    stage.look_again();
    kill_process(stopped, Signal::CONT).expect("it is there");
    let ran = running.end();
    judge::target(&stage, &ran, cell);
    log(&stage)
}

/// The thread that was stopped in its second read, once it is.
fn wait_for_stop(stage: &Stage) -> Pid {
    let mut stopped = None;
    wait_until("the program has stopped", || {
        let log = fs::read_to_string(&stage.log).unwrap_or_default();
        let line = log.lines().find(|line| line.contains("--- stopped by SIGSTOP ---"));
        stopped = line.and_then(|line| line.split(' ').next()?.parse().ok()).and_then(Pid::from_raw);
        stopped.is_some()
    });
    stopped.expect("it has")
}

/// A signal in the middle of a file that ends nothing.
pub fn signal(cell: &Cell, _: &str, setting: &Setting) {
    let stage = Stage::new();
    let signal = if cell.fault == "PIPE" { "SIGPIPE" } else { "SIGSTOP" };
    let args = stage.args(setting, "blocking");
    let hit = stage.at(HIT).display().to_string();
    let inject = [format!("preadv2:signal={signal}:when=2")];
    let running = Running::start(&mut strace(&stage, "preadv2", &inject, &[&hit], &args));
    if signal == "SIGSTOP" {
        kill_process(wait_for_stop(&stage), Signal::CONT).expect("it is there");
    }
    judge::same(&stage, &running.end(), false);
    assert!(log(&stage).contains(&format!("--- {signal} ")), "it got no signal");
}

/// A fault of the second of two lists.
pub fn list(cell: &Cell, _: &str, setting: &Setting) {
    let stage = Stage::new();
    let path = stage.at(HIT_LIST).display().to_string();
    let call = if cell.place == "list.open" { "openat" } else { "read" };
    let when = match cell.when.as_str() {
        "often" => "1+2",
        "once" | "first" => "1",
        "middle" => "2",
        _ => "",
    };
    let inject = [format!("{call}:{}", error(cell, when))];
    let mut args = stage.args(setting, "blocking");
    args.push(path.clone());
    let ran = run(&mut strace(&stage, &format!("{OPENS},read"), &inject, &[HIT_LIST, &path], &args));
    judge::list(&stage, &ran, cell);
    let log = log(&stage);
    assert!(closes_what_it_opens(&log), "{log}");
}

/// A fault of writing what is said.
pub fn stream(cell: &Cell, _: &str, setting: &Setting) {
    let stage = Stage::new();
    let path = stage.beside("stream");
    let to = || File::create(&path).expect("a file to write to");
    // A call that is not made, and says that it wrote ten bytes.
    let fault =
        if cell.fault == "short" { "retval=10:when=1".to_owned() } else { error(cell, cell.when_once()) };
    let mut args = stage.args(setting, "blocking");
    args.insert(1, "--verbose".to_owned());
    let inject = [format!("write:{fault}")];
    let mut command = strace(&stage, "write", &inject, &[&path.display().to_string()], &args);
    let (stdout, stderr) = (cell.place == "stdout", cell.place == "stderr");
    command.stdout(if stdout { to().into() } else { Stdio::piped() });
    command.stderr(if stderr { to().into() } else { Stdio::piped() });
    let mut ran = Running::take(&mut command).end();
    log(&stage);
    let written = fs::read(&path).expect("what was written");
    if cell.outcome != "same" {
        judge::ran_with(ran.status, cell);
        assert!(ran.err().contains("cannot write the output"), "{}", ran.err());
        stage.is_clean();
        return;
    }
    if stdout {
        ran.stdout = written;
        if cell.fault == "short" {
            // What it was told to have written it does not write again.
            ran.stdout.splice(0..0, crate::stage::baseline(false).bytes().take(10));
        }
    }
    judge::same(&stage, &ran, false);
}

/// The system refuses something to the whole program.
pub fn resource(cell: &Cell, _: &str, setting: &Setting) {
    let stage = Stage::new();
    let when = match cell.when.as_str() {
        "first" => "1+",
        // Once: whoever is refused a thread tries with fewer.
        "second" => "2",
        "often" => "1+2",
        _ => cell.when_once(),
    };
    let call = match cell.place.as_str() {
        "threads" => "clone3",
        "openat2" => "openat2",
        "ring.enter" => "io_uring_enter",
        _ => "io_uring_setup",
    };
    let io = if ["ring.demanded", "ring.enter"].contains(&cell.place.as_str()) { "uring" } else { "auto" };
    let mut inject = vec![format!("{call}:{}", error(cell, when))];
    let args = stage.args(setting, io);
    if cell.place == "ring.enter" {
        // What is in memory never goes through a ring: nothing is.
        inject.push("preadv2:error=EAGAIN".to_owned());
    }
    let calls = format!("{call},preadv2");
    let ran = run(&mut strace(&stage, &calls, &inject, &[], &args));
    if cell.outcome == "same" {
        judge::same(&stage, &ran, false);
    } else {
        judge::sound(&stage, &ran);
        judge::ran_with(ran.status, cell);
    }
    log(&stage);
}

/// From some call on there is no memory; from each of several.
pub fn memory(_: &Cell, _: &str, setting: &Setting) {
    let stage = Stage::new();
    let args = stage.args(setting, "blocking");
    run(&mut strace(&stage, "mmap,brk", &[], &[], &args)).exits(0);
    // strace counts each call of each thread by itself.
    let log_of_all = fs::read_to_string(&stage.log).expect("the log of strace");
    let main = log_of_all.split(' ').next().expect("a process");
    let of_main = |line: &&str| line.starts_with(main) && line.contains(" mmap(");
    let calls = log_of_all.lines().filter(of_main).count();
    assert!(calls > 16, "{calls} calls for memory");
    // Not at the very end: the last calls are not the same in every run.
    for part in 1..14 {
        let inject = [format!("mmap,brk:error=ENOMEM:when={}+", calls * part / 16)];
        let ran: Ran = run(&mut strace(&stage, "mmap,brk", &inject, &[], &args));
        judge::green_or_broken(&stage, &ran);
        log(&stage);
    }
}

impl Cell {
    fn when_once(&self) -> &str {
        if self.when == "once" { "1" } else { "" }
    }
}
