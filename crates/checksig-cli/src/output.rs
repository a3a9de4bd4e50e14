//! Writing without surprises: checked writes to standard output, whole lines, and exit codes.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use checksig_core::is_unprintable;

/// Bytes that are held back before they are written.
const BUFFER: usize = 64 * 1024;

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
/// error is the caller's to see: `println!` would panic.
pub(crate) struct Output {
    buffer: Vec<u8>,
    stdout: io::Stdout,
}

impl Output {
    pub(crate) fn new() -> Self {
        Self { buffer: Vec::with_capacity(BUFFER), stdout: io::stdout() }
    }

    /// Whether it is time to flush although nothing else demands it.
    pub(crate) fn is_full(&self) -> bool {
        self.buffer.len() >= BUFFER
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        // What could not be written now cannot be written later either.
        let buffer = std::mem::replace(&mut self.buffer, Vec::with_capacity(BUFFER));
        let mut stdout = self.stdout.lock();
        stdout.write_all(&buffer)?;
        stdout.flush()
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
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Exit::Verified,
        Err(error) => complain_of_output(&error),
    }
}

/// Arguments are quoted in messages by clap and the system as they are: replaces what must not reach a terminal.
fn harmless(text: &str) -> String {
    text.chars().map(|c| if c != '\n' && is_unprintable(c) { '\u{fffd}' } else { c }).collect()
}
