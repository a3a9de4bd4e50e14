//! What became of one entry, with everything that there is to say about it.

use std::fmt;
use std::io;
use std::sync::Arc;

use crate::algorithm::Algorithm;
use crate::checksum::Checksum;
use crate::path::EntryPath;
use crate::plan::Plan;
use crate::status::Status;

/// What is known about a failure beside its status.
#[derive(Clone, Debug)]
pub(crate) enum Detail {
    Actual(Checksum),
    Io { errno: Option<i32>, offset: Option<u64> },
}

/// What was found out about an entry, apart from the run that found it: for who keeps, sends or makes results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Finding {
    /// What became of the entry.
    pub status: Status,
    /// The checksum that the list gives.
    pub expected: Checksum,
    /// Whether its algorithm was only inferred from the digest's length.
    pub algorithm_assumed: bool,
    /// The checksum that the file has: for a mismatch or a collision.
    pub actual: Option<Checksum>,
    /// The operating system's error number, if one made the file unreadable.
    pub errno: Option<i32>,
    /// How many bytes could be read before an error.
    pub offset: Option<u64>,
}

/// One entry's result. Small: what it says about the entry it looks up in the plan.
#[derive(Clone)]
pub struct Outcome {
    plan: Arc<Plan>,
    entry: u32,
    status: Status,
    detail: Option<Arc<Detail>>,
}

impl Outcome {
    pub(crate) fn new(plan: Arc<Plan>, entry: u32, status: Status, detail: Option<Arc<Detail>>) -> Self {
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

    /// The checksum that the file has: for a mismatch or a collision.
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

    /// All of it but the names: small enough to copy, and without the plan.
    ///
    /// ```
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let root = directory.path();
    /// std::fs::write(root.join("sha1sum.txt"), "a9993e364706816aba3e25717850c26c9cd0d89d  gone\n").unwrap();
    /// let Err(error) = checksig_core::check_signatures(root) else { unreachable!() };
    /// let checksig_core::ErrorKind::NotVerified(report) = error.into_kind() else { unreachable!() };
    /// assert_eq!(report.outcomes[0].finding().to_string(), "missing");
    /// ```
    pub fn finding(&self) -> Finding {
        Finding {
            status: self.status,
            expected: self.expected(),
            algorithm_assumed: self.algorithm_assumed(),
            actual: self.actual(),
            errno: self.errno(),
            offset: self.offset(),
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
        self.finding().fmt(f)
    }
}

/// Displays as the [`Outcome`] that it is of.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.status.words())?;
        if let Some(actual) = self.actual.filter(|actual| *actual != self.expected) {
            write!(f, ": expected {} {}, actual {actual}", self.expected.algorithm(), self.expected)?;
            if self.algorithm_assumed {
                f.write_str(" (the algorithm was assumed from the digest's length)")?;
            }
        }
        if let Some(errno) = self.errno {
            write!(f, ": {}", io::Error::from_raw_os_error(errno))?;
        }
        if let Some(offset) = self.offset {
            write!(f, ", at byte {offset}")?;
        }
        f.write_str(match self.status {
            Status::UnsafePath => ": it leads outside the directory of the list, or may; not opened",
            Status::NotAFile => ": a directory, FIFO, socket or device",
            Status::Collision => ": made so that another file has the same digest",
            Status::Conflict => ": the lists give this file different digests; not read",
            _ => "",
        })
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self}", self.path())
    }
}
