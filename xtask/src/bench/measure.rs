//! One run of one program: its wall time, processor time and peak memory, and its exit code.

use std::fs::{self, File};
use std::mem::MaybeUninit;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::util::{Context, Result};

/// What one run cost.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    pub wall: Duration,
    /// User and system time, of the program and of the children that it waited for.
    pub processor: Duration,
    /// Largest resident memory of the program or of any of its children, in bytes.
    pub peak: u64,
    /// Exit code; 128 + signal for a program that was killed.
    pub code: i32,
}

/// Runs the program to its end; its output goes to `output`, or nowhere.
pub fn run(command: &mut Command, output: Option<&Path>) -> Result<Sample> {
    let name = command.get_program().display().to_string();
    command.stdin(Stdio::null()).stderr(Stdio::null());
    match output {
        Some(path) => command.stdout(File::create(path)?),
        None => command.stdout(Stdio::null()),
    };
    forget_own_peak();

    let start = Instant::now();
    let child = command.spawn().context(format!("cannot run {name}"))?;
    let pid = libc::pid_t::try_from(child.id())?;
    let mut status = 0;
    let mut usage = MaybeUninit::zeroed();
    // Instead of Child::wait, which gives no usage.
    let reaped = loop {
        // SAFETY: both pointers are to live locals of the types that wait4 writes.
        let reaped = unsafe { libc::wait4(pid, &raw mut status, 0, usage.as_mut_ptr()) };
        if reaped != -1 || std::io::Error::last_os_error().kind() != std::io::ErrorKind::Interrupted {
            break reaped;
        }
    };
    let wall = start.elapsed();
    if reaped != pid {
        return Err(std::io::Error::last_os_error()).context(format!("cannot wait for {name}"));
    }
    // SAFETY: wait4 has succeeded and so filled it in; all-zero bytes are a valid rusage, too.
    let usage: libc::rusage = unsafe { usage.assume_init() };
    let code = if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { 128 + libc::WTERMSIG(status) };
    Ok(Sample {
        wall,
        processor: duration(usage.ru_utime) + duration(usage.ru_stime),
        peak: u64::try_from(usage.ru_maxrss)? * 1024,
        code,
    })
}

/// Lets the next run find the files on the disk and not in memory.
pub fn drop_caches() -> Result<()> {
    // SAFETY: sync has no preconditions. Pages that are not yet written cannot be dropped.
    unsafe { libc::sync() };
    fs::write("/proc/sys/vm/drop_caches", "3").context("cannot drop the page cache (--cold needs root)")
}

/// A child starts with this process's peak as its own, because it shares its memory until it is the other program.
fn forget_own_peak() {
    // Not there on every system: then the peak of a small program may be this program's.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn duration(time: libc::timeval) -> Duration {
    Duration::from_micros(time.tv_sec as u64 * 1_000_000 + time.tv_usec as u64)
}
