//! The test programs in C and C++: each bare, with AddressSanitizer and UBSan, and under valgrind. Nothing may be
//! reported, and nothing may leak.

mod common;

use std::fs;
use std::process::Command;

use common::{C, Under, compile, provoked, source, succeed, top, tree};

/// Runs a program on the trees in all three ways.
fn run(name: &str) {
    let trees = tree::make();
    for under in Under::ALL {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let program = compile(&source(name), under, folder.path());
        print!("{}", succeed(under.command(&program).arg(trees.path())));
    }
}

#[test]
fn every_pointer_null() {
    run("c/null.c");
}

#[test]
fn lists() {
    run("c/manifest.c");
}

#[test]
fn runs() {
    run("c/runs.c");
}

#[test]
fn callbacks() {
    run("c/callbacks.c");
}

#[test]
fn threads() {
    run("c/threads.c");
}

#[test]
fn cancelling() {
    run("c/cancel.c");
}

#[test]
fn check_signatures() {
    run("c/signatures.c");
}

#[test]
fn cpp() {
    run("cpp/objects.cpp");
}

/// Runs a program on the trees bare: the sanitizers and valgrind have allocators of their own.
fn run_bare(name: &str) {
    let (trees, folder) = (tree::make(), tempfile::tempdir().expect("a temporary directory"));
    let program = compile(&source(name), Under::Nothing, folder.path());
    succeed(Under::Nothing.command(&program).arg(trees.path()));
}

#[test]
fn memory_does_not_grow() {
    run_bare("c/growth.c");
}

#[test]
fn a_forked_child_uses_the_library() {
    run_bare("c/fork.c");
}

#[test]
fn cancelling_in_a_signal_handler_is_safe() {
    run_bare("c/signal_safe.c");
}

/// Under valgrind too: a panic that is caught leaks nothing.
#[test]
fn panics_come_back_as_a_status() {
    let (library, trees, folder) = (provoked(), tree::make(), tempfile::tempdir().expect("a folder"));
    let program = folder.path().join("panic");
    let mut compiler = Command::new("cc");
    compiler.args(C).arg("-I").arg(top().join("include")).arg(source("c/panic.c"));
    compiler.arg("-o").arg(&program).arg(&library).args(["-pthread", "-Wl,-rpath"]);
    succeed(compiler.arg("-Xlinker").arg(library.parent().expect("a folder")));
    for under in [Under::Nothing, Under::Valgrind] {
        // Rust's backtraces fill caches that are never freed.
        succeed(under.command(&program).arg(trees.path()).env("RUST_BACKTRACE", "0"));
    }
}

/// A function that is added to the header must be added to the tests of NULL and of panics.
#[test]
fn no_function_is_forgotten() {
    let header = fs::read_to_string(top().join("include/checksig.h")).expect("the header");
    let functions = common::functions_of(&header);
    for name in ["c/null.c", "c/panic.c"] {
        let test = fs::read_to_string(source(name)).expect("a source");
        let forgotten: Vec<_> =
            functions.iter().filter(|function| !test.contains(&format!("{function}("))).collect();
        assert!(forgotten.is_empty(), "{name}: {forgotten:?}");
    }
}
