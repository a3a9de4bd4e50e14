//! Makes lists and command lines for GNU's checksum programs, always the same ones.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::common::{Tree, tool};

/// Lists that the command lines of a program choose from.
pub const LISTS: usize = 70;

pub const PROGRAMS: [(&str, &str, usize); 7] = [
    ("b2sum", "BLAKE2b", 128),
    ("md5sum", "MD5", 32),
    ("sha1sum", "SHA1", 40),
    ("sha224sum", "SHA224", 56),
    ("sha256sum", "SHA256", 64),
    ("sha384sum", "SHA384", 96),
    ("sha512sum", "SHA512", 128),
];

pub const NAMES: [&[u8]; 36] = [
    b"plain",
    b"empty",
    b"big",
    b"with space",
    b"  led by two",
    b" led",
    b"trailing ",
    b" ",
    b"*starred",
    b"*",
    b"-dash",
    b"--tag",
    b"#hash",
    b"back\\slash",
    b"\\leading",
    b"end\\",
    b"new\nline",
    b"last\n",
    b"mid\rcr",
    b"end\r",
    b"tab\there",
    b"quo'te",
    b"both\"'",
    b"qu?ery'",
    b"$dollar",
    b"par)en",
    b"x) = y",
    b"a:b",
    b"~",
    b"{",
    "\u{e9}t\u{e9}".as_bytes(),
    "\u{65e5}\u{672c}".as_bytes(),
    b"\xff\xfe\x80x",
    b"esc\x1b[m\x7f",
    b"sub/file",
    b"./-",
];
/// What cannot be hashed, but for `-`, which is standard input.
const NONE: [&[u8]; 9] =
    [b"missing", b"missing too", b"sub", b"plain/x", b"loop", b"sub/none\n", b"-", b"./sub/", b"no\\thing"];

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

    fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }
}

/// Makes the lists and command lines of one program.
pub struct Generator {
    random: Random,
    program: &'static str,
    tag: &'static str,
    digits: usize,
    /// Right digests by name, and for `b2sum` by length in digits too.
    right: BTreeMap<(Vec<u8>, usize), String>,
}

impl Generator {
    pub fn new(index: usize, tree: &Tree) -> Self {
        let (program, tag, digits) = PROGRAMS[index];
        let lengths = if program == "b2sum" { vec![2, 32, 64, 128] } else { vec![digits] };
        let mut right = BTreeMap::new();
        for digits in lengths {
            let length = (program == "b2sum").then(|| format!("-l{}", digits * 4));
            let names = NAMES.map(OsStr::from_bytes);
            let arguments =
                length.iter().map(OsStr::new).chain([OsStr::new("-z"), OsStr::new("--")]).chain(names);
            let printed = tool(program, tree.path(), arguments);
            for line in printed.split(|&c| c == 0).filter(|line| !line.is_empty()) {
                let digest = String::from_utf8(line[..digits].to_vec()).unwrap();
                right.insert((line[digits + 2..].to_vec(), digits), digest);
            }
        }
        Self { random: Random(index as u64), program, tag, digits, right }
    }

    pub fn list(&mut self) -> Vec<u8> {
        let one_space = self.random.one_in(4);
        // More than a handful: these are hashed by threads.
        let entries =
            if self.random.one_in(5) { 20 + self.random.below(30) } else { 1 + self.random.below(7) };
        let sound = self.random.one_in(3);
        let mut list = Vec::new();
        for _ in 0..entries {
            let name =
                if !sound && self.random.one_in(9) { self.random.of(&NONE) } else { self.random.of(&NAMES) };
            let line = match self.random.below(if sound { 20 } else { 26 }) {
                0..=3 => self.tagged(name),
                20 | 21 => self.spoilt(name),
                22 => self.garbage(),
                23 => self.untagged(name, !one_space, sound),
                24 => self.random.of(&[&b"# comment"[..], b"#", b"", b"\r", b" ", b" # x", b"\t"]).to_vec(),
                _ => self.untagged(name, one_space, sound),
            };
            list.extend(line);
            list.extend(if self.random.one_in(8) { &b"\r\n"[..] } else { b"\n" });
        }
        if self.random.one_in(6) {
            list.pop();
        }
        list
    }

