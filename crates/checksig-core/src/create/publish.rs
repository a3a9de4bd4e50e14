//! Writing lists so that the old one or the new one is there, whatever happens: to a temporary file beside it, which
//! takes its name only when it is whole and on the disk.

use std::ffi::{CStr, OsStr, OsString};
use std::fs::File;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustix::fs::{AtFlags, Dir, FileType, FlockOperation, Mode, OFlags, RawMode, Stat, Timespec, Timestamps};
use rustix::io::Errno;

use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind};
use crate::quote::Quoted;
use crate::source::LocalTree;

/// How temporary files are called; 16 hex digits follow.
const PREFIX: &[u8] = b".checksig-tmp-";
/// How often a name is tried that somebody else has.
const TRIES: u32 = 64;

/// Whether a file is called as the temporary ones are.
pub(super) fn is_temporary(name: &[u8]) -> bool {
    let digits = name.strip_prefix(PREFIX).unwrap_or_default();
    digits.len() == 16 && digits.iter().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
}

/// The directory that lists are written to.
pub(super) struct ListDirectory {
    directory: OwnedFd,
    path: PathBuf,
}

impl ListDirectory {
    /// Opens the root of a tree.
    pub(super) fn open(tree: &LocalTree, path: &Path) -> Result<Rc<Self>, Error> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let open = || -> io::Result<OwnedFd> {
            let root = tree.root()?;
            Ok(rustix::io::retry_on_intr(|| rustix::fs::openat(root, ".", flags, Mode::empty()))?)
        };
        let directory = open().map_err(|error| {
            let message =
                format!("cannot open the directory {}: {error}", Quoted(path.as_os_str().as_bytes()));
            Error::new(ErrorKind::UnreadableRoot(error), message)
        })?;
        Ok(Rc::new(Self { directory, path: path.to_owned() }))
    }

    /// What messages call a file of it.
    pub(super) fn shown(&self, name: &OsStr) -> PathBuf {
        if self.path == Path::new(".") { PathBuf::from(name) } else { self.path.join(name) }
    }

    /// Removes the temporary files that nobody writes to: their run was killed. One that cannot be removed is in
    /// nobody's way.
    pub(super) fn reclaim(&self) {
        let Ok(mut entries) = Dir::read_from(&self.directory) else { return };
        while let Some(Ok(entry)) = entries.read() {
            if is_temporary(entry.file_name().to_bytes()) {
                let _ = self.remove_abandoned(entry.file_name());
            }
        }
    }

    fn remove_abandoned(&self, name: &CStr) -> rustix::io::Result<()> {
        let open = |access: OFlags| {
            let flags = access | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
            rustix::fs::openat(&self.directory, name, flags, Mode::empty())
        };
        // A network file system locks only what is open for writing; and a list may be read-only.
        let file = match open(OFlags::RDWR) {
            Err(Errno::ACCESS) => open(OFlags::RDONLY)?,
            result => result?,
        };
        if FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode) == FileType::RegularFile {
            rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)?;
            // Locked until it is gone: see `Temporary::new`.
            rustix::fs::unlinkat(&self.directory, name, AtFlags::empty())?;
        }
        Ok(())
    }

    /// Opens a file of it that has to be there already, whatever it is but a symlink, without waiting.
    pub(super) fn open_file(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let open = || rustix::fs::openat(&self.directory, name, flags, Mode::empty());
        Ok(rustix::io::retry_on_intr(open)?.into())
    }

    /// What has this name; `None` if nothing has.
    pub(super) fn state(&self, name: &OsStr) -> io::Result<Option<Stat>> {
        match rustix::fs::statat(&self.directory, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// A new file under a name of its own, locked as long as it is open. Dropped before it has another name, it is gone.
struct Temporary {
    directory: Rc<ListDirectory>,
    /// `None` once it has another name.
    name: Option<String>,
    file: File,
}

impl Temporary {
    /// Nobody may read it who must not read the list that it replaces.
    fn new(directory: &Rc<ListDirectory>, old: Option<&Stat>) -> rustix::io::Result<Self> {
        let mode = Mode::from_raw_mode(old.map_or(0o666, |old| old.st_mode & 0o666 | 0o600));
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        for _ in 0..TRIES {
            let random = RandomState::new().build_hasher().finish();
            let name = format!("{}{random:016x}", String::from_utf8_lossy(PREFIX));
            let file = match rustix::io::retry_on_intr(|| {
                rustix::fs::openat(&directory.directory, &name, flags, mode)
            }) {
                Err(Errno::EXIST) => continue,
                result => result?,
            };
            let new = Self { directory: directory.clone(), name: Some(name), file: file.into() };
            // Another run may have found it before it was locked, and taken it for abandoned. Where there are no locks,
            // nobody ever does.
            let lock = rustix::fs::flock(&new.file, FlockOperation::NonBlockingLockExclusive);
            if lock != Err(Errno::WOULDBLOCK) && rustix::fs::fstat(&new.file)?.st_nlink > 0 {
                return Ok(new);
            }
        }
        Err(Errno::EXIST)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            // The next run removes it if this fails.
            let _ = rustix::fs::unlinkat(&self.directory.directory, name, AtFlags::empty());
        }
    }
}

/// What a new list may take the place of.
enum Place {
    /// Nothing: the name has to be free.
    Free,
    /// Whatever list there is then; it had this state, if there was one.
    Any(Option<Stat>),
    /// The list in this state, and no other.
    Only(Stat),
}

/// A list that is being written. Dropped before it is published, it leaves nothing behind.
pub(super) struct NewList {
    name: OsString,
    place: Place,
    temporary: Temporary,
    /// When the run began, by the clock of the file system.
    began: Timespec,
}

impl NewList {
    /// Makes the temporary file of a list.
    ///
    /// # Errors
    /// [`ErrorKind::ListExists`] if there is one already and `overwrite` does not say to replace it;
    /// [`ErrorKind::UnwritableList`].
    pub(super) fn begin(directory: &Rc<ListDirectory>, name: &OsStr, overwrite: bool) -> Result<Self, Error> {
        let shown = directory.shown(name);
        let old = directory.state(name).map_err(|error| unwritable(&shown, error))?;
        if old.is_some_and(|old| FileType::from_raw_mode(old.st_mode) != FileType::RegularFile) {
            let error = io::Error::other("something is there that is not a regular file (a symlink is none)");
            return Err(unwritable(&shown, error));
        }
        if old.is_some() && !overwrite {
            return Err(exists(&shown));
        }
        let place = if overwrite { Place::Any(old) } else { Place::Free };
        let begin = || -> rustix::io::Result<Self> {
            let temporary = Temporary::new(directory, old.as_ref())?;
            let began = modified(&rustix::fs::fstat(&temporary.file)?);
            Ok(Self { name: name.to_owned(), place, temporary, began })
        };
        begin().map_err(|error| unwritable(&shown, error.into()))
    }

    /// Makes the temporary file of a list that replaces just the one that this is the state of.
    pub(super) fn instead_of(directory: &Rc<ListDirectory>, name: &OsStr, old: Stat) -> Result<Self, Error> {
        let list = Self::begin(directory, name, true)?;
        Ok(Self { place: Place::Only(old), ..list })
    }

    fn old(&self) -> Option<&Stat> {
        match &self.place {
            Place::Free => None,
            Place::Any(old) => old.as_ref(),
            Place::Only(old) => Some(old),
        }
    }

    /// Gives it the time of the list that it replaces.
    pub(super) fn keep_time(&mut self) {
        if let Some(began) = self.old().map(modified) {
            self.began = began;
        }
    }

    /// What messages call it.
    pub(super) fn shown(&self) -> PathBuf {
        self.temporary.directory.shown(&self.name)
    }

    /// Device and inode of the list that it replaces.
    pub(super) fn old_identity(&self) -> Option<(u64, u64)> {
        self.old().map(|stat| (stat.st_dev, stat.st_ino))
    }

    /// Where its bytes go.
    pub(super) fn writer(&self) -> io::BufWriter<&File> {
        io::BufWriter::with_capacity(64 * 1024, &self.temporary.file)
    }

    /// The bytes are all there: gives the file the mode of the list that it replaces, and brings it to the disk.
    fn seal(&self) -> io::Result<()> {
        let file = &self.temporary.file;
        if let Some(old) = self.old() {
            let now = rustix::fs::fstat(file)?;
            let mut mode = old.st_mode & 0o777;
            if (now.st_uid, now.st_gid) != (old.st_uid, old.st_gid) {
                let owner = rustix::fs::Uid::from_raw(old.st_uid);
                let group = rustix::fs::Gid::from_raw(old.st_gid);
                // Only root may give files away; the list of anybody else becomes their own.
                let given = rustix::fs::fchown(file, Some(owner), Some(group))
                    .or_else(|_| rustix::fs::fchown(file, None, Some(group)));
                if given.is_err() {
                    // What the old group was allowed is not for another.
                    mode &= !0o070;
                }
            }
            // Some file systems have one mode for all, and refuse every other.
            if now.st_mode & 0o777 != mode {
                rustix::fs::fchmod(file, Mode::from_raw_mode(mode as RawMode))?;
            }
        }
        // So whatever is changed behind the run's back is newer than the list, however late that is written.
        let times = Timestamps {
            last_access: Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_OMIT },
            last_modification: self.began,
        };
        rustix::fs::futimens(file, &times)?;
        file.sync_all()
    }

    /// Takes its name.
    fn rename(&mut self) -> Result<(), Error> {
        let shown = self.shown();
        let Some(temporary) = &self.temporary.name else { return Ok(()) };
        let directory = &self.temporary.directory;
        if let Place::Only(old) = &self.place {
            let now = directory.state(&self.name).map_err(|error| unwritable(&shown, error))?;
            if now.is_none_or(|now| !is_same(&now, old)) {
                let error = io::Error::other("it was changed meanwhile; run it again");
                return Err(unwritable(&shown, error));
            }
        }
        let directory = &directory.directory;
        let renamed = match self.place {
            Place::Free => rename_to_free(directory, temporary, &self.name),
            Place::Any(_) | Place::Only(_) => {
                rustix::fs::renameat(directory, temporary, directory, &self.name)
            }
        };
        renamed.map_err(|error| match (&self.place, error) {
            (Place::Free, Errno::EXIST) => exists(&shown),
            (_, error) => unwritable(&shown, error.into()),
        })?;
        self.temporary.name = None;
        Ok(())
    }
}

