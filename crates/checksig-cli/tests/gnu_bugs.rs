//! What GNU's checksum programs once did wrong, what release 9.11 does otherwise than the one that is installed may, and
//! what checksig does otherwise on purpose. Each test is named in docs/gnu-compatibility.md.

mod common;

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use common::{Ran, Tree, checksig, run, run_with_stdin};

/// MD5 and SHA-1 of nothing.
const MD5: &str = "d41d8cd98f00b204e9800998ecf8427e";
const SHA1: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

/// checksig under the name of one of GNU's programs, in the C locale.
fn program(name: &str, directory: &Path) -> Command {
    let mut command = checksig();
    command.arg0(name).current_dir(directory).env("LC_ALL", "C");
    command
}

/// A directory with empty files, and what `md5sum` says of a list (`@` stands for the digest) that is called `list`.
#[track_caller]
fn check(files: &[&str], options: &[&str], list: &[u8]) -> Ran {
    let tree = Tree::new();
    for file in files {
        tree.file(file, "");
    }
    check_in(&tree, "md5sum", options, list)
}

fn check_in(tree: &Tree, name: &str, options: &[&str], list: &[u8]) -> Ran {
    let digest = if name == "md5sum" { MD5 } else { SHA1 };
    let list: Vec<u8> =
        list.iter().flat_map(|&c| if c == b'@' { digest.as_bytes().to_vec() } else { vec![c] }).collect();
    tree.file("list", list);
    run(program(name, tree.path()).arg("-c").args(options).arg("list"))
}

#[track_caller]
fn says(ran: &Ran, code: i32, stdout: &str, stderr: &str) {
    assert_eq!((ran.code(), &*ran.lossy(), &*ran.err()), (code, stdout, stderr));
}

const NO_LINES: &str = "md5sum: list: no properly formatted checksum lines found\n";

/// Was read beyond its end.
#[test]
fn a_tagged_line_that_stops_after_the_parenthesis() {
    for list in ["MD5 (", "MD5(", "MD5 (\n", "MD5", "MD5 ", "MD5 (x", "MD5 (x)", "MD5 (x) ", "MD5 (x) ="] {
        says(&check(&["x"], &[], list.as_bytes()), 1, "", NO_LINES);
    }
}

/// Taken for a digest that does not match, up to coreutils 6.10.
#[test]
fn nul_among_the_digits() {
    let list = [&[0; 32][..], b"  x"].concat();
    says(&check(&["x"], &[], &list), 1, "", NO_LINES);
    let half = [&MD5.as_bytes()[..16], &[0], &MD5.as_bytes()[17..], b"  x\n"].concat();
    says(&check(&["x"], &[], &half), 1, "", NO_LINES);
}

/// Taken for a missing file, coreutils 8.25.
#[test]
fn ignore_missing_with_a_digest_that_begins_with_zeros() {
    let tree = Tree::new();
    tree.file("x", "9t");
    let ran = check_in(&tree, "md5sum", &["--ignore-missing"], b"006999e6df389641adf1fa3a74801d9d  x\n");
    says(&ran, 0, "x: OK\n", "");
    let ran = check_in(&tree, "md5sum", &["--ignore-missing"], b"00000000df389641adf1fa3a74801d9d  x\n");
    says(
        &ran,
        1,
        "x: FAILED\n",
        "md5sum: WARNING: 1 computed checksum did NOT match\nmd5sum: list: no file was verified\n",
    );
}

/// Every later two-space line had a name that began with a space.
#[test]
fn a_garbage_line_does_not_begin_one_space_mode() {
    let list = b"____not_all_hex_so_no_match_____ blah\n@  a\n@  b\n";
    says(
        &check(&["a", "b"], &[], list),
        0,
        "a: OK\nb: OK\n",
        "md5sum: WARNING: 1 line is improperly formatted\n",
    );
    says(&check(&["a", " a"], &[], b"@ a\n@  a\n"), 0, "a: OK\n' a': OK\n", "");
}

/// Crashed, coreutils 8.26 to 8.28.
#[test]
fn cut_tags_of_blake2b() {
    let none = "b2sum: list: no properly formatted checksum lines found\n";
    for line in ["BLAKE2", "BLAKE2b", "BLAKE2-", "BLAKE2(", "BLAKE2 (", "BLAKE2b-", "BLAKE2b-8", "BLAKE2b("] {
        for end in ["", "\n"] {
            let ran = check_in(&Tree::new(), "b2sum", &[], format!("{line}{end}").as_bytes());
            says(&ran, 1, "", none);
        }
    }
}

