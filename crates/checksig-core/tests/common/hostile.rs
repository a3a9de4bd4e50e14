//! Hostile paths: a tree of everything that a list may point at, and what must become of each name.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use checksig_core::Status;
use rustix::fs::{CWD, Mode, mkfifoat};
use rustix::io::Errno;

/// A tree of everything that a list may point at, in `tree`, and a secret beside it.
pub fn make_tree(top: &Path) {
    let tree = top.join("tree");
    fs::create_dir_all(tree.join("dir/deep")).unwrap();
    fs::create_dir(top.join("outside")).unwrap();
    fs::write(top.join("outside/secret"), "secret").unwrap();
    for file in [
        "file",
        "dir/file",
        "dir/deep/file",
        "c:file",
        "~",
        "-",
        "*",
        "..file",
        "file..",
        "dir/...",
        "secret",
    ] {
        fs::write(tree.join(file), "inside").unwrap();
    }
    fs::write(tree.join("x".repeat(255)), "inside").unwrap();
    mkfifoat(CWD, tree.join("fifo"), Mode::RUSR).unwrap();
    drop(UnixListener::bind(tree.join("socket")).unwrap());
    let outside = top.join("outside");
    let link = |target: &str, name: &str| symlink(target, tree.join(name)).unwrap();
    link("file", "to-file");
    link("dir", "to-dir");
    link("dir/", "to-dir-slash");
    link("file/", "to-file-slash");
    link("./dir/.//deep/../file", "to-file-around");
    link("dir/../file", "dir-up-file");
    link("../file", "dir/up-file");
    link("../../file", "dir/deep/up-file");
    link("../../../outside/secret", "dir/deep/out");
    link("../outside/secret", "out");
    link("../outside", "to-outside");
    link("../tree/file", "out-and-back");
    link("..", "to-parent");
    link("dir/..", "to-itself");
    link("dir/../..", "to-parent-by-dir");
    link(".", "to-here");
    link("dir/deep/../../..", "to-parent-by-deep");
    link(outside.join("secret").to_str().unwrap(), "absolute-out");
    link(tree.join("file").to_str().unwrap(), "absolute-in");
    link("/", "to-slash");
    link("/dev/null", "to-null");
    link("/dev/zero", "to-zero");
    link("nowhere", "dangling");
    link("nowhere/..", "dangling-up");
    link("file/..", "file-up");
    link("loop-b", "loop-a");
    link("loop-a", "loop-b");
    link("loop", "loop");
    link("fifo", "to-fifo");
    link("to-out", "to-to-out");
    link("out", "to-out");
    link("to-dir", "to-to-dir");
    // Forty links are followed, and no more.
    link("file", "chain-1");
    for number in 2..=41 {
        link(&format!("chain-{}", number - 1), &format!("chain-{number}"));
    }
}

/// Name, status, error number.
pub fn cases() -> Vec<(Vec<u8>, Status, Option<Errno>)> {
    use Status::{Missing, NotAFile, Ok, Unreadable, UnsafePath};
    let long = |len: usize| [&b"./".repeat(len / 2)[..], b"file"].concat();
    let mut cases: Vec<(Vec<u8>, Status, Option<Errno>)> = Vec::new();
    for (status, names) in [
        (
            Ok,
            &[
                "file",
                "./file",
                "dir/file",
                "dir//./file",
                "./c:file",
                "~",
                "-",
                "*",
                "..file",
                "file..",
                "dir/...",
                "to-file",
                "to-dir/file",
                "to-dir-slash/file",
                "to-to-dir/deep/file",
                "to-file-around",
                "dir-up-file",
                "dir/up-file",
                "dir/deep/up-file",
                "to-dir/up-file",
                "to-itself/file",
                "to-here/to-here/file",
                "chain-40",
                "to-itself/to-itself/dir/up-file",
            ][..],
        ),
        (
            Missing,
            &[
                "none",
                "none/file",
                "dir/none",
                "dangling",
                "dangling/file",
                "dangling-up",
                "none/",
                "c;file",
                "FILE",
            ],
        ),
        (
            NotAFile,
            &[
                "fifo",
                "to-fifo",
                "socket",
                "dir",
                "dir/",
                "dir/.",
                ".",
                "./",
                "to-dir",
                "to-dir/",
                "to-dir-slash",
                "to-here",
                "to-itself",
                "to-here/.",
            ],
        ),
        (
            UnsafePath,
            &[
                "..",
                "../outside/secret",
                "dir/../file",
                "dir/..",
                "/etc/passwd",
                "//etc/passwd",
                "/",
                "c:file",
                "C:\u{5c}file",
                "\\\\server\\share",
                "out",
                "out-and-back",
                "to-outside",
                "to-outside/secret",
                "to-parent",
                "to-parent/tree/file",
                "to-parent-by-dir",
                "to-parent-by-deep/outside/secret",
                "dir/deep/out",
                "absolute-out",
                "absolute-in",
                "to-slash",
                "to-slash/etc/passwd",
                "to-null",
                "to-zero",
                "to-out",
                "to-to-out",
                "to-dir/deep/out",
                "to-outside/none",
            ],
        ),
    ] {
        cases.extend(names.iter().map(|name| (name.as_bytes().to_vec(), status, None)));
    }
    let mut unreadable = |name: Vec<u8>, errno| cases.push((name, Unreadable, Some(errno)));
    for name in [
        "file/",
        "file/.",
        "file/x",
        "to-file/",
        "to-file/x",
        "to-file-slash",
        "file-up",
        "fifo/",
        "socket/x",
    ] {
        unreadable(name.into(), Errno::NOTDIR);
    }
    for name in ["loop", "loop-a", "loop/x", "loop-a/", "chain-41"] {
        unreadable(name.into(), Errno::LOOP);
    }
    unreadable(b"x".repeat(256), Errno::NAMETOOLONG);
    unreadable([&b"x".repeat(256)[..], b"/y"].concat(), Errno::NAMETOOLONG);
    unreadable(long(4092), Errno::NAMETOOLONG);
    unreadable(long(60_000), Errno::NAMETOOLONG);
    cases.push((b"x".repeat(255), Ok, None));
    // With its NUL, Linux takes 4096 bytes of a path.
    cases.push((long(4090), Ok, None));
    cases.push(([&long(4090)[..4090], b"/file"].concat(), Ok, None));
    cases.push((b"not\xff\xfeutf-8".to_vec(), Missing, None));
    cases
}
