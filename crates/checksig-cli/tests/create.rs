//! `checksig create`: lists that GNU's tools and `verify` read back, whatever the names and the shape of the tree.

mod common;

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::{Command, Stdio};

use common::lists::{create, every_byte, expected, gnu_checks, temporaries, verified};
use common::{HELLO, Running, Tree, WORLD, run, tool};
use proptest::prelude::*;

/// The list of a tree, and that it is the one of the oracle.
#[track_caller]
fn list_of(tree: &Tree) -> Vec<u8> {
    run(create(tree.path()).args(["--force", "."])).exits(0);
    let list = fs::read(tree.at("sha256sum.txt")).expect("the list");
    let right = expected(tree.path(), "sha256", "untagged", &["sha256sum.txt"]);
    assert_eq!(String::from_utf8_lossy(&list), String::from_utf8_lossy(&right));
    assert_eq!(list, right);
    assert_eq!(temporaries(tree.path()), [""; 0]);
    list
}

fn text(tree: &Tree) -> String {
    fs::read_to_string(tree.at("sha256sum.txt")).expect("the list")
}

fn lines(list: &[u8]) -> usize {
    list.iter().filter(|&&byte| byte == b'\n').count()
}

#[test]
fn every_byte_of_a_name_comes_back() {
    let (tree, files) = every_byte();
    for (algorithm, program) in [("sha256", "sha256sum"), ("sha512", "sha512sum")] {
        for tag in [None, Some("--tag")] {
            let name = format!("{algorithm}sum.txt");
            run(create(tree.path()).args(["-a", algorithm]).args(tag).arg(".")).exits(0);
            assert_eq!(lines(&fs::read(tree.at(&name)).expect("the list")), files);
            gnu_checks(tree.path(), program, &name);
            verified(tree.path(), &name, files);
            fs::remove_file(tree.at(&name)).expect("remove the list");
        }
    }
}

/// Sorted by the bytes of the name as it is listed, and digests by hashlib.
#[test]
fn the_list_is_that_of_the_oracle() {
    let tree = Tree::new();
    for (number, name) in
        ["b", "a/b", "a.b", "a b", "a/b c/\u{e9}", "B", "-", "x\ny", "x\\y", "x\ry"].iter().enumerate()
    {
        tree.file(name, "x".repeat(number * 1000));
    }
    tree.dir("empty/below").file(b"\xff\xfe", "bytes");
    let list = list_of(&tree);
    assert_eq!(lines(&list), 11);
    gnu_checks(tree.path(), "sha256sum", "sha256sum.txt");
    run(create(tree.path()).args(["--tag", "--force", "."])).exits(0);
    let right = expected(tree.path(), "sha256", "tagged", &["sha256sum.txt"]);
    assert_eq!(fs::read(tree.at("sha256sum.txt")).expect("the list"), right);
}

/// A directory, or a file with its content.
fn name() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![3 => any::<u8>(), 1 => proptest::sample::select(b"\\\n\r *()=#-.".to_vec())];
    let byte = byte.prop_filter("no byte of a name", |byte| !b"/\0".contains(byte));
    proptest::collection::vec(byte, 1..6).prop_filter("a directory", |name| name != b"." && name != b"..")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_comes_back(paths in proptest::collection::vec(proptest::collection::vec(name(), 1..4), 1..12)) {
        let tree = Tree::new();
        for (number, path) in paths.iter().enumerate() {
            let path = tree.at(path.join(&b'/'));
            // What is in the way is a file where a directory is to be, or the other way round.
            if fs::create_dir_all(path.parent().expect("beneath the tree")).is_ok() {
                let _ = fs::write(path, vec![b'x'; number * 100]);
            }
        }
        let list = list_of(&tree);
        gnu_checks(tree.path(), "sha256sum", "sha256sum.txt");
        verified(tree.path(), "sha256sum.txt", lines(&list));
    }
}

