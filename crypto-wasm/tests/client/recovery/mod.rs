//! Backups (protocol §10): a relay that keeps them, or rather lies, and people who have lost their devices.

mod secrets;

use std::collections::BTreeMap;

use crypto_wasm::client::ClientError;
use crypto_wasm::client::recovery::{Backup, Restore};
use crypto_wasm::identity::Account;
use crypto_wasm::recovery::{ChunkId, RecoveryError, RecoveryKeys, RecoverySecret};
use crypto_wasm::wire::{DeviceList, Wire as _};

use crate::linking::link;
use crate::support::{Person, TestRng, TestStore, World, code};

fn secret() -> RecoverySecret {
    RecoverySecret::generate(&mut TestRng::new())
}

fn copy(secret: &RecoverySecret) -> RecoverySecret {
    RecoverySecret::copy_from(secret.expose())
}

fn set_up(person: &Person, secret: &RecoverySecret, history: bool) {
    person
        .act(async || {
            let client = &person.client;
            client.set_up_backup(secret, None, history, 0).await
        })
        .unwrap();
}

fn back_up(person: &Person) -> Backup {
    let now = person.now();
    person
        .act(async || person.client.back_up(now).await)
        .unwrap()
}

fn stored(person: &Person, backup: &Backup) {
    let now = person.now();
    person
        .act(async || person.client.backup_stored(backup.sequence, now).await)
        .unwrap();
}

fn list_of(person: &Person) -> Vec<u8> {
    let relay = person.world.relay.borrow();
    relay.document(person.id()).unwrap().device_list
}

/// A profile becomes a device of the account.
fn restore(
    world: &World,
    secret: &RecoverySecret,
    backup: &Backup,
    list: &[u8],
    accepted: bool,
) -> Result<Person, ClientError> {
    let new = world.stranger("restored", TestStore::plain());
    let restore = fetch(secret, backup, list, accepted)?;
    enter(&new, &restore)?;
    Ok(new)
}

fn fetch(
    secret: &RecoverySecret,
    backup: &Backup,
    list: &[u8],
    accepted: bool,
) -> Result<Restore, ClientError> {
    let mut restore = Restore::open(copy(secret), &backup.manifest, list, accepted)?;
    let kept: BTreeMap<ChunkId, &[u8]> = backup
        .chunks
        .iter()
        .map(|chunk| (chunk.id, chunk.content.as_slice()))
        .collect();
    let wanted: Vec<ChunkId> = restore.chunks().copied().collect();
    for id in wanted {
        restore.add(kept[&id])?;
    }
    Ok(restore)
}

fn enter(new: &Person, restore: &Restore) -> Result<(), ClientError> {
    let now = new.now();
    let change = new.act(async || new.client.begin_restore(restore, now).await)?;
    let user = DeviceList::from_bytes(&change.device_list).unwrap().user_id;
    new.world.relay.borrow_mut().change_devices(user, &change);
    let me = new.act(async || {
        let client = &new.client;
        client.finish_restore(restore, &[], "new laptop", now).await
    })?;
    new.is_now(&me);
    Ok(())
}

// REC-6, REC-10
#[test]
fn who_has_lost_every_device_comes_back_with_history_and_talks_on() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    alice.say(id, "one");
    bob.fetch();
    bob.say(id, "two");
    alice.fetch();
    let secret = secret();
    set_up(&alice, &secret, true);
    let backup = back_up(&alice);
    let lost = alice.address().device_id;
    let new = restore(&world, &secret, &backup, &list_of(&alice), false).unwrap();
    drop(alice);
    assert_eq!(new.texts(id), ["one", "two"]);
    // The lost device goes; the other side learns of both.
    crate::linking::revoke(&new, lost).unwrap();
    bob.learn(new.id()).unwrap();
    bob.say(id, "three");
    new.fetch();
    new.say(id, "four");
    bob.fetch();
    for person in [&new, &bob] {
        assert_eq!(person.texts(id), ["one", "two", "three", "four"]);
        assert_eq!(person.errors(), Vec::<String>::new());
    }
    let devices = new.attempt(async || new.client.devices().await).unwrap();
    assert_eq!(devices.len(), 1);
    assert_eq!(devices[0].full, Some(true));
    assert_eq!(devices[0].name, "new laptop");
    // It goes on making the backup, above the one that it came from.
    let next = back_up(&new);
    assert_eq!(next.sequence, backup.sequence + 1);
    assert_eq!(next.verifier, backup.verifier);
    let again = restore(&world, &secret, &next, &list_of(&new), false).unwrap();
    assert_eq!(again.texts(id), ["one", "two", "three", "four"]);
}

