//! Hashing many files in parallel, with the results in the order given.
//!
//! What is given to the engine is decided here: a few small files are hashed on the calling thread, before a thread could
//! be started; and so are devices, each when its turn comes.

use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;

use crate::algorithm::Algorithm;
use crate::cancel::CancelToken;
use crate::checksum::Checksum;
use crate::engine::{Done, Failure, Io, Judgement, Received, Run, Settings, Work};
use crate::error::{Error, ErrorKind};
use crate::hash::{Builtin, MultiHasher, hash_few, hash_stream};
use crate::path::EntryPath;
use crate::quote::Quoted;
use crate::source::{LocalFile, LocalTree, PathPolicy, Source, SourceFile, Wait};

/// How often a cancel is looked for.
const TICK: Duration = Duration::from_millis(50);
const POLL_TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
/// So many files are hashed on the calling thread as long as they are small: starting threads takes as long.
const FEW: usize = 16;
/// The largest small file.
const SMALL: u64 = 128 * 1024;

/// A file and the algorithm whose checksum is wanted of it.
#[derive(Clone, Debug)]
pub struct FileToHash {
    /// The file, as it is named.
    pub path: PathBuf,
    /// The algorithm.
    pub algorithm: Algorithm,
}

/// How files are hashed.
#[derive(Clone, Debug, Default)]
pub struct HashOptions {
    /// How many threads hash; 0: one for each core.
    pub threads: usize,
    /// How many files may be waited for at once; 0: the engine's choice.
    pub reads: usize,
    /// Refuses FIFOs, sockets and devices, with the error `ENXIO`, instead of reading them to their end; and directories
    /// too.
    pub regular_only: bool,
    /// Reads a file that changed meanwhile once more, as far as it then goes, instead of failing.
    pub accept_changes: bool,
    /// Stops the run when it is cancelled.
    pub cancel: CancelToken,
}

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
    files: Arc<[FileToHash]>,
    options: HashOptions,
    source: Arc<LocalTree>,
    /// The files that wait for their turn, and are hashed on the calling thread then.
    in_turn: BTreeSet<usize>,
    engine: Option<Engine>,
    next: usize,
    broken: bool,
}

