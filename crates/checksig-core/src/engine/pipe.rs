//! The way of a file that has to be waited for: filled buffers go from its reader to whichever worker hashes it next.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::buffer::Buffer;
use super::input::{Failure, Input};

/// A file for the readers.
pub(super) struct Cold<S> {
    pub(super) job: u32,
    /// What a worker has already done of it; `None`: it is not even open.
    pub(super) begun: Option<Begun<S>>,
}

/// A file that a worker began and that would have to be waited for.
pub(super) struct Begun<S> {
    pub(super) input: Input,
    /// A stream for each algorithm of the file; none before the first byte is hashed.
    pub(super) streams: Vec<S>,
    /// Bytes that are read and not hashed, fewer than a chunk.
    pub(super) unhashed: Vec<u8>,
}

impl<S> Begun<S> {
    /// A file that is open, and no more.
    pub(super) fn opened(input: Input) -> Self {
        Self { input, streams: Vec::new(), unhashed: Vec::new() }
    }
}

/// How a file ended: how many bytes it has, or why they could not all be read.
pub(super) type End = Result<u64, Failure>;

/// A filled buffer, and whether the file ends with it and how.
pub(super) struct Chunk {
    pub(super) buffer: Buffer,
    pub(super) end: Option<End>,
}

/// Buffers of one file in order, and its streams while no worker has them.
pub(super) struct Pipe<S> {
    pub(super) job: u32,
    inner: Mutex<Inner<S>>,
}

struct Inner<S> {
    chunks: VecDeque<Chunk>,
    /// Here while no worker has them and the pipe is not on its way to one.
    parked: Parked<S>,
}

enum Parked<S> {
    /// No chunk is there: the next one sends the pipe to a worker.
    Idle(Vec<S>),
    /// On its way to a worker.
    Queued(Vec<S>),
    /// A worker has them.
    Taken,
}

impl<S> Pipe<S> {
    pub(super) fn new(job: u32, streams: Vec<S>) -> Self {
        Self { job, inner: Mutex::new(Inner { chunks: VecDeque::new(), parked: Parked::Idle(streams) }) }
    }

    /// Adds a chunk. `true`: the pipe has to be sent to a worker.
    pub(super) fn push(&self, chunk: Chunk) -> bool {
        let mut inner = self.lock();
        inner.chunks.push_back(chunk);
        match std::mem::replace(&mut inner.parked, Parked::Taken) {
            Parked::Idle(streams) => {
                inner.parked = Parked::Queued(streams);
                true
            }
            other => {
                inner.parked = other;
                false
            }
        }
    }

    /// Takes the streams and the first chunk, for the worker that the pipe was sent to.
    pub(super) fn take(&self) -> Option<(Vec<S>, Chunk)> {
        let mut inner = self.lock();
        let chunk = inner.chunks.pop_front()?;
        match std::mem::replace(&mut inner.parked, Parked::Taken) {
            Parked::Queued(streams) => Some((streams, chunk)),
            Parked::Idle(_) | Parked::Taken => None,
        }
    }

    /// The next chunk for the worker that has the streams; gives them back if there is none yet.
    pub(super) fn next(&self, streams: &mut Vec<S>) -> Option<Chunk> {
        let mut inner = self.lock();
        let chunk = inner.chunks.pop_front();
        if chunk.is_none() {
            inner.parked = Parked::Idle(std::mem::take(streams));
        }
        chunk
    }

    fn lock(&self) -> MutexGuard<'_, Inner<S>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
