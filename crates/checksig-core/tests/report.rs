//! What a run says in words: summaries, messages, and names that cannot do harm.
#![allow(clippy::disallowed_methods, reason = "the core starts no programs, its tests ask a shell")]

mod common;

use std::process::Command;
use std::sync::Arc;

use checksig_core::{
    Algorithm, Error, ErrorKind, Keep, ListInput, ListOptions, Manifest, ParseOptions, PathPolicy, Plan,
    Policy, Quoted, Report, Status, Verdict, Verifier, find_lists, hash_file,
};
use common::memory::{Change, File, Memory};
use common::{line, list, noise, plan, plan_of, run, sha256};
use proptest::prelude::*;
use rustix::io::Errno;

const STRICT: Policy = Policy { ignore_missing: false, allow_malformed: false };
const IGNORE_MISSING: Policy = Policy { ignore_missing: true, allow_malformed: false };
const ALLOW_MALFORMED: Policy = Policy { ignore_missing: false, allow_malformed: true };

fn report(text: &str) -> Report {
    let memory = Memory::new([
        ("ok", File::new("ok")),
        ("also ok", File::new("ok")),
        ("pipe", File { special: true, ..File::default() }),
        ("denied", File::failing(Errno::ACCESS)),
        ("broken", File { read_error: Some((1, Errno::IO)), ..File::new("ok") }),
        ("changed", File::new("ok").change(Change::Grown(1))),
    ]);
    run(&Verifier::new(), plan(text), Arc::new(memory)).0
}

#[test]
fn each_fault_alone_beside_a_good_file() {
    let ok = line("ok", b"ok");
    for (what, status, words) in [
        (line("ok2", b"ok"), Some(Status::Missing), "1 missing"),
        (line("also ok", b"other"), Some(Status::Mismatch), "1 mismatch"),
        (line("pipe", b"ok"), Some(Status::NotAFile), "1 not a file"),
        (line("denied", b"ok"), Some(Status::Unreadable), "1 unreadable"),
        (line("broken", b"ok"), Some(Status::Unreadable), "1 unreadable"),
        (line("changed", b"ok"), Some(Status::Changed), "1 changed while read"),
        (line("../ok", b"ok"), Some(Status::UnsafePath), "1 unsafe path"),
        ("garbage\n".to_owned(), None, "1 malformed line"),
    ] {
        let report = report(&format!("{ok}{what}"));
        assert_eq!(report.verdict(&STRICT), Verdict::NotVerified, "{what}");
        let summary = report.summary(&STRICT);
        assert!(summary.starts_with(&format!("not verified: {words}; verified 1 of ")), "{summary}");
        let forgiven = |policy| report.verdict(policy) == Verdict::Verified;
        assert_eq!(forgiven(&IGNORE_MISSING), status == Some(Status::Missing), "{what}");
        assert_eq!(forgiven(&ALLOW_MALFORMED), status.is_none(), "{what}");
    }
    assert_eq!(
        report(&format!("{}{}", line("a", b""), line("b", b""))).verdict(&IGNORE_MISSING),
        Verdict::NotVerified
    );
}

#[test]
fn summaries() {
    let ok = line("ok", b"ok");
    let missing = line("none", b"ok");
    for (text, policy, summary) in [
        (ok.clone(), STRICT, "verified 1 of 1 listed file (2 bytes)"),
        (ok.repeat(3), STRICT, "verified 1 of 1 listed file (3 checksums, 2 bytes)"),
        (format!("{ok}{}", line("also ok", b"ok")), STRICT, "verified 2 of 2 listed files (4 bytes)"),
        (
            format!("{ok}{missing}"),
            IGNORE_MISSING,
            "verified 1 of 2 listed files (2 bytes), 1 missing ignored",
        ),
        (
            format!("{ok}x\ny\n"),
            ALLOW_MALFORMED,
            "verified 1 of 1 listed file (2 bytes), 2 malformed lines ignored",
        ),
        (
            format!("{ok}{missing}x\n"),
            STRICT,
            "not verified: 1 missing, 1 malformed line; verified 1 of 2 listed files (2 bytes read to the end)",
        ),
        (String::new(), STRICT, "not verified: 1 list without an entry"),
    ] {
        assert_eq!(report(&text).summary(&policy), summary);
    }
    assert_eq!(Report::default().summary(&STRICT), "incomplete, not verified: there was nothing to verify");
}

