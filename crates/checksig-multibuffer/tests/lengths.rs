//! Lengths about 2^32 bits and 2^32 bytes, where a counter that is too narrow would start again.
//!
//! The digests are those of `yes checksig | head -c LENGTH`, from GNU coreutils and OpenSSL through `sha256sum`,
//! `openssl dgst -sha512-256` and Python's hashlib.

mod common;

use checksig_multibuffer::{Md5, MultiHash, Sha1, Sha224, Sha256, Sha384, Sha512, Sha512_256};
use common::{finish, hex};

const LINE: &[u8] = b"checksig\n";

/// One pass over the longest message; at each length the state so far is put aside, and all of them end together, each lane
/// with a length of its own.
fn check<H: MultiHash>(answers: &[(u64, &str)]) {
    let hash = H::new();
    // A multiple of a line and of a block.
    let piece = LINE.repeat(128 * H::BLOCK_LEN);
    let mut state = hash.start();
    let mut absorbed = 0;
    let (mut states, mut tails) = (Vec::new(), Vec::new());
    for (len, _) in answers {
        while len - absorbed >= piece.len() as u64 {
            hash.update(&mut [(&mut state, &piece)]);
            absorbed += piece.len() as u64;
        }
        states.push(state.clone());
        tails.push(&piece[..(len - absorbed) as usize]);
    }
    for ((len, expected), digest) in answers.iter().zip(finish(&hash, &mut states, &tails)) {
        assert_eq!(hex(&digest), *expected, "{len} bytes");
    }
}

#[test]
fn md5() {
    check::<Md5>(&[
        ((1 << 29) - 1, "082cc2835fdd061a4e44418d469a3cd5"),
        (1 << 29, "023fbe3328b451b96fb8893ad80df57a"),
        ((1 << 29) + 1, "c4a2eb067afdd53802940fd4e1d39bd6"),
        ((1 << 32) - 1, "d84973654e3fc0d8716fec272964c163"),
        (1 << 32, "f194ead16517e33a9e7c8e22c23ebb76"),
        ((1 << 32) + 1, "4baf4f3383f73f08d9e0396e6a6fa370"),
    ]);
}

#[test]
fn sha1() {
    check::<Sha1>(&[
        ((1 << 29) - 1, "35191dc415f9b73a295df9809873559312aa1421"),
        (1 << 29, "9b2e3b326f64f87dbe971b10ff2754a4a1df487d"),
        ((1 << 29) + 1, "1799d3a00966d703750d7aedebc6140a4fca8df2"),
        ((1 << 32) - 1, "d8a65ad9c8994baaaadfd71ede29146f4ec56eb7"),
        (1 << 32, "f992b825d5db338eae3a222affae0524b165cf49"),
        ((1 << 32) + 1, "5225af563e23bd839bffa3f4180ba7811506957a"),
    ]);
}

#[test]
fn sha224() {
    check::<Sha224>(&[
        ((1 << 29) - 1, "6d64182fa4e976a17265ebf8f065d7abe9664f2fab760e9d7547ef3a"),
        (1 << 29, "029da6ee7633cb33d7c09136db7cd9ddad68070d97a42f3a057086d2"),
        ((1 << 29) + 1, "eaf715a53ffd1fcf8437302d9eddb3c75422110f33550ed1b9d37efa"),
    ]);
}

#[test]
fn sha256() {
    check::<Sha256>(&[
        ((1 << 29) - 1, "0f9a670f2ab3075c50d3f57f475222bccd8096aee0abf60696afa438ed00b47b"),
        (1 << 29, "121412242da0b1624237eec078b2ac2329f633d277f617731f4a27c4778dc911"),
        ((1 << 29) + 1, "4195f12a68dab4d6251993a5f659d03f3928567c028c290b1ad11f057702ea28"),
        ((1 << 32) - 1, "1dbd69e3db54146e613db45ac227da6f474a265d03ec06299b78197f8fcb1437"),
        (1 << 32, "c01716494a804ef81658c3b307e9b755afdea8eb574c63a149d6258a0dfdfcc4"),
        ((1 << 32) + 1, "5cd21ca5f2bd42952aa37591bb17289748621e458843ff6bd16ba37941991319"),
    ]);
}

#[test]
fn sha384() {
    check::<Sha384>(&[
        (
            (1 << 29) - 1,
            "45c26ee82b1c934fb49814217cedc97fec510e0d7990b0a70d071b7e7949a526\
             beaa539246b893e217effff53c5c10f9",
        ),
        (
            1 << 29,
            "43ca626d1c61ab2865af42aed0032f5182531ea5e46a0ce913243cb6270a0aa4\
             0d8edd3cc010c2c3932f216e0dd62b04",
        ),
        (
            (1 << 29) + 1,
            "85a939745fca5fecdf54cecf0b938464f162694f239566e02f4682f3615764f5\
             90cf56addeaf1a5d9f879b4950783fbb",
        ),
    ]);
}

#[test]
fn sha512() {
    check::<Sha512>(&[
        (
            (1 << 29) - 1,
            "9da029dff655a9b506cafad3fe2a4fafd3491f149a52ac981fd837f45a5d3438\
             6d876b3e1bcbc83dc41ca8295cc946437c49e22ea5ee4a320a2f2be2144f358b",
        ),
        (
            1 << 29,
            "d8964956b061babf78061708fbdac02691568f1372261055126d8d0adb02b892\
             d6e92b648dd7cf18e7e8d6500086dc61585c58dd46e2ab77b92c17a0ca3c19ef",
        ),
        (
            (1 << 29) + 1,
            "f6dcaad2edc429ce749461ebee1999b76512ff84d78832c3b1265d4987959a87\
             cf609cca284a8f950813d074994bee26e52493c05bf961b3844a895c2ca818ad",
        ),
        (
            (1 << 32) - 1,
            "cd8abf3d842ea0b4bc54f417f24ac2a073e4c259a8a48d0fd361c067e7f056e1\
             07ff85993dc62895ffb018fddef1fd2300f4db05ad3abf53c292f87f61d5b04b",
        ),
        (
            1 << 32,
            "8169eb9d9755204171b0408491217a0fc30462bb76bba42a4c145c9a44824b78\
             a18d87ea60cd3d2afcd042cc0f4ab683e6d9a0a14075ffc5f34ccb3dc0ff23eb",
        ),
        (
            (1 << 32) + 1,
            "213b903ca41e5ee2bf6e6830754eb1abe802c476ab9ac955b4246d4bc347b517\
             d7283f59d9ee9609b2d07a03f432a4bc3a26126946eba5b8fbe63d96781bacc4",
        ),
    ]);
}

#[test]
fn sha512_256() {
    check::<Sha512_256>(&[
        ((1 << 29) - 1, "5f690aa56499e5bccbb13e30bc6de9a13fddae415abd343c16b6805cfb068f34"),
        (1 << 29, "6b809ba2e612a7f8e4435fd6a01a2640e21e459882cbfa98a9954e19ef7711ca"),
        ((1 << 29) + 1, "2b23a1b83d1c4d068e72ed53b5fd2a59a2597a69f6926c9d09b702586ec49050"),
    ]);
}
