//! `checksig._checksig`: what the Python package needs of the engine, and no more.
//!
//! The package's Python files are its face; this module gives them runs to pull from, results, and the core's tables. No
//! thread but the caller's ever touches Python, and there are no globals but references to Python's own classes.
#![forbid(unsafe_code)]

mod cancel;
mod classes;
mod entry;
mod errors;
mod hashing;
mod outcome;
mod report;
mod run;

use pyo3::prelude::*;

/// The engine of checksig. Use the package `checksig`.
#[pymodule]
mod _checksig {
    use checksig_core::{Algorithm, Quoted, Status};
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::cancel::CancelToken;
    #[pymodule_export]
    use super::entry::{Entry, parse};
    #[pymodule_export]
    use super::hashing::HashRun;
    #[pymodule_export]
    use super::outcome::Outcome;
    #[pymodule_export]
    use super::run::Run;

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    /// Name, words and number of every status, in the order of the numbers.
    #[pyfunction]
    fn statuses() -> Vec<(&'static str, &'static str, u8)> {
        Status::ALL.into_iter().map(|status| (status.name(), status.words(), status as u8)).collect()
    }

    /// Name, BSD tag and digest size of every algorithm.
    #[pyfunction]
    fn algorithms() -> Vec<(String, String, usize)> {
        Algorithm::all().map(in_words).collect()
    }

    /// Name, BSD tag and digest size of the algorithm that has this name or alias.
    #[pyfunction]
    fn algorithm(name: &str) -> PyResult<(String, String, usize)> {
        super::errors::algorithm(name).map(in_words)
    }

    fn in_words(algorithm: Algorithm) -> (String, String, usize) {
        (algorithm.name().into(), algorithm.tag().into(), algorithm.digest_len())
    }

    /// A name as it is safe to show, quoted if it must be.
    #[pyfunction]
    fn quoted(name: &[u8]) -> String {
        Quoted(name).to_string()
    }
}
