//! The program and every hostile path, with `openat2` and without: strace sees that it reads nothing outside the root.
//! A test for each path, command and way.

mod common;
#[path = "../../checksig-core/tests/common/hostile.rs"]
mod hostile;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use checksig_core::Status;
use common::{Ran, Tree, assert_harmless, digests, run};
use libtest_mimic::{Arguments, Trial};

/// What reads a file or a directory.
const READS: &str = "read,pread64,readv,preadv,preadv2,getdents64,mmap";

/// A tree of hostile paths and what is outside of it.
struct Place {
    directory: Tree,
    /// SHA-256 of what the files inside hold, and of what is outside.
    inside: String,
    outside: String,
}

impl Place {
    fn new() -> Self {
        let directory = Tree::new();
        hostile::make_tree(directory.path());
        let mut digests = digests(&[("sha256", "text:inside"), ("sha256", "text:secret")]);
        let outside = digests.remove(1);
        Self { directory, inside: digests.remove(0), outside }
    }

    /// Runs the program, and what it read of what is outside.
    fn run(&self, openat2: bool, input: Option<&[u8]>, args: &[&OsStr]) -> (Ran, String) {
        let own = Tree::new();
        let mut strace = Command::new("strace");
        strace.args(["-f", "--quiet=all", "-o"]).arg(own.at("log"));
        let top = self.directory.path();
        let mut files =
            vec![top.join("outside"), top.join("outside/secret"), "/".into(), "/etc/passwd".into()];
        files.extend(["/dev/null".into(), "/dev/zero".into(), top.to_owned()]);
        let mut trace = READS.to_owned();
        if !openat2 {
            // It is tried on the root; where it fails there, it is not used.
            trace += ",openat2";
            strace.args(["-e", "inject=openat2:error=ENOSYS"]);
            files.push(".".into());
        }
        strace.arg("-e").arg(format!("trace={trace}"));
        for file in files {
            strace.arg("-P").arg(file);
        }
        strace.arg(env!("CARGO_BIN_EXE_checksig")).args(args).current_dir(own.path());
        strace.stdin(Stdio::null()).env_remove("NO_COLOR").env("LC_ALL", "C.UTF-8");
        if let Some(input) = input {
            own.file("list", input);
            strace.stdin(fs::File::open(own.at("list")).expect("the list"));
        }
        let ran = run(&mut strace);
        let log = fs::read_to_string(own.at("log")).expect("the log of strace");
        assert_eq!(log.contains("openat2") && log.contains("ENOSYS"), !openat2, "{log}");
        let is_read = |line: &&str| !line.contains("openat2") && !line.contains("???(");
        // What strace cannot name is a process that ended before it could be looked at.
        let read = log.lines().filter(is_read).collect::<Vec<_>>().join("\n");
        (ran, read)
    }
}

/// A list that names the path: the right status, and nothing outside is read.
fn verify(place: &Place, openat2: bool, name: &[u8], status: Status) {
    let list = [place.inside.as_bytes(), b"  ", name, b"\n"].concat();
    let root = place.directory.at("tree");
    let args = ["verify", "--json", "--io", "blocking", "--algorithm", "sha256", "--root"].map(OsStr::new);
    let args = [&args[..], &[root.as_os_str(), OsStr::new("-")]].concat();
    let (ran, read) = place.run(openat2, Some(&list), &args);
    assert_eq!(read, "", "it read what is outside");
    assert_harmless(&ran.stdout);
    assert!(!ran.lossy().contains(&place.outside), "it hashed what is outside");
    let outcomes = ran.json_of("outcome");
    assert_eq!(outcomes.len(), 1);
    assert_eq!(outcomes[0]["status"], status.name(), "{}", ran.lossy());
    assert_eq!(ran.code(), i32::from(status != Status::Ok));
}

/// A command that makes a list of the path: what is outside is neither read nor listed.
fn create(place: &Place, openat2: bool, name: &[u8]) {
    let own = Tree::new();
    let top = place.directory.path();
    let mut strace = Command::new("strace");
    // Every read, with the path of what is read.
    strace.args(["-f", "-y", "--quiet=all", "-o"]).arg(own.at("log"));
    strace.arg("-e").arg(format!("trace=openat2,{READS}"));
    if !openat2 {
        strace.args(["-e", "inject=openat2:error=ENOSYS"]);
    }
    strace.arg(env!("CARGO_BIN_EXE_checksig")).args(["create", "--follow", "-o", "-", "--"]);
    strace.arg(OsStr::from_bytes(name)).current_dir(place.directory.at("tree")).stdin(Stdio::null());
    let ran = run(&mut strace);
    let log = fs::read_to_string(own.at("log")).expect("the log of strace");
    let inside = format!("<{}/tree", top.display());
    let is_secret = |line: &&str| {
        let outside = line.contains(&format!("<{}", top.display())) && !line.contains(&inside);
        outside || ["</>", "</etc/passwd", "</dev/zero", "</dev/null>"].iter().any(|path| line.contains(path))
    };
    let read: Vec<_> = log.lines().filter(|line| !line.contains("openat2")).filter(is_secret).collect();
    assert!(read.is_empty(), "it read what is outside: {read:?}");
    assert!(openat2 || !log.contains("openat2") || log.contains("ENOSYS"), "{log}");
    for line in ran.lossy().lines() {
        assert!(line.trim_start_matches('\\').starts_with(&place.inside) || ran.code() != 0, "{line}");
    }
    assert!(!ran.lossy().contains(&place.outside), "it listed what is outside");
    assert!(matches!(ran.code(), 0..=2));
}

/// Whether strace would see it: a command that is told to read what is outside.
fn the_oracle_sees_what_is_read(place: &Place) {
    let secret = place.directory.at("outside/secret");
    let args = ["hash".as_ref(), secret.as_os_str()];
    let (ran, read) = place.run(true, None, &args);
    assert!(ran.out().starts_with(&place.outside) && read.contains("secret"), "{read}");
}

fn main() {
    let arguments = Arguments::from_args();
    let place = Arc::new(Place::new());
    let mut trials = Vec::new();
    for (number, (name, status, _)) in hostile::cases().into_iter().enumerate() {
        for (way, openat2) in [("with openat2", true), ("without", false)] {
            let (place, name) = (place.clone(), name.clone());
            let shown: String =
                Path::new(OsStr::from_bytes(&name)).display().to_string().chars().take(40).collect();
            // No argument can have one.
            if !name.contains(&0) {
                let (place, name) = (place.clone(), name.clone());
                trials.push(Trial::test(format!("create {number} {shown} {way}"), move || {
                    create(&place, openat2, &name);
                    Ok(())
                }));
            }
            trials.push(Trial::test(format!("verify {number} {shown} {way}"), move || {
                verify(&place, openat2, &name, status);
                Ok(())
            }));
        }
    }
    let at = place.clone();
    trials.push(Trial::test("strace sees what is read", move || {
        the_oracle_sees_what_is_read(&at);
        Ok(())
    }));
    let conclusion = libtest_mimic::run(&arguments, trials);
    drop(place);
    conclusion.exit();
}
