//! Making lists, and keeping them up to date.
//!
//! [`create`] makes the lists of files and directories, [`update`] adds to one what is new. Both read the files beneath
//! the list's directory, by the engine, and write so that the old list or the new one is there, never anything else.
//!
//! ```
//! use checksig_core::create::{CreateOptions, create};
//! # let directory = tempfile::tempdir().unwrap();
//! # let root = directory.path();
//! std::fs::write(root.join("abc"), "abc").unwrap();
//! let created = create(&CreateOptions::of([root]), &mut |_| {}).unwrap();
//! assert_eq!((created.lists[0].clone(), created.files), (root.join("sha256sum.txt"), 1));
//! let list = std::fs::read_to_string(&created.lists[0]).unwrap();
//! assert_eq!(list, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  abc\n");
//! ```

mod exclude;
mod hashing;
mod old_list;
mod publish;
mod target;
mod text;
mod update;
mod walk;

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use exclude::Exclude;
pub use update::{UpdateOptions, Updated, update};
pub use walk::{Skip, Skipped};

use crate::algorithm::Algorithm;
use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind};
use crate::event::Progress;
use crate::human::{HumanBytes, count_noun};
use crate::manifest::{LineStyle, ParseOptions};
use crate::quote::Quoted;
use crate::source::{LocalTree, PathPolicy};
use hashing::{Hashed, Job};
use publish::{ListDirectory, NewList};
use target::Target;
use walk::{Found, Unlisted, Walk};

/// Which lists [`create`] makes.
#[derive(Clone, Debug, Default)]
pub struct CreateOptions {
    /// Files and directories. All must be beneath the directory of the list.
    pub paths: Vec<PathBuf>,
    /// Where the lists go.
    pub output: Output,
    /// One list for each; the files are read once.
    pub algorithms: Vec<Algorithm>,
    /// The form of the lines.
    pub style: LineStyle,
    /// Whether lists that are there already are replaced.
    pub overwrite: bool,
    /// Files, by device and inode, that are not listed: the one that [`create_to`] writes to, for example.
    pub unlisted: Vec<(u64, u64)>,
    /// Which of the files are listed.
    pub selection: Selection,
    /// How they are read.
    pub load: Load,
}

impl CreateOptions {
    /// A `sha256sum.txt` of these files and directories.
    pub fn of<P: Into<PathBuf>>(paths: impl IntoIterator<Item = P>) -> Self {
        let paths = paths.into_iter().map(Into::into).collect();
        Self { paths, algorithms: vec![Algorithm::Sha256], ..Self::default() }
    }
}

/// Where lists go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// Into the one directory that is named, or that all the files named are in, by the name that belongs to the
    /// algorithm: `sha256sum.txt`.
    #[default]
    Beside,
    /// To this file; or into this directory, by the names that belong to the algorithms. Names in the list begin there.
    At(PathBuf),
    /// To a writer. Names in the list begin at the working directory.
    Stream,
}

/// Which of the files beneath a directory are listed.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Paths that are not.
    pub exclude: Exclude,
    /// Whether symlinks are followed, as far as they do not lead outside the list's directory.
    pub follow: bool,
}

/// How files are read.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// How many threads hash; 0: one for each core.
    pub threads: usize,
    /// How many files may be waited for at once; 0: the engine's choice.
    pub reads: usize,
    /// Stops the run: no list is written then.
    pub cancel: CancelToken,
}

/// What is told while a list is made, on the thread that called.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A file or directory could not be read, or a file changed meanwhile. The others are still looked at, but no list
    /// will be written.
    Failure(&'a Error),
    /// A heartbeat, several times a second.
    Progress(Progress),
}

/// The lists that were made.
#[derive(Clone, Debug)]
pub struct Created {
    /// Their paths, in the order of the algorithms.
    pub lists: Vec<PathBuf>,
    /// How many files each of them has.
    pub files: u64,
    /// How many bytes these have.
    pub bytes: u64,
    /// What is not listed.
    pub skipped: Skipped,
}

/// `10 files (31.1 kB)`.
impl fmt::Display for Created {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", count_noun(self.files, "file"), HumanBytes(self.bytes))
    }
}

