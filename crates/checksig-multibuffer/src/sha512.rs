//! SHA-512, SHA-384 and SHA-512/256 (FIPS 180-4).

use std::sync::OnceLock;

use crate::Kernel;
#[cfg(target_arch = "x86_64")]
use crate::kernel::chains_prefer_registers;
use crate::multi::{Choice, Family, Pass};

pub(crate) type Chain = [u64; 8];
type Block = [u8; 128];

/// The fractions of the square roots of the first eight primes.
#[rustfmt::skip]
pub(crate) const INITIAL_512: Chain = [
    0x6a09_e667_f3bc_c908, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b, 0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1, 0x9b05_688c_2b3e_6c1f, 0x1f83_d9ab_fb41_bd6b, 0x5be0_cd19_137e_2179,
];
/// The fractions of the square roots of the ninth to sixteenth primes.
#[rustfmt::skip]
pub(crate) const INITIAL_384: Chain = [
    0xcbbb_9d5d_c105_9ed8, 0x629a_292a_367c_d507, 0x9159_015a_3070_dd17, 0x152f_ecd8_f70e_5939,
    0x6733_2667_ffc0_0b31, 0x8eb4_4a87_6858_1511, 0xdb0c_2e0d_64f9_8fa7, 0x47b5_481d_befa_4fa4,
];
#[rustfmt::skip]
pub(crate) const INITIAL_512_256: Chain = [
    0x2231_2194_fc2b_f72c, 0x9f55_5fa3_c84c_64c2, 0x2393_b86b_6f53_b151, 0x9638_7719_5940_eabd,
    0x9628_3ee2_a88e_ffe3, 0xbe5e_1e25_5386_3992, 0x2b01_99fc_2c85_b8aa, 0x0eb7_2ddc_81c5_2ca2,
];

/// The fractions of the cube roots of the first eighty primes.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
pub(crate) const CUBE_ROOTS: [u64; 80] = [
    0x428a_2f98_d728_ae22, 0x7137_4491_23ef_65cd, 0xb5c0_fbcf_ec4d_3b2f, 0xe9b5_dba5_8189_dbbc,
    0x3956_c25b_f348_b538, 0x59f1_11f1_b605_d019, 0x923f_82a4_af19_4f9b, 0xab1c_5ed5_da6d_8118,
    0xd807_aa98_a303_0242, 0x1283_5b01_4570_6fbe, 0x2431_85be_4ee4_b28c, 0x550c_7dc3_d5ff_b4e2,
    0x72be_5d74_f27b_896f, 0x80de_b1fe_3b16_96b1, 0x9bdc_06a7_25c7_1235, 0xc19b_f174_cf69_2694,
    0xe49b_69c1_9ef1_4ad2, 0xefbe_4786_384f_25e3, 0x0fc1_9dc6_8b8c_d5b5, 0x240c_a1cc_77ac_9c65,
    0x2de9_2c6f_592b_0275, 0x4a74_84aa_6ea6_e483, 0x5cb0_a9dc_bd41_fbd4, 0x76f9_88da_8311_53b5,
    0x983e_5152_ee66_dfab, 0xa831_c66d_2db4_3210, 0xb003_27c8_98fb_213f, 0xbf59_7fc7_beef_0ee4,
    0xc6e0_0bf3_3da8_8fc2, 0xd5a7_9147_930a_a725, 0x06ca_6351_e003_826f, 0x1429_2967_0a0e_6e70,
    0x27b7_0a85_46d2_2ffc, 0x2e1b_2138_5c26_c926, 0x4d2c_6dfc_5ac4_2aed, 0x5338_0d13_9d95_b3df,
    0x650a_7354_8baf_63de, 0x766a_0abb_3c77_b2a8, 0x81c2_c92e_47ed_aee6, 0x9272_2c85_1482_353b,
    0xa2bf_e8a1_4cf1_0364, 0xa81a_664b_bc42_3001, 0xc24b_8b70_d0f8_9791, 0xc76c_51a3_0654_be30,
    0xd192_e819_d6ef_5218, 0xd699_0624_5565_a910, 0xf40e_3585_5771_202a, 0x106a_a070_32bb_d1b8,
    0x19a4_c116_b8d2_d0c8, 0x1e37_6c08_5141_ab53, 0x2748_774c_df8e_eb99, 0x34b0_bcb5_e19b_48a8,
    0x391c_0cb3_c5c9_5a63, 0x4ed8_aa4a_e341_8acb, 0x5b9c_ca4f_7763_e373, 0x682e_6ff3_d6b2_b8a3,
    0x748f_82ee_5def_b2fc, 0x78a5_636f_4317_2f60, 0x84c8_7814_a1f0_ab72, 0x8cc7_0208_1a64_39ec,
    0x90be_fffa_2363_1e28, 0xa450_6ceb_de82_bde9, 0xbef9_a3f7_b2c6_7915, 0xc671_78f2_e372_532b,
    0xca27_3ece_ea26_619c, 0xd186_b8c7_21c0_c207, 0xeada_7dd6_cde0_eb1e, 0xf57d_4f7f_ee6e_d178,
    0x06f0_67aa_7217_6fba, 0x0a63_7dc5_a2c8_98a6, 0x113f_9804_bef9_0dae, 0x1b71_0b35_131c_471b,
    0x28db_77f5_2304_7d84, 0x32ca_ab7b_40c7_2493, 0x3c9e_be0a_15c9_bebc, 0x431d_67c4_9c10_0d4c,
    0x4cc5_d4be_cb3e_42b6, 0x597f_299c_fc65_7e2a, 0x5fcb_6fab_3ad6_faec, 0x6c44_198c_4a47_5817,
];

