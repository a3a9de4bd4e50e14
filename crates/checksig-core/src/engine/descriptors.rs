//! Running out of file descriptors (`EMFILE`, `ENFILE`): files wait until one of ours is closed.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::Sender;

/// Counts the open files of a run, and keeps the jobs that could not be opened for want of a descriptor.
pub(super) struct Descriptors {
    /// Files that are open or being opened.
    open: AtomicUsize,
    /// How often one of them was closed, or an attempt came to nothing.
    closes: AtomicUsize,
    /// Whether `starved` may hold something: spares the lock at every close.
    starving: AtomicBool,
    starved: Mutex<Vec<u32>>,
    retry: Sender<u32>,
}

impl Descriptors {
    pub(super) fn new(retry: Sender<u32>) -> Self {
        Self {
            open: AtomicUsize::new(0),
            closes: AtomicUsize::new(0),
            starving: AtomicBool::new(false),
            starved: Mutex::default(),
            retry,
        }
    }

    /// Counts a file as open until the guard is dropped. To be called before it is opened: another thread that finds no
    /// descriptor meanwhile must know who has it.
    pub(super) fn opening(self: &Arc<Self>) -> OpenGuard {
        let closes = self.closes.load(Ordering::SeqCst);
        self.open.fetch_add(1, Ordering::SeqCst);
        OpenGuard { descriptors: self.clone(), closes, counted: true }
    }

    /// Whether files wait for a descriptor.
    pub(super) fn are_short(&self) -> bool {
        self.starving.load(Ordering::Relaxed)
    }

    fn starved(&self) -> MutexGuard<'_, Vec<u32>> {
        self.starved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send_all(&self, starved: &mut Vec<u32>) {
        self.starving.store(false, Ordering::SeqCst);
        for job in starved.drain(..) {
            // Refused only when the run is over.
            let _ = self.retry.send(job);
        }
    }
}

/// An open file, or one being opened.
pub(super) struct OpenGuard {
    descriptors: Arc<Descriptors>,
    /// How many closes there had been before.
    closes: usize,
    counted: bool,
}

/// What to do when there was no descriptor.
pub(super) enum NoDescriptor {
    /// Nothing: the job is sent to `retry` when another file is closed.
    Waits,
    /// Try again: a file was closed meanwhile.
    Again,
    /// Give up: none of our files was open all the time.
    Hopeless,
}

impl OpenGuard {
    /// The attempt to open the file of this job found no descriptor.
    pub(super) fn found_no_descriptor(mut self, job: u32) -> NoDescriptor {
        self.counted = false;
        let descriptors = &*self.descriptors;
        let mut starved = descriptors.starved();
        // Before `open` is read: whoever closes a file after this sees it, and waits for the lock.
        descriptors.starving.store(true, Ordering::SeqCst);
        if descriptors.open.fetch_sub(1, Ordering::SeqCst) > 1 {
            starved.push(job);
            NoDescriptor::Waits
        } else if descriptors.closes.load(Ordering::SeqCst) != self.closes {
            NoDescriptor::Again
        } else {
            // Others may wait for this attempt.
            descriptors.send_all(&mut starved);
            NoDescriptor::Hopeless
        }
    }
}

impl Drop for OpenGuard {
    fn drop(&mut self) {
        if !self.counted {
            return;
        }
        let descriptors = &*self.descriptors;
        descriptors.closes.fetch_add(1, Ordering::SeqCst);
        descriptors.open.fetch_sub(1, Ordering::SeqCst);
        if descriptors.starving.load(Ordering::SeqCst) {
            // One for one: of all that wait, all but one would find none again.
            let mut starved = descriptors.starved();
            let job = starved.pop();
            descriptors.starving.store(!starved.is_empty(), Ordering::SeqCst);
            if let Some(job) = job {
                // Refused only when the run is over.
                let _ = descriptors.retry.send(job);
            }
        }
    }
}
