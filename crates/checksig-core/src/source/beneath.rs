//! Opening a path beneath a directory, wherever the symlinks on its way point: with one `openat2` where the kernel
//! has it, else component by component, with the same answers.
//!
//! A path that leads outside is `EXDEV`. Both ways never look a path up twice: a component that somebody swaps
//! meanwhile is either the old one or the new one, checked itself.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
#[cfg(target_os = "linux")]
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::{Errno, Result};

use super::Wait;
use super::local::OPEN_FLAGS;

/// How often a lookup is tried that the kernel gave up because the tree was being changed.
const TRIES: u32 = 64;
/// Linux's own limits (`MAXSYMLINKS`, `PATH_MAX`).
const MAX_LINKS: u32 = 40;
const MAX_PATH_LEN: usize = 4096;

pub(super) struct Resolver {
    #[cfg(target_os = "linux")]
    openat2: bool,
    /// Whether the kernel knows `RESOLVE_CACHED` (Linux 5.12).
    #[cfg(target_os = "linux")]
    cached_lookups: AtomicBool,
}

impl Resolver {
    /// The one that opens component by component.
    pub(super) fn walking() -> Self {
        Self {
            #[cfg(target_os = "linux")]
            openat2: false,
            #[cfg(target_os = "linux")]
            cached_lookups: AtomicBool::new(false),
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn best(_root: Option<BorrowedFd<'_>>) -> Self {
        Self::walking()
    }

    /// Tries `openat2` on a root: a kernel may lack it, and a sandbox may forbid it with whatever error.
    #[cfg(target_os = "linux")]
    pub(super) fn best(root: Option<BorrowedFd<'_>>) -> Self {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let works = root.is_some_and(|root| {
            rustix::io::retry_on_intr(|| rustix::fs::openat2(root, ".", flags, Mode::empty(), beneath()))
                .is_ok()
        });
        Self { openat2: works, cached_lookups: AtomicBool::new(works) }
    }

    /// How it resolves paths, if that is by `openat2`.
    #[cfg(target_os = "linux")]
    pub(super) fn openat2_flags(&self) -> Option<rustix::fs::ResolveFlags> {
        self.openat2.then(beneath)
    }

    pub(super) fn open(&self, root: BorrowedFd<'_>, path: &[u8], wait: Wait) -> Result<OwnedFd> {
        #[cfg(target_os = "linux")]
        if self.openat2 {
            match self.open_with_openat2(root, path, wait) {
                // Forbidden since it was tried.
                Err(Errno::NOSYS) => {}
                result => return result,
            }
        }
        if wait == Wait::Never {
            return Err(Errno::AGAIN);
        }
        retry_on_again(|| walk(root, path))
    }

    #[cfg(target_os = "linux")]
    fn open_with_openat2(&self, root: BorrowedFd<'_>, path: &[u8], wait: Wait) -> Result<OwnedFd> {
        let open = |resolve| rustix::fs::openat2(root, path, OPEN_FLAGS, Mode::empty(), beneath() | resolve);
        if wait == Wait::Allowed {
            return match retry_on_again(|| open(rustix::fs::ResolveFlags::empty())) {
                // It gives up at each `..` while anything is renamed anywhere. Walking does not.
                Err(Errno::AGAIN) => retry_on_again(|| walk(root, path)),
                result => result,
            };
        }
        if !self.cached_lookups.load(Ordering::Relaxed) {
            return Err(Errno::AGAIN);
        }
        match rustix::io::retry_on_intr(|| open(rustix::fs::ResolveFlags::CACHED)) {
            Err(Errno::INVAL) => {
                self.cached_lookups.store(false, Ordering::Relaxed);
                Err(Errno::AGAIN)
            }
            result => result,
        }
    }
}

#[cfg(target_os = "linux")]
fn beneath() -> rustix::fs::ResolveFlags {
    rustix::fs::ResolveFlags::BENEATH | rustix::fs::ResolveFlags::NO_MAGICLINKS
}

fn retry_on_again(mut open: impl FnMut() -> Result<OwnedFd>) -> Result<OwnedFd> {
    let mut result = Err(Errno::AGAIN);
    for _ in 0..TRIES {
        result = open();
        if !matches!(result, Err(Errno::AGAIN | Errno::INTR)) {
            break;
        }
    }
    result
}

