//! Faults that need no tool to make them: odd files, streams that nobody reads, limits of the process, signals.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use rustix::process::Signal;

use crate::cells::Cell;
use crate::common::{Ran, Running, run, tool, wait_until};
use crate::judge;
use crate::stage::{HIT, HIT_LIST, LIST, Stage, baseline, hit_list, list};
use crate::{SETTINGS, Setting};

/// Somebody who has no other process and owns nothing.
const NOBODY: u32 = 54_321;
/// The same, for one run.
static NEW_USER: AtomicU32 = AtomicU32::new(60_000);

/// The kernel's ring, unless the machine forbids it: then what is used instead.
pub fn ring_if_allowed() -> &'static str {
    static IO: OnceLock<&str> = OnceLock::new();
    IO.get_or_init(|| {
        let stage = Stage::new();
        let ran = run(&mut stage.command(&stage.args(&SETTINGS[0], "uring")));
        if ran.code() == 2 { "auto" } else { "uring" }
    })
}

/// The program, as somebody whom permissions hold for.
fn as_user(stage: &Stage, args: &[String]) -> Command {
    if !rustix::process::geteuid().is_root() {
        return stage.command(args);
    }
    let program = stage.beside("checksig");
    // By a program of its own: what this one has open for writing, a child of another test's may have too.
    tool("cp", &stage.at(""), [env!("CARGO_BIN_EXE_checksig").as_ref(), program.as_os_str()]);
    for open in [stage.beside(""), stage.at(""), stage.empty(), program.clone()] {
        fs::set_permissions(open, PermissionsExt::from_mode(0o755)).expect("chmod");
    }
    let mut command = Command::new(program);
    command.args(args).current_dir(stage.empty()).env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
    command.uid(NOBODY).gid(NOBODY);
    command
}

fn run_way(stage: &Stage, way: &str, args: &[String]) -> Ran {
    run(&mut if way == "user" { as_user(stage, args) } else { stage.command(args) })
}

/// Puts something that fails in the place of a file.
fn spoil(stage: &mut Stage, name: &str, cell: &Cell) {
    let path = stage.at(name);
    if cell.fault == "EACCES" {
        fs::set_permissions(&path, PermissionsExt::from_mode(0o000)).expect("chmod");
    } else {
        fs::remove_file(&path).expect("remove it");
        match cell.fault.as_str() {
            "ELOOP" => symlink(name, &path).expect("a symlink"),
            "ENAMETOOLONG" => symlink("x".repeat(300), &path).expect("a symlink"),
            "ENOTDIR" => symlink("f01/none", &path).expect("a symlink"),
            "ENXIO" => drop(UnixListener::bind(&path).expect("a socket")),
            fault => panic!("no file is {fault}"),
        }
    }
    stage.look_again();
}

/// A target in whose place is something that cannot be opened; for threads and for the ring.
pub fn real_target(cell: &Cell, way: &str, setting: &Setting) {
    for io in ["blocking", ring_if_allowed()] {
        if io == "uring" && setting.name == "in order" {
            continue;
        }
        let mut stage = Stage::new();
        spoil(&mut stage, HIT, cell);
        let ran = run_way(&stage, way, &stage.args(setting, io));
        judge::target(&stage, &ran, cell);
    }
}

/// The second of two lists.
pub fn real_list(cell: &Cell, way: &str, setting: &Setting) {
    let mut stage = Stage::new();
    let mut args = stage.args(setting, "blocking");
    let mut path = stage.at(HIT_LIST);
    match (cell.place.as_str(), way) {
        ("list.open", _) => spoil(&mut stage, HIT_LIST, cell),
        // The memory of a process cannot be read at its beginning, on any Linux.
        ("list.read", "real") => path = "/proc/self/mem".into(),
        _ => {
            fs::remove_file(&path).expect("remove it");
            rustix::fs::mkfifoat(rustix::fs::CWD, &path, 0o600.into()).expect("a FIFO");
            stage.look_again();
            // A FIFO has no directory that its names begin at.
            args.extend(["--root".to_owned(), stage.at("").display().to_string()]);
            let path = path.clone();
            thread::spawn(move || write_in_pieces(File::options().write(true).open(path)?));
        }
    }
    args.push(path.display().to_string());
    let ran = run_way(&stage, way, &args);
    judge::list(&stage, &ran, cell);
}

/// So that each read gives a few bytes.
fn write_in_pieces(mut pipe: File) -> std::io::Result<()> {
    let list = hit_list();
    let mut rest = list.as_bytes();
    let mut len = 1;
    while !rest.is_empty() {
        let (piece, more) = rest.split_at(len.min(rest.len()));
        pipe.write_all(piece)?;
        rest = more;
        len = len % 97 + 1;
    }
    Ok(())
}

