//! Where lists are to be, and where names begin: from what the user named to a root and paths beneath it.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::publish::is_temporary;
use super::{CreateOptions, Output, text};
use crate::algorithm::Algorithm;
use crate::checksum::Checksum;
use crate::error::{Error, ErrorKind};
use crate::manifest::{LineStyle, ParseOptions, default_name};
use crate::quote::Quoted;

/// What is to be made.
#[derive(Debug)]
pub(super) struct Target {
    /// The directory that all names are relative to, and that the lists are in.
    pub(super) root: PathBuf,
    /// Each algorithm, and what its list is called.
    pub(super) lists: Vec<(Algorithm, OsString)>,
    /// What was named, relative to the root; empty for the root itself.
    pub(super) starts: Vec<Vec<u8>>,
}

impl Target {
    pub(super) fn find(options: &CreateOptions) -> Result<Self, Error> {
        let mut algorithms = Vec::new();
        for &algorithm in &options.algorithms {
            if !algorithms.contains(&algorithm) {
                algorithms.push(algorithm);
            }
        }
        if algorithms.is_empty() || options.paths.is_empty() {
            return Err(invalid("a list needs an algorithm, and a file or a directory"));
        }
        let by_default = |algorithm: Algorithm| (algorithm, OsString::from(default_name(algorithm)));
        let (root, name) = match &options.output {
            Output::Beside => (common_directory(&options.paths)?, None),
            Output::Stream => (PathBuf::from("."), Some(OsString::new())),
            Output::At(path) if path.is_dir() => (path.clone(), None),
            Output::At(path) => match path.file_name() {
                Some(name)
                    if !path.as_os_str().as_bytes().ends_with(b"/") && !is_temporary(name.as_bytes()) =>
                {
                    (parent(path), Some(name.to_owned()))
                }
                _ => return Err(invalid(format!("{} is no name for a list", shown(path)))),
            },
        };
        let lists = match (name, algorithms.as_slice()) {
            (None, algorithms) => algorithms.iter().copied().map(by_default).collect(),
            (Some(name), &[algorithm]) => vec![(algorithm, name)],
            (Some(_), algorithms) => {
                let message = format!(
                    "{} algorithms make as many lists: say a directory to put them in, not the name of one list",
                    algorithms.len()
                );
                return Err(invalid(message));
            }
        };
        for (algorithm, name) in &lists {
            is_readable_as(name, *algorithm, options)?;
        }
        let canonical = fs::canonicalize(&root).map_err(|error| {
            let message = format!("cannot open the directory {}: {error}", shown(&root));
            Error::new(ErrorKind::UnreadableRoot(error), message)
        })?;
        let starts = options.paths.iter().map(|path| beneath(&canonical, path)).collect::<Result<_, _>>()?;
        Ok(Self { root, lists, starts })
    }
}

/// Refuses a list that would be read as one of another algorithm than it has.
fn is_readable_as(name: &OsString, algorithm: Algorithm, options: &CreateOptions) -> Result<(), Error> {
    if options.output == Output::Stream {
        return Ok(());
    }
    let checksum = Checksum::zeroed(algorithm);
    let line = text::Line { checksum: &checksum, name: b"x", style: options.style };
    let parse_options = ParseOptions::default().list_name(name.as_bytes());
    if text::write(&mut io::sink(), &parse_options, &[], [line].into_iter()).is_ok() {
        return Ok(());
    }
    debug_assert_eq!(options.style, LineStyle::Untagged);
    Err(invalid(format!(
        "a list called {} does not say that its lines are of {algorithm}: call it {}, or have the lines tagged (--tag)",
        Quoted(name.as_bytes()),
        default_name(algorithm)
    )))
}

/// The directory that a list is in if nobody says where.
fn common_directory(paths: &[PathBuf]) -> Result<PathBuf, Error> {
    if let [path] = paths
        && path.is_dir()
    {
        return Ok(path.clone());
    }
    let first = parent(&paths[0]);
    let is_in_first = |path: &PathBuf| !path.is_dir() && is_same_directory(&parent(path), &first);
    if paths.iter().all(is_in_first) {
        return Ok(first);
    }
    Err(invalid("these are not one directory, nor files of one directory: say where the list is to be (-o)"))
}

fn is_same_directory(one: &Path, other: &Path) -> bool {
    one == other || matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(a), Ok(b)) if a == b)
}

fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// A path relative to the root. Symlinks on its way are resolved, as names of lists may have no `..`; the last
/// component is what the file is listed as.
fn beneath(root: &Path, path: &Path) -> Result<Vec<u8>, Error> {
    let whole = match path.file_name() {
        Some(name) => fs::canonicalize(parent(path)).map(|parent| parent.join(name)),
        None => fs::canonicalize(path),
    };
    let whole = whole.map_err(|error| {
        let message = format!("cannot read {}: {error}", shown(path));
        Error::new(ErrorKind::UnreadableFile(error), message)
    })?;
    // The root itself, by a name that is a symlink to it.
    if fs::canonicalize(&whole).is_ok_and(|whole| whole == root) {
        return Ok(Vec::new());
    }
    match whole.strip_prefix(root) {
        Ok(relative) => Ok(relative.as_os_str().as_bytes().to_vec()),
        Err(_) => {
            let (path, root) = (shown(path), shown(root));
            Err(invalid(format!(
                "{path} is not beneath {root}, the directory of the list: say where the list is to be (-o)"
            )))
        }
    }
}

fn shown(path: &Path) -> String {
    Quoted(path.as_os_str().as_bytes()).to_string()
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}
