//! The short string that people compare, as Matrix's `m.sas.v1` makes it (Matrix specification, "Short Authentication String (SAS)
//! verification", `curve25519-hkdf-sha256`).

use base64ct::{Base64Unpadded, Base64UrlUnpadded, Encoding as _};

use crate::crypto::dh::{SharedSecret, X25519PublicKey};
use crate::crypto::hash::sha256;
use crate::crypto::kdf::{ZERO_SALT, hkdf_sha256};
use crate::wire::UserId;

/// What people compare: the same on both devices if nobody stands between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShortString([u8; 6]);

/// SHA-256 of the key in unpadded base64, followed by the message that began the encounter: here the code, as text.
// LNK-2
pub(super) fn commitment(key: &X25519PublicKey, code: &str) -> [u8; 32] {
    let mut text = Base64Unpadded::encode_string(key.as_bytes());
    text.push_str(code);
    sha256(text.as_bytes())
}

/// The two ends, the one that began (the new device) first.
pub(super) struct Ends {
    pub(super) user_id: UserId,
    pub(super) new: (u32, X25519PublicKey),
    pub(super) old: (u32, X25519PublicKey),
    pub(super) rendezvous: [u8; 16],
}

// LNK-3
fn info(ends: &Ends) -> String {
    let user = uuid::Uuid::from_bytes(*ends.user_id.as_bytes());
    let end = |(device, key): &(u32, X25519PublicKey)| {
        let key = Base64Unpadded::encode_string(key.as_bytes());
        format!("{}|{device}|{key}", user.as_hyphenated())
    };
    let transaction = Base64UrlUnpadded::encode_string(&ends.rendezvous);
    let (new, old) = (end(&ends.new), end(&ends.old));
    format!("MATRIX_KEY_VERIFICATION_SAS|{new}|{old}|{transaction}")
}

impl ShortString {
    // LNK-3
    pub(super) fn derive(shared: &SharedSecret, ends: &Ends) -> Self {
        let mut bytes = [0; 6];
        hkdf_sha256(
            &ZERO_SALT,
            shared.expose(),
            info(ends).as_bytes(),
            &mut bytes,
        );
        Self(bytes)
    }

    /// Three numbers of four digits, 1000 to 9191: 13 bits each of the first five bytes, plus 1000.
    // LNK-3
    #[must_use]
    pub fn decimals(&self) -> [u16; 3] {
        let [a, b, c, d, e, _] = self.0.map(u16::from);
        [
            (a << 5 | b >> 3) + 1000,
            ((b & 0x7) << 10 | c << 2 | d >> 6) + 1000,
            ((d & 0x3f) << 7 | e >> 1) + 1000,
        ]
    }

    /// Seven numbers of emoji, 0 to 63: the first 42 bits, six at a time.
    // LNK-3
    #[must_use]
    pub fn emoji(&self) -> [u8; 7] {
        let bits = self
            .0
            .iter()
            .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let mut at = 48;
        [(); 7].map(|()| {
            at -= 6;
            (bits >> at & 0x3f) as u8
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::dh::{X25519KeyPair, X25519PrivateKey};

    // LNK-2, LNK-3
    #[test]
    fn values_of_an_independent_implementation() {
        let pair = |byte| X25519KeyPair::from_private(X25519PrivateKey::copy_from(&[byte; 32]));
        let (new, old) = (pair(1), pair(2));
        let user = uuid::uuid!("0190b0c0-1234-7abc-8def-0123456789ab");
        let ends = Ends {
            user_id: UserId::from_bytes(user.into_bytes()),
            new: (11, new.public_key()),
            old: (22, old.public_key()),
            rendezvous: [7; 16],
        };
        let shared = new.private_key().agree(&old.public_key()).unwrap();
        let string = ShortString::derive(&shared, &ends);
        assert_eq!(string.decimals(), [9010, 7769, 6908]);
        assert_eq!(string.emoji(), [62, 37, 26, 28, 27, 34, 36]);
        assert_eq!(
            hex::encode(commitment(&old.public_key(), "a code")),
            "c8182955fa08f20c3725039e93e2542b0b2bc64048a89decaa82a2a0345cea60"
        );
    }

    // LNK-3
    #[test]
    fn digits_and_emoji_are_those_of_matrix() {
        // All bits set, none, and every 13 and 6 bits apart.
        assert_eq!(ShortString([0xff; 6]).decimals(), [9191; 3]);
        assert_eq!(ShortString([0; 6]).decimals(), [1000; 3]);
        assert_eq!(ShortString([0xff; 6]).emoji(), [63; 7]);
        let mixed = ShortString([0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc]);
        assert_eq!(
            mixed.decimals(),
            [0x246 + 1000, 0x1159 + 1000, 0x1c4d + 1000]
        );
        assert_eq!(mixed.emoji(), [4, 35, 17, 22, 30, 9, 42]);
    }
}
