//! The cancel token, and telling one run to stop without stopping the others that share its token.

use std::process;

use pyo3::prelude::*;

use crate::errors::ChecksigError;

/// Stops every run that it was given to. It may be cancelled from any thread and from a signal handler, and stays
/// cancelled: a run that is started with it ends at once, and its report is marked incomplete.
///
/// >>> token = checksig.CancelToken()
/// >>> token.cancel()
/// >>> token.cancelled
/// True
/// >>> checksig.verify("examples/logs", cancel=token).complete
/// False
#[pyclass(frozen, module = "checksig")]
#[derive(Default)]
pub(crate) struct CancelToken(checksig_core::CancelToken);

#[pymethods]
impl CancelToken {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Asks every run that has this token to stop. Returns at once.
    fn cancel(&self) {
        self.0.cancel();
    }

    /// Whether it was cancelled.
    #[getter]
    fn cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    fn __repr__(&self) -> &'static str {
        if self.0.is_cancelled() { "<CancelToken: cancelled>" } else { "<CancelToken>" }
    }
}

/// What can end a run from outside: its own token, the caller's, and a fork, whose child has none of its threads.
pub(crate) struct Stop {
    own: checksig_core::CancelToken,
    callers: Option<checksig_core::CancelToken>,
    process: u32,
}

impl Stop {
    pub(crate) fn new(callers: Option<&CancelToken>) -> Self {
        let callers = callers.map(|token| token.0.clone());
        Self { own: checksig_core::CancelToken::new(), callers, process: process::id() }
    }

    /// The run's own token.
    pub(crate) fn token(&self) -> checksig_core::CancelToken {
        self.own.clone()
    }

    pub(crate) fn cancel(&self) {
        self.own.cancel();
    }

    /// Whether the run is to end. Passes on what the caller wants.
    pub(crate) fn is_cancelled(&self) -> bool {
        if self.callers.as_ref().is_some_and(checksig_core::CancelToken::is_cancelled) {
            self.own.cancel();
        }
        self.own.is_cancelled()
    }

    /// Whether this is a child, forked while the run was under way: its threads are not here, and its locks may be held
    /// by one of them for ever.
    pub(crate) fn is_forked(&self) -> bool {
        process::id() != self.process
    }

    pub(crate) fn not_forked(&self) -> PyResult<()> {
        if self.is_forked() {
            let message =
                "this run was started before the process was forked, and goes on in the parent only";
            return Err(ChecksigError::new_err(message));
        }
        Ok(())
    }
}
