//! One file and its digest: `verify --expect`, and a list with one bare digest beside its file.

mod common;

use std::fs;
use std::process::Command;

use common::{HELLO, Ran, Tree, WORLD, run, run_with_stdin, tool, verify};
use serde_json::json;

fn expect(tree: &Tree, digest: &str, args: &[&str]) -> Ran {
    run(verify(tree.path()).args(["--expect", digest]).args(args))
}

/// The first word that a program of the system prints.
fn word(program: &str, tree: &Tree, args: &[&str]) -> String {
    let out = String::from_utf8(tool(program, tree.path(), args)).expect("UTF-8");
    out.split_ascii_whitespace().next().expect("a digest").to_owned()
}

/// What browsers and npm call integrity, by OpenSSL and coreutils.
fn integrity(tree: &Tree, algorithm: &str, file: &str) -> String {
    let script = r#"openssl dgst -binary "-$0" "$1" | base64 --wrap 0"#;
    let mut shell = Command::new("bash");
    let ran = run(shell.args(["-c", script, algorithm, file]).current_dir(tree.path())).exits(0);
    format!("{algorithm}-{}", ran.out())
}

#[test]
fn every_form_of_a_digest() {
    let tree = Tree::new();
    tree.file("a b", "hello").file("other", "hellp");
    let mut digests = Vec::new();
    for name in ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"] {
        let digest = word(&format!("{name}sum"), &tree, &["a b"]);
        digests.push(digest.to_uppercase());
        digests.push(format!("{name}:{digest}"));
        digests.push(digest);
    }
    digests.push(format!("blake2b:{}", word("b2sum", &tree, &["a b"])));
    digests.push(format!("blake2b-256:{}", word("b2sum", &tree, &["-l", "256", "a b"])));
    digests.extend(["sha256", "sha384", "sha512"].map(|name| integrity(&tree, name, "a b")));
    for digest in &digests {
        let out = expect(&tree, digest, &["a b"]).exits(0).out();
        assert!(out.starts_with("verified 1 of 1 listed file (5 bytes)\n"), "{out}");
        let out = expect(&tree, digest, &["other"]).exits(1).out();
        assert!(out.starts_with("other: mismatch: expected ") && out.contains("not verified"), "{out}");
    }
    // The algorithm that is asked for outranks the length.
    let sha3 = common::digests(&[("sha3-256", "text:hello")]).remove(0);
    expect(&tree, &sha3, &["a b"]).exits(1);
    expect(&tree, &sha3, &["--algorithm", "sha3-256", "a b"]).exits(0);
    expect(&tree, &format!("sha3-256:{sha3}"), &["a b"]).exits(0);
}

#[test]
fn results_are_those_of_a_list() {
    let tree = Tree::new();
    tree.file("a", "hello").file("b", "hellp");
    let lines = expect(&tree, HELLO, &["--json", "b"]).exits(1).json();
    let actual = common::sha256("hellp");
    assert_eq!(
        lines[0],
        json!({"type": "outcome", "list": "--expect", "line": 1, "path": "b", "algorithm": "sha256",
            "algorithm_assumed": true, "status": "mismatch", "expected": HELLO, "actual": actual})
    );
    assert_eq!((&lines[1]["verdict"], &lines[1]["mismatch"]), (&json!("not_verified"), &json!(1)));
    let named = expect(&tree, &format!("sha256:{HELLO}"), &["--json", "b"]).exits(1).json();
    assert_eq!(named[0].get("algorithm_assumed"), None);
    assert_eq!(expect(&tree, HELLO, &["-v", "a"]).exits(0).out().lines().next(), Some("a: ok"));
    assert_eq!(expect(&tree, HELLO, &["-q", "a"]).exits(0).out(), "");
    assert_eq!(expect(&tree, HELLO, &["none"]).exits(1).out().lines().next(), Some("none: missing"));
    let out = expect(&tree, HELLO, &["."]).exits(1).out();
    assert!(out.starts_with(".: unreadable: Is a directory"), "{out}");
}

