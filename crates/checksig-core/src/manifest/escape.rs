//! Escaped names (R15): `\\`, `\n` and `\r` in lines that begin with a backslash.

use std::borrow::Cow;

/// Undoes the escapes; `None` if a backslash stands before anything but `\`, `n` and `r`.
pub(crate) fn unescape(name: &[u8]) -> Option<Cow<'_, [u8]>> {
    if memchr::memchr(b'\\', name).is_none() {
        return Some(Cow::Borrowed(name));
    }
    let mut plain = Vec::with_capacity(name.len());
    let mut bytes = name.iter();
    while let Some(&byte) = bytes.next() {
        plain.push(match byte {
            b'\\' => match bytes.next()? {
                b'\\' => b'\\',
                b'n' => b'\n',
                b'r' => b'\r',
                _ => return None,
            },
            byte => byte,
        });
    }
    Some(Cow::Owned(plain))
}

/// The name with its backslashes and line ends escaped; `None` if it has none, and the line needs no leading
/// backslash.
pub(super) fn escape(name: &[u8]) -> Option<Vec<u8>> {
    memchr::memchr3(b'\\', b'\n', b'\r', name)?;
    let mut escaped = Vec::with_capacity(name.len() + 8);
    for &byte in name {
        match byte {
            b'\\' => escaped.extend_from_slice(b"\\\\"),
            b'\n' => escaped.extend_from_slice(b"\\n"),
            b'\r' => escaped.extend_from_slice(b"\\r"),
            byte => escaped.push(byte),
        }
    }
    Some(escaped)
}
