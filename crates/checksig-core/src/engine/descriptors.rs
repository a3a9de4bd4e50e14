//! Running out of file descriptors (`EMFILE`, `ENFILE`): files wait until one of ours is closed.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::Sender;

/// Counts the open files of a run, and keeps the jobs that could not be opened for want of a descriptor.
pub(super) struct Descriptors {
    open: AtomicUsize,
    /// Whether `starved` may hold something: spares the lock at every close.
    starving: AtomicBool,
    starved: Mutex<Vec<u32>>,
    retry: Sender<u32>,
}

impl Descriptors {
    pub(super) fn new(retry: Sender<u32>) -> Self {
        Self { open: AtomicUsize::new(0), starving: AtomicBool::new(false), starved: Mutex::default(), retry }
    }

    /// Counts a file as open until the guard is dropped.
    pub(super) fn opened(self: &Arc<Self>) -> OpenGuard {
        self.open.fetch_add(1, Ordering::SeqCst);
        OpenGuard(self.clone())
    }

    /// Keeps a job until a file is closed, then sends it to `retry`. `false` if no file is open: nothing to wait for.
    pub(super) fn wait_for_close(&self, job: u32) -> bool {
        let mut starved = self.starved();
        // Before `open` is read: whoever closes the last file after this sees it, and waits for the lock.
        self.starving.store(true, Ordering::SeqCst);
        if self.open.load(Ordering::SeqCst) == 0 {
            return false;
        }
        starved.push(job);
        true
    }

    fn starved(&self) -> MutexGuard<'_, Vec<u32>> {
        self.starved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open file.
pub(super) struct OpenGuard(Arc<Descriptors>);

impl Drop for OpenGuard {
    fn drop(&mut self) {
        let descriptors = &*self.0;
        descriptors.open.fetch_sub(1, Ordering::SeqCst);
        if descriptors.starving.load(Ordering::SeqCst) {
            let mut starved = descriptors.starved();
            descriptors.starving.store(false, Ordering::SeqCst);
            for job in starved.drain(..) {
                // Refused only when the run is over.
                let _ = descriptors.retry.send(job);
            }
        }
    }
}
