//! What only some machines have, and what is not the list's to name: devices, links of procfs, roots, files that are
//! hashed. The paths of lists are in `hostile_paths`.

mod common;

use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::fs::symlink;
use std::path::Path;

use checksig_core::source::{LocalTree, Source, Wait};
use checksig_core::{Algorithm, CancelToken, HashFiles, PathPolicy, Status, hash_stream};
use common::hostile::make_tree;
use common::ways::{every_way, list_of, ways};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::io::Errno;

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
