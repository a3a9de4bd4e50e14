//! The rounds of SHA-2, the same for words of 32 and 64 bits but for the functions of [`Sigmas`] and the constants.

use crate::lanes::{Lanes, load_chains, store_chains};
use crate::multi::MAX_WIDTH;

/// The functions that FIPS 180-4 writes as upper and lower case sigma.
pub(crate) trait Sigmas<V> {
    fn upper0(x: V) -> V;
    fn upper1(x: V) -> V;
    fn lower0(x: V) -> V;
    fn lower1(x: V) -> V;
}

#[inline(always)]
pub(crate) fn absorb<V: Lanes, S: Sigmas<V>>(
    cpu: V::Cpu,
    constants: &[V::Word],
    chains: &mut [[V::Word; 8]; MAX_WIDTH],
    streams: &[&[V::Block]; MAX_WIDTH],
) {
    let (constants, _) = constants.as_chunks::<16>();
    let (last, scheduled) = constants.split_last().expect("several times sixteen rounds");
    let mut state: [V; 8] = load_chains(cpu, chains);
    for index in 0..streams[0].len() {
        let mut words = V::load_block::<true>(cpu, streams, index);
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
        macro_rules! round {
            ($constants:ident, $t:literal) => {
                let sum =
                    h.add(words[$t]).add(V::splat(cpu, $constants[$t])).add(e.choose(f, g)).add(S::upper1(e));
                h = g;
                g = f;
                f = e;
                e = d.add(sum);
                d = c;
                let majority = a.majority(b, c);
                c = b;
                b = a;
                a = sum.add(majority).add(S::upper0(a));
            };
        }
        macro_rules! rounds_and_schedule {
            ($constants:ident, $($t:literal)*) => {$(
                round!($constants, $t);
                words[$t] = words[$t]
                    .add(words[($t + 9) % 16])
                    .add(S::lower0(words[($t + 1) % 16]))
                    .add(S::lower1(words[($t + 14) % 16]));
            )*};
        }
        macro_rules! rounds {
            ($constants:ident, $($t:literal)*) => { $( round!($constants, $t); )* };
        }
        // A loop of sixteen rounds, not all of them in a row, fits the CPU's cache of decoded instructions.
        for constants in scheduled {
            rounds_and_schedule!(constants, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        }
        rounds!(last, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        for (sum, word) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *sum = sum.add(word);
        }
    }
    store_chains(state, chains);
}
