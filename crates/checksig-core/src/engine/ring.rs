//! The kernel's ring (`io_uring`): several opens and reads under way at once, asked for by one thread. The only module of
//! the core with `unsafe`: what the kernel writes to is kept here until it says that it is done.
#![allow(unsafe_code, reason = "requests are pointers that the kernel follows later")]

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

use io_uring::{IoUring, Probe, opcode, squeue, types};
use rustix::fs::{OFlags, ResolveFlags};
use rustix::io::Errno;

use super::buffer::Buffer;

/// Requests by the place that the caller gave them; one at a time in each place.
pub(super) struct Ring {
    uring: IoUring,
    places: Vec<Option<Request>>,
    in_flight: usize,
}

/// A request under way, and whatever the kernel has pointers to.
enum Request {
    Open {
        path: CString,
        how: Box<types::OpenHow>,
    },
    /// The kernel writes behind the buffer's filled bytes, so many at most.
    Read {
        buffer: Buffer,
        len: usize,
    },
}

impl Request {
    /// What tells the kernel of it; holds pointers into it.
    fn entry(&mut self, file: types::Fd, offset: u64) -> io::Result<squeue::Entry> {
        Ok(match self {
            Self::Open { path, how } => opcode::OpenAt2::new(file, path.as_ptr(), &raw const **how).build(),
            Self::Read { buffer, len } => {
                let room = buffer.spare(*len);
                let len = u32::try_from(room.len()).map_err(io::Error::other)?;
                opcode::Read::new(file, room.as_mut_ptr(), len).offset(offset).build()
            }
        })
    }
}

/// What became of the request in a place.
pub(super) enum Completion {
    Opened(io::Result<OwnedFd>),
    /// How many bytes were read, behind the filled ones of the buffer.
    Read(Buffer, io::Result<usize>),
}

