//! Every difference from GNU that `docs/manifest-format.md` lists, shown with both programs.

mod common;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::process::Command;

use common::{HELLO, Ran, Tree, WORLD, run, verify};

/// `a` and `b` hold hello and world.
fn tree() -> Tree {
    let tree = Tree::new();
    tree.file("a", "hello").file("b", "world");
    tree
}

fn gnu(tree: &Tree, program: &str, list: &str) -> Ran {
    let mut command = Command::new(program);
    command
        .args(["-c", "-w", list])
        .current_dir(tree.path())
        .env("LC_ALL", "C")
        .stdin(std::process::Stdio::null());
    run(&mut command)
}

fn gnu_malformed(ran: &Ran) -> usize {
    String::from_utf8_lossy(&ran.stderr).matches(": improperly formatted").count()
}

/// One row: the list, what GNU prints and exits with, what checksig finds.
struct Row {
    /// The beginning of the row's first cell.
    input: &'static str,
    list: Vec<u8>,
    /// Its file name; by default one that says nothing.
    name: &'static str,
    program: &'static str,
    gnu: (i32, &'static str),
    checksig: (i32, &'static [&'static str], usize),
}

fn row(
    input: &'static str,
    list: impl Into<Vec<u8>>,
    gnu: (i32, &'static str),
    checksig: (i32, &'static [&'static str], usize),
) -> Row {
    Row { input, list: list.into(), name: "list", program: "sha256sum", gnu, checksig }
}

/// What is different by the list alone.
fn rows() -> Vec<Row> {
    let a = format!("{HELLO}  a\n");
    let b = format!("{WORLD}  b\n");
    let md5 = "5d41402abc4b2a76b9719d911017c592";
    let sha1 = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d";
    let long = "n".repeat(70_000);
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(a.bytes().flat_map(|byte| [byte, 0])).collect();
    let short = common::digests(&[("blake2b-256", "text:hello")]).remove(0);
    vec![
        row("a malformed line beside good ones", format!("{a}garbage\n"), (0, "a: OK\n"), (1, &["ok a"], 1)),
        row("a list cut in mid-line", format!("{a}{}", &b[..30]), (0, "a: OK\n"), (1, &["ok a"], 1)),
        row("no line is an entry", "garbage\n", (1, ""), (2, &[], 1)),
        row("NUL in a name", format!("{HELLO}  a\0x\n{b}"), (0, "a: OK\nb: OK\n"), (1, &["ok b"], 1)),
        row("NUL in a comment", format!("# \0\n{a}"), (0, "a: OK\n"), (1, &["ok a"], 1)),
        row("UTF-8 BOM", format!("\u{feff}{a}{b}"), (0, "b: OK\n"), (0, &["ok a", "ok b"], 0)),
        row("UTF-16", utf16, (1, ""), (0, &["ok a"], 0)),
        row("lines of spaces and tabs", format!(" \t\n{a}"), (0, "a: OK\n"), (0, &["ok a"], 0)),
        row(
            "CR CR LF",
            format!("{HELLO}  a\r\r\n{b}"),
            (1, "a\r: FAILED open or read\nb: OK\n"),
            (1, &["ok b"], 1),
        ),
        row(
            "a line of more than 65,536 bytes",
            format!("{HELLO}  {long}\n{b}"),
            (1, "…: FAILED open or read\nb: OK\n"),
            (1, &["ok b"], 1),
        ),
        row(
            "a one-space line with a bad escape",
            format!("\\{HELLO} x\\q\n{a}"),
            (1, " a: FAILED open or read\n"),
            (1, &["ok a"], 1),
        ),
        row(
            "`HEX␠␠` and `HEX␠*`",
            format!("{HELLO}  \n{HELLO} *\n{HELLO} a\n"),
            (1, " : FAILED open or read\n*: FAILED open or read\na: OK\n"),
            (1, &["ok a"], 2),
        ),
        row(
            "`SHA256 () = HEX`",
            format!("SHA256 () = {HELLO}\n{b}"),
            (1, ": FAILED open or read\nb: OK\n"),
            (1, &["ok b"], 1),
        ),
        Row { name: "a.sha256", ..row("a bare digest", format!("{HELLO}\n"), (1, ""), (0, &["ok a"], 0)) },
        row(
            "tags of other algorithms",
            format!("MD5 (a) = {md5}\n{a}"),
            (0, "a: OK\n"),
            (0, &["ok a", "ok a"], 0),
        ),
        row(
            "`SHA2-256(a)=`",
            format!("SHA2-256(a)= {HELLO}\nsha256 (a) = {HELLO}\nSHA-256 (a) = {HELLO}\n"),
            (1, ""),
            (0, &["ok a", "ok a", "ok a"], 0),
        ),
        row("algorithm of untagged lines", format!("{sha1}  a\n"), (1, ""), (0, &["ok a"], 0)),
        Row {
            name: "b2sum.txt",
            program: "b2sum",
            ..row("shortened BLAKE2b digests", format!("{short}  a\n"), (0, "a: OK\n"), (2, &[], 1))
        },
        row(
            "a missing file",
            format!("{HELLO}  none\n"),
            (1, "none: FAILED open or read\n"),
            (1, &["missing none"], 0),
        ),
        row(
            "a directory",
            format!("{HELLO}  .\n"),
            (1, ".: FAILED open or read\n"),
            (1, &["not_a_file ."], 0),
        ),
        // GNU reads the empty standard input of this test.
        row("`-` as a name", format!("{HELLO}  -\n"), (1, "-: FAILED\n"), (1, &["missing -"], 0)),
        row(
            "one file, two different digests",
            format!("{a}{WORLD}  a\n"),
            (1, "a: OK\na: FAILED\n"),
            (1, &["conflict a", "conflict a"], 0),
        ),
    ]
}