#[test]
fn lists_that_could_not_be_read_or_are_empty_are_never_forgiven() {
    let lenient = Policy { ignore_missing: true, allow_malformed: true };
    let memory = || Arc::new(Memory::new([("ok", File::new("ok"))]));
    let unread = plan(&line("ok", b"ok")).with_unread_lists(1);
    let (unread, _) = run(&Verifier::new(), unread, memory());
    let empty = plan_of(vec![list("# nothing\n"), list(&line("ok", b"ok"))]);
    let (empty, _) = run(&Verifier::new(), empty, memory());
    assert_eq!((unread.unread_lists, empty.empty_lists, empty.lists), (1, 1, 2));
    for report in [unread, empty] {
        assert_eq!(report.counts[Status::Ok], 1);
        assert_eq!(report.verdict(&lenient), Verdict::NotVerified);
    }
}

#[test]
fn a_message_names_twenty_files_and_counts_the_others() {
    for (failures, named, more) in [(1, 1, None), (20, 20, None), (21, 20, Some(1)), (300, 20, Some(280))] {
        let text: String = (0..failures).map(|number| line(&format!("none{number}"), b"")).collect();
        let error = report(&format!("{}{text}", line("ok", b"ok"))).into_result(&STRICT).unwrap_err();
        let message = error.to_string();
        assert_eq!(message.matches(": missing").count(), named);
        assert_eq!(message.lines().count(), 1 + named + usize::from(more.is_some()));
        match more {
            Some(more) => assert!(message.ends_with(&format!("\n  and {more} more")), "{message}"),
            None => assert!(!message.contains("more"), "{message}"),
        }
        let ErrorKind::NotVerified(report) = error.into_kind() else { panic!("another kind") };
        assert_eq!(report.counts[Status::Missing], failures);
    }
    assert_eq!(report(&line("ok", b"ok")).into_result(&STRICT).unwrap().verified_files, 1);
}

#[test]
fn outcomes_in_words() {
    let text =
        ["ok", "pipe", "denied", "broken", "changed", "none", "../ok"].map(|name| line(name, b"ok")).concat();
    let report = report(&(text + &line("also ok", b"other")));
    let words: Vec<String> = report.outcomes.iter().map(|outcome| format!("{outcome:?}")).collect();
    let mismatch =
        format!("'also ok': mismatch: expected sha256 {}, actual {}", sha256(b"other"), sha256(b"ok"));
    assert_eq!(
        words,
        [
            "ok: ok",
            "pipe: not a file: a directory, FIFO, socket or device",
            "denied: unreadable: Permission denied (os error 13)",
            "broken: unreadable: Input/output error (os error 5), at byte 1",
            "changed: changed while read",
            "none: missing",
            "../ok: unsafe path: it leads outside the directory of the list, or may; not opened",
            &mismatch,
        ]
    );
    // A wrong guess must not look like a damaged file.
    let manifest = Manifest::parse(line("ok", b"other").as_bytes(), &ParseOptions::default());
    let plan = plan_of(vec![ListInput::new("checksums.txt", "store", manifest)]);
    let (report, _) = run(&Verifier::new(), plan, Arc::new(Memory::new([("ok", File::new("ok"))])));
    assert!(report.outcomes[0].to_string().ends_with("(the algorithm was assumed from the digest's length)"));
}

/// Whether text can be shown: no control but line breaks of our own, nothing that turns the direction of text.
fn is_harmless(text: &str) -> bool {
    text.chars().all(|c| {
        let bidi = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        !bidi && !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{200b}')
    })
}

const HOSTILE: [&[u8]; 12] = [
    b"a\nb",
    b"a\r\x1b[2Kok",
    b"\x1b]0;title\x07",
    b"\x08\x08\x08ok: ok",
    "\u{202e}gpj.exe".as_bytes(),
    "\u{2066}x\u{2069}\u{61c}".as_bytes(),
    "a\u{85}b\u{9b}31m".as_bytes(),
    "a\u{2028}b\u{200b}\u{feff}".as_bytes(),
    b"\xff\xfe\xc3",
    b"\x7f",
    b"'; rm -rf x; '",
    b"$(x)`x`!x\\",
];

