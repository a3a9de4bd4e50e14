//! The path of a list's entry: bytes that cannot be opened as they are, and what can be said of them without
//! looking at any file.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::quote::Quoted;

/// A path as a list gives it, escapes undone.
///
/// It is no [`std::path::Path`] on purpose: a list is hostile input, and only a
/// [`Source`](crate::source::Source) opens what it names, under a [`PathPolicy`](crate::PathPolicy).
/// Displays quoted, safe to print.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EntryPath<'a>(&'a [u8]);

impl<'a> EntryPath<'a> {
    pub(crate) fn new(path: &'a [u8]) -> Self {
        Self(path)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The components that matter: neither empty ones nor `.`.
    pub(crate) fn components(&self) -> impl DoubleEndedIterator<Item = &'a [u8]> + use<'a> {
        self.0.split(|&c| c == b'/').filter(|part| !matches!(*part, b"" | b"."))
    }

    pub(crate) fn is_absolute(&self) -> bool {
        self.0.starts_with(b"/")
    }

    /// Whether the path can only be a directory's: it ends in `/` or `.`.
    pub(crate) fn demands_directory(&self) -> bool {
        self.0.ends_with(b"/") || matches!(self.0.rsplit(|&c| c == b'/').next(), Some(b"."))
    }

    /// Whether the path may lead outside whatever the files are: it has a `..` component, is absolute, or begins with
    /// a Windows drive or UNC prefix. Drives are refused on every system, so that a list means the same everywhere; a
    /// file that really is called `c:x` is listed as `./c:x`.
    ///
    /// ```
    /// # use checksig_core::{Manifest, ParseOptions};
    /// let list = b"d41d8cd98f00b204e9800998ecf8427e  a/../../etc/passwd\n";
    /// let manifest = Manifest::parse(list, &ParseOptions::default());
    /// assert!(manifest.entry(0).unwrap().path().may_escape());
    /// ```
    pub fn may_escape(&self) -> bool {
        self.is_absolute()
            || self.0.starts_with(br"\\")
            || matches!(self.0, [drive, b':', ..] if drive.is_ascii_alphabetic())
            || self.components().any(|part| part == b"..")
    }

    /// Whether both are the same file's name after lexical normalisation: `./a//b` is `a/b`, while `a/` is not `a`.
    pub(crate) fn is_same_file(&self, other: &EntryPath<'_>) -> bool {
        self.0 == other.0
            || (self.is_absolute() == other.is_absolute()
                && self.demands_directory() == other.demands_directory()
                && self.components().eq(other.components()))
    }

    /// Hashes what [`is_same_file`](Self::is_same_file) compares.
    pub(crate) fn hash_normalised(&self, state: &mut impl Hasher) {
        self.is_absolute().hash(state);
        self.demands_directory().hash(state);
        self.components().for_each(|part| part.hash(state));
    }
}

impl fmt::Display for EntryPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Quoted(self.0).fmt(f)
    }
}

impl fmt::Debug for EntryPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Quoted(self.0).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_quoted() {
        let path = EntryPath(b"a\nb");
        assert_eq!(path.to_string(), r"$'a\nb'");
        assert_eq!(format!("{path:?}"), r"$'a\nb'");
    }

    #[test]
    fn paths_that_may_escape() {
        for path in [
            "..",
            "../x",
            "a/../x",
            "a/..",
            "/",
            "/etc/passwd",
            "//x",
            r"\\server\share",
            r"C:\x",
            "c:x",
            "Z:/x",
        ] {
            assert!(EntryPath::new(path.as_bytes()).may_escape(), "{path}");
        }
        for path in ["...", "..a", "a/..b", r"a\..\b", r"\x", "./c:x", "cc:x", "1:x", "~", "-", "%TEMP%"] {
            assert!(!EntryPath::new(path.as_bytes()).may_escape(), "{path}");
        }
    }

    #[test]
    fn normalisation_is_lexical() {
        let same =
            |a: &str, b: &str| EntryPath::new(a.as_bytes()).is_same_file(&EntryPath::new(b.as_bytes()));
        assert!(same("a/b", "./a//b") && same("a", "././a") && same("a/", "a/.") && same(".", "./"));
        assert!(!same("a", "a/") && !same("a", "A") && !same("/a", "a") && !same("a/b", "ab"));
    }
}
