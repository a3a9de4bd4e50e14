//! `cargo xtask bench`: checksig beside every other checker that is installed, on the same files, in turn.
//!
//! Before a tool is timed it must find a damaged file, and give the right answer on the very list that it is timed
//! on: the time of a wrong answer is worth nothing. A wrong answer is the only thing that makes the command fail.

mod c_library;
mod contents;
mod corpus;
mod measure;
mod peers;
mod plan;
mod python_package;
mod rounds;
mod table;
mod targets;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use clap::Args;

use crate::build;
use crate::util::{Context, Outcome, Result, cargo, output_of, root, succeeds};
use corpus::Corpus;
use peers::{Answer, Case, HASHING, READING, Tool};
use plan::Part;
use python_package::PythonPackage;
use rounds::{Entrant, Rounds};
use table::{Row, Table};
use targets::Measured;

/// Algorithms that another program can write the lists of.
const ALGORITHMS: [&str; 8] = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake3"];

/// Options of `cargo xtask bench`.
#[derive(Args)]
#[command(
    after_help = "Without --corpus, --algorithm and --cold it is a full run, which takes half an hour or more: every \
                  corpus with the hash functions that targets are set for, and as root some with a cold cache, too."
)]
pub struct Options {
    /// Make everything twenty times smaller
    #[arg(long)]
    quick: bool,
    /// What to measure (default: everything)
    #[arg(long, value_delimiter = ',', value_parser = clap::builder::PossibleValuesParser::new(plan::NAMES))]
    corpus: Vec<String>,
    /// Hash functions to measure (default: sha1)
    #[arg(long, value_delimiter = ',', value_parser = ALGORITHMS)]
    algorithm: Vec<String>,
    /// Empty the page cache before each run (root only)
    #[arg(long)]
    cold: bool,
    /// Make the files and their lists, and measure nothing
    #[arg(long)]
    prepare: bool,
    /// Runs of each tool (default: by how long it takes)
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// Measure checksig once more with these options, as in --with "--reads 1" (may be repeated)
    #[arg(long, value_name = "OPTIONS", allow_hyphen_values = true)]
    with: Vec<String>,
    /// Where the files are made and kept (default: `bench` in cargo's target folder)
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
}

impl Options {
    fn is_full(&self) -> bool {
        self.corpus.is_empty() && self.algorithm.is_empty() && !self.cold
    }

    fn parts(&self) -> Vec<Part> {
        if self.is_full() {
            plan::full(measure::is_root())
        } else {
            plan::narrowed(&self.corpus, &self.algorithm, self.cold)
        }
    }

    fn rounds(&self, cold: bool) -> Rounds {
        let budget = Duration::from_secs(if self.quick { 2 } else { 8 });
        Rounds { fixed: self.rounds.map(|rounds| rounds as usize), budget, cold }
    }
}

/// Prepares, measures and prints. `Ok(false)`: a tool gave a wrong answer.
pub fn run(options: &Options) -> Outcome {
    let target = target_folder()?;
    let scratch = options.scratch.clone().unwrap_or_else(|| target.join("bench"));
    fs::create_dir_all(&scratch).context(format!("cannot make {}", scratch.display()))?;
    let parts = options.parts();
    // All of them first, or the disk would still be busy with writing when a part is measured.
    for part in &parts {
        for name in part.corpora() {
            Corpus::prepare(name, options.quick, &scratch)?.list(&part.algorithm)?;
        }
    }
    measure::write_out();
    if options.prepare {
        return Ok(true);
    }

    let release = target.join("release");
    let floor = ["build", "--release", "--package", "checksig-multibuffer", "--example", "floor"];
    if !succeeds(cargo().args(floor))? {
        return Err("the floor does not build".into());
    }
    // As its users have it.
    let binary = build::program()?;
    if parts.iter().any(|part| part.cold) {
        measure::drop_caches()?;
    }
    let mut bench = Bench {
        options,
        binary,
        floor: release.join("examples").join("floor"),
        scratch: scratch.canonicalize()?,
        tools: BTreeMap::new(),
        measured: Measured::default(),
        right: true,
    };

    table::print_machine(&bench.scratch);
    let nothing = measure::run(&mut Command::new("true"), None)?;
    println!(
        "- peaks of memory below {:.1} MiB cannot be told from this one",
        nothing.peak as f64 / table::MIB
    );
    bench.find_tools(&parts)?;
    for part in parts {
        eprintln!("{} {}{}", part.corpus, part.algorithm, if part.cold { ", cold" } else { "" });
        match part.corpus {
            "scaling" => bench.scaling(part)?,
            "interrupt" => bench.interrupt(part)?,
            "c" => bench.c_library(part, &release)?,
            "python" => bench.python(part)?,
            _ => bench.checkers(part)?,
        }
    }
    if options.quick {
        println!("\nThe targets are set for files of full size: these are smaller.");
    }
    targets::print(&bench.measured, options.is_full());
    Ok(bench.right)
}

