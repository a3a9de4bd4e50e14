//! Parsed lists.

use checksig_core::{Checksum, Manifest, ParseOptions, Reason};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::classes::{self, Class};
use crate::errors;

static MALFORMED_LINE: Class = Class::new("checksig._report", "MalformedLine");

/// An entry of a list: this file has this checksum.
///
/// >>> manifest = checksig.parse(b"d41d8cd98f00b204e9800998ecf8427e  empty\n")
/// >>> manifest[0]
/// Entry('empty', algorithm='md5', digest='d41d8cd98f00b204e9800998ecf8427e', line=1, algorithm_assumed=True)
#[pyclass(frozen, eq, hash, module = "checksig")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Entry {
    path: Box<[u8]>,
    checksum: Checksum,
    line: u64,
    assumed: bool,
}

#[pymethods]
impl Entry {
    #[new]
    #[pyo3(signature = (path, *, algorithm, digest, line, algorithm_assumed=false))]
    fn new(
        path: &Bound<'_, PyAny>,
        algorithm: &str,
        digest: &str,
        line: u64,
        algorithm_assumed: bool,
    ) -> PyResult<Self> {
        Ok(Self {
            path: classes::file_name_bytes(path)?,
            checksum: errors::checksum(errors::algorithm(algorithm)?, digest)?,
            line,
            assumed: algorithm_assumed,
        })
    }

    /// The name of the file, escapes undone; bytes that are no text as `os.fsdecode` has them.
    #[getter]
    fn path<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::file_name(py, &self.path)
    }

    /// The name's very bytes.
    #[getter]
    fn path_bytes(&self) -> &[u8] {
        &self.path
    }

    /// The algorithm of the digest.
    #[getter]
    fn algorithm<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        classes::algorithm(py, self.checksum.algorithm())
    }

    /// Whether the algorithm was only inferred from the digest's length.
    #[getter]
    fn algorithm_assumed(&self) -> bool {
        self.assumed
    }

    /// The digest in lower-case hex.
    #[getter]
    fn digest(&self) -> String {
        self.checksum.to_string()
    }

    /// The number of its line; the first is 1.
    #[getter]
    fn line(&self) -> u64 {
        self.line
    }

    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        let keywords = PyDict::new(py);
        keywords.set_item("algorithm", self.checksum.algorithm().name())?;
        keywords.set_item("digest", self.digest())?;
        keywords.set_item("line", self.line)?;
        keywords.set_item("algorithm_assumed", self.assumed)?;
        Ok((PyTuple::new(py, [PyBytes::new(py, &self.path)])?, keywords))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let assumed = if self.assumed { ", algorithm_assumed=True" } else { "" };
        let (path, algorithm) = (self.path(py)?.repr()?, self.checksum.algorithm());
        let (digest, line) = (self.checksum, self.line);
        Ok(format!("Entry({path}, algorithm='{algorithm}', digest='{digest}', line={line}{assumed})"))
    }
}

/// A parsed list: its entries, its malformed lines, and how many lines there are in all, blank, and comments.
type Parsed<'py> = (Bound<'py, PyTuple>, Bound<'py, PyTuple>, u64, u64, u64);

/// Parses a list.
#[pyfunction]
pub(crate) fn parse<'py>(
    py: Python<'py>,
    data: &[u8],
    algorithm: Option<&str>,
    list_name: &[u8],
) -> PyResult<Parsed<'py>> {
    let mut options = ParseOptions::default().list_name(list_name);
    if let Some(name) = algorithm {
        options = options.algorithm(errors::algorithm(name)?);
    }
    let manifest = py.detach(|| Manifest::parse(data, &options));
    let entry = |entry: checksig_core::Entry<'_>| Entry {
        path: entry.path().as_bytes().into(),
        checksum: entry.checksum(),
        line: entry.line(),
        assumed: entry.algorithm_assumed(),
    };
    let entries = manifest.entries().map(|e| Bound::new(py, entry(e))).collect::<PyResult<Vec<_>>>()?;
    let malformed = manifest.malformed().iter().map(|m| malformed_line(py, list_name, m.line, m.reason));
    let malformed = malformed.collect::<PyResult<Vec<_>>>()?;
    let lines = manifest.lines();
    let (entries, malformed) = (PyTuple::new(py, entries)?, PyTuple::new(py, malformed)?);
    Ok((entries, malformed, lines.total, lines.blank, lines.comments))
}

/// A line that is not an entry.
pub(crate) fn malformed_line<'py>(
    py: Python<'py>,
    list: &[u8],
    line: u64,
    reason: Reason,
) -> PyResult<Bound<'py, PyAny>> {
    MALFORMED_LINE.get(py)?.call1((classes::file_name(py, list)?, line, reason.code(), reason.to_string()))
}
