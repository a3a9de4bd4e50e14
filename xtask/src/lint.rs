//! `cargo xtask lint`: formatting, clippy, and a guard for every invariant of ARCHITECTURE.md that a program can check.
//!
//! All checks run, whatever the ones before found. A finding is one line that names its file.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::codegen;
use crate::util::{Context, Outcome, Result, cargo, output_of, read, root, succeeds};

type Findings = Vec<String>;

/// What the core must not touch; `crates/checksig-core/clippy.toml` says the same to clippy, which cannot see
/// through code that is not compiled here. Each is searched as whole words.
const FOREIGN_TO_CORE: &[&str] = &[
    "print!",
    "println!",
    "eprint!",
    "eprintln!",
    "dbg!",
    "std::env",
    "std::process",
    "current_dir",
    "home_dir",
    "stdout",
    "stderr",
    "stdin",
];

/// Files that must forbid `unsafe`.
const WITHOUT_UNSAFE: &[&str] =
    &["crates/checksig-cli/src/lib.rs", "crates/checksig-cli/src/main.rs", "crates/checksig-py/src/lib.rs"];

/// The only file of the core that may allow `unsafe`, which the rest of it denies.
const UNSAFE_IN_CORE: &str = "crates/checksig-core/src/engine/ring.rs";

/// Which packages of the workspace each one may use. Faces do not depend on faces, nothing depends on xtask.
const MAY_USE: &[(&str, &[&str])] = &[
    ("checksig-multibuffer", &[]),
    ("checksig-core", &["checksig-multibuffer"]),
    ("checksig-cli", &["checksig-core", "checksig-multibuffer"]),
    ("checksig-ffi", &["checksig-core", "checksig-multibuffer"]),
    ("checksig-py", &["checksig-core", "checksig-multibuffer"]),
];

