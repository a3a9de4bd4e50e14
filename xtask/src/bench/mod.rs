//! `cargo xtask bench`: checksig beside every other checker that is installed, on the same files, in turn.
//!
//! Before a tool is timed it must find a damaged file, and give the right answer on the very list that it is timed
//! on: the time of a wrong answer is worth nothing. A wrong answer is the only thing that makes the command fail.

mod corpus;
mod measure;
mod peers;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::util::{Context, Outcome, Result, cargo, output_of, root, succeeds};
use corpus::Corpus;
use measure::Sample;
use peers::{Answer, Case, Tool};
use table::Row;

/// Algorithms that another program can write the lists of.
const ALGORITHMS: [&str; 8] = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake3"];

/// Options of `cargo xtask bench`.
#[derive(Args)]
pub struct Options {
    /// Make everything twenty times smaller
    #[arg(long)]
    quick: bool,
    /// What to measure (default: everything)
    #[arg(long, value_delimiter = ',', value_parser = clap::builder::PossibleValuesParser::new(corpus::NAMES))]
    corpus: Vec<String>,
    /// Hash functions to measure
    #[arg(long, value_delimiter = ',', default_value = "sha1", value_parser = ALGORITHMS)]
    algorithm: Vec<String>,
    /// Empty the page cache before each run (root only)
    #[arg(long)]
    cold: bool,
    /// Runs of each tool (default: 5, with --quick 3)
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// Measure checksig once more with these options, as in --with "--reads 1" (may be repeated)
    #[arg(long, value_name = "OPTIONS", allow_hyphen_values = true)]
    with: Vec<String>,
    /// Where the files are made and kept (default: `bench` in cargo's target folder)
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
}

/// Prepares, measures and prints. `Ok(false)`: a tool gave a wrong answer.
pub fn run(options: &Options) -> Outcome {
    let target = target_folder()?;
    if !succeeds(cargo().args(["build", "--release", "--package", "checksig-cli"]))? {
        return Err("checksig does not build".into());
    }
    let binary = target.join("release").join("checksig");
    let scratch = options.scratch.clone().unwrap_or_else(|| target.join("bench"));
    fs::create_dir_all(&scratch).context(format!("cannot make {}", scratch.display()))?;
    let mut bench =
        Bench { options, binary, scratch: scratch.canonicalize()?, versions: Vec::new(), right: true };
    if options.cold {
        measure::drop_caches()?;
    }

    println!("- cache: {}", if options.cold { "cold (emptied before each run)" } else { "warm" });
    table::print_machine(&bench.scratch);
    let nothing = measure::run(&mut Command::new("true"), None)?;
    println!(
        "- peaks of memory below {:.1} MiB cannot be told from this one",
        nothing.peak as f64 / table::MIB
    );
    for algorithm in &options.algorithm {
        bench.algorithm(algorithm)?;
    }
    Ok(bench.right)
}

struct Bench<'a> {
    options: &'a Options,
    binary: PathBuf,
    scratch: PathBuf,
    /// Versions that are already printed.
    versions: Vec<String>,
    /// No answer was wrong so far.
    right: bool,
}

