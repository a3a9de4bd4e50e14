//! `cargo xtask install`: programs find the installed library with pkg-config, with CMake, and link it statically.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[track_caller]
fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{out}{err}", output.status);
    out.into_owned()
}

/// Installs what the tests have built already: in the profile that they are built in.
fn install(prefix: &Path, more: &[&str]) {
    let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
    succeed(xtask.args(["install", "--profile", profile, "--prefix"]).arg(prefix).args(more));
}

/// A prefix with everything in it, and room for what is built with it.
fn installed() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let prefix = folder.path().join("a prefix");
    install(&prefix, &[]);
    (folder, prefix)
}

/// What pkg-config says, word by word; blanks in paths are escaped.
fn pkg_config(libdir: &Path, arguments: &[&str]) -> Vec<String> {
    let mut pkg_config = Command::new("pkg-config");
    let output =
        succeed(pkg_config.args(arguments).arg("checksig").env("PKG_CONFIG_PATH", libdir.join("pkgconfig")));
    let words = output.trim().replace("\\ ", "\0");
    words.split_whitespace().map(|word| word.replace('\0', " ")).collect()
}

/// The program must find what is right and what is wrong.
fn check(program: &Path, libdir: &Path) {
    for (directory, code) in [("logs", 0), ("damaged", 1)] {
        let mut command = Command::new(program);
        let status =
            command.arg(top().join("examples").join(directory)).env("LD_LIBRARY_PATH", libdir).output();
        assert_eq!(status.expect("the program").status.code(), Some(code), "{program:?} {directory}");
    }
}

fn needs_shared_library(program: &Path) -> bool {
    succeed(Command::new("objdump").arg("-p").arg(program)).contains("libchecksig.so.0")
}

#[test]
fn what_is_installed() {
    let (_folder, prefix) = installed();
    // A second time, over the first.
    install(&prefix, &[]);
    let mut found = Vec::new();
    walk(&prefix, &prefix, &mut found);
    found.sort();
    let version = env!("CARGO_PKG_VERSION");
    let mut expected = vec![
        "include/checksig.h".to_owned(),
        "include/checksig.hpp".to_owned(),
        "lib/cmake/checksig/checksig-config-version.cmake".to_owned(),
        "lib/cmake/checksig/checksig-config.cmake".to_owned(),
        "lib/libchecksig.a".to_owned(),
        "lib/libchecksig.so -> libchecksig.so.0".to_owned(),
        format!("lib/libchecksig.so.0 -> libchecksig.so.{version}"),
        format!("lib/libchecksig.so.{version}"),
        "lib/pkgconfig/checksig.pc".to_owned(),
    ];
    expected.sort();
    assert_eq!(found, expected);
    for name in ["checksig.pc", "checksig-config.cmake", "checksig-config-version.cmake"] {
        let folder = if name.ends_with("pc") { "lib/pkgconfig" } else { "lib/cmake/checksig" };
        let text = fs::read_to_string(prefix.join(folder).join(name)).expect("a file");
        assert!(!text.contains('@'), "{name} is not filled in:\n{text}");
        assert!(!text.contains(prefix.to_str().expect("UTF-8")), "{name} cannot be moved:\n{text}");
    }
}

fn walk(folder: &Path, prefix: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.strip_prefix(prefix).expect("below the prefix").display().to_string();
        match fs::read_link(&path) {
            Ok(to) => found.push(format!("{name} -> {}", to.display())),
            Err(_) if path.is_dir() => walk(&path, prefix, found),
            Err(_) => found.push(name),
        }
    }
}

#[test]
fn with_pkg_config() {
    let (folder, prefix) = installed();
    // Moved after it was installed, as packages are.
    let moved = folder.path().join("moved");
    fs::rename(&prefix, &moved).expect("another name");
    let libdir = moved.join("lib");
    assert_eq!(pkg_config(&libdir, &["--modversion"]), [env!("CARGO_PKG_VERSION")]);
    for (compiler, source, standard) in
        [("cc", "c/verify.c", "-std=c99"), ("c++", "cpp/verify.cpp", "-std=c++17")]
    {
        let program = folder.path().join(compiler);
        let mut command = Command::new(compiler);
        command.args([standard, "-Wall", "-Wextra", "-Werror", "-D_POSIX_C_SOURCE=200809L"]);
        command.arg(top().join("examples").join(source)).arg("-o").arg(&program);
        succeed(command.args(pkg_config(&libdir, &["--cflags", "--libs"])));
        assert!(needs_shared_library(&program));
        check(&program, &libdir);
    }
}

