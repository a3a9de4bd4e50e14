//! What the round functions need from a word of one stream, or from a vector whose lanes are streams, and two vectors
//! taken as one.
//!
//! The round functions are written once, over [`Word`] and [`Lanes`]. Everything here is inlined into functions that enable the CPU
//! features (`pass!`): a call that is not inlined there would cost more than the round it belongs to.

pub(crate) mod avx2;
pub(crate) mod avx512;

use crate::multi::MAX_WIDTH;

/// One word, or one of each lane.
pub(crate) trait Word: Copy {
    fn add(self, other: Self) -> Self;
    fn rotate_right<const BITS: i32>(self) -> Self;
    fn shift_right<const BITS: i32>(self) -> Self;
    fn xor(self, other: Self) -> Self;
    /// `self ^ y ^ z`
    fn parity(self, y: Self, z: Self) -> Self;
    /// `y` where `self` has a one, `z` where it has a zero.
    fn choose(self, y: Self, z: Self) -> Self;
    /// `choose`, added to `sum`.
    #[inline(always)]
    fn choose_and_add(self, y: Self, z: Self, sum: Self) -> Self {
        sum.add(self.choose(y, z))
    }
    fn majority(self, y: Self, z: Self) -> Self;
    /// `y ^ (self | !z)`, the last round of MD5.
    fn xor_or_not(self, y: Self, z: Self) -> Self;
    /// The same value, but the compiler knows nothing of it. It would move constants and loads to the end of a sum, where
    /// the next round waits for them; this ends the part of a sum that can be added before.
    fn opaque(self) -> Self;
}

/// A vector with one word of each of `WIDTH` streams.
///
/// `Cpu` is the proof that the CPU has the vector's instructions. Vectors are made from it, so a vector's existence is
/// the same proof.
pub(crate) trait Lanes: Word {
    type Cpu: Copy;
    type Word: Word + Default + 'static;
    type Block;
    const WIDTH: usize;

    fn splat(cpu: Self::Cpu, word: Self::Word) -> Self;
    /// Lane `i` gets `words[i]`.
    fn from_words(cpu: Self::Cpu, words: &[Self::Word]) -> Self;
    fn write_words(self, words: &mut [Self::Word]);
    /// The sixteen words of block `index` of every stream; lane `i` holds stream `i`.
    fn load_block<const BIG_ENDIAN: bool>(
        cpu: Self::Cpu,
        streams: &[&[Self::Block]],
        index: usize,
    ) -> [Self; 16];
}

/// A word of one stream, in the kind of register that suits its rounds.
pub(crate) trait OneWord<C, W>: Word {
    fn from_word(cpu: C, word: W) -> Self;
    fn word(self) -> W;
}

macro_rules! word {
    ($($word:ty)*) => {$(
        impl Word for $word {
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            #[inline(always)]
            fn rotate_right<const BITS: i32>(self) -> Self {
                <$word>::rotate_right(self, BITS as u32)
            }
            #[inline(always)]
            fn shift_right<const BITS: i32>(self) -> Self {
                self >> BITS
            }
            #[inline(always)]
            fn xor(self, other: Self) -> Self {
                self ^ other
            }
            #[inline(always)]
            fn parity(self, y: Self, z: Self) -> Self {
                self ^ y ^ z
            }
            #[inline(always)]
            fn choose(self, y: Self, z: Self) -> Self {
                (self & y) ^ (!self & z)
            }
            /// The halves have no bit in common, so each can be added as soon as it is there.
            #[inline(always)]
            fn choose_and_add(self, y: Self, z: Self, sum: Self) -> Self {
                sum.add(!self & z).opaque().add(self & y)
            }
            #[inline(always)]
            fn majority(self, y: Self, z: Self) -> Self {
                y ^ ((self ^ y) & (y ^ z))
            }
            #[inline(always)]
            fn xor_or_not(self, y: Self, z: Self) -> Self {
                y ^ (self | !z)
            }
            #[inline(always)]
            fn opaque(mut self) -> Self {
                // SAFETY: no instruction at all.
                unsafe {
                    std::arch::asm!("/* {0:r} */", inlateout(reg) self, options(pure, nomem, nostack, preserves_flags));
                }
                self
            }
        }

        impl<C> OneWord<C, $word> for $word {
            #[inline(always)]
            fn from_word(_: C, word: $word) -> Self {
                word
            }
            #[inline(always)]
            fn word(self) -> $word {
                self
            }
        }
    )*};
}
word!(u32 u64);

