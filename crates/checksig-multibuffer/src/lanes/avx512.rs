//! AVX-512: sixteen streams of 32-bit words or eight of 64-bit words, and half as many in 256-bit vectors, which have
//! the same rotations and three-operand functions and, on Intel, one execution port more.

use std::arch::x86_64::{__m256i, __m512i};

/// The proof that the CPU has AVX2 and AVX-512 F, BW and VL.
#[derive(Clone, Copy)]
pub(crate) struct Avx512(());

impl Avx512 {
    /// # Safety
    /// The CPU must have AVX2 and AVX-512 F, BW and VL.
    #[inline(always)]
    pub(crate) unsafe fn assume() -> Self {
        Avx512(())
    }
}

super::lanes!(
    /// Sixteen streams of 32-bit words.
    U32x16, __m512i, words32, Avx512, u32, [u8; 64], 16
);
super::lanes!(
    /// Eight streams of 64-bit words.
    U64x8, __m512i, words64, Avx512, u64, [u8; 128], 8
);
super::lanes!(
    /// Eight streams of 32-bit words.
    U32x8, __m256i, half32, Avx512, u32, [u8; 64], 8
);
super::lanes!(
    /// Four streams of 64-bit words.
    U64x4, __m256i, half64, Avx512, u64, [u8; 128], 4
);

// Truth tables of functions of three bits: bit `4x + 2y + z` is the value.
const PARITY: i32 = 0x96;
const CHOOSE: i32 = 0xca;
const MAJORITY: i32 = 0xe8;
const XOR_OR_NOT: i32 = 0x39;

macro_rules! bitwise {
    ($vector:ident, $ternary:ident, $register:ident) => {
        #[inline]
        #[target_feature(enable = "avx512f,avx512vl")]
        pub(super) fn parity(x: $vector, y: $vector, z: $vector) -> $vector {
            $ternary::<{ super::PARITY }>(x, y, z)
        }
        #[inline]
        #[target_feature(enable = "avx512f,avx512vl")]
        pub(super) fn choose(x: $vector, y: $vector, z: $vector) -> $vector {
            $ternary::<{ super::CHOOSE }>(x, y, z)
        }
        #[inline]
        #[target_feature(enable = "avx512f,avx512vl")]
        pub(super) fn majority(x: $vector, y: $vector, z: $vector) -> $vector {
            $ternary::<{ super::MAJORITY }>(x, y, z)
        }
        #[inline]
        #[target_feature(enable = "avx512f,avx512vl")]
        pub(super) fn xor_or_not(x: $vector, y: $vector, z: $vector) -> $vector {
            $ternary::<{ super::XOR_OR_NOT }>(x, y, z)
        }
        #[inline]
        #[target_feature(enable = "avx512f,avx512vl")]
        pub(super) fn opaque(mut x: $vector) -> $vector {
            // SAFETY: no instruction at all.
            unsafe {
                std::arch::asm!("/* {} */", inlateout($register) x, options(pure, nomem, nostack, preserves_flags));
            }
            x
        }
    };
}

/// Functions on sixteen 32-bit words.
mod words32 {
    use std::arch::x86_64::*;

    pub(super) use super::load_block32 as load_block;
    pub(super) use std::arch::x86_64::_mm512_add_epi32 as add;
    pub(super) use std::arch::x86_64::_mm512_ror_epi32 as rotate_right;
    pub(super) use std::arch::x86_64::_mm512_xor_si512 as xor;

    bitwise!(__m512i, _mm512_ternarylogic_epi32, zmm_reg);

    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn splat(word: u32) -> __m512i {
        _mm512_set1_epi32(word.cast_signed())
    }
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn shift_right<const BITS: i32>(x: __m512i) -> __m512i {
        _mm512_srl_epi32(x, _mm_cvtsi32_si128(BITS))
    }
}

/// Functions on eight 64-bit words.
mod words64 {
    use std::arch::x86_64::*;

    pub(super) use super::load_block64 as load_block;
    pub(super) use std::arch::x86_64::_mm512_add_epi64 as add;
    pub(super) use std::arch::x86_64::_mm512_ror_epi64 as rotate_right;
    pub(super) use std::arch::x86_64::_mm512_xor_si512 as xor;

    bitwise!(__m512i, _mm512_ternarylogic_epi64, zmm_reg);

    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn splat(word: u64) -> __m512i {
        _mm512_set1_epi64(word.cast_signed())
    }
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn shift_right<const BITS: i32>(x: __m512i) -> __m512i {
        _mm512_srl_epi64(x, _mm_cvtsi32_si128(BITS))
    }
}

/// Functions on eight 32-bit words.
mod half32 {
    use std::arch::x86_64::*;

    pub(super) use crate::lanes::avx2::load_block32 as load_block;
    pub(super) use std::arch::x86_64::_mm256_add_epi32 as add;
    pub(super) use std::arch::x86_64::_mm256_ror_epi32 as rotate_right;
    pub(super) use std::arch::x86_64::_mm256_srli_epi32 as shift_right;
    pub(super) use std::arch::x86_64::_mm256_xor_si256 as xor;

    bitwise!(__m256i, _mm256_ternarylogic_epi32, ymm_reg);

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn splat(word: u32) -> __m256i {
        _mm256_set1_epi32(word.cast_signed())
    }
}

