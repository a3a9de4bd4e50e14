//! The README's console blocks, run on a copy of the shipped examples.

mod common;

use std::path::Path;
use std::process::Command;

use common::{Tree, checksig, run};

#[test]
fn what_the_readme_shows_is_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = std::fs::read_to_string(root.join("README.md")).expect("a README");
    // Some commands write beside the examples.
    let copy = Tree::new();
    run(Command::new("cp").arg("-R").arg(root.join("examples")).arg(copy.path())).exits(0);
    let mut shown = 0;
    for block in readme.split("```console\n").skip(1) {
        let block = block.split_once("```").expect("the end of the block").0;
        for shell in block.strip_prefix("$ ").expect("a command").split("\n$ ") {
            let (command, expected) = shell.split_once('\n').unwrap_or((shell, ""));
            if let Some(files) = command.strip_prefix("cp ") {
                run(Command::new("cp").current_dir(copy.path()).args(files.split(' '))).exits(0);
            }
            let Some(arguments) =
                command.strip_prefix("cargo run --release -- ").or(command.strip_prefix("checksig "))
            else {
                continue;
            };
            let ran = run(checksig().current_dir(copy.path()).args(arguments.split(' ')));
            assert_eq!(String::from_utf8_lossy(&ran.stdout).trim_end(), expected.trim_end(), "{command}");
            shown += 1;
        }
    }
    assert!(shown >= 4, "the README shows {shown} runs");
}
