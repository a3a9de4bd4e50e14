//! A thread that hashes: keeps as many files under way as the hasher takes streams, and never waits for a disk.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_channel::{RecvError, Select, TrySendError, select};

use super::ahead::{LARGE, Large};
use super::buffer::{Buffer, chunk_len};
use super::descriptors::NoDescriptor;
use super::input::{Failure, Fill, Input, OpenFailure};
use super::pipe::{Begun, Chunk, Cold, End, Pipe};
use super::reporter::{Done, Reporter};
use super::{Judgement, Shared, Work};
use crate::checksum::Checksum;
use crate::hash::{Ending, MultiHasher, Stream};
use crate::source::Wait;

pub(super) struct Worker<'r, W: Work, H: MultiHasher> {
    shared: &'r Arc<Shared<W, H>>,
    reporter: Reporter<W::Output>,
    lanes: Vec<Lane<H::State>>,
    /// Files that the readers had no room for.
    handed_over: VecDeque<Cold<H::State>>,
    spare_buffers: Vec<Buffer>,
}

/// A file that is being hashed.
struct Lane<S> {
    job: u32,
    /// A stream for each algorithm of the file.
    streams: Vec<S>,
    buffer: Buffer,
    /// How much of the buffer is hashed.
    hashed: usize,
    /// Whether it was large when it was begun here.
    large: bool,
    from: From<S>,
    /// Set when the buffer holds the last bytes, or when there will be no more.
    end: Option<End>,
}

/// Where a lane's bytes come from.
enum From<S> {
    File(Input),
    Reader(Arc<Pipe<S>>),
}

impl<S> Lane<S> {
    fn left(&self) -> usize {
        self.buffer.filled().len() - self.hashed
    }
}

impl<'r, W: Work, H: MultiHasher> Worker<'r, W, H> {
    pub(super) fn new(shared: &'r Arc<Shared<W, H>>, reporter: Reporter<W::Output>) -> Self {
        let lanes = Vec::with_capacity(shared.width);
        Self { shared, reporter, lanes, handed_over: VecDeque::new(), spare_buffers: Vec::new() }
    }

    /// Without readers a worker has to wait itself.
    fn wait(&self) -> Wait {
        if self.shared.readers() == 0 { Wait::Allowed } else { Wait::Never }
    }

    pub(super) fn run(mut self) {
        while !self.shared.stopped() {
            self.admit();
            if self.lanes.is_empty() {
                if !self.wait_for_something() {
                    break;
                }
                continue;
            }
            self.advance();
            self.finish_ended();
            self.refill();
            self.reporter.flush_if_due();
        }
        self.reporter.flush();
    }

    /// Fills the free lanes, without waiting: first with what readers have filled, then with files not begun.
    fn admit(&mut self) {
        while self.lanes.len() < self.shared.fair_share() {
            if let Ok(pipe) = self.shared.ready.1.try_recv() {
                self.take(pipe);
                continue;
            }
            if !self.hand_over() {
                break;
            }
            if self.shared.sequential || self.shared.cancel.is_cancelled() {
                break;
            }
            if self.wants_a_large_file()
                && let Some(file) = self.shared.ahead.pop()
            {
                self.begin_opened(file.job, Begun::opened(file.input));
            } else if let Some(job) = self.shared.next_job() {
                self.begin(job);
            } else if let Some(file) = self.shared.ahead.pop() {
                self.begin_opened(file.job, Begun::opened(file.input));
            } else {
                break;
            }
            self.reporter.flush_if_due();
        }
    }

    /// Whether the next free lane is for a large file. Half of them are: so large ones are always under way, and small
    /// ones beside them, behind which there may be larger ones.
    fn wants_a_large_file(&self) -> bool {
        let large = self.lanes.iter().filter(|lane| lane.large).count();
        large * 2 < self.shared.fair_share()
            || self.shared.ahead.is_full()
            || self.shared.descriptors.are_short()
    }

