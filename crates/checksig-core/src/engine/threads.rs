//! The threads of a run: how many hash, how many wait for files, and starting them.
//!
//! The readers start only when the first file has to be waited for: starting a thread takes as long as a small file that
//! is in memory.

use rayon::{ThreadPool, ThreadPoolBuildError};

use super::Settings;
use crate::error::{Error, ErrorKind};

/// Files waited for at once when the user does not say. Measured on a cold cache: as threads 16 keep a virtual disk busy,
/// 32 are a little better, and more only switch more often; in the kernel's ring 256 still gain.
const DEFAULT_READS: usize = 32;
const DEFAULT_RING_READS: usize = 256;
/// Threads that share these files where the kernel's ring waits for several at a time: what one does beside waiting
/// (copying, looking up what is in memory after all) holds up the files of that one.
const RING_READERS: usize = 4;
/// More threads than this are a mistake of the caller.
const MAX_THREADS: usize = 1024;
/// More than this the kernel's ring does not take in one go.
const MAX_FILES_EACH: usize = 4096;
/// The stack of a thread, in bytes.
const STACK: usize = 1024 * 1024;

/// What threads a run has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Threads {
    /// How many cores the user lets it have for hashing.
    pub(super) cores: usize,
    /// How many threads hash: at most as many as cores.
    pub(super) workers: usize,
    /// How many wait for files; 0 if a second thread could not be started.
    pub(super) readers: usize,
    /// How many files each of these waits for at once: several only with the kernel's ring.
    pub(super) files_each: usize,
}

impl Threads {
    /// The best number of threads for so many files and a hasher that takes `few` streams in the time of two.
    ///
    /// With a file or less for each core, each core that hashes hashes one. With a few more, two cores with two streams
    /// each are slower than one with four and another that reads for it. With many, every core reads and hashes.
    pub(super) fn plan(jobs: usize, few: usize, settings: Settings, ring: bool) -> Self {
        let cores = match settings.threads {
            // Asking takes as long as a small file. On a single core, one that reads for it is no loss.
            0 if jobs == 1 => 2,
            0 => std::thread::available_parallelism().map_or(1, |n| n.get()),
            threads => threads.min(MAX_THREADS),
        };
        let reads = match settings.reads {
            0 if ring => DEFAULT_RING_READS,
            0 => DEFAULT_READS,
            reads => reads,
        };
        let workers = if jobs <= cores { jobs } else { jobs.div_ceil(few).min(cores) };
        let reads = reads.min(jobs);
        let readers = if ring { workers.max(RING_READERS) } else { MAX_THREADS }.min(reads).min(MAX_THREADS);
        let files_each = if ring { reads.div_ceil(readers).min(MAX_FILES_EACH) } else { 1 };
        Self { cores, workers, readers, files_each }
    }

    /// What to try when the system refuses to start so many; `None` after a single one.
    fn fewer(self) -> Option<Self> {
        match (self.workers, self.readers) {
            (1, 0) => None,
            // One thread that does both.
            (1, 1) => Some(Self { readers: 0, ..self }),
            (workers, readers) => {
                Some(Self { workers: workers.div_ceil(2), readers: readers.div_ceil(2), ..self })
            }
        }
    }
}

/// Starts a pool of all threads; of fewer where the system refuses.
///
/// # Errors
/// [`ErrorKind::NoThreads`].
pub(super) fn start(mut threads: Threads) -> Result<(ThreadPool, Threads), Error> {
    loop {
        let error = match pool(threads.workers + threads.readers) {
            Ok(pool) => return Ok((pool, threads)),
            Err(error) => error,
        };
        threads = threads.fewer().ok_or_else(|| {
            let message = format!("cannot start a single thread: {error}");
            Error::new(ErrorKind::NoThreads, message)
        })?;
    }
}

/// Starts a pool of so many readers; of fewer where the system refuses, and none at last.
pub(super) fn start_readers(mut readers: usize) -> Option<ThreadPool> {
    while readers > 0 {
        if let Ok(pool) = pool(readers) {
            return Some(pool);
        }
        readers /= 2;
    }
    None
}

/// A private pool: the global one would deadlock in a forked child.
fn pool(threads: usize) -> Result<ThreadPool, ThreadPoolBuildError> {
    let mut started = Vec::new();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .spawn_handler(|thread| {
            let name = format!("checksig-{}", thread.index());
            let builder = std::thread::Builder::new().name(name).stack_size(STACK);
            started.push(builder.spawn(|| thread.run())?);
            Ok(())
        })
        .build();
    if pool.is_err() {
        // Those that did start count against the limit until they have ended.
        for thread in started {
            let _ = thread.join();
        }
    }
    pool
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workers(jobs: usize, few: usize, cores: usize) -> usize {
        Threads::plan(jobs, few, Settings { threads: cores, ..Settings::default() }, false).workers
    }

    #[test]
    fn few_files_are_hashed_together_and_read_by_the_other_cores() {
        let of_two_cores: Vec<_> = [1, 2, 3, 8, 9, 1000].map(|jobs| workers(jobs, 8, 2)).into();
        assert_eq!(of_two_cores, [1, 2, 1, 1, 2, 2]);
        let of_eight: Vec<_> = [1, 8, 9, 16, 17, 64, 65].map(|jobs| workers(jobs, 8, 8)).into();
        assert_eq!(of_eight, [1, 8, 2, 2, 3, 8, 8]);
    }

    #[test]
    fn hashers_of_one_stream_use_every_core() {
        let workers: Vec<_> = [1, 3, 4, 5, 1000].map(|jobs| workers(jobs, 1, 4)).into();
        assert_eq!(workers, [1, 3, 4, 4, 4]);
    }

    #[test]
    fn a_ring_shares_the_files_among_few_threads() {
        let readers = |jobs, cores, reads| {
            let settings = Settings { threads: cores, reads, ..Settings::default() };
            let threads = Threads::plan(jobs, 8, settings, true);
            (threads.readers, threads.files_each)
        };
        assert_eq!(readers(1000, 2, 64), (4, 16));
        assert_eq!(readers(1000, 2, 2), (2, 1));
        assert_eq!(readers(3, 2, 64), (3, 1));
        assert_eq!(readers(1000, 16, 64), (16, 4));
        assert_eq!(readers(1000, 64, 10), (10, 1));
        assert_eq!(readers(10_000_000, 1, 10_000_000), (4, 4096));
    }

    #[test]
    fn fewer_threads_end_with_one_that_does_both() {
        let many = Threads { cores: 4, workers: 4, readers: 32, files_each: 1 };
        let tried: Vec<_> = std::iter::successors(Some(many), |threads| threads.fewer())
            .map(|threads| (threads.workers, threads.readers))
            .collect();
        assert_eq!(tried, [(4, 32), (2, 16), (1, 8), (1, 4), (1, 2), (1, 1), (1, 0)]);
    }
}
