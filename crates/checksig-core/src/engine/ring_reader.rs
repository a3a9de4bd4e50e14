//! A reader that has several files under way at once, through the kernel's ring. What comes of a file is the same as with a
//! plain [`Reader`]: whatever the ring refuses is done again in its way, whose answer counts.

use std::collections::VecDeque;
use std::ffi::CString;
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::buffer::Buffer;
use super::descriptors::{NoDescriptor, OpenGuard};
use super::input::{Failure, Fill, Input, OpenFailure};
use super::pipe::{Begun, Cold, Pipe};
use super::reader::Reader;
use super::ring::{Completion, Ring};
use super::{Shared, Work};
use crate::hash::MultiHasher;
use crate::source::{LocalFile, Wait};

/// How long it waits for the kernel before it looks for new files and free buffers: the other readers take new files
/// sooner unless all of them wait for a slow disk.
const PATIENCE: Duration = Duration::from_millis(1);

pub(super) struct RingReader<'r, W: Work, H: MultiHasher> {
    reader: Reader<'r, W, H>,
    ring: Ring,
    places: Vec<Place<H::State>>,
    free: Vec<usize>,
    /// Places whose files wait for a buffer.
    waiting: VecDeque<usize>,
    /// The kernel cannot start a thread for a request that waits (there are too many processes): each would be given up
    /// only after a while, and done again here.
    refused: bool,
}

/// What a request of the ring is for.
enum Place<S> {
    Free,
    Opening { job: u32, guard: OpenGuard },
    Reading(Reading<S>),
}

/// A file that is being read.
struct Reading<S> {
    input: Input,
    pipe: Arc<Pipe<S>>,
    /// What goes before the bytes that are read next.
    unhashed: Vec<u8>,
    /// Whether its descriptor may wait: the kernel then waits in a thread of its own where a file system cannot tell it
    /// later.
    may_wait: bool,
}

impl<'r, W: Work, H: MultiHasher> RingReader<'r, W, H> {
    pub(super) fn new(reader: Reader<'r, W, H>, ring: Ring, files: usize) -> Self {
        let places = std::iter::repeat_with(|| Place::Free).take(files).collect();
        Self { reader, ring, places, free: (0..files).collect(), waiting: VecDeque::new(), refused: false }
    }

    pub(super) fn run(mut self) {
        while !self.shared().stopped() {
            // One at a time: another reader may have nothing to do.
            let admitted = match self.refused || self.free.is_empty() {
                true => false,
                false => self.reader.waiting_file().map(|file| self.begin(file)).is_some(),
            };
            self.feed();
            if self.ring.in_flight() == 0 {
                if self.refused && self.waiting.is_empty() {
                    return self.reader.run();
                }
                if !self.wait_without_the_kernel() {
                    break;
                }
                continue;
            }
            let patience = if admitted { Duration::ZERO } else { PATIENCE };
            if let Err(error) = self.ring.wait(patience) {
                // Not the fault of any file: the run must not go on as if nothing had happened.
                panic!("io_uring_enter failed: {error}");
            }
            while let Some((place, completion)) = self.ring.next() {
                self.complete(place, completion);
            }
            self.reader.reporter.flush_if_due();
        }
        self.reader.reporter.flush();
    }

