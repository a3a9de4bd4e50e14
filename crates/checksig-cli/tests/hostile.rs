//! Hostile input: what made other checkers hang, read foreign files or report success. Each run is under the hang limit.

mod common;

use std::fs;
use std::process::Command;

use common::{HELLO, Ran, Tree, WORLD, assert_harmless, checksig, run, sha256, suite_threads, verify};

/// SHA-256 of nothing.
const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A tree with `good` (hello) and this list.
fn tree(list: impl AsRef<[u8]>) -> Tree {
    let tree = Tree::new();
    tree.file("good", "hello").file("SHA256SUMS", list);
    tree
}

fn json(tree: &Tree) -> Ran {
    let ran = run(verify(tree.path()).args(["--json", "."]));
    assert_harmless(&ran.stdout);
    assert_harmless(&ran.stderr);
    ran
}

/// The exit code in text too, and what happened to each name.
#[track_caller]
fn expect(tree: &Tree, code: i32, statuses: &[(&str, &str)]) {
    let ran = json(tree).exits(code);
    let found = ran.statuses();
    let found: Vec<_> = found.iter().map(|(status, path)| (status.as_str(), path.as_str())).collect();
    assert_eq!(found, statuses);
    run(&mut verify(tree.path())).exits(code);
}

#[test]
fn a_listed_fifo_is_not_waited_for() {
    let tree = tree(format!("{NOTHING}  pipe\n{HELLO}  good\n"));
    tree.fifo("pipe");
    expect(&tree, 1, &[("not_a_file", "pipe"), ("ok", "good")]);
}

#[test]
fn a_listed_fifo_with_a_writer_is_not_read() {
    let tree = tree(format!("{HELLO}  pipe\n"));
    tree.fifo("pipe");
    // Opened for both, so that it does not wait; what is in it would even match.
    let mut pipe = fs::File::options().read(true).write(true).open(tree.at("pipe")).expect("the FIFO");
    std::io::Write::write_all(&mut pipe, b"hello").expect("write to it");
    expect(&tree, 1, &[("not_a_file", "pipe")]);
}

#[test]
fn a_link_to_an_endless_device_is_not_followed() {
    let tree = tree(format!("{HELLO}  zero\n{HELLO}  good\n"));
    tree.symlink("zero", "/dev/zero");
    expect(&tree, 1, &[("unsafe_path", "zero"), ("ok", "good")]);
}

#[test]
fn paths_that_lead_outside_are_not_read() {
    let tree = Tree::new();
    let secret = tree.at("secret").to_str().expect("UTF-8").to_owned();
    let list = format!(
        "{HELLO}  ../secret\n{HELLO}  x/../../secret\n{HELLO}  {secret}\n{HELLO}  link\n{HELLO}  good\n"
    );
    tree.file("secret", "hello").dir("in/x").file("in/good", "hello").symlink("in/link", "../secret");
    tree.file("in/SHA256SUMS", list);
    let ran = run(verify(tree.at("in")).arg("--json")).exits(1);
    let statuses: Vec<_> = ran.statuses().into_iter().map(|(status, _)| status).collect();
    assert_eq!(statuses, ["unsafe_path", "unsafe_path", "unsafe_path", "unsafe_path", "ok"]);
    assert!(!ran.out().contains("actual"), "something outside was hashed");
}

#[test]
fn a_list_found_in_a_directory_is_no_link_out_of_it() {
    let tree = Tree::new();
    tree.file("list", format!("{HELLO}  good\n"))
        .file("in/good", "hello")
        .symlink("in/SHA256SUMS", "../list");
    let ran = run(&mut verify(tree.at("in"))).exits(2);
    assert!(ran.err().contains("leads outside"), "{}", ran.err());
    // Named by the user it is trusted.
    run(verify(tree.at("in")).arg("SHA256SUMS")).exits(0);
}

#[test]
fn a_list_found_in_a_directory_is_no_fifo() {
    let tree = Tree::new();
    tree.fifo("SHA256SUMS");
    let ran = run(&mut verify(tree.path())).exits(2);
    assert!(ran.err().contains("not a regular file"), "{}", ran.err());
}

