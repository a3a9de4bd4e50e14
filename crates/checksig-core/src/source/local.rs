//! Directories of this machine.

use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
#[cfg(target_os = "linux")]
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags};
#[cfg(target_os = "linux")]
use rustix::fs::{AtFlags, ResolveFlags, StatxFlags};
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::{Errno, ReadWriteFlags};

use super::beneath::Resolver;
use super::{PathPolicy, Source, SourceFile, Stamp, Wait};
use crate::error::{Error, ErrorKind};
use crate::path::EntryPath;
use crate::quote::Quoted;

/// How every file is opened: a FIFO without a writer must not block, a terminal must not become ours.
pub(super) const OPEN_FLAGS: OFlags =
    OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// The local tree of files: one open directory a root, and a policy for what is beneath.
pub struct LocalTree {
    roots: Vec<OwnedFd>,
    /// `None`: unconfined.
    resolver: Option<Resolver>,
    /// How an unconfined file is opened.
    unconfined_flags: OFlags,
    /// Whether the kernel can be asked for an unconfined file that it has in memory.
    #[cfg(target_os = "linux")]
    finds_cached: AtomicBool,
    /// Whether the kernel is asked for what it has in memory.
    uses_cache: bool,
}

impl LocalTree {
    /// Opens the roots.
    ///
    /// # Errors
    /// [`ErrorKind::UnreadableRoot`] for the first that is no directory or cannot be opened.
    pub fn open<P: AsRef<Path>>(
        roots: impl IntoIterator<Item = P>,
        policy: PathPolicy,
    ) -> Result<Self, Error> {
        let roots = roots.into_iter().map(|root| open_root(root.as_ref())).collect::<Result<Vec<_>, _>>()?;
        let resolver = match policy {
            PathPolicy::Beneath => Some(Resolver::best(roots.first().map(AsFd::as_fd))),
            PathPolicy::Unconfined => None,
        };
        Ok(Self {
            roots,
            resolver,
            unconfined_flags: OPEN_FLAGS,
            #[cfg(target_os = "linux")]
            finds_cached: AtomicBool::new(true),
            uses_cache: true,
        })
    }

    /// No root: paths begin at the working directory, which need not be readable, and lead wherever they lead.
    pub(crate) fn unconfined() -> Self {
        Self {
            roots: Vec::new(),
            resolver: None,
            unconfined_flags: OPEN_FLAGS,
            #[cfg(target_os = "linux")]
            finds_cached: AtomicBool::new(true),
            uses_cache: true,
        }
    }

    pub(crate) fn root_identities(&self) -> impl Iterator<Item = RootIdentity> {
        // `fstat` of a directory that is open does not fail; zeros are no directory's.
        self.roots.iter().map(|root| RootIdentity::of(root).unwrap_or_default())
    }

