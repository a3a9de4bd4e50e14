//! `checksig create`: from arguments to lists, and what is said about them.

use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use checksig_core::create::{self as core, CreateOptions, Created, Event, Output as Place};
use checksig_core::{Error, ErrorKind, Quoted};
use rustix::fs::{FileType, fstat};
use rustix::stdio::{stderr, stdout};

use crate::args::{self, CreateArgs, Load};
use crate::output::{Exit, Output, complain, complain_of_output};
use crate::progress::Bar;
use crate::signals::Signals;

pub(crate) fn run(args: &CreateArgs) -> Exit {
    with_signals(|signals, out| {
        let options = match options(args, signals) {
            Ok(options) => options,
            Err(error) => return Ok(failed(&error)),
        };
        let mut bar = Bar::new();
        let mut tell = |event: Event<'_>| tell(&mut bar, event);
        let created = if options.output == Place::Stream {
            core::create_to(&options, out, &mut tell)
        } else {
            core::create(&options, &mut tell)
        };
        bar.clear();
        match created {
            Ok(created) => say(&created, out).map(|()| Exit::Verified),
            Err(error) => Ok(failed(&error)),
        }
    })
}

fn options(args: &CreateArgs, signals: &Signals) -> Result<CreateOptions, Error> {
    let output = match &args.output {
        None => Place::Beside,
        Some(path) if path == Path::new("-") => Place::Stream,
        Some(path) => Place::At(path.clone()),
    };
    Ok(CreateOptions {
        paths: args.paths.clone(),
        output,
        algorithms: args.algorithm.clone(),
        style: args::style(args.tag),
        overwrite: args.force,
        unlisted: own_output(),
        selection: (&args.selection).try_into()?,
        load: load(&args.load, signals),
    })
}

/// Device and inode of the files that this program writes its output and messages to, if they are files: a shell has made
/// that of `-o - . > list` already, in the tree perhaps.
pub(crate) fn own_output() -> Vec<(u64, u64)> {
    [fstat(stdout()), fstat(stderr())]
        .into_iter()
        .flatten()
        .filter(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile)
        .map(|stat| (stat.st_dev, stat.st_ino))
        .collect()
}

pub(crate) fn load(load: &Load, signals: &Signals) -> core::Load {
    core::Load { threads: load.threads, reads: load.reads, cancel: signals.token() }
}

/// Does something that a signal only cancels. Its only error is that of the output.
pub(crate) fn with_signals(action: impl FnOnce(&Signals, &mut Output) -> io::Result<Exit>) -> Exit {
    let signals = match Signals::take() {
        Ok(signals) => signals,
        Err(error) => {
            complain(format_args!("cannot handle signals: {error}"));
            return Exit::CouldNotRun;
        }
    };
    signals.run_begins();
    let mut out = Output::new(signals.token());
    let done = action(&signals, &mut out).and_then(|exit| out.flush().map(|()| exit));
    match done.unwrap_or_else(|error| complain_of_output(&error)) {
        // A signal that came too late to keep a list from being written has done nothing.
        Exit::Verified => Exit::Verified,
        exit => signals.received().map_or(exit, Exit::Signal),
    }
}

pub(crate) fn tell(bar: &mut Bar, event: Event<'_>) {
    match event {
        Event::Failure(error) => bar.aside(|| complain(error)),
        Event::Progress(progress) => bar.show(&progress),
        _ => {}
    }
}

/// Says why there is no list.
pub(crate) fn failed(error: &Error) -> Exit {
    complain(error);
    match error.kind() {
        ErrorKind::NotListed | ErrorKind::UnreadableFile(_) => Exit::NotVerified,
        _ => Exit::CouldNotRun,
    }
}

fn say(created: &Created, out: &mut Output) -> io::Result<()> {
    for list in &created.lists {
        writeln!(out, "wrote {}: {created}", Quoted(list.as_os_str().as_bytes()))?;
    }
    if created.skipped.is_empty() {
        return Ok(());
    }
    // Standard output has the list itself where no file was written.
    if created.lists.is_empty() {
        complain(format_args!("skipped {}", created.skipped));
        return Ok(());
    }
    writeln!(out, "skipped {}", created.skipped)
}
