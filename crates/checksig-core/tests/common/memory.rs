//! A store in memory whose files fail in every way that real ones do.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use checksig_core::EntryPath;
use checksig_core::source::{Source, SourceFile, Stamp, Wait};
use crossbeam_channel::{Receiver, Sender};
use rustix::io::Errno;

/// What a file does under [`Wait::Never`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Cached {
    /// It is all in memory.
    #[default]
    All,
    /// Not even the directory is.
    Nothing,
    /// Its content up to this byte.
    UpTo(u64),
    /// Every other call is refused.
    EveryOther,
}

/// What becomes of a file after it was opened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// It ends here.
    Truncated(usize),
    /// So many bytes are appended; its times stay.
    Grown(usize),
    /// Its time of modification is another.
    Modified,
    /// Its time of status change is another.
    StatusChanged,
}

/// A file, or what is in its place.
#[derive(Clone, Default)]
pub struct File {
    pub content: Vec<u8>,
    pub special: bool,
    pub open_error: Option<Errno>,
    pub stamp_error: Option<Errno>,
    /// The same, but not at the first time.
    pub late_stamp_error: Option<Errno>,
    /// The most bytes that one read gives; 0: as many as asked for.
    pub piece: usize,
    /// Reads that begin here or later fail; those before end here.
    pub read_error: Option<(u64, Errno)>,
    /// Every other read is interrupted.
    pub interrupted: bool,
    pub cached: Cached,
    pub change: Option<Change>,
    /// Reads tell that they have begun, and wait until this channel closes.
    pub blocked: Option<(Sender<()>, Receiver<()>)>,
    /// Where it panics: `open`, `stamp` or `read`.
    pub panics: Option<&'static str>,
}

impl File {
    pub fn new(content: impl Into<Vec<u8>>) -> Self {
        Self { content: content.into(), ..Self::default() }
    }

    pub fn failing(errno: Errno) -> Self {
        Self { open_error: Some(errno), ..Self::default() }
    }

    pub fn cached(mut self, cached: Cached) -> Self {
        self.cached = cached;
        self
    }

    pub fn piece(mut self, piece: usize) -> Self {
        self.piece = piece;
        self
    }

    pub fn change(mut self, change: Change) -> Self {
        self.change = Some(change);
        self
    }
}

/// The store. What is not in it is missing.
#[derive(Default)]
pub struct Memory {
    pub files: HashMap<(usize, Vec<u8>), Arc<File>>,
    /// How many files may be open at once; 0: any number.
    pub limit: usize,
    /// Whether opens and reads are written down.
    pub recording: bool,
    pub state: Arc<State>,
    /// Dropped with the store.
    pub dropped: Option<Dropped>,
}

/// Tells when it is dropped.
pub struct Dropped(pub Sender<()>);

/// What happened to a store.
#[derive(Default)]
pub struct State {
    pub opens: AtomicUsize,
    pub open_now: AtomicUsize,
    pub refused: AtomicUsize,
    /// Reads that were allowed to wait.
    pub waits: AtomicUsize,
    /// `open` or `read`, and the name.
    pub record: Mutex<Vec<(&'static str, String)>>,
}

impl Memory {
    pub fn new<N: AsRef<str>>(files: impl IntoIterator<Item = (N, File)>) -> Self {
        let mut memory = Self::default();
        for (name, file) in files {
            memory.files.insert((0, name.as_ref().as_bytes().to_vec()), Arc::new(file));
        }
        memory
    }