/// The user's word is trusted: the file may be anywhere, and no regular one.
#[test]
fn whatever_the_user_names() {
    let tree = Tree::new();
    tree.file("outside/a", "hello").dir("here").symlink("here/link", "../outside/a").fifo("pipe");
    tree.file(b"\xff\n", "hello").file("c:x", "hello").file("-", "other");
    let absolute = tree.at("outside/a");
    let here = tree.at("here");
    for file in ["../outside/a", "link", absolute.to_str().expect("UTF-8")] {
        run(verify(&here).args(["--expect", HELLO, file])).exits(0);
    }
    run(verify(tree.path()).args(["--expect", HELLO]).arg(tree.at(b"\xff\n"))).exits(0);
    expect(&tree, HELLO, &["c:x"]).exits(0);
    expect(&tree, HELLO, &["./-"]).exits(1);
    let path = tree.at("pipe");
    let writer = std::thread::spawn(move || fs::write(path, "hello"));
    expect(&tree, HELLO, &["pipe"]).exits(0);
    writer.join().expect("no panic").expect("written");
    // A file of the kernel, whose size is told as 0.
    let digest = word("sha256sum", &tree, &["/proc/version"]);
    expect(&tree, &digest, &["/proc/version"]).exits(0);
}

#[test]
fn standard_input() {
    let tree = Tree::new();
    let piped = |input: &[u8], json: &[&str]| {
        run_with_stdin(verify(tree.path()).args(["--expect", HELLO, "-"]).args(json), input)
    };
    let ran = piped(b"hello", &["--json"]).exits(0);
    assert_eq!((&ran.json()[0]["path"], &ran.json()[1]["bytes"]), (&json!("-"), &json!(5)));
    assert!(piped(b"hellp", &[]).exits(1).out().starts_with("-: mismatch: "));
    piped(b"", &[]).exits(1);
    // More than a pipe holds, and from the middle of a file.
    tree.file("big", vec![b'x'; 3_000_000]);
    let digest = word("sha256sum", &tree, &["big"]);
    let mut command = verify(tree.path());
    command.args(["--expect", &digest, "-"]).stdin(fs::File::open(tree.at("big")).expect("a file"));
    run(&mut command).exits(0);
    tree.file("text", "skip\nhello");
    let script = r#"{ read -r; exec "$0" verify --expect "$1" -; } < text"#;
    let mut shell = Command::new("bash");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_checksig"), HELLO]).current_dir(tree.path());
    run(&mut shell).exits(0);
    // What cannot be read is no empty file.
    let mut shell = Command::new("bash");
    let script = r#"exec "$0" verify --expect "$1" - 0>/dev/null"#;
    let ran = run(shell.args(["-c", script, env!("CARGO_BIN_EXE_checksig"), &common::sha256("")])).exits(1);
    assert!(ran.out().starts_with("-: unreadable: Bad file descriptor"), "{}", ran.out());
}

#[test]
fn what_is_no_digest_is_wrong_usage() {
    let tree = Tree::new();
    tree.file("a", "").file("b", "");
    let base64 = integrity(&tree, "sha256", "a");
    for (digest, why) in [
        (String::new(), "it is empty"),
        (HELLO[..63].to_owned(), "63 hex digits"),
        (HELLO[..62].to_owned(), "62 hex digits"),
        (format!("sha256:{}", &HELLO[..62]), "64 hex digits, not 62"),
        (format!("sha256:{}g", &HELLO[..63]), "not all of it is hex"),
        ("sha256:".to_owned(), "64 hex digits, not 0"),
        (format!("crc32:{HELLO}"), "no algorithm is called crc32"),
        (base64[..base64.len() - 1].to_owned(), "44 characters of base64"),
        (format!("{base64} {base64}"), "give one digest"),
        (format!("{base64}?x"), "options"),
        (format!("sha384-{}", &base64[7..]), "64 characters of base64"),
        ("verify me".to_owned(), "blank"),
    ] {
        let ran = expect(&tree, &digest, &["a"]).exits(2);
        assert!(ran.err().contains(why) && ran.out().is_empty(), "{digest}: {}", ran.err());
    }
    let ran = expect(&tree, &format!("md5:{}", "0".repeat(32)), &["-a", "sha1", "a"]).exits(2);
    assert!(ran.err().contains("it is of md5, and sha1 was asked for"), "{}", ran.err());
    for files in [&[][..], &["a", "b"]] {
        let ran = expect(&tree, HELLO, files).exits(2);
        assert!(ran.err().contains("--expect is for one file"), "{}", ran.err());
    }
    for option in [&["--root", "."][..], &["--ignore-missing"], &["--allow-malformed"]] {
        expect(&tree, HELLO, &[option, &["a"]].concat()).exits(2);
    }
    let ran = expect(&tree, "\x1b[31m", &["--json", "a"]).exits(2);
    common::assert_harmless(&ran.stderr);
    assert_eq!(ran.json_of("error").len(), 1);
}