/// The engine at work on the files that it was given.
struct Engine {
    run: Run<Checksum>,
    work: Arc<HashWork>,
    /// Of every file, its result if that has come and was not taken.
    waiting: Vec<Option<Result<Checksum, Failure>>>,
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
        let files = files.into_iter().map(|path| FileToHash { path, algorithm }).collect();
        Self::start_each(files, HashOptions { threads, reads, cancel, ..HashOptions::default() })
    }

    /// Starts to hash files, each by an algorithm of its own.
    ///
    /// ```
    /// use checksig_core::{Algorithm, FileToHash, HashFiles, HashOptions};
    /// # let directory = tempfile::tempdir().unwrap();
    /// let file = FileToHash { path: directory.path().into(), algorithm: Algorithm::Md5 };
    /// let options = HashOptions { regular_only: true, ..HashOptions::default() };
    /// let mut hashed = HashFiles::start_each(vec![file], options).unwrap();
    /// assert!(hashed.next().unwrap().checksum.is_err(), "a directory");
    /// ```
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_each(files: Vec<FileToHash>, options: HashOptions) -> Result<Self, Error> {
        let hasher = Builtin::plain();
        let unknown = files.iter().find(|file| hasher.start(file.algorithm).is_none());
        if u32::try_from(files.len()).is_err() || unknown.is_some() {
            let what = unknown.map_or("checksums".into(), |file| file.algorithm.name());
            let message = format!("cannot compute {what} of {} files", files.len());
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        // Relative paths keep their meaning when the program goes elsewhere; absolute ones need no working directory.
        let mut source =
            LocalTree::open(["."], PathPolicy::Unconfined).unwrap_or_else(|_| LocalTree::unconfined());
        if !options.regular_only {
            source = source.waiting_for_fifos();
        }
        let in_turn = if options.regular_only { BTreeSet::new() } else { in_turn(&files) };
        let few = files.len() <= FEW;
        let source = Arc::new(source);
        let mut hashed =
            Self { files: files.into(), options, source, in_turn, engine: None, next: 0, broken: false };
        if !few {
            hashed.start_engine()?;
        }
        Ok(hashed)
    }

    /// Whether the next file is hashed already, so that asking for it does not wait.
    pub fn is_ready(&self) -> bool {
        match &self.engine {
            Some(engine) => engine.waiting.get(self.next).is_none_or(Option::is_some),
            None => self.next >= self.files.len(),
        }
    }

    /// Gives the engine every file from the next one on that it can have.
    fn start_engine(&mut self) -> Result<(), Error> {
        let jobs: Vec<u32> = (self.next..self.files.len())
            .filter(|index| !self.in_turn.contains(index))
            .map(|index| index as u32)
            .collect();
        let mut algorithms: Vec<Algorithm> = Vec::new();
        for &job in &jobs {
            let algorithm = self.files[job as usize].algorithm;
            if algorithms.last() != Some(&algorithm) && !algorithms.contains(&algorithm) {
                algorithms.push(algorithm);
            }
        }
        let read_special = !self.options.regular_only;
        let work = Arc::new(HashWork { files: self.files.clone(), jobs, read_special });
        let HashOptions { threads, reads, .. } = self.options;
        let run = Run::start(
            work.clone(),
            self.source.clone(),
            Builtin::default(),
            &algorithms,
            Settings { threads, reads, io: Io::Blocking },
            self.options.cancel.clone(),
        )?;
        let waiting = self.files.iter().map(|_| None).collect();
        self.engine = Some(Engine { run, work, waiting });
        Ok(())
    }

    fn checksum(&mut self, index: usize) -> Result<Checksum, Error> {
        if self.engine.is_none() || self.in_turn.contains(&index) {
            let small = if self.in_turn.contains(&index) { u64::MAX } else { SMALL };
            if self.options.cancel.is_cancelled() {
                return Err(cancelled(&self.files[index].path));
            }
            match self.hash_here(index, small) {
                Ok(Some(checksum)) => return Ok(checksum),
                Ok(None) => self.start_engine()?,
                Err(_) if self.options.cancel.is_cancelled() => {
                    return Err(cancelled(&self.files[index].path));
                }
                Err(error) => return Err(unreadable(&self.files[index].path, error)),
            }
        }
        match self.wait_for(index)? {
            Ok(checksum) => Ok(checksum),
            Err(Failure::Changed) if self.options.accept_changes => self
                .hash_here(index, u64::MAX)
                .and_then(|checksum| checksum.ok_or(Errno::NXIO.into()))
                .map_err(|error| unreadable(&self.files[index].path, error)),
            Err(failure) => Err(unreadable(&self.files[index].path, to_io_error(failure))),
        }
    }

    /// Hashes a file on this thread; `None` if it is a regular one that is not small.
    fn hash_here(&self, index: usize, small: u64) -> io::Result<Option<Checksum>> {
        let FileToHash { path, algorithm } = &self.files[index];
        let mut file: Box<dyn SourceFile> = if is_device(path) && !self.options.regular_only {
            // Plainly: to some drivers, opening without waiting means not to look for a medium.
            Box::new(LocalFile::from(OwnedFd::from(File::open(path)?)))
        } else {
            self.source.open(0, EntryPath::new(path.as_os_str().as_bytes()), Wait::Allowed)?
        };
        let opened = file.stamp()?;
        if !opened.regular && self.options.regular_only {
            return Err(to_io_error(Failure::NotAFile));
        }
        if opened.regular && opened.size > small {
            return Ok(None);
        }
        let mut reader =
            Patient { file: &mut *file, waits: !opened.regular, cancel: &self.options.cancel, bytes: 0 };
        let checksum = if opened.regular && opened.size <= SMALL {
            hash_few(&mut reader, opened.size as usize, *algorithm)
        } else {
            hash_stream(&mut reader, *algorithm)
        }?;
        // The kernel's own files call themselves empty.
        let whole = opened.size == 0 || reader.bytes == opened.size;
        if !self.options.accept_changes && opened.regular && !(whole && file.stamp()? == opened) {
            return Err(to_io_error(Failure::Changed));
        }
        Ok(Some(checksum))
    }

    fn wait_for(&mut self, index: usize) -> Result<Result<Checksum, Failure>, Error> {
        let lost = || Error::internal("a file was given to no thread");
        let Engine { run, work, waiting } = self.engine.as_mut().ok_or_else(lost)?;
        loop {
            if let Some(result) = waiting[index].take() {
                return Ok(result);
            }
            if self.options.cancel.is_cancelled() {
                return Err(cancelled(&self.files[index].path));
            }
            match run.receive(TICK)? {
                Received::Results(results) => {
                    for Done { job, result } in results {
                        waiting[work.jobs[job as usize] as usize] = Some(result);
                    }
                }
                Received::Tick => {}
                Received::End if self.options.cancel.is_cancelled() => {}
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
        let path = self.files.get(self.next)?.path.clone();
        let checksum = self.checksum(self.next);
        let is_broken = |error: &Error| !matches!(error.kind(), ErrorKind::UnreadableFile(_));
        self.broken = checksum.as_ref().is_err_and(is_broken);
        self.next += 1;
        Some(HashedFile { path, checksum })
    }
}

/// What must not be read before its turn: devices, descriptors, and whatever is named twice and may be a FIFO. Two that
/// read it at a time would share out its content.
fn in_turn(files: &[FileToHash]) -> BTreeSet<usize> {
    let mut seen = (files.len() > 1).then(HashSet::new);
    let mut in_turn = BTreeSet::new();
    for (index, FileToHash { path, .. }) in files.iter().enumerate() {
        let again = seen.as_mut().is_some_and(|seen| !seen.insert(path.as_path()));
        if again || is_device(path) {
            in_turn.insert(index);
        }
    }
    in_turn
}

fn is_device(path: &Path) -> bool {
    path.starts_with("/dev") || path.starts_with("/proc")
}

/// A file as a reader that counts, and ends with a cancel.
struct Patient<'f> {
    file: &'f mut dyn SourceFile,
    /// Whether to wait until there is something to be read: it is not a regular file.
    waits: bool,
    cancel: &'f CancelToken,
    bytes: u64,
}

impl Read for Patient<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.waits
            && let Some(file) = self.file.descriptor()
        {
            while !self.cancel.is_cancelled()
                && rustix::event::poll(&mut [PollFd::new(&file, PollFlags::IN)], Some(&POLL_TICK))? == 0
            {
            }
        }
        if self.cancel.is_cancelled() {
            return Err(Errno::CANCELED.into());
        }
        let got = self.file.read(buffer, Wait::Allowed)?;
        self.bytes += got as u64;
        Ok(got)
    }
}