impl Ring {
    /// A ring with so many places, for the thread that calls.
    ///
    /// # Errors
    /// The kernel's, if it is too old, a sandbox forbids it, or there are hardly any descriptors left.
    pub(super) fn new(places: usize) -> io::Result<Self> {
        let entries = u32::try_from(places).map_err(io::Error::other)?;
        // Completions then wait for the thread to ask instead of interrupting it (Linux 6.1).
        let newest = IoUring::builder().setup_single_issuer().setup_defer_taskrun().build(entries);
        let uring = newest.or_else(|_| IoUring::new(entries))?;
        let parameters = uring.params();
        let mut probe = Probe::new();
        uring.submitter().register_probe(&mut probe)?;
        let able = parameters.is_feature_ext_arg()
            && parameters.is_feature_nodrop()
            && [opcode::OpenAt2::CODE, opcode::Read::CODE].iter().all(|&code| probe.is_supported(code));
        if !able {
            return Err(io::Error::from(io::ErrorKind::Unsupported));
        }
        // It must not take the last descriptors: without any, no file can be opened.
        io::pipe()?;
        Ok(Self { uring, places: std::iter::repeat_with(|| None).take(places).collect(), in_flight: 0 })
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Asks for a file to be opened beneath a directory.
    pub(super) fn open(
        &mut self,
        place: usize,
        directory: BorrowedFd<'_>,
        path: CString,
        flags: OFlags,
        resolve: ResolveFlags,
    ) -> io::Result<()> {
        let how = Box::new(types::OpenHow::new().flags(flags.bits().into()).resolve(resolve.bits()));
        self.submit(place, directory, Request::Open { path, how }, 0)
    }

    /// Asks for up to `len` bytes of a file from a position on. Not from the file's own: that stays behind when the kernel
    /// reads the first part at once and fails to read the rest, and the same bytes would come twice.
    pub(super) fn read(
        &mut self,
        place: usize,
        file: BorrowedFd<'_>,
        buffer: Buffer,
        len: usize,
        position: u64,
    ) -> io::Result<()> {
        self.submit(place, file, Request::Read { buffer, len }, position)
    }

    fn submit(
        &mut self,
        place: usize,
        file: BorrowedFd<'_>,
        request: Request,
        offset: u64,
    ) -> io::Result<()> {
        let slot = self.places.get_mut(place).filter(|slot| slot.is_none());
        // One that is occupied would free what the kernel still writes to.
        let slot = slot.ok_or_else(|| io::Error::other("the place is taken"))?;
        // In its place before anything points to it: moving a box afterwards would end what pointers to it may do.
        let entry = slot.insert(request).entry(types::Fd(file.as_raw_fd()), offset);
        let pushed = entry.and_then(|entry| {
            let entry = entry.user_data(place as u64);
            // SAFETY: everything that the entry points to is on the heap and owned by the request, which stays in its
            // place, untouched, until the kernel has completed it: `next` takes it out then, and dropping the ring waits
            // for it. If the queue refuses the entry, the kernel never sees it.
            unsafe { self.uring.submission().push(&entry) }.map_err(io::Error::other)
        });
        match pushed {
            Ok(()) => self.in_flight += 1,
            Err(_) => *slot = None,
        }
        pushed
    }

    /// Tells the kernel of new requests, and waits until one is done, at most for so long.
    pub(super) fn wait(&mut self, timeout: Duration) -> io::Result<()> {
        let time = types::Timespec::from(timeout);
        let arguments = types::SubmitArgs::new().timespec(&time);
        match self.uring.submitter().submit_with_args(1, &arguments) {
            Ok(_) => Ok(()),
            Err(error) => match error.raw_os_error().map(Errno::from_raw_os_error) {
                // Nothing came in time; the kernel is short of something just now.
                Some(Errno::TIME | Errno::INTR | Errno::BUSY | Errno::AGAIN) => Ok(()),
                _ => Err(error),
            },
        }
    }

    /// A request that is done, and its place.
    pub(super) fn next(&mut self) -> Option<(usize, Completion)> {
        let entry = self.uring.completion().next()?;
        let place = entry.user_data() as usize;
        let request = self.places.get_mut(place)?.take()?;
        self.in_flight -= 1;
        let result = match entry.result() {
            error @ ..0 => Err(io::Error::from_raw_os_error(-error)),
            value => Ok(value),
        };
        let completion = match request {
            Request::Open { .. } => Completion::Opened(result.map(|file| {
                // SAFETY: the kernel has just made this descriptor for us, and nobody else knows of it.
                unsafe { OwnedFd::from_raw_fd(file) }
            })),
            Request::Read { buffer, .. } => Completion::Read(buffer, result.map(|got| got as usize)),
        };
        Some((place, completion))
    }
}

impl Drop for Ring {
    /// Waits for what is under way, as a thread in a system call does: the kernel still writes to the buffers.
    fn drop(&mut self) {
        while self.in_flight > 0 {
            if self.wait(Duration::from_secs(1)).is_err() {
                // It cannot be told when the kernel is done.
                std::mem::forget(std::mem::take(&mut self.places));
                return;
            }
            while self.next().is_some() {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::fd::AsFd;

    use super::*;
    use crate::source::open_directory;

    /// The next completion, waiting for it.
    fn completion(ring: &mut Ring) -> (usize, Completion) {
        loop {
            if let Some(done) = ring.next() {
                return done;
            }
            ring.wait(Duration::from_secs(1)).unwrap();
        }
    }

    /// `None` where the system forbids rings, and there is nothing to test.
    fn ring() -> Option<Ring> {
        match Ring::new(4) {
            Ok(ring) => Some(ring),
            Err(error) => {
                let errno = error.raw_os_error().map(Errno::from_raw_os_error);
                assert!(matches!(errno, Some(Errno::PERM | Errno::ACCESS | Errno::NOSYS)), "{error}");
                None
            }
        }
    }

    #[test]
    fn opens_beneath_and_reads_on() {
        let Some(mut ring) = ring() else { return };
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("file"), "0123456789").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", directory.path().join("outside")).unwrap();
        let root = open_directory(directory.path()).unwrap();
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        for (place, name) in ["file", "outside", "none"].into_iter().enumerate() {
            let path = CString::new(name).unwrap();
            ring.open(place, root.as_fd(), path, OFlags::RDONLY | OFlags::CLOEXEC, resolve).unwrap();
        }
        let mut results = [None, None, None];
        for _ in 0..3 {
            let (place, Completion::Opened(result)) = completion(&mut ring) else { panic!() };
            results[place] = Some(result);
        }
        let [Some(Ok(file)), Some(Err(outside)), Some(Err(none))] = results else { panic!("{results:?}") };
        assert_eq!(outside.raw_os_error(), Some(Errno::XDEV.raw_os_error()));
        assert_eq!(none.raw_os_error(), Some(Errno::NOENT.raw_os_error()));

        // Wherever the file's own position is: it says nothing of what has been read.
        let mut buffer = Buffer::new(4096);
        for (position, len, wanted) in
            [(0, 4, &b"0123"[..]), (4, 2, b"012345"), (6, 9, b"0123456789"), (10, 9, b"0123456789")]
        {
            rustix::fs::seek(&file, rustix::fs::SeekFrom::Start(1)).unwrap();
            ring.read(3, file.as_fd(), buffer, len, position).unwrap();
            let (3, Completion::Read(mut back, Ok(got))) = completion(&mut ring) else { panic!() };
            back.advance(got);
            assert_eq!(back.filled(), wanted);
            buffer = back;
        }
    }

    #[test]
    fn a_place_is_used_once_at_a_time() {
        let Some(mut ring) = ring() else { return };
        let (reader, mut writer) = io::pipe().unwrap();
        ring.read(0, reader.as_fd(), Buffer::new(4096), 10, 0).unwrap();
        assert!(ring.read(0, reader.as_fd(), Buffer::new(4096), 10, 0).is_err());
        assert!(ring.read(4, reader.as_fd(), Buffer::new(4096), 10, 0).is_err(), "there are four");
        ring.wait(Duration::ZERO).unwrap();
        assert!(ring.next().is_none());
        writer.write_all(b"abc").unwrap();
        let (0, Completion::Read(_, Ok(3))) = completion(&mut ring) else { panic!() };
        assert_eq!(ring.in_flight(), 0);
    }

    #[test]
    fn dropping_ends_when_the_kernel_is_done() {
        let (reader, mut writer) = io::pipe().unwrap();
        let (begun, has_begun) = crossbeam_channel::bounded(1);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let ring = ring().map(|mut ring| {
                    ring.read(0, reader.as_fd(), Buffer::new(4096), 10, 0).unwrap();
                    ring.wait(Duration::ZERO).unwrap();
                    assert_eq!(ring.in_flight(), 1);
                    ring
                });
                begun.send(()).unwrap();
                drop(ring);
            });
            has_begun.recv().unwrap();
            // Without it, the drop would wait for ever.
            writer.write_all(b"abc").unwrap();
        });
    }
}
