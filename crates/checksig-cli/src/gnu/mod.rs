//! The checksum programs of GNU coreutils: `checksig sha256sum …`, and checksig when it is called `sha256sum` by a link.
//!
//! They behave as those of release 9.11 do, but for what `docs/gnu-compatibility.md` lists. This module finds out which
//! program is meant, and has what all of them say in common; what a list says is read by `checksig_core::GnuParser`.

mod check;
mod hash;
mod options;
mod quote;

use std::cell::Cell;
use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use checksig_core::{Algorithm, CancelToken, Error, ErrorKind};
use rustix::io::Errno;
use signal_hook::consts::SIGPIPE;

use crate::output::{Exit, Output, harmless};
use options::{Options, Parsed};

/// The programs, and what each of them computes.
const PROGRAMS: [(&str, Algorithm); 7] = [
    ("b2sum", Algorithm::BLAKE2B),
    ("md5sum", Algorithm::Md5),
    ("sha1sum", Algorithm::Sha1),
    ("sha224sum", Algorithm::Sha224),
    ("sha256sum", Algorithm::Sha256),
    ("sha384sum", Algorithm::Sha384),
    ("sha512sum", Algorithm::Sha512),
];

/// One of the programs.
pub(crate) struct Program {
    /// What it was called as: how its messages begin.
    called: Vec<u8>,
    name: &'static str,
    algorithm: Algorithm,
}

impl Program {
    /// The program that these arguments call, by the name of this one or as its subcommand, and its own arguments.
    pub(crate) fn called(arguments: &[OsString]) -> Option<(Self, &[OsString])> {
        let (own, rest) = arguments.split_first()?;
        let named = |name: &std::ffi::OsStr| PROGRAMS.into_iter().find(|(program, _)| name == *program);
        if let Some((name, algorithm)) = Path::new(own).file_name().and_then(named) {
            return Some((Self { called: own.as_bytes().to_vec(), name, algorithm }, rest));
        }
        let (subcommand, rest) = rest.split_first()?;
        let (name, algorithm) = named(subcommand)?;
        Some((Self { called: name.into(), name, algorithm }, rest))
    }

    /// Runs it. The only exit codes are 0 and 1.
    pub(crate) fn run(self, arguments: &[OsString]) -> Exit {
        let posix = std::env::var_os("POSIXLY_CORRECT").is_some();
        let mut console = Console::new(self.called);
        let result = match Options::parse(arguments, self.algorithm, posix, console.utf8) {
            Parsed::Run(options) if options.check => check::run(&options, &mut console),
            Parsed::Run(options) => hash::run(&options, &mut console),
            Parsed::Help => console.out.write_all(help(self.name, self.algorithm).as_bytes()).map(|()| true),
            Parsed::Version => {
                writeln!(console.out, "{} (checksig) {}", self.name, env!("CARGO_PKG_VERSION")).map(|()| true)
            }
            Parsed::Wrong(messages) => messages.iter().try_for_each(|m| console.error(m)).map(|()| false),
            Parsed::Misused(message) => {
                console.error(&message).and_then(|()| console.try_help()).map(|()| false)
            }
        };
        match result.and_then(|good| console.out.flush().map(|()| good)) {
            Ok(true) if console.lost_message.get() => Exit::NotVerified,
            Ok(true) => Exit::Verified,
            Ok(false) => Exit::NotVerified,
            Err(error) if error.raw_os_error() == Some(Errno::PIPE.raw_os_error()) => {
                // Rust ignores the signal that ends other programs here.
                let _ = signal_hook::low_level::emulate_default_handler(SIGPIPE);
                Exit::NotVerified
            }
            Err(error) => {
                console.complain(&format!("write error: {}", reason(&error)));
                Exit::NotVerified
            }
        }
    }
}

/// The subcommands as the help of checksig, its completions and manual pages describe them. They are never parsed by it.
pub(crate) fn commands() -> impl Iterator<Item = clap::Command> {
    PROGRAMS.into_iter().map(|(name, algorithm)| options::describe(name, algorithm))
}

