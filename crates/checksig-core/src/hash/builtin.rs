//! The algorithms of the table, and the caller's own hasher among them.

use checksig_multibuffer::{Kernel, MultiHash, rejected_kernels};
use digest::Digest;

use super::checked_sha1::CheckedSha1;
use super::multi::{Ending, MultiHasher, OneStream, Stream};
use crate::algorithm::{Algorithm, for_each_algorithm};

/// Blocks of the algorithms that take several streams are of 64 or 128 bytes.
const GRANULE: usize = 128;

/// Every algorithm of the table, each by the hasher that the table names: MD5, SHA-1 and SHA-2 several streams at a
/// time, the others one after the other.
#[derive(Clone, Debug, Default)]
pub struct Builtin {
    /// Without the kernels that have to prove themselves before their first stream.
    plain: bool,
    detects_collisions: bool,
}

impl Builtin {
    /// For a few bytes, of which the proof of a kernel would take longer than hashing them.
    pub(crate) fn plain() -> Self {
        Self { plain: true, ..Self::default() }
    }

    fn pick<M: MultiHash>(&self) -> M {
        let plain = if self.plain { M::with_kernel(Kernel::Single) } else { None };
        plain.unwrap_or_else(M::new)
    }

    /// SHA-1 is then hashed by [`CheckedSha1`].
    fn is_checked(&self, algorithm: Algorithm) -> bool {
        self.detects_collisions && algorithm == Algorithm::Sha1
    }
}

/// The state of one stream of a hasher of the table.
macro_rules! state {
    (multi $hasher:ty) => {
        <$hasher as MultiHash>::State
    };
    (one $hasher:ty) => {
        $hasher
    };
}

macro_rules! start {
    (multi $hasher:ty, $builtin:expr) => {
        $builtin.pick::<$hasher>().start()
    };
    (one $hasher:ty, $builtin:expr) => {
        <$hasher as Digest>::new()
    };
}

/// What a hasher of several streams says of itself; 1 for one that takes one after the other.
macro_rules! streams {
    (multi $hasher:ty, $lanes:ident) => {
        <$hasher>::new().$lanes()
    };
    (one $hasher:ty, $lanes:ident) => {
        1
    };
}

/// Takes the streams of one algorithm out of a batch and advances them.
macro_rules! update {
    (multi $hasher:ty, $builtin:expr, $variant:ident, $streams:ident) => {
        let mut own: Vec<_> = $streams
            .iter_mut()
            .filter_map(|stream| match &mut *stream.state {
                BuiltinState::$variant(state) => Some((state, stream.data)),
                _ => None,
            })
            .collect();
        if !own.is_empty() {
            $builtin.pick::<$hasher>().update(&mut own);
        }
    };
    (one $hasher:ty, $builtin:expr, $variant:ident, $streams:ident) => {
        for stream in $streams.iter_mut() {
            if let BuiltinState::$variant(state) = &mut *stream.state {
                Digest::update(state, stream.data);
            }
        }
    };
}

macro_rules! finish {
    (multi $hasher:ty, $builtin:expr, $variant:ident, $streams:ident) => {
        let mut own: Vec<_> = $streams
            .iter_mut()
            .filter_map(|stream| match &mut *stream.state {
                BuiltinState::$variant(state) => Some((state, stream.tail, &mut *stream.digest)),
                _ => None,
            })
            .collect();
        if !own.is_empty() {
            $builtin.pick::<$hasher>().finish(&mut own);
        }
    };
    (one $hasher:ty, $builtin:expr, $variant:ident, $streams:ident) => {
        for stream in $streams.iter_mut() {
            if let BuiltinState::$variant(state) = &mut *stream.state {
                OneStream::<$hasher>::default().finish(&mut [Ending {
                    state,
                    tail: stream.tail,
                    digest: &mut *stream.digest,
                }]);
            }
        }
    };
}

