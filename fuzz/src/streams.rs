//! Several streams at once, against each stream's digest by the crates of RustCrypto and of BLAKE in one call.

use checksig_core::{Algorithm, Builtin, Ending, MultiHasher, Stream};
use checksig_multibuffer::{Kernel, Md5, MultiHash, Sha1, Sha224, Sha256, Sha384, Sha512, Sha512_256};
use sha2::Digest;

use crate::input::{Input, noise};

/// The digest by somebody else's code.
pub fn digest(algorithm: Algorithm, data: &[u8]) -> Vec<u8> {
    match algorithm {
        Algorithm::Md5 => md5::Md5::digest(data).to_vec(),
        Algorithm::Sha1 => sha1::Sha1::digest(data).to_vec(),
        Algorithm::Sha224 => sha2::Sha224::digest(data).to_vec(),
        Algorithm::Sha256 => sha2::Sha256::digest(data).to_vec(),
        Algorithm::Sha384 => sha2::Sha384::digest(data).to_vec(),
        Algorithm::Sha512 => sha2::Sha512::digest(data).to_vec(),
        Algorithm::Sha512_256 => sha2::Sha512_256::digest(data).to_vec(),
        Algorithm::Sha3_224 => sha3::Sha3_224::digest(data).to_vec(),
        Algorithm::Sha3_256 => sha3::Sha3_256::digest(data).to_vec(),
        Algorithm::Sha3_384 => sha3::Sha3_384::digest(data).to_vec(),
        Algorithm::Sha3_512 => sha3::Sha3_512::digest(data).to_vec(),
        Algorithm::Blake3 => blake3::hash(data).as_bytes().to_vec(),
        Algorithm::Blake2b(len) => {
            blake2b_simd::Params::new().hash_length(len.get()).hash(data).as_bytes().to_vec()
        }
        Algorithm::Custom(_) => unreachable!("no list names one"),
    }
}

/// Choices: a kernel and hash with ragged streams, then the engine's hasher with streams of several algorithms.
pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let hashes =
        [one_hash::<Md5>, one_hash::<Sha1>, one_hash::<Sha224>, one_hash::<Sha256>, one_hash::<Sha384>];
    let algorithms =
        [Algorithm::Md5, Algorithm::Sha1, Algorithm::Sha224, Algorithm::Sha256, Algorithm::Sha384];
    match input.below(8) {
        5 => one_hash::<Sha512>(Algorithm::Sha512, &mut input),
        6 => one_hash::<Sha512_256>(Algorithm::Sha512_256, &mut input),
        7 => {}
        hash => hashes[hash](algorithms[hash], &mut input),
    }
    mixed(&mut input);
}

/// A message: no two alike, and each at another place of its page.
struct Message {
    bytes: Vec<u8>,
    start: usize,
    /// How much of it was absorbed.
    done: usize,
}

impl Message {
    fn any(input: &mut Input<'_>, number: usize) -> Self {
        let start = input.below(64);
        let len = match input.below(4) {
            0 => input.below(256),
            1 => input.choose(&[0, 55, 56, 63, 64, 65, 111, 112, 119, 120, 127, 128, 129]),
            2 => 128 * input.below(40),
            _ => input.below(5000),
        };
        Self { bytes: noise(number as u8 ^ input.byte(), start + len), start, done: 0 }
    }

    fn whole(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    fn left(&self) -> &[u8] {
        &self.whole()[self.done..]
    }
}

fn one_hash<H: MultiHash>(algorithm: Algorithm, input: &mut Input<'_>) {
    let Some(hash) = H::with_kernel(input.choose(&Kernel::ALL)) else { return };
    let count = 1 + input.below(20);
    let mut messages: Vec<Message> = (0..count).map(|number| Message::any(input, number)).collect();
    let mut states: Vec<H::State> = messages.iter().map(|_| hash.start()).collect();
    for _ in 0..input.below(4) {
        // Those that still have as much absorb it together.
        let len = H::BLOCK_LEN * input.below(12);
        let mut together: Vec<(&mut H::State, &[u8])> = Vec::new();
        for (state, message) in states.iter_mut().zip(&mut messages) {
            if message.left().len() >= len {
                message.done += len;
                together.push((state, &message.whole()[message.done - len..message.done]));
            }
        }
        hash.update(&mut together);
    }
    let mut digests = vec![vec![0; H::OUTPUT_LEN]; count];
    let mut endings: Vec<_> = states
        .iter_mut()
        .zip(&messages)
        .zip(&mut digests)
        .map(|((state, message), digest)| (state, message.left(), &mut digest[..]))
        .collect();
    // Some of them end before the others.
    let rest = endings.split_off(input.below(count + 1));
    let [mut first, mut rest] = [endings, rest];
    hash.finish(&mut first);
    hash.finish(&mut rest);
    for (number, (found, message)) in digests.iter().zip(&messages).enumerate() {
        let expected = digest(algorithm, message.whole());
        assert_eq!(found, &expected, "{algorithm} by {}, stream {number} of {count}", hash.kernel());
    }
}

fn mixed(input: &mut Input<'_>) {
    let hasher = Builtin::default();
    let blake2b_160: Algorithm = "blake2b-160".parse().expect("an algorithm");
    let algorithms: Vec<Algorithm> = Algorithm::all().chain([blake2b_160]).collect();
    let count = 1 + input.below(12);
    let mut streams: Vec<_> = (0..count)
        .map(|number| {
            let algorithm = input.choose(&algorithms);
            let state = hasher.start(algorithm).expect("a built-in algorithm");
            (algorithm, state, Message::any(input, number))
        })
        .collect();
    for _ in 0..input.below(5) {
        let len = hasher.granule() * (1 + input.below(9));
        let skipped = input.byte();
        let mut together = Vec::new();
        for (number, (_, state, message)) in streams.iter_mut().enumerate() {
            if message.left().len() >= len && skipped >> (number % 8) & 1 == 0 {
                message.done += len;
                together.push(Stream { state, data: &message.whole()[message.done - len..message.done] });
            }
        }
        hasher.update(&mut together);
    }
    let mut digests: Vec<_> = streams.iter().map(|(algorithm, ..)| vec![0; algorithm.digest_len()]).collect();
    let endings = streams.iter_mut().zip(&mut digests);
    let mut endings: Vec<_> =
        endings.map(|((_, state, message), digest)| Ending { state, tail: message.left(), digest }).collect();
    let at = input.below(count + 1);
    let (first, rest) = endings.split_at_mut(at);
    hasher.finish(rest);
    hasher.finish(first);
    for ((algorithm, _, message), found) in streams.iter().zip(&digests) {
        assert_eq!(found, &digest(*algorithm, message.whole()), "{algorithm}");
    }
}
