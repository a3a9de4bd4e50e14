//! `checksig update`: what is new is added, and what is listed stays as it is unless it is asked otherwise.

mod common;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use common::lists::{create, expected, gnu_checks, temporaries, update, verified};
use common::{HELLO, Ran, Running, Tree, WORLD, digests, run, wait_until};

fn list(tree: &Tree, name: &str) -> String {
    fs::read_to_string(tree.at(name)).expect("the list")
}

#[track_caller]
fn updated(tree: &Tree, args: &[&str]) -> String {
    let out = run(update(tree.path()).args(args)).exits(0).out();
    assert_eq!(temporaries(tree.path()), [""; 0]);
    out
}

/// Gives a file and the list times that lie far apart, the file's before the list's.
fn age(path: &Path) {
    let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    let file = fs::File::options().append(true).open(path).expect("the file");
    file.set_modified(long_ago).expect("set the time");
}

#[test]
fn new_files_are_added_in_order() {
    let tree = Tree::new();
    tree.file("b", "hello").file("d/a", "world");
    run(create(tree.path()).arg(".")).exits(0);
    tree.file("a", "1").file("c\n", "2").file("d/b", "3").file("-", "4").file("no.tmp", "5");
    let out = updated(&tree, &["-x", "*.tmp", "sha256sum.txt"]);
    assert_eq!(
        out.lines().take(5).collect::<Vec<_>>(),
        [
            "added ./-",
            "added a",
            r"added $'c\n'",
            "added d/b",
            "updated sha256sum.txt: 4 added, 0 rehashed, 0 pruned, 2 unchanged"
        ]
    );
    let right = expected(tree.path(), "sha256", "untagged", &["sha256sum.txt", "no.tmp"]);
    assert_eq!(list(&tree, "sha256sum.txt").as_bytes(), right);
    gnu_checks(tree.path(), "sha256sum", "sha256sum.txt");
}

#[test]
fn nothing_to_do_leaves_the_very_file() {
    let tree = Tree::new();
    tree.file("a", "hello");
    run(create(tree.path()).arg(".")).exits(0);
    let state = |tree: &Tree| {
        let metadata = fs::metadata(tree.at("sha256sum.txt")).expect("the list");
        (metadata.ino(), metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec())
    };
    let before = state(&tree);
    for options in [&[][..], &["--changed"], &["--prune"], &["--changed", "--prune"]] {
        let out = updated(&tree, &[options, &["sha256sum.txt"]].concat());
        assert!(
            out.starts_with("nothing to do for sha256sum.txt: 0 added, 0 rehashed, 0 pruned, 1 unchanged"),
            "{out}"
        );
        assert_eq!(state(&tree), before, "{options:?}");
    }
}

/// The danger of such a command: that damage gets a digest of its own.
#[test]
fn a_listed_file_is_hashed_again_only_if_asked() {
    let tree = Tree::new();
    tree.file("a", "hello").file("b", "hello");
    run(create(tree.path()).arg(".")).exits(0);
    let before = list(&tree, "sha256sum.txt");
    tree.file("a", "world");
    let out = updated(&tree, &["sha256sum.txt"]);
    assert!(out.starts_with("nothing to do ") && out.contains("listed and changed since: "), "{out}");
    assert_eq!(list(&tree, "sha256sum.txt"), before);
    // Nor when something else is written.
    tree.file("c", "world");
    updated(&tree, &["sha256sum.txt"]);
    assert_eq!(list(&tree, "sha256sum.txt"), format!("{before}{WORLD}  c\n"));
    // That has not made the change older than the list.
    let out = updated(&tree, &["--changed", "sha256sum.txt"]);
    assert!(
        out.starts_with("rehashed a\nupdated sha256sum.txt: 0 added, 1 rehashed, 0 pruned, 2 unchanged"),
        "{out}"
    );
    assert_eq!(list(&tree, "sha256sum.txt"), format!("{WORLD}  a\n{HELLO}  b\n{WORLD}  c\n"));
    verified(tree.path(), "sha256sum.txt", 3);
}

/// A time of change can be set back, the time of the change of the metadata cannot.
#[test]
fn a_file_whose_time_was_set_back_is_found() {
    let tree = Tree::new();
    tree.file("a", "hello");
    run(create(tree.path()).arg(".")).exits(0);
    tree.file("a", "world");
    age(&tree.at("a"));
    assert!(updated(&tree, &["--changed", "sha256sum.txt"]).starts_with("rehashed a\n"));
}

