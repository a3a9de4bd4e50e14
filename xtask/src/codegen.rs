//! `cargo xtask codegen`: writes what follows from the code, so that no fact is kept twice by hand.
//!
//! The algorithm tables of the documents come from the core's table, that of faults from the vectors; shell completions and man pages from the
//! definition of the command line; the C header (`header`) from the C functions. Files are written only when they differ, so that nothing is rebuilt for nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use checksig_core::Algorithm;
use clap_complete::{Generator, Shell};
use clap_mangen::Man;

use crate::header;
use crate::util::{Context, Outcome, Result, read, root};

/// Documents that hold a table between markers, and the table's name.
const TABLE_DOCUMENTS: &[(&str, &str)] =
    &[("docs/manifest-format.md", "algorithms"), ("README.md", "algorithms"), ("docs/testing.md", "faults")];
/// What may fail around a run.
const FAULTS: &str = "vectors/faults.txt";

/// Folders that hold generated files only.
const COMPLETIONS: &str = "completions";
const MAN: &str = "man";

/// Writes what differs, or with `check` only names it.
pub fn run(check: bool) -> Outcome {
    let wanted = generated()?;
    let mut current = true;
    for (path, text) in &wanted {
        let file = root().join(path);
        if fs::read(&file).is_ok_and(|found| found == text.as_bytes()) {
            continue;
        }
        current = false;
        println!("{} {}", if check { "out of date:" } else { "written:" }, path.display());
        if !check {
            fs::create_dir_all(file.parent().expect("inside the workspace"))?;
            fs::write(&file, text).context(format!("cannot write {}", path.display()))?;
        }
    }
    for path in left_over(&wanted)? {
        current = false;
        println!("{} {}", if check { "no longer generated:" } else { "removed:" }, path.display());
        if !check {
            fs::remove_file(root().join(path))?;
        }
    }
    if check && !current {
        println!("run `cargo xtask codegen`");
    }
    Ok(current || !check)
}

/// Every generated file with its text.
fn generated() -> Result<BTreeMap<PathBuf, String>> {
    let mut files = BTreeMap::new();
    for (document, name) in TABLE_DOCUMENTS {
        let path = root().join(document);
        if !path.exists() {
            continue;
        }
        let table = if *name == "faults" { fault_table(&read(&root().join(FAULTS))?)? } else { table() };
        if let Some(text) = with_table(&read(&path)?, name, &table).context(*document)? {
            files.insert(document.into(), text);
        }
    }
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let mut bytes = Vec::new();
        clap_complete::generate(shell, &mut checksig_cli::command(), "checksig", &mut bytes);
        files.insert(Path::new(COMPLETIONS).join(shell.file_name("checksig")), tidy(bytes)?);
    }
    files.insert(header::PATH.into(), header::generate()?);
    let mut command = checksig_cli::command().disable_help_subcommand(true);
    command.build();
    add_man_pages(command, &mut files)?;
    Ok(files)
}

/// One page for the command and one for each of its subcommands.
fn add_man_pages(command: clap::Command, files: &mut BTreeMap<PathBuf, String>) -> Result<()> {
    for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
        add_man_pages(subcommand.clone(), files)?;
    }
    let page = Man::new(command).manual("User Commands");
    let mut bytes = Vec::new();
    page.render(&mut bytes)?;
    // What stands after the help is examples and notes, set in lines that must stay lines.
    let page_text = tidy(bytes)?
        .replace(".SH EXTRA\n", ".SH NOTES\n.nf\n")
        .replace("\n.SH VERSION", "\n.fi\n.SH VERSION");
    files.insert(Path::new(MAN).join(page.get_filename()), page_text);
    Ok(())
}

/// Text as git likes it: no blanks at the end of a line, one newline at the end.
fn tidy(bytes: Vec<u8>) -> Result<String> {
    let text = String::from_utf8(bytes)?;
    let lines: Vec<_> = text.trim_end().lines().map(str::trim_end).collect();
    Ok(lines.join("\n") + "\n")
}

/// Files in the generated folders that nothing generates any more.
fn left_over(wanted: &BTreeMap<PathBuf, String>) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in [COMPLETIONS, MAN] {
        let Ok(entries) = fs::read_dir(root().join(folder)) else { continue };
        for entry in entries {
            let path = Path::new(folder).join(entry?.file_name());
            if !wanted.contains_key(&path) {
                found.push(path);
            }
        }
    }
    Ok(found)
}

/// The table of algorithms in Markdown.
fn table() -> String {
    let mut table =
        String::from("| name | tag | other tags read | digest bytes | aliases |\n|---|---|---|---|---|\n");
    for algorithm in Algorithm::all() {
        let (name, tag, length) = (algorithm.name(), algorithm.tag(), algorithm.digest_len());
        let (names, tags, length) = if algorithm.has_variable_length() {
            (
                format!("`{name}`, `{name}-N`"),
                format!("`{tag}`, `{tag}-N`"),
                format!("1 to {length} (N is in bits; {length} without N)"),
            )
        } else {
            (format!("`{name}`"), format!("`{tag}`"), length.to_string())
        };
        let others = quoted(algorithm.other_tags());
        let aliases = quoted(algorithm.aliases());
        let row: String = [names, tags, others, length, aliases].map(|cell| format!("| {cell} ")).concat();
        // An empty cell is one blank wide.
        table += &row.replace("  ", " ");
        table += "|\n";
    }
    table
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The table of faults in Markdown.
fn fault_table(cells: &str) -> Result<String> {
    let mut table = String::from("| place | fault | ways | outcome |\n|---|---|---|---|\n");
    for line in cells.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut fields = line.split_whitespace();
        let [Some(place), Some(fault), Some(ways)] = [fields.next(), fields.next(), fields.next()] else {
            return Err(format!("{FAULTS}: not a cell: {line}").into());
        };
        let ways = ways.replace(',', ", ");
        table += &format!("| `{place}` | `{fault}` | {ways} | {} |\n", fields.collect::<Vec<_>>().join(" "));
    }
    Ok(table)
}

/// The document with the table between its markers; `None` when it has none.
fn with_table(document: &str, name: &str, table: &str) -> Result<Option<String>> {
    let (begin, end) = (format!("<!-- {name}:begin -->"), format!("<!-- {name}:end -->"));
    let Some((before, rest)) = document.split_once(&begin) else { return Ok(None) };
    let (_, after) = rest.split_once(&end).ok_or(format!("{begin} without {end}"))?;
    Ok(Some(format!("{before}{begin}\n{table}{end}{after}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_replaces_what_stands_between_the_markers() {
        let (begin, end) = ("<!-- x:begin -->", "<!-- x:end -->");
        let document = format!("a\n{begin}\nold\n{end}\nb\n");
        let new = with_table(&document, "x", "new\n").unwrap().unwrap();
        assert_eq!(new, format!("a\n{begin}\nnew\n{end}\nb\n"));
        assert_eq!(with_table(&new, "x", "new\n").unwrap().unwrap(), new);
        assert!(with_table("no markers", "x", "new\n").unwrap().is_none());
        assert!(with_table(begin, "x", "new\n").is_err());
    }

    #[test]
    fn faults_are_rows() {
        let table = fault_table("# comment\n\nlist.open  EIO@first  strace,fuse  exit 2\n").unwrap();
        assert!(table.ends_with("|\n| `list.open` | `EIO@first` | strace, fuse | exit 2 |\n"), "{table}");
        assert!(fault_table("list.open\n").is_err());
    }
}