fn cancelled(path: &Path) -> Error {
    let message = format!("{} was not read: cancelled", Quoted(path.as_os_str().as_bytes()));
    Error::new(ErrorKind::UnreadableFile(io::ErrorKind::Interrupted.into()), message)
}

fn unreadable(path: &Path, error: io::Error) -> Error {
    let message = format!("cannot read {}: {error}", Quoted(path.as_os_str().as_bytes()));
    Error::new(ErrorKind::UnreadableFile(error), message)
}

pub(crate) fn to_io_error(failure: Failure) -> io::Error {
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
    files: Arc<[FileToHash]>,
    /// The numbers of the files that the engine was given.
    jobs: Vec<u32>,
    read_special: bool,
}

impl HashWork {
    fn file_of(&self, job: usize) -> &FileToHash {
        &self.files[self.jobs[job] as usize]
    }
}

impl Work for HashWork {
    type Output = Checksum;

    fn jobs(&self) -> usize {
        self.jobs.len()
    }

    fn file(&self, job: usize) -> (usize, EntryPath<'_>) {
        (0, EntryPath::new(self.file_of(job).path.as_os_str().as_bytes()))
    }

    fn algorithms(&self, job: usize) -> Vec<Algorithm> {
        vec![self.file_of(job).algorithm]
    }

    fn judge(&self, _job: usize, digests: &[Checksum], _attacked: &[Algorithm]) -> Judgement<Checksum> {
        // One file, one algorithm. A digest of a file that changed meanwhile is a digest of nothing.
        Judgement::IfUnchanged(digests[0])
    }

    fn reads_special_files(&self) -> bool {
        self.read_special
    }
}