    /// A digest, mostly the right one, and its digits.
    fn digest(&mut self, name: &[u8], always_right: bool) -> (String, usize) {
        let digits =
            if self.program == "b2sum" { self.random.of(&[2, 32, 64, 128, 128]) } else { self.digits };
        let known = self.right.get(&(name.to_vec(), digits));
        let mut digest = known.unwrap_or(&self.right[&(b"plain".to_vec(), digits)]).clone();
        if !always_right && self.random.one_in(6) {
            let digit = if digest.ends_with('0') { "1" } else { "0" };
            digest.replace_range(digits - 1.., digit);
        }
        let digest = if self.random.one_in(7) { digest.to_uppercase() } else { digest };
        (digest, digits)
    }

    /// The name as it stands in a line, and whether the line is marked as escaped.
    fn escaped(&mut self, name: &[u8]) -> (Vec<u8>, &'static str) {
        if !name.iter().any(|c| b"\\\n\r".contains(c)) && !self.random.one_in(30) {
            return (name.to_vec(), "");
        }
        let mut escaped = Vec::new();
        for &byte in name {
            match byte {
                b'\\' => escaped.extend(b"\\\\"),
                b'\n' => escaped.extend(b"\\n"),
                b'\r' => escaped.extend(b"\\r"),
                byte => escaped.push(byte),
            }
        }
        (escaped, "\\")
    }

    fn untagged(&mut self, name: &[u8], one_space: bool, always_right: bool) -> Vec<u8> {
        let (digest, _) = self.digest(name, always_right);
        let (name, mark) = self.escaped(name);
        let lead = self.random.of(&["", "", "", "", " ", "\t "]);
        let gap = if one_space {
            self.random.of(&[" ", " ", "\t"])
        } else {
            self.random.of(&["  ", "  ", " *", "\t "])
        };
        [lead.as_bytes(), mark.as_bytes(), digest.as_bytes(), gap.as_bytes(), &name].concat()
    }

    fn tagged(&mut self, name: &[u8]) -> Vec<u8> {
        let (digest, digits) = self.digest(name, false);
        let (name, mark) = self.escaped(name);
        let mut tag = self.tag.to_owned();
        let bits = digits * 4;
        if digits != self.digits || (self.program == "b2sum" && self.random.one_in(4)) {
            let octal = format!("{bits:#o}").replace("0o", "0");
            let number =
                [bits.to_string(), bits.to_string(), octal, format!("{bits:#x}"), format!(" +{bits}")];
            tag += &format!("-{}", self.random.of(&number));
        }
        let (open, close) = self.random.of(&[(" (", ") = "), ("(", ")= "), (" (", ")=\t"), ("(", ") \t= ")]);
        [mark.as_bytes(), tag.as_bytes(), open.as_bytes(), &name, close.as_bytes(), digest.as_bytes()]
            .concat()
    }

    /// An entry with one thing wrong.
    fn spoilt(&mut self, name: &[u8]) -> Vec<u8> {
        let mut line =
            if self.random.one_in(2) { self.tagged(name) } else { self.untagged(name, false, true) };
        match self.random.below(6) {
            0 => line.truncate(self.random.below(line.len())),
            1 => drop(line.remove(0)),
            2 => line.insert(0, self.random.of(b"g0\\(-")),
            3 => line.push(self.random.of(b" \t0\\")),
            4 => {
                let at = self.random.below(line.len());
                // Not where GNU 9.1 takes any character for a separator.
                line[at] = if at == self.tag.len() { b'-' } else { self.random.of(b"g \\)=\r") };
            }
            _ => line = line.to_ascii_lowercase(),
        }
        line
    }

    fn garbage(&mut self) -> Vec<u8> {
        let (tag, digits) = (self.tag, self.digits);
        let lines = [
            "no checksum at all".to_owned(),
            "-----BEGIN PGP SIGNED MESSAGE-----".to_owned(),
            format!("{tag} ("),
            format!("{tag} (x) = "),
            format!("{tag}-0 (plain) = {}", "0".repeat(digits)),
            format!("{tag}-999999999999999999999 (x) = 00"),
            "SHA3-256 (x) = 00".to_owned(),
            "0".repeat(digits),
            format!("{} ", "0".repeat(digits)),
            format!("{}  ", "0".repeat(digits)),
            format!("\\{}  x\\y", "0".repeat(digits)),
            format!("{} x", "0".repeat(digits + 2)),
            "ab".to_owned(),
            "ab x".to_owned(),
            "\u{feff}".to_owned(),
        ];
        self.random.of(&lines).into_bytes()
    }

