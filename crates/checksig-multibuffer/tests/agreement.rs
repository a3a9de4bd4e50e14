//! Every kernel, with every number of streams, must agree with RustCrypto: over all short lengths, ragged sets, random
//! splits and unaligned buffers.

mod common;

use checksig_multibuffer::{Md5, MultiHash, Sha1, Sha224, Sha256, Sha384, Sha512, Sha512_256};
use common::{Random, finish, kernels};
use sha2::Digest;

/// Finishes the streams with their tails and compares each with the digest of its whole message.
fn finish_and_compare<H: MultiHash, D: Digest>(
    hash: &H,
    states: &mut [H::State],
    tails: &[&[u8]],
    whole: &[&[u8]],
) {
    let digests = finish(hash, states, tails);
    for (stream, (digest, message)) in digests.iter().zip(whole).enumerate() {
        assert_eq!(
            digest[..],
            D::digest(message)[..],
            "{}, stream {stream} of {}, {} bytes",
            hash.kernel(),
            whole.len(),
            message.len()
        );
    }
}

/// Lengths 0 to 1100, as many neighbours together as there are streams.
fn every_length<H: MultiHash, D: Digest>(random: &mut Random) {
    let data = random.bytes(1200);
    for hash in kernels::<H>() {
        for count in 1..=2 * hash.lanes() + 1 {
            let lengths: Vec<usize> = (0..=1100).collect();
            for lengths in lengths.chunks(count) {
                // Another start for every stream: unaligned, and no two lanes with equal bytes.
                let messages: Vec<_> = lengths.iter().map(|len| &data[len % 97..][..*len]).collect();
                let mut states = vec![hash.start(); lengths.len()];
                finish_and_compare::<H, D>(&hash, &mut states, &messages, &messages);
            }
        }
    }
}

/// Streams that absorb equal pieces together, in several calls, then ragged ends.
fn every_split<H: MultiHash, D: Digest>(random: &mut Random) {
    for hash in kernels::<H>() {
        for count in 1..=2 * hash.lanes() + 1 {
            let pieces: Vec<usize> = (0..random.below(4)).map(|_| H::BLOCK_LEN * random.below(9)).collect();
            let together: usize = pieces.iter().sum();
            let buffers: Vec<_> = (0..count)
                .map(|_| {
                    let len = together + random.below(5 * H::BLOCK_LEN);
                    let start = random.below(64);
                    (start, random.bytes(start + len))
                })
                .collect();
            let messages: Vec<_> = buffers.iter().map(|(start, bytes)| &bytes[*start..]).collect();
            let mut states = vec![hash.start(); count];
            let mut done = 0;
            for piece in pieces {
                let slices = messages.iter().map(|message| &message[done..done + piece]);
                hash.update(&mut states.iter_mut().zip(slices).collect::<Vec<_>>());
                done += piece;
            }
            let tails: Vec<_> = messages.iter().map(|message| &message[done..]).collect();
            finish_and_compare::<H, D>(&hash, &mut states, &tails, &messages);
        }
    }
}

/// Many streams of very different lengths.
fn ragged<H: MultiHash, D: Digest>(random: &mut Random) {
    let data = random.bytes(100_000);
    for hash in kernels::<H>() {
        let messages: Vec<_> = (0..70)
            .map(|i| {
                let len = random.below(1 << (i % 16));
                &data[random.below(1000)..][..len]
            })
            .collect();
        let mut states = vec![hash.start(); messages.len()];
        finish_and_compare::<H, D>(&hash, &mut states, &messages, &messages);
    }
}

fn check<H: MultiHash, D: Digest>() {
    for hash in kernels::<H>() {
        assert!(hash.self_test(), "{}", hash.kernel());
    }
    assert_eq!(H::rejected(), None);
    let mut random = Random(1);
    every_length::<H, D>(&mut random);
    for _ in 0..8 {
        every_split::<H, D>(&mut random);
    }
    ragged::<H, D>(&mut random);
}

#[test]
fn md5() {
    check::<Md5, md5::Md5>();
}

#[test]
fn sha1() {
    check::<Sha1, sha1::Sha1>();
}

#[test]
fn sha224() {
    check::<Sha224, sha2::Sha224>();
}

#[test]
fn sha256() {
    check::<Sha256, sha2::Sha256>();
}

#[test]
fn sha384() {
    check::<Sha384, sha2::Sha384>();
}

#[test]
fn sha512() {
    check::<Sha512, sha2::Sha512>();
}

#[test]
fn sha512_256() {
    check::<Sha512_256, sha2::Sha512_256>();
}

#[test]
fn no_streams_are_nothing_to_do() {
    let hash = Sha256::new();
    hash.update(&mut []);
    hash.finish(&mut []);
}

#[test]
#[should_panic(expected = "not whole blocks")]
fn update_takes_whole_blocks() {
    let hash = Sha256::new();
    hash.update(&mut [(&mut hash.start(), &[0; 65])]);
}

#[test]
#[should_panic(expected = "different lengths")]
fn update_takes_equal_lengths() {
    let hash = Sha256::new();
    hash.update(&mut [(&mut hash.start(), &[0; 64]), (&mut hash.start(), &[0; 128])]);
}

#[test]
#[should_panic(expected = "outputs must be of 32 bytes")]
fn finish_takes_whole_outputs() {
    let hash = Sha256::new();
    hash.finish(&mut [(&mut hash.start(), &[], &mut [0; 20])]);
}
