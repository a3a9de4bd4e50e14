//! What the user can say.

use std::path::PathBuf;

use checksig_core::create::{Exclude, Selection};
use checksig_core::{Algorithm, Error, Io, LineStyle};
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
    /// Make checksum lists of files and directories
    #[command(after_help = CREATE_EXAMPLES)]
    Create(CreateArgs),
    /// Add to checksum lists the files that are new
    #[command(after_help = UPDATE_EXAMPLES)]
    Update(UpdateArgs),
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

const CREATE_EXAMPLES: &str = "\
Examples:
  checksig create photos/                     photos/sha256sum.txt
  checksig create -a sha256 -a blake3 photos/ two lists; each file is read once
  checksig create --exclude '*.tmp' --exclude .git/ -o SHA256SUMS .
  checksig create --tag -o - . | ssh backup 'cd copy && checksig verify -'

A list takes its name once it is whole and on the disk; until then an old one is as it was.
Names begin at the list's directory (-o -: the working directory), and nothing outside is listed.
GLOB with a slash is compared with the whole name, without one with the last part of it.
Exit status: 0 written, 1 a file could not be read or changed meanwhile, 2 could not run,
129/130/143 interrupted.";

const UPDATE_EXAMPLES: &str = "\
Examples:
  checksig update photos/sha256sum.txt
  checksig update --changed --prune photos/sha256sum.txt photos/blake3sum.txt

Files beneath a list's directory that are not in it are added, in the form that it has.
What is listed is hashed again only with --changed: make sure first that the changes were meant.
Lists that are named together do not list each other.
Exit status: 0 up to date, 1 a file could not be read or changed meanwhile, 2 could not run,
129/130/143 interrupted.";

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
        style(self.tag)
    }
}

pub(crate) fn style(tag: bool) -> LineStyle {
    if tag { LineStyle::Tagged } else { LineStyle::Untagged }
}

#[derive(Args)]
pub(crate) struct CreateArgs {
    /// A directory, or several files and directories
    #[arg(value_name = "DIR|FILE", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Where the list goes: a file, a directory, or - for standard output [default: sha256sum.txt in the directory]
    #[arg(short, long, value_name = "LIST|DIR")]
    pub(crate) output: Option<PathBuf>,
    #[arg(short, long, value_name = "NAME", default_value = "sha256", help = algorithm_help() + "; several make several lists")]
    pub(crate) algorithm: Vec<Algorithm>,
    /// Write lines of the form SHA256 (file) = digest
    #[arg(long)]
    pub(crate) tag: bool,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    /// Replace lists that are there already
    #[arg(short, long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) load: Load,
}

#[derive(Args)]
pub(crate) struct UpdateArgs {
    /// Lists
    #[arg(value_name = "LIST", required = true)]
    pub(crate) lists: Vec<PathBuf>,
    /// The algorithm of untagged lines [default: by list name, then by digest length]
    #[arg(short, long, value_name = "NAME")]
    pub(crate) algorithm: Option<Algorithm>,
    /// Hash listed files again that were changed since the list was made
    #[arg(long)]
    pub(crate) changed: bool,
    /// Drop the lines of files that are gone
    #[arg(long)]
    pub(crate) prune: bool,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) load: Load,
}

/// Which files are listed.
#[derive(Args)]
pub(crate) struct SelectionArgs {
    /// Leave out what matches, and what is in it
    #[arg(short = 'x', long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Follow symlinks that stay in the list's directory
    #[arg(long, overrides_with = "no_follow")]
    follow: bool,
    /// Do not follow symlinks [default]
    #[arg(long = "no-follow", overrides_with = "follow")]
    no_follow: bool,
}

impl TryFrom<&SelectionArgs> for Selection {
    type Error = Error;

    fn try_from(args: &SelectionArgs) -> Result<Self, Error> {
        Ok(Self { exclude: Exclude::new(&args.exclude)?, follow: args.follow && !args.no_follow })
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
