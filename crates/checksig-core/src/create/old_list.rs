//! A list that is there already, as something to be kept up to date: read whole, locked, and understood in every line.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::rc::Rc;

use rustix::fs::{FileType, FlockOperation, Stat};
use rustix::io::Errno;

use super::publish::{ListDirectory, is_same};
use super::text::Line;
use crate::algorithm::Algorithm;
use crate::checksum::Checksum;
use crate::error::{Error, ErrorKind};
use crate::manifest::{LineStyle, Manifest, ParseOptions, comments};
use crate::path::EntryPath;
use crate::quote::Quoted;

/// A list, and the state that it was read in.
pub(super) struct OldList {
    pub(super) stat: Stat,
    pub(super) comments: Vec<Vec<u8>>,
    pub(super) files: Vec<Listed>,
    /// The algorithms that occur, and the form of the first line of each.
    pub(super) algorithms: Vec<(Algorithm, LineStyle)>,
    /// By name, normalised: the index of a file.
    by_name: HashMap<Vec<u8>, usize>,
    /// Locked as long as it is open.
    _file: File,
}

/// A file that a list names.
pub(super) struct Listed {
    /// The name as it is first written.
    pub(super) name: Vec<u8>,
    pub(super) checksums: Vec<(Checksum, LineStyle)>,
}

impl Listed {
    /// Its lines.
    pub(super) fn lines(&self) -> impl Iterator<Item = Line<'_>> + Clone {
        self.checksums.iter().map(|(checksum, style)| Line { checksum, name: &self.name, style: *style })
    }

    /// Gives it other checksums of its algorithms; whether one differs.
    pub(super) fn replace(&mut self, checksums: &[Checksum]) -> bool {
        let mut differs = false;
        for ((known, _), checksum) in self.checksums.iter_mut().zip(checksums) {
            differs |= known != checksum;
            *known = *checksum;
        }
        differs
    }
}

impl OldList {
    /// Reads a list of a directory.
    ///
    /// # Errors
    /// [`ErrorKind::UnreadableList`] also if another run updates it; [`ErrorKind::InvalidInput`] if it has a line that is
    /// neither blank, a comment nor an entry, no entry, or one that must not be kept.
    pub(super) fn read(
        directory: &Rc<ListDirectory>,
        name: &OsStr,
        parse_options: &ParseOptions,
    ) -> Result<Self, Error> {
        let path = directory.shown(name);
        let (file, stat, bytes) = read(directory, name).map_err(|error| {
            let message = format!("cannot read the list {}: {error}", shown(&path));
            Error::new(ErrorKind::UnreadableList(error), message)
        })?;
        let manifest = Manifest::parse(&bytes, parse_options);
        let refuse = |line: u64, why: &str| {
            let message = format!("{}:{line}: {why}; put it right first", shown(&path));
            Error::new(ErrorKind::InvalidInput, message)
        };
        if let Some(malformed) = manifest.malformed().first() {
            return Err(refuse(malformed.line, &format!("malformed: {}", malformed.reason)));
        }
        if manifest.is_empty() {
            let message = format!("the list {} has not one entry", shown(&path));
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let mut list = Self {
            stat,
            comments: comments(&bytes),
            files: Vec::new(),
            algorithms: Vec::new(),
            by_name: HashMap::new(),
            _file: file,
        };
        for entry in manifest.entries() {
            let key = normalised(entry.path());
            if entry.path().may_escape() || entry.path().demands_directory() || key.is_empty() {
                return Err(refuse(
                    entry.line(),
                    &format!("{} is no name of a file beneath the list's directory", entry.path()),
                ));
            }
            if key == name.as_bytes() {
                return Err(refuse(entry.line(), "the list names itself, which no update can make true"));
            }
            if !list.add(key, entry.path(), entry.checksum(), entry.style()) {
                return Err(refuse(
                    entry.line(),
                    &format!("{} has another digest in a line before", entry.path()),
                ));
            }
        }
        Ok(list)
    }

    /// Adds an entry; `false` if it contradicts another.
    fn add(&mut self, key: Vec<u8>, path: EntryPath<'_>, checksum: Checksum, style: LineStyle) -> bool {
        let algorithm = checksum.algorithm();
        if !self.algorithms.iter().any(|(known, _)| *known == algorithm) {
            self.algorithms.push((algorithm, style));
        }
        let index = *self.by_name.entry(key).or_insert(self.files.len());
        if index == self.files.len() {
            self.files.push(Listed { name: path.as_bytes().to_vec(), checksums: Vec::with_capacity(1) });
        }
        let checksums = &mut self.files[index].checksums;
        match checksums.iter().find(|(known, _)| known.algorithm() == algorithm) {
            Some((known, _)) => *known == checksum,
            None => {
                checksums.push((checksum, style));
                true
            }
        }
    }

    /// Whether a file is listed, under whatever spelling of its name.
    pub(super) fn has(&self, name: &[u8]) -> bool {
        self.by_name.contains_key(&normalised(EntryPath::new(name)))
    }
}

fn read(directory: &ListDirectory, name: &OsStr) -> io::Result<(File, Stat, Vec<u8>)> {
    let mut file = directory.open_file(name).map_err(|error| {
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::LOOP) => io::Error::other("it is a symlink; name the file that it leads to"),
            _ => error,
        }
    })?;
    let stat = rustix::fs::fstat(&file)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(io::Error::other(match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => "it is a directory: name a list in it",
            _ => "it is not a regular file",
        }));
    }
    // Where there are no locks, the comparison before the renaming has to do.
    let lock = rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive);
    let replaced = directory.state(name)?.is_none_or(|now| !is_same(&now, &stat));
    if lock == Err(Errno::WOULDBLOCK) || replaced {
        return Err(io::Error::other("another program is just changing it"));
    }
    let bytes = read_whole(&mut file, &stat)?;
    Ok((file, stat, bytes))
}

/// Reads a list to its end, if it is still as this says: of one that was cut meanwhile entries would be lost.
fn read_whole(file: &mut File, opened: &Stat) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    if !is_same(&rustix::fs::fstat(&*file)?, opened)
        || u64::try_from(opened.st_size) != Ok(bytes.len() as u64)
    {
        return Err(io::Error::other("it changed while it was read"));
    }
    Ok(bytes)
}

/// A path without empty components and `.`.
fn normalised(path: EntryPath<'_>) -> Vec<u8> {
    path.components().collect::<Vec<_>>().join(&b'/')
}

fn shown(path: &Path) -> String {
    Quoted(path.as_os_str().as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_list_that_is_cut_or_grows_while_it_is_read_is_not_taken() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("list");
        let cases: [(&[u8], bool); 3] =
            [(b"as it was", true), (b"as", false), (b"as it was and more", false)];
        for (later, taken) in cases {
            std::fs::write(&path, "as it was").unwrap();
            let mut file = File::open(&path).unwrap();
            let opened = rustix::fs::fstat(&file).unwrap();
            if !taken {
                File::create(&path).unwrap().write_all(later).unwrap();
            }
            assert_eq!(read_whole(&mut file, &opened).ok().as_deref(), taken.then_some(later));
        }
    }
}
