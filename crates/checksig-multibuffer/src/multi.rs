//! What all hashes have in common: forming groups of streams for the passes of a kernel, ragged ends, padding, the
//! choice of a kernel and its self-test. What a block does to a chaining value is each hash's own file.

use std::cmp::Reverse;
use std::sync::OnceLock;

use crate::{Kernel, Rejected};

/// The widest pass.
pub(crate) const MAX_WIDTH: usize = 16;

/// A stream on its way: the chaining value after the blocks so far, and how many bytes they were.
#[derive(Clone, Debug)]
pub struct State<C> {
    pub(crate) chain: C,
    pub(crate) bytes: u64,
}

/// The end of a stream: its state, its last bytes, and where its digest goes.
pub type Ending<'a, S> = (&'a mut S, &'a [u8], &'a mut [u8]);

/// A block of 64 or 128 bytes.
pub(crate) trait Block: Copy + 'static {
    const LEN: usize;
    const ZERO: Self;
    /// The whole blocks, and the bytes after them.
    fn split(bytes: &[u8]) -> (&[Self], &[u8]);
    fn as_bytes(blocks: &mut [Self]) -> &mut [u8];
}

impl<const N: usize> Block for [u8; N] {
    const LEN: usize = N;
    const ZERO: Self = [0; N];
    fn split(bytes: &[u8]) -> (&[Self], &[u8]) {
        bytes.as_chunks()
    }
    fn as_bytes(blocks: &mut [Self]) -> &mut [u8] {
        blocks.as_flattened_mut()
    }
}

/// The hashes that share a compression function.
pub(crate) trait Family: Sized + 'static {
    type Chain: Copy + Default + PartialEq + Send + Sync + 'static;
    type Block: Block;

    /// The hashes, for messages.
    const HASHES: &'static str;

    /// RustCrypto's compression function.
    fn compress(chain: &mut Self::Chain, blocks: &[Self::Block]);
    /// The passes of an available kernel, the one to prefer first; `None` where the family has no such kernel. They
    /// need no CPU features but those that [`Kernel::is_available`] has found.
    fn passes(kernel: Kernel) -> Option<&'static [Pass<Self>]>;
    /// Where the choice of [`Multi::new`] is kept once it was made.
    fn choice() -> &'static OnceLock<Choice>;
    /// The padding's last bytes for a message of so many bytes.
    fn length_field(bytes: u64) -> impl AsRef<[u8]>;
    /// The chaining value as the hash publishes it, as many bytes as `out` takes.
    fn write_digest(chain: &Self::Chain, out: &mut [u8]);
    /// Any chaining value that differs with `seed`.
    fn arbitrary_chain(seed: u64) -> Self::Chain;
}

/// Advances up to `width` streams at once.
pub(crate) struct Pass<F: Family> {
    pub(crate) width: usize,
    /// With fewer streams than this, one of the passes after it is faster.
    pub(crate) least: usize,
    /// All slices are of one length. It is unsafe because the CPU must have the features of the kernel it belongs to.
    pub(crate) run: Run<F>,
}

type Run<F> = unsafe fn(&mut [<F as Family>::Chain; MAX_WIDTH], &[&[<F as Family>::Block]; MAX_WIDTH]);

/// Compiles a hash's generic `absorb` for one vector type, as a [`Pass`]; with `alone`, a function with any types that
/// advances the first stream only.
#[cfg(target_arch = "x86_64")]
macro_rules! pass {
    ($absorb:ident, $cpu:ident, $vector:ty, $features:literal, least: $least:literal) => {{
        let run = pass!(@run $absorb::<$vector>, $cpu, $features);
        $crate::multi::Pass { width: <$vector as $crate::lanes::Lanes>::WIDTH, least: $least, run }
    }};
    (alone $absorb:ident::<$($type:ty),+>, $cpu:ident, $features:literal) => {{
        let run = pass!(@run $absorb::<$($type),+>, $cpu, $features);
        $crate::multi::Pass { width: 1, least: 1, run }
    }};
    (@run $absorb:ident::<$($type:ty),+>, $cpu:ident, $features:literal) => {{
        #[target_feature(enable = $features)]
        fn run(
            chains: &mut [Chain; $crate::multi::MAX_WIDTH],
            streams: &[&[Block]; $crate::multi::MAX_WIDTH],
        ) {
            // SAFETY: this function has the features that the proof stands for.
            let cpu = unsafe { $cpu::assume() };
            $absorb::<$($type),+>(cpu, chains, streams);
        }
        run
    }};
}
#[cfg(target_arch = "x86_64")]
pub(crate) use pass;

