//! Linking devices.

use crypto_wasm::client::devices::fuzzing;
use crypto_wasm::client::recovery::fuzzing as recovery;
use crypto_wasm::crypto::sign::Signature;
use crypto_wasm::linking::{
    Channel, LinkingAccept, LinkingKey, LinkingMessage, LinkingReveal, NewDevice, NewSide, OldSide,
    Parts,
};
use crypto_wasm::recovery::{BackupManifest, BackupPiece, ChunkId};
use crypto_wasm::wire::{Flag, Version1, Wire};

use super::records::{sized, some};
use super::{Seed, valid, wire};
use crate::people::{NOW, Person};
use crate::property::recode;
use crate::rng::Rng;

fn decoded<T: Wire>(name: &'static str, bytes: Vec<u8>) -> Seed {
    valid(name, recode::<T>, bytes)
}

/// What two devices say to each other.
fn said(alice: &Person) -> Vec<Seed> {
    let rng = &mut Rng::new(40);
    let mut new = NewSide::begin(rng);
    let code = new.code().clone();
    let begun = OldSide::begin(code.clone(), alice.device.address(), rng);
    let (old, accept) = begun.expect("begun");
    let key = new.accept(&accept).expect("accepted");
    let (old, reveal) = old.key(&key, rng).expect("a key");
    let mut channel: Channel = old.confirm();
    channel.seal(&LinkingMessage::Done).expect("sealed");
    let device = NewDevice::of(&alice.device, "Laptop").expect("prekeys");
    let part = Parts::of(b"a handover".to_vec().into()).next();
    vec![
        wire("LinkingCode", &code),
        decoded::<LinkingAccept>("LinkingAccept", accept),
        decoded::<LinkingKey>("LinkingKey", key),
        decoded::<LinkingReveal>("LinkingReveal", reveal),
        wire("NewDevice", &device),
        wire("LinkingMessage", &LinkingMessage::Device(device)),
        wire("LinkingMessage", &LinkingMessage::Refusal),
        wire("LinkingMessage", &part.expect("a part")),
        wire("LinkingMessage", &LinkingMessage::Done),
    ]
}

/// A manifest of two chunks.
fn backed_up(alice: &Person) -> [Seed; 2] {
    let first = ChunkId([1; 32]);
    let mut manifest = BackupManifest {
        version: Version1,
        user_id: alice.device.address().user_id,
        account_key: alice.account.public_key(),
        sequence: 3,
        created_at_ms: NOW,
        list_sequence: 1,
        history: Flag(true),
        pieces: vec![BackupPiece {
            chunks: vec![first, ChunkId([2; 32])],
        }],
        signature: Signature::from_bytes([0; 64]),
    };
    alice.account.sign_backup(&mut manifest).expect("signed");
    [wire("BackupManifest", &manifest), wire("ChunkId", &first)]
}

/// The structures of docs/protocol.md §9 and §10, field by field, and the records of `client/devices/records.rs`.
pub(super) fn seeds() -> Vec<Seed> {
    let alice = Person::new(1);
    let (user, key, id) = (vec![5; 16], vec![6; 32], vec![7; 16]);
    let (number, flag, text) = (
        NOW.to_be_bytes().to_vec(),
        vec![1],
        sized("Grüße".as_bytes()),
    );
    let address = [user.clone(), vec![0, 0, 0, 9]].concat();
    let member = [user.clone(), key.clone()].concat();
    let entry = [
        vec![0, 0, 0, 9],
        text.clone(),
        flag.clone(),
        number.clone(),
        number.clone(),
    ]
    .concat();
    let mark = [vec![1], user.clone(), key.clone(), flag.clone()].concat();
    let named = [vec![2], entry.clone()].concat();
    let decided = [vec![3], user.clone(), vec![1]].concat();
    let link = [
        text.clone(),
        flag.clone(),
        text.clone(),
        text.clone(),
        text.clone(),
    ]
    .concat();
    let change = [vec![1, 0, 0, 0, 9], text.clone(), some(link.clone())].concat();
    let devices = [vec![1], some(id.clone()), sized(&entry)].concat();
    let person = [
        user.clone(),
        text.clone(),
        key.clone(),
        flag.clone(),
        text.clone(),
        vec![2],
    ]
    .concat();
    let edit = [user.clone(), id.clone(), number.clone(), text.clone()].concat();
    let changes = [vec![1], sized(&edit), sized(&user), sized(&[])].concat();
    let line = |body: Vec<u8>, changes: Vec<u8>| {
        [
            id.clone(),
            address.clone(),
            flag.clone(),
            number.clone(),
            body,
            changes,
        ]
        .concat()
    };
    let lines = [
        line([vec![1], text.clone(), vec![0]].concat(), some(changes)),
        line([vec![7], number.clone()].concat(), vec![0]),
    ];
    let held = [
        address.clone(),
        id.clone(),
        number.clone(),
        number.clone(),
        sized(&member),
        text.clone(),
    ]
    .concat();
    let conversation = [
        id.clone(),
        flag.clone(),
        number.clone(),
        number.clone(),
        number.clone(),
        id.clone(),
        sized(&member),
        text.clone(),
        sized(&member),
        sized(&held),
        vec![0, 0, 0, 1],
        vec![0, 0, 0, 60],
        some(user.clone()),
        sized(&lines.concat()),
    ]
    .concat();
    let certificate = alice.device.certificate().certificate().to_bytes();
    let list = alice
        .account
        .first_device_list(alice.device.address().user_id, Vec::new(), NOW);
    let handover = [
        vec![1],
        certificate.expect("encoded"),
        list.expect("a list").list().to_bytes().expect("encoded"),
        text.clone(),
        sized(&[8; 32]),
        id.clone(),
        sized(&entry),
        sized(&person),
        sized(&conversation),
    ]
    .concat();
    let backup_lines = [id.clone(), sized(&lines.concat())].concat();
    let backup = [
        vec![1],
        vec![9; 32],
        sized(&[8; 16]),
        flag.clone(),
        number.clone(),
        number.clone(),
        number.clone(),
    ]
    .concat();
    let restore = [vec![1], text.clone(), text.clone(), text.clone()].concat();
    let mut seeds = said(&alice);
    seeds.extend(backed_up(&alice));
    seeds.extend([
        valid("BackupLines", recovery::BackupLines, backup_lines),
        valid("BackupRecord", recovery::BackupRecord, backup),
        valid("RestoreRecord", recovery::RestoreRecord, restore),
        valid("DeviceChangeRecord", fuzzing::DeviceChangeRecord, change),
        valid("DeviceLinkRecord", fuzzing::DeviceLinkRecord, link),
        valid("DevicesRecord", fuzzing::DevicesRecord, devices),
        valid("Handover", fuzzing::Handover, handover),
        valid("SyncItem", fuzzing::SyncItem, mark.clone()),
        valid("SyncItem", fuzzing::SyncItem, named.clone()),
        valid("SyncItem", fuzzing::SyncItem, decided.clone()),
        valid(
            "SyncItems",
            fuzzing::SyncItems,
            [vec![1], sized(&[mark, named, decided].concat())].concat(),
        ),
    ]);
    seeds
}
