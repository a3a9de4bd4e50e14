//! What a run adds up to, and what counts as success.

use std::fmt;
use std::ops::Index;

use crate::algorithm::Algorithm;
use crate::error::{Error, ErrorKind};
use crate::human::{HumanBytes, count_noun};
use crate::outcome::Outcome;
use crate::status::Status;

/// How many names an error message lists before it only counts.
const NAMES_IN_MESSAGE: usize = 20;

/// How many entries have each status: `counts[Status::Ok]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; Status::ALL.len()]);

impl Counts {
    /// All entries.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Every status and its count.
    pub fn iter(&self) -> impl Iterator<Item = (Status, u64)> {
        Status::ALL.into_iter().zip(self.0)
    }

    pub(crate) fn add(&mut self, status: Status) {
        self.0[status as usize] += 1;
    }
}

impl Index<Status> for Counts {
    type Output = u64;

    fn index(&self, status: Status) -> &u64 {
        &self.0[status as usize]
    }
}

/// Everything that a run found. The counts always add up: to each entry of each list there is one status.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// Whether the run went to its end. Not before it is over, and never if it was cancelled.
    pub(crate) complete: bool,
    /// Entries by status.
    pub counts: Counts,
    /// Lines that are not entries.
    pub malformed: u64,
    /// Lists that were read.
    pub lists: u64,
    /// Lists that could not be read.
    pub unread_lists: u64,
    /// Lists that were read and have not one entry.
    pub empty_lists: u64,
    /// Different files that the lists name.
    pub files: u64,
    /// Those of them whose every entry is ok.
    pub verified_files: u64,
    /// Bytes of the files that were read to their end, each file counted once.
    pub bytes: u64,
    /// The algorithms of the lists that do not [resist collisions](Algorithm::resists_collisions), each once. Nothing is
    /// wrong with the files; but who made them may have made others of the same digests.
    pub weak_algorithms: Vec<Algorithm>,
    /// What this processor computed wrongly in a self-test and was therefore not used, a sentence for each: nothing is
    /// wrong with the report, but perhaps with the processor.
    pub faulty_kernels: Vec<String>,
    /// The outcomes that were to be kept, in the order of the lists: what failed, unless [`Keep`] says otherwise.
    pub outcomes: Vec<Outcome>,
}

/// Which outcomes a report keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// Those that are not ok.
    #[default]
    Failures,
    /// All.
    All,
    /// None: for who sees them as they come.
    Nothing,
}

/// What is forgiven. The default forgives nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Missing files are no failure. There must still be one that is ok.
    pub ignore_missing: bool,
    /// Malformed lines are no failure.
    pub allow_malformed: bool,
}

/// Whether the files are what the lists say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// At least one entry is ok and nothing else was found, but what the policy forgives.
    Verified,
    /// Everything else, a run that was cancelled or had nothing to verify included.
    NotVerified,
}

impl Verdict {
    /// `verified` or `not_verified`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::NotVerified => "not_verified",
        }
    }
}

impl Report {
    /// All entries of all lists.
    pub fn entries(&self) -> u64 {
        self.counts.total()
    }

    /// Whether the run went to its end: it is over, nothing inside failed, and it was not cancelled. Else nothing is
    /// verified, whatever the counts.
    pub fn is_complete(&self) -> bool {
        self.complete && self.counts[Status::NotRun] == 0
    }

    /// Whether the files are what the lists say, by this policy.
    ///
    /// ```
    /// use checksig_core::{Policy, Report, Verdict};
    /// // Nothing was verified, so it is not verified.
    /// assert_eq!(Report::default().verdict(&Policy::default()), Verdict::NotVerified);
    /// ```
    pub fn verdict(&self, policy: &Policy) -> Verdict {
        let forgiven = |status| match status {
            Status::Ok => true,
            Status::Missing => policy.ignore_missing,
            _ => false,
        };
        let verified = self.is_complete()
            && self.counts[Status::Ok] > 0
            && self.counts.iter().all(|(status, count)| count == 0 || forgiven(status))
            && (self.malformed == 0 || policy.allow_malformed)
            && self.unread_lists == 0
            && self.empty_lists == 0;
        if verified { Verdict::Verified } else { Verdict::NotVerified }
    }

    /// The report if it is verified, else [`ErrorKind::NotVerified`] with a message that names the files.
    ///
    /// # Errors
    /// As said.
    pub fn into_result(self, policy: &Policy) -> Result<Self, Error> {
        match self.verdict(policy) {
            Verdict::Verified => Ok(self),
            Verdict::NotVerified => {
                let message = self.failure_message(policy);
                Err(Error::new(ErrorKind::NotVerified(Box::new(self)), message))
            }
        }
    }

