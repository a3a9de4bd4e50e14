//! The grammar of one line (R6 to R17, R19, R21, R22).

use std::borrow::Cow;

use super::escape::unescape;
use super::text::RawLine;
use super::{LineStyle, Reason};
use crate::algorithm::Algorithm;
use crate::checksum::Checksum;

/// What a well-formed line is.
pub(super) enum Parsed<'a> {
    Blank,
    Comment,
    /// A digest and nothing else.
    BareDigest {
        checksum: Checksum,
        assumed: bool,
    },
    Entry {
        checksum: Checksum,
        assumed: bool,
        style: LineStyle,
        name: Cow<'a, [u8]>,
    },
}

/// The parts of a line that has the form of an entry.
struct Parts<'a> {
    checksum: Checksum,
    assumed: bool,
    style: LineStyle,
    /// `None`: nothing but a separator stands behind the digest.
    name: Option<&'a [u8]>,
    /// The style that the list has if this line is an entry.
    spaces: Option<Spaces>,
}

/// How many spaces stand before the names of a list's untagged lines (R11).
#[derive(Clone, Copy, PartialEq)]
enum Spaces {
    One,
    Two,
}

/// Parses the lines of one list. Its only memory is the style that the first untagged entry fixed.
pub(super) struct LineParser {
    option: Option<Algorithm>,
    /// What the option or else the list's name says of untagged lines.
    untagged: Option<Algorithm>,
    spaces: Option<Spaces>,
}

impl LineParser {
    pub(super) fn new(option: Option<Algorithm>, named_by_list: Option<Algorithm>) -> Self {
        Self { option, untagged: option.or(named_by_list), spaces: None }
    }

    pub(super) fn parse<'a>(&mut self, line: RawLine<'a>) -> Result<Parsed<'a>, Reason> {
        let line = match line {
            RawLine::Bytes(line) => line,
            RawLine::TooLong => return Err(Reason::TooLong),
            RawLine::BadUtf16 => return Err(Reason::BadUtf16),
        };
        if memchr::memchr(0, line).is_some() {
            return Err(Reason::Nul);
        }
        if line.ends_with(b"\r") {
            return Err(Reason::StrayCr);
        }
        let text = skip_blanks(line);
        if text.is_empty() {
            return Ok(Parsed::Blank);
        }
        if line.starts_with(b"#") {
            return Ok(Parsed::Comment);
        }
        let (escaped, text) = match text.strip_prefix(b"\\") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let Parts { checksum, assumed, style, name, spaces } = match split_tag(text) {
            Some((tag, rest)) => match Algorithm::from_tag(tag) {
                Some(algorithm) => self.tagged(algorithm, rest)?,
                // A one-space entry may be called `(x) = y`; anything else of this shape was meant as a tagged line.
                None if !is_hex(tag) && split_tagged_rest(rest).is_some() => return Err(Reason::UnknownTag),
                None => self.untagged(text)?,
            },
            None => self.untagged(text)?,
        };
        let Some(name) = name else { return Ok(Parsed::BareDigest { checksum, assumed }) };
        if name.is_empty() {
            return Err(Reason::EmptyName);
        }
        let name = if escaped { unescape(name).ok_or(Reason::BadEscape)? } else { Cow::Borrowed(name) };
        // Only now: a line that is malformed must not decide how the others are read.
        self.spaces = spaces;
        Ok(Parsed::Entry { checksum, assumed, style, name })
    }

    /// What stands behind `TAG (`.
    fn tagged<'a>(&self, tagged: Algorithm, rest: &'a [u8]) -> Result<Parts<'a>, Reason> {
        let (name, hex) = split_tagged_rest(rest).ok_or(Reason::BadTaggedLine)?;
        if self.option.is_some_and(|option| option != tagged) {
            return Err(Reason::TagContradictsOption);
        }
        if !is_hex(hex) {
            return Err(Reason::BadHex);
        }
        let checksum = Checksum::from_hex(tagged, hex).ok_or_else(|| wrong_length(hex, Some(tagged)))?;
        let style = LineStyle::Tagged;
        Ok(Parts { checksum, assumed: false, style, name: Some(name), spaces: self.spaces })
    }

    fn untagged<'a>(&self, text: &'a [u8]) -> Result<Parts<'a>, Reason> {
        let end = text.iter().position(is_blank).unwrap_or(text.len());
        let (hex, rest) = text.split_at(end);
        if !is_hex(hex) {
            return Err(Reason::BadHex);
        }
        let algorithm = match self.untagged {
            Some(algorithm) => Some(algorithm),
            None if hex.len() % 2 == 0 => Algorithm::assumed_from_len(hex.len() / 2),
            None => None,
        };
        let checksum = algorithm.and_then(|algorithm| Checksum::from_hex(algorithm, hex));
        let checksum = checksum.ok_or_else(|| wrong_length(hex, self.untagged))?;
        let (name, spaces) = self.name_behind_digest(rest)?;
        Ok(Parts { checksum, assumed: self.untagged.is_none(), style: LineStyle::Untagged, name, spaces })
    }

    /// The name behind the separator (R10, R11), `None` where there is nothing but a separator, and the style it
    /// shows.
    fn name_behind_digest<'a>(&self, rest: &'a [u8]) -> Result<(Option<&'a [u8]>, Option<Spaces>), Reason> {
        let Some((_blank, name)) = rest.split_first() else { return Ok((None, self.spaces)) };
        if self.spaces == Some(Spaces::One) {
            return Ok(((!name.is_empty()).then_some(name), self.spaces));
        }
        if matches!(name, [] | [b' ' | b'\t']) {
            return Ok((None, self.spaces));
        }
        match name {
            [b' ' | b'*', name @ ..] => Ok((Some(name), Some(Spaces::Two))),
            _ if self.spaces == Some(Spaces::Two) => Err(Reason::MixedStyle),
            _ => Ok((Some(name), Some(Spaces::One))),
        }
    }
}

fn wrong_length(hex: &[u8], algorithm: Option<Algorithm>) -> Reason {
    Reason::WrongDigestLength { digits: hex.len() as u32, algorithm }
}

/// Splits a line at `TAG (` or `TAG(`.
fn split_tag(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|&c| matches!(c, b' ' | b'\t' | b'('))?;
    let (tag, rest) = text.split_at(end);
    let rest = rest.strip_prefix(b" ").unwrap_or(rest).strip_prefix(b"(")?;
    (!tag.is_empty()).then_some((tag, rest))
}

/// Splits `name) = HEX` at the last parenthesis: BSD tools do not escape the names that they write.
fn split_tagged_rest(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memrchr(b')', rest)?;
    let hex = skip_blanks(&rest[end + 1..]).strip_prefix(b"=")?;
    Some((&rest[..end], skip_blanks(hex)))
}

fn is_hex(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_hexdigit)
}

fn is_blank(c: &u8) -> bool {
    matches!(c, b' ' | b'\t')
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    &text[text.iter().position(|c| !is_blank(c)).unwrap_or(text.len())..]
}
