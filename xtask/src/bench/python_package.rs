//! What the Python package costs beside the command line and beside what people write who have Python alone: small calls,
//! long lists, what other Python threads get done meanwhile, and how soon Ctrl-C is heard.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::corpus::Corpus;
use super::measure::{self, Sample};
use crate::python;
use crate::util::{Result, output_of, root};

/// The package, installed in an environment of its own, and what it is compared with.
pub struct PythonPackage<'a> {
    environment: PathBuf,
    program: &'a Path,
    rounds: u32,
}

/// What ends a verification that Ctrl-C has interrupted: the script makes it of `KeyboardInterrupt`.
pub const INTERRUPTED: i32 = 130;

impl<'a> PythonPackage<'a> {
    /// Builds the wheel, as it would be published, and installs it.
    pub fn install(program: &'a Path, rounds: u32) -> Result<Self> {
        Ok(Self { environment: python::install_for_bench()?, program, rounds })
    }

    /// What small calls take, in seconds, each by its name; and the command line on the same files. An empty call first.
    pub fn calls(&self, scratch: &Path) -> Result<Vec<(String, f64)>> {
        let logs = root().join("examples/logs");
        let lists = [(logs, "the 10 files of examples/logs"), (small_list(scratch)?, "a file of 4 KiB")];
        let mut command = self.script("calls");
        command.args(lists.iter().map(|(folder, _)| folder.join("sha1sum.txt")));
        let times = read(&output_of(&mut command)?)?;
        // The folders are this machine's; what they are is not.
        let named = times.into_iter().map(|(name, seconds)| {
            let known = lists.iter().find(|(folder, _)| name.contains(&*folder.to_string_lossy()));
            let name = known.map_or(name.clone(), |(folder, about)| {
                name.replace(&*folder.join("sha1sum.txt").to_string_lossy(), about)
            });
            (name, seconds)
        });
        Ok(named.collect())
    }

    /// What the command line, the package and a pool of threads take for a corpus, in seconds and in this order.
    pub fn list(&self, corpus: &Corpus, algorithm: &str) -> Result<Vec<(String, f64)>> {
        read(&output_of(self.script("lists").arg(corpus.list(algorithm)?))?)
    }

    /// The shares of its normal progress that another Python thread makes while the command line, and while the package
    /// verifies a corpus with one thread.
    pub fn progress(&self, corpus: &Corpus, algorithm: &str) -> Result<Vec<(String, f64)>> {
        read(&output_of(self.script("progress").arg(corpus.list(algorithm)?))?)
    }

    /// Sends Ctrl-C in the middle of a large file.
    pub fn interrupt(&self, large: &Corpus, algorithm: &str) -> Result<Vec<Sample>> {
        let list = large.list(algorithm)?;
        let samples = (0..self.rounds).map(|round| {
            let mut command = self.python();
            command.arg("interrupted").arg(&list);
            let place = 0.125 + 0.5 * f64::from(round) / f64::from(self.rounds);
            measure::interrupt(&mut command, (large.bytes() as f64 * place) as u64)
        });
        samples.collect()
    }

    fn python(&self) -> Command {
        let mut command = python::in_environment(&self.environment, "python");
        command.arg(root().join("xtask/src/bench/python_package.py"));
        command
    }

    fn script(&self, what: &str) -> Command {
        let mut command = self.python();
        command.arg(what).arg(self.program).arg(self.rounds.to_string());
        command
    }
}

/// A folder with one small file and its list.
fn small_list(scratch: &Path) -> Result<PathBuf> {
    let corpus = Corpus::prepare("start", false, scratch)?;
    corpus.list("sha1")?;
    Ok(corpus.folder)
}

/// Lines of a name and a number.
fn read(output: &str) -> Result<Vec<(String, f64)>> {
    let line = |line: &str| {
        let (name, number) = line.split_once('\t').ok_or(format!("not a name and a number: {line}"))?;
        Ok((name.to_owned(), number.parse()?))
    };
    output.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_names_and_numbers() {
        assert_eq!(read("a b\t1.5e-3\nc\t2\n").unwrap(), [("a b".to_owned(), 0.0015), ("c".to_owned(), 2.0)]);
        assert!(read("a 1\n").is_err() && read("a\tx\n").is_err());
    }
}
