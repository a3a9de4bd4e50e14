//! The README's console blocks, run on the shipped examples.

mod common;

use std::path::Path;

use common::{checksig, run};

#[test]
fn what_the_readme_shows_is_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = std::fs::read_to_string(root.join("README.md")).expect("a README");
    let mut shown = 0;
    for block in readme.split("```console\n$ ").skip(1) {
        let (command, rest) = block.split_once('\n').expect("a command");
        let expected = rest.split_once("```").expect("the end of the block").0;
        let Some(arguments) =
            command.strip_prefix("cargo run --release -- ").or(command.strip_prefix("checksig "))
        else {
            continue;
        };
        let ran = run(checksig().current_dir(&root).args(arguments.split(' ')));
        assert_eq!(String::from_utf8_lossy(&ran.stdout), expected, "{command}");
        shown += 1;
    }
    assert!(shown >= 2, "the README shows {shown} runs");
}
