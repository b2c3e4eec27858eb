//! Words, passphrases, and the keys that come of them.

use crypto_wasm::crypto::hash::sha256;
use crypto_wasm::recovery::{RecoveryError, RecoveryKeys, RecoverySecret};

// REC-1
#[test]
fn words_are_those_of_bip_39() {
    // The vectors of the BIP's reference implementation (trezor/python-mnemonic).
    let vectors = [
        (
            [0x00; 32],
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art",
        ),
        (
            [0x7f; 32],
            "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title",
        ),
        (
            [0xff; 32],
            "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote",
        ),
    ];
    for (bytes, words) in vectors {
        let secret = RecoverySecret::copy_from(&bytes);
        assert_eq!(secret.to_words().unwrap().as_str(), words);
        assert!(RecoverySecret::from_words(words).unwrap() == secret);
        let loud = format!("  {}\n", words.to_uppercase().replace(' ', "\t "));
        assert!(RecoverySecret::from_words(&loud).unwrap() == secret);
    }
    let twelve = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
    let all = vectors[0].1;
    let wrong = all.replace("art", "zoo");
    let unknown = all.replace("art", "arte");
    for text in [
        "",
        "abandon",
        twelve,
        &wrong,
        &unknown,
        &format!("{all} art"),
    ] {
        let refused = RecoverySecret::from_words(text).err();
        assert_eq!(refused, Some(RecoveryError::Phrase), "{text}");
    }
}

// REC-2
#[test]
fn a_passphrase_needs_its_salt_and_a_length() {
    let secret = |text, salt| RecoverySecret::from_passphrase(text, &[salt; 16]);
    let first = secret("correct horse", 1).unwrap();
    assert!(first == secret("correct horse", 1).unwrap());
    assert!(first != secret("correct horse", 2).unwrap());
    assert!(first != secret("correct house", 1).unwrap());
    assert_eq!(
        secret("elevenchars", 1).err(),
        Some(RecoveryError::Passphrase)
    );
}

// REC-3
#[test]
fn keys_come_from_the_secret_by_hkdf() {
    // Made with Python's `hmac`: HKDF-SHA-256 of 32 bytes 0x07, salt of zeros, info "Sealpost_Backup", bytes 96 to 127, and their SHA-256.
    let keys = RecoveryKeys::of(&RecoverySecret::copy_from(&[7; 32]));
    assert_eq!(hex::encode(keys.token.expose()), TOKEN);
    assert_eq!(hex::encode(sha256(keys.token.expose())), VERIFIER);
    let sealed = keys.seal_chunk(b"content").unwrap();
    assert_eq!(hex::encode(sealed.id.0), ID);
    assert_eq!(sealed.content.len(), 128 + 16);
    assert_eq!(hex::encode(sha256(&sealed.content)), SEALED);
}

const TOKEN: &str = "21792a074dd5c0f85c03967f9f8552a62df815b985eefe3bc68787d347ce0bd0";
const VERIFIER: &str = "e1a298e9231795b88e773ddc6271f310679df3b38d8a98276bd6f9469e8d080e";
const ID: &str = "d9810f15784d2142f8dc5e9cd1634fb8854bf4b59a17da6de2df40053202f396";
const SEALED: &str = "4b840d61d0c248ef0ef813658c708803d622db1585035dfd6aba773ca697aa05";
