//! `--check`: lists, what became of their entries, and the warnings behind each.
//!
//! A list is read in batches, each as much as is there: its files are hashed in parallel, and a list that comes slowly
//! through a pipe is checked line by line.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::FileTypeExt;

use checksig_core::{
    Checksum, FileToHash, GnuLine, GnuParser, GnuTally, HashFiles, HashOptions, hash_stream,
};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;

use super::options::{Options, Telling};
use super::{Console, unreadable_file};
use crate::input::Stdin;

/// Bytes of a list that are read at once, and of a batch.
const PIECE: usize = 64 * 1024;
const BATCH: usize = 4 * 1024 * 1024;
/// Lines of a batch: there may be one for every two bytes.
const BATCH_LINES: usize = 64 * 1024;

/// Checks every list. `false`: one of them is not verified. The only error is that of the output.
pub(super) fn run(options: &Options, console: &mut Console) -> io::Result<bool> {
    let mut check = Check {
        options,
        console,
        // Whether names follow one space is found out once for all lists, as by GNU.
        parser: GnuParser::new(options.algorithm),
        algorithm_tag: super::options::tag(options.algorithm),
        tally: GnuTally::default(),
        lines: 0,
        batch: Vec::new(),
    };
    let mut good = true;
    for name in &options.operands {
        good &= check.list(name)?;
    }
    Ok(good)
}

struct Check<'r> {
    options: &'r Options,
    console: &'r mut Console,
    parser: GnuParser,
    algorithm_tag: &'static str,
    /// Of the list at hand.
    tally: GnuTally,
    /// Lines read of it.
    lines: u64,
    /// What has been read and not been told.
    batch: Vec<Line>,
}

/// A line of which there is something to tell.
enum Line {
    Malformed(u64),
    Entry { expected: Checksum, name: OsString },
}

/// Why there is no verdict on a list.
enum Failure {
    Output(io::Error),
    List,
    /// Nothing can be hashed at all; it was said.
    Hopeless,
}

