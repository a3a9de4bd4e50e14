//! SHA-256 and SHA-224 (FIPS 180-4).

use std::sync::OnceLock;

use crate::Kernel;
use crate::multi::{Choice, Family, Pass};
use crate::sha512::{INITIAL_384, INITIAL_512};

pub(crate) type Chain = [u32; 8];
type Block = [u8; 64];

/// The fractions of the square roots of the first eight primes, to 32 bits.
pub(crate) const INITIAL_256: Chain = halves(INITIAL_512, 32);
/// FIPS 180-4 takes the second 32 bits of the fractions that SHA-384 starts from.
pub(crate) const INITIAL_224: Chain = halves(INITIAL_384, 0);

/// The 32 bits of each word above its lowest `shift`.
const fn halves<const M: usize, const N: usize>(words: [u64; M], shift: u32) -> [u32; N] {
    let mut halves = [0; N];
    let mut i = 0;
    while i < N {
        halves[i] = (words[i] >> shift) as u32;
        i += 1;
    }
    halves
}

/// The fractions of the cube roots of the first 64 primes, to 32 bits.
#[cfg(target_arch = "x86_64")]
pub(crate) const CONSTANTS: [u32; 64] = halves(crate::sha512::CUBE_ROOTS, 32);

pub(crate) struct Sha256Family;

impl Family for Sha256Family {
    type Chain = Chain;
    type Block = Block;
    const HASHES: &'static str = "SHA-224 and SHA-256";

    fn compress(chain: &mut Chain, blocks: &[Block]) {
        sha2::block_api::compress256(chain, blocks);
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
    use super::{Block, CONSTANTS, Chain, Sha256Family};
    use crate::lanes::avx2::{self, Avx2};
    use crate::lanes::avx512::{self, Avx512};
    use crate::lanes::{Lanes, OneWord, Word};
    use crate::multi::{MAX_WIDTH, Pass, pass};
    use crate::one_stream::{self, Column, OneStream};
    use crate::sha_ni;
    use crate::sha2_rounds::{self, Sigmas};

    pub(super) const AVX2: &[Pass<Sha256Family>] = &[
        pass!(absorb, Avx2, avx2::U32x8, "avx2", least: 3),
        pass!(alone absorb_one::<avx2::U32x8, u32>, Avx2, "avx2,bmi1,bmi2"),
    ];
    /// Rounds of one stream, too, are faster in vectors: they have functions of three operands.
    pub(super) const AVX512: &[Pass<Sha256Family>] = &[
        SIXTEEN,
        pass!(absorb, Avx512, avx512::U32x8, "avx2,avx512f,avx512bw,avx512vl", least: 2),
        pass!(alone absorb_one::<avx512::U32x8, avx512::U32x8>, Avx512, "avx2,avx512f,avx512bw,avx512vl"),
    ];
    pub(super) const SHA_NI: &[Pass<Sha256Family>] = &[TWO];
    /// Lanes are faster than the SHA instructions only when more than half of the sixteen are in use.
    pub(super) const AVX512_SHA_NI: &[Pass<Sha256Family>] = &[Pass { least: 10, ..SIXTEEN }, TWO];

    const SIXTEEN: Pass<Sha256Family> =
        pass!(absorb, Avx512, avx512::U32x16, "avx2,avx512f,avx512bw,avx512vl", least: 9);
    const TWO: Pass<Sha256Family> = Pass { width: 2, least: 2, run: sha_ni::sha256::<2> };

    impl<W: Word> Sigmas<W> for Sha256Family {
        #[inline(always)]
        fn upper0(x: W) -> W {
            x.rotate_right::<2>().parity(x.rotate_right::<13>(), x.rotate_right::<22>())
        }
        #[inline(always)]
        fn upper1(x: W) -> W {
            x.rotate_right::<6>().parity(x.rotate_right::<11>(), x.rotate_right::<25>())
        }
        #[inline(always)]
        fn lower0(x: W) -> W {
            x.rotate_right::<7>().parity(x.rotate_right::<18>(), x.shift_right::<3>())
        }
        #[inline(always)]
        fn lower1(x: W) -> W {
            x.rotate_right::<17>().parity(x.rotate_right::<19>(), x.shift_right::<10>())
        }
    }

    #[inline(always)]
    fn absorb<V: Lanes<Word = u32, Block = Block>>(
        cpu: V::Cpu,
        chains: &mut [Chain; MAX_WIDTH],
        streams: &[&[Block]; MAX_WIDTH],
    ) {
        sha2_rounds::absorb::<V, Sha256Family>(cpu, &CONSTANTS, chains, streams);
    }

    impl<V: Lanes<Word = u32, Block = Block>, R: OneWord<V::Cpu, u32>> OneStream<V, R, 8> for Sha256Family {
        const CONSTANTS: &'static [u32] = &CONSTANTS;

        #[inline(always)]
        fn schedule(words: &mut [V; 16], t: usize) {
            sha2_rounds::schedule::<V, Sha256Family>(words, t);
        }
        #[inline(always)]
        fn rounds(cpu: V::Cpu, state: [R; 8], sums: &Column<u32>) -> [R; 8] {
            sha2_rounds::rounds::<_, _, R, Sha256Family>(cpu, CONSTANTS.len(), state, sums)
        }
    }

    /// Advances the first stream.
    #[inline(always)]
    fn absorb_one<V: Lanes<Word = u32, Block = Block>, R: OneWord<V::Cpu, u32>>(
        cpu: V::Cpu,
        chains: &mut [Chain; MAX_WIDTH],
        streams: &[&[Block]; MAX_WIDTH],
    ) {
        one_stream::absorb::<V, R, Sha256Family, 8>(cpu, chains, streams);
    }
}
