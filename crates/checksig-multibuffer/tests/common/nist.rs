//! Reads the response files of NIST's Secure Hash Algorithm Validation System, `vectors/nist/*.rsp`.

use std::fs;

/// A message and its digest.
pub struct Answer {
    pub message: Vec<u8>,
    pub digest: Vec<u8>,
}

/// The messages of one file, such as `SHA256ShortMsg`.
pub fn messages(name: &str) -> Vec<Answer> {
    let text = read(name);
    let fields = fields(&text);
    let answers = fields.chunks(3).map(|chunk| match chunk {
        [("Len", bits), ("Msg", message), ("MD", digest)] => {
            let mut message = bytes(message);
            // An empty message is written as one byte.
            message.truncate(bits.parse::<usize>().expect("a number of bits") / 8);
            Answer { message, digest: bytes(digest) }
        }
        other => panic!("{name}: {other:?}"),
    });
    answers.collect()
}

/// The seed of a Monte Carlo test, and the digests that a thousand steps each lead to.
pub fn monte_carlo(name: &str) -> Vec<Vec<u8>> {
    let text = read(name);
    let fields = fields(&text);
    let wanted = fields.iter().filter(|(field, _)| ["Seed", "MD"].contains(field));
    wanted.map(|(_, value)| bytes(value)).collect()
}

fn read(name: &str) -> String {
    let path = format!("{}/../../vectors/nist/{name}.rsp", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What stands left and right of `=`, but for the length of all digests, which is in brackets.
fn fields(text: &str) -> Vec<(&str, &str)> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '[']));
    lines.map(|line| line.split_once(" = ").expect("a field and its value")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
}
