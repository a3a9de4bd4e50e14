//! What the fuzz targets check, with their seeds and the vectors: without libFuzzer, in every run of the tests.
#![allow(dead_code, reason = "the targets use a part of the modules each")]

#[path = "../../../fuzz/src/grammar.rs"]
mod grammar;
#[path = "../../../fuzz/src/input.rs"]
mod input;
#[path = "../../../fuzz/src/lists.rs"]
mod lists;
#[path = "common/memory.rs"]
mod memory;
#[path = "../../../fuzz/src/paths.rs"]
mod paths;
#[path = "../../../fuzz/src/quoting.rs"]
mod quoting;
#[path = "../../../fuzz/src/runs.rs"]
mod runs;
#[path = "../../../fuzz/src/scenario.rs"]
mod scenario;
#[path = "../../../fuzz/src/streams.rs"]
mod streams;

use std::fs;
use std::path::Path;

const TOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Checks each file of a folder.
#[expect(clippy::disallowed_macros, reason = "tells which input failed")]
fn check_all(folder: &str, check: fn(&[u8])) {
    let mut checked = 0;
    for entry in fs::read_dir(Path::new(TOP).join(folder)).expect("a folder of inputs") {
        let path = entry.expect("an entry").path();
        println!("{}", path.display());
        check(&fs::read(&path).expect("an input"));
        checked += 1;
    }
    assert!(checked > 0, "{folder} is empty");
}

#[test]
fn parse() {
    check_all("fuzz/seeds/parse", lists::parse);
    check_all("vectors/manifests", lists::parse);
}

#[test]
fn pieces() {
    check_all("fuzz/seeds/pieces", lists::pieces);
    check_all("vectors/manifests", lists::pieces);
}

#[test]
fn render() {
    check_all("fuzz/seeds/render", lists::render);
    check_all("vectors/manifests", lists::render);
}

#[test]
fn escape() {
    check_all("fuzz/seeds/escape", lists::escape);
}

#[test]
fn paths() {
    check_all("fuzz/seeds/paths", paths::check);
}

#[test]
fn quoting() {
    check_all("fuzz/seeds/quoting", quoting::check);
}

#[test]
fn streams() {
    check_all("fuzz/seeds/streams", streams::check);
}

#[test]
fn runs() {
    check_all("fuzz/seeds/runs", runs::check);
}