/// Starts of paths that exist on one machine only. In two parts, so that this file does not hold them itself.
const MACHINE_PATHS: &[&str] =
    &[concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Us", "ers/"), concat!("/t", "mp/")];

const MAX_LINES: usize = 500;

/// Runs every check.
pub fn run() -> Outcome {
    let mut good = true;
    for arguments in [
        &["fmt", "--all", "--check"][..],
        &["fmt", "--all", "--check", "--manifest-path", "fuzz/Cargo.toml"][..],
        &["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"][..],
    ] {
        if !succeeds(cargo().args(arguments))? {
            println!("lint: cargo {} found something", arguments[0]);
            good = false;
        }
    }

    // Links in the documentation that lead nowhere.
    if !succeeds(
        cargo().args(["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings"),
    )? {
        println!("lint: cargo doc found something");
        good = false;
    }

    let files = repository_files()?;
    let sources: Vec<_> = files.iter().filter(|file| file.ends_with(".rs")).collect();
    let mut findings = Findings::new();
    for source in &sources {
        let text = read(&root().join(source))?;
        findings.extend(shape(source, &text));
        if source.starts_with("crates/checksig-core/src/") {
            findings.extend(foreign_to_core(source, &text));
            if text.contains("allow(unsafe_code") && source.as_str() != UNSAFE_IN_CORE {
                findings.push(format!("{source}: only {UNSAFE_IN_CORE} may allow unsafe code"));
            }
        }
    }
    if !read(&root().join("crates/checksig-core/src/lib.rs"))?.contains("#![deny(unsafe_code)]") {
        findings.push("crates/checksig-core/src/lib.rs: lacks #![deny(unsafe_code)]".into());
    }
    for source in WITHOUT_UNSAFE {
        if !read(&root().join(source))?.contains("#![forbid(unsafe_code)]") {
            findings.push(format!("{source}: lacks #![forbid(unsafe_code)]"));
        }
    }
    findings.extend(directions()?);
    findings.extend(machine_paths(&files)?);
    findings.extend(rules(&files)?);
    for finding in &findings {
        println!("lint: {finding}");
    }
    let generated = codegen::run(true)?;
    let good = good && findings.is_empty() && generated;
    if good {
        println!("lint: nothing found");
    }
    Ok(good)
}

/// What git knows or would add, relative to the top.
fn repository_files() -> Result<Vec<String>> {
    let mut git = Command::new("git");
    // A container often owns the checkout as somebody else, which git would refuse.
    git.args(["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let names = output_of(git.current_dir(root()))?;
    // A file that was deleted but not yet committed is still named.
    Ok(names.split_terminator('\0').filter(|name| root().join(name).is_file()).map(str::to_owned).collect())
}

/// One responsibility a file, said in its first line; no test that is silently left out.
fn shape(path: &str, text: &str) -> Findings {
    let mut findings = Findings::new();
    let lines = text.lines().count();
    if lines > MAX_LINES {
        findings.push(format!("{path}: {lines} lines, more than {MAX_LINES}: it is probably two files"));
    }
    if !text.starts_with("//!") {
        findings.push(format!("{path}: its first line must say what it is for (`//! …`)"));
    }
    if text.lines().any(|line| line.trim_start().starts_with("#[ignore")) {
        findings.push(format!("{path}: an ignored test"));
    }
    findings
}

fn foreign_to_core(path: &str, text: &str) -> Findings {
    if path.ends_with("/tests.rs") {
        return Findings::new();
    }
    let (code, _) = code_and_tests(text);
    let code_lines = code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    code_lines
        .flat_map(|(number, line)| {
            FOREIGN_TO_CORE
                .iter()
                .filter(move |word| has_word(line, word))
                .map(move |word| format!("{path}:{}: `{word}` in the core", number + 1))
        })
        .collect()
}

/// Cuts a source where its test module starts.
fn code_and_tests(text: &str) -> (&str, &str) {
    text.find("#[cfg(test)]\nmod ").map_or((text, ""), |at| text.split_at(at))
}

/// Whether `word` stands in `line` with no letter, digit or `_` right beside it.
fn has_word(line: &str, word: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(part_of_name)
            && (word.ends_with('!') || !line[at + word.len()..].starts_with(part_of_name))
    })
}

/// Direction of the dependencies between the packages under `crates/`.
fn directions() -> Result<Findings> {
    let mut findings = Findings::new();
    for folder in fs::read_dir(root().join("crates"))? {
        let name = folder?.file_name().to_string_lossy().into_owned();
        let Some((_, allowed)) = MAY_USE.iter().find(|(package, _)| *package == name) else {
            findings.push(format!("crates/{name}: xtask/src/lint.rs does not say what it may depend on"));
            continue;
        };
        let tree =
            output_of(cargo().args(["tree", "--edges", "all", "--prefix", "none", "--package", &name]))?;
        let used: BTreeSet<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
        let ours = used.into_iter().filter(|used| used.starts_with("checksig-") || *used == "xtask");
        let wrong = ours.filter(|used| *used != name && !allowed.contains(used));
        findings.extend(wrong.map(|used| format!("crates/{name}: must not depend on {used}")));
    }
    Ok(findings)
}

fn machine_paths(files: &[String]) -> Result<Findings> {
    let mut searched: Vec<String> = MACHINE_PATHS.iter().map(|path| (*path).to_owned()).collect();
    // A checkout right below `/` would have a name like `/src`, which paths inside the repository contain too.
    if root().components().count() > 2 {
        searched.push(root().display().to_string());
    }
    let mut findings = Findings::new();
    for file in files {
        let bytes = fs::read(root().join(file)).context(format!("cannot read {file}"))?;
        let text = String::from_utf8_lossy(&bytes);
        for (number, line) in text.lines().enumerate() {
            if let Some(path) = searched.iter().find(|path| has_path(line, path)) {
                findings.push(format!("{file}:{}: names a path of one machine ({path}…)", number + 1));
            }
        }
    }
    Ok(findings)
}

/// Whether `path` stands in `line` as the start of a path, not in the middle of one.
fn has_path(line: &str, path: &str) -> bool {
    line.match_indices(path)
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-}$".contains(c)))
}

/// Every rule of the grammar has a case or test that cites it, and no citation names a rule that is not there.
fn rules(files: &[String]) -> Result<Findings> {
    const DOCUMENT: &str = "docs/manifest-format.md";
    let defined: BTreeSet<u32> = read(&root().join(DOCUMENT))?
        .lines()
        .filter_map(|line| leading_rule(line.strip_prefix("**")?))
        .collect();
    if defined.is_empty() {
        return Ok(vec![format!("{DOCUMENT}: has no line that starts with a rule (`**R1`)")]);
    }
    let mut cited = BTreeSet::new();
    let mut findings = Findings::new();
    for file in files {
        let mut here = BTreeSet::new();
        if let Some(case) = file.strip_prefix("vectors/manifests/") {
            let rule: Option<u32> = case
                .strip_prefix('r')
                .and_then(|rest| rest.split_once('-'))
                .and_then(|(n, _)| n.parse().ok());
            here.extend(rule);
            cited.extend(rule);
        } else if file.starts_with("crates/") && file.ends_with(".rs") {
            let text = read(&root().join(file))?;
            let comments = text.lines().filter_map(|line| line.split_once("//")).map(|(_, comment)| comment);
            here.extend(comments.flat_map(cited_rules));
            let tests = if file.contains("/tests/") { &text } else { code_and_tests(&text).1 };
            cited.extend(cited_rules(tests));
        }
        let unknown = here.difference(&defined);
        findings.extend(unknown.map(|rule| format!("{file}: cites R{rule}, which {DOCUMENT} does not have")));
    }
    let untested = defined.difference(&cited);
    findings.extend(untested.map(|rule| format!("{DOCUMENT}: no case or test cites R{rule}")));
    Ok(findings)
}

/// The rule that a text starts with: 12 of `R12 Tagged: …`.
fn leading_rule(text: &str) -> Option<u32> {
    let rest = text.strip_prefix('R')?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let part_of_name = rest[end..].starts_with(|c: char| c.is_alphabetic() || c == '_');
    if part_of_name { None } else { rest[..end].parse().ok() }
}

/// All rules that a text names.
fn cited_rules(text: &str) -> Vec<u32> {
    let starts = text
        .match_indices('R')
        .filter(|(at, _)| !text[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
    starts.filter_map(|(at, _)| leading_rule(&text[at..])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole() {
        assert!(has_word("    println!(\"x\");", "println!"));
        assert!(!has_word("    eprintln!(\"x\");", "println!"));
        assert!(has_word("use std::env;", "std::env"));
        assert!(!has_word("self.stdout_len", "stdout"));
    }

    #[test]
    fn core_is_searched_outside_comments_and_tests() {
        let text =
            "//! Says println!\nfn f() { dbg!(1); }\n#[cfg(test)]\nmod tests { fn g() { println!(); } }\n";
        assert_eq!(foreign_to_core("x.rs", text), ["x.rs:2: `dbg!` in the core"]);
    }

    #[test]
    fn rules_are_found_where_they_stand_alone() {
        assert_eq!(cited_rules("R1, (R12) and R3: but neither CR4 nor R5x nor README"), [1, 12, 3]);
    }

    #[test]
    fn paths_are_found_at_their_start() {
        assert!(has_path("see /x/y", "/x/"));
        assert!(!has_path("see a/x/y and {root}/x/y", "/x/"));
    }

    #[test]
    fn shape_wants_a_header_and_few_lines() {
        assert!(shape("a.rs", "//! Good.\n").is_empty());
        assert_eq!(shape("a.rs", &"x\n".repeat(MAX_LINES + 1)).len(), 2);
    }
}
