//! The rules of `docs/manifest-format.md` once more, as naively as they read: what the parser is compared with.

use std::sync::LazyLock;

use checksig_core::{Algorithm, DigestLength};

/// What a line of a list is.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    Blank,
    Comment,
    Entry {
        algorithm: Algorithm,
        assumed: bool,
        digest: Vec<u8>,
        name: Vec<u8>,
    },
    /// With the reason's code.
    Malformed(&'static str),
}

use Line::{Blank, Comment, Malformed};

/// What is known of a list beside its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// The option.
    pub option: Option<Algorithm>,
    /// What its file name says of untagged lines, and of the file that a bare digest is of.
    pub named: Option<Algorithm>,
    pub sidecar_of: Option<&'static str>,
}

/// How many spaces stand before names (R11).
#[derive(Clone, Copy, PartialEq)]
enum Form {
    One,
    Two,
}

pub fn read(list: &[u8], known: Known) -> Vec<Line> {
    let mut form = None;
    let mut lines: Vec<Line> = Vec::new();
    for line in texts(list) {
        lines.push(match line.and_then(|line| whole_line(&line, known, &mut form)) {
            Ok(line) => line,
            Err(reason) => Malformed(reason),
        });
    }
    // R17, R18: a bare digest comes as an entry without a name.
    let is_bare = |line: &Line| matches!(line, Line::Entry { name, .. } if name.is_empty());
    let alone = lines.iter().filter(|line| !matches!(line, Blank | Comment)).count() == 1;
    for line in &mut lines {
        if is_bare(line) {
            match (line, known.sidecar_of) {
                (Line::Entry { name, .. }, Some(of)) if alone => *name = of.into(),
                (line, _) => *line = Malformed("no-name"),
            }
        }
    }
    lines
}

/// R1 to R5: the lines without their ends.
fn texts(list: &[u8]) -> Vec<Result<Vec<u8>, &'static str>> {
    // Of each line what can be decoded, byte by byte, and `None` for what cannot.
    let text: Vec<Option<u8>> = match list {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => rest.iter().copied().map(Some).collect(),
        rest => rest.iter().copied().map(Some).collect(),
    };
    let mut lines: Vec<&[Option<u8>]> = text.split(|&byte| byte == Some(b'\n')).collect();
    // A final LF begins no further line, and no bytes are no line.
    lines.pop_if(|last| last.is_empty());
    let end = |line: &[Option<u8>]| {
        let line = line.strip_suffix(&[Some(b'\r')]).unwrap_or(line);
        if line.len() > 65_536 {
            return Err("too-long");
        }
        line.iter().copied().collect::<Option<Vec<u8>>>().ok_or("bad-utf16")
    };
    lines.into_iter().map(end).collect()
}

/// R4. Every code unit that is no character, and an odd last byte, is `None`.
fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Vec<Option<u8>> {
    let (units, odd) = bytes.as_chunks();
    let mut text = Vec::new();
    for decoded in char::decode_utf16(units.iter().map(|&two| unit(two))) {
        match decoded {
            Ok(c) => text.extend(c.to_string().bytes().map(Some)),
            Err(_) => text.push(None),
        }
    }
    if !odd.is_empty() {
        text.push(None);
    }
    text
}

fn whole_line(line: &[u8], known: Known, form: &mut Option<Form>) -> Result<Line, &'static str> {
    if line.contains(&0) {
        return Err("nul");
    }
    if line.last() == Some(&b'\r') {
        return Err("stray-cr");
    }
    if line.iter().all(|&byte| is_blank(byte)) {
        return Ok(Blank);
    }
    if line[0] == b'#' {
        return Ok(Comment);
    }
    let text = without_blanks(line);
    let (escaped, text) = if text[0] == b'\\' { (true, &text[1..]) } else { (false, text) };
    let mut new_form = *form;
    let (algorithm, assumed, digest, name) = match tag(text) {
        Some((algorithm, rest)) => {
            let (digest, name) = tagged(algorithm, rest, known)?;
            (algorithm, false, digest, Some(name))
        }
        None if has_shape_of_tagged(text) => return Err("unknown-tag"),
        None => untagged(text, known, &mut new_form)?,
    };
    let name = match name {
        None => Vec::new(),
        Some([]) => return Err("empty-name"),
        Some(name) if escaped => unescape(name).ok_or("bad-escape")?,
        Some(name) => name.to_vec(),
    };
    if !name.is_empty() {
        *form = new_form;
    }
    Ok(Line::Entry { algorithm, assumed, digest, name })
}

