//! What a run adds up to, on its way to the Python class `Report`.

use checksig_core::{ErrorKind, MalformedLine, Policy, Report, Status, Verdict};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::classes;
use crate::entry::malformed_line;
use crate::outcome::Outcome;

/// A run that is over.
pub(crate) struct Found {
    pub(crate) report: Report,
    pub(crate) malformed: Vec<MalformedLine>,
    /// Why lists could not be read.
    pub(crate) list_errors: Vec<String>,
}

impl Found {
    /// The fields of the Python class.
    pub(crate) fn fields<'py>(self, py: Python<'py>, policy: &Policy) -> PyResult<Bound<'py, PyDict>> {
        let verified = self.report.verdict(policy) == Verdict::Verified;
        let summary = self.report.summary(policy);
        // What the core says to it, and the report back.
        let (message, report) = match self.report.into_result(policy) {
            Ok(report) => (summary.clone(), report),
            Err(error) => {
                let message = error.to_string();
                match error.into_kind() {
                    ErrorKind::NotVerified(report) => (message, *report),
                    _ => (message, Report::default()),
                }
            }
        };
        let fields = PyDict::new(py);
        fields.set_item("verified", verified)?;
        fields.set_item("complete", report.is_complete())?;
        fields.set_item("summary", summary)?;
        fields.set_item("message", message)?;
        fields.set_item("note", report.note())?;
        fields
            .set_item("status_counts", PyTuple::new(py, Status::ALL.map(|status| report.counts[status]))?)?;
        for (name, number) in [
            ("lists", report.lists),
            ("unread_lists", report.unread_lists),
            ("empty_lists", report.empty_lists),
            ("files", report.files),
            ("verified_files", report.verified_files),
            ("bytes", report.bytes),
        ] {
            fields.set_item(name, number)?;
        }
        let mut list = [].into();
        let outcomes = report.outcomes.iter().map(|outcome| Bound::new(py, Outcome::new(outcome, &mut list)));
        fields.set_item("outcomes", PyTuple::new(py, outcomes.collect::<PyResult<Vec<_>>>()?)?)?;
        let malformed =
            self.malformed.iter().map(|line| malformed_line(py, line.list(), line.line(), line.reason()));
        fields.set_item("malformed", PyTuple::new(py, malformed.collect::<PyResult<Vec<_>>>()?)?)?;
        let weak = report.weak_algorithms.iter().map(|&weak| classes::algorithm(py, weak));
        fields.set_item("weak_algorithms", PyTuple::new(py, weak.collect::<PyResult<Vec<_>>>()?)?)?;
        let faulty = report.faulty_kernels.iter().map(ToString::to_string);
        fields.set_item("faulty_kernels", PyTuple::new(py, faulty)?)?;
        fields.set_item("list_errors", PyTuple::new(py, self.list_errors)?)?;
        Ok(fields)
    }
}
