//! Writing the lines of a list, as GNU coreutils write them.

use std::io::{self, Write};

use super::escape::escape;
use crate::checksum::Checksum;

/// The form of a written line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineStyle {
    /// `HEX␠␠name`.
    #[default]
    Untagged,
    /// `HEX␠*name`.
    Starred,
    /// `TAG (name) = HEX`.
    Tagged,
}

/// Writes one line with its line end. A name with a backslash, LF or CR is escaped and the line begins with a
/// backslash; every other byte is written as it is: this is output for programs.
///
/// ```
/// use checksig_core::{Algorithm, Checksum, LineStyle, write_line};
/// let sum = Checksum::from_hex(Algorithm::Md5, "d41d8cd98f00b204e9800998ecf8427e").unwrap();
/// let mut out = Vec::new();
/// write_line(&mut out, &sum, b"a\nb", LineStyle::Untagged).unwrap();
/// assert_eq!(out, b"\\d41d8cd98f00b204e9800998ecf8427e  a\\nb\n");
/// ```
pub fn write_line(
    out: &mut impl Write,
    checksum: &Checksum,
    name: &[u8],
    style: LineStyle,
) -> io::Result<()> {
    let escaped = escape(name);
    if escaped.is_some() {
        out.write_all(b"\\")?;
    }
    write_unescaped(out, checksum, escaped.as_deref().unwrap_or(name), style, b'\n')
}

/// Writes one line that ends in `end`, with every byte of the name as it is: for ends that no name contains.
pub fn write_unescaped(
    out: &mut impl Write,
    checksum: &Checksum,
    name: &[u8],
    style: LineStyle,
    end: u8,
) -> io::Result<()> {
    match style {
        LineStyle::Untagged | LineStyle::Starred => {
            write!(out, "{checksum} {}", if style == LineStyle::Starred { '*' } else { ' ' })?;
            out.write_all(name)?;
        }
        LineStyle::Tagged => {
            write!(out, "{} (", checksum.algorithm().tag())?;
            out.write_all(name)?;
            write!(out, ") = {checksum}")?;
        }
    }
    out.write_all(&[end])
}
