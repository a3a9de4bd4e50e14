//! The lines of a list that is written: names as every checker reads them, and the proof that they are read back.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::checksum::Checksum;
use crate::error::{Error, ErrorKind};
use crate::manifest::{LineStyle, ManifestParser, ParseOptions, write_line};
use crate::path::EntryPath;
use crate::quote::Quoted;

/// An entry to be written.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) checksum: &'a Checksum,
    pub(super) name: &'a [u8],
    pub(super) style: LineStyle,
}

/// Why lines could not be written.
pub(super) enum Failure {
    Output(io::Error),
    /// What would be written does not mean what it should.
    Unreadable(Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// The name of a file in a list. GNU's tools take `-` for standard input, and a drive prefix (`c:x`) would be refused
/// as a path that leads outside.
pub(super) fn name_in_list(path: &[u8]) -> Cow<'_, [u8]> {
    if path == b"-" || EntryPath::new(path).may_escape() {
        Cow::Owned([b"./", path].concat())
    } else {
        Cow::Borrowed(path)
    }
}

/// Writes comments and lines. Parses what it writes: every line must come back as the entry that it is meant to be, for
/// whoever reads the list with these options.
pub(super) fn write<'a>(
    out: &mut impl Write,
    options: &ParseOptions,
    comments: &[Vec<u8>],
    lines: impl Iterator<Item = Line<'a>> + Clone,
) -> Result<(), Failure> {
    let mut parser = ManifestParser::new(options);
    let mut text = Vec::new();
    for comment in comments {
        text.clear();
        text.extend_from_slice(comment);
        text.push(b'\n');
        parser.push(&text);
        out.write_all(&text)?;
    }
    for line in lines.clone() {
        text.clear();
        write_line(&mut text, line.checksum, line.name, line.style)?;
        parser.push(&text);
        out.write_all(&text)?;
    }
    out.flush()?;
    let manifest = parser.finish();
    for (index, line) in lines.enumerate() {
        let is_same = manifest
            .entry(index)
            .is_some_and(|entry| entry.path().as_bytes() == line.name && entry.checksum() == *line.checksum);
        if !is_same {
            return Err(Failure::Unreadable(unreadable(&line)));
        }
    }
    Ok(())
}

fn unreadable(line: &Line<'_>) -> Error {
    let (name, algorithm) = (Quoted(line.name), line.checksum.algorithm());
    Error::new(
        ErrorKind::InvalidInput,
        format!("no line of a list can say the {algorithm} of {name}: nothing was written"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithm::Algorithm;

    fn written(name: &[u8], list_name: &str) -> Result<Vec<u8>, Failure> {
        let checksum = Checksum::zeroed(Algorithm::Sha256);
        let mut out = Vec::new();
        let line = Line { checksum: &checksum, name, style: LineStyle::Untagged };
        let options = ParseOptions::default().list_name(list_name);
        write(&mut out, &options, &[b"# made".to_vec()], [line].into_iter()).map(|()| out)
    }

    #[test]
    fn what_cannot_be_read_back_is_not_written() {
        assert!(written(b"a\nb", "sha256sum.txt").is_ok());
        // Another algorithm by the list's name, a line too long, an empty name.
        assert!(matches!(written(b"a", "blake3sum.txt"), Err(Failure::Unreadable(_))));
        assert!(matches!(written(&[b'x'; 65_536], "sha256sum.txt"), Err(Failure::Unreadable(_))));
        assert!(matches!(written(b"", "sha256sum.txt"), Err(Failure::Unreadable(_))));
        assert!(written(&[b'x'; 65_470], "sha256sum.txt").is_ok());
    }

    #[test]
    fn names_that_checkers_take_for_something_else_are_prefixed() {
        for (path, name) in
            [("-", "./-"), ("c:x", "./c:x"), (r"\\host\x", r"./\\host\x"), ("a/-", "a/-"), ("x", "x")]
        {
            assert_eq!(&*name_in_list(path.as_bytes()), name.as_bytes());
        }
    }
}
