//! What a bench measures: which corpus with which hash function, warm or cold, beside which checkers, and how often.

use std::time::Duration;

/// A corpus to be measured with one hash function: a table of the output.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub corpus: &'static str,
    pub algorithm: String,
    /// The page cache is emptied before each run.
    pub cold: bool,
    /// Beside every checker, or only beside those that targets are set against.
    pub all_peers: bool,
}

impl Part {
    /// The corpora whose files it needs.
    pub fn corpora(&self) -> Vec<&'static str> {
        match self.corpus {
            "scaling" => SCALING.to_vec(),
            "interrupt" => vec![INTERRUPTED],
            "c" => vec!["small", INTERRUPTED],
            "python" => [&LISTED_IN_PYTHON[..], &[INTERRUPTED]].concat(),
            corpus => vec![corpus],
        }
    }
}

/// A list, and one a hundred times as long.
pub const SCALING: [&str; 2] = ["scaling", "scaling-x100"];
/// Where Ctrl-C comes.
pub const INTERRUPTED: &str = "one";
/// What the Python package is measured with beside the command line: files whose handling takes most of the time, and
/// files whose bytes do.
pub const LISTED_IN_PYTHON: [&str; 2] = ["small", "logs"];

/// The corpora, in the order they are measured, and what is measured with them beside the time of checkers: how time
/// grows with the number of files, how soon Ctrl-C ends a run, and what C and Python add.
pub const NAMES: &[&str] = &[
    "start",
    "small",
    "logs",
    "mixed",
    "few",
    "large",
    "one",
    "missing",
    "scaling",
    "interrupt",
    "c",
    "python",
];

/// What belongs to a full run: the hash functions, and whether every checker is to run with the first of them. Each of
/// the rest would only say the same of the other checkers once more, in minutes.
const FULL: &[(&str, &[&str], bool)] = &[
    ("start", &["sha1"], true),
    ("small", &["sha1", "sha256"], true),
    ("logs", &["sha1", "sha256"], true),
    ("mixed", &["sha1", "sha256"], true),
    ("few", &["sha1", "sha256", "sha512", "md5"], false),
    ("large", &["sha1", "sha256", "sha512", "md5"], true),
    ("one", &["sha1"], false),
    ("missing", &["sha1"], true),
    ("scaling", &["sha1"], false),
    ("interrupt", &["sha1"], false),
    ("c", &["sha1"], false),
    ("python", &["sha1"], false),
];
/// The same with a cold cache.
const FULL_COLD: &[&str] = &["small", "logs", "few", "interrupt"];

/// Everything, with a cold cache only where that can be had.
pub fn full(cold_too: bool) -> Vec<Part> {
    let warm = FULL.iter().flat_map(|(corpus, algorithms, all_peers)| {
        algorithms.iter().enumerate().map(move |(index, algorithm)| Part {
            corpus,
            algorithm: (*algorithm).to_owned(),
            cold: false,
            all_peers: *all_peers && index == 0,
        })
    });
    let cold = FULL_COLD.iter().filter(|_| cold_too).map(|corpus| Part {
        corpus,
        algorithm: "sha1".to_owned(),
        cold: true,
        all_peers: false,
    });
    warm.chain(cold).collect()
}

/// What was asked for: every corpus of these (of none: all) with every hash function of these (of none: SHA-1).
pub fn narrowed(wanted: &[String], algorithms: &[String], cold: bool) -> Vec<Part> {
    let sha1 = ["sha1".to_owned()];
    let algorithms = if algorithms.is_empty() { &sha1 } else { algorithms };
    let corpora = NAMES.iter().filter(|name| wanted.is_empty() || wanted.iter().any(|one| one == *name));
    let parts = corpora.flat_map(|corpus| {
        algorithms.iter().map(|algorithm| Part {
            corpus,
            algorithm: algorithm.clone(),
            cold,
            all_peers: true,
        })
    });
    parts.collect()
}

/// How often each tool runs, from how long it takes: as often as fits into `budget`, within bounds. Runs of a
/// millisecond need many to be told from noise, and runs of seconds need few.
pub fn counts(times: &[Duration], budget: Duration) -> Vec<usize> {
    let count = |time: &Duration| budget.as_secs_f64() / time.as_secs_f64().max(1e-6);
    times.iter().map(|time| (count(time) as usize).clamp(3, 200)).collect()
}

/// The order of the runs, as indices of tools. Tools run in turn, so that a slow minute of the machine is shared by
/// all; those that run less often than others are spread evenly over the rounds.
pub fn turns(counts: &[usize]) -> Vec<usize> {
    let rounds = counts.iter().copied().max().unwrap_or(0);
    let mut turns = Vec::new();
    for round in 0..rounds {
        let takes_part = |tool: &usize| (round + 1) * counts[*tool] / rounds > round * counts[*tool] / rounds;
        // Each round starts with another tool: none always runs in the wake of the same one.
        let order = (0..counts.len()).map(|turn| (round + turn) % counts.len());
        turns.extend(order.filter(takes_part));
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::super::corpus;
    use super::*;

    #[test]
    fn slow_tools_run_less_often_but_thrice() {
        let times = [1, 250, 1000, 60_000].map(Duration::from_millis);
        assert_eq!(counts(&times, Duration::from_secs(4)), [200, 16, 4, 3]);
    }

    #[test]
    fn tools_run_in_turn_and_slow_ones_all_over_the_time() {
        assert_eq!(turns(&[2, 2, 2]), [0, 1, 2, 1, 2, 0]);
        assert_eq!(turns(&[4, 2]), [0, 1, 0, 0, 1, 0]);
        let turns = turns(&[200, 3, 50]);
        let of = |tool| turns.iter().filter(|turn| **turn == tool).count();
        assert_eq!((of(0), of(1), of(2)), (200, 3, 50));
    }

    #[test]
    fn a_full_run_has_every_part_and_is_cold_only_for_root() {
        let parts = full(false);
        let corpora: Vec<_> = parts.iter().flat_map(Part::corpora).collect();
        assert!(corpus::NAMES.iter().all(|name| corpora.contains(name)));
        assert!(NAMES.iter().all(|name| parts.iter().any(|part| part.corpus == *name)));
        assert!(parts.iter().all(|part| !part.cold));
        assert_eq!(full(true).iter().filter(|part| part.cold).count(), FULL_COLD.len());
    }

    #[test]
    fn corpora_are_measured_in_their_order() {
        let names = ["large".to_owned(), "small".to_owned()];
        let algorithms = ["md5".to_owned(), "sha1".to_owned()];
        let parts = narrowed(&names, &algorithms, true);
        let order: Vec<_> = parts.iter().map(|part| (part.corpus, part.algorithm.as_str())).collect();
        assert_eq!(order, [("small", "md5"), ("small", "sha1"), ("large", "md5"), ("large", "sha1")]);
        assert_eq!(narrowed(&[], &[], false).len(), NAMES.len());
    }
}
