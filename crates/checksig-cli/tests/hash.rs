//! `checksig hash`: lines that other tools read, in the order given.

mod common;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use common::{HELLO, Ran, Tree, checksig, digests, run, run_with_stdin, tool};

const AWKWARD: [&[u8]; 16] = [
    b"plain",
    b"a b",
    b" lead",
    b"trail ",
    b"new\nline",
    b"back\\slash",
    b"cr\rhere",
    b"\\n",
    b"#hash",
    b"*star",
    b"./-",
    b"quo'te\"s",
    b"par(en) = th",
    b"\xff\xfe",
    "日本".as_bytes(),
    b"\x1b[31m",
];

fn hash(tree: &Tree, args: &[&str], names: &[&[u8]]) -> Ran {
    let names = names.iter().map(|name| OsStr::from_bytes(name));
    run(checksig().arg("hash").args(args).args(threads()).args(names).current_dir(tree.path()))
}

fn threads() -> Vec<String> {
    common::suite_threads()
}

fn awkward() -> Tree {
    let tree = Tree::new();
    for (number, name) in AWKWARD.iter().enumerate() {
        tree.file(name, "x".repeat(number));
    }
    tree
}

/// GNU's own program of each algorithm reads every line, and says that all is well.
#[test]
fn gnu_checks_what_hash_writes() {
    let tree = awkward();
    for (algorithm, program) in [
        ("md5", "md5sum"),
        ("sha1", "sha1sum"),
        ("sha224", "sha224sum"),
        ("sha256", "sha256sum"),
        ("sha384", "sha384sum"),
        ("sha512", "sha512sum"),
        ("blake2b", "b2sum"),
        ("blake2b-256", "b2sum"),
    ] {
        for tag in [None, Some("--tag")] {
            let args: Vec<_> = ["--algorithm", algorithm].into_iter().chain(tag).collect();
            let ran = hash(&tree, &args, &AWKWARD).exits(0);
            fs::write(tree.at("list"), &ran.stdout).expect("write the list");
            let args = ["--check", "--strict", "--quiet", "list"];
            let mut gnu = Command::new(program);
            run(gnu.args(args).current_dir(tree.path())).exits(0);
        }
    }
}

/// Byte for byte what GNU writes, in the order given.
#[test]
fn the_lines_are_those_of_gnu() {
    let tree = awkward();
    // coreutils before 9.2 have no escape for CR: compared without it.
    let mut names: Vec<&[u8]> = AWKWARD.iter().copied().filter(|name| !name.contains(&b'\r')).collect();
    for _ in 0..2 {
        let gnu = tool("sha256sum", tree.path(), names.iter().map(|name| OsStr::from_bytes(name)));
        assert_eq!(hash(&tree, &[], &names).exits(0).lossy(), String::from_utf8_lossy(&gnu));
        names.reverse();
    }
    let gnu = tool("b2sum", tree.path(), [OsStr::new("--tag"), OsStr::new("plain")]);
    assert_eq!(hash(&tree, &["--algorithm", "blake2b", "--tag"], &[b"plain"]).exits(0).stdout, gnu);
}

#[test]
fn checksig_checks_what_hash_writes() {
    let tree = awkward();
    for tag in [None, Some("--tag")] {
        for algorithm in ["sha3-256", "blake3", "sha512/256", "blake2b-8", "sha256"] {
            let args: Vec<_> = ["--algorithm", algorithm].into_iter().chain(tag).collect();
            fs::write(tree.at("list"), hash(&tree, &args, &AWKWARD).exits(0).stdout).expect("write the list");
            let ran =
                run(common::verify(tree.path()).args(["--algorithm", algorithm, "--json", "list"])).exits(0);
            assert_eq!(ran.json_of("summary")[0]["ok"], AWKWARD.len());
        }
    }
}

