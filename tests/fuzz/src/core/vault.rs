//! The vault's records, which are not sealed: whoever can write to the disk can put any bytes there.

use crypto_wasm::ProtocolError;
use crypto_wasm::store::vault::{
    AttemptsRecord, PasskeySecret, PasskeySlot, PassphraseSlot, VaultSettings,
};
use crypto_wasm::store::{StoreError, VaultKey};
use crypto_wasm::wire::Wire;

use crate::Target;
use crate::people::NOW;
use crate::property::{recode, strict};

pub(crate) const TARGETS: &[Target] = &[
    ("AttemptsRecord", attempts),
    ("PasskeySlot", passkey),
    ("PassphraseSlot", passphrase),
    ("VaultSettings", |data| {
        strict("VaultSettings", recode::<VaultSettings>, data);
    }),
];

/// The slots of `store/vault/slot.rs`, of the format's first version: the vault key 0x07…07 under a passphrase, and under the answer
/// 0x09…09 of a passkey.
pub(crate) const PASSPHRASE: &str = "010000018bcfe568000000004000000001000000010101010101010101010101010101010102020202020202020202020269fda09b33ecbce2384df7eadc359525dcafddafb85f207a51686760a692b08ea068acd51b79de7f0ba9ceb3f7c0faa5";
pub(crate) const PASSKEY: &str = "010000018bcfe56800064c6170746f700a63726564656e7469616c03030303030303030303030303030303030303030303030303030303030303030202020202020202020202027af1aad12e7c26334946c4003652b8ca6e5fc8952b2897df47bd4d5ec73e0b85fc46d8d95a61d2fceb6908661b60ed1e";

/// Whatever is stored, nobody waits for longer than a quarter of an hour.
fn attempts(data: &[u8]) {
    strict("AttemptsRecord", recode::<AttemptsRecord>, data);
    if let Ok(attempts) = AttemptsRecord::from_bytes(data) {
        let retry_at = attempts.retry_at(NOW).unwrap_or(NOW);
        assert!(retry_at <= NOW + 15 * 60 * 1000);
    }
}

/// Only the slot that was made opens.
fn passkey(data: &[u8]) {
    strict("PasskeySlot", recode::<PasskeySlot>, data);
    let Ok(slot) = PasskeySlot::from_bytes(data) else {
        return;
    };
    let opened = slot.unwrap(&PasskeySecret::copy_from(&[9; 32]));
    if hex::decode(PASSKEY).as_deref() == Ok(data) {
        assert!(opened.ok() == Some(VaultKey::copy_from(&[7; 32])));
    } else {
        assert_eq!(opened.err(), Some(StoreError::WrongPasskey));
    }
}

/// The same, where trying is not dear; and what would be too dear is refused before it is tried.
fn passphrase(data: &[u8]) {
    strict("PassphraseSlot", recode::<PassphraseSlot>, data);
    let Ok(slot) = PassphraseSlot::from_bytes(data) else {
        return;
    };
    let cost = slot.cost();
    if cost.is_bearable() && (cost.memory > 1024 || cost.passes > 2) {
        return;
    }
    let opened = slot.unwrap(b"correct horse battery staple");
    if hex::decode(PASSPHRASE).as_deref() == Ok(data) {
        assert!(opened.ok() == Some(VaultKey::copy_from(&[7; 32])));
    } else if cost.is_bearable() {
        assert_eq!(opened.err(), Some(StoreError::WrongPassphrase));
    } else {
        let corrupt = StoreError::corrupt("vault", b"passphrase");
        assert_eq!(opened.err(), Some(corrupt));
    }
}

/// Valid records.
pub(crate) fn seeds() -> Result<Vec<(&'static str, Vec<u8>)>, ProtocolError> {
    let failed = (0..7).fold(AttemptsRecord::NONE, |attempts, _| {
        attempts.with_one_more(NOW)
    });
    Ok(vec![
        ("AttemptsRecord", AttemptsRecord::NONE.to_bytes()?),
        ("AttemptsRecord", failed.to_bytes()?),
        ("PasskeySlot", hex::decode(PASSKEY).expect("hex")),
        ("PassphraseSlot", hex::decode(PASSPHRASE).expect("hex")),
        ("VaultSettings", VaultSettings::new(15).to_bytes()?),
    ])
}
