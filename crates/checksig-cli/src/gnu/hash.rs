//! Printing checksums: the lines of a list, in the order of the files given.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;

use checksig_core::{
    Checksum, FileToHash, HashFiles, HashOptions, LineStyle, hash_stream, write_line, write_unescaped,
};

use super::options::Options;
use super::{Console, unreadable_file};
use crate::input::Stdin;

/// Prints a line for every file. `false`: one of them could not be read. The only error is that of the output.
pub(super) fn run(options: &Options, console: &mut Console) -> io::Result<bool> {
    let is_stdin = |name: &OsStr| name == "-";
    let algorithm = options.algorithm;
    let named = options.operands.iter().filter(|name| !is_stdin(name));
    let files = named.map(|name| FileToHash { path: name.into(), algorithm }).collect();
    let how = HashOptions { accept_changes: true, ..HashOptions::default() };
    let mut hashed = match HashFiles::start_each(files, how) {
        Ok(hashed) => hashed,
        Err(error) => return console.error(&error.to_string()).map(|()| false),
    };
    let mut good = true;
    for name in &options.operands {
        // Whoever waits for the next line should have the ones before it.
        if is_stdin(name) || !hashed.is_ready() || console.out.is_full() {
            io::Write::flush(&mut console.out)?;
        }
        let checksum = if is_stdin(name) {
            hash_stream(Stdin, algorithm)
        } else {
            match hashed.next().map(|file| file.checksum) {
                Some(Ok(checksum)) => Ok(checksum),
                Some(Err(error)) => match unreadable_file(error, console)? {
                    Some(error) => Err(error),
                    None => return Ok(false),
                },
                None => return Ok(false),
            }
        };
        match checksum {
            Ok(checksum) => print(options, console, &checksum, name.as_bytes())?,
            Err(error) => {
                console.unreadable(name.as_bytes(), &error)?;
                good = false;
            }
        }
    }
    Ok(good)
}

fn print(options: &Options, console: &mut Console, checksum: &Checksum, name: &[u8]) -> io::Result<()> {
    let style = match (options.tag, options.binary) {
        (true, _) => LineStyle::Tagged,
        (false, Some(true)) => LineStyle::Starred,
        (false, _) => LineStyle::Untagged,
    };
    if options.zero {
        write_unescaped(&mut console.out, checksum, name, style, 0)
    } else {
        write_line(&mut console.out, checksum, name, style)
    }
}