/// Functions on four 64-bit words.
mod half64 {
    use std::arch::x86_64::*;

    pub(super) use crate::lanes::avx2::load_block64 as load_block;
    pub(super) use std::arch::x86_64::_mm256_add_epi64 as add;
    pub(super) use std::arch::x86_64::_mm256_ror_epi64 as rotate_right;
    pub(super) use std::arch::x86_64::_mm256_srli_epi64 as shift_right;
    pub(super) use std::arch::x86_64::_mm256_xor_si256 as xor;

    bitwise!(__m256i, _mm256_ternarylogic_epi64, ymm_reg);

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn splat(word: u64) -> __m256i {
        _mm256_set1_epi64x(word.cast_signed())
    }
}

/// The 64 bytes at `offset` of a block.
#[inline]
#[target_feature(enable = "avx512f")]
fn load<const N: usize>(block: &[u8; N], offset: usize) -> __m512i {
    let bytes: &[u8; 64] = block[offset..].first_chunk().expect("64 bytes of a block");
    // SAFETY: the reference is to 64 readable bytes, and the load needs no alignment.
    unsafe { std::arch::x86_64::_mm512_loadu_si512(bytes.as_ptr().cast()) }
}

/// Transposes the 128-bit quarters of four vectors: quarter `i` of result `j` is quarter `j` of vector `i`.
#[inline]
#[target_feature(enable = "avx512f")]
fn transpose_quarters(v: [__m512i; 4]) -> [__m512i; 4] {
    use std::arch::x86_64::_mm512_shuffle_i32x4 as quarters;
    let front01 = quarters::<0x44>(v[0], v[1]);
    let back01 = quarters::<0xee>(v[0], v[1]);
    let front23 = quarters::<0x44>(v[2], v[3]);
    let back23 = quarters::<0xee>(v[2], v[3]);
    [
        quarters::<0x88>(front01, front23),
        quarters::<0xdd>(front01, front23),
        quarters::<0x88>(back01, back23),
        quarters::<0xdd>(back01, back23),
    ]
}

/// Sixteen 32-bit words of sixteen blocks, one vector per word.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn load_block32<const BIG_ENDIAN: bool>(blocks: [&[u8; 64]; 16]) -> [__m512i; 16] {
    use std::arch::x86_64::*;
    let swap = _mm512_set4_epi32(0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203);
    // columns[c][g]: words c, 4 + c, 8 + c, 12 + c of streams 4g to 4g + 3, a quarter each.
    let mut columns = [[_mm512_setzero_si512(); 4]; 4];
    for group in 0..4 {
        let mut rows = [_mm512_setzero_si512(); 4];
        for (row, bytes) in rows.iter_mut().enumerate() {
            *bytes = load(blocks[4 * group + row], 0);
            if BIG_ENDIAN {
                *bytes = _mm512_shuffle_epi8(*bytes, swap);
            }
        }
        let low01 = _mm512_unpacklo_epi32(rows[0], rows[1]);
        let high01 = _mm512_unpackhi_epi32(rows[0], rows[1]);
        let low23 = _mm512_unpacklo_epi32(rows[2], rows[3]);
        let high23 = _mm512_unpackhi_epi32(rows[2], rows[3]);
        columns[0][group] = _mm512_unpacklo_epi64(low01, low23);
        columns[1][group] = _mm512_unpackhi_epi64(low01, low23);
        columns[2][group] = _mm512_unpacklo_epi64(high01, high23);
        columns[3][group] = _mm512_unpackhi_epi64(high01, high23);
    }
    let mut words = [_mm512_setzero_si512(); 16];
    for (column, groups) in columns.into_iter().enumerate() {
        for (quarter, word) in transpose_quarters(groups).into_iter().enumerate() {
            words[4 * quarter + column] = word;
        }
    }
    words
}

/// Sixteen 64-bit words of eight blocks, one vector per word.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn load_block64<const BIG_ENDIAN: bool>(blocks: [&[u8; 128]; 8]) -> [__m512i; 16] {
    use std::arch::x86_64::*;
    let swap = _mm512_set4_epi32(0x08090a0b, 0x0c0d0e0f, 0x00010203, 0x04050607);
    let mut words = [_mm512_setzero_si512(); 16];
    for half in 0..2 {
        // columns[c][p]: words c, 2 + c, 4 + c, 6 + c of this half of streams 2p and 2p + 1, a quarter each.
        let mut columns = [[_mm512_setzero_si512(); 4]; 2];
        for pair in 0..4 {
            let mut even = load(blocks[2 * pair], 64 * half);
            let mut odd = load(blocks[2 * pair + 1], 64 * half);
            if BIG_ENDIAN {
                even = _mm512_shuffle_epi8(even, swap);
                odd = _mm512_shuffle_epi8(odd, swap);
            }
            columns[0][pair] = _mm512_unpacklo_epi64(even, odd);
            columns[1][pair] = _mm512_unpackhi_epi64(even, odd);
        }
        for (column, pairs) in columns.into_iter().enumerate() {
            for (quarter, word) in transpose_quarters(pairs).into_iter().enumerate() {
                words[8 * half + 2 * quarter + column] = word;
            }
        }
    }
    words
}
