//! `cargo xtask build`: the program as it is shipped, in one file that needs no other.
//!
//! A third of the time that checksig takes for one small file is the dynamic linker's: linked statically it begins
//! sooner than GNU's programs. Cargo cannot be told so in `Cargo.toml`, and the C and Python libraries must not be, nor
//! the macros that the compiler loads; so it is said here, for one target and one package.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::util::{Outcome, Result, cargo, host, output_of, root, succeeds, target_directory};

const PROFILE: &str = "dist";

/// Builds, and says where the program is. `Ok(false)`: it is not what it should be.
pub fn run() -> Outcome {
    let program = program()?;
    let example = root().join("examples/logs");
    if !succeeds(Command::new(&program).arg("verify").arg(&example).stdout(Stdio::null()))? {
        eprintln!("xtask: {} does not verify {}", program.display(), example.display());
        return Ok(false);
    }
    println!("{}", program.display());
    Ok(true)
}

/// Builds the program and says where it is.
pub fn program() -> Result<PathBuf> {
    let host = host()?;
    let mut command = cargo();
    command.args(["build", "--profile", PROFILE, "--package", "checksig-cli", "--bin", "checksig"]);
    command.args(["--target", host]);
    // With a target, cargo gives these flags to what is built for it, not to build scripts and macros.
    if host.ends_with("-linux-gnu") {
        command.arg("--config");
        command.arg(format!("target.{host}.rustflags=[\"-Ctarget-feature=+crt-static\"]"));
    }
    // They would take the place of those above.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    if !succeeds(&mut command)? {
        return Err("checksig does not build, as cargo says above. If it is libc.a that is missing: a static program \
                    needs it (package libc6-dev on Debian, glibc-static on Fedora)"
            .into());
    }
    let program = target_directory().join(host).join(PROFILE).join("checksig");
    if host.ends_with("-linux-gnu") && needs_libraries(&program)? {
        return Err(format!("{} still needs shared libraries", program.display()).into());
    }
    Ok(program)
}

/// Whether the dynamic linker would have to load something.
fn needs_libraries(program: &PathBuf) -> Result<bool> {
    Ok(output_of(Command::new("readelf").arg("--dynamic").arg(program))?.contains("(NEEDED)"))
}
