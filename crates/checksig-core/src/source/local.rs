//! Directories of this machine.

use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

#[cfg(target_os = "linux")]
use rustix::fs::ResolveFlags;
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
        Ok(Self { roots, resolver, unconfined_flags: OPEN_FLAGS, uses_cache: true })
    }

    /// Device and inode of each root.
    pub(crate) fn root_identities(&self) -> impl Iterator<Item = (u64, u64)> {
        // `fstat` of a directory that is open does not fail; (0, 0) is no directory's.
        self.roots.iter().map(|root| identity(root).unwrap_or_default())
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

    /// Opens FIFOs and devices as a plain `open` does, waiting for a FIFO's writer: for files that the user named.
    /// Without effect beneath a root.
    pub fn waiting_for_fifos(mut self) -> Self {
        self.unconfined_flags = OPEN_FLAGS.difference(OFlags::NONBLOCK);
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
            // Only `openat2` can be asked not to wait.
            (None, Wait::Never) => Err(Errno::AGAIN),
            (None, Wait::Allowed) => rustix::io::retry_on_intr(|| {
                rustix::fs::openat(root, path, self.unconfined_flags, Mode::empty())
            }),
        }
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

/// Device and inode: what makes an open directory the same as another.
pub(crate) fn identity(directory: impl AsFd) -> io::Result<(u64, u64)> {
    let stat = rustix::fs::fstat(directory)?;
    Ok((stat.st_dev, stat.st_ino))
}

impl Source for LocalTree {
    fn open(&self, root: usize, path: EntryPath<'_>, wait: Wait) -> io::Result<Box<dyn SourceFile>> {
        let root = self.roots.get(root).ok_or(Errno::NOENT)?;
        if wait == Wait::Never && !self.uses_cache {
            return Err(Errno::AGAIN.into());
        }
        Ok(Box::new(LocalFile::from(self.open_file(root.as_fd(), path.as_bytes(), wait)?)))
    }

    fn as_local_tree(&self) -> Option<&LocalTree> {
        Some(self)
    }
}

/// A file of this machine. Its descriptor is all that is used of it: no path is looked up twice.
pub(crate) struct LocalFile(OwnedFd);

impl From<OwnedFd> for LocalFile {
    fn from(file: OwnedFd) -> Self {
        Self(file)
    }
}

impl SourceFile for LocalFile {
    fn stamp(&mut self) -> io::Result<Stamp> {
        let stat = rustix::fs::fstat(&self.0)?;
        Ok(Stamp {
            regular: FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile,
            size: u64::try_from(stat.st_size).unwrap_or(0),
            modified: (stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            status_changed: (stat.st_ctime as i64, stat.st_ctime_nsec as i64),
        })
    }

    fn read(&mut self, buffer: &mut [u8], wait: Wait) -> io::Result<usize> {
        match wait {
            Wait::Allowed => Ok(rustix::io::retry_on_intr(|| rustix::io::read(&self.0, &mut *buffer))?),
            Wait::Never => read_cached(self.0.as_fd(), buffer),
        }
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        Some(self.0.as_fd())
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
