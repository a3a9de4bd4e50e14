//! Hashing: the interface that the engine is written against, and what implements it.
//!
//! The engine knows only [`MultiHasher`]: something that advances several independent streams at once. Any
//! `D: digest::Digest` is one, of one stream, through [`OneStream`]; the algorithms of the table are
//! [`Builtin`]; the caller's own hasher takes the place of one algorithm through [`WithDigest`].

mod blake3;
mod builtin;
mod checked_sha1;
mod multi;
mod oneshot;

pub use self::blake3::Blake3;
pub use builtin::{Builtin, BuiltinState, WithDigest, WithDigestState};
pub use multi::{Ending, MultiHasher, OneStream, Stream};
pub(crate) use oneshot::hash_few;
pub use oneshot::{hash_file, hash_reader, hash_stream};
