//! The engine over a store with faults: each fault has its status, and never another file's.

mod common;

use std::sync::Arc;

use checksig_core::{ErrorKind, Policy, Status, Verdict, Verifier};
use common::memory::{Cached, Change, File, Memory};
use common::streams::Lanes;
use common::{Seen, line, noise, plan, run, sha256, statuses};
use rustix::io::Errno;

/// Workers and reads that every fault is tried with.
const SETTINGS: [(usize, usize); 4] = [(1, 1), (1, 4), (2, 2), (8, 16)];
/// Some chunks of the engine, and a bit.
const LONG: usize = 300_001;

/// Verifies one file between two good ones, with all settings, cached and not.
fn outcome_of(file: &File, expected: &[u8]) -> Seen {
    let list = format!("{}{}{}", line("before", b"1"), line("it", expected), line("after", &noise(3, 7000)));
    let mut outcomes = Vec::new();
    let ways =
        if file.cached == Cached::All { vec![Cached::All, Cached::Nothing] } else { vec![file.cached] };
    for cached in ways {
        for (threads, reads) in SETTINGS {
            let memory = Memory::new([
                ("before", File::new("1")),
                ("it", file.clone().cached(cached)),
                ("after", File::new(noise(3, 7000))),
            ]);
            let verifier = Verifier::new().threads(threads).reads(reads);
            let (report, seen) = run(&verifier, plan(&list), Arc::new(memory));
            assert_eq!([seen[0].1, seen[2].1], [Status::Ok, Status::Ok], "the files beside it");
            let verified = report.verdict(&Policy::default()) == Verdict::Verified;
            assert_eq!(verified, seen[1].1 == Status::Ok);
            outcomes.push(seen[1].clone());
        }
    }
    assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]), "{outcomes:?}");
    outcomes.remove(0)
}

fn status_of(file: &File, expected: &[u8]) -> Status {
    outcome_of(file, expected).1
}

#[test]
fn errors_at_open() {
    for (errno, status) in [
        (Errno::NOENT, Status::Missing),
        (Errno::XDEV, Status::UnsafePath),
        (Errno::NXIO, Status::NotAFile),
        (Errno::ACCESS, Status::Unreadable),
        (Errno::PERM, Status::Unreadable),
        (Errno::LOOP, Status::Unreadable),
        (Errno::NOTDIR, Status::Unreadable),
        (Errno::NAMETOOLONG, Status::Unreadable),
        (Errno::IO, Status::Unreadable),
        (Errno::STALE, Status::Unreadable),
        (Errno::NOMEM, Status::Unreadable),
    ] {
        let (_, seen, number, offset) = outcome_of(&File::failing(errno), b"x");
        assert_eq!((seen, offset), (status, None), "{errno}");
        assert_eq!(number, (status == Status::Unreadable).then_some(errno.raw_os_error()));
    }
}

#[test]
fn a_stamp_that_fails_is_unreadable() {
    let file = File { stamp_error: Some(Errno::IO), ..File::new("x") };
    let (_, status, errno, _) = outcome_of(&file, b"x");
    assert_eq!((status, errno), (Status::Unreadable, Some(Errno::IO.raw_os_error())));
}

#[test]
fn what_is_no_file_is_not_read() {
    let file = File { special: true, ..File::new("x") };
    assert_eq!(status_of(&file, b"x"), Status::NotAFile);
}

#[test]
fn read_errors_have_their_offset() {
    let content = noise(1, LONG);
    for at in [0, 1, 4096, 131_072, 131_073, 262_144, LONG as u64 - 1, LONG as u64] {
        for piece in [0, 4096] {
            let file = File { read_error: Some((at, Errno::IO)), ..File::new(content.clone()) }.piece(piece);
            let (_, status, errno, offset) = outcome_of(&file, &content);
            if at < LONG as u64 {
                assert_eq!((status, errno), (Status::Unreadable, Some(Errno::IO.raw_os_error())), "{at}");
                assert_eq!(offset, Some(at));
            } else {
                // Every byte was read, and no further read is needed.
                assert_eq!(status, Status::Ok);
            }
        }
    }
}