/// Resolves `path` one component at a time, holding a descriptor of every directory on the way so that `..` in a
/// symlink goes back to where it came from and never above `root`.
fn walk(root: BorrowedFd<'_>, path: &[u8]) -> Result<OwnedFd> {
    if path.len() >= MAX_PATH_LEN {
        return Err(Errno::NAMETOOLONG);
    }
    if path.starts_with(b"/") {
        return Err(Errno::XDEV);
    }
    let mut way: Vec<OwnedFd> = Vec::new();
    let mut rest = Components::of(path);
    let mut links = 0;
    while let Some(name) = rest.next() {
        let here = way.last().map_or(root, AsFd::as_fd);
        if name == b".." {
            way.pop().ok_or(Errno::XDEV)?;
            continue;
        }
        let link = if rest.ended() {
            match rustix::fs::openat(here, name.as_slice(), OPEN_FLAGS | OFlags::NOFOLLOW, Mode::empty()) {
                Err(Errno::LOOP) => true,
                result => return result,
            }
        } else {
            let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let next = rustix::fs::openat(here, name.as_slice(), flags, Mode::empty())?;
            match FileType::from_raw_mode(rustix::fs::fstat(&next)?.st_mode) {
                FileType::Directory => {
                    way.push(next);
                    false
                }
                FileType::Symlink => true,
                _ => return Err(Errno::NOTDIR),
            }
        };
        if link {
            links += 1;
            if links > MAX_LINKS {
                return Err(Errno::LOOP);
            }
            let here = way.last().map_or(root, AsFd::as_fd);
            rest.follow(&link_target(here, &name)?)?;
        }
    }
    // Every component was a directory, and the last one is wanted as such.
    let here = way.last().map_or(root, AsFd::as_fd);
    rustix::fs::openat(here, ".", OPEN_FLAGS, Mode::empty())
}

/// What a symlink points to. `EAGAIN` if it is none any more.
fn link_target(directory: BorrowedFd<'_>, name: &[u8]) -> Result<Vec<u8>> {
    let target = match rustix::fs::readlinkat(directory, name, Vec::new()) {
        Ok(target) => target.into_bytes(),
        Err(Errno::INVAL) => return Err(Errno::AGAIN),
        Err(error) => return Err(error),
    };
    #[cfg(target_os = "linux")]
    if is_magic(directory, &target) {
        return Err(Errno::LOOP);
    }
    Ok(target)
}

/// Links of procfs like `/proc/self/exe` lead to an object, not to a path: `RESOLVE_NO_MAGICLINKS` refuses them with
/// `ELOOP`. What they show is absolute or has a colon (`pipe:[1]`, `anon_inode:inotify`), which none of procfs' ordinary
/// links is or has.
#[cfg(target_os = "linux")]
fn is_magic(directory: BorrowedFd<'_>, target: &[u8]) -> bool {
    const PROC_SUPER_MAGIC: u64 = 0x9fa0;
    let like_an_object = target.starts_with(b"/") || target.contains(&b':');
    like_an_object
        && rustix::fs::fstatfs(directory).is_ok_and(|fs| u64::try_from(fs.f_type) == Ok(PROC_SUPER_MAGIC))
}

/// The components of a path still to go, the next one last.
struct Components {
    names: Vec<Vec<u8>>,
    /// The path ended in `/`, `.` or `..`: what it names must be a directory.
    directory: bool,
}

impl Components {
    fn of(path: &[u8]) -> Self {
        let mut components = Self { names: Vec::new(), directory: false };
        components.push(path);
        components
    }

    /// Puts the components of a relative path before the others.
    fn push(&mut self, path: &[u8]) {
        let last = path.rsplit(|&c| c == b'/').next().unwrap_or_default();
        if self.names.is_empty() && matches!(last, b"" | b"." | b"..") {
            self.directory = true;
        }
        let names = path.rsplit(|&c| c == b'/').filter(|name| !matches!(*name, b"" | b"."));
        self.names.extend(names.map(<[u8]>::to_vec));
    }

    fn next(&mut self) -> Option<Vec<u8>> {
        self.names.pop()
    }

    /// Whether the component that was taken last is the file itself.
    fn ended(&self) -> bool {
        self.names.is_empty() && !self.directory
    }

    fn follow(&mut self, target: &[u8]) -> Result<()> {
        match target {
            [] => Err(Errno::NOENT),
            [b'/', ..] => Err(Errno::XDEV),
            target => {
                self.push(target);
                Ok(())
            }
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Both ways give the same answers, so nothing else would notice if the slow one were taken.
    #[test]
    fn openat2_is_used_where_the_kernel_has_it() {
        let root = tempfile::tempdir().unwrap();
        let root = std::fs::File::open(root.path()).unwrap();
        let kernel_has_it = rustix::fs::openat2(&root, ".", OFlags::PATH, Mode::empty(), beneath()).is_ok();
        assert_eq!(Resolver::best(Some(root.as_fd())).openat2, kernel_has_it);
        assert!(!Resolver::best(None).openat2);
        assert!(!Resolver::walking().openat2);
    }
}