struct Bench<'a> {
    options: &'a Options,
    binary: PathBuf,
    /// The program that does nothing but read, or nothing but hash.
    floor: PathBuf,
    scratch: PathBuf,
    /// What can be measured with each algorithm: checksig first, then every installed tool that finds a damaged file.
    tools: BTreeMap<String, Vec<Tool>>,
    measured: Measured,
    /// No answer was wrong so far.
    right: bool,
}

impl Bench<'_> {
    /// Finds the tools for all parts, and prints their versions.
    fn find_tools(&mut self, parts: &[Part]) -> Result<()> {
        let mut versions = Vec::new();
        for algorithm in parts.iter().map(|part| part.algorithm.as_str()) {
            if self.tools.contains_key(algorithm) {
                continue;
            }
            let tools = self.tools(algorithm)?;
            for version in tools.iter().filter_map(Tool::version) {
                if !versions.contains(&version) {
                    println!("- {version}");
                    versions.push(version);
                }
            }
            self.tools.insert(algorithm.to_owned(), tools);
        }
        Ok(())
    }

    fn tools(&mut self, algorithm: &str) -> Result<Vec<Tool>> {
        let corpus = Corpus::probe(&self.scratch)?;
        let (list, damaged) = (corpus.list(algorithm)?, corpus.damaged_list(algorithm)?);
        let good = Case { corpus: &corpus, algorithm, list: &list };
        let bad = Case { corpus: &corpus, algorithm, list: &damaged };
        let asked_for = ["".to_owned()].into_iter().chain(self.options.with.iter().cloned());
        let mut tools: Vec<_> = asked_for.map(|options| Tool::checksig(&self.binary, &options)).collect();
        let count = tools.len();
        tools.extend(self.ways_to_read()?);
        tools.extend(Tool::gnu_personality(&self.binary, algorithm));
        tools.push(Tool::sum_check(algorithm));
        tools.extend(Tool::others(algorithm));

        let mut kept = Vec::new();
        for (index, tool) in tools.into_iter().enumerate() {
            let ((on_good, _), (on_bad, _)) = (self.ask(&tool, &good, false)?, self.ask(&tool, &bad, false)?);
            if on_good.verified && !on_bad.verified {
                kept.push(tool);
                continue;
            }
            println!(
                "- left out: {}, which cannot tell a damaged {algorithm} file from a good one here",
                tool.name
            );
            if index == 0 {
                let error = format!("checksig says {on_good:?} of a good list, {on_bad:?} of a damaged one");
                return Err(error.into());
            }
            self.right &= index >= count;
        }
        kept.push(Tool::reading(&self.floor));
        kept.extend(Tool::hashing(&self.floor, algorithm));
        Ok(kept)
    }

    /// checksig with io_uring and without, if it knows both: that matters where files are small.
    fn ways_to_read(&self) -> Result<Vec<Tool>> {
        let help = output_of(Command::new(&self.binary).args(["verify", "--help"]))?;
        let known = ["--io uring", "--io blocking"].into_iter().filter(|_| help.contains("--io "));
        let not_asked_for = known.filter(|io| !self.options.with.iter().any(|with| with == io));
        Ok(not_asked_for.map(|io| Tool::checksig(&self.binary, io).only_for(&["small"])).collect())
    }

    /// Runs the tool once, reads what it says, and tells how long it took.
    fn ask(&self, tool: &Tool, case: &Case, cold: bool) -> Result<(Answer, Duration)> {
        let output = self.scratch.join("output");
        let mut command = tool.command(case, true)?;
        if cold {
            measure::drop_caches()?;
        }
        let sample = measure::run(&mut command, Some(&output))?;
        Ok((tool.answer(case, sample.code, &output)?, sample.wall))
    }

    /// Has the files read once, so that no tool is taken for slow because it was the first.
    fn warm(&self, part: &Part, case: &Case) -> Result<()> {
        if !part.cold {
            measure::run(&mut Tool::reading(&self.floor).command(case, false)?, None)?;
        }
        Ok(())
    }

    /// Asks the tool for its answer on the very list that it is to be measured on.
    fn enter<'a>(&mut self, tool: &'a Tool, case: &'a Case<'a>, part: &Part) -> Result<Entrant<'a>> {
        eprintln!("answer of {}", tool.name);
        let (answer, time) = self.ask(tool, case, part.cold)?;
        let counted = answer.ok.is_none_or(|ok| ok == case.corpus.present());
        if !counted || answer.verified != (case.corpus.present() == case.corpus.entries) {
            self.wrong(part, &format!("{}: {answer:?}", tool.name));
        }
        Ok(Entrant { tool, case, time })
    }

    fn wrong(&mut self, part: &Part, what: &str) {
        println!("\nWRONG ANSWER on {} ({}) of {what}", part.corpus, part.algorithm);
        self.right = false;
    }

    fn measure(&mut self, part: &Part, entrants: &[Entrant]) -> Result<Vec<Row>> {
        let (rows, wrong) = self.options.rounds(part.cold).measure(entrants)?;
        wrong.iter().for_each(|what| self.wrong(part, what));
        Ok(rows)
    }

    /// Every checker on one list.
    fn checkers(&mut self, part: Part) -> Result<()> {
        let corpus = Corpus::prepare(part.corpus, self.options.quick, &self.scratch)?;
        let list = corpus.list(&part.algorithm)?;
        let case = Case { corpus: &corpus, algorithm: &part.algorithm, list: &list };
        self.warm(&part, &case)?;
        let tools = self.tools[&part.algorithm].clone();
        let entrants: Result<Vec<_>> = tools
            .iter()
            .filter(|tool| tool.belongs_to(&part))
            .map(|tool| self.enter(tool, &case, &part))
            .collect();
        let rows = self.measure(&part, &entrants?)?;
        let mut table = Table { part: part.clone(), rows };
        if let (Some(reading), Some(hashing)) = (table.row(READING), table.row(HASHING)) {
            let floor = Row::floor(reading, hashing, corpus.present());
            table.rows.push(floor);
        }
        table::print(&title(&part, &corpus.about), &table);
        let checksig = &table.rows[0];
        let seconds = checksig.wall().as_secs_f64();
        let (entries, bytes) = (corpus.entries as f64, corpus.bytes() as f64);
        println!("\nchecksig: {:.0} entries a second, {:.2} GB/s.", entries / seconds, bytes / seconds / 1e9);
        if ["missing", "small"].contains(&part.corpus) {
            table::print_memory(checksig, corpus.entries, fs::metadata(&list)?.len());
        }
        self.measured.tables.push(table);
        Ok(())
    }

    /// checksig on a list and on one a hundred times as long.
    fn scaling(&mut self, part: Part) -> Result<()> {
        let corpora =
            ["scaling", "scaling-x100"].map(|name| Corpus::prepare(name, self.options.quick, &self.scratch));
        let [short, long] = corpora;
        let (short, long) = (short?, long?);
        let lists = [short.list(&part.algorithm)?, long.list(&part.algorithm)?];
        let [short_case, long_case] = [(&short, &lists[0]), (&long, &lists[1])].map(|(corpus, list)| Case {
            corpus,
            algorithm: &part.algorithm,
            list,
        });
        self.warm(&part, &short_case)?;
        self.warm(&part, &long_case)?;
        let tool = Tool::checksig(&self.binary, "");
        let entrants = [self.enter(&tool, &short_case, &part)?, self.enter(&tool, &long_case, &part)?];
        let mut rows = self.measure(&part, &entrants)?;
        rows[0].name.clone_from(&short.about);
        rows[1].name.clone_from(&long.about);
        let counted = [(&rows[0], short.entries), (&rows[1], long.entries)];
        let ratio = table::print_scaling(&title(&part, "time a file takes"), counted);
        if part.algorithm == "sha1" && !part.cold {
            self.measured.scaling = Some(ratio);
        }
        Ok(())
    }

    /// How soon checksig ends after Ctrl-C in the middle of a large file.
    fn interrupt(&mut self, part: Part) -> Result<()> {
        const CODE: i32 = 128 + 2;
        let corpus = Corpus::prepare(plan::INTERRUPTED, self.options.quick, &self.scratch)?;
        let list = corpus.list(&part.algorithm)?;
        let case = Case { corpus: &corpus, algorithm: &part.algorithm, list: &list };
        let tool = Tool::checksig(&self.binary, "");
        self.warm(&part, &case)?;
        let rounds = self.options.rounds.unwrap_or(9);
        let mut samples = Vec::new();
        for round in 0..rounds {
            let mut command = tool.command(&case, false)?;
            if part.cold {
                measure::drop_caches()?;
            }
            // Each time elsewhere, or every run would be caught in the same phase of whatever it does now and then.
            let place = 0.125 + 0.5 * f64::from(round) / f64::from(rounds);
            samples.push(measure::interrupt(&mut command, (corpus.bytes() as f64 * place) as u64)?);
        }
        for sample in samples.iter().filter(|sample| sample.code != CODE) {
            self.wrong(&part, &format!("{}: exit code {}, not {CODE}", tool.name, sample.code));
        }
        let row = Row { name: tool.name, samples };
        let about = format!("Ctrl-C in the middle of a file of {}", corpus::amount(corpus.bytes()));
        table::print_interrupted(&title(&part, &about), &row);
        self.measured.tables.push(Table { part, rows: vec![row] });
        Ok(())
    }
}