    pub fn opens(&self) -> usize {
        self.state.opens.load(Ordering::SeqCst)
    }
}

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

impl State {
    fn write_down(&self, what: &'static str, name: &str) {
        self.record.lock().unwrap().push((what, name.to_owned()));
    }
}

impl Source for Memory {
    fn open(&self, root: usize, path: EntryPath<'_>, wait: Wait) -> io::Result<Box<dyn SourceFile>> {
        let file = self.files.get(&(root, path.as_bytes().to_vec())).ok_or(Errno::NOENT)?;
        if wait == Wait::Never && file.cached == Cached::Nothing {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.state.opens.fetch_add(1, Ordering::SeqCst);
        if self.recording {
            self.state.write_down("open", &path.to_string());
        }
        assert_ne!(file.panics, Some("open"), "a source that panics");
        if let Some(errno) = file.open_error {
            return Err(errno.into());
        }
        let room = |open: usize| (self.limit == 0 || open < self.limit).then_some(open + 1);
        if self.state.open_now.fetch_update(Ordering::SeqCst, Ordering::SeqCst, room).is_err() {
            self.state.refused.fetch_add(1, Ordering::SeqCst);
            return Err(Errno::MFILE.into());
        }
        Ok(Box::new(OpenFile {
            name: if self.recording { path.to_string() } else { String::new() },
            recording: self.recording,
            file: file.clone(),
            state: self.state.clone(),
            position: 0,
            calls: 0,
            stamps: 0,
        }))
    }
}

struct OpenFile {
    name: String,
    recording: bool,
    file: Arc<File>,
    state: Arc<State>,
    position: u64,
    calls: u64,
    stamps: u64,
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        self.state.open_now.fetch_sub(1, Ordering::SeqCst);
    }
}

impl OpenFile {
    fn size(&self, opened: bool) -> usize {
        match self.file.change {
            Some(Change::Truncated(size)) if opened => size,
            Some(Change::Grown(more)) if opened => self.file.content.len() + more,
            _ => self.file.content.len(),
        }
    }
}

impl SourceFile for OpenFile {
    fn stamp(&mut self) -> io::Result<Stamp> {
        assert_ne!(self.file.panics, Some("stamp"), "a source that panics");
        if let Some(errno) = self.file.stamp_error {
            return Err(errno.into());
        }
        let later = self.stamps > 0;
        if let Some(errno) = self.file.late_stamp_error.filter(|_| later) {
            return Err(errno.into());
        }
        self.stamps += 1;
        let moved = |change| i64::from(later && self.file.change == Some(change));
        Ok(Stamp {
            regular: !self.file.special,
            size: self.size(later) as u64,
            modified: (1, moved(Change::Modified)),
            status_changed: (1, moved(Change::StatusChanged)),
        })
    }

    fn read(&mut self, buffer: &mut [u8], wait: Wait) -> io::Result<usize> {
        assert!(!self.file.special, "what is no file is not read");
        assert_ne!(self.file.panics, Some("read"), "a source that panics");
        self.calls += 1;
        if self.recording {
            self.state.write_down("read", &self.name);
        }
        let mut end = self.size(true) as u64;
        self.state.waits.fetch_add(usize::from(wait == Wait::Allowed), Ordering::SeqCst);
        if wait == Wait::Never {
            match self.file.cached {
                Cached::All => {}
                Cached::UpTo(limit) if self.position < limit => end = end.min(limit),
                Cached::EveryOther if self.calls.is_multiple_of(2) => {}
                _ => return Err(io::ErrorKind::WouldBlock.into()),
            }
        }
        if let Some((begun, released)) = &self.file.blocked {
            if wait == Wait::Never {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let _ = begun.send(());
            let _ = released.recv();
        }
        if self.file.interrupted && self.calls % 2 == 1 {
            return Err(Errno::INTR.into());
        }
        if let Some((at, errno)) = self.file.read_error {
            if self.position >= at {
                return Err(errno.into());
            }
            end = end.min(at);
        }
        let mut got = buffer.len().min(end.saturating_sub(self.position) as usize);
        if self.file.piece > 0 {
            got = got.min(self.file.piece);
        }
        // What a file has grown by is not in its content.
        let rest = self.file.content.get(self.position as usize..).unwrap_or_default();
        let known = rest.len().min(got);
        buffer[..known].copy_from_slice(&rest[..known]);
        buffer[known..got].fill(b'+');
        self.position += got as u64;
        Ok(got)
    }
}
