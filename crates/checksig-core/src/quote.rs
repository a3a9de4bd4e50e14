//! Names that are safe to print: no byte of a hostile name reaches a terminal, a log or a message as it is.

use std::fmt;

/// Shows a name shell-style: as it is where that is harmless, else quoted so that a shell gives the very bytes back.
///
/// ```
/// use checksig_core::Quoted;
/// assert_eq!(Quoted(b"logs/a.log").to_string(), "logs/a.log");
/// assert_eq!(Quoted(b"a b").to_string(), "'a b'");
/// assert_eq!(Quoted(b"a\nb").to_string(), r"$'a\nb'");
/// assert_eq!(Quoted("\u{202e}gpj.exe".as_bytes()).to_string(), r"$'\xe2\x80\xaegpj.exe'");
/// ```
#[derive(Clone, Copy)]
pub struct Quoted<'a>(pub &'a [u8]);

/// Whether a character must not be printed as it is: controls, bidirectional controls (which can make a name read
/// as another), other characters that leave no mark, and every white space but the plain space.
///
/// ```
/// use checksig_core::is_unprintable;
/// assert!(is_unprintable('\u{1b}') && is_unprintable('\u{2066}') && is_unprintable('\u{2028}'));
/// assert!(!is_unprintable(' ') && !is_unprintable('é') && !is_unprintable('日'));
/// ```
pub fn is_unprintable(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
            | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{13438}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
            // Private use and characters that are none: a terminal may do anything with them.
            | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' | '\u{fdd0}'..='\u{fdef}' | '\u{fffe}'..='\u{ffff}')
}

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |c: char| c.is_ascii_alphanumeric() || !c.is_ascii() || "%+,-./:=@_".contains(c);
        match std::str::from_utf8(self.0) {
            Ok(text) if text.chars().any(is_unprintable) || text.contains('\'') => escaped(self.0, f),
            Ok(text) if !text.is_empty() && text.chars().all(plain) => f.write_str(text),
            Ok(text) => write!(f, "'{text}'"),
            Err(_) => escaped(self.0, f),
        }
    }
}

impl fmt::Debug for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// ANSI-C quoting, which bash, zsh and ksh read and POSIX.1-2024 has: bytes in hex rather than `\u`, whose meaning
/// depends on the reader's locale.
fn escaped(name: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("$'")?;
    for chunk in name.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                '\\' | '\'' => write!(f, "\\{c}")?,
                c if is_unprintable(c) => hex(c.encode_utf8(&mut [0; 4]).as_bytes(), f)?,
                c => write!(f, "{c}")?,
            }
        }
        hex(chunk.invalid(), f)?;
    }
    f.write_str("'")
}

fn hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "\\x{byte:02x}"))
}
