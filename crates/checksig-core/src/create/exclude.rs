//! Which paths are left out: patterns of the shell.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use globset::{GlobBuilder, GlobMatcher};

use crate::error::{Error, ErrorKind};
use crate::quote::Quoted;

/// Patterns of paths to leave out; what is in a directory that one matches is left out with it.
///
/// A pattern without a slash is compared with the last component of a path, one with a slash with the whole path from
/// the list's directory on (a leading slash only says so). A slash at its end: only directories. `*` and `?` match no
/// slash, `**` matches any number of directories; `[a-z]`, `{a,b}` and `\` as in a shell.
///
/// ```
/// use checksig_core::create::Exclude;
/// let exclude = Exclude::new(["*.tmp", "/build/", "doc/**/*.log"]).unwrap();
/// assert!(exclude.matches(b"a/b.tmp", false) && exclude.matches(b"doc/x/y.log", false));
/// assert!(exclude.matches(b"build", true) && !exclude.matches(b"build", false));
/// assert!(!exclude.matches(b"src/build", true));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Exclude(Vec<Pattern>);

#[derive(Clone, Debug)]
struct Pattern {
    matcher: GlobMatcher,
    whole_path: bool,
    only_directories: bool,
}

impl Exclude {
    /// Patterns, any of which is enough.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for one that is none.
    pub fn new<P: AsRef<str>>(patterns: impl IntoIterator<Item = P>) -> Result<Self, Error> {
        patterns.into_iter().map(|pattern| Pattern::new(pattern.as_ref())).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a path is left out.
    pub fn matches(&self, path: &[u8], is_directory: bool) -> bool {
        let name = path.rsplit(|&c| c == b'/').next().unwrap_or(path);
        self.0.iter().any(|pattern| {
            let compared = if pattern.whole_path { path } else { name };
            (is_directory || !pattern.only_directories)
                && pattern.matcher.is_match(OsStr::from_bytes(compared))
        })
    }
}

impl Pattern {
    fn new(pattern: &str) -> Result<Self, Error> {
        let (rest, only_directories) = match pattern.strip_suffix('/') {
            Some(rest) => (rest, true),
            None => (pattern, false),
        };
        let whole_path = rest.contains('/');
        let rest = rest.strip_prefix("./").unwrap_or(rest).trim_start_matches('/');
        let invalid = |why: &str| {
            let message = format!("{} is no pattern of names: {why}", Quoted(pattern.as_bytes()));
            Error::new(ErrorKind::InvalidInput, message)
        };
        if matches!(rest, "" | ".") {
            return Err(invalid("it is empty"));
        }
        let glob = GlobBuilder::new(rest).literal_separator(true).backslash_escape(true).build();
        let glob = glob.map_err(|error| invalid(&error.kind().to_string()))?;
        Ok(Self { matcher: glob.compile_matcher(), whole_path, only_directories })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_documented() {
        for (pattern, path, is_directory, matches) in [
            ("*.o", &b"x.o"[..], false, true),
            ("*.o", b"deep/down/x.o", false, true),
            ("*.o", b"x.o/y", false, false),
            ("sub/*.o", b"sub/x.o", false, true),
            ("sub/*.o", b"sub/deep/x.o", false, false),
            ("sub/*.o", b"other/sub/x.o", false, false),
            ("**/sub/*.o", b"other/sub/x.o", false, true),
            ("sub/**", b"sub/a/b", false, true),
            ("/x", b"x", false, true),
            ("/x", b"a/x", false, false),
            ("./x", b"x", false, true),
            ("./x", b"a/x", false, false),
            ("x/", b"a/x", true, true),
            ("x/", b"a/x", false, false),
            (r"\*", b"*", false, true),
            (r"\*", b"a", false, false),
            ("[ab]?", b"a\xff", false, true),
            ("{a,b}.txt", b"b.txt", false, true),
            ("A", b"a", false, false),
            (".*", b".git", true, true),
            ("*", b".hidden", false, true),
        ] {
            let exclude = Exclude::new([pattern]).unwrap();
            assert_eq!(exclude.matches(path, is_directory), matches, "{pattern} {}", Quoted(path));
        }
    }

    #[test]
    fn what_is_no_pattern_is_named() {
        for pattern in ["", "/", ".", "./", "[a", "{a"] {
            let error = Exclude::new([pattern]).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::InvalidInput), "{pattern}");
            assert!(error.to_string().contains(&Quoted(pattern.as_bytes()).to_string()), "{error}");
        }
    }
}
