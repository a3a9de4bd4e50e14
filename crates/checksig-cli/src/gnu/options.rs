//! The options of GNU's checksum programs, read as `getopt_long` reads them, and what contradicts itself.
//!
//! No parser of ours would do: options may be abbreviated and stand behind operands, a later one undoes an earlier one,
//! and the messages are known to scripts.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use checksig_core::{Algorithm, DigestLength};
use clap::{Arg, ArgAction, Command, ValueHint};

use super::quote;
use crate::output::harmless;

/// An option.
#[derive(Clone, Copy, PartialEq)]
enum Opt {
    Length,
    Check,
    IgnoreMissing,
    Quiet,
    Status,
    Warn,
    Strict,
    Tag,
    Zero,
    Binary,
    Text,
    Help,
    Version,
    ReadSpecial,
}

/// How an option is written, and what it is for. In GNU's order: that of the possibilities of an ambiguous one.
struct Row {
    opt: Opt,
    long: &'static str,
    short: Option<char>,
    help: &'static str,
}

const fn row(opt: Opt, long: &'static str, short: Option<char>, help: &'static str) -> Row {
    Row { opt, long, short, help }
}

const TABLE: [Row; 14] = [
    row(Opt::Length, "length", Some('l'), "Digest length in bits: a multiple of 8, at most 512"),
    row(Opt::Check, "check", Some('c'), "Check the files that the lists name"),
    row(Opt::IgnoreMissing, "ignore-missing", None, "With --check: missing files are no failure"),
    row(Opt::Quiet, "quiet", None, "With --check: print no line for a file that is OK"),
    row(Opt::Status, "status", None, "With --check: print nothing, the exit status tells"),
    row(Opt::Warn, "warn", Some('w'), "With --check: name improperly formatted lines"),
    row(Opt::Strict, "strict", None, "With --check: improperly formatted lines are a failure"),
    row(Opt::Tag, "tag", None, "Print lines of the form TAG (file) = digest"),
    row(Opt::Zero, "zero", Some('z'), "End lines with NUL and escape no names"),
    row(Opt::Binary, "binary", Some('b'), "Print * before the names"),
    row(Opt::Text, "text", Some('t'), "Print a space before the names (default)"),
    row(Opt::Help, "help", None, "Print this help"),
    row(Opt::Version, "version", None, "Print the version"),
    row(
        Opt::ReadSpecial,
        READ_SPECIAL,
        None,
        "With --check: read FIFOs and devices that a list names, as GNU does",
    ),
];

/// The one option that is not GNU's. It cannot be abbreviated, so that every abbreviation means what it means to GNU.
const READ_SPECIAL: &str = "read-special";

/// Of several options that say what is told, the last one counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Telling {
    Quiet,
    Warn,
    Status,
}

/// What a program is to do.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) algorithm: Algorithm,
    pub(super) check: bool,
    pub(super) ignore_missing: bool,
    pub(super) telling: Option<Telling>,
    pub(super) strict: bool,
    pub(super) tag: bool,
    pub(super) zero: bool,
    pub(super) binary: Option<bool>,
    pub(super) read_special: bool,
    /// Files or lists, at least one.
    pub(super) operands: Vec<OsString>,
}

/// What arguments come to.
#[derive(Debug)]
pub(super) enum Parsed {
    Run(Options),
    Help,
    Version,
    /// Wrong values.
    Wrong(Vec<String>),
    /// Options that are none or do not go together; the help tells.
    Misused(String),
}

impl Options {
    /// Reads arguments. `posix`: what follows the first operand is no option. `utf8`: which quotation marks messages
    /// have.
    pub(super) fn parse(arguments: &[OsString], algorithm: Algorithm, posix: bool, utf8: bool) -> Parsed {
        let mut options = Self {
            algorithm,
            check: false,
            ignore_missing: false,
            telling: None,
            strict: false,
            tag: false,
            zero: false,
            binary: None,
            read_special: false,
            operands: Vec::new(),
        };
        match options.read(arguments, posix, utf8) {
            Ok(()) => {}
            Err(stop) => return stop,
        }
        if let Some(message) = options.misuse() {
            return Parsed::Misused(message.to_owned());
        }
        if options.operands.is_empty() {
            options.operands.push("-".into());
        }
        Parsed::Run(options)
    }

