//! Several streams on one core: whatever the sizes, wherever the bytes come from, each file's digest is its own.

mod common;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use checksig_core::{Algorithm, DigestLength, Status, Verifier};
use common::memory::{Cached, File, Memory};
use common::streams::Lanes;
use common::{line, list, list_of, noise, plan, plan_of, run};

/// Sizes around every border: granules, pages, the engine's chunks for this width.
fn sizes(width: usize) -> Vec<usize> {
    let chunk = (512 * 1024 / width).clamp(32 * 1024, 128 * 1024) / 4096 * 4096;
    let mut sizes = vec![0, 1, 63, 64, 65, 127, 128, 4095, 4096, 4097];
    for chunks in 1..=3 {
        sizes.extend([chunks * chunk - 1, chunks * chunk, chunks * chunk + 1, chunks * chunk + 65]);
    }
    let random = noise(width as u64, 60);
    sizes.extend(random.chunks(2).map(|pair| usize::from(u16::from_le_bytes([pair[0], pair[1]])) * 2));
    sizes
}

#[test]
fn ragged_sets_of_files() {
    let ways = [
        Cached::All,
        Cached::Nothing,
        Cached::EveryOther,
        Cached::UpTo(1),
        Cached::UpTo(100),
        Cached::UpTo(65_536 + 33),
    ];
    for (width, granule) in [(1, 64), (3, 64), (4, 64), (5, 64), (6, 4096), (8, 64), (8, 1), (16, 128)] {
        let sizes = sizes(width);
        let contents: Vec<_> =
            sizes.iter().enumerate().map(|(seed, &size)| noise(seed as u64, size)).collect();
        let name = |number: usize| format!("f{number}");
        let text: String =
            contents.iter().enumerate().map(|(number, content)| line(&name(number), content)).collect();
        for (way, cached) in ways.into_iter().enumerate() {
            for mixed in [false, true] {
                let files = contents.iter().enumerate().map(|(number, content)| {
                    let cached = if mixed { ways[(number + way) % ways.len()] } else { cached };
                    let piece = [0, 0, 50, 5000][number % 4];
                    let piece = if content.len() > 50_000 && piece == 50 { 0 } else { piece };
                    (name(number), File::new(&content[..]).cached(cached).piece(piece))
                });
                let verifier =
                    Verifier::with_hasher(Lanes::new(width, granule)).threads(1 + way % 3).reads(1 + way);
                let (_, seen) = run(&verifier, plan(&text), Arc::new(Memory::new(files)));
                let wrong: Vec<_> =
                    seen.iter().zip(&sizes).filter(|(seen, _)| seen.1 != Status::Ok).collect();
                assert!(wrong.is_empty(), "{width} lanes of {granule}, {cached:?}, mixed {mixed}: {wrong:?}");
            }
        }
    }
}

#[test]
fn streams_really_come_together() {
    for width in [2, 4, 8] {
        let content = |number: usize| noise(number as u64, 10_000 + number);
        let text: String = (0..32).map(|number| line(&number.to_string(), &content(number))).collect();
        let files = (0..32).map(|number| (number.to_string(), File::new(content(number))));
        let hasher = Lanes::new(width, 64);
        let verifier = Verifier::with_hasher(hasher.clone()).threads(1);
        let (report, _) = run(&verifier, plan(&text), Arc::new(Memory::new(files)));
        assert_eq!(report.counts[Status::Ok], 32);
        assert_eq!(hasher.most.load(Ordering::Relaxed), width);
    }
}

#[test]
fn several_algorithms_of_a_file_are_several_streams() {
    let custom = Algorithm::Custom(DigestLength::new(32).unwrap());
    for cached in [Cached::All, Cached::Nothing, Cached::UpTo(100)] {
        let content = |number: usize| noise(number as u64, 40_000 * (number % 4) + number);
        let text: String = (0..20).map(|number| line(&number.to_string(), &content(number))).collect();
        // The second list is of another algorithm, and lacks some of the files.
        let other: String = (0..20)
            .filter(|number| number % 3 > 0)
            .map(|number| line(&number.to_string(), &content(number)))
            .collect();
        let files = (0..20).map(|number| (number.to_string(), File::new(content(number)).cached(cached)));
        let hasher = Lanes { algorithms: 2, ..Lanes::new(4, 64) };
        let verifier = Verifier::with_hasher(hasher).threads(2);
        let memory = Arc::new(Memory::new(files));
        let (report, _) = run(&verifier, plan_of(vec![list(&text), list_of(custom, &other)]), memory.clone());
        assert_eq!(report.counts[Status::Ok], 33);
        assert_eq!(memory.opens(), 20);
    }
}

