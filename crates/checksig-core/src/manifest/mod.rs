//! Checksum lists: bytes in, entries and malformed lines out.
//!
//! Pure and total: no file system, no failure, no panic, whatever the bytes. The grammar is written down as rules
//! R1 to R22 in `docs/manifest-format.md`; `text` holds R1 to R8, `line` R9 to R17 and R19 to R22, `list_name` R18
//! and R20. What an entry's path may be opened as is not decided here but by `plan` and `source`.

mod escape;
mod line;
mod list_name;
mod render;
mod text;

use std::io::{self, Read};

use crate::algorithm::Algorithm;
use crate::checksum::Checksum;
use crate::path::EntryPath;
pub(crate) use escape::unescape;
use line::{LineParser, Parsed};
pub(crate) use list_name::{ListName, default_name};
pub use render::{LineStyle, write_line, write_unescaped};
use text::{Lines, RawLine};

/// The longest line that is read, in bytes without its line end (R5).
pub const MAX_LINE_LEN: usize = 64 * 1024;

/// What is known about a list beside its bytes.
///
/// ```
/// use checksig_core::{Algorithm, Manifest, ParseOptions};
/// let line = b"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  abc\n";
/// // Nothing known: taken for SHA-256 by its length, and marked so.
/// let entry = Manifest::parse(line, &ParseOptions::default());
/// assert!(entry.entry(0).unwrap().algorithm_assumed());
/// // The option decides, whatever the name says.
/// let options = ParseOptions::default().algorithm(Algorithm::Blake3).list_name("sha256sum.txt");
/// assert_eq!(Manifest::parse(line, &options).entry(0).unwrap().algorithm(), Algorithm::Blake3);
/// ```
#[derive(Clone, Debug, Default)]
pub struct ParseOptions {
    algorithm: Option<Algorithm>,
    list_name: ListName,
}

impl ParseOptions {
    /// Takes every untagged line for this algorithm's, and refuses tags of others (R19, R21).
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// The file name of the list, which may name an algorithm or be a sidecar's (R18, R20). Of a path, only the last
    /// component counts.
    pub fn list_name(mut self, name: impl AsRef<[u8]>) -> Self {
        self.list_name = ListName::of(name.as_ref());
        self
    }
}

/// A parsed checksum list.
///
/// ```
/// use checksig_core::{Manifest, ParseOptions};
/// let list = b"# made today\nd41d8cd98f00b204e9800998ecf8427e  empty\nnot a checksum\n";
/// let manifest = Manifest::parse(list, &ParseOptions::default());
/// assert_eq!(manifest.entries().next().unwrap().path().as_bytes(), b"empty");
/// assert_eq!(manifest.malformed()[0].line, 3);
/// assert_eq!((manifest.lines().total, manifest.lines().comments), (3, 1));
/// ```
#[derive(Debug, Default)]
pub struct Manifest {
    /// For each entry its digest and then its name, one after the other.
    bytes: Vec<u8>,
    records: Vec<Record>,
    malformed: Vec<Malformed>,
    lines: LineCounts,
}

/// Where an entry's digest and name are in [`Manifest::bytes`]. 24 bytes: lists have millions of entries.
#[derive(Debug)]
struct Record {
    start: usize,
    line: u64,
    name_len: u32,
    algorithm: Algorithm,
    assumed: bool,
    tagged: bool,
}

/// How many lines of a list are what. `total` = `blank` + `comments` + malformed + entries, always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineCounts {
    /// All lines.
    pub total: u64,
    /// Empty ones, and those of spaces and tabs only.
    pub blank: u64,
    /// Those that begin with `#`.
    pub comments: u64,
}

/// A line that is not an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Its number; the first line is 1.
    pub line: u64,
    /// Why it is not an entry.
    pub reason: Reason,
}

/// Why a line is not an entry. `Display` says it in words, [`Reason::code`] in a word that never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// R2.
    #[error("a carriage return stands before the line end")]
    StrayCr,
    /// R4.
    #[error("not valid UTF-16")]
    BadUtf16,
    /// R5.
    #[error("longer than {MAX_LINE_LEN} bytes")]
    TooLong,
    /// R8.
    #[error("holds a NUL byte")]
    Nul,
    /// R11.
    #[error("one space before the name, where the lines before have two")]
    MixedStyle,
    /// R12.
    #[error("begins with the tag of no algorithm that is known")]
    UnknownTag,
    /// R12.
    #[error("begins like TAG (name) = DIGEST and does not go on so")]
    BadTaggedLine,
    /// R13.
    #[error("does not begin with a digest in hex")]
    BadHex,
    /// R14, R19: the digits found, and the algorithm that they do not fit (none: they fit no algorithm).
    #[error("{}", wrong_length(*digits, *algorithm))]
    WrongDigestLength {
        /// How many hex digits there are.
        digits: u32,
        /// The algorithm whose digest was expected, where one is known.
        algorithm: Option<Algorithm>,
    },
    /// R15.
    #[error("a backslash escape that is none of \\\\, \\n and \\r")]
    BadEscape,
    /// R16.
    #[error("the file name is empty")]
    EmptyName,
    /// R17.
    #[error("a digest without a file name")]
    NoName,
    /// R21.
    #[error("the tag names another algorithm than the one that was asked for")]
    TagContradictsOption,
}

