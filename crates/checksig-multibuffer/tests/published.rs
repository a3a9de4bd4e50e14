//! The answers that RFC 1321 and FIPS 180-4 (and NIST's examples for it) publish, from every kernel, in every lane.

mod common;

use checksig_multibuffer::{Md5, MultiHash, Sha1, Sha224, Sha256, Sha384, Sha512, Sha512_256};
use common::{digests, hex, kernels};

const TWO_BLOCKS_64: &str = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
const TWO_BLOCKS_128: &str = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn\
                              hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";

#[track_caller]
fn check<H: MultiHash>(answers: &[(&str, &str)]) {
    for hash in kernels::<H>() {
        // Shifted, so that each lane has each message once.
        for shift in 0..answers.len() {
            let cases: Vec<_> =
                (0..hash.lanes() + 1).map(|lane| answers[(lane + shift) % answers.len()]).collect();
            let messages: Vec<_> = cases.iter().map(|case| case.0.as_bytes()).collect();
            for ((message, expected), digest) in cases.iter().zip(digests(&hash, &messages, 0)) {
                assert_eq!(hex(&digest), *expected, "{} of {message:?}", hash.kernel());
            }
        }
    }
}

#[test]
fn md5() {
    check::<Md5>(&[
        ("", "d41d8cd98f00b204e9800998ecf8427e"),
        ("a", "0cc175b9c0f1b6a831c399e269772661"),
        ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
        (
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            "d174ab98d277d9f5a5611c2c9f419d9f",
        ),
        (
            "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
            "57edf4a22be3c955ac49da2e2107b67a",
        ),
    ]);
}

#[test]
fn sha1() {
    check::<Sha1>(&[
        ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (TWO_BLOCKS_64, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
    ]);
}

#[test]
fn sha224() {
    check::<Sha224>(&[
        ("abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
        (TWO_BLOCKS_64, "75388b16512776cc5dba5da1fd890150b0c6455cb4f58b1952522525"),
    ]);
}

#[test]
fn sha256() {
    check::<Sha256>(&[
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (TWO_BLOCKS_64, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
    ]);
}

#[test]
fn sha384() {
    check::<Sha384>(&[
        (
            "abc",
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed\
             8086072ba1e7cc2358baeca134c825a7",
        ),
        (
            TWO_BLOCKS_128,
            "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712\
             fcc7c71a557e2db966c3e9fa91746039",
        ),
    ]);
}

#[test]
fn sha512() {
    check::<Sha512>(&[
        (
            "abc",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
        (
            TWO_BLOCKS_128,
            "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018\
             501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909",
        ),
    ]);
}

#[test]
fn sha512_256() {
    check::<Sha512_256>(&[
        ("abc", "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"),
        (TWO_BLOCKS_128, "3928e184fb8690f840da3988121d31be65cb9d3ef83ee6146feac861e19b563a"),
    ]);
}
