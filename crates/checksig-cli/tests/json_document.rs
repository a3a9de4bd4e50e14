//! `docs/json.md` says what is printed: its example is real, and it names every member there is.

mod common;

use std::collections::BTreeMap;

use common::{HELLO, Tree, run, verify};
use serde_json::Value;

const DOCUMENT: &str = include_str!("../../../docs/json.md");

fn example() -> common::Ran {
    let tree = Tree::new();
    tree.file("a", "hello").file("b", "hellp").file(b"\xff", "hello");
    let line = |name: &[u8]| [HELLO.as_bytes(), b"  ", name, b"\n"].concat();
    let lines = [line(b"a"), line(b"b"), b"garbage\n".to_vec(), line(b"\xff"), line(b"a/b"), line(b"none")];
    tree.file("checksums.txt", lines.concat());
    run(verify(tree.path()).args(["--json", "checksums.txt", "none.sha256"])).exits(2)
}

#[test]
fn the_example_is_what_is_printed() {
    let block =
        DOCUMENT.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block");
    assert_eq!(example().out(), block);
}

#[test]
fn every_member_that_is_printed_is_in_the_table_of_its_type() {
    let read_error = {
        let tree = Tree::new();
        tree.file("list", format!("{HELLO}  mem\n"));
        run(verify(tree.path()).args(["--json", "--root", "/proc/self", "list"])).exits(1)
    };
    let mut printed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in example().json().into_iter().chain(read_error.json()) {
        let Value::Object(members) = line else { panic!("not an object") };
        let kind = members["type"].as_str().expect("a string").to_owned();
        printed.entry(kind).or_default().extend(members.keys().cloned());
    }
    let kinds: Vec<_> = printed.keys().map(String::as_str).collect();
    assert_eq!(kinds, ["error", "malformed", "outcome", "summary"]);
    // Every member there is: each of the four has some that only come at times.
    for member in ["path_b64", "algorithm_assumed", "actual", "errno", "offset"] {
        assert!(
            printed["outcome"].iter().any(|printed| printed == member),
            "{member} is not in the examples"
        );
    }
    for (kind, members) in &printed {
        let chapter = DOCUMENT.split("\n## ").find(|chapter| chapter.starts_with(&format!("`{kind}`: ")));
        let chapter = chapter.unwrap_or_else(|| panic!("no chapter on {kind}"));
        let cells: String =
            chapter.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next()).collect();
        for member in members {
            assert!(cells.contains(&format!("`{member}`")), "{kind} has {member}, which its table has not");
        }
    }
}

#[test]
fn every_status_is_documented() {
    for status in checksig_core::Status::ALL {
        assert!(DOCUMENT.contains(&format!("\n| `{}` | ", status.name())), "{status}");
    }
}
