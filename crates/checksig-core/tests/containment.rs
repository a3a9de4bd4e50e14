//! What a list's paths lead to on a real tree, with `openat2`, through the kernel's ring and component by component: the
//! same answers, and the right ones.

mod common;

use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use checksig_core::source::{LocalTree, Source, Wait};
use checksig_core::{
    Algorithm, CancelToken, HashFiles, Io, Keep, ListInput, Manifest, ParseOptions, PathPolicy, Plan, Status,
    Verifier, hash_stream,
};
use rustix::fs::{CWD, FileType, Mode, RenameFlags, mkfifoat, mknodat, renameat_with};
use rustix::io::Errno;

type Found = (String, Status, Option<i32>);

/// A list that expects `content` of every name. Names with LF or backslash are not for it.
fn list_of(names: &[Vec<u8>], content: &[u8]) -> Manifest {
    let digest = hash_stream(content, Algorithm::Md5).unwrap();
    let mut list = Vec::new();
    for name in names {
        list.extend_from_slice(format!("{digest}  ").as_bytes());
        list.extend_from_slice(name);
        list.push(b'\n');
    }
    let manifest = Manifest::parse(&list, &ParseOptions::default().algorithm(Algorithm::Md5));
    assert_eq!(manifest.len(), names.len());
    manifest
}

/// A way to open files, by its name.
type Way = (&'static str, fn(LocalTree) -> LocalTree, Io);

/// With `openat2`, component by component, and by `openat2` through the ring (where the system allows it).
fn ways() -> [Way; 3] {
    [
        ("openat2", |tree| tree, Io::Blocking),
        ("walking", LocalTree::without_openat2, Io::Blocking),
        ("ring", LocalTree::without_cache, common::ring_if_allowed()),
    ]
}

/// What becomes of the names beneath a root, each way. Each in a run of its own, because names of one file are opened
/// once.
fn every_way(root: &Path, names: &[Vec<u8>]) -> [Vec<Found>; 3] {
    ways().map(|(_, way, io)| {
        let tree = Arc::new(way(LocalTree::open([root], PathPolicy::Beneath).unwrap()));
        let found = |name: &Vec<u8>| {
            let input = ListInput::new("list", root, list_of(std::slice::from_ref(name), b"inside"));
            let plan = Plan::new(vec![input], PathPolicy::Beneath).unwrap();
            let verifier = Verifier::new().threads(1).io(io).keep(Keep::All);
            let outcome = verifier.run_in(plan, tree.clone(), &mut ()).unwrap().outcomes.remove(0);
            (outcome.path().to_string(), outcome.status(), outcome.errno())
        };
        names.iter().map(found).collect()
    })
}

/// A tree of everything that a list may point at, in `tree`, and a secret beside it.
fn make_tree(top: &Path) {
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
fn cases() -> Vec<(Vec<u8>, Status, Option<Errno>)> {
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

#[test]
fn hostile_paths_every_way() {
    let directory = tempfile::tempdir().unwrap();
    make_tree(directory.path());
    let cases = cases();
    let names: Vec<Vec<u8>> = cases.iter().map(|case| case.0.clone()).collect();
    let found = every_way(&directory.path().join("tree"), &names);
    for ((way, ..), found) in ways().iter().zip(found) {
        for ((_, status, errno), found) in cases.iter().zip(found) {
            let expected = (*status, errno.map(Errno::raw_os_error));
            assert_eq!((found.1, found.2), expected, "{way}, {}", found.0);
        }
    }
}

/// A plan refuses them unread; a source that is asked for one must still not take it for a relative path.
#[test]
fn absolute_paths_lead_outside_every_way() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a"), "inside").unwrap();
    let list = list_of(&[b"/a".to_vec(), b"//a".to_vec(), b"/".to_vec()], b"inside");
    for (way, how, _) in ways() {
        let tree = how(LocalTree::open([directory.path()], PathPolicy::Beneath).unwrap());
        for entry in list.entries() {
            let Err(error) = tree.open(0, entry.path(), Wait::Allowed) else {
                panic!("{way} opened {}", entry.path());
            };
            assert_eq!(error.raw_os_error(), Some(Errno::XDEV.raw_os_error()), "{way}, {}", entry.path());
        }
    }
}

#[test]
fn devices_are_not_read() {
    let directory = tempfile::tempdir().unwrap();
    let mode = Mode::RUSR | Mode::WUSR;
    let null = rustix::fs::makedev(1, 3);
    // Only root may make one, and not everywhere.
    if mknodat(CWD, directory.path().join("null"), FileType::CharacterDevice, mode, null).is_ok() {
        for found in every_way(directory.path(), &[b"null".to_vec()]) {
            // A mount may forbid devices altogether.
            let refused =
                found[0].1 == Status::Unreadable && found[0].2 == Some(Errno::ACCESS.raw_os_error());
            assert!(found[0].1 == Status::NotAFile || refused, "{found:?}");
        }
    }
}

#[test]
fn links_of_procfs_that_are_no_paths() {
    let root = Path::new("/proc/self");
    if !root.join("exe").exists() {
        return;
    }
    let (reader, _writer) = std::io::pipe().unwrap();
    let number = reader.as_raw_fd();
    let names =
        ["exe", "cwd", "root/etc/passwd", "cwd/x", "ns/mnt", &format!("fd/{number}"), "task/none", "fd"];
    let names: Vec<Vec<u8>> = names.iter().map(|name| name.as_bytes().to_vec()).collect();
    let [kernel, walking, ring] = every_way(root, &names);
    assert_eq!(kernel, walking);
    assert_eq!(kernel, ring);
    for found in &kernel[..6] {
        assert_eq!((found.1, found.2), (Status::Unreadable, Some(Errno::LOOP.raw_os_error())), "{}", found.0);
    }
    let names = [b"self/exe".to_vec(), b"mounts".to_vec()];
    let [kernel, walking, ring] = every_way(Path::new("/proc"), &names);
    assert_eq!(kernel, walking);
    assert_eq!(kernel, ring);
    assert_eq!(kernel[0].1, Status::Unreadable);
}

/// While a directory and a symlink to the outside change places, what is outside is never read.
#[test]
fn a_directory_swapped_for_a_symlink_meanwhile() {
    let directory = tempfile::tempdir().unwrap();
    let top = directory.path();
    fs::create_dir_all(top.join("tree/swapped/deep")).unwrap();
    fs::create_dir_all(top.join("outside/deep")).unwrap();
    for (place, content) in [("tree/swapped", "inside"), ("outside", "secret")] {
        fs::write(top.join(place).join("file"), content).unwrap();
        fs::write(top.join(place).join("deep/file"), content).unwrap();
    }
    symlink("../outside", top.join("tree/link")).unwrap();
    symlink("swapped/deep/../file", top.join("tree/around")).unwrap();
    let names = [&b"swapped/file"[..], b"swapped/deep/file", b"around"].map(<[u8]>::to_vec);
    // It expects the content of the file outside: an `ok` would betray that it was read.
    let manifest = list_of(&names, b"secret");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let (one, other) = (top.join("tree/swapped"), top.join("tree/link"));
            while !done.load(Ordering::Relaxed) {
                renameat_with(CWD, &one, CWD, &other, RenameFlags::EXCHANGE).unwrap();
            }
        });
        let root = top.join("tree");
        let trees = ways()
            .map(|(_, way, io)| (Arc::new(way(LocalTree::open([&root], PathPolicy::Beneath).unwrap())), io));
        let mut inside = 0;
        for round in 0..30_000 {
            let path = manifest.entry(round % names.len()).unwrap().path();
            if let Ok(mut file) = trees[round / names.len() % 2].0.open(0, path, Wait::Allowed) {
                let mut buffer = [0; 16];
                let len = file.read(&mut buffer, Wait::Allowed).unwrap();
                assert_eq!(&buffer[..len], b"inside");
                inside += 1;
            }
        }
        for (tree, io) in trees {
            for _ in 0..50 {
                let input = ListInput::new("list", &root, list_of(&names, b"secret"));
                let plan = Plan::new(vec![input], PathPolicy::Beneath).unwrap();
                let verifier = Verifier::new().threads(1).reads(2).io(io);
                let report = verifier.run_in(plan, tree.clone(), &mut ()).unwrap();
                assert_eq!(report.counts[Status::Ok], 0);
                for outcome in &report.outcomes {
                    let secret = outcome.actual().is_some_and(|actual| actual == outcome.expected());
                    assert!(!secret, "{outcome:?}");
                }
            }
        }
        done.store(true, Ordering::Relaxed);
        assert!(inside > 0, "the file inside was never found");
    });
}

