//! A digest as people publish it for one file: hex, `sha256:…`, or Subresource Integrity.

use base64ct::{Base64, Encoding};

use crate::algorithm::{Algorithm, MAX_DIGEST_LEN};
use crate::checksum::Checksum;
use crate::error::{Error, ErrorKind};
use crate::quote::Quoted;

/// The algorithms of Subresource Integrity, a recommendation of the W3C.
const INTEGRITY: [Algorithm; 3] = [Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512];

/// What a user expects of a file: for [`Plan::of_file`](crate::Plan::of_file).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The checksum.
    pub checksum: Checksum,
    /// Whether its algorithm was only inferred from the digest's length.
    pub algorithm_assumed: bool,
}

impl Expected {
    /// Reads one of
    ///
    /// - `900150983cd24fb0d6963f7d28e17f72`: hex, in any case. The algorithm is the one given, else the MD5, SHA-1 or SHA-2
    ///   whose digests have this length. A wrong guess can only fail, as in lists (R19).
    /// - `sha256:ba7816bf…`: hex behind the name of any algorithm.
    /// - `sha384-ywB1P0Wj…`: base64 with its padding, behind `sha256-`, `sha384-` or `sha512-`. One hash, without options.
    ///
    /// ```
    /// use checksig_core::{Algorithm, Expected};
    /// let md5 = Expected::parse("900150983cd24fb0d6963f7d28e17f72", None).unwrap();
    /// assert!(md5.algorithm_assumed && md5.checksum.algorithm() == Algorithm::Md5);
    /// let sri = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
    /// let hex = "SHA-256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
    /// assert_eq!(Expected::parse(sri, None).unwrap(), Expected::parse(hex, None).unwrap());
    /// assert!(Expected::parse(hex, Some(Algorithm::Sha1)).is_err());
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for everything else, and for an algorithm other than the one given;
    /// [`ErrorKind::UnknownAlgorithm`].
    pub fn parse(text: &str, algorithm: Option<Algorithm>) -> Result<Self, Error> {
        let refuse = |why: String| {
            let message = format!("{} is no digest to check for: {why}", Quoted(text.as_bytes()));
            Error::new(ErrorKind::InvalidInput, message)
        };
        if text.is_empty() {
            return Err(refuse("it is empty".into()));
        }
        if text.contains(char::is_whitespace) {
            return Err(refuse("there is a blank in it; give one digest".into()));
        }
        let (checksum, named) = if let Some((name, hex)) = text.split_once(':') {
            (of_hex(name.parse()?, hex).map_err(refuse)?, true)
        } else if let Some((integrity, base64)) = integrity(text) {
            (of_base64(integrity, base64).map_err(refuse)?, true)
        } else if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let forms = "neither hex, nor sha256:HEX with the name of any algorithm, nor sha256-BASE64 (also sha384, sha512)";
            return Err(refuse(format!("it is {forms}")));
        } else {
            let of_its_length = || Algorithm::assumed_from_len(text.len() / 2);
            let algorithm = algorithm.or_else(of_its_length).ok_or_else(|| {
                let digits = text.len();
                refuse(format!(
                    "no algorithm is known by a digest of {digits} hex digits; name it, as in blake3:HEX"
                ))
            })?;
            (of_hex(algorithm, text).map_err(refuse)?, false)
        };
        match algorithm {
            Some(algorithm) if algorithm != checksum.algorithm() => {
                Err(refuse(format!("it is of {}, and {algorithm} was asked for", checksum.algorithm())))
            }
            _ => Ok(Self { checksum, algorithm_assumed: !named && algorithm.is_none() }),
        }
    }
}

fn of_hex(algorithm: Algorithm, hex: &str) -> Result<Checksum, String> {
    let (wanted, digits) = (2 * algorithm.digest_len(), hex.chars().count());
    Checksum::from_hex(algorithm, hex).ok_or_else(|| match digits == wanted {
        true => "not all of it is hex".to_owned(),
        false => format!("{algorithm} has {wanted} hex digits, not {digits}"),
    })
}

/// Algorithm and base64 of a hash of Subresource Integrity.
fn integrity(text: &str) -> Option<(Algorithm, &str)> {
    let (name, base64) = text.split_once('-')?;
    let algorithm = INTEGRITY.into_iter().find(|known| name.eq_ignore_ascii_case(&known.name()))?;
    Some((algorithm, base64))
}

