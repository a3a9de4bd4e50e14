//! `cargo xtask coverage`: how many lines of the modules that decide about `verified` the tests run.
//!
//! The modules are those of `.cargo/mutants.toml`. Uses the compiler's own instrumentation and the `llvm-tools` of the
//! toolchain; `cargo llvm-cov` does the same with more comfort, and takes minutes to compile.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::util::{Context, Outcome, Result, cargo, output_of, read, root, succeeds};

/// Of all lines of these modules together, in percent.
const TARGET: f64 = 95.0;
const PACKAGES: [&str; 2] = ["checksig-core", "checksig-cli"];

pub fn run() -> Outcome {
    let modules = modules(&read(&root().join(".cargo/mutants.toml"))?)?;
    let tools = llvm_tools()?;
    let target = root().join("target/coverage");
    let profiles = target.join("profiles");
    // Counts of an earlier build do not fit.
    if profiles.exists() {
        fs::remove_dir_all(&profiles).context("cannot remove old profiles")?;
    }
    fs::create_dir_all(&profiles).context("cannot make a folder for profiles")?;
    // Some tests run the program as another user.
    fs::set_permissions(&profiles, fs::Permissions::from_mode(0o777))?;
    let command = || {
        let mut command = cargo();
        command
            .arg("test")
            .args(PACKAGES.iter().flat_map(|package| ["--package", package]))
            .env("CARGO_TARGET_DIR", &target)
            .env("RUSTFLAGS", "-Cinstrument-coverage")
            .env("LLVM_PROFILE_FILE", profiles.join("%p-%8m.profraw"));
        command
    };
    // What a failing test has run is counted too: the program writes its counts when it ends, which a test of its system
    // calls may notice. Whether tests pass is what `cargo xtask test` says.
    if !succeeds(command().args(["--quiet", "--lib", "--bins", "--tests", "--no-fail-fast"]))? {
        eprintln!("xtask: not every test passes while lines are counted");
    }
    let binaries = executables(&output_of(command().args([
        "--lib",
        "--bins",
        "--tests",
        "--no-run",
        "--message-format=json",
    ]))?);
    let merged = target.join("tests.profdata");
    let mut merge = Command::new(tools.join("llvm-profdata"));
    // A program that a test killed or gave no room left half a profile or none. There are thousands of them in all.
    merge
        .args(["merge", "--sparse", "--failure-mode=all", "--output"])
        .arg(&merged)
        .args(files_in(&profiles)?);
    if !succeeds(merge.stderr(Stdio::null()))? {
        return Err("llvm-profdata cannot merge the profiles".into());
    }
    fs::remove_dir_all(&profiles).context("cannot remove the profiles")?;
    let mut export = Command::new(tools.join("llvm-cov"));
    export.args(["export", "--format=lcov", "--instr-profile"]).arg(&merged);
    export.args(binaries.iter().flat_map(|binary| ["--object".as_ref(), binary.as_os_str()]));
    let lines = parse_lcov(&output_of(&mut export)?, &modules);
    if let Some(unmatched) = modules.iter().find(|glob| !lines.iter().any(|lines| matches(glob, &lines.file)))
    {
        return Err(format!(".cargo/mutants.toml names {unmatched}, of which no line can run").into());
    }
    Ok(print(&lines))
}

/// Lines of a file: which can run, and which of them did not.
#[derive(Debug, PartialEq)]
struct Lines {
    file: String,
    all: usize,
    missed: Vec<u32>,
}

fn print(files: &[Lines]) -> bool {
    let percent = |all: usize, missed: usize| 100.0 * (all - missed) as f64 / all.max(1) as f64;
    for Lines { file, all, missed } in files {
        let lines: Vec<_> = missed.iter().map(u32::to_string).collect();
        println!("{:6.1} % of {all:4} lines  {file}  {}", percent(*all, missed.len()), lines.join(" "));
    }
    let all = files.iter().map(|lines| lines.all).sum();
    let missed = files.iter().map(|lines| lines.missed.len()).sum();
    println!("{:6.1} % of {all:4} lines (target: {TARGET} %)", percent(all, missed));
    all > 0 && percent(all, missed) >= TARGET
}