#[test]
fn hostile_names_are_harmless_in_every_message() {
    let mut text = Vec::new();
    for (number, name) in HOSTILE.iter().enumerate() {
        let content: &[u8] = if number % 2 == 0 { b"x" } else { b"y" };
        let checksum = checksig_core::hash_stream(content, Algorithm::Sha256).unwrap();
        checksig_core::write_line(&mut text, &checksum, name, Default::default()).unwrap();
    }
    let manifest = Manifest::parse(&text, &ParseOptions::default());
    assert_eq!(manifest.len(), HOSTILE.len());
    let mut memory = Memory::default();
    for name in &HOSTILE[..8] {
        memory.files.insert((0, name.to_vec()), Arc::new(File::new("x")));
    }
    let plan = Plan::new(vec![ListInput::new("list", "store", manifest)], PathPolicy::Beneath).unwrap();
    let report = Verifier::new().keep(Keep::All).run_in(plan, Arc::new(memory), &mut ()).unwrap();
    for outcome in &report.outcomes {
        for words in [
            outcome.to_string(),
            format!("{outcome:?}"),
            outcome.path().to_string(),
            format!("{:?}", outcome.path()),
        ] {
            assert!(is_harmless(&words), "{words:?}");
        }
    }
    let message = report.into_result(&STRICT).unwrap_err().to_string();
    assert!(message.lines().all(is_harmless), "{message:?}");
    assert_eq!(message.lines().count(), 1 + HOSTILE.len() - 4);
    let directory = tempfile::tempdir().unwrap();
    for name in HOSTILE {
        use std::os::unix::ffi::OsStrExt;
        let path = directory.path().join(std::ffi::OsStr::from_bytes(name));
        let mut errors: Vec<Error> = vec![
            hash_file(&path, Algorithm::Md5).unwrap_err(),
            ListInput::read(&path, &ListOptions::default()).unwrap_err(),
            ListInput::read_beneath(&path, "sha1sum.txt".as_ref(), &ListOptions::default()).unwrap_err(),
            find_lists(&path).unwrap_err(),
        ];
        errors.extend(std::str::from_utf8(name).ok().map(|name| name.parse::<Algorithm>().unwrap_err()));
        for error in errors {
            assert!(is_harmless(&error.to_string()), "{:?}", error.to_string());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn quoted_names_are_harmless(name in prop::collection::vec(any::<u8>(), 0..40), text in any::<String>()) {
        prop_assert!(is_harmless(&Quoted(&name).to_string()));
        prop_assert!(is_harmless(&Quoted(text.as_bytes()).to_string()));
    }
}

#[test]
fn a_shell_gives_quoted_names_back() {
    let mut names: Vec<Vec<u8>> = HOSTILE.iter().map(|name| name.to_vec()).collect();
    names.extend((1..=255u8).flat_map(|byte| [vec![byte], vec![byte, b'a', b'0'], vec![b'~', byte]]));
    names.extend((0..300).map(|seed| {
        let mut name = noise(seed, 1 + seed as usize % 40);
        name.iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b' ');
        name
    }));
    names.extend(
        ["é日本", "a b", "", "--", "-n", "%s", "*", "{a,b}", "#x", "!!", "a=b"]
            .map(|name| name.as_bytes().to_vec()),
    );
    let script =
        names.iter().fold("printf '%s\\0'".to_owned(), |script, name| format!("{script} {}", Quoted(name)));
    let output = Command::new("bash").args(["-c", &script]).output().expect("bash");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let back: Vec<&[u8]> = output.stdout.split(|&byte| byte == 0).collect();
    assert_eq!(back.len(), names.len() + 1);
    for (name, back) in names.iter().zip(back) {
        assert_eq!(name, back, "{}", Quoted(name));
    }
}

#[test]
fn weak_algorithms_are_named_once_and_change_no_verdict() {
    let memory = || Arc::new(Memory::new([("a", File::new("abc"))]));
    let md5 = "900150983cd24fb0d6963f7d28e17f72";
    let sha1 = "a9993e364706816aba3e25717850c26c9cd0d89d";
    let lists = |text: &str| {
        let options = ParseOptions::default();
        plan_of(vec![ListInput::new("list", "store", Manifest::parse(text.as_bytes(), &options))])
    };
    for (text, weak, note) in [
        (format!("{}{}", line("a", b"abc"), line("./a", b"abc")), &[][..], None),
        (
            format!("{sha1}  a\n{}{md5}  a\n{sha1}  a\n", line("a", b"abc")),
            &[Algorithm::Md5, Algorithm::Sha1][..],
            Some("md5 and sha1 do not protect against deliberate change"),
        ),
        (format!("{sha1}  a\n"), &[Algorithm::Sha1], Some("sha1 does not protect against deliberate change")),
    ] {
        let report = run(&Verifier::new(), lists(&text), memory()).0;
        assert_eq!(report.verdict(&STRICT), Verdict::Verified);
        assert_eq!((&report.weak_algorithms[..], report.note().as_deref()), (weak, note));
    }
    let resisting: Vec<String> =
        Algorithm::all().filter(|a| a.resists_collisions()).map(|a| a.to_string()).collect();
    assert_eq!(resisting.len(), Algorithm::all().count() - 2);
    for (name, resists) in [("md5", false), ("sha1", false), ("blake2b-152", false), ("blake2b-160", true)] {
        assert_eq!(name.parse::<Algorithm>().unwrap().resists_collisions(), resists, "{name}");
    }
}
