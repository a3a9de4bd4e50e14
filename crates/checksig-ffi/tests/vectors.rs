//! The shared vectors through the C functions: lists, digests and whole runs have the results that `vectors/` says.

mod common;
#[path = "../../checksig-multibuffer/tests/common/nist.rs"]
#[allow(dead_code, reason = "the kernels' tests use all of it")]
mod nist;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Under, compile, source, succeed, succeed_with, top};

/// Bare and with the sanitizers: valgrind would take minutes.
const WAYS: [Under; 2] = [Under::Nothing, Under::Sanitizers];

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(top().join("vectors").join(folder)).expect("the vectors");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension() == Some(OsStr::new(extension)))
        .collect();
    paths.sort();
    paths
}

#[test]
fn manifests() {
    let (mut requests, mut expected) = (String::new(), String::new());
    let lists = files("manifests", "list");
    assert!(lists.len() > 150, "{} cases", lists.len());
    for list in lists {
        let text = fs::read_to_string(list.with_extension("expected")).expect("what is expected");
        let option = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("-");
        let (algorithm, list_name) = (option("option algorithm "), option("option list-name "));
        writeln!(requests, "{algorithm}\t{list_name}\t{}", list.display()).expect("a string");
        for line in text.lines().filter(|line| !line.starts_with("option ")) {
            writeln!(expected, "{line}").expect("a string");
        }
        expected += "end\n";
    }
    for under in WAYS {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let program = compile(&source("c/dump_manifests.c"), under, folder.path());
        let found = succeed_with(&mut under.command(&program), &requests);
        for (found, expected) in found.lines().zip(expected.lines()) {
            assert_eq!(found, expected);
        }
        assert_eq!(found.len(), expected.len());
    }
}

