//! Reads and hashes files in parallel. Knows nothing of lists: what is to be read, and what a digest means, is its
//! [`Work`]'s business.
//!
//! T workers hash (`worker`), M readers wait for disks (`reader`); both numbers are the caller's. A worker opens and
//! reads what the kernel has in memory itself, and hands a file over to the readers as soon as something would wait:
//! then buffers come back through a `pipe`, and a stream that waits never stalls the streams beside it. Results go
//! through a bounded channel to the thread that started the run, the only one that ever sees them.

mod ahead;
mod buffer;
mod descriptors;
mod input;
mod io;
mod pipe;
mod reader;
mod reporter;
#[cfg(target_os = "linux")]
mod ring;
#[cfg(target_os = "linux")]
mod ring_reader;
mod threads;
mod worker;

use std::convert::Infallible;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use crate::algorithm::Algorithm;
use crate::cancel::CancelToken;
use crate::checksum::Checksum;
use crate::error::Error;
use crate::hash::MultiHasher;
use crate::path::EntryPath;
use crate::source::Source;
use ahead::Ahead;
use descriptors::Descriptors;
pub(crate) use input::Failure;
pub use io::Io;
use pipe::{Cold, Pipe};
use reader::Reader;
pub(crate) use reporter::Done;
use reporter::{Message, Reporter};
use threads::Threads;
use worker::Worker;

/// A file of which less is left is not worth handing over for.
const READ_AHEAD: u64 = 4 * 1024 * 1024;
/// Batches of results that may wait for the caller before the workers do.
const RESULT_BATCHES: usize = 256;

/// The files to read and what to make of their digests.
pub(crate) trait Work: Send + Sync + 'static {
    /// What comes out for one file.
    type Output: Send + 'static;

    /// How many files there are. They are begun in order.
    fn jobs(&self) -> usize;

    /// The root's number and the path of a file.
    fn file(&self, job: usize) -> (usize, EntryPath<'_>);

    /// The algorithms whose digests are wanted of a file.
    fn algorithms(&self, job: usize) -> Vec<Algorithm>;

    /// Judges the digests of a whole file, in the order of its algorithms. On those in `attacked` the file carries a known
    /// collision attack.
    fn judge(&self, job: usize, digests: &[Checksum], attacked: &[Algorithm]) -> Judgement<Self::Output>;

    /// Whether FIFOs and devices are read to their end; else they are [`Failure::NotAFile`].
    fn reads_special_files(&self) -> bool {
        false
    }
}

/// What comes out for a file, and whether that has to be made sure.
pub(crate) enum Judgement<T> {
    /// It stands.
    Certain(T),
    /// It stands if the file is still the one that was opened.
    IfUnchanged(T),
}

/// How many threads do what, 0 lets the engine choose; and how files are waited for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) threads: usize,
    pub(crate) reads: usize,
    pub(crate) io: Io,
}

/// What a run has done so far, for progress bars.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Bytes hashed.
    pub(crate) bytes: AtomicU64,
    /// Bytes of the files that were hashed to their end.
    pub(crate) whole_bytes: AtomicU64,
    /// Files opened, and their sizes added up.
    pub(crate) files_opened: AtomicU64,
    pub(crate) bytes_opened: AtomicU64,
}

impl Counters {
    /// The bytes hashed, and about how many all of so many files have: the sizes of those that were opened, and their
    /// mean for each of the others.
    pub(crate) fn hashed_and_expected(&self, files: u64) -> (u64, u64) {
        let [bytes, opened, bytes_opened] =
            [&self.bytes, &self.files_opened, &self.bytes_opened].map(|c| c.load(Ordering::Relaxed));
        let mean = bytes_opened.checked_div(opened).unwrap_or(0);
        (bytes, bytes_opened.saturating_add(mean.saturating_mul(files.saturating_sub(opened))))
    }
}

/// Both ends of a channel.
type Channel<T> = (Sender<T>, Receiver<T>);

