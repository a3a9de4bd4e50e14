//! NIST's validation vectors (`vectors/nist`) through the engine and through the ways to hash one stream.

#[path = "../../checksig-multibuffer/tests/common/nist.rs"]
#[allow(dead_code, reason = "the kernels' tests use all of it")]
mod nist;

use std::fs;

use checksig_core::{
    Algorithm, Checksum, LineStyle, ListInput, Manifest, ParseOptions, PathPolicy, Plan, Policy, Verdict,
    Verifier, hash_reader, hash_stream, write_line,
};
use digest::Digest;

/// The files of each algorithm, with NIST's counts, so that a file cut short does not pass.
const FILES: &[(Algorithm, &str, usize)] = &[
    (Algorithm::Sha1, "SHA1ShortMsg", 65),
    (Algorithm::Sha1, "SHA1LongMsg", 64),
    (Algorithm::Sha224, "SHA224ShortMsg", 65),
    (Algorithm::Sha224, "SHA224LongMsg", 64),
    (Algorithm::Sha256, "SHA256ShortMsg", 65),
    (Algorithm::Sha256, "SHA256LongMsg", 64),
    (Algorithm::Sha384, "SHA384ShortMsg", 129),
    (Algorithm::Sha384, "SHA384LongMsg", 128),
    (Algorithm::Sha512, "SHA512ShortMsg", 129),
    (Algorithm::Sha512, "SHA512LongMsg", 128),
    (Algorithm::Sha512_256, "SHA512_256ShortMsg", 129),
    (Algorithm::Sha512_256, "SHA512_256LongMsg", 128),
    (Algorithm::Sha3_224, "SHA3_224ShortMsg", 145),
    (Algorithm::Sha3_256, "SHA3_256ShortMsg", 137),
    (Algorithm::Sha3_384, "SHA3_384ShortMsg", 105),
    (Algorithm::Sha3_512, "SHA3_512ShortMsg", 73),
];

fn messages(name: &str, count: usize) -> Vec<nist::Answer> {
    let answers = nist::messages(name);
    assert_eq!(answers.len(), count, "{name}");
    answers
}

#[test]
fn streams() {
    for (algorithm, name, count) in FILES {
        for answer in messages(name, *count) {
            let checksum = hash_stream(&answer.message[..], *algorithm).unwrap();
            assert_eq!(checksum.digest(), answer.digest, "{name}, {} bytes", answer.message.len());
        }
    }
}

#[test]
fn readers_with_a_hasher_of_the_callers() {
    fn check<D: Digest>(name: &str, count: usize) {
        for answer in messages(name, count) {
            let digest = hash_reader::<D>(&answer.message[..]).unwrap();
            assert_eq!(digest[..], answer.digest, "{name}, {} bytes", answer.message.len());
        }
    }
    check::<sha1::Sha1>("SHA1LongMsg", 64);
    check::<sha2::Sha512>("SHA512LongMsg", 128);
    check::<sha3::Sha3_256>("SHA3_256ShortMsg", 137);
}

#[test]
fn one_run_over_all_of_them() {
    let directory = tempfile::tempdir().unwrap();
    let mut list = Vec::new();
    let mut files = 0;
    for (algorithm, name, count) in FILES {
        for (number, answer) in messages(name, *count).into_iter().enumerate() {
            let file = format!("{name}-{number}");
            fs::write(directory.path().join(&file), answer.message).unwrap();
            let checksum = Checksum::new(*algorithm, &answer.digest).unwrap();
            write_line(&mut list, &checksum, file.as_bytes(), LineStyle::Tagged).unwrap();
            files += 1;
        }
    }
    assert_eq!(files, 1158 + 460);
    for threads in [1, 3] {
        let manifest = Manifest::parse(&list, &ParseOptions::default());
        let input = ListInput::new("nist", directory.path(), manifest);
        let plan = Plan::new(vec![input], PathPolicy::Beneath).unwrap();
        let report = Verifier::new().threads(threads).run(plan, &mut ()).unwrap();
        assert_eq!(report.verified_files, files);
        assert_eq!(report.verdict(&Policy::default()), Verdict::Verified);
    }
}