#[test]
fn deep_trees() {
    let tree = Tree::new();
    // 4,094 bytes with the file's name: the longest path that can be opened has 4,095.
    let deep = vec!["deeper"; 585].join("/");
    let deep = deep.strip_suffix("er").expect("deeper");
    let script = format!("mkdir -p {deep} && echo deep > {deep}/f");
    run(Command::new("bash").args(["-c", &script]).current_dir(tree.path())).exits(0);
    run(create(tree.path()).arg(".")).exits(0);
    let list = fs::read(tree.at("sha256sum.txt")).expect("the list");
    assert!(list == tool("sha256sum", tree.path(), [format!("{deep}/f")]));
    gnu_checks(tree.path(), "sha256sum", "sha256sum.txt");
    verified(tree.path(), "sha256sum.txt", 1);
    // One that nobody could check by its name is an error, and the old list stays.
    let script = format!("cd {deep} && mkdir -p long/{0} && cd long/{0} && echo > file", "e".repeat(200));
    run(Command::new("bash").args(["-c", &script]).current_dir(tree.path())).exits(0);
    let ran = run(create(tree.path()).args(["--force", "."])).exits(1);
    assert!(
        ran.err().contains("File name too long") && ran.err().contains("no list was written"),
        "{}",
        ran.err()
    );
    assert_eq!(fs::read(tree.at("sha256sum.txt")).expect("the list"), list);
}

/// A smaller one of the 100,000 files that were compared by hand.
#[test]
fn many_files_are_those_of_find_and_sha256sum() {
    let tree = Tree::new();
    for number in 0..3000 {
        tree.file(format!("{}/{}/f{number}", number % 7, number % 31), number.to_string());
    }
    run(create(tree.path()).arg(".")).exits(0);
    let script = "find . -type f ! -path ./sha256sum.txt -printf '%P\\0' | sort -z | xargs -0 sha256sum";
    let right =
        run(Command::new("bash").args(["-c", script]).env("LC_ALL", "C").current_dir(tree.path())).exits(0);
    assert!(fs::read(tree.at("sha256sum.txt")).expect("the list") == right.stdout);
}

#[test]
fn several_algorithms_make_several_lists_of_files_read_once() {
    let tree = Tree::new();
    tree.file("a", "hello").file("b/c", vec![b'x'; 3_000_000]);
    let mut traced = Command::new("strace");
    traced.args(["-f", "-o", "trace", "-e", "trace=openat,openat2"]).arg(env!("CARGO_BIN_EXE_checksig"));
    traced.args(["create", "-x", "trace", "-a", "sha256", "-a", "md5", "-a", "sha1", "-a", "md5", "."]);
    let out = run(traced.current_dir(tree.path())).exits(0).out();
    assert_eq!(out.lines().filter(|line| line.starts_with("wrote ")).count(), 3, "{out}");
    let trace = fs::read_to_string(tree.at("trace")).expect("the trace");
    // What would have waited fails, and is opened again.
    let opened = trace.lines().filter(|line| line.contains("\"b/c\"") && !line.contains("= -1")).count();
    assert_eq!(opened, 1, "{trace}");
    for algorithm in ["sha256", "md5", "sha1"] {
        let name = format!("{algorithm}sum.txt");
        let right = expected(
            tree.path(),
            algorithm,
            "untagged",
            &["trace", "sha256sum.txt", "md5sum.txt", "sha1sum.txt"],
        );
        assert_eq!(fs::read(tree.at(&name)).expect("the list"), right);
        gnu_checks(tree.path(), &format!("{algorithm}sum"), &name);
    }
    // A directory may be said for them; not the name of one list.
    tree.dir("other");
    run(create(tree.path()).args(["-a", "sha256", "-a", "md5", "-o", "b", "b"])).exits(0);
    assert!(tree.at("b/md5sum.txt").exists() && tree.at("b/sha256sum.txt").exists());
    let ran = run(create(tree.path()).args(["-a", "sha256", "-a", "md5", "-o", "both", "b"])).exits(2);
    assert!(ran.err().contains("2 algorithms make as many lists"), "{}", ran.err());
}

#[test]
fn every_algorithm_has_a_list_that_verify_reads() {
    let tree = Tree::new();
    tree.file("a", "hello");
    let algorithms = ["sha512/256", "sha3-224", "sha3-512", "blake3", "blake2b", "blake2b-256", "blake2b-8"];
    for algorithm in algorithms {
        for tag in [None, Some("--tag")] {
            run(create(tree.path()).args(["--force", "-a", algorithm]).args(tag).arg("a")).exits(0);
            verified(tree.path(), &format!("{}sum.txt", algorithm.replace('/', "-")), 1);
        }
    }
    gnu_checks(tree.path(), "b2sum", "blake2b-256sum.txt");
    // A list whose name says another algorithm, or none, would not be read as what it is.
    run(create(tree.path()).args(["-o", ".checksig-tmp-0123456789abcdef", "a"])).exits(2);
    for (algorithm, name) in [("blake3", "list"), ("sha256", "md5sum.txt"), ("sha256", "x.md5")] {
        let ran = run(create(tree.path()).args(["-a", algorithm, "-o", name, "a"])).exits(2);
        assert!(ran.err().contains("does not say") && !tree.at(name).exists(), "{}", ran.err());
        run(create(tree.path()).args(["--tag", "-a", algorithm, "-o", name, "a"])).exits(0);
        verified(tree.path(), name, 1);
    }
    run(create(tree.path()).args(["-o", "list.txt", "a"])).exits(0);
    verified(tree.path(), "list.txt", 1);
}

