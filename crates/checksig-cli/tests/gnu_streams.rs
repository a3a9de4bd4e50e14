//! GNU's programs and what they are connected to: lines that come out while others are waited for, FIFOs and devices, output
//! that cannot be written, signals, and as few threads as can be.

mod common;

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use common::{HELLO, Ran, Running, Tree, checksig, run, tool, wait_until};
use rustix::process::{Signal, kill_process};

const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn sha256sum(tree: &Tree) -> Command {
    let mut command = checksig();
    command.arg0("sha256sum").current_dir(tree.path()).env("LC_ALL", "C");
    command
}

fn bash(tree: &Tree, script: &str) -> Ran {
    let mut bash = Command::new("bash");
    bash.args(["-c", script]).env("checksig", env!("CARGO_BIN_EXE_checksig")).env("LC_ALL", "C");
    run(bash.current_dir(tree.path()))
}

fn tree() -> Tree {
    let tree = Tree::new();
    tree.file("a", "hello").file("list", format!("{HELLO}  a\n"));
    tree
}

#[test]
fn lines_come_out_while_a_later_file_is_waited_for() {
    // With few files and with so many that threads hash them.
    for files in [1, 40] {
        let tree = tree();
        tree.fifo("pipe");
        let mut command = sha256sum(&tree);
        command.args(vec!["a"; files]).arg("pipe").stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for _ in 0..files {
            assert_eq!(lines.next().unwrap().unwrap(), format!("{HELLO}  a"));
        }
        // Only now is there anything in the FIFO.
        File::options().write(true).open(tree.at("pipe")).unwrap().write_all(b"hello").unwrap();
        assert_eq!(lines.next().unwrap().unwrap(), format!("{HELLO}  pipe"));
        assert!(lines.next().is_none() && child.wait().unwrap().success());
    }
}

#[test]
fn a_list_that_comes_slowly_is_checked_line_by_line() {
    let tree = tree();
    let mut command = sha256sum(&tree);
    let mut child = command.arg("-c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut list = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for _ in 0..3 {
        // Cut in the middle of a line.
        list.write_all(format!("{HELLO}  a\n{HELLO}").as_bytes()).unwrap();
        assert_eq!(lines.next().unwrap().unwrap(), "a: OK");
        list.write_all(b"  a\n").unwrap();
        assert_eq!(lines.next().unwrap().unwrap(), "a: OK");
    }
    drop(list);
    assert!(lines.next().is_none() && child.wait().unwrap().success());
}

#[test]
fn what_a_list_names_is_not_waited_for() {
    let tree = tree();
    tree.fifo("pipe").file("list", format!("{NOTHING}  pipe\n{NOTHING}  /dev/null\n{HELLO}  a\n"));
    let ran = run(sha256sum(&tree).args(["-c", "list"])).exits(1);
    assert_eq!(ran.out(), "pipe: FAILED open or read\n/dev/null: FAILED open or read\na: OK\n");
    let refused = |name: &str| format!("sha256sum: {name}: Not a regular file\n");
    let warning = "sha256sum: WARNING: 2 listed files could not be read\n";
    assert_eq!(ran.err(), refused("pipe") + &refused("/dev/null") + warning);
}

#[test]
fn read_special_goes_back_to_what_gnu_does() {
    let tree = tree();
    tree.fifo("pipe").file("list", format!("{HELLO}  pipe\n{NOTHING}  /dev/null\n{HELLO}  a\n"));
    let path = tree.at("pipe");
    let writer =
        thread::spawn(move || File::options().write(true).open(path).unwrap().write_all(b"hello").unwrap());
    let ran = run(sha256sum(&tree).args(["-c", "--read-special", "list"])).exits(0);
    assert_eq!(ran.out(), "pipe: OK\n/dev/null: OK\na: OK\n");
    writer.join().unwrap();
}

/// Two that read one pipe at a time would share out its content.
#[test]
fn a_pipe_that_is_named_twice_is_read_once() {
    let tree = tree();
    let once = format!("{HELLO}  /dev/stdin\n{NOTHING}  /dev/stdin\n{NOTHING}  -\n");
    let script = "printf hello | $checksig sha256sum /dev/stdin /dev/stdin -";
    assert_eq!(bash(&tree, script).exits(0).out(), once);
    // Among so many files that threads hash them.
    let script = "printf hello | $checksig sha256sum a{,,,}{,,,}{,,,} /dev/stdin a{,,,}{,,,} /dev/stdin - | grep -v ' a$'";
    assert_eq!(bash(&tree, script).exits(0).out(), once);
}

/// Files of procfs that call themselves empty, and are not.
#[test]
fn files_without_a_size_are_read_to_their_end() {
    let tree = tree();
    let files = "/proc/version /proc/sys/kernel/ostype /proc/cmdline";
    bash(&tree, &format!("sha256sum {files} >list; for i in {{1..9}}; do cat list; done >long"));
    assert_eq!(bash(&tree, "$checksig sha256sum --quiet -c list long").exits(0).out(), "");
    let listed = bash(&tree, &format!("$checksig sha256sum {files}")).exits(0).out();
    assert_eq!(listed, bash(&tree, &format!("sha256sum {files}")).out());
}

