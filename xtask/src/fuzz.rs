//! `cargo xtask fuzz`: builds the fuzz targets with the flags of cargo-fuzz, which is not needed, and runs them.
//!
//! A bounded run (`--executions`) begins with the seeds alone and a fixed seed of the random numbers, so that it does the
//! same every time. A run by time goes on with what earlier runs found. What libFuzzer prints is kept in logs.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use clap::Args;

use crate::test::install;
use crate::util::{
    Context, Outcome, Result, cargo, cores, find_program, host, root, succeeds, target_directory,
};

/// As cargo-fuzz: coverage that guides libFuzzer, and the address sanitizer.
const FLAGS: &[&str] = &[
    "--cfg",
    "fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-simplifycfg-branch-fold-threshold=0",
    "-Zsanitizer=address",
];

/// Targets whose input is a list: they begin with the test vectors too.
const OF_LISTS: &[&str] = &["parse", "pieces", "render"];

/// Targets whose every execution starts threads and reads files: a tenth of the executions is asked of them.
const OF_RUNS: &[&str] = &["c_calls", "runs"];

#[derive(Args)]
pub struct Options {
    /// Run these targets only: names of programs in fuzz/fuzz_targets
    targets: Vec<String>,
    /// Run each so many times (c_calls and runs: a tenth), in the same way every time
    #[arg(long, value_name = "N", conflicts_with = "seconds")]
    executions: Option<u64>,
    /// Run each so long
    #[arg(long, value_name = "S", default_value_t = 300)]
    seconds: u64,
}

impl Options {
    /// Every target, briefly, and in the same way every time.
    pub fn bounded() -> Self {
        Self { targets: Vec::new(), executions: Some(5000), seconds: 0 }
    }

    /// How many executions of a target are asked for; 0 where the time decides.
    fn wanted(&self, target: &str) -> u64 {
        let executions = self.executions.unwrap_or(0);
        if OF_RUNS.contains(&target) { executions.div_ceil(10) } else { executions }
    }
}

/// What came of one target.
struct Ran {
    target: String,
    executions: u64,
    reports: u64,
}

/// Builds and runs; `Ok(false)` if anything was found.
pub fn run(options: &Options) -> Outcome {
    let targets = chosen(&options.targets)?;
    if find_program("c++").is_none() && std::env::var_os("CXX").is_none() && !install(&["g++"])? {
        return Err("libFuzzer is written in C++: install a C++ compiler (Debian's package is g++)".into());
    }
    let folder = target_directory().join("fuzz");
    build(&folder, &targets)?;

    let scratch = folder.join(format!("scratch-{}", std::process::id()));
    fs::create_dir_all(&scratch).context("cannot make a folder for files of the targets")?;
    let waiting = Mutex::new(VecDeque::from(targets));
    let ran = Mutex::new(Vec::new());
    // Each runs on one core, or a few in turn.
    let runner = || -> Result<(), String> {
        while let Some(target) = { waiting.lock().expect("no panic").pop_front() } {
            let one = fuzz(&folder, &scratch, &target, options).map_err(|error| error.to_string())?;
            println!("{}: {} executions, {} reports", one.target, one.executions, one.reports);
            ran.lock().expect("no panic").push(one);
        }
        Ok(())
    };
    let ended: Result<(), String> = std::thread::scope(|scope| {
        let runners: Vec<_> = (0..cores()).map(|_| scope.spawn(runner)).collect();
        runners.into_iter().try_for_each(|runner| runner.join().expect("no panic"))
    });
    fs::remove_dir_all(&scratch).context("cannot remove the files of the targets")?;
    ended?;

    let ran = ran.into_inner().expect("no panic");
    let sum = |of: fn(&Ran) -> u64| ran.iter().map(of).sum::<u64>();
    let (executions, reports) = (sum(|ran| ran.executions), sum(|ran| ran.reports));
    println!("{} targets, {executions} executions, {reports} reports", ran.len());
    Ok(reports == 0)
}

