//! What is to be verified: lists with their roots, each file once, however many lists, lines or algorithms name it.
//!
//! Purely lexical: nothing is opened here. What must never be opened is refused here, and what contradicts itself is
//! found here.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hashbrown::HashTable;

use crate::algorithm::Algorithm;
use crate::checksum::Checksum;
use crate::error::{Error, ErrorKind};
use crate::expected::Expected;
use crate::lists::ListInput;
use crate::manifest::{Entry, Manifest};
use crate::path::EntryPath;
use crate::quote::Quoted;
use crate::source::{LocalTree, PathPolicy, RootIdentity};
use crate::status::Status;

/// No entry.
const NONE: u32 = u32::MAX;

/// Lists, their entries numbered through, and the files that these name.
///
/// ```
/// use checksig_core::{ListInput, Manifest, ParseOptions, PathPolicy, Plan};
/// let list = b"d41d8cd98f00b204e9800998ecf8427e  a\nd41d8cd98f00b204e9800998ecf8427e  ./a\n";
/// let manifest = Manifest::parse(list, &ParseOptions::default());
/// let plan = Plan::new(vec![ListInput::new("md5sum.txt", ".", manifest)], PathPolicy::Beneath).unwrap();
/// assert_eq!((plan.entries(), plan.files()), (2, 1)); // `a` is read once
/// ```
#[derive(Debug)]
pub struct Plan {
    lists: Vec<PlannedList>,
    roots: Vec<ListRoot>,
    policy: PathPolicy,
    /// Of each entry, the one before it that names the same file, or `NONE`.
    previous_of: Vec<u32>,
    /// Of each file, the last entry that names it.
    last_of: Vec<u32>,
    /// Entries that contradict others, ascending.
    conflicts: Vec<u32>,
    unread_lists: u64,
    /// Whether FIFOs and devices are read: the user named the file, no list.
    reads_special_files: bool,
}

#[derive(Debug)]
pub(crate) struct PlannedList {
    pub(crate) name: Vec<u8>,
    pub(crate) manifest: Arc<Manifest>,
    root: usize,
    /// The number of its first entry.
    pub(crate) first: u32,
}

