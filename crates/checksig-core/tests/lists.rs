//! Where lists come from: by name, from a reader, from a directory that somebody else filled.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use checksig_core::{
    Algorithm, ErrorKind, ListInput, ListOptions, PathPolicy, Plan, Policy, Report, Status, Verdict,
    Verifier, check_signatures, find_lists,
};
use rustix::fs::{CWD, Mode, mkfifoat};

/// MD5 of `abc`.
const MD5: &str = "900150983cd24fb0d6963f7d28e17f72";
/// SHA-1 of `abc`.
const SHA1: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";

fn verify(input: ListInput) -> Report {
    Verifier::new().run(Plan::new(vec![input], PathPolicy::Beneath).unwrap(), &mut ()).unwrap()
}

fn names(directory: &Path) -> Vec<String> {
    let paths: Vec<PathBuf> = find_lists(directory).unwrap();
    paths.iter().map(|path| path.to_str().unwrap().to_owned()).collect()
}

#[test]
fn lists_are_found_by_their_names_sorted() {
    let directory = tempfile::tempdir().unwrap();
    let mut lists = vec!["checksums.txt".to_owned(), "Checksums.TXT".to_owned(), ".md5".to_owned()];
    for algorithm in Algorithm::all() {
        let name = algorithm.name().replace('/', "-");
        lists.push(format!("{name}sum.txt"));
        lists.push(format!("{name}sums.txt"));
        lists.push(format!("{}SUMS", name.to_uppercase()));
        lists.push(format!("file.iso.{name}"));
    }
    lists.extend(
        ["b2sum.txt", "B3SUMS", "x.sha-256", "x.SHA1", "blake2b-256sums", "x.blake2b-8"].map(str::to_owned),
    );
    for name in &lists {
        fs::write(directory.path().join(name), "").unwrap();
    }
    for name in [
        // What programs are called.
        "md5sum",
        "sha256sum",
        "sum.txt",
        "sha256",
        "md5sum.txt.asc",
        "xmd5sum",
        "crc32sum.txt",
        "x.sha2",
        "checksum.txt",
        "x.blake2b-7",
    ] {
        fs::write(directory.path().join(name), "").unwrap();
    }
    lists.sort();
    assert_eq!(names(directory.path()), lists);
}

#[test]
fn directories_and_what_is_deeper_are_not_found() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir_all(directory.path().join("sha256sum.txt")).unwrap();
    fs::create_dir_all(directory.path().join("deeper")).unwrap();
    fs::write(directory.path().join("deeper/md5sum.txt"), "").unwrap();
    let error = find_lists(directory.path()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NoList));
    for word in ["sha256sum.txt", "SHA256SUMS", "*.sha256", "checksums.txt"] {
        assert!(error.to_string().contains(word), "{error}");
    }
    assert!(matches!(
        find_lists(directory.path().join("none")).unwrap_err().kind(),
        ErrorKind::UnreadableRoot(_)
    ));
}

#[test]
fn a_fifo_among_the_lists_is_not_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    mkfifoat(CWD, directory.path().join("sha1sum.txt"), Mode::RUSR | Mode::WUSR).unwrap();
    assert_eq!(names(directory.path()), ["sha1sum.txt"]);
    let error = ListInput::read_beneath(directory.path(), OsStr::new("sha1sum.txt"), &ListOptions::default());
    let error = error.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::UnreadableList(_)), "{error}");
    let error = check_signatures(directory.path()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::UnreadableList(_)), "{error}");
}

#[test]
fn a_list_that_is_a_symlink_stays_inside() {
    let directory = tempfile::tempdir().unwrap();
    let tree = directory.path().join("tree");
    fs::create_dir(&tree).unwrap();
    fs::write(tree.join("abc"), "abc").unwrap();
    fs::write(tree.join("real"), format!("{SHA1}  abc\n")).unwrap();
    fs::write(directory.path().join("outside"), format!("{SHA1}  abc\n")).unwrap();
    symlink("real", tree.join("sha1sum.txt")).unwrap();
    assert_eq!(check_signatures(&tree).unwrap().verified_files, 1);
    for target in
        ["../outside".into(), directory.path().join("outside"), tree.join("real"), "/dev/zero".into()]
    {
        fs::remove_file(tree.join("sha1sum.txt")).unwrap();
        symlink(&target, tree.join("sha1sum.txt")).unwrap();
        assert_eq!(names(&tree), ["sha1sum.txt"], "it is not left out silently");
        let error = check_signatures(&tree).unwrap_err();
        assert!(error.to_string().contains("leads outside"), "{error}");
        // Named by the user, it is trusted.
        if target != Path::new("/dev/zero") {
            let options = ListOptions { algorithm: None, root: Some(tree.clone()) };
            assert_eq!(
                verify(ListInput::read(tree.join("sha1sum.txt"), &options).unwrap()).verified_files,
                1
            );
        }
    }
}

