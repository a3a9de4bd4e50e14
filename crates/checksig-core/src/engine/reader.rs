//! A thread that may wait: opens and reads one file after the other, and hands filled buffers to the workers.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, select, unbounded};

use super::buffer::{Buffer, chunk_len};
use super::descriptors::NoDescriptor;
use super::input::{Failure, Fill, Input, OpenFailure};
use super::pipe::{Begun, Chunk, Cold, End, Pipe};
use super::reporter::{Done, Reporter};
use super::{Shared, Work};
use crate::hash::MultiHasher;
use crate::source::Wait;

/// Each file under way has a buffer that is being filled; so many more are being hashed or wait for that.
const AHEAD: usize = 2;
/// Of how many files, where there are many: not every one is a long one, and there may be hundreds.
const BUSY: usize = 8;
/// How often a reader that waits for a buffer looks whether the run is over.
const TICK: Duration = Duration::from_millis(50);

pub(super) struct Reader<'r, W: Work, H: MultiHasher> {
    pub(super) shared: &'r Shared<W, H>,
    pub(super) reporter: Reporter<W::Output>,
    buffers: (Sender<Buffer>, Receiver<Buffer>),
    /// How many more buffers it may make.
    unallocated: usize,
}

impl<'r, W: Work, H: MultiHasher> Reader<'r, W, H> {
    /// A reader that has so many files under way at once.
    pub(super) fn new(shared: &'r Shared<W, H>, reporter: Reporter<W::Output>, files: usize) -> Self {
        Self { shared, reporter, buffers: unbounded(), unallocated: files + AHEAD * files.min(BUSY) }
    }

    pub(super) fn run(mut self) {
        while !self.shared.stopped() {
            let Some(file) = self.next_file() else { break };
            self.read(file);
            self.reporter.flush_if_due();
        }
        self.reporter.flush();
    }

    /// A file that is there to be read.
    pub(super) fn waiting_file(&mut self) -> Option<Cold<H::State>> {
        let unopened = |job| Cold { job, begun: None };
        if let Ok(job) = self.shared.retry.try_recv() {
            return Some(unopened(job));
        }
        if self.shared.sequential {
            return self.shared.next_job().map(unopened);
        }
        self.shared.cold.1.try_recv().ok()
    }

    /// The next file to be read; waits for one. `None`: the run is over.
    pub(super) fn next_file(&mut self) -> Option<Cold<H::State>> {
        if let Some(file) = self.waiting_file() {
            return Some(file);
        }
        self.reporter.flush();
        select! {
            recv(self.shared.retry) -> job => job.ok().map(|job| Cold { job, begun: None }),
            recv(self.shared.cold.1) -> file => file.ok(),
            recv(self.shared.stop) -> _ => None,
        }
    }

    fn read(&mut self, file: Cold<H::State>) {
        let job = file.job;
        let begun = match file.begun {
            Some(begun) => begun,
            None => match self.open(job) {
                Some(begun) => begun,
                None => return,
            },
        };
        let Begun { mut input, streams, mut unhashed } = begun;
        let pipe = Arc::new(Pipe::new(job, streams));
        loop {
            let Some(mut buffer) = self.buffer() else { return };
            buffer.refill(&unhashed);
            unhashed.clear();
            let filled = input.fill(&mut buffer, Wait::Allowed);
            if self.deliver(&pipe, &mut input, buffer, filled) || self.shared.stopped() {
                return;
            }
        }
    }

    /// Hands a filled buffer to the workers. `true`: it was the file's last.
    pub(super) fn deliver(
        &self,
        pipe: &Arc<Pipe<H::State>>,
        input: &mut Input,
        buffer: Buffer,
        filled: Result<Fill, Failure>,
    ) -> bool {
        let end = match filled {
            Ok(Fill::Full) => None,
            Ok(Fill::End) => Some(settled(input)),
            // The source refuses to wait although it may.
            Ok(Fill::WouldWait) => {
                Some(Err(Failure::Unreadable { errno: None, offset: Some(input.position()) }))
            }
            Err(failure) => Some(Err(failure)),
        };
        let ended = end.is_some();
        if pipe.push(Chunk { buffer, end }) {
            // Refused only when every worker is gone.
            let _ = self.shared.ready.0.send(pipe.clone());
        }
        ended
    }

    /// Opens a file; `None` if its result is reported, or will be when a descriptor is free.
    pub(super) fn open(&mut self, job: u32) -> Option<Begun<H::State>> {
        loop {
            let failure = match Input::open(self.shared, job, Wait::Allowed) {
                Ok(input) => return Some(Begun::opened(input)),
                Err(OpenFailure::NoDescriptor(failure, guard)) => match guard.found_no_descriptor(job) {
                    NoDescriptor::Waits => return None,
                    NoDescriptor::Again => continue,
                    NoDescriptor::Hopeless => failure,
                },
                Err(OpenFailure::Final(failure)) => failure,
                Err(OpenFailure::WouldWait) => Failure::Unreadable { errno: None, offset: None },
            };
            self.fail(job, failure);
            return None;
        }
    }

    /// Reports a file that could not be opened.
    pub(super) fn fail(&mut self, job: u32, failure: Failure) {
        self.shared.finished.fetch_add(1, Ordering::Relaxed);
        self.reporter.report(Done { job, result: Err(failure) });
    }

    /// A buffer of its own that no worker has.
    pub(super) fn free_buffer(&mut self) -> Option<Buffer> {
        let buffer = self.buffers.1.try_recv().ok().or_else(|| {
            self.unallocated = self.unallocated.checked_sub(1)?;
            Some(Buffer::new(chunk_len(self.shared.width)))
        });
        buffer.map(|buffer| buffer.with_home(self.buffers.0.clone()))
    }

    /// A buffer of its own that no worker has; waits for one. `None`: the run is over.
    pub(super) fn buffer(&mut self) -> Option<Buffer> {
        if let Some(buffer) = self.free_buffer() {
            return Some(buffer);
        }
        self.reporter.flush();
        loop {
            match self.buffers.1.recv_timeout(TICK) {
                Ok(buffer) => return Some(buffer.with_home(self.buffers.0.clone())),
                Err(RecvTimeoutError::Timeout) if !self.shared.stopped() => {}
                Err(_) => return None,
            }
        }
    }
}

/// A worker that has a mismatch no longer has the file: make sure of it here, always. Beside the disk it costs nothing.
fn settled(input: &mut Input) -> End {
    if input.is_unchanged()? { Ok(input.position()) } else { Err(Failure::Changed) }
}
