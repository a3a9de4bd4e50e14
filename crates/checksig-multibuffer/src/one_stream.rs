//! One stream of a SHA hash. Its rounds wait for each other, but the message schedule of a block depends on that block
//! only: vectors compute it for several blocks at once, a lane per block. The rounds then only add what is there.

use crate::lanes::{Lanes, OneWord, sixteen};
use crate::multi::MAX_WIDTH;

const MAX_ROUNDS: usize = 80;

/// The most blocks whose schedules are computed at once.
const MAX_BLOCKS: usize = 8;

/// From one sum of a block to its next.
pub(crate) const STRIDE: usize = MAX_BLOCKS;

/// What each round of a block adds: its word of the message schedule and its constant, `STRIDE` apart.
pub(crate) type Column<W> = [W; STRIDE * (MAX_ROUNDS - 1) + 1];

/// The columns of several blocks, side by side. Aligned, because stores across cache lines are slow.
#[repr(align(64))]
struct Sums<W>([W; STRIDE * MAX_ROUNDS]);

/// A hash with `V` for its message schedules and `R` for its rounds.
pub(crate) trait OneStream<V: Lanes, R, const N: usize> {
    /// One for each round.
    const CONSTANTS: &'static [V::Word];
    /// Makes word `t` of the last sixteen of the schedule into the one that comes sixteen after it.
    fn schedule(words: &mut [V; 16], t: usize);
    /// What the rounds make of a chaining value.
    fn rounds(cpu: V::Cpu, chain: [R; N], sums: &Column<V::Word>) -> [R; N];
}

/// Advances the first stream.
#[inline(always)]
pub(crate) fn absorb<V, R, H, const N: usize>(
    cpu: V::Cpu,
    chains: &mut [[V::Word; N]; MAX_WIDTH],
    streams: &[&[V::Block]; MAX_WIDTH],
) where
    V: Lanes,
    R: OneWord<V::Cpu, V::Word>,
    H: OneStream<V, R, N>,
{
    let mut chain = chains[0].map(|word| R::from_word(cpu, word));
    let mut sums = Sums([V::Word::default(); STRIDE * MAX_ROUNDS]);
    let (first, later) =
        H::CONSTANTS.as_chunks::<16>().0.split_first().expect("several times sixteen rounds");
    for blocks in streams[0].chunks(V::WIDTH) {
        // Idle lanes repeat the last block.
        let lanes: [_; MAX_BLOCKS] =
            std::array::from_fn(|lane| std::slice::from_ref(&blocks[lane.min(blocks.len() - 1)]));
        let mut words = V::load_block::<true>(cpu, &lanes, 0);
        let mut places = sums.0.chunks_exact_mut(16 * STRIDE);
        let mut place = places.next().expect("a place for all rounds");
        sixteen!(t => words[t].add(V::splat(cpu, first[t])).write_words(&mut place[STRIDE * t..]));
        for constants in later {
            place = places.next().expect("a place for all rounds");
            sixteen!(t => {
                H::schedule(&mut words, t);
                words[t].add(V::splat(cpu, constants[t])).write_words(&mut place[STRIDE * t..]);
            });
        }
        for block in 0..blocks.len() {
            let column = sums.0[block..].first_chunk().expect("a sum for each round");
            let state = H::rounds(cpu, chain, column);
            chain = std::array::from_fn(|i| chain[i].add(state[i]));
        }
    }
    chains[0] = chain.map(R::word);
}
