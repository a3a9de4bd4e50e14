//! What became of one entry, as a Python object.

use std::sync::Arc;

use checksig_core::{Finding, Quoted, Status};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::{classes, errors};

/// What became of one entry of a list. Frozen, hashable, comparable and picklable.
///
/// `str(outcome)` says it in a sentence that is safe to print, whatever the name holds.
///
/// >>> outcome = checksig.verify("examples/damaged").outcomes[1]
/// >>> outcome.path, outcome.status
/// ('httpd-06.log', <Status.MISSING: 'missing'>)
/// >>> print(outcome)
/// httpd-06.log: missing
#[pyclass(frozen, eq, hash, module = "checksig")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Outcome {
    path: Box<[u8]>,
    /// Shared: a million outcomes are of one list.
    list: Arc<[u8]>,
    line: u64,
    finding: Finding,
}

impl Outcome {
    /// `last_list` is the name of the last outcome's list, most often this one's too.
    pub(crate) fn new(outcome: &checksig_core::Outcome, last_list: &mut Arc<[u8]>) -> Self {
        if last_list[..] != *outcome.list() {
            *last_list = outcome.list().into();
        }
        let path = outcome.path().as_bytes().into();
        Self { path, list: last_list.clone(), line: outcome.line(), finding: outcome.finding() }
    }
}

#[pymethods]
impl Outcome {
    #[new]
    #[pyo3(signature = (path, status, *, list, line, algorithm, expected, actual=None, errno=None, offset=None,
                        algorithm_assumed=false))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments, one for each fact")]
    fn from_parts(
        path: &Bound<'_, PyAny>,
        status: &str,
        list: &Bound<'_, PyAny>,
        line: u64,
        algorithm: &str,
        expected: &str,
        actual: Option<&str>,
        errno: Option<i32>,
        offset: Option<u64>,
        algorithm_assumed: bool,
    ) -> PyResult<Self> {
        let algorithm = errors::algorithm(algorithm)?;
        let status = Status::ALL
            .into_iter()
            .find(|known| known.name() == status)
            .ok_or_else(|| PyValueError::new_err(format!("no status is called {status:?}")))?;
        let finding = Finding {
            status,
            expected: errors::checksum(algorithm, expected)?,
            algorithm_assumed,
            actual: actual.map(|hex| errors::checksum(algorithm, hex)).transpose()?,
            errno,
            offset,
        };
        let (path, list) = (classes::file_name_bytes(path)?, classes::file_name_bytes(list)?);
        Ok(Self { path, list: list.into(), line, finding })
    }

    /// The name of the file, as the list gives it; bytes that are no text as `os.fsdecode` has them.
    #[getter]
    fn path<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::file_name(py, &self.path)
    }

    /// The name's very bytes.
    #[getter]
    fn path_bytes(&self) -> &[u8] {
        &self.path
    }

    /// What became of the entry.
    #[getter]
    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::status(py, self.finding.status)
    }

    /// The name of the list that the entry is in.
    #[getter]
    fn list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::file_name(py, &self.list)
    }

    /// The number of its line in the list; the first is 1.
    #[getter]
    fn line(&self) -> u64 {
        self.line
    }

    /// The algorithm of the digests.
    #[getter]
    fn algorithm<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::algorithm(py, self.finding.expected.algorithm())
    }

    /// Whether the algorithm was only inferred from the digest's length.
    #[getter]
    fn algorithm_assumed(&self) -> bool {
        self.finding.algorithm_assumed
    }

    /// The digest that the list gives, in lower-case hex.
    #[getter]
    fn expected(&self) -> String {
        self.finding.expected.to_string()
    }

    /// The digest that the file has, for a mismatch or a collision.
    #[getter]
    fn actual(&self) -> Option<String> {
        self.finding.actual.map(|checksum| checksum.to_string())
    }

    /// The operating system's error number, if one made the file unreadable.
    #[getter]
    fn errno(&self) -> Option<i32> {
        self.finding.errno
    }

    /// How many bytes could be read before an error; None also where the file could not even be opened.
    #[getter]
    fn offset(&self) -> Option<u64> {
        self.finding.offset
    }

    /// What there is to say, without the name: `mismatch: expected sha1 …, actual …`.
    #[getter]
    fn message(&self) -> String {
        self.finding.to_string()
    }

    /// All of it in plain types. `path` and `list` are text that every library takes, with U+FFFD for bytes that are not
    /// UTF-8; `path_bytes` are the very bytes.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let row = PyDict::new(py);
        row.set_item("list", String::from_utf8_lossy(&self.list))?;
        row.set_item("line", self.line)?;
        row.set_item("path", String::from_utf8_lossy(&self.path))?;
        row.set_item("path_bytes", PyBytes::new(py, &self.path))?;
        row.set_item("algorithm", self.finding.expected.algorithm().name())?;
        row.set_item("algorithm_assumed", self.finding.algorithm_assumed)?;
        row.set_item("status", self.finding.status.name())?;
        row.set_item("expected", self.expected())?;
        row.set_item("actual", self.actual())?;
        row.set_item("errno", self.finding.errno)?;
        row.set_item("offset", self.finding.offset)?;
        Ok(row)
    }

    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        let keywords = self.to_dict(py)?;
        for positional in ["path", "path_bytes", "status"] {
            keywords.del_item(positional)?;
        }
        keywords.set_item("list", PyBytes::new(py, &self.list))?;
        let arguments = (PyBytes::new(py, &self.path), self.finding.status.name());
        Ok((arguments.into_pyobject(py)?, keywords))
    }

    fn __str__(&self) -> String {
        format!("{}: {}", Quoted(&self.path), self.finding)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (path, list) = (self.path(py)?.repr()?, self.list(py)?.repr()?);
        let Finding { status, expected, algorithm_assumed, actual, errno, offset } = &self.finding;
        let mut text = format!(
            "Outcome({path}, '{status}', list={list}, line={}, algorithm='{}', expected='{expected}'",
            self.line,
            expected.algorithm()
        );
        if let Some(actual) = actual {
            text += &format!(", actual='{actual}'");
        }
        if let Some(errno) = errno {
            text += &format!(", errno={errno}");
        }
        if let Some(offset) = offset {
            text += &format!(", offset={offset}");
        }
        if *algorithm_assumed {
            text += ", algorithm_assumed=True";
        }
        Ok(text + ")")
    }
}