    fn shared(&self) -> &'r Shared<W, H> {
        self.reader.shared
    }

    /// Waits for a buffer if a file needs one, else for a file. `false`: the run is over.
    fn wait_without_the_kernel(&mut self) -> bool {
        match self.waiting.pop_front() {
            Some(place) => {
                let Some(buffer) = self.reader.buffer() else { return false };
                self.read_into(place, buffer);
                true
            }
            None => match self.reader.next_file() {
                Some(file) => {
                    self.begin(file);
                    true
                }
                None => false,
            },
        }
    }

    /// Starts with a file. There is a free place.
    fn begin(&mut self, file: Cold<H::State>) {
        let Cold { job, begun } = file;
        match begun {
            Some(begun) => self.read(job, begun),
            None => self.open(job),
        }
    }

    fn open(&mut self, job: u32) {
        let (root, path) = self.shared().work.file(job as usize);
        let tree = self.shared().source.as_local_tree();
        let way = tree.and_then(|tree| tree.openat2_beneath(root)).zip(CString::new(path.as_bytes()).ok());
        let (Some(((directory, flags, resolve), path)), Some(place)) = (way, self.free.pop()) else {
            return self.open_without_the_ring(job);
        };
        let guard = self.shared().descriptors.opening();
        match self.ring.open(place, directory, path, flags, resolve) {
            Ok(()) => self.places[place] = Place::Opening { job, guard },
            Err(_) => {
                self.free.push(place);
                drop(guard);
                self.open_without_the_ring(job);
            }
        }
    }

    fn open_without_the_ring(&mut self, job: u32) {
        if let Some(begun) = self.reader.open(job) {
            self.read(job, begun);
        }
    }

    /// Reads a file that is open. There is a free place.
    fn read(&mut self, job: u32, begun: Begun<H::State>) {
        let Begun { input, streams, unhashed } = begun;
        let pipe = Arc::new(Pipe::new(job, streams));
        if let Some(place) = self.free.pop() {
            self.places[place] = Place::Reading(Reading { input, pipe, unhashed, may_wait: false });
            self.waiting.push_back(place);
        }
    }

    /// Gives free buffers to the files that wait for them.
    fn feed(&mut self) {
        while let Some(&place) = self.waiting.front() {
            let Some(buffer) = self.reader.free_buffer() else { break };
            self.waiting.pop_front();
            self.read_into(place, buffer);
        }
    }

    /// Reads the next chunk of the file in a place into an empty buffer.
    fn read_into(&mut self, place: usize, mut buffer: Buffer) {
        if let Place::Reading(reading) = &mut self.places[place] {
            buffer.refill(&reading.unhashed);
            reading.unhashed.clear();
        }
        self.read_more(place, buffer);
    }

    fn read_more(&mut self, place: usize, buffer: Buffer) {
        let Place::Reading(reading) = &mut self.places[place] else { return };
        match (reading.input.ask(&buffer), reading.input.descriptor()) {
            (None, _) => self.deliver(place, buffer, Ok(Fill::Full)),
            (Some(len), Some(file)) if !self.refused => {
                if let Err(error) = self.ring.read(place, file, buffer, len, reading.input.position()) {
                    panic!("a place of the ring is not free: {error}");
                }
            }
            (Some(_), _) => self.read_without_the_ring(place, buffer),
        }
    }

    fn read_without_the_ring(&mut self, place: usize, mut buffer: Buffer) {
        if let Place::Reading(reading) = &mut self.places[place] {
            // The ring reads at positions of ours and leaves the descriptor's own where it was.
            let position = reading.input.position();
            let seek = |file| rustix::fs::seek(file, rustix::fs::SeekFrom::Start(position));
            let filled = match reading.input.descriptor().map(seek) {
                Some(Err(error)) => Err(Failure::reading(&error.into(), Some(position))),
                Some(Ok(_)) | None => reading.input.fill(&mut buffer, Wait::Allowed),
            };
            self.deliver(place, buffer, filled);
        }
    }

    fn deliver(&mut self, place: usize, buffer: Buffer, filled: Result<Fill, Failure>) {
        let Place::Reading(reading) = &mut self.places[place] else { return };
        if self.reader.deliver(&reading.pipe, &mut reading.input, buffer, filled) {
            self.places[place] = Place::Free;
            self.free.push(place);
        } else {
            self.waiting.push_back(place);
        }
    }

    fn complete(&mut self, place: usize, completion: Completion) {
        match completion {
            Completion::Opened(result) => {
                self.refused |= result.as_ref().is_err_and(is_refusal);
                if let Place::Opening { job, guard } = std::mem::replace(&mut self.places[place], Place::Free)
                {
                    self.free.push(place);
                    self.opened(job, guard, result);
                }
            }
            Completion::Read(buffer, result) => {
                self.refused |= result.as_ref().is_err_and(is_refusal);
                self.has_read(place, buffer, result);
            }
        }
    }

    fn opened(&mut self, job: u32, guard: OpenGuard, result: std::io::Result<std::os::fd::OwnedFd>) {
        let error = match result {
            Ok(file) => match Input::opened(self.shared(), Box::new(LocalFile::from(file)), guard) {
                Ok(input) => {
                    return self.read(job, Begun { input, streams: Vec::new(), unhashed: Vec::new() });
                }
                Err(OpenFailure::Final(failure)) => return self.reader.fail(job, failure),
                Err(OpenFailure::WouldWait | OpenFailure::NoDescriptor(..)) => {
                    return self.open_without_the_ring(job);
                }
            },
            Err(error) => error,
        };
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::NOENT) => {
                drop(guard);
                self.reader.fail(job, Failure::Missing);
            }
            Some(Errno::MFILE | Errno::NFILE) => match guard.found_no_descriptor(job) {
                NoDescriptor::Waits => {}
                NoDescriptor::Again => self.open(job),
                NoDescriptor::Hopeless => {
                    let failure = Failure::Unreadable { errno: error.raw_os_error(), offset: None };
                    self.reader.fail(job, failure);
                }
            },
            _ => {
                drop(guard);
                self.open_without_the_ring(job);
            }
        }
    }

    fn has_read(&mut self, place: usize, mut buffer: Buffer, result: std::io::Result<usize>) {
        let Place::Reading(reading) = &mut self.places[place] else { return };
        match result {
            // It grew; or Linux has filled up a short read of a FUSE file system with the same bytes again.
            Ok(got) if reading.input.is_too_much(got) => self.read_without_the_ring(place, buffer),
            Ok(got) => match reading.input.absorb(&mut buffer, got) {
                Ok(false) => self.read_more(place, buffer),
                Ok(true) => self.deliver(place, buffer, Ok(Fill::End)),
                Err(failure) => self.deliver(place, buffer, Err(failure)),
            },
            // The descriptor does not wait, and the file system (one over a network) has no other way.
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock && !reading.may_wait => {
                reading.may_wait = true;
                if let Some(file) = reading.input.descriptor() {
                    // If that fails, the next read fails likewise.
                    let _ = rustix::fs::fcntl_setfl(file, OFlags::empty());
                }
                self.read_more(place, buffer);
            }
            Err(_) => self.read_without_the_ring(place, buffer),
        }
    }
}

/// Whether the kernel gave a request up that nobody cancelled.
fn is_refusal(error: &std::io::Error) -> bool {
    error.raw_os_error() == Some(Errno::CANCELED.raw_os_error())
}
