//! Hashing files, as something that Python pulls from.

use std::ffi::OsStr;
use std::mem;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use checksig_core::{HashFiles, HashedFile};
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyList;

use crate::cancel::{CancelToken, Stop};
use crate::errors::{self, ChecksigError};

/// How long a pull waits.
const TICK: Duration = Duration::from_millis(50);
/// How many results one pull tells at most, and may wait for it.
const BATCH: usize = 1024;

/// Files that are being hashed.
#[pyclass(frozen, module = "checksig._checksig")]
pub(crate) struct HashRun {
    stop: Stop,
    /// In the order of the files. `None`: closed.
    results: Mutex<Option<Receiver<HashedFile>>>,
}

#[pymethods]
impl HashRun {
    #[new]
    fn new(
        py: Python<'_>,
        paths: Vec<PyBackedBytes>,
        algorithm: &str,
        threads: usize,
        reads: usize,
        cancel: Option<&CancelToken>,
    ) -> PyResult<Self> {
        let stop = Stop::new(cancel);
        // A token that is cancelled already is heard before the first file.
        stop.is_cancelled();
        let algorithm = errors::algorithm(algorithm)?;
        let files = paths.iter().map(|path| PathBuf::from(OsStr::from_bytes(path))).collect();
        let token = stop.token();
        let hashing = py
            .detach(move || HashFiles::start_with(files, algorithm, threads, reads, token))
            .map_err(|error| errors::exception(py, &error, None))?;
        let (sender, results) = bounded(BATCH);
        // `HashFiles` waits for its next file however long that takes; a pull must not.
        thread::Builder::new()
            .name("checksig-hashes".into())
            .spawn(move || hashing.map(|file| sender.send(file)).take_while(Result::is_ok).for_each(drop))
            .map_err(|error| ChecksigError::new_err(format!("cannot start a thread: {error}")))?;
        Ok(Self { stop, results: Mutex::new(Some(results)) })
    }

    /// The next results: a list, perhaps empty, of digests in hex and of exceptions; None after the last.
    fn pull<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyList>>> {
        self.stop.not_forked()?;
        py.check_signals()?;
        let Some(files) = py.detach(|| self.receive()) else { return Ok(None) };
        let results = files.into_iter().map(|HashedFile { path, checksum }| match checksum {
            Ok(checksum) => Ok(checksum.to_string().into_pyobject(py)?.into_any()),
            Err(error) => {
                let exception = errors::exception(py, &error, Some(path.as_os_str().as_bytes()));
                Ok(exception.into_value(py).into_bound(py).into_any())
            }
        });
        PyList::new(py, results.collect::<PyResult<Vec<_>>>()?).map(Some)
    }

    /// Ends it. Never waits for a read, nor for a pull that another thread is in.
    fn close(&self) {
        self.stop.cancel();
        if !self.stop.is_forked()
            && let Ok(mut results) = self.results.try_lock()
        {
            *results = None;
        }
    }
}

impl HashRun {
    fn receive(&self) -> Option<Vec<HashedFile>> {
        self.stop.is_cancelled();
        let results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        let results = results.as_ref()?;
        match results.recv_timeout(TICK) {
            Ok(first) => Some([first].into_iter().chain(results.try_iter().take(BATCH - 1)).collect()),
            Err(RecvTimeoutError::Timeout) => Some(Vec::new()),
            Err(RecvTimeoutError::Disconnected) => None,
        }
    }
}

impl Drop for HashRun {
    fn drop(&mut self) {
        if self.stop.is_forked() {
            // Its locks may be held for ever by threads that are not here.
            mem::forget(self.results.get_mut().unwrap_or_else(PoisonError::into_inner).take());
        } else {
            self.stop.cancel();
        }
    }
}
