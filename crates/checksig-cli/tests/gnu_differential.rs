//! Beside GNU: on thousands of generated lists, `checksig verify` and `sha256sum -c` and its siblings find the same
//! entries and the same malformed lines, and the same of them match. What is meant to differ is in
//! `gnu_differences.rs`, and not generated here.

mod common;

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use base64ct::{Base64, Encoding};
use common::{Tree, digests, run, suite_threads};
use serde_json::Value;

/// Lists of each algorithm.
const LISTS: usize = 600;
/// Lists that are checked by one shell, under one hang limit.
const BATCH: usize = 60;

const NAMES: [&[u8]; 40] = [
    b"plain",
    b"README.md",
    b"with space",
    b"two  spaces",
    b"  led by two",
    b" led by one",
    b"trailing ",
    b"*starred",
    b"-dash",
    b"--option",
    b"#hash",
    b"back\\slash",
    b"\\leading",
    b"end\\",
    b"mid\\\\x",
    b"new\nline",
    b"\nfirst",
    b"last\n",
    b"mid\rcr",
    b"tab\there",
    b"quo'te",
    b"dou\"ble",
    b"$dollar",
    b"`tick`",
    b"par(en",
    b"par)en",
    b"(all)",
    b"x) = y",
    b"SHA256 (z",
    b"equals=",
    b"semi;colon",
    "\u{e9}t\u{e9}".as_bytes(),
    "\u{65e5}\u{672c}".as_bytes(),
    b"\xff\xfe\x80",
    b"sub/file",
    b"sub/deep/er",
    b"...",
    b"~home",
    b"%PATH%",
    b"0123abcd",
];
/// Names of nothing, and of a directory.
const NONE: [&[u8]; 4] = [b"missing", b"sub/missing", b"no/such dir/x", b"sub"];

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

