//! What became of one entry.

use std::fmt;
use std::io;
use std::sync::Arc;

use crate::algorithm::Algorithm;
use crate::checksum::Checksum;
use crate::path::EntryPath;
use crate::plan::Plan;

macro_rules! statuses {
    ($($(#[doc = $doc:literal])+ $variant:ident = $number:literal, $name:literal, $words:literal;)*) => {
        /// What became of an entry. Each entry gets exactly one; where several apply, the first of `unsafe_path`,
        /// `conflict`, `not_run`, `missing`, `not_a_file`, `unreadable`, `changed`, `collision`, `mismatch`, `ok`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Status {
            $($(#[doc = $doc])+ $variant = $number,)*
        }

        impl Status {
            /// Every status, in the order of their numbers.
            pub const ALL: [Self; [$($number),*].len()] = [$(Self::$variant),*];

            /// Its name in JSON and in every other face: lower case with underscores.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Its name in sentences.
            pub const fn words(self) -> &'static str {
                match self { $(Self::$variant => $words,)* }
            }
        }
    };
}

statuses! {
    /// The whole file was read and its digest is the expected one.
    Ok = 0, "ok", "ok";
    /// The whole file was read and its digest differs.
    Mismatch = 1, "mismatch", "mismatch";
    /// There is no such file.
    Missing = 2, "missing", "missing";
    /// The file could not be opened or read to its end.
    Unreadable = 3, "unreadable", "unreadable";
    /// It is a directory, FIFO, socket or device.
    NotAFile = 4, "not_a_file", "not a file";
    /// The path leads outside the root, or may; it was not opened.
    UnsafePath = 5, "unsafe_path", "unsafe path";
    /// The file changed while it was read.
    Changed = 6, "changed", "changed while read";
    /// The lists give this file different digests of one algorithm; for this algorithm it was not read.
    Conflict = 7, "conflict", "conflicting digests";
    /// The file carries a known collision attack on the algorithm. Reserved: no run reports it yet.
    Collision = 8, "collision", "collision attack";
    /// The run was cancelled before this entry.
    NotRun = 9, "not_run", "not run";
}

impl Status {
    /// The status with this number.
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What is known about a failure beside its status.
#[derive(Clone, Debug)]
pub(crate) enum Detail {
    Actual(Checksum),
    Io { errno: Option<i32>, offset: Option<u64> },
}

/// One entry's result. Small: what it says about the entry it looks up in the plan.
#[derive(Clone)]
pub struct Outcome {
    plan: Arc<Plan>,
    entry: u32,
    status: Status,
    detail: Option<Box<Detail>>,
}

impl Outcome {
    pub(crate) fn new(plan: Arc<Plan>, entry: u32, status: Status, detail: Option<Box<Detail>>) -> Self {
        Self { plan, entry, status, detail }
    }

    /// What became of the entry.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The name of the list that the entry is in, as it was given.
    pub fn list(&self) -> &[u8] {
        &self.plan.list_of(self.entry).name
    }

    /// The number of its line; the first is 1.
    pub fn line(&self) -> u64 {
        self.plan.entry(self.entry).line()
    }

    /// The path of the file, as the list gives it.
    pub fn path(&self) -> EntryPath<'_> {
        self.plan.entry(self.entry).path()
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.plan.entry(self.entry).algorithm()
    }

    /// Whether the algorithm was only inferred from the digest's length.
    pub fn algorithm_assumed(&self) -> bool {
        self.plan.entry(self.entry).algorithm_assumed()
    }

    /// The checksum that the list gives.
    pub fn expected(&self) -> Checksum {
        self.plan.entry(self.entry).checksum()
    }

    /// The checksum that the file has: for a mismatch.
    pub fn actual(&self) -> Option<Checksum> {
        match self.detail.as_deref() {
            Some(Detail::Actual(checksum)) => Some(*checksum),
            _ => None,
        }
    }

    /// The operating system's error number, if one made the file unreadable.
    pub fn errno(&self) -> Option<i32> {
        match self.detail.as_deref() {
            Some(Detail::Io { errno, .. }) => *errno,
            _ => None,
        }
    }

    /// How many bytes could be read before an error; `None` also where the file could not even be opened.
    pub fn offset(&self) -> Option<u64> {
        match self.detail.as_deref() {
            Some(Detail::Io { offset, .. }) => *offset,
            _ => None,
        }
    }
}

/// The status and what there is to say about it: `mismatch: expected sha1 …, actual …`. Without the path.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.status.words())?;
        match self.detail.as_deref() {
            Some(Detail::Actual(actual)) => {
                let expected = self.expected();
                write!(f, ": expected {} {expected}, actual {actual}", expected.algorithm())?;
                if self.algorithm_assumed() {
                    f.write_str(" (the algorithm was assumed from the digest's length)")?;
                }
            }
            Some(Detail::Io { errno, offset }) => {
                if let Some(errno) = errno {
                    write!(f, ": {}", io::Error::from_raw_os_error(*errno))?;
                }
                if let Some(offset) = offset {
                    write!(f, ", at byte {offset}")?;
                }
            }
            None => f.write_str(match self.status {
                Status::UnsafePath => ": it leads outside the directory of the list, or may; not opened",
                Status::NotAFile => ": a directory, FIFO, socket or device",
                Status::Conflict => ": the lists give this file different digests; not read",
                _ => "",
            })?,
        }
        Ok(())
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self}", self.path())
    }
}