/// Publishes lists of one directory: brings all of them to the disk before the first takes its name.
///
/// # Errors
/// [`ErrorKind::Cancelled`], [`ErrorKind::ListExists`], [`ErrorKind::UnwritableList`].
pub(super) fn publish(mut lists: Vec<NewList>, cancel: &CancelToken) -> Result<(), Error> {
    for list in &lists {
        list.seal().map_err(|error| unwritable(&list.shown(), error))?;
        if cancel.is_cancelled() {
            return Err(super::cancelled());
        }
    }
    for index in 0..lists.len() {
        if let Err(error) = lists[index].rename() {
            let written = lists[..index].iter().map(|list| shown(&list.shown())).collect::<Vec<_>>();
            if written.is_empty() {
                return Err(error);
            }
            let message = format!("{error}; already written: {}", written.join(", "));
            return Err(Error::new(error.into_kind(), message));
        }
    }
    let Some(list) = lists.first() else { return Ok(()) };
    let directory = &list.temporary.directory;
    match rustix::fs::fsync(&directory.directory) {
        // A file system that cannot do this to a directory.
        Ok(()) | Err(Errno::INVAL) => Ok(()),
        Err(error) => {
            let directory = shown(&directory.path);
            let message = format!(
                "the new list is in {directory}, but may not survive a crash: cannot sync the directory: {error}"
            );
            Err(Error::new(ErrorKind::UnwritableList(error.into()), message))
        }
    }
}

