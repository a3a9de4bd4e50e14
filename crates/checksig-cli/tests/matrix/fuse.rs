//! A file system of our own whose one file fails as a cell says. Unlike strace it is also seen by the kernel's ring, and it
//! can give less than was asked for.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use fuser::{
    BackgroundSession, Config, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation,
    INodeNo, InitFlags, KernelConfig, LockOwner, OpenFlags, ReplyAttr, ReplyData, ReplyEntry, ReplyOpen,
    Request,
};

use crate::Setting;
use crate::cells::Cell;
use crate::common::{Ran, Tree, run};
use crate::judge;
use crate::stage::{HIT, HIT_LIST, Stage, files, hit_list};

/// Nothing is remembered: each call gets here.
const FORGET: Duration = Duration::ZERO;
/// What a read of a file gives at most that is read in pieces; and for so many bytes, if it is one at a time.
const PIECE: u64 = 1000;
const ONE_BY_ONE: u64 = 3000;

struct Faulty {
    /// Inode 2 is the first.
    files: Vec<(String, Vec<u8>)>,
    hit: &'static str,
    cell: Cell,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    opens: u32,
    reads: u32,
    /// Times that the file was asked for its state since it was opened.
    looks: u32,
    /// Whether it was read from.
    changed: bool,
}

fn inode(index: usize) -> INodeNo {
    INodeNo(index as u64 + 2)
}

impl Faulty {
    fn file(&self, inode: INodeNo) -> Option<&(String, Vec<u8>)> {
        self.files.get((inode.0 as usize).checked_sub(2)?)
    }

    fn is_hit(&self, inode: INodeNo) -> bool {
        self.file(inode).is_some_and(|(name, _)| name == self.hit)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics here")
    }

    fn errno(&self) -> Errno {
        Errno::from_i32(self.cell.errno().raw_os_error())
    }

    /// The length that a file has by now.
    fn len(&self, inode: INodeNo) -> u64 {
        let len = self.file(inode).map_or(0, |(_, content)| content.len() as u64);
        if !self.is_hit(inode) || !self.state().changed {
            return len;
        }
        match self.cell.fault.as_str() {
            "truncated" => len / 2,
            "grown" => len + 1,
            _ => len,
        }
    }

    fn attributes(&self, inode: INodeNo) -> FileAttr {
        let directory = inode == INodeNo::ROOT;
        let epoch = SystemTime::UNIX_EPOCH;
        let later = |when: bool| if when { epoch + Duration::from_secs(1) } else { epoch };
        let changed = self.is_hit(inode) && self.state().changed;
        FileAttr {
            ino: inode,
            size: self.len(inode),
            blocks: 1,
            atime: epoch,
            mtime: later(changed && self.cell.fault == "rewritten"),
            // A name fewer is a change of its state.
            ctime: later(changed && ["rewritten", "replaced"].contains(&self.cell.fault.as_str())),
            crtime: epoch,
            kind: if directory { FileType::Directory } else { FileType::RegularFile },
            perm: if directory { 0o755 } else { 0o644 },
            nlink: 1,
            uid: rustix::process::getuid().as_raw(),
            gid: rustix::process::getgid().as_raw(),
            rdev: 0,
            blksize: 4096,
            flags: 0,
        }
    }

    /// The error of opening the file that is hit, this time.
    fn open_error(&self) -> Option<Errno> {
        if !self.cell.place.ends_with(".open") {
            return None;
        }
        let mut state = self.state();
        state.opens += 1;
        (self.cell.when.is_empty() || state.opens == 1).then(|| self.errno())
    }

    fn look_error(&self) -> Option<Errno> {
        let mut state = self.state();
        state.looks += 1;
        let now = if self.cell.when == "open" { state.looks == 1 } else { state.looks > 1 };
        (self.cell.place == "target.fstat" && now).then(|| self.errno())
    }

    /// What a read of the file that is hit gives: an error, or at most so many bytes.
    fn read_limit(&self, offset: u64, len: u64) -> Result<u64, Errno> {
        if !self.cell.place.ends_with(".read") {
            return Ok(u64::MAX);
        }
        let mut state = self.state();
        state.reads += 1;
        state.changed = true;
        let at = match self.cell.when.as_str() {
            "first" => 0,
            "middle" => len / 2,
            "last" => len - 1,
            "often" if state.reads % 2 == 1 => return Err(self.errno()),
            _ if self.cell.fault == "one-byte" && offset < ONE_BY_ONE => return Ok(1),
            _ if self.cell.fault == "short" => return Ok(PIECE),
            _ => return Ok(u64::MAX),
        };
        if offset >= at { Err(self.errno()) } else { Ok(at - offset) }
    }
}

