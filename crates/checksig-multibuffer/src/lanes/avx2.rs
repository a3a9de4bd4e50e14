//! 256-bit vectors with AVX2: eight streams of 32-bit words or four of 64-bit words.

use std::arch::x86_64::__m256i;

/// The proof that the CPU has AVX2.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// # Safety
    /// The CPU must have AVX2.
    #[inline(always)]
    pub(crate) unsafe fn assume() -> Self {
        Avx2(())
    }
}

super::lanes!(
    /// Eight streams of 32-bit words.
    U32x8, __m256i, words32, Avx2, u32, [u8; 64], 8
);
super::lanes!(
    /// Four streams of 64-bit words.
    U64x4, __m256i, words64, Avx2, u64, [u8; 128], 4
);

/// Bitwise functions, the same for words of any size.
mod bitwise {
    use std::arch::x86_64::*;

    pub(super) use std::arch::x86_64::_mm256_xor_si256 as xor;

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn parity(x: __m256i, y: __m256i, z: __m256i) -> __m256i {
        xor(x, xor(y, z))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn choose(x: __m256i, y: __m256i, z: __m256i) -> __m256i {
        xor(z, _mm256_and_si256(x, xor(y, z)))
    }

    /// In SHA-2, `y ^ z` is the `x ^ y` of the round before, which the compiler finds and keeps.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn majority(x: __m256i, y: __m256i, z: __m256i) -> __m256i {
        xor(y, _mm256_and_si256(xor(x, y), xor(y, z)))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn xor_or_not(x: __m256i, y: __m256i, z: __m256i) -> __m256i {
        xor(y, _mm256_or_si256(x, xor(z, _mm256_set1_epi32(-1))))
    }

    /// Changes nothing: with sixteen registers, the compiler's order is the faster one.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn opaque(x: __m256i) -> __m256i {
        x
    }
}

/// Functions on 32-bit words.
mod words32 {
    use std::arch::x86_64::*;

    pub(super) use super::bitwise::*;
    pub(super) use super::load_block32 as load_block;
    pub(super) use std::arch::x86_64::_mm256_add_epi32 as add;
    pub(super) use std::arch::x86_64::_mm256_srli_epi32 as shift_right;

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn splat(word: u32) -> __m256i {
        _mm256_set1_epi32(word.cast_signed())
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn rotate_right<const BITS: i32>(x: __m256i) -> __m256i {
        let left = _mm256_sll_epi32(x, _mm_cvtsi32_si128(32 - BITS));
        _mm256_or_si256(_mm256_srli_epi32::<BITS>(x), left)
    }
}

/// Functions on 64-bit words.
mod words64 {
    use std::arch::x86_64::*;

    pub(super) use super::bitwise::*;
    pub(super) use super::load_block64 as load_block;
    pub(super) use std::arch::x86_64::_mm256_add_epi64 as add;
    pub(super) use std::arch::x86_64::_mm256_srli_epi64 as shift_right;

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn splat(word: u64) -> __m256i {
        _mm256_set1_epi64x(word.cast_signed())
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn rotate_right<const BITS: i32>(x: __m256i) -> __m256i {
        let left = _mm256_sll_epi64(x, _mm_cvtsi32_si128(64 - BITS));
        _mm256_or_si256(_mm256_srli_epi64::<BITS>(x), left)
    }
}

/// The sixteen bytes at `offset` of one block in the low half of a vector, those of another in the high half. Halves
/// joined as they are loaded leave the transpositions no step across them.
#[inline]
#[target_feature(enable = "avx2")]
fn join<const N: usize>(low: &[u8; N], high: &[u8; N], offset: usize) -> __m256i {
    use std::arch::x86_64::*;
    let low: &[u8; 16] = low[offset..].first_chunk().expect("sixteen bytes of a block");
    let high: &[u8; 16] = high[offset..].first_chunk().expect("sixteen bytes of a block");
    // SAFETY: both references are to sixteen readable bytes, and the loads need no alignment.
    unsafe { _mm256_loadu2_m128i(high.as_ptr().cast(), low.as_ptr().cast()) }
}

/// Sixteen 32-bit words of eight blocks, one vector per word.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load_block32<const BIG_ENDIAN: bool>(blocks: [&[u8; 64]; 8]) -> [__m256i; 16] {
    use std::arch::x86_64::*;
    let swap =
        _mm256_set_epi64x(0x0c0d0e0f_08090a0b, 0x04050607_00010203, 0x0c0d0e0f_08090a0b, 0x04050607_00010203);
    let mut words = [_mm256_setzero_si256(); 16];
    for quarter in 0..4 {
        let mut rows = [_mm256_setzero_si256(); 4];
        for (row, bytes) in rows.iter_mut().enumerate() {
            *bytes = join(blocks[row], blocks[row + 4], 16 * quarter);
            if BIG_ENDIAN {
                *bytes = _mm256_shuffle_epi8(*bytes, swap);
            }
        }
        let low01 = _mm256_unpacklo_epi32(rows[0], rows[1]);
        let high01 = _mm256_unpackhi_epi32(rows[0], rows[1]);
        let low23 = _mm256_unpacklo_epi32(rows[2], rows[3]);
        let high23 = _mm256_unpackhi_epi32(rows[2], rows[3]);
        words[4 * quarter] = _mm256_unpacklo_epi64(low01, low23);
        words[4 * quarter + 1] = _mm256_unpackhi_epi64(low01, low23);
        words[4 * quarter + 2] = _mm256_unpacklo_epi64(high01, high23);
        words[4 * quarter + 3] = _mm256_unpackhi_epi64(high01, high23);
    }
    words
}

/// Sixteen 64-bit words of four blocks, one vector per word.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load_block64<const BIG_ENDIAN: bool>(blocks: [&[u8; 128]; 4]) -> [__m256i; 16] {
    use std::arch::x86_64::*;
    let swap =
        _mm256_set_epi64x(0x08090a0b_0c0d0e0f, 0x00010203_04050607, 0x08090a0b_0c0d0e0f, 0x00010203_04050607);
    let mut words = [_mm256_setzero_si256(); 16];
    for eighth in 0..8 {
        let mut even = join(blocks[0], blocks[2], 16 * eighth);
        let mut odd = join(blocks[1], blocks[3], 16 * eighth);
        if BIG_ENDIAN {
            even = _mm256_shuffle_epi8(even, swap);
            odd = _mm256_shuffle_epi8(odd, swap);
        }
        words[2 * eighth] = _mm256_unpacklo_epi64(even, odd);
        words[2 * eighth + 1] = _mm256_unpackhi_epi64(even, odd);
    }
    words
}
