//! Results for programs: JSON Lines, described in docs/json.md.

use std::fmt::Display;
use std::io::{self, Write};

use checksig_core::{MalformedLine, Outcome, Policy, Report, Status, is_unprintable};
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

/// The version of the format: changes when a reader of the old one could be misled.
const VERSION: u32 = 1;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line<'a> {
    Outcome {
        list: String,
        line: u64,
        path: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        path_b64: Option<String>,
        algorithm: String,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        algorithm_assumed: bool,
        status: &'static str,
        expected: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        actual: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        errno: Option<i32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        offset: Option<u64>,
    },
    Malformed {
        list: String,
        line: u64,
        reason: &'static str,
    },
    Error {
        message: String,
    },
    Summary {
        version: u32,
        verdict: &'static str,
        complete: bool,
        #[serde(flatten)]
        counts: StatusCounts<'a>,
        entries: u64,
        malformed: u64,
        files: u64,
        verified_files: u64,
        lists: u64,
        unread_lists: u64,
        empty_lists: u64,
        bytes: u64,
        weak_algorithms: Vec<String>,
    },
}

/// Each status and its count as a member.
struct StatusCounts<'a>(&'a Report);

impl Serialize for StatusCounts<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.counts.iter().map(|(status, count)| (status.name(), count)))
    }
}

pub(crate) fn outcome(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    let path = outcome.path().as_bytes();
    write_line(
        out,
        &Line::Outcome {
            list: lossy(outcome.list()),
            line: outcome.line(),
            path: lossy(path),
            path_b64: std::str::from_utf8(path).is_err().then(|| base64(path)),
            algorithm: outcome.algorithm().name().into_owned(),
            algorithm_assumed: outcome.algorithm_assumed() && outcome.status() != Status::Ok,
            status: outcome.status().name(),
            expected: outcome.expected().to_string(),
            actual: outcome.actual().map(|checksum| checksum.to_string()),
            errno: outcome.errno(),
            offset: outcome.offset(),
        },
    )
}

pub(crate) fn malformed(out: &mut impl Write, line: &MalformedLine) -> io::Result<()> {
    write_line(
        out,
        &Line::Malformed { list: lossy(line.list()), line: line.line(), reason: line.reason().code() },
    )
}

pub(crate) fn error(out: &mut impl Write, message: impl Display) -> io::Result<()> {
    write_line(out, &Line::Error { message: message.to_string() })
}

pub(crate) fn summary(out: &mut impl Write, report: &Report, policy: &Policy) -> io::Result<()> {
    write_line(
        out,
        &Line::Summary {
            version: VERSION,
            verdict: report.verdict(policy).name(),
            complete: report.is_complete(),
            counts: StatusCounts(report),
            entries: report.entries(),
            malformed: report.malformed,
            files: report.files,
            verified_files: report.verified_files,
            lists: report.lists,
            unread_lists: report.unread_lists,
            empty_lists: report.empty_lists,
            bytes: report.bytes,
            weak_algorithms: report.weak_algorithms.iter().map(ToString::to_string).collect(),
        },
    )
}

fn write_line(out: &mut impl Write, line: &Line<'_>) -> io::Result<()> {
    line.serialize(&mut Serializer::with_formatter(&mut *out, Harmless(CompactFormatter)))?;
    out.write_all(b"\n")
}

/// Writes what must not reach a terminal as `\u` escapes; serde_json itself escapes only what JSON demands.
struct Harmless(CompactFormatter);

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        for c in fragment.chars() {
            if is_unprintable(c) {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            } else {
                self.0.write_string_fragment(writer, c.encode_utf8(&mut [0; 4]))?;
            }
        }
        Ok(())
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    use base64ct::{Base64, Encoding};
    Base64::encode_string(bytes)
}