impl Reason {
    /// The reason as a word for programs and test cases, never changed once released.
    pub fn code(&self) -> &'static str {
        match self {
            Self::StrayCr => "stray-cr",
            Self::BadUtf16 => "bad-utf16",
            Self::TooLong => "too-long",
            Self::Nul => "nul",
            Self::MixedStyle => "mixed-style",
            Self::UnknownTag => "unknown-tag",
            Self::BadTaggedLine => "bad-tagged-line",
            Self::BadHex => "bad-hex",
            Self::WrongDigestLength { .. } => "wrong-digest-length",
            Self::BadEscape => "bad-escape",
            Self::EmptyName => "empty-name",
            Self::NoName => "no-name",
            Self::TagContradictsOption => "tag-contradicts-option",
        }
    }
}

fn wrong_length(digits: u32, algorithm: Option<Algorithm>) -> String {
    match algorithm {
        Some(algorithm) => {
            format!("{digits} hex digits, where {algorithm} has {}", 2 * algorithm.digest_len())
        }
        None => format!("{digits} hex digits, the length of no digest that an untagged line may have"),
    }
}

/// One expectation of a list: this file has this checksum.
#[derive(Clone, Copy)]
pub struct Entry<'m> {
    manifest: &'m Manifest,
    record: &'m Record,
}

impl<'m> Entry<'m> {
    /// The number of its line; the first is 1.
    pub fn line(&self) -> u64 {
        self.record.line
    }

    /// The algorithm of its digest.
    pub fn algorithm(&self) -> Algorithm {
        self.record.algorithm
    }

    /// Whether the algorithm was only inferred from the digest's length (R19).
    pub fn algorithm_assumed(&self) -> bool {
        self.record.assumed
    }

    /// The form of its line.
    pub fn style(&self) -> LineStyle {
        if self.record.tagged { LineStyle::Tagged } else { LineStyle::Untagged }
    }

    /// The path, escapes undone.
    pub fn path(&self) -> EntryPath<'m> {
        let start = self.record.start + self.record.algorithm.digest_len();
        EntryPath::new(&self.manifest.bytes[start..start + self.record.name_len as usize])
    }

    /// The digest that the file is expected to have.
    pub fn digest(&self) -> &'m [u8] {
        &self.manifest.bytes[self.record.start..self.record.start + self.record.algorithm.digest_len()]
    }

    /// The checksum that the file is expected to have.
    pub fn checksum(&self) -> Checksum {
        let mut checksum = Checksum::zeroed(self.record.algorithm);
        checksum.digest_mut().copy_from_slice(self.digest());
        checksum
    }
}

impl Manifest {
    /// Parses a whole list. Never fails: what is not an entry is in [`malformed`](Self::malformed).
    pub fn parse(bytes: &[u8], options: &ParseOptions) -> Self {
        let mut parser = ManifestParser::new(options);
        parser.push(bytes);
        parser.finish()
    }

