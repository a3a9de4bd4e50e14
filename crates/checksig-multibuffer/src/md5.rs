//! MD5 (RFC 1321).

use std::sync::OnceLock;

use crate::Kernel;
#[cfg(target_arch = "x86_64")]
use crate::kernel::chains_prefer_registers;
use crate::multi::{Choice, Family, Pass};

pub(crate) type Chain = [u32; 4];
type Block = [u8; 64];

pub(crate) const INITIAL: Chain = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

pub(crate) struct Md5Family;

impl Family for Md5Family {
    type Chain = Chain;
    type Block = Block;
    const HASHES: &'static str = "MD5";

    fn compress(chain: &mut Chain, blocks: &[Block]) {
        md5::block_api::compress(chain, blocks);
    }
    fn passes(kernel: Kernel) -> Option<&'static [Pass<Self>]> {
        match kernel {
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => Some(lanes::AVX2),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 if chains_prefer_registers() => Some(lanes::AVX512_AND_REGISTERS),
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
        bytes.wrapping_mul(8).to_le_bytes()
    }
    fn write_digest(chain: &Chain, out: &mut [u8]) {
        out.copy_from_slice(&chain.map(u32::to_le_bytes).as_flattened()[..out.len()]);
    }
    fn arbitrary_chain(seed: u64) -> Chain {
        std::array::from_fn(|word| seed.rotate_left(9 * word as u32) as u32)
    }
}

#[cfg(target_arch = "x86_64")]
mod lanes {
    use super::{Block, Chain, Md5Family};
    use crate::lanes::avx2::{self, Avx2};
    use crate::lanes::avx512::{self, Avx512};
    use crate::lanes::{Lanes, OneWord, Twice, Word, load_chains, store_chains};
    use crate::multi::{MAX_WIDTH, Pass, pass};

    pub(super) const AVX2: &[Pass<Md5Family>] = &[
        pass!(absorb, Avx2, Twice<avx2::U32x8>, "avx2", least: 9),
        pass!(absorb, Avx2, avx2::U32x8, "avx2", least: 3),
        TWO_IN_REGISTERS,
        REGISTERS,
    ];
    pub(super) const AVX512: &[Pass<Md5Family>] = &[WIDE, NARROW, VECTORS];
    /// Where [`chains_prefer_registers`](crate::kernel::chains_prefer_registers).
    pub(super) const AVX512_AND_REGISTERS: &[Pass<Md5Family>] =
        &[WIDE, Pass { least: 3, ..NARROW }, TWO_IN_REGISTERS, REGISTERS];

    const WIDE: Pass<Md5Family> =
        pass!(absorb, Avx512, avx512::U32x16, "avx2,avx512f,avx512bw,avx512vl", least: 9);
    const NARROW: Pass<Md5Family> =
        pass!(absorb, Avx512, avx512::U32x8, "avx2,avx512f,avx512bw,avx512vl", least: 2);
    const REGISTERS: Pass<Md5Family> = pass!(alone absorb_one::<Avx2, u32>, Avx2, "avx2,bmi1,bmi2");
    /// The steps of one wait for each other; those of another fit between them.
    const TWO_IN_REGISTERS: Pass<Md5Family> =
        Pass { width: 2, least: 2, ..pass!(alone absorb_two::<Avx2>, Avx2, "avx2,bmi1,bmi2") };
    /// Vectors have functions of three operands.
    const VECTORS: Pass<Md5Family> =
        pass!(alone absorb_one::<Avx512, avx512::U32x8>, Avx512, "avx2,avx512f,avx512bw,avx512vl");

    /// The integer part of 2^32 times |sin(i + 1)|.
    #[rustfmt::skip]
    const SINES: [u32; 64] = [
        0xd76a_a478, 0xe8c7_b756, 0x2420_70db, 0xc1bd_ceee, 0xf57c_0faf, 0x4787_c62a, 0xa830_4613, 0xfd46_9501,
        0x6980_98d8, 0x8b44_f7af, 0xffff_5bb1, 0x895c_d7be, 0x6b90_1122, 0xfd98_7193, 0xa679_438e, 0x49b4_0821,
        0xf61e_2562, 0xc040_b340, 0x265e_5a51, 0xe9b6_c7aa, 0xd62f_105d, 0x0244_1453, 0xd8a1_e681, 0xe7d3_fbc8,
        0x21e1_cde6, 0xc337_07d6, 0xf4d5_0d87, 0x455a_14ed, 0xa9e3_e905, 0xfcef_a3f8, 0x676f_02d9, 0x8d2a_4c8a,
        0xfffa_3942, 0x8771_f681, 0x6d9d_6122, 0xfde5_380c, 0xa4be_ea44, 0x4bde_cfa9, 0xf6bb_4b60, 0xbebf_bc70,
        0x289b_7ec6, 0xeaa1_27fa, 0xd4ef_3085, 0x0488_1d05, 0xd9d4_d039, 0xe6db_99e5, 0x1fa2_7cf8, 0xc4ac_5665,
        0xf429_2244, 0x432a_ff97, 0xab94_23a7, 0xfc93_a039, 0x655b_59c3, 0x8f0c_cc92, 0xffef_f47d, 0x8584_5dd1,
        0x6fa8_7e4f, 0xfe2c_e6e0, 0xa301_4314, 0x4e08_11a1, 0xf753_7e82, 0xbd3a_f235, 0x2ad7_d2bb, 0xeb86_d391,
    ];