/// Gives a file a name that nothing has, or fails with `EEXIST`: no moment between looking and renaming.
fn rename_to_free(directory: &OwnedFd, old: &str, new: &OsStr) -> rustix::io::Result<()> {
    #[cfg(target_os = "linux")]
    match rustix::fs::renameat_with(directory, old, directory, new, rustix::fs::RenameFlags::NOREPLACE) {
        // The file system cannot do it.
        Err(Errno::INVAL | Errno::NOSYS) => {}
        result => return result,
    }
    rustix::fs::linkat(directory, old, directory, new, AtFlags::empty())?;
    rustix::fs::unlinkat(directory, old, AtFlags::empty())
}

/// When the content was last changed.
pub(super) fn modified(stat: &Stat) -> Timespec {
    Timespec { tv_sec: stat.st_mtime as _, tv_nsec: stat.st_mtime_nsec as _ }
}

/// Whether it is the same file, unchanged.
pub(super) fn is_same(now: &Stat, then: &Stat) -> bool {
    let state = |stat: &Stat| {
        (
            stat.st_dev,
            stat.st_ino,
            stat.st_size,
            stat.st_mtime,
            stat.st_mtime_nsec,
            stat.st_ctime,
            stat.st_ctime_nsec,
        )
    };
    state(now) == state(then)
}

fn shown(path: &Path) -> String {
    Quoted(path.as_os_str().as_bytes()).to_string()
}

pub(super) fn unwritable(list: &Path, error: io::Error) -> Error {
    let message = format!("cannot write the list {}: {error}", shown(list));
    Error::new(ErrorKind::UnwritableList(error), message)
}

fn exists(list: &Path) -> Error {
    let message = format!("there is a list {} already (--force overwrites it)", shown(list));
    Error::new(ErrorKind::ListExists, message)
}
