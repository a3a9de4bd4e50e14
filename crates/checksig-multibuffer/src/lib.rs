//! MD5, SHA-1 and SHA-2 over several independent streams at once on one core.
//!
//! A block of these hashes depends on the block before it, so one stream leaves most of a core waiting. Blocks of
//! different streams depend on nothing: each stream gets a lane of a vector, or the instructions of several streams are
//! interleaved. One stream alone has the message schedules of several of its blocks computed at once. A [`MultiHash`]
//! advances streams together; a [`Kernel`] is one way to do it, and the best of the CPU is chosen at run time. Streams
//! that do not fill a kernel take whatever is fastest for their number. Reading, and giving a free lane its next file, is
//! the caller's work.
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
//! GB/s of one core, all streams together, buffers of 32 KiB in the cache. Intel Xeon (Cascade Lake, 3.1 GHz), AVX-512,
//! no SHA-NI; the best of many turns of `examples/speed.rs`. One stream and OpenSSL were measured in alternation with each
//! other and without the 512-bit passes, after which this CPU keeps a lower clock for a while.
//!
//! | hash    | OpenSSL 3.0 | RustCrypto 0.11 | kernel | 1 stream | 2    | 3    | 4    | 6    | 8    | 12   | 16   |
//! |---------|-------------|-----------------|--------|----------|------|------|------|------|------|------|------|
//! | MD5     | 0.61        | 0.54            | avx512 | 0.77     | 1.08 | 1.63 | 2.17 | 3.25 | 4.30 | 5.42 | 7.00 |
//! |         |             |                 | avx2   | 0.59     | 0.76 | 1.31 | 1.73 | 2.59 | 3.41 | 3.37 | 4.39 |
//! | SHA-1   | 0.89        | 0.52            | avx512 | 0.90     | 1.16 | 1.51 | 2.01 | 3.02 | 4.03 | 4.49 | 5.86 |
//! |         |             |                 | avx2   | 0.73     | 0.65 | 1.03 | 1.42 | 2.15 | 2.84 | 2.14 | 2.84 |
//! | SHA-256 | 0.40        | 0.19            | avx512 | 0.40     | 0.52 | 0.79 | 1.05 | 1.58 | 2.09 | 2.12 | 2.80 |
//! |         |             |                 | avx2   | 0.34     | 0.30 | 0.48 | 0.64 | 0.95 | 1.27 | 0.95 | 1.27 |
//! | SHA-512 | 0.60        | 0.37            | avx512 | 0.60     | 0.95 | 1.25 | 1.67 | 1.77 | 2.35 | 2.06 | 2.35 |
//! |         |             |                 | avx2   | 0.50     | 0.44 | 0.75 | 1.07 | 0.78 | 1.07 | 1.07 | 1.07 |
//!
//! The same on an AMD EPYC of family 1Ah (Zen 5), which has SHA-NI beside AVX-512 (`avx512` takes the SHA instructions for few
//! streams):
//!
//! | hash    | OpenSSL 3.0 | RustCrypto 0.11 | kernel | 1 stream | 2    | 3    | 4    | 6    | 8    | 12   | 16   |
//! |---------|-------------|-----------------|--------|----------|------|------|------|------|------|------|------|
//! | MD5     | 0.94        | 0.76            | avx512 | 0.96     | 1.80 | 1.49 | 1.98 | 2.98 | 3.97 | 5.80 | 7.74 |
//! |         |             |                 | avx2   | 0.96     | 1.80 | 1.04 | 1.39 | 2.08 | 2.78 | 3.78 | 5.00 |
//! | SHA-1   | 2.31        | 2.25            | avx512 | 2.25     | 4.04 | 5.36 | 4.02 | 5.36 | 6.83 | 10.06 | 13.18 |
//! |         |             |                 | sha-ni | 2.25     | 4.03 | 5.35 | 4.03 | 5.35 | 4.95 | 5.36 | 4.94 |
//! |         |             |                 | avx2   | 1.36     | 1.36 | 1.52 | 2.03 | 3.05 | 4.06 | 3.05 | 4.06 |
//! | SHA-256 | 2.20        | 2.14            | avx512 | 2.14     | 3.44 | 2.86 | 3.44 | 3.36 | 3.34 | 4.78 | 6.35 |
//! |         |             |                 | sha-ni | 2.13     | 3.45 | 2.86 | 3.35 | 3.37 | 3.34 | 3.34 | 3.34 |
//! |         |             |                 | avx2   | 0.65     | 0.65 | 0.72 | 0.96 | 1.44 | 1.92 | 1.44 | 1.92 |
//! | SHA-512 | 1.27        | 0.95            | avx512 | 0.98     | 1.23 | 1.83 | 2.45 | 4.01 | 5.35 | 3.83 | 5.31 |
//! |         |             |                 | avx2   | 0.98     | 0.98 | 1.23 | 1.64 | 1.34 | 1.64 | 1.64 | 1.64 |
//!
//! On the Xeon, `avx2` took two streams of MD5 in lanes; it now takes them in registers,
//! which was measured on the EPYC only.
//! From how many streams on lanes take over from the SHA instructions was measured on that CPU.
//!
//! # Safety
//!
//! Vectors are made only from a proof that the CPU has their instructions, and the passes of a kernel are reached only
//! after its detection; the rest of `unsafe` is loads through references, and assembly without an instruction, which keeps
//! the compiler from changing the order of a sum. [`MultiHash::new`] compares every lane of a kernel with RustCrypto before
//! its first use and goes on to the next kernel if they differ; [`rejected_kernels`] tells.

mod kernel;
#[cfg(target_arch = "x86_64")]
mod lanes;
mod md5;
mod multi;
#[cfg(target_arch = "x86_64")]
mod one_stream;
mod sha1;
mod sha256;
#[cfg(target_arch = "x86_64")]
mod sha2_rounds;
mod sha512;
#[cfg(target_arch = "x86_64")]
mod sha_ni;

pub use kernel::{Kernel, Rejected};
pub use multi::{Ending, State};

/// One hash function over several independent streams.
pub trait MultiHash: Clone + Send + Sync + 'static {
    /// A stream on its way: its chaining value and its length so far.
    type State: Clone + Send + 'static;

    /// The bytes of a block.
    const BLOCK_LEN: usize;
    /// The bytes of a digest.
    const OUTPUT_LEN: usize;

    /// The best kernel of this CPU that passes its self-test. The test runs the first time in a process, for this hash and
    /// those that share its compression function, and takes some 20 to 40 microseconds.
    fn new() -> Self;

    /// A kernel by name, without a self-test. `None`: this CPU or this hash has no such kernel.
    fn with_kernel(kernel: Kernel) -> Option<Self>;

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

/// The kernels that failed their self-test in this process so far. A hash is tested by its first
/// [`MultiHash::new`], so whoever reports them asks after the hashes of a run have been made.
///
/// ```
/// use checksig_multibuffer::{MultiHash, Sha256, rejected_kernels};
///
/// let hash = Sha256::new();
/// for rejected in rejected_kernels() {
///     println!("warning: {rejected}");
/// }
/// # assert_eq!(rejected_kernels().count(), 0);
/// # assert!(hash.self_test());
/// ```
pub fn rejected_kernels() -> impl Iterator<Item = Rejected> {
    let rejected = [
        multi::Multi::<md5::Md5Family>::rejected_so_far(),
        multi::Multi::<sha1::Sha1Family>::rejected_so_far(),
        multi::Multi::<sha256::Sha256Family>::rejected_so_far(),
        multi::Multi::<sha512::Sha512Family>::rejected_so_far(),
    ];
    rejected.into_iter().flatten()
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
