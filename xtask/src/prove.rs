//! `cargo xtask prove`: the tests that are tables of cases, each counted by its cases; then every fuzz target, briefly.
//!
//! `cargo xtask test` runs them too, among all others; here is told how many cases there were.

use std::io::Write;
use std::ops::AddAssign;
use std::process::{Command, Stdio};

use crate::fuzz;
use crate::test::{self, Count};
use crate::util::{Context, Outcome, Result, cargo, read, root};

/// A part of the proof: test programs, and how their cases are counted.
struct Part {
    name: &'static str,
    tests: &'static [&'static str],
    counted: Counted,
}

enum Counted {
    /// A test is a case; with one thread there are others than with many.
    Cells,
    /// A test is a case.
    Tests,
    /// Its tests go through all the cases that this counts, or fail.
    Vectors(fn() -> Result<u64>),
}

const PARTS: &[Part] = &[
    Part { name: "fault matrix, the program", tests: &["matrix"], counted: Counted::Cells },
    Part { name: "fault matrix, in memory", tests: &["fault_matrix"], counted: Counted::Tests },
    Part { name: "containment, the program", tests: &["contained"], counted: Counted::Tests },
    Part { name: "containment, the engine", tests: &["hostile_paths"], counted: Counted::Tests },
    Part {
        name: "containment, races of a directory and a symlink",
        tests: &["race"],
        counted: Counted::Tests,
    },
    Part {
        name: "vectors, known answers",
        tests: &["digest_vectors"],
        counted: Counted::Vectors(|| {
            lines("vectors/digests.txt", |line| !line.is_empty() && !line.starts_with('#'))
        }),
    },
    Part {
        name: "vectors, NIST's messages",
        tests: &["nist_vectors"],
        counted: Counted::Vectors(|| {
            let messages = files("vectors/nist", "Msg.rsp")?;
            messages.iter().map(|file| lines(file, |line| line.starts_with("Len = "))).sum()
        }),
    },
    Part {
        name: "vectors, lists",
        tests: &["manifest_vectors"],
        counted: Counted::Vectors(|| Ok(files("vectors/manifests", ".list")?.len() as u64)),
    },
    Part {
        name: "vectors, whole runs",
        tests: &["trees"],
        counted: Counted::Vectors(|| Ok(files("vectors/trees", ".tree")?.len() as u64)),
    },
];

/// How many lines of a file are such.
fn lines(file: &str, is_one: impl Fn(&str) -> bool) -> Result<u64> {
    Ok(read(&root().join(file))?.lines().filter(|line| is_one(line)).count() as u64)
}

/// The files of a folder whose names end so.
fn files(folder: &str, end: &str) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(root().join(folder)).context(folder)?;
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(end) {
            names.push(format!("{folder}/{name}"));
        }
    }
    Ok(names)
}

/// Runs every part, and ends with a line for each.
pub fn run() -> Outcome {
    test::need_tools()?;
    let mut lines = Vec::new();
    let mut good = true;
    for part in PARTS {
        let mut found = Found::default();
        let passes: &[Option<&str>] = match part.counted {
            Counted::Cells => &[None, Some("1")],
            Counted::Tests | Counted::Vectors(_) => &[None],
        };
        for threads in passes {
            let pass = pass(part, *threads)?;
            // One that finds no case at all proves nothing.
            good &= pass.is_good();
            found += pass;
        }
        let (passed, cases) = match part.counted {
            Counted::Vectors(count) => {
                let cases = count()?;
                (if found.is_good() { cases } else { 0 }, cases)
            }
            Counted::Cells | Counted::Tests => {
                (found.count.passed, found.count.passed + found.count.failed + found.impossible)
            }
        };
        good &= passed > 0;
        let mut line = format!("{}: {passed} of {cases} passed", part.name);
        if found.count.failed > 0 {
            line += &format!(", {} tests failed", found.count.failed);
        }
        if found.count.ignored > 0 {
            line += &format!(", {} tests were ignored", found.count.ignored);
        }
        if found.impossible > 0 {
            line += &format!(", {} cannot be run on this machine", found.impossible);
        }
        lines.push(line);
    }
    println!("# fuzz targets");
    good &= fuzz::run(&fuzz::Options::bounded())?;
    println!("# proved");
    for line in lines {
        println!("{line}");
    }
    Ok(good)
}

/// What the output of tests says.
#[derive(Debug, Default, PartialEq)]
struct Found {
    count: Count,
    impossible: u64,
}

impl Found {
    fn read(output: &str) -> Self {
        let mut found = Self::default();
        for line in output.lines().map(str::trim_start) {
            if let Some(result) = line.strip_prefix("test result:") {
                found.count += test::count(result);
            } else if line.contains(" cells cannot be run on this machine") {
                let number = line.split(' ').next().and_then(|number| number.parse().ok());
                found.impossible += number.unwrap_or(0);
            }
        }
        found
    }

    /// What tests said that ended in this way.
    fn of(output: &str, success: bool) -> Self {
        let mut found = Self::read(output);
        // A crash, or a program that does not compile: then no result says so.
        if !success && found.count.failed == 0 {
            found.count.failed = 1;
        }
        found
    }

    fn is_good(&self) -> bool {
        self.count.failed == 0 && self.count.ignored == 0 && self.count.passed > 0
    }
}

impl AddAssign for Found {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.impossible += other.impossible;
    }
}

/// Runs the tests of a part once.
fn pass(part: &Part, threads: Option<&str>) -> Result<Found> {
    let mut command: Command = cargo();
    // All packages, as `cargo xtask test` does: their features are then the same, and nothing is built again.
    command.args(["test", "--workspace", "--no-fail-fast"]);
    for test in part.tests {
        command.args(["--test", test]);
    }
    match threads {
        Some(threads) => command.env("CHECKSIG_TEST_THREADS", threads),
        None => command.env_remove("CHECKSIG_TEST_THREADS"),
    };
    println!("# {}", part.name);
    let output = command.stderr(Stdio::inherit()).output().context("cannot run cargo test")?;
    if !output.status.success() {
        std::io::stdout().write_all(&output.stdout)?;
    }
    Ok(Found::of(&String::from_utf8_lossy(&output.stdout), output.status.success()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tests_say_is_added_up() {
        let mut found = Found::read("7 cells cannot be run on this machine: it says no\n");
        found += Found::read("test result: ok. 2 passed; 0 failed; 0 ignored;\n");
        found += Found::read("test result: FAILED. 1 passed; 4 failed; 0 ignored;\n");
        let count = Count { passed: 3, failed: 4, ignored: 0 };
        assert_eq!(found, Found { count, impossible: 7 });
    }

    #[test]
    fn nothing_is_proved_by_a_crash_by_ignored_tests_or_by_none() {
        let is_good = |output: &str, success| Found::of(output, success).is_good();
        let passed = "test result: ok. 2 passed; 0 failed; 0 ignored;\n";
        assert!(is_good(passed, true));
        assert!(!is_good(passed, false));
        assert!(!is_good("test a ... FAILED\n", false), "the program died of it");
        assert!(!is_good("test result: ok. 2 passed; 0 failed; 1 ignored;\n", true));
        assert!(!is_good("test result: ok. 0 passed; 0 failed; 0 ignored; 9 filtered out\n", true));
        assert!(!is_good("", true));
    }
}