/// The kernel that passed its self-test, and the one that was to be preferred but failed it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    pub(crate) kernel: Kernel,
    pub(crate) rejected: Option<Kernel>,
}

/// The streams of one family with one kernel.
pub(crate) struct Multi<F: Family> {
    kernel: Kernel,
    /// Only ever those of a kernel that this CPU was found to have.
    passes: &'static [Pass<F>],
}

// Derived, these would ask the same of `F`, which is only a name.
impl<F: Family> Copy for Multi<F> {}
impl<F: Family> Clone for Multi<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: Family> Multi<F> {
    pub(crate) fn new() -> Self {
        Self::with_kernel(Self::choice().kernel).expect("the chosen kernel is available")
    }

    pub(crate) fn choice() -> Choice {
        *F::choice().get_or_init(|| {
            let mut rejected = None;
            for multi in Kernel::ALL.into_iter().filter_map(Self::with_kernel) {
                if multi.self_test() {
                    return Choice { kernel: multi.kernel, rejected };
                }
                rejected = rejected.or(Some(multi.kernel));
            }
            Choice { kernel: Kernel::Single, rejected }
        })
    }

    /// What the choice rejected, if it has been made.
    pub(crate) fn rejected_so_far() -> Option<Rejected> {
        let Choice { kernel: instead, rejected } = *F::choice().get()?;
        rejected.map(|kernel| Rejected { hashes: F::HASHES, kernel, instead })
    }

