//! Writing without surprises: checked writes to standard output, whole lines, and exit codes.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use checksig_core::{CancelToken, is_unprintable};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::stdio::stdout;

/// Bytes that are held back before they are written.
const BUFFER: usize = 64 * 1024;
/// Bytes written at once: as many as a pipe that has room at all takes without blocking (`PIPE_BUF`).
const PIECE: usize = 4096;
/// How often a write that waits for its reader looks whether the run was cancelled.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0
    Verified,
    /// 1
    NotVerified,
    /// 2: usage, a list that cannot be read or has no entry, output that cannot be written.
    CouldNotRun,
    /// 128 + the signal's number.
    Signal(u8),
}

impl Exit {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Verified => 0,
            Self::NotVerified => 1,
            Self::CouldNotRun => 2,
            Self::Signal(number) => 128 + number,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// Standard output. Keeps whole lines back until [`flush`](Self::flush), so that a progress bar can step aside; every
/// error is the caller's to see. Neither `println!`, which panics, nor `std::io::Stdout`, which takes a descriptor that
/// cannot be written to for a sink.
pub(crate) struct Output {
    buffer: Vec<u8>,
    /// Once cancelled, nothing waits for a reader any more.
    cancel: CancelToken,
}

impl Output {
    pub(crate) fn new(cancel: CancelToken) -> Self {
        Self { buffer: Vec::with_capacity(BUFFER), cancel }
    }

    /// Whether it is time to flush although nothing else demands it.
    pub(crate) fn is_full(&self) -> bool {
        self.buffer.len() >= BUFFER
    }

    /// Waits until standard output takes a piece. A pipe that nobody reads must not keep a signal from being obeyed:
    /// so no write is begun that would block.
    fn wait_until_writable(&self) -> io::Result<()> {
        loop {
            let mut fds = [PollFd::from_borrowed_fd(stdout(), PollFlags::OUT)];
            match rustix::event::poll(&mut fds, Some(&TICK)) {
                Ok(0) | Err(Errno::INTR) if self.cancel.is_cancelled() => {
                    return Err(io::Error::new(
                        io::ErrorKind::TimedOut,
                        "nobody reads it, and the run was interrupted",
                    ));
                }
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        // What could not be written now cannot be written later either.
        let buffer = std::mem::replace(&mut self.buffer, Vec::with_capacity(BUFFER));
        let mut rest = &buffer[..];
        while !rest.is_empty() {
            self.wait_until_writable()?;
            match rustix::io::write(stdout(), &rest[..rest.len().min(PIECE)]) {
                Ok(written) => rest = &rest[written..],
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Says something on standard error. There is nobody to tell if that fails.
pub(crate) fn complain(message: impl Display) {
    let _ = writeln!(io::stderr().lock(), "checksig: {}", harmless(&message.to_string()));
}

pub(crate) fn complain_of_output(error: &io::Error) -> Exit {
    complain(format_args!("cannot write the output: {error}"));
    Exit::CouldNotRun
}

/// Help, version, or what is wrong with the arguments.
pub(crate) fn show_usage(error: &clap::Error) -> Exit {
    let text = harmless(&error.render().to_string());
    if error.use_stderr() {
        let _ = io::stderr().lock().write_all(text.as_bytes());
        return Exit::CouldNotRun;
    }
    let mut out = Output::new(CancelToken::new());
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Exit::Verified,
        Err(error) => complain_of_output(&error),
    }
}

/// Arguments are quoted in messages by clap and the system as they are: replaces what must not reach a terminal.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().map(|c| if c != '\n' && is_unprintable(c) { '\u{fffd}' } else { c }).collect()
}