/// The chaining values of the streams, turned into one vector per word.
#[inline(always)]
pub(crate) fn load_chains<V: Lanes, const N: usize>(
    cpu: V::Cpu,
    chains: &[[V::Word; N]; MAX_WIDTH],
) -> [V; N] {
    let mut state = [V::splat(cpu, V::Word::default()); N];
    for (word, vector) in state.iter_mut().enumerate() {
        let mut words = [V::Word::default(); MAX_WIDTH];
        for (lane, chain) in words.iter_mut().zip(chains) {
            *lane = chain[word];
        }
        *vector = V::from_words(cpu, &words);
    }
    state
}

/// The way back from [`load_chains`]; values beyond the vector's width become zero.
#[inline(always)]
pub(crate) fn store_chains<V: Lanes, const N: usize>(state: [V; N], chains: &mut [[V::Word; N]; MAX_WIDTH]) {
    for (word, vector) in state.into_iter().enumerate() {
        let mut words = [V::Word::default(); MAX_WIDTH];
        vector.write_words(&mut words);
        for (lane, chain) in words.iter().zip(chains.iter_mut()) {
            chain[word] = *lane;
        }
    }
}

/// Two vectors side by side: the instructions of one fill the time the other waits for its results.
#[derive(Clone, Copy)]
pub(crate) struct Twice<V>(pub(crate) V, pub(crate) V);

impl<V: Word> Word for Twice<V> {
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Twice(self.0.add(other.0), self.1.add(other.1))
    }
    #[inline(always)]
    fn rotate_right<const BITS: i32>(self) -> Self {
        Twice(self.0.rotate_right::<BITS>(), self.1.rotate_right::<BITS>())
    }
    #[inline(always)]
    fn shift_right<const BITS: i32>(self) -> Self {
        Twice(self.0.shift_right::<BITS>(), self.1.shift_right::<BITS>())
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Twice(self.0.xor(other.0), self.1.xor(other.1))
    }
    #[inline(always)]
    fn parity(self, y: Self, z: Self) -> Self {
        Twice(self.0.parity(y.0, z.0), self.1.parity(y.1, z.1))
    }
    #[inline(always)]
    fn choose(self, y: Self, z: Self) -> Self {
        Twice(self.0.choose(y.0, z.0), self.1.choose(y.1, z.1))
    }
    #[inline(always)]
    fn majority(self, y: Self, z: Self) -> Self {
        Twice(self.0.majority(y.0, z.0), self.1.majority(y.1, z.1))
    }
    #[inline(always)]
    fn xor_or_not(self, y: Self, z: Self) -> Self {
        Twice(self.0.xor_or_not(y.0, z.0), self.1.xor_or_not(y.1, z.1))
    }
    #[inline(always)]
    fn opaque(self) -> Self {
        Twice(self.0.opaque(), self.1.opaque())
    }
}

impl<V: Lanes> Lanes for Twice<V> {
    type Cpu = V::Cpu;
    type Word = V::Word;
    type Block = V::Block;
    const WIDTH: usize = 2 * V::WIDTH;

    #[inline(always)]
    fn splat(cpu: V::Cpu, word: V::Word) -> Self {
        Twice(V::splat(cpu, word), V::splat(cpu, word))
    }
    #[inline(always)]
    fn from_words(cpu: V::Cpu, words: &[V::Word]) -> Self {
        Twice(V::from_words(cpu, words), V::from_words(cpu, &words[V::WIDTH..]))
    }
    #[inline(always)]
    fn write_words(self, words: &mut [V::Word]) {
        self.0.write_words(words);
        self.1.write_words(&mut words[V::WIDTH..]);
    }
    #[inline(always)]
    fn load_block<const BIG_ENDIAN: bool>(cpu: V::Cpu, streams: &[&[V::Block]], index: usize) -> [Self; 16] {
        let first = V::load_block::<BIG_ENDIAN>(cpu, streams, index);
        let second = V::load_block::<BIG_ENDIAN>(cpu, &streams[V::WIDTH..], index);
        std::array::from_fn(|word| Twice(first[word], second[word]))
    }
}

