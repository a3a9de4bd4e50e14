//! Which files there are: a walk that never leaves the root.
//!
//! Every directory is opened beneath the root's descriptor like any file that a list names (`source`), so that no
//! symlink, also none that somebody puts in place meanwhile, leads the walk outside. One descriptor at a time: a deep
//! tree needs no more of them than a flat one.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::os::fd::AsFd;
use std::rc::Rc;

use rustix::fs::{AtFlags, Dir, DirEntry, FileType, Stat, fstat, statat};
use rustix::io::Errno;

use super::exclude::Exclude;
use super::publish::is_temporary;
use super::text::name_in_list;
use crate::cancel::CancelToken;
use crate::error::Error;
use crate::human::count_noun;
use crate::source::{LocalTree, identity};

/// Why a path that the walk came by is not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Skip {
    /// A pattern excludes it.
    Excluded,
    /// A symlink, and those are not followed.
    Symlink,
    /// A symlink that leads outside the list's directory.
    OutsideSymlink,
    /// A symlink that leads to nothing.
    BrokenSymlink,
    /// A symlink to a directory that it is in.
    LoopingSymlink,
    /// A FIFO, socket or device.
    Special,
}

/// The paths that a walk came by and that are not listed, each with the reason. What is in an excluded directory was
/// not come by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped(BTreeSet<(Skip, Vec<u8>)>);

impl Skipped {
    /// The reasons and paths, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (Skip, &[u8])> {
        self.0.iter().map(|(skip, path)| (*skip, path.as_slice()))
    }

    /// Whether nothing was skipped.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many were skipped for a reason.
    pub fn count(&self, skip: Skip) -> usize {
        self.iter().filter(|(reason, _)| *reason == skip).count()
    }
}

/// `2 symlinks, 1 special file`.
impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (Skip::Excluded, "excluded path"),
            (Skip::Symlink, "symlink"),
            (Skip::OutsideSymlink, "outside symlink"),
            (Skip::BrokenSymlink, "broken symlink"),
            (Skip::LoopingSymlink, "looping symlink"),
            (Skip::Special, "special file"),
        ]
        .map(|(skip, noun)| (self.count(skip) as u64, noun));
        let parts: Vec<_> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, noun)| count_noun(*count, noun))
            .collect();
        f.write_str(&parts.join(", "))
    }
}

/// Files that a list never contains.
#[derive(Debug, Default)]
pub(super) struct Unlisted {
    /// The lists of the run, which are in the root.
    pub(super) names: Vec<Vec<u8>>,
    /// Device and inode of files that are left out under whatever name: standard output, for one.
    pub(super) files: Vec<(u64, u64)>,
    /// And of the lists that are going to be replaced, which are left out where a symlink leads to them. A hard link
    /// keeps the old content, and is a file like others.
    pub(super) old_lists: Vec<(u64, u64)>,
}

/// What a walk found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The names of the files as they are listed, sorted bytewise, each once.
    pub(super) files: Vec<Vec<u8>>,
    pub(super) skipped: Skipped,
    /// What could not be looked at, in the order of the paths.
    pub(super) failures: BTreeMap<Vec<u8>, Error>,
}

pub(super) struct Walk<'a> {
    pub(super) tree: &'a LocalTree,
    pub(super) exclude: &'a Exclude,
    pub(super) follow: bool,
    pub(super) unlisted: Unlisted,
    pub(super) cancel: &'a CancelToken,
}

/// A directory that is still to be read.
struct Directory {
    /// Empty for the root.
    path: Vec<u8>,
    /// The directories that it is in.
    above: Option<Rc<Above>>,
}

struct Above {
    identity: (u64, u64),
    above: Option<Rc<Above>>,
}

