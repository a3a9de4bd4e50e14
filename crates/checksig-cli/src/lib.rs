//! The command line of checksig. Everything that can be decided without a terminal is `checksig_core`'s; this crate
//! reads arguments, prints, and exits.
#![forbid(unsafe_code)]

mod args;
mod create;
mod expect;
mod gnu;
mod hash;
mod input;
mod json;
mod output;
mod progress;
mod signals;
mod text;
mod update;
mod verify;

use std::ffi::OsString;
use std::panic::{self, AssertUnwindSafe};

use clap::{CommandFactory, FromArgMatches};

use args::{Cli, Command};
pub use output::Exit;
use output::complain;

/// The description of the command line, from which completions and manual pages are generated.
pub fn command() -> clap::Command {
    Cli::command().subcommands(gnu::commands())
}

/// Runs the command line with these arguments, the program's name first, and says how to exit.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    raise_descriptor_limit();
    // What panics is reported once, as an error; a worker's panic arrives as one anyway.
    panic::set_hook(Box::new(|_| {}));
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let result = panic::catch_unwind(AssertUnwindSafe(|| {
        if let Some((program, arguments)) = gnu::Program::called(&arguments) {
            return program.run(arguments);
        }
        match parse(arguments) {
            Ok(Cli { command: Command::Verify(args) }) => verify::run(&args),
            Ok(Cli { command: Command::Hash(args) }) => hash::run(&args),
            Ok(Cli { command: Command::Create(args) }) => create::run(&args),
            Ok(Cli { command: Command::Update(args) }) => update::run(&args),
            Err(error) => output::show_usage(&error),
        }
    }));
    result.unwrap_or_else(|_| {
        complain("internal error, nothing is verified: the main thread panicked");
        Exit::CouldNotRun
    })
}

/// With the GNU programs among the subcommands, though they are never parsed here: help tells of them.
fn parse(arguments: Vec<OsString>) -> Result<Cli, clap::Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Every directory with a list needs a descriptor as long as the run lasts; what the system allows by default is few.
fn raise_descriptor_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // Refused: then there are as many as there are.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}
