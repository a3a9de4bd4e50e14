//! The progress bar on standard error.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use checksig_core::{HumanBytes, Progress};
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Runs that are over sooner never show a bar.
const DELAY: Duration = Duration::from_millis(500);

/// Without colours: nothing needs them to be understood.
const TEMPLATE: &str = "{bar:28} {percent:>3}%  {msg}";

/// A bar, if standard error is a terminal.
pub(crate) struct Bar {
    started: Instant,
    bar: Option<ProgressBar>,
    wanted: bool,
}

impl Bar {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), bar: None, wanted: io::stderr().is_terminal() }
    }

    pub(crate) fn show(&mut self, progress: &Progress) {
        if !self.wanted || self.started.elapsed() < DELAY {
            return;
        }
        let started = self.started;
        let bar = self.bar.get_or_insert_with(|| {
            let style =
                ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
            // Each change is drawn: it is shown when the first three are made.
            ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
                .with_style(style)
                .with_elapsed(started.elapsed())
        });
        bar.set_message(message(progress, started.elapsed()));
        bar.set_length(progress.expected_bytes.max(progress.bytes));
        bar.set_position(progress.bytes);
        if bar.is_hidden() {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// Does something to the terminal while the bar is out of the way.
    pub(crate) fn aside<T>(&self, action: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(action),
            None => action(),
        }
    }

    pub(crate) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Bytes, rate, time left and failures. Computed from the whole run: indicatif's own rate begins with the bar, which
/// comes late.
fn message(progress: &Progress, elapsed: Duration) -> String {
    let expected = progress.expected_bytes.max(progress.bytes);
    let rate = progress.bytes as f64 / elapsed.as_secs_f64().max(1e-9);
    let left = (expected - progress.bytes) as f64 / rate.max(1.0);
    let left = HumanDuration(Duration::try_from_secs_f64(left).unwrap_or(Duration::MAX));
    let (done, all, rate) = (HumanBytes(progress.bytes), HumanBytes(expected), HumanBytes(rate as u64));
    let failed = match progress.failures {
        0 => String::new(),
        failures => format!("  {failures} failed"),
    };
    format!("{done} of about {all}  {rate}/s  {left:#} left{failed}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_whole_run() {
        let progress =
            Progress { bytes: 3_000_000_000, expected_bytes: 9_000_000_000, entries: 4, failures: 2 };
        let message = message(&progress, Duration::from_secs(3));
        assert_eq!(message, "3.0 GB of about 9.0 GB  1.0 GB/s  6s left  2 failed");
    }
}
