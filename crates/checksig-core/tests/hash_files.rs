//! Hashing files that the user names: few on the calling thread and many by others, with the same results; and what is
//! not a regular file.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;

use checksig_core::{Algorithm, CancelToken, ErrorKind, FileToHash, HashFiles, HashOptions};
use rustix::fs::{CWD, FileType, Mode, mknodat};

/// Of `hello`, by coreutils.
const MD5: &str = "5d41402abc4b2a76b9719d911017c592";
const SHA1: &str = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d";
/// Of nothing.
const NOTHING: &str = "d41d8cd98f00b204e9800998ecf8427e";
/// As many files as are hashed on the calling thread, and more than that.
const NUMBERS: [usize; 2] = [2, 60];

fn fifo(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
}

/// So many files that hold `hello`, and one more of that name.
fn hellos(directory: &Path, number: usize) -> Vec<PathBuf> {
    fs::write(directory.join("hello"), "hello").unwrap();
    let paths: Vec<_> = (0..number).map(|number| directory.join(number.to_string())).collect();
    paths.iter().for_each(|path| fs::write(path, "hello").unwrap());
    paths
}

/// Hashes so many files that hold `hello`, and then these files; gives the results of these, in hex or as error numbers.
fn hash(
    directory: &Path,
    before: usize,
    files: &[(&str, Algorithm)],
    options: HashOptions,
) -> Vec<Result<String, i32>> {
    let to_hash = |path: PathBuf, algorithm| FileToHash { path, algorithm };
    let hellos = hellos(directory, before).into_iter();
    let mut all: Vec<_> = hellos.map(|path| to_hash(path, Algorithm::Md5)).collect();
    all.extend(files.iter().map(|(name, algorithm)| to_hash(directory.join(name), *algorithm)));
    let hashed = HashFiles::start_each(all, options).unwrap().map(|file| match file.checksum {
        Ok(checksum) => Ok(checksum.to_string()),
        Err(error) => match error.into_kind() {
            ErrorKind::UnreadableFile(error) => Err(error.raw_os_error().unwrap_or(0)),
            other => panic!("{other:?}"),
        },
    });
    let mut results: Vec<_> = hashed.collect();
    let rest = results.split_off(before);
    assert!(results.into_iter().all(|result| result == Ok(MD5.to_owned())));
    rest
}

#[test]
fn each_file_by_its_own_algorithm() {
    for before in NUMBERS {
        let directory = tempfile::tempdir().unwrap();
        let files = [("hello", Algorithm::Sha1), ("none", Algorithm::Sha1), ("./hello", Algorithm::Md5)];
        let results = hash(directory.path(), before, &files, HashOptions::default());
        let missing = rustix::io::Errno::NOENT.raw_os_error();
        assert_eq!(results, [Ok(SHA1.to_owned()), Err(missing), Ok(MD5.to_owned())]);
    }
}

#[test]
fn what_is_not_regular_is_refused_where_that_is_asked_for() {
    for before in NUMBERS {
        let directory = tempfile::tempdir().unwrap();
        fifo(&directory.path().join("pipe"));
        let files = [("pipe", Algorithm::Md5), (".", Algorithm::Md5), ("/dev/null", Algorithm::Md5)];
        let options = HashOptions { regular_only: true, ..HashOptions::default() };
        let refused = Err(rustix::io::Errno::NXIO.raw_os_error());
        assert_eq!(
            hash(directory.path(), before, &files, options),
            [refused.clone(), refused.clone(), refused]
        );
    }
}

#[test]
fn a_fifo_waits_for_its_writer() {
    for before in NUMBERS {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        fifo(&pipe);
        let writer = thread::spawn(move || {
            // Waits for the reader, and lets it wait for the rest.
            let mut pipe = File::options().write(true).open(pipe).unwrap();
            pipe.write_all(b"he").unwrap();
            pipe.write_all(b"llo").unwrap();
        });
        let files = [("pipe", Algorithm::Md5), ("/dev/null", Algorithm::Md5)];
        let results = hash(directory.path(), before, &files, HashOptions::default());
        assert_eq!(results, [Ok(MD5.to_owned()), Ok(NOTHING.to_owned())]);
        writer.join().unwrap();
    }
}

#[test]
fn waiting_for_a_fifo_ends_with_a_cancel() {
    for before in NUMBERS {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        fifo(&pipe);
        let cancel = CancelToken::new();
        let options = HashOptions { cancel: cancel.clone(), ..HashOptions::default() };
        let writer = thread::spawn(move || {
            let pipe = File::options().write(true).open(pipe).unwrap();
            cancel.cancel();
            pipe
        });
        let mut files = hellos(directory.path(), before);
        files.push(directory.path().join("pipe"));
        let files = files.into_iter().map(|path| FileToHash { path, algorithm: Algorithm::Md5 }).collect();
        let last = HashFiles::start_each(files, options).unwrap().last().unwrap();
        assert!(last.checksum.is_err());
        drop(writer.join().unwrap());
    }
}

/// Files of sysfs are said to have a page, and have less.
#[test]
#[cfg(target_os = "linux")]
fn a_file_that_is_not_as_long_as_it_says() {
    let file = Path::new("/sys/kernel/mm/transparent_hugepage/enabled");
    let file = if file.exists() { file } else { Path::new("/sys/kernel/uevent_seqnum") };
    let content = fs::read(file).unwrap();
    assert!((content.len() as u64) < fs::metadata(file).unwrap().len());
    let expected = checksig_core::hash_stream(&content[..], Algorithm::Md5).unwrap().to_string();
    for before in NUMBERS {
        let directory = tempfile::tempdir().unwrap();
        let files = [(file.to_str().unwrap(), Algorithm::Md5)];
        let options = HashOptions { accept_changes: true, ..HashOptions::default() };
        assert_eq!(hash(directory.path(), before, &files, options), [Ok(expected.clone())]);
        let results = hash(directory.path(), before, &files, HashOptions::default());
        assert_eq!(results, [Err(0)], "no digest of a file that seems to change");
    }
}

#[test]
fn a_cancel_ends_also_what_is_hashed_in_turn() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("huge");
    // Named twice, so that all but the first are hashed when their turn comes; there are days to read of it.
    File::create(&path).unwrap().set_len(1 << 42).unwrap();
    let cancel = CancelToken::new();
    let options = HashOptions { cancel: cancel.clone(), ..HashOptions::default() };
    let file = FileToHash { path, algorithm: Algorithm::Md5 };
    let hashed = HashFiles::start_each(vec![file; 3], options).unwrap();
    let canceller = thread::spawn(move || cancel.cancel());
    for file in hashed {
        let error = file.checksum.unwrap_err();
        assert!(error.to_string().contains("cancelled"), "{error}");
    }
    canceller.join().unwrap();
}