#[test]
fn digests_are_those_of_hashlib() {
    let tree = Tree::new();
    let contents = ["hex:", "text:hello", "repeat:65536:61", "repeat:1000003:62"];
    for (number, content) in ["", "hello", &"a".repeat(65536), &"b".repeat(1_000_003)].iter().enumerate() {
        tree.file(format!("f{number}"), content);
    }
    let algorithms = [
        "md5",
        "sha1",
        "sha224",
        "sha256",
        "sha384",
        "sha512",
        "sha3-224",
        "sha3-256",
        "sha3-384",
        "sha3-512",
        "blake2b",
        "blake2b-160",
    ];
    let wanted: Vec<_> = algorithms.iter().flat_map(|a| contents.iter().map(move |c| (*a, *c))).collect();
    let expected = digests(&wanted);
    for (algorithm, expected) in algorithms.iter().zip(expected.chunks(contents.len())) {
        let out = hash(&tree, &["--algorithm", algorithm], &[b"f0", b"f1", b"f2", b"f3"]).exits(0).out();
        let found: Vec<_> = out.lines().map(|line| line.split(' ').next().expect("a digest")).collect();
        assert_eq!(found, expected, "{algorithm}");
    }
}

#[test]
fn order_is_as_given_whatever_is_ready_first() {
    let tree = Tree::new();
    let names: Vec<String> = (0..200).map(|number| format!("f{number}")).collect();
    for (number, name) in names.iter().enumerate() {
        tree.file(name, vec![b'x'; if number % 50 == 0 { 2_000_000 } else { number }]);
    }
    let expected = tool("sha256sum", tree.path(), &names);
    for (threads, reads) in [("1", "1"), ("2", "0"), ("8", "32"), ("64", "4")] {
        let mut command = checksig();
        command.args(["hash", "--threads", threads, "--reads", reads]).args(&names).current_dir(tree.path());
        assert!(run(&mut command).exits(0).stdout == expected, "{threads} threads, {reads} reads");
    }
}

#[test]
fn a_dash_is_standard_input() {
    let tree = Tree::new();
    tree.file("a", "a").file("b", "b");
    let mut command = checksig();
    let ran =
        run_with_stdin(command.args(["hash", "a", "-", "b"]).current_dir(tree.path()), b"hello").exits(0);
    let out = ran.out();
    let names: Vec<_> = out.lines().map(|line| &line[66..]).collect();
    assert_eq!(names, ["a", "-", "b"]);
    assert!(out.lines().nth(1).expect("a line").starts_with(HELLO));
}

#[test]
fn what_cannot_be_read_does_not_stop_the_others() {
    let tree = Tree::new();
    tree.file("a", "hello").file("b", "hello").dir("d");
    let ran = hash(&tree, &[], &[b"a", b"none\x1b", b"d", b"b"]).exits(1);
    assert_eq!(ran.out(), format!("{HELLO}  a\n{HELLO}  b\n"));
    assert_eq!(ran.err().lines().count(), 2, "{}", ran.err());
    assert!(ran.err().contains("No such file") && ran.err().contains("Is a directory"), "{}", ran.err());
    common::assert_harmless(&ran.stderr);
}

#[test]
fn a_named_fifo_is_read_to_its_end() {
    let tree = Tree::new();
    tree.fifo("pipe");
    let path = tree.at("pipe");
    let writer = std::thread::spawn(move || fs::write(path, "hello"));
    assert_eq!(hash(&tree, &[], &[b"pipe"]).exits(0).out(), format!("{HELLO}  pipe\n"));
    writer.join().expect("no panic").expect("written");
}

#[test]
fn a_full_device_is_no_success() {
    let tree = Tree::new();
    tree.file("a", "hello");
    let full = fs::File::options().write(true).open("/dev/full").expect("/dev/full");
    let mut command = checksig();
    command.args(["hash", "a"]).current_dir(tree.path()).stdout(full).stderr(std::process::Stdio::piped());
    let ran = common::Running::take(&mut command).end().exits(2);
    assert!(ran.err().contains("cannot write the output"), "{}", ran.err());
}