#[test]
fn statically() {
    let (folder, prefix) = installed();
    let libdir = prefix.join("lib");
    let program = folder.path().join("program");
    // As the documentation says: the archive by its name, and what it needs.
    let flags = pkg_config(&libdir, &["--static", "--cflags", "--libs"]);
    let flags = flags.iter().map(|flag| if flag == "-lchecksig" { "-l:libchecksig.a" } else { flag });
    let mut command = Command::new("cc");
    command.arg(top().join("examples/c/verify.c")).arg("-o").arg(&program);
    succeed(command.args(flags));
    assert!(!needs_shared_library(&program));
    fs::remove_dir_all(&prefix).expect("the prefix");
    check(&program, &libdir);
}

const PROJECT: &str = r#"
cmake_minimum_required(VERSION 3.16)
project(consumer C CXX)
set(CMAKE_CXX_STANDARD 17)
find_package(checksig 0.1 REQUIRED)
find_package(checksig REQUIRED)
add_executable(in_c "${EXAMPLES}/c/verify.c")
target_link_libraries(in_c PRIVATE checksig::checksig)
add_executable(in_cpp "${EXAMPLES}/cpp/verify.cpp")
target_link_libraries(in_cpp PRIVATE checksig::checksig)
add_executable(in_c_static "${EXAMPLES}/c/verify.c")
target_link_libraries(in_c_static PRIVATE checksig::checksig_static)
find_package(checksig 0.2 QUIET)
if(checksig_FOUND)
  message(FATAL_ERROR "0.2 was found")
endif()
find_package(checksig 1 QUIET)
if(checksig_FOUND)
  message(FATAL_ERROR "1 was found")
endif()
"#;

#[test]
fn with_cmake() {
    let (folder, prefix) = installed();
    let libdir = prefix.join("lib");
    fs::write(folder.path().join("CMakeLists.txt"), PROJECT).expect("a file");
    let build = folder.path().join("build");
    let mut configure = Command::new("cmake");
    configure.arg("-S").arg(folder.path()).arg("-B").arg(&build);
    configure.arg(format!("-DCMAKE_PREFIX_PATH={}", prefix.display()));
    succeed(configure.arg(format!("-DEXAMPLES={}", top().join("examples").display())));
    succeed(Command::new("cmake").arg("--build").arg(&build));
    for (program, shared) in [("in_c", true), ("in_cpp", true), ("in_c_static", false)] {
        let program = build.join(program);
        assert_eq!(needs_shared_library(&program), shared);
        check(&program, &libdir);
    }
}

/// The libraries somewhere else: below the prefix as distributions have it, and outside it.
#[test]
fn other_places_for_the_libraries() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let outside = folder.path().join("outside");
    for libdir in ["lib/some-system", outside.to_str().expect("UTF-8")] {
        let prefix = folder.path().join("prefix");
        install(&prefix, &["--libdir", libdir]);
        let libdir = prefix.join(libdir);
        let program = folder.path().join("program");
        let mut command = Command::new("cc");
        command.arg(top().join("examples/c/verify.c")).arg("-o").arg(&program);
        succeed(command.args(pkg_config(&libdir, &["--cflags", "--libs"])));
        check(&program, &libdir);
        let mut cmake = Command::new("cmake");
        let project = folder.path().join("project");
        fs::create_dir_all(&project).expect("a folder");
        fs::write(project.join("CMakeLists.txt"), PROJECT).expect("a file");
        cmake.arg("-S").arg(&project).arg("-B").arg(project.join(libdir.file_name().expect("a name")));
        cmake.arg(format!("-Dchecksig_DIR={}", libdir.join("cmake/checksig").display()));
        succeed(cmake.arg(format!("-DEXAMPLES={}", top().join("examples").display())));
    }
}