    /// Nothing can be hashed: waits until a reader has filled a buffer or takes a file. `false`: the run is over.
    fn wait_for_something(&mut self) -> bool {
        self.reporter.flush();
        if self.shared.readers() == 0 {
            // There is nobody to wait for.
            return match self.handed_over.pop_front() {
                Some(file) => {
                    self.take_back(file);
                    true
                }
                None => select! {
                    recv(self.shared.retry) -> job => job.map(|job| self.begin(job)).is_ok(),
                    recv(self.shared.stop) -> _ => false,
                },
            };
        }
        if self.handed_over.is_empty() {
            return select! {
                recv(self.shared.ready.1) -> pipe => self.take_received(pipe),
                recv(self.shared.stop) -> _ => false,
            };
        }
        // Waits until one of these can go on; `admit` then does it, if another worker was not quicker.
        let mut select = Select::new();
        select.send(&self.shared.cold.0);
        select.recv(&self.shared.ready.1);
        select.recv(&self.shared.stop);
        select.ready();
        true
    }

    fn take_received(&mut self, pipe: Result<Arc<Pipe<H::State>>, RecvError>) -> bool {
        pipe.map(|pipe| self.take(pipe)).is_ok()
    }

    /// Gives what would wait to the readers, which start now if they have not; `false` if they have no room for all.
    fn hand_over(&mut self) -> bool {
        if self.handed_over.is_empty() {
            return true;
        }
        if self.shared.start_readers() == 0 {
            return false;
        }
        while let Some(file) = self.handed_over.pop_front() {
            if let Some(file) = refused(self.shared.cold.0.try_send(file)) {
                self.handed_over.push_front(file);
                return false;
            }
        }
        true
    }

    /// Goes on with a file that no reader can take.
    fn take_back(&mut self, file: Cold<H::State>) {
        match file.begun {
            Some(begun) => self.begin_opened(file.job, begun),
            None => self.begin(file.job),
        }
    }

    /// A lane for a pipe that a reader has put something into.
    fn take(&mut self, pipe: Arc<Pipe<H::State>>) {
        let Some((mut streams, Chunk { buffer, end })) = pipe.take() else { return };
        let job = pipe.job;
        if streams.is_empty() {
            streams = self.start(job);
        }
        self.lanes.push(Lane {
            job,
            streams,
            buffer,
            hashed: 0,
            large: false,
            from: From::Reader(pipe),
            end,
        });
    }

    fn start(&self, job: u32) -> Vec<H::State> {
        let algorithms = self.shared.work.algorithms(job as usize);
        // A run starts only if its hasher has every algorithm of its work.
        algorithms.into_iter().filter_map(|algorithm| self.shared.hasher.start(algorithm)).collect()
    }

    /// Opens a file, if that is possible without waiting, and begins it unless it is large.
    fn begin(&mut self, job: u32) {
        let wait = self.wait();
        match Input::open(self.shared, job, wait) {
            Ok(input) if self.shared.reads_ahead(input.left()) => {
                self.handed_over.push_back(Cold { job, begun: Some(Begun::opened(input)) });
            }
            Ok(input) if input.left() >= LARGE => self.shared.ahead.push(Large { job, input }),
            Ok(input) => self.begin_opened(job, Begun::opened(input)),
            Err(OpenFailure::NoDescriptor(failure, guard))
                if wait == Wait::Allowed && self.lanes.is_empty() =>
            {
                match guard.found_no_descriptor(job) {
                    // A large file that is put aside, or another worker's.
                    NoDescriptor::Waits => {}
                    NoDescriptor::Again => self.handed_over.push_back(Cold { job, begun: None }),
                    NoDescriptor::Hopeless => self.report(job, Err(failure)),
                }
            }
            // The source refuses to wait although it may.
            Err(OpenFailure::WouldWait) if wait == Wait::Allowed => {
                self.report(job, Err(Failure::Unreadable { errno: None, offset: None }));
            }
            // Readers know how to wait for a descriptor; a worker without any has to close one of its own first.
            Err(OpenFailure::NoDescriptor(..) | OpenFailure::WouldWait) => {
                self.handed_over.push_back(Cold { job, begun: None });
            }
            Err(OpenFailure::Final(failure)) => self.report(job, Err(failure)),
        }
    }

