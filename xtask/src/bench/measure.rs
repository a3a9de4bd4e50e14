//! One run of one program: its wall time, processor time and peak memory, and its exit code.

use std::fs::{self, File};
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
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
    Running::start(command, output)?.end()
}

/// Sends Ctrl-C to the program when it has read so many bytes, and runs it to its end: the wall time is that from the
/// signal on.
pub fn interrupt(command: &mut Command, bytes: u64) -> Result<Sample> {
    // SAFETY: signal may be called after a fork and takes no memory.
    unsafe {
        command.pre_exec(|| {
            // A shell ignores Ctrl-C in what it runs in the background, and a child would do the same.
            libc::signal(libc::SIGINT, libc::SIG_DFL);
            Ok(())
        });
    }
    let mut running = Running::start(command, None)?;
    while !running.has_ended() && bytes_read(running.pid)? < bytes {
        thread::sleep(Duration::from_millis(1));
    }
    running.start = Instant::now();
    // SAFETY: kill takes no memory. The child is not yet waited for, so its number is still its own.
    if unsafe { libc::kill(running.pid, libc::SIGINT) } != 0 {
        return Err(io::Error::last_os_error()).context(format!("cannot interrupt {}", running.name));
    }
    running.end()
}

/// A program that was started.
struct Running {
    name: String,
    pid: libc::pid_t,
    start: Instant,
}

impl Running {
    fn start(command: &mut Command, output: Option<&Path>) -> Result<Self> {
        let name = command.get_program().display().to_string();
        command.stdin(Stdio::null()).stderr(Stdio::null());
        match output {
            Some(path) => command.stdout(File::create(path)?),
            None => command.stdout(Stdio::null()),
        };
        forget_own_peak();
        let start = Instant::now();
        let child = command.spawn().context(format!("cannot run {name}"))?;
        Ok(Self { pid: libc::pid_t::try_from(child.id())?, name, start })
    }

    /// Whether there is nothing left but to wait for it.
    fn has_ended(&self) -> bool {
        let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
        let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
        // SAFETY: the pointer is to a live local of the type that waitid writes.
        let done = unsafe { libc::waitid(libc::P_PID, self.pid as libc::id_t, info.as_mut_ptr(), options) };
        // SAFETY: all-zero bytes are a valid siginfo_t; one that waitid has left so stands for no child.
        done != 0 || unsafe { info.assume_init().si_pid() } != 0
    }

    /// Waits for it.
    fn end(self) -> Result<Sample> {
        let mut status = 0;
        let mut usage = MaybeUninit::zeroed();
        // Instead of Child::wait, which gives no usage.
        let reaped = loop {
            // SAFETY: both pointers are to live locals of the types that wait4 writes.
            let reaped = unsafe { libc::wait4(self.pid, &raw mut status, 0, usage.as_mut_ptr()) };
            if reaped != -1 || io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
                break reaped;
            }
        };
        let wall = self.start.elapsed();
        if reaped != self.pid {
            return Err(io::Error::last_os_error()).context(format!("cannot wait for {}", self.name));
        }
        // SAFETY: wait4 has succeeded and so filled it in; all-zero bytes are a valid rusage, too.
        let usage: libc::rusage = unsafe { usage.assume_init() };
        let exited = libc::WIFEXITED(status);
        let code = if exited { libc::WEXITSTATUS(status) } else { 128 + libc::WTERMSIG(status) };
        Ok(Sample {
            wall,
            processor: duration(usage.ru_utime) + duration(usage.ru_stime),
            peak: u64::try_from(usage.ru_maxrss)? * 1024,
            code,
        })
    }
}

/// Waits until all that was written is on the disk.
pub fn write_out() {
    // SAFETY: sync has no preconditions.
    unsafe { libc::sync() };
}

/// Lets the next run find the files on the disk and not in memory.
pub fn drop_caches() -> Result<()> {
    // Pages that are not yet written cannot be dropped.
    write_out();
    fs::write("/proc/sys/vm/drop_caches", "3").context("cannot drop the page cache (--cold needs root)")
}

/// Whether [`drop_caches`] may be called.
pub fn is_root() -> bool {
    // SAFETY: geteuid has no preconditions.
    unsafe { libc::geteuid() == 0 }
}

/// How much the process has read so far.
fn bytes_read(pid: libc::pid_t) -> Result<u64> {
    let path = format!("/proc/{pid}/io");
    let text = fs::read_to_string(&path).context(format!("cannot read {path}"))?;
    let count = text.lines().find_map(|line| line.strip_prefix("rchar: "));
    Ok(count.ok_or(format!("{path} does not say what was read"))?.parse()?)
}

/// A child starts with this process's peak as its own, because it shares its memory until it is the other program.
fn forget_own_peak() {
    // Not there on every system: then the peak of a small program may be this program's.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn duration(time: libc::timeval) -> Duration {
    Duration::from_micros(time.tv_sec as u64 * 1_000_000 + time.tv_usec as u64)
}
