//! What holds for the parser whatever the bytes: it is total, loses no line, does not care where the pieces of a
//! list are cut, and reads back what is written.

use checksig_core::{
    Algorithm, Checksum, DigestLength, LineStyle, Manifest, ManifestParser, ParseOptions, write_line,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Bytes that look like a list often enough to reach every rule.
fn list_like() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        6 => select(vec![8usize, 31, 32, 40, 56, 64, 96, 128, 130])
            .prop_flat_map(|len| vec(select(b"0123456789abcdefABCDEF".to_vec()), len)),
        12 => select(
            [" ", "  ", "\t", " *", "\n", "\n", "\n", "\r\n", "\r", "\\", "\\n", "\\\\", "(", ")", " = ", ")= ", "#", "\0",
             "a", "name", "../x", "/", "MD5 (", "SHA256(", "SHA2-256 (", "BLAKE2b-256 (", "BLAKE2b-7 (",
             "RMD160 (", "sha512/256 (", "\u{feff}", "é", "\u{2028}"]
            .map(|text| text.as_bytes().to_vec()).to_vec()),
        1 => vec(any::<u8>(), 0..9),
        1 => Just(vec![b'x'; 65_530]),
    ];
    let encoding = prop_oneof![8 => Just(0u8), 1 => Just(1), 1 => Just(2), 1 => Just(3)];
    (vec(token, 0..40), encoding).prop_map(|(tokens, encoding)| {
        let bytes = tokens.concat();
        let utf16 = |to: fn(u16) -> [u8; 2]| {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            text.encode_utf16().flat_map(to).collect::<Vec<u8>>()
        };
        match encoding {
            1 => [&b"\xef\xbb\xbf"[..], &bytes].concat(),
            2 => [&b"\xff\xfe"[..], &utf16(u16::to_le_bytes)].concat(),
            3 => [&b"\xfe\xff"[..], &utf16(u16::to_be_bytes)].concat(),
            _ => bytes,
        }
    })
}

fn any_options() -> impl Strategy<Value = ParseOptions> {
    let algorithms: Vec<Option<Algorithm>> =
        std::iter::repeat_n(None, 8).chain(Algorithm::all().map(Some)).collect();
    let names = ["", "sha256sum.txt", "x.md5", "b2sums", ".sha1", "dir/x.iso.SHA512", "checksums.txt"];
    (select(algorithms), select(names.to_vec())).prop_map(|(algorithm, name)| {
        let options = ParseOptions::default().list_name(name);
        algorithm.into_iter().fold(options, ParseOptions::algorithm)
    })
}

/// Every line is one thing, and every entry could be checked.
fn check(manifest: &Manifest) {
    let lines = manifest.lines();
    let told = (manifest.len() + manifest.malformed().len()) as u64;
    assert_eq!(lines.total, lines.blank + lines.comments + told);
    let mut numbers: Vec<u64> = manifest.entries().map(|entry| entry.line()).collect();
    assert!(numbers.is_sorted() && manifest.malformed().is_sorted_by_key(|malformed| malformed.line));
    numbers.extend(manifest.malformed().iter().map(|malformed| malformed.line));
    numbers.sort_unstable();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "a line is two things");
    assert!(numbers.iter().all(|&number| (1..=lines.total).contains(&number)));
    for entry in manifest.entries() {
        assert!(!entry.path().as_bytes().is_empty() && !entry.path().as_bytes().contains(&0));
        assert_eq!(entry.digest().len(), entry.algorithm().digest_len());
    }
    for malformed in manifest.malformed() {
        assert!(!malformed.reason.to_string().is_empty());
    }
}

/// So many lines by R1, where the bytes are not UTF-16.
fn count_lines(bytes: &[u8]) -> u64 {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.split_inclusive(|&byte| byte == b'\n').count() as u64
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn total_and_conserving(bytes in list_like(), options in any_options()) {
        let manifest = Manifest::parse(&bytes, &options);
        check(&manifest);
        if !bytes.starts_with(b"\xff\xfe") && !bytes.starts_with(b"\xfe\xff") {
            prop_assert_eq!(manifest.lines().total, count_lines(&bytes));
        }
    }

    #[test]
    fn total_for_any_bytes(bytes in vec(any::<u8>(), 0..400), options in any_options()) {
        check(&Manifest::parse(&bytes, &options));
    }

    #[test]
    fn pieces_do_not_matter(
        bytes in list_like(),
        options in any_options(),
        cuts in vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.sort_unstable();
        let mut parser = ManifestParser::new(&options);
        let mut from = 0;
        for cut in cuts {
            parser.push(&bytes[from..cut]);
            from = cut;
        }
        parser.push(&bytes[from..]);
        let whole = Manifest::parse(&bytes, &options);
        prop_assert_eq!(format!("{:?}", parser.finish()), format!("{whole:?}"));
    }

    #[test]
    fn what_is_written_is_read_back(
        names in vec(vec(1..=255u8, 1..60), 1..8),
        seed in any::<[u8; 64]>(),
        algorithm in select(Algorithm::all().chain([1, 20, 32].map(blake2b)).collect::<Vec<_>>()),
        style in select(vec![LineStyle::Untagged, LineStyle::Tagged]),
    ) {
        let checksum = Checksum::new(algorithm, &seed[..algorithm.digest_len()]).unwrap();
        let mut list = Vec::new();
        for name in &names {
            write_line(&mut list, &checksum, name, style).unwrap();
        }
        let manifest = Manifest::parse(&list, &ParseOptions::default().algorithm(algorithm));
        prop_assert!(manifest.malformed().is_empty(), "{:?}", manifest.malformed());
        let read: Vec<Vec<u8>> = manifest.entries().map(|entry| entry.path().as_bytes().to_vec()).collect();
        prop_assert_eq!(read, names);
        prop_assert!(manifest.entries().all(|entry| entry.checksum() == checksum));
    }
}

fn blake2b(len: usize) -> Algorithm {
    Algorithm::Blake2b(DigestLength::new(len).unwrap())
}

#[test]
fn every_byte_alone_and_at_both_ends_of_a_name_is_read_back() {
    let checksum = Checksum::new(Algorithm::Md5, &[7; 16]).unwrap();
    for style in [LineStyle::Untagged, LineStyle::Tagged] {
        for byte in 1..=255u8 {
            for name in [vec![byte], vec![byte, b'a'], vec![b'a', byte], vec![byte, byte]] {
                let mut list = Vec::new();
                write_line(&mut list, &checksum, &name, style).unwrap();
                let manifest = Manifest::parse(&list, &ParseOptions::default());
                let read = manifest.entry(0).map(|entry| entry.path().as_bytes().to_vec());
                assert_eq!(read.as_deref(), Some(&name[..]), "{style:?}");
            }
        }
    }
}