/// Read beyond the line.
#[test]
fn a_short_line_without_its_end() {
    for list in ["@", "@ ", "d", "d  x", "\\", " ", "  \\", "#", "\\@"] {
        says(&check(&["x"], &[], list.as_bytes()), 1, "", NO_LINES);
    }
    says(&check(&["x"], &[], b"@  x"), 0, "x: OK\n", "");
}

/// Every file was OK after the first that was, coreutils 9.2.
#[test]
fn one_match_does_not_make_others_match() {
    let tree = Tree::new();
    tree.file("f", "").file("g", "a");
    let ran = check_in(&tree, "md5sum", &["--warn"], b"@  f\n@  g\n@  f\n");
    says(&ran, 1, "f: OK\ng: FAILED\nf: OK\n", "md5sum: WARNING: 1 computed checksum did NOT match\n");
}

/// Was printed so that it could not be told from an escaped one.
#[test]
fn names_with_a_leading_backslash() {
    let tree = Tree::new();
    tree.file("\\a", "");
    let listed = run(program("md5sum", tree.path()).arg("\\a")).exits(0);
    assert_eq!(listed.out(), format!("\\{MD5}  \\\\a\n"));
    let tagged = run(program("md5sum", tree.path()).args(["--tag", "\\a"])).exits(0);
    assert_eq!(tagged.out(), format!("\\MD5 (\\\\a) = {MD5}\n"));
    for list in [listed, tagged] {
        says(&check_in(&tree, "md5sum", &["--strict"], &list.stdout), 0, "'\\a': OK\n", "");
    }
}

/// A list that could not be read to its end was verified by what was read of it; a file, too.
#[test]
fn read_errors_are_failures() {
    let tree = Tree::new();
    tree.dir("directory");
    for list in ["directory", "/proc/self/mem"] {
        let ran = run(program("md5sum", tree.path()).args(["-c", list]));
        says(&ran, 1, "", &format!("md5sum: {list}: read error\n"));
    }
    let ran = run(program("md5sum", tree.path()).args(["/proc/self/mem", "/dev/null"]));
    says(&ran, 1, &format!("{MD5}  /dev/null\n"), "md5sum: /proc/self/mem: Input/output error\n");
}

/// Taken for 512, or for something else than what was said.
#[test]
fn wrong_lengths_of_b2sum() {
    let tree = Tree::new();
    let too_long = "b2sum: maximum digest length for 'BLAKE2b' is 512 bits\n";
    let no_multiple = "b2sum: length is not a multiple of 8\n";
    for (length, why) in [
        ("520", too_long),
        ("513", too_long),
        // In 9.1 this is another message: "Value too large for defined data type".
        ("99999999999999999999999", too_long),
        ("7", no_multiple),
        ("010", no_multiple),
        ("0x8", ""),
        ("8k", ""),
        ("-8", ""),
        ("", ""),
    ] {
        for option in ["-l", "--length"] {
            let ran = run(program("b2sum", tree.path()).args([option, length, "missing"]));
            says(&ran, 1, "", &format!("b2sum: invalid length: '{length}'\n{why}"));
        }
    }
    let ran = run(program("b2sum", tree.path()).args(["-l", "7"]).env("LC_ALL", "C.UTF-8"));
    says(&ran, 1, "", &format!("b2sum: invalid length: \u{2018}7\u{2019}\n{no_multiple}"));
}

/// Transcripts of coreutils 9.11, as others have reported them.
#[test]
fn names_in_verdicts_are_quoted_for_a_shell() {
    let names = ["with spaces", "with'quotes", "with\"quotes", "with \" and ' quotes", "a\nb"];
    let tree = Tree::new();
    for name in names {
        tree.file(name, "");
    }
    let list = run(program("md5sum", tree.path()).args(names)).exits(0);
    let expected = "'with spaces': OK\n\"with'quotes\": OK\n'with\"quotes': OK\n'with \" and '\\'' quotes': OK\n\
                    'a'$'\\n''b': OK\n";
    says(&check_in(&tree, "md5sum", &[], &list.stdout), 0, expected, "");
}

/// In 9.1 any character may stand between the tag and the parenthesis.
#[test]
fn nothing_but_a_length_follows_the_tag_of_blake2b() {
    let tree = Tree::new();
    tree.file("a", "hello");
    let tagged = run(program("b2sum", tree.path()).args(["--tag", "a"])).exits(0).out();
    let list = tagged.replace("BLAKE2b ", "BLAKE2bx");
    let ran = check_in(&tree, "b2sum", &[], list.as_bytes());
    says(&ran, 1, "", "b2sum: list: no properly formatted checksum lines found\n");
}