impl Plan {
    /// Plans the verification of lists, in their order.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] if there are more than 4,294,967,294 entries.
    pub fn new(lists: Vec<ListInput>, policy: PathPolicy) -> Result<Self, Error> {
        let entries: usize = lists.iter().map(|list| list.manifest.len()).sum();
        if entries >= NONE as usize {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("{entries} entries are more than one run can verify"),
            ));
        }
        let mut plan = Self {
            lists: Vec::with_capacity(lists.len()),
            roots: Vec::new(),
            policy,
            previous_of: Vec::with_capacity(entries),
            last_of: Vec::with_capacity(entries),
            conflicts: Vec::new(),
            unread_lists: 0,
            reads_special_files: false,
        };
        let mut roots: Vec<ListRoot> = Vec::new();
        let mut first = 0;
        for list in lists {
            let root = ListRoot { path: list.root, identity: list.identity };
            let number = roots.iter().position(|known| known.is_same(&root)).unwrap_or_else(|| {
                roots.push(root);
                roots.len() - 1
            });
            let entries = list.manifest.len() as u32;
            plan.lists.push(PlannedList { name: list.name, manifest: list.manifest, root: number, first });
            first += entries;
        }
        plan.roots = roots;
        plan.find_files();
        plan.find_conflicts();
        Ok(plan)
    }

    /// Plans the verification of one file that the user named, with the digest: trusted, so it may be anywhere, and a FIFO or
    /// a device. `list` is what outcomes call the list that there is not; its line is the first.
    ///
    /// ```
    /// use checksig_core::{Expected, Plan, Policy, Verifier};
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let path = directory.path().join("abc");
    /// std::fs::write(&path, "abc").unwrap();
    /// let expected = Expected::parse("md5:900150983cd24fb0d6963f7d28e17f72", None).unwrap();
    /// let plan = Plan::of_file("download page", &path, &expected).unwrap();
    /// Verifier::new().run(plan, &mut ()).unwrap().into_result(&Policy::default()).unwrap();
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of_file(
        list: impl Into<Vec<u8>>,
        path: impl AsRef<Path>,
        expected: &Expected,
    ) -> Result<Self, Error> {
        let Expected { checksum, algorithm_assumed } = expected;
        let name = path.as_ref().as_os_str().as_encoded_bytes();
        let manifest = Manifest::of_one(checksum, *algorithm_assumed, name);
        let plan = Self::new(vec![ListInput::new(list, ".", manifest)], PathPolicy::Unconfined)?;
        Ok(Self { reads_special_files: true, ..plan })
    }

    /// Says that so many lists which were to be verified too could not be read: the run cannot come out verified.
    pub fn with_unread_lists(mut self, lists: u64) -> Self {
        self.unread_lists = lists;
        self
    }

    /// How many entries all lists have.
    pub fn entries(&self) -> usize {
        self.previous_of.len()
    }

    /// How many different files they name.
    pub fn files(&self) -> usize {
        self.last_of.len()
    }

    /// How many lists there are.
    pub fn lists(&self) -> usize {
        self.lists.len()
    }

    /// The directories that the lists' paths begin at.
    pub fn roots(&self) -> impl ExactSizeIterator<Item = &Path> {
        self.roots.iter().map(|root| root.path.as_path())
    }

    /// Opens the roots on this machine.
    ///
    /// # Errors
    /// [`ErrorKind::UnreadableRoot`] for the first that cannot be opened, or that is no longer the directory that its
    /// list was read in: the list of one directory says nothing about another.
    pub fn open_roots(&self) -> Result<LocalTree, Error> {
        let tree = LocalTree::open(self.roots(), self.policy)?;
        let is_another = |root: &ListRoot, now| root.identity.is_some_and(|then| then != now);
        let now = tree.root_identities().collect::<Vec<_>>();
        if let Some((root, _)) = self.roots.iter().zip(now).find(|(root, now)| is_another(root, *now)) {
            let name = Quoted(root.path.as_os_str().as_encoded_bytes());
            let message = format!("{name} is another directory now than when its list was read");
            return Err(Error::new(ErrorKind::UnreadableRoot(io::Error::other(message.clone())), message));
        }
        Ok(if self.reads_special_files { tree.waiting_for_fifos() } else { tree })
    }

    /// Which files the paths may lead to.
    pub fn policy(&self) -> PathPolicy {
        self.policy
    }

    pub(crate) fn unread_lists(&self) -> u64 {
        self.unread_lists
    }

    pub(crate) fn planned_lists(&self) -> &[PlannedList] {
        &self.lists
    }

    /// The list that an entry is in.
    pub(crate) fn list_of(&self, entry: u32) -> &PlannedList {
        &self.lists[self.lists.partition_point(|list| list.first <= entry) - 1]
    }

    pub(crate) fn entry(&self, entry: u32) -> Entry<'_> {
        let list = self.list_of(entry);
        // Numbers of entries are only ever made by counting the entries of the lists.
        list.manifest.entry((entry - list.first) as usize).expect("an entry of this plan")
    }

    /// The entries that name a file, the last one first.
    pub(crate) fn entries_of(&self, file: u32) -> impl Iterator<Item = u32> {
        let step = |entry: u32| (entry != NONE).then_some(entry);
        std::iter::successors(step(self.last_of[file as usize]), move |&entry| {
            step(self.previous_of[entry as usize])
        })
    }

    /// The status of an entry that needs no reading.
    pub(crate) fn refusal(&self, entry: u32) -> Option<Status> {
        if self.policy == PathPolicy::Beneath && self.entry(entry).path().may_escape() {
            Some(Status::UnsafePath)
        } else if self.conflicts.binary_search(&entry).is_ok() {
            Some(Status::Conflict)
        } else {
            None
        }
    }

    /// Finds out which entries name the same file.
    fn find_files(&mut self) {
        // Keyed: the names are hostile input.
        let keys = RandomState::new();
        // No `std::collections::HashMap`: it would hold every path a second time.
        let mut files: HashTable<u32> = HashTable::with_capacity(self.previous_of.capacity());
        let (mut last_of, mut previous_of) =
            (std::mem::take(&mut self.last_of), std::mem::take(&mut self.previous_of));
        let hash_of = |root: usize, path: EntryPath<'_>| {
            let mut hasher = keys.build_hasher();
            hasher.write_usize(root);
            path.hash_normalised(&mut hasher);
            hasher.finish()
        };
        let place = |entry: u32| {
            let list = self.list_of(entry);
            (list.root, self.entry(entry).path())
        };
        let mut number = 0;
        for list in &self.lists {
            for entry in list.manifest.entries() {
                let (root, path) = (list.root, entry.path());
                let same = |&file: &u32| {
                    let other = place(last_of[file as usize]);
                    other.0 == root && other.1.is_same_file(&path)
                };
                let hash = hash_of(root, path);
                match files.find(hash, same) {
                    Some(&file) => previous_of.push(std::mem::replace(&mut last_of[file as usize], number)),
                    None => {
                        let file = last_of.len() as u32;
                        last_of.push(number);
                        previous_of.push(NONE);
                        files.insert_unique(hash, file, |&file| {
                            let (root, path) = place(last_of[file as usize]);
                            hash_of(root, path)
                        });
                    }
                }
                number += 1;
            }
        }
        (self.last_of, self.previous_of) = (last_of, previous_of);
    }

    /// Finds entries that give one file different digests of one algorithm.
    fn find_conflicts(&mut self) {
        let mut conflicts = Vec::new();
        for file in 0..self.last_of.len() as u32 {
            // Nearly every file is named once.
            if self.previous_of[self.last_of[file as usize] as usize] == NONE {
                continue;
            }
            // One digest of each algorithm, and whether another differs. There are few algorithms, and may be
            // millions of lines that name one file: no line is compared with every other.
            let mut digests: Vec<(Checksum, bool)> = Vec::new();
            for entry in self.entries_of(file) {
                let checksum = self.entry(entry).checksum();
                match digests.iter_mut().find(|(known, _)| known.algorithm() == checksum.algorithm()) {
                    Some((known, differs)) => *differs |= *known != checksum,
                    None => digests.push((checksum, false)),
                }
            }
            if digests.iter().any(|(_, differs)| *differs) {
                conflicts.extend(self.entries_of(file).filter(|&entry| {
                    let algorithm = self.entry(entry).algorithm();
                    digests.iter().any(|(known, differs)| *differs && known.algorithm() == algorithm)
                }));
            }
        }
        conflicts.sort_unstable();
        self.conflicts = conflicts;
    }

    /// The files that have to be read.
    pub(crate) fn files_to_read(&self) -> Vec<u32> {
        let is_to_read = |&file: &u32| self.entries_of(file).any(|entry| self.refusal(entry).is_none());
        (0..self.last_of.len() as u32).filter(is_to_read).collect()
    }

    /// The root and path to open a file by: the shortest of its spellings, as a long one may be longer than the system
    /// takes.
    pub(crate) fn location(&self, file: u32) -> (usize, EntryPath<'_>) {
        let root = self.list_of(self.last_of[file as usize]).root;
        let opened = self.entries_of(file).filter(|&entry| self.refusal(entry).is_none());
        let paths = opened.map(|entry| self.entry(entry).path());
        let shortest = paths.min_by_key(|path| path.as_bytes().len());
        (root, shortest.expect("a file that is read has an entry that is not refused"))
    }

    /// What is expected of a file: one checksum of each algorithm.
    pub(crate) fn expected(&self, file: u32) -> Vec<Checksum> {
        let mut expected: Vec<Checksum> = Vec::with_capacity(1);
        for entry in self.entries_of(file).filter(|&entry| self.refusal(entry).is_none()) {
            let checksum = self.entry(entry).checksum();
            if !expected.iter().any(|known| known.algorithm() == checksum.algorithm()) {
                expected.push(checksum);
            }
        }
        expected
    }

    /// Every algorithm that occurs.
    pub(crate) fn algorithms(&self) -> Vec<Algorithm> {
        let mut algorithms: Vec<Algorithm> = Vec::new();
        for entry in self.lists.iter().flat_map(|list| list.manifest.entries()) {
            if !algorithms.contains(&entry.algorithm()) {
                algorithms.push(entry.algorithm());
            }
        }
        algorithms
    }
}

