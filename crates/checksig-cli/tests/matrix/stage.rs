//! What the program runs on: a tree with the file that is hit, good files beside it, its lists, and a run without faults.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::Setting;
use crate::common::{Ran, Tree, checksig, run, run_with_stdin};

/// The file that is hit, of several chunks.
pub const HIT: &str = "hit";
pub const HIT_LEN: usize = 400_000;
/// The list of everything, and the one that is hit where lists are.
pub const LIST: &str = "good.sha256";
pub const HIT_LIST: &str = "hit.sha256";

/// Names and contents, in the order of the list.
pub fn files() -> &'static [(String, Vec<u8>)] {
    static FILES: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    FILES.get_or_init(|| {
        let content = |seed: usize, len: usize| {
            (0..len).map(|at| ((at * 31 + at / 251 * 7 + seed * 101) % 256) as u8).collect::<Vec<_>>()
        };
        let mut files: Vec<_> =
            (0..20).map(|number| (format!("f{number:02}"), content(number, number * number * 300))).collect();
        files.insert(10, (HIT.to_owned(), content(99, HIT_LEN)));
        files.push(("long".to_owned(), content(98, 300_000)));
        files
    })
}

/// The text of a list of these files, its digests by hashlib.
fn list_of(files: &[(String, Vec<u8>)]) -> String {
    const SCRIPT: &str = r"
import hashlib, sys
data = sys.stdin.buffer.read()
for field in sys.argv[1:]:
    print(hashlib.sha256(data[:int(field)]).hexdigest())
    data = data[int(field):]
";
    let contents: Vec<u8> = files.iter().flat_map(|(_, content)| content).copied().collect();
    let mut python = Command::new("python3");
    python.args(["-c", SCRIPT]).args(files.iter().map(|(_, content)| content.len().to_string()));
    let digests = run_with_stdin(&mut python, &contents).exits(0).out();
    digests.lines().zip(files).map(|(digest, (name, _))| format!("{digest}  {name}\n")).collect()
}

pub fn list() -> &'static str {
    static LIST: OnceLock<String> = OnceLock::new();
    LIST.get_or_init(|| list_of(files()))
}

/// Longer than what is read at once, so that its reading has a middle.
pub fn hit_list() -> String {
    let entries: String = list().lines().take(3).map(|line| format!("{line}\n")).collect();
    format!("{}{entries}", "# nothing but a comment\n".repeat(8000))
}

/// A tree, and an empty directory to run in: what the program leaves anywhere would show.
pub struct Stage {
    tree: Tree,
    pub log: PathBuf,
    before: BTreeMap<String, (u64, i64)>,
}

impl Stage {
    pub fn new() -> Self {
        let tree = Tree::new();
        for (name, content) in files() {
            tree.file(format!("tree/{name}"), content);
        }
        tree.file(format!("tree/{LIST}"), list()).file(format!("tree/{HIT_LIST}"), hit_list());
        tree.dir("empty");
        let (log, before) = (tree.at("log"), look(&tree.at("tree")));
        Self { tree, log, before }
    }

    /// A path in the tree.
    pub fn at(&self, name: &str) -> PathBuf {
        self.tree.at("tree").join(name)
    }

    pub fn beside(&self, name: &str) -> PathBuf {
        self.tree.at(name)
    }

    pub fn empty(&self) -> PathBuf {
        self.tree.at("empty")
    }

    /// The arguments of a run over the whole tree.
    pub fn args(&self, setting: &Setting, io: &str) -> Vec<String> {
        let mut args: Vec<String> =
            ["verify", "--json", "--io", io].iter().chain(setting.args).map(|&arg| arg.to_owned()).collect();
        args.push(self.at(LIST).display().to_string());
        args
    }

    pub fn command(&self, args: &[String]) -> Command {
        let mut command = checksig();
        command.args(args).current_dir(self.empty());
        command
    }

    /// What a program said, with the tree's own place taken out: the same for every stage.
    pub fn said(&self, text: &[u8]) -> String {
        let text = String::from_utf8(text.to_vec()).expect("UTF-8");
        let places = [self.at(""), self.beside("mount/")].map(|place| place.display().to_string());
        text.replace(&places[0], "TREE/").replace(&places[1], "TREE/")
    }

    /// Nothing is left behind and nothing is changed, but for what the test itself did.
    pub fn is_clean(&self) {
        let left: Vec<_> = fs::read_dir(self.empty()).expect("the empty directory").collect();
        assert!(left.is_empty(), "left behind: {left:?}");
        let after = look(&self.tree.at("tree"));
        assert_eq!(self.before, after, "the tree was changed");
    }

    /// What is in the tree is meant to be there.
    pub fn look_again(&mut self) {
        self.before = look(&self.tree.at("tree"));
    }
}

/// Size and time of change of every file. A pipe is changed by whoever reads it.
fn look(root: &Path) -> BTreeMap<String, (u64, i64)> {
    let entries = fs::read_dir(root).expect("the tree").map(|entry| {
        let entry = entry.expect("an entry");
        let metadata = entry.metadata().expect("its metadata");
        let state = if metadata.is_file() { (metadata.len(), metadata.ctime_nsec()) } else { (0, 0) };
        (entry.file_name().to_string_lossy().into_owned(), state)
    });
    entries.collect()
}

/// What a run says that no fault hits: over the tree, and over both lists.
pub fn baseline(both_lists: bool) -> &'static str {
    static SAID: OnceLock<[String; 2]> = OnceLock::new();
    let said = SAID.get_or_init(|| {
        let stage = Stage::new();
        let mut args = stage.args(&crate::SETTINGS[0], "blocking");
        let one = run(&mut stage.command(&args)).exits(0);
        args.push(stage.at(HIT_LIST).display().to_string());
        let both = run(&mut stage.command(&args)).exits(0);
        // Neither the code under test nor its absence: every file is there, and its digest is hashlib's.
        for (ran, entries) in [(&one, files().len()), (&both, files().len() + 3)] {
            assert_eq!(ran.json_of("summary")[0]["ok"], entries);
        }
        stage.is_clean();
        [one, both].map(|ran: Ran| stage.said(&ran.stdout))
    });
    &said[usize::from(both_lists)]
}
