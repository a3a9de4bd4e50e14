//! The tests of the Python package: what is tested is what would be published.
//!
//! The sdist is built, from it the wheel, and that is installed and tested in every CPython from 3.11 on that the machine
//! has. Everything is kept in `target/python`, and built again only when it changed.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::test::{Count, install};
use crate::util::{Context, Result, output_of, read, root, succeeds};

const PACKAGE: &str = "crates/checksig-py";
/// What a Python must be able to do; prints the version that it is.
const PROBE: &str = "\
import sys, sysconfig, ensurepip, venv
assert sys.implementation.name == 'cpython' and sys.version_info >= (3, 11)
assert not sysconfig.get_config_var('Py_GIL_DISABLED')
print('%d.%d' % sys.version_info[:2])";

/// The package, installed in every Python.
pub struct Installed {
    /// By version, the environments; the first also has the tools.
    environments: Vec<(String, PathBuf)>,
}

/// Builds the package and installs it in every Python.
///
/// # Errors
/// What could not be found, built or installed.
pub fn prepare() -> Result<Installed> {
    prepare_in(usize::MAX)
}

/// Builds the package, installs it in one Python, and tells that one's environment.
///
/// # Errors
/// As [`prepare`].
pub fn install_for_bench() -> Result<PathBuf> {
    Ok(prepare_in(1)?.environments.swap_remove(0).1)
}

fn prepare_in(most: usize) -> Result<Installed> {
    let mut pythons = find_pythons();
    // Debian has its `venv` in a package of its own.
    if pythons.is_empty() && install(&["python3-venv"])? {
        pythons = find_pythons();
    }
    if pythons.is_empty() {
        return Err("CPython 3.11 or newer with venv is needed: install python3 and python3-venv".into());
    }
    let mut environments = Vec::new();
    for (version, python) in pythons.into_iter().take(most) {
        let requirements =
            if environments.is_empty() { "requirements-check.txt" } else { "requirements-test.txt" };
        let environment = environment(&version, &python, &root().join(PACKAGE).join(requirements))?;
        environments.push((version, environment));
    }
    let wheel = build(&environments[0].1)?;
    for (version, environment) in &environments {
        println!("# the wheel in Python {version}");
        let mut pip = in_environment(environment, "python");
        pip.args(["-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps"]).arg(&wheel);
        must(&mut pip)?;
    }
    Ok(Installed { environments })
}

impl Installed {
    /// The suite in every Python and the checks of the sources; with one hash thread, only the suite in one Python.
    pub fn suite(&self, threads: Option<&str>) -> Result<Count> {
        let mut sum = Count::default();
        let pythons = if threads.is_some() { &self.environments[..1] } else { &self.environments[..] };
        for (version, environment) in pythons {
            println!("# the Python package in Python {version}");
            sum += pytest(environment, threads)?;
        }
        if threads.is_none() {
            sum += self.checks()?;
        }
        Ok(sum)
    }

    /// Each is one test.
    fn checks(&self) -> Result<Count> {
        let environment = &self.environments[0].1;
        let cache = kept_in().join("mypy");
        let mypy = |arguments: &[&str]| {
            let mut mypy = in_environment(environment, "mypy");
            mypy.env("MYPYPATH", "tests").arg("--cache-dir").arg(&cache).args(arguments);
            mypy
        };
        let mut stubtest = in_environment(environment, "python");
        stubtest.args(["-m", "mypy.stubtest", "checksig"]);
        let ruff = |arguments: &[&str]| {
            let mut ruff = in_environment(environment, "ruff");
            ruff.args(arguments).arg("--no-cache");
            ruff
        };
        let mut consumer = in_environment(environment, "python");
        consumer.arg("tests/consumer.py").arg(root().join("examples/damaged"));
        let mut sum = Count::default();
        for (what, mut command) in [
            ("mypy --strict of the tests", mypy(&["--strict", "tests"])),
            ("mypy --strict of the package", mypy(&["--strict", "--package", "checksig"])),
            ("the consumer", consumer),
            ("stubtest", stubtest),
            ("ruff", ruff(&["check", "."])),
            ("ruff format", ruff(&["format", "--check", "."])),
        ] {
            println!("# {what}");
            if succeeds(&mut command)? {
                sum.passed += 1;
            } else {
                println!("failed: {what}");
                sum.failed += 1;
            }
        }
        Ok(sum)
    }
}

