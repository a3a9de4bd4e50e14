//! `cargo xtask install`: builds the C library and puts it where compilers and build systems look for it.
//!
//! Everything below the prefix refers to the prefix by the way that leads there, so that the tree can be moved, or made in
//! one place and packed for another. What has to be written down about it is in the templates of
//! `crates/checksig-ffi/package`.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use clap::Args;

use crate::header;
use crate::util::{Context, Outcome, Result, cargo, read, root};

const PACKAGE: &str = "checksig-ffi";
const VERSION: &str = env!("CARGO_PKG_VERSION");
const HEADERS: [&str; 2] = ["checksig.h", "checksig.hpp"];

/// Options of `cargo xtask install`.
#[derive(Args)]
pub struct Options {
    /// Where everything goes: `/usr/local`, or a folder to pack
    #[arg(long, value_name = "P")]
    prefix: PathBuf,
    /// Where the libraries go, if relative then below the prefix
    #[arg(long, value_name = "L", default_value = "lib")]
    libdir: PathBuf,
    /// Build with this profile of cargo's
    #[arg(long, value_name = "NAME", default_value = "release")]
    profile: String,
}

/// Builds and installs.
pub fn run(options: &Options) -> Outcome {
    let prefix = std::path::absolute(&options.prefix)?;
    let libdir = prefix.join(&options.libdir);
    let built = build(&options.profile)?;
    let abi = abi_version()?;

    for name in HEADERS {
        put(&root().join("include").join(name), &prefix.join("include").join(name), 0o644)?;
    }
    put(&built.folder.join("libchecksig.a"), &libdir.join("libchecksig.a"), 0o644)?;
    // The name that is loaded at run time has the number of the binary interface alone; the one that is linked with has none.
    let (full, soname) = (format!("libchecksig.so.{VERSION}"), format!("libchecksig.so.{abi}"));
    put(&built.folder.join("libchecksig.so"), &libdir.join(&full), 0o755)?;
    put_link(&full, &libdir.join(&soname))?;
    put_link(&soname, &libdir.join("libchecksig.so"))?;

    let pc = Way { to: &prefix, from: libdir.join("pkgconfig"), here: "${pcfiledir}" };
    let cmake = Way { to: &prefix, from: libdir.join("cmake/checksig"), here: "${CMAKE_CURRENT_LIST_DIR}" };
    let (major, minor) = VERSION
        .split_once('.')
        .and_then(|(major, rest)| Some((major, rest.split_once('.')?.0)))
        .ok_or("a version has three numbers")?;
    let pc_libdir = libdir
        .strip_prefix(&prefix)
        .map_or_else(|_| libdir.display().to_string(), |below| format!("${{prefix}}/{}", below.display()));
    let facts = [
        ("@prefix@", pc.text()),
        ("@libdir@", pc_libdir),
        ("@description@", "Verifies files against checksum lists".to_owned()),
        ("@version@", VERSION.to_owned()),
        ("@major@", major.to_owned()),
        ("@minor@", minor.to_owned()),
        ("@abi@", abi),
        ("@pointer@", size_of::<usize>().to_string()),
        ("@private@", built.private.join(" ")),
        ("@cmake_private@", built.private.join(";")),
        ("@cmake_prefix@", cmake.text()),
    ];
    for (name, folder) in [
        ("checksig.pc", &pc.from),
        ("checksig-config.cmake", &cmake.from),
        ("checksig-config-version.cmake", &cmake.from),
    ] {
        let template = read(&root().join("crates").join(PACKAGE).join("package").join(format!("{name}.in")))?;
        let text = facts.iter().fold(template, |text, (place, fact)| text.replace(place, fact));
        replace(&folder.join(name), |new| fs::write(new, &text), 0o644)?;
    }
    println!("checksig {VERSION} is in {}", prefix.display());
    Ok(true)
}

/// How a file that is installed names the prefix.
struct Way<'a> {
    to: &'a Path,
    /// The folder of the file.
    from: PathBuf,
    /// How the file names its own folder.
    here: &'static str,
}

