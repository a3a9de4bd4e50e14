//! The programs in `examples/c` and `examples/cpp`, which the README shows: they compile without a warning, do what they
//! say, and are stopped by Ctrl-C.

mod common;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use common::{Under, compile, succeed, top, tree};

fn examples(folder: &tempfile::TempDir) -> [PathBuf; 2] {
    ["c/verify.c", "cpp/verify.cpp"].map(|name| {
        let place = folder.path().join(name).with_extension("d");
        fs::create_dir_all(&place).expect("a folder");
        compile(&top().join("examples").join(name), Under::Nothing, &place)
    })
}

fn run(program: &Path, directory: &str) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = Under::Nothing
        .command(program)
        .arg(top().join("examples").join(directory))
        .output()
        .expect("the example");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn examples_verify_the_example_directories() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    for program in examples(&folder) {
        let (code, out, _) = run(&program, "logs");
        assert_eq!((code, out.as_str()), (Some(0), "verified 10 of 10 listed files (31.1 kB)\n"));
        let (code, out, _) = run(&program, "damaged");
        let lines: Vec<_> = out.lines().collect();
        assert_eq!((code, lines.len()), (Some(1), 3), "{out}");
        assert!(lines[0].starts_with("httpd-03.log: mismatch: expected sha1 e7526ff7"), "{out}");
        assert_eq!(lines[1], "httpd-06.log: missing");
        assert!(
            lines[2].starts_with("not verified: 1 mismatch, 1 missing; verified 8 of 10 listed files"),
            "{out}"
        );
        let (code, out, err) = run(&program, "nothing");
        assert_eq!((code, out.as_str()), (Some(1), ""));
        assert!(err.contains("nothing"), "{err}");
    }
}

#[test]
fn ctrl_c_cancels_the_c_example() {
    let (folder, trees) = (tempfile::tempdir().expect("a temporary directory"), tree::make());
    let [program, _] = examples(&folder);
    let mut child = Under::Nothing
        .command(&program)
        .arg(trees.path().join("huge"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the example");
    // It is reading once it says so; `timeout` hands the signal on.
    let mut progress = child.stderr.take().expect("piped");
    progress.read_exact(&mut [0]).expect("progress");
    succeed(Command::new("kill").args(["-INT", &child.id().to_string()]));
    let output = child.wait_with_output().expect("the end");
    let out = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(out.starts_with("incomplete, not verified: 1 not run"), "{}: {out}", output.status);
    assert_eq!(output.status.code(), Some(1), "{out}");
}

/// What the README shows is code: the C compiles, and every line of the C++ is in the example.
#[test]
fn readme_shows_code_that_works() {
    let readme = fs::read_to_string(top().join("README.md")).expect("a README");
    let block = |language: &str| {
        let (_, rest) = readme.split_once(&format!("```{language}\n")).expect("a block");
        rest.split_once("```").expect("its end").0
    };
    let folder = tempfile::tempdir().expect("a temporary directory");
    let program = folder.path().join("readme.c");
    let text = format!(
        "#include <checksig.h>\n#include <stdio.h>\nint main(void)\n{{\n{}return 0;\n}}\n",
        block("c")
    );
    fs::write(&program, text).expect("a file");
    succeed(common::compiler(&program).arg("-fsyntax-only"));
    let example = fs::read_to_string(top().join("examples/cpp/verify.cpp")).expect("an example");
    let lines: Vec<_> = example.lines().map(str::trim).collect();
    assert!(block("cpp").lines().all(|line| lines.contains(&line.trim())), "{}", block("cpp"));
    for example in ["examples/c/verify.c", "examples/cpp/verify.cpp"] {
        assert!(readme.contains(&format!("({example})")), "the README does not link {example}");
    }
}
