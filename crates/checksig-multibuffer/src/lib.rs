//! MD5, SHA-1 and SHA-2 over several independent streams at once on one core.
//!
//! A block of these hashes depends on the block before it, so one stream leaves most of a core waiting. Blocks of
//! different streams depend on nothing: each stream gets a lane of a vector, or the instructions of several streams are
//! interleaved. A [`MultiHash`] advances streams together; a [`Kernel`] is one way to do it, and the best of the CPU is
//! chosen at run time. Streams that do not fill a kernel take whatever is fastest for their number. Reading, and
//! giving a free lane its next file, is the caller's work.
//!
//! ```
//! use checksig_multibuffer::{MultiHash, Sha256};
//!
//! let hash = Sha256::new();
//! let (mut a, mut b) = (hash.start(), hash.start());
//! hash.update(&mut [(&mut a, &[1; 128]), (&mut b, &[2; 128])]);
//! let (mut digest_a, mut digest_b) = ([0; 32], [0; 32]);
//! hash.finish(&mut [(&mut a, b"a tail", &mut digest_a), (&mut b, b"of any length", &mut digest_b)]);
//! ```
//!
//! # Speed
//!
//! GB/s of one core, all streams together, buffers of 32 KiB in the cache. Intel Xeon (Cascade Lake, 3.0 GHz), AVX-512,
//! no SHA-NI; the best of many turns of `examples/speed.rs`, in alternation with `openssl speed -bytes 32768`.
//!
//! | hash    | OpenSSL 3.0 | RustCrypto 0.11 | kernel | 1 stream | 2    | 3    | 4    | 6    | 8    | 12   | 16   |
//! |---------|-------------|-----------------|--------|----------|------|------|------|------|------|------|------|
//! | MD5     | 0.60        | 0.54            | avx512 | 0.54     | 1.07 | 1.61 | 2.14 | 3.21 | 4.25 | 5.59 | 7.24 |
//! |         |             |                 | avx2   | 0.54     | 1.00 | 1.51 | 2.00 | 2.99 | 3.97 | 4.10 | 5.32 |
//! | SHA-1   | 0.59        | 0.52            | avx512 | 0.52     | 0.97 | 1.46 | 1.94 | 2.89 | 3.81 | 3.88 | 5.09 |
//! |         |             |                 | avx2   | 0.51     | 0.69 | 1.03 | 1.38 | 2.08 | 2.75 | 2.07 | 2.75 |
//! | SHA-256 | 0.39        | 0.19            | avx512 | 0.25     | 0.52 | 0.78 | 1.04 | 1.56 | 2.06 | 2.11 | 2.78 |
//! |         |             |                 | avx2   | 0.19     | 0.32 | 0.48 | 0.64 | 0.96 | 1.28 | 0.96 | 1.28 |
//! | SHA-512 | 0.55        | 0.37            | avx512 | 0.43     | 0.86 | 1.29 | 1.71 | 1.76 | 2.33 | 2.07 | 2.33 |
//! |         |             |                 | avx2   | 0.36     | 0.54 | 0.81 | 1.08 | 0.81 | 1.08 | 1.08 | 1.08 |
//!
//! The SHA-NI kernels are tested for their results under emulation. Where a CPU has both SHA-NI and AVX-512, the numbers
//! of streams from which lanes take over are computed from the two kernels' speeds on different CPUs, not measured.
//!
//! # Safety
//!
//! Vectors are made only from a proof that the CPU has their instructions, and the passes of a kernel are reached only
//! after its detection; the rest of `unsafe` is loads through references. [`MultiHash::new`] compares every lane of a
//! kernel with RustCrypto before its first use and goes on to the next kernel if they differ.

mod kernel;
#[cfg(target_arch = "x86_64")]
mod lanes;
mod md5;
mod multi;
mod sha1;
mod sha256;
#[cfg(target_arch = "x86_64")]
mod sha2_rounds;
mod sha512;
#[cfg(target_arch = "x86_64")]
mod sha_ni;

pub use kernel::Kernel;
pub use multi::{Ending, State};

