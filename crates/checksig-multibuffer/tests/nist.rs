//! NIST's validation vectors (`vectors/nist`): every answer from every kernel, beside any number of other messages.

mod common;

use checksig_multibuffer::{MultiHash, Sha1, Sha224, Sha256, Sha384, Sha512, Sha512_256};
use common::{digests, kernels, nist};

/// The counts are NIST's, so that a file cut short does not pass.
fn check<H: MultiHash>(algorithm: &str, short: usize, long: usize) {
    let mut answers = nist::messages(&format!("{algorithm}ShortMsg"));
    assert_eq!(answers.len(), short);
    answers.extend(nist::messages(&format!("{algorithm}LongMsg")));
    assert_eq!(answers.len(), short + long);
    for hash in kernels::<H>() {
        for width in 1..=hash.lanes() + 1 {
            for group in answers.chunks(width) {
                let messages: Vec<_> = group.iter().map(|answer| &answer.message[..]).collect();
                let shortest = messages.iter().map(|message| message.len()).min().unwrap();
                for together in [0, shortest - shortest % H::BLOCK_LEN] {
                    for (answer, digest) in group.iter().zip(digests(&hash, &messages, together)) {
                        let len = answer.message.len();
                        assert_eq!(digest, answer.digest, "{}, {len} bytes", hash.kernel());
                    }
                }
            }
        }
        monte_carlo(&hash, algorithm);
    }
}

/// A hundred times a thousand steps, each of which hashes the three digests before it. The last digest of a thousand is
/// the seed of the next thousand and in the file, so the thousands can run side by side.
fn monte_carlo<H: MultiHash>(hash: &H, algorithm: &str) {
    let seeds = nist::monte_carlo(&format!("{algorithm}Monte"));
    assert_eq!(seeds.len(), 101);
    for width in [1, 100] {
        let mut reached = Vec::new();
        for seeds in seeds[..100].chunks(width) {
            let mut messages: Vec<Vec<u8>> = seeds.iter().map(|seed| seed.repeat(3)).collect();
            for _ in 0..1000 {
                let slices: Vec<_> = messages.iter().map(|message| &message[..]).collect();
                let digests = digests(hash, &slices, 0);
                for (message, digest) in messages.iter_mut().zip(digests) {
                    message.drain(..H::OUTPUT_LEN);
                    message.extend(digest);
                }
            }
            reached.extend(messages.iter().map(|message| message[2 * H::OUTPUT_LEN..].to_vec()));
        }
        assert_eq!(reached, seeds[1..], "{}, {width} at a time", hash.kernel());
    }
}

#[test]
fn sha1() {
    check::<Sha1>("SHA1", 65, 64);
}

#[test]
fn sha224() {
    check::<Sha224>("SHA224", 65, 64);
}

#[test]
fn sha256() {
    check::<Sha256>("SHA256", 65, 64);
}

#[test]
fn sha384() {
    check::<Sha384>("SHA384", 129, 128);
}

#[test]
fn sha512() {
    check::<Sha512>("SHA512", 129, 128);
}

#[test]
fn sha512_256() {
    check::<Sha512_256>("SHA512_256", 129, 128);
}
