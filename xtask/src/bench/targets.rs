//! What checksig is to reach, and whether it has: the last table of a bench.

use std::time::Duration;

use super::peers::{OPENSSL, gnu, in_place_of_gnu};
use super::plan::LISTED_IN_PYTHON;
use super::table::{FLOOR, Row, Table};

/// What a bench has measured.
#[derive(Default)]
pub struct Measured {
    pub tables: Vec<Table>,
    /// Time of a file in the long list of `scaling`, as a multiple of that in the short one.
    pub scaling: Option<f64>,
    pub python: Python,
}

/// What was measured of the Python package.
#[derive(Default)]
pub struct Python {
    /// Seconds.
    pub empty_call: Option<f64>,
    /// By corpus, its time as a multiple of the command line's.
    pub lists: Vec<(&'static str, f64)>,
    /// The share of its normal progress that another Python thread made during a run with one hash thread.
    pub progress: Option<f64>,
    /// The longest time from Ctrl-C to the end.
    pub interrupted: Option<Duration>,
}

impl Measured {
    fn table(&self, corpus: &str, algorithm: &str, cold: bool) -> Option<&Table> {
        let fits = |table: &&Table| {
            (table.part.corpus, table.part.algorithm.as_str(), table.part.cold) == (corpus, algorithm, cold)
        };
        self.tables.iter().find(fits)
    }
}

/// Whom checksig is compared with.
#[derive(Clone, Copy)]
enum Peer {
    Openssl,
    Gnu,
}

impl Peer {
    fn name(self, algorithm: &str) -> String {
        match self {
            Openssl => OPENSSL.to_owned(),
            Gnu => gnu(algorithm),
        }
    }
}
use Peer::{Gnu, Openssl};

/// How many times as fast as the peer checksig is to be, warm.
const FASTER: &[(&str, &str, Peer, f64)] = &[
    ("large", "sha1", Openssl, 2.0),
    ("large", "sha256", Openssl, 1.5),
    ("large", "md5", Openssl, 4.0),
    ("large", "sha512", Openssl, 1.5),
    ("few", "sha1", Openssl, 1.6),
    ("few", "sha256", Openssl, 1.4),
    ("few", "md5", Openssl, 1.2),
    ("few", "sha512", Openssl, 1.0),
    ("logs", "sha1", Openssl, 1.9),
    ("one", "sha1", Openssl, 1.05),
    ("small", "sha1", Gnu, 5.0),
    ("logs", "sha1", Gnu, 9.0),
    ("large", "sha1", Gnu, 9.0),
];
/// The same for `small` beside openssl, by how checksig reads.
const SMALL_BY_IO: &[(&str, &str, f64)] =
    &[("uring", "with io_uring", 1.8), ("blocking", "without io_uring", 1.3)];
const LARGE: &[&str] = &["sha1", "sha256", "md5", "sha512"];

/// Whether a good number is a large or a small one.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Limit {
    AtLeast,
    AtMost,
}

struct Target {
    what: String,
    limit: Limit,
    wanted: f64,
    unit: &'static str,
    reached: Option<f64>,
}

impl Target {
    fn is_met(&self) -> Option<bool> {
        self.reached.map(|reached| match self.limit {
            Limit::AtLeast => reached >= self.wanted,
            Limit::AtMost => reached <= self.wanted,
        })
    }
}

/// Prints the targets, those that were not measured only with `all`.
pub fn print(measured: &Measured, all: bool) {
    let mut targets = targets(measured);
    targets.retain(|target| all || target.reached.is_some());
    if targets.is_empty() {
        return;
    }
    println!("\n### Targets\n");
    println!("| what | wanted | reached | |");
    println!("|---|---:|---:|---|");
    for target in targets {
        let sign = if target.limit == Limit::AtLeast { '≥' } else { '≤' };
        let number = |value: f64| match target.unit {
            "ms" | "%" => format!("{value:.0} {}", target.unit),
            unit => format!("{value:.2} {unit}"),
        };
        println!(
            "| {} | {sign} {} | {} | {} |",
            target.what,
            number(target.wanted),
            target.reached.map_or_else(|| "–".into(), number),
            match target.is_met() {
                Some(true) => "met",
                Some(false) => "**missed**",
                None => "not measured",
            }
        );
    }
}

