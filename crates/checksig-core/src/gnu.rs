//! Lists as the checksum programs of GNU coreutils read them (`md5sum`, `sha1sum`, … `b2sum`, release 9.11), and when these
//! call a list verified.
//!
//! This is another grammar than R1 to R22 of `docs/manifest-format.md`: malformed lines cost nothing, a list is bytes
//! whatever they begin with, and the style of one-space lines holds from one list to the next. Where it differs from
//! GNU's on purpose is in `docs/gnu-compatibility.md`. Nothing is opened, read or printed here.

use std::borrow::Cow;

use crate::algorithm::{Algorithm, DigestLength};
use crate::checksum::Checksum;
use crate::manifest::unescape;

/// What a line of a list is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GnuLine<'a> {
    /// Empty, or a comment: its first byte is `#`.
    Ignored,
    /// Improperly formatted.
    Malformed,
    /// A file and the checksum that it is to have.
    Entry {
        /// The checksum.
        checksum: Checksum,
        /// The name, escapes undone.
        name: Cow<'a, [u8]>,
    },
}

/// Reads lines as one of GNU's checksum programs does.
///
/// ```
/// use checksig_core::{Algorithm, GnuLine, GnuParser};
/// let mut parser = GnuParser::new(Algorithm::Md5);
/// let line = parser.parse(b"d41d8cd98f00b204e9800998ecf8427e *empty\n");
/// assert!(matches!(line, GnuLine::Entry { name, .. } if *name == *b"empty"));
/// assert_eq!(parser.parse(b"not a checksum"), GnuLine::Malformed);
/// ```
#[derive(Clone, Debug)]
pub struct GnuParser {
    algorithm: Algorithm,
    /// Whether names begin after one space; `None` before the first untagged line. It outlives the list: GNU's does.
    one_space: Option<bool>,
}

impl GnuParser {
    /// A parser for the program of this algorithm. That of [`Algorithm::Blake2b`] takes digests of every length.
    pub fn new(algorithm: Algorithm) -> Self {
        Self { algorithm, one_space: None }
    }

    /// Reads one line, with or without its line end.
    pub fn parse<'a>(&mut self, line: &'a [u8]) -> GnuLine<'a> {
        if line.starts_with(b"#") {
            return GnuLine::Ignored;
        }
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return GnuLine::Ignored;
        }
        // GNU's strings end at a NUL: it would check a file whose name is only the beginning of what the line says.
        if memchr::memchr(0, line).is_some() {
            return GnuLine::Malformed;
        }
        match self.entry(line) {
            Some((checksum, name)) => GnuLine::Entry { checksum, name },
            None => GnuLine::Malformed,
        }
    }

    fn entry<'a>(&mut self, line: &'a [u8]) -> Option<(Checksum, Cow<'a, [u8]>)> {
        let text = skip_blanks(line);
        let (escaped, text) = match text.strip_prefix(b"\\") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (checksum, name) = match text.strip_prefix(tag(self.algorithm)) {
            // No digest begins like a tag, so this is a tagged line or none.
            Some(rest) => self.tagged(rest)?,
            None => self.untagged(text)?,
        };
        let name = if escaped { unescape(name)? } else { Cow::Borrowed(name) };
        Some((checksum, name))
    }

    /// What stands behind the tag: ` (name) = HEX`, or `(name)= HEX` as OpenSSL writes it.
    fn tagged<'a>(&self, rest: &'a [u8]) -> Option<(Checksum, &'a [u8])> {
        let (algorithm, rest) = match (self.algorithm, rest) {
            (Algorithm::Blake2b(_), [b'-', rest @ ..]) => {
                let (bits, rest) = c_number(rest)?;
                let length = DigestLength::new(usize::try_from(bits / 8).ok()?)?;
                bits.is_multiple_of(8).then_some((Algorithm::Blake2b(length), rest))?
            }
            (Algorithm::Blake2b(_), rest) => (Algorithm::BLAKE2B, rest),
            (algorithm, rest) => (algorithm, rest),
        };
        let rest = rest.strip_prefix(b" ").unwrap_or(rest).strip_prefix(b"(")?;
        let (name, behind) = rest.split_at(memchr::memrchr(b')', rest)?);
        let hex = skip_blanks(skip_blanks(&behind[1..]).strip_prefix(b"=")?);
        Some((Checksum::from_hex(algorithm, hex)?, name))
    }

    /// `HEX␠␠name`, `HEX␠*name` or `HEX␠name`.
    fn untagged<'a>(&mut self, text: &'a [u8]) -> Option<(Checksum, &'a [u8])> {
        let (hex, rest) = text.split_at(text.iter().position(is_blank)?);
        let (algorithm, min_len) = match self.algorithm {
            Algorithm::Blake2b(_) => {
                let bytes = hex.len().is_multiple_of(2).then_some(hex.len() / 2)?;
                // Only here a name may be empty: the shortest line has room for a digest of one byte and one blank.
                (Algorithm::Blake2b(DigestLength::new(bytes)?), 3)
            }
            algorithm => (algorithm, 2 * algorithm.digest_len() + 2),
        };
        let checksum = Checksum::from_hex(algorithm, hex)?;
        let name = &rest[1..];
        if text.len() < min_len {
            return None;
        }
        let marked = name.len() != 1 && matches!(name, [b' ' | b'*', ..]);
        match (self.one_space, marked) {
            // Styles do not mix: else who renames a file ` x` could have `x` checked in its place.
            (Some(false), false) => None,
            (None | Some(false), true) => {
                self.one_space = Some(false);
                Some((checksum, &name[1..]))
            }
            (None | Some(true), _) => {
                self.one_space = Some(true);
                Some((checksum, name))
            }
        }
    }
}

