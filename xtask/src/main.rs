//! `cargo xtask`: everything that is done to this repository beside building it.
//!
//! This file reads the command line and hands over; each command has a file of its own.

mod bench;
mod build;
mod codegen;
mod coverage;
mod fuzz;
mod header;
mod install;
mod lint;
mod prove;
mod python;
mod sanitize;
mod test;
mod util;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Test, check, generate and measure checksig.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run every test, then again with one hash thread; ends with the line `N passed, N failed`
    Test {
        /// Run the suite once only
        #[arg(long)]
        quick: bool,
        /// Test the Python package only
        #[arg(long)]
        python: bool,
    },
    /// Run the tests that are tables of cases (faults, hostile paths, vectors), and say how many there are and pass
    Prove,
    /// Check formatting, clippy and the invariants of ARCHITECTURE.md that a program can check
    Lint,
    /// Write the generated parts: tables in documents, shell completions, man pages, the C header
    Codegen {
        /// Change nothing; name what is out of date and exit 1
        #[arg(long)]
        check: bool,
    },
    /// Count the lines that the tests run of the modules that decide what `verified` means
    Coverage,
    /// Build the program as it is shipped, linked statically, and say where it is
    Build,
    /// Build the C library and install it: headers, libraries, pkg-config and CMake files
    Install(install::Options),
    /// Feed every fuzz target with bytes, and look for what it must not do; ends with `N targets, N executions, N reports`
    Fuzz(fuzz::Options),
    /// Run the tests of the Rust code under a sanitizer of the compiler
    Sanitize(sanitize::Options),
    /// Measure checksig beside every other checker that is installed
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Test { quick, python } => test::run(quick, python),
        Task::Prove => prove::run(),
        Task::Lint => lint::run(),
        Task::Codegen { check } => codegen::run(check),
        Task::Coverage => coverage::run(),
        Task::Build => build::run(),
        Task::Install(options) => install::run(&options),
        Task::Fuzz(options) => fuzz::run(&options),
        Task::Sanitize(options) => sanitize::run(&options),
        Task::Bench(options) => bench::run(&options),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
