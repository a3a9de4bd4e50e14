//! `checksig update`: from arguments to lists, and what became of each.

use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use checksig_core::Quoted;
use checksig_core::create::{Event, UpdateOptions, Updated, update};

use crate::args::UpdateArgs;
use crate::create::{failed, load, own_output, tell, with_signals};
use crate::output::{Exit, Output, complain};
use crate::progress::Bar;
use crate::signals::Signals;

pub(crate) fn run(args: &UpdateArgs) -> Exit {
    with_signals(|signals, out| {
        let mut worst = Exit::Verified;
        for (index, list) in args.lists.iter().enumerate() {
            if let Some(signal) = signals.received() {
                let left = &args.lists[index..];
                complain(format_args!("interrupted: lists not updated: {}", left.len()));
                return Ok(Exit::Signal(signal));
            }
            let exit = run_one(list, args, signals, out)?;
            if exit.code() > worst.code() {
                worst = exit;
            }
        }
        Ok(worst)
    })
}

/// What is written in the same run: the other lists, and the output of the program.
fn written_beside(list: &Path, lists: &[PathBuf]) -> Vec<(u64, u64)> {
    let identity = |path: &Path| path.metadata().ok().map(|metadata| (metadata.dev(), metadata.ino()));
    let own = identity(list);
    let others = lists.iter().filter_map(|path| identity(path)).filter(|other| Some(*other) != own);
    others.chain(own_output()).collect()
}

/// The only error is that of the output.
fn run_one(list: &Path, args: &UpdateArgs, signals: &Signals, out: &mut Output) -> io::Result<Exit> {
    let selection = match (&args.selection).try_into() {
        Ok(selection) => selection,
        Err(error) => return Ok(failed(&error)),
    };
    let options = UpdateOptions {
        list: list.to_owned(),
        unlisted: written_beside(list, &args.lists),
        algorithm: args.algorithm,
        changed: args.changed,
        prune: args.prune,
        selection,
        load: load(&args.load, signals),
    };
    let mut bar = Bar::new();
    let updated = update(&options, &mut |event: Event<'_>| tell(&mut bar, event));
    bar.clear();
    match updated {
        Ok(updated) => say(list, &updated, out).map(|()| Exit::Verified),
        Err(error) => Ok(failed(&error)),
    }
}

fn say(list: &Path, updated: &Updated, out: &mut Output) -> io::Result<()> {
    for (what, names) in
        [("added", &updated.added), ("rehashed", &updated.rehashed), ("pruned", &updated.pruned)]
    {
        for name in names {
            writeln!(out, "{what} {}", Quoted(name))?;
        }
    }
    let list = Quoted(list.as_os_str().as_bytes());
    if updated.is_written() {
        writeln!(out, "updated {list}: {updated}")?;
    } else {
        writeln!(out, "nothing to do for {list}: {updated}")?;
    }
    if !updated.gone.is_empty() {
        writeln!(out, "listed but gone: {} (--prune drops the lines)", updated.gone.len())?;
    }
    if updated.newer > 0 {
        writeln!(out, "listed and changed since: {} (--changed hashes again)", updated.newer)?;
    }
    if updated.unclear > 0 {
        writeln!(out, "listed and not to be looked at: {} (verify says why)", updated.unclear)?;
    }
    if !updated.skipped.is_empty() {
        writeln!(out, "skipped {}", updated.skipped)?;
    }
    Ok(())
}