    fn read(&mut self, arguments: &[OsString], posix: bool, utf8: bool) -> Result<(), Parsed> {
        let mut length = None;
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_bytes() {
                b"--" => self.operands.extend(arguments.by_ref().cloned()),
                [b'-', b'-', long @ ..] => {
                    let (opt, value) = find_long(long, self.algorithm)?;
                    let value = match (opt, value) {
                        (Opt::Length, None) => Some(
                            arguments
                                .next()
                                .cloned()
                                .ok_or_else(|| misused("option '--length' requires an argument"))?,
                        ),
                        (_, value) => value.map(|value| OsString::from_vec(value.to_vec())),
                    };
                    self.apply(opt, value.as_deref(), &mut length, utf8)?;
                }
                [b'-', short @ ..] if !short.is_empty() => {
                    let mut rest = short;
                    while let Some((&letter, behind)) = rest.split_first() {
                        rest = behind;
                        let opt = find_short(letter, self.algorithm)?;
                        if opt != Opt::Length {
                            self.apply(opt, None, &mut length, utf8)?;
                            continue;
                        }
                        let value = match std::mem::take(&mut rest) {
                            [] => arguments.next().map(OsString::as_os_str),
                            value => Some(OsStr::from_bytes(value)),
                        };
                        let value = value.ok_or_else(|| misused("option requires an argument -- 'l'"))?;
                        self.apply(opt, Some(value), &mut length, utf8)?;
                    }
                }
                _ => {
                    self.operands.push(argument.clone());
                    if posix {
                        self.operands.extend(arguments.by_ref().cloned());
                    }
                }
            }
        }
        match length {
            Some((bits, value)) => self.set_length(bits, &value, utf8),
            None => Ok(()),
        }
    }

    fn apply(
        &mut self,
        opt: Opt,
        value: Option<&OsStr>,
        length: &mut Option<(u64, OsString)>,
        utf8: bool,
    ) -> Result<(), Parsed> {
        match opt {
            Opt::Length => {
                let value = value.unwrap_or_default();
                let bits = decimal(value.as_bytes())
                    .ok_or_else(|| Parsed::Wrong(vec![invalid_length(value, utf8)]))?;
                *length = Some((bits, value.to_owned()));
            }
            Opt::Check => self.check = true,
            Opt::IgnoreMissing => self.ignore_missing = true,
            Opt::Quiet => self.telling = Some(Telling::Quiet),
            Opt::Status => self.telling = Some(Telling::Status),
            Opt::Warn => self.telling = Some(Telling::Warn),
            Opt::Strict => self.strict = true,
            Opt::Tag => (self.tag, self.binary) = (true, Some(true)),
            Opt::Zero => self.zero = true,
            Opt::Binary => self.binary = Some(true),
            Opt::Text => self.binary = Some(false),
            Opt::ReadSpecial => self.read_special = true,
            Opt::Help => return Err(Parsed::Help),
            Opt::Version => return Err(Parsed::Version),
        }
        Ok(())
    }

    /// 0 stands for the longest digest.
    fn set_length(&mut self, bits: u64, value: &OsStr, utf8: bool) -> Result<(), Parsed> {
        let wrong = |why: String| Err(Parsed::Wrong(vec![invalid_length(value, utf8), why]));
        if bits > 512 {
            let tag = quote::locale(tag(self.algorithm).as_bytes(), utf8);
            return wrong(format!("maximum digest length for {tag} is 512 bits"));
        }
        if !bits.is_multiple_of(8) {
            return wrong("length is not a multiple of 8".to_owned());
        }
        if let Some(length) = DigestLength::new(bits as usize / 8) {
            self.algorithm = Algorithm::Blake2b(length);
        }
        Ok(())
    }

    /// Options that do not go together: the first that GNU finds.
    fn misuse(&self) -> Option<&'static str> {
        let telling = |telling| self.telling == Some(telling);
        let checks = [
            (self.tag && self.binary == Some(false), "--tag does not support --text mode"),
            (self.check && self.zero, "the --zero option is not supported when verifying checksums"),
            (self.check && self.tag, "the --tag option is meaningless when verifying checksums"),
            (
                self.check && self.binary.is_some(),
                "the --binary and --text options are meaningless when verifying checksums",
            ),
            (
                !self.check && self.ignore_missing,
                "the --ignore-missing option is meaningful only when verifying checksums",
            ),
            (
                !self.check && telling(Telling::Status),
                "the --status option is meaningful only when verifying checksums",
            ),
            (
                !self.check && telling(Telling::Warn),
                "the --warn option is meaningful only when verifying checksums",
            ),
            (
                !self.check && telling(Telling::Quiet),
                "the --quiet option is meaningful only when verifying checksums",
            ),
            (!self.check && self.strict, "the --strict option is meaningful only when verifying checksums"),
            (
                !self.check && self.read_special,
                "the --read-special option is meaningful only when verifying checksums",
            ),
        ];
        checks.into_iter().find(|(found, _)| *found).map(|(_, message)| message)
    }
}

