//! Results on their way to the thread that started the run: in batches, because waking a thread costs as much as
//! verifying a small file.

use std::any::Any;
use std::convert::Infallible;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError, select};

use super::input::Failure;

const BATCH: usize = 128;
/// A result waits no longer than this for its batch to fill.
const PATIENCE: Duration = Duration::from_millis(10);

/// What came of one file.
pub(crate) struct Done<T> {
    pub(crate) job: u32,
    pub(crate) result: Result<T, Failure>,
}

pub(super) enum Message<T> {
    Done(Vec<Done<T>>),
    Panicked(String),
}

pub(super) struct Reporter<T> {
    batch: Vec<Done<T>>,
    oldest: Instant,
    results: Sender<Message<T>>,
    stop: Receiver<Infallible>,
}

impl<T> Reporter<T> {
    pub(super) fn new(results: Sender<Message<T>>, stop: Receiver<Infallible>) -> Self {
        Self { batch: Vec::with_capacity(BATCH), oldest: Instant::now(), results, stop }
    }

    pub(super) fn report(&mut self, done: Done<T>) {
        if self.batch.is_empty() {
            self.oldest = Instant::now();
        }
        self.batch.push(done);
        if self.batch.len() >= BATCH {
            self.flush();
        }
    }

    /// Sends the batch if its oldest result has waited long enough.
    pub(super) fn flush_if_due(&mut self) {
        if !self.batch.is_empty() && self.oldest.elapsed() >= PATIENCE {
            self.flush();
        }
    }

    /// Sends the batch; waits while the caller does not keep up, unless the run is over.
    pub(super) fn flush(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        // Not `select` at once: it would drop the batch half the time when the run was cancelled.
        if let Err(TrySendError::Full(batch)) = self.results.try_send(Message::Done(batch)) {
            select! {
                send(self.results, batch) -> _ => {}
                recv(self.stop) -> _ => {}
            }
        }
    }
}

pub(super) fn report_panic<T>(
    results: &Sender<Message<T>>,
    stop: &Receiver<Infallible>,
    payload: &(dyn Any + Send),
) {
    let what = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let what = what.or_else(|| payload.downcast_ref::<String>().cloned());
    let what = what.unwrap_or_else(|| "no message".to_owned());
    select! {
        send(results, Message::Panicked(what)) -> _ => {}
        recv(stop) -> _ => {}
    }
}