fn content(name: &[u8]) -> Vec<u8> {
    [b"content of ", name].concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Makes the lists of one algorithm.
struct Generator {
    random: Random,
    tag: &'static str,
    right: BTreeMap<&'static [u8], String>,
}

impl Generator {
    fn list(&mut self) -> Vec<u8> {
        let tagged_only = self.random.one_in(8);
        let one_space = self.random.one_in(3);
        // A file has one digest in a list: two would be a conflict.
        let wrong: HashSet<&[u8]> = NAMES.iter().copied().filter(|_| self.random.one_in(5)).collect();
        let mut lines: Vec<Vec<u8>> = Vec::new();
        for number in 0..1 + self.random.below(14) {
            let name = if self.random.one_in(9) { self.random.of(&NONE) } else { self.random.of(&NAMES) };
            let digest = self.digest(name, wrong.contains(name));
            let line = if tagged_only {
                self.tagged(name, &digest)
            } else if number == 0 {
                // Fixes the form: nothing that is no entry may come before it.
                let plain = [b"plain"[..].into(), self.digest(b"plain", wrong.contains(&b"plain"[..]))];
                [plain[1].as_slice(), if one_space { b" " } else { b"  " }, &plain[0]].concat()
            } else {
                match self.random.below(20) {
                    0..=2 => self.tagged(name, &digest),
                    3 => self.spoilt(name, &digest),
                    4 => self.garbage(),
                    5 => self.random.of(&[&b"# comment"[..], b"#", b"", b"", b"# \\x"]).to_vec(),
                    6 => lines[self.random.below(lines.len())].clone(),
                    7 => self.untagged(name, &digest, !one_space),
                    _ => self.untagged(name, &digest, one_space),
                }
            };
            lines.push(line);
        }
        self.join(lines)
    }

    fn digest(&mut self, name: &[u8], wrong: bool) -> Vec<u8> {
        let mut digest = self.right.get(name).unwrap_or(&self.right[&b"plain"[..]]).clone().into_bytes();
        if wrong {
            digest[7] = if digest[7] == b'0' { b'1' } else { b'0' };
        }
        match self.random.below(6) {
            0 => digest.make_ascii_uppercase(),
            1 => digest[..9].make_ascii_uppercase(),
            _ => {}
        }
        digest
    }

    /// The mark of an escaped name and the name, escaped where it must be and at times where it may be.
    fn written(&mut self, name: &[u8]) -> (&'static [u8], Vec<u8>) {
        if !name.contains(&b'\n') && !self.random.one_in(6) {
            return (b"", name.to_vec());
        }
        let escape = |&byte: &u8| match byte {
            b'\n' => b"\\n".to_vec(),
            b'\\' => b"\\\\".to_vec(),
            byte => vec![byte],
        };
        (b"\\", name.iter().flat_map(escape).collect())
    }

    fn blanks(&mut self) -> &'static [u8] {
        if self.random.one_in(8) { self.random.of(&[&b" "[..], b"\t", b"  \t"]) } else { b"" }
    }

    fn untagged(&mut self, name: &[u8], digest: &[u8], one_space: bool) -> Vec<u8> {
        let (mark, name) = self.written(name);
        let separators: &[&[u8]] =
            if one_space { &[b" ", b" ", b"\t"] } else { &[b"  ", b"  ", b" *", b"\t ", b"\t*"] };
        [self.blanks(), mark, digest, self.random.of(separators), &name].concat()
    }

    fn tagged(&mut self, name: &[u8], digest: &[u8]) -> Vec<u8> {
        let (mark, name) = self.written(name);
        let open = self.random.of(&[&b" ("[..], b" (", b"("]);
        let equals = self.random.of(&[&b") = "[..], b") = ", b")= ", b")=", b") \t=  "]);
        [self.blanks(), mark, self.tag.as_bytes(), open, &name, equals, digest].concat()
    }

    /// A line that was an entry once.
    fn spoilt(&mut self, name: &[u8], digest: &[u8]) -> Vec<u8> {
        let mut digest = digest.to_vec();
        let name: Vec<u8> = name.iter().map(|&c| if c == b'\n' { b'_' } else { c }).collect();
        match self.random.below(6) {
            0 => digest[3] = b'g',
            1 => digest.truncate(digest.len() - 2),
            2 => digest.extend_from_slice(b"00"),
            3 => return [b"\\", &digest[..], b"  bad\\escape"].concat(),
            4 => return [b"\\", &digest[..], b"  ends in\\"].concat(),
            _ => return [self.tag.as_bytes(), b" (", &name, b" = ", &digest].concat(),
        }
        [&digest[..], b"  ", &name].concat()
    }

    /// Never a thing that GNU would take for the one-space form of an entry.
    fn garbage(&mut self) -> Vec<u8> {
        let length = 1 + self.random.below(30);
        let mut garbage: Vec<u8> =
            (0..length).map(|_| self.random.of(b"abcxyz0123 ()=.:;\\*/\x1b\xc3\xa9")).collect();
        garbage.insert(0, b'!');
        garbage
    }

    /// With the line ends of here and there, and at times cut.
    fn join(&mut self, lines: Vec<Vec<u8>>) -> Vec<u8> {
        let dos = self.random.one_in(6);
        let last = lines.len() - 1;
        let mut list = Vec::new();
        for (number, line) in lines.into_iter().enumerate() {
            if number == last && self.random.one_in(5) {
                let end = self.cut(&line);
                list.extend_from_slice(&line[..end]);
                break;
            }
            list.extend_from_slice(&line);
            list.extend_from_slice(if dos || self.random.one_in(20) { b"\r\n" } else { b"\n" });
        }
        list
    }

    /// Where a list may be cut: in the digest or the tag, or in a plain name if what is left names nothing.
    fn cut(&mut self, line: &[u8]) -> usize {
        let digest = self.right[&b"plain"[..]].len();
        if line.len() < digest + 3 {
            return line.len();
        }
        if self.random.one_in(2) {
            // Not before anything but blanks: such a line is another thing to GNU.
            let blanks = line.iter().take_while(|c| c.is_ascii_whitespace()).count();
            return blanks + 1 + self.random.below(digest - 6);
        }
        let is_plain = line[0].is_ascii_hexdigit() && line[digest..].starts_with(b"  ");
        let end = digest + 3 + self.random.below(line.len() - digest - 2);
        let (one, two) = (&line[digest + 1..end], &line[digest + 2..end]);
        let names_something = |name: &[u8]| NAMES.contains(&name) || NONE.contains(&name) || name == b"-";
        if is_plain && !names_something(one) && !names_something(two) { end } else { line.len() }
    }
}

