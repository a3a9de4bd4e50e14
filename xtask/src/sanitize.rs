//! `cargo xtask sanitize`: the tests of the Rust code under a sanitizer of the compiler.
//!
//! Programs in C that are linked with the library are not among them: the tests of `checksig-ffi` run these under gcc's
//! sanitizers and under valgrind, and the fuzz target `c_calls` calls the library under the address sanitizer.

use std::path::Path;
use std::process::Command;

use clap::{Args, ValueEnum};

use crate::util::{Outcome, Result, cargo, host, output_of, root, succeeds, target_directory};

/// Which tests are run: those of the C library link it into programs of their own, so only the unit tests of it.
const SUITES: &[&[&str]] = &[
    &["--package", "checksig-core", "--package", "checksig-multibuffer", "--lib", "--tests"],
    &["--package", "checksig-ffi", "--lib"],
];

#[derive(Args)]
pub struct Options {
    #[arg(value_enum, default_value_t)]
    sanitizer: Sanitizer,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Sanitizer {
    /// Memory that is not one's own, not any more or never freed
    #[default]
    Address,
    /// Data races; compiles the standard library too
    Thread,
}

/// Runs the suites; `Ok(false)` if a test failed or the sanitizer reported something.
pub fn run(options: &Options) -> Outcome {
    let (name, more): (_, &[&str]) = match options.sanitizer {
        Sanitizer::Address => ("address", &[]),
        Sanitizer::Thread => {
            // It must see the locks and channels of `std`, or it takes what they order for races.
            find_source_of_std()?;
            ("thread", &["-Zbuild-std"])
        }
    };
    let mut good = true;
    for suite in SUITES {
        let mut command = cargo();
        command.args(["test", "--no-fail-fast", "--target", host()?]).args(more).args(*suite);
        command.arg("--target-dir").arg(target_directory().join(format!("sanitize-{name}")));
        // Sanitizers are unstable, and this lets a stable compiler have them.
        command.env("RUSTC_BOOTSTRAP", "1").env("CARGO_ENCODED_RUSTFLAGS", format!("-Zsanitizer={name}"));
        good &= succeeds(&mut command)?;
    }
    Ok(good)
}

fn find_source_of_std() -> Result<()> {
    let sysroot = output_of(Command::new("rustc").args(["--print", "sysroot"]).current_dir(root()))?;
    if !Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/Cargo.lock").exists() {
        return Err(
            "the thread sanitizer needs the source of std: run `rustup component add rust-src`".into()
        );
    }
    Ok(())
}
