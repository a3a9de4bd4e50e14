//! The grammar of lists, against the naive reading of its rules, against itself, and in pieces.

use std::borrow::Cow;
use std::io::{self, Read};

use checksig_core::{Algorithm, Checksum, LineStyle, Manifest, ManifestParser, ParseOptions, write_line};

use crate::grammar::{self, Known, Line};

/// What each list is read with: nothing, an option, the names of a list and of sidecars, and both.
fn known() -> [(ParseOptions, Known); 5] {
    let named = |name: &str, algorithm, sidecar_of| {
        let known = Known { option: None, named: Some(algorithm), sidecar_of };
        (ParseOptions::default().list_name(name), known)
    };
    let blake2b_256: Algorithm = "blake2b-256".parse().expect("an algorithm");
    let (options, known) = named("dir/y.SHA1", Algorithm::Sha1, Some("y"));
    [
        (ParseOptions::default(), Known::default()),
        (
            ParseOptions::default().algorithm(Algorithm::Sha256),
            Known { option: Some(Algorithm::Sha256), ..Known::default() },
        ),
        named("b2sums.txt", Algorithm::BLAKE2B, None),
        named("x.iso.md5", Algorithm::Md5, Some("x.iso")),
        (options.algorithm(blake2b_256), Known { option: Some(blake2b_256), ..known }),
    ]
}

/// A parsed list as the lines that it has, blanks and comments left out.
fn lines_of(manifest: &Manifest) -> Vec<(u64, Line)> {
    let mut lines = Vec::new();
    for entry in manifest.entries() {
        let (algorithm, assumed) = (entry.algorithm(), entry.algorithm_assumed());
        let (digest, name) = (entry.digest().to_vec(), entry.path().as_bytes().to_vec());
        assert_eq!(
            entry.checksum(),
            Checksum::new(algorithm, &digest).expect("a digest of the right length")
        );
        lines.push((entry.line(), Line::Entry { algorithm, assumed, digest, name }));
    }
    for malformed in manifest.malformed() {
        assert!(!malformed.reason.to_string().is_empty());
        lines.push((malformed.line, Line::Malformed(malformed.reason.code())));
    }
    lines.sort_by_key(|(number, _)| *number);
    lines
}

/// The list, but with the first byte F5, which no UTF-8 holds, and the one behind it turned into that many bytes more
/// than 65,400: a line that is just short enough or just too long (R5), from a small input.
fn expanded(list: &[u8]) -> Cow<'_, [u8]> {
    match list.iter().position(|&byte| byte == 0xF5) {
        Some(at) if at + 1 < list.len() => {
            let filler = vec![b'x'; 65_400 + usize::from(list[at + 1])];
            Cow::Owned([&list[..at], &filler, &list[at + 2..]].concat())
        }
        _ => Cow::Borrowed(list),
    }
}

/// Every line is exactly what the rules say, and none is lost.
pub fn parse(list: &[u8]) {
    let list = &*expanded(list);
    for (options, known) in known() {
        let manifest = Manifest::parse(list, &options);
        let lines = manifest.lines();
        assert_eq!(
            lines.total,
            lines.blank + lines.comments + (manifest.malformed().len() + manifest.len()) as u64
        );
        let expected = grammar::read(list, known);
        let count = |wanted: Line| expected.iter().filter(|line| **line == wanted).count() as u64;
        assert_eq!(
            (lines.total, lines.blank, lines.comments),
            (expected.len() as u64, count(Line::Blank), count(Line::Comment))
        );
        let numbered = (1..).zip(expected).filter(|(_, line)| !matches!(line, Line::Blank | Line::Comment));
        assert_eq!(lines_of(&manifest), numbered.collect::<Vec<_>>(), "with {known:?}");
    }
}

/// What is read and written again is read as the same.
pub fn render(list: &[u8]) {
    for (options, _) in known() {
        let manifest = Manifest::parse(list, &options);
        let mut tagged = Vec::new();
        let mut expected = Vec::new();
        for entry in manifest.entries() {
            let (checksum, name) = (entry.checksum(), entry.path().as_bytes());
            let mut line = Vec::new();
            write_line(&mut line, &checksum, name, LineStyle::Untagged).expect("memory to write to");
            // Escaped, a name may no longer fit its line.
            if line.len() <= checksig_core::MAX_LINE_LEN - 100 {
                let option = ParseOptions::default().algorithm(checksum.algorithm());
                let alone = Manifest::parse(&line, &option);
                assert_eq!(named(&alone), [(checksum, name.to_vec())]);
                write_line(&mut tagged, &checksum, name, LineStyle::Tagged).expect("memory to write to");
                expected.push((checksum, name.to_vec()));
            }
        }
        let again = Manifest::parse(&tagged, &ParseOptions::default());
        assert!(again.malformed().is_empty(), "{:?}", again.malformed());
        assert_eq!(named(&again), expected);
    }
}

