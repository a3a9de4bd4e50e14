//! The table of faults, `vectors/faults.txt`. What its words mean is written down in `vectors/README.md`.
#![allow(dead_code, reason = "no test program uses all of it")]

use std::path::Path;

use rustix::io::Errno;

/// What may fail, and what must come of it.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// What fails: `target.read`.
    pub place: String,
    /// How: an error of the system (`EIO`), or `truncated`, `closed` …
    pub fault: String,
    /// When: `first`, `once` …; empty: always.
    pub when: String,
    pub ways: Vec<String>,
    pub outcome: String,
}

const ERRNOS: &[(&str, Errno)] = &[
    ("EACCES", Errno::ACCESS),
    ("EAGAIN", Errno::AGAIN),
    ("EINTR", Errno::INTR),
    ("EIO", Errno::IO),
    ("EISDIR", Errno::ISDIR),
    ("ELOOP", Errno::LOOP),
    ("EMFILE", Errno::MFILE),
    ("ENAMETOOLONG", Errno::NAMETOOLONG),
    ("ENFILE", Errno::NFILE),
    ("ENOENT", Errno::NOENT),
    ("ENOMEM", Errno::NOMEM),
    ("ENOTDIR", Errno::NOTDIR),
    ("ENXIO", Errno::NXIO),
    ("EOVERFLOW", Errno::OVERFLOW),
    ("EPERM", Errno::PERM),
    ("ESTALE", Errno::STALE),
    ("ETIMEDOUT", Errno::TIMEDOUT),
    ("EXDEV", Errno::XDEV),
];

impl Cell {
    pub fn all() -> Vec<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/faults.txt");
        let text = std::fs::read_to_string(path).expect("the table of faults");
        text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(Self::parse).collect()
    }

    fn parse(line: &str) -> Self {
        let mut fields = line.split_whitespace();
        let mut next = || fields.next().unwrap_or_else(|| panic!("not a cell: {line}")).to_owned();
        let (place, fault, ways) = (next(), next(), next());
        let (fault, when) = fault.split_once('@').unwrap_or((&fault, ""));
        Self {
            place,
            fault: fault.to_owned(),
            when: when.to_owned(),
            ways: ways.split(',').map(str::to_owned).collect(),
            outcome: fields.collect::<Vec<_>>().join(" "),
        }
    }

    /// Its place in the table: `target.read EIO@middle`.
    pub fn name(&self) -> String {
        let at = if self.when.is_empty() { "" } else { "@" };
        format!("{} {}{at}{}", self.place, self.fault, self.when)
    }

    /// The error that is injected.
    pub fn errno(&self) -> Errno {
        errno(&self.fault)
    }

    /// For a target: the word for its status, and the error number that is told.
    pub fn status(&self) -> (&str, Option<i32>) {
        match self.outcome.split_once(' ') {
            Some((status, name)) => (status, Some(errno(name).raw_os_error())),
            None => (&self.outcome, None),
        }
    }

    /// Where reading must have got to in a file of this length, if the outcome tells that.
    pub fn offsets(&self, len: u64) -> Option<std::ops::RangeInclusive<u64>> {
        self.status().1?;
        match (self.place.as_str(), self.when.as_str()) {
            ("target.read", "first") => Some(0..=0),
            ("target.read", "middle") => Some(1..=len * 3 / 4),
            // The last of several chunks.
            ("target.read", "last") => Some(len / 2..=len - 1),
            ("target.fstat", "end") => Some(len..=len),
            _ => None,
        }
    }
}

fn errno(name: &str) -> Errno {
    let found = ERRNOS.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("{name} is no error that the tests know")).1
}