#[test]
fn digests() {
    let text = fs::read_to_string(top().join("vectors/digests.txt")).expect("the vectors");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut answers: Vec<(String, Vec<u8>, String)> = lines
        .map(|line| match line.splitn(3, ' ').collect::<Vec<_>>()[..] {
            [algorithm, message, digest] => (algorithm.to_owned(), content(message), digest.to_owned()),
            _ => panic!("{line}"),
        })
        .collect();
    assert!(answers.len() > 250);
    let mut of_nist = 0;
    for file in files("nist", "rsp") {
        let name = file.file_stem().expect("a name").to_str().expect("UTF-8");
        let Some((algorithm, _)) = name.split_once("ShortMsg").or_else(|| name.split_once("LongMsg")) else {
            continue;
        };
        let algorithm = match algorithm.strip_prefix("SHA3_") {
            Some(bits) => format!("sha3-{bits}"),
            None => algorithm.to_lowercase().replace('_', "/"),
        };
        for answer in nist::messages(name) {
            answers.push((algorithm.clone(), answer.message, hex(&answer.digest)));
            of_nist += 1;
        }
    }
    assert_eq!(of_nist, 1158 + 460);

    let folder = tempfile::tempdir().expect("a temporary directory");
    let (mut requests, mut expected) = (String::new(), Vec::new());
    for (number, (algorithm, message, digest)) in answers.iter().enumerate() {
        let file = folder.path().join(number.to_string());
        fs::write(&file, message).expect("a file");
        writeln!(requests, "{algorithm} {}", file.display()).expect("a string");
        expected.push(digest);
    }
    for under in WAYS {
        let program = compile(&source("c/dump_digests.c"), under, folder.path());
        let found = succeed_with(&mut under.command(&program), &requests);
        assert_eq!(found.lines().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn trees() {
    let cases = files("trees", "tree");
    assert!(cases.len() >= 70, "only {} cases", cases.len());
    let texts: Vec<String> = cases.iter().map(|case| fs::read_to_string(case).expect("UTF-8")).collect();
    let digests = computed(&texts);
    for under in WAYS {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let program = compile(&source("c/dump_run.c"), under, folder.path());
        for (case, text) in cases.iter().zip(&texts) {
            let name = case.file_stem().expect("a name").to_string_lossy();
            check_tree(&name, text, &digests, under, &program);
        }
    }
}

/// Makes the case's tree, runs it and compares.
fn check_tree(name: &str, text: &str, digests: &BTreeMap<String, String>, under: Under, program: &Path) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (root, outside) = (directory.path().join("tree"), directory.path().join("outside"));
    fs::create_dir(&root).expect("a folder");
    fs::create_dir(&outside).expect("a folder");
    fs::write(outside.join("secret"), "secret").expect("a file");
    let place = |name: &str| root.join(OsStr::from_bytes(&name_of(name)));
    let write = |name: &str, bytes: &[u8]| {
        fs::create_dir_all(place(name).parent().expect("a folder")).expect("a folder");
        fs::write(place(name), bytes).expect("a file");
    };
    let fill = |line: &str| {
        let line = line.replace("{root}", root.to_str().expect("UTF-8"));
        line.replace("{outside}", outside.to_str().expect("UTF-8"))
    };
    let (mut arguments, mut outcomes, mut malformed, mut exit) =
        (".".to_owned(), vec![], vec![], String::new());
    let mut lines = text.lines().filter(|line| !line.starts_with('#')).peekable();
    while let Some(line) = lines.next() {
        let line = fill(line);
        let (word, rest) = line.split_once(' ').expect("a word and more");
        let (first, more) = rest.split_once(' ').unwrap_or((rest, ""));
        match word {
            "dir" => fs::create_dir_all(place(rest)).expect("a folder"),
            "file" | "rawlist" => write(first, &content(more)),
            "symlink" => {
                std::os::unix::fs::symlink(OsStr::from_bytes(&name_of(more)), place(first)).expect("a link")
            }
            "fifo" => _ = succeed(Command::new("mkfifo").arg(place(rest))),
            "list" => {
                let mut list = String::new();
                while let Some(line) = lines.next_if(|line| line.starts_with('|')) {
                    let text = line[1..].strip_prefix(' ').unwrap_or("");
                    let filled = placeholders(line).fold(text.to_owned(), |text, what| {
                        text.replace(&format!("{{{what}}}"), &digests[what])
                    });
                    list += &fill(&filled);
                    list.push('\n');
                }
                write(rest, list.as_bytes());
            }
            "verify" => arguments = rest.to_owned(),
            "outcome" => outcomes.push(format!("outcome {first} hex:{}", hex(&name_of(more)))),
            "malformed" => malformed.push(line.clone()),
            "exit" => exit = line.clone(),
            _ => panic!("{name}: unknown: {line}"),
        }
    }
    let threads = std::env::var("CHECKSIG_TEST_THREADS").ok().map(|number| ["--threads".to_owned(), number]);
    let mut command = under.command(program);
    command.args(threads.iter().flatten()).args(arguments.split(' ')).current_dir(&root);
    let output = succeed(&mut command);
    let of = |kind: &str| -> Vec<String> {
        let lines = output.lines().filter(|line| line.starts_with(kind));
        lines.map(|line| line.replacen(" ./", " ", 1)).collect()
    };
    assert_eq!(of("outcome "), outcomes, "{name}");
    assert_eq!(of("exit "), [exit.clone()], "{name}");
    if exit != "exit 2" {
        assert_eq!(of("malformed "), malformed, "{name}");
    }
}

/// What stands in braces in the lines of lists: an algorithm and a content.
fn placeholders(line: &str) -> impl Iterator<Item = &str> {
    let line = line.strip_prefix("| ").unwrap_or("");
    let inside = line.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(what, _)| what);
    inside.filter(|what| what.contains(':') && what.starts_with(|c: char| c.is_ascii_lowercase()))
}

/// The digests that the lists of all cases ask for, by GNU's programs.
fn computed(texts: &[String]) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = folder.path().join("content");
    let mut digests = BTreeMap::new();
    for what in texts.iter().flat_map(|text| text.lines()).flat_map(placeholders) {
        if digests.contains_key(what) {
            continue;
        }
        let (algorithm, of) = what.split_once(':').expect("a content");
        fs::write(&file, content(of)).expect("a file");
        let mut gnu = match algorithm.split_once('-') {
            Some((name, bits)) => {
                assert_eq!(name, "blake2b");
                let mut gnu = Command::new("b2sum");
                gnu.args(["--length", bits]);
                gnu
            }
            None => {
                Command::new(if algorithm == "blake2b" { "b2sum".into() } else { format!("{algorithm}sum") })
            }
        };
        let line = succeed(gnu.arg(&file));
        digests.insert(what.to_owned(), line.split(' ').next().expect("a digest").to_owned());
    }
    digests
}

fn name_of(name: &str) -> Vec<u8> {
    name.strip_prefix("hex:").map_or_else(|| name.as_bytes().to_vec(), unhex)
}

fn content(content: &str) -> Vec<u8> {
    match content.split_once(':').expect("a kind of content") {
        ("text", text) => text.as_bytes().to_vec(),
        ("hex", hex) => unhex(hex),
        ("repeat", rest) => {
            let (count, hex) = rest.split_once(':').expect("a count");
            unhex(hex).repeat(count.parse().expect("a number"))
        }
        _ => panic!("unknown content: {content}"),
    }
}

fn unhex(hex: &str) -> Vec<u8> {
    let pair = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
    (0..hex.len()).step_by(2).map(pair).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
