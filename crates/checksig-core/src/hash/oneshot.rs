//! Hashing one file or reader on the calling thread.

use std::io::{self, Read};
use std::path::Path;

use crate::algorithm::Algorithm;
use crate::checksum::Checksum;
use crate::error::{Error, ErrorKind};
use crate::hash::{Builtin, Ending, MultiHasher, Stream};
use crate::quote::Quoted;

/// Bytes read at once.
const BUFFER: usize = 128 * 1024;
/// What smaller buffers are a multiple of: whole granules of every hasher.
const PAGE: usize = 4096;

/// The checksum of a file, read on the calling thread. FIFOs and devices are read to their end.
///
/// ```
/// use checksig_core::{Algorithm, hash_file};
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path().join("abc");
/// std::fs::write(&path, "abc").unwrap();
/// let checksum = hash_file(&path, Algorithm::Md5).unwrap();
/// assert_eq!(checksum.to_string(), "900150983cd24fb0d6963f7d28e17f72");
/// ```
///
/// # Errors
/// [`ErrorKind::UnreadableFile`] if the file cannot be opened or read, or the algorithm is an [`Algorithm::Custom`].
pub fn hash_file(path: impl AsRef<Path>, algorithm: Algorithm) -> Result<Checksum, Error> {
    let path = path.as_ref();
    std::fs::File::open(path).and_then(|file| hash_stream(file, algorithm)).map_err(|error| {
        let message = format!("cannot read {}: {error}", Quoted(path.as_os_str().as_encoded_bytes()));
        Error::new(ErrorKind::UnreadableFile(error), message)
    })
}

/// The checksum of all that a reader gives.
///
/// ```
/// use checksig_core::{Algorithm, hash_stream};
/// let checksum = hash_stream(&b"abc"[..], Algorithm::Md5).unwrap();
/// assert_eq!(checksum.to_string(), "900150983cd24fb0d6963f7d28e17f72");
/// ```
///
/// # Errors
/// The reader's own; [`io::ErrorKind::Unsupported`] for an [`Algorithm::Custom`]. A read that was interrupted by a
/// signal is tried again.
pub fn hash_stream(reader: impl Read, algorithm: Algorithm) -> io::Result<Checksum> {
    hash_with(&Builtin::default(), reader, BUFFER, algorithm)
}

/// The checksum of what a reader gives that has about so many bytes, a few.
pub(crate) fn hash_few(reader: impl Read, bytes: usize, algorithm: Algorithm) -> io::Result<Checksum> {
    // Room for the end to be seen with the last bytes.
    let buffer = (bytes + 1).next_multiple_of(PAGE).min(BUFFER);
    hash_with(&Builtin::plain(), reader, buffer, algorithm)
}

fn hash_with(
    hasher: &Builtin,
    reader: impl Read,
    buffer: usize,
    algorithm: Algorithm,
) -> io::Result<Checksum> {
    let mut state = hasher.start(algorithm).ok_or_else(|| {
        io::Error::new(io::ErrorKind::Unsupported, format!("checksig cannot compute {algorithm}"))
    })?;
    let tail = read_all(reader, buffer, |data| hasher.update(&mut [Stream { state: &mut state, data }]))?;
    let mut checksum = Checksum::zeroed(algorithm);
    hasher.finish(&mut [Ending { state: &mut state, tail: &tail, digest: checksum.digest_mut() }]);
    Ok(checksum)
}

/// The digest of all that a reader gives, by any hasher of the `digest` traits.
///
/// ```
/// let digest = checksig_core::hash_reader::<md5::Md5>(&b"abc"[..]).unwrap();
/// assert_eq!(digest[..4], [0x90, 0x01, 0x50, 0x98]);
/// ```
///
/// # Errors
/// The reader's own. A read that was interrupted by a signal is tried again.
pub fn hash_reader<D: digest::Digest>(reader: impl Read) -> io::Result<digest::Output<D>> {
    let mut hasher = D::new();
    let tail = read_all(reader, BUFFER, |data| hasher.update(data))?;
    Ok(hasher.chain_update(tail).finalize())
}

/// Gives the sink full buffers only, because multi-stream hashers take whole granules, and returns what is left.
fn read_all(mut reader: impl Read, size: usize, mut sink: impl FnMut(&[u8])) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; size];
    let mut filled = 0;
    loop {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => {
                buffer.truncate(filled);
                return Ok(buffer);
            }
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if filled == size {
            sink(&buffer);
            filled = 0;
        }
    }
}
