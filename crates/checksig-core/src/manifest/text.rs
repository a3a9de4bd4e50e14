//! From bytes to lines (R1 to R5): encodings, line ends, and lines too long to keep.

use super::MAX_LINE_LEN;

/// A line as the text layer sees it.
pub(super) enum RawLine<'a> {
    /// Its bytes without the line end; names in it are UTF-8 if the list was UTF-16.
    Bytes(&'a [u8]),
    /// Longer than [`MAX_LINE_LEN`]; its bytes are gone.
    TooLong,
    /// Of a UTF-16 list, with something that is not UTF-16.
    BadUtf16,
}

/// Stands in a decoded UTF-16 line for what could not be decoded; no UTF-8 holds this byte.
const UNDECODABLE: u8 = 0xFF;

/// Cuts the pieces of a list into lines, in memory for one line.
#[derive(Default)]
pub(super) struct Lines {
    encoding: Encoding,
    splitter: Splitter,
}

enum Encoding {
    /// Not known before three bytes are there: these came so far.
    Unknown(Vec<u8>),
    Bytes,
    Utf16(Utf16),
}

impl Default for Encoding {
    fn default() -> Self {
        Self::Unknown(Vec::new())
    }
}

impl Lines {
    pub(super) fn push(&mut self, piece: &[u8], sink: &mut impl FnMut(RawLine<'_>)) {
        match &mut self.encoding {
            Encoding::Unknown(start) => {
                let mut start = std::mem::take(start);
                let rest = piece.split_at(piece.len().min(3usize.saturating_sub(start.len())));
                start.extend_from_slice(rest.0);
                if start.len() < 3 {
                    self.encoding = Encoding::Unknown(start);
                } else {
                    self.begin(&start, sink);
                    self.push(rest.1, sink);
                }
            }
            Encoding::Bytes => self.splitter.push(piece, false, sink),
            Encoding::Utf16(decoder) => {
                let decoded = decoder.decode(piece);
                self.splitter.push(&decoded, true, sink);
            }
        }
    }

    pub(super) fn finish(&mut self, sink: &mut impl FnMut(RawLine<'_>)) {
        if let Encoding::Unknown(start) = &mut self.encoding {
            let start = std::mem::take(start);
            self.begin(&start, sink);
        }
        match &self.encoding {
            Encoding::Utf16(decoder) => {
                if decoder.is_incomplete() {
                    self.splitter.push(&[UNDECODABLE], true, sink);
                }
                self.splitter.finish(true, sink);
            }
            _ => self.splitter.finish(false, sink),
        }
    }

    /// Takes the first bytes, three unless the list has fewer: byte order marks are dropped (R3, R4).
    fn begin(&mut self, start: &[u8], sink: &mut impl FnMut(RawLine<'_>)) {
        let (encoding, rest) = match start {
            [0xEF, 0xBB, 0xBF] => (Encoding::Bytes, &[][..]),
            [0xFF, 0xFE, rest @ ..] => (Encoding::Utf16(Utf16::new(u16::from_le_bytes)), rest),
            [0xFE, 0xFF, rest @ ..] => (Encoding::Utf16(Utf16::new(u16::from_be_bytes)), rest),
            _ => (Encoding::Bytes, start),
        };
        self.encoding = encoding;
        self.push(rest, sink);
    }
}

/// Decodes UTF-16 that comes in pieces.
struct Utf16 {
    unit: fn([u8; 2]) -> u16,
    /// The first byte of a unit.
    odd: Option<u8>,
    /// The first half of a surrogate pair.
    high: Option<u16>,
}

impl Utf16 {
    fn new(unit: fn([u8; 2]) -> u16) -> Self {
        Self { unit, odd: None, high: None }
    }

    fn is_incomplete(&self) -> bool {
        self.odd.is_some() || self.high.is_some()
    }

    fn decode(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut text = Vec::with_capacity(piece.len());
        for &byte in piece {
            let Some(first) = self.odd.take() else {
                self.odd = Some(byte);
                continue;
            };
            let unit = (self.unit)([first, byte]);
            match self.high.take() {
                // If they are no pair the line is undecodable, whatever follows in it; a line end is never the second half.
                Some(high) => decode([high, unit], &mut text),
                None if is_high(unit) => self.high = Some(unit),
                None => decode([unit], &mut text),
            }
        }
        text
    }
}

fn is_high(unit: u16) -> bool {
    (0xD800..0xDC00).contains(&unit)
}

fn decode(units: impl IntoIterator<Item = u16>, text: &mut Vec<u8>) {
    for decoded in char::decode_utf16(units) {
        match decoded {
            Ok(c) => text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Err(_) => text.push(UNDECODABLE),
        }
    }
}

/// Cuts bytes at LF.
#[derive(Default)]
struct Splitter {
    /// The beginning of a line whose end has not come yet.
    partial: Vec<u8>,
    /// That line is too long already; its bytes are not kept.
    too_long: bool,
}

impl Splitter {
    fn push(&mut self, mut piece: &[u8], decoded: bool, sink: &mut impl FnMut(RawLine<'_>)) {
        while let Some(end) = memchr::memchr(b'\n', piece) {
            if self.partial.is_empty() && !self.too_long {
                emit(&piece[..end], decoded, sink);
            } else {
                self.keep(&piece[..end]);
                self.end_line(decoded, sink);
            }
            piece = &piece[end + 1..];
        }
        self.keep(piece);
    }

    fn finish(&mut self, decoded: bool, sink: &mut impl FnMut(RawLine<'_>)) {
        if !self.partial.is_empty() || self.too_long {
            self.end_line(decoded, sink);
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        // One byte more than a line may have: it may be the CR of the line end.
        if self.too_long || self.partial.len() + bytes.len() > MAX_LINE_LEN + 1 {
            self.too_long = true;
            self.partial.clear();
        } else {
            self.partial.extend_from_slice(bytes);
        }
    }

    fn end_line(&mut self, decoded: bool, sink: &mut impl FnMut(RawLine<'_>)) {
        if std::mem::take(&mut self.too_long) {
            sink(RawLine::TooLong);
        } else {
            emit(&self.partial, decoded, sink);
        }
        self.partial.clear();
    }
}

fn emit(line: &[u8], decoded: bool, sink: &mut impl FnMut(RawLine<'_>)) {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    sink(if line.len() > MAX_LINE_LEN {
        RawLine::TooLong
    } else if decoded && line.contains(&UNDECODABLE) {
        RawLine::BadUtf16
    } else {
        RawLine::Bytes(line)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_end_takes_no_more_memory_than_a_long_one() {
        let mut splitter = Splitter::default();
        let mut nothing = |_: RawLine<'_>| panic!("the line has no end");
        for _ in 0..10_000 {
            splitter.push(&[b'x'; 1000], false, &mut nothing);
        }
        assert!(splitter.partial.capacity() <= 2 * (MAX_LINE_LEN + 1), "{}", splitter.partial.capacity());
        let mut lines = 0;
        splitter.push(b"\n", false, &mut |line| lines += usize::from(matches!(line, RawLine::TooLong)));
        assert_eq!(lines, 1);
    }
}
