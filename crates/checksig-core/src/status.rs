//! The closed list of what can become of an entry.

use std::fmt;

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
    /// The file carries a known collision attack on the algorithm, whatever its digest. Only
    /// [`detect_collisions`](crate::Verifier::detect_collisions) looks for any.
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