/// Whether GNU printed this name so: as it is, escaped, or quoted for a shell as later versions do.
fn prints(shown: &[u8], name: &[u8]) -> bool {
    let escape = |byte: &u8| match byte {
        b'\n' => b"\\n".to_vec(),
        b'\r' => b"\\r".to_vec(),
        b'\\' => b"\\\\".to_vec(),
        byte => vec![*byte],
    };
    let escaped: Vec<u8> = name.iter().flat_map(escape).collect();
    let cr_kept: Vec<u8> =
        name.iter().flat_map(|byte| if *byte == b'\r' { vec![b'\r'] } else { escape(byte) }).collect();
    shown == name
        || shown.strip_prefix(b"\\").is_some_and(|shown| shown == escaped || shown == cr_kept)
        || shell(shown).is_some_and(|unquoted| unquoted == name)
}

/// What a shell makes of a word: `'…'`, `"…"`, `$'…'` and `\'`.
fn shell(word: &[u8]) -> Option<Vec<u8>> {
    let mut name = Vec::new();
    let mut rest = word;
    while let Some(&first) = rest.first() {
        let ansi = rest.starts_with(b"$'");
        if !ansi && first != b'\'' && first != b'"' {
            let plain = if first == b'\\' { &rest[1..] } else { rest };
            name.push(*plain.first()?);
            rest = &plain[1..];
            continue;
        }
        let (quote, mut inner) = if ansi { (b'\'', &rest[2..]) } else { (first, &rest[1..]) };
        while *inner.first()? != quote {
            let taken = match inner {
                [b'\\', c @ (b'n' | b'r' | b't' | b'\\' | b'\''), ..] if ansi => {
                    name.push(match c {
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        c => *c,
                    });
                    2
                }
                [b'\\', a, b, c, ..] if ansi => {
                    let digits = [*a, *b, *c];
                    name.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 8).ok()?);
                    4
                }
                _ => {
                    name.push(inner[0]);
                    1
                }
            };
            inner = &inner[taken..];
        }
        rest = &inner[1..];
    }
    Some(name)
}

#[test]
fn names_are_understood_however_gnu_prints_them() {
    for shown in [&b"a\nb"[..], b"\\a\\nb", b"'a'$'\\n''b'", b"$'a\\012b'", b"\"a\"$'\\n'b"] {
        assert!(prints(shown, b"a\nb"), "{}", String::from_utf8_lossy(shown));
    }
    assert!(!prints(b"\\a\\nb", b"ab") && !prints(b"a\\nb", b"a\nb"));
}

/// A name, and whether the file matches.
type Entry = (Vec<u8>, bool);

/// What one of the two programs found, in order, and the numbers of malformed lines.
struct Found {
    entries: Vec<Entry>,
    malformed: Vec<u64>,
}

fn gnu_found(stdout: &[u8], stderr: &[u8]) -> Found {
    let entry = |line: &[u8]| {
        let verdicts: [(&[u8], bool); 3] =
            [(b": OK", true), (b": FAILED open or read", false), (b": FAILED", false)];
        let (name, matches) = verdicts
            .iter()
            .find_map(|(end, matches)| Some((line.strip_suffix(*end)?, *matches)))
            .unwrap_or_else(|| panic!("not understood: {}", String::from_utf8_lossy(line)));
        (name.to_vec(), matches)
    };
    let stderr = String::from_utf8_lossy(stderr);
    let number = |line: &str| line.split_once(": improperly formatted")?.0.rsplit(' ').next()?.parse().ok();
    Found {
        entries: stdout.split(|&c| c == b'\n').filter(|line| !line.is_empty()).map(entry).collect(),
        malformed: stderr.lines().filter_map(number).collect(),
    }
}

fn checksig_found(stdout: &[u8]) -> Found {
    let text = std::str::from_utf8(stdout).expect("UTF-8");
    let mut found = Found { entries: Vec::new(), malformed: Vec::new() };
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let path = line["path"].as_str().map(|path| path.as_bytes().to_vec());
        let name = line["path_b64"].as_str().map(|path| Base64::decode_vec(path).expect("base64")).or(path);
        match line["type"].as_str() {
            Some("outcome") => {
                assert_ne!(line["status"], "conflict", "generated by mistake");
                found.entries.push((name.expect("a name"), line["status"] == "ok"));
            }
            Some("malformed") => found.malformed.push(line["line"].as_u64().expect("a number")),
            _ => {}
        }
    }
    found
}