/// The options of the program of an algorithm.
fn rows(algorithm: Algorithm) -> impl Iterator<Item = &'static Row> {
    let has_length = matches!(algorithm, Algorithm::Blake2b(_));
    TABLE.iter().filter(move |row| row.opt != Opt::Length || has_length)
}

/// Finds an option by what stands behind `--`, and the value behind its `=`.
fn find_long(text: &[u8], algorithm: Algorithm) -> Result<(Opt, Option<&[u8]>), Parsed> {
    let end = text.iter().position(|&c| c == b'=').unwrap_or(text.len());
    let (name, value) = (&text[..end], text.get(end + 1..));
    let shown = || harmless(&String::from_utf8_lossy(text));
    let exact = rows(algorithm).find(|row| row.long.as_bytes() == name);
    let row = match exact {
        Some(row) => row,
        None => {
            let may_be = |row: &&Row| row.long.as_bytes().starts_with(name) && row.opt != Opt::ReadSpecial;
            let possible: Vec<_> = rows(algorithm).filter(may_be).collect();
            match possible[..] {
                [row] => row,
                [] => return Err(misused(&format!("unrecognized option '--{}'", shown()))),
                _ => {
                    let names: String = possible.iter().map(|row| format!(" '--{}'", row.long)).collect();
                    let message = format!("option '--{}' is ambiguous; possibilities:{names}", shown());
                    return Err(misused(&message));
                }
            }
        }
    };
    if value.is_some() && row.opt != Opt::Length {
        return Err(misused(&format!("option '--{}' doesn't allow an argument", row.long)));
    }
    Ok((row.opt, value))
}

fn find_short(letter: u8, algorithm: Algorithm) -> Result<Opt, Parsed> {
    let row = rows(algorithm).find(|row| row.short == Some(char::from(letter)));
    row.map(|row| row.opt).ok_or_else(|| {
        misused(&format!("invalid option -- '{}'", harmless(&String::from_utf8_lossy(&[letter]))))
    })
}

fn misused(message: &str) -> Parsed {
    Parsed::Misused(message.to_owned())
}

fn invalid_length(value: &OsStr, utf8: bool) -> String {
    format!("invalid length: {}", quote::locale(value.as_bytes(), utf8))
}