/// Nor is a file overlooked that is changed after it was hashed and before the list is written.
#[test]
fn what_changes_while_a_list_is_made_is_newer_than_it() {
    let tree = Tree::new();
    tree.file("a", "hello").sparse("large", 100_000_000);
    let running = Running::start(create(tree.path()).arg("."));
    let descriptors = format!("/proc/{}/fd", running.pid.as_raw_nonzero());
    let large = tree.at("large");
    wait_until("the large file is being read, or the run is over", || {
        fs::read_dir(&descriptors).map_or(true, |entries| {
            entries.flatten().any(|entry| fs::read_link(entry.path()).is_ok_and(|target| target == large))
        })
    });
    tree.file("a", "changed");
    // Either it was hashed before, or it was seen to change, or it was hashed after.
    let made = running.end();
    if made.code() == 0 {
        updated(&tree, &["--changed", "sha256sum.txt"]);
        verified(tree.path(), "sha256sum.txt", 2);
    } else {
        assert!(made.err().contains("cannot read a: it changed while it was read"), "{}", made.err());
    }
}

#[test]
fn lines_of_files_that_are_gone_are_dropped_only_if_asked() {
    let tree = Tree::new();
    tree.file("a", "hello").file("b", "hello").file("d/c", "hello").file("e", "world");
    run(create(tree.path()).arg(".")).exits(0);
    let before = list(&tree, "sha256sum.txt");
    fs::remove_file(tree.at("b")).expect("remove");
    fs::remove_dir_all(tree.at("d")).expect("remove");
    tree.file("d", "now a file");
    let out = updated(&tree, &["-x", "d", "sha256sum.txt"]);
    assert!(out.contains("listed but gone: 2 (--prune drops the lines)"), "{out}");
    assert_eq!(list(&tree, "sha256sum.txt"), before);
    let out = updated(&tree, &["-x", "d", "--prune", "sha256sum.txt"]);
    assert!(
        out.starts_with(
            "pruned b\npruned d/c\nupdated sha256sum.txt: 0 added, 0 rehashed, 2 pruned, 2 unchanged"
        ),
        "{out}"
    );
    assert_eq!(list(&tree, "sha256sum.txt"), format!("{HELLO}  a\n{WORLD}  e\n"));
    // Excluded is not gone; and a list without a line is none.
    assert!(updated(&tree, &["-x", "*", "--prune", "sha256sum.txt"]).starts_with("nothing to do"));
    fs::remove_file(tree.at("a")).and_then(|()| fs::remove_file(tree.at("e"))).expect("remove");
    let ran = run(update(tree.path()).args(["-x", "*", "--prune", "sha256sum.txt"])).exits(2);
    assert!(ran.err().contains("not one file of the list sha256sum.txt is left"), "{}", ran.err());
}

/// Algorithms, forms, comments and names stay as they are.
#[test]
fn a_list_keeps_its_ways() {
    let tree = Tree::new();
    let md5 = |text: &str| digests(&[("md5", &format!("text:{text}"))]).remove(0);
    tree.file("a", "hello").file("b", "hello").file("z", "world");
    let hello = md5("hello");
    let lines = format!(
        "# made by hand\n{HELLO} *./z/../z\n\n{HELLO}  .//b\nMD5 (b) = {}\r\n# and this\n{HELLO}  b\n",
        hello.to_uppercase()
    );
    tree.file("list", lines.replace("./z/../z", "z"));
    // The line of z is wrong, and stays wrong.
    let out = updated(&tree, &["list"]);
    assert!(out.contains("updated list: 1 added, 0 rehashed, 0 pruned, 2 unchanged"), "{out}");
    let right = format!(
        "# made by hand\n# and this\n{HELLO}  .//b\nMD5 (b) = {hello}\n{HELLO}  a\nMD5 (a) = {hello}\n{HELLO}  z\n"
    );
    // Sorted by name, and all lines of a file together.
    assert_eq!(list(&tree, "list"), right.replace("MD5 (b)", "MD5 (.//b)"));
    let statuses = run(common::verify(tree.path()).args(["--json", "list"])).exits(1).statuses();
    let bad: Vec<_> = statuses.iter().filter(|(status, _)| status != "ok").collect();
    assert_eq!(bad, [&("mismatch".to_owned(), "z".to_owned())]);

    // An algorithm that only the option tells.
    tree.file(
        "sums",
        run(common::checksig().args(["hash", "-a", "blake3", "a"]).current_dir(tree.path())).exits(0).stdout,
    );
    updated(&tree, &["-a", "blake3", "-x", "list", "sums"]);
    let ran = run(common::verify(tree.path()).args(["--json", "-a", "blake3", "sums"])).exits(0);
    assert_eq!(ran.json_of("summary")[0]["ok"], 3);
    // Two tagged algorithms, one tree.
    tree.dir("t").file("t/x", "hello");
    run(create(tree.path()).args(["--tag", "-o", "t/list.txt", "t"])).exits(0);
    tree.file("t/y", "world");
    updated(&tree, &["t/list.txt"]);
    assert_eq!(list(&tree, "t/list.txt"), format!("SHA256 (x) = {HELLO}\nSHA256 (y) = {WORLD}\n"));
}