fn help(name: &'static str, algorithm: Algorithm) -> String {
    let command = options::describe(name, algorithm);
    command.bin_name(name).disable_help_flag(true).max_term_width(100).render_help().to_string()
}

/// Standard output, and messages on standard error in the order of both.
struct Console {
    program: Vec<u8>,
    out: Output,
    /// Whether characters beyond ASCII are shown.
    utf8: bool,
    /// Whether a message could not be written: nobody may have learned what is wrong.
    lost_message: Cell<bool>,
}

impl Console {
    fn new(program: Vec<u8>) -> Self {
        let set = |name: &&str| std::env::var_os(name).filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set).unwrap_or_default();
        let locale = locale.to_string_lossy().to_ascii_lowercase();
        let utf8 = locale.contains("utf-8") || locale.contains("utf8");
        Self { program, out: Output::new(CancelToken::new()), utf8, lost_message: Cell::new(false) }
    }

    /// A name in a message or a verdict, as a shell would read it.
    fn quoted(&self, name: &[u8]) -> String {
        quote::shell(name, self.utf8)
    }

    /// Says what is wrong, behind all that was printed before.
    fn error(&mut self, message: &str) -> io::Result<()> {
        self.out.flush()?;
        self.complain(message);
        Ok(())
    }

    fn complain(&self, message: &str) {
        self.tell(&format!("{}: {message}\n", harmless(&String::from_utf8_lossy(&self.program))));
    }

    fn tell(&self, line: &str) {
        if io::stderr().lock().write_all(line.as_bytes()).is_err() {
            self.lost_message.set(true);
        }
    }

    fn try_help(&self) -> io::Result<()> {
        let program = harmless(&String::from_utf8_lossy(&self.program));
        self.tell(&format!("Try '{program} --help' for more information.\n"));
        Ok(())
    }

    /// Says why a file could not be read.
    fn unreadable(&mut self, name: &[u8], error: &io::Error) -> io::Result<()> {
        let message = format!("{}: {}", self.quoted(name), reason(error));
        self.error(&message)
    }
}

/// Why a file has no checksum; what keeps every file from having one is said, and `None`.
fn unreadable_file(error: Error, console: &mut Console) -> io::Result<Option<io::Error>> {
    let message = error.to_string();
    match error.into_kind() {
        ErrorKind::UnreadableFile(error) => Ok(Some(error)),
        _ => console.error(&message).map(|()| None),
    }
}

/// The system's words for an error, without the number that Rust puts behind them.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match error.raw_os_error() {
        Some(number) => text.strip_suffix(&format!(" (os error {number})")).unwrap_or(&text).to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(arguments: &[&str]) -> Option<(String, &'static str, usize)> {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        let (program, rest) = Program::called(&arguments)?;
        Some((String::from_utf8(program.called).unwrap(), program.name, rest.len()))
    }

    #[test]
    fn programs_are_called_by_link_or_as_subcommands() {
        let sha1 = |called: &str, rest| Some((called.to_owned(), "sha1sum", rest));
        assert_eq!(called(&["sha1sum", "b2sum"]), sha1("sha1sum", 1));
        assert_eq!(called(&["/usr/bin/sha1sum"]), sha1("/usr/bin/sha1sum", 0));
        assert_eq!(called(&["checksig", "sha1sum", "-c"]), sha1("sha1sum", 1));
        for other in [&["checksig"][..], &["checksig", "verify", "sha1sum"], &["checksig", "./sha1sum"], &[]]
        {
            assert_eq!(called(other), None, "{other:?}");
        }
    }

    #[test]
    fn errors_are_said_in_the_systems_words() {
        assert_eq!(reason(&io::Error::from_raw_os_error(2)), "No such file or directory");
        assert_eq!(reason(&io::Error::other("a reason")), "a reason");
    }
}
