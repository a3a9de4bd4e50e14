//! SHA-1 that notices known collision attacks: one stream after the other, and many times slower than the plain one.

use sha1_checked::{Digest, Sha1};

/// One stream of it.
pub struct CheckedSha1 {
    hasher: Sha1,
    attacked: bool,
}

impl CheckedSha1 {
    pub(super) fn new() -> Self {
        // Its "safe hash" of an attacking file would be a digest that no list and no other program has.
        Self { hasher: Sha1::builder().safe_hash(false).build(), attacked: false }
    }

    pub(super) fn update(&mut self, data: &[u8]) {
        self.hasher.update(data);
    }

    pub(super) fn finish(&mut self, tail: &[u8], digest: &mut [u8]) {
        self.hasher.update(tail);
        let result = std::mem::take(&mut self.hasher).try_finalize();
        self.attacked = result.has_collision();
        digest.copy_from_slice(result.hash());
    }

    /// Whether what was hashed carries an attack. Known at the end.
    pub(super) fn attacked(&self) -> bool {
        self.attacked
    }
}