// REC-6
#[test]
fn history_comes_along_only_if_it_was_chosen() {
    let world = World::new();
    let (alice, _bob, id) = world.pair();
    alice.say(id, "private");
    let secret = secret();
    set_up(&alice, &secret, false);
    let backup = back_up(&alice);
    let new = restore(&world, &secret, &backup, &list_of(&alice), false).unwrap();
    assert_eq!(new.texts(id), Vec::<String>::new());
    assert_eq!(new.members(id), alice.members(id));
    let state = new.attempt(async || new.client.backup_state().await);
    assert!(!state.unwrap().unwrap().history);
}

// REC-5
#[test]
fn chunks_that_have_not_changed_are_the_same_bytes_and_tell_no_text() {
    let world = World::new();
    let (alice, _bob, id) = world.pair();
    let long = "x".repeat(20_000);
    for _ in 0..8 {
        alice.say(id, &long);
    }
    let secret = secret();
    set_up(&alice, &secret, true);
    let first = back_up(&alice);
    alice.say(id, "a new line");
    let second = back_up(&alice);
    let same = second
        .chunks
        .iter()
        .filter(|chunk| first.chunks.contains(chunk));
    let (same, all) = (same.count(), second.chunks.len());
    assert!(all >= 5 && same >= all - 3, "{same} of {all}");
    assert_ne!(first.manifest, second.manifest);
    let other = RecoveryKeys::of(&RecoverySecret::init(|bytes| *bytes = [9; 32]));
    for chunk in &second.chunks {
        assert!(!chunk.content.windows(8).any(|part| part == b"xxxxxxxx"));
        assert_eq!(
            other.open_chunk(&chunk.id, &chunk.content).err(),
            Some(RecoveryError::Damaged)
        );
    }
}

// REC-3, REC-4, REC-5, REC-7
#[test]
fn another_secret_and_every_changed_byte_are_noticed() {
    let world = World::new();
    let (alice, _bob, id) = world.pair();
    alice.say(id, "one");
    let secret = secret();
    set_up(&alice, &secret, true);
    let backup = back_up(&alice);
    let list = list_of(&alice);
    let open =
        |secret: &RecoverySecret, backup: &Backup| fetch(secret, backup, &list, false).map(drop);
    open(&secret, &backup).unwrap();
    let wrong = RecoverySecret::init(|bytes| *bytes = [7; 32]);
    assert_eq!(code(open(&wrong, &backup)), "backup-damaged");
    for at in [0, 11, 12, backup.manifest.len() - 1] {
        let mut changed = backup.clone();
        changed.manifest[at] ^= 1;
        assert_eq!(code(open(&secret, &changed)), "backup-damaged");
    }
    let mut cut = backup.clone();
    cut.manifest.truncate(10);
    assert_eq!(code(open(&secret, &cut)), "backup-damaged");
    for number in 0..backup.chunks.len() {
        let mut changed = backup.clone();
        changed.chunks[number].content[20] ^= 1;
        assert_eq!(code(open(&secret, &changed)), "backup-damaged");
    }
    // One chunk in the place of another, one too few and one too many.
    assert!(backup.chunks.len() > 1);
    let mut swapped = backup.clone();
    let first = swapped.chunks[0].content.clone();
    swapped.chunks[1].content = first;
    assert_eq!(code(open(&secret, &swapped)), "backup-damaged");
    let mut restore = Restore::open(copy(&secret), &backup.manifest, &list, false).unwrap();
    let new = world.stranger("new", TestStore::plain());
    let before = new.store.dump();
    restore.add(&backup.chunks[0].content).unwrap();
    let now = new.now();
    let begun = new.act(async || new.client.begin_restore(&restore, now).await);
    assert_eq!(code(begun), "backup-damaged");
    assert_eq!(new.store.dump(), before);
    for chunk in &backup.chunks[1..] {
        restore.add(&chunk.content).unwrap();
    }
    let more = restore.add(&backup.chunks[0].content);
    assert_eq!(code(more), "backup-damaged");
    // Somebody who knows the secret, and not the account key, cannot sign.
    let keys = RecoveryKeys::of(&secret);
    let mut manifest = keys.open_manifest(&backup.manifest).unwrap();
    manifest.sequence += 1;
    let mut rng = TestRng::new();
    let forged = keys.seal_manifest(&manifest, &mut rng).unwrap();
    assert_eq!(
        keys.open_manifest(&forged).err(),
        Some(RecoveryError::Damaged)
    );
    // Under another account key it is not the account's, whose list the relay has.
    let other = Account::generate(&mut rng);
    manifest.account_key = other.public_key();
    other.sign_backup(&mut manifest).unwrap();
    let manifest = keys.seal_manifest(&manifest, &mut rng).unwrap();
    let forged = Backup { manifest, ..backup };
    assert_eq!(code(open(&secret, &forged)), "account-key-mismatch");
}

