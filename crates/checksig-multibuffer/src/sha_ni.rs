//! SHA-1 and SHA-256 with the SHA instructions of x86: one stream waits for their latency, `N` interleaved do not.

use std::arch::x86_64::*;

use crate::multi::MAX_WIDTH;
use crate::sha256::CONSTANTS;

type Block = [u8; 64];

/// The sixteen words of block `index` of the first `N` streams, four to a vector, their bytes in the order of `swap`.
#[inline]
#[target_feature(enable = "ssse3")]
fn load_blocks<const N: usize>(
    streams: &[&[Block]; MAX_WIDTH],
    index: usize,
    swap: __m128i,
) -> [[__m128i; 4]; N] {
    let mut words = [[swap; 4]; N];
    for (words, stream) in words.iter_mut().zip(streams) {
        for (vector, bytes) in words.iter_mut().zip(stream[index].as_chunks::<16>().0) {
            // SAFETY: the reference is to sixteen readable bytes, and the load needs no alignment.
            let loaded = unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) };
            *vector = _mm_shuffle_epi8(loaded, swap);
        }
    }
    words
}

/// Four words, the first in the highest lane, as the SHA instructions take them.
#[inline]
#[target_feature(enable = "sse2")]
fn pack(words: [u32; 4]) -> __m128i {
    let [a, b, c, d] = words.map(u32::cast_signed);
    _mm_set_epi32(a, b, c, d)
}

/// The way back from [`pack`].
#[inline]
#[target_feature(enable = "sse4.1")]
fn unpack(v: __m128i) -> [u32; 4] {
    let words = [
        _mm_extract_epi32::<3>(v),
        _mm_extract_epi32::<2>(v),
        _mm_extract_epi32::<1>(v),
        _mm_extract_epi32::<0>(v),
    ];
    words.map(i32::cast_unsigned)
}

/// Advances the first `N` streams.
#[target_feature(enable = "sha,ssse3,sse4.1")]
pub(crate) fn sha1<const N: usize>(chains: &mut [[u32; 5]; MAX_WIDTH], streams: &[&[Block]; MAX_WIDTH]) {
    let swap = _mm_set_epi64x(0x0001_0203_0405_0607, 0x0809_0a0b_0c0d_0e0f);
    let mut abcd = [_mm_setzero_si128(); N];
    let mut e = [_mm_setzero_si128(); N];
    for s in 0..N {
        let chain = chains[s];
        abcd[s] = pack([chain[0], chain[1], chain[2], chain[3]]);
        e[s] = pack([chain[4], 0, 0, 0]);
    }
    for index in 0..streams[0].len() {
        let mut words: [_; N] = load_blocks(streams, index, swap);
        let mut current = abcd;
        // The `a` of the four rounds before becomes `e`: its vector is kept until then.
        let mut previous = abcd;
        macro_rules! four_rounds {
            ($($group:literal)*) => {$(
                for s in 0..N {
                    if $group >= 4 {
                        let w: [__m128i; 4] = std::array::from_fn(|i| words[s][($group + i) % 4]);
                        words[s][$group % 4] = _mm_sha1msg2_epu32(_mm_xor_si128(_mm_sha1msg1_epu32(w[0], w[1]), w[2]), w[3]);
                    }
                    let word = words[s][$group % 4];
                    let sum =
                        if $group == 0 { _mm_add_epi32(e[s], word) } else { _mm_sha1nexte_epu32(previous[s], word) };
                    previous[s] = current[s];
                    current[s] = _mm_sha1rnds4_epu32::<{ $group / 5 }>(current[s], sum);
                }
            )*};
        }
        four_rounds!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19);
        for s in 0..N {
            abcd[s] = _mm_add_epi32(abcd[s], current[s]);
            e[s] = _mm_sha1nexte_epu32(previous[s], e[s]);
        }
    }
    for s in 0..N {
        let [a, b, c, d] = unpack(abcd[s]);
        chains[s] = [a, b, c, d, unpack(e[s])[0]];
    }
}

/// Advances the first `N` streams.
#[target_feature(enable = "sha,ssse3,sse4.1")]
pub(crate) fn sha256<const N: usize>(chains: &mut [[u32; 8]; MAX_WIDTH], streams: &[&[Block]; MAX_WIDTH]) {
    let swap = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
    let mut abef = [_mm_setzero_si128(); N];
    let mut cdgh = [_mm_setzero_si128(); N];
    for s in 0..N {
        let [a, b, c, d, e, f, g, h] = chains[s];
        abef[s] = pack([a, b, e, f]);
        cdgh[s] = pack([c, d, g, h]);
    }
    for index in 0..streams[0].len() {
        let mut words: [_; N] = load_blocks(streams, index, swap);
        let before = (abef, cdgh);
        macro_rules! four_rounds {
            ($($group:literal)*) => {$(
                let constants = pack([
                    CONSTANTS[4 * $group + 3],
                    CONSTANTS[4 * $group + 2],
                    CONSTANTS[4 * $group + 1],
                    CONSTANTS[4 * $group],
                ]);
                for s in 0..N {
                    if $group >= 4 {
                        let w: [__m128i; 4] = std::array::from_fn(|i| words[s][($group + i) % 4]);
                        let sum = _mm_add_epi32(_mm_sha256msg1_epu32(w[0], w[1]), _mm_alignr_epi8::<4>(w[3], w[2]));
                        words[s][$group % 4] = _mm_sha256msg2_epu32(sum, w[3]);
                    }
                    let sums = _mm_add_epi32(words[s][$group % 4], constants);
                    // Two rounds turn `cdgh` into the next `abef`, and what was `abef` is then `cdgh`.
                    cdgh[s] = _mm_sha256rnds2_epu32(cdgh[s], abef[s], sums);
                    abef[s] = _mm_sha256rnds2_epu32(abef[s], cdgh[s], _mm_shuffle_epi32::<0x0e>(sums));
                }
            )*};
        }
        four_rounds!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        for s in 0..N {
            abef[s] = _mm_add_epi32(abef[s], before.0[s]);
            cdgh[s] = _mm_add_epi32(cdgh[s], before.1[s]);
        }
    }
    for s in 0..N {
        let [a, b, e, f] = unpack(abef[s]);
        let [c, d, g, h] = unpack(cdgh[s]);
        chains[s] = [a, b, c, d, e, f, g, h];
    }
}