#[test]
fn symlinks_are_followed_only_if_asked_and_never_outside() {
    let outside = Tree::new();
    outside.file("secret", "secret").dir("dir").file("dir/secret", "secret");
    let tree = Tree::new();
    let out = outside.path().to_str().expect("a path");
    tree.file("real/file", "hello").dir("real/deep");
    tree.symlink("file", "real/file").symlink("dir", "real").symlink("real/deep/up", "../..");
    tree.symlink("self", "self").symlink("broken", "nowhere").symlink("through", "real/file/x");
    tree.symlink("out", format!("{out}/secret")).symlink("outdir", out);
    tree.symlink(
        "climb",
        format!("../{}/secret", outside.path().file_name().expect("a name").to_string_lossy()),
    );
    tree.fifo("fifo").symlink("tofifo", "fifo").symlink("list", "sha256sum.txt");

    let ran = run(create(tree.path()).arg(".")).exits(0);
    assert_eq!(ran.out(), "wrote sha256sum.txt: 1 file (5 bytes)\nskipped 11 symlinks, 1 special file\n");
    assert_eq!(
        fs::read_to_string(tree.at("sha256sum.txt")).expect("the list"),
        format!("{HELLO}  real/file\n")
    );

    // The link to the list itself is no file of the tree; the link upwards would lead round and round.
    let ran = run(create(tree.path()).args(["--force", "--no-follow", "--follow", "."])).exits(0);
    let skipped = "skipped 3 outside symlinks, 3 broken symlinks, 2 looping symlinks, 2 special files";
    assert_eq!(ran.out(), format!("wrote sha256sum.txt: 3 files (15 bytes)\n{skipped}\n"));
    let list = fs::read_to_string(tree.at("sha256sum.txt")).expect("the list");
    assert_eq!(list, format!("{HELLO}  dir/file\n{HELLO}  file\n{HELLO}  real/file\n"));
    verified(tree.path(), "sha256sum.txt", 3);
    gnu_checks(tree.path(), "sha256sum", "sha256sum.txt");

    run(create(tree.path()).args(["--force", "--follow", "--no-follow", "."])).exits(0);
    assert_eq!(lines(&fs::read(tree.at("sha256sum.txt")).expect("the list")), 1);
    // What is named itself is followed, but not outside.
    run(create(tree.path()).args(["--force", "file"])).exits(0);
    assert_eq!(fs::read_to_string(tree.at("sha256sum.txt")).expect("the list"), format!("{HELLO}  file\n"));
    for (name, why) in
        [("out", "Invalid cross-device link"), ("fifo", "neither a regular file nor a directory")]
    {
        let ran = run(create(tree.path()).args(["--force", "file", name])).exits(1);
        assert!(
            ran.err().contains(&format!("cannot read {name}: ")) && ran.err().contains(why),
            "{}",
            ran.err()
        );
    }
}

#[test]
fn what_is_left_out_is_left_out() {
    let tree = Tree::new();
    for name in [
        "keep",
        "a.tmp",
        "d/b.tmp",
        "build/x",
        "src/build/y",
        "doc/a/b/c.log",
        "doc/c.log",
        "doc/keep.log.txt",
    ] {
        tree.file(name, name);
    }
    let exclude = ["-x", "*.tmp", "--exclude", "/build/", "--exclude=doc/**/*.log"];
    let ran = run(create(tree.path()).args(exclude).arg(".")).exits(0);
    let list = fs::read_to_string(tree.at("sha256sum.txt")).expect("the list");
    let names: Vec<_> = list.lines().map(|line| &line[66..]).collect();
    assert_eq!(names, ["doc/keep.log.txt", "keep", "src/build/y"]);
    assert!(ran.out().ends_with("skipped 5 excluded paths\n"), "{}", ran.out());
    let ran = run(create(tree.path()).args(["--force", "-x", "[", "."])).exits(2);
    assert!(ran.err().contains("'[' is no pattern of names"), "{}", ran.err());
    // Nothing left: no empty list.
    let ran = run(create(tree.path()).args(["--force", "-x", "*", "."])).exits(2);
    assert!(ran.err().contains("there is no file to list (skipped "), "{}", ran.err());
    assert_eq!(fs::read_to_string(tree.at("sha256sum.txt")).expect("the list"), list);
}