/// Repeats a statement for each of sixteen rounds, written out: as a loop, the words would not stay in registers.
macro_rules! sixteen {
    ($t:ident => $do:expr) => {
        $crate::lanes::sixteen!(@ $t, $do, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
    };
    (@ $t:ident, $do:expr, $($value:literal)*) => {$({
        #[allow(non_upper_case_globals, reason = "the caller's name for it")]
        const $t: usize = $value;
        $do
    })*};
}
pub(crate) use sixteen;

/// Makes a vector type from a module of functions, each needing `$cpu`'s features only.
macro_rules! lanes {
    ($(#[$doc:meta])* $name:ident, $vector:ident, $ops:ident, $cpu:ident, $word:ty, $block:ty, $width:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(crate) struct $name($vector);

        impl $crate::lanes::Word for $name {
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                // SAFETY: a vector exists, so the CPU has its features.
                $name(unsafe { $ops::add(self.0, other.0) })
            }
            #[inline(always)]
            fn rotate_right<const BITS: i32>(self) -> Self {
                // SAFETY: a vector exists, so the CPU has its features.
                $name(unsafe { $ops::rotate_right::<BITS>(self.0) })
            }
            #[inline(always)]
            fn shift_right<const BITS: i32>(self) -> Self {
                // SAFETY: a vector exists, so the CPU has its features.
                $name(unsafe { $ops::shift_right::<BITS>(self.0) })
            }
            #[inline(always)]
            fn xor(self, other: Self) -> Self {
                // SAFETY: a vector exists, so the CPU has its features.
                $name(unsafe { $ops::xor(self.0, other.0) })
            }
            #[inline(always)]
            fn parity(self, y: Self, z: Self) -> Self {
                // SAFETY: a vector exists, so the CPU has its features.
                $name(unsafe { $ops::parity(self.0, y.0, z.0) })
            }
            #[inline(always)]
            fn choose(self, y: Self, z: Self) -> Self {
                // SAFETY: a vector exists, so the CPU has its features.
                $name(unsafe { $ops::choose(self.0, y.0, z.0) })
            }
            #[inline(always)]
            fn majority(self, y: Self, z: Self) -> Self {
                // SAFETY: a vector exists, so the CPU has its features.
                $name(unsafe { $ops::majority(self.0, y.0, z.0) })
            }
            #[inline(always)]
            fn xor_or_not(self, y: Self, z: Self) -> Self {
                // SAFETY: a vector exists, so the CPU has its features.
                $name(unsafe { $ops::xor_or_not(self.0, y.0, z.0) })
            }
            #[inline(always)]
            fn opaque(self) -> Self {
                // SAFETY: a vector exists, so the CPU has its features.
                $name(unsafe { $ops::opaque(self.0) })
            }
        }

        impl $crate::lanes::Lanes for $name {
            type Cpu = $cpu;
            type Word = $word;
            type Block = $block;
            const WIDTH: usize = $width;

            #[inline(always)]
            fn splat(_: $cpu, word: $word) -> Self {
                // SAFETY: the argument is the proof of the CPU's features.
                $name(unsafe { $ops::splat(word) })
            }
            #[inline(always)]
            fn from_words(_: $cpu, words: &[$word]) -> Self {
                let words: &[$word; $width] = words.first_chunk().expect("a word for every lane");
                // SAFETY: an array of plain words and a vector are of one size, and any bits are a vector.
                $name(unsafe { std::mem::transmute::<[$word; $width], $vector>(*words) })
            }
            #[inline(always)]
            fn write_words(self, words: &mut [$word]) {
                // SAFETY: a vector and an array of plain words are of one size, and any bits are words.
                let lanes = unsafe { std::mem::transmute::<$vector, [$word; $width]>(self.0) };
                words[..$width].copy_from_slice(&lanes);
            }
            #[inline(always)]
            fn load_block<const BIG_ENDIAN: bool>(_: $cpu, streams: &[&[$block]], index: usize) -> [Self; 16] {
                let blocks: [&$block; $width] = std::array::from_fn(|lane| &streams[lane][index]);
                // SAFETY: the argument is the proof of the CPU's features.
                unsafe { $ops::load_block::<BIG_ENDIAN>(blocks) }.map($name)
            }
        }

        /// In all lanes.
        impl $crate::lanes::OneWord<$cpu, $word> for $name {
            #[inline(always)]
            fn from_word(cpu: $cpu, word: $word) -> Self {
                $crate::lanes::Lanes::splat(cpu, word)
            }
            #[inline(always)]
            fn word(self) -> $word {
                let mut words = [0; $width];
                $crate::lanes::Lanes::write_words(self, &mut words);
                words[0]
            }
        }
    };
}
use lanes;
