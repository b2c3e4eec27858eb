//! What the client keeps: the stored forms of its records, and how records are sealed.

use arbitrary::Unstructured;
use crypto_wasm::client::forums::fuzzing as forums;
use crypto_wasm::client::fuzzing;
use crypto_wasm::store::{
    Collection, MemoryStore, Query, Sealed, Store, StoreError, VaultKey, WriteSet,
};

use crate::property::strict;
use crate::{Target, edits};

macro_rules! targets {
    ($($module:ident: $($record:ident)*;)*) => {
        pub(crate) const TARGETS: &[Target] = &[
            $($((stringify!($record), |data| strict(stringify!($record), $module::$record, data)),)*)*
            ("Sealed", sealed),
        ];
    };
}

targets!(
    fuzzing: AccountRecord Candidate ConversationRecord MessageChangesRecord MessageRecord OutboxRecord PreKeyRecord PreKeyUpload ReceiptsRecord RepairRecord SentRecord StandingRecord TimerRecord UserRecord;
    forums: EditPlaceRecord EffectsRecord EpochRecord ForumOutboxRecord HeirsRecord KeyPackagesRecord KeyRecord MadeCoverRecord MembersRecord PostRecord PrefixRecord TopicRecord;
);

/// Sealed under the key 0x07…07 as record `key` of [`Collection::Meta`] (`docs/storage.md`), by the format's first version.
const SEALED: &str = "01000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f4df540aad4f706a225be344698c5cc0082474347565ee62bb11889e4a817fb38dd8fd29a2c7e80ccc5fcc6";
const KEY: &[u8] = b"key";

/// Only what was sealed opens: a changed record, and any bytes in its place, are corrupt.
fn sealed(data: &[u8]) {
    let original = hex::decode(SEALED).expect("hex");
    let changed = edits::apply(
        &original,
        &edits::read(&mut Unstructured::new(data)),
        &[],
        data,
    );
    for value in [&changed[..], data] {
        let opened = open(value);
        if value == original {
            assert_eq!(opened, Ok(Some(b"a canary that must not sing".to_vec())));
        } else {
            assert_eq!(
                opened,
                Err(StoreError::corrupt(Collection::Meta.name(), KEY))
            );
        }
    }
}

/// Reads a record that holds these bytes below the sealing.
fn open(value: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    let below = MemoryStore::new();
    pollster::block_on(async {
        let revision = below.read(&[]).await?.revision();
        let mut writes = WriteSet::new();
        writes.put(Collection::Meta, KEY, value);
        below.commit(revision, writes).await?;
        let store = Sealed::new(below, VaultKey::copy_from(&[7; 32]));
        let mut snapshot = store.read(&[Query::get(Collection::Meta, KEY)]).await?;
        Ok(snapshot
            .next_value()?
            .map(|value| value.as_bytes().to_vec()))
    })
}