    /// Parses a list from a reader, piece by piece. The only failure is the reader's; a read that was interrupted
    /// by a signal is tried again.
    pub fn read(mut reader: impl Read, options: &ParseOptions) -> io::Result<Self> {
        let mut parser = ManifestParser::new(options);
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(parser.finish()),
                Ok(n) => parser.push(&buffer[..n]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// A list of one entry.
    pub(crate) fn of_one(checksum: &Checksum, assumed: bool, name: &[u8]) -> Self {
        let mut manifest =
            Self { lines: LineCounts { total: 1, ..LineCounts::default() }, ..Self::default() };
        manifest.push(1, checksum, assumed, LineStyle::Untagged, name);
        manifest
    }

    fn push(&mut self, line: u64, checksum: &Checksum, assumed: bool, style: LineStyle, name: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(checksum.digest());
        self.bytes.extend_from_slice(name);
        // A name is part of a line of at most MAX_LINE_LEN bytes, or of a list's own name, or a path that the user gave.
        let name_len = name.len() as u32;
        let (algorithm, tagged) = (checksum.algorithm(), style == LineStyle::Tagged);
        self.records.push(Record { start, line, name_len, algorithm, assumed, tagged });
    }

    /// The entries in the order of the list.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = Entry<'_>> + DoubleEndedIterator {
        self.records.iter().map(|record| Entry { manifest: self, record })
    }

    /// The entry with this index, counted from 0.
    pub fn entry(&self, index: usize) -> Option<Entry<'_>> {
        self.records.get(index).map(|record| Entry { manifest: self, record })
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether no line is an entry.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The lines that are not entries, in the order of the list.
    pub fn malformed(&self) -> &[Malformed] {
        &self.malformed
    }

    /// How many lines there are of each kind.
    pub fn lines(&self) -> LineCounts {
        self.lines
    }
}

/// The comments of a list, decoded (R4), without their line ends.
pub(crate) fn comments(list: &[u8]) -> Vec<Vec<u8>> {
    let mut comments = Vec::new();
    let mut keep = |line: RawLine<'_>| match line {
        RawLine::Bytes(line) if line.starts_with(b"#") => comments.push(line.to_vec()),
        _ => {}
    };
    let mut lines = Lines::default();
    lines.push(list, &mut keep);
    lines.finish(&mut keep);
    comments
}

/// Parses a list that comes in pieces, in memory for its entries and one line.
///
/// The pieces may be cut anywhere: the result is that of [`Manifest::parse`] on the whole.
///
/// ```
/// use checksig_core::{ManifestParser, ParseOptions};
/// let mut parser = ManifestParser::new(&ParseOptions::default());
/// parser.push(b"d41d8cd98f00b204e980");
/// parser.push(b"0998ecf8427e  empty");
/// assert_eq!(parser.finish().len(), 1);
/// ```
pub struct ManifestParser {
    lines: Lines,
    builder: Builder,
}

impl ManifestParser {
    /// A parser that has seen nothing yet.
    pub fn new(options: &ParseOptions) -> Self {
        let list_name = &options.list_name;
        Self {
            lines: Lines::default(),
            builder: Builder {
                manifest: Manifest::default(),
                parser: LineParser::new(options.algorithm, list_name.algorithm),
                sidecar_of: list_name.sidecar_of.clone(),
                lone_digest: None,
            },
        }
    }

    /// The next piece of the list.
    pub fn push(&mut self, piece: &[u8]) {
        self.lines.push(piece, &mut |line| self.builder.line(line));
    }

    /// The end of the list.
    pub fn finish(mut self) -> Manifest {
        self.lines.finish(&mut |line| self.builder.line(line));
        self.builder.finish()
    }
}

/// Adds lines to a manifest.
struct Builder {
    manifest: Manifest,
    parser: LineParser,
    /// The file that a lone bare digest belongs to (R18).
    sidecar_of: Option<Vec<u8>>,
    /// A bare digest that no other line but blanks and comments has accompanied yet, and its line.
    lone_digest: Option<(u64, Checksum, bool)>,
}

impl Builder {
    fn line(&mut self, line: RawLine<'_>) {
        self.manifest.lines.total += 1;
        let number = self.manifest.lines.total;
        match self.parser.parse(line) {
            Ok(Parsed::Blank) => self.manifest.lines.blank += 1,
            Ok(Parsed::Comment) => self.manifest.lines.comments += 1,
            Ok(Parsed::Entry { checksum, assumed, style, name }) => {
                self.give_up_sidecar();
                self.manifest.push(number, &checksum, assumed, style, &name);
            }
            Ok(Parsed::BareDigest { checksum, assumed })
                if self.sidecar_of.is_some() && self.lone_digest.is_none() =>
            {
                self.lone_digest = Some((number, checksum, assumed));
            }
            Ok(Parsed::BareDigest { .. }) => {
                self.give_up_sidecar();
                self.malformed(number, Reason::NoName);
            }
            Err(reason) => {
                self.give_up_sidecar();
                self.malformed(number, reason);
            }
        }
    }

    /// The list holds more than one bare digest: none of them is an entry.
    fn give_up_sidecar(&mut self) {
        self.sidecar_of = None;
        if let Some((line, ..)) = self.lone_digest.take() {
            self.malformed(line, Reason::NoName);
        }
    }

    fn malformed(&mut self, line: u64, reason: Reason) {
        self.manifest.malformed.push(Malformed { line, reason });
    }

    fn finish(mut self) -> Manifest {
        if let (Some((line, checksum, assumed)), Some(name)) =
            (self.lone_digest.take(), self.sidecar_of.take())
        {
            self.manifest.push(line, &checksum, assumed, LineStyle::Untagged, &name);
        }
        self.manifest
    }
}
