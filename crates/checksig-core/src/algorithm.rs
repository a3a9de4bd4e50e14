//! The one table of hash functions, and the names that are read and written for them.
//!
//! Everything that depends on the set of algorithms is generated from [`for_each_algorithm`]: the enum, names,
//! BSD tags, digest lengths, parsing, the dispatch to a hasher (`hash::builtin`) and the tables in the docs.
//! What an algorithm's name means in a *list's file name* is `manifest`'s business; how it hashes is `hash`'s.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU8;
use std::str::FromStr;

use crate::error::{Error, ErrorKind};
use crate::quote::Quoted;

/// The longest digest of any algorithm, in bytes.
pub const MAX_DIGEST_LEN: usize = 64;

/// Calls the macro `$then` with the table of algorithms of fixed digest length, one row each:
/// `Variant: streams HasherType, name, BSD tag, [other tags that are read], [aliases], digest bytes, standard`.
/// `multi` stands before a hasher of several streams (`checksig_multibuffer::MultiHash`), `one` before one of one
/// stream (`digest::Digest`).
///
/// BLAKE2b, whose digest length varies, is the one algorithm that cannot be a row; it is spelt out beside every
/// use of the table.
macro_rules! for_each_algorithm {
    ($then:ident) => {
        $then! {
            Md5: multi checksig_multibuffer::Md5, "md5", "MD5", [], [], 16, "RFC 1321";
            Sha1: multi checksig_multibuffer::Sha1, "sha1", "SHA1", ["SHA-1"], ["sha-1"], 20, "FIPS 180-4";
            Sha224: multi checksig_multibuffer::Sha224, "sha224", "SHA224", ["SHA2-224", "SHA-224"], ["sha-224", "sha2-224"], 28, "FIPS 180-4";
            Sha256: multi checksig_multibuffer::Sha256, "sha256", "SHA256", ["SHA2-256", "SHA-256"], ["sha-256", "sha2-256"], 32, "FIPS 180-4";
            Sha384: multi checksig_multibuffer::Sha384, "sha384", "SHA384", ["SHA2-384", "SHA-384"], ["sha-384", "sha2-384"], 48, "FIPS 180-4";
            Sha512: multi checksig_multibuffer::Sha512, "sha512", "SHA512", ["SHA2-512", "SHA-512"], ["sha-512", "sha2-512"], 64, "FIPS 180-4";
            Sha512_256: multi checksig_multibuffer::Sha512_256, "sha512/256", "SHA512/256",
                ["SHA2-512/256", "SHA512-256", "SHA-512/256", "SHA512t256"],
                ["sha512-256", "sha-512/256", "sha2-512/256"], 32, "FIPS 180-4";
            Sha3_224: one sha3::Sha3_224, "sha3-224", "SHA3-224", [], [], 28, "FIPS 202";
            Sha3_256: one sha3::Sha3_256, "sha3-256", "SHA3-256", [], [], 32, "FIPS 202";
            Sha3_384: one sha3::Sha3_384, "sha3-384", "SHA3-384", [], [], 48, "FIPS 202";
            Sha3_512: one sha3::Sha3_512, "sha3-512", "SHA3-512", [], [], 64, "FIPS 202";
            Blake3: one $crate::hash::Blake3, "blake3", "BLAKE3", [], ["b3"], 32, "BLAKE3 specification 1.0";
        }
    };
}
pub(crate) use for_each_algorithm;

/// What the table says of one algorithm.
struct Info {
    algorithm: Algorithm,
    name: &'static str,
    tag: &'static str,
    other_tags: &'static [&'static str],
    aliases: &'static [&'static str],
    standard: &'static str,
}