/// The globs of the file that names the modules; `*` stands for a file name's beginning, as far as it is used there.
fn modules(config: &str) -> Result<Vec<String>> {
    let list = config.split_once("examine_globs = [").and_then(|(_, rest)| rest.split_once(']'));
    let (list, _) = list.ok_or("no examine_globs in .cargo/mutants.toml")?;
    Ok(list.split('"').skip(1).step_by(2).map(str::to_owned).collect())
}

fn matches(glob: &str, file: &str) -> bool {
    match glob.split_once('*') {
        Some((folder, end)) => file
            .strip_prefix(folder)
            .and_then(|name| name.strip_suffix(end))
            .is_some_and(|name| !name.contains('/')),
        None => file == glob,
    }
}

/// Reads the records `SF:file`, `DA:line,count`. The lines of unit tests are not asked for: they follow
/// `#[cfg(test)]` at the end of a file.
fn parse_lcov(lcov: &str, modules: &[String]) -> Vec<Lines> {
    let mut files = Vec::new();
    for record in lcov.split("end_of_record") {
        let field = |name: &'static str| record.lines().filter_map(move |line| line.strip_prefix(name));
        let Some(path) = field("SF:").next() else { continue };
        let file = Path::new(path).strip_prefix(root()).unwrap_or(Path::new(path)).display().to_string();
        if !modules.iter().any(|glob| matches(glob, &file)) {
            continue;
        }
        let tests = tests_begin(&fs::read_to_string(path).unwrap_or_default());
        let counts = field("DA:").filter_map(|line| {
            let (line, count) = line.split_once(',')?;
            Some((line.parse::<u32>().ok()?, count != "0"))
        });
        let counts: Vec<_> = counts.filter(|(line, _)| *line < tests).collect();
        let missed = counts.iter().filter(|(_, run)| !run).map(|(line, _)| *line).collect();
        files.push(Lines { file, all: counts.len(), missed });
    }
    files
}

fn tests_begin(source: &str) -> u32 {
    let line = source.lines().position(|line| line == "#[cfg(test)]");
    line.map_or(u32::MAX, |line| line as u32 + 1)
}

/// The programs that cargo names in its messages.
fn executables(messages: &str) -> Vec<PathBuf> {
    let after = "\"executable\":\"";
    messages
        .lines()
        .filter_map(|line| line.split_once(after)?.1.split_once('"').map(|(path, _)| path.into()))
        .collect()
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let listed = fs::read_dir(folder).context(format!("no profile in {}", folder.display()))?;
    listed.map(|entry| Ok(entry?.path())).collect()
}

fn llvm_tools() -> Result<PathBuf> {
    let verbose = output_of(Command::new("rustc").arg("-vV").current_dir(root()))?;
    let host =
        verbose.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not name its host")?;
    let sysroot = output_of(Command::new("rustc").args(["--print", "sysroot"]).current_dir(root()))?;
    let tools = Path::new(sysroot.trim()).join("lib/rustlib").join(host).join("bin");
    if !tools.join("llvm-cov").exists() {
        return Err("coverage needs llvm-tools: run `rustup component add llvm-tools`".into());
    }
    Ok(tools)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_named_modules_are_counted() {
        let modules = modules("examine_globs = [\n \"a/src/*.rs\",\n \"b.rs\"]\nx = 1").unwrap();
        assert_eq!(modules, ["a/src/*.rs", "b.rs"]);
        let lcov = "SF:a/src/x.rs\nDA:1,1\nDA:2,0\nend_of_record\nSF:a/src/y/z.rs\nDA:1,0\nend_of_record\nSF:b.rs\nDA:7,3\nend_of_record\n";
        let lines = parse_lcov(lcov, &modules);
        assert_eq!(
            lines,
            [
                Lines { file: "a/src/x.rs".into(), all: 2, missed: vec![2] },
                Lines { file: "b.rs".into(), all: 1, missed: vec![] },
            ]
        );
        assert!(!print(&lines));
        assert_eq!(tests_begin("a\n#[cfg(test)]\nmod tests {}"), 2);
        assert_eq!(
            executables("{\"executable\":\"/x/y\",\"z\":1}\n{\"executable\":null}"),
            [PathBuf::from("/x/y")]
        );
    }
}
