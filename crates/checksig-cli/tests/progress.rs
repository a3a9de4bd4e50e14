//! The progress bar, in a pseudo-terminal that Python opens.

mod common;

use std::process::Command;
use std::time::{Duration, Instant};

use common::{Ran, Running, Tree, run, suite_threads, verify, wait_until};
use rustix::process::Signal;

/// Runs a program with standard error, or all of its streams, on a terminal 100 columns wide. Interrupts it once the
/// terminal has shown a text. Then prints, in this order: exit code, what the terminal was sent, and standard output, each
/// as one line that Python's `repr` made of it; and the seconds until the bar first came.
const TERMINAL: &str = r#"
import fcntl, os, pty, select, signal, struct, subprocess, sys, termios, time
both, awaited, command = sys.argv[1] == "both", sys.argv[2].encode(), sys.argv[3:]
ours, theirs = pty.openpty()
fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
started = time.monotonic()
child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=theirs, stdout=theirs if both else subprocess.PIPE)
os.close(theirs)
shown, told, came, interrupted = b"", b"", None, False
streams = [ours] if both else [ours, child.stdout.fileno()]
while streams:
    for stream in select.select(streams, [], [])[0]:
        try:
            data = os.read(stream, 65536)
        except OSError:
            data = b""
        if not data:
            streams.remove(stream)
        elif stream == ours:
            shown += data
            came = came or time.monotonic() - started
        else:
            told += data
        if not interrupted and awaited and awaited in shown:
            interrupted = True
            child.send_signal(signal.SIGINT)
print(child.wait(), repr(shown)[2:-1], repr(told)[2:-1], came, sep="\n")
"#;

struct Shown {
    code: i32,
    terminal: String,
    stdout: String,
    came: Option<f64>,
}

fn in_terminal(tree: &Tree, both: bool, awaited: &str, options: &[&str], no_color: bool) -> Shown {
    let mut python = Command::new("python3");
    python.args(["-c", TERMINAL, if both { "both" } else { "stderr" }, awaited]);
    python.arg(env!("CARGO_BIN_EXE_checksig")).arg("verify").args(suite_threads()).args(options);
    python.current_dir(tree.path()).env("TERM", "xterm-256color").env_remove("NO_COLOR");
    if no_color {
        python.env("NO_COLOR", "1");
    }
    let ran: Ran = run(&mut python).exits(0);
    let out = ran.out();
    let lines: Vec<_> = out.lines().collect();
    Shown {
        code: lines[0].parse().expect("an exit code"),
        terminal: lines[1].to_owned(),
        stdout: lines[2].to_owned(),
        came: lines[3].parse().ok(),
    }
}

/// A file that takes for ever, behind one that is wrong.
fn huge() -> Tree {
    let tree = Tree::new();
    tree.sparse("huge", 1 << 40).file("wrong", "x");
    let zeros = "0".repeat(40);
    tree.file("sha1sum.txt", format!("{zeros}  wrong\n{zeros}  huge\n"));
    tree
}

#[test]
fn the_bar_shows_bytes_rate_time_left_and_failures() {
    let shown = in_terminal(&huge(), false, "1 failed", &[], false);
    assert_eq!(shown.code, 130);
    for part in ["%", "of about 1.1 TB", "B/s", "left", "1 failed"] {
        assert!(shown.terminal.contains(part), "no {part:?} in {}", shown.terminal);
    }
    // Of a terabyte, no frame shows that it is done.
    assert!(!shown.terminal.contains("100%"), "{}", shown.terminal);
    assert!(shown.came.is_some_and(|seconds| seconds >= 0.5), "it came after {:?}", shown.came);
    assert!(
        shown.stdout.starts_with("wrong: mismatch: ") && shown.stdout.contains("incomplete, not verified")
    );
    assert!(!shown.stdout.contains("\\x1b"), "{}", shown.stdout);
}

#[test]
fn there_are_no_colours() {
    for no_color in [false, true] {
        let shown = in_terminal(&huge(), false, "1 failed", &[], no_color);
        // `ESC [ … m` alone sets colours; the others move the cursor.
        let sequences = shown.terminal.split("\\x1b[").skip(1);
        let colours = sequences.filter(|sequence| {
            sequence.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m')
        });
        assert_eq!(colours.count(), 0, "{}", shown.terminal);
    }
}

#[test]
fn lines_are_not_torn_by_the_bar() {
    let shown = in_terminal(&huge(), true, "1 failed", &[], false);
    assert_eq!(shown.code, 130);
    let screen = screen(&shown.terminal);
    let lines: Vec<_> = screen.iter().map(|line| line.trim_end()).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), 3, "{lines:?} of {}", shown.terminal);
    assert!(lines[0].starts_with("wrong: mismatch: expected sha1 0000"), "{lines:?}");
    assert!(
        lines[1].starts_with("incomplete, not verified: 1 mismatch, 1 not run; verified 0 of 2"),
        "{lines:?}"
    );
    assert_eq!(lines[2], "note: sha1 does not protect against deliberate change");
}

/// What a wide terminal shows in the end. Knows only what is used: CR, LF, going up, clearing a line.
fn screen(sent: &str) -> Vec<String> {
    let sent = sent.replace("\\r", "\r").replace("\\n", "\n").replace("\\x1b", "\x1b");
    let (mut lines, mut row, mut column) = (vec![Vec::new()], 0, 0);
    let mut rest = sent.chars();
    while let Some(c) = rest.next() {
        match c {
            '\r' => column = 0,
            '\n' => row += 1,
            '\x1b' => {
                assert_eq!(rest.next(), Some('['));
                let sequence = rest.as_str();
                let end = sequence.find(|c: char| c.is_ascii_alphabetic()).expect("a whole sequence");
                let number = sequence[..end].parse().unwrap_or(1);
                match &sequence[end..=end] {
                    "A" => row -= number.min(row),
                    "K" => lines[row].clear(),
                    // Below the cursor there is nothing.
                    "J" | "h" | "l" => {}
                    other => panic!("unknown: {other} in {sent:?}"),
                }
                rest = sequence[end + 1..].chars();
            }
            c => {
                let line: &mut Vec<char> = &mut lines[row];
                line.resize(line.len().max(column + 1), ' ');
                line[column] = c;
                column += 1;
            }
        }
        while lines.len() <= row {
            lines.push(Vec::new());
        }
    }
    lines.into_iter().map(|line| line.into_iter().collect()).collect()
}

#[test]
fn a_short_run_shows_no_bar() {
    let tree = Tree::logs();
    let shown = in_terminal(&tree, false, "", &[], false);
    assert_eq!((shown.code, shown.terminal.as_str(), shown.came), (0, "", None));
    let shown = in_terminal(&tree, true, "", &[], false);
    assert!(shown.terminal.starts_with("verified 10 of 10 listed files ("), "{}", shown.terminal);
}

#[test]
fn there_is_no_bar_where_there_is_no_terminal() {
    let tree = huge();
    let started = Instant::now();
    let running = Running::start(&mut verify(tree.path()));
    wait_until("a bar would be there", || started.elapsed() > Duration::from_secs(1));
    running.signal(Signal::INT);
    let ran = running.end().exits(130);
    assert_eq!(ran.err(), "");
    assert!(!ran.stdout.contains(&b'\r') && !ran.stdout.contains(&0x1b));
}
