//! T27: secrets are wiped on drop, are not copied and not printed. That the bytes are really gone is seen in the WASM module's
//! memory (`web/client/test/crypto-wiping.test.mjs`); here it is that no type was forgotten.

use std::collections::BTreeSet;
use std::fs;
use std::mem::needs_drop;
use std::path::Path;

use crypto_wasm::client::recovery::Restore;
use crypto_wasm::crypto::aead::AeadKey;
use crypto_wasm::crypto::dh::{SharedSecret, X25519KeyPair, X25519PrivateKey};
use crypto_wasm::crypto::kem::{KemPrivateSeed, KemSharedSecret};
use crypto_wasm::crypto::sign::Ed25519PrivateKey;
use crypto_wasm::forum::archive::{ArchiveKey, LinkSecret};
use crypto_wasm::forum::link::LinkSeed;
use crypto_wasm::identity::{Account, Device};
use crypto_wasm::linking::{Channel, Comparison, Gathered, NewSide, OldSide, Parts};
use crypto_wasm::pqxdh::SessionSecret;
use crypto_wasm::ratchet::{ChainKey, MessageKey, Ratchet, RootKey};
use crypto_wasm::recovery::{BackupKey, BackupToken, ChunkIdKey, RecoveryKeys, RecoverySecret};
use crypto_wasm::session::{Session, SessionRecord};
use crypto_wasm::store::vault::PasskeySecret;
use crypto_wasm::store::{Value, VaultKey};
use crypto_wasm::wire::FileKey;
use zeroize::ZeroizeOnDrop;

/// Two implementations for a type that has the trait: naming the method is ambiguous then, and does not compile.
macro_rules! lacks {
    ($type:ty, $trait:path) => {{
        trait Lacks<Marker> {
            fn checked() {}
        }
        struct Has;
        impl<T: ?Sized> Lacks<()> for T {}
        impl<T: ?Sized + $trait> Lacks<Has> for T {}
        <$type as Lacks<_>>::checked();
    }};
}

/// Checks when compiled that each type is wiped and can neither be copied nor printed; gives their names.
macro_rules! secrets {
    ($($type:ident),* $(,)?) => {{
        fn wiped<T: ZeroizeOnDrop>() {
            assert!(needs_drop::<T>());
        }
        $(
            wiped::<$type>();
            lacks!($type, Clone);
            lacks!($type, std::fmt::Debug);
        )*
        BTreeSet::from([$(stringify!($type).to_owned()),*])
    }};
}

#[test]
fn t27_every_secret_is_wiped_on_drop_and_neither_copied_nor_printed() {
    let checked = secrets!(
        AeadKey,
        ArchiveKey,
        BackupKey,
        BackupToken,
        ChainKey,
        ChunkIdKey,
        FileKey,
        KemPrivateSeed,
        KemSharedSecret,
        LinkSecret,
        LinkSeed,
        MessageKey,
        PasskeySecret,
        RecoverySecret,
        RootKey,
        SessionSecret,
        SharedSecret,
        VaultKey,
        X25519PrivateKey,
    );
    let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut declared = BTreeSet::new();
    for folder in ["src", "primitives/src"] {
        collect_declared(&sources.join(folder), &mut declared);
    }
    assert_eq!(declared, checked, "the list above names every `secret!`");
    // Of the foreign crate's type.
    assert_eq!(secrets!(Ed25519PrivateKey).len(), 1);
}

#[test]
fn t27_what_holds_secrets_is_dropped_with_them_and_neither_copied_nor_printed() {
    macro_rules! holders {
        ($($type:ty),* $(,)?) => {$(
            assert!(needs_drop::<$type>());
            lacks!($type, Clone);
            lacks!($type, std::fmt::Debug);
        )*};
    }
    holders!(
        Account,
        Channel,
        Comparison,
        Device,
        Gathered,
        NewSide,
        OldSide,
        Parts,
        Ratchet,
        RecoveryKeys,
        Restore,
        Session,
        SessionRecord,
        Value,
        X25519KeyPair,
    );
}

/// The names that `secret!` declares in the sources under a folder.
fn collect_declared(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect_declared(&path, names);
            continue;
        }
        let source = fs::read_to_string(&path).expect("a source file");
        for declaration in source.split("secret!(\n").skip(1) {
            let line = declaration
                .lines()
                .map(str::trim)
                .find(|line| !line.starts_with("//"));
            let (name, _) = line
                .and_then(|line| line.split_once(','))
                .expect("a name and a length");
            names.insert(name.to_owned());
        }
    }
}
