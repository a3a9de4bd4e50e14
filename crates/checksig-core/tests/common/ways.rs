//! The ways to open a file beneath a root, and what comes of a name each way.

use std::path::Path;
use std::sync::Arc;

use checksig_core::source::LocalTree;
use checksig_core::{
    Algorithm, Io, Keep, ListInput, Manifest, ParseOptions, PathPolicy, Plan, Status, Verifier, hash_stream,
};

/// Path, status, error number.
pub type Found = (String, Status, Option<i32>);

/// A list that expects `content` of every name. Names with LF or backslash are not for it.
pub fn list_of(names: &[Vec<u8>], content: &[u8]) -> Manifest {
    let digest = hash_stream(content, Algorithm::Md5).unwrap();
    let mut list = Vec::new();
    for name in names {
        list.extend_from_slice(format!("{digest}  ").as_bytes());
        list.extend_from_slice(name);
        list.push(b'\n');
    }
    let manifest = Manifest::parse(&list, &ParseOptions::default().algorithm(Algorithm::Md5));
    assert_eq!(manifest.len(), names.len());
    manifest
}

/// A way to open files, by its name.
pub type Way = (&'static str, fn(LocalTree) -> LocalTree, Io);

/// With `openat2`, component by component, and by `openat2` through the ring (where the system allows it).
pub fn ways() -> [Way; 3] {
    [
        ("openat2", |tree| tree, Io::Blocking),
        ("walking", LocalTree::without_openat2, Io::Blocking),
        ("ring", LocalTree::without_cache, super::ring_if_allowed()),
    ]
}

/// What becomes of a name beneath a root, this way.
pub fn one_way((_, way, io): Way, root: &Path, name: &[u8]) -> Found {
    let tree = Arc::new(way(LocalTree::open([root], PathPolicy::Beneath).unwrap()));
    let input = ListInput::new("list", root, list_of(&[name.to_vec()], b"inside"));
    let plan = Plan::new(vec![input], PathPolicy::Beneath).unwrap();
    let verifier = Verifier::new().threads(1).io(io).keep(Keep::All);
    let outcome = verifier.run_in(plan, tree, &mut ()).unwrap().outcomes.remove(0);
    (outcome.path().to_string(), outcome.status(), outcome.errno())
}

/// What becomes of the names beneath a root, each way. Each in a run of its own, because names of one file are opened
/// once.
pub fn every_way(root: &Path, names: &[Vec<u8>]) -> [Vec<Found>; 3] {
    ways().map(|way| names.iter().map(|name| one_way(way, root, name)).collect())
}
