//! The published collisions of SHA-1 are found, and nothing else is, by every way that a file is read, beside the digests of
//! other implementations.

mod common;
#[path = "../../checksig-multibuffer/tests/common/nist.rs"]
#[allow(dead_code, reason = "the kernels' tests use all of it")]
mod nist;

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use checksig_core::source::LocalTree;
use checksig_core::{
    Algorithm, Builtin, DigestLength, Ending, ErrorKind, Keep, ListInput, Manifest, MultiHasher,
    ParseOptions, PathPolicy, Plan, Status, Stream, Verifier,
};
use common::memory::{Cached, Change, File, Memory};
use common::streams::Lanes;
use common::{hex, list_of, noise, plan, plan_of, run, statuses};
use digest::Digest;

/// "The first collision for full SHA-1", without what both files end with, and "SHA-1 is a Shambles".
const DIGESTS: [&str; 2] =
    ["f92d74e3874587aaf443d1db961d4e26dde13e9c", "8ac60ba76f1999a1ab70223f225aefdc78d4ddc0"];

/// The four messages, by the digest that two of them share each.
fn attacks() -> Vec<(&'static str, Vec<u8>)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/digests.txt");
    let text = fs::read_to_string(path).expect("the vectors");
    let messages = text.lines().filter_map(|line| {
        let digest = DIGESTS.into_iter().find(|digest| line.ends_with(digest))?;
        let hex = line.split(' ').nth(1)?.strip_prefix("hex:")?;
        let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
        Some((digest, (0..hex.len()).step_by(2).map(byte).collect::<Vec<u8>>()))
    });
    let attacks: Vec<_> = messages.collect();
    assert_eq!(attacks.len(), 4);
    for (pair, digest) in attacks.chunks(2).zip(DIGESTS) {
        assert!(pair[0].1 != pair[1].1 && pair.iter().all(|(_, message)| sha1(message) == digest));
    }
    attacks
}

/// By another implementation.
fn sha1(content: &[u8]) -> String {
    hex(&sha1::Sha1::digest(content))
}

/// The last blocks of an attack, without which its first are nothing, and with one bit changed.
fn no_attacks() -> Vec<Vec<u8>> {
    let mut none = Vec::new();
    for (_, attack) in attacks() {
        none.push(attack[64..].to_vec());
        for at in [5, attack.len() - 100, attack.len() - 1] {
            none.push(attack.clone());
            none.last_mut().unwrap()[at] ^= 1;
        }
    }
    none
}

fn detecting() -> Verifier {
    Verifier::new().detect_collisions(true)
}

/// A plan of files with their SHA-1 digests, and the files by name.
fn planned(contents: &[Vec<u8>]) -> (String, BTreeMap<String, Vec<u8>>) {
    let files: BTreeMap<_, _> =
        contents.iter().enumerate().map(|(n, content)| (format!("{n:04}"), content.clone())).collect();
    let list = files.iter().map(|(name, content)| format!("{}  {name}\n", sha1(content))).collect();
    (list, files)
}

fn plan_of_sha1(list: &str) -> Plan {
    plan_of(vec![list_of(Algorithm::Sha1, list)])
}

/// Each attack as it is and as the head of longer files, among files that carry none; warm, cold and in between; by one
/// thread and by several.
#[test]
fn known_attacks_and_nothing_else() {
    let mut contents = Vec::new();
    for (_, attack) in attacks() {
        for more in [0, 1, 63, 64, 4096, 131_072, 700_001] {
            contents.push([&attack[..], &noise(more as u64, more)].concat());
        }
    }
    let attacked = contents.len();
    contents.extend(no_attacks());
    contents.extend((0..200).map(|len| noise(7, len)));
    contents.extend([4095, 4096, 4097, 131_072, 4_500_001].map(|len| noise(8, len)));
    contents.extend([vec![0; 1 << 18], vec![0xff; 1 << 18], b"0123456789abcdef".repeat(1 << 14)]);
    let mut expected = vec![Status::Collision; attacked];
    expected.resize(contents.len(), Status::Ok);

    let (list, files) = planned(&contents);
    let in_memory = |cached, piece| {
        let file = |content: &Vec<u8>| File::new(&content[..]).cached(cached).piece(piece);
        Arc::new(Memory::new(files.iter().map(|(name, content)| (name, file(content)))))
    };
    for (cached, threads, reads, piece) in [
        (Cached::All, 1, 0, 0),
        (Cached::All, 3, 0, 1000),
        (Cached::Nothing, 2, 1, 0),
        (Cached::UpTo(256), 2, 0, 0),
        (Cached::EveryOther, 1, 4, 4096),
    ] {
        let verifier = detecting().threads(threads).reads(reads);
        let (report, seen) = run(&verifier, plan_of_sha1(&list), in_memory(cached, piece));
        assert!(statuses(&seen) == expected, "{cached:?}, {threads} threads");
        assert_eq!(report.verified_files, (contents.len() - attacked) as u64);
        // It is what everybody's SHA-1 is.
        for outcome in report.outcomes.iter().filter(|outcome| outcome.status() == Status::Collision) {
            assert_eq!(outcome.actual(), Some(outcome.expected()));
        }
    }
    // Who does not ask is not told.
    let (report, _) = run(&Verifier::new(), plan_of_sha1(&list), in_memory(Cached::All, 0));
    assert_eq!(report.counts[Status::Ok], contents.len() as u64);

    // Real files, warm and as if on a disk that has to be waited for.
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in &files {
        fs::write(directory.path().join(name), content).unwrap();
    }
    let manifest = || Manifest::parse(list.as_bytes(), &ParseOptions::default());
    for cold in [false, true] {
        let plan = plan_of(vec![ListInput::new("sha1sum.txt", directory.path(), manifest())]);
        let tree = LocalTree::open(plan.roots(), PathPolicy::Beneath).unwrap();
        let tree = if cold { tree.without_cache() } else { tree };
        assert_eq!(statuses(&run(&detecting(), plan, Arc::new(tree)).1), expected);
    }
}

