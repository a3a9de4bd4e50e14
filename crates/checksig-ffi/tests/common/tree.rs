//! The files that the test programs verify, with lists written by GNU's tools.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

/// SHA-256 of `hello` and of `world`.
const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const WORLD: &str = "486ea46224d1bb4fb680f34f7c9ad96a8f24ec88be73ea8e5a6c65260e9cb8a7";

/// Makes all of them in a temporary directory.
pub fn make() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let top = directory.path();
    let file = |name: &[u8], content: &[u8]| {
        let path = top.join(OsStr::from_bytes(name));
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    };

    file(b"good/a", b"hello");
    file(b"good/b", b"world");
    list("sha256sum", &top.join("good"));

    file(b"signed/a", b"hello");
    list("sha1sum", &top.join("signed"));

    file(b"bad/ok", b"hello");
    file(b"bad/changed", b"world");
    fs::create_dir(top.join("bad/dir")).expect("a folder");
    let names = ["ok", "", "changed", "gone", "dir", "../good/a"];
    let lines =
        names.map(|name| if name.is_empty() { "garbage\n".into() } else { format!("{HELLO}  {name}\n") });
    file(b"bad/SHA256SUMS", lines.concat().as_bytes());

    file(b"names/\xff\n\x1b[31m\\", b"hello");
    list("sha256sum", &top.join("names"));

    file(b"gone/a", b"hello");
    file(b"gone/SHA256SUMS", format!("{HELLO}  a\n{WORLD}  b\n").as_bytes());

    file(b"garbage/a", b"hello");
    file(b"garbage/SHA256SUMS", format!("{HELLO}  a\ngarbage\n").as_bytes());

    file(b"two/a", b"hello");
    list("sha256sum", &top.join("two"));
    std::os::unix::fs::symlink("nowhere", top.join("two/md5sum.txt")).expect("a link");

    fs::create_dir(top.join("empty")).expect("a folder");

    for number in 0..300 {
        file(format!("many/{number:03}").as_bytes(), format!("{number}\n").repeat(number).as_bytes());
    }
    list("sha256sum", &top.join("many"));

    // Missing files: twenty-five, and twenty-one whose names take four bytes for one when they are quoted.
    let sha1 = "0".repeat(40);
    let gone: String = (0..25).map(|number| format!("{sha1}  gone-{number:02}\n")).collect();
    file(b"twenty/sha1sum.txt", gone.as_bytes());
    let long: String = (0..21).map(|number| format!("{sha1}  {number}{}\n", "\u{1}".repeat(250))).collect();
    file(b"long/sha1sum.txt", long.as_bytes());

    // Four gibibytes that take no room.
    file(b"huge/sha1sum.txt", format!("{sha1}  zeros\n").as_bytes());
    let zeros = fs::File::create(top.join("huge/zeros")).expect("a file");
    zeros.set_len(4 << 30).expect("a sparse file");

    directory
}

/// Writes the list of all files of a directory with a program of GNU's, in the order of their names.
fn list(program: &str, directory: &Path) {
    let mut names: Vec<_> = fs::read_dir(directory)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    names.sort();
    let mut command = Command::new(program);
    let output = command.arg("--").args(&names).current_dir(directory).output().expect("a program of GNU's");
    assert!(output.status.success(), "{output:?}");
    fs::write(directory.join(format!("{program}.txt")), output.stdout).expect("a list");
}
