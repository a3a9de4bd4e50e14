//! How lists are read and runs are run.

use std::ffi::c_char;
use std::mem::offset_of;

use checksig_core::{CancelToken, Io, Keep, ListOptions, Policy, Verifier};

use crate::algorithm::from_number;
use crate::boundary::{Result, path};
use crate::cancel::checksig_cancel_token;
use crate::error::Failure;
use crate::sized::{self, Growing};

/// A missing file is no failure. There must still be one that is ok. One of checksig_options.flags.
pub const CHECKSIG_IGNORE_MISSING: u32 = 1;
/// A malformed line is no failure. One of checksig_options.flags.
pub const CHECKSIG_ALLOW_MALFORMED: u32 = 2;
/// A file that carries a known collision attack on SHA-1 is CHECKSIG_OUTCOME_COLLISION where a list gives its SHA-1, whether
/// or not that is the right one. Hashing SHA-1 takes several times as long then. One of checksig_options.flags.
pub const CHECKSIG_DETECT_COLLISIONS: u32 = 4;

const FLAGS: u32 = CHECKSIG_IGNORE_MISSING | CHECKSIG_ALLOW_MALFORMED | CHECKSIG_DETECT_COLLISIONS;

/// Which outcomes a report keeps.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum checksig_keep {
    /// Those that are not ok.
    CHECKSIG_KEEP_FAILURES = 0,
    /// All.
    CHECKSIG_KEEP_ALL = 1,
    /// None: for a program that looks at them as they come.
    CHECKSIG_KEEP_NOTHING = 2,
}

/// How files that are not in memory are waited for. What is found is the same.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum checksig_io {
    /// As is fastest: by the kernel's ring (io_uring) where it can be had and there are enough files.
    CHECKSIG_IO_AUTO = 0,
    /// By the kernel's ring: a run that cannot have it ends with CHECKSIG_NO_IO_URING before it begins.
    CHECKSIG_IO_URING = 1,
    /// By a thread for each file.
    CHECKSIG_IO_BLOCKING = 2,
}

/// How lists are read and runs are run. Zero is the default of each field, and NULL in the place of a pointer to this
/// struct means all of them:
///
///     checksig_options options = CHECKSIG_OPTIONS_INIT;
///     options.threads = 4;
#[repr(C)]
pub struct checksig_options {
    /// sizeof(checksig_options)
    pub size: usize,
    /// The directory that the paths of a list begin at; NULL: the one that the list is in. Counts when a list is read.
    pub root: *const c_char,
    /// The algorithm of untagged lines, whatever the list's name says; tags of others are malformed then. Counts when a
    /// list is read.
    pub algorithm: u32,
    /// CHECKSIG_IGNORE_MISSING, CHECKSIG_ALLOW_MALFORMED and CHECKSIG_DETECT_COLLISIONS, or-ed. The first two decide only
    /// what counts as verified; everything is reported as without them.
    pub flags: u32,
    /// One of checksig_keep.
    pub keep: u32,
    /// How many threads hash; 0: one for each core.
    pub threads: u32,
    /// How many files may be waited for at once; 0: the library's choice, which suits everything but rotating disks. With
    /// 1 files are read one after the other in the order of the lists.
    pub reads: u32,
    /// One of checksig_io.
    pub io: u32,
    /// Stops the run when it is set; NULL: nothing does. The run has a share of its own: the token may be freed meanwhile.
    pub cancel: *const checksig_cancel_token,
}

// SAFETY: a `repr(C)` struct of numbers and pointers, its size first and a pointer last.
unsafe impl Growing for checksig_options {
    const NAME: &'static str = "checksig_options";
    const FIRST_SIZE: usize = offset_of!(Self, cancel) + size_of::<*const checksig_cancel_token>();
}

/// Checked options.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) list: ListOptions,
    pub(crate) policy: Policy,
    detect_collisions: bool,
    keep: Keep,
    threads: usize,
    reads: usize,
    io: Io,
    cancel: CancelToken,
}

impl Options {
    /// The defaults for NULL.
    ///
    /// # Safety
    /// `options` is NULL or as the header says, with the string and the token in it.
    pub(crate) unsafe fn read(options: *const checksig_options) -> Result<Self> {
        if options.is_null() {
            return Ok(Self::default());
        }
        // SAFETY: the contract of this function.
        let options = unsafe { sized::read(options) }?;
        let root = if options.root.is_null() {
            None
        } else {
            // SAFETY: not NULL, so a string by the contract of this function.
            Some(unsafe { path(options.root, "root") }?.to_owned())
        };
        if options.flags & !FLAGS != 0 {
            return Err(Failure::invalid("checksig_options has a flag that does not exist"));
        }
        // SAFETY: NULL or a token by the contract of this function.
        let cancel = unsafe { options.cancel.as_ref() }.map(|token| token.0.clone());
        Ok(Self {
            list: ListOptions { algorithm: from_number(options.algorithm)?, root },
            policy: Policy {
                ignore_missing: options.flags & CHECKSIG_IGNORE_MISSING != 0,
                allow_malformed: options.flags & CHECKSIG_ALLOW_MALFORMED != 0,
            },
            detect_collisions: options.flags & CHECKSIG_DETECT_COLLISIONS != 0,
            keep: keep(options.keep)?,
            threads: options.threads as usize,
            reads: options.reads as usize,
            io: io(options.io)?,
            cancel: cancel.unwrap_or_default(),
        })
    }

    pub(crate) fn verifier(&self) -> Verifier {
        let verifier = Verifier::new().threads(self.threads).reads(self.reads).io(self.io);
        let verifier = verifier.detect_collisions(self.detect_collisions);
        verifier.cancel(self.cancel.clone()).keep(self.keep)
    }
}

fn keep(number: u32) -> Result<Keep> {
    use checksig_keep::*;
    let known = [
        (CHECKSIG_KEEP_FAILURES, Keep::Failures),
        (CHECKSIG_KEEP_ALL, Keep::All),
        (CHECKSIG_KEEP_NOTHING, Keep::Nothing),
    ];
    let found = known.into_iter().find(|(keep, _)| *keep as u32 == number);
    found
        .map(|(_, keep)| keep)
        .ok_or_else(|| Failure::invalid(format!("checksig_options.keep has no value {number}")))
}

fn io(number: u32) -> Result<Io> {
    use checksig_io::*;
    let known =
        [(CHECKSIG_IO_AUTO, Io::Auto), (CHECKSIG_IO_URING, Io::Uring), (CHECKSIG_IO_BLOCKING, Io::Blocking)];
    let found = known.into_iter().find(|(io, _)| *io as u32 == number);
    found
        .map(|(_, io)| io)
        .ok_or_else(|| Failure::invalid(format!("checksig_options.io has no value {number}")))
}
