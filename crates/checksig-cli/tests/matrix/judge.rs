//! What must hold of every run, whatever fails: it says of each entry what is true of it, its numbers add up, and its exit
//! code follows.

use std::process::ExitStatus;

use serde_json::Value;

use crate::cells::Cell;
use crate::common::{Ran, assert_harmless};
use crate::stage::{HIT, HIT_LEN, HIT_LIST, Stage, baseline};

const STATUSES: [&str; 10] = [
    "ok",
    "mismatch",
    "missing",
    "unreadable",
    "not_a_file",
    "unsafe_path",
    "changed",
    "conflict",
    "collision",
    "not_run",
];

/// Of every run: nothing in it misleads. Returns its lines.
pub fn sound(stage: &Stage, ran: &Ran) -> Vec<Value> {
    stage.is_clean();
    let (out, err) = (stage.said(&ran.stdout), stage.said(&ran.stderr));
    assert_harmless(&ran.stdout);
    assert_harmless(&ran.stderr);
    assert!(!err.contains("panic") && !out.contains("panic"), "{err}{out}");
    let lines = json(&out);
    let of = |kind: &str| lines.iter().filter(|line| line["type"] == kind).collect::<Vec<_>>();
    let (outcomes, summaries) = (of("outcome"), of("summary"));
    match summaries[..] {
        [] => assert!(!ran.status.success(), "green without a summary: {out}"),
        [summary] => {
            assert_eq!(lines.last(), Some(summary), "{out}");
            let count = |status: &str| summary[status].as_u64().expect("a number");
            let sum: u64 = STATUSES.iter().map(|status| count(status)).sum();
            assert_eq!(summary["entries"], sum, "{out}");
            let complete = summary["complete"] == true;
            for status in STATUSES {
                let told = outcomes.iter().filter(|outcome| outcome["status"] == status).count() as u64;
                assert!(told == count(status) || (!complete && told < count(status)), "{status}: {out}");
            }
            let green = complete && sum > 0 && count("ok") == sum && summary["unread_lists"] == 0;
            assert_eq!(summary["verdict"] == "verified", green, "{out}");
            assert_eq!(ran.status.success(), green, "{:?}, {out}", ran.status);
        }
        _ => panic!("several summaries: {out}"),
    }
    lines
}

pub fn json(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

/// Everything is as in a run without the fault.
pub fn same(stage: &Stage, ran: &Ran, both_lists: bool) {
    sound(stage, ran);
    assert_eq!(ran.code(), 0, "{}", stage.said(&ran.stderr));
    assert_eq!(stage.said(&ran.stdout), baseline(both_lists));
}

/// The entry that is hit has the cell's status, and every other one what it has without the fault.
pub fn target(stage: &Stage, ran: &Ran, cell: &Cell) {
    let (status, errno) = cell.status();
    if status == "ok" {
        return same(stage, ran, false);
    }
    let lines = sound(stage, ran);
    assert_eq!(ran.code(), 1, "{:?}", stage.said(&ran.stdout));
    let expected = json(baseline(false));
    assert_eq!(lines.len(), expected.len());
    for (line, expected) in lines.iter().zip(&expected).filter(|(line, _)| line["type"] == "outcome") {
        if expected["path"] != HIT {
            assert_eq!(line, expected);
            continue;
        }
        assert_eq!(line["path"], expected["path"]);
        assert_eq!(
            (line["status"].as_str(), line["errno"].as_i64()),
            (Some(status), errno.map(i64::from)),
            "{line}"
        );
        assert!(line["actual"].is_null(), "hashed what could not be read: {line}");
        match (cell.offsets(HIT_LEN as u64), line["offset"].as_u64()) {
            (Some(range), Some(offset)) => assert!(range.contains(&offset), "{range:?}: {line}"),
            (None, None) => {}
            (wanted, _) => panic!("{wanted:?}: {line}"),
        }
    }
    let summary = lines.last().expect("a summary");
    assert_eq!((&summary[status], &summary["entries"]), (&1.into(), &expected.last().unwrap()["entries"]));
}

/// The list that is hit is not read, and the entries of the other are what they are without the fault.
pub fn list(stage: &Stage, ran: &Ran, cell: &Cell) {
    if cell.outcome == "same" {
        return same(stage, ran, true);
    }
    let lines = sound(stage, ran);
    ran_with(ran.status, cell);
    assert!(stage.said(&ran.stderr).contains(HIT_LIST) || cell.ways.contains(&"real".into()));
    let outcomes = |lines: &[Value]| -> Vec<Value> {
        lines.iter().filter(|line| line["type"] == "outcome").cloned().collect()
    };
    assert_eq!(outcomes(&lines), outcomes(&json(baseline(false))));
    assert_eq!(lines.iter().filter(|line| line["type"] == "error").count(), 1);
    let summary = lines.last().expect("a summary");
    assert_eq!((&summary["unread_lists"], &summary["lists"]), (&1.into(), &1.into()));
}

/// The exit code is the cell's.
pub fn ran_with(status: ExitStatus, cell: &Cell) {
    let code = cell.outcome.strip_prefix("exit ").expect("the outcome is an exit code");
    assert_eq!(status.code(), code.parse().ok(), "{status:?}");
}

/// Green only with everything that a run without the fault says; else however it may end.
pub fn green_or_broken(stage: &Stage, ran: &Ran) {
    stage.is_clean();
    if ran.status.success() {
        same(stage, ran, false);
    }
}
