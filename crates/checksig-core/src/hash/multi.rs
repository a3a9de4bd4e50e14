//! Several independent streams on one core: the interface, and the adapter for hashers of one stream.

use std::marker::PhantomData;

use crate::algorithm::Algorithm;

/// Hashes several independent streams at once on one core.
///
/// A worker of the engine keeps up to [`width`](Self::width) files under way, cuts what it has of each to a common length
/// and advances them together. Its shape follows RustCrypto's proposed `digest::multi` (streams of equal length,
/// incremental).
pub trait MultiHasher: Clone + Send + Sync + 'static {
    /// The state of one stream. The engine may move it from thread to thread.
    type State: Send + 'static;

    /// How many streams it advances together best when they are of these algorithms; at least 1.
    fn width(&self, algorithms: &[Algorithm]) -> usize;

    /// How many streams it advances together in about the time of two, at least 1. With fewer files than that for each
    /// core, fewer cores hash, and the others read for them.
    fn few_streams(&self, algorithms: &[Algorithm]) -> usize {
        let _ = algorithms;
        1
    }

    /// What it does not use because it gave wrong results on this processor when it was tried: a sentence for each.
    fn faulty_kernels(&self) -> Vec<String> {
        Vec::new()
    }

    /// The same hasher, but it also looks for known collision attacks in what it hashes; `None` if it cannot, for any
    /// algorithm.
    fn detecting_collisions(self) -> Option<Self> {
        None
    }

    /// Whether a stream that was finished carries a known collision attack on its algorithm: made so that another one has
    /// the same digest. Only a hasher that is [`detecting_collisions`](Self::detecting_collisions) looks for any.
    fn is_attacked(&self, state: &Self::State) -> bool {
        let _ = state;
        false
    }

    /// The bytes of an [`update`](Self::update) are a multiple of this many: a power of two, at most 4096.
    fn granule(&self) -> usize;

    /// The state of a stream that has seen nothing yet; `None` for an algorithm that it does not have.
    fn start(&self, algorithm: Algorithm) -> Option<Self::State>;

    /// Advances every stream by its bytes. There may be any number of streams; all have equally many bytes, a multiple
    /// of the granule.
    fn update(&self, streams: &mut [Stream<'_, Self::State>]);

    /// Ends every stream, each with its last bytes, of any number, and writes the digests. The states are then of
    /// use for [`is_attacked`](Self::is_attacked) only.
    fn finish(&self, streams: &mut [Ending<'_, Self::State>]);
}

/// A stream and the bytes that it is to absorb.
pub struct Stream<'a, S> {
    /// Its state.
    pub state: &'a mut S,
    /// The bytes.
    pub data: &'a [u8],
}

/// A stream, its last bytes, and the place for its digest.
pub struct Ending<'a, S> {
    /// Its state.
    pub state: &'a mut S,
    /// The bytes that it has not absorbed yet.
    pub tail: &'a [u8],
    /// As long as the algorithm's digest.
    pub digest: &'a mut [u8],
}

/// Makes any [`digest::Digest`] a [`MultiHasher`] of one stream, whatever the algorithm is called.
pub struct OneStream<D>(PhantomData<fn() -> D>);

impl<D> Default for OneStream<D> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<D> Clone for OneStream<D> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<D: digest::Digest + Send + 'static> MultiHasher for OneStream<D> {
    type State = D;

    fn width(&self, _: &[Algorithm]) -> usize {
        1
    }

    fn granule(&self) -> usize {
        1
    }

    fn start(&self, algorithm: Algorithm) -> Option<D> {
        (algorithm.digest_len() == <D as digest::Digest>::output_size()).then(D::new)
    }

    fn update(&self, streams: &mut [Stream<'_, D>]) {
        for stream in streams {
            stream.state.update(stream.data);
        }
    }

    fn finish(&self, streams: &mut [Ending<'_, D>]) {
        for stream in streams {
            let state = std::mem::replace(stream.state, D::new());
            stream.digest.copy_from_slice(&state.chain_update(stream.tail).finalize());
        }
    }
}
