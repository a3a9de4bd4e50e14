//! `cargo xtask test`: every test of the workspace, run twice, and one sum at the end.
//!
//! The second pass sets `CHECKSIG_TEST_THREADS=1`: the suite must give the same answers with one hash thread. What
//! the tests need beside Rust is looked for first, so that no test is skipped for want of a tool.

use std::io::{BufRead, BufReader, Write};
use std::ops::AddAssign;
use std::process::{Command, Stdio};

use crate::python;
use crate::util::{Context, Outcome, Result, cargo, find_program, succeeds};

/// Programs that tests start, and the Debian package of each.
const TOOLS: &[(&str, &str)] = &[
    ("sha1sum", "coreutils"),
    ("sha224sum", "coreutils"),
    ("sha256sum", "coreutils"),
    ("sha384sum", "coreutils"),
    ("sha512sum", "coreutils"),
    ("md5sum", "coreutils"),
    ("b2sum", "coreutils"),
    ("mkfifo", "coreutils"),
    ("timeout", "coreutils"),
    ("base64", "coreutils"),
    ("cp", "coreutils"),
    ("find", "findutils"),
    ("xargs", "findutils"),
    ("bash", "bash"),
    ("openssl", "openssl"),
    ("prlimit", "util-linux"),
    ("setpriv", "util-linux"),
    ("strace", "strace"),
    ("python3", "python3"),
    // The C library: what the tests compile, look at and run its programs with.
    ("cc", "gcc"),
    ("c++", "g++"),
    ("nm", "binutils"),
    ("objdump", "binutils"),
    ("valgrind", "valgrind"),
    ("kill", "procps"),
    ("pkg-config", "pkg-config"),
    ("cmake", "cmake"),
    ("make", "make"),
];

/// Runs the suite; `quick` leaves out the pass with one thread, `only_python` all but the Python package's tests.
pub fn run(quick: bool, only_python: bool) -> Outcome {
    need_tools()?;
    // Before the tests, so that what cannot be built is known first.
    let python = python::prepare()?;
    let mut sum = Count::default();
    for threads in [None, Some("1")].into_iter().take(if quick { 1 } else { 2 }) {
        if !only_python {
            sum += suite(threads)?;
        }
        sum += python.suite(threads)?;
    }
    if sum.ignored > 0 {
        println!("{} of these were ignored", sum.ignored);
    }
    println!("{} passed, {} failed", sum.passed, sum.failed);
    Ok(sum.failed == 0)
}

/// How many tests did what.
#[derive(Debug, Default, PartialEq)]
pub struct Count {
    pub passed: u64,
    pub failed: u64,
    pub ignored: u64,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

/// One `cargo test` over the workspace, its output passed on line by line.
fn suite(threads: Option<&str>) -> Result<Count> {
    let mut command = cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]).stdout(Stdio::piped());
    match threads {
        Some(threads) => command.env("CHECKSIG_TEST_THREADS", threads),
        None => command.env_remove("CHECKSIG_TEST_THREADS"),
    };
    println!("# tests with {}", threads.map_or("the default threads".into(), |n| format!("{n} hash thread")));

    let mut child = command.spawn().context("cannot run cargo test")?;
    let mut sum = Count::default();
    let mut stdout = std::io::stdout().lock();
    for line in BufReader::new(child.stdout.take().expect("piped")).split(b'\n') {
        let line = line?;
        stdout.write_all(&line)?;
        stdout.write_all(b"\n")?;
        sum += String::from_utf8_lossy(&line)
            .trim_start()
            .strip_prefix("test result:")
            .map_or_else(Count::default, count);
    }
    // A crash or a test that does not compile leaves no `test result:` line.
    if !child.wait()?.success() && sum.failed == 0 {
        sum.failed = 1;
    }
    Ok(sum)
}

/// Reads ` ok. 12 passed; 0 failed; 1 ignored; 0 measured; …`.
pub fn count(result: &str) -> Count {
    let number_before = |word: &str| {
        result
            .split([';', '.'])
            .filter_map(|part| part.trim().strip_suffix(word)?.trim().parse().ok())
            .next()
            .unwrap_or(0)
    };
    Count {
        passed: number_before("passed"),
        failed: number_before("failed"),
        ignored: number_before("ignored"),
    }
}

/// Looks for what the tests need beside Rust, and installs it where that is possible.
pub fn need_tools() -> Result<()> {
    let missing: Vec<_> = TOOLS.iter().filter(|(program, _)| find_program(program).is_none()).collect();
    let mut packages: Vec<_> = missing.iter().map(|(_, package)| *package).collect();
    packages.dedup();
    if !packages.is_empty() && !install(&packages)? {
        let names: Vec<_> = missing.iter().map(|(program, _)| *program).collect();
        return Err(format!(
            "the tests need {}: install {} (Debian's names of the packages)",
            names.join(", "),
            packages.join(" ")
        )
        .into());
    }
    if !succeeds(Command::new("python3").args(["-c", "import sys; sys.exit(sys.version_info < (3, 11))"]))? {
        return Err("the tests need python3 of version 3.11 or newer".into());
    }
    Ok(())
}

/// Installs Debian packages where that is possible: as root, with apt-get.
pub fn install(packages: &[&str]) -> Result<bool> {
    // SAFETY: geteuid has no preconditions and cannot fail.
    let root = unsafe { libc::geteuid() } == 0;
    if !root || find_program("apt-get").is_none() {
        return Ok(false);
    }
    let apt = |arguments: &[&str]| {
        succeeds(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["-q", "update"])?;
    let mut arguments = vec!["-q", "install", "--yes", "--no-install-recommends"];
    arguments.extend(packages);
    apt(&arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_counted() {
        let line = " FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.05s";
        assert_eq!(count(line), Count { passed: 12, failed: 3, ignored: 1 });
        assert_eq!(count(" ok. nothing like it"), Count::default());
    }
}
