//! Keeping a list up to date: which lines stay, are added, made anew, dropped.
//!
//! What is listed is never hashed again unasked: a damaged file would become the right one.

use std::fmt;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::Stat;
use rustix::io::Errno;

use super::hashing::{self, Job};
use super::old_list::{Listed, OldList};
use super::publish::{self, ListDirectory, NewList, modified};
use super::walk::{Skipped, Unlisted};
use super::{Event, Load, Selection, find, text};
use crate::algorithm::Algorithm;
use crate::error::{Error, ErrorKind};
use crate::manifest::{LineStyle, ListName, ParseOptions};
use crate::path::EntryPath;
use crate::quote::Quoted;
use crate::source::{LocalTree, PathPolicy, Source, Wait, identity};

/// How [`update`] treats a list.
#[derive(Clone, Debug, Default)]
pub struct UpdateOptions {
    /// The list.
    pub list: PathBuf,
    /// Files, by device and inode, that do not belong into this one because they are written too: other lists, the file
    /// that standard output goes to.
    pub unlisted: Vec<(u64, u64)>,
    /// The algorithm of its untagged lines, if neither its name nor the length of the digests says it.
    pub algorithm: Option<Algorithm>,
    /// Whether listed files are hashed again that were changed since the list was made: whose times are not before the
    /// list's.
    pub changed: bool,
    /// Whether the lines of files that are gone are dropped.
    pub prune: bool,
    /// Which files are added.
    pub selection: Selection,
    /// How they are read.
    pub load: Load,
}

/// What [`update`] did. Names are those of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Updated {
    /// Files that were not in the list.
    pub added: Vec<Vec<u8>>,
    /// Files whose line has another digest now.
    pub rehashed: Vec<Vec<u8>>,
    /// Files whose line was dropped.
    pub pruned: Vec<Vec<u8>>,
    /// Files that are gone, and whose line is still there.
    pub gone: Vec<Vec<u8>>,
    /// How many files were changed since the list was made, and not hashed again.
    pub newer: u64,
    /// How many files have the same line as before, those included.
    pub unchanged: u64,
    /// How many listed names lead to no file that could be looked at: to a directory, outside, to what may not be read.
    pub unclear: u64,
    /// What is not listed.
    pub skipped: Skipped,
}

impl Updated {
    /// Whether there was something to write; else the list is the very file that it was.
    pub fn is_written(&self) -> bool {
        !(self.added.is_empty() && self.rehashed.is_empty() && self.pruned.is_empty())
    }
}

/// `1 added, 0 rehashed, 2 pruned, 8 unchanged`.
impl fmt::Display for Updated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (added, rehashed, pruned) = (self.added.len(), self.rehashed.len(), self.pruned.len());
        write!(f, "{added} added, {rehashed} rehashed, {pruned} pruned, {} unchanged", self.unchanged)
    }
}