#[test]
fn a_tree_without_a_file_has_no_list() {
    let tree = Tree::new();
    tree.dir("a/b");
    let ran = run(create(tree.path()).arg(".")).exits(2);
    assert!(ran.err().contains("there is no file to list"), "{}", ran.err());
    assert!(!tree.at("sha256sum.txt").exists() && temporaries(tree.path()).is_empty());
    let ran = run(create(tree.path()).arg("none")).exits(1);
    assert!(ran.err().contains("cannot read none: No such file"), "{}", ran.err());
    run(create(tree.path()).arg("none/none")).exits(2);
    run(create(tree.path()).args(["-o", "none/list", "a"])).exits(2);
    run(&mut create(tree.path())).exits(2);
}

#[test]
fn the_list_is_where_it_belongs() {
    let tree = Tree::new();
    tree.file("one/a", "hello").file("one/b", "world").file("two/c", "hello").file("d", "world");
    let said = |args: &[&str]| run(create(tree.path()).args(args)).exits(0).out();
    assert!(said(&["one"]).starts_with("wrote one/sha256sum.txt: 2 files"));
    assert!(said(&["one/b", "one/a", "./one//a", "-f"]).starts_with("wrote one/sha256sum.txt: 2 files"));
    let list = fs::read_to_string(tree.at("one/sha256sum.txt")).expect("the list");
    assert_eq!(list, format!("{HELLO}  a\n{WORLD}  b\n"));
    for unclear in [&["one", "two"][..], &["one/a", "two/c"], &["one", "d"]] {
        let ran = run(create(tree.path()).args(unclear)).exits(2);
        assert!(ran.err().contains("say where the list is to be"), "{}", ran.err());
    }
    // Overlapping, and one of them with `..`: each file once.
    said(&["-o", "all.sha256", "one", "two/../one/a", "two", "d", "./d", "one"]);
    let list = fs::read_to_string(tree.at("all.sha256")).expect("the list");
    let names: Vec<_> = list.lines().map(|line| &line[66..]).collect();
    assert_eq!(names, ["d", "one/a", "one/b", "one/sha256sum.txt", "two/c"]);
    gnu_checks(tree.path(), "sha256sum", "all.sha256");
    // Not beneath the list's directory.
    for outside in ["one", "d", "..", "/dev/null"] {
        let ran = run(create(tree.path()).args(["-o", "two/list", outside])).exits(2);
        assert!(ran.err().contains("is not beneath"), "{outside}: {}", ran.err());
        assert!(!tree.at("two/list").exists());
    }
    // Other lists are files like others; the run's own are not, whether named or found.
    fs::remove_file(tree.at("all.sha256")).expect("remove");
    tree.file("SHA1SUMS", "x").file("sha256sum.txt", "old");
    said(&["--force", "d", "SHA1SUMS", "sha256sum.txt"]);
    let list = fs::read_to_string(tree.at("sha256sum.txt")).expect("the list");
    assert_eq!(list.lines().map(|line| &line[66..]).collect::<Vec<_>>(), ["SHA1SUMS", "d"]);
}

#[test]
fn standard_output_gets_the_list_alone() {
    let tree = Tree::new();
    tree.file("d/a", "hello").file("d/b", "world").symlink("d/l", "a");
    let ran = run(create(tree.path()).args(["-o", "-", "d"])).exits(0);
    assert_eq!(ran.out(), format!("{HELLO}  d/a\n{WORLD}  d/b\n"));
    assert_eq!(ran.err(), "checksig: skipped 1 symlink\n");
    // The file that a shell has just made for it is not listed.
    let script = "\"$0\" create -a md5 -o - . > here && md5sum --check --strict --warn --quiet here";
    let mut shell = Command::new("bash");
    let ran =
        run(shell.args(["-c", script, env!("CARGO_BIN_EXE_checksig")]).current_dir(tree.path())).exits(0);
    assert_eq!(ran.lossy(), "");
    assert_eq!(lines(&fs::read(tree.at("here")).expect("the list")), 2);
    let full = File::options().write(true).open("/dev/full").expect("/dev/full");
    let mut command = create(tree.path());
    Running::take(command.args(["-o", "-", "."]).stdout(full).stderr(Stdio::piped())).end().exits(2);
    // Nothing is printed if a file cannot be read.
    let ran = run(create(tree.path()).args(["-o", "-", "d", "none"])).exits(1);
    assert_eq!(ran.out(), "");
}