fn kept_in() -> PathBuf {
    root().join("target/python")
}

/// Every fit Python by its version, those of `PATH` before those of pyenv.
fn find_pythons() -> BTreeMap<String, PathBuf> {
    let folders = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let home = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".pyenv")));
    let pyenv = home.and_then(|home| fs::read_dir(home.join("versions")).ok()).into_iter().flatten();
    let pyenv = pyenv.filter_map(|version| Some(version.ok()?.path().join("bin")));
    let mut found = BTreeMap::new();
    for folder in folders.unwrap_or_default().into_iter().chain(pyenv) {
        let Ok(names) = fs::read_dir(&folder) else { continue };
        for name in names.flatten().map(|entry| entry.file_name()) {
            if is_python(&name.to_string_lossy()) {
                let python = folder.join(name);
                if let Some(version) = probe(&python) {
                    found.entry(version).or_insert(python);
                }
            }
        }
    }
    found
}

/// `python3` and `python3.N`; not `python3-config`.
fn is_python(name: &str) -> bool {
    name.strip_prefix("python3").is_some_and(|rest| {
        rest.is_empty() || rest.strip_prefix('.').is_some_and(|minor| minor.parse::<u32>().is_ok())
    })
}

fn probe(python: &Path) -> Option<String> {
    let mut command = Command::new(python);
    let output = command.args(["-c", PROBE]).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !version.is_empty()).then_some(version)
}

/// The environment of a Python with what the requirements say, made anew when they or the Python changed.
fn environment(version: &str, python: &Path, requirements: &Path) -> Result<PathBuf> {
    let environment = kept_in().join(version);
    let stamp = environment.join("made-of");
    let mut wanted =
        output_of(Command::new(python).args(["-c", "import sys; print(sys.version, sys.prefix)"]))?;
    for file in ["requirements-test.txt", "requirements-check.txt"] {
        wanted += &read(&requirements.with_file_name(file))?;
    }
    wanted += &requirements.display().to_string();
    if fs::read_to_string(&stamp).is_ok_and(|made_of| made_of == wanted) {
        return Ok(environment);
    }
    println!("# an environment of Python {version}");
    must(Command::new(python).args(["-m", "venv", "--clear"]).arg(&environment))?;
    let mut pip = in_environment(&environment, "python");
    must(pip.args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(requirements))?;
    fs::write(&stamp, wanted).context(format!("cannot write {}", stamp.display()))?;
    Ok(environment)
}

/// Builds the sdist and from it the wheel, if the sdist is another than before.
fn build(environment: &Path) -> Result<PathBuf> {
    let new = kept_in().join("sdist-new");
    let mut maturin = in_environment(environment, "maturin");
    must(maturin.args(["sdist", "--out"]).arg(empty(&new)?))?;
    let new_sdist = only_file(&new)?;
    let kept = kept_in().join("sdist");
    let wheels = kept_in().join("wheel");
    if let (Ok(old), Ok(wheel)) = (only_file(&kept), only_file(&wheels))
        && fs::read(old)? == fs::read(&new_sdist)?
    {
        return Ok(wheel);
    }
    println!("# the wheel from the sdist");
    let source = kept_in().join("source");
    // `-m`: what is unpacked is new, or cargo would take it for what it has built before.
    let mut tar = Command::new("tar");
    tar.args(["-xzm", "--strip-components=1", "-C"]).arg(empty(&source)?).arg("-f").arg(&new_sdist);
    must(&mut tar)?;
    let mut pip = in_environment(environment, "python");
    pip.args(["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir"])
        .arg(empty(&wheels)?)
        .arg(&source)
        // What the workspace has compiled need not be compiled again.
        .env(
            "CARGO_TARGET_DIR",
            std::env::var_os("CARGO_TARGET_DIR").unwrap_or(root().join("target").into()),
        );
    must(&mut pip)?;
    empty(&kept)?;
    fs::rename(&new_sdist, kept.join(new_sdist.file_name().unwrap_or_default()))?;
    only_file(&wheels)
}

