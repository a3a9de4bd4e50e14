//! The contract of the program that checksig grew out of, from Python through ctypes, with nothing but the shared library.

mod common;

use std::process::Command;

use common::{library, succeed, top, tree};

/// `restype` is a pointer, NULL says verified, everything else is a message that is
/// to be freed.
const SCRIPT: &str = r#"
import ctypes, sys
library, logs, damaged, twenty = sys.argv[1:]
lib = ctypes.CDLL(library)
lib.checksig_check_signatures.restype = ctypes.c_void_p
libc = ctypes.CDLL(None)

def check(directory, free):
    message = lib.checksig_check_signatures(directory)
    if message is None:
        return None
    text = ctypes.string_at(message).decode()
    free(ctypes.c_void_p(message))
    return text

for free in lib.checksig_string_free, libc.free, lib.free:
    assert check(logs.encode(), free) is None
    text = check(damaged.encode(), free)
    assert "httpd-03.log: mismatch" in text and "httpd-06.log: missing" in text, text
    text = check(twenty.encode(), free)
    assert text.count(": missing") == 20 and text.endswith("and 5 more"), text
    assert "NULL" in check(None, free)
    assert "not\\xff there" in check(b"not\xff there", free)

lib.checksig_version.restype = ctypes.c_char_p
print(lib.checksig_version().decode(), lib.checksig_abi_version())
"#;

#[test]
fn check_signatures_through_ctypes() {
    let trees = tree::make();
    let mut python = Command::new("python3");
    python.args(["-c", SCRIPT]).arg(library().join("libchecksig.so"));
    python.args([top().join("examples/logs"), top().join("examples/damaged"), trees.path().join("twenty")]);
    assert_eq!(succeed(&mut python), concat!(env!("CARGO_PKG_VERSION"), " 0\n"));
}
