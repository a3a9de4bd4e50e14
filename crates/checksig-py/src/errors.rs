//! The core's errors as Python exceptions. The classes are defined in Python: in Rust, the stable interface allows that from
//! Python 3.12 on only.

use std::io;

use checksig_core::{Algorithm, Checksum, Error, ErrorKind};
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;

use crate::classes::file_name;

pyo3::import_exception!(checksig._errors, ChecksigError);
pyo3::import_exception!(checksig._errors, ManifestError);

/// The exception for an error; `path` is the file that the operation was about, if it was one.
pub(crate) fn exception(py: Python<'_>, error: &Error, path: Option<&[u8]>) -> PyErr {
    let message = error.to_string();
    match error.kind() {
        ErrorKind::UnknownAlgorithm | ErrorKind::InvalidInput => PyValueError::new_err(message),
        ErrorKind::NoList => ManifestError::new_err(message),
        ErrorKind::UnreadableList(cause) => caused(py, ManifestError::new_err(message), cause),
        ErrorKind::UnreadableRoot(cause) => caused(py, ChecksigError::new_err(message), cause),
        ErrorKind::UnreadableFile(cause) => {
            os_error(py, cause, path).unwrap_or_else(|| ChecksigError::new_err(message))
        }
        _ => ChecksigError::new_err(message),
    }
}

/// The exception that Python itself would raise: `FileNotFoundError`, `PermissionError` …
fn os_error(py: Python<'_>, error: &io::Error, path: Option<&[u8]>) -> Option<PyErr> {
    let errno = error.raw_os_error()?;
    let text = py.import("os").and_then(|os| os.call_method1("strerror", (errno,))).ok()?.unbind();
    Some(match path.map(|path| file_name(py, path)) {
        Some(Ok(name)) => PyOSError::new_err((errno, text, name.unbind())),
        _ => PyOSError::new_err((errno, text)),
    })
}

fn caused(py: Python<'_>, exception: PyErr, cause: &io::Error) -> PyErr {
    exception.set_cause(py, os_error(py, cause, None));
    exception
}

/// The algorithm that has this name or alias.
pub(crate) fn algorithm(name: &str) -> PyResult<Algorithm> {
    name.parse().map_err(|error: Error| PyValueError::new_err(error.to_string()))
}

/// The checksum that is written so.
pub(crate) fn checksum(algorithm: Algorithm, hex: &str) -> PyResult<Checksum> {
    Checksum::from_hex(algorithm, hex).ok_or_else(|| {
        PyValueError::new_err(format!(
            "not a digest of {algorithm} ({} hex digits): {hex:?}",
            2 * algorithm.digest_len()
        ))
    })
}
