//! Lists: from a file or from memory, to look at and to verify.

use std::ffi::{CStr, c_char, c_void};
use std::mem::offset_of;
use std::sync::Arc;

use checksig_core::{ListInput, Manifest, ParseOptions, Reason};

use crate::algorithm::checksig_checksum;
use crate::boundary::{self, Out, Result, call, object, string, value};
use crate::error::{Failure, checksig_error, checksig_status};
use crate::options::{Options, checksig_options};
use crate::sized::{self, Growing};

/// A checksum list that has been read, its name and its root: the directory that its paths begin at. It never changes:
/// any number of threads may look at it and verify it at the same time.
pub struct checksig_manifest(Content);

enum Content {
    Verifiable(ListInput),
    /// From memory, with no root given.
    Rootless(Arc<Manifest>),
}

impl checksig_manifest {
    fn parsed(&self) -> &Manifest {
        match &self.0 {
            Content::Verifiable(list) => list.manifest(),
            Content::Rootless(manifest) => manifest,
        }
    }

    /// For a run. Shares what was parsed.
    pub(crate) fn list(&self) -> Result<ListInput> {
        match &self.0 {
            Content::Verifiable(list) => Ok(list.clone()),
            Content::Rootless(_) => Err(Failure::invalid(
                "a list from memory that was given no root cannot be verified: set checksig_options.root",
            )),
        }
    }
}

/// How many lines of a list are what: lines = blank + comments + malformed + entries, always.
#[repr(C)]
pub struct checksig_line_counts {
    /// sizeof(checksig_line_counts)
    pub size: usize,
    /// All lines.
    pub lines: u64,
    /// Empty ones, and those of spaces and tabs only.
    pub blank: u64,
    /// Those that begin with `#`.
    pub comments: u64,
    /// Those that are not entries and should be.
    pub malformed: u64,
    /// Those that name a file and its checksum.
    pub entries: u64,
}

// SAFETY: a `repr(C)` struct of numbers, its size first and a u64 last.
unsafe impl Growing for checksig_line_counts {
    const NAME: &'static str = "checksig_line_counts";
    const FIRST_SIZE: usize = offset_of!(Self, entries) + size_of::<u64>();
}

/// One expectation of a list: this file has this checksum.
#[repr(C)]
pub struct checksig_entry {
    /// sizeof(checksig_entry)
    pub size: usize,
    /// The path as the list has it, escapes undone: bytes without a NUL at the end, not safe to print. It lives as long
    /// as the manifest.
    pub path: *const c_char,
    pub path_len: usize,
    /// The checksum that the file is expected to have.
    pub checksum: checksig_checksum,
    /// Whether the algorithm was only inferred from the digest's length.
    pub algorithm_assumed: bool,
    /// The number of the line; the first is 1.
    pub line: u64,
}

// SAFETY: a `repr(C)` struct of numbers and pointers, its size first and a u64 last.
unsafe impl Growing for checksig_entry {
    const NAME: &'static str = "checksig_entry";
    const FIRST_SIZE: usize = offset_of!(Self, line) + size_of::<u64>();
}

/// Reads a list from a file. The caller's word is trusted: it may be anything that can be read, a FIFO too. Its root is
/// options.root, else the directory that it is in (for a FIFO or a device: the working directory). Lines that are not
/// entries are no failure, see checksig_manifest_malformed().
///
/// @param path      the file
/// @param options   NULL for the defaults; `root` and `algorithm` count here
/// @param manifest  receives the list, to be freed with checksig_manifest_free()
/// @return CHECKSIG_OK; CHECKSIG_UNREADABLE_LIST
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_manifest_read(
    path: *const c_char,
    options: *const checksig_options,
    manifest: *mut *mut checksig_manifest,
    error: *mut *mut checksig_error,
) -> checksig_status {
    let read = || {
        // SAFETY: the header asks for NULL or a string, options and a place to write to.
        let (path, options, manifest) = unsafe {
            (boundary::path(path, "path")?, Options::read(options)?, Out::new(manifest, "manifest")?)
        };
        manifest.give(checksig_manifest(Content::Verifiable(ListInput::read(path, &options.list)?)));
        Ok(checksig_status::CHECKSIG_OK)
    };
    // SAFETY: the header asks for NULL or a place to write to.
    unsafe { call(error, read) }
}

/// Parses a list from memory, which is not needed afterwards.
///
/// @param bytes     the list: any bytes, in any of the formats that are read
/// @param len       how many bytes
/// @param name      what outcomes call it, and a file name that may say the algorithm (`sha256sum.txt`) or the one file
///                  that a bare digest is of (`x.iso.sha256`); NULL: none is known
/// @param options   NULL for the defaults; `root` and `algorithm` count here. Without a root the list can be looked at
///                  but not verified
/// @param manifest  receives the list, to be freed with checksig_manifest_free()
/// @return CHECKSIG_OK, whatever the bytes are
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_manifest_parse(
    bytes: *const c_void,
    len: usize,
    name: *const c_char,
    options: *const checksig_options,
    manifest: *mut *mut checksig_manifest,
    error: *mut *mut checksig_error,
) -> checksig_status {
    let parse = || {
        // SAFETY: the header asks for NULL or so many bytes, a string, options and a place to write to.
        let (bytes, options, manifest) = unsafe {
            (
                boundary::bytes(bytes.cast(), len, "bytes")?,
                Options::read(options)?,
                Out::new(manifest, "manifest")?,
            )
        };
        // SAFETY: the same for the name.
        let name = if name.is_null() { None } else { Some(unsafe { string(name, "name") }?) };
        let mut how = ParseOptions::default();
        if let Some(name) = name {
            how = how.list_name(name);
        }
        if let Some(algorithm) = options.list.algorithm {
            how = how.algorithm(algorithm);
        }
        let parsed = Arc::new(Manifest::parse(bytes, &how));
        manifest.give(checksig_manifest(match options.list.root {
            Some(root) => Content::Verifiable(ListInput::new(name.unwrap_or(b"list"), root, parsed)),
            None => Content::Rootless(parsed),
        }));
        Ok(checksig_status::CHECKSIG_OK)
    };
    // SAFETY: the header asks for NULL or a place to write to.
    unsafe { call(error, parse) }
}

