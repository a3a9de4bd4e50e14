//! Descriptors run out while files are opened by the kernel's ring and by threads: they wait for one another, and none is
//! lost. Alone in its program, because the limit is the whole process's.

mod common;

use std::fs;
use std::sync::Arc;

use checksig_core::source::LocalTree;
use checksig_core::{Io, ListInput, Manifest, ParseOptions, PathPolicy, Plan, Status, Verifier};
use common::{line, noise, ring_if_allowed, run};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

fn open_descriptors() -> u64 {
    let listed = fs::read_dir("/proc/self/fd").unwrap().count() as u64;
    // But for the one that lists them.
    listed - 1
}

#[test]
fn fewer_descriptors_than_files_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let mut text = String::new();
    for number in 0..400 {
        let content = noise(number, 3000 * (number as usize % 20));
        fs::write(root.join(number.to_string()), &content).unwrap();
        text += &line(&number.to_string(), &content);
    }
    let in_use = open_descriptors();
    let ring = ring_if_allowed();
    let before = getrlimit(Resource::Nofile);
    // To find out whether there may be a ring takes three: itself, and a pipe that shows that it does not take the last.
    let limits = [60, 8, 7, 6, 5, 4, 3, 2, 1];
    for more in limits {
        for io in [ring, Io::Blocking].into_iter().filter(|&io| more >= 3 || io != Io::Uring) {
            // The threads of a run may end a little after it.
            while open_descriptors() > in_use {
                std::thread::yield_now();
            }
            let tree = LocalTree::open([root], PathPolicy::Beneath).unwrap().without_cache();
            let manifest = Manifest::parse(text.as_bytes(), &ParseOptions::default());
            let plan = Plan::new(vec![ListInput::new("list", root, manifest)], PathPolicy::Beneath).unwrap();
            setrlimit(Resource::Nofile, Rlimit { current: Some(in_use + 1 + more), ..before }).unwrap();
            let verifier = Verifier::new().threads(2).reads(200).io(io);
            let (report, _) = run(&verifier, plan, Arc::new(tree));
            setrlimit(Resource::Nofile, before).unwrap();
            assert_eq!(report.counts[Status::Ok], 400, "{more} descriptors, {io:?}: {:?}", report.counts);
        }
    }
}
