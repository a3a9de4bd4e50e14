//! Numbers in sentences.

use std::fmt;

/// A number of bytes in decimal units: `999 bytes`, `1.1 MB`.
///
/// ```
/// use checksig_core::HumanBytes;
/// assert_eq!(HumanBytes(1_095_655).to_string(), "1.1 MB");
/// assert_eq!(HumanBytes(1).to_string(), "1 byte");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HumanBytes(pub u64);

impl fmt::Display for HumanBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 1000 {
            return f.write_str(&count_noun(self.0, "byte"));
        }
        let mut value = self.0 as f64;
        for unit in ["kB", "MB", "GB", "TB", "PB", "EB"] {
            value /= 1000.0;
            // What would be rounded to 1000.0 is 1.0 of the next unit.
            if value < 999.95 || unit == "EB" {
                return write!(f, "{value:.1} {unit}");
            }
        }
        Ok(())
    }
}

/// `1 file`, `2 files`; for `list without an entry` the first word takes the plural.
pub(crate) fn count_noun(count: u64, noun: &str) -> String {
    match noun.split_once(" without") {
        _ if count == 1 => format!("1 {noun}"),
        Some((noun, rest)) => format!("{count} {noun}s without{rest}"),
        None => format!("{count} {noun}s"),
    }
}