    pub(crate) fn with_kernel(kernel: Kernel) -> Option<Self> {
        let passes: &'static [Pass<F>] = match kernel {
            Kernel::Single => &[],
            _ if kernel.is_available() => F::passes(kernel)?,
            _ => return None,
        };
        Some(Multi { kernel, passes })
    }

    #[cfg(all(test, target_arch = "x86_64"))]
    pub(crate) fn of_passes(kernel: Kernel, passes: &'static [Pass<F>]) -> Self {
        Multi { kernel, passes }
    }

    pub(crate) fn kernel(&self) -> Kernel {
        self.kernel
    }

    pub(crate) fn lanes(&self) -> usize {
        self.passes.iter().map(|pass| pass.width).max().unwrap_or(1)
    }

    pub(crate) fn few_lanes(&self) -> usize {
        self.passes.iter().map(|pass| pass.width).filter(|&width| width > 1).min().unwrap_or(1)
    }

    /// Whether every pass does to random blocks what RustCrypto does, at every lane, with all lanes in use and with as few
    /// as it is used for. It is quick, as a run with one small file pays for it too.
    pub(crate) fn self_test(&self) -> bool {
        const BLOCKS: usize = 2;
        // One stream alone takes more blocks than the eight that its pass may take together.
        const BLOCKS_ALONE: usize = 11;
        // Each stream starts a block after the one before it.
        let mut data = [F::Block::ZERO; MAX_WIDTH + BLOCKS];
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        for byte in F::Block::as_bytes(&mut data) {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (random >> 56) as u8;
        }
        let chains: [_; MAX_WIDTH] =
            std::array::from_fn(|stream| F::arbitrary_chain(random.wrapping_mul(2 * stream as u64 + 1)));
        let mut expected = chains;
        for (chain, blocks) in expected.iter_mut().zip(data.windows(BLOCKS)) {
            F::compress(chain, blocks);
        }
        let mut expected_alone = chains[0];
        F::compress(&mut expected_alone, &data[..BLOCKS_ALONE]);
        self.passes.iter().all(|pass| {
            if pass.width == 1 {
                let mut alone = chains[0];
                let stream = std::iter::once((&mut alone, &data[..BLOCKS_ALONE]));
                self.run(Some(pass), BLOCKS_ALONE, 1, stream);
                return alone == expected_alone;
            }
            // A narrow pass may be for many streams only, which it then takes a few at a time.
            [pass.least.min(pass.width), pass.width].into_iter().all(|count| {
                let mut advanced = chains;
                let streams = advanced[..count].iter_mut().zip(data.windows(BLOCKS));
                self.run(Some(pass), BLOCKS, count, streams);
                advanced[..count] == expected[..count] && advanced[count..] == chains[count..]
            })
        })
    }

    pub(crate) fn update(&self, streams: &mut [(&mut State<F::Chain>, &[u8])]) {
        let Some(len) = streams.first().map(|stream| stream.1.len()) else { return };
        assert!(streams.iter().all(|stream| stream.1.len() == len), "slices of different lengths");
        assert!(len.is_multiple_of(F::Block::LEN), "{len} bytes are not whole blocks");
        for (state, _) in streams.iter_mut() {
            state.bytes += len as u64;
        }
        let count = streams.len();
        let blocks = streams.iter_mut().map(|(state, bytes)| (&mut state.chain, F::Block::split(bytes).0));
        self.advance(len / F::Block::LEN, count, blocks);
    }

    pub(crate) fn finish(&self, streams: &mut [Ending<State<F::Chain>>]) {
        let whole = |bytes: &[u8]| bytes.len() / F::Block::LEN;
        // Streams of similar length share a group, and those of a group that go on longest are its front.
        streams.sort_unstable_by_key(|stream| Reverse(whole(stream.1)));
        for group in streams.chunks_mut(self.lanes()) {
            let mut done = 0;
            for count in (1..=group.len()).rev() {
                let end = whole(group[count - 1].1);
                if end > done {
                    let rest = group[..count].iter_mut();
                    let blocks =
                        rest.map(|(state, b, _)| (&mut state.chain, &F::Block::split(b).0[done..end]));
                    self.advance(end - done, count, blocks);
                    done = end;
                }
            }
            self.finish_group(group);
        }
    }

    /// Absorbs what follows the whole blocks, with the padding, and writes the digests of a group.
    fn finish_group(&self, group: &mut [Ending<State<F::Chain>>]) {
        let mut ends = [[F::Block::ZERO; 2]; MAX_WIDTH];
        let mut lengths = [0; MAX_WIDTH];
        let mut long = 0;
        for ((stream, end), length) in group.iter_mut().zip(&mut ends).zip(&mut lengths) {
            let (state, bytes, _) = stream;
            state.bytes += bytes.len() as u64;
            let tail = F::Block::split(bytes).1;
            let field = F::length_field(state.bytes);
            let field = field.as_ref();
            *length = (tail.len() + 1 + field.len()).div_ceil(F::Block::LEN);
            long += *length - 1;
            let end = F::Block::as_bytes(&mut end[..*length]);
            end[..tail.len()].copy_from_slice(tail);
            end[tail.len()] = 0x80;
            let start = end.len() - field.len();
            end[start..].copy_from_slice(field);
        }
        let count = group.len();
        let first = group.iter_mut().zip(&ends);
        self.advance(1, count, first.map(|(stream, end)| (&mut stream.0.chain, &end[..1])));
        let second = group.iter_mut().zip(&ends).zip(&lengths).filter(|(_, length)| **length == 2);
        self.advance(1, long, second.map(|((stream, end), _)| (&mut stream.0.chain, &end[1..])));
        for (state, _, out) in group {
            F::write_digest(&state.chain, out);
        }
    }

    /// Every stream absorbs its `blocks` blocks.
    fn advance<'a>(
        &self,
        blocks: usize,
        mut count: usize,
        mut streams: impl Iterator<Item = (&'a mut F::Chain, &'a [F::Block])>,
    ) {
        if blocks == 0 {
            return;
        }
        while count > 0 {
            let pass = self.passes.iter().find(|pass| pass.least <= count);
            let width = pass.map_or(1, |pass| pass.width).min(count);
            self.run(pass, blocks, width, streams.by_ref().take(width));
            count -= width;
        }
    }

    /// One pass over `count` streams, which must not be more than it is wide, or without a pass over each.
    fn run<'a>(
        &self,
        pass: Option<&Pass<F>>,
        blocks: usize,
        count: usize,
        streams: impl Iterator<Item = (&'a mut F::Chain, &'a [F::Block])>,
    ) {
        let Some(pass) = pass else {
            return streams.for_each(|(chain, stream)| F::compress(chain, stream));
        };
        let mut chains = [F::Chain::default(); MAX_WIDTH];
        let mut slices: [&[F::Block]; MAX_WIDTH] = [&[]; MAX_WIDTH];
        let mut origins: [Option<&mut F::Chain>; MAX_WIDTH] = [const { None }; MAX_WIDTH];
        for (lane, (chain, stream)) in streams.enumerate() {
            debug_assert_eq!(stream.len(), blocks);
            chains[lane] = *chain;
            slices[lane] = stream;
            origins[lane] = Some(chain);
        }
        // Idle lanes repeat the first stream, whose bytes are in the cache anyway.
        let first = slices[0];
        slices[count..].fill(first);
        // SAFETY: `self.passes` are those of a kernel that `with_kernel` found this CPU to have.
        unsafe { (pass.run)(&mut chains, &slices) };
        for (origin, chain) in origins.into_iter().zip(chains) {
            if let Some(origin) = origin {
                *origin = chain;
            }
        }
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    /// A family whose AVX2 pass leaves one lane alone, as a broken kernel might.
    struct Sum;

    fn absorb<const N: usize>(chains: &mut [[u32; 4]; MAX_WIDTH], streams: &[&[[u8; 64]]; MAX_WIDTH]) {
        for (chain, blocks) in chains.iter_mut().zip(streams).take(N) {
            Sum::compress(chain, blocks);
        }
    }

    impl Family for Sum {
        type Chain = [u32; 4];
        type Block = [u8; 64];
        const HASHES: &'static str = "a sum";

        fn compress(chain: &mut [u32; 4], blocks: &[[u8; 64]]) {
            chain[0] = blocks.iter().fold(chain[0], |sum, block| sum + u32::from(block[0]) + 1);
        }
        fn passes(kernel: Kernel) -> Option<&'static [Pass<Self>]> {
            (kernel == Kernel::Avx2).then_some(&[Pass { width: 8, least: 2, run: absorb::<7> }])
        }
        fn choice() -> &'static OnceLock<Choice> {
            static CHOICE: OnceLock<Choice> = OnceLock::new();
            &CHOICE
        }
        fn length_field(bytes: u64) -> impl AsRef<[u8]> {
            bytes.to_be_bytes()
        }
        fn write_digest(chain: &[u32; 4], out: &mut [u8]) {
            out.copy_from_slice(&chain.map(u32::to_be_bytes).as_flattened()[..out.len()]);
        }
        fn arbitrary_chain(_: u64) -> [u32; 4] {
            [0; 4]
        }
    }

    #[test]
    fn a_pass_may_be_narrower_than_what_it_is_for() {
        let passes = &[Pass { width: 3, least: 5, run: absorb::<3> }];
        assert!(Multi::<Sum>::of_passes(Kernel::ShaNi, passes).self_test());
        let passes = &[Pass { width: 3, least: 5, run: absorb::<2> }];
        assert!(!Multi::<Sum>::of_passes(Kernel::ShaNi, passes).self_test());
    }

    #[test]
    fn a_kernel_that_fails_its_self_test_is_not_chosen() {
        if let Some(avx2) = Multi::<Sum>::with_kernel(Kernel::Avx2) {
            assert!(!avx2.self_test());
            assert_eq!(Multi::<Sum>::rejected_so_far(), None, "not tested yet");
            assert_eq!(Multi::<Sum>::new().kernel(), Kernel::Single);
            let rejected = Multi::<Sum>::rejected_so_far().unwrap();
            assert_eq!((rejected.kernel, rejected.instead), (Kernel::Avx2, Kernel::Single));
            assert_eq!(
                rejected.to_string(),
                "the avx2 kernel for a sum gave a wrong result in its self-test; \
                 hashing without it, one stream after the other"
            );
        }
    }
}