#[test]
fn short_and_interrupted_reads_are_whole_files() {
    for len in [0, 1, 4095, 4096, 4097, 131_071, 131_072, 131_073, LONG] {
        let content = noise(len as u64, len);
        for piece in [0, 1, 1000, 65_537] {
            if piece == 1 && len > 140_000 {
                continue;
            }
            let file = File { interrupted: true, ..File::new(content.clone()) }.piece(piece);
            assert_eq!(status_of(&file, &content), Status::Ok, "{len} bytes in pieces of {piece}");
        }
    }
    let content = noise(5, LONG);
    let other = noise(6, LONG);
    assert_eq!(status_of(&File::new(content).piece(777), &other), Status::Mismatch);
}

#[test]
fn files_that_are_cached_in_part() {
    for len in [1, 63, 64, 65, 131_072, 131_073, LONG] {
        let content = noise(len as u64, len);
        let mut ways = vec![Cached::EveryOther, Cached::UpTo(0)];
        ways.extend([1, 63, 64, 100, 131_071, 131_072, 131_100, 262_145].map(Cached::UpTo));
        for cached in ways {
            for piece in [0, 50_000] {
                let file = File::new(content.clone()).cached(cached).piece(piece);
                assert_eq!(status_of(&file, &content), Status::Ok, "{len} bytes, {cached:?}");
            }
        }
    }
}

#[test]
fn changes_are_noticed() {
    let content = noise(1, LONG);
    let short = b"short".to_vec();
    for content in [content, short] {
        let len = content.len();
        for change in
            [Change::Truncated(0), Change::Truncated(len - 1), Change::Grown(1), Change::Grown(200_000)]
        {
            for piece in [0, 3] {
                if piece == 3 && len > 1000 {
                    continue;
                }
                let file = File::new(content.clone()).change(change).piece(piece);
                assert_eq!(status_of(&file, &content), Status::Changed, "{change:?} of {len}");
            }
        }
        for change in [Change::Modified, Change::StatusChanged] {
            // A mismatch is looked at again, and so is every file that took several reads.
            let file = File::new(content.clone()).change(change);
            assert_eq!(status_of(&file, b"something else"), Status::Changed, "{change:?} of {len}");
            let file = file.piece(len / 2 + 1);
            assert_eq!(status_of(&file, &content), Status::Changed, "{change:?} of {len} in pieces");
        }
    }
}

#[test]
fn a_file_that_shrinks_to_what_was_expected_has_changed() {
    let file = File::new("expected and more").change(Change::Truncated(8));
    assert_eq!(status_of(&file, b"expected"), Status::Changed);
}

#[test]
fn out_of_descriptors_while_own_files_are_open() {
    for (limit, cached) in
        [(1, Cached::All), (1, Cached::Nothing), (3, Cached::UpTo(4096)), (2, Cached::Nothing)]
    {
        for (threads, reads) in SETTINGS {
            let names: Vec<String> = (0..60).map(|number| format!("f{number}")).collect();
            let content = |name: &str| noise(name.len() as u64, 5000 * (name.len() % 3));
            let list: String = names.iter().map(|name| line(name, &content(name))).collect();
            let files = names.iter().map(|name| (name, File::new(content(name)).cached(cached)));
            let memory = Memory { limit, ..Memory::new(files) };
            // Several streams keep several files open in one worker.
            let verifier = Verifier::with_hasher(Lanes::new(4, 64)).threads(threads).reads(reads);
            let (report, seen) = run(&verifier, plan(&list), Arc::new(memory));
            assert_eq!(report.counts[Status::Ok], 60, "{limit} {threads} {reads}: {seen:?}");
        }
    }
}

