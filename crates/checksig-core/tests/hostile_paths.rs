//! Every hostile path, each way to open it: a test for each.

mod common;

use std::sync::Arc;

use common::hostile::{cases, make_tree};
use common::ways::{one_way, ways};
use libtest_mimic::{Arguments, Trial};
use rustix::io::Errno;

fn main() {
    let arguments = Arguments::from_args();
    let directory = Arc::new(tempfile::tempdir().unwrap());
    make_tree(directory.path());
    let mut trials = Vec::new();
    for way in ways() {
        for (number, (name, status, errno)) in cases().into_iter().enumerate() {
            let directory = directory.clone();
            let shown: String = String::from_utf8_lossy(&name).chars().take(40).collect();
            trials.push(Trial::test(format!("{number} {shown} by {}", way.0), move || {
                let found = one_way(way, &directory.path().join("tree"), &name);
                assert_eq!((found.1, found.2), (status, errno.map(Errno::raw_os_error)), "{}", found.0);
                Ok(())
            }));
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    drop(directory);
    conclusion.exit();
}