    pub fn command(&mut self) -> Case {
        let check = !self.random.one_in(4);
        let mut options: Vec<&[u8]> = if check {
            const TELLING: [&[u8]; 9] =
                [b"-w", b"--warn", b"--w", b"--quiet", b"--q", b"--status", b"--stat", b"--strict", b"--str"];
            let mut options = vec![self.random.of(&[&b"-c"[..], b"-c", b"--check", b"--ch", b"-cw"])];
            options.extend((0..self.random.below(4)).map(|_| self.random.of(&TELLING)));
            if self.random.one_in(4) {
                options.push(self.random.of(&[&b"--ignore-missing"[..], b"--i"]));
            }
            options
        } else {
            const FORMS: [&[u8]; 9] =
                [b"-b", b"-t", b"-z", b"--tag", b"--binary", b"--te", b"--zero", b"-bz", b"-tb"];
            (0..self.random.below(4)).map(|_| self.random.of(&FORMS)).collect()
        };
        if self.random.one_in(12) {
            const ANY: [&[u8]; 16] = [
                b"-b",
                b"-t",
                b"-z",
                b"--tag",
                b"--strict",
                b"--quiet",
                b"-w",
                b"--status",
                b"--ignore-missing",
                b"--x",
                b"-x",
                b"--st",
                b"--check=1",
                b"-czx",
                b"--t",
                b"--=",
            ];
            options.push(self.random.of(&ANY));
        }
        if self.program == "b2sum" && self.random.one_in(3) {
            const LENGTHS: [&[u8]; 14] = [
                b"-l8",
                b"-l128",
                b"--length=64",
                b"--le=512",
                b"-l0",
                b"-l7",
                b"-l520",
                b"-labc",
                b"-l8x",
                b"-l 16",
                b"-l+24",
                b"-l-8",
                b"--length=",
                b"-bl16",
            ];
            options.push(self.random.of(&LENGTHS));
        }
        let mut operands: Vec<Vec<u8>> = Vec::new();
        let how_many = self.random.of(&[0, 1, 1, 1, 1, 2, 3]);
        for _ in 0..how_many {
            operands.push(match (check, self.random.below(14)) {
                (_, 0) => b"-".to_vec(),
                (_, 1) => self.random.of(&NONE).to_vec(),
                (true, _) => format!("lists/{}", self.random.below(LISTS)).into_bytes(),
                (false, _) => self.random.of(&NAMES).to_vec(),
            });
        }
        if !check && self.random.one_in(10) {
            operands.extend((0..30).map(|_| self.random.of(&NAMES).to_vec()));
        }
        let posix = self.random.one_in(20);
        let mut arguments: Vec<Vec<u8>> = options.into_iter().map(<[u8]>::to_vec).collect();
        let safe = |operand: &Vec<u8>| operand == b"-" || !operand.starts_with(b"-");
        if !posix && operands.iter().all(safe) && self.random.one_in(2) {
            // Options behind operands.
            let at = self.random.below(arguments.len() + 1);
            arguments.splice(at..at, operands);
        } else {
            arguments.push(b"--".to_vec());
            arguments.extend(operands);
        }
        let stdin = match self.random.below(4) {
            0 => "plain".to_owned(),
            1 => "sub".to_owned(),
            _ => format!("lists/{}", self.random.below(LISTS)),
        };
        let utf8 = self.random.one_in(3);
        Case { program: self.program, arguments, stdin, check, posix, utf8 }
    }
}

/// A command line, and what it is run with.
#[derive(Debug)]
pub struct Case {
    pub program: &'static str,
    pub arguments: Vec<Vec<u8>>,
    pub stdin: String,
    pub check: bool,
    pub posix: bool,
    pub utf8: bool,
}