#[test]
fn a_name_with_nul_is_malformed() {
    let ran = check(&["a", "b"], &["-w"], b"@  b\n@  a\0 and more\n");
    let stderr = "md5sum: list: 2: improperly formatted MD5 checksum line\n\
                  md5sum: WARNING: 1 line is improperly formatted\n";
    says(&ran, 0, "b: OK\n", stderr);
    assert_eq!(check(&["a", "b"], &["--strict"], b"@  b\n@  a\0 and more\n").code(), 1);
}

#[test]
fn characters_that_mislead_are_escaped_in_every_locale() {
    let tree = Tree::new();
    let name = "a\u{202e}gpj.exe";
    tree.file(name, "").file("list", format!("{MD5}  {name}\n{MD5}  \u{e9}\n"));
    let ran = run(program("md5sum", tree.path()).args(["-c", "list"]).env("LC_ALL", "C.UTF-8"));
    let stderr =
        "md5sum: \u{e9}: No such file or directory\nmd5sum: WARNING: 1 listed file could not be read\n";
    says(&ran, 1, "'a'$'\\342\\200\\256''gpj.exe': OK\n\u{e9}: FAILED open or read\n", stderr);
}

/// A list as the programs print it holds the very bytes: it is for programs.
#[test]
fn printed_lists_are_not_quoted() {
    let tree = Tree::new();
    tree.file(b"\xff\x1b x", "");
    let ran = run(program("md5sum", tree.path()).arg("-z").arg(tree.at(b"\xff\x1b x").file_name().unwrap()));
    assert_eq!(ran.stdout, [MD5.as_bytes(), b"  \xff\x1b x\0"].concat());
}

#[test]
fn the_style_of_names_holds_for_all_lists_of_a_command() {
    let tree = Tree::new();
    tree.file("a", "").file("one", format!("{MD5} a\n")).file("two", format!("{MD5}  a\n"));
    let ran = run(program("md5sum", tree.path()).args(["-c", "two", "one"]));
    says(&ran, 1, "a: OK\n", "md5sum: one: no properly formatted checksum lines found\n");
    assert_eq!(run(program("md5sum", tree.path()).args(["-c", "one", "two"])).code(), 1);
}

#[test]
fn standard_input_is_no_entry_of_itself() {
    let tree = Tree::new();
    let list = format!("{MD5}  -\n");
    let ran = run_with_stdin(program("md5sum", tree.path()).arg("-c"), list.as_bytes());
    says(&ran, 1, "", "md5sum: 'standard input': no properly formatted checksum lines found\n");
    // In another list it is the name of standard input.
    tree.file("list", list);
    says(&run(program("md5sum", tree.path()).args(["-c", "list"])), 0, "-: OK\n", "");
}

#[test]
fn messages_begin_with_the_name_that_was_called() {
    let tree = Tree::new();
    let path = tree.at("bin/sha1sum");
    tree.dir("bin").symlink("bin/sha1sum", env!("CARGO_BIN_EXE_checksig"));
    let ran = run(Command::new(&path).arg("--none").env("LC_ALL", "C"));
    let path = path.display();
    let stderr = format!("{path}: unrecognized option '--none'\nTry '{path} --help' for more information.\n");
    says(&ran, 1, "", &stderr);
    let ran = run(checksig().args(["sha1sum", "--none"]));
    let stderr = "sha1sum: unrecognized option '--none'\nTry 'sha1sum --help' for more information.\n";
    says(&ran, 1, "", stderr);
    for name in ["b2sum", "md5sum", "sha1sum", "sha224sum", "sha256sum", "sha384sum", "sha512sum"] {
        let help = run(program(name, tree.path()).arg("--help")).exits(0).out();
        assert!(help.contains(&format!("Usage: {name} ")) && help.contains("--read-special"), "{help}");
        let version = run(program(name, tree.path()).arg("--version")).exits(0).out();
        assert_eq!(version, format!("{name} (checksig) {}\n", env!("CARGO_PKG_VERSION")));
        assert!(run(checksig().arg("help")).out().contains(name));
    }
}

/// The table of differences names a test for each, and this file has it.
#[test]
fn every_documented_difference_has_a_test() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/gnu-compatibility.md");
    let document = std::fs::read_to_string(document).expect("docs/gnu-compatibility.md");
    let tests = [
        include_str!("gnu_bugs.rs"),
        include_str!("gnu_streams.rs"),
        include_str!("gnu_personality/main.rs"),
    ];
    let mut named = 0;
    for row in document.lines().filter(|line| line.starts_with("| ") && line.ends_with("` |")) {
        let test = row.trim_end_matches("` |").rsplit('`').next().expect("a test");
        let definition = format!("\nfn {test}()");
        assert!(tests.iter().any(|source| source.contains(&definition)), "no test called {test}");
        named += 1;
    }
    assert!(named >= 20, "{named} rows name a test");
}
