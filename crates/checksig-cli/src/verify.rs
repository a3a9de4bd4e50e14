//! `checksig verify`: from arguments to lists, from events to lines, from a report to an exit code.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use checksig_core::source::Source;
use checksig_core::{
    Error, Event, HumanBytes, Keep, ListInput, ListOptions, PathPolicy, Plan, Policy, Quoted, Report, Status,
    Verdict, Verifier,
};

use crate::args::VerifyArgs;
use crate::expect;
use crate::input::{STDIN, Stdin};
use crate::json;
use crate::output::{Exit, Output, complain, complain_of_output};
use crate::progress::Bar;
use crate::signals::Signals;
use crate::text::Text;

/// How long outcomes are still told after a signal.
const PATIENCE: Duration = Duration::from_millis(50);

pub(crate) fn run(args: &VerifyArgs) -> Exit {
    match Signals::take() {
        Ok(signals) => run_in(args, &signals, |plan| expect::open(args, plan)),
        Err(error) => {
            complain(format_args!("cannot handle signals: {error}"));
            Exit::CouldNotRun
        }
    }
}

/// Verifies in the store that `open` gives for a plan; tests put faults there.
pub(crate) fn run_in(
    args: &VerifyArgs,
    signals: &Signals,
    open: impl FnOnce(&Plan) -> Result<Arc<dyn Source>, Error>,
) -> Exit {
    let mut out = Output::new(signals.token());
    match verify(args, signals, open, &mut out).and_then(|exit| out.flush().map(|()| exit)) {
        Ok(exit) => signals.received().map_or(exit, Exit::Signal),
        Err(error) => {
            let exit = complain_of_output(&error);
            signals.received().map_or(exit, Exit::Signal)
        }
    }
}

/// The only error is that of the output.
fn verify(
    args: &VerifyArgs,
    signals: &Signals,
    open: impl FnOnce(&Plan) -> Result<Arc<dyn Source>, Error>,
    out: &mut Output,
) -> io::Result<Exit> {
    let started = Instant::now();
    let plan = match &args.expect {
        None => plan_of_lists(args, out)?,
        Some(digest) => match expect::plan(args, digest) {
            Ok(plan) => Some(plan),
            Err(message) => {
                complain_of(args, out, message)?;
                None
            }
        },
    };
    let Some(plan) = plan else { return Ok(Exit::CouldNotRun) };
    let policy = Policy { ignore_missing: args.ignore_missing, allow_malformed: args.allow_malformed };
    let text = Text::new(args, policy, plan.lists() > 1);
    let verifier = Verifier::new()
        .threads(args.load.threads)
        .reads(args.load.reads)
        .io(args.io.into())
        .detect_collisions(args.detect_collisions)
        .cancel(signals.token())
        .keep(Keep::Nothing);
    let outcomes = open(&plan).and_then(|source| {
        // Before the first thread reads: whoever sees it read may count on a summary.
        signals.run_begins();
        verifier.start_in(plan, source)
    });
    let mut outcomes = match outcomes {
        Ok(outcomes) => outcomes,
        Err(error) => {
            complain_of(args, out, error)?;
            return Ok(Exit::CouldNotRun);
        }
    };
    let mut bar = Bar::new();
    let mut hurry = Hurry(None);
    while let Some(event) = outcomes.next_event() {
        match event {
            Ok(Event::Outcome(_) | Event::Malformed(_)) if hurry.is_over(signals) => {}
            Ok(Event::Outcome(outcome)) if args.json => {
                if !args.quiet || outcome.status() != Status::Ok {
                    json::outcome(out, &outcome)?;
                }
            }
            Ok(Event::Outcome(outcome)) => text.outcome(out, &outcome)?,
            Ok(Event::Malformed(line)) if args.json => json::malformed(out, &line)?,
            Ok(Event::Malformed(line)) => text.malformed(out, &line)?,
            Ok(Event::Progress(progress)) => {
                bar.aside(|| out.flush())?;
                bar.show(&progress);
            }
            Ok(Event::Finished(report)) => {
                bar.clear();
                if args.json {
                    json::summary(out, report, &policy)?;
                } else {
                    text.summary(out, report)?;
                }
            }
            Ok(_) => {}
            Err(error) => {
                bar.clear();
                complain_of(args, out, error)?;
                return Ok(Exit::CouldNotRun);
            }
        }
        if out.is_full() {
            bar.aside(|| out.flush())?;
        }
    }
    let report = outcomes.report();
    for faulty in &report.faulty_kernels {
        complain(faulty);
    }
    if args.verbose {
        say_time(report, started);
    }
    Ok(exit(report, &policy))
}