    /// One line that states verdict and coverage: `verified 10 of 10 listed files (1.1 MB)`.
    pub fn summary(&self, policy: &Policy) -> String {
        let mut coverage =
            format!("verified {} of {}", self.verified_files, count_noun(self.files, "listed file"));
        let bytes = HumanBytes(self.bytes);
        let checksums = match self.entries() {
            entries if entries == self.files => String::new(),
            entries => format!("{}, ", count_noun(entries, "checksum")),
        };
        match self.verdict(policy) {
            Verdict::Verified => {
                coverage += &format!(" ({checksums}{bytes})");
                if self.counts[Status::Missing] > 0 {
                    coverage += &format!(", {} missing ignored", self.counts[Status::Missing]);
                }
                if self.malformed > 0 {
                    coverage += &format!(", {} ignored", count_noun(self.malformed, "malformed line"));
                }
                coverage
            }
            Verdict::NotVerified => {
                let state = if self.is_complete() { "not verified" } else { "incomplete, not verified" };
                let coverage = match self.files {
                    0 => String::new(),
                    _ => format!("; {coverage} ({checksums}{bytes} read to the end)"),
                };
                format!("{state}: {}{coverage}", self.reasons())
            }
        }
    }

    /// What a reader of the summary should know although it changes no verdict: that the lists'
    /// [weak algorithms](Self::weak_algorithms) do not protect against deliberate change. `None`: there are none.
    ///
    /// ```
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let root = directory.path();
    /// std::fs::write(root.join("abc"), "abc").unwrap();
    /// std::fs::write(root.join("sha1sum.txt"), "a9993e364706816aba3e25717850c26c9cd0d89d  abc\n").unwrap();
    /// let report = checksig_core::check_signatures(root).unwrap();
    /// assert_eq!(report.note().unwrap(), "sha1 does not protect against deliberate change");
    /// ```
    pub fn note(&self) -> Option<String> {
        let names: Vec<_> = self.weak_algorithms.iter().map(|algorithm| algorithm.name()).collect();
        let (last, others) = names.split_last()?;
        Some(match others {
            [] => format!("{last} does not protect against deliberate change"),
            _ => format!("{} and {last} do not protect against deliberate change", others.join(", ")),
        })
    }

    /// Everything that is not ok, counted.
    fn reasons(&self) -> String {
        let statuses = self.counts.iter().filter(|(status, count)| *status != Status::Ok && *count > 0);
        let mut reasons: Vec<String> =
            statuses.map(|(status, count)| format!("{count} {}", status.words())).collect();
        let mut add = |count: u64, what| {
            if count > 0 {
                reasons.push(count_noun(count, what));
            }
        };
        add(self.malformed, "malformed line");
        add(self.unread_lists, "unreadable list");
        add(self.empty_lists, "list without an entry");
        match (reasons.is_empty(), self.entries()) {
            (false, _) => reasons.join(", "),
            (true, 0) => "there was nothing to verify".to_owned(),
            (true, _) => "the run did not go to its end".to_owned(),
        }
    }

    fn failure_message(&self, policy: &Policy) -> String {
        let mut message = self.summary(policy);
        let failures = || self.outcomes.iter().filter(|outcome| outcome.status() != Status::Ok);
        for outcome in failures().take(NAMES_IN_MESSAGE) {
            message += &format!("\n  {}: {outcome}", outcome.path());
        }
        let more = failures().count().saturating_sub(NAMES_IN_MESSAGE);
        if more > 0 {
            message += &format!("\n  and {more} more");
        }
        message
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(statuses: &[Status]) -> Report {
        let mut report = Report { complete: true, ..Report::default() };
        statuses.iter().for_each(|&status| report.counts.add(status));
        report
    }

    #[test]
    fn every_status_but_ok_spoils_the_verdict() {
        for ignore_missing in [false, true] {
            for allow_malformed in [false, true] {
                let policy = Policy { ignore_missing, allow_malformed };
                let verified = |report: &Report| report.verdict(&policy) == Verdict::Verified;
                for status in Status::ALL {
                    let forgiven = status == Status::Ok || (status == Status::Missing && ignore_missing);
                    assert_eq!(verified(&report(&[Status::Ok, status])), forgiven, "{status}");
                    // Alone, nothing but an ok is enough.
                    assert_eq!(verified(&report(&[status])), status == Status::Ok, "{status}");
                }
                let ok = || report(&[Status::Ok]);
                assert_eq!(verified(&Report { malformed: 1, ..ok() }), allow_malformed);
                assert!(!verified(&Report { unread_lists: 1, ..ok() }));
                assert!(!verified(&Report { empty_lists: 1, ..ok() }));
                assert!(!verified(&Report { malformed: 1, ..Report::default() }));
            }
        }
    }

    #[test]
    fn a_verdict_is_its_name() {
        assert_eq!(format!("{}|{:13}|", Verdict::Verified, Verdict::NotVerified), "verified|not_verified |");
    }

    #[test]
    fn a_summary_never_says_verified_first_unless_it_is() {
        for status in Status::ALL {
            let report = report(&[Status::Ok, status]);
            let verified = report.verdict(&Policy::default()) == Verdict::Verified;
            assert_eq!(report.summary(&Policy::default()).starts_with("verified "), verified, "{status}");
        }
    }
}