#[test]
fn output_that_cannot_be_written_is_fatal() {
    let tree = tree();
    let message = "sha256sum: write error: No space left on device\n";
    for arguments in ["a", "-c list", "--help", "--version", "a missing", "missing a"] {
        let ran = bash(&tree, &format!("$checksig sha256sum {arguments} >/dev/full")).exits(1);
        assert!(ran.err().ends_with(message), "{arguments}: {}", ran.err());
    }
    // What comes after the error is not even looked at.
    let ran = bash(&tree, "$checksig sha256sum a missing >/dev/full").exits(1);
    assert_eq!(ran.err(), message);
    bash(&tree, "$checksig sha256sum --status -c list >/dev/full").exits(0);
}

#[test]
fn a_reader_that_went_away_ends_it_like_any_program() {
    let tree = tree();
    for arguments in [&["a"][..], &["-c", "list"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ran = Running::take(sha256sum(&tree).args(arguments).stdout(writer).stderr(Stdio::piped())).end();
        assert_eq!((ran.status.signal(), ran.err().as_str()), (Some(Signal::PIPE.as_raw()), ""));
    }
}

#[test]
fn signals_end_it_at_once() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let tree = tree();
        tree.fifo("pipe");
        let mut child = sha256sum(&tree).arg("pipe").stderr(Stdio::piped()).spawn().unwrap();
        let pid = rustix::process::Pid::from_child(&child);
        // It has begun when it reads the FIFO: then there is somebody to write to.
        let path = tree.at("pipe");
        let flags = rustix::fs::OFlags::WRONLY | rustix::fs::OFlags::NONBLOCK;
        let mut writer = None;
        wait_until("a reader of the FIFO", || {
            writer = rustix::fs::open(&path, flags, rustix::fs::Mode::empty()).ok();
            writer.is_some()
        });
        kill_process(pid, signal).unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(signal.as_raw()));
    }
}

/// Results of threads come out in the order of the arguments and lists, like GNU's.
#[test]
fn many_files_keep_their_order() {
    let tree = Tree::new();
    let names: Vec<String> = (0..1500).map(|number| format!("{number:04}")).collect();
    for (number, name) in names.iter().enumerate() {
        let size = if number % 100 == 0 { 300_000 } else { number % 50 };
        tree.file(name, vec![b'x'; size]);
    }
    let listed = tool("sha256sum", tree.path(), &names);
    let ran = run(sha256sum(&tree).args(&names)).exits(0);
    assert!(ran.stdout == listed);
    tree.file("list", listed);
    let ran = run(sha256sum(&tree).args(["-c", "list"])).exits(0);
    assert_eq!(ran.out(), names.iter().map(|name| format!("{name}: OK\n")).collect::<String>());
}

#[test]
fn a_small_file_starts_no_thread() {
    let tree = tree();
    for arguments in [&["a"][..], &["-c", "list"], &["a", "a", "missing"]] {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-e", "trace=clone,clone3,fork,vfork", "-o"]).arg(tree.at("log"));
        strace.args([Path::new(env!("CARGO_BIN_EXE_checksig")), Path::new("sha256sum")]).args(arguments);
        assert!(run(strace.current_dir(tree.path())).lossy().contains('a'));
        assert_eq!(std::fs::read_to_string(tree.at("log")).unwrap(), "", "{arguments:?}");
    }
}

/// A file that another writes to is hashed as far as it goes.
#[test]
fn a_growing_file_is_no_error() {
    let tree = tree();
    tree.sparse("log", 40_000_000);
    let path = tree.at("log");
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let writer = thread::spawn(move || {
        let mut log = File::options().append(true).open(path).unwrap();
        while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            log.write_all(b"x").unwrap();
        }
    });
    let ran = run(sha256sum(&tree).arg("log"));
    drop(stop);
    writer.join().unwrap();
    assert_eq!((ran.code(), ran.err().as_str()), (0, ""));
}

#[test]
fn a_message_that_is_lost_is_no_success() {
    let tree = tree();
    tree.file("with-garbage", format!("{HELLO}  a\ngarbage\n"));
    let script = |program: &str| format!("{program} -c with-garbage 2>/dev/full; echo $?");
    let gnu = bash(&tree, &script("sha256sum")).out();
    assert_eq!(gnu, "a: OK\n1\n");
    assert_eq!(bash(&tree, &script(r#""$checksig" sha256sum"#)).out(), gnu);
}

#[test]
fn a_long_name_takes_no_time_by_its_square() {
    let tree = tree();
    // 1 MB: by the square that was half an hour.
    tree.file("long", format!("{HELLO}  a\n{HELLO}  {}\n", "\u{e4}".repeat(500_000)));
    let mut command = sha256sum(&tree);
    let ran = run(command.env("LC_ALL", "C.UTF-8").args(["-c", "--status", "long"]));
    ran.exits(1);
}

#[test]
fn the_working_directory_need_not_be_readable() {
    let tree = tree();
    tree.file("closed/x", "");
    // As root by giving its rights up; as anybody else a mode says enough.
    let script = r#"
        chmod 755 . && path=$PWD && cd closed && chmod 000 .
        as=() && [ "$(id -u)" = 0 ] && as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
        "${as[@]}" "$checksig" sha256sum "$path/a" | cut -c 1-64; chmod 755 ."#;
    let copy = tree.at("checksig");
    std::fs::copy(env!("CARGO_BIN_EXE_checksig"), &copy).unwrap();
    let mut bash = Command::new("bash");
    let ran = run(bash.args(["-c", script]).env("checksig", &copy).current_dir(tree.path()));
    assert_eq!(ran.out(), format!("{HELLO}\n"), "{}", ran.lossy());
}