/// What a list came to.
///
/// ```
/// let mut tally = checksig_core::GnuTally::default();
/// tally.matched += 1;
/// tally.malformed += 1;
/// assert!(tally.is_verified(false) && !tally.is_verified(true));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GnuTally {
    /// Improperly formatted lines.
    pub malformed: u64,
    /// Entries whose file has the checksum.
    pub matched: u64,
    /// Entries whose file has another.
    pub mismatched: u64,
    /// Entries whose file could not be opened or read.
    pub unreadable: u64,
    /// Entries whose file is missing and need not be there.
    pub ignored: u64,
}

impl GnuTally {
    /// Whether there was any properly formatted line.
    pub fn has_entries(&self) -> bool {
        self.matched + self.mismatched + self.unreadable + self.ignored > 0
    }

    /// Whether the program succeeds: at least one match, no mismatch, nothing unreadable, and where it is `strict` no
    /// improperly formatted line.
    pub fn is_verified(&self, strict: bool) -> bool {
        self.matched > 0 && self.mismatched == 0 && self.unreadable == 0 && !(strict && self.malformed > 0)
    }
}

/// The tag that stands in lines of this algorithm, without a length.
fn tag(algorithm: Algorithm) -> &'static [u8] {
    match algorithm {
        Algorithm::Blake2b(_) => b"BLAKE2b",
        Algorithm::Md5 => b"MD5",
        Algorithm::Sha1 => b"SHA1",
        Algorithm::Sha224 => b"SHA224",
        Algorithm::Sha256 => b"SHA256",
        Algorithm::Sha384 => b"SHA384",
        Algorithm::Sha512 => b"SHA512",
        // GNU has no program for it, and no line is its.
        _ => b"\0",
    }
}

/// A number as C's `strtoumax` reads it, in the base that its beginning tells, and what stands behind it.
fn c_number(text: &[u8]) -> Option<(u64, &[u8])> {
    let start = text.iter().position(|c| !matches!(c, b' ' | b'\t'..=b'\r'))?;
    let text = text[start..].strip_prefix(b"+").unwrap_or(&text[start..]);
    let (base, digits) = match text {
        [b'0', b'x' | b'X', digits @ ..] if digits.first().is_some_and(u8::is_ascii_hexdigit) => (16, digits),
        [b'0', ..] => (8, text),
        _ => (10, text),
    };
    let end = digits.iter().position(|&c| char::from(c).to_digit(base).is_none()).unwrap_or(digits.len());
    let (number, rest) = digits.split_at(end);
    let number = std::str::from_utf8(number).ok()?;
    Some((u64::from_str_radix(number, base).ok()?, rest))
}