    /// A lane for an open file, with its first chunk, as far as that can be read without waiting.
    fn begin_opened(&mut self, job: u32, begun: Begun<H::State>) {
        let Begun { input, mut streams, unhashed } = begun;
        let mut buffer = self.spare_buffer();
        buffer.refill(&unhashed);
        if streams.is_empty() {
            streams = self.start(job);
        }
        let large = input.left() >= LARGE;
        let mut lane = Lane { job, streams, buffer, hashed: 0, large, from: From::File(input), end: None };
        if self.fill(&mut lane) {
            self.lanes.push(lane);
        } else {
            self.set_aside(lane);
        }
    }

    /// Hashes as many bytes of every lane as all have, in whole granules.
    fn advance(&mut self) {
        let granule = self.shared.hasher.granule();
        let whole = |lane: &Lane<H::State>| lane.left() / granule * granule;
        let Some(len) = self.lanes.iter().map(whole).filter(|&len| len > 0).min() else { return };
        let mut streams = Vec::with_capacity(self.lanes.len());
        let mut bytes = 0;
        for lane in self.lanes.iter_mut().filter(|lane| whole(lane) > 0) {
            let data = &lane.buffer.filled()[lane.hashed..lane.hashed + len];
            streams.extend(lane.streams.iter_mut().map(|state| Stream { state, data }));
            lane.hashed += len;
            bytes += len as u64;
        }
        self.shared.hasher.update(&mut streams);
        self.shared.counters.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Ends the streams of the files that are read to their end, and reports them.
    fn finish_ended(&mut self) {
        let granule = self.shared.hasher.granule();
        let is_finished = |lane: &mut Lane<H::State>| match lane.end {
            Some(Ok(_)) => lane.left() < granule,
            Some(Err(_)) => true,
            None => false,
        };
        let mut finished: Vec<_> = self.lanes.extract_if(.., is_finished).collect();
        let algorithms = |lane: &Lane<_>| self.shared.work.algorithms(lane.job as usize);
        let mut digests: Vec<Vec<Checksum>> = finished
            .iter()
            .map(|lane| algorithms(lane).into_iter().map(Checksum::zeroed).collect())
            .collect();
        let mut endings = Vec::new();
        for (lane, digests) in
            finished.iter_mut().zip(&mut digests).filter(|(lane, _)| matches!(lane.end, Some(Ok(_))))
        {
            let tail = &lane.buffer.filled()[lane.hashed..];
            self.shared.counters.bytes.fetch_add(tail.len() as u64, Ordering::Relaxed);
            let places = lane.streams.iter_mut().zip(digests.iter_mut());
            endings.extend(places.map(|(state, digest)| Ending { state, tail, digest: digest.digest_mut() }));
        }
        self.shared.hasher.finish(&mut endings);
        for (lane, digests) in finished.into_iter().zip(digests) {
            self.settle(lane, &digests);
        }
    }

    fn settle(&mut self, mut lane: Lane<H::State>, digests: &[Checksum]) {
        let hasher = &self.shared.hasher;
        let attacked = lane.streams.iter().zip(digests).filter(|(stream, _)| hasher.is_attacked(stream));
        let attacked: Vec<_> = attacked.map(|(_, digest)| digest.algorithm()).collect();
        let judged = match lane.end {
            Some(Err(failure)) => Err(failure),
            _ => match self.shared.work.judge(lane.job as usize, digests, &attacked) {
                Judgement::Certain(output) => Ok(output),
                Judgement::IfUnchanged(output) => match &mut lane.from {
                    // Its reader has already looked.
                    From::Reader(_) => Ok(output),
                    From::File(input) => input
                        .is_unchanged()
                        .and_then(|unchanged| if unchanged { Ok(output) } else { Err(Failure::Changed) }),
                },
            },
        };
        if let (Some(Ok(bytes)), Ok(_)) = (lane.end, &judged) {
            self.shared.counters.whole_bytes.fetch_add(bytes, Ordering::Relaxed);
        }
        self.report(lane.job, judged);
        self.recycle(lane.buffer);
    }

    /// Reads on in every lane that has nothing left to hash; frees the lanes of files that have to be waited for.
    fn refill(&mut self) {
        let granule = self.shared.hasher.granule();
        let mut index = 0;
        while index < self.lanes.len() {
            let lane = &self.lanes[index];
            if lane.end.is_some() || lane.left() >= granule {
                index += 1;
                continue;
            }
            let mut lane = self.lanes.swap_remove(index);
            if self.fill(&mut lane) {
                self.lanes.push(lane);
                // It stands at the end now, and what stood there stands here.
                let last = self.lanes.len() - 1;
                self.lanes.swap(index, last);
                index += 1;
            } else {
                self.set_aside(lane);
            }
        }
    }

    /// Gets a lane more to hash. `false`: a reader is to get it.
    fn fill(&mut self, lane: &mut Lane<H::State>) -> bool {
        let granule = self.shared.hasher.granule();
        let wait = self.wait();
        match &mut lane.from {
            From::File(input) if self.shared.reads_ahead(input.left()) => false,
            From::File(input) => {
                lane.buffer.discard(lane.hashed);
                lane.hashed = 0;
                match input.fill(&mut lane.buffer, wait) {
                    Ok(Fill::Full) => {}
                    Ok(Fill::End) => lane.end = Some(Ok(input.position())),
                    // The source refuses to wait although it may.
                    Ok(Fill::WouldWait) if wait == Wait::Allowed => {
                        let offset = Some(input.position());
                        lane.end = Some(Err(Failure::Unreadable { errno: None, offset }));
                    }
                    // Hash first what there is.
                    Ok(Fill::WouldWait) => return lane.left() >= granule,
                    Err(failure) => lane.end = Some(Err(failure)),
                }
                true
            }
            From::Reader(pipe) => {
                let Some(chunk) = pipe.next(&mut lane.streams) else { return false };
                lane.buffer = chunk.buffer;
                lane.hashed = 0;
                lane.end = chunk.end;
                true
            }
        }
    }

    /// Frees the lane of a file that a reader is to read on.
    fn set_aside(&mut self, lane: Lane<H::State>) {
        // A piped one has parked its streams in its pipe, and comes back with the next chunk.
        if let From::File(input) = lane.from {
            let unhashed = lane.buffer.filled()[lane.hashed..].to_vec();
            let begun = Some(Begun { input, streams: lane.streams, unhashed });
            self.handed_over.push_back(Cold { job: lane.job, begun });
            self.recycle(lane.buffer);
        }
    }

    fn report(&mut self, job: u32, result: Result<W::Output, Failure>) {
        self.shared.finished.fetch_add(1, Ordering::Relaxed);
        self.reporter.report(Done { job, result });
    }

    fn spare_buffer(&mut self) -> Buffer {
        let mut buffer =
            self.spare_buffers.pop().unwrap_or_else(|| Buffer::new(chunk_len(self.shared.width)));
        buffer.refill(&[]);
        buffer
    }

    /// Keeps one of its own buffers; a reader's goes home by itself.
    fn recycle(&mut self, buffer: Buffer) {
        if buffer.is_homeless() {
            self.spare_buffers.push(buffer);
        }
    }
}

fn refused<T>(sent: Result<(), TrySendError<T>>) -> Option<T> {
    match sent {
        Ok(()) => None,
        Err(TrySendError::Full(file) | TrySendError::Disconnected(file)) => Some(file),
    }
}
