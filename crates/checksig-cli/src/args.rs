//! What the user can say.

use std::path::PathBuf;

use checksig_core::{Algorithm, Io, LineStyle};
use clap::{Args, Parser, Subcommand, ValueEnum};

#[derive(Parser)]
#[command(
    name = "checksig",
    version,
    about = "Is every listed file exactly what its checksum list says?",
    after_help = "Exit status: 0 verified, 1 not verified, 2 could not run, 129/130/143 interrupted.",
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Check files against checksum lists
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(VerifyArgs),
    /// Print the checksums of files
    #[command(after_help = HASH_EXAMPLES)]
    Hash(HashArgs),
}

const VERIFY_EXAMPLES: &str = "\
Examples:
  checksig verify downloads/              every list in the directory
  checksig verify SHA256SUMS MD5SUMS      these lists; a file in both is read once
  checksig verify --expect sha256:9f86d08… setup.exe
  checksig verify --json . > result.jsonl
  curl … | checksig verify --root downloads -

Paths in a list begin at the list's directory and never lead out of it.
Exit status: 0 verified, 1 not verified, 2 could not run, 129/130/143 interrupted.";

const HASH_EXAMPLES: &str = "\
Examples:
  checksig hash *.iso > SHA256SUMS
  checksig hash --algorithm blake3 --tag disk.img
  tar c . | checksig hash -

Names are printed as they are given: run it in the directory of the list.
Exit status: 0 all hashed, 1 a file could not be read, 2 could not run.";

#[derive(Args)]
pub(crate) struct VerifyArgs {
    /// Lists, or directories that hold lists; - is standard input [default: .]
    #[arg(value_name = "LIST|DIR")]
    pub(crate) lists: Vec<PathBuf>,
    /// Check one file, named in the place of a list, for this digest: HEX, sha256:HEX or sha256-BASE64
    #[arg(long, value_name = "DIGEST", conflicts_with_all = ["root", "ignore_missing", "allow_malformed"])]
    pub(crate) expect: Option<String>,
    /// Say something about every file, and how long it took
    #[arg(short, long, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// Say only what failed
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Print JSON Lines
    #[arg(long)]
    pub(crate) json: bool,
    /// Where the lists' paths begin [default: the directory of each list]
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// The algorithm of the lists [default: by list name, then by digest length]
    #[arg(short, long, value_name = "NAME")]
    pub(crate) algorithm: Option<Algorithm>,
    /// Fail files that carry a known collision attack on SHA-1, whatever their digests; slow
    #[arg(long)]
    pub(crate) detect_collisions: bool,
    #[command(flatten)]
    pub(crate) load: Load,
    /// How files that are not in memory are waited for: uring, blocking, or auto (uring where the kernel has it)
    #[arg(
        long,
        value_name = "HOW",
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) io: IoChoice,
    /// Missing files are no failure
    #[arg(long)]
    pub(crate) ignore_missing: bool,
    /// Lines that are no entries are no failure
    #[arg(long)]
    pub(crate) allow_malformed: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum IoChoice {
    Auto,
    Uring,
    Blocking,
}

impl From<IoChoice> for Io {
    fn from(choice: IoChoice) -> Self {
        match choice {
            IoChoice::Auto => Io::Auto,
            IoChoice::Uring => Io::Uring,
            IoChoice::Blocking => Io::Blocking,
        }
    }
}

#[derive(Args)]
pub(crate) struct HashArgs {
    /// Files; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[arg(short, long, value_name = "NAME", default_value = "sha256", help = algorithm_help())]
    pub(crate) algorithm: Algorithm,
    /// Print lines of the form SHA256 (file) = digest
    #[arg(long)]
    tag: bool,
    #[command(flatten)]
    pub(crate) load: Load,
}

impl HashArgs {
    pub(crate) fn style(&self) -> LineStyle {
        if self.tag { LineStyle::Tagged } else { LineStyle::Untagged }
    }
}

fn algorithm_help() -> String {
    format!("The algorithm: {}", Algorithm::list())
}

/// How much of the machine to use.
#[derive(Args)]
pub(crate) struct Load {
    /// Threads that hash, at most [default: one for each core]
    #[arg(long, value_name = "N", default_value = "0", hide_default_value = true)]
    pub(crate) threads: usize,
    /// Files that may be waited for at once; 1 reads in list order, for rotating disks [default: 32, with io_uring 256]
    #[arg(long, value_name = "N", default_value = "0", hide_default_value = true)]
    pub(crate) reads: usize,
}
