//! Hashing many files in parallel, with the results in the order given.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::algorithm::Algorithm;
use crate::cancel::CancelToken;
use crate::checksum::Checksum;
use crate::engine::{Done, Failure, Io, Judgement, Received, Run, Settings, Work};
use crate::error::{Error, ErrorKind};
use crate::hash::{Builtin, MultiHasher};
use crate::path::EntryPath;
use crate::quote::Quoted;
use crate::source::{LocalTree, PathPolicy};

/// How often a cancel is looked for.
const TICK: Duration = Duration::from_millis(50);

/// The checksums of files that the user named, computed in parallel: an iterator, in the order given.
///
/// Whatever can be read is hashed, FIFOs and devices too. Dropping it cancels.
///
/// ```
/// use checksig_core::{Algorithm, HashFiles};
/// # let directory = tempfile::tempdir().unwrap();
/// # let root = directory.path();
/// std::fs::write(root.join("abc"), "abc").unwrap();
/// let files = vec![root.join("abc"), root.join("none")];
/// let hashed: Vec<_> = HashFiles::start(files, Algorithm::Md5).unwrap().collect();
/// assert_eq!(hashed[0].checksum.as_ref().unwrap().to_string(), "900150983cd24fb0d6963f7d28e17f72");
/// assert!(hashed[1].checksum.is_err());
/// ```
pub struct HashFiles {
    work: Arc<HashWork>,
    run: Run<Checksum>,
    cancel: CancelToken,
    /// Results that wait for those before them.
    waiting: Vec<Option<Result<Checksum, Failure>>>,
    next: usize,
    broken: bool,
}

/// A file and its checksum.
#[derive(Debug)]
pub struct HashedFile {
    /// The file, as it was named.
    pub path: PathBuf,
    /// Its checksum, or why there is none.
    pub checksum: Result<Checksum, Error>,
}

impl HashFiles {
    /// Starts to hash files with as many threads as there are cores.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for an [`Algorithm::Custom`], [`ErrorKind::NoThreads`].
    pub fn start(files: Vec<PathBuf>, algorithm: Algorithm) -> Result<Self, Error> {
        Self::start_with(files, algorithm, 0, 0, CancelToken::new())
    }

    /// Starts to hash files with so many threads and files waited for at once (0: the engine's choice), until the
    /// token is cancelled.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_with(
        files: Vec<PathBuf>,
        algorithm: Algorithm,
        threads: usize,
        reads: usize,
        cancel: CancelToken,
    ) -> Result<Self, Error> {
        let hasher = Builtin::default();
        if hasher.start(algorithm).is_none() || u32::try_from(files.len()).is_err() {
            let message = format!("cannot compute {algorithm} of {} files", files.len());
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let source = Arc::new(LocalTree::open(["."], PathPolicy::Unconfined)?.waiting_for_fifos());
        let waiting = files.iter().map(|_| None).collect();
        let work = Arc::new(HashWork { files, algorithm });
        let run = Run::start(
            work.clone(),
            source,
            hasher,
            &[algorithm],
            Settings { threads, reads, io: Io::Blocking },
            cancel.clone(),
        )?;
        Ok(Self { work, run, cancel, waiting, next: 0, broken: false })
    }

    /// Whether the next file is hashed already, so that asking for it does not wait.
    pub fn is_ready(&self) -> bool {
        self.waiting.get(self.next).is_none_or(Option::is_some)
    }

    fn wait_for(&mut self, index: usize) -> Result<Checksum, Error> {
        let path = &self.work.files[index];
        let shown = Quoted(path.as_os_str().as_bytes());
        loop {
            if let Some(result) = self.waiting[index].take() {
                return result.map_err(|failure| {
                    let error = to_io_error(failure);
                    let message = format!("cannot read {shown}: {error}");
                    Error::new(ErrorKind::UnreadableFile(error), message)
                });
            }
            if self.cancel.is_cancelled() {
                let error = io::Error::from(io::ErrorKind::Interrupted);
                return Err(Error::new(
                    ErrorKind::UnreadableFile(error),
                    format!("{shown} was not read: cancelled"),
                ));
            }
            match self.run.receive(TICK)? {
                Received::Results(results) => {
                    for Done { job, result } in results {
                        self.waiting[job as usize] = Some(result);
                    }
                }
                Received::Tick => {}
                Received::End if self.cancel.is_cancelled() => {}
                Received::End => {
                    return Err(Error::internal("the worker threads ended before their work was done"));
                }
            }
        }
    }
}

impl Iterator for HashFiles {
    type Item = HashedFile;

    fn next(&mut self) -> Option<HashedFile> {
        if self.broken {
            return None;
        }
        let path = self.work.files.get(self.next)?.clone();
        let checksum = self.wait_for(self.next);
        self.broken = matches!(&checksum, Err(error) if matches!(error.kind(), ErrorKind::Internal));
        self.next += 1;
        Some(HashedFile { path, checksum })
    }
}

fn to_io_error(failure: Failure) -> io::Error {
    use rustix::io::Errno;
    match failure {
        Failure::Missing => Errno::NOENT.into(),
        Failure::NotAFile => Errno::NXIO.into(),
        Failure::UnsafePath => Errno::XDEV.into(),
        Failure::Changed => io::Error::other("it changed while it was read"),
        Failure::Unreadable { errno: Some(errno), .. } => io::Error::from_raw_os_error(errno),
        Failure::Unreadable { errno: None, .. } => io::Error::other("the read failed"),
    }
}

struct HashWork {
    files: Vec<PathBuf>,
    algorithm: Algorithm,
}

impl Work for HashWork {
    type Output = Checksum;

    fn jobs(&self) -> usize {
        self.files.len()
    }

    fn file(&self, job: usize) -> (usize, EntryPath<'_>) {
        (0, EntryPath::new(self.files[job].as_os_str().as_bytes()))
    }

    fn algorithms(&self, _job: usize) -> Vec<Algorithm> {
        vec![self.algorithm]
    }

    fn judge(&self, _job: usize, digests: &[Checksum], _attacked: &[Algorithm]) -> Judgement<Checksum> {
        // One file, one algorithm. A digest of a file that changed meanwhile is a digest of nothing.
        Judgement::IfUnchanged(digests[0])
    }

    fn reads_special_files(&self) -> bool {
        true
    }
}