#[test]
fn only_the_list_of_a_descriptor_begins_at_the_working_directory() {
    let tree = tree(format!("{}  f\n", sha256("good")));
    tree.file("f", "damaged").dir("here").file("here/f", "good");
    // What is beneath /dev and /proc may be a directory like any other, whatever it is called.
    tree.dir("fd").file("fd/f", "damaged").file("fd/7", fs::read(tree.at("SHA256SUMS")).unwrap());
    for list in ["SHA256SUMS", "fd/7"] {
        let list = format!("/proc/self/root{}", tree.at(list).display());
        run(checksig().args(["verify", &list]).current_dir(tree.at("here"))).exits(1);
    }
    for list in ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0", "/proc/thread-self/fd/0", "-"] {
        let stdin = fs::File::open(tree.at("SHA256SUMS")).unwrap();
        run(checksig().args(["verify", list]).current_dir(tree.at("here")).stdin(stdin)).exits(0);
    }
}

#[test]
fn two_mounts_of_a_directory_are_two_roots() {
    let tree = Tree::new();
    let among_mounts = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["-rm", "sh", "-ec", script, env!("CARGO_BIN_EXE_checksig")]).current_dir(tree.path());
        run(&mut command)
    };
    if among_mounts("mount -t tmpfs none /mnt").code() != 0 {
        return eprintln!("this machine lets nobody mount anything");
    }
    let ran = among_mounts(
        r#"mkdir a b a/sub; echo bad >a/sub/f; echo good >good
        sha256sum good | sed 's/good/sub\/f/' >a/sha256sum.txt
        mount --bind a b; mount -t tmpfs none a/sub; cp good a/sub/f
        exec "$0" verify --json a b"#,
    );
    let statuses: Vec<String> = ran.statuses().into_iter().map(|(status, _)| status).collect();
    assert_eq!((ran.code(), statuses.concat().as_str()), (1, "okmismatch"), "{ran:?}");
}

#[test]
fn an_empty_list_verifies_nothing() {
    expect(&tree(""), 2, &[]);
}

#[test]
fn a_list_of_garbage_verifies_nothing() {
    expect(&tree("garbage\nmore garbage\n"), 2, &[]);
    expect(&tree("# only a comment\n\n"), 2, &[]);
}

#[test]
fn a_garbage_line_beside_a_good_one_fails() {
    let tree = tree(format!("{HELLO}  good\ngarbage\n"));
    expect(&tree, 1, &[("ok", "good")]);
    assert_eq!(json(&tree).json_of("malformed").len(), 1);
}

#[test]
fn a_list_cut_in_mid_line_fails() {
    let whole = format!("{HELLO}  good\n{WORLD}  other\n");
    let first = whole.find('\n').expect("a line") + 1;
    // At every byte of the second line: it never ends green, and only where a name begins is there an entry.
    for cut in first + 1..whole.len() {
        let tree = tree(&whole[..cut]);
        let ran = run(verify(tree.path()).arg("--json")).exits(1);
        let entries = 1 + usize::from(cut > first + 66);
        assert_eq!(ran.json_of("outcome").len(), entries, "cut at {cut}");
        assert_eq!(ran.json_of("malformed").len(), 2 - entries, "cut at {cut}");
    }
}

#[test]
fn a_byte_order_mark_hides_nothing() {
    let tree = tree(format!("\u{feff}{HELLO}  corrupted\n{HELLO}  good\n"));
    tree.file("corrupted", "hellp");
    expect(&tree, 1, &[("mismatch", "corrupted"), ("ok", "good")]);
}

#[test]
fn a_name_is_not_cut_at_a_nul() {
    let tree = tree(format!("{HELLO}  good\0.iso\n{HELLO}  good\n"));
    expect(&tree, 1, &[("ok", "good")]);
    assert_eq!(json(&tree).json_of("malformed")[0]["reason"], "nul");
}

