//! A hasher of several streams that checks what the engine promises it, and hashes each with SHA-256.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use checksig_core::{Algorithm, Ending, MultiHasher, Stream};
use digest::Digest;

/// SHA-256 in `width` lanes that take whole granules.
#[derive(Clone)]
pub struct Lanes {
    pub width: usize,
    pub granule: usize,
    /// How many streams are as good as two.
    pub few: usize,
    /// Algorithms that one file may have at once.
    pub algorithms: usize,
    /// The most streams that came together.
    pub most: Arc<AtomicUsize>,
    /// Where it panics: `update` or `finish`.
    pub panics: Option<&'static str>,
}

impl Lanes {
    pub fn new(width: usize, granule: usize) -> Self {
        Self { width, granule, few: 1, algorithms: 1, most: Arc::default(), panics: None }
    }
}

impl MultiHasher for Lanes {
    type State = Option<sha2::Sha256>;

    fn width(&self, _: &[Algorithm]) -> usize {
        self.width
    }

    fn few_streams(&self, _: &[Algorithm]) -> usize {
        self.few
    }

    fn faulty_kernels(&self) -> Vec<String> {
        vec!["the lanes are faulty".into()]
    }

    fn granule(&self) -> usize {
        self.granule
    }

    fn start(&self, algorithm: Algorithm) -> Option<Self::State> {
        (algorithm.digest_len() == 32).then(|| Some(sha2::Sha256::new()))
    }

    fn update(&self, streams: &mut [Stream<'_, Self::State>]) {
        assert_ne!(self.panics, Some("update"), "a hasher that panics");
        let len = streams.first().expect("a stream").data.len();
        assert!(len > 0 && len.is_multiple_of(self.granule), "{len} bytes are no whole granules");
        assert!(streams.iter().all(|stream| stream.data.len() == len), "all have equally many bytes");
        assert!(streams.len() <= self.width * self.algorithms, "{} streams", streams.len());
        self.most.fetch_max(streams.len(), Ordering::Relaxed);
        for stream in streams {
            stream.state.as_mut().expect("a stream that has not ended").update(stream.data);
        }
    }

    fn finish(&self, streams: &mut [Ending<'_, Self::State>]) {
        assert_ne!(self.panics, Some("finish"), "a hasher that panics");
        for stream in streams {
            let state = stream.state.take().expect("a stream that has not ended");
            stream.digest.copy_from_slice(&state.chain_update(stream.tail).finalize());
        }
    }
}
