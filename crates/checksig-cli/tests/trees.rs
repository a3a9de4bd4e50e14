//! Whole runs as `vectors/README.md` describes them: every case of `vectors/trees`, in JSON and in text.

mod common;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use base64ct::{Base64, Encoding};
use common::{Ran, Tree, assert_harmless, digests, run, verify};
use serde_json::Value;

#[test]
fn every_case_in_json_and_in_text() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/trees");
    let mut cases = BTreeMap::new();
    for entry in fs::read_dir(directory).expect("the vectors") {
        let path = entry.expect("an entry").path();
        assert_eq!(path.extension(), Some(OsStr::new("tree")), "{path:?}");
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        cases.insert(name, fs::read_to_string(path).expect("UTF-8"));
    }
    assert!(cases.len() >= 70, "only {} cases", cases.len());
    let oracle = Oracle::of(cases.values());
    let failed: Vec<_> = cases
        .iter()
        .filter(|(name, text)| {
            println!("{name}");
            panic::catch_unwind(AssertUnwindSafe(|| check(&Case::new(text, &oracle)))).is_err()
        })
        .map(|(name, _)| name)
        .collect();
    assert!(failed.is_empty(), "failed: {failed:?}");
}

/// The digests that lists ask for, all computed at once.
struct Oracle(BTreeMap<String, String>);

impl Oracle {
    fn of<'a>(cases: impl Iterator<Item = &'a String>) -> Self {
        let mut wanted: Vec<String> =
            cases.flat_map(|case| case.lines()).flat_map(placeholders).map(str::to_owned).collect();
        wanted.sort();
        wanted.dedup();
        let split: Vec<_> = wanted.iter().map(|what| what.split_once(':').expect("a content")).collect();
        let digests = digests(&split);
        Self(wanted.iter().cloned().zip(digests).collect())
    }

    fn fill(&self, line: &str) -> String {
        placeholders(line)
            .fold(line.to_owned(), |line, what| line.replace(&format!("{{{what}}}"), &self.0[what]))
    }
}

/// What stands in braces in a line of a list, but for `{root}` and `{outside}`.
fn placeholders(line: &str) -> impl Iterator<Item = &str> {
    let line = line.strip_prefix("| ").unwrap_or("");
    line.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(what, _)| what).filter(|what| {
        what.contains(':') && what.starts_with(|c: char| c.is_ascii_lowercase()) && !what.contains(' ')
    })
}

struct Case {
    tree: Tree,
    args: Vec<String>,
    outcomes: Vec<(String, Vec<u8>)>,
    malformed: Vec<(String, u64, String)>,
    exit: i32,
}

impl Case {
    fn new(text: &str, oracle: &Oracle) -> Self {
        let tree = Tree::new();
        tree.dir("tree").file("outside/secret", "secret");
        let path = |name| tree.at(name).to_str().expect("UTF-8").to_owned();
        let (root, outside) = (path("tree"), path("outside"));
        let mut lines = text.lines().filter(|line| !line.starts_with('#')).peekable();
        let (mut args, mut outcomes, mut malformed, mut exit) = (vec![".".to_owned()], vec![], vec![], None);
        while let Some(line) = lines.next() {
            assert_eq!(exit, None, "exit is the last line");
            let line = line.replace("{root}", &root).replace("{outside}", &outside);
            let (word, rest) = line.split_once(' ').expect("a word and more");
            let (first, more) = rest.split_once(' ').unwrap_or((rest, ""));
            let inside = |name: &str| [b"tree/", &bytes(name)[..]].concat();
            match word {
                "dir" => _ = tree.dir(inside(rest)),
                "file" | "rawlist" => _ = tree.file(inside(first), content(more)),
                "symlink" => _ = tree.symlink(inside(first), bytes(more)),
                "fifo" => _ = tree.fifo(inside(rest)),
                "list" => {
                    let mut list = String::new();
                    while let Some(line) = lines.next_if(|line| line.starts_with('|')) {
                        let line = oracle.fill(line).replace("{root}", &root).replace("{outside}", &outside);
                        list += line[1..].strip_prefix(' ').unwrap_or("");
                        list.push('\n');
                    }
                    tree.file(inside(rest), list);
                }
                "verify" => args = rest.split(' ').map(str::to_owned).collect(),
                "outcome" => outcomes.push((first.to_owned(), bytes(more))),
                "malformed" => {
                    let (line, reason) = more.split_once(' ').expect("line and reason");
                    malformed.push((first.to_owned(), line.parse().expect("a number"), reason.to_owned()));
                }
                "exit" => exit = Some(rest.parse().expect("a number")),
                _ => panic!("unknown: {line}"),
            }
        }
        Self { tree, args, outcomes, malformed, exit: exit.expect("an exit code") }
    }

