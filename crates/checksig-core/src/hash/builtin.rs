//! The algorithms of the table, and the caller's own hasher among them.

use digest::Digest;

use super::multi::{Ending, MultiHasher, OneStream, Stream};
use crate::algorithm::{Algorithm, for_each_algorithm};

/// Every algorithm of the table, each by the crate that the table names.
#[derive(Clone, Debug, Default)]
pub struct Builtin(());

macro_rules! dispatch {
    ($($variant:ident: $hasher:ty, $name:literal, $tag:literal, [$($other:literal),*], [$($alias:literal),*],
       $len:literal, $standard:literal;)*) => {
        /// The state of one stream of a built-in algorithm.
        pub enum BuiltinState {
            $(#[doc = $name] $variant($hasher),)*
            /// blake2b
            Blake2b(Box<blake2b_simd::State>),
        }

        impl BuiltinState {
            /// `None` for [`Algorithm::Custom`].
            fn new(algorithm: Algorithm) -> Option<Self> {
                Some(match algorithm {
                    $(Algorithm::$variant => Self::$variant(<$hasher>::new()),)*
                    Algorithm::Blake2b(length) => {
                        Self::Blake2b(Box::new(blake2b_simd::Params::new().hash_length(length.get()).to_state()))
                    }
                    Algorithm::Custom(_) => return None,
                })
            }

            pub(super) fn update(&mut self, data: &[u8]) {
                match self {
                    $(Self::$variant(hasher) => Digest::update(hasher, data),)*
                    Self::Blake2b(hasher) => {
                        hasher.update(data);
                    }
                }
            }

            pub(super) fn finish(&mut self, digest: &mut [u8]) {
                match self {
                    $(Self::$variant(hasher) => {
                        digest.copy_from_slice(&std::mem::replace(hasher, <$hasher>::new()).finalize());
                    })*
                    Self::Blake2b(hasher) => digest.copy_from_slice(hasher.finalize().as_bytes()),
                }
            }
        }
    };
}
for_each_algorithm!(dispatch);

impl MultiHasher for Builtin {
    type State = BuiltinState;

    fn width(&self) -> usize {
        1
    }

    fn granule(&self) -> usize {
        1
    }

    fn start(&self, algorithm: Algorithm) -> Option<BuiltinState> {
        BuiltinState::new(algorithm)
    }

    fn update(&self, streams: &mut [Stream<'_, BuiltinState>]) {
        for stream in streams {
            stream.state.update(stream.data);
        }
    }

    fn finish(&self, streams: &mut [Ending<'_, BuiltinState>]) {
        for stream in streams {
            stream.state.update(stream.tail);
            stream.state.finish(stream.digest);
        }
    }
}

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
    Builtin(BuiltinState),
}

impl<D: Digest + Send + 'static> MultiHasher for WithDigest<D> {
    type State = WithDigestState<D>;

    fn width(&self) -> usize {
        1
    }

    fn granule(&self) -> usize {
        1
    }

    fn start(&self, algorithm: Algorithm) -> Option<Self::State> {
        if algorithm == self.algorithm {
            self.custom.start(algorithm).map(WithDigestState::Custom)
        } else {
            self.builtin.start(algorithm).map(WithDigestState::Builtin)
        }
    }

    fn update(&self, streams: &mut [Stream<'_, Self::State>]) {
        for Stream { state, data } in streams {
            match state {
                WithDigestState::Custom(state) => self.custom.update(&mut [Stream { state, data }]),
                WithDigestState::Builtin(state) => self.builtin.update(&mut [Stream { state, data }]),
            }
        }
    }

    fn finish(&self, streams: &mut [Ending<'_, Self::State>]) {
        for Ending { state, tail, digest } in streams {
            match state {
                WithDigestState::Custom(state) => self.custom.finish(&mut [Ending { state, tail, digest }]),
                WithDigestState::Builtin(state) => self.builtin.finish(&mut [Ending { state, tail, digest }]),
            }
        }
    }
}