impl Bench<'_> {
    /// The C library beside the command line; always with SHA-1, which the function that is called is for.
    fn c_library(&self, part: Part, release: &Path) -> Result<()> {
        let [small, large] =
            ["small", plan::INTERRUPTED].map(|name| Corpus::prepare(name, self.options.quick, &self.scratch));
        let rounds = self.options.rounds.unwrap_or(9);
        let times = c_library::times(release, &self.binary, &small?, rounds)?;
        let samples = c_library::cancel(release, &self.scratch, &large?, rounds)?;
        let row = Row { name: "the C example".into(), samples };
        table::print_calls(&title(&part, "the C library"), &times);
        table::print_interrupted(
            "c: Ctrl-C cancels a run of the library in the middle of a large file",
            &row,
        );
        Ok(())
    }

    /// The Python package beside the command line, and beside a script that has only Python's own library.
    fn python(&mut self, part: Part) -> Result<()> {
        let rounds = self.options.rounds.unwrap_or(15);
        let package = PythonPackage::install(&self.binary, rounds)?;
        let calls = package.calls(&self.scratch)?;
        table::print_calls(&title(&part, "the Python package"), &calls);
        self.measured.python.empty_call = calls.first().map(|(_, seconds)| *seconds);
        for name in plan::LISTED_IN_PYTHON {
            let corpus = Corpus::prepare(name, self.options.quick, &self.scratch)?;
            let ways = package.list(&corpus, &part.algorithm)?;
            table::print_ways(&title(&part, &corpus.about), &ways);
            self.measured.python.lists.push((name, ways[1].1 / ways[0].1));
        }
        let logs = Corpus::prepare("logs", self.options.quick, &self.scratch)?;
        let shares = package.progress(&logs, &part.algorithm)?;
        table::print_shares(&title(&part, "what another Python thread gets done meanwhile"), &shares);
        self.measured.python.progress = shares.last().map(|(_, share)| *share);
        let large = Corpus::prepare(plan::INTERRUPTED, self.options.quick, &self.scratch)?;
        let samples = package.interrupt(&large, &part.algorithm)?;
        for sample in samples.iter().filter(|sample| sample.code != python_package::INTERRUPTED) {
            self.wrong(&part, &format!("Python: exit code {} and no KeyboardInterrupt", sample.code));
        }
        let row = Row { name: "the Python package".into(), samples };
        table::print_interrupted(&title(&part, "Ctrl-C in the middle of a large file"), &row);
        self.measured.python.interrupted = Some(row.worst());
        Ok(())
    }
}

fn title(part: &Part, about: &str) -> String {
    let cache = if part.cold { "cold cache" } else { "warm" };
    format!("{}: {about}, {}, {cache}", part.corpus, part.algorithm)
}

/// Where cargo builds, which an environment variable or the user's settings may have moved.
fn target_folder() -> Result<PathBuf> {
    let metadata = output_of(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let rest = metadata.split_once("\"target_directory\":\"").map(|(_, rest)| rest);
    let folder = rest.and_then(|rest| rest.split_once('"')).map(|(folder, _)| folder);
    Ok(folder.map_or_else(|| root().join("target"), |folder| Path::new(folder).to_path_buf()))
}