macro_rules! dispatch {
    ($($variant:ident: $streams:ident $hasher:ty, $name:literal, $tag:literal, [$($other:literal),*],
       [$($alias:literal),*], $len:literal, $standard:literal;)*) => {
        /// The state of one stream of a built-in algorithm.
        pub enum BuiltinState {
            $(#[doc = $name] $variant(state!($streams $hasher)),)*
            /// blake2b
            Blake2b(Box<blake2b_simd::State>),
            /// sha1, and whether it is attacked
            CheckedSha1(Box<CheckedSha1>),
        }

        impl MultiHasher for Builtin {
            type State = BuiltinState;

            fn width(&self, algorithms: &[Algorithm]) -> usize {
                let width = |algorithm: &Algorithm| match algorithm {
                    &algorithm if self.is_checked(algorithm) => 1,
                    $(Algorithm::$variant => streams!($streams $hasher, lanes),)*
                    Algorithm::Blake2b(_) | Algorithm::Custom(_) => 1,
                };
                algorithms.iter().map(width).max().unwrap_or(1)
            }

            fn few_streams(&self, algorithms: &[Algorithm]) -> usize {
                let few = |algorithm: &Algorithm| match algorithm {
                    &algorithm if self.is_checked(algorithm) => 1,
                    $(Algorithm::$variant => streams!($streams $hasher, few_lanes),)*
                    Algorithm::Blake2b(_) | Algorithm::Custom(_) => 1,
                };
                algorithms.iter().map(few).min().unwrap_or(1)
            }

            fn faulty_kernels(&self) -> Vec<String> {
                rejected_kernels().map(|rejected| rejected.to_string()).collect()
            }

            fn detecting_collisions(self) -> Option<Self> {
                Some(Self { detects_collisions: true, ..self })
            }

            fn is_attacked(&self, state: &BuiltinState) -> bool {
                matches!(state, BuiltinState::CheckedSha1(state) if state.attacked())
            }

            fn granule(&self) -> usize {
                GRANULE
            }

            fn start(&self, algorithm: Algorithm) -> Option<BuiltinState> {
                Some(match algorithm {
                    algorithm if self.is_checked(algorithm) => {
                        BuiltinState::CheckedSha1(Box::new(CheckedSha1::new()))
                    }
                    $(Algorithm::$variant => BuiltinState::$variant(start!($streams $hasher, self)),)*
                    Algorithm::Blake2b(length) => {
                        let params = blake2b_simd::Params::new().hash_length(length.get()).to_state();
                        BuiltinState::Blake2b(Box::new(params))
                    }
                    Algorithm::Custom(_) => return None,
                })
            }

            fn update(&self, streams: &mut [Stream<'_, BuiltinState>]) {
                $({ update!($streams $hasher, self, $variant, streams); })*
                for stream in streams {
                    match &mut *stream.state {
                        BuiltinState::Blake2b(state) => {
                            state.update(stream.data);
                        }
                        BuiltinState::CheckedSha1(state) => state.update(stream.data),
                        _ => {}
                    }
                }
            }

            fn finish(&self, streams: &mut [Ending<'_, BuiltinState>]) {
                $({ finish!($streams $hasher, self, $variant, streams); })*
                for stream in streams {
                    match &mut *stream.state {
                        BuiltinState::Blake2b(state) => {
                            stream.digest.copy_from_slice(state.update(stream.tail).finalize().as_bytes());
                        }
                        BuiltinState::CheckedSha1(state) => state.finish(stream.tail, stream.digest),
                        _ => {}
                    }
                }
            }
        }
    };
}
for_each_algorithm!(dispatch);

/// The built-in algorithms, but `D` in the place of one of them or for an [`Algorithm::Custom`].
pub struct WithDigest<D> {
    algorithm: Algorithm,
    custom: OneStream<D>,
    builtin: Builtin,
}

impl<D: Digest + Send + 'static> WithDigest<D> {
    /// `None` if the digests of `D` and of the algorithm have different lengths.
    pub(crate) fn new(algorithm: Algorithm) -> Option<Self> {
        let custom = OneStream::default();
        custom.start(algorithm)?;
        Some(Self { algorithm, custom, builtin: Builtin::default() })
    }
}

impl<D> Clone for WithDigest<D> {
    fn clone(&self) -> Self {
        Self { algorithm: self.algorithm, custom: self.custom.clone(), builtin: self.builtin.clone() }
    }
}

/// A stream of the caller's hasher or of a built-in one.
pub enum WithDigestState<D> {
    /// The caller's.
    Custom(D),
    /// A built-in one.
    Builtin(Box<BuiltinState>),
}

impl<D: Digest + Send + 'static> MultiHasher for WithDigest<D> {
    type State = WithDigestState<D>;

    fn width(&self, algorithms: &[Algorithm]) -> usize {
        self.builtin.width(algorithms)
    }

    fn few_streams(&self, algorithms: &[Algorithm]) -> usize {
        let few = |algorithm: &Algorithm| match *algorithm == self.algorithm {
            true => 1,
            false => self.builtin.few_streams(&[*algorithm]),
        };
        algorithms.iter().map(few).min().unwrap_or(1)
    }

    fn faulty_kernels(&self) -> Vec<String> {
        self.builtin.faulty_kernels()
    }

    fn detecting_collisions(self) -> Option<Self> {
        // What the caller's own function looks for is not known.
        if self.algorithm == Algorithm::Sha1 {
            return None;
        }
        Some(Self { builtin: self.builtin.detecting_collisions()?, ..self })
    }

    fn is_attacked(&self, state: &Self::State) -> bool {
        matches!(state, WithDigestState::Builtin(state) if self.builtin.is_attacked(state))
    }

    fn granule(&self) -> usize {
        self.builtin.granule()
    }

    fn start(&self, algorithm: Algorithm) -> Option<Self::State> {
        if algorithm == self.algorithm {
            self.custom.start(algorithm).map(WithDigestState::Custom)
        } else {
            self.builtin.start(algorithm).map(|state| WithDigestState::Builtin(Box::new(state)))
        }
    }

    fn update(&self, streams: &mut [Stream<'_, Self::State>]) {
        let mut builtin = Vec::new();
        for Stream { state, data } in streams {
            match state {
                WithDigestState::Custom(state) => self.custom.update(&mut [Stream { state, data }]),
                WithDigestState::Builtin(state) => builtin.push(Stream { state: &mut **state, data }),
            }
        }
        self.builtin.update(&mut builtin);
    }

    fn finish(&self, streams: &mut [Ending<'_, Self::State>]) {
        let mut builtin = Vec::new();
        for Ending { state, tail, digest } in streams {
            match state {
                WithDigestState::Custom(state) => self.custom.finish(&mut [Ending { state, tail, digest }]),
                WithDigestState::Builtin(state) => builtin.push(Ending { state: &mut **state, tail, digest }),
            }
        }
        self.builtin.finish(&mut builtin);
    }
}
