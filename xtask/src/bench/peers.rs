//! The programs that are measured: how each is asked to check a list, and how its answer is read.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::corpus::{Corpus, oracle};
use super::plan::Part;
use crate::util::{Context, Result, cores, find_program};

/// A program with its way of being asked.
#[derive(Clone)]
pub struct Tool {
    /// What the table calls it.
    pub name: String,
    kind: Kind,
    /// The corpora that it is for; none are all.
    only: &'static [&'static str],
}

/// What the table calls the checker that most people have half of: it hashes on all cores and compares nothing.
pub const OPENSSL: &str = "xargs -P openssl dgst";
/// What the table calls the two parts of the floor.
pub const READING: &str = "reading alone";
pub const HASHING: &str = "hashing alone";

/// The hash functions that checksig-multibuffer has, and so `hashing alone`.
const MULTIBUFFER: [&str; 6] = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"];

#[derive(Clone)]
enum Kind {
    Checksig {
        binary: PathBuf,
        options: Vec<String>,
    },
    /// `sha1sum -c` and what follows its example.
    SumCheck {
        program: Vec<String>,
    },
    Rhash,
    Hashdeep,
    /// Hashes all files on all cores and compares nothing: less work than the others do.
    Openssl,
    /// Reads the files, or hashes as much, on all cores and does nothing else.
    Floor {
        program: PathBuf,
        hashes: bool,
    },
}

/// One list to be checked.
pub struct Case<'a> {
    pub corpus: &'a Corpus,
    pub algorithm: &'a str,
    pub list: &'a Path,
}

impl Case<'_> {
    /// What names in the list are relative to.
    fn folder(&self) -> &Path {
        self.list.parent().expect("a list is in a folder")
    }
}

/// What a program said of a list.
#[derive(Debug, PartialEq)]
pub struct Answer {
    /// Entries that it called good; `None` when it does not say.
    pub ok: Option<usize>,
    /// Whether it called the whole list good.
    pub verified: bool,
}

impl Tool {
    pub fn checksig(binary: &Path, options: &str) -> Self {
        let name = format!("checksig {options}").trim_end().to_owned();
        let options = options.split_whitespace().map(str::to_owned).collect();
        Self { name, kind: Kind::Checksig { binary: binary.to_path_buf(), options }, only: &[] }
    }

