//! The progress bar on standard error.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use checksig_core::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Runs that are over sooner never show a bar.
const DELAY: Duration = Duration::from_millis(500);

/// Without colours: nothing needs them to be understood.
const TEMPLATE: &str = "{bar:28} {percent:>3}%  {decimal_bytes} of about {decimal_total_bytes}  \
                        {decimal_bytes_per_sec}  {eta} left  {msg}";

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
            ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr())
                .with_style(style)
                .with_elapsed(started.elapsed())
        });
        bar.set_length(progress.expected_bytes.max(progress.bytes));
        bar.set_position(progress.bytes);
        bar.set_message(match progress.failures {
            0 => String::new(),
            failures => format!("{failures} failed"),
        });
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
