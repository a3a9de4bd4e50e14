//! The checksums of the files that are to be listed, by the engine: beneath the root, each file read once.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{Event, Load};
use crate::algorithm::Algorithm;
use crate::checksum::Checksum;
use crate::engine::{Done, Io, Judgement, Received, Run, Settings, Work};
use crate::error::{Error, ErrorKind};
use crate::event::Progress;
use crate::hash::{Builtin, MultiHasher};
use crate::hash_files::to_io_error;
use crate::path::EntryPath;
use crate::source::LocalTree;

/// How often a cancel is looked for, and progress told.
const TICK: Duration = Duration::from_millis(50);

/// A file to be hashed.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) name: Vec<u8>,
    pub(super) algorithms: Arc<[Algorithm]>,
}

/// The checksums of each file, in the order of its algorithms.
pub(super) struct Hashed {
    work: Arc<ListWork>,
    checksums: Vec<Box<[Checksum]>>,
    /// Bytes of all files.
    pub(super) bytes: u64,
}

impl Hashed {
    /// The names of the files and their checksums, in the order given.
    pub(super) fn files(&self) -> impl Iterator<Item = (&[u8], &[Checksum])> + Clone {
        let names = self.work.jobs.iter().map(|job| job.name.as_slice());
        names.zip(self.checksums.iter().map(|checksums| &checksums[..]))
    }
}

/// Hashes files; tells of each that cannot be read, in the order given. Files that have failed before are counted with
/// them.
///
/// # Errors
/// [`ErrorKind::NotListed`] if one of the files could not be read or changed meanwhile, [`ErrorKind::Cancelled`],
/// [`ErrorKind::NoThreads`], [`ErrorKind::InvalidInput`] for an algorithm without hasher.
pub(super) fn hash(
    jobs: Vec<Job>,
    tree: Arc<LocalTree>,
    load: &Load,
    failed_before: &[Error],
    observer: &mut dyn FnMut(Event<'_>),
) -> Result<Hashed, Error> {
    let hasher = Builtin::default();
    let mut algorithms: Vec<_> = jobs.iter().flat_map(|job| job.algorithms.iter().copied()).collect();
    algorithms.sort_unstable();
    algorithms.dedup();
    if let Some(algorithm) = algorithms.iter().find(|&&algorithm| hasher.start(algorithm).is_none()) {
        return Err(Error::new(ErrorKind::InvalidInput, format!("there is no hasher for {algorithm}")));
    }
    let files = jobs.len();
    if u32::try_from(files).is_err() {
        return Err(Error::new(ErrorKind::InvalidInput, format!("{files} files are too many for a list")));
    }
    let work = Arc::new(ListWork { jobs });
    let settings = Settings { threads: load.threads, reads: load.reads, io: Io::Auto };
    let mut run = Run::start(work.clone(), tree, hasher, &algorithms, settings, load.cancel.clone())?;

    let mut results: Vec<_> = (0..files).map(|_| None).collect();
    let mut checksums = Vec::with_capacity(files);
    let mut failures = failed_before.len() as u64;
    failed_before.iter().for_each(|failure| observer(Event::Failure(failure)));
    let mut known = 0;
    let mut last_progress = Instant::now();
    loop {
        if load.cancel.is_cancelled() {
            return Err(super::cancelled());
        }
        match run.receive(TICK)? {
            Received::Results(batch) => {
                known += batch.len() as u64;
                for Done { job, result } in batch {
                    results[job as usize] = Some(result);
                }
                while let Some(result) = results.get_mut(checksums.len()).and_then(Option::take) {
                    let name = &work.jobs[checksums.len()].name;
                    checksums.push(match result {
                        Ok(checksums) => checksums,
                        Err(failure) => {
                            failures += 1;
                            observer(Event::Failure(&super::unreadable(name, &to_io_error(failure))));
                            Box::default()
                        }
                    });
                }
            }
            Received::Tick => {}
            Received::End => break,
        }
        if last_progress.elapsed() >= TICK {
            last_progress = Instant::now();
            let (bytes, expected_bytes) = run.counters().hashed_and_expected(files as u64);
            observer(Event::Progress(Progress { bytes, expected_bytes, entries: known, failures }));
        }
    }
    if load.cancel.is_cancelled() {
        return Err(super::cancelled());
    }
    if checksums.len() != files {
        return Err(Error::internal("the worker threads ended before their work was done"));
    }
    if failures > 0 {
        return Err(super::not_listed(failures));
    }
    let bytes = run.counters().whole_bytes.load(Ordering::Relaxed);
    Ok(Hashed { work, checksums, bytes })
}

struct ListWork {
    jobs: Vec<Job>,
}

impl Work for ListWork {
    type Output = Box<[Checksum]>;

    fn jobs(&self) -> usize {
        self.jobs.len()
    }

    fn file(&self, job: usize) -> (usize, EntryPath<'_>) {
        (0, EntryPath::new(&self.jobs[job].name))
    }

    fn algorithms(&self, job: usize) -> Vec<Algorithm> {
        self.jobs[job].algorithms.to_vec()
    }

    fn judge(&self, _job: usize, digests: &[Checksum], _: &[Algorithm]) -> Judgement<Self::Output> {
        // A digest of a file that changed meanwhile is a digest of nothing.
        Judgement::IfUnchanged(digests.into())
    }
}