fn empty(folder: &Path) -> Result<&Path> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder).context(format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

fn only_file(folder: &Path) -> Result<PathBuf> {
    let mut files = fs::read_dir(folder).context(folder.display())?;
    match (files.next(), files.next()) {
        (Some(file), None) => Ok(file?.path()),
        _ => Err(format!("{}: not exactly one file", folder.display()).into()),
    }
}

fn pytest(environment: &Path, threads: Option<&str>) -> Result<Count> {
    let mut command = in_environment(environment, "python");
    command.args(["-m", "pytest", "--quiet", "-p", "no:cacheprovider", "tests"]).stdout(Stdio::piped());
    match threads {
        Some(threads) => command.env("CHECKSIG_TEST_THREADS", threads),
        None => command.env_remove("CHECKSIG_TEST_THREADS"),
    };
    let output = command.spawn().context("cannot run pytest")?.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    print!("{text}");
    let mut sum = text.lines().next_back().map_or_else(Count::default, count);
    if !output.status.success() && sum.failed == 0 {
        sum.failed = 1;
    }
    Ok(sum)
}

/// Reads `2 failed, 655 passed, 1 error in 3.14s`.
fn count(line: &str) -> Count {
    let line = line.trim_matches(['=', ' ']);
    let parts = line.split(" in ").next().unwrap_or_default().split(", ");
    let numbers =
        parts.filter_map(|part| part.split_once(' ')).map(|(n, what)| (n.parse().unwrap_or(0), what));
    numbers.fold(Count::default(), |mut sum, (number, what)| {
        match what {
            "passed" => sum.passed += number,
            "failed" | "error" | "errors" => sum.failed += number,
            "skipped" | "xfailed" | "xpassed" | "deselected" => sum.ignored += number,
            _ => {}
        }
        sum
    })
}

/// A program of an environment, to be run in the package's folder.
pub fn in_environment(environment: &Path, program: &str) -> Command {
    let programs = environment.join("bin");
    let mut command = Command::new(programs.join(program));
    let mut path = OsString::from(&programs);
    if let Some(rest) = std::env::var_os("PATH") {
        path.push(":");
        path.push(rest);
    }
    command.current_dir(root().join(PACKAGE)).env("PATH", path).env("PYTHONDONTWRITEBYTECODE", "1");
    // What a developer's shell says of Python is about other things.
    for name in ["PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "MYPYPATH", "PYTHONSTARTUP"] {
        command.env_remove(name);
    }
    command
}

fn must(command: &mut Command) -> Result<()> {
    if succeeds(command)? {
        return Ok(());
    }
    let words: Vec<_> = [command.get_program()].into_iter().chain(command.get_args()).collect();
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    Err(format!("failed: {}", words.join(" ")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_pytest_is_counted() {
        let all = Count { passed: 655, failed: 3, ignored: 1 };
        assert_eq!(count("== 2 failed, 655 passed, 1 skipped, 1 error in 3.14s (0:00:03) =="), all);
        assert_eq!(count("655 passed in 3.14s"), Count { passed: 655, ..Count::default() });
        assert_eq!(count("no tests ran in 0.00s"), Count::default());
    }

    #[test]
    fn names_of_pythons() {
        assert!(is_python("python3") && is_python("python3.13"));
        assert!(!is_python("python3-config") && !is_python("python3.13t") && !is_python("python"));
    }
}
