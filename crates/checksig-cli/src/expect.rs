//! `checksig verify --expect`: one file and its digest in the place of a list.

use std::io;
use std::path::Path;
use std::sync::Arc;

use checksig_core::source::{Source, SourceFile, Stamp, Wait};
use checksig_core::{EntryPath, Error, Expected, Plan};

use crate::args::VerifyArgs;
use crate::input::{STDIN, Stdin};

/// What results call the list that there is not.
const LIST: &str = "--expect";

/// The plan of the one file, and why there is none.
pub(crate) fn plan(args: &VerifyArgs, digest: &str) -> Result<Plan, String> {
    let [file] = &args.lists[..] else {
        return Err(format!("--expect is for one file, not for {}", args.lists.len()));
    };
    let text = |error: Error| error.to_string();
    let expected = Expected::parse(digest, args.algorithm).map_err(text)?;
    Plan::of_file(LIST, file, &expected).map_err(text)
}

/// The store that the plan's file is in.
pub(crate) fn open(args: &VerifyArgs, plan: &Plan) -> Result<Arc<dyn Source>, Error> {
    match &args.lists[..] {
        [file] if args.expect.is_some() && file == Path::new(STDIN) => Ok(Arc::new(Stdin)),
        _ => Ok(Arc::new(plan.open_roots()?)),
    }
}

/// A store with one file, which is standard input.
impl Source for Stdin {
    fn open(&self, _root: usize, _path: EntryPath<'_>, _wait: Wait) -> io::Result<Box<dyn SourceFile>> {
        Ok(Box::new(Self))
    }
}

impl SourceFile for Stdin {
    /// Read to its end like a pipe, whatever it is: it may stand anywhere in a file.
    fn stamp(&mut self) -> io::Result<Stamp> {
        Ok(Stamp { regular: false, size: 0, modified: (0, 0), status_changed: (0, 0) })
    }

    fn read(&mut self, buffer: &mut [u8], wait: Wait) -> io::Result<usize> {
        match wait {
            Wait::Allowed => io::Read::read(self, buffer),
            Wait::Never => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}