fn targets(measured: &Measured) -> Vec<Target> {
    let mut targets = Vec::new();
    let at_least =
        |what, wanted, reached| Target { what, limit: Limit::AtLeast, wanted, unit: "×", reached };
    let at_most = |what, wanted, reached| Target { what, limit: Limit::AtMost, wanted, unit: "×", reached };

    for &(corpus, algorithm, peer, wanted) in FASTER {
        let reached = measured
            .table(corpus, algorithm, false)
            .and_then(|table| Some(table.row(&peer.name(algorithm))?.ratio(&table.rows[0])));
        let what = format!("{corpus}, {algorithm}: faster than `{}`", peer.name(algorithm));
        targets.push(at_least(what, wanted, reached));
    }
    let small = measured.table("small", "sha1", false);
    for (io, how, wanted) in SMALL_BY_IO {
        let reached = small.and_then(|table| Some(table.row(OPENSSL)?.ratio(row_by_io(table, io)?)));
        targets.push(at_least(format!("small, sha1, {how}: faster than `{OPENSSL}`"), *wanted, reached));
    }
    let cold = measured.table("small", "sha1", true);
    let reached = cold.and_then(|table| Some(table.row(&gnu("sha1"))?.ratio(&table.rows[0])));
    targets.push(at_least(format!("small, cold, sha1: faster than `{}`", gnu("sha1")), 3.5, reached));

    let start = measured.table("start", "sha1", false);
    let reached = start.and_then(|table| Some(table.rows[0].ratio(table.row(&gnu("sha1"))?)));
    targets.push(at_most(format!("start, sha1: time of `{}`", gnu("sha1")), 1.5, reached));
    let reached =
        start.and_then(|table| Some(table.row(&in_place_of_gnu("sha1"))?.ratio(table.row(&gnu("sha1"))?)));
    let what = format!("start, `{}`: time of `{}`", in_place_of_gnu("sha1"), gnu("sha1"));
    targets.push(at_most(what, 1.0, reached));
    for algorithm in LARGE {
        let table = measured.table("large", algorithm, false);
        let reached = table.and_then(|table| Some(table.rows[0].ratio(table.row(FLOOR)?)));
        targets.push(at_most(format!("large, {algorithm}: time of the floor"), 1.15, reached));
    }
    let what = "scaling: time of a file among a hundred times as many".to_owned();
    targets.push(at_most(what, 1.15, measured.scaling));
    for (cold, how) in [(false, "warm"), (true, "cold")] {
        let worst = |table: &Table| table.rows[0].worst().as_secs_f64() * 1e3;
        let reached = measured.table("interrupt", "sha1", cold).map(worst);
        let what = format!("interrupt, {how}: from Ctrl-C to the end, worst");
        targets.push(Target { unit: "ms", ..at_most(what, 200.0, reached) });
    }
    targets.extend(targets_of_python(&measured.python));
    targets
}

fn targets_of_python(python: &Python) -> Vec<Target> {
    use Limit::{AtLeast, AtMost};
    let target = |what: &str, limit, wanted, unit, reached: Option<f64>| Target {
        what: format!("python: {what}"),
        limit,
        wanted,
        unit,
        reached,
    };
    let mut targets =
        vec![target("an empty call", AtMost, 0.1, "µs", python.empty_call.map(|time| time * 1e6))];
    for name in LISTED_IN_PYTHON {
        let reached = python.lists.iter().find(|(list, _)| *list == name).map(|(_, ratio)| *ratio);
        targets.push(target(&format!("{name}: time of the command line"), AtMost, 1.03, "×", reached));
    }
    let progress = python.progress.map(|share| share * 100.0);
    targets.push(target("another thread's share of its normal progress", AtLeast, 90.0, "%", progress));
    let interrupted = python.interrupted.map(|time| time.as_secs_f64() * 1e3);
    targets.push(target("from Ctrl-C to the end, worst", AtMost, 200.0, "ms", interrupted));
    targets
}

/// The row of checksig that reads that way. A checksig that has no choice never uses io_uring.
fn row_by_io<'a>(table: &'a Table, io: &str) -> Option<&'a Row> {
    let has_choice = table.rows.iter().any(|row| row.name.starts_with("checksig --io "));
    match io {
        "blocking" if !has_choice => table.rows.first(),
        _ => table.row(&format!("checksig --io {io}")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::measure::Sample;
    use super::super::plan::Part;
    use super::*;

    fn table(corpus: &'static str, rows: &[(&str, u64)]) -> Table {
        let part = Part { corpus, algorithm: "sha1".into(), cold: false, all_peers: true };
        let row = |(name, wall): &(&str, u64)| {
            let wall = Duration::from_millis(*wall);
            let sample = Sample { wall, processor: wall, peak: 0, code: 0 };
            Row { name: (*name).to_owned(), samples: vec![sample] }
        };
        Table { part, rows: rows.iter().map(row).collect() }
    }

    /// What became of the targets that were measured.
    fn judged(tables: Vec<Table>, scaling: Option<f64>) -> Vec<(f64, bool)> {
        met(&targets(&Measured { tables, scaling, python: Python::default() }))
    }

    fn met(targets: &[Target]) -> Vec<(f64, bool)> {
        targets.iter().filter_map(|target| Some((target.wanted, target.is_met()?))).collect()
    }

    #[test]
    fn a_target_is_met_or_missed_by_the_ratio_of_its_rows() {
        let large = table("large", &[("checksig", 100), ("sha1sum -c", 899), (OPENSSL, 200), (FLOOR, 80)]);
        assert_eq!(judged(vec![large], Some(1.1)), [(2.0, true), (9.0, false), (1.15, false), (1.15, true)]);
        let rows = [("checksig", 15), ("sha1sum -c", 10), ("checksig sha1sum -c", 11)];
        assert_eq!(judged(vec![table("start", &rows)], None), [(1.5, true), (1.0, false)]);
        let interrupt = table("interrupt", &[("checksig", 201)]);
        assert_eq!(judged(vec![interrupt], None), [(200.0, false)]);
    }

    #[test]
    fn python_is_judged_beside_the_command_line() {
        let python = Python {
            empty_call: Some(0.09e-6),
            lists: vec![("logs", 1.05), ("small", 1.03)],
            progress: Some(0.89),
            interrupted: Some(Duration::from_millis(200)),
        };
        let met = met(&targets_of_python(&python));
        assert_eq!(met, [(0.1, true), (1.03, true), (1.03, false), (90.0, false), (200.0, true)]);
    }

    #[test]
    fn small_is_judged_by_how_it_reads() {
        let plain = table("small", &[("checksig", 10), (OPENSSL, 15)]);
        assert_eq!(judged(vec![plain], None), [(1.3, true)]);
        let rows =
            [("checksig", 10), ("checksig --io uring", 10), ("checksig --io blocking", 12), (OPENSSL, 15)];
        assert_eq!(judged(vec![table("small", &rows)], None), [(1.8, false), (1.3, false)]);
    }
}