#[test]
fn out_of_descriptors_with_no_own_file_open() {
    for (threads, reads) in SETTINGS {
        let list: String = ["a", "b", "c"].map(|name| line(name, b"x")).concat();
        let memory = Memory::new([
            ("a", File::failing(Errno::MFILE)),
            ("b", File::failing(Errno::NFILE)),
            ("c", File::failing(Errno::MFILE)),
        ]);
        let (_, seen) = run(&Verifier::new().threads(threads).reads(reads), plan(&list), Arc::new(memory));
        assert_eq!(statuses(&seen), [Status::Unreadable; 3]);
        assert_eq!(seen[1].2, Some(Errno::NFILE.raw_os_error()));
    }
}

#[test]
fn a_panic_anywhere_is_an_error_and_no_report() {
    let list = format!("{}{}", line("good", b"1"), line("it", b"2"));
    for cached in [Cached::All, Cached::Nothing] {
        for place in ["open", "stamp", "read"] {
            for (threads, reads) in SETTINGS {
                let file = File { panics: Some(place), ..File::new("2") }.cached(cached);
                let memory = Memory::new([("good", File::new("1")), ("it", file)]);
                let verifier = Verifier::new().threads(threads).reads(reads);
                let error = verifier.run_in(plan(&list), Arc::new(memory), &mut ()).unwrap_err();
                assert!(matches!(error.kind(), ErrorKind::Internal), "{error}");
                assert!(error.to_string().contains("a source that panics"), "{error}");
            }
        }
        for place in ["update", "finish"] {
            let content = noise(1, 1000);
            let hasher = Lanes { panics: Some(place), ..Lanes::new(4, 64) };
            let memory = Memory::new([("it", File::new(content.clone()).cached(cached))]);
            let verifier = Verifier::with_hasher(hasher).threads(2);
            let error = verifier.run_in(plan(&line("it", &content)), Arc::new(memory), &mut ()).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Internal), "{error}");
            assert!(error.to_string().contains("a hasher that panics"), "{error}");
        }
    }
}

#[test]
fn after_a_panic_the_iterator_is_over() {
    let memory = Memory::new([("it", File { panics: Some("read"), ..File::new("2") })]);
    let mut outcomes = Verifier::new().start_in(plan(&line("it", b"2")), Arc::new(memory)).unwrap();
    assert!(outcomes.next().unwrap().is_err());
    assert!(outcomes.next().is_none());
}

#[test]
fn the_same_outcomes_in_the_same_order_for_any_number_of_threads() {
    let faults = |number: usize, content: Vec<u8>| {
        let file = File::new(content);
        match number % 12 {
            1 => File::failing(Errno::ACCESS),
            2 => file.change(Change::Modified).piece(30),
            3 => File { special: true, ..file },
            4 => file.cached(Cached::Nothing),
            5 => File { interrupted: true, ..file }.cached(Cached::UpTo(70)),
            6 => File { read_error: Some((50, Errno::IO)), ..file },
            7 => file.cached(Cached::EveryOther).piece(999),
            8 => File::new("not what is expected"),
            _ => file,
        }
    };
    let content = |number: usize| noise(number as u64, 60 + number * number * 7 % 9000);
    let names: Vec<String> = (0..240).map(|number| format!("f{number:03}")).collect();
    let mut list: String =
        names.iter().enumerate().map(|(number, name)| line(name, &content(number))).collect();
    list += &format!("{}  ../outside\nnot an entry\n{}", sha256(b""), line("missing", b"x"));
    let mut first = None;
    for threads in [1, 2, 8, 64] {
        for reads in [1, 2, 16] {
            let files =
                names.iter().enumerate().map(|(number, name)| (name, faults(number, content(number))));
            let verifier = Verifier::new().threads(threads).reads(reads);
            let (report, seen) = run(&verifier, plan(&list), Arc::new(Memory::new(files)));
            assert_eq!((report.malformed, report.entries()), (1, 242));
            let result = (seen, report.counts, report.verified_files, report.files);
            assert_eq!(*first.get_or_insert_with(|| result.clone()), result, "{threads} and {reads}");
        }
    }
    let (seen, ..) = first.unwrap();
    for status in [Status::Ok, Status::Mismatch, Status::Unreadable, Status::NotAFile, Status::Changed] {
        assert!(seen.iter().any(|seen| seen.1 == status), "{status}");
    }
}
