//! The rounds of SHA-2, the same for words of 32 and 64 bits but for the functions of [`Sigmas`] and the constants.

use crate::lanes::{Lanes, OneWord, Word, load_chains, sixteen, store_chains};
use crate::multi::MAX_WIDTH;
use crate::one_stream::{Column, STRIDE};

/// The functions that FIPS 180-4 writes as upper and lower case sigma.
pub(crate) trait Sigmas<V> {
    fn upper0(x: V) -> V;
    fn upper1(x: V) -> V;
    fn lower0(x: V) -> V;
    fn lower1(x: V) -> V;
}

/// One round; `sum` is the round's word of the message and its constant, added.
#[inline(always)]
fn round<W: Word, S: Sigmas<W>>([a, b, c, d, e, f, g, h]: [W; 8], sum: W) -> [W; 8] {
    let sum = h.add(sum).opaque().add(e.choose(f, g)).opaque().add(S::upper1(e)).opaque();
    [a.majority(b, c).add(S::upper0(a)).add(sum), a, b, c, d.add(sum), e, f, g]
}

/// Makes word `t` of the last sixteen into the one that comes sixteen after it.
#[inline(always)]
pub(crate) fn schedule<W: Word, S: Sigmas<W>>(words: &mut [W; 16], t: usize) {
    words[t] = words[t]
        .add(words[(t + 9) % 16])
        .add(S::lower0(words[(t + 1) % 16]))
        .add(S::lower1(words[(t + 14) % 16]));
}

/// Advances a stream per lane.
#[inline(always)]
pub(crate) fn absorb<V: Lanes, S: Sigmas<V>>(
    cpu: V::Cpu,
    constants: &[V::Word],
    chains: &mut [[V::Word; 8]; MAX_WIDTH],
    streams: &[&[V::Block]; MAX_WIDTH],
) {
    let (constants, _) = constants.as_chunks::<16>();
    let (last, scheduled) = constants.split_last().expect("several times sixteen rounds");
    let mut chain: [V; 8] = load_chains(cpu, chains);
    for index in 0..streams[0].len() {
        let mut words = V::load_block::<true>(cpu, streams, index);
        let mut state = chain;
        // A loop of sixteen rounds, not all of them in a row, fits the CPU's cache of decoded instructions.
        for constants in scheduled {
            sixteen!(t => {
                state = round::<V, S>(state, words[t].add(V::splat(cpu, constants[t])));
                schedule::<V, S>(&mut words, t);
            });
        }
        sixteen!(t => state = round::<V, S>(state, words[t].add(V::splat(cpu, last[t]))));
        chain = std::array::from_fn(|i| chain[i].add(state[i]));
    }
    store_chains(chain, chains);
}

/// The rounds of one block; what each adds is [`STRIDE`] words apart.
#[inline(always)]
pub(crate) fn rounds<C: Copy, W, R: OneWord<C, W>, S: Sigmas<R>>(
    cpu: C,
    count: usize,
    mut state: [R; 8],
    sums: &Column<W>,
) -> [R; 8]
where
    W: Copy,
{
    for first in (0..count).step_by(16) {
        let sums: &[W; STRIDE * 15 + 1] = sums[STRIDE * first..].first_chunk().expect("sixteen sums");
        sixteen!(t => state = round::<R, S>(state, R::from_word(cpu, sums[STRIDE * t])));
    }
    state
}