/// The table of tags in the document.
static TAGS: LazyLock<Vec<(String, Algorithm)>> = LazyLock::new(|| {
    const TABLE: &str = "MD5=md5 SHA1=sha1 SHA-1=sha1 SHA224=sha224 SHA2-224=sha224 SHA-224=sha224 SHA256=sha256 \
        SHA2-256=sha256 SHA-256=sha256 SHA384=sha384 SHA2-384=sha384 SHA-384=sha384 SHA512=sha512 SHA2-512=sha512 \
        SHA-512=sha512 SHA512/256=sha512/256 SHA2-512/256=sha512/256 SHA512-256=sha512/256 SHA-512/256=sha512/256 \
        SHA512t256=sha512/256 SHA3-224=sha3-224 SHA3-256=sha3-256 SHA3-384=sha3-384 SHA3-512=sha3-512 BLAKE3=blake3 \
        BLAKE2b=blake2b";
    let fixed = TABLE.split_whitespace().filter_map(|pair| pair.split_once('='));
    let fixed = fixed.map(|(tag, name)| (tag.to_owned(), name.parse().expect("an algorithm of the table")));
    let sized = (8..=512).step_by(8).map(|bits| {
        let length = DigestLength::new(bits / 8).expect("a length");
        (format!("BLAKE2b-{bits}"), Algorithm::Blake2b(length))
    });
    fixed.chain(sized).collect()
});

/// The algorithm of a tag, and what stands behind `TAG (`.
fn tag(text: &[u8]) -> Option<(Algorithm, &[u8])> {
    let parenthesis = text.iter().position(|&byte| byte == b'(')?;
    let word = &text[..parenthesis];
    let word = word.strip_suffix(b" ").unwrap_or(word);
    let (_, algorithm) = TAGS.iter().find(|(tag, _)| tag.as_bytes().eq_ignore_ascii_case(word))?;
    Some((*algorithm, &text[parenthesis + 1..]))
}

/// `WORD (…) = …`, and the word is not hex.
fn has_shape_of_tagged(text: &[u8]) -> bool {
    let Some(parenthesis) = text.iter().position(|&byte| byte == b'(') else { return false };
    let word = &text[..parenthesis];
    let word = word.strip_suffix(b" ").unwrap_or(word);
    !word.is_empty()
        && !word.iter().any(|&byte| is_blank(byte))
        && !word.iter().all(u8::is_ascii_hexdigit)
        && name_and_rest(&text[parenthesis + 1..]).is_some()
}

/// `name) = …` at the last parenthesis.
fn name_and_rest(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().rposition(|&byte| byte == b')')?;
    match without_blanks(&text[end + 1..]) {
        [b'=', rest @ ..] => Some((&text[..end], without_blanks(rest))),
        _ => None,
    }
}

fn tagged(algorithm: Algorithm, rest: &[u8], known: Known) -> Result<(Vec<u8>, &[u8]), &'static str> {
    let (name, digits) = name_and_rest(rest).ok_or("bad-tagged-line")?;
    if known.option.is_some_and(|option| option != algorithm) {
        return Err("tag-contradicts-option");
    }
    let digest = bytes_of_hex(digits)?;
    if digits.len() != 2 * algorithm.digest_len() {
        return Err("wrong-digest-length");
    }
    Ok((digest, name))
}

/// The name is `None` where the digest is bare.
type Untagged<'a> = (Algorithm, bool, Vec<u8>, Option<&'a [u8]>);

fn untagged<'a>(text: &'a [u8], known: Known, form: &mut Option<Form>) -> Result<Untagged<'a>, &'static str> {
    let end = text.iter().position(|&byte| is_blank(byte)).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let digest = bytes_of_hex(digits)?;
    let by_length = match digits.len() {
        32 => Some(Algorithm::Md5),
        40 => Some(Algorithm::Sha1),
        56 => Some(Algorithm::Sha224),
        64 => Some(Algorithm::Sha256),
        96 => Some(Algorithm::Sha384),
        128 => Some(Algorithm::Sha512),
        _ => None,
    };
    let said = known.option.or(known.named);
    let algorithm = said.or(by_length).ok_or("wrong-digest-length")?;
    if digits.len() != 2 * algorithm.digest_len() {
        return Err("wrong-digest-length");
    }
    let name = match (*form, rest) {
        (_, []) | (_, [_]) => None,
        (Some(Form::One), [_, name @ ..]) => Some(name),
        (_, [_, b' ' | b'\t']) => None,
        (_, [_, b' ' | b'*', name @ ..]) => {
            *form = Some(Form::Two);
            Some(name)
        }
        (Some(Form::Two), _) => return Err("mixed-style"),
        (None, [_, name @ ..]) => {
            *form = Some(Form::One);
            Some(name)
        }
    };
    Ok((algorithm, said.is_none(), digest, name))
}

/// R15.
pub fn unescape(name: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    let mut rest = name;
    loop {
        let (byte, behind) = match rest {
            [] => return Some(plain),
            [b'\\', b'\\', behind @ ..] => (b'\\', behind),
            [b'\\', b'n', behind @ ..] => (b'\n', behind),
            [b'\\', b'r', behind @ ..] => (b'\r', behind),
            [b'\\', ..] => return None,
            [byte, behind @ ..] => (*byte, behind),
        };
        plain.push(byte);
        rest = behind;
    }
}

/// R13.
fn bytes_of_hex(digits: &[u8]) -> Result<Vec<u8>, &'static str> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err("bad-hex");
    }
    let value = |digit: u8| char::from(digit).to_digit(16).map_or(0, |value| value as u8);
    Ok(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, &digit| byte << 4 | value(digit))).collect())
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn without_blanks(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|&byte| !is_blank(byte)).unwrap_or(text.len());
    &text[start..]
}