impl Walk<'_> {
    /// Walks from paths beneath the root, the empty one for all of it. What is named itself is followed if it is a
    /// symlink, and must be a file or directory.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
    pub(super) fn run(&self, starts: &[Vec<u8>]) -> Result<Found, Error> {
        let mut found = Found::default();
        let mut directories = Vec::new();
        let root = self.tree.root().and_then(identity).map_err(|error| super::unreadable(b".", &error))?;
        for start in starts {
            if start.is_empty() {
                directories.push(Directory { path: Vec::new(), above: None });
            } else if let Err(error) = self.start(start, &mut found, &mut directories) {
                found.fail(start, &error);
            }
        }
        while let Some(directory) = directories.pop() {
            if let Err(error) = self.read(&directory, root, &mut found, &mut directories) {
                found.fail(&directory.path, &error);
            }
        }
        if self.cancel.is_cancelled() {
            return Err(super::cancelled());
        }
        for file in &mut found.files {
            if let Cow::Owned(name) = name_in_list(file) {
                *file = name;
            }
        }
        found.files.sort_unstable();
        found.files.dedup();
        Ok(found)
    }

    fn start(&self, path: &[u8], found: &mut Found, directories: &mut Vec<Directory>) -> io::Result<()> {
        if self.unlisted.names.iter().any(|name| name == path) {
            return Ok(());
        }
        let stat = fstat(self.tree.open_any(path)?)?;
        let kind = FileType::from_raw_mode(stat.st_mode);
        // What is in an excluded directory is excluded, though it is named itself.
        let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        let is_in_excluded =
            slashes.map(|(end, _)| &path[..end]).any(|above| self.exclude.matches(above, true));
        if is_in_excluded || self.exclude.matches(path, kind == FileType::Directory) {
            found.skip(Skip::Excluded, path.to_vec());
            return Ok(());
        }
        match kind {
            FileType::Directory => directories.push(Directory { path: path.to_vec(), above: None }),
            FileType::RegularFile if self.unlisted.files.contains(&(stat.st_dev, stat.st_ino)) => {}
            FileType::RegularFile if self.leads_to_old_list(path, &stat)? => {}
            FileType::RegularFile => found.files.push(path.to_vec()),
            _ => return Err(io::Error::other("it is neither a regular file nor a directory")),
        }
        Ok(())
    }

    /// Whether it is a symlink to a list that is going to be replaced.
    fn leads_to_old_list(&self, path: &[u8], stat: &Stat) -> io::Result<bool> {
        let is_old_list = self.unlisted.old_lists.contains(&(stat.st_dev, stat.st_ino));
        if !is_old_list {
            return Ok(false);
        }
        let link = statat(self.tree.root()?, path, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(FileType::from_raw_mode(link.st_mode) == FileType::Symlink)
    }

    fn read(
        &self,
        directory: &Directory,
        root: (u64, u64),
        found: &mut Found,
        directories: &mut Vec<Directory>,
    ) -> io::Result<()> {
        let path = if directory.path.is_empty() { b".".as_slice() } else { &directory.path };
        let mut entries = Dir::new(self.tree.open_any(path)?)?;
        let here = Rc::new(Above { identity: identity(entries.fd()?)?, above: directory.above.clone() });
        while let Some(entry) = entries.read() {
            if self.cancel.is_cancelled() {
                directories.clear();
                break;
            }
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            // The root may be met again under another path, through a symlink or a mount.
            let is_own_list = || self.unlisted.names.iter().any(|list| list == name);
            if matches!(name, b"." | b"..") || (here.identity == root && is_own_list()) {
                continue;
            }
            let mut path = directory.path.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(name);
            if let Err(error) = self.entry(&entries, &entry, path.clone(), &here, found, directories) {
                found.fail(&path, &error);
            }
        }
        Ok(())
    }

    fn entry(
        &self,
        directory: &Dir,
        entry: &DirEntry,
        path: Vec<u8>,
        here: &Rc<Above>,
        found: &mut Found,
        directories: &mut Vec<Directory>,
    ) -> io::Result<()> {
        let stat = || statat(directory.fd()?, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW);
        let kind = match entry.file_type() {
            // Some file systems do not tell.
            FileType::Unknown => FileType::from_raw_mode(stat()?.st_mode),
            kind => kind,
        };
        if self.exclude.matches(&path, kind == FileType::Directory) {
            found.skip(Skip::Excluded, path);
            return Ok(());
        }
        match kind {
            FileType::Directory => directories.push(Directory { path, above: Some(here.clone()) }),
            FileType::Symlink if self.follow => return self.symlink(path, here, found, directories),
            FileType::Symlink => found.skip(Skip::Symlink, path),
            FileType::RegularFile if is_temporary(entry.file_name().to_bytes()) => {}
            FileType::RegularFile => {
                let may_be_unlisted = self.unlisted.files.iter().any(|(_, inode)| *inode == entry.ino());
                let is_unlisted =
                    || stat().map(|stat| self.unlisted.files.contains(&(stat.st_dev, stat.st_ino)));
                if !(may_be_unlisted && is_unlisted()?) {
                    found.files.push(path);
                }
            }
            _ => found.skip(Skip::Special, path),
        }
        Ok(())
    }

    fn symlink(
        &self,
        path: Vec<u8>,
        here: &Rc<Above>,
        found: &mut Found,
        directories: &mut Vec<Directory>,
    ) -> io::Result<()> {
        let target = match self.tree.open_any(&path) {
            Ok(target) => target,
            Err(error) => {
                let skip = match error.raw_os_error().map(Errno::from_raw_os_error) {
                    Some(Errno::XDEV) => Skip::OutsideSymlink,
                    Some(Errno::NOENT | Errno::LOOP | Errno::NOTDIR) => Skip::BrokenSymlink,
                    Some(Errno::NXIO) => Skip::Special,
                    _ => return Err(error),
                };
                found.skip(skip, path);
                return Ok(());
            }
        };
        let stat = fstat(target.as_fd())?;
        let identity = (stat.st_dev, stat.st_ino);
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory if self.exclude.matches(&path, true) => found.skip(Skip::Excluded, path),
            FileType::Directory if is_above(here, identity) => found.skip(Skip::LoopingSymlink, path),
            FileType::Directory => directories.push(Directory { path, above: Some(here.clone()) }),
            FileType::RegularFile => {
                let unlisted = self.unlisted.files.iter().chain(&self.unlisted.old_lists);
                if !unlisted.into_iter().any(|file| *file == identity) {
                    found.files.push(path);
                }
            }
            _ => found.skip(Skip::Special, path),
        }
        Ok(())
    }
}