/// A number as C's `strtoumax` reads it in base 10, and nothing behind it. One that is too large is the largest.
fn decimal(text: &[u8]) -> Option<u64> {
    let start = text.iter().position(|c| !matches!(c, b' ' | b'\t'..=b'\r'))?;
    let digits = text[start..].strip_prefix(b"+").unwrap_or(&text[start..]);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let add = |number: u64, digit: &u8| number.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    Some(digits.iter().fold(0, add))
}

/// The tag that messages name the algorithm by; it says nothing of a length.
pub(super) fn tag(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Md5 => "MD5",
        Algorithm::Sha1 => "SHA1",
        Algorithm::Sha224 => "SHA224",
        Algorithm::Sha256 => "SHA256",
        Algorithm::Sha384 => "SHA384",
        Algorithm::Sha512 => "SHA512",
        _ => "BLAKE2b",
    }
}

/// A program as help, completions and manual pages describe it.
pub(super) fn describe(name: &'static str, algorithm: Algorithm) -> Command {
    let arguments = rows(algorithm).map(|row| {
        let argument = Arg::new(row.long).long(row.long).help(row.help);
        let argument = if let Some(short) = row.short { argument.short(short) } else { argument };
        match row.opt {
            Opt::Length => argument.value_name("BITS"),
            _ => argument.action(ArgAction::SetTrue),
        }
    });
    Command::new(name)
        .about(format!("Print or check {} checksums, as {name} of GNU coreutils does", tag(algorithm)))
        .disable_help_flag(true)
        .disable_version_flag(true)
        .args(arguments)
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .help("Files, or with --check lists; without one, or for -, standard input")
                .num_args(0..)
                .value_hint(ValueHint::FilePath),
        )
        .after_help(
            "With --check, paths in a list begin at the working directory and may lead anywhere; `checksig verify` \
             trusts a list less.\nExit status: 0 every file was read and is what its list says, 1 anything else.",
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Parsed {
        let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        let (posix, algorithm) = (line.contains("POSIX"), Algorithm::BLAKE2B);
        Options::parse(&arguments, algorithm, posix, false)
    }

    #[track_caller]
    fn run(line: &str) -> Options {
        match parse(line) {
            Parsed::Run(options) => options,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn options_and_operands_mix_until_two_dashes() {
        let options = run("a -bz - --tag b -- -c --x");
        assert_eq!(options.operands, ["a", "-", "b", "-c", "--x"]);
        assert!(options.tag && options.zero && !options.check);
        assert_eq!(run("POSIX -c").operands, ["POSIX", "-c"]);
        assert_eq!(run("-z").operands, ["-"]);
    }

    #[test]
    fn later_options_undo_earlier_ones() {
        assert_eq!(run("-c --quiet -w --status").telling, Some(Telling::Status));
        assert_eq!(run("-c --status -w").telling, Some(Telling::Warn));
        assert_eq!(run("-cw --quiet").telling, Some(Telling::Quiet));
        assert_eq!(run("-b -t").binary, Some(false));
        assert_eq!(run("-t --tag").binary, Some(true));
        assert_eq!(run("-l 8 -l16").algorithm.digest_len(), 2);
        assert_eq!(run("--length=8 --len 0").algorithm.digest_len(), 64);
    }

    #[test]
    fn only_the_own_option_cannot_be_abbreviated() {
        assert!(run("--ch --ig --q --strict").check);
        assert!(matches!(parse("--read"), Parsed::Misused(_)));
        assert!(run("-c --read-special").read_special);
        assert!(matches!(parse("-c --vers --x"), Parsed::Version));
    }

    #[test]
    fn every_option_is_described() {
        let command = describe("b2sum", Algorithm::BLAKE2B);
        assert_eq!(
            command.get_opts().count() + command.get_arguments().filter(|a| a.is_positional()).count(),
            TABLE.len() + 1
        );
        command.debug_assert();
        assert!(describe("md5sum", Algorithm::Md5).get_opts().all(|arg| arg.get_long() != Some("length")));
    }
}