impl Check<'_> {
    fn list(&mut self, name: &OsStr) -> io::Result<bool> {
        (self.tally, self.lines) = (GnuTally::default(), 0);
        let is_stdin = name == "-";
        let shown = self.console.quoted(if is_stdin { b"standard input" } else { name.as_bytes() });
        let read = if is_stdin {
            self.read(Stdin, rustix::stdio::stdin(), true, &shown)
        } else {
            match File::open(name) {
                Ok(file) => self.read(&file, file.as_fd(), false, &shown),
                Err(error) => return self.console.unreadable(name.as_bytes(), &error).map(|()| false),
            }
        };
        match read {
            Ok(()) => self.conclude(&shown),
            Err(Failure::List) => self.console.error(&format!("{shown}: read error")).map(|()| false),
            Err(Failure::Hopeless) => Ok(false),
            Err(Failure::Output(error)) => Err(error),
        }
    }

    fn read(
        &mut self,
        mut list: impl Read,
        descriptor: BorrowedFd<'_>,
        is_stdin: bool,
        shown: &str,
    ) -> Result<(), Failure> {
        let mut text = Vec::new();
        let mut batched = 0;
        loop {
            let filled = text.len();
            text.resize(filled + PIECE, 0);
            let got = match list.read(&mut text[filled..]) {
                Ok(got) => got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                    text.truncate(filled);
                    continue;
                }
                Err(_) => {
                    text.truncate(filled);
                    // What came before the error counts, also the beginning of a line.
                    self.lines(&text, is_stdin);
                    self.tell_batch(shown)?;
                    return Err(Failure::List);
                }
            };
            text.truncate(filled + got);
            // Lines are looked for only in what is new: there may be one without an end.
            let end = match got {
                0 => text.len(),
                _ => text[filled..].iter().rposition(|&c| c == b'\n').map_or(0, |end| filled + end + 1),
            };
            self.lines(&text[..end], is_stdin);
            text.drain(..end);
            batched += end;
            if got == 0 || batched >= BATCH || self.batch.len() >= BATCH_LINES || !has_more(descriptor) {
                self.tell_batch(shown)?;
                batched = 0;
            }
            if got == 0 {
                return Ok(());
            }
        }
    }

    fn lines(&mut self, text: &[u8], is_stdin: bool) {
        for line in text.split_inclusive(|&c| c == b'\n') {
            self.lines += 1;
            match self.parser.parse(line) {
                GnuLine::Ignored => {}
                GnuLine::Entry { name, .. } if is_stdin && *name == *b"-" => {
                    self.batch.push(Line::Malformed(self.lines));
                }
                GnuLine::Malformed => self.batch.push(Line::Malformed(self.lines)),
                GnuLine::Entry { checksum, name } => {
                    let name = OsString::from_vec(name.into_owned());
                    self.batch.push(Line::Entry { expected: checksum, name });
                }
            }
        }
    }

    /// Hashes the files of what was read, and tells what became of them.
    fn tell_batch(&mut self, shown: &str) -> Result<(), Failure> {
        let batch = std::mem::take(&mut self.batch);
        let files = batch.iter().filter_map(|line| match line {
            Line::Entry { expected, name } if name != "-" => {
                Some(FileToHash { path: name.into(), algorithm: expected.algorithm() })
            }
            _ => None,
        });
        let how = HashOptions {
            regular_only: !self.options.read_special,
            accept_changes: true,
            ..HashOptions::default()
        };
        let mut hashed = match HashFiles::start_each(files.collect(), how) {
            Ok(hashed) => hashed,
            Err(error) => {
                self.console.error(&error.to_string()).map_err(Failure::Output)?;
                return Err(Failure::Hopeless);
            }
        };
        for line in batch {
            if !hashed.is_ready() || self.console.out.is_full() {
                self.console.out.flush().map_err(Failure::Output)?;
            }
            match line {
                Line::Malformed(number) => self.tell_malformed(number, shown).map_err(Failure::Output)?,
                Line::Entry { expected, name } => {
                    let actual = self.hash(&mut hashed, &expected, &name)?;
                    self.tell(&expected, &name, actual).map_err(Failure::Output)?;
                }
            }
        }
        // Whoever sends the list line by line waits for this.
        self.console.out.flush().map_err(Failure::Output)
    }

    fn hash(
        &mut self,
        hashed: &mut HashFiles,
        expected: &Checksum,
        name: &OsStr,
    ) -> Result<io::Result<Checksum>, Failure> {
        if name == "-" {
            self.console.out.flush().map_err(Failure::Output)?;
            return Ok(hash_stream(Stdin, expected.algorithm()));
        }
        match hashed.next().map(|file| file.checksum) {
            Some(Ok(checksum)) => Ok(Ok(checksum)),
            Some(Err(error)) => match unreadable_file(error, self.console).map_err(Failure::Output)? {
                Some(error) => Ok(Err(error)),
                None => Err(Failure::Hopeless),
            },
            None => Err(Failure::Hopeless),
        }
    }

    fn tell_malformed(&mut self, number: u64, shown: &str) -> io::Result<()> {
        self.tally.malformed += 1;
        if self.options.telling != Some(Telling::Warn) {
            return Ok(());
        }
        let tag = self.algorithm_tag;
        self.console.error(&format!("{shown}: {number}: improperly formatted {tag} checksum line"))
    }

    fn tell(&mut self, expected: &Checksum, name: &OsStr, actual: io::Result<Checksum>) -> io::Result<()> {
        let verdict = match actual {
            Ok(actual) if actual == *expected => {
                self.tally.matched += 1;
                if self.options.telling == Some(Telling::Quiet) {
                    return Ok(());
                }
                "OK"
            }
            Ok(_) => {
                self.tally.mismatched += 1;
                "FAILED"
            }
            Err(error) if self.options.ignore_missing && is(&error, Errno::NOENT) => {
                self.tally.ignored += 1;
                return Ok(());
            }
            Err(error) => {
                self.tally.unreadable += 1;
                let error = self.refused(name, error);
                self.console.unreadable(name.as_bytes(), &error)?;
                "FAILED open or read"
            }
        };
        if self.options.telling == Some(Telling::Status) {
            return Ok(());
        }
        let name = self.console.quoted(name.as_bytes());
        writeln!(self.console.out, "{name}: {verdict}")
    }

    /// Why a file that is no regular one was refused.
    fn refused(&self, name: &OsStr, error: io::Error) -> io::Error {
        if self.options.read_special || !is(&error, Errno::NXIO) {
            return error;
        }
        match fs::metadata(name).map(|metadata| metadata.file_type()) {
            Ok(kind) if kind.is_dir() => Errno::ISDIR.into(),
            Ok(kind) if !kind.is_socket() => io::Error::other("Not a regular file"),
            _ => error,
        }
    }

    fn conclude(&mut self, shown: &str) -> io::Result<bool> {
        let tally = self.tally;
        if !tally.has_entries() {
            self.console.error(&format!("{shown}: no properly formatted checksum lines found"))?;
        } else if self.options.telling != Some(Telling::Status) {
            let warnings = [
                (tally.malformed, "line is improperly formatted", "lines are improperly formatted"),
                (tally.unreadable, "listed file could not be read", "listed files could not be read"),
                (tally.mismatched, "computed checksum did NOT match", "computed checksums did NOT match"),
            ];
            for (count, one, many) in warnings.into_iter().filter(|(count, ..)| *count > 0) {
                let words = if count == 1 { one } else { many };
                self.console.error(&format!("WARNING: {count} {words}"))?;
            }
            if self.options.ignore_missing && tally.matched == 0 {
                self.console.error(&format!("{shown}: no file was verified"))?;
            }
        }
        Ok(tally.is_verified(self.options.strict))
    }
}

/// Whether a read would return at once.
fn has_more(descriptor: BorrowedFd<'_>) -> bool {
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    rustix::event::poll(&mut [PollFd::from_borrowed_fd(descriptor, PollFlags::IN)], Some(&now)) != Ok(0)
}

fn is(error: &io::Error, errno: Errno) -> bool {
    error.raw_os_error() == Some(errno.raw_os_error())
}
