//! `checksig hash`: lines for a list, in the order of the files given.

use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use checksig_core::{CancelToken, ErrorKind, HashFiles, hash_stream, write_line};

use crate::args::HashArgs;
use crate::input::{STDIN, Stdin};
use crate::output::{Exit, Output, complain, complain_of_output};

pub(crate) fn run(args: &HashArgs) -> Exit {
    let is_stdin = |path: &Path| path == Path::new(STDIN);
    let named = args.files.iter().filter(|path| !is_stdin(path)).cloned().collect();
    let load = &args.load;
    let mut hashed =
        match HashFiles::start_with(named, args.algorithm, load.threads, load.reads, CancelToken::new()) {
            Ok(hashed) => hashed,
            Err(error) => {
                complain(error);
                return Exit::CouldNotRun;
            }
        };
    let mut out = Output::new(CancelToken::new());
    let mut exit = Exit::Verified;
    for path in &args.files {
        // Whoever waits for the next line should have the ones before it.
        let flushed =
            if is_stdin(path) || !hashed.is_ready() || out.is_full() { out.flush() } else { Ok(()) };
        if let Err(error) = flushed {
            return complain_of_output(&error);
        }
        let checksum = if is_stdin(path) {
            hash_stream(Stdin, args.algorithm).map_err(|error| format!("cannot read standard input: {error}"))
        } else {
            match hashed.next().map(|file| file.checksum) {
                Some(Err(error)) if !matches!(error.kind(), ErrorKind::UnreadableFile(_)) => {
                    complain(error);
                    return Exit::CouldNotRun;
                }
                Some(checksum) => checksum.map_err(|error| error.to_string()),
                None => Err("a file was not hashed".to_owned()),
            }
        };
        match checksum {
            Ok(checksum) => {
                if let Err(error) = write_line(&mut out, &checksum, path.as_os_str().as_bytes(), args.style())
                {
                    return complain_of_output(&error);
                }
            }
            Err(message) => {
                complain(message);
                exit = Exit::NotVerified;
            }
        }
    }
    match out.flush() {
        Ok(()) => exit,
        Err(error) => complain_of_output(&error),
    }
}
