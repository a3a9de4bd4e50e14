//! What the C library costs beside the command line: an empty call, a verification, and how soon a cancel is heard.

use std::path::Path;
use std::process::Command;

use super::corpus::Corpus;
use super::measure::{self, Sample};
use crate::util::{Result, cargo, output_of, root, succeeds};

const SCRIPT: &str = include_str!("c_library.py");

/// Times of calls, each by its name, in seconds.
pub fn times(release: &Path, program: &Path, small: &Corpus, rounds: u32) -> Result<Vec<(String, f64)>> {
    build()?;
    let mut python = Command::new("python3");
    python.args(["-c", SCRIPT]).arg(release.join("libchecksig.so")).arg(program).arg(rounds.to_string());
    let output = output_of(python.arg(root().join("examples/logs")).arg(&small.folder))?;
    let time = |line: &str| -> Option<(String, f64)> {
        let (name, seconds) = line.split_once('\t')?;
        // The folders are this machine's; what they are is not.
        let name = name
            .replace(&root().join("examples/logs").display().to_string(), "examples/logs")
            .replace(&small.folder.display().to_string(), &small.about);
        Some((name, seconds.parse().ok()?))
    };
    Ok(output.lines().filter_map(time).collect())
}

/// Sends Ctrl-C to the C example, which cancels its run, in the middle of a large file.
pub fn cancel(release: &Path, scratch: &Path, large: &Corpus, rounds: u32) -> Result<Vec<Sample>> {
    build()?;
    let example = scratch.join("verify-c");
    let mut compile = Command::new("cc");
    compile.arg(root().join("examples/c/verify.c")).arg("-I").arg(root().join("include"));
    compile.arg("-L").arg(release).arg("-lchecksig").arg(format!("-Wl,-rpath,{}", release.display()));
    // The name that it is loaded by is the installed one, which the build does not make.
    compile.arg("-o").arg(&example);
    if !succeeds(&mut compile)? {
        return Err("the C example does not compile".into());
    }
    let list = large.list("sha1")?;
    let mut samples = Vec::new();
    for round in 0..rounds {
        let mut command = Command::new(&example);
        command.arg(&list).env("LD_PRELOAD", release.join("libchecksig.so"));
        let place = 0.125 + 0.5 * f64::from(round) / f64::from(rounds);
        samples.push(measure::interrupt(&mut command, (large.bytes() as f64 * place) as u64)?);
    }
    Ok(samples)
}

fn build() -> Result<()> {
    match succeeds(cargo().args(["build", "--release", "--package", "checksig-ffi"]))? {
        true => Ok(()),
        false => Err("the C library does not build".into()),
    }
}