/// What all threads of a run share.
struct Shared<W: Work, H: MultiHasher> {
    work: Arc<W>,
    source: Arc<dyn Source>,
    hasher: H,
    cancel: CancelToken,
    counters: Arc<Counters>,
    descriptors: Arc<Descriptors>,
    /// The next job that nobody has begun.
    next_job: AtomicUsize,
    threads: Threads,
    /// How many streams the hasher takes.
    width: usize,
    /// How many readers there are, once they were started: 0 where the system has refused even one.
    readers: OnceLock<usize>,
    /// Files that are reported.
    finished: AtomicUsize,
    /// Whether the readers use the kernel's ring.
    ring: bool,
    /// One read in flight: the reader takes the jobs, in the order of the list.
    sequential: bool,
    /// Large files that are open and not begun.
    ahead: Ahead,
    /// Files that would wait, on their way to a reader.
    cold: Channel<Cold<H::State>>,
    /// Pipes with a filled buffer, on their way to a worker.
    ready: Channel<Arc<Pipe<H::State>>>,
    /// Files that had no descriptor, and another was closed meanwhile.
    retry: Receiver<u32>,
    results: Sender<Message<W::Output>>,
    /// Never sends. Disconnected: everything is done, or nobody wants it any more.
    stop: Receiver<Infallible>,
}

impl<W: Work, H: MultiHasher> Shared<W, H> {
    fn next_job(&self) -> Option<u32> {
        // Not relaxed: who finds no job left also finds what was put aside before the last one was taken.
        let job = self.next_job.fetch_add(1, Ordering::AcqRel);
        // A plan has at most u32::MAX entries.
        (job < self.work.jobs()).then_some(job as u32)
    }

    /// How many files a worker may have under way, so that the last ones are shared fairly: one core with four streams
    /// is slower than two with two.
    fn fair_share(&self) -> usize {
        let unfinished = self.work.jobs().saturating_sub(self.finished.load(Ordering::Relaxed));
        unfinished.div_ceil(self.threads.workers).min(self.width)
    }

    /// How many readers there are, or are to be.
    fn readers(&self) -> usize {
        self.readers.get().copied().unwrap_or(self.threads.readers)
    }

    /// Starts the readers unless that has been done; says how many there are.
    fn start_readers(self: &Arc<Self>) -> usize {
        *self.readers.get_or_init(|| match threads::start_readers(self.threads.readers) {
            Some(pool) => {
                let shared = self.clone();
                // The pool lives on until its threads have returned.
                pool.spawn_broadcast(move |_| shared.run_reader());
                pool.current_num_threads()
            }
            None => 0,
        })
    }

    /// Runs a worker on this thread.
    fn run_worker(self: &Arc<Self>) {
        self.reporting_panics(|reporter| Worker::new(self, reporter).run());
    }

    /// Runs a reader on this thread.
    fn run_reader(&self) {
        let files = self.threads.files_each;
        self.reporting_panics(|reporter| read(Reader::new(self, reporter, files), files));
    }

    fn reporting_panics(&self, run: impl FnOnce(Reporter<W::Output>)) {
        let reporter = Reporter::new(self.results.clone(), self.stop.clone());
        if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(|| run(reporter))) {
            reporter::report_panic(&self.results, &self.stop, payload.as_ref());
        }
    }

    /// Whether the readers should read a file even though nothing would have to be waited for: where enough cores
    /// have nothing to hash, and a reader is there for every file. One core copies at least twice as fast as another hashes.
    fn reads_ahead(&self, bytes_left: u64) -> bool {
        let Threads { cores, workers, files_each, .. } = self.threads;
        let unfinished = self.work.jobs().saturating_sub(self.finished.load(Ordering::Relaxed));
        let busy = workers.min(unfinished);
        bytes_left >= READ_AHEAD
            && unfinished <= self.readers() * files_each
            && cores - busy >= busy.div_ceil(2)
    }

    fn stopped(&self) -> bool {
        self.cancel.is_cancelled()
            || self.stop.try_recv() == Err(crossbeam_channel::TryRecvError::Disconnected)
    }
}

/// A run under way. Dropping it stops the threads at their next buffer; nothing waits for them.
pub(crate) struct Run<T> {
    results: Receiver<Message<T>>,
    stop: Option<Sender<Infallible>>,
    counters: Arc<Counters>,
    outstanding: usize,
    /// Its threads end when it is dropped and they have nothing to do.
    _pool: Option<rayon::ThreadPool>,
}

/// Runs a reader, with a ring of its own if it is to have several files under way.
fn read<W: Work, H: MultiHasher>(reader: Reader<'_, W, H>, files: usize) {
    #[cfg(target_os = "linux")]
    if reader.shared.ring {
        // It worked a moment ago; now perhaps there is no descriptor left. One file at a time is slower, not worse.
        // Counted like a file that is being opened: who finds no descriptor meanwhile is to try again.
        let guard = reader.shared.descriptors.opening();
        let ring = ring::Ring::new(files);
        drop(guard);
        if let Ok(ring) = ring {
            return ring_reader::RingReader::new(reader, ring, files).run();
        }
    }
    reader.run();
}

