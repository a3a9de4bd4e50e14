//! What the tests of the C library share: building it, compiling programs against it, and running these under a time
//! limit, bare, with sanitizers or under valgrind.
#![allow(dead_code, reason = "no test file uses all of it")]

pub mod tree;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// No program may take longer, in seconds; under valgrind with a debug build some take many.
const HANG_LIMIT: &str = "240";

pub const C: &[&str] = &["-std=c99", "-D_XOPEN_SOURCE=700", "-pedantic", "-Wall", "-Wextra", "-Werror", "-g"];
pub const CPP: &[&str] = &["-std=c++17", "-pedantic", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-g"];
const SANITIZE: &[&str] =
    &["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"];

/// The top of the repository.
pub fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of this folder of tests.
pub fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// Where cargo puts what is built in the profile of this test.
pub fn built() -> PathBuf {
    let test = std::env::current_exe().expect("the path of the test");
    test.parent().and_then(Path::parent).expect("a folder of the target directory").to_owned()
}

/// The folder of the shared and the static library, both built; the shared one has the link that its SONAME wants.
pub fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        // Cargo builds libraries for other languages only when asked to.
        build("checksig-ffi");
        let links = Path::new(env!("CARGO_TARGET_TMPDIR")).join("checksig-links");
        std::fs::create_dir_all(&links).expect("a folder");
        link(&built().join("libchecksig.so"), &links.join("libchecksig.so.0"));
        link(&built().join("libchecksig.so"), &links.join("libchecksig.so"));
        link(&built().join("libchecksig.a"), &links.join("libchecksig.a"));
        links
    })
}

/// The library in which every function panics on demand.
pub fn provoked() -> PathBuf {
    build("checksig-ffi-provoked");
    built().join("libchecksig_provoked.so")
}

fn build(package: &str) {
    let built = built();
    let profile = match built.file_name().and_then(OsStr::to_str).expect("the name of the profile") {
        "debug" => "dev",
        other => other,
    };
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--package", package, "--profile", profile]).current_dir(top());
    // Not whatever else was said to the cargo that runs this test.
    cargo.arg("--target-dir").arg(built.parent().expect("the target directory"));
    succeed(&mut cargo);
}

/// Makes the link anew: test programs that run at the same time make the same one.
fn link(to: &Path, from: &Path) {
    let new = from.with_extension(format!("new-{}", std::process::id()));
    let _ = std::fs::remove_file(&new);
    std::os::unix::fs::symlink(to, &new).expect("a link");
    std::fs::rename(&new, from).expect("a link");
}

/// How a program is looked at while it runs.
#[derive(Clone, Copy, PartialEq)]
pub enum Under {
    Nothing,
    Sanitizers,
    Valgrind,
}

impl Under {
    pub const ALL: [Self; 3] = [Self::Nothing, Self::Sanitizers, Self::Valgrind];

    pub fn flags(self) -> &'static [&'static str] {
        if self == Self::Sanitizers { SANITIZE } else { &[] }
    }

    /// The command that runs the program; whatever is found makes it fail.
    pub fn command(self, program: &Path) -> Command {
        let mut command = Command::new("timeout");
        // In the foreground: a signal is then handed on once, not once to the program and once to its group.
        command.args(["--foreground", "-k", "5", HANG_LIMIT]);
        if self == Self::Valgrind {
            command.args(["valgrind", "--quiet", "--error-exitcode=99", "--leak-check=full"]);
            command.args(["--num-callers=60", "--errors-for-leak-kinds=definite,indirect,possible"]);
            command.arg(format!("--suppressions={}", source("valgrind.supp").display()));
        }
        command.arg(program).env("ASAN_OPTIONS", "detect_leaks=1").env("LC_ALL", "C.UTF-8");
        command.stdin(Stdio::null());
        command
    }
}

/// A compiler with the flags for these sources, by their language.
pub fn compiler(source: &Path) -> Command {
    let is_c = source.extension() == Some(OsStr::new("c"));
    let mut compiler = Command::new(if is_c { "cc" } else { "c++" });
    compiler.args(if is_c { C } else { CPP }).arg("-I").arg(top().join("include")).arg(source);
    compiler
}

/// Compiles a program of one file against the shared library.
pub fn compile(source: &Path, under: Under, into: &Path) -> PathBuf {
    let program = into.join(source.file_stem().expect("a name"));
    let mut compiler = compiler(source);
    compiler.args(under.flags()).arg("-o").arg(&program).arg("-L").arg(library());
    compiler.arg("-Wl,-rpath").arg("-Xlinker").arg(library()).args(["-lchecksig", "-pthread"]);
    succeed(&mut compiler);
    program
}

/// Runs a command that must exit 0, and gives its standard output.
#[track_caller]
pub fn succeed(command: &mut Command) -> String {
    let Output { status, stdout, stderr } =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (out, err) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?}: {status}\n{out}{err}");
    out.into_owned()
}

/// Like [`succeed`], with something to read.
#[track_caller]
pub fn succeed_with(command: &mut Command, input: &str) -> String {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), input).expect("write the input");
    succeed(command.stdin(file.reopen().expect("open the input")))
}

/// The functions that a header declares: names at the start of a declaration, followed by `(`.
pub fn functions_of(header: &str) -> Vec<String> {
    let is_declaration =
        |line: &&str| !line.starts_with([' ', '#', '/', '}']) && !line.starts_with("typedef");
    let name = |line: &str| {
        let before = line.split_once('(')?.0;
        Some(before.rsplit([' ', '*']).next()?.to_owned())
    };
    let functions: Vec<String> = header.lines().filter(is_declaration).filter_map(name).collect();
    assert!(
        functions.len() > 30 && functions.iter().all(|name| name.starts_with("checksig_")),
        "{functions:?}"
    );
    functions
}