    /// The 64 steps; `$constant!(i)` is the sine of step `i`.
    macro_rules! rounds {
        ($state:ident, $words:ident, $constant:ident) => {
            rounds!($state, $words, $constant, |sum, x, y, z| Word::choose_and_add(x, y, z, sum), 1, 0, 7 12 17 22, 0 4 8 12);
            rounds!($state, $words, $constant, |sum, x, y, z| Word::choose_and_add(z, x, y, sum), 5, 1, 5 9 14 20, 16 20 24 28);
            rounds!($state, $words, $constant, |sum, x, y, z| Word::add(sum, Word::parity(x, y, z)), 3, 5, 4 11 16 23, 32 36 40 44);
            rounds!($state, $words, $constant, |sum, x, y, z| Word::add(sum, Word::xor_or_not(x, y, z)), 7, 0, 6 10 15 21, 48 52 56 60);
        };
        ($state:ident, $words:ident, $constant:ident, $mix:expr, $mul:literal, $add:literal,
         $s0:literal $s1:literal $s2:literal $s3:literal, $($i:literal)*) => {$(
            rounds!($state, $words, $constant, $mix, $i, $mul, $add, $s0);
            rounds!($state, $words, $constant, $mix, $i + 1, $mul, $add, $s1);
            rounds!($state, $words, $constant, $mix, $i + 2, $mul, $add, $s2);
            rounds!($state, $words, $constant, $mix, $i + 3, $mul, $add, $s3);
        )*};
        // Step `i` takes word `(mul * i + add) % 16`.
        ($state:ident, $words:ident, $constant:ident, $mix:expr, $i:expr, $mul:literal, $add:literal, $shift:literal) => {
            let [a, b, c, d] = $state;
            let early = a.add($words[($mul * ($i) + $add) % 16]).add($constant!($i)).opaque();
            let sum = $mix(early, b, c, d);
            $state = [d, b.add(Word::rotate_right::<{ 32 - $shift }>(sum)), b, c];
        };
    }

    /// Advances a stream per lane.
    #[inline(always)]
    fn absorb<V: Lanes<Word = u32, Block = Block>>(
        cpu: V::Cpu,
        chains: &mut [Chain; MAX_WIDTH],
        streams: &[&[Block]; MAX_WIDTH],
    ) {
        let mut chain: [V; 4] = load_chains(cpu, chains);
        for index in 0..streams[0].len() {
            macro_rules! constant {
                ($i:expr) => {
                    V::splat(cpu, SINES[$i])
                };
            }
            let words = V::load_block::<false>(cpu, streams, index);
            let mut state = chain;
            rounds!(state, words, constant);
            chain = std::array::from_fn(|i| chain[i].add(state[i]));
        }
        store_chains(chain, chains);
    }

    /// Advances the first stream.
    #[inline(always)]
    fn absorb_one<C: Copy, R: OneWord<C, u32>>(
        cpu: C,
        chains: &mut [Chain; MAX_WIDTH],
        streams: &[&[Block]; MAX_WIDTH],
    ) {
        let mut chain = chains[0].map(|word| R::from_word(cpu, word));
        macro_rules! constant {
            ($i:expr) => {
                R::from_word(cpu, SINES[$i])
            };
        }
        for block in streams[0] {
            let (bytes, _) = block.as_chunks();
            let words: [R; 16] = std::array::from_fn(|i| R::from_word(cpu, u32::from_le_bytes(bytes[i])));
            let mut state = chain;
            rounds!(state, words, constant);
            chain = std::array::from_fn(|i| chain[i].add(state[i]));
        }
        chains[0] = chain.map(R::word);
    }

    /// Advances the first two streams.
    #[inline(always)]
    fn absorb_two<C: Copy>(_: C, chains: &mut [Chain; MAX_WIDTH], streams: &[&[Block]; MAX_WIDTH]) {
        let mut chain: [_; 4] = std::array::from_fn(|i| Twice(chains[0][i], chains[1][i]));
        macro_rules! constant {
            ($i:expr) => {
                Twice(SINES[$i], SINES[$i])
            };
        }
        for (first, second) in streams[0].iter().zip(streams[1]) {
            let [first, second] = [first, second].map(|block| block.as_chunks().0);
            let words: [_; 16] =
                std::array::from_fn(|i| Twice(u32::from_le_bytes(first[i]), u32::from_le_bytes(second[i])));
            let mut state = chain;
            rounds!(state, words, constant);
            chain = std::array::from_fn(|i| chain[i].add(state[i]));
        }
        for (i, word) in chain.into_iter().enumerate() {
            (chains[0][i], chains[1][i]) = (word.0, word.1);
        }
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::{Md5Family, lanes};
    use crate::Kernel;
    use crate::multi::Multi;

    /// This CPU's kernel has only one of them.
    #[test]
    fn one_stream_is_right_in_vectors_and_in_registers() {
        if Kernel::Avx512.is_available() {
            for passes in [lanes::AVX512, lanes::AVX512_AND_REGISTERS] {
                assert!(Multi::<Md5Family>::of_passes(Kernel::Avx512, passes).self_test());
            }
        }
    }
}