/// A directory that the paths of a list begin at.
#[derive(Debug)]
struct ListRoot {
    path: PathBuf,
    identity: Option<RootIdentity>,
}

impl ListRoot {
    fn is_same(&self, other: &Self) -> bool {
        match (self.identity, other.identity) {
            (Some(one), Some(other)) => one == other,
            _ => self.path == other.path,
        }
    }
}

/// A plan's files as work of the engine.
pub(crate) struct VerifyWork {
    plan: Arc<Plan>,
    files: Vec<u32>,
}

impl VerifyWork {
    pub(crate) fn new(plan: Arc<Plan>) -> Self {
        let files = plan.files_to_read();
        Self { plan, files }
    }

    pub(crate) fn file_of_job(&self, job: u32) -> u32 {
        self.files[job as usize]
    }
}

/// A digest of a file, and whether the file carries a known collision attack on its algorithm.
#[derive(Clone, Copy)]
pub(crate) struct Hashed {
    pub(crate) checksum: Checksum,
    pub(crate) attacked: bool,
}

/// `None`: every digest is the expected one, and there is no attack. Else all digests.
pub(crate) type Compared = Option<Box<[Hashed]>>;

impl crate::engine::Work for VerifyWork {
    type Output = Compared;

    fn jobs(&self) -> usize {
        self.files.len()
    }

    fn file(&self, job: usize) -> (usize, EntryPath<'_>) {
        self.plan.location(self.files[job])
    }

    fn algorithms(&self, job: usize) -> Vec<Algorithm> {
        self.plan.expected(self.files[job]).iter().map(Checksum::algorithm).collect()
    }

    fn judge(
        &self,
        job: usize,
        digests: &[Checksum],
        attacked: &[Algorithm],
    ) -> crate::engine::Judgement<Self::Output> {
        if attacked.is_empty() && self.plan.expected(self.files[job]) == digests {
            crate::engine::Judgement::Certain(None)
        } else {
            let hashed = |&checksum: &Checksum| Hashed {
                checksum,
                attacked: attacked.contains(&checksum.algorithm()),
            };
            crate::engine::Judgement::IfUnchanged(Some(digests.iter().map(hashed).collect()))
        }
    }

    fn reads_special_files(&self) -> bool {
        self.plan.reads_special_files
    }
}