/// What a name could do to a terminal, or make a reader believe.
const EVIL: [&[u8]; 9] = [
    b"\x1b[31mred\x07",
    b"\x1b]0;title\x1b\\",
    b"a\rgood: ok",
    b"\xc2\x9b31m",
    b"\xff\xfe\x80",
    b"tab\there\x7f",
    "\u{202e}gpj.exe".as_bytes(),
    "zero\u{200b}width\u{feff}".as_bytes(),
    "line\u{2028}and\u{85}".as_bytes(),
];

#[test]
fn no_name_reaches_the_terminal_raw() {
    let tree = tree("");
    let mut list = Vec::new();
    for name in EVIL {
        tree.file(name, "not hello");
        list.extend_from_slice(&[HELLO.as_bytes(), b"  ", name, b"\n"].concat());
    }
    tree.file("SHA256SUMS", &list);
    for args in [&["-v"][..], &[], &["-q"], &["--json"], &["--json", "-v", "SHA256SUMS"]] {
        let ran = run(verify(tree.path()).args(args)).exits(1);
        assert_harmless(&ran.stdout);
        assert_harmless(&ran.stderr);
        assert_eq!(ran.out().matches("mismatch").count() - 1, EVIL.len() - usize::from(args.contains(&"-q")));
    }
    let text = run(&mut verify(tree.path())).exits(1).out();
    assert!(text.contains(r"$'\x1b[31mred\x07': mismatch"), "{text}");
}

#[test]
fn no_argument_reaches_the_terminal_raw() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let tree = Tree::new();
    tree.file("good", "hello");
    for name in EVIL {
        let evil = OsStr::from_bytes(name);
        let dashed = [b"--", name].concat();
        let dashed = OsStr::from_bytes(&dashed);
        // A list that is not there, a root that is not, an option that is none, and a value that is not.
        let list = tree.at([name, b".md5"].concat());
        fs::write(&list, format!("{NOTHING}\n{HELLO}  good\n")).expect("a list with such a name");
        for args in [
            &[evil][..],
            &[OsStr::new("--root"), evil, list.as_os_str()],
            &[dashed],
            &[OsStr::new("--algorithm"), evil],
            &[list.as_os_str()],
            &[OsStr::new("--json"), list.as_os_str(), evil],
        ] {
            let ran = run(verify(tree.path()).args(args)).exits(2);
            assert_harmless(&ran.stdout);
            assert_harmless(&ran.stderr);
        }
        for program in [&["hash"][..], &["hash", "--algorithm"], &[]] {
            let ran = run(checksig().args(program).arg(evil).current_dir(tree.path()));
            assert!([1, 2].contains(&ran.code()), "{ran:?}");
            assert_harmless(&ran.stdout);
            assert_harmless(&ran.stderr);
        }
    }
}

#[test]
fn one_path_with_two_digests_is_a_conflict() {
    let tree = tree(format!("{HELLO}  good\n{WORLD}  good\n"));
    expect(&tree, 1, &[("conflict", "good"), ("conflict", "good")]);
}

#[test]
fn one_path_with_two_digests_in_two_lists_is_a_conflict() {
    let tree = tree(format!("{HELLO}  good\n"));
    tree.file("other.sha256", format!("{WORLD}  ./good\n"));
    expect(&tree, 1, &[("conflict", "good"), ("conflict", "./good")]);
}

