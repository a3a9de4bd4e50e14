//! Lists and files in memory made of fuzzed bytes, and a naive model of what must become of each entry.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use checksig_core::source::{Source, SourceFile, Wait};
use checksig_core::{
    Algorithm, Checksum, EntryPath, LineStyle, ListInput, Manifest, ParseOptions, Status, write_line,
};
use rustix::io::Errno;

use crate::input::{Input, noise};
use crate::memory::{Cached, Change, File, Memory};
use crate::paths::{may_escape, normalised};
use crate::streams::digest;

const NAMES: [&str; 7] = ["a", "b", "dir/c", "dir/deeper/d", "e f", "$g", "c:h"];
const ROOTS: usize = 2;

/// What must become of a file's entries if its digests match, and if they do not.
#[derive(Clone, Debug)]
pub struct Expected {
    pub matching: Vec<Status>,
    pub differing: Vec<Status>,
    pub errno: Option<i32>,
    pub offset: Option<u64>,
}

impl Expected {
    pub fn always(status: Status) -> Self {
        Self { matching: vec![status], differing: vec![status], errno: None, offset: None }
    }

    pub fn unreadable(errno: Errno, offset: Option<u64>) -> Self {
        Self { errno: Some(errno.raw_os_error()), offset, ..Self::always(Status::Unreadable) }
    }
}

/// An entry as the list has it.
#[derive(Debug)]
pub struct Entry {
    pub list: usize,
    pub line: u64,
    pub name: Vec<u8>,
    pub checksum: Checksum,
    /// Root and name: what makes two entries one file.
    pub key: Key,
}

pub type Key = (usize, (bool, Vec<Vec<u8>>, bool));

/// A line that the observer is told of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Told {
    Entry(usize),
    Malformed { list: usize, line: u64 },
}

/// Everything that the fuzzed bytes say.
pub struct Scenario {
    pub lists: Vec<ListInput>,
    pub entries: Vec<Entry>,
    /// What is told, in order.
    pub order: Vec<Told>,
    pub expected: HashMap<Key, Expected>,
    pub contents: HashMap<Key, Vec<u8>>,
    pub store: Store,
    pub unread_lists: u64,
}

/// The files by their normalised names: the engine may open any spelling.
pub struct Store(pub Memory);

impl Source for Store {
    fn open(&self, root: usize, path: EntryPath<'_>, wait: Wait) -> io::Result<Box<dyn SourceFile>> {
        assert!(!may_escape(path.as_bytes()), "{path} is never opened");
        let (_, names, directory) = normalised(path.as_bytes());
        let plain = names.join(&b'/');
        let mut list = Vec::new();
        let checksum = Checksum::new(Algorithm::Md5, &[0; 16]).expect("a digest");
        // Only a list makes paths.
        write_line(&mut list, &checksum, &[b"./", &plain[..]].concat(), LineStyle::Untagged)?;
        let manifest = Manifest::parse(&list, &ParseOptions::default());
        match manifest.entry(0) {
            Some(entry) if !directory => self.0.open(root, entry.path(), wait),
            _ => Err(Errno::NOENT.into()),
        }
    }
}

fn any_file(input: &mut Input<'_>) -> (File, Expected) {
    let len = match input.below(4) {
        0 => input.below(64),
        1 => input.choose(&[0, 1, 63, 64, 127, 128, 129, 4095, 4096, 4097]),
        2 => input.below(9000),
        _ => input.choose(&[65_535, 65_536, 100_000, 140_000, 3, 5, 7, 9]),
    };
    let mut file = File::new(noise(input.byte(), len));
    file.cached = match input.below(6) {
        0..=2 => Cached::All,
        3 => Cached::Nothing,
        4 => Cached::EveryOther,
        _ => Cached::UpTo(input.below(len + 2) as u64),
    };
    if input.chance(4) {
        // Not so small that a large file takes all the time.
        file.piece = 1 + len / 200 + input.below(len / 2 + 50);
    }
    file.interrupted = input.chance(5);
    let mut expected =
        Expected { matching: vec![Status::Ok], differing: vec![Status::Mismatch], errno: None, offset: None };
    match input.below(14) {
        0 => {
            let errno =
                input.choose(&[Errno::ACCESS, Errno::LOOP, Errno::NOTDIR, Errno::NAMETOOLONG, Errno::IO]);
            (file.open_error, expected) = (Some(errno), Expected::unreadable(errno, None));
        }
        1 => {
            let (errno, status) = input.choose(&[
                (Errno::NOENT, Status::Missing),
                (Errno::XDEV, Status::UnsafePath),
                (Errno::NXIO, Status::NotAFile),
            ]);
            (file.open_error, expected) = (Some(errno), Expected::always(status));
        }
        2 => (file.stamp_error, expected) = (Some(Errno::IO), Expected::unreadable(Errno::IO, None)),
        3 => (file.special, expected) = (true, Expected::always(Status::NotAFile)),
        4 => {
            let at = input.below(len + 1) as u64;
            file.read_error = Some((at, Errno::IO));
            // An error behind the last byte is never met: a read that reaches the end is not followed by another.
            if at < len as u64 || len == 0 {
                expected = Expected::unreadable(Errno::IO, Some(at));
            }
        }
        5 if len > 0 => {
            file.change = Some(Change::Truncated(input.below(len)));
            expected = Expected::always(Status::Changed);
        }
        6 => {
            file.change = Some(Change::Grown(1 + input.below(3000)));
            expected.differing = vec![Status::Changed];
            // Only a read that ends by chance where the file ended can miss it, and then it has read what was listed.
            let limited = file.piece > 0 || matches!(file.cached, Cached::UpTo(_));
            expected.matching =
                if limited { vec![Status::Changed, Status::Ok] } else { vec![Status::Changed] };
        }
        7 => {
            file.change = Some(input.choose(&[Change::Modified, Change::StatusChanged]));
            expected.differing = vec![Status::Changed];
            // What is read at once is looked at again only by a reader; a worker gives it to one where descriptors are few.
            let in_pieces = file.piece > 0 && file.piece < len;
            expected.matching = match in_pieces {
                true => vec![Status::Changed],
                false => vec![Status::Changed, Status::Ok],
            };
        }
        _ => {}
    }
    (file, expected)
}

