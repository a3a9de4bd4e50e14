//! `cargo xtask sanitize`: the tests of the Rust code under the compiler's address sanitizer, leaks included.
//!
//! Programs in C that are linked with the library are not among them: the tests of `checksig-ffi` run these under gcc's
//! sanitizers and under valgrind, and the fuzz target `c_calls` calls the library under the address sanitizer.

use crate::util::{Outcome, cargo, host, succeeds, target_directory};

/// Which tests are run: those of the C library link it into programs of their own, so only the unit tests of it.
const SUITES: &[&[&str]] = &[
    &["--package", "checksig-core", "--package", "checksig-multibuffer", "--lib", "--tests"],
    &["--package", "checksig-ffi", "--lib"],
];

/// Runs the suites; `Ok(false)` if a test failed or the sanitizer reported something.
pub fn run() -> Outcome {
    let mut good = true;
    for suite in SUITES {
        let mut command = cargo();
        command.args(["test", "--no-fail-fast", "--target", host()?]).args(*suite);
        command.arg("--target-dir").arg(target_directory().join("sanitize-address"));
        // Sanitizers are unstable, and this lets a stable compiler have them.
        command.env("RUSTC_BOOTSTRAP", "1").env("CARGO_ENCODED_RUSTFLAGS", "-Zsanitizer=address");
        good &= succeeds(&mut command)?;
    }
    Ok(good)
}
