//! `--io`: whatever files are waited for by, what is said of them is the same.

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use common::{Tree, checksig, run, suite_threads, tool, verify};

/// More files than a ring is made for, some damaged, some missing, one that leads out, one of many chunks.
fn tree() -> Tree {
    let tree = Tree::new();
    let mut names = Vec::new();
    for number in 0..120 {
        let name = format!("{number:03}");
        tree.file(&name, name.repeat(if number == 7 { 1_000_000 } else { number * 50 }));
        names.push(name);
    }
    let list = tool("sha256sum", tree.path(), names.iter());
    tree.file("SHA256SUMS", list);
    tree.file("050", "damaged").file("100", "");
    fs::remove_file(tree.at("060")).expect("remove a file");
    fs::remove_file(tree.at("070")).expect("remove a file");
    symlink("/etc/hostname", tree.at("070")).expect("a symlink");
    forget(&tree);
    tree
}

/// Takes the files' content out of memory, so that it has to be waited for.
fn forget(tree: &Tree) {
    for entry in fs::read_dir(tree.path()).expect("the tree") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let file = fs::File::open(path).expect("a file");
            file.sync_all().expect("written");
            rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).expect("forgotten");
        }
    }
}

/// Whether the system that the tests run on has rings.
fn has_rings(tree: &Tree) -> bool {
    let ran = run(verify(tree.path()).args(["--io", "uring", "SHA256SUMS"]));
    assert!(matches!(ran.code(), 1 | 2), "{}", ran.err());
    if ran.code() == 2 {
        assert!(ran.err().contains("io_uring cannot be used"), "{}", ran.err());
    }
    ran.code() == 1
}

#[test]
fn every_way_says_the_same() {
    let tree = tree();
    let expected = run(verify(tree.path()).args(["--json", "--reads", "1", "SHA256SUMS"])).exits(1);
    assert_eq!(expected.statuses().iter().filter(|(status, _)| status == "ok").count(), 116);
    let mut ways = vec!["auto", "blocking"];
    if has_rings(&tree) {
        ways.push("uring");
    }
    for way in ways {
        for reads in ["0", "2", "50"] {
            forget(&tree);
            let args = ["--json", "--io", way, "--reads", reads, "SHA256SUMS"];
            let ran = run(verify(tree.path()).args(args)).exits(1);
            assert_eq!(ran.out(), expected.out(), "--io {way} --reads {reads}");
        }
    }
}

/// Containers often forbid rings. Nothing but speed depends on them, unless the user insists.
#[test]
fn a_kernel_that_refuses() {
    let tree = tree();
    let expected = run(verify(tree.path()).args(["--json", "--io", "blocking", "SHA256SUMS"])).exits(1);
    for (call, errno) in [("setup", "EPERM"), ("setup", "ENOSYS"), ("setup", "ENOMEM"), ("enter", "EPERM")] {
        let refusing = |io: &str| {
            let mut strace = Command::new("strace");
            strace
                .args(["-f", "-qq", "-o"])
                .arg(tree.at("log"))
                .arg("-e")
                .arg(format!("trace=io_uring_{call}"));
            strace.arg("-e").arg(format!("inject=io_uring_{call}:error={errno}"));
            strace.arg(env!("CARGO_BIN_EXE_checksig")).args(["verify", "--json"]).args(suite_threads());
            run(strace.args(["--io", io, "SHA256SUMS"]).current_dir(tree.path()))
        };
        forget(&tree);
        assert_eq!(refusing("auto").exits(1).out(), expected.out());
        let log = fs::read_to_string(tree.at("log")).expect("the log of strace");
        assert!(log.contains(errno), "it was not even tried: {log}");
        let ran = refusing("uring").exits(2);
        assert!(ran.err().contains("io_uring cannot be used"), "{}", ran.err());
        assert_eq!(ran.json_of("error").len(), 1);
        assert_eq!(ran.statuses(), []);
    }
}

#[test]
fn what_a_ring_is_not_for() {
    let tree = tree();
    let ran = run(verify(tree.path()).args(["--io", "uring", "--reads", "1", "SHA256SUMS"])).exits(2);
    assert!(ran.err().contains("more than one file"), "{}", ran.err());
    run(checksig().args(["verify", "--io", "fast"])).exits(2);
}