/// Whether a directory is this one or one that it is in.
fn is_above(here: &Rc<Above>, identity: (u64, u64)) -> bool {
    std::iter::successors(Some(here), |directory| directory.above.as_ref())
        .any(|directory| directory.identity == identity)
}

impl Found {
    fn skip(&mut self, skip: Skip, path: Vec<u8>) {
        self.skipped.0.insert((skip, path));
    }

    fn fail(&mut self, path: &[u8], error: &io::Error) {
        let path = if path.is_empty() { b"." } else { path };
        self.failures.insert(path.to_vec(), super::unreadable(path, error));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::source::PathPolicy;

    /// Names of the files, and what was skipped, with both ways to open what is beneath the root.
    fn walk(root: &std::path::Path, follow: bool, starts: &[&str]) -> (Vec<String>, String) {
        let starts: Vec<_> = starts.iter().map(|start| start.as_bytes().to_vec()).collect();
        let found = [false, true].map(|by_component| {
            let tree = LocalTree::open([root], PathPolicy::Beneath).unwrap();
            let tree = if by_component { tree.without_openat2() } else { tree };
            let (exclude, cancel) = (Exclude::default(), CancelToken::new());
            let unlisted = Unlisted::default();
            Walk { tree: &tree, exclude: &exclude, follow, unlisted, cancel: &cancel }.run(&starts).unwrap()
        });
        assert_eq!((&found[0].files, &found[0].skipped), (&found[1].files, &found[1].skipped));
        let failures = found.each_ref().map(|found| found.failures.keys().cloned().collect::<Vec<_>>());
        assert_eq!(failures[0], failures[1]);
        let names = found[0].files.iter().map(|name| String::from_utf8(name.clone()).unwrap());
        (
            names.chain(failures[0].iter().map(|name| format!("!{}", name.escape_ascii()))).collect(),
            found[0].skipped.to_string(),
        )
    }

    #[test]
    fn symlinks_lead_nowhere_or_to_what_is_beneath() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "").unwrap();
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::write(root.join("a/b/f"), "").unwrap();
        for (link, target) in [
            ("a/b/up", ".."),
            ("a/top", "../../../../../../../../../.."),
            ("again", "a/b/../b"),
            ("file", "a/b/f"),
            ("self", "self"),
            ("broken", "none"),
        ] {
            symlink(target, root.join(link)).unwrap();
        }
        symlink(outside.path(), root.join("out")).unwrap();
        symlink(outside.path().join("secret"), root.join("secret")).unwrap();

        assert_eq!(walk(root, false, &[""]), (vec!["a/b/f".to_owned()], "8 symlinks".to_owned()));
        let (files, skipped) = walk(root, true, &[""]);
        assert_eq!(files, ["a/b/f", "again/f", "again/up/b/f", "file"]);
        assert_eq!(skipped, "4 outside symlinks, 2 broken symlinks, 2 looping symlinks");
        // What is named is followed, and what is named twice is there once.
        assert_eq!(walk(root, false, &["file", "again", "a/b", "a"]).0, ["a/b/f", "again/f", "file"]);
        assert_eq!(walk(root, false, &["out", "none", "a/b/f"]).0, ["a/b/f", "!none", "!out"]);
    }
}