#[test]
fn whatever_the_list_says_of_it() {
    let (digest, attack) = attacks().remove(0);
    let wrong = "0".repeat(40);
    let memory = Arc::new(Memory::new([
        ("a", File::new(&attack[..])),
        ("moved", File::new(&attack[..]).change(Change::Modified)),
    ]));
    let list = format!("{wrong}  a\n{digest}  moved\n{digest}  none\n");
    let (report, seen) = run(&detecting(), plan_of_sha1(&list), memory);
    assert_eq!(statuses(&seen), [Status::Collision, Status::Changed, Status::Missing]);
    let outcome = &report.outcomes[0];
    assert_eq!(outcome.actual().unwrap().to_string(), digest);
    assert_eq!(
        outcome.to_string(),
        format!(
            "collision attack: expected sha1 {wrong}, actual {digest}: made so that another file has the same digest"
        )
    );
}

#[test]
fn what_it_says_where_the_digest_is_right() {
    let (digest, attack) = attacks().remove(2);
    let memory = Arc::new(Memory::new([("a", File::new(attack))]));
    let (report, _) = run(&detecting(), plan_of_sha1(&format!("{digest}  a\n")), memory);
    let words = "collision attack: made so that another file has the same digest";
    assert_eq!(report.outcomes[0].to_string(), words);
    let summary = report.summary(&Default::default());
    assert!(
        summary.starts_with("not verified: 1 collision attack; verified 0 of 1 listed file ("),
        "{summary}"
    );
}

/// The checked hasher's digests are NIST's, alone and beside others, and no message of NIST's is an attack.
#[test]
fn the_digests_are_those_of_sha1() {
    let hasher = Builtin::default().detecting_collisions().unwrap();
    assert_eq!((hasher.width(&[Algorithm::Sha1]), hasher.few_streams(&[Algorithm::Sha1])), (1, 1));
    let plain = Builtin::default();
    assert_eq!(hasher.width(&[Algorithm::Sha256]), plain.width(&[Algorithm::Sha256]));
    let mut answers = nist::messages("SHA1ShortMsg");
    answers.extend(nist::messages("SHA1LongMsg"));
    assert_eq!(answers.len(), 65 + 64);
    for answer in answers {
        let (head, tail) = answer.message.split_at(answer.message.len() / 128 * 128);
        let mut states = [Algorithm::Sha1, Algorithm::Sha1, Algorithm::Md5].map(|a| hasher.start(a).unwrap());
        if !head.is_empty() {
            let mut streams: Vec<_> = states.iter_mut().map(|state| Stream { state, data: head }).collect();
            hasher.update(&mut streams);
        }
        let mut digests = [vec![0; 20], vec![0; 20], vec![0; 16]];
        let places = states.iter_mut().zip(&mut digests);
        hasher.finish(&mut places.map(|(state, digest)| Ending { state, tail, digest }).collect::<Vec<_>>());
        assert!(digests[0] == answer.digest && digests[1] == answer.digest);
        assert_eq!(digests[2], md5::Md5::digest(&answer.message)[..]);
        assert!(!states.iter().any(|state| hasher.is_attacked(state)));
    }
}

/// A hasher that cannot look is an error, never a run that does not look.
#[test]
fn other_hashers() {
    let text = common::line("a", b"a");
    let memory = || Arc::new(Memory::new([("a", File::new("a"))]));
    let refused = |error: checksig_core::Error| matches!(error.kind(), ErrorKind::InvalidInput);
    let lanes = Verifier::with_hasher(Lanes::new(1, 64)).detect_collisions(true);
    assert!(refused(lanes.start_in(plan(&text), memory()).err().unwrap()));
    let own = || detecting().with_digest::<sha1::Sha1>(Algorithm::Sha1).unwrap();
    assert!(refused(own().start_in(plan(&text), memory()).err().unwrap()));
    assert!(own().detect_collisions(false).start_in(plan(&text), memory()).is_ok());

    // The caller's hasher of something else leaves SHA-1 to the built-in one.
    let custom = Algorithm::Custom(DigestLength::new(32).unwrap());
    let (digest, attack) = attacks().remove(0);
    let verifier = detecting().with_digest::<sha2::Sha256>(custom).unwrap();
    let lists = vec![
        list_of(Algorithm::Sha1, &format!("{digest}  a\n")),
        list_of(custom, &format!("{}  a\n", common::sha256(&attack))),
    ];
    let memory = Arc::new(Memory::new([("a", File::new(attack))]));
    let (_, seen) = run(&verifier.keep(Keep::All), plan_of(lists), memory);
    assert_eq!(statuses(&seen), [Status::Collision, Status::Ok]);
}
