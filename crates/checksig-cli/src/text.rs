//! Results for people: failures, then one line that states coverage.

use std::io::{self, Write};

use checksig_core::{MalformedLine, Outcome, Policy, Quoted, Report, Status};

use crate::args::VerifyArgs;

/// Which lines are printed.
pub(crate) struct Text {
    verbose: bool,
    quiet: bool,
    policy: Policy,
    /// Whether the list has to be named with every file.
    many_lists: bool,
}

impl Text {
    pub(crate) fn new(args: &VerifyArgs, policy: Policy, many_lists: bool) -> Self {
        Self { verbose: args.verbose, quiet: args.quiet, policy, many_lists }
    }

    pub(crate) fn outcome(&self, out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
        let shown = match outcome.status() {
            Status::Ok => self.verbose,
            Status::Missing if self.policy.ignore_missing => self.verbose,
            // They are counted in the summary: a cancelled run would print all the rest of its list.
            Status::NotRun => self.verbose,
            _ => true,
        };
        if !shown {
            return Ok(());
        }
        if self.many_lists {
            write!(out, "{}: ", Quoted(outcome.list()))?;
        }
        writeln!(out, "{}: {outcome}", outcome.path())
    }

    pub(crate) fn malformed(&self, out: &mut impl Write, line: &MalformedLine) -> io::Result<()> {
        if self.quiet && self.policy.allow_malformed {
            return Ok(());
        }
        writeln!(out, "{}:{}: malformed: {}", Quoted(line.list()), line.line(), line.reason())
    }

    pub(crate) fn summary(&self, out: &mut impl Write, report: &Report) -> io::Result<()> {
        // An interrupted run has found nothing wrong, and is no success.
        if self.quiet && report.is_complete() {
            return Ok(());
        }
        writeln!(out, "{}", report.summary(&self.policy))?;
        match report.note() {
            Some(note) => writeln!(out, "note: {note}"),
            None => Ok(()),
        }
    }
}
