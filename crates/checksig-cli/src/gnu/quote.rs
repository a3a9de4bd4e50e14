//! Names as GNU's messages quote them.
//!
//! The rules are those of gnulib's `shell-escape` and `locale` quoting styles, so that a shell reads the very name, with
//! one difference: characters that leave no mark or turn the text around are escaped in every locale.

use checksig_core::is_unprintable;

/// A name where colons and blanks end it: as it is if a shell would take it so, else quoted.
pub(super) fn shell(name: &[u8], utf8: bool) -> String {
    let units = || Units { rest: name, utf8 };
    let mut quote = name.is_empty();
    let (mut apostrophe, mut double) = (false, true);
    for (position, unit) in units().enumerate() {
        let nature = Nature::of(&unit, position == 0, name.len() == 1);
        quote |= nature.needs_quotes;
        double &= nature.is_tame;
        apostrophe |= unit == Unit::Plain("'");
    }
    let plain =
        || units().map(|unit| if let Unit::Plain(text) = unit { text } else { "" }).collect::<String>();
    if !quote {
        return plain();
    }
    if apostrophe && double {
        return format!("\"{}\"", plain());
    }
    let mut quoted = String::from("'");
    // Inside of `$'…'`.
    let mut escaping = false;
    for unit in units() {
        match unit {
            Unit::Plain("'") => {
                quoted += "'\\''";
                escaping = false;
            }
            Unit::Plain(text) => {
                quoted += if std::mem::take(&mut escaping) { "''" } else { "" };
                quoted += text;
            }
            Unit::Escaped(bytes) => {
                quoted += if std::mem::replace(&mut escaping, true) { "" } else { "'$'" };
                bytes.iter().for_each(|&byte| quoted += &escape(byte));
            }
        }
    }
    quoted + "'"
}

/// What the user wrote, in the quotation marks of the locale.
pub(super) fn locale(text: &[u8], utf8: bool) -> String {
    let (left, right) = if utf8 { ("\u{2018}", "\u{2019}") } else { ("'", "'") };
    let mut quoted = String::from(left);
    for unit in (Units { rest: text, utf8 }) {
        match unit {
            Unit::Plain(text) if text == right || text == "\\" => quoted += &format!("\\{text}"),
            Unit::Plain(text) => quoted += text,
            Unit::Escaped(bytes) => bytes.iter().for_each(|&byte| quoted += &escape(byte)),
        }
    }
    quoted + right
}

/// A letter for a control character that has one, else three octal digits.
fn escape(byte: u8) -> String {
    let letters = [(7, 'a'), (8, 'b'), (9, 't'), (10, 'n'), (11, 'v'), (12, 'f'), (13, 'r')];
    match letters.iter().find(|(control, _)| *control == byte) {
        Some((_, letter)) => format!("\\{letter}"),
        None => format!("\\{byte:03o}"),
    }
}

/// A piece of a name.
#[derive(PartialEq)]
enum Unit<'a> {
    /// One character that is shown.
    Plain(&'a str),
    /// Bytes that are not.
    Escaped(&'a [u8]),
}

struct Units<'a> {
    rest: &'a [u8],
    utf8: bool,
}

impl<'a> Iterator for Units<'a> {
    type Item = Unit<'a>;

    fn next(&mut self) -> Option<Unit<'a>> {
        let first = *self.rest.first()?;
        // No character is longer: to look at all of the rest for each would take time by the square of the name's length.
        let longest = if self.utf8 { self.rest.len().min(4) } else { 1 };
        let chunk = self.rest[..longest].utf8_chunks().next()?;
        let character = chunk.valid().chars().next().filter(|c| self.utf8 || c.is_ascii());
        let len = match character {
            Some(c) => c.len_utf8(),
            None if self.utf8 => chunk.invalid().len(),
            None => 1,
        };
        let (unit, rest) = self.rest.split_at(len);
        self.rest = rest;
        let shown = first == b' ' || character.is_some_and(|c| !is_unprintable(c));
        match std::str::from_utf8(unit) {
            Ok(text) if shown => Some(Unit::Plain(text)),
            _ => Some(Unit::Escaped(unit)),
        }
    }
}

/// What a piece of a name means for the quotes around it.
struct Nature {
    needs_quotes: bool,
    /// It may stand in double quotes.
    is_tame: bool,
}

impl Nature {
    fn of(unit: &Unit<'_>, first: bool, alone: bool) -> Self {
        let Unit::Plain(text) = unit else { return Self { needs_quotes: true, is_tame: false } };
        let (needs_quotes, is_tame) = match text.as_bytes() {
            [b' ' | b'\'' | b':'] => (true, true),
            [b'#' | b'~'] => (first, first),
            [b'{' | b'}'] => (alone, alone),
            [c] if b"?\\!\"$&()*;<=>[^`|".contains(c) => (true, false),
            _ => (false, true),
        };
        Self { needs_quotes, is_tame }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each answer is what GNU coreutils print for that name; those with blanks, quotes and line ends are known from
    /// release 9.11 itself.
    #[test]
    fn names_are_quoted_as_by_gnu() {
        for (name, quoted) in [
            ("", "''"),
            ("plain", "plain"),
            ("with spaces", "'with spaces'"),
            ("with'quotes", "\"with'quotes\""),
            ("with\"quotes", "'with\"quotes'"),
            ("with \" and ' quotes", r#"'with " and '\'' quotes'"#),
            ("a\nb", r"'a'$'\n''b'"),
            ("a:b", "'a:b'"),
            ("#a", "'#a'"),
            ("a#", "a#"),
            ("{}", "{}"),
            ("{", "'{'"),
            ("a\\b", r"'a\b'"),
            ("it's\n", r"'it'\''s'$'\n'"),
            ("\n'\x01\x7f", r"''$'\n'\'''$'\001\177'"),
            ("'?", r"''\''?'"),
            ("~'", "\"~'\""),
            ("a~'", r"'a~'\'''"),
        ] {
            assert_eq!(shell(name.as_bytes(), true), quoted);
            assert_eq!(shell(name.as_bytes(), false), quoted);
        }
        assert_eq!(shell("é".as_bytes(), true), "é");
        assert_eq!(shell("é".as_bytes(), false), r"''$'\303\251'");
        assert_eq!(shell(b"\xffa\xc3", true), r"''$'\377''a'$'\303'");
        assert_eq!(shell("a\u{202e}b".as_bytes(), true), r"'a'$'\342\200\256''b'", "never as it is");
    }

    #[test]
    fn arguments_are_quoted_in_the_locales_marks() {
        assert_eq!(locale(b"7", false), "'7'");
        assert_eq!(locale(b"7", true), "\u{2018}7\u{2019}");
        assert_eq!(locale(b"'\\\n\x1b", false), r"'\'\\\n\033'");
    }
}
