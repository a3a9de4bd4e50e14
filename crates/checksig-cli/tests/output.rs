//! What `checksig verify` says: text, JSON Lines, options, exit codes.

mod common;

use std::fs;

use common::{HELLO, Tree, WORLD, checksig, run, run_with_stdin, verify};
use serde_json::json;

/// What is said of lists of SHA-1.
const NOTE: &str = "note: sha1 does not protect against deliberate change";

/// The logs with one digest that is wrong.
fn logs_with_a_wrong_digest() -> (Tree, String, String) {
    let tree = Tree::logs();
    let list = fs::read_to_string(tree.at("sha1sum.txt")).expect("the list");
    let right = list.lines().nth(8).expect("a line")[..40].to_owned();
    let wrong = "feaf526473cb2887781f4904bd26f021a91ee9eb".to_owned();
    tree.file("sha1sum.txt", list.replace(&right, &wrong));
    (tree, right, wrong)
}

#[test]
fn nine_ok_and_one_mismatch() {
    let (tree, right, wrong) = logs_with_a_wrong_digest();
    let ran = run(verify("/").arg(tree.path())).exits(1);
    let out = ran.out();
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(lines[0], format!("a-08.log: mismatch: expected sha1 {wrong}, actual {right}"));
    assert!(lines[1].starts_with("not verified: 1 mismatch; verified 9 of 10 listed files ("), "{out}");
    assert_eq!(lines[2..], [NOTE]);
    assert_eq!(ran.err(), "");
}

#[test]
fn without_the_wrong_line_nine_of_nine_are_verified() {
    let (tree, _, wrong) = logs_with_a_wrong_digest();
    let list = fs::read_to_string(tree.at("sha1sum.txt")).expect("the list");
    let list: String =
        list.lines().filter(|line| !line.starts_with(&wrong)).map(|line| format!("{line}\n")).collect();
    tree.file("sha1sum.txt", list);
    let out = run(&mut verify(tree.path())).exits(0).out();
    assert!(out.starts_with("verified 9 of 9 listed files ("), "{out}");
    assert!(out.ends_with(&format!(" kB)\n{NOTE}\n")), "{out}");
}

#[test]
fn verbose_names_every_file_and_times_go_to_standard_error() {
    let (tree, ..) = logs_with_a_wrong_digest();
    let ran = run(verify(tree.path()).arg("-v")).exits(1);
    let out = ran.out();
    assert_eq!(out.lines().filter(|line| line.ends_with(".log: ok")).count(), 9);
    assert_eq!(out.lines().count(), 12);
    assert!(ran.err().starts_with("checksig: ") && ran.err().ends_with("/s\n"), "{}", ran.err());
}

#[test]
fn quiet_says_only_what_failed() {
    let (tree, ..) = logs_with_a_wrong_digest();
    let ran = run(verify(tree.path()).arg("-q")).exits(1);
    assert!(ran.out().starts_with("a-08.log: mismatch") && ran.out().lines().count() == 1);
    let ran = run(verify(Tree::logs().path()).arg("--quiet")).exits(0);
    assert_eq!((ran.out(), ran.err()), (String::new(), String::new()));
}