/// Rows with a test of their own, below.
const OTHERS: [&str; 5] = [
    "where names are looked up",
    "`../x`, absolute paths, links that lead outside",
    "`x:..`, `C:a`",
    "a named pipe or device",
    "control characters in names",
];

#[test]
fn every_row_of_the_document_has_a_test() {
    let document = include_str!("../../../docs/manifest-format.md");
    let table = document.split_once("## Differences from GNU").expect("the chapter").1;
    let cells: BTreeSet<_> = table
        .lines()
        .filter(|line| line.starts_with("| "))
        .map(|line| line[2..].split(" | ").next().expect("a cell"))
        .filter(|cell| *cell != "input")
        .collect();
    let rows = rows();
    let tested = |cell: &str| {
        rows.iter().map(|row| row.input).chain(OTHERS).filter(|input| cell.starts_with(input)).count()
    };
    for cell in &cells {
        assert_eq!(tested(cell), 1, "tests of the row {cell:?}");
    }
    assert_eq!(cells.len(), rows.len() + OTHERS.len());
}

#[test]
fn lists_that_are_read_differently() {
    for row in rows() {
        let tree = tree();
        tree.file(row.name, &row.list);
        let theirs = gnu(&tree, row.program, row.name);
        let said = theirs.lossy().replace(&"n".repeat(70_000), "…");
        // coreutils 9.2 and later escape CR.
        let said = said.replace("\\a\\r:", "a\r:");
        assert_eq!((theirs.code(), said.as_str()), row.gnu, "GNU: {}", row.input);
        let ours = run(verify(tree.path()).args(["--json", row.name]));
        let found: Vec<_> = ours.statuses().iter().map(|(status, path)| format!("{status} {path}")).collect();
        let found: Vec<_> = found.iter().map(String::as_str).collect();
        let malformed = ours.json_of("malformed").len();
        assert_eq!((ours.code(), &found[..], malformed), row.checksig, "checksig: {}", row.input);
    }
}

#[test]
fn what_gnu_only_warns_of() {
    for (list, warned) in [(" \t\n", 1), ("MD5 (a) = 5d41402abc4b2a76b9719d911017c592\n", 1), ("# \0\n", 0)] {
        let tree = tree();
        tree.file("list", format!("{list}{HELLO}  a\n"));
        assert_eq!(gnu_malformed(&gnu(&tree, "sha256sum", "list").exits(0)), warned, "{list:?}");
    }
}

#[test]
fn names_begin_at_the_list_not_at_the_working_directory() {
    let tree = tree();
    tree.file("sub/x", "hello").file("sub/list", format!("{HELLO}  x\n"));
    assert_eq!(gnu(&tree, "sha256sum", "sub/list").exits(1).out(), "x: FAILED open or read\n");
    run(verify(tree.path()).arg("sub/list")).exits(0);
}

#[test]
fn names_that_lead_outside_are_not_opened() {
    let tree = Tree::new();
    let absolute = tree.at("x");
    tree.file("x", "hello").dir("in").symlink("in/link", "../x");
    let list = format!("{HELLO}  ../x\n{HELLO}  {}\n{HELLO}  link\n", absolute.display());
    tree.file("in/list", list);
    let mut sum = Command::new("sha256sum");
    let theirs = run(sum.args(["-c", "list"]).current_dir(tree.at("in"))).exits(0);
    assert_eq!(theirs.out().matches(": OK").count(), 3);
    let ours = run(verify(tree.at("in")).args(["--json", "list"])).exits(1);
    assert!(ours.statuses().iter().all(|(status, _)| status == "unsafe_path"), "{}", ours.out());
}

#[test]
fn names_that_lead_elsewhere_on_windows_are_not_opened() {
    let tree = Tree::new();
    let names = ["x:..", "C:a", r"\\server\share"];
    let list: String = names.iter().map(|name| format!("{HELLO}  {name}\n")).collect();
    for name in names {
        tree.file(name, "hello");
    }
    tree.file("list", list);
    assert_eq!(gnu(&tree, "sha256sum", "list").exits(0).out().matches(": OK").count(), 3);
    let ours = run(verify(tree.path()).args(["--json", "list"])).exits(1);
    assert!(ours.statuses().iter().all(|(status, _)| status == "unsafe_path"), "{}", ours.out());
}

#[test]
fn pipes_are_not_waited_for() {
    let tree = Tree::new();
    tree.fifo("pipe").file("list", format!("{HELLO}  pipe\n"));
    let mut timeout = Command::new("timeout");
    let theirs = run(timeout.args(["0.3", "sha256sum", "-c", "list"]).current_dir(tree.path()));
    assert_eq!(theirs.code(), 124, "GNU waited");
    let ours = run(verify(tree.path()).args(["--json", "list"])).exits(1);
    assert_eq!(ours.json_of("outcome")[0]["status"], "not_a_file");
}

#[test]
fn control_characters_are_quoted() {
    let tree = Tree::new();
    tree.file("\x1b[31m", "hello").file("list", format!("{HELLO}  \x1b[31m\n"));
    let theirs = gnu(&tree, "sha256sum", "list").exits(0);
    // coreutils 9.11 and later quote it.
    assert!(theirs.stdout == b"\x1b[31m: OK\n" || !theirs.stdout.contains(&0x1b));
    let ours = run(verify(tree.path()).args([OsStr::new("-v"), OsStr::new("list")])).exits(0);
    assert!(ours.out().starts_with("$'\\x1b[31m': ok\n"), "{}", ours.out());
}