// REC-8
#[test]
fn a_relay_that_goes_back_is_noticed_by_the_device_that_knows_better() {
    let world = World::new();
    let (alice, _bob, _) = world.pair();
    let check = |at_relay| alice.attempt(async || alice.client.check_backup(at_relay).await);
    check(None).unwrap();
    let now = alice.now();
    let none = alice.act(async || alice.client.back_up(now).await);
    assert_eq!(code(none), "not-found");
    let secret = secret();
    alice
        .act(async || {
            let client = &alice.client;
            client.set_up_backup(&secret, None, true, 40).await
        })
        .unwrap();
    let first = back_up(&alice);
    assert_eq!(first.sequence, 41, "above what the relay has");
    stored(&alice, &first);
    let second = back_up(&alice);
    // It may have arrived, or not.
    check(Some(first.sequence)).unwrap();
    check(Some(second.sequence)).unwrap();
    stored(&alice, &second);
    stored(&alice, &first);
    check(Some(second.sequence)).unwrap();
    for older in [None, Some(0), Some(first.sequence)] {
        assert_eq!(code(check(older)), "backup-rolled-back");
    }
    let never = alice.act(async || alice.client.backup_stored(1_000, now).await);
    assert_eq!(code(never), "relay");
    alice
        .act(async || alice.client.turn_off_backup().await)
        .unwrap();
    check(None).unwrap();
}

// REC-9
#[test]
fn a_backup_older_than_the_list_of_devices_is_noticed_and_a_list_older_than_the_backup_is() {
    let world = World::new();
    let (alice, _bob, id) = world.pair();
    let secret = secret();
    set_up(&alice, &secret, true);
    let old_list = list_of(&alice);
    alice.say(id, "one");
    let old = back_up(&alice);
    link(&alice, "phone", true);
    alice.say(id, "two");
    let new = back_up(&alice);
    let list = list_of(&alice);
    let rolled_back = restore(&world, &secret, &old, &list, false);
    assert_eq!(code(rolled_back.map(drop)), "backup-rolled-back");
    let rolled_back = restore(&world, &secret, &new, &old_list, true);
    assert_eq!(code(rolled_back.map(drop)), "device-list-rollback");
    // Who has nothing better may take it all the same.
    let back = restore(&world, &secret, &old, &list, true).unwrap();
    assert_eq!(back.texts(id), ["one"]);
}

// REC-10
#[test]
fn an_attempt_that_was_cut_off_goes_on_with_the_same_device() {
    let world = World::new();
    let (alice, _bob, id) = world.pair();
    alice.say(id, "one");
    let secret = secret();
    set_up(&alice, &secret, true);
    let backup = back_up(&alice);
    let before = list_of(&alice);
    let new = world.stranger("new", TestStore::plain());
    let opened = fetch(&secret, &backup, &before, false).unwrap();
    let now = new.now();
    let begin = |restore: &Restore| new.act(async || new.client.begin_restore(restore, now).await);
    let first = begin(&opened).unwrap();
    assert_eq!(begin(&opened).unwrap(), first);
    // The relay has it, and its answer was lost.
    let user = alice.id();
    world.relay.borrow_mut().change_devices(user, &first);
    let opened = fetch(&secret, &backup, &list_of(&alice), true).unwrap();
    assert_eq!(begin(&opened).unwrap(), first);
    enter(&new, &opened).unwrap();
    assert_eq!(new.texts(id), ["one"]);
    // Somebody who has an account keeps it.
    assert_eq!(code(begin(&opened)), "already-registered");
    // Another list came between: the first device is none any more.
    let other = world.stranger("other", TestStore::plain());
    let opened = fetch(&secret, &backup, &before, false).unwrap();
    let now = other.now();
    let begin =
        |restore: &Restore| other.act(async || other.client.begin_restore(restore, now).await);
    let stale = begin(&opened).unwrap();
    let opened = fetch(&secret, &backup, &list_of(&alice), true).unwrap();
    assert_ne!(begin(&opened).unwrap().device_id, stale.device_id);
}

// REC-6
#[test]
fn a_companion_makes_no_backup() {
    let world = World::new();
    let (alice, _bob, _) = world.pair();
    let watch = link(&alice, "watch", false);
    let done = watch.act(async || {
        let client = &watch.client;
        client.set_up_backup(&secret(), None, true, 0).await
    });
    assert_eq!(code(done), "forbidden");
}

// REC-6, CNT-26
#[test]
fn what_is_to_disappear_is_in_no_backup() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    alice.say(id, "stays");
    let now = alice.now();
    alice
        .act(async || alice.client.set_timer(id, 60, now).await)
        .unwrap();
    alice.pump();
    bob.fetch();
    alice.say(id, "sent, and goes");
    bob.say(id, "unread, and goes");
    alice.fetch();
    assert_eq!(alice.texts(id).len(), 3);
    let secret = secret();
    set_up(&alice, &secret, true);
    let backup = back_up(&alice);
    let new = restore(&world, &secret, &backup, &list_of(&alice), false).unwrap();
    assert_eq!(new.texts(id), ["stays"]);
    assert_eq!(new.view(id).timer, 60);
}