pub fn scenario(input: &mut Input<'_>) -> Scenario {
    let mut memory = Memory { limit: input.choose(&[0, 0, 0, 2]), ..Memory::default() };
    let (mut expected, mut contents) = (HashMap::new(), HashMap::new());
    for root in 0..ROOTS {
        for name in NAMES {
            if input.chance(8) {
                continue;
            }
            let (file, becomes) = any_file(input);
            let key = (root, normalised(name.as_bytes()));
            contents.insert(key.clone(), file.content.clone());
            expected.insert(key, becomes);
            memory.files.insert((root, format!("./{name}").into_bytes()), Arc::new(file));
        }
    }
    let mut scenario = Scenario {
        lists: Vec::new(),
        entries: Vec::new(),
        order: Vec::new(),
        expected,
        contents,
        store: Store(memory),
        unread_lists: u64::from(input.chance(16)),
    };
    let mut numbers: Vec<usize> = Vec::new();
    for list in 0..input.below(4) {
        // The plan numbers the roots as they come.
        let root = input.below(ROOTS);
        let number = numbers.iter().position(|&known| known == root).unwrap_or_else(|| {
            numbers.push(root);
            numbers.len() - 1
        });
        let text = any_list(input, list, number, &mut scenario);
        let manifest = Manifest::parse(&text, &ParseOptions::default());
        let lines = scenario.order.iter().filter(|told| match told {
            Told::Entry(entry) => scenario.entries[*entry].list == list,
            Told::Malformed { list: of, .. } => *of == list,
        });
        assert_eq!(lines.count(), manifest.len() + manifest.malformed().len());
        scenario.lists.push(ListInput::new(format!("list {list}"), format!("no such root {root}"), manifest));
    }
    scenario
}

fn any_list(input: &mut Input<'_>, list: usize, root: usize, scenario: &mut Scenario) -> Vec<u8> {
    let blake2b_256: Algorithm = "blake2b-256".parse().expect("an algorithm");
    let algorithms = [
        Algorithm::Sha256,
        Algorithm::Sha1,
        Algorithm::Md5,
        Algorithm::Sha512,
        Algorithm::Blake3,
        blake2b_256,
    ];
    let mut text = Vec::new();
    for line in 1..=input.below(30) as u64 {
        match input.below(16) {
            0 => text.extend_from_slice(b"# a comment\n"),
            1 => text.extend_from_slice(b" \t\n"),
            2 => {
                text.extend_from_slice(b"no entry\n");
                scenario.order.push(Told::Malformed { list, line });
            }
            _ => {
                let name = input.choose(&NAMES);
                let name = match input.below(12) {
                    0 => format!("./{name}"),
                    1 => format!(".//{name}"),
                    2 => format!("{name}/"),
                    3 => format!("{name}/../{name}"),
                    4 => format!("/{name}"),
                    5 => format!("\\\\{name}"),
                    6 => format!("not/{name}"),
                    _ => name.to_owned(),
                };
                let key = (root, normalised(name.as_bytes()));
                let algorithm = input.choose(&algorithms);
                let content = scenario.contents.get(&key).map_or(&b""[..], |content| content);
                let mut wanted = digest(algorithm, content);
                if input.chance(8) {
                    wanted[input.below(algorithm.digest_len())] ^= 1 << input.below(8);
                }
                let checksum = Checksum::new(algorithm, &wanted).expect("a digest");
                write_line(&mut text, &checksum, name.as_bytes(), LineStyle::Tagged)
                    .expect("memory to write to");
                scenario.order.push(Told::Entry(scenario.entries.len()));
                scenario.entries.push(Entry { list, line, name: name.into_bytes(), checksum, key });
            }
        }
    }
    text
}

impl Scenario {
    pub fn same_file<'a>(&'a self, entry: &'a Entry) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(|other| other.key == entry.key)
    }

    pub fn is_conflict(&self, entry: &Entry) -> bool {
        let algorithm = entry.checksum.algorithm();
        self.same_file(entry)
            .any(|other| other.checksum.algorithm() == algorithm && other.checksum != entry.checksum)
    }

    pub fn actual(&self, entry: &Entry) -> Option<Vec<u8>> {
        Some(digest(entry.checksum.algorithm(), self.contents.get(&entry.key)?))
    }

    pub fn matches(&self, entry: &Entry) -> bool {
        self.actual(entry).is_some_and(|digest| digest == entry.checksum.digest())
    }

    /// What may become of an entry in a run that is not cancelled.
    pub fn statuses(&self, entry: &Entry) -> Vec<Status> {
        if may_escape(&entry.name) {
            return vec![Status::UnsafePath];
        }
        if self.is_conflict(entry) {
            return vec![Status::Conflict];
        }
        let Some(expected) = self.expected.get(&entry.key) else { return vec![Status::Missing] };
        // A file is one: if any of its digests is wrong, it is looked at again for all of them.
        let read = self.same_file(entry).filter(|other| !may_escape(&other.name) && !self.is_conflict(other));
        let all_match = { read }.all(|other| self.matches(other));
        match (self.matches(entry), all_match) {
            (true, true) => expected.matching.clone(),
            (true, false) if expected.differing == [Status::Mismatch] => vec![Status::Ok],
            _ => expected.differing.clone(),
        }
    }
}
