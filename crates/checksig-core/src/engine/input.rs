//! One open file: reading it to its end, and no further than its end, and noticing that it changed.

use std::io;
use std::os::fd::BorrowedFd;
use std::sync::atomic::Ordering;

use rustix::io::Errno;

use super::buffer::{Buffer, PAGE};
use super::descriptors::OpenGuard;
use super::{Counters, Shared, Work};
use crate::hash::MultiHasher;
use crate::source::{SourceFile, Stamp, Wait};

/// Why a file has no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    Missing,
    NotAFile,
    UnsafePath,
    /// The error number, if there is one, and where reading failed; `None`: it was not even opened.
    Unreadable {
        errno: Option<i32>,
        offset: Option<u64>,
    },
    Changed,
}

impl Failure {
    fn opening(error: &io::Error) -> Self {
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::NOENT) => Self::Missing,
            Some(Errno::XDEV) => Self::UnsafePath,
            Some(Errno::NXIO) => Self::NotAFile,
            None if error.kind() == io::ErrorKind::NotFound => Self::Missing,
            _ => Self::Unreadable { errno: error.raw_os_error(), offset: None },
        }
    }

    pub(super) fn reading(error: &io::Error, offset: Option<u64>) -> Self {
        Self::Unreadable { errno: error.raw_os_error(), offset }
    }
}

/// Why a file could not be opened.
pub(super) enum OpenFailure {
    /// It would have waited, and was not to.
    WouldWait,
    /// There are no file descriptors left.
    NoDescriptor(Failure, OpenGuard),
    /// There is no use in trying again.
    Final(Failure),
}

/// A file being read.
pub(super) struct Input {
    file: Box<dyn SourceFile>,
    opened: Stamp,
    /// Where it ends; `None` where only reading tells.
    size: Option<u64>,
    /// Bytes read so far.
    position: u64,
    /// In how many pieces.
    pieces: u32,
    _open: OpenGuard,
}

/// What [`Input::fill`] came to.
pub(super) enum Fill {
    /// The buffer's chunk is full, and there is more.
    Full,
    /// The file has been read to its end.
    End,
    /// More would have to be waited for.
    WouldWait,
}

impl Input {
    pub(super) fn open<W: Work, H: MultiHasher>(
        shared: &Shared<W, H>,
        job: u32,
        wait: Wait,
    ) -> Result<Self, OpenFailure> {
        let (root, path) = shared.work.file(job as usize);
        let guard = shared.descriptors.opening();
        match shared.source.open(root, path, wait) {
            Ok(file) => Self::opened(shared, file, guard),
            Err(error) => {
                let failure = Failure::opening(&error);
                Err(match error.raw_os_error().map(Errno::from_raw_os_error) {
                    Some(Errno::MFILE | Errno::NFILE) => OpenFailure::NoDescriptor(failure, guard),
                    _ if would_wait(&error, wait) => OpenFailure::WouldWait,
                    _ => OpenFailure::Final(failure),
                })
            }
        }
    }

    /// What was just opened.
    pub(super) fn opened<W: Work, H: MultiHasher>(
        shared: &Shared<W, H>,
        mut file: Box<dyn SourceFile>,
        guard: OpenGuard,
    ) -> Result<Self, OpenFailure> {
        let opened = file.stamp().map_err(|error| OpenFailure::Final(Failure::reading(&error, None)))?;
        if !opened.regular && !shared.work.reads_special_files() {
            return Err(OpenFailure::Final(Failure::NotAFile));
        }
        // The kernel's own files have no size; the user may name them, a list may not: nothing proves their end.
        let unsized_file = shared.work.reads_special_files() && (!opened.regular || opened.size == 0);
        let size = (!unsized_file).then_some(opened.size);
        let input = Self { file, opened, size, position: 0, pieces: 0, _open: guard };
        input.count(&shared.counters);
        Ok(input)
    }

    fn count(&self, counters: &Counters) {
        counters.files_opened.fetch_add(1, Ordering::Relaxed);
        counters
            .bytes_opened
            .fetch_add(if self.opened.regular { self.opened.size } else { 0 }, Ordering::Relaxed);
    }

    /// Bytes read so far.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Bytes that are still to be read, as far as that is known.
    pub(super) fn left(&self) -> u64 {
        self.size.map_or(0, |size| size - self.position)
    }

    /// Reads until the buffer's chunk is full or the file ends.
    pub(super) fn fill(&mut self, buffer: &mut Buffer, wait: Wait) -> Result<Fill, Failure> {
        loop {
            let Some(ask) = self.ask(buffer) else { return Ok(Fill::Full) };
            let got = match self.file.read(buffer.spare(ask), wait) {
                Ok(got) => got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if would_wait(&error, wait) => return Ok(Fill::WouldWait),
                Err(error) => return Err(Failure::reading(&error, Some(self.position))),
            };
            if self.absorb(buffer, got)? {
                return Ok(Fill::End);
            }
        }
    }

    /// How many bytes the next read should ask for; `None` if the buffer's chunk is full.
    ///
    /// The end of a regular file is where its size says, and that is proved: every read asks for more than there should
    /// be left. A short read that arrives there is the end, without a second call that returns 0. It asks for a page
    /// more, not for a byte: some files of procfs that call themselves empty answer a small buffer with nothing.
    pub(super) fn ask(&self, buffer: &Buffer) -> Option<usize> {
        let room = buffer.room();
        let left = self.size.map_or(u64::MAX, |size| size - self.position);
        (room > 0).then_some(if left > room as u64 { room } else { left as usize + PAGE })
    }

    /// Whether a read gave more than there should be left.
    pub(super) fn is_too_much(&self, got: usize) -> bool {
        self.size.is_some_and(|size| got as u64 > size - self.position)
    }

    /// Takes in what a read put behind the buffer's filled bytes. `true`: that was the end.
    ///
    /// A file that was read in several pieces has to look at its end as it looked when it was opened.
    pub(super) fn absorb(&mut self, buffer: &mut Buffer, got: usize) -> Result<bool, Failure> {
        let left = self.size.map_or(u64::MAX, |size| size - self.position);
        if self.is_too_much(got) || (got == 0 && self.size.is_some() && left > 0) {
            return Err(Failure::Changed);
        }
        buffer.advance(got);
        self.position += got as u64;
        self.pieces += u32::from(got > 0 && self.pieces < 2);
        let ended = if self.size.is_some() { got as u64 == left } else { got == 0 };
        if ended && self.pieces > 1 && !self.is_unchanged()? {
            return Err(Failure::Changed);
        }
        Ok(ended)
    }

    /// The descriptor to read from, if it has one.
    pub(super) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.file.descriptor()
    }

    /// Whether size and times are still those at opening. A FIFO or a device has none that mean anything.
    pub(super) fn is_unchanged(&mut self) -> Result<bool, Failure> {
        let now = self.file.stamp().map_err(|error| Failure::reading(&error, Some(self.position)))?;
        Ok(!self.opened.regular || now == self.opened)
    }
}

fn would_wait(error: &io::Error, wait: Wait) -> bool {
    wait == Wait::Never && error.kind() == io::ErrorKind::WouldBlock
}