/// Adds to a list the files beneath its directory that are not in it, in the forms and algorithms that it has. Comments
/// are kept, before the first entry; blank lines and second lines of one file and algorithm are not.
///
/// ```
/// use checksig_core::create::{CreateOptions, UpdateOptions, create, update};
/// # let directory = tempfile::tempdir().unwrap();
/// # let root = directory.path();
/// std::fs::write(root.join("old"), "abc").unwrap();
/// create(&CreateOptions::of([root]), &mut |_| {}).unwrap();
/// std::fs::write(root.join("new"), "abc").unwrap();
/// let options = UpdateOptions { list: root.join("sha256sum.txt"), ..UpdateOptions::default() };
/// assert_eq!(update(&options, &mut |_| {}).unwrap().added, [b"new"]);
/// ```
///
/// # Errors
/// As [`create`](super::create); [`ErrorKind::UnreadableList`]; [`ErrorKind::InvalidInput`] also for a list that has a
/// malformed line, contradicts itself, leads outside its directory or would be empty.
pub fn update(options: &UpdateOptions, observer: &mut dyn FnMut(Event<'_>)) -> Result<Updated, Error> {
    let (root, name) = match (options.list.parent(), options.list.file_name()) {
        (Some(parent), Some(name)) if parent.as_os_str().is_empty() => (Path::new("."), name),
        (Some(parent), Some(name)) => (parent, name),
        _ => {
            return Err(invalid(format!("{} is no name of a list: name a list in it", shown(&options.list))));
        }
    };
    let mut parse_options = ParseOptions::default().list_name(name.as_bytes());
    if let Some(algorithm) = options.algorithm {
        parse_options = parse_options.algorithm(algorithm);
    }
    let tree = Arc::new(LocalTree::open([root], PathPolicy::Beneath)?);
    let directory = ListDirectory::open(&tree, root)?;
    directory.reclaim();
    let mut list = OldList::read(&directory, name, &parse_options)?;
    let named = ListName::of(name.as_bytes()).algorithm;
    if let (Some(option), Some(named)) = (options.algorithm, named)
        && option != named
        && list.algorithms.iter().any(|(_, style)| *style != LineStyle::Tagged)
    {
        return Err(invalid(format!(
            "a list called {} is read as one of {named}: its lines cannot be of {option}",
            shown(&options.list)
        )));
    }
    // Before anything is looked at: its time is that of the new list.
    let mut new = NewList::instead_of(&directory, name, list.stat)?;

    let unlisted = Unlisted {
        names: vec![name.as_bytes().to_vec()],
        files: options.unlisted.clone(),
        old_lists: new.old_identity().into_iter().collect(),
    };
    let found = find(&tree, &options.selection, unlisted, &[Vec::new()], &options.load.cancel)?;
    let mut updated = Updated { skipped: found.skipped, ..Updated::default() };
    updated.added = found.files.into_iter().filter(|name| !list.has(name)).collect();
    let mut failures = found.failures.into_values().collect();
    let Listing { mut kept, again, is_stale } =
        look_at(std::mem::take(&mut list.files), options, &tree, &list.stat, &mut updated, &mut failures)?;

    let job = |name: &Vec<u8>, algorithms| Job { name: name.clone(), algorithms };
    let algorithms_of =
        |listed: &Listed| listed.checksums.iter().map(|(checksum, _)| checksum.algorithm()).collect();
    let all: Arc<[Algorithm]> = list.algorithms.iter().map(|(algorithm, _)| *algorithm).collect();
    let rehashed = again.iter().map(|&index| job(&kept[index].name, algorithms_of(&kept[index])));
    let jobs = rehashed.chain(updated.added.iter().map(|name| job(name, all.clone()))).collect();
    let hashed = hashing::hash(jobs, tree, &options.load, &failures, observer)?;

    let mut results = hashed.files();
    for (index, (_, checksums)) in again.into_iter().zip(&mut results) {
        if kept[index].replace(checksums) {
            updated.rehashed.push(kept[index].name.clone());
        }
    }
    updated.unchanged = (kept.len() - updated.rehashed.len()) as u64;
    for names in [&mut updated.rehashed, &mut updated.pruned, &mut updated.gone] {
        names.sort_unstable();
    }
    if !updated.is_written() {
        return Ok(updated);
    }
    for (name, checksums) in results {
        let styles = list.algorithms.iter().map(|(_, style)| *style);
        kept.push(Listed { name: name.to_vec(), checksums: checksums.iter().copied().zip(styles).collect() });
    }
    if kept.is_empty() {
        return Err(invalid(format!("not one file of the list {} is left", shown(&options.list))));
    }
    kept.sort_by(|a, b| a.name.cmp(&b.name));
    if is_stale {
        // Else the next run would take what was changed before this one for older than the list.
        new.keep_time();
    }
    text::write(&mut new.writer(), &parse_options, &list.comments, kept.iter().flat_map(Listed::lines))
        .map_err(|failure| super::failed(&new.shown(), failure))?;
    publish::publish(vec![new], &options.load.cancel)?;
    Ok(updated)
}

/// What is to become of the listed files.
struct Listing {
    /// Those whose lines stay.
    kept: Vec<Listed>,
    /// The indices of those that are hashed again.
    again: Vec<usize>,
    /// Whether one that is not may have been changed since the list was made.
    is_stale: bool,
}

/// Looks at every listed file, and decides.
fn look_at(
    files: Vec<Listed>,
    options: &UpdateOptions,
    tree: &LocalTree,
    list: &Stat,
    updated: &mut Updated,
    failures: &mut Vec<Error>,
) -> Result<Listing, Error> {
    let mut listing = Listing { kept: Vec::with_capacity(files.len()), again: Vec::new(), is_stale: false };
    for listed in files {
        if options.load.cancel.is_cancelled() {
            return Err(super::cancelled());
        }
        if !options.unlisted.is_empty()
            && let Ok(file) = tree.open_any(&listed.name)
            && options.unlisted.contains(&identity(file).unwrap_or_default())
        {
            return Err(invalid(format!(
                "the list {} names {}, which is being written too: take that line out first",
                shown(&options.list),
                Quoted(&listed.name)
            )));
        }
        let mut fail = |error: &io::Error| failures.push(super::unreadable(&listed.name, error));
        match now(tree, &listed, list) {
            Now::AsListed => {}
            Now::Gone if options.prune => {
                updated.pruned.push(listed.name);
                continue;
            }
            Now::Gone => updated.gone.push(listed.name.clone()),
            Now::Newer if options.changed => listing.again.push(listing.kept.len()),
            Now::Newer => {
                updated.newer += 1;
                listing.is_stale = true;
            }
            Now::NoFile if options.changed => fail(&io::Error::other("it is not a regular file")),
            Now::Unclear(error) if options.changed || options.prune => fail(&error),
            Now::NoFile | Now::Unclear(_) => {
                updated.unclear += 1;
                listing.is_stale = true;
            }
        }
        listing.kept.push(listed);
    }
    Ok(listing)
}

/// What became of a listed file.
enum Now {
    AsListed,
    Newer,
    Gone,
    NoFile,
    Unclear(io::Error),
}

fn now(tree: &LocalTree, listed: &Listed, list: &Stat) -> Now {
    let stamp = tree.open(0, EntryPath::new(&listed.name), Wait::Allowed).and_then(|mut file| file.stamp());
    let stamp = match stamp {
        Ok(stamp) => stamp,
        Err(error) => {
            return match error.raw_os_error().map(Errno::from_raw_os_error) {
                Some(Errno::NOENT | Errno::NOTDIR) => Now::Gone,
                // A socket.
                Some(Errno::NXIO) => Now::NoFile,
                _ => Now::Unclear(error),
            };
        }
    };
    if !stamp.regular {
        return Now::NoFile;
    }
    let made = modified(list);
    // Not before: clocks of file systems tick slowly.
    let is_newer = stamp.modified.max(stamp.status_changed) >= (made.tv_sec, made.tv_nsec);
    if is_newer { Now::Newer } else { Now::AsListed }
}

fn shown(list: &Path) -> String {
    Quoted(list.as_os_str().as_bytes()).to_string()
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}
