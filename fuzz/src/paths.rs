//! Which files a path may lead to: lexically, against the components of the standard library; and in a directory with
//! symlinks, each of the two ways to open against a model that only knows names.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};
use std::sync::LazyLock;

use checksig_core::source::{LocalTree, Source, Wait};
use checksig_core::{
    Algorithm, Checksum, EntryPath, LineStyle, ListInput, Manifest, ParseOptions, PathPolicy, Plan,
    write_line,
};
use rustix::io::Errno;
use tempfile::TempDir;

use crate::input::Input;

/// `name NUL name NUL`, then choices: three link targets and a path.
pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let names = [input.until(0), input.until(0)];
    lexical(&names);
    let links = ["l", "d/l", "d/e/l"].map(|link| (link, any_path(&mut input)));
    let path = any_path(&mut input);
    if !path.is_empty() {
        beneath(&links, &path);
    }
}

fn manifest(names: &[&[u8]]) -> Manifest {
    let checksum = Checksum::new(Algorithm::Md5, &[0; 16]).expect("a digest");
    let mut list = Vec::new();
    for name in names {
        write_line(&mut list, &checksum, name, LineStyle::Untagged).expect("memory to write to");
    }
    let manifest = Manifest::parse(&list, &ParseOptions::default());
    assert_eq!(manifest.len(), names.len());
    manifest
}

fn lexical(names: &[&[u8]]) {
    // Longer ones are not entries.
    let names: Vec<&[u8]> = names.iter().copied().filter(|name| (1..5000).contains(&name.len())).collect();
    let manifest = manifest(&names);
    for (entry, name) in manifest.entries().zip(&names) {
        assert_eq!(entry.path().as_bytes(), *name);
        assert_eq!(entry.path().may_escape(), may_escape(name), "{}", entry.path());
        if !entry.path().may_escape() {
            let root = Path::new("/the/root");
            let joined = root.join(OsStr::from_bytes(name));
            assert!(
                joined.starts_with(root) && !joined.components().any(|part| part == Component::ParentDir)
            );
        }
    }
    let different: HashSet<_> = names.iter().map(|name| normalised(name)).collect();
    let plan = Plan::new(vec![ListInput::new("list", "no such root", manifest)], PathPolicy::Beneath)
        .expect("a plan");
    assert_eq!((plan.entries(), plan.files()), (names.len(), different.len()));
}

/// By "Paths" in `docs/manifest-format.md`.
pub fn may_escape(name: &[u8]) -> bool {
    let path = Path::new(OsStr::from_bytes(name));
    path.has_root()
        || path.components().any(|part| part == Component::ParentDir)
        || name.starts_with(b"\\\\")
        || (name.len() > 1 && name[0].is_ascii_alphabetic() && name[1] == b':')
}

/// Absolute or not, the names on the way, and whether it must be a directory's.
pub fn normalised(name: &[u8]) -> (bool, Vec<Vec<u8>>, bool) {
    let path = Path::new(OsStr::from_bytes(name));
    let names = path.components().filter(|part| !matches!(part, Component::RootDir | Component::CurDir));
    let names = names.map(|part| part.as_os_str().as_bytes().to_vec()).collect();
    (path.has_root(), names, name.ends_with(b"/") || name.ends_with(b"/.") || name == b".")
}

/// A few names of the tree, one after the other.
fn any_path(input: &mut Input<'_>) -> Vec<u8> {
    let mut path = Vec::new();
    for _ in 0..input.below(8) {
        path.extend_from_slice(
            input.choose(&["a", "d", "l", "e", "..", ".", "", "f", "nope", "outside"]).as_bytes(),
        );
        if !input.chance(4) {
            path.push(b'/');
        }
    }
    path
}

/// What is at a place of the tree.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    Directory,
    File(Vec<u8>),
    Link(Vec<u8>),
}

/// A directory with files, and one more beside it, which nothing may lead to.
static TREE: LazyLock<TempDir> = LazyLock::new(|| {
    let top = tempfile::tempdir().expect("a directory");
    fs::create_dir_all(top.path().join("root/d/e")).expect("directories");
    fs::create_dir(top.path().join("outside")).expect("a directory");
    for file in ["root/a", "root/d/a", "root/d/e/f", "outside/a", "a"] {
        fs::write(top.path().join(file), file).expect("a file");
    }
    top
});