#[test]
fn json_lines_are_as_documented() {
    let tree = Tree::new();
    tree.file("a", "hello").file("b", "hellp").file(b"\xff", "hello").file("x/y", "");
    let md5 = "5d41402abc4b2a76b9719d911017c592";
    let mut list =
        format!("{HELLO}  a\n{HELLO}  b\n# comment\ngarbage\nMD5 (a) = {md5}\n{HELLO}  none\n").into_bytes();
    list.extend_from_slice(&[HELLO.as_bytes(), b"  \xff\n", HELLO.as_bytes(), b"  a/b\n"].concat());
    tree.file("checksums.txt", list);
    let hellp = common::sha256("hellp");
    let list = "checksums.txt";
    let lines = run(verify(tree.path()).args(["--json", "checksums.txt"])).exits(1).json();
    let expected = [
        json!({"type": "outcome", "list": list, "line": 1, "path": "a", "algorithm": "sha256", "status": "ok",
            "expected": HELLO}),
        json!({"type": "outcome", "list": list, "line": 2, "path": "b", "algorithm": "sha256",
            "algorithm_assumed": true, "status": "mismatch", "expected": HELLO, "actual": hellp}),
        json!({"type": "malformed", "list": list, "line": 4, "reason": "bad-hex"}),
        json!({"type": "outcome", "list": list, "line": 5, "path": "a", "algorithm": "md5", "status": "ok",
            "expected": md5}),
        json!({"type": "outcome", "list": list, "line": 6, "path": "none", "algorithm": "sha256",
            "algorithm_assumed": true, "status": "missing", "expected": HELLO}),
        json!({"type": "outcome", "list": list, "line": 7, "path": "\u{fffd}", "path_b64": "/w==",
            "algorithm": "sha256", "status": "ok", "expected": HELLO}),
        json!({"type": "outcome", "list": list, "line": 8, "path": "a/b", "algorithm": "sha256",
            "algorithm_assumed": true, "status": "unreadable", "expected": HELLO, "errno": 20}),
        json!({"type": "summary", "version": 1, "verdict": "not_verified", "complete": true, "ok": 3, "mismatch": 1,
            "missing": 1, "unreadable": 1, "not_a_file": 0, "unsafe_path": 0, "changed": 0, "conflict": 0,
            "collision": 0, "not_run": 0, "entries": 6, "malformed": 1, "files": 5, "verified_files": 2, "lists": 1,
            "unread_lists": 0, "empty_lists": 0, "bytes": 15, "weak_algorithms": ["md5"]}),
    ];
    for (line, expected) in lines.iter().zip(&expected) {
        assert_eq!(line, expected);
    }
    assert_eq!(lines.len(), expected.len());
    let quiet = run(verify(tree.path()).args(["--json", "-q", "checksums.txt"])).exits(1);
    assert_eq!(quiet.json_of("outcome").len(), 3);
    assert_eq!(quiet.json().last(), expected.last());
}

#[test]
fn an_assumed_algorithm_is_said_with_the_mismatch() {
    let tree = Tree::new();
    tree.file("a", "hellp").file("checksums.txt", format!("{HELLO}  a\n"));
    let out = run(&mut verify(tree.path())).exits(1).out();
    assert!(out.contains("(the algorithm was assumed from the digest's length)"), "{out}");
    let out = run(verify(tree.path()).args(["--algorithm", "sha256"])).exits(1).out();
    assert!(!out.contains("assumed"), "{out}");
}

#[test]
fn several_lists_each_with_its_own_root() {
    let tree = Tree::new();
    tree.file("one/a", "hello").file("one/SHA256SUMS", format!("{HELLO}  a\n"));
    tree.file("two/a", "world").file("two/list", format!("{WORLD}  a\n{HELLO}  gone\n"));
    let out = run(verify(tree.path()).args(["-v", "one", "two/list"])).exits(1).out();
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(lines[..3], ["one/SHA256SUMS: a: ok", "two/list: a: ok", "two/list: gone: missing"]);
}

#[test]
fn a_file_in_several_lists_is_read_once() {
    let tree = Tree::new();
    tree.file("a", "hello").file("SHA256SUMS", format!("{HELLO}  a\n"));
    tree.file("md5sum.txt", "5d41402abc4b2a76b9719d911017c592  a\n");
    let summary = run(verify(tree.path()).arg("--json")).exits(0).json_of("summary").remove(0);
    assert_eq!(
        (&summary["files"], &summary["entries"], &summary["bytes"]),
        (&json!(1), &json!(2), &json!(5))
    );
}

#[test]
fn a_list_from_standard_input() {
    let tree = Tree::new();
    tree.file("a", "hello").file("sub/a", "world");
    let list = format!("{HELLO}  a\n");
    let ran = run_with_stdin(verify(tree.path()).args(["--json", "-"]), list.as_bytes()).exits(0);
    assert_eq!(ran.json()[0]["list"], "-");
    run_with_stdin(verify("/").args(["--root".as_ref(), tree.path(), "-".as_ref()]), list.as_bytes())
        .exits(0);
    run_with_stdin(verify(tree.path()).args(["--root", "sub", "-"]), list.as_bytes()).exits(1);
    run_with_stdin(verify(tree.path()).arg("-"), b"").exits(2);
}

