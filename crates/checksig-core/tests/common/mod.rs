//! What the tests of the engine share: lists made of names and contents, runs and what came of them, the store
//! with faults, and the hasher of several streams.
#![allow(dead_code, reason = "each test program uses a part of it")]

pub mod hostile;
pub mod memory;
pub mod streams;
pub mod ways;

use std::ops::ControlFlow;
use std::sync::Arc;

use checksig_core::source::Source;
use checksig_core::{
    Algorithm, ErrorKind, Event, Io, Keep, ListInput, Manifest, MultiHasher, ParseOptions, PathPolicy, Plan,
    Report, Status, Verifier,
};
use digest::Digest;

/// An outcome as the tests compare it: path, status, error number, offset.
pub type Seen = (String, Status, Option<i32>, Option<u64>);

/// The digest in hex.
pub fn sha256(content: &[u8]) -> String {
    hex(&sha2::Sha256::digest(content))
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// So many bytes without a pattern, the same for the same seed.
pub fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

/// A GNU line with the SHA-256 of the content.
pub fn line(name: &str, content: &[u8]) -> String {
    format!("{}  {name}\n", sha256(content))
}

/// A list of SHA-256 digests whose root is no directory: for runs in a store.
pub fn list(text: &str) -> ListInput {
    list_of(Algorithm::Sha256, text)
}

/// A list of one algorithm's digests.
pub fn list_of(algorithm: Algorithm, text: &str) -> ListInput {
    let options = ParseOptions::default().algorithm(algorithm);
    ListInput::new("list", "store", Manifest::parse(text.as_bytes(), &options))
}

/// The plan of one list.
pub fn plan(text: &str) -> Plan {
    plan_of(vec![list(text)])
}

/// The plan of several lists.
pub fn plan_of(lists: Vec<ListInput>) -> Plan {
    Plan::new(lists, PathPolicy::Beneath).expect("a plan")
}

/// Runs a plan in a store and gives back the report and every outcome in the order told. Checks that the report and
/// the events are the same.
pub fn run<H: MultiHasher>(
    verifier: &Verifier<H>,
    plan: Plan,
    source: Arc<dyn Source>,
) -> (Report, Vec<Seen>) {
    let entries = plan.entries() as u64;
    let mut seen = Vec::new();
    let report = verifier
        .clone()
        .keep(Keep::All)
        .run_in(plan, source, &mut |event: Event<'_>| {
            if let Event::Outcome(outcome) = event {
                let path = outcome.path().to_string();
                seen.push((path, outcome.status(), outcome.errno(), outcome.offset()));
            }
            ControlFlow::Continue(())
        })
        .expect("a run");
    let kept: Vec<Status> = report.outcomes.iter().map(|outcome| outcome.status()).collect();
    assert_eq!(kept, seen.iter().map(|seen| seen.1).collect::<Vec<_>>());
    assert_eq!(report.entries(), entries);
    for (status, count) in report.counts.iter() {
        assert_eq!(count, kept.iter().filter(|&&kept| kept == status).count() as u64, "{status}");
    }
    (report, seen)
}

/// [`Io::Uring`], unless the system that the tests run on forbids it: then what `auto` falls back to.
pub fn ring_if_allowed() -> Io {
    let directory = tempfile::tempdir().expect("a directory");
    let input = ListInput::new(
        "list",
        directory.path(),
        Manifest::parse(line("none", b"").as_bytes(), &ParseOptions::default()),
    );
    let verifier = Verifier::new().io(Io::Uring);
    match verifier.run(plan_of(vec![input]), &mut ()) {
        Ok(_) => Io::Uring,
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::NoIoUring), "{error}");
            Io::Blocking
        }
    }
}

/// The statuses alone.
pub fn statuses(seen: &[Seen]) -> Vec<Status> {
    seen.iter().map(|seen| seen.1).collect()
}
