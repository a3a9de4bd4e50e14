//! SHA-1 (FIPS 180-4).

use std::sync::OnceLock;

use crate::Kernel;
use crate::multi::{Choice, Family, Pass};

pub(crate) type Chain = [u32; 5];
type Block = [u8; 64];

pub(crate) const INITIAL: Chain = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];

pub(crate) struct Sha1Family;

impl Family for Sha1Family {
    type Chain = Chain;
    type Block = Block;
    const HASHES: &'static str = "SHA-1";

    fn compress(chain: &mut Chain, blocks: &[Block]) {
        sha1::block_api::compress(chain, blocks);
    }
    fn passes(kernel: Kernel) -> Option<&'static [Pass<Self>]> {
        match kernel {
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => Some(lanes::AVX2),
            #[cfg(target_arch = "x86_64")]
            Kernel::ShaNi => Some(lanes::SHA_NI),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 if Kernel::ShaNi.is_available() => Some(lanes::AVX512_SHA_NI),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => Some(lanes::AVX512),
            _ => None,
        }
    }
    fn choice() -> &'static OnceLock<Choice> {
        static CHOICE: OnceLock<Choice> = OnceLock::new();
        &CHOICE
    }
    fn length_field(bytes: u64) -> impl AsRef<[u8]> {
        bytes.wrapping_mul(8).to_be_bytes()
    }
    fn write_digest(chain: &Chain, out: &mut [u8]) {
        out.copy_from_slice(&chain.map(u32::to_be_bytes).as_flattened()[..out.len()]);
    }
    fn arbitrary_chain(seed: u64) -> Chain {
        std::array::from_fn(|word| seed.rotate_left(9 * word as u32) as u32)
    }
}

#[cfg(target_arch = "x86_64")]
mod lanes {
    use super::{Block, Chain, Sha1Family};
    use crate::lanes::avx2::{self, Avx2};
    use crate::lanes::avx512::{self, Avx512};
    use crate::lanes::{Lanes, OneWord, Word, load_chains, store_chains};
    use crate::multi::{MAX_WIDTH, Pass, pass};
    use crate::one_stream::{self, Column, OneStream, STRIDE};
    use crate::sha_ni;

    pub(super) const AVX2: &[Pass<Sha1Family>] = &[
        pass!(absorb, Avx2, avx2::U32x8, "avx2", least: 3),
        pass!(alone absorb_one::<avx2::U32x8, u32>, Avx2, "avx2,bmi1,bmi2"),
    ];
    /// Rounds of one stream, too, are faster in vectors: they have functions of three operands.
    pub(super) const AVX512: &[Pass<Sha1Family>] = &[
        SIXTEEN,
        EIGHT,
        pass!(alone absorb_one::<avx512::U32x8, avx512::U32x8>, Avx512, "avx2,avx512f,avx512bw,avx512vl"),
    ];
    /// Three streams are the fastest, but four are better as two pairs than as three and one.
    pub(super) const SHA_NI: &[Pass<Sha1Family>] =
        &[Pass { least: 5, ..THREE }, Pass { least: 4, ..TWO }, THREE, TWO];
    /// Eight lanes are faster than the SHA instructions once seven of them are in use.
    pub(super) const AVX512_SHA_NI: &[Pass<Sha1Family>] = &[
        SIXTEEN,
        Pass { least: 7, ..EIGHT },
        Pass { least: 5, ..THREE },
        Pass { least: 4, ..TWO },
        THREE,
        TWO,
    ];

    const SIXTEEN: Pass<Sha1Family> =
        pass!(absorb, Avx512, avx512::U32x16, "avx2,avx512f,avx512bw,avx512vl", least: 9);
    const EIGHT: Pass<Sha1Family> =
        pass!(absorb, Avx512, avx512::U32x8, "avx2,avx512f,avx512bw,avx512vl", least: 2);
    const THREE: Pass<Sha1Family> = Pass { width: 3, least: 3, run: sha_ni::sha1::<3> };
    const TWO: Pass<Sha1Family> = Pass { width: 2, least: 2, run: sha_ni::sha1::<2> };

    /// The eighty rounds; `$sum!(t)` is word `t` of the message schedule and the round's constant, added.
    macro_rules! rounds {
        ($state:ident, $sum:ident) => {
            rounds!($state, $sum, choose, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19);
            rounds!($state, $sum, parity, 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39);
            rounds!($state, $sum, majority, 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59);
            rounds!($state, $sum, parity, 60 61 62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 79);
        };
        ($state:ident, $sum:ident, $mix:ident, $($t:literal)*) => {$(
            let [a, b, c, d, e] = $state;
            let sum = e.add($sum!($t)).opaque().add(b.$mix(c, d)).opaque();
            $state = [Word::rotate_right::<27>(a).add(sum), a, Word::rotate_right::<2>(b), c, d];
        )*};
    }

    const CONSTANTS: [u32; 4] = [0x5a82_7999, 0x6ed9_eba1, 0x8f1b_bcdc, 0xca62_c1d6];

    /// Word `t` of the message schedule, which takes the place of the one sixteen before it.
    #[inline(always)]
    fn schedule<W: Word>(words: &mut [W; 16], t: usize) -> W {
        if t >= 16 {
            let sum = words[(t + 13) % 16].parity(words[(t + 8) % 16], words[(t + 2) % 16]);
            words[t % 16] = words[t % 16].xor(sum).rotate_right::<31>();
        }
        words[t % 16]
    }

    /// Advances a stream per lane.
    #[inline(always)]
    fn absorb<V: Lanes<Word = u32, Block = Block>>(
        cpu: V::Cpu,
        chains: &mut [Chain; MAX_WIDTH],
        streams: &[&[Block]; MAX_WIDTH],
    ) {
        let mut chain: [V; 5] = load_chains(cpu, chains);
        for index in 0..streams[0].len() {
            let mut words = V::load_block::<true>(cpu, streams, index);
            let mut state = chain;
            macro_rules! sum {
                ($t:literal) => {
                    schedule(&mut words, $t).add(V::splat(cpu, CONSTANTS[$t / 20]))
                };
            }
            rounds!(state, sum);
            chain = std::array::from_fn(|i| chain[i].add(state[i]));
        }
        store_chains(chain, chains);
    }

    impl<V: Lanes<Word = u32, Block = Block>, R: OneWord<V::Cpu, u32>> OneStream<V, R, 5> for Sha1Family {
        const CONSTANTS: &'static [u32] = {
            let mut constants = [0; 80];
            let mut t = 0;
            while t < 80 {
                constants[t] = CONSTANTS[t / 20];
                t += 1;
            }
            &{ constants }
        };

        #[inline(always)]
        fn schedule(words: &mut [V; 16], t: usize) {
            schedule(words, t + 16);
        }

        #[inline(always)]
        fn rounds(cpu: V::Cpu, mut state: [R; 5], sums: &Column<u32>) -> [R; 5] {
            macro_rules! sum {
                ($t:literal) => {
                    R::from_word(cpu, sums[STRIDE * $t])
                };
            }
            rounds!(state, sum);
            state
        }
    }

    /// Advances the first stream.
    #[inline(always)]
    fn absorb_one<V: Lanes<Word = u32, Block = Block>, R: OneWord<V::Cpu, u32>>(
        cpu: V::Cpu,
        chains: &mut [Chain; MAX_WIDTH],
        streams: &[&[Block]; MAX_WIDTH],
    ) {
        one_stream::absorb::<V, R, Sha1Family, 5>(cpu, chains, streams);
    }
}