#[test]
fn a_directory_in_the_place_of_the_list() {
    let directory = tempfile::tempdir().unwrap();
    assert!(matches!(check_signatures(directory.path()).unwrap_err().kind(), ErrorKind::UnreadableList(_)));
    fs::create_dir(directory.path().join("sha1sum.txt")).unwrap();
    assert!(matches!(check_signatures(directory.path()).unwrap_err().kind(), ErrorKind::UnreadableList(_)));
    let path = directory.path().join("sha1sum.txt");
    assert!(ListInput::read(path, &ListOptions::default()).is_err());
    let none = check_signatures(directory.path().join("none")).unwrap_err();
    assert!(matches!(none.kind(), ErrorKind::UnreadableRoot(_)), "{none}");
}

#[test]
fn a_list_that_names_itself_is_checked_as_written() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("abc"), "abc").unwrap();
    let text = format!("{MD5}  abc\n{MD5}  md5sum.txt\n");
    fs::write(directory.path().join("md5sum.txt"), text).unwrap();
    let input = ListInput::read(directory.path().join("md5sum.txt"), &ListOptions::default()).unwrap();
    let report = verify(input);
    assert_eq!((report.counts[Status::Ok], report.counts[Status::Mismatch]), (1, 1));
}

#[test]
fn check_signatures_reads_one_list_alone() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("abc"), "abc").unwrap();
    fs::write(directory.path().join("sha1sum.txt"), format!("{SHA1}  abc\n")).unwrap();
    fs::write(directory.path().join("md5sum.txt"), "garbage").unwrap();
    assert_eq!(check_signatures(directory.path()).unwrap().entries(), 1);
    fs::write(directory.path().join("sha1sum.txt"), "").unwrap();
    assert!(matches!(check_signatures(directory.path()).unwrap_err().kind(), ErrorKind::NotVerified(_)));
}

#[test]
fn paths_begin_at_the_list_or_at_the_root_given() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir_all(directory.path().join("lists")).unwrap();
    fs::create_dir_all(directory.path().join("files")).unwrap();
    fs::write(directory.path().join("files/abc"), "abc").unwrap();
    let path = directory.path().join("lists/md5sum.txt");
    fs::write(&path, format!("{MD5}  abc\n")).unwrap();
    let options = ListOptions::default();
    assert_eq!(verify(ListInput::read(&path, &options).unwrap()).counts[Status::Missing], 1);
    let options = ListOptions { root: Some(directory.path().join("files")), ..options };
    assert_eq!(verify(ListInput::read(&path, &options).unwrap()).counts[Status::Ok], 1);
    let beneath = ListInput::read_beneath(directory.path().join("lists"), OsStr::new("md5sum.txt"), &options);
    assert_eq!(verify(beneath.unwrap()).counts[Status::Ok], 1);
}

#[test]
fn a_list_from_a_reader() {
    /// Gives one byte a read, every other read interrupted, and fails in the end if it is to.
    struct Slow<'a>(&'a [u8], bool, bool);
    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            match self.0.split_first() {
                _ if self.1 => Err(io::ErrorKind::Interrupted.into()),
                Some((byte, rest)) => {
                    buffer[0] = *byte;
                    self.0 = rest;
                    Ok(1)
                }
                None if self.2 => Err(io::Error::other("the line is dead")),
                None => Ok(0),
            }
        }
    }
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("abc"), "abc").unwrap();
    let text = format!("{MD5}  abc\n");
    let options = ListOptions::default();
    let input =
        ListInput::read_from(Slow(text.as_bytes(), false, false), "-", directory.path(), &options).unwrap();
    assert_eq!(verify(input).verdict(&Policy::default()), Verdict::Verified);
    // A list that could not be read to its end is no list, whatever came before.
    let error =
        ListInput::read_from(Slow(text.as_bytes(), false, true), "a\x1b[2J", ".", &options).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::UnreadableList(_)));
    assert!(error.to_string().contains("the line is dead") && !error.to_string().contains('\x1b'));
}

#[test]
fn two_ways_to_write_a_root_are_one() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("tree")).unwrap();
    symlink("tree", directory.path().join("link")).unwrap();
    fs::write(directory.path().join("tree/abc"), "abc").unwrap();
    fs::write(directory.path().join("tree/md5sum.txt"), format!("{MD5}  abc\n")).unwrap();
    fs::write(directory.path().join("tree/sha1sum.txt"), format!("{SHA1}  abc\n")).unwrap();
    let read = |path: &str| ListInput::read(directory.path().join(path), &ListOptions::default()).unwrap();
    let plan =
        Plan::new(vec![read("tree/md5sum.txt"), read("link/sha1sum.txt")], PathPolicy::Beneath).unwrap();
    assert_eq!((plan.files(), plan.entries(), plan.roots().len()), (1, 2, 1));
    let report = Verifier::new().run(plan, &mut ()).unwrap();
    assert_eq!((report.verified_files, report.bytes), (1, 3));
}

#[test]
fn names_that_are_not_utf8_are_found_and_read() {
    let directory = tempfile::tempdir().unwrap();
    let name = OsStr::from_bytes(b"\xff\n.md5");
    fs::write(directory.path().join(name), format!("{MD5}  abc\n")).unwrap();
    fs::write(directory.path().join("abc"), "abc").unwrap();
    let found = find_lists(directory.path()).unwrap();
    assert_eq!(found, [PathBuf::from(name)]);
    let input = ListInput::read_beneath(directory.path(), found[0].as_os_str(), &ListOptions::default());
    assert_eq!(verify(input.unwrap()).counts[Status::Ok], 1);
}