/// What [`Run::receive`] found.
pub(crate) enum Received<T> {
    /// Results, in no particular order.
    Results(Vec<Done<T>>),
    /// Nothing came in the given time.
    Tick,
    /// Every result has been received, or every thread has ended after a cancel.
    End,
}

#[cfg(test)]
impl<T> Run<T> {
    /// A run without threads, for tests of who receives: what is called gives results as the threads would; when it is
    /// dropped they have ended.
    pub(crate) fn played(jobs: usize) -> (Self, impl Fn(Vec<Done<T>>) + use<T>) {
        let (sender, results) = unbounded();
        let (stop, _) = bounded(0);
        let counters = Arc::default();
        let run = Self { results, stop: Some(stop), counters, outstanding: jobs, _pool: None };
        (run, move |batch| sender.send(Message::Done(batch)).expect("the run lives"))
    }
}

impl<T: Send + 'static> Run<T> {
    /// Starts the threads. `algorithms` are all that occur in the work.
    ///
    /// # Errors
    /// [`ErrorKind::NoThreads`].
    pub(crate) fn start<W: Work<Output = T>, H: MultiHasher>(
        work: Arc<W>,
        source: Arc<dyn Source>,
        hasher: H,
        algorithms: &[Algorithm],
        settings: Settings,
        cancel: CancelToken,
    ) -> Result<Self, Error> {
        let jobs = work.jobs();
        let width = hasher.width(algorithms).max(1);
        let (stop_sender, stop) = bounded(0);
        let (results_sender, results) = bounded(RESULT_BATCHES);
        let counters = Arc::new(Counters::default());
        let mut run = Self {
            results,
            stop: Some(stop_sender),
            counters: counters.clone(),
            outstanding: jobs,
            _pool: None,
        };
        if jobs == 0 {
            return Ok(run);
        }
        let ring = io::uses_ring(&*source, jobs, settings)?;
        let planned = Threads::plan(jobs, hasher.few_streams(algorithms).max(1), settings, ring);
        let sequential = settings.reads == 1;
        // Reading in order is the reader's from the start on.
        let late = !sequential;
        let (pool, threads) = match late {
            true => threads::start(Threads { readers: 0, ..planned })
                .map(|(pool, started)| (pool, Threads { readers: planned.readers, ..started }))?,
            false => threads::start(planned)?,
        };
        let (retry_sender, retry) = unbounded();
        let shared = Arc::new(Shared {
            work,
            source,
            hasher,
            cancel,
            counters,
            descriptors: Arc::new(Descriptors::new(retry_sender)),
            next_job: AtomicUsize::new(0),
            threads,
            width: width.min(jobs),
            readers: if late { OnceLock::new() } else { OnceLock::from(threads.readers) },
            finished: AtomicUsize::new(0),
            ring,
            sequential: sequential && threads.readers == 1,
            ahead: Ahead::default(),
            cold: bounded((threads.readers * threads.files_each).max(1)),
            ready: unbounded(),
            retry,
            results: results_sender,
            stop,
        });
        // `spawn_broadcast`, never `broadcast` or a scope: these wait, and the caller must drain the results.
        pool.spawn_broadcast(move |context| {
            if context.index() < threads.workers { shared.run_worker() } else { shared.run_reader() }
        });
        run._pool = Some(pool);
        Ok(run)
    }

    /// Waits for results, at most for `tick`.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] if a thread panicked.
    pub(crate) fn receive(&mut self, tick: Duration) -> Result<Received<T>, Error> {
        if self.outstanding == 0 {
            self.stop();
            return Ok(Received::End);
        }
        match self.results.recv_timeout(tick) {
            Ok(Message::Done(results)) => {
                self.outstanding = self.outstanding.saturating_sub(results.len());
                Ok(Received::Results(results))
            }
            Ok(Message::Panicked(what)) => {
                Err(Error::internal(format_args!("a worker thread panicked: {what}")))
            }
            Err(RecvTimeoutError::Timeout) => Ok(Received::Tick),
            Err(RecvTimeoutError::Disconnected) => Ok(Received::End),
        }
    }

    /// Tells every thread that waits for something to end.
    pub(crate) fn stop(&mut self) {
        self.stop = None;
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }
}
