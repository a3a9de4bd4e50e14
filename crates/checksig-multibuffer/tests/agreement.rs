//! Every kernel, with every number of streams, must agree with RustCrypto and with Python's hashlib: over all lengths up to
//! 1100, ragged sets, random splits and unaligned buffers.

mod common;

use std::io::Write;
use std::process::{Command, Stdio};

use checksig_multibuffer::{
    Md5, MultiHash, Sha1, Sha224, Sha256, Sha384, Sha512, Sha512_256, rejected_kernels,
};
use common::{Random, digests, finish, hex, kernels};
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

const LONGEST: usize = 1100;

/// Prints the digests of the messages of [`Answers`], whose bytes come from standard input, in the order of their length.
const HASHLIB: &str = "
import hashlib, sys
data = sys.stdin.buffer.read()
for length in range(int(sys.argv[2]) + 1):
    message = data[length % 97:][:length]
    print(hashlib.new(sys.argv[1], message, usedforsecurity=False).hexdigest())
";

/// A message of every length and its digest, which both oracles agree on. Each length has another start: unaligned, and no
/// two lanes with equal bytes.
struct Answers {
    data: Vec<u8>,
    digests: Vec<Vec<u8>>,
}

impl Answers {
    fn new<D: Digest>(algorithm: &str, random: &mut Random) -> Self {
        let mut answers = Answers { data: random.bytes(LONGEST + 97), digests: Vec::new() };
        answers.digests = (0..=LONGEST).map(|len| D::digest(answers.message(len)).to_vec()).collect();
        let mut python = Command::new("python3")
            .args(["-c", HASHLIB, algorithm, &LONGEST.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3, whose hashlib is an oracle");
        python.stdin.take().expect("a pipe").write_all(&answers.data).expect("python3 reads");
        let output = python.wait_with_output().expect("python3 ends");
        assert!(output.status.success(), "python3: {}", output.status);
        let printed = String::from_utf8(output.stdout).expect("hex");
        assert!(printed.lines().eq(answers.digests.iter().map(|digest| hex(digest))), "the oracles disagree");
        answers
    }

    fn message(&self, len: usize) -> &[u8] {
        &self.data[len % 97..][..len]
    }

    /// Hashes messages of these lengths side by side, their first `together` bytes through `update`.
    fn check<H: MultiHash>(&self, hash: &H, lengths: &[usize], together: usize) {
        let messages: Vec<_> = lengths.iter().map(|len| self.message(*len)).collect();
        for (len, digest) in lengths.iter().zip(digests(hash, &messages, together)) {
            assert_eq!(digest, self.digests[*len], "{}, {len} bytes of {lengths:?}", hash.kernel());
        }
    }
}

/// All lengths, as many neighbours together as there are streams.
fn every_length<H: MultiHash>(answers: &Answers) {
    let lengths: Vec<usize> = (0..=LONGEST).collect();
    for hash in kernels::<H>() {
        for count in 1..=2 * hash.lanes() + 1 {
            for lengths in lengths.chunks(count) {
                answers.check(&hash, lengths, 0);
            }
        }
    }
}

/// Lengths in no order, each set cut at a random block that all its messages reach.
fn ragged_sets<H: MultiHash>(answers: &Answers, random: &mut Random) {
    for hash in kernels::<H>() {
        for _ in 0..200 {
            let count = 1 + random.below(3 * hash.lanes());
            let lengths: Vec<_> = (0..count).map(|_| random.below(LONGEST + 1)).collect();
            let blocks = lengths.iter().min().unwrap() / H::BLOCK_LEN;
            answers.check(&hash, &lengths, H::BLOCK_LEN * random.below(blocks + 1));
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
fn long_and_short<H: MultiHash, D: Digest>(random: &mut Random) {
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

fn check<H: MultiHash, D: Digest>(algorithm: &str) {
    for hash in kernels::<H>() {
        assert!(hash.self_test(), "{}", hash.kernel());
    }
    assert_eq!(H::new().kernel(), kernels::<H>().next().unwrap().kernel(), "the best kernel is used");
    assert_eq!(rejected_kernels().count(), 0);
    let mut random = Random(1);
    let answers = Answers::new::<D>(algorithm, &mut random);
    every_length::<H>(&answers);
    ragged_sets::<H>(&answers, &mut random);
    for _ in 0..8 {
        every_split::<H, D>(&mut random);
    }
    long_and_short::<H, D>(&mut random);
}

#[test]
fn md5() {
    check::<Md5, md5::Md5>("md5");
}

#[test]
fn sha1() {
    check::<Sha1, sha1::Sha1>("sha1");
}

#[test]
fn sha224() {
    check::<Sha224, sha2::Sha224>("sha224");
}

#[test]
fn sha256() {
    check::<Sha256, sha2::Sha256>("sha256");
}

#[test]
fn sha384() {
    check::<Sha384, sha2::Sha384>("sha384");
}

#[test]
fn sha512() {
    check::<Sha512, sha2::Sha512>("sha512");
}

#[test]
fn sha512_256() {
    check::<Sha512_256, sha2::Sha512_256>("sha512_256");
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
