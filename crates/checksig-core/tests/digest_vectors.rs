//! The hash functions against `vectors/digests.txt` and against Python's, through every way that a file is hashed.
#![allow(clippy::disallowed_methods, reason = "the core starts no programs, its tests ask one")]

mod common;

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use checksig_core::{
    Algorithm, Checksum, DigestLength, HashFiles, LineStyle, ListInput, Manifest, ParseOptions, PathPolicy,
    Plan, Policy, Verdict, Verifier, hash_file, hash_stream, write_line,
};

fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
}

fn content(text: &str) -> Vec<u8> {
    if let Some(hex) = text.strip_prefix("hex:") {
        return bytes_of(hex);
    }
    let (count, hex) = text.strip_prefix("repeat:").and_then(|rest| rest.split_once(':')).expect("a content");
    bytes_of(hex).repeat(count.parse().expect("a count"))
}

/// Algorithm, content, digest.
fn vectors() -> Vec<(Algorithm, Vec<u8>, Checksum)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/digests.txt");
    let text = fs::read_to_string(path).expect("the vectors");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let vectors: Vec<_> = lines
        .map(|line| {
            let fields: Vec<&str> = line.split(' ').collect();
            let [algorithm, message, digest] = fields[..] else { panic!("{line}") };
            let algorithm = algorithm.parse().expect("an algorithm");
            (algorithm, content(message), Checksum::from_hex(algorithm, digest).expect("a digest"))
        })
        .collect();
    assert!(vectors.len() > 250);
    vectors
}

/// Writes the contents to files called by their numbers.
fn write_all<'a>(directory: &Path, contents: impl Iterator<Item = &'a [u8]>) -> Vec<PathBuf> {
    contents
        .enumerate()
        .map(|(number, content)| {
            let path = directory.join(number.to_string());
            fs::write(&path, content).expect("a file");
            path
        })
        .collect()
}

#[test]
fn every_algorithm_has_vectors() {
    let vectors = vectors();
    for algorithm in Algorithm::all() {
        assert!(vectors.iter().filter(|vector| vector.0 == algorithm).count() >= 4, "{algorithm}");
    }
}

#[test]
fn known_answers_of_streams_and_files() {
    let directory = tempfile::tempdir().unwrap();
    let vectors = vectors();
    let paths = write_all(directory.path(), vectors.iter().map(|vector| &vector.1[..]));
    for ((algorithm, content, expected), path) in vectors.iter().zip(&paths) {
        assert_eq!(hash_stream(&content[..], *algorithm).unwrap(), *expected);
        assert_eq!(hash_file(path, *algorithm).unwrap(), *expected);
    }
}

#[test]
fn known_answers_of_the_engine() {
    let directory = tempfile::tempdir().unwrap();
    let vectors = vectors();
    let paths = write_all(directory.path(), vectors.iter().map(|vector| &vector.1[..]));
    let mut list = Vec::new();
    for (number, (_, _, expected)) in vectors.iter().enumerate() {
        write_line(&mut list, expected, number.to_string().as_bytes(), LineStyle::Tagged).unwrap();
    }
    for (threads, reads) in [(1, 1), (3, 4)] {
        let manifest = Manifest::parse(&list, &ParseOptions::default());
        let input = ListInput::new("checksums.txt", directory.path(), manifest);
        let plan = Plan::new(vec![input], PathPolicy::Beneath).unwrap();
        let report = Verifier::new().threads(threads).reads(reads).run(plan, &mut ()).unwrap();
        assert_eq!(report.verified_files, vectors.len() as u64);
        let verdict = report.verdict(&Policy::default());
        assert_eq!(verdict, Verdict::Verified, "{}", report.into_result(&Policy::default()).unwrap_err());
    }
    for algorithm in vectors.iter().map(|vector| vector.0).collect::<BTreeSet<_>>() {
        let own = vectors.iter().zip(&paths).filter(|(vector, _)| vector.0 == algorithm);
        let (expected, files): (Vec<_>, Vec<_>) = own.map(|(vector, path)| (vector.2, path.clone())).unzip();
        let hashed = HashFiles::start(files, algorithm).unwrap().map(|file| file.checksum.unwrap());
        assert!(hashed.eq(expected), "{algorithm}");
    }
}

