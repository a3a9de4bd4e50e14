//! Beside GNU: thousands of generated command lines, each run by the installed checksum program and by checksig under the
//! same name. Standard output, standard error and exit status are the same, but for what newer releases changed.

#[path = "../common/mod.rs"]
mod common;
mod generator;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{Ran, Tree, run, tool};
use generator::{Case, Generator, LISTS, NAMES};

/// Command lines for each program.
const COMMANDS: usize = 430;

impl Case {
    fn run(&self, binary: &str, tree: &Path) -> Ran {
        let mut command = Command::new(binary);
        command
            .arg0(self.program)
            .args(self.arguments.iter().map(|argument| OsStr::from_bytes(argument)))
            .current_dir(tree)
            .env("LC_ALL", if self.utf8 { "C.UTF-8" } else { "C" })
            .env_remove("POSIXLY_CORRECT")
            .stdin(Stdio::from(File::open(tree.join(&self.stdin)).unwrap()));
        if self.posix {
            command.env("POSIXLY_CORRECT", "1");
        }
        run(&mut command)
    }
}

/// `(name, verdict)` of a line of `--check`, as GNU before 9.11 prints it: a name with a line end escaped like a list's, any
/// other as it is (some releases escape those with a backslash too).
fn verdict(line: &[u8]) -> (Vec<u8>, &'static str) {
    let verdicts = [": OK", ": FAILED open or read", ": FAILED"];
    let found =
        verdicts.into_iter().find_map(|verdict| Some((line.strip_suffix(verdict.as_bytes())?, verdict)));
    let (name, verdict) = found.unwrap_or_else(|| panic!("no verdict: {}", String::from_utf8_lossy(line)));
    let has_escapes = |name: &&[u8]| name.windows(2).any(|two| matches!(two, b"\\n" | b"\\r"));
    let Some(escaped) = name.strip_prefix(b"\\").filter(has_escapes) else { return (name.to_vec(), verdict) };
    let text = escaped.to_vec();
    let mut name = Vec::new();
    let mut bytes = text.into_iter();
    while let Some(byte) = bytes.next() {
        name.push(match byte {
            b'\\' => match bytes.next() {
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                other => other.expect("an escape"),
            },
            byte => byte,
        });
    }
    (name, verdict)
}

/// Names as GNU's messages quote them, which is how 9.11 prints them in verdicts too. GNU itself is asked.
fn quoted_by_gnu(names: &BTreeSet<Vec<u8>>, utf8: bool) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let nowhere = Tree::new();
    let names: Vec<_> = names.iter().filter(|name| *name != b"-").cloned().collect();
    let mut command = Command::new("sha1sum");
    command.arg("--").args(names.iter().map(|name| OsString::from_vec(name.clone())));
    command
        .current_dir(nowhere.path())
        .env("LC_ALL", if utf8 { "C.UTF-8" } else { "C" })
        .stdin(Stdio::null());
    let said = run(&mut command).stderr;
    let lines: Vec<&[u8]> = said.split(|&c| c == b'\n').filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), names.len());
    let quoted = lines.into_iter().map(|line| {
        let end = line.windows(2).rposition(|window| window == b": ").expect("a reason");
        line["sha1sum: ".len()..end].to_vec()
    });
    names.into_iter().zip(quoted).chain([(b"-".to_vec(), b"-".to_vec())]).collect()
}

/// The release of the installed coreutils, as `(9, 1)`.
fn gnu_version() -> (u32, u32) {
    let printed = String::from_utf8(tool("sha1sum", Path::new("."), ["--version"])).unwrap();
    let version = printed.lines().next().and_then(|line| line.rsplit(' ').next()).expect("a version");
    let mut numbers = version.split('.').map(|number| number.parse().expect("a number"));
    (numbers.next().unwrap(), numbers.next().unwrap_or(0))
}

fn tree() -> Tree {
    let tree = Tree::new();
    for name in NAMES {
        let content = match name {
            b"empty" => Vec::new(),
            // Too large to be hashed by the calling thread.
            b"big" => b"0123456789abcdef".repeat(20_000),
            name => [b"content of ", name].concat(),
        };
        tree.file(name, content);
    }
    tree.symlink("loop", "loop").dir("lists");
    tree
}

/// Compares the command lines of one program; says which differ.
fn compare(index: usize) -> Vec<String> {
    let (tree, version) = (tree(), gnu_version());
    let mut generator = Generator::new(index, &tree);
    for number in 0..LISTS {
        tree.file(format!("lists/{number}"), generator.list());
    }
    let cases: Vec<Case> = (0..COMMANDS).map(|_| generator.command()).collect();
    let expected: Vec<Ran> = cases.iter().map(|case| case.run(case.program, tree.path())).collect();

    // What was verified at all: the comparison must not be one of failures alone.
    let succeeded = expected.iter().filter(|ran| ran.code() == 0).count();
    assert!(succeeded > COMMANDS / 10, "{succeeded} of GNU's runs succeeded");

    let lines =
        |ran: &Ran| ran.stdout.split_inclusive(|&c| c == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let mut names = BTreeSet::new();
    for (case, ran) in cases.iter().zip(&expected).filter(|(case, _)| case.check && version < (9, 11)) {
        names.extend(
            lines(ran)
                .iter()
                .map(|line| verdict(line.strip_suffix(b"\n").unwrap_or_else(|| panic!("{case:?}"))).0),
        );
    }
    let quoted = [false, true].map(|utf8| quoted_by_gnu(&names, utf8));

    let mut differences = Vec::new();
    for (case, gnu) in cases.iter().zip(&expected) {
        let mut stdout = gnu.stdout.clone();
        if case.check && version < (9, 11) {
            stdout = lines(gnu)
                .iter()
                .flat_map(|line| {
                    let (name, verdict) = verdict(&line[..line.len() - 1]);
                    [&quoted[usize::from(case.utf8)][&name][..], verdict.as_bytes(), b"\n"].concat()
                })
                .collect();
        }
        let ours = case.run(env!("CARGO_BIN_EXE_checksig"), tree.path());
        if (ours.code(), &ours.stdout, &ours.stderr) != (gnu.code(), &stdout, &gnu.stderr) {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let arguments: Vec<_> = case.arguments.iter().map(|argument| text(argument)).collect();
            let said =
                |ran: &Ran, stdout: &[u8]| format!("{}\n{}{}", ran.code(), text(stdout), text(&ran.stderr));
            let (gnu, ours) = (said(gnu, &stdout), said(&ours, &ours.stdout));
            let first = gnu.lines().zip(ours.lines()).find(|(gnu, ours)| gnu != ours);
            differences.push(format!("{case:?}\n{arguments:?}\nfirst difference: {first:?}\n"));
        }
    }
    differences
}

#[track_caller]
fn same(programs: &[usize]) {
    let differences: Vec<_> = programs.iter().flat_map(|&index| compare(index)).collect();
    let shown = differences.iter().take(4).cloned().collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{} command lines differ, such as\n{shown}", differences.len());
}

#[test]
fn b2sum_behaves_as_gnu() {
    same(&[0]);
}

#[test]
fn md5sum_and_sha1sum_behave_as_gnu() {
    same(&[1, 2]);
}

#[test]
fn sha224sum_and_sha256sum_behave_as_gnu() {
    same(&[3, 4]);
}

#[test]
fn sha384sum_and_sha512sum_behave_as_gnu() {
    same(&[5, 6]);
}