/// The named targets, or all.
fn chosen(named: &[String]) -> Result<Vec<String>> {
    let folder = root().join("fuzz/fuzz_targets");
    let mut all = Vec::new();
    for file in fs::read_dir(&folder).context(format!("cannot read {}", folder.display()))? {
        all.extend(file?.path().file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    all.sort();
    if all.is_empty() {
        return Err(format!("no fuzz target in {}", folder.display()).into());
    }
    match named.iter().find(|name| !all.contains(name)) {
        Some(unknown) => {
            Err(format!("no fuzz target is called {unknown}; there are {}", all.join(", ")).into())
        }
        None if named.is_empty() => Ok(all),
        None => Ok(named.to_vec()),
    }
}

fn build(folder: &Path, targets: &[String]) -> Result<()> {
    let mut command = cargo();
    command.args(["build", "--quiet", "--locked", "--release", "--manifest-path", "fuzz/Cargo.toml"]);
    command.arg("--target-dir").arg(folder).args(["--target", host()?]);
    command.args(targets.iter().flat_map(|target| ["--bin", target.as_str()]));
    // Sanitizers are unstable, and this lets a stable compiler have them; as cargo-fuzz does with a nightly one.
    command.env("RUSTC_BOOTSTRAP", "1").env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\x1f"));
    if !succeeds(&mut command)? {
        return Err("the fuzz targets do not build".into());
    }
    Ok(())
}

fn fuzz(folder: &Path, scratch: &Path, target: &str, options: &Options) -> Result<Ran> {
    let made = |name: &str| -> Result<PathBuf> {
        let path = folder.join(name);
        fs::create_dir_all(&path).context(format!("cannot make {}", path.display()))?;
        Ok(path)
    };
    let mut command = Command::new(folder.join(host()?).join("release").join(target));
    command.arg(prefixed("-artifact_prefix=", &made("crashes")?.join(format!("{target}-"))));
    // Large inputs from the start: most targets read a program of many steps.
    command.args(["-print_final_stats=1", "-timeout=60", "-len_control=0"]);
    let mut beginnings = vec![root().join("fuzz/seeds").join(target)];
    if OF_LISTS.contains(&target) {
        command.arg("-max_len=4096").arg(prefixed("-dict=", &root().join("fuzz/lists.dict")));
        beginnings.push(root().join("vectors/manifests"));
    } else {
        command.arg("-max_len=1000");
    }
    match options.executions {
        Some(_) => {
            let executions = options.wanted(target);
            // What it finds interesting it writes to the first folder.
            let fresh = scratch.join(target);
            fs::create_dir_all(&fresh)?;
            command.args([format!("-runs={executions}"), "-seed=1".to_owned()]).arg(fresh);
        }
        None => {
            let kept = made("corpus")?.join(target);
            fs::create_dir_all(&kept)?;
            command.arg(format!("-max_total_time={}", options.seconds)).arg(kept);
        }
    }
    let log = made("logs")?.join(format!("{target}.log"));
    let file = fs::File::create(&log).context(format!("cannot write {}", log.display()))?;
    command.args(beginnings).env("TMPDIR", scratch).stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
    let good = succeeds(&mut command)?;

    let said = fs::read(&log)?;
    let said = String::from_utf8_lossy(&said);
    if !good {
        println!("{target}: found something; {} says:", log.display());
        said_about_the_finding(&said).for_each(|line| println!("    {line}"));
    }
    let executions = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    let executions = executions.and_then(|number| number.trim().parse().ok()).unwrap_or(0);
    if good && executions < options.wanted(target).max(1) {
        return Err(format!("{target} ended after {executions} executions: see {}", log.display()).into());
    }
    Ok(Ran { target: target.to_owned(), executions, reports: u64::from(!good) })
}

/// The lines from the panic or the sanitizer's report on. They are long, so the last ones, which name the file with the
/// input, come after a cut.
fn said_about_the_finding(log: &str) -> impl Iterator<Item = &str> {
    const FIRST: usize = 30;
    const LAST: usize = 4;
    let lines: Vec<&str> = log.lines().filter(|line| !line.starts_with("stat::")).collect();
    let begins = |line: &&str| line.contains(" panicked at ") || line.contains("ERROR: ");
    let start = lines.iter().position(begins).unwrap_or(lines.len().saturating_sub(FIRST));
    let end = lines.len().saturating_sub(LAST).max(start);
    let (report, last) = (lines[start..end].to_vec(), lines[end..].to_vec());
    report.into_iter().take(FIRST).chain(last)
}

fn prefixed(option: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(option);
    argument.push(path);
    argument
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_a_program_and_has_seeds() {
        let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
        let all = chosen(&[]).unwrap();
        assert_eq!(manifest.matches("[[bin]]").count(), all.len());
        for target in &all {
            assert!(manifest.contains(&format!("name = \"{target}\"")), "{target}");
            let seeds = fs::read_dir(root().join("fuzz/seeds").join(target)).unwrap();
            assert!(seeds.count() > 0, "{target}");
        }
        assert!(OF_LISTS.iter().chain(OF_RUNS).all(|target| all.contains(&(*target).to_owned())));
    }

    #[test]
    fn what_a_target_found_is_shown_from_the_panic_on() {
        let trace: String = (0..100).map(|frame| format!("#{frame} in somewhere\n")).collect();
        let log =
            format!("#1 INITED\nthread 'main' panicked at a.rs:3\nleft: 1\n{trace}Test unit written to x\n");
        let shown: Vec<&str> = said_about_the_finding(&log).collect();
        assert_eq!((shown[0], shown[1]), ("thread 'main' panicked at a.rs:3", "left: 1"));
        assert_eq!((shown.len(), *shown.last().unwrap()), (34, "Test unit written to x"));
        assert_eq!(said_about_the_finding("it\nended").collect::<Vec<_>>(), ["it", "ended"]);
    }

    #[test]
    fn an_unknown_target_is_an_error_that_names_the_others() {
        let error = chosen(&["nonsense".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("nonsense") && error.contains("parse"), "{error}");
    }
}
