//! The program `checksig`: see the library of this crate.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    checksig_cli::run(std::env::args_os()).into()
}
