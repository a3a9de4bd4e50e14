//! What several commands need: the workspace's folder, running programs, errors that say what was being done.

use std::error::Error;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// A command's end: `Ok(false)` after it has itself said what is wrong.
pub type Outcome = Result<bool, Box<dyn Error>>;
/// Any other fallible step.
pub type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// Adds to an error what was being done.
pub trait Context<T> {
    /// `what` reads as the start of a sentence that the error ends: `cannot read x: No such file`.
    fn context(self, what: impl Display) -> Result<T>;
}

impl<T, E: Display> Context<T> for Result<T, E> {
    fn context(self, what: impl Display) -> Result<T> {
        self.map_err(|error| format!("{what}: {error}").into())
    }
}

/// The top of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the workspace")
}

/// The cargo that runs this program, in the workspace's folder.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Whether the program ran and exited 0.
pub fn succeeds(command: &mut Command) -> Result<bool> {
    let status = command.status().context(format!("cannot run {}", command.get_program().display()))?;
    Ok(status.success())
}

/// Standard output of a program that must exit 0.
pub fn output_of(command: &mut Command) -> Result<String> {
    let name = command.get_program().display().to_string();
    let output = command.stderr(Stdio::inherit()).output().context(format!("cannot run {name}"))?;
    if !output.status.success() {
        return Err(format!("{name} ended with {}", output.status).into());
    }
    String::from_utf8(output.stdout).context(format!("output of {name}"))
}

/// Where the program of that name is, by `PATH`.
pub fn find_program(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// The file's text, or an error that names it.
pub fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).context(format!("cannot read {}", path.display()))
}

/// Where cargo puts what it builds, and the commands put what they keep.
pub fn target_directory() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// This machine in the words of rustc: `x86_64-unknown-linux-gnu`.
pub fn host() -> Result<&'static str> {
    static HOST: OnceLock<String> = OnceLock::new();
    if let Some(known) = HOST.get() {
        return Ok(known);
    }
    let said = output_of(Command::new("rustc").arg("-vV"))?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc -vV names no host")?;
    Ok(HOST.get_or_init(|| host.to_owned()))
}

/// Hash threads that a tool of that kind would start.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}