#[test]
fn the_root_option_moves_every_list() {
    let tree = Tree::new();
    tree.file("data/a", "hello").file("SHA256SUMS", format!("{HELLO}  a\n"));
    run(&mut verify(tree.path())).exits(1);
    run(verify(tree.path()).args(["--root", "data"])).exits(0);
    let ran = run(verify(tree.path()).args(["--root", "nowhere"])).exits(2);
    assert!(ran.err().contains("nowhere"), "{}", ran.err());
}

#[test]
fn the_algorithm_option_outranks_name_and_length() {
    let tree = Tree::new();
    // The SHA3-256 of "hello" has the length of a SHA-256.
    let sha3 = common::digests(&[("sha3-256", "text:hello")]).remove(0);
    tree.file("a", "hello").file("list.sha256", format!("{sha3}  a\n"));
    run(verify(tree.path()).arg("list.sha256")).exits(1);
    run(verify(tree.path()).args(["--algorithm", "sha3-256", "list.sha256"])).exits(0);
    run(verify(tree.path()).args(["-a", "SHA3-256", "list.sha256"])).exits(0);
    let ran = run(verify(tree.path()).args(["-a", "sha257", "list.sha256"])).exits(2);
    assert!(ran.err().contains("sha257"), "{}", ran.err());
}

#[test]
fn ignored_missing_files_and_malformed_lines_are_said() {
    let tree = Tree::new();
    tree.file("a", "hello").file("SHA256SUMS", format!("{HELLO}  a\n{HELLO}  gone\ngarbage\n"));
    let out = run(verify(tree.path()).args(["--ignore-missing", "--allow-malformed"])).exits(0).out();
    let summary = "verified 1 of 2 listed files (5 bytes), 1 missing ignored, 1 malformed line ignored\n";
    assert_eq!(out.lines().count(), 2, "{out}");
    assert!(out.starts_with("SHA256SUMS:3: malformed: ") && out.ends_with(summary), "{out}");
    run(verify(tree.path()).arg("--ignore-missing")).exits(1);
    run(verify(tree.path()).arg("--allow-malformed")).exits(1);
    fs::remove_file(tree.at("a")).expect("remove");
    run(verify(tree.path()).args(["--ignore-missing", "--allow-malformed"])).exits(1);
}

#[test]
fn a_good_list_is_checked_beside_an_unreadable_one() {
    let tree = Tree::new();
    tree.file("a", "hello").file("SHA256SUMS", format!("{HELLO}  a\n"));
    for lists in [["none.sha256", "SHA256SUMS"], ["SHA256SUMS", "none.sha256"]] {
        let ran = run(verify(tree.path()).arg("-v").args(lists)).exits(2);
        assert!(ran.out().contains("a: ok\n") && ran.out().contains("1 unreadable list"), "{}", ran.out());
        assert!(ran.err().contains("cannot read the list none.sha256"), "{}", ran.err());
        let json = run(verify(tree.path()).arg("--json").args(lists)).exits(2);
        assert_eq!(json.json_of("error").len(), 1);
        assert_eq!(json.json_of("summary")[0]["unread_lists"], 1);
        assert_eq!(json.json_of("outcome")[0]["status"], "ok");
    }
}

#[test]
fn a_directory_without_lists_says_what_was_looked_for() {
    let tree = Tree::new();
    tree.file("a", "hello").file("deeper/SHA256SUMS", format!("{HELLO}  a\n")).dir("x.md5");
    let ran = run(&mut verify(tree.path())).exits(2);
    for name in ["sha256sum.txt", "SHA256SUMS", "*.sha256", "checksums.txt"] {
        assert!(ran.err().contains(name), "{}", ran.err());
    }
    assert_eq!(ran.out(), "");
}

#[test]
fn a_fifo_that_the_user_names_is_a_list() {
    let tree = Tree::new();
    tree.file("a", "hello").dir("lists").fifo("lists/pipe");
    let path = tree.at("lists/pipe");
    let writer = std::thread::spawn(move || fs::write(path, format!("{HELLO}  a\n")));
    // Its paths begin at the working directory, as those of <(command) in a shell.
    run(verify(tree.path()).arg("lists/pipe")).exits(0);
    writer.join().expect("no panic").expect("written");
}