/// Standard output or standard error that takes nothing.
pub fn stream(cell: &Cell, _: &str, setting: &Setting) {
    let stage = Stage::new();
    let mut args = stage.args(setting, "blocking");
    // So that there is something to say on both.
    args.insert(1, "--verbose".to_owned());
    let mut command = stage.command(&args);
    let deaf = || match cell.fault.as_str() {
        "EPIPE" => Stdio::from(std::io::pipe().expect("a pipe").1),
        _ => File::options().write(true).open("/dev/full").expect("/dev/full").into(),
    };
    let (stdout, which) = (cell.place == "stdout", if cell.place == "stdout" { 1 } else { 2 });
    if cell.fault == "closed" {
        let script = format!("exec \"$0\" \"$@\" {which}>&-");
        command = Command::new("bash");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_checksig")]).args(&args).current_dir(stage.empty());
    }
    command.stdout(if stdout && cell.fault != "closed" { deaf() } else { Stdio::piped() });
    command.stderr(if stdout || cell.fault == "closed" { Stdio::piped() } else { deaf() });
    let ran = Running::take(&mut command).end();
    if !stdout {
        return judge::same(&stage, &ran, false);
    }
    judge::ran_with(ran.status, cell);
    assert!(ran.stdout.is_empty() && !ran.err().contains("panic"), "{ran:?}");
    assert_eq!(ran.err().contains("cannot write the output"), cell.fault != "closed", "{ran:?}");
    stage.is_clean();
}

/// Under a limit of the process.
fn limited(stage: &Stage, limit: &str, args: &[String]) -> Ran {
    let mut command = Command::new("prlimit");
    command.arg(limit).arg(env!("CARGO_BIN_EXE_checksig")).args(args).current_dir(stage.empty());
    run(command.env("LC_ALL", "C.UTF-8").stdin(Stdio::null()))
}

pub fn descriptors(cell: &Cell, _: &str, setting: &Setting) {
    let stage = Stage::new();
    for io in ["blocking", "auto"] {
        let ran = limited(&stage, &format!("--nofile={}", cell.fault), &stage.args(setting, io));
        judge::same(&stage, &ran, false);
    }
}

/// From not even a second thread to enough for all, with files in memory and with files that have to be waited for: who
/// has no readers waits itself.
pub fn threads(_: &Cell, _: &str, setting: &Setting) {
    if !rustix::process::geteuid().is_root() {
        return eprintln!("only root can be somebody who has no other thread");
    }
    let stage = Stage::new();
    let mut green = 0;
    for (limit, io) in (1..=12).flat_map(|limit| [(limit, "blocking"), (limit, "auto")]) {
        let checksig = as_user(&stage, &stage.args(setting, io));
        for waits in [false, true] {
            let mut command = Command::new("strace");
            command
                .args(["-f", "--quiet=all", "--seccomp-bpf", "-o"])
                .arg(&stage.log)
                .args(["-e", "trace=preadv2"]);
            if waits {
                command.args(["-e", "inject=preadv2:error=EAGAIN"]);
            }
            // Another one each time: threads of a program that has ended are counted for a while.
            let user = NEW_USER.fetch_add(1, Ordering::Relaxed).to_string();
            command.args(["setpriv", "--clear-groups", "--reuid", &user, "--regid", &user]);
            command.args(["prlimit", &format!("--nproc={limit}")]);
            command.arg(checksig.get_program()).args(checksig.get_args());
            let ran = run(command.current_dir(stage.empty()).env("LC_ALL", "C.UTF-8").stdin(Stdio::null()));
            let refused =
                ran.status.code() == Some(2) && ran.err().contains("Resource temporarily unavailable");
            assert!(refused || ran.status.success(), "{limit} threads: {ran:?}");
            judge::green_or_broken(&stage, &ran);
            green += usize::from(ran.status.success());
        }
    }
    assert!((24..48).contains(&green), "{green} of 48 were enough: this tests nothing");
}

/// From too little to be started at all to enough for everything.
pub fn address_space(_: &Cell, _: &str, setting: &Setting) {
    let stage = Stage::new();
    let mut green = 0;
    for megabytes in [4, 8, 10, 12, 16, 20, 24, 32, 40, 64, 100, 200, 2000] {
        let ran =
            limited(&stage, &format!("--as={}", megabytes * 1_000_000u64), &stage.args(setting, "auto"));
        judge::green_or_broken(&stage, &ran);
        green += usize::from(ran.status.success());
    }
    assert!((1..13).contains(&green), "{green} of 13 were enough: this tests nothing");
}

/// A signal in the middle of a file that nobody reads to its end, with all the others before it.
pub fn signal(cell: &Cell, _: &str, setting: &Setting) {
    let mut stage = Stage::new();
    File::create(stage.at("endless")).and_then(|file| file.set_len(1 << 40)).expect("a sparse file");
    fs::write(stage.at(LIST), format!("{}{}  endless\n", list(), "0".repeat(64))).expect("the list");
    stage.look_again();
    let running = Running::start(&mut stage.command(&stage.args(setting, "blocking")));
    let descriptors = format!("/proc/{}/fd", running.pid.as_raw_nonzero());
    wait_until("the file is being read", || {
        let opened =
            |entry: fs::DirEntry| fs::read_link(entry.path()).is_ok_and(|path| path == stage.at("endless"));
        fs::read_dir(&descriptors).is_ok_and(|entries| entries.flatten().any(opened))
    });
    running.signal(match cell.fault.as_str() {
        "INT" => Signal::INT,
        "TERM" => Signal::TERM,
        _ => Signal::HUP,
    });
    let ran = running.end();
    let lines = judge::sound(&stage, &ran);
    judge::ran_with(ran.status, cell);
    let (summary, told) = lines.split_last().expect("a summary");
    assert_eq!((&summary["complete"], &summary["verdict"]), (&false.into(), &"not_verified".into()));
    assert_eq!(summary["entries"], list().lines().count() + 1);
    // What is told is true: as without the signal, or that it was not run.
    let expected = judge::json(baseline(false));
    for (number, line) in told.iter().enumerate() {
        assert!(line["status"] == "not_run" || *line == expected[number], "{line}");
    }
}
