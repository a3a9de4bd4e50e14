//! The header and the library: they compile everywhere, name the same functions, and are bound by the same number.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use common::{Under, functions_of, library, succeed, top};

fn header() -> String {
    fs::read_to_string(top().join("include/checksig.h")).expect("the header")
}

/// Both headers, each twice, in every standard that is promised, without a warning.
#[test]
fn headers_compile_without_a_warning() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let once = "#include <checksig.h>\nchecksig_options options = CHECKSIG_OPTIONS_INIT;\n";
    let strict = ["-pedantic", "-Wall", "-Wextra", "-Werror", "-Wundef", "-Wshadow", "-Wconversion", "-c"];
    let cases = [
        ("c", once, &["-std=c99", "-std=c11", "-std=c17", "-std=gnu2x"][..]),
        ("cpp", once, &["-std=c++11", "-std=c++14", "-std=c++17", "-std=c++20"][..]),
        ("cpp", "#include <checksig.hpp>\n", &["-std=c++17", "-std=c++20"][..]),
    ];
    for (extension, text, standards) in cases {
        let file = folder.path().join("twice").with_extension(extension);
        let include = text.lines().next().expect("a line");
        fs::write(&file, format!("{include}\n{text}")).expect("a file");
        for standard in standards {
            let mut compiler = Command::new(if extension == "c" { "cc" } else { "c++" });
            compiler.arg(standard).args(strict).arg("-I").arg(top().join("include")).arg(&file);
            succeed(compiler.args(["-o", "/dev/null"]));
        }
    }
}

/// Two files of one program include the C++ header: everything in it must be inline.
#[test]
fn cpp_header_in_two_files_of_a_program() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path
    };
    let other = file(
        "other.cpp",
        "#include <checksig.hpp>\nint other() { return checksig::blake2b(64) == checksig::algorithm::blake2b; }\n",
    );
    let main = file(
        "main.cpp",
        "#include <checksig.hpp>\nint other();\nint main() { return other() == 1 ? 0 : 1; }\n",
    );
    let program = folder.path().join("program");
    let mut compiler = Command::new("c++");
    compiler
        .arg("-std=c++17")
        .arg("-I")
        .arg(top().join("include"))
        .args([&other, &main])
        .arg("-o")
        .arg(&program);
    succeed(
        compiler.arg("-L").arg(library()).arg("-lchecksig").arg("-Wl,-rpath").arg("-Xlinker").arg(library()),
    );
    succeed(&mut Under::Nothing.command(&program));
}

fn symbols(arguments: &[&str], file: &str) -> BTreeSet<String> {
    let mut nm = Command::new("nm");
    let output = succeed(nm.args(arguments).arg(library().join(file)));
    output.lines().filter_map(|line| line.rsplit_once(' ')).map(|(_, name)| name.to_owned()).collect()
}

/// The shared library exports the functions of the header and nothing else; the static one has them too, and nothing
/// else that begins with the prefix.
#[test]
fn symbols_are_the_headers() {
    let functions: BTreeSet<String> = functions_of(&header()).into_iter().collect();
    assert_eq!(symbols(&["-D", "--defined-only"], "libchecksig.so"), functions);
    let mut of_static = symbols(&["--defined-only", "--extern-only"], "libchecksig.a");
    of_static.retain(|name| name.starts_with("checksig_"));
    assert_eq!(of_static, functions);
}

/// The number in the SONAME is that of the header.
#[test]
fn soname_has_the_abi_version() {
    let header = header();
    let version = header.lines().find_map(|line| line.strip_prefix("#define CHECKSIG_ABI_VERSION "));
    let soname = format!("libchecksig.so.{}", version.expect("the macro"));
    let mut objdump = Command::new("objdump");
    let output = succeed(objdump.arg("-p").arg(library().join("libchecksig.so")));
    let found = output.lines().find_map(|line| line.trim().strip_prefix("SONAME")).expect("a SONAME");
    assert_eq!(found.trim(), soname);
}

/// Where everything is in the structs, on systems of 64 bits: programs are compiled with these numbers. A new field goes
/// to the end; nothing else may change without a new CHECKSIG_ABI_VERSION.
#[cfg(target_pointer_width = "64")]
#[test]
fn layout_is_frozen() {
    const FROZEN: &[&str] = &[
        "options 48 size:0 root:8 algorithm:16 flags:20 keep:24 threads:28 reads:32 io:36 cancel:40",
        "checksum 72 algorithm:0 digest_len:4 digest:8",
        "outcome 224 size:0 list:8 list_len:16 path:24 path_len:32 line:40 offset:48 status:56 os_error:60 expected:64 \
         actual:136 algorithm_assumed:208 details:216",
        "counts 168 size:0 entries:8 ok:16 mismatch:24 missing:32 unreadable:40 not_a_file:48 unsafe_path:56 changed:64 \
         conflict:72 collision:80 not_run:88 malformed:96 lists:104 unread_lists:112 empty_lists:120 files:128 \
         verified_files:136 bytes:144 kept:152 verified:160 complete:164",
        "line_counts 48 size:0 lines:8 blank:16 comments:24 malformed:32 entries:40",
        "entry 112 size:0 path:8 path_len:16 checksum:24 algorithm_assumed:96 line:104",
        "started 32 size:0 lists:8 entries:16 files:24",
        "malformed 48 size:0 list:8 list_len:16 line:24 reason:32 text:40",
        "progress 40 size:0 bytes:8 expected_bytes:16 entries:24 failures:32",
        "event 64 size:0 started:8 malformed:16 outcome:24 progress:32 report:40 unread_list:48 kind:56 reserved:60",
    ];
    // Those without a body are opaque.
    let is_struct = |line: &&str| line.starts_with("typedef struct checksig_") && line.ends_with('{');
    assert_eq!(header().lines().filter(is_struct).count(), FROZEN.len(), "a struct is missing here");
    let mut text = String::from("#include <checksig.h>\n");
    for line in FROZEN {
        let mut words = line.split(' ');
        let (name, size) = (words.next().expect("a name"), words.next().expect("a size"));
        text += &format!("_Static_assert(sizeof(checksig_{name}) == {size}, \"size of {name}\");\n");
        for word in words {
            let (field, place) = word.split_once(':').expect("a field and its place");
            text += &format!(
                "_Static_assert(offsetof(checksig_{name}, {field}) == {place}, \"{name}.{field}\");\n"
            );
        }
    }
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = folder.path().join("layout.c");
    fs::write(&file, text).expect("a file");
    let mut compiler = Command::new("cc");
    succeed(compiler.args(["-std=c11", "-c", "-o", "/dev/null", "-I"]).arg(top().join("include")).arg(&file));
}