impl Bench<'_> {
    fn algorithm(&mut self, algorithm: &str) -> Result<()> {
        let tools = self.tools(algorithm)?;
        for version in tools.iter().filter_map(Tool::version) {
            if !self.versions.contains(&version) {
                println!("- {version}");
                self.versions.push(version);
            }
        }
        for name in corpus::NAMES {
            if self.options.corpus.is_empty() || self.options.corpus.iter().any(|wanted| wanted == name) {
                self.corpus(name, algorithm, &tools)?;
            }
        }
        Ok(())
    }

    /// checksig first, then every installed tool that finds a damaged file.
    fn tools(&mut self, algorithm: &str) -> Result<Vec<Tool>> {
        let corpus = Corpus::probe(&self.scratch)?;
        let (list, damaged) = (corpus.list(algorithm)?, corpus.damaged_list(algorithm)?);
        let good = Case { corpus: &corpus, algorithm, list: &list };
        let bad = Case { corpus: &corpus, algorithm, list: &damaged };
        let ours = ["".to_owned()].into_iter().chain(self.options.with.iter().cloned());
        let mut tools: Vec<_> = ours.map(|options| Tool::checksig(&self.binary, &options)).collect();
        let count = tools.len();
        tools.push(Tool::sum_check(algorithm));
        tools.extend(Tool::others(algorithm));

        let mut kept = Vec::new();
        for (index, tool) in tools.into_iter().enumerate() {
            let (on_good, on_bad) = (self.ask(&tool, &good)?, self.ask(&tool, &bad)?);
            if on_good.verified && !on_bad.verified {
                kept.push(tool);
                continue;
            }
            println!(
                "- left out: {}, which cannot tell a damaged {algorithm} file from a good one here",
                tool.name
            );
            if index < count {
                self.right = false;
                if index == 0 {
                    return Err(format!(
                        "checksig says {on_good:?} of a good list, {on_bad:?} of a damaged one"
                    )
                    .into());
                }
            }
        }
        Ok(kept)
    }

    /// Runs the tool once, unmeasured, and reads what it says.
    fn ask(&self, tool: &Tool, case: &Case) -> Result<Answer> {
        let output = self.scratch.join("output");
        let sample = measure::run(&mut tool.command(case, true)?, Some(&output))?;
        tool.answer(case, sample.code, &output)
    }

    fn corpus(&mut self, name: &str, algorithm: &str, tools: &[Tool]) -> Result<()> {
        let corpus = Corpus::prepare(name, self.options.quick, &self.scratch)?;
        let list = corpus.list(algorithm)?;
        let case = Case { corpus: &corpus, algorithm, list: &list };
        let tools: Vec<_> = tools.iter().filter(|tool| tool.can_check(&corpus)).cloned().collect();
        for tool in &tools {
            eprintln!("{name} {algorithm}: answer of {}", tool.name);
            let answer = self.ask(tool, &case)?;
            let counted = answer.ok.is_none_or(|ok| ok == corpus.present());
            if !counted || answer.verified != (corpus.present() == corpus.entries) {
                println!("\nWRONG ANSWER of {} on {name} ({algorithm}): {answer:?}", tool.name);
                self.right = false;
            }
        }
        let rounds = match (name, self.options.quick) {
            // Runs of a millisecond need many to be told from noise.
            ("start", false) if !self.options.cold => 200,
            ("start", true) if !self.options.cold => 50,
            (_, quick) => self.options.rounds.unwrap_or(if quick { 3 } else { 5 }),
        };
        let rows = self.measure(&case, &tools, rounds)?;
        table::print(&format!("{name}: {}, {algorithm}", corpus.about), &rows);
        let seconds = rows[0].wall().as_secs_f64();
        let (entries, bytes) = (corpus.entries as f64, corpus.bytes() as f64);
        println!("\nchecksig: {:.0} entries a second, {:.2} GB/s.", entries / seconds, bytes / seconds / 1e9);
        if ["missing", "small"].contains(&name) {
            table::print_memory(&rows[0], corpus.entries, fs::metadata(&list)?.len());
        }
        Ok(())
    }

    /// Runs the tools in turn, so that a slow minute of the machine is shared by all.
    fn measure(&mut self, case: &Case, tools: &[Tool], rounds: u32) -> Result<Vec<Row>> {
        let mut rows: Vec<_> =
            tools.iter().map(|tool| Row { name: tool.name.clone(), samples: Vec::new() }).collect();
        let mut codes = vec![None; tools.len()];
        for round in 0..rounds as usize {
            for turn in 0..tools.len() {
                // Each round starts with another tool: none always runs in the wake of the same one.
                let index = (round + turn) % tools.len();
                if rounds < 20 {
                    eprintln!(
                        "{} {}: round {} of {}",
                        case.corpus.name,
                        case.algorithm,
                        round + 1,
                        tools[index].name
                    );
                }
                let sample = self.sample(&tools[index], case)?;
                if *codes[index].get_or_insert(sample.code) != sample.code
                    || !self.exit_code_is_right(&sample, case)
                {
                    println!("\nWRONG ANSWER of {}: exit code {}", tools[index].name, sample.code);
                    self.right = false;
                }
                rows[index].samples.push(sample);
            }
        }
        Ok(rows)
    }

    fn sample(&self, tool: &Tool, case: &Case) -> Result<Sample> {
        let mut command = tool.command(case, false)?;
        if self.options.cold {
            measure::drop_caches()?;
        }
        measure::run(&mut command, None)
    }

    /// A complete corpus must end with 0; what another one ends with was judged by its output.
    fn exit_code_is_right(&self, sample: &Sample, case: &Case) -> bool {
        let complete = case.corpus.present() == case.corpus.entries;
        if complete { sample.code == 0 } else { sample.code < 2 }
    }
}

/// Where cargo builds, which an environment variable or the user's settings may have moved.
fn target_folder() -> Result<PathBuf> {
    let metadata = output_of(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let rest = metadata.split_once("\"target_directory\":\"").map(|(_, rest)| rest);
    let folder = rest.and_then(|rest| rest.split_once('"')).map(|(folder, _)| folder);
    Ok(folder.map_or_else(|| root().join("target"), |folder| Path::new(folder).to_path_buf()))
}