/// Makes lists. Each is whole and on the disk before it takes its name, sorted bytewise by name; neither it nor another
/// one of the run is in it.
///
/// # Errors
/// [`ErrorKind::NotListed`] if a file could not be read or changed meanwhile (the observer was told which),
/// [`ErrorKind::UnreadableFile`] if one that was named is not there, [`ErrorKind::ListExists`],
/// [`ErrorKind::Cancelled`], [`ErrorKind::UnwritableList`], [`ErrorKind::UnreadableRoot`], [`ErrorKind::NoThreads`];
/// [`ErrorKind::InvalidInput`] if there is no file, if one is not beneath the directory of the list, or if it is unclear
/// what is meant. After any of them the old lists are as they were, unless the message says otherwise.
pub fn create(options: &CreateOptions, observer: &mut dyn FnMut(Event<'_>)) -> Result<Created, Error> {
    if options.output == Output::Stream {
        return Err(Error::new(ErrorKind::InvalidInput, "a list that goes to a stream is made by create_to"));
    }
    let target = Target::find(options)?;
    let tree = Arc::new(LocalTree::open([&target.root], PathPolicy::Beneath)?);
    let directory = ListDirectory::open(&tree, &target.root)?;
    directory.reclaim();
    let names = target.lists.iter().map(|(_, name)| name);
    let begin = |name: &OsString| NewList::begin(&directory, name, options.overwrite);
    let lists: Vec<_> = names.map(begin).collect::<Result<_, _>>()?;
    let old_lists = lists.iter().filter_map(NewList::old_identity).collect();
    let (hashed, skipped) = read(options, &target, tree, old_lists, observer)?;
    for (index, (list, (_, name))) in lists.iter().zip(&target.lists).enumerate() {
        let parse_options = ParseOptions::default().list_name(name.as_bytes());
        write(&mut list.writer(), &parse_options, options.style, &hashed, index)
            .map_err(|failure| failed(&list.shown(), failure))?;
    }
    let paths = lists.iter().map(NewList::shown).collect();
    publish::publish(lists, &options.load.cancel)?;
    Ok(created(paths, &hashed, skipped))
}

/// Makes one list and writes it to a stream: nothing before all files are read, and then without any promise of what is
/// there if the writing fails.
///
/// # Errors
/// As [`create`].
pub fn create_to(
    options: &CreateOptions,
    mut out: &mut dyn Write,
    observer: &mut dyn FnMut(Event<'_>),
) -> Result<Created, Error> {
    let options = CreateOptions { output: Output::Stream, ..options.clone() };
    let target = Target::find(&options)?;
    let tree = Arc::new(LocalTree::open([&target.root], PathPolicy::Beneath)?);
    let (hashed, skipped) = read(&options, &target, tree, Vec::new(), observer)?;
    // Whoever reads a list from a stream has to be told its algorithm.
    let parse_options = ParseOptions::default().algorithm(target.lists[0].0);
    write(&mut out, &parse_options, options.style, &hashed, 0)
        .map_err(|failure| failed("-".as_ref(), failure))?;
    Ok(created(Vec::new(), &hashed, skipped))
}

/// Finds the files and hashes them.
fn read(
    options: &CreateOptions,
    target: &Target,
    tree: Arc<LocalTree>,
    old_lists: Vec<(u64, u64)>,
    observer: &mut dyn FnMut(Event<'_>),
) -> Result<(Hashed, Skipped), Error> {
    let names = target.lists.iter().map(|(_, name)| name.as_bytes().to_vec()).collect();
    let unlisted = Unlisted { names, files: options.unlisted.clone(), old_lists };
    let found = find(&tree, &options.selection, unlisted, &target.starts, &options.load.cancel)?;
    let Found { files, skipped, failures } = found;
    if files.is_empty() && failures.is_empty() {
        let skipped = if skipped.is_empty() { String::new() } else { format!(" (skipped {skipped})") };
        return Err(Error::new(ErrorKind::InvalidInput, format!("there is no file to list{skipped}")));
    }
    let algorithms: Arc<[Algorithm]> = target.lists.iter().map(|(algorithm, _)| *algorithm).collect();
    let jobs = files.into_iter().map(|name| Job { name, algorithms: algorithms.clone() }).collect();
    let failures: Vec<_> = failures.into_values().collect();
    Ok((hashing::hash(jobs, tree, &options.load, &failures, observer)?, skipped))
}

fn find(
    tree: &LocalTree,
    selection: &Selection,
    unlisted: Unlisted,
    starts: &[Vec<u8>],
    cancel: &CancelToken,
) -> Result<Found, Error> {
    Walk { tree, exclude: &selection.exclude, follow: selection.follow, unlisted, cancel }.run(starts)
}

/// Writes the list of one algorithm.
fn write(
    out: &mut impl Write,
    parse_options: &ParseOptions,
    style: LineStyle,
    hashed: &Hashed,
    algorithm: usize,
) -> Result<(), text::Failure> {
    let lines =
        hashed.files().map(|(name, checksums)| text::Line { checksum: &checksums[algorithm], name, style });
    text::write(out, parse_options, &[], lines)
}

fn failed(list: &Path, failure: text::Failure) -> Error {
    match failure {
        text::Failure::Output(error) => publish::unwritable(list, error),
        text::Failure::Unreadable(error) => error,
    }
}

fn created(lists: Vec<PathBuf>, hashed: &Hashed, skipped: Skipped) -> Created {
    Created { lists, files: hashed.files().count() as u64, bytes: hashed.bytes, skipped }
}

fn unreadable(name: &[u8], error: &io::Error) -> Error {
    let message = format!("cannot read {}: {error}", Quoted(name));
    // Its number says more than its kind.
    let error = match error.raw_os_error() {
        Some(number) => io::Error::from_raw_os_error(number),
        None => io::Error::new(error.kind(), error.to_string()),
    };
    Error::new(ErrorKind::UnreadableFile(error), message)
}

fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "interrupted: no list was written")
}

fn not_listed(failures: u64) -> Error {
    let files = count_noun(failures, "path");
    Error::new(
        ErrorKind::NotListed,
        format!("no list was written: {files} could not be read or changed meanwhile"),
    )
}
