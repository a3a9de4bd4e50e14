//! What is in the files that are measured, and how long files of mixed sizes are: pseudo-random, and the same on every
//! machine.

use std::fs::File;
use std::io::Write;
use std::ops::RangeInclusive;
use std::path::Path;

use crate::util::Result;

/// Sizes whose logarithm is normally distributed: the median is the range's middle, on a scale of ratios, each standard
/// deviation is a factor of 7.4, and what falls outside is cut to the range.
pub fn log_normal(count: usize, range: RangeInclusive<u64>) -> Vec<u64> {
    let (least, most) = (*range.start() as f64, *range.end() as f64);
    let mut random = SplitMix(7);
    // The sum of twelve even ones is close enough to a normal one.
    let mut normal = move || (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
    (0..count).map(|_| ((least * most).sqrt() * (2.0 * normal()).exp()).clamp(least, most) as u64).collect()
}

/// The generator of Steele, Lea and Flood (2014).
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 to 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

// Small: a child's peak of memory is never seen as less than this process has.
const POOL: usize = 1 << 20;
const PIECE: usize = 1 << 17;

/// Bytes that files are cut from: making them anew for each file would take longer than writing it.
pub fn random_pool() -> Vec<u8> {
    let mut random = SplitMix(1);
    (0..POOL / 8).flat_map(|_| random.next().to_le_bytes()).collect()
}

/// Writes pieces of the pool from places that depend on the file, so that hardly two files are equal.
pub fn write_file(path: &Path, size: u64, seed: u64, pool: &[u8]) -> Result<()> {
    let mut file = File::create(path)?;
    let mut random = SplitMix(seed << 20);
    let mut left = size;
    while left > 0 {
        let start = random.next() as usize % (POOL - PIECE);
        let piece = left.min(PIECE as u64);
        file.write_all(&pool[start..start + piece as usize])?;
        left -= piece;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_the_same_everywhere() {
        assert_eq!(SplitMix(0).next(), 0xE220_A839_7B1D_CDAF);
        assert_eq!(random_pool()[..8], SplitMix(1).next().to_le_bytes());
    }
}