#[test]
fn a_list_that_is_there_is_replaced_only_by_force() {
    let tree = Tree::new();
    tree.file("a", "hello").file("sha256sum.txt", "old\n");
    let ran = run(create(tree.path()).arg(".")).exits(2);
    assert!(ran.err().contains("sha256sum.txt already (--force overwrites it)"), "{}", ran.err());
    assert_eq!(fs::read_to_string(tree.at("sha256sum.txt")).expect("the list"), "old\n");
    // Its mode goes on, and a hard link to the old one keeps the old content; it is a file like others.
    fs::set_permissions(tree.at("sha256sum.txt"), fs::Permissions::from_mode(0o640)).expect("chmod");
    fs::hard_link(tree.at("sha256sum.txt"), tree.at("kept")).expect("a link");
    list_of(&tree);
    assert_eq!(fs::metadata(tree.at("sha256sum.txt")).expect("the list").mode() & 0o777, 0o640);
    assert_eq!(fs::read_to_string(tree.at("kept")).expect("the old list"), "old\n");
    // A new one has the mode that every new file has.
    fs::remove_file(tree.at("sha256sum.txt")).expect("remove");
    let mut shell = Command::new("bash");
    shell.args(["-c", "umask 027 && exec \"$0\" create .", env!("CARGO_BIN_EXE_checksig")]);
    run(shell.current_dir(tree.path())).exits(0);
    assert_eq!(fs::metadata(tree.at("sha256sum.txt")).expect("the list").mode() & 0o777, 0o640);
    // What is no regular file is not replaced.
    tree.dir("dir.sha256").fifo("fifo.sha256").symlink("link.sha256", "a");
    for name in ["fifo.sha256", "link.sha256", "/dev/null"] {
        let ran = run(create(tree.path()).args(["--force", "-o", name, "a"])).exits(2);
        assert!(ran.err().contains("not a regular file") || name.starts_with('/'), "{}", ran.err());
    }
    assert_eq!(fs::read_to_string(tree.at("a")).expect("the file"), "hello");
}

#[test]
fn a_list_never_contains_itself_by_another_way() {
    let tree = Tree::new();
    tree.file("f", "hello");
    run(create(tree.path()).arg(".")).exits(0);
    symlink("sha256sum.txt", tree.at("link")).expect("a symlink");
    run(create(tree.path()).args(["-f", "link", "f"])).exits(0);
    assert_eq!(text(&tree).lines().count(), 1, "{}", text(&tree));

    let tree = Tree::new();
    tree.file("d/x", "hello");
    symlink("..", tree.at("d/up")).expect("a symlink");
    for force in [&[][..], &["-f"]] {
        run(create(tree.path()).args(force).args(["--follow", "-o", ".", "d"])).exits(0);
        assert!(!text(&tree).contains("sha256sum.txt"), "{}", text(&tree));
    }
}

#[test]
fn only_files_are_taken_for_temporary_ones() {
    let tree = Tree::new();
    tree.file(".checksig-tmp-0123456789abcdef/data", "precious").file("f", "hello");
    run(create(tree.path()).arg(".")).exits(0);
    assert!(text(&tree).contains(".checksig-tmp-0123456789abcdef/data"), "{}", text(&tree));
}

#[test]
fn a_private_list_stays_private_while_it_is_made() {
    let tree = Tree::new();
    tree.file("f", "hello").file("sha256sum.txt", "old");
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(tree.at("sha256sum.txt"), private).expect("a mode");
    let log = Tree::new();
    let mut strace = Command::new("strace");
    strace.args(["-f", "-e", "trace=openat", "-o"]).arg(log.at("log"));
    strace.arg(env!("CARGO_BIN_EXE_checksig")).args(["create", "-f", "."]);
    run(strace.current_dir(tree.path())).exits(0);
    let calls = fs::read_to_string(log.at("log")).expect("the log");
    let made: Vec<_> = calls.lines().filter(|call| call.contains("O_EXCL")).collect();
    assert!(made.len() == 1 && made[0].contains("0600"), "{made:?}");
    assert_eq!(fs::metadata(tree.at("sha256sum.txt")).expect("the list").permissions().mode() & 0o777, 0o600);
}

#[test]
fn what_is_in_an_excluded_directory_is_excluded_though_it_is_named() {
    let tree = Tree::new();
    tree.file("build/deep/x", "hello").file("y", "world");
    let out = run(create(tree.path()).args(["-o", ".", "-x", "build/", "build/deep/x", "y"])).exits(0).out();
    assert!(out.contains("1 excluded path") && text(&tree).lines().count() == 1, "{out}");
}