fn named(manifest: &Manifest) -> Vec<(Checksum, Vec<u8>)> {
    manifest.entries().map(|entry| (entry.checksum(), entry.path().as_bytes().to_vec())).collect()
}

/// Escaping and unescaping, each against the rule.
pub fn escape(text: &[u8]) {
    let checksum = Checksum::new(Algorithm::Md5, &[7; 16]).expect("a digest");
    let is_one_line = !text.is_empty()
        && text.len() <= checksig_core::MAX_LINE_LEN - 100
        && !text.iter().any(|byte| matches!(byte, 0 | b'\n'))
        && !text.ends_with(b"\r");
    if is_one_line {
        // As the name of an escaped line.
        let line = [format!("\\{checksum}  ").as_bytes(), text].concat();
        let read = lines_of(&Manifest::parse(&line, &ParseOptions::default()));
        let expected = match grammar::unescape(text) {
            Some(name) => {
                let digest = checksum.digest().to_vec();
                Line::Entry { algorithm: Algorithm::Md5, assumed: true, digest, name }
            }
            None => Line::Malformed("bad-escape"),
        };
        assert_eq!(read, [(1, expected)]);
    }
    // As a name to be written.
    let name: Vec<u8> = text.iter().copied().filter(|&byte| byte != 0).take(20_000).collect();
    for style in [LineStyle::Untagged, LineStyle::Starred, LineStyle::Tagged] {
        let mut line = Vec::new();
        write_line(&mut line, &checksum, &name, style).expect("memory to write to");
        let needs_escapes = name.iter().any(|byte| b"\\\n\r".contains(byte));
        let (mark, text) = match line.strip_prefix(b"\\") {
            Some(rest) => (true, rest),
            None => (false, &line[..]),
        };
        assert_eq!(mark, needs_escapes);
        let text = text.strip_suffix(b"\n").expect("a line end");
        let written = match style {
            LineStyle::Untagged => text.strip_prefix(format!("{checksum}  ").as_bytes()),
            LineStyle::Starred => text.strip_prefix(format!("{checksum} *").as_bytes()),
            LineStyle::Tagged => text
                .strip_prefix(b"MD5 (")
                .and_then(|text| text.strip_suffix(format!(") = {checksum}").as_bytes())),
        };
        let written = written.expect("the shape of a line");
        assert!(!written.iter().any(|byte| matches!(byte, b'\n' | b'\r')));
        let read = if mark { grammar::unescape(written) } else { Some(written.to_vec()) };
        assert_eq!(read.as_ref(), Some(&name));
    }
}

/// A list in pieces is the list.
pub fn pieces(list: &[u8]) {
    let list = &*expanded(list);
    for (options, _) in known() {
        let whole = Manifest::parse(list, &options);
        let (counts, whole) = (whole.lines(), lines_of(&whole));
        // The content says how it is cut, so that every list is a test as it is.
        let steps = if list.len() > 5000 { &[1000][..] } else { &[1, 2, 3, 17, 250] };
        for &step in steps {
            let mut parser = ManifestParser::new(&options);
            let mut rest = list;
            while let [first, ..] = rest {
                let len = if step == 1 { 1 } else { usize::from(*first) % step };
                let (piece, behind) =
                    rest.split_at((len + usize::from(step > 1 && len == 0)).min(rest.len()));
                parser.push(piece);
                // A piece may be empty.
                parser.push(&[]);
                rest = behind;
            }
            let manifest = parser.finish();
            assert_eq!((manifest.lines(), lines_of(&manifest)), (counts, whole.clone()), "by {step}");
        }
        let read = Manifest::read(Halting { rest: list, calls: 0 }, &options).expect("no error");
        assert_eq!((read.lines(), lines_of(&read)), (counts, whole), "from a reader");
    }
}

/// A reader that gives as many bytes as it likes and is interrupted in between.
struct Halting<'a> {
    rest: &'a [u8],
    calls: usize,
}

impl Read for Halting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.calls += 1;
        if self.calls.is_multiple_of(3) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let len = buffer.len().min(1 + self.calls * 7 % 400);
        self.rest.read(&mut buffer[..len])
    }
}
