//! Quoted names, against a reader of what a shell reads.

use checksig_core::Quoted;

/// No byte of a name reaches a terminal raw, and a shell gives the name back.
pub fn check(name: &[u8]) {
    let shown = Quoted(name).to_string();
    for c in shown.chars() {
        assert!(c >= ' ' && c != '\u{7f}', "{c:?} in {shown:?}");
        assert!(!is_hazardous(c), "{c:?} in {shown:?}");
    }
    assert_eq!(word(&shown).as_deref(), Some(name), "{shown}");
}

/// Characters that change what stands around them, or that nobody sees; written down from what a terminal or a reader
/// makes of them, not from the list in the core.
fn is_hazardous(c: char) -> bool {
    matches!(c,
        // C1 controls.
        '\u{80}'..='\u{9f}'
        // Marks, embeddings, overrides and isolates of the bidirectional algorithm.
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        // Line and paragraph separators, blanks that are not the blank.
        | '\u{2028}' | '\u{2029}' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}'
        | '\u{3000}'
        // Of no width: joiners, the soft hyphen, the byte order mark, tags.
        | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{ad}' | '\u{feff}' | '\u{e0001}' | '\u{e0020}'..='\u{e007f}')
}

/// One word of a POSIX shell: bare, in single quotes, or in `$'…'`. `None` for anything that is more or less than one.
pub fn word(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    if let Some(inner) = bytes.strip_prefix(b"$'") {
        return dollar_quoted(inner.strip_suffix(b"'")?);
    }
    if let Some(inner) = bytes.strip_prefix(b"'") {
        let inner = inner.strip_suffix(b"'")?;
        return (!inner.contains(&b'\'')).then(|| inner.to_vec());
    }
    // What means something to a shell anywhere in a word, or at its start.
    let special = b"|&;<>()$`\\\"' \t\n*?[]#~!{}^";
    let bare = !bytes.is_empty() && !bytes.iter().any(|byte| special.contains(byte));
    bare.then(|| bytes.to_vec())
}

fn dollar_quoted(inner: &[u8]) -> Option<Vec<u8>> {
    let mut word = Vec::new();
    let mut rest = inner;
    loop {
        let (byte, behind) = match rest {
            [] => return Some(word),
            [b'\'', ..] => return None,
            [b'\\', b'n', behind @ ..] => (b'\n', behind),
            [b'\\', b'r', behind @ ..] => (b'\r', behind),
            [b'\\', b't', behind @ ..] => (b'\t', behind),
            [b'\\', byte @ (b'\\' | b'\''), behind @ ..] => (*byte, behind),
            [b'\\', b'x', one, two, behind @ ..] => {
                let digits = [*one, *two];
                (u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?, behind)
            }
            [b'\\', ..] => return None,
            [byte, behind @ ..] => (*byte, behind),
        };
        word.push(byte);
        rest = behind;
    }
}