/// Counts the lines of a list.
///
/// @param counts  receives them; its `size` must be set
/// @return CHECKSIG_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_manifest_counts(
    manifest: *const checksig_manifest,
    counts: *mut checksig_line_counts,
) -> checksig_status {
    let count = || {
        // SAFETY: the header asks for NULL or a manifest and a struct to write to.
        let (manifest, counts) = unsafe { (object(manifest, "manifest")?.parsed(), sized::place(counts)?) };
        let lines = manifest.lines();
        counts.put(checksig_line_counts {
            size: 0,
            lines: lines.total,
            blank: lines.blank,
            comments: lines.comments,
            malformed: manifest.malformed().len() as u64,
            entries: manifest.len() as u64,
        });
        Ok(checksig_status::CHECKSIG_OK)
    };
    // SAFETY: no error is asked for.
    unsafe { call(std::ptr::null_mut(), count) }
}

/// Looks at an entry.
///
/// @param index  counted from 0
/// @param entry  receives it; its `size` must be set
/// @return CHECKSIG_OK; CHECKSIG_END if there are no more than `index` entries
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_manifest_entry(
    manifest: *const checksig_manifest,
    index: usize,
    entry: *mut checksig_entry,
) -> checksig_status {
    let look = || {
        // SAFETY: the header asks for NULL or a manifest and a struct to write to.
        let (manifest, entry) = unsafe { (object(manifest, "manifest")?.parsed(), sized::place(entry)?) };
        let Some(found) = manifest.entry(index) else { return Ok(checksig_status::CHECKSIG_END) };
        let path = found.path().as_bytes();
        entry.put(checksig_entry {
            size: 0,
            path: path.as_ptr().cast(),
            path_len: path.len(),
            checksum: checksig_checksum::of(&found.checksum()),
            algorithm_assumed: found.algorithm_assumed(),
            line: found.line(),
        });
        Ok(checksig_status::CHECKSIG_OK)
    };
    // SAFETY: no error is asked for.
    unsafe { call(std::ptr::null_mut(), look) }
}

/// Looks at a line that is not an entry.
///
/// @param index   counted from 0
/// @param line    receives its number; the first line is 1
/// @param reason  receives why, as a word that never changes: `bad-hex`. Never freed
/// @return CHECKSIG_OK; CHECKSIG_END if there are no more than `index` such lines
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_manifest_malformed(
    manifest: *const checksig_manifest,
    index: usize,
    line: *mut u64,
    reason: *mut *const c_char,
) -> checksig_status {
    let look = || {
        // SAFETY: the header asks for NULL or a manifest and places to write to.
        let (manifest, line, reason) = unsafe {
            (object(manifest, "manifest")?.parsed(), Out::new(line, "line")?, Out::new(reason, "reason")?)
        };
        let Some(found) = manifest.malformed().get(index) else { return Ok(checksig_status::CHECKSIG_END) };
        line.put(found.line);
        reason.put(reason_code(found.reason).as_ptr());
        Ok(checksig_status::CHECKSIG_OK)
    };
    // SAFETY: no error is asked for.
    unsafe { call(std::ptr::null_mut(), look) }
}

/// Frees a list. Runs that were started with it go on. Nothing happens for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_manifest_free(manifest: *mut checksig_manifest) {
    // SAFETY: the header asks for NULL or a manifest that is not freed.
    value((), || unsafe { boundary::take_back(manifest) });
}

const REASONS: [&CStr; 13] = [
    c"stray-cr",
    c"bad-utf16",
    c"too-long",
    c"nul",
    c"mixed-style",
    c"unknown-tag",
    c"bad-tagged-line",
    c"bad-hex",
    c"wrong-digest-length",
    c"bad-escape",
    c"empty-name",
    c"no-name",
    c"tag-contradicts-option",
];

/// The core's word for a reason, with a NUL.
pub(crate) fn reason_code(reason: Reason) -> &'static CStr {
    let found = REASONS.into_iter().find(|code| code.to_bytes() == reason.code().as_bytes());
    found.unwrap_or(c"unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_the_documented_ones() {
        let text = include_str!("../../../docs/manifest-format.md");
        let table = text.split("## Reasons").nth(1).unwrap().split("Where several apply").next().unwrap();
        let documented: Vec<&str> = table
            .lines()
            .filter_map(|line| line.strip_prefix("| `"))
            .map(|line| line.split('`').next().unwrap())
            .collect();
        let mut ours = REASONS.map(|code| code.to_str().unwrap()).to_vec();
        let mut documented_sorted = documented.clone();
        ours.sort_unstable();
        documented_sorted.sort_unstable();
        assert_eq!(ours, documented_sorted);
    }
}