fn complain_of(args: &VerifyArgs, out: &mut Output, what: impl Display) -> io::Result<()> {
    complain(&what);
    if args.json { json::error(out, &what) } else { Ok(()) }
}

/// The plan of the lists that can be read; `None` if it is none of them.
fn plan_of_lists(args: &VerifyArgs, out: &mut Output) -> io::Result<Option<Plan>> {
    let mut lists = Vec::new();
    let mut unread = 0;
    for list in read_lists(args) {
        match list {
            Ok(list) => {
                // The summary counts it; which one it is has to be said.
                if list.manifest().is_empty() {
                    complain(format_args!("the list {} has not one entry", Quoted(list.name())));
                }
                if args.verbose {
                    complain(format_args!("{}: entries: {}", Quoted(list.name()), list.manifest().len()));
                }
                lists.push(list);
            }
            Err(error) => {
                unread += 1;
                complain_of(args, out, error)?;
            }
        }
    }
    if lists.is_empty() {
        return Ok(None);
    }
    match Plan::new(lists, PathPolicy::Beneath) {
        Ok(plan) => Ok(Some(plan.with_unread_lists(unread))),
        Err(error) => {
            complain_of(args, out, error)?;
            Ok(None)
        }
    }
}

/// The time that is left for telling outcomes after a signal. Then only the summary counts them: there may be millions.
struct Hurry(Option<Instant>);

impl Hurry {
    fn is_over(&mut self, signals: &Signals) -> bool {
        signals.received().is_some()
            && self.0.get_or_insert_with(|| Instant::now() + PATIENCE) < &mut Instant::now()
    }
}

fn exit(report: &Report, policy: &Policy) -> Exit {
    match report.verdict(policy) {
        Verdict::Verified => Exit::Verified,
        Verdict::NotVerified if report.unread_lists > 0 || report.empty_lists > 0 => Exit::CouldNotRun,
        Verdict::NotVerified => Exit::NotVerified,
    }
}

fn say_time(report: &Report, started: Instant) {
    let seconds = started.elapsed().as_secs_f64();
    let rate = HumanBytes((report.bytes as f64 / seconds.max(1e-9)) as u64);
    complain(format_args!("{} in {seconds:.2} s, {rate}/s", HumanBytes(report.bytes)));
}

/// Every list that the arguments mean, each read as far as it can be.
fn read_lists(args: &VerifyArgs) -> Vec<Result<ListInput, Error>> {
    let options = ListOptions { algorithm: args.algorithm, root: args.root.clone() };
    let here = [PathBuf::from(".")];
    let named = if args.lists.is_empty() { &here[..] } else { &args.lists };
    named.iter().flat_map(|path| read_named(path, &options)).collect()
}

fn read_named(path: &Path, options: &ListOptions) -> Vec<Result<ListInput, Error>> {
    if path == Path::new(STDIN) {
        return vec![match rustix::io::dup(rustix::stdio::stdin()) {
            Ok(file) => ListInput::read_file(file, STDIN, ".", options),
            // Then there is no descriptor for a root either, and nothing is verified; reading says what is wrong with the input.
            Err(_) => ListInput::read_from(Stdin, STDIN, ".", options),
        }];
    }
    checksig_core::read_lists(path, options)
}

#[cfg(test)]
mod tests;