    /// The same tool, but for these corpora.
    pub fn only_for(self, only: &'static [&'static str]) -> Self {
        Self { only, ..self }
    }

    /// checksig in place of GNU's program: where its start counts, and where its threads do.
    pub fn gnu_personality(binary: &Path, algorithm: &str) -> Option<Self> {
        let known = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b"].contains(&algorithm);
        let program = vec![binary.display().to_string(), oracle(algorithm)];
        let tool = Self { name: in_place_of_gnu(algorithm), kind: Kind::SumCheck { program }, only: &[] };
        known.then(|| tool.only_for(&["start", "small", "logs"]))
    }

    /// GNU's program for the algorithm (for BLAKE3, which GNU does not have, b3sum).
    pub fn sum_check(algorithm: &str) -> Self {
        let program = oracle(algorithm);
        Self { name: gnu(algorithm), kind: Kind::SumCheck { program: vec![program] }, only: &[] }
    }

    /// Everything else that is installed and knows the algorithm.
    pub fn others(algorithm: &str) -> Vec<Self> {
        let program = vec!["coreutils".to_owned(), oracle(algorithm)];
        let mut all = vec![("coreutils", "uutils", Kind::SumCheck { program })];
        if algorithm != "blake3" {
            all.push(("rhash", "rhash -c", Kind::Rhash));
            all.push(("openssl", OPENSSL, Kind::Openssl));
        }
        if ["md5", "sha1", "sha256"].contains(&algorithm) {
            all.push(("hashdeep", "hashdeep -a", Kind::Hashdeep));
        }
        let installed = all.into_iter().filter(|(program, ..)| find_program(program).is_some());
        installed.map(|(_, name, kind)| Self { name: name.into(), kind, only: &[] }).collect()
    }

    /// What no checker can do without, on all cores: reading the files. `floor` is checksig-multibuffer's example.
    pub fn reading(floor: &Path) -> Self {
        let kind = Kind::Floor { program: floor.to_path_buf(), hashes: false };
        Self { name: READING.into(), kind, only: &[] }
    }

    /// The other part: hashing as many bytes. `None` where checksig-multibuffer lacks the hash function.
    pub fn hashing(floor: &Path, algorithm: &str) -> Option<Self> {
        let kind = Kind::Floor { program: floor.to_path_buf(), hashes: true };
        MULTIBUFFER.contains(&algorithm).then(|| Self { name: HASHING.into(), kind, only: &[] })
    }

    /// Whether the table makes sense for it.
    pub fn belongs_to(&self, part: &Part) -> bool {
        let makes_sense = match self.kind {
            Kind::Checksig { .. } => true,
            // Those with two words are not what targets are set against.
            Kind::SumCheck { ref program } => part.all_peers || program.len() == 1,
            Kind::Rhash => part.all_peers,
            // A list with missing files is nothing for what reads no list.
            Kind::Hashdeep => part.all_peers && part.corpus != "missing",
            Kind::Openssl => part.corpus != "missing",
            // What these take is not the time of reading and hashing; and the floor is that of files in memory.
            Kind::Floor { .. } => !part.cold && !["start", "missing"].contains(&part.corpus),
        };
        makes_sense && (self.only.is_empty() || self.only.contains(&part.corpus))
    }

    /// The command that checks the list. With `explain` its output is what [`Tool::answer`] reads.
    pub fn command(&self, case: &Case, explain: bool) -> Result<Command> {
        let list = case.list.file_name().expect("a list is a file");
        let mut command = match &self.kind {
            Kind::Checksig { binary, options } => {
                let mut command = Command::new(binary);
                command.arg("verify").args(options);
                if explain {
                    command.arg("--json");
                }
                command.arg(list);
                command
            }
            Kind::SumCheck { program } => {
                let mut command = Command::new(&program[0]);
                command.args(&program[1..]).arg("-c").arg(list);
                command
            }
            Kind::Rhash => {
                let mut command = Command::new("rhash");
                command.arg(format!("--{}", case.algorithm)).arg("-c").arg(list);
                command
            }
            Kind::Hashdeep => {
                let known = case.corpus.hashdeep_list(case.algorithm, case.list)?;
                let mut command = Command::new("hashdeep");
                command.args(["-l", "-c", case.algorithm, "-a", "-k"]).arg(known).args(["-r", "data"]);
                command
            }
            Kind::Openssl => {
                let algorithm = if case.algorithm == "blake2b" { "blake2b512" } else { case.algorithm };
                // Side by side they cut each other's lines, which only matters to who reads them.
                let cores = if explain { 1 } else { cores() };
                // Few enough a process that all cores are busy to the end.
                let files = (case.corpus.present() / (cores * 8)).clamp(1, 500);
                let mut command = Command::new("xargs");
                command.args(["-0", "-a"]).arg(case.corpus.names());
                command.args(["-P", &cores.to_string(), "-n", &files.to_string()]);
                command.args(["openssl", "dgst", "-r", &format!("-{algorithm}")]);
                command
            }
            Kind::Floor { program, hashes } => {
                let mut command = Command::new(program);
                match hashes {
                    true => command.args(["hash", case.algorithm]).arg(case.corpus.lengths()),
                    false => command.arg("read").arg(case.corpus.names()),
                };
                command
            }
        };
        command.current_dir(case.folder()).env("LC_ALL", "C");
        Ok(command)
    }

    /// What an explained run has said: by its exit code and its output.
    pub fn answer(&self, case: &Case, code: i32, output: &Path) -> Result<Answer> {
        let good = code == 0;
        let count = |test: fn(&str) -> bool| count_lines(output, test);
        Ok(match self.kind {
            Kind::Checksig { .. } => {
                Answer { ok: Some(count(|line| line.contains("\"status\":\"ok\""))?), verified: good }
            }
            // The exit code of uutils 0.0.17 is 0 whatever it finds: its lines are what it says.
            Kind::SumCheck { .. } => {
                let failed = count(|line| line.ends_with(": FAILED") || line.contains(": FAILED "))?;
                Answer { ok: Some(count(|line| line.ends_with(": OK"))?), verified: good && failed == 0 }
            }
            Kind::Rhash => Answer {
                ok: Some(count(|line| line.trim_end().ends_with(" OK") && line.contains('/'))?),
                verified: good,
            },
            Kind::Hashdeep => {
                Answer { ok: None, verified: good && count(|line| line == "hashdeep: Audit passed")? == 1 }
            }
            Kind::Openssl => {
                Answer { ok: None, verified: good && fingerprint(output)? == fingerprint(case.list)? }
            }
            Kind::Floor { .. } => {
                let all = format!("{} {}\n", case.corpus.present(), case.corpus.bytes());
                Answer { ok: None, verified: good && fs::read_to_string(output)? == all }
            }
        })
    }

    /// Its version, as it says it.
    pub fn version(&self) -> Option<String> {
        let (program, arguments): (_, Vec<&str>) = match &self.kind {
            Kind::Checksig { binary, .. } => (binary.display().to_string(), vec!["--version"]),
            Kind::SumCheck { program } if program.len() > 1 => {
                (program[0].clone(), vec![&program[1], "--version"])
            }
            Kind::SumCheck { program } => (program[0].clone(), vec!["--version"]),
            Kind::Rhash => ("rhash".into(), vec!["--version"]),
            Kind::Hashdeep => ("hashdeep".into(), vec!["-V"]),
            Kind::Openssl => ("openssl".into(), vec!["version"]),
            Kind::Floor { .. } => return None,
        };
        let output = Command::new(program).args(arguments).stderr(Stdio::null()).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout);
        text.lines().next().map(|line| format!("{}: {line}", self.name))
    }
}

/// What the table calls checksig as that program.
pub fn in_place_of_gnu(algorithm: &str) -> String {
    format!("checksig {}", gnu(algorithm))
}

/// What the table calls GNU's program for the algorithm.
pub fn gnu(algorithm: &str) -> String {
    format!("{} -c", oracle(algorithm))
}

fn count_lines(path: &Path, test: fn(&str) -> bool) -> Result<usize> {
    let mut count = 0;
    for line in BufReader::new(File::open(path)?).lines() {
        count += usize::from(test(&line.context("output of a program")?));
    }
    Ok(count)
}

/// The same for the same lines `DIGEST ?NAME` in any order: `xargs -P` keeps none.
fn fingerprint(path: &Path) -> Result<(usize, u64)> {
    let (mut lines, mut sum) = (0, 0u64);
    for line in BufReader::new(File::open(path)?).lines() {
        let line = line?;
        let Some((digest, name)) = line.split_once(' ') else { continue };
        let bytes = digest.bytes().chain(name.bytes().skip(1));
        // FNV-1a.
        let hash = bytes.fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        lines += 1;
        sum = sum.wrapping_add(hash);
    }
    Ok((lines, sum))
}
