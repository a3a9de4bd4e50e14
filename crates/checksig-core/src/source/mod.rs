//! Where files come from: opening what a list names, reading it, and noticing that it changed.
//!
//! [`LocalTree`] is the one that reads directories; tests put faults here, and other stores can come later.

mod beneath;
mod local;

use std::io;
use std::os::fd::BorrowedFd;

pub use local::LocalTree;
pub(crate) use local::{LocalFile, RootIdentity, identity, open_directory};

use crate::path::EntryPath;

/// Which files a path may lead to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PathPolicy {
    /// Only files beneath the root, however the path and the symlinks on its way are made. For every list that is not
    /// fully trusted, so: for every list.
    #[default]
    Beneath,
    /// Whatever the operating system opens under that path. For file names that the user gave, and for commands
    /// that must behave as GNU's do.
    Unconfined,
}

/// Whether a call may wait for a disk or a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// It may.
    Allowed,
    /// It may not: what is not in memory is refused with [`io::ErrorKind::WouldBlock`], and asked for again by a
    /// thread that can wait. A source that cannot tell always refuses.
    Never,
}

/// A store of files.
///
/// An error's meaning is that of its `errno`: `ENOENT` is missing, `EXDEV` a path that leads outside, `ENXIO` no
/// regular file, everything else unreadable.
///
/// ```
/// use std::{io, sync::Arc};
/// use checksig_core::source::{Source, SourceFile, Stamp, Wait};
/// use checksig_core::{EntryPath, ListInput, Manifest, ParseOptions, PathPolicy, Plan, Status, Verifier};
///
/// /// A store where every file says hello.
/// struct Hello;
///
/// impl Source for Hello {
///     fn open(&self, _root: usize, _path: EntryPath<'_>, _wait: Wait) -> io::Result<Box<dyn SourceFile>> {
///         Ok(Box::new(HelloFile(b"hello")))
///     }
/// }
///
/// struct HelloFile(&'static [u8]);
///
/// impl SourceFile for HelloFile {
///     fn stamp(&mut self) -> io::Result<Stamp> {
///         Ok(Stamp { regular: true, size: 5, modified: (0, 0), status_changed: (0, 0) })
///     }
///     fn read(&mut self, buffer: &mut [u8], _wait: Wait) -> io::Result<usize> {
///         io::Read::read(&mut self.0, buffer)
///     }
/// }
///
/// let list = Manifest::parse(b"5d41402abc4b2a76b9719d911017c592  any\n", &ParseOptions::default());
/// let plan = Plan::new(vec![ListInput::new("md5sum.txt", ".", list)], PathPolicy::Beneath).unwrap();
/// let report = Verifier::new().run_in(plan, Arc::new(Hello), &mut ()).unwrap();
/// assert_eq!(report.counts[Status::Ok], 1);
/// ```
pub trait Source: Send + Sync + 'static {
    /// Opens the file that `path` names beneath the root with this number. It must neither wait for a peer (a FIFO's
    /// writer) nor have side effects.
    fn open(&self, root: usize, path: EntryPath<'_>, wait: Wait) -> io::Result<Box<dyn SourceFile>>;

    /// Directories of this machine, if that is what it is: the kernel may then be asked to open and read several of
    /// their files at a time.
    fn as_local_tree(&self) -> Option<&LocalTree> {
        None
    }
}

/// An open file.
pub trait SourceFile: Send {
    /// What the file is now. Never waits for long: the file is open.
    fn stamp(&mut self) -> io::Result<Stamp>;

    /// Reads the next bytes; 0 is the end of the file.
    fn read(&mut self, buffer: &mut [u8], wait: Wait) -> io::Result<usize>;

    /// Its descriptor, if it is a file of this machine; [`read`](Self::read) reads at the descriptor's own position.
    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

/// What tells whether a file is still the one that was opened. Times are seconds and nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Whether it is a regular file.
    pub regular: bool,
    /// Its size in bytes.
    pub size: u64,
    /// When its content was last changed.
    pub modified: (i64, i64),
    /// When its content or metadata was last changed; nobody can set it back.
    pub status_changed: (i64, i64),
}
