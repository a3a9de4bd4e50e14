//! Standard input, with its errors.

use std::io::{self, Read};

/// The name of standard input among the arguments.
pub(crate) const STDIN: &str = "-";

/// Standard input. `std::io::Stdin` takes a descriptor that cannot be read for an empty file.
pub(crate) struct Stdin;

impl Read for Stdin {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(rustix::stdio::stdin(), buffer)?)
    }
}