impl Way<'_> {
    /// Up from the file's own folder, or absolute if the libraries are somewhere else.
    fn text(&self) -> String {
        match self.from.strip_prefix(self.to) {
            Ok(below) => format!("{}{}", self.here, "/..".repeat(below.components().count())),
            Err(_) => self.to.display().to_string(),
        }
    }
}

struct Built {
    /// Where cargo has put the libraries.
    folder: PathBuf,
    /// What a program that is linked with the static library needs beside it: `-lpthread` and the like.
    private: Vec<String>,
}

fn build(profile: &str) -> Result<Built> {
    const NOTE: &str = "native-static-libs:";
    let mut command = cargo();
    command.args([
        "rustc",
        "--package",
        PACKAGE,
        "--lib",
        "--profile",
        profile,
        "--message-format",
        "json-render-diagnostics",
    ]);
    command.args(["--", "--print", "native-static-libs"]);
    // Messages come as JSON on standard output; what is for people on standard error, the note among it.
    let output =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().context("cannot run cargo")?;
    let told = String::from_utf8_lossy(&output.stderr);
    eprint!("{told}");
    if !output.status.success() {
        return Err("the C library does not build".into());
    }
    let note = told
        .lines()
        .find_map(|line| line.split_once(NOTE))
        .ok_or("rustc did not say which libraries the static one needs")?;
    let library = library_in(&String::from_utf8_lossy(&output.stdout))
        .ok_or("cargo did not say where the library is")?;
    let folder = library.parent().ok_or("the library is in no folder")?.to_owned();
    Ok(Built { folder, private: note.1.split_whitespace().map(str::to_owned).collect() })
}

/// The path of the shared library in cargo's messages: the one string there that ends in its name.
fn library_in(messages: &str) -> Option<PathBuf> {
    messages.split('"').find(|text| text.ends_with("/libchecksig.so")).map(PathBuf::from)
}

/// The number in the header, which is that of the SONAME.
fn abi_version() -> Result<String> {
    let header = read(&root().join(header::PATH))?;
    let number = header.lines().find_map(|line| line.strip_prefix("#define CHECKSIG_ABI_VERSION "));
    Ok(number.ok_or(format!("{} has no CHECKSIG_ABI_VERSION", header::PATH))?.to_owned())
}

fn put(from: &Path, to: &Path, mode: u32) -> Result<()> {
    replace(to, |new| fs::copy(from, new).map(|_| ()), mode)
}

/// Makes a file beside the old one and then takes its place: a library that a running program has loaded must not change.
fn replace(path: &Path, make: impl FnOnce(&Path) -> io::Result<()>, mode: u32) -> Result<()> {
    let new = path.with_extension("new");
    let parent = path.parent().ok_or("a file is in a folder")?;
    let done = fs::create_dir_all(parent)
        .and_then(|()| make(&new))
        .and_then(|()| fs::set_permissions(&new, fs::Permissions::from_mode(mode)))
        .and_then(|()| fs::rename(&new, path));
    done.context(format!("cannot write {}", path.display()))
}

fn put_link(to: &str, path: &Path) -> Result<()> {
    let new = path.with_extension("new");
    let _ = fs::remove_file(&new);
    symlink(to, &new)
        .and_then(|()| fs::rename(&new, path))
        .context(format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_the_prefix() {
        let way = |from: &str| Way { to: Path::new("/p"), from: from.into(), here: "H" }.text();
        assert_eq!(way("/p/lib/pkgconfig"), "H/../..");
        assert_eq!(way("/p/lib/x/cmake/checksig"), "H/../../../..");
        assert_eq!(way("/elsewhere/pkgconfig"), "/p");
    }

    #[test]
    fn the_library_is_found_in_the_messages() {
        let messages = r#"{"filenames":["/t/release/libother.rlib"]} {"filenames":["/t/release/libchecksig.so","/t/x.a"]}"#;
        assert_eq!(library_in(messages), Some("/t/release/libchecksig.so".into()));
    }
}