/// One hash function over several independent streams.
pub trait MultiHash: Clone + Send + Sync + 'static {
    /// A stream on its way: its chaining value and its length so far.
    type State: Clone + Send + 'static;

    /// The bytes of a block.
    const BLOCK_LEN: usize;
    /// The bytes of a digest.
    const OUTPUT_LEN: usize;

    /// The best kernel of this CPU that passes its self-test, which runs once in a process.
    fn new() -> Self;

    /// A kernel by name, without a self-test. `None`: this CPU or this hash has no such kernel.
    fn with_kernel(kernel: Kernel) -> Option<Self>;

    /// The kernel that [`new`](MultiHash::new) would have chosen, had it not failed its self-test.
    fn rejected() -> Option<Kernel>;

    /// Whether the kernel gives RustCrypto's results, in every lane and for every number of streams.
    fn self_test(&self) -> bool;

    /// The kernel in use.
    fn kernel(&self) -> Kernel;

    /// How many streams it advances best together.
    fn lanes(&self) -> usize;

    /// How many streams it advances together in about the time of two; 1 if it takes one after the other.
    fn few_lanes(&self) -> usize;

    /// A stream that has absorbed nothing.
    fn start(&self) -> Self::State;

    /// Every stream absorbs all its bytes. There may be any number of streams.
    ///
    /// # Panics
    /// If the slices differ in length, or the length is not a multiple of [`BLOCK_LEN`](MultiHash::BLOCK_LEN).
    fn update(&self, streams: &mut [(&mut Self::State, &[u8])]);

    /// Every stream absorbs its last bytes, of any length, and its digest is written. There may be any number of
    /// streams; more than [`lanes`](MultiHash::lanes) fill the lanes better where the lengths differ. The slice of
    /// streams is left in another order, the states are used up.
    ///
    /// # Panics
    /// If an output is not of [`OUTPUT_LEN`](MultiHash::OUTPUT_LEN) bytes.
    fn finish(&self, streams: &mut [Ending<Self::State>]);
}

/// A hash of a family: where it starts and how much of the last chaining value it publishes.
macro_rules! multi_hash {
    ($name:ident, $title:literal, $family:ty, $chain:ty, $initial:expr, $block_len:literal, $output_len:literal) => {
        #[doc = concat!($title, " over several streams.")]
        #[derive(Clone, Copy)]
        pub struct $name(multi::Multi<$family>);

        impl MultiHash for $name {
            type State = State<$chain>;
            const BLOCK_LEN: usize = $block_len;
            const OUTPUT_LEN: usize = $output_len;

            fn new() -> Self {
                $name(multi::Multi::new())
            }
            fn with_kernel(kernel: Kernel) -> Option<Self> {
                multi::Multi::with_kernel(kernel).map($name)
            }
            fn rejected() -> Option<Kernel> {
                multi::Multi::<$family>::choice().rejected
            }
            fn self_test(&self) -> bool {
                self.0.self_test()
            }
            fn kernel(&self) -> Kernel {
                self.0.kernel()
            }
            fn lanes(&self) -> usize {
                self.0.lanes()
            }
            fn few_lanes(&self) -> usize {
                self.0.few_lanes()
            }
            fn start(&self) -> Self::State {
                State { chain: $initial, bytes: 0 }
            }
            fn update(&self, streams: &mut [(&mut Self::State, &[u8])]) {
                self.0.update(streams);
            }
            fn finish(&self, streams: &mut [Ending<Self::State>]) {
                let fits = streams.iter().all(|stream| stream.2.len() == Self::OUTPUT_LEN);
                assert!(fits, "outputs must be of {} bytes", Self::OUTPUT_LEN);
                self.0.finish(streams);
            }
        }
    };
}

multi_hash!(Md5, "MD5", md5::Md5Family, [u32; 4], md5::INITIAL, 64, 16);
multi_hash!(Sha1, "SHA-1", sha1::Sha1Family, [u32; 5], sha1::INITIAL, 64, 20);
multi_hash!(Sha224, "SHA-224", sha256::Sha256Family, [u32; 8], sha256::INITIAL_224, 64, 28);
multi_hash!(Sha256, "SHA-256", sha256::Sha256Family, [u32; 8], sha256::INITIAL_256, 64, 32);
multi_hash!(Sha384, "SHA-384", sha512::Sha512Family, [u64; 8], sha512::INITIAL_384, 128, 48);
multi_hash!(Sha512, "SHA-512", sha512::Sha512Family, [u64; 8], sha512::INITIAL_512, 128, 64);
multi_hash!(Sha512_256, "SHA-512/256", sha512::Sha512Family, [u64; 8], sha512::INITIAL_512_256, 128, 32);
