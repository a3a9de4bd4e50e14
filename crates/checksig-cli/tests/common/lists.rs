//! What the tests of `create` and `update` share: what a list must be, by Python, and what is left of a run.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

use super::{Ran, Tree, checksig, run};

/// Writes what the list of a directory must be: every regular file but the ones named, sorted bytewise, by os.walk and
/// hashlib. Arguments: algorithm, `tagged` or `untagged`, files to leave out.
const ORACLE: &str = r#"
import hashlib, os, stat, sys
algorithm, style, out = sys.argv[1], sys.argv[2], {os.fsencode(name) for name in sys.argv[3:]}
def fail(error): raise error
names = []
for directory, _, files in os.walk(b".", onerror=fail):
    for name in files:
        path = os.path.join(directory, name)[2:]
        if stat.S_ISREG(os.lstat(b"./" + path).st_mode) and path not in out:
            names.append(b"./-" if path == b"-" else path)
for name in sorted(names):
    digest = hashlib.new(algorithm, open(name, "rb").read()).hexdigest().encode()
    escaped = name.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\r", b"\\r")
    mark = b"" if escaped == name else b"\\"
    if style == "tagged":
        line = mark + algorithm.upper().encode() + b" (" + escaped + b") = " + digest
    else:
        line = mark + digest + b"  " + escaped
    sys.stdout.buffer.write(line + b"\n")
"#;

/// What the list of a directory must be.
pub fn expected(directory: &Path, algorithm: &str, style: &str, out: &[&str]) -> Vec<u8> {
    let mut python = Command::new("python3");
    python.args(["-c", ORACLE, algorithm, style]).args(out).current_dir(directory);
    run(&mut python).exits(0).stdout
}

/// `checksig create` in a directory, with the number of threads that the whole suite is run with.
pub fn create(directory: impl AsRef<Path>) -> Command {
    command("create", directory.as_ref())
}

pub fn update(directory: impl AsRef<Path>) -> Command {
    command("update", directory.as_ref())
}

fn command(name: &str, directory: &Path) -> Command {
    let mut command = checksig();
    command.arg(name).args(super::suite_threads()).current_dir(directory);
    command
}

/// GNU's program finds nothing to complain of, and every file as listed.
#[track_caller]
pub fn gnu_checks(directory: &Path, program: &str, list: &str) {
    let mut gnu = Command::new(program);
    gnu.args(["--check", "--strict", "--warn", "--quiet", list]).env("LC_ALL", "C").current_dir(directory);
    let ran = run(&mut gnu).exits(0);
    assert_eq!((ran.lossy().as_str(), ran.err().as_str()), ("", ""), "{program} {list}");
}

/// `checksig verify` finds as many files in a list, all as listed.
#[track_caller]
pub fn verified(directory: &Path, list: &str, files: usize) {
    let ran: Ran = run(super::verify(directory).args(["--json", list])).exits(0);
    assert_eq!(ran.json_of("summary")[0]["ok"], files, "{list}");
}

/// The temporary files in a directory.
pub fn temporaries(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("the directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(".checksig-tmp-")).collect()
}

/// A tree of names that hold every byte that a name can hold: alone, and at the beginning, in the middle and at the end.
pub fn every_byte() -> (Tree, usize) {
    let tree = Tree::new();
    let mut count = 0;
    for byte in (1..=255).filter(|&byte| byte != b'/') {
        for name in [vec![byte], vec![byte, b'x'], vec![b'x', byte, b'y'], vec![b'x', byte]] {
            // `.` is the directory; the other forms of a byte that is `x` or `y` are there already.
            if name != b"." && !tree.at(&name).exists() {
                tree.file(&name, format!("{byte} {}", name.len()));
                count += 1;
            }
        }
    }
    // What a reader may take for something else: a comment, binary mode, another style, the other end of a tagged line.
    for name in [&b"#x"[..], b"*", b" ", b"  ", b") = ", b"a) = b", b"SHA256 (x) = y", b"\\\\host\\x", b"c:x"]
    {
        if !tree.at(name).exists() {
            tree.file(name, name);
            count += 1;
        }
    }
    let under = OsStr::from_bytes(b"d\xff\n ");
    for byte in (1..=255).filter(|byte| !b"/.".contains(byte)) {
        tree.file([under.as_bytes(), b"/", &[byte]].concat(), [byte]);
        count += 1;
    }
    (tree, count)
}