fn is_blank(c: &u8) -> bool {
    matches!(c, b' ' | b'\t')
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    &text[text.iter().position(|c| !is_blank(c)).unwrap_or(text.len())..]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-1 of nothing, and BLAKE2b of nothing with 8 bits.
    const SHA1: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
    const B2_8: &str = "2e";

    fn parse(parser: &mut GnuParser, line: &str) -> Option<String> {
        match parser.parse(line.replace('@', SHA1).as_bytes()) {
            GnuLine::Entry { name, .. } => Some(String::from_utf8(name.into_owned()).unwrap()),
            GnuLine::Malformed => None,
            GnuLine::Ignored => Some("(ignored)".to_owned()),
        }
    }

    #[track_caller]
    fn check(algorithm: Algorithm, cases: &[(&str, Option<&str>)]) {
        for (line, name) in cases {
            let found = parse(&mut GnuParser::new(algorithm), line);
            assert_eq!(found.as_deref(), *name, "{line:?}");
        }
    }

    /// Each answer is that of GNU's `sha1sum`.
    #[test]
    fn lines_of_sha1() {
        check(
            Algorithm::Sha1,
            &[
                ("@  a\n", Some("a")),
                ("@ *a", Some("a")),
                ("@ a\r\n", Some("a")),
                ("@\ta\n", Some("a")),
                (" \t@  a", Some("a")),
                ("@   a", Some(" a")),
                ("@  ", Some(" ")),
                ("@ *", Some("*")),
                ("@ \ta", Some("\ta")),
                ("@  a\r\r\n", Some("a\r")),
                ("#", Some("(ignored)")),
                ("", Some("(ignored)")),
                ("\r\n", Some("(ignored)")),
                (" ", None),
                ("@", None),
                ("@ ", None),
                ("@0  a", None),
                (" # a", None),
                ("\u{feff}@  a", None),
                ("@  a\0b", None),
                ("SHA1 (a) = @", Some("a")),
                ("SHA1(a)=@", Some("a")),
                ("SHA1 () = @", Some("")),
                ("SHA1 (a)) \t=\t@", Some("a)")),
                ("SHA1  (a) = @", None),
                ("sha1 (a) = @", None),
                ("SHA256 (a) = @", None),
                ("SHA1-160 (a) = @", None),
                ("SHA1 (a) = @ ", None),
                ("SHA1 (a) = ", None),
                ("SHA1 (a", None),
                ("SHA1 (", None),
                ("SHA1", None),
                (r"\@  a\\\n\rb", Some("a\\\n\rb")),
                (r"\SHA1 (a\nb) = @", Some("a\nb")),
                (r"@  a\nb", Some(r"a\nb")),
                (r"\@  a\tb", None),
                (r"\@  a\", None),
                (r"\\@  a", None),
            ],
        );
    }

    /// Each answer is that of GNU's `b2sum`.
    #[test]
    fn lines_of_blake2b() {
        let line = |text: &str| text.replace('@', B2_8);
        let parser = |text: &str| match GnuParser::new(Algorithm::BLAKE2B).parse(line(text).as_bytes()) {
            GnuLine::Entry { checksum, name } => {
                Some((checksum.digest().len(), String::from_utf8_lossy(&name).into_owned()))
            }
            _ => None,
        };
        let a = Some((1, "a".to_owned()));
        for tagged in ["8", "010", "0x8", "+8", " 8", "\t+0X8", "00000010"] {
            assert_eq!(parser(&format!("BLAKE2b-{tagged} (a) = @")), a, "{tagged:?}");
            assert_eq!(parser(&format!("BLAKE2b-{tagged}(a)= @")), a, "{tagged:?}");
        }
        for tagged in
            ["", "0", "7", "9", "16", "520", "-8", "8x", "0x", "08", "99999999999999999999999", "8 "]
        {
            assert_eq!(parser(&format!("BLAKE2b-{tagged} (a) = @")), None, "{tagged:?}");
        }
        assert_eq!(parser("@  a"), a);
        assert_eq!(parser("@ "), Some((1, String::new())));
        let long = "ab".repeat(64);
        assert_eq!(parser(&format!("{long}  a")), Some((64, "a".to_owned())));
        assert_eq!(parser(&format!("BLAKE2b (a) = {long}")), Some((64, "a".to_owned())));
        for line in
            ["@", "@0 a", "a a", "BLAKE2b (a) = @", "BLAKE2bx(a) = @", "BLAKE2b", "BLAKE2(", "BLAKE2b-"]
        {
            assert_eq!(parser(line), None, "{line}");
        }
        assert_eq!(parser(&format!("{long}ab  a")), None);
    }

    #[test]
    fn styles_do_not_mix_and_outlive_their_list() {
        let mut parser = GnuParser::new(Algorithm::Sha1);
        assert_eq!(parse(&mut parser, "garbage a"), None, "decides nothing");
        assert_eq!(parse(&mut parser, "SHA1 (a) = @").as_deref(), Some("a"), "decides nothing");
        assert_eq!(parse(&mut parser, "@ a").as_deref(), Some("a"));
        assert_eq!(parse(&mut parser, "@  a").as_deref(), Some(" a"));
        assert_eq!(parse(&mut parser, "@ *a").as_deref(), Some("*a"));
        let mut parser = GnuParser::new(Algorithm::Sha1);
        assert_eq!(parse(&mut parser, "@  a").as_deref(), Some("a"));
        assert_eq!(parse(&mut parser, "@ a"), None);
        assert_eq!(parse(&mut parser, "@ *a").as_deref(), Some("a"));
    }

    #[test]
    fn success_is_positive() {
        let one = GnuTally { matched: 1, ..GnuTally::default() };
        assert!(one.is_verified(true));
        assert!(GnuTally { ignored: 7, ..one }.is_verified(true));
        for not in [
            GnuTally::default(),
            GnuTally { ignored: 7, ..GnuTally::default() },
            GnuTally { mismatched: 1, ..one },
            GnuTally { unreadable: 1, ..one },
        ] {
            assert!(!not.is_verified(false), "{not:?}");
        }
        assert!(GnuTally { ignored: 1, ..GnuTally::default() }.has_entries());
        assert!(!GnuTally { malformed: 1, ..GnuTally::default() }.has_entries());
    }
}
