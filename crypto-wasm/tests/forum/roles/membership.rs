//! Adding, removing, banning.

use crypto_wasm::forum::credential::signing_identity;
use crypto_wasm::forum::state::leaf_extensions;
use crypto_wasm::forum::wire::{JoinId, Visibility};
use mls_rs::ExtensionList;

use super::{FORBIDDEN, Plan, REFUSED, for_each_role};
use crate::support::world::{MEMBER, MODERATOR, OWNER};
use crate::support::{Rogue, TestRng, World, stranger};

// TOP-8
#[test]
fn t06_a_plain_member_adds_nobody() {
    for_each_role([Ok(()), Ok(()), FORBIDDEN], |_, _, rng| {
        Plan::add(stranger(rng))
    });
}

// TOP-8
#[test]
fn everybody_adds_devices_of_their_own_account() {
    for_each_role([Ok(()); 3], |world, actor, rng| {
        Plan::add(world.people[actor / 2].phone(3, rng))
    });
}

// TOP-7
#[test]
fn nobody_adds_who_is_banned() {
    for_each_role([Err("banned"); 3], |world, _, _| {
        Plan::add(world.banned.again())
    });
}

// TOP-9
#[test]
fn plain_members_are_removed_by_moderators_and_owners() {
    for_each_role([Ok(()), Ok(()), FORBIDDEN], |world, _, _| {
        Plan::remove(world.seats[MEMBER + 1].address())
    });
}

// TOP-9
#[test]
fn moderators_and_owners_are_removed_by_owners() {
    for other in [OWNER + 1, MODERATOR + 1] {
        for_each_role([Ok(()), FORBIDDEN, FORBIDDEN], |world, _, _| {
            Plan::remove(world.seats[other].address())
        });
    }
}

// TOP-9
#[test]
fn everybody_removes_other_devices_of_their_own_account() {
    for_each_role([Ok(()); 3], |world, actor, _| {
        Plan::remove(world.second[actor / 2].address())
    });
}

// TOP-18
#[test]
fn plain_members_are_banned_by_moderators_and_owners() {
    for_each_role([Ok(()), Ok(()), FORBIDDEN], |world, _, _| {
        let seat = &world.seats[MEMBER + 1];
        Plan::ban(seat.address(), seat.account())
    });
}

// TOP-18
#[test]
fn moderators_are_banned_by_owners() {
    for_each_role([Ok(()), FORBIDDEN, FORBIDDEN], |world, _, _| {
        let seat = &world.seats[MODERATOR + 1];
        Plan::ban(seat.address(), seat.account())
    });
}

// TOP-18
#[test]
fn who_is_absent_is_banned_by_moderators_and_owners() {
    for_each_role([Ok(()), Ok(()), FORBIDDEN], |_, _, rng| {
        let account = stranger(rng).account();
        Plan::state(move |state| state.admission.bans.push(account))
    });
}

// TOP-18
#[test]
fn who_stays_cannot_be_banned_and_nobody_twice() {
    for_each_role([REFUSED, REFUSED, FORBIDDEN], |world, _, _| {
        let account = world.seats[MEMBER + 1].account();
        Plan::state(move |state| state.admission.bans.push(account))
    });
    for_each_role([REFUSED; 3], |_, _, rng| {
        let account = stranger(rng).account();
        Plan::state(move |state| state.admission.bans.extend([account; 2]))
    });
    // One of two devices goes, the other stays.
    for_each_role([REFUSED, REFUSED, FORBIDDEN], |world, _, _| {
        let seat = &world.second[2];
        Plan::ban(seat.address(), seat.account())
    });
    // Banned and added at once.
    for_each_role([REFUSED, REFUSED, FORBIDDEN], |_, _, rng| {
        let phone = stranger(rng);
        let account = phone.account();
        Plan {
            add: vec![phone],
            ..Plan::state(move |state| state.admission.bans.push(account))
        }
    });
}

// TOP-18
#[test]
fn bans_are_lifted_by_owners() {
    for_each_role([Ok(()), FORBIDDEN, FORBIDDEN], |_, _, _| {
        Plan::state(|state| state.admission.bans.clear())
    });
}

// TOP-1
#[test]
fn a_member_keeps_its_stay_and_its_certificate() {
    let rng = &mut TestRng::new();
    let mut world = World::new(Visibility::Invite, rng);
    for actor in [OWNER, MODERATOR, MEMBER] {
        for extensions in [
            leaf_extensions(JoinId([1; 16])).unwrap(),
            ExtensionList::new(),
        ] {
            let mut rogue = Rogue::of(&mut world.seats[actor]);
            let commit = rogue.commit(rng, |builder| {
                Ok(builder.set_leaf_node_extensions(extensions))
            });
            assert_eq!(world.verdict(&commit, actor), REFUSED);
        }
        // Another certificate of the same device and identity key.
        let phone = &world.seats[actor].phone;
        let mut certificate = phone.certificate().clone();
        certificate.created_at_ms += 1;
        let identity = signing_identity(&world.people[actor / 2].recertify(&certificate)).unwrap();
        let signer = phone.certificate().identity_key.as_bytes().to_vec().into();
        let mut rogue = Rogue::of(&mut world.seats[actor]);
        let commit = rogue.commit(rng, |builder| {
            Ok(builder.set_new_signing_identity(signer, identity))
        });
        assert_eq!(world.verdict(&commit, actor), REFUSED);
    }
}