pub(crate) struct Sha512Family;

impl Family for Sha512Family {
    type Chain = Chain;
    type Block = Block;
    const HASHES: &'static str = "SHA-384, SHA-512 and SHA-512/256";

    fn compress(chain: &mut Chain, blocks: &[Block]) {
        sha2::block_api::compress512(chain, blocks);
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
        (u128::from(bytes) * 8).to_be_bytes()
    }
    fn write_digest(chain: &Chain, out: &mut [u8]) {
        out.copy_from_slice(&chain.map(u64::to_be_bytes).as_flattened()[..out.len()]);
    }
    fn arbitrary_chain(seed: u64) -> Chain {
        std::array::from_fn(|word| seed.rotate_left(9 * word as u32))
    }
}

#[cfg(target_arch = "x86_64")]
mod lanes {
    use super::{Block, CUBE_ROOTS, Chain, Sha512Family};
    use crate::lanes::avx2::{self, Avx2};
    use crate::lanes::avx512::{self, Avx512};
    use crate::lanes::{Lanes, OneWord, Word};
    use crate::multi::{MAX_WIDTH, Pass, pass};
    use crate::one_stream::{self, Column, OneStream};
    use crate::sha2_rounds::{self, Sigmas};

    pub(super) const AVX2: &[Pass<Sha512Family>] =
        &[pass!(absorb, Avx2, avx2::U64x4, "avx2", least: 3), REGISTERS];
    pub(super) const AVX512: &[Pass<Sha512Family>] = &[WIDE, NARROW, VECTORS];
    /// Where [`chains_prefer_registers`](crate::kernel::chains_prefer_registers).
    pub(super) const AVX512_AND_REGISTERS: &[Pass<Sha512Family>] = &[WIDE, NARROW, REGISTERS];

    const WIDE: Pass<Sha512Family> =
        pass!(absorb, Avx512, avx512::U64x8, "avx2,avx512f,avx512bw,avx512vl", least: 5);
    const NARROW: Pass<Sha512Family> =
        pass!(absorb, Avx512, avx512::U64x4, "avx2,avx512f,avx512bw,avx512vl", least: 2);
    const REGISTERS: Pass<Sha512Family> = pass!(alone absorb_one::<avx2::U64x4, u64>, Avx2, "avx2,bmi1,bmi2");
    /// Vectors have functions of three operands.
    const VECTORS: Pass<Sha512Family> =
        pass!(alone absorb_one::<avx512::U64x4, avx512::U64x4>, Avx512, "avx2,avx512f,avx512bw,avx512vl");

    impl<W: Word> Sigmas<W> for Sha512Family {
        #[inline(always)]
        fn upper0(x: W) -> W {
            x.rotate_right::<28>().parity(x.rotate_right::<34>(), x.rotate_right::<39>())
        }
        #[inline(always)]
        fn upper1(x: W) -> W {
            x.rotate_right::<14>().parity(x.rotate_right::<18>(), x.rotate_right::<41>())
        }
        #[inline(always)]
        fn lower0(x: W) -> W {
            x.rotate_right::<1>().parity(x.rotate_right::<8>(), x.shift_right::<7>())
        }
        #[inline(always)]
        fn lower1(x: W) -> W {
            x.rotate_right::<19>().parity(x.rotate_right::<61>(), x.shift_right::<6>())
        }
    }

    #[inline(always)]
    fn absorb<V: Lanes<Word = u64, Block = Block>>(
        cpu: V::Cpu,
        chains: &mut [Chain; MAX_WIDTH],
        streams: &[&[Block]; MAX_WIDTH],
    ) {
        sha2_rounds::absorb::<V, Sha512Family>(cpu, &CUBE_ROOTS, chains, streams);
    }

    impl<V: Lanes<Word = u64, Block = Block>, R: OneWord<V::Cpu, u64>> OneStream<V, R, 8> for Sha512Family {
        const CONSTANTS: &'static [u64] = &CUBE_ROOTS;

        #[inline(always)]
        fn schedule(words: &mut [V; 16], t: usize) {
            sha2_rounds::schedule::<V, Sha512Family>(words, t);
        }
        #[inline(always)]
        fn rounds(cpu: V::Cpu, state: [R; 8], sums: &Column<u64>) -> [R; 8] {
            sha2_rounds::rounds::<_, _, R, Sha512Family>(cpu, CUBE_ROOTS.len(), state, sums)
        }
    }

    /// Advances the first stream.
    #[inline(always)]
    fn absorb_one<V: Lanes<Word = u64, Block = Block>, R: OneWord<V::Cpu, u64>>(
        cpu: V::Cpu,
        chains: &mut [Chain; MAX_WIDTH],
        streams: &[&[Block]; MAX_WIDTH],
    ) {
        one_stream::absorb::<V, R, Sha512Family, 8>(cpu, chains, streams);
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::{Sha512Family, lanes};
    use crate::Kernel;
    use crate::multi::Multi;

    /// This CPU's kernel has only one of them.
    #[test]
    fn one_stream_is_right_in_vectors_and_in_registers() {
        if Kernel::Avx512.is_available() {
            for passes in [lanes::AVX512, lanes::AVX512_AND_REGISTERS] {
                assert!(Multi::<Sha512Family>::of_passes(Kernel::Avx512, passes).self_test());
            }
        }
    }
}