fn of_base64(algorithm: Algorithm, base64: &str) -> Result<Checksum, String> {
    if base64.contains('?') {
        return Err("options (behind ?) are not taken".to_owned());
    }
    let len = algorithm.digest_len();
    let mut bytes = [0; MAX_DIGEST_LEN];
    let decoded = Base64::decode(base64, &mut bytes).ok();
    decoded.and_then(|digest| Checksum::new(algorithm, digest)).ok_or_else(|| {
        let wanted = len.div_ceil(3) * 4;
        format!("behind {algorithm}- there must be {wanted} characters of base64, the padding included")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // By `printf abc | openssl dgst -binary -ALGORITHM | base64`, and without `-binary`.
    const SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const SHA256_BASE64: &str = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
    const SHA384_BASE64: &str = "ywB1P0WjXou1oD1pmsZQBycsMqsO3tFjGotgWkP/W+2AhgcroefMI1i67KE0yCWn";
    const SHA512_BASE64: &str =
        "3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";
    const BLAKE3: &str = "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85";

    fn parse(text: &str) -> (String, bool) {
        let expected = Expected::parse(text, None).unwrap_or_else(|error| panic!("{text}: {error}"));
        (format!("{:?}", expected.checksum), expected.algorithm_assumed)
    }

    fn refusal(text: &str, algorithm: Option<&str>) -> String {
        let algorithm = algorithm.map(|name| name.parse().unwrap());
        Expected::parse(text, algorithm).expect_err(text).to_string()
    }

    #[test]
    fn three_forms() {
        assert_eq!(parse(SHA256), (format!("sha256:{SHA256}"), true));
        assert_eq!(parse(&SHA256.to_uppercase()), (format!("sha256:{SHA256}"), true));
        assert_eq!(parse(&format!("sha256:{SHA256}")), (format!("sha256:{SHA256}"), false));
        assert_eq!(parse(&format!("SHA2-256:{SHA256}")), (format!("sha256:{SHA256}"), false));
        assert_eq!(parse(&format!("b3:{BLAKE3}")), (format!("blake3:{BLAKE3}"), false));
        assert_eq!(parse(&format!("blake2b-8:{}", &SHA256[..2])), ("blake2b-8:ba".to_owned(), false));
        assert_eq!(parse(&format!("sha256-{SHA256_BASE64}")), (format!("sha256:{SHA256}"), false));
        assert_eq!(parse(&format!("SHA256-{SHA256_BASE64}")).0, format!("sha256:{SHA256}"));
        assert!(parse(&format!("sha384-{SHA384_BASE64}")).0.starts_with("sha384:cb00753f45a35e8bb5a03d69"));
        assert!(parse(&format!("sha512-{SHA512_BASE64}")).0.starts_with("sha512:ddaf35a193617abacc417349"));
    }

    #[test]
    fn the_algorithm_that_was_asked_for() {
        let expected = Expected::parse(BLAKE3, Some(Algorithm::Blake3)).unwrap();
        assert_eq!((expected.checksum.algorithm(), expected.algorithm_assumed), (Algorithm::Blake3, false));
        let text = format!("sha256:{SHA256}");
        assert!(Expected::parse(&text, Some(Algorithm::Sha256)).is_ok());
        assert!(refusal(&text, Some("blake3")).ends_with("it is of sha256, and blake3 was asked for"));
        let text = format!("sha256-{SHA256_BASE64}");
        assert!(refusal(&text, Some("sha512")).ends_with("it is of sha256, and sha512 was asked for"));
        assert!(refusal(SHA256, Some("sha512")).ends_with("sha512 has 128 hex digits, not 64"));
    }

    /// Every digest that is cut, lengthened or otherwise damaged is refused.
    #[test]
    fn nothing_is_guessed() {
        for good in [format!("sha256:{SHA256}"), format!("sha256-{SHA256_BASE64}"), SHA256.to_owned()] {
            for len in 0..good.len() {
                // 32, 40 and 56 digits are digests of other algorithms.
                if !good.contains(['-', ':']) && [32, 40, 56].contains(&len) {
                    continue;
                }
                refusal(&good[..len], None);
            }
            for more in ["0", "=", "==", " ", "\n", "\u{e9}", "?ct=text/html"] {
                refusal(&format!("{good}{more}"), None);
                refusal(&format!("{more}{good}"), None);
            }
            refusal(&format!("{good} {good}"), None);
        }
        // The last character of base64 has bits that are of no byte: they must be 0.
        let (start, end) = SHA256_BASE64.split_at(42);
        assert_eq!(end, "0=");
        for other in ["1=", "2=", "3=", "00", "0"] {
            refusal(&format!("sha256-{start}{other}"), None);
        }
        refusal(&format!("sha256-{}", SHA256_BASE64.replace('+', "-").replace('/', "_")), None);
        refusal(&format!("sha384-{SHA256_BASE64}"), None);
        refusal(&format!("sha1-{SHA256_BASE64}"), None);
        assert!(refusal(&format!("crc:{SHA256}"), None).starts_with("no algorithm is called crc"));
        assert!(!refusal("\u{1b}[31m", None).contains('\u{1b}'));
    }
}