const ORACLE: &str = "
import hashlib, sys
names = {'sha512/256': 'sha512_256', 'sha3-224': 'sha3_224', 'sha3-256': 'sha3_256', 'sha3-384': 'sha3_384',
         'sha3-512': 'sha3_512'}
algorithms = sys.argv[1].split(',')
for path in sys.argv[2:]:
    data = open(path, 'rb').read()
    for name in algorithms:
        if name.startswith('blake2b'):
            bits = int((name + '-512').split('-')[1])
            digest = hashlib.blake2b(data, digest_size=bits // 8).hexdigest()
        elif names.get(name, name) in hashlib.algorithms_available:
            digest = hashlib.new(names.get(name, name), data).hexdigest()
        else:
            digest = 'unknown'
        print(path, name, digest)
";

#[test]
fn the_same_as_pythons() {
    let directory = tempfile::tempdir().unwrap();
    let mut lengths = vec![0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 135, 136, 137, 143, 144, 145];
    lengths.extend([1023, 1024, 1025, 4096, 65_535, 65_536, 131_071, 131_072, 131_073, 300_001]);
    lengths.extend((0..12).map(|seed| usize::from(common::noise(seed, 1)[0]) * 97));
    let contents: Vec<Vec<u8>> =
        lengths.iter().enumerate().map(|(seed, &len)| common::noise(seed as u64 + 1, len)).collect();
    let paths = write_all(directory.path(), contents.iter().map(|content| &content[..]));
    let mut algorithms: Vec<Algorithm> = Algorithm::all().filter(|a| *a != Algorithm::Blake3).collect();
    algorithms.extend([1, 20, 31, 32, 48, 63].map(|len| Algorithm::Blake2b(DigestLength::new(len).unwrap())));
    let names: Vec<_> = algorithms.iter().map(|algorithm| algorithm.name()).collect();
    let output = Command::new("python3")
        .args(["-c", ORACLE, &names.join(",")])
        .args(&paths)
        .output()
        .expect("python3, whose hashlib is the oracle");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let fields = text.lines().map(|line| line.splitn(3, ' ').collect::<Vec<_>>());
    let answers: HashMap<(&str, &str), &str> = fields.map(|f| ((f[0], f[1]), f[2])).collect();
    let mut compared = 0;
    for algorithm in algorithms {
        for (file, content) in HashFiles::start(paths.clone(), algorithm).unwrap().zip(&contents) {
            let answer = answers[&(file.path.to_str().unwrap(), algorithm.name().as_ref())];
            if answer != "unknown" {
                assert_eq!(file.checksum.unwrap().to_string(), answer, "{algorithm} of {}", content.len());
                assert_eq!(hash_stream(&content[..], algorithm).unwrap().to_string(), answer);
                compared += 1;
            }
        }
    }
    assert!(compared >= 10 * contents.len(), "only {compared} digests compared");
}

/// More bytes than 32 bits count, through the engine. The file has no blocks on the disk.
#[test]
fn more_than_four_gibibytes() {
    const LEN: u64 = (1 << 32) + 1;
    // head -c 4294967297 /dev/zero | sha1sum
    const DIGEST: &str = "e7d747b75f76e0e41e83b75bce4642816136304f";
    let directory = tempfile::tempdir().unwrap();
    let file = fs::File::create(directory.path().join("zeros")).unwrap();
    file.set_len(LEN).unwrap();
    let list = format!("{DIGEST}  zeros\n");
    let manifest = Manifest::parse(list.as_bytes(), &ParseOptions::default());
    let input = ListInput::new("sha1sum.txt", directory.path(), manifest);
    let plan = Plan::new(vec![input], PathPolicy::Beneath).unwrap();
    let report = Verifier::new().run(plan, &mut ()).unwrap();
    assert_eq!((report.verified_files, report.bytes), (1, LEN));
    assert_eq!(report.verdict(&Policy::default()), Verdict::Verified);
}
