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
    use crate::lanes::{Lanes, load_chains, store_chains};
    use crate::multi::{MAX_WIDTH, Pass, pass};
    use crate::sha_ni;

    pub(super) const AVX2: &[Pass<Sha1Family>] = &[pass!(absorb, Avx2, avx2::U32x8, "avx2", least: 2)];
    pub(super) const AVX512: &[Pass<Sha1Family>] = &[SIXTEEN, EIGHT];
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

    #[inline(always)]
    fn absorb<V: Lanes<Word = u32, Block = Block>>(
        cpu: V::Cpu,
        chains: &mut [Chain; MAX_WIDTH],
        streams: &[&[Block]; MAX_WIDTH],
    ) {
        let mut state: [V; 5] = load_chains(cpu, chains);
        for index in 0..streams[0].len() {
            let mut words = V::load_block::<true>(cpu, streams, index);
            let [mut a, mut b, mut c, mut d, mut e] = state;
            macro_rules! steps {
                ($mix:ident, $constant:literal, $($t:literal)*) => {$(
                    if $t >= 16 {
                        let sum = words[($t + 13) % 16].parity(words[($t + 8) % 16], words[($t + 2) % 16]);
                        words[$t % 16] = words[$t % 16].xor(sum).rotate_right::<31>();
                    }
                    let sum = e.add(words[$t % 16]).add(V::splat(cpu, $constant)).add(b.$mix(c, d));
                    e = d;
                    d = c;
                    c = b.rotate_right::<2>();
                    b = a;
                    a = a.rotate_right::<27>().add(sum);
                )*};
            }
            steps!(choose, 0x5a82_7999, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19);
            steps!(parity, 0x6ed9_eba1, 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39);
            steps!(majority, 0x8f1b_bcdc, 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59);
            steps!(parity, 0xca62_c1d6, 60 61 62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 79);
            state = [state[0].add(a), state[1].add(b), state[2].add(c), state[3].add(d), state[4].add(e)];
        }
        store_chains(state, chains);
    }
}
