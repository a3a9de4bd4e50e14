//! Descriptors and signals as a parent process left them.

mod common;

use std::process::Command;

use common::{HELLO, Tree, run};

fn bash(tree: &Tree, script: &str) -> common::Ran {
    let mut bash = Command::new("bash");
    bash.args(["-c", script]).env("checksig", env!("CARGO_BIN_EXE_checksig")).current_dir(tree.path());
    run(&mut bash)
}

fn tree() -> Tree {
    let tree = Tree::new();
    tree.file("a", "hello").file("SHA256SUMS", format!("{HELLO}  a\n"));
    tree
}

#[test]
fn a_standard_output_that_cannot_be_written_is_an_error() {
    for command in ["verify .", "verify --json .", "hash a", "--help"] {
        let ran = bash(&tree(), &format!("$checksig {command} 1</dev/null")).exits(2);
        assert!(ran.err().contains("cannot write the output"), "{command}: {}", ran.err());
    }
}

#[test]
fn a_standard_input_that_cannot_be_read_is_an_error() {
    let ran = bash(&tree(), "$checksig hash - 0>>out").exits(1);
    assert!(ran.out().is_empty() && ran.err().contains("cannot read standard input"), "{}", ran.err());
    bash(&tree(), "$checksig verify - 0>>out").exits(2);
}

/// `nohup` ignores SIGHUP for what it starts.
#[test]
fn signals_that_were_ignored_stay_ignored() {
    let script = "trap '' HUP; mkfifo pipe; $checksig verify -q --root . - < pipe & exec 3>pipe; kill -HUP $!; \
                  cat SHA256SUMS >&3; exec 3>&-; wait $!";
    bash(&tree(), script).exits(0);
}

#[test]
fn more_directories_than_the_soft_limit_of_descriptors() {
    let tree = Tree::new();
    for number in 0..100 {
        tree.dir(format!("d{number}")).file(format!("d{number}/a"), "hello");
        tree.file(format!("d{number}/SHA256SUMS"), format!("{HELLO}  a\n"));
    }
    let ran = bash(&tree, "ulimit -Sn 40; $checksig verify d*").exits(0);
    assert!(ran.out().starts_with("verified 100 of 100 listed files"), "{}", ran.out());
}

/// Files of procfs that call themselves empty, and are not.
#[test]
fn a_file_with_content_is_never_verified_as_an_empty_one() {
    let tree = Tree::new();
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    for name in ["/proc/version", "/proc/sys/net/core/flow_limit_cpu_bitmap", "/proc/sys/kernel/ostype"] {
        let Some((root, file)) = name.rsplit_once('/').filter(|_| std::path::Path::new(name).exists()) else {
            continue;
        };
        tree.file("list.sha256", format!("{empty}  {file}\n"));
        bash(&tree, &format!("$checksig verify --root {root} list.sha256")).exits(1);
        // The user may hash them.
        let oracle = bash(&tree, &format!("sha256sum {name}")).exits(0).out();
        assert_eq!(bash(&tree, &format!("$checksig hash {name}")).exits(0).out(), oracle);
    }
}
