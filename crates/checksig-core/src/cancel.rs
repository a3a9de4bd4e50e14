//! Stopping a run from anywhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that stops a run. Clones are the same flag; it can be set from any thread, also from a signal handler
/// through the [`AtomicBool`] that it was made from. It stays set: a run started with it ends at once.
///
/// ```
/// use checksig_core::CancelToken;
/// let token = CancelToken::new();
/// let same = token.clone();
/// same.cancel();
/// assert!(token.is_cancelled());
/// ```
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token that is not set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks every run that holds this token to stop. Returns at once; the run stops at its next buffer.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl From<Arc<AtomicBool>> for CancelToken {
    /// The token that is cancelled when `flag` is true.
    fn from(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }
}