    fn run(&self, option: Option<&str>) -> Ran {
        run(verify(self.tree.at("tree")).args(option).args(&self.args))
    }
}

fn bytes(name: &str) -> Vec<u8> {
    name.strip_prefix("hex:").map_or_else(|| name.as_bytes().to_vec(), unhex)
}

fn content(content: &str) -> Vec<u8> {
    match content.split_once(':').expect("a kind of content") {
        ("text", text) => text.as_bytes().to_vec(),
        ("hex", hex) => unhex(hex),
        ("repeat", rest) => {
            let (count, hex) = rest.split_once(':').expect("a count");
            unhex(hex).repeat(count.parse().expect("a number"))
        }
        _ => panic!("unknown content: {content}"),
    }
}

fn unhex(hex: &str) -> Vec<u8> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hex");
    hex.as_bytes().chunks(2).map(pair).collect()
}

fn check(case: &Case) {
    let json = case.run(Some("--json"));
    assert_eq!(json.code(), case.exit, "{}{}", json.lossy(), json.err());
    let string = |value: &Value| value.as_str().expect("a string").to_owned();
    let name = |outcome: &Value| match &outcome["path_b64"] {
        Value::String(encoded) => Base64::decode_vec(encoded).expect("base64"),
        _ => string(&outcome["path"]).into_bytes(),
    };
    let outcomes: Vec<_> =
        json.json_of("outcome").iter().map(|line| (string(&line["status"]), name(line))).collect();
    assert_eq!(outcomes, case.outcomes);
    if case.exit != 2 {
        let malformed: Vec<_> = json
            .json_of("malformed")
            .iter()
            .map(|line| {
                let list = string(&line["list"]).trim_start_matches("./").to_owned();
                (list, line["line"].as_u64().expect("a number"), string(&line["reason"]))
            })
            .collect();
        assert_eq!(malformed, case.malformed);
    }
    check_sums(&json, case.exit);
    for option in [None, Some("-v"), Some("-q")] {
        let text = case.run(option);
        assert_eq!(text.code(), case.exit, "with {option:?}");
        assert_harmless(&text.stdout);
        assert_harmless(&text.stderr);
    }
    assert_harmless(&json.stdout);
    assert_harmless(&json.stderr);
}

/// Whatever was found, the summary counts it, and says what the exit code says.
fn check_sums(json: &Ran, exit: i32) {
    let lines = json.json();
    let Some(summary) = lines.last().filter(|line| line["type"] == "summary") else {
        assert_eq!(exit, 2, "a run without a summary");
        return;
    };
    let number = |name: &str| summary[name].as_u64().unwrap_or_else(|| panic!("{name}: {summary}"));
    let outcomes = json.json_of("outcome");
    let mut total = 0;
    for status in checksig_core::Status::ALL {
        let told = outcomes.iter().filter(|outcome| outcome["status"] == status.name()).count() as u64;
        assert_eq!(number(status.name()), told, "{status}");
        total += told;
    }
    assert_eq!(number("entries"), total);
    assert_eq!(number("entries"), outcomes.len() as u64);
    assert_eq!(number("malformed"), json.json_of("malformed").len() as u64);
    assert!(number("verified_files") <= number("files") && number("files") <= number("entries"));
    assert_eq!(summary["complete"], true);
    assert_eq!(summary["verdict"], if exit == 0 { "verified" } else { "not_verified" });
}