macro_rules! define {
    ($($variant:ident: $streams:ident $hasher:ty, $name:literal, $tag:literal, [$($other:literal),*], [$($alias:literal),*],
       $len:literal, $standard:literal;)*) => {
        /// A hash function that checksig knows, with the length of its digest.
        ///
        /// ```
        /// use checksig_core::Algorithm;
        /// let sha256: Algorithm = "sha256".parse().unwrap();
        /// assert_eq!((sha256.digest_len(), sha256.tag().as_ref()), (32, "SHA256"));
        /// // BLAKE2b has a length of its own; the number in its name is in bits, as in its BSD tag.
        /// let short: Algorithm = "blake2b-256".parse().unwrap();
        /// assert_eq!(short.digest_len(), 32);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Algorithm {
            $(#[doc = concat!("`", $name, "`, by ", $standard, ".")] $variant,)*
            /// `blake2b` with a digest of 1 to 64 bytes, by RFC 7693.
            Blake2b(DigestLength),
            /// A hash function that checksig does not know, with digests of this length: lists that use it are
            /// checked with [`Verifier::with_digest`](crate::Verifier::with_digest).
            Custom(DigestLength),
        }

        const TABLE: &[Info] = &[
            $(Info { algorithm: Algorithm::$variant, name: $name, tag: $tag, other_tags: &[$($other),*],
                     aliases: &[$($alias),*], standard: $standard },)*
            Info { algorithm: Algorithm::Blake2b(DigestLength::MAX), name: "blake2b", tag: "BLAKE2b", other_tags: &[],
                   aliases: &["b2", "blake2"], standard: "RFC 7693" },
        ];

        impl Algorithm {
            /// Length of the digest in bytes.
            pub const fn digest_len(self) -> usize {
                match self {
                    $(Self::$variant => $len,)*
                    Self::Blake2b(length) | Self::Custom(length) => length.get(),
                }
            }

            fn info(self) -> Option<&'static Info> {
                TABLE.iter().find(|info| std::mem::discriminant(&info.algorithm) == std::mem::discriminant(&self))
            }
        }
    };
}
for_each_algorithm!(define);

impl Algorithm {
    /// BLAKE2b with its longest digest, 64 bytes: what `b2sum` computes.
    pub const BLAKE2B: Self = Self::Blake2b(DigestLength::MAX);

    /// Every algorithm, each with its default digest length, in the order of the documentation.
    ///
    /// ```
    /// assert!(checksig_core::Algorithm::all().any(|a| a.name() == "blake3"));
    /// ```
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|info| info.algorithm)
    }

    /// The names of all, for messages and help: `md5, sha1, …, blake2b (or blake2b-N, N bits), …`.
    pub fn list() -> String {
        let name = |algorithm: Self| match algorithm {
            Self::Blake2b(_) => "blake2b (or blake2b-N, N bits: 8, 16 … 512)".into(),
            other => other.name(),
        };
        Self::all().map(name).collect::<Vec<_>>().join(", ")
    }

    /// The name that options, messages and JSON use: lower case; `blake2b-256` for a BLAKE2b of 256 bits.
    pub fn name(self) -> Cow<'static, str> {
        self.spelt(|info| info.name, "custom")
    }

    /// The tag of BSD-style lines: `SHA256`; `BLAKE2b-256` for a BLAKE2b of 256 bits.
    pub fn tag(self) -> Cow<'static, str> {
        self.spelt(|info| info.tag, "CUSTOM")
    }

    /// Other tags that are read as this algorithm's (OpenSSL's and FreeBSD's spellings).
    pub fn other_tags(self) -> &'static [&'static str] {
        self.info().map_or(&[], |info| info.other_tags)
    }

    /// Other names that options and the names of lists may use.
    pub fn aliases(self) -> &'static [&'static str] {
        self.info().map_or(&[], |info| info.aliases)
    }

    /// The standard that defines it.
    pub fn standard(self) -> &'static str {
        self.info().map_or("", |info| info.standard)
    }

    /// Whether nobody can make two files of one digest, as far as is known. Not so for MD5 and SHA-1, for which it has been
    /// done, nor for digests of fewer than 160 bits, for which it needs no weakness: they do not protect against
    /// deliberate change.
    ///
    /// ```
    /// use checksig_core::Algorithm;
    /// assert!(Algorithm::Sha256.resists_collisions() && !Algorithm::Sha1.resists_collisions());
    /// ```
    pub const fn resists_collisions(self) -> bool {
        !matches!(self, Self::Md5 | Self::Sha1) && self.digest_len() >= 20
    }

    /// Whether the length of its digest is part of its name.
    pub fn has_variable_length(self) -> bool {
        matches!(self, Self::Blake2b(_) | Self::Custom(_))
    }

    fn spelt(self, column: fn(&Info) -> &'static str, custom: &'static str) -> Cow<'static, str> {
        let base = self.info().map_or(custom, column);
        match self {
            Self::Blake2b(DigestLength::MAX) => base.into(),
            Self::Blake2b(length) | Self::Custom(length) => format!("{base}-{}", length.get() * 8).into(),
            _ => base.into(),
        }
    }

    /// The algorithm that a BSD or OpenSSL tag names, without regard to ASCII case.
    pub(crate) fn from_tag(tag: &[u8]) -> Option<Self> {
        let plain = TABLE.iter().find(|info| {
            std::iter::once(&info.tag).chain(info.other_tags).any(|t| tag.eq_ignore_ascii_case(t.as_bytes()))
        });
        match plain {
            Some(info) => Some(info.algorithm),
            None => sized_blake2b(tag),
        }
    }

    /// The algorithm of a name or alias, without regard to ASCII case.
    pub(crate) fn from_name(name: &[u8]) -> Option<Self> {
        let plain = TABLE.iter().find(|info| {
            std::iter::once(&info.name).chain(info.aliases).any(|n| name.eq_ignore_ascii_case(n.as_bytes()))
        });
        match plain {
            Some(info) => Some(info.algorithm),
            None => sized_blake2b(name),
        }
    }

    /// The MD5, SHA-1 or SHA-2 function whose digest has this many bytes: what an untagged line is taken for when
    /// nothing else says. A wrong guess can only fail: no file has a digest of one function under another.
    pub(crate) fn assumed_from_len(bytes: usize) -> Option<Self> {
        [Self::Md5, Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512]
            .into_iter()
            .find(|algorithm| algorithm.digest_len() == bytes)
    }
}

