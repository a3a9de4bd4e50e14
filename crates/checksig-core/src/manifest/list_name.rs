//! What the file name of a list says (R18, R20).

use crate::algorithm::Algorithm;

/// What a list's file name says about its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListName {
    /// The algorithm of its untagged lines.
    pub(crate) algorithm: Option<Algorithm>,
    /// `x.iso` for `x.iso.sha256`: the file that a lone bare digest belongs to.
    pub(crate) sidecar_of: Option<Vec<u8>>,
}

impl ListName {
    /// Reads `{a}sum`, `{a}sums`, both also with `.txt`, and `*.{a}`, for every name and alias `a`, in any case.
    pub(crate) fn of(path: &[u8]) -> Self {
        let name = path.rsplit(|&c| c == b'/').next().unwrap_or(path);
        if let Some(algorithm) = sums_file(name) {
            return Self { algorithm: Some(algorithm), sidecar_of: None };
        }
        let dot = name.iter().rposition(|&c| c == b'.');
        match dot.and_then(|dot| Some((dot, algorithm_of(&name[dot + 1..])?))) {
            Some((dot, algorithm)) => {
                let target = &name[..dot];
                Self { algorithm: Some(algorithm), sidecar_of: (!target.is_empty()).then(|| target.to_vec()) }
            }
            None => Self::default(),
        }
    }

    /// Whether a directory's file of this name is taken for a list: any of the above but `{a}sum`, which is what programs
    /// are called, or `checksums.txt`.
    pub(crate) fn is_list(name: &[u8]) -> bool {
        let program = strip_suffix_ignore_case(name, b"sum").is_some();
        name.eq_ignore_ascii_case(b"checksums.txt") || (!program && Self::of(name).algorithm.is_some())
    }
}

/// The name of a list that `verify` finds in its directory and knows the algorithm of: `sha256sum.txt`.
pub(crate) fn default_name(algorithm: Algorithm) -> String {
    format!("{}sum.txt", algorithm.name().replace('/', "-"))
}

fn sums_file(name: &[u8]) -> Option<Algorithm> {
    let stem = strip_suffix_ignore_case(name, b".txt").unwrap_or(name);
    let stem = strip_suffix_ignore_case(stem, b"s").unwrap_or(stem);
    algorithm_of(strip_suffix_ignore_case(stem, b"sum")?)
}

/// The algorithm of a name or alias as it stands in file names: with `-` for `/`.
fn algorithm_of(text: &[u8]) -> Option<Algorithm> {
    let spelt = |name: &str| name.replace('/', "-").as_bytes().eq_ignore_ascii_case(text);
    Algorithm::all()
        .find(|algorithm| spelt(&algorithm.name()) || algorithm.aliases().iter().any(|alias| spelt(alias)))
        .or_else(|| Algorithm::from_name(text).filter(|algorithm| algorithm.has_variable_length()))
}

fn strip_suffix_ignore_case<'a>(text: &'a [u8], suffix: &[u8]) -> Option<&'a [u8]> {
    let (start, end) = text.split_at_checked(text.len().checked_sub(suffix.len())?)?;
    end.eq_ignore_ascii_case(suffix).then_some(start)
}
