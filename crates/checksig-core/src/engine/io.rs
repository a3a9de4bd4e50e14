//! Whether files are waited for by the kernel's ring or by threads.

use std::io;
#[cfg(target_os = "linux")]
use std::time::Duration;

use super::Settings;
#[cfg(target_os = "linux")]
use super::ring;
use crate::error::{Error, ErrorKind};
use crate::source::Source;

/// With fewer files a ring is not worth making.
const RING_JOBS: usize = 16;

/// How files that are not in memory are waited for. What comes out is the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Io {
    /// As is fastest: by the kernel's ring where there is one and there are enough files.
    #[default]
    Auto,
    /// By the kernel's ring (`io_uring`): a run that cannot have it does not start. It opens files beneath a root of this
    /// machine only, and several at once.
    Uring,
    /// By a thread for each file.
    Blocking,
}

/// Whether the readers of a run use the kernel's ring.
///
/// # Errors
/// [`ErrorKind::NoIoUring`] if it is demanded and cannot be had.
pub(super) fn uses_ring(source: &dyn Source, jobs: usize, settings: Settings) -> Result<bool, Error> {
    let refusal = match settings.io {
        Io::Blocking => return Ok(false),
        Io::Auto if jobs < RING_JOBS || settings.reads == 1 => return Ok(false),
        Io::Auto | Io::Uring if settings.reads == 1 => "it is for more than one file at a time".to_owned(),
        Io::Auto | Io::Uring => match try_ring(source) {
            Ok(()) => return Ok(true),
            Err(error) => error.to_string(),
        },
    };
    match settings.io {
        Io::Uring => {
            let message = format!("io_uring cannot be used: {refusal} (auto would do without it)");
            Err(Error::new(ErrorKind::NoIoUring, message))
        }
        Io::Auto | Io::Blocking => Ok(false),
    }
}

/// Opens something through a ring: a sandbox may allow to make one and forbid to use it.
#[cfg(target_os = "linux")]
fn try_ring(source: &dyn Source) -> io::Result<()> {
    let way = source.as_local_tree().and_then(|tree| tree.openat2_beneath(0));
    let Some((directory, flags, resolve)) = way else {
        return Err(io::Error::other("the files are not opened by openat2 beneath a directory"));
    };
    let mut ring = ring::Ring::new(1)?;
    ring.open(0, directory, c".".to_owned(), flags, resolve)?;
    for _ in 0..20 {
        ring.wait(Duration::from_millis(100))?;
        // Whether it can be opened does not matter.
        if ring.next().is_some() {
            return Ok(());
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

#[cfg(not(target_os = "linux"))]
fn try_ring(_: &dyn Source) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
