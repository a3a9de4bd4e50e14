//! SIGINT, SIGTERM and SIGHUP: the first one ends a run with a partial summary, the second one ends the process.

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use checksig_core::CancelToken;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};

/// What signals have come.
pub(crate) struct Signals {
    cancelled: Arc<AtomicBool>,
    /// Whether the next signal ends the process at once.
    deadly: Arc<AtomicBool>,
    first: Arc<AtomicUsize>,
}

impl Signals {
    /// Takes the signals. Until [`run_begins`](Self::run_begins) each of them still ends the process at once: a list
    /// may come from a pipe that never ends.
    pub(crate) fn take() -> io::Result<Self> {
        let signals = Self {
            cancelled: Arc::new(AtomicBool::new(false)),
            deadly: Arc::new(AtomicBool::new(true)),
            first: Arc::new(AtomicUsize::new(0)),
        };
        let ignored = ignored_signals();
        for signal in [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0)
        {
            // In this order: a signal ends the process only if another came before it.
            signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, signals.deadly.clone())?;
            signal_hook::flag::register_usize(signal, signals.first.clone(), signal as usize)?;
            signal_hook::flag::register(signal, signals.cancelled.clone())?;
            signal_hook::flag::register(signal, signals.deadly.clone())?;
        }
        // A limit on the size of files is an error of a write, not the end of the process.
        signal_hook::flag::register(SIGXFSZ, Arc::default())?;
        Ok(signals)
    }

    /// From now on the first signal only cancels.
    pub(crate) fn run_begins(&self) {
        self.deadly.store(false, Ordering::SeqCst);
    }

    /// Cancelled by the first signal.
    pub(crate) fn token(&self) -> CancelToken {
        self.cancelled.clone().into()
    }

    /// The signal that came, if one did.
    pub(crate) fn received(&self) -> Option<u8> {
        u8::try_from(self.first.load(Ordering::SeqCst)).ok().filter(|&signal| signal != 0)
    }
}

/// The signals that whoever started the program wants to be ignored (`nohup`), signal 1 in the lowest bit. Only Linux
/// tells without `unsafe`; elsewhere none.
fn ignored_signals() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