    /// The first root.
    pub(crate) fn root(&self) -> io::Result<BorrowedFd<'_>> {
        Ok(self.roots.first().ok_or(Errno::NOENT)?.as_fd())
    }

    /// Opens whatever the path leads to from the first root, directories too.
    pub(crate) fn open_any(&self, path: &[u8]) -> io::Result<OwnedFd> {
        Ok(self.open_file(self.root()?, path, Wait::Allowed)?)
    }

    /// Resolves paths component by component, as on a system without `openat2`. The answers are the same; this is
    /// for tests of that, and slower.
    pub fn without_openat2(mut self) -> Self {
        self.resolver = self.resolver.map(|_| Resolver::walking());
        self
    }

    /// Reads FIFOs as who opened them plainly would, waiting for their writers: for files that the user named. Without
    /// effect beneath a root.
    pub fn waiting_for_fifos(mut self) -> Self {
        // Linux waits for the writer when the file is read (see `LocalFile`): so it need not be known beforehand what a
        // file is.
        if cfg!(not(target_os = "linux")) {
            self.unconfined_flags = OPEN_FLAGS.difference(OFlags::NONBLOCK);
        }
        self
    }

    /// Refuses whatever is not to wait, as if nothing were in memory. The answers are the same; this is for tests of
    /// that, and slower.
    pub fn without_cache(mut self) -> Self {
        self.uses_cache = false;
        self
    }

    /// How a file beneath a root is opened by `openat2`; `None` where it is not.
    #[cfg(target_os = "linux")]
    pub(crate) fn openat2_beneath(&self, root: usize) -> Option<(BorrowedFd<'_>, OFlags, ResolveFlags)> {
        let resolve = self.resolver.as_ref()?.openat2_flags()?;
        Some((self.roots.get(root)?.as_fd(), OPEN_FLAGS, resolve))
    }

    fn open_file(&self, root: BorrowedFd<'_>, path: &[u8], wait: Wait) -> rustix::io::Result<OwnedFd> {
        match (&self.resolver, wait) {
            (Some(resolver), _) => resolver.open(root, path, wait),
            (None, Wait::Never) => self.open_cached(root, path),
            (None, Wait::Allowed) => rustix::io::retry_on_intr(|| {
                rustix::fs::openat(root, path, self.unconfined_flags, Mode::empty())
            }),
        }
    }

    /// Opens an unconfined file if the kernel has all of its path in memory.
    #[cfg(target_os = "linux")]
    fn open_cached(&self, root: BorrowedFd<'_>, path: &[u8]) -> rustix::io::Result<OwnedFd> {
        if !self.finds_cached.load(Ordering::Relaxed) {
            return Err(Errno::AGAIN);
        }
        let open = || rustix::fs::openat2(root, path, OPEN_FLAGS, Mode::empty(), ResolveFlags::CACHED);
        match rustix::io::retry_on_intr(open) {
            // A kernel that lacks it, a sandbox that forbids it: `openat` will tell what there is to tell.
            Err(Errno::NOSYS | Errno::INVAL | Errno::PERM) => {
                self.finds_cached.store(false, Ordering::Relaxed);
                Err(Errno::AGAIN)
            }
            result => result,
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn open_cached(&self, _root: BorrowedFd<'_>, _path: &[u8]) -> rustix::io::Result<OwnedFd> {
        Err(Errno::AGAIN)
    }
}

fn open_root(root: &Path) -> Result<OwnedFd, Error> {
    open_directory(root).map_err(|error| {
        let name = Quoted(root.as_os_str().as_encoded_bytes());
        let message = format!("cannot open the directory {name}: {error}");
        Error::new(ErrorKind::UnreadableRoot(error), message)
    })
}

/// Opens a directory for looking things up in it.
pub(crate) fn open_directory(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(rustix::io::retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()))?)
}

/// Device and inode: what makes an open file or directory the same as another.
pub(crate) fn identity(file: impl AsFd) -> io::Result<(u64, u64)> {
    let stat = rustix::fs::fstat(file)?;
    Ok((stat.st_dev, stat.st_ino))
}

/// What makes a root the same as another: of two mounts of one directory, each may have other things mounted in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RootIdentity {
    directory: (u64, u64),
    /// 0 where the system cannot tell.
    mount: u64,
}

impl RootIdentity {
    pub(crate) fn of(root: impl AsFd) -> io::Result<Self> {
        Ok(Self { directory: identity(&root)?, mount: mount(root.as_fd()) })
    }
}

#[cfg(target_os = "linux")]
fn mount(directory: BorrowedFd<'_>) -> u64 {
    let found = rustix::fs::statx(directory, c"", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID);
    found
        .map_or(0, |found| if found.stx_mask & StatxFlags::MNT_ID.bits() != 0 { found.stx_mnt_id } else { 0 })
}

#[cfg(not(target_os = "linux"))]
fn mount(_: BorrowedFd<'_>) -> u64 {
    0
}

impl Source for LocalTree {
    fn open(&self, root: usize, path: EntryPath<'_>, wait: Wait) -> io::Result<Box<dyn SourceFile>> {
        let root = match (self.roots.get(root), &self.resolver) {
            (Some(root), _) => root.as_fd(),
            (None, None) => rustix::fs::CWD,
            (None, Some(_)) => return Err(Errno::NOENT.into()),
        };
        if wait == Wait::Never && !self.uses_cache {
            return Err(Errno::AGAIN.into());
        }
        Ok(Box::new(LocalFile::from(self.open_file(root, path.as_bytes(), wait)?)))
    }