impl Filesystem for Faulty {
    fn init(&mut self, _: &Request, config: &mut KernelConfig) -> io::Result<()> {
        // As libfuse does. Without it, a short read through the ring gives the same bytes over and over.
        if self.cell.fault != "no-async-reads" {
            let _ = config.add_capabilities(InitFlags::FUSE_ASYNC_DIO);
        }
        Ok(())
    }

    fn lookup(&self, _: &Request, _: INodeNo, name: &OsStr, reply: ReplyEntry) {
        match self.files.iter().position(|(known, _)| known.as_str() == name) {
            Some(index) => reply.entry(&FORGET, &self.attributes(inode(index)), Generation(0)),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _: &Request, inode: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.is_hit(inode).then(|| self.look_error()).flatten() {
            Some(error) => reply.error(error),
            None => reply.attr(&FORGET, &self.attributes(inode)),
        }
    }

    fn open(&self, _: &Request, inode: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        if self.is_hit(inode) {
            if let Some(error) = self.open_error() {
                return reply.error(error);
            }
            self.state().looks = 0;
        }
        // Not through the page cache, which would hide how much each read gave.
        reply.opened(FileHandle(0), FopenFlags::FOPEN_DIRECT_IO);
    }

    fn read(
        &self,
        _: &Request,
        inode: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let Some((_, content)) = self.file(inode) else { return reply.error(Errno::ENOENT) };
        let limit = match self.is_hit(inode).then(|| self.read_limit(offset, content.len() as u64)) {
            Some(Err(error)) => return reply.error(error),
            Some(Ok(limit)) => limit,
            None => u64::MAX,
        };
        // What a file has grown by.
        let mut now = content.clone();
        now.resize(self.len(inode) as usize, b'+');
        let end = (offset.saturating_add(limit).min(offset + u64::from(size)) as usize).min(now.len());
        reply.data(now.get(offset as usize..end).unwrap_or_default());
    }
}

fn mount(
    at: &Path,
    files: Vec<(String, Vec<u8>)>,
    hit: &'static str,
    cell: &Cell,
) -> io::Result<BackgroundSession> {
    let system = Faulty { files, hit, cell: cell.clone(), state: Mutex::default() };
    fuser::spawn_mount(system, at, &Config::default())
}

/// Why this machine lets nobody mount a file system of his own, if it does not.
pub fn can_mount() -> io::Result<()> {
    let tree = Tree::new();
    let nothing = Cell::default();
    mount(tree.path(), Vec::new(), "", &nothing)?.umount_and_join()
}

/// Runs the program on a stage that has this mounted as `mount`.
fn run_in(
    stage: &Stage,
    files: Vec<(String, Vec<u8>)>,
    hit: &'static str,
    cell: &Cell,
    args: &[String],
) -> Ran {
    let at = stage.beside("mount");
    std::fs::create_dir(&at).expect("a place to mount it");
    let mounted = mount(&at, files, hit, cell).expect("it could be mounted a moment ago");
    let ran = run(&mut stage.command(args));
    mounted.umount_and_join().expect("nobody has it open any more");
    ran
}

/// A target with faults, read by threads (`fuse`) or by the kernel's ring (`ring`).
pub fn target(cell: &Cell, way: &str, setting: &Setting) {
    let stage = Stage::new();
    let io = if way == "ring" { crate::process::ring_if_allowed() } else { "blocking" };
    let mut args = stage.args(setting, io);
    args.extend(["--root".to_owned(), stage.beside("mount").display().to_string()]);
    let ran = run_in(&stage, files().to_vec(), HIT, cell, &args);
    judge::target(&stage, &ran, cell);
}

/// The second of two lists with faults.
pub fn list(cell: &Cell, _: &str, setting: &Setting) {
    let stage = Stage::new();
    let mut args = stage.args(setting, "blocking");
    args.extend(["--root".to_owned(), stage.at("").display().to_string()]);
    args.push(stage.beside("mount").join(HIT_LIST).display().to_string());
    let files = vec![(HIT_LIST.to_owned(), hit_list().into_bytes())];
    let ran = run_in(&stage, files, HIT_LIST, cell, &args);
    judge::list(&stage, &ran, cell);
}
