//! Page-aligned buffers that are used again and again.

use crossbeam_channel::Sender;

pub(super) const PAGE: usize = 4096;

/// How many bytes of a file are read at once, for a hasher of this many streams: enough that a system call is cheap,
/// and little enough that the buffers of all streams stay in the second-level cache. Whole pages, and so whole granules:
/// a stream whose chunks come from a reader has nowhere to keep the rest of one.
pub(super) fn chunk_len(width: usize) -> usize {
    (512 * 1024 / width.max(1)).clamp(32 * 1024, 128 * 1024) / PAGE * PAGE
}

/// Room for one chunk of a file, and a page more: what proves the end of a file needs a place too.
///
/// It begins at a page: `read` into an unaligned buffer costs three to six times the system time.
pub(super) struct Buffer {
    memory: Vec<u8>,
    /// Where the first page begins in `memory`.
    offset: usize,
    chunk: usize,
    filled: usize,
    /// The reader that it goes back to when it is dropped.
    home: Option<Sender<Buffer>>,
}

impl Buffer {
    pub(super) fn new(chunk: usize) -> Self {
        let memory = vec![0; chunk + 2 * PAGE];
        // `align_offset` may be unable to tell; then the buffer is merely slower.
        let offset = memory.as_ptr().align_offset(PAGE).min(PAGE);
        Self { memory, offset, chunk, filled: 0, home: None }
    }

    /// Makes it go to `home`, empty, when it is dropped.
    pub(super) fn with_home(mut self, home: Sender<Buffer>) -> Self {
        self.home = Some(home);
        self
    }

    pub(super) fn filled(&self) -> &[u8] {
        &self.memory[self.offset..self.offset + self.filled]
    }

    /// Whether it is the dropper's to use again.
    pub(super) fn is_homeless(&self) -> bool {
        self.home.is_none()
    }

    /// How much of the chunk is still free.
    pub(super) fn room(&self) -> usize {
        self.chunk.saturating_sub(self.filled)
    }

    /// Room for up to `len` bytes behind the filled ones.
    pub(super) fn spare(&mut self, len: usize) -> &mut [u8] {
        let start = self.offset + self.filled;
        let end = (start + len).min(self.offset + self.chunk + PAGE);
        &mut self.memory[start..end]
    }

    /// `len` bytes were written to [`spare`](Self::spare).
    pub(super) fn advance(&mut self, len: usize) {
        self.filled += len;
    }

    /// Drops the first `len` bytes and moves the others to the front.
    pub(super) fn discard(&mut self, len: usize) {
        self.memory.copy_within(self.offset + len..self.offset + self.filled, self.offset);
        self.filled -= len;
    }

    /// Empties it and puts these bytes, less than a chunk, at the front.
    pub(super) fn refill(&mut self, bytes: &[u8]) {
        self.filled = 0;
        self.spare(bytes.len()).copy_from_slice(bytes);
        self.filled = bytes.len();
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(home) = self.home.take() {
            let memory = std::mem::take(&mut self.memory);
            // Refused when the reader is gone.
            let _ = home.send(Self { memory, offset: self.offset, chunk: self.chunk, filled: 0, home: None });
        }
    }
}
