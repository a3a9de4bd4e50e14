//! The parser against the cases of `vectors/manifests`, and these against the rules of `docs/manifest-format.md`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use checksig_core::{Algorithm, Manifest, ManifestParser, ParseOptions};

const TOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

struct Case {
    name: String,
    list: Vec<u8>,
    options: ParseOptions,
    /// The lines of the `.expected` file that are not options.
    expected: String,
}

fn cases() -> Vec<Case> {
    let directory = Path::new(TOP).join("vectors/manifests");
    let mut paths: Vec<PathBuf> = fs::read_dir(&directory)
        .expect("the vectors")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "list"))
        .collect();
    paths.sort();
    assert!(paths.len() > 150, "{} cases", paths.len());
    paths.iter().map(|path| case(path)).collect()
}

fn case(path: &Path) -> Case {
    let expected = fs::read_to_string(path.with_extension("expected")).expect("what is expected");
    let mut options = ParseOptions::default();
    let mut rest = String::new();
    for line in expected.lines() {
        if let Some(algorithm) = line.strip_prefix("option algorithm ") {
            options = options.algorithm(algorithm.parse().expect("an algorithm"));
        } else if let Some(name) = line.strip_prefix("option list-name ") {
            options = options.list_name(name);
        } else {
            writeln!(rest, "{line}").unwrap();
        }
    }
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    Case { name, list: fs::read(path).expect("a list"), options, expected: rest }
}

/// A manifest in the words of the `.expected` files.
fn in_words(manifest: &Manifest) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut lines = Vec::new();
    for entry in manifest.entries() {
        let known = if entry.algorithm_assumed() { "assumed" } else { "given" };
        let (algorithm, digest) = (entry.algorithm(), hex(entry.digest()));
        let path = hex(entry.path().as_bytes());
        lines.push((entry.line(), format!("entry {} {algorithm} {known} {digest} {path}", entry.line())));
    }
    for malformed in manifest.malformed() {
        lines.push((malformed.line, format!("malformed {} {}", malformed.line, malformed.reason.code())));
    }
    lines.sort();
    let counts = manifest.lines();
    let mut words = format!("lines {} blank {} comments {}\n", counts.total, counts.blank, counts.comments);
    for (_, line) in lines {
        writeln!(words, "{line}").unwrap();
    }
    words
}

fn in_pieces<'a>(case: &Case, pieces: impl Iterator<Item = &'a [u8]>) -> String {
    let mut parser = ManifestParser::new(&case.options);
    pieces.for_each(|piece| parser.push(piece));
    in_words(&parser.finish())
}

#[test]
fn every_case_whole() {
    for case in cases() {
        let manifest = Manifest::parse(&case.list, &case.options);
        assert_eq!(in_words(&manifest), case.expected, "{}", case.name);
        let read = Manifest::read(&case.list[..], &case.options).unwrap();
        assert_eq!(in_words(&read), case.expected, "{} from a reader", case.name);
    }
}

#[test]
fn every_case_in_pieces() {
    for case in cases() {
        let list = &case.list;
        if list.len() <= 600 {
            for cut in 0..=list.len() {
                let (start, end) = list.split_at(cut);
                assert_eq!(
                    in_pieces(&case, [start, end].into_iter()),
                    case.expected,
                    "{} at {cut}",
                    case.name
                );
            }
        }
        for size in [1, 7, 4096] {
            assert_eq!(in_pieces(&case, list.chunks(size)), case.expected, "{} by {size}", case.name);
        }
    }
}

fn format_rules() -> String {
    fs::read_to_string(Path::new(TOP).join("docs/manifest-format.md")).expect("the rules")
}

#[test]
fn every_rule_has_a_case_and_every_case_a_rule() {
    let text = format_rules();
    let rules: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("**R"))
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(rules, (1..=22).map(|number| number.to_string()).collect::<Vec<_>>());
    let with_case: BTreeSet<String> = cases().iter().map(|case| case.name[..4].to_owned()).collect();
    let with_rule: BTreeSet<String> = (1..=22).map(|number| format!("r{number:02}-")).collect();
    assert_eq!(with_case, with_rule);
}

#[test]
fn every_reason_occurs() {
    let text = format_rules();
    let table = text.split("## Reasons").nth(1).unwrap().split("Where several apply").next().unwrap();
    let documented: BTreeSet<String> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .map(|line| line.split('`').next().unwrap().to_owned())
        .collect();
    let mut seen = BTreeSet::new();
    for case in cases() {
        for malformed in Manifest::parse(&case.list, &case.options).malformed() {
            seen.insert(malformed.reason.code().to_owned());
        }
    }
    assert_eq!(documented, seen);
}

#[test]
fn a_digest_of_the_wrong_length_is_told_with_the_right_one() {
    let reason = |list: &str, options: &ParseOptions| {
        let manifest = Manifest::parse(list.as_bytes(), options);
        manifest.malformed().first().map(|malformed| malformed.reason.to_string())
    };
    let unknown = "6 hex digits, the length of no digest that an untagged line may have";
    assert_eq!(reason("abcdef  x\n", &ParseOptions::default()).as_deref(), Some(unknown));
    let sha256 = ParseOptions::default().algorithm(Algorithm::Sha256);
    assert_eq!(reason("abcdef  x\n", &sha256).as_deref(), Some("6 hex digits, where sha256 has 64"));
}