#[test]
fn a_root_that_is_no_directory() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("file"), "").unwrap();
    for root in ["file", "none"] {
        assert!(LocalTree::open([directory.path().join(root)], PathPolicy::Beneath).is_err());
    }
}

#[test]
fn a_symlink_is_a_good_root() {
    let directory = tempfile::tempdir().unwrap();
    make_tree(directory.path());
    symlink("tree", directory.path().join("root")).unwrap();
    for found in every_way(&directory.path().join("root"), &[b"file".to_vec(), b"out".to_vec()]) {
        assert_eq!((found[0].1, found[1].1), (Status::Ok, Status::UnsafePath));
    }
}

#[test]
fn hashing_goes_where_the_user_says() {
    let directory = tempfile::tempdir().unwrap();
    make_tree(directory.path());
    let tree = directory.path().join("tree");
    let files = vec![tree.join("out"), tree.join("absolute-in"), tree.join("dir/../file"), tree.join("dir")];
    let token = CancelToken::new();
    let hashed: Vec<_> = HashFiles::start_with(files, Algorithm::Md5, 1, 2, token).unwrap().collect();
    let md5 = |content: &[u8]| hash_stream(content, Algorithm::Md5).unwrap();
    assert_eq!(*hashed[0].checksum.as_ref().unwrap(), md5(b"secret"));
    assert_eq!(*hashed[1].checksum.as_ref().unwrap(), md5(b"inside"));
    assert_eq!(*hashed[2].checksum.as_ref().unwrap(), md5(b"inside"));
    assert!(hashed[3].checksum.is_err());
}