fn beneath(links: &[(&str, Vec<u8>)], path: &[u8]) {
    let root = TREE.path().join("root");
    let mut nodes: BTreeMap<Vec<Vec<u8>>, Node> = BTreeMap::new();
    let place = |path: &str| path.split('/').map(|name| name.as_bytes().to_vec()).collect::<Vec<_>>();
    for directory in ["d", "d/e"] {
        nodes.insert(place(directory), Node::Directory);
    }
    for file in ["a", "d/a", "d/e/f"] {
        nodes.insert(place(file), Node::File(format!("root/{file}").into_bytes()));
    }
    for (link, target) in links {
        let at = root.join(link);
        let _ = fs::remove_file(&at);
        if !target.is_empty() {
            std::os::unix::fs::symlink(OsStr::from_bytes(target), &at).expect("a link");
            nodes.insert(place(link), Node::Link(target.clone()));
        }
    }
    let expected = resolve(&nodes, path);
    let open = || LocalTree::open([&root], PathPolicy::Beneath).expect("the root");
    let manifest = manifest(&[path]);
    let path = manifest.entry(0).expect("the entry").path();
    for (way, tree) in [("openat2", open()), ("walking", open().without_openat2())] {
        assert_eq!(found(&tree, path), expected, "{path} by {way} with {links:?}");
    }
    // In memory or not, it is the same file; what is not in memory is refused.
    match open().open(0, path, Wait::Never) {
        Ok(_) => assert!(expected.is_ok()),
        Err(error) => match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::AGAIN) => {}
            errno => assert_eq!(errno, expected.err(), "{path} without waiting"),
        },
    }
}

/// `None`: a directory.
fn found(tree: &LocalTree, path: EntryPath<'_>) -> Result<Option<Vec<u8>>, Errno> {
    let errno =
        |error: std::io::Error| Errno::from_raw_os_error(error.raw_os_error().expect("an error number"));
    let mut file = tree.open(0, path, Wait::Allowed).map_err(errno)?;
    if !file.stamp().map_err(errno)?.regular {
        return Ok(None);
    }
    let mut content = vec![0; 100];
    let len = file.read(&mut content, Wait::Allowed).map_err(errno)?;
    content.truncate(len);
    Ok(Some(content))
}

/// Goes along a path, name by name, and never above the root.
fn resolve(nodes: &BTreeMap<Vec<Vec<u8>>, Node>, path: &[u8]) -> Result<Option<Vec<u8>>, Errno> {
    let names = |path: &[u8]| {
        let mut names: VecDeque<Vec<u8>> =
            path.split(|&byte| byte == b'/').filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect();
        if path.ends_with(b"/") {
            names.push_back(b".".to_vec());
        }
        names
    };
    if path.starts_with(b"/") {
        return Err(Errno::XDEV);
    }
    let mut here: Vec<Vec<u8>> = Vec::new();
    let mut ahead = names(path);
    let mut links = 0;
    let node = |at: &[Vec<u8>]| if at.is_empty() { Some(Node::Directory) } else { nodes.get(at).cloned() };
    while let Some(name) = ahead.pop_front() {
        if node(&here) != Some(Node::Directory) {
            return Err(Errno::NOTDIR);
        }
        match &name[..] {
            b"." => continue,
            b".." if here.is_empty() => return Err(Errno::XDEV),
            b".." => {
                here.pop();
                continue;
            }
            _ => here.push(name),
        }
        match node(&here) {
            None => return Err(Errno::NOENT),
            Some(Node::Link(target)) => {
                links += 1;
                if links > 40 {
                    return Err(Errno::LOOP);
                }
                if target.starts_with(b"/") {
                    return Err(Errno::XDEV);
                }
                here.pop();
                for name in names(&target).into_iter().rev() {
                    ahead.push_front(name);
                }
            }
            Some(Node::Directory | Node::File(_)) => {}
        }
    }
    match node(&here) {
        Some(Node::File(content)) => Ok(Some(content)),
        _ => Ok(None),
    }
}
