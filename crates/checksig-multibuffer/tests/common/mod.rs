//! What the tests share: the kernels of this CPU, digests of several messages at once, hex, and a small generator.
#![allow(dead_code, reason = "each test program uses a part of it")]

pub mod nist;

use checksig_multibuffer::{Kernel, MultiHash};

/// The hash with each kernel that this CPU has.
pub fn kernels<H: MultiHash>() -> impl Iterator<Item = H> {
    Kernel::ALL.into_iter().filter_map(H::with_kernel)
}

/// The digests of messages hashed side by side. The first `together` bytes of each go through `update`.
pub fn digests<H: MultiHash>(hash: &H, messages: &[&[u8]], together: usize) -> Vec<Vec<u8>> {
    let mut states = vec![hash.start(); messages.len()];
    let heads = messages.iter().map(|message| &message[..together]);
    hash.update(&mut states.iter_mut().zip(heads).collect::<Vec<_>>());
    let tails: Vec<_> = messages.iter().map(|message| &message[together..]).collect();
    finish(hash, &mut states, &tails)
}

/// Ends streams with their tails.
pub fn finish<H: MultiHash>(hash: &H, states: &mut [H::State], tails: &[&[u8]]) -> Vec<Vec<u8>> {
    assert_eq!(states.len(), tails.len());
    let mut digests = vec![vec![0; H::OUTPUT_LEN]; states.len()];
    let ends = states.iter_mut().zip(tails).zip(&mut digests);
    hash.finish(&mut ends.map(|((state, tail), digest)| (state, *tail, &mut digest[..])).collect::<Vec<_>>());
    digests
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A small generator, so that a failure repeats.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % bound
    }

    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.below(256) as u8).collect()
    }
}
