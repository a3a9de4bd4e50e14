//! A directory and a symlink to the outside change places a million times while files beneath are verified: not one byte
//! outside is ever read.
#![allow(clippy::disallowed_methods, reason = "the suite's second pass is told by the environment")]

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use checksig_core::source::{LocalTree, Source, Wait};
use checksig_core::{ListInput, PathPolicy, Plan, Status, Verifier};
use common::ways::{Way, list_of, ways};
use rustix::fs::{CWD, RenameFlags, renameat_with};

const SWAPS: usize = 1_000_000;

#[test]
fn with_openat2() {
    race(ways()[0], SWAPS);
}

#[test]
fn component_by_component() {
    race(ways()[1], SWAPS);
}

/// It opens by the same call, and only the files of whole runs.
#[test]
fn by_the_ring() {
    race(ways()[2], SWAPS / 10);
}

fn race((name, way, io): Way, swaps_wanted: usize) {
    // One thread hashes anyway: the pass of the suite with one thread has nothing new to find.
    let swaps_wanted =
        swaps_wanted / if std::env::var_os("CHECKSIG_TEST_THREADS").is_some() { 10 } else { 1 };
    let directory = tempfile::tempdir().unwrap();
    let top = directory.path();
    let root = top.join("tree");
    fs::create_dir_all(root.join("swapped/deep")).unwrap();
    fs::create_dir_all(top.join("outside/deep")).unwrap();
    for (place, content) in [("tree/swapped", "inside"), ("outside", "secret")] {
        fs::write(top.join(place).join("file"), content).unwrap();
        fs::write(top.join(place).join("deep/file"), content).unwrap();
    }
    symlink("../outside", root.join("link")).unwrap();
    symlink("swapped/deep/../file", root.join("around")).unwrap();
    let names = [&b"swapped/file"[..], b"swapped/deep/file", b"around"].map(<[u8]>::to_vec);
    // It expects the content of the file outside: an `ok` would betray that it was read.
    let manifest = Arc::new(list_of(&names, b"secret"));
    let tree = Arc::new(way(LocalTree::open([&root], PathPolicy::Beneath).unwrap()));
    let swaps = AtomicUsize::new(0);
    let (mut inside, mut refused) = (0u64, 0u64);
    thread::scope(|scope| {
        scope.spawn(|| {
            let (one, other) = (root.join("swapped"), root.join("link"));
            while swaps.load(Ordering::Relaxed) < swaps_wanted {
                renameat_with(CWD, &one, CWD, &other, RenameFlags::EXCHANGE).unwrap();
                swaps.fetch_add(1, Ordering::Relaxed);
            }
        });
        while swaps.load(Ordering::Relaxed) < swaps_wanted {
            for number in 0..300 {
                let path = manifest.entry(number % names.len()).unwrap().path();
                let Ok(mut file) = tree.open(0, path, Wait::Allowed) else {
                    refused += 1;
                    continue;
                };
                let mut buffer = [0; 16];
                let len = file.read(&mut buffer, Wait::Allowed).unwrap();
                assert_eq!(&buffer[..len], b"inside");
                inside += 1;
            }
            let input = ListInput::new("list", &root, manifest.clone());
            let plan = Plan::new(vec![input], PathPolicy::Beneath).unwrap();
            let verifier = Verifier::new().threads(1).reads(2).io(io);
            let report = verifier.run_in(plan, tree.clone(), &mut ()).unwrap();
            assert_eq!(report.counts[Status::Ok], 0);
            for outcome in &report.outcomes {
                let secret = outcome.actual().is_some_and(|actual| actual == outcome.expected());
                assert!(!secret, "{outcome:?}");
            }
        }
    });
    assert!(inside > 0 && refused > 0, "{name}: {inside} were inside, {refused} refused");
}
