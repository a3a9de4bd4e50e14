//! The package's Python classes that Rust makes objects of, and Python's way to read file names.

use checksig_core::{Algorithm, Status};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyString, PyTuple, PyType};

/// A class of one of the package's modules, looked up once.
pub(crate) struct Class {
    module: &'static str,
    name: &'static str,
    found: PyOnceLock<Py<PyAny>>,
}

impl Class {
    pub(crate) const fn new(module: &'static str, name: &'static str) -> Self {
        Self { module, name, found: PyOnceLock::new() }
    }

    pub(crate) fn get<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyAny>> {
        let found = self
            .found
            .get_or_try_init(py, || PyResult::Ok(py.import(self.module)?.getattr(self.name)?.unbind()))?;
        Ok(found.bind(py))
    }
}

static ALGORITHM: Class = Class::new("checksig._names", "Algorithm");
static STATUS: Class = Class::new("checksig._names", "Status");
static FSDECODE: Class = Class::new("os", "fsdecode");

/// A file's name as Python writes it: what `os.fsdecode` makes of the bytes.
pub(crate) fn file_name<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    match std::str::from_utf8(bytes) {
        // Every encoding that Python has for file names writes ASCII so.
        Ok(text) if text.is_ascii() => Ok(PyString::new(py, text).into_any()),
        _ => FSDECODE.get(py)?.call1((PyBytes::new(py, bytes),)),
    }
}

/// The member of the Python enum.
pub(crate) fn algorithm(py: Python<'_>, algorithm: Algorithm) -> PyResult<Bound<'_, PyAny>> {
    ALGORITHM.get(py)?.call1((algorithm.name(),))
}

/// The members of the Python enum by their numbers.
pub(crate) fn status(py: Python<'_>, status: Status) -> PyResult<Bound<'_, PyAny>> {
    static MEMBERS: PyOnceLock<Py<PyTuple>> = PyOnceLock::new();
    let members = MEMBERS.get_or_try_init(py, || {
        let class = STATUS.get(py)?.cast::<PyType>()?;
        let members = Status::ALL.into_iter().map(|status| class.call1((status.name(),)));
        PyResult::Ok(PyTuple::new(py, members.collect::<PyResult<Vec<_>>>()?)?.unbind())
    })?;
    members.bind(py).get_item(status as usize)
}

static FSENCODE: Class = Class::new("os", "fsencode");

/// The bytes of a file's name that Python gives as `str`, `bytes` or an object with `__fspath__`.
pub(crate) fn file_name_bytes(name: &Bound<'_, PyAny>) -> PyResult<Box<[u8]>> {
    let bytes = FSENCODE.get(name.py())?.call1((name,))?;
    Ok(bytes.cast::<PyBytes>()?.as_bytes().into())
}