#[test]
fn lists_that_are_named_together_do_not_list_each_other() {
    let tree = Tree::new();
    tree.file("a", "hello");
    run(create(tree.path()).args(["-a", "sha256", "-a", "md5", "."])).exits(0);
    tree.file("b", "world");
    updated(&tree, &["sha256sum.txt", "md5sum.txt"]);
    for (algorithm, program) in [("sha256", "sha256sum"), ("md5", "md5sum")] {
        let name = format!("{algorithm}sum.txt");
        let right = expected(tree.path(), algorithm, "untagged", &["sha256sum.txt", "md5sum.txt"]);
        assert_eq!(list(&tree, &name).as_bytes(), right);
        gnu_checks(tree.path(), program, &name);
    }
    // Alone, the other one is a file like others.
    assert!(updated(&tree, &["md5sum.txt"]).starts_with("added sha256sum.txt\n"));
}

#[test]
fn a_list_that_is_not_in_order_is_refused_and_stays() {
    let tree = Tree::new();
    tree.file("a", "hello")
        .file("new", "new")
        .symlink("link.sha256", "real.sha256")
        .fifo("fifo.sha256")
        .dir("dir");
    tree.file("real.sha256", format!("{HELLO}  a\n"));
    let refused = |name: &str, content: &str, why: &str| {
        tree.file(name, content);
        let ran = run(update(tree.path()).args(["--changed", "--prune", name])).exits(2);
        assert!(ran.err().contains(why) && ran.err().contains(name), "{why}: {}", ran.err());
        assert_eq!(list(&tree, name), content);
        assert_eq!(temporaries(tree.path()), [""; 0]);
        fs::remove_file(tree.at(name)).expect("remove");
    };
    refused("l.sha256", &format!("{HELLO}  a\ngarbage\n"), "l.sha256:2: malformed: ");
    refused(
        "l.sha256",
        &format!("{HELLO}  a\n{WORLD}  ./a\n"),
        "l.sha256:2: ./a has another digest in a line before",
    );
    refused("l.sha256", &format!("{HELLO}  ../a\n"), "l.sha256:1: ../a is no name of a file beneath");
    refused("l.sha256", &format!("{HELLO}  /a\n"), "is no name of a file beneath");
    refused("l.sha256", &format!("{HELLO}  a/\n"), "is no name of a file beneath");
    refused("l.sha256", &format!("{HELLO}  ./l.sha256\n"), "the list names itself");
    refused("l.sha256", "# nothing\n", "has not one entry");
    for (name, why) in [
        ("link.sha256", "it is a symlink"),
        ("fifo.sha256", "it is not a regular file"),
        ("dir", "it is a directory: name a list in it"),
        ("none", "No such file"),
        ("none/none", "cannot open the directory none"),
    ] {
        let ran = run(update(tree.path()).arg(name)).exits(2);
        assert!(ran.err().contains(why), "{name}: {}", ran.err());
    }
    assert_eq!(list(&tree, "real.sha256"), format!("{HELLO}  a\n"));
}

#[test]
fn a_file_that_cannot_be_read_keeps_the_list_as_it_is() {
    let tree = Tree::new();
    tree.file("a", "hello").file("b", "world");
    run(create(tree.path()).arg(".")).exits(0);
    let before = list(&tree, "sha256sum.txt");
    // A listed file that is a directory now.
    fs::remove_file(tree.at("a")).expect("remove");
    tree.dir("a").file("c", "new");
    let ran: Ran = run(update(tree.path()).args(["--changed", "sha256sum.txt"])).exits(1);
    assert!(ran.err().contains("cannot read a: it is not a regular file"), "{}", ran.err());
    assert_eq!(list(&tree, "sha256sum.txt"), before);
    // Who does not ask for its hash gets what is new.
    assert!(updated(&tree, &["sha256sum.txt"]).starts_with("added c\n"));
}

