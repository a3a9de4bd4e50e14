//! Large files that are open and not begun: the largest is begun first, so that it is not the last one running.
//!
//! Sizes are only known of files that are open, and looking every file up twice would cost more than it gains where all
//! are small. So workers open on past large files, and hash the small ones that they meet at once.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::input::Input;

/// A file of at least so many bytes is worth finding the right time for.
pub(super) const LARGE: u64 = 1024 * 1024;
/// How many large files may be open for that.
const MOST: usize = 256;

/// Shared by the workers of a run.
#[derive(Default)]
pub(super) struct Ahead {
    files: Mutex<BinaryHeap<Large>>,
    /// How many there are: spares the lock where all files are small.
    len: AtomicUsize,
}

/// A large file, ordered by its size; of files of one size the first of the list is the greatest.
pub(super) struct Large {
    pub(super) job: u32,
    pub(super) input: Input,
}

impl Ahead {
    pub(super) fn push(&self, file: Large) {
        let mut files = self.lock();
        files.push(file);
        self.len.store(files.len(), Relaxed);
    }

    /// The largest.
    pub(super) fn pop(&self) -> Option<Large> {
        if self.len.load(Relaxed) == 0 {
            return None;
        }
        let mut files = self.lock();
        let largest = files.pop();
        self.len.store(files.len(), Relaxed);
        largest
    }

    pub(super) fn is_full(&self) -> bool {
        self.len.load(Relaxed) >= MOST
    }

    fn lock(&self) -> MutexGuard<'_, BinaryHeap<Large>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Large {
    fn rank(&self) -> (u64, std::cmp::Reverse<u32>) {
        (self.input.left(), std::cmp::Reverse(self.job))
    }
}

impl Ord for Large {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Large {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Large {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Large {}