#[test]
fn one_file_damaged_among_many() {
    for damaged in [0, 7, 15] {
        let content = |number: usize| noise(number as u64, 20_000 + 64 * number);
        let text: String = (0..16).map(|number| line(&number.to_string(), &content(number))).collect();
        let files = (0..16).map(|number| {
            let mut content = content(number);
            if number == damaged {
                *content.last_mut().unwrap() ^= 1;
            }
            (number.to_string(), File::new(content))
        });
        let verifier = Verifier::with_hasher(Lanes::new(8, 64)).threads(1);
        let (_, seen) = run(&verifier, plan(&text), Arc::new(Memory::new(files)));
        for (number, seen) in seen.iter().enumerate() {
            assert_eq!(seen.1, if number == damaged { Status::Mismatch } else { Status::Ok }, "{number}");
        }
    }
}

/// Files that are in memory need no reader, but where a core has nothing to hash it may as well read.
#[test]
fn large_files_are_read_by_cores_that_have_nothing_to_hash() {
    const LARGE: usize = 5 << 20;
    let content = |number: usize| noise(number as u64, LARGE + 77 * number);
    let waits = |files: usize, threads: usize, damaged: bool| {
        let text: String = (0..files).map(|number| line(&number.to_string(), &content(number))).collect();
        let memory = Arc::new(Memory::new((0..files).map(|number| {
            let mut content = content(number);
            content[LARGE / 2] ^= u8::from(damaged);
            (number.to_string(), File::new(content).piece(100_000))
        })));
        let verifier = Verifier::with_hasher(Lanes::new(4, 64)).threads(threads);
        let (report, _) = run(&verifier, plan(&text), memory.clone());
        let wanted = if damaged { Status::Mismatch } else { Status::Ok };
        assert_eq!(report.counts[wanted], files as u64);
        memory.state.waits.load(Ordering::Relaxed)
    };
    assert!(waits(1, 2, false) > 0);
    assert!(waits(2, 4, false) > 0);
    assert!(waits(2, 4, true) > 0);
    assert_eq!(waits(1, 1, false), 0, "there is one core");
    assert_eq!(waits(1, 1, true), 0, "there is one core");
}

/// Fewer files than lanes: hashed by one thread, so that the other core reads.
#[test]
fn few_files_come_together_on_one_core() {
    let content = |number: usize| noise(number as u64, 100_000 + number);
    let text: String = (0..6).map(|number| line(&number.to_string(), &content(number))).collect();
    for (few, together) in [(8, 6), (1, 3)] {
        let files = (0..6).map(|number| (number.to_string(), File::new(content(number))));
        let hasher = Lanes { few, ..Lanes::new(8, 64) };
        let verifier = Verifier::with_hasher(hasher.clone()).threads(2);
        let (report, _) = run(&verifier, plan(&text), Arc::new(Memory::new(files)));
        assert_eq!(report.counts[Status::Ok], 6);
        let most = hasher.most.load(Ordering::Relaxed);
        assert!(if few == 1 { most <= together } else { most == together }, "{most}");
    }
}

/// The largest file comes last in the list, and must not run alone at the end.
#[test]
fn the_largest_of_the_files_ahead_is_begun_first() {
    let size = |number: usize| if number == 6 { 3 << 20 } else { (1 << 20) + number };
    let text: String = (0..7).map(|number| line(&number.to_string(), &noise(1, size(number)))).collect();
    let files = (0..7).map(|number| (number.to_string(), File::new(noise(1, size(number)))));
    let memory = Arc::new(Memory { recording: true, ..Memory::new(files) });
    let verifier = Verifier::with_hasher(Lanes::new(4, 64)).threads(1);
    let (report, seen) = run(&verifier, plan(&text), memory.clone());
    assert_eq!(report.counts[Status::Ok], 7);
    assert!(seen.iter().map(|seen| &seen.0).is_sorted(), "the outcomes come in the order of the list");
    let record = memory.state.record.lock().unwrap();
    let mut begun: Vec<&str> = Vec::new();
    for (what, name) in record.iter() {
        if *what == "read" && !begun.contains(&name.as_str()) {
            begun.push(name);
        }
    }
    // Two at once, as they are met; then by size.
    assert_eq!(begun, ["0", "1", "6", "5", "4", "3", "2"]);
}

#[test]
fn a_kernel_that_failed_its_self_test_is_told() {
    let text = line("a", b"a");
    let memory = Arc::new(Memory::new([("a", File::new("a"))]));
    let (report, _) = run(&Verifier::with_hasher(Lanes::new(1, 64)), plan(&text), memory.clone());
    assert_eq!(report.faulty_kernels, ["the lanes are faulty"]);

    // What a processor that works has to say.
    let (report, _) = run(&Verifier::new(), plan(&text), memory);
    assert!(report.faulty_kernels.is_empty());
}