/// `blake2b-N`, N bits, a multiple of 8 from 8 to 512; in any case.
fn sized_blake2b(name: &[u8]) -> Option<Algorithm> {
    let (base, bits) = name.split_at_checked("blake2b-".len())?;
    let plain_number = matches!(bits, [b'1'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit));
    if !base.eq_ignore_ascii_case(b"blake2b-") || !plain_number {
        return None;
    }
    let bits: usize = std::str::from_utf8(bits).ok()?.parse().ok()?;
    if !bits.is_multiple_of(8) {
        return None;
    }
    DigestLength::new(bits / 8).map(Algorithm::Blake2b)
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name())
    }
}

impl FromStr for Algorithm {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::from_name(name.as_bytes()).ok_or_else(|| {
            let message =
                format!("no algorithm is called {}; known are {}", Quoted(name.as_bytes()), Self::list());
            Error::new(ErrorKind::UnknownAlgorithm, message)
        })
    }
}

/// Length of a digest: 1 to 64 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DigestLength(NonZeroU8);

impl DigestLength {
    /// 64 bytes.
    pub const MAX: Self = match Self::new(MAX_DIGEST_LEN) {
        Some(length) => length,
        None => unreachable!(),
    };

    /// A length of `bytes` bytes; `None` unless it is 1 to 64.
    ///
    /// ```
    /// use checksig_core::DigestLength;
    /// assert_eq!(DigestLength::new(20).unwrap().get(), 20);
    /// assert!(DigestLength::new(0).is_none() && DigestLength::new(65).is_none());
    /// ```
    pub const fn new(bytes: usize) -> Option<Self> {
        if bytes > MAX_DIGEST_LEN {
            return None;
        }
        match NonZeroU8::new(bytes as u8) {
            Some(length) => Some(Self(length)),
            None => None,
        }
    }

    /// The length in bytes.
    pub const fn get(self) -> usize {
        self.0.get() as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_tag_and_alias_reads_back() {
        for algorithm in Algorithm::all() {
            assert_eq!(Algorithm::from_name(algorithm.name().as_bytes()), Some(algorithm));
            assert_eq!(Algorithm::from_tag(algorithm.tag().as_bytes()), Some(algorithm));
            assert_eq!(Algorithm::from_tag(algorithm.tag().to_ascii_lowercase().as_bytes()), Some(algorithm));
            for alias in algorithm.aliases() {
                assert_eq!(Algorithm::from_name(alias.as_bytes()), Some(algorithm), "{alias}");
            }
            for tag in algorithm.other_tags() {
                assert_eq!(Algorithm::from_tag(tag.as_bytes()), Some(algorithm), "{tag}");
            }
        }
    }

    #[test]
    fn blake2b_lengths_are_whole_bytes_up_to_64() {
        for bytes in 1..=64 {
            let algorithm = Algorithm::Blake2b(DigestLength::new(bytes).unwrap());
            assert_eq!(algorithm.to_string().parse::<Algorithm>().unwrap(), algorithm);
            assert_eq!(Algorithm::from_tag(algorithm.tag().as_bytes()), Some(algorithm));
        }
        for bad in [
            "blake2b-",
            "blake2b-0",
            "blake2b-4",
            "blake2b-12",
            "blake2b-520",
            "blake2b-+8",
            "blake2b-08",
            "blake2b-8 ",
        ] {
            assert!(bad.parse::<Algorithm>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_unknown_name_says_what_is_known() {
        let error = "crc32".parse::<Algorithm>().unwrap_err();
        assert!(error.to_string().contains("crc32") && error.to_string().contains("sha512/256"));
    }
}