/// Whoever comes second waits for nobody, and overwrites nothing.
#[test]
fn updates_at_the_same_time_lose_no_line() {
    let tree = Tree::new();
    tree.file("a", "hello");
    run(create(tree.path()).arg(".")).exits(0);
    for number in 0..300 {
        tree.file(format!("n{number}"), number.to_string());
    }
    let running: Vec<_> = (0..6).map(|_| Running::start(update(tree.path()).arg("sha256sum.txt"))).collect();
    let ran: Vec<_> = running.into_iter().map(Running::end).collect();
    assert!(ran.iter().any(|ran| ran.code() == 0));
    for ran in &ran {
        let busy = ran.err().contains("another program is just changing it")
            || ran.err().contains("changed meanwhile");
        assert!(ran.code() == 0 || ran.code() == 2 && busy, "{} {}", ran.code(), ran.err());
    }
    let right = expected(tree.path(), "sha256", "untagged", &["sha256sum.txt"]);
    assert_eq!(list(&tree, "sha256sum.txt").as_bytes(), right);
    assert_eq!(temporaries(tree.path()), [""; 0]);
}

#[test]
fn a_signal_between_two_lists_is_no_success() {
    let tree = Tree::new();
    tree.file("a/f", "hello").file("b/f", "hello");
    for directory in ["a", "b"] {
        run(create(tree.path()).arg(directory)).exits(0);
        tree.file(format!("{directory}/new"), "world");
    }
    let before = list(&tree, "b/sha256sum.txt");
    let mut strace = std::process::Command::new("strace");
    strace.args([
        "-f",
        "-o",
        "/dev/null",
        "-e",
        "trace=renameat",
        "-e",
        "inject=renameat:signal=SIGTERM:when=1",
    ]);
    strace.arg(env!("CARGO_BIN_EXE_checksig")).arg("update").args(["a/sha256sum.txt", "b/sha256sum.txt"]);
    let ran = run(strace.current_dir(tree.path()));
    ran.exits(143);
    assert_eq!(list(&tree, "b/sha256sum.txt"), before);
    assert!(list(&tree, "a/sha256sum.txt").contains("new"));
}

#[test]
fn what_the_run_writes_is_not_added_to_a_list() {
    let tree = Tree::new();
    tree.file("f", "hello");
    run(create(tree.path()).arg(".")).exits(0);
    tree.file("g", "world");
    let log = |name: &str| fs::File::create(tree.at(name)).expect("a file");
    let mut command = update(tree.path());
    command.arg("sha256sum.txt").stdout(log("out.log")).stderr(log("err.log"));
    assert!(command.status().expect("checksig runs").success());
    assert!(fs::read_to_string(tree.at("out.log")).expect("the output").starts_with("added g\n"));
    let right = expected(tree.path(), "sha256", "untagged", &["sha256sum.txt", "out.log", "err.log"]);
    assert_eq!(list(&tree, "sha256sum.txt").as_bytes(), right);
}

#[test]
fn lists_of_a_run_that_name_each_other_are_refused() {
    let tree = Tree::new();
    tree.file("f", "hello");
    run(create(tree.path()).arg(".")).exits(0);
    run(create(tree.path()).args(["-a", "md5", "."])).exits(0);
    tree.file("g", "world");
    let before = list(&tree, "md5sum.txt");
    let ran = run(update(tree.path()).args(["--changed", "md5sum.txt", "sha256sum.txt"]));
    let said = ran.exits(2).err();
    assert!(said.contains("md5sum.txt names sha256sum.txt, which is being written too"), "{said}");
    assert_eq!(list(&tree, "md5sum.txt"), before);
}

#[test]
fn an_algorithm_that_the_name_of_the_list_denies_is_refused() {
    let tree = Tree::new();
    tree.file("f", "hello");
    run(create(tree.path()).arg(".")).exits(0);
    tree.file("g", "world");
    let before = list(&tree, "sha256sum.txt");
    let said = run(update(tree.path()).args(["-a", "blake3", "sha256sum.txt"])).exits(2).err();
    assert!(said.contains("is read as one of sha256"), "{said}");
    assert_eq!(list(&tree, "sha256sum.txt"), before);
}

#[test]
fn listed_names_that_are_no_files_any_more_are_counted() {
    let tree = Tree::new();
    tree.file("f", "hello").file("g", "world");
    run(create(tree.path()).arg(".")).exits(0);
    fs::remove_file(tree.at("f")).expect("remove");
    fs::create_dir(tree.at("f")).expect("a directory");
    let out = updated(&tree, &["sha256sum.txt"]);
    assert!(out.contains("listed and not to be looked at: 1"), "{out}");
}