    fn as_local_tree(&self) -> Option<&LocalTree> {
        Some(self)
    }
}

/// A file of this machine. Its descriptor is all that is used of it: no path is looked up twice.
pub(crate) struct LocalFile {
    file: OwnedFd,
    /// Not a regular one, as far as [`stamp`](SourceFile::stamp) has seen: it was opened without waiting for its other
    /// end, so reading waits for that.
    special: bool,
}

impl From<OwnedFd> for LocalFile {
    fn from(file: OwnedFd) -> Self {
        Self { file, special: false }
    }
}

impl SourceFile for LocalFile {
    fn stamp(&mut self) -> io::Result<Stamp> {
        let stat = rustix::fs::fstat(&self.file)?;
        let regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
        self.special = !regular;
        Ok(Stamp {
            regular,
            size: u64::try_from(stat.st_size).unwrap_or(0),
            modified: (stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            status_changed: (stat.st_ctime as i64, stat.st_ctime_nsec as i64),
        })
    }

    fn read(&mut self, buffer: &mut [u8], wait: Wait) -> io::Result<usize> {
        match wait {
            Wait::Never if self.special => Err(Errno::AGAIN.into()),
            Wait::Never => read_cached(self.file.as_fd(), buffer),
            Wait::Allowed => loop {
                if self.special {
                    // A FIFO that nobody has opened for writing yet is not at its end, though `read` says so.
                    let mut fds = [PollFd::new(&self.file, PollFlags::IN)];
                    rustix::io::retry_on_intr(|| rustix::event::poll(&mut fds, None))?;
                }
                match rustix::io::retry_on_intr(|| rustix::io::read(&self.file, &mut *buffer)) {
                    Err(Errno::AGAIN) if self.special => {}
                    result => return Ok(result?),
                }
            },
        }
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        Some(self.file.as_fd())
    }
}

/// Reads what the page cache holds. File systems that cannot tell (`EOPNOTSUPP`) count as not cached.
#[cfg(target_os = "linux")]
fn read_cached(file: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<usize> {
    /// The descriptor's own position, which moves.
    const CURRENT: u64 = u64::MAX;
    let mut slices = [IoSliceMut::new(buffer)];
    let read = || rustix::io::preadv2(file, &mut slices, CURRENT, ReadWriteFlags::NOWAIT);
    match rustix::io::retry_on_intr(read) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => Err(Errno::AGAIN.into()),
        result => Ok(result?),
    }
}

#[cfg(not(target_os = "linux"))]
fn read_cached(_file: BorrowedFd<'_>, _buffer: &mut [u8]) -> io::Result<usize> {
    Err(Errno::AGAIN.into())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Otherwise it would only be slower, which nothing else would notice.
    #[test]
    fn unconfined_files_are_opened_from_memory() {
        let root = tempfile::tempdir().unwrap();
        let tree = LocalTree::open([root.path()], PathPolicy::Unconfined).unwrap();
        let root = tree.root().unwrap();
        let kernel_can =
            rustix::fs::openat2(root, ".", OPEN_FLAGS, Mode::empty(), ResolveFlags::CACHED).is_ok();
        assert_eq!(tree.open_file(root, b".", Wait::Never).is_ok(), kernel_can);
        tree.finds_cached.store(false, Ordering::Relaxed);
        assert_eq!(tree.open_file(root, b".", Wait::Never).unwrap_err(), Errno::AGAIN);
    }

    /// A FIFO that nobody has opened for writing yet looks as if it were at its end.
    #[test]
    fn who_must_not_wait_reads_nothing_from_a_fifo() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("fifo");
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, Mode::RUSR | Mode::WUSR).unwrap();
        let mut file =
            LocalFile::from(rustix::fs::open(&path, OPEN_FLAGS | OFlags::NONBLOCK, Mode::empty()).unwrap());
        assert!(!file.stamp().unwrap().regular);
        let refused = file.read(&mut [0; 8], Wait::Never).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::WouldBlock);
    }
}
