//! NIST's validation vectors (`vectors/nist`) through the program: `hash` prints their digests, `verify` finds them right.

mod common;
#[path = "../../checksig-multibuffer/tests/common/nist.rs"]
#[allow(dead_code, reason = "the kernels' tests use all of it")]
mod nist;

use std::fmt::Write;

use common::{Tree, checksig, run, suite_threads, verify};

/// The files of each algorithm, with NIST's counts, so that a file cut short does not pass.
const FILES: &[(&str, &str, usize)] = &[
    ("sha1", "SHA1ShortMsg", 65),
    ("sha1", "SHA1LongMsg", 64),
    ("sha224", "SHA224ShortMsg", 65),
    ("sha224", "SHA224LongMsg", 64),
    ("sha256", "SHA256ShortMsg", 65),
    ("sha256", "SHA256LongMsg", 64),
    ("sha384", "SHA384ShortMsg", 129),
    ("sha384", "SHA384LongMsg", 128),
    ("sha512", "SHA512ShortMsg", 129),
    ("sha512", "SHA512LongMsg", 128),
    ("sha512/256", "SHA512_256ShortMsg", 129),
    ("sha512/256", "SHA512_256LongMsg", 128),
    ("sha3-224", "SHA3_224ShortMsg", 145),
    ("sha3-256", "SHA3_256ShortMsg", 137),
    ("sha3-384", "SHA3_384ShortMsg", 105),
    ("sha3-512", "SHA3_512ShortMsg", 73),
];

#[test]
fn every_message() {
    let tree = Tree::new();
    let mut list = String::new();
    let mut files = 0;
    for (algorithm, part, count) in FILES {
        let answers = nist::messages(part);
        assert_eq!(answers.len(), *count, "{part}");
        let mut names = Vec::new();
        let mut printed = String::new();
        for (number, answer) in answers.into_iter().enumerate() {
            let name = format!("{part}-{number}");
            let digest: String = answer.digest.iter().map(|byte| format!("{byte:02x}")).collect();
            writeln!(printed, "{digest}  {name}").expect("a string");
            writeln!(list, "{} ({name}) = {digest}", algorithm.to_uppercase()).expect("a string");
            tree.file(&name, answer.message);
            names.push(name);
        }
        files += names.len();
        let mut hash = checksig();
        hash.args(["hash", "--algorithm", algorithm]).args(suite_threads()).args(&names);
        let ran = run(hash.current_dir(tree.path())).exits(0);
        assert!(ran.out() == printed, "{part}");
    }
    assert_eq!(files, 1158 + 460);
    tree.file("checksums.txt", list);
    for options in [&["--json"][..], &["--json", "--detect-collisions"], &["--json", "--reads", "1"]] {
        let summary = run(verify(tree.path()).args(options)).exits(0).json_of("summary").remove(0);
        assert_eq!((&summary["ok"], &summary["entries"]), (&files.into(), &files.into()), "{options:?}");
    }
}