#[test]
fn an_attack_is_looked_for() {
    let tree = Tree::new();
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/digests.txt"));
    let text = text.expect("the vectors");
    let line = text.lines().find(|line| line.starts_with("sha1 hex:99040d04")).expect("messageA");
    let hex = line.split(' ').nth(1).expect("a content").strip_prefix("hex:").expect("hex");
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
    tree.file("messageA", (0..hex.len()).step_by(2).map(byte).collect::<Vec<u8>>());
    let digest = word("sha1sum", &tree, &["messageA"]);
    let out = expect(&tree, &digest, &["messageA"]).exits(0).out();
    assert!(out.ends_with("\nnote: sha1 does not protect against deliberate change\n"), "{out}");
    let out = expect(&tree, &digest, &["--detect-collisions", "messageA"]).exits(1).out();
    assert_eq!(
        out.lines().next(),
        Some("messageA: collision attack: made so that another file has the same digest")
    );
    let ran = expect(&tree, &digest, &["--detect-collisions", "--json", "messageA"]).exits(1);
    let [outcome, summary] = &ran.json()[..] else { panic!("{}", ran.out()) };
    assert_eq!((&outcome["status"], &outcome["actual"]), (&json!("collision"), &json!(digest)));
    assert_eq!((&summary["collision"], &summary["weak_algorithms"]), (&json!(1), &json!(["sha1"])));
}

/// `FILE.sha256` with nothing but a digest (R18), wherever it is and whatever the file is.
#[test]
fn a_bare_digest_belongs_to_the_file_beside_it() {
    let tree = Tree::new();
    tree.file("sub/x.iso", "hello").file("sub/x.iso.sha256", format!("{HELLO}\n"));
    tree.file("sub/y.iso", "hello").file("sub/y.iso.sha256", WORLD);
    tree.file("sub/z.iso.sha256", HELLO);
    tree.file("sub/two.sha256", format!("{HELLO}\n{WORLD}\n")).file("sub/two", "hello");
    tree.file("sub/list", HELLO);
    let sub = tree.at("sub");
    let sidecar = |directory: &str, list: &str| run(verify(tree.at(directory)).args(["-v", list]));
    for (directory, list) in
        [("sub", "x.iso.sha256"), ("", "sub/x.iso.sha256"), ("sub", "../sub/x.iso.sha256")]
    {
        assert!(sidecar(directory, list).exits(0).out().starts_with("x.iso: ok\nverified 1 of 1 "));
    }
    assert!(sidecar("sub", "y.iso.sha256").exits(1).out().starts_with("y.iso: mismatch: expected sha256 "));
    assert!(sidecar("sub", "z.iso.sha256").exits(1).out().starts_with("z.iso: missing\n"));
    // Two digests, or a name that says nothing of a file: no entry.
    assert!(sidecar("sub", "two.sha256").exits(2).err().contains("has not one entry"));
    sidecar("sub", "list").exits(2);
    // The sums that a file's publisher writes so.
    for (algorithm, program) in
        [("md5", "md5sum"), ("sha1", "sha1sum"), ("sha512", "sha512sum"), ("b2", "b2sum")]
    {
        let digest = word(program, &tree, &["sub/x.iso"]);
        tree.file(format!("sub/x.iso.{algorithm}"), format!("{digest}\r\n"));
        assert!(sidecar("sub", &format!("x.iso.{algorithm}")).exits(0).out().starts_with("x.iso: ok\n"));
    }
    // Elsewhere, with the root that is given.
    run(verify("/").arg("--root").arg(&sub).arg(sub.join("x.iso.sha256"))).exits(0);
}