fn compare(algorithm: &'static str, tag: &'static str) {
    let tree = Tree::new();
    tree.dir("lists").dir("tree/sub");
    for name in NAMES {
        tree.file([b"tree/", name].concat(), content(name));
    }
    let contents = NAMES.map(|name| format!("hex:{}", hex(&content(name))));
    let wanted: Vec<_> = contents.iter().map(|content| (algorithm, content.as_str())).collect();
    let right = NAMES.into_iter().zip(digests(&wanted)).collect();
    let mut generator = Generator { random: Random(algorithm.bytes().map(u64::from).sum()), tag, right };
    for number in 0..LISTS {
        tree.file(format!("lists/{number}"), generator.list());
    }
    let script = r#"
        for ((n = $1; n < $2; n++)); do
            LC_ALL=C "$3sum" -c -w "../lists/$n" >"../lists/$n.gnu" 2>"../lists/$n.gnu-says"
            "$0" verify --json --root . --algorithm "$3" "${@:4}" "../lists/$n" >"../lists/$n.json"
        done"#;
    let threads = suite_threads();
    // As many threads as files would only cost time here; which they are makes no difference.
    let threads = if threads.is_empty() { vec!["--threads=2".into(), "--reads=2".into()] } else { threads };
    let (mut matching, mut failing, mut malformed) = (0, 0, 0);
    let mut random = Random(LISTS as u64);
    for start in (0..LISTS).step_by(BATCH) {
        // Another tree for each batch: some files are gone, some hold something else.
        for name in NAMES {
            let path = [b"tree/", name].concat();
            match random.below(8) {
                0 => _ = fs::remove_file(tree.at(&path)),
                1 => _ = tree.file(path, "something else"),
                _ => _ = tree.file(path, content(name)),
            }
        }
        let mut shell = Command::new("bash");
        shell.args(["-c", script, env!("CARGO_BIN_EXE_checksig"), &start.to_string()]);
        shell.args([&(start + BATCH).to_string(), algorithm]).args(&threads);
        run(shell.current_dir(tree.at("tree")).stdin(std::process::Stdio::null()));
        for number in start..start + BATCH {
            let read = |what: &str| fs::read(tree.at(format!("lists/{number}{what}"))).expect("written");
            let gnu = gnu_found(&read(".gnu"), &read(".gnu-says"));
            let checksig = checksig_found(&read(".json"));
            let list = String::from_utf8_lossy(&read("")).into_owned();
            let same = |(gnu, checksig): (&Entry, &Entry)| gnu.1 == checksig.1 && prints(&gnu.0, &checksig.0);
            let shown = |found: &Found| {
                let entries = found.entries.iter().map(|(name, ok)| (String::from_utf8_lossy(name), ok));
                format!("{:?} malformed {:?}", entries.collect::<Vec<_>>(), found.malformed)
            };
            assert!(
                gnu.entries.len() == checksig.entries.len()
                    && gnu.entries.iter().zip(&checksig.entries).all(same)
                    && gnu.malformed == checksig.malformed,
                "{algorithm}, list {number}:\n{list:?}\nGNU:      {}\nchecksig: {}",
                shown(&gnu),
                shown(&checksig)
            );
            matching += gnu.entries.iter().filter(|(_, ok)| *ok).count();
            failing += gnu.entries.iter().filter(|(_, ok)| !ok).count();
            malformed += gnu.malformed.len();
        }
    }
    // What was generated is worth comparing.
    assert!(
        matching > LISTS && failing > LISTS / 2 && malformed > LISTS / 4,
        "{matching} {failing} {malformed}"
    );
}

#[test]
fn md5sum_finds_the_same() {
    compare("md5", "MD5");
}

#[test]
fn sha1sum_finds_the_same() {
    compare("sha1", "SHA1");
}

#[test]
fn sha224sum_finds_the_same() {
    compare("sha224", "SHA224");
}

#[test]
fn sha384sum_finds_the_same() {
    compare("sha384", "SHA384");
}

#[test]
fn sha256sum_finds_the_same() {
    compare("sha256", "SHA256");
}

#[test]
fn sha512sum_finds_the_same() {
    compare("sha512", "SHA512");
}