/// Every second open and read is interrupted, by strace.
#[test]
fn interrupted_calls_are_repeated() {
    let tree = tree("");
    tree.file("zeros", vec![0; 3_000_000]);
    let list = common::tool("sha256sum", tree.path(), ["good", "zeros"]);
    tree.file("SHA256SUMS", list);
    // `read` is the loader's too, which is not ours and gives up: only that of these files.
    for (calls, files) in [("openat2,preadv2", &[][..]), ("read", &["good", "zeros", "SHA256SUMS"])] {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-o"]).arg(tree.at("log")).arg("-e").arg(format!("trace={calls}"));
        strace.arg("-e").arg(format!("inject={calls}:error=EINTR:when=1+2"));
        for file in files {
            strace.arg("-P").arg(tree.at(file));
        }
        strace.arg(env!("CARGO_BIN_EXE_checksig")).args(["verify", "--json"]).args(suite_threads());
        let ran = run(strace.arg("SHA256SUMS").current_dir(tree.path())).exits(0);
        let statuses: Vec<_> = ran.statuses().into_iter().map(|(status, _)| status).collect();
        assert_eq!(statuses, ["ok", "ok"]);
        let log = fs::read_to_string(tree.at("log")).expect("the log of strace");
        assert!(log.matches("EINTR (Interrupted system call) (INJECTED)").count() >= 2, "{calls}:\n{log}");
    }
}

/// Waiting for the reader of the output is gone on with, unless the run was interrupted.
#[test]
fn an_interrupted_wait_for_the_reader_is_repeated() {
    let tree = Tree::new();
    tree.file("good", "hello").file("SHA256SUMS", format!("{}  good\n", sha256("hello")));
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-e", "trace=ppoll", "-e", "inject=ppoll:error=EINTR:when=1..3", "-o"]);
    strace.arg(tree.at("log")).arg(env!("CARGO_BIN_EXE_checksig")).args(["verify", "SHA256SUMS"]);
    let ran = run(strace.current_dir(tree.path())).exits(0);
    assert_eq!(ran.out(), "verified 1 of 1 listed file (5 bytes)\n");
    let log = fs::read_to_string(tree.at("log")).expect("the log of strace");
    assert_eq!(log.matches("(INJECTED)").count(), 3, "{log}");
}

/// Reading the memory of one's own process at its beginning is EIO on every Linux, as on a broken disk.
#[test]
fn a_read_error_is_no_mismatch_and_no_end() {
    let tree = Tree::new();
    tree.file("SHA256SUMS", format!("{NOTHING}  mem\n{NOTHING}  environ\n"));
    let run = |option: Option<&str>| {
        let mut command = verify(tree.path());
        // An empty environment makes the second file a readable one.
        command.env_clear().args(option).args(["--root", "/proc/self", "SHA256SUMS"]);
        run(&mut command).exits(1)
    };
    let json = run(Some("--json")).json_of("outcome");
    assert_eq!(json[0]["status"], "unreadable");
    assert_eq!(json[0]["errno"], 5);
    assert_eq!(json[0]["offset"], 0);
    assert_eq!(json[1]["status"], "ok");
    let text = run(None).out();
    assert!(text.contains("mem: unreadable: Input/output error (os error 5), at byte 0\n"), "{text}");
}

/// Success that nobody was told of is none.
#[test]
fn success_that_cannot_be_written_is_none() {
    let tree = tree(format!("{HELLO}  good\n"));
    let full = fs::File::options().write(true).open("/dev/full").expect("/dev/full");
    let mut command = verify(tree.path());
    command.stdout(full).stderr(std::process::Stdio::piped());
    let ran = common::Running::take(&mut command).end().exits(2);
    assert!(ran.err().contains("cannot write the output"), "{}", ran.err());
}

#[test]
fn a_million_digits_are_no_digest() {
    let mut list = "a".repeat(1_000_000);
    list += &format!("  good\n{HELLO}  good\n{HELLO}  {}\n", "n".repeat(200_000));
    let tree = tree(list);
    expect(&tree, 1, &[("ok", "good")]);
    let reasons: Vec<_> =
        json(&tree).json_of("malformed").iter().map(|line| line["reason"].clone()).collect();
    assert_eq!(reasons, ["too-long", "too-long"]);
}

#[test]
fn a_tree_of_links_in_a_circle_ends() {
    let tree = tree(format!("{HELLO}  a/b/a/b/a/good\n{HELLO}  loop\n{HELLO}  good\n"));
    tree.symlink("a", ".").symlink("b", "a").symlink("loop", "loop");
    expect(&tree, 1, &[("ok", "a/b/a/b/a/good"), ("unreadable", "loop"), ("ok", "good")]);
}
