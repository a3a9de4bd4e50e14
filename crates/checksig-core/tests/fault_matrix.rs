//! The cells of `vectors/faults.txt` about targets, in a store in memory: whatever the files come from, a fault has its
//! one status, hits its one entry, and leaves nothing open. What the program makes of them is tested there (`matrix`).

#[path = "../../checksig-cli/tests/matrix/cells.rs"]
mod cells;
mod common;

use std::sync::Arc;
use std::time::Duration;

use cells::Cell;
use checksig_core::{Policy, Status, Verdict, Verifier};
use common::memory::{Cached, Change, Dropped, File, Memory};
use common::{Seen, line, noise, plan, run};
use libtest_mimic::{Arguments, Trial};

/// The name of the file that is hit, and its length: some chunks.
const HIT: &str = "hit";
const HIT_LEN: usize = 400_000;
/// Workers and reads.
const SETTINGS: [(&str, usize, usize); 3] = [("1 thread", 1, 4), ("in order", 1, 1), ("8 threads", 8, 16)];

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for cell in Cell::all().into_iter().filter(|cell| cell.ways.iter().any(|way| way == "memory")) {
        for (name, threads, reads) in SETTINGS {
            let name = format!("{} memory, {name}", cell.name());
            let cell = cell.clone();
            let run = move || {
                for cached in [Cached::All, Cached::Nothing, Cached::UpTo(150_000), Cached::EveryOther] {
                    check(&cell, cached, &Verifier::new().threads(threads).reads(reads));
                }
                Ok(())
            };
            trials.push(Trial::test(name, run));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// The file as the cell says, from what it holds.
fn faulty(cell: &Cell, content: &[u8]) -> File {
    let len = content.len() as u64;
    let file = File::new(content);
    match (cell.place.as_str(), cell.fault.as_str(), cell.when.as_str()) {
        ("target.open", ..) => File { open_error: Some(cell.errno()), ..file },
        ("target.fstat", _, "open") => File { stamp_error: Some(cell.errno()), ..file },
        ("target.fstat", ..) => File { late_stamp_error: Some(cell.errno()), ..file },
        (_, "short", _) => file.piece(1000),
        (_, "one-byte", _) => file.piece(1),
        (_, "truncated", _) => file.change(Change::Truncated(content.len() / 2)),
        (_, "grown", _) => file.change(Change::Grown(1)),
        (_, "rewritten", _) => file.change(Change::Modified),
        // A name fewer is a change of its state.
        (_, "replaced", _) => file.change(Change::StatusChanged),
        (_, _, "often") => File { interrupted: true, ..file },
        (_, _, "first") => File { read_error: Some((0, cell.errno())), ..file },
        (_, _, "middle") => File { read_error: Some((len / 2, cell.errno())), ..file },
        (_, _, "last") => File { read_error: Some((len - 1, cell.errno())), ..file },
        _ => panic!("the store has no fault like {}", cell.name()),
    }
}

/// The entry that is hit has the cell's status, and every other one what it has without the fault.
fn check(cell: &Cell, cached: Cached, verifier: &Verifier) {
    let content = |number: usize| noise(number as u64 + 2, number * number * 400);
    let mut list: String = (0..12).map(|number| line(&format!("f{number}"), &content(number))).collect();
    // Read byte by byte, a shorter one is long enough.
    let hit = noise(1, if cell.fault == "one-byte" { HIT_LEN / 20 } else { HIT_LEN });
    list += &line(HIT, &hit);
    list += &line("after", b"after");
    let run = |hit: File| {
        let (dropped, all_threads_ended) = crossbeam_channel::bounded(1);
        let names = (0..12).map(|number| (format!("f{number}"), File::new(content(number))));
        let mut memory = Memory::new(
            names.chain([(HIT.to_owned(), hit.cached(cached)), ("after".to_owned(), File::new("after"))]),
        );
        memory.dropped = Some(Dropped(dropped));
        let state = memory.state.clone();
        let result = run(verifier, plan(&list), Arc::new(memory));
        all_threads_ended.recv_timeout(Duration::from_secs(10)).expect("every thread ends");
        assert_eq!(state.open_now.load(std::sync::atomic::Ordering::SeqCst), 0, "a file was left open");
        result
    };
    let (_, expected) = run(File::new(hit.clone()));
    assert!(expected.iter().all(|seen| seen.1 == Status::Ok));
    let (report, found) = run(faulty(cell, &hit));
    let (word, errno) = cell.status();
    let verified = report.verdict(&Policy::default()) == Verdict::Verified;
    assert_eq!(verified, word == "ok");
    for (found, expected) in found.iter().zip(&expected) {
        let (path, status, number, offset): &Seen = found;
        if path != HIT {
            assert_eq!(found, expected);
            continue;
        }
        assert_eq!((status.to_string().as_str(), *number), (word, errno), "{cached:?}");
        match (cell.offsets(HIT_LEN as u64), offset) {
            (Some(range), Some(offset)) => assert!(range.contains(offset), "{range:?}: {offset}"),
            (wanted, offset) => assert_eq!((wanted, *offset), (None, None)),
        }
    }
}