#[test]
fn the_same_bytes_for_any_number_of_threads() {
    let tree = Tree::new();
    let mut list = String::new();
    for number in 0..300 {
        // Big and small in turn, so that they are ready in another order than they are listed.
        let content = vec![b'a'; if number % 7 == 0 { 300_000 } else { number }];
        tree.file(format!("d{}/f{number}", number % 3), content);
        list += &format!("d{}/f{number}\n", number % 3);
    }
    let sums = tool_lines(&tree, &list);
    // Every eleventh is wrong, every thirteenth is gone, and there is garbage in between.
    let list: String = sums
        .lines()
        .enumerate()
        .map(|(number, line)| match number {
            _ if number % 11 == 0 => format!("{}{}\n", "0".repeat(8), &line[8..]),
            _ if number % 13 == 0 => format!("{line}.gone\n"),
            _ if number % 17 == 0 => format!("{line}\ngarbage\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    tree.file("SHA256SUMS", list);
    for format in ["--json", "-v"] {
        let mut first = None;
        for round in 0..4 {
            for (threads, reads) in
                [("1", "1"), ("1", "4"), ("2", "0"), ("8", "4"), ("64", "1"), ("64", "64")]
            {
                let mut command = checksig();
                command.current_dir(tree.path()).args([
                    "verify",
                    format,
                    "--threads",
                    threads,
                    "--reads",
                    reads,
                ]);
                let stdout = run(&mut command).exits(1).stdout;
                let first = first.get_or_insert_with(|| stdout.clone());
                assert!(*first == stdout, "round {round}, {threads} threads, {reads} reads: other bytes");
            }
        }
    }
}

fn tool_lines(tree: &Tree, names: &str) -> String {
    String::from_utf8(common::tool("sha256sum", tree.path(), names.lines())).expect("UTF-8")
}

#[test]
fn no_color_changes_nothing_and_there_is_none() {
    let (tree, ..) = logs_with_a_wrong_digest();
    let plain = run(&mut verify(tree.path())).exits(1);
    let without = run(verify(tree.path()).env("NO_COLOR", "1")).exits(1);
    assert_eq!(plain.stdout, without.stdout);
    assert!(!plain.stdout.contains(&0x1b));
}

#[test]
fn help_fits_a_screen_and_has_examples() {
    for (args, examples) in [(&["--help"][..], false), (&["verify", "--help"], true), (&["hash", "-h"], true)]
    {
        let help = run(checksig().args(args)).exits(0).out();
        assert!(help.lines().count() < 45, "{} lines:\n{help}", help.lines().count());
        assert_eq!(help.contains("Examples:\n  checksig "), examples, "{help}");
        assert!(help.contains("Exit status: 0 "), "{help}");
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    }
    let version = run(checksig().arg("--version")).exits(0).out();
    assert_eq!(version, format!("checksig {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn usage_errors_exit_2() {
    let tree = Tree::logs();
    for args in [
        &[][..],
        &["frobnicate"],
        &["verify", "--frobnicate"],
        &["verify", "-v", "-q"],
        &["verify", "--threads", "many"],
        &["verify", "--threads", "-1"],
        &["verify", "--algorithm", ""],
        &["verify", "--root"],
        &["hash"],
        &["hash", "--algorithm", "crc32", "a-00.log"],
    ] {
        let ran = run(checksig().args(args).current_dir(tree.path())).exits(2);
        assert_eq!(ran.out(), "", "{args:?}");
        assert!(!ran.err().is_empty() && !ran.stderr.contains(&0x1b), "{args:?}: {}", ran.err());
    }
}

#[test]
fn more_threads_and_reads_than_anybody_has() {
    let tree = Tree::logs();
    for number in ["1000000", "18446744073709551615"] {
        for option in ["--threads", "--reads"] {
            run(checksig().args(["verify", option, number]).current_dir(tree.path())).exits(0);
        }
    }
}

#[test]
fn quiet_json_has_only_what_failed() {
    let (tree, _, _) = logs_with_a_wrong_digest();
    let ran = run(verify(tree.path()).args(["--json", "-q"])).exits(1);
    assert_eq!(ran.statuses(), [("mismatch".to_owned(), "a-08.log".to_owned())]);
}
