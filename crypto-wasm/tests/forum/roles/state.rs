//! The policy, the numbers of invitations, and what no commit may change or carry.

use crypto_wasm::crypto::label;
use crypto_wasm::forum::provider::CIPHER_SUITE;
use crypto_wasm::forum::state::{AUTHORIZATION, TOPIC_STATE, context_extensions};
use crypto_wasm::forum::wire::{Authorization, History, Policy, Role, Visibility};
use crypto_wasm::wire::codec::Signed as _;
use mls_rs::extension::ExtensionType;
use mls_rs::group::proposal::CustomProposal;
use mls_rs::{Extension, ExtensionList, ProtocolVersion};

use super::{FORBIDDEN, Plan, REFUSED, attempt, for_each_role};
use crate::support::world::{MEMBER, MODERATOR, OWNER};
use crate::support::{Rogue, TestRng, World};

/// A policy that makes the actor's account an owner, or leaves everything if it is one, signed by the actor's device.
fn own_policy(world: &World, actor: usize) -> Policy {
    let seat = &world.seats[actor];
    let mut policy = world.seats[OWNER].policy_with(&[(seat.account(), Role::Owner)]);
    policy.signer = seat.phone.certificate().clone();
    policy.signature = seat
        .phone
        .identity()
        .sign(label::TOPIC_POLICY, &policy.signed_bytes().unwrap());
    policy
}

// TOP-17
#[test]
fn t32_a_removal_that_leaves_invitations_valid_is_refused() {
    for_each_role([REFUSED; 3], |world, actor, _| Plan {
        remove: vec![world.second[actor / 2].address()],
        ..Plan::default()
    });
    for raise in [0, 2] {
        for_each_role([REFUSED; 3], |world, actor, _| Plan {
            remove: vec![world.second[actor / 2].address()],
            ..Plan::state(move |state| state.admission.invite_generation += raise)
        });
    }
}

// TOP-17
#[test]
fn invitations_are_voided_by_moderators_and_owners_one_number_at_a_time() {
    for_each_role([Ok(()), Ok(()), FORBIDDEN], |_, _, _| {
        Plan::state(|state| state.admission.invite_generation += 1)
    });
    for_each_role([REFUSED; 3], |_, _, _| {
        Plan::state(|state| state.admission.invite_generation += 2)
    });
}

// TOP-4
#[test]
fn the_policy_is_changed_by_owners() {
    for_each_role([Ok(()), FORBIDDEN, FORBIDDEN], |world, actor, _| {
        let policy = own_policy(world, actor);
        Plan::state(move |state| state.policy = policy)
    });
}

// TOP-4
#[test]
fn a_policy_of_another_owner_is_put_by_nobody_else() {
    for_each_role([REFUSED, FORBIDDEN, FORBIDDEN], |world, _, _| {
        let policy = world.seats[OWNER + 1].policy_with(&[]);
        Plan::state(move |state| state.policy = policy)
    });
}

// TOP-2, TOP-4
#[test]
fn a_policy_that_does_not_follow_is_refused() {
    type Damage = fn(&mut Policy);
    let damages: [Damage; 8] = [
        |policy| policy.revision += 1,
        |policy| policy.revision -= 1,
        |policy| policy.generation += 1,
        |policy| policy.previous_hash = [1; 32],
        |policy| policy.topic_id = [1; 16].into(),
        |policy| policy.roles.clear(),
        |policy| policy.roles.push(policy.roles[0]),
        |policy| policy.history_days = 1,
    ];
    for damage in damages {
        for_each_role([REFUSED, FORBIDDEN, FORBIDDEN], |world, actor, _| {
            let mut policy = own_policy(world, actor);
            damage(&mut policy);
            policy.signature = world.seats[actor]
                .phone
                .identity()
                .sign(label::TOPIC_POLICY, &policy.signed_bytes().unwrap());
            Plan::state(move |state| state.policy = policy)
        });
    }
    for_each_role([REFUSED, FORBIDDEN, FORBIDDEN], |world, actor, _| {
        let mut policy = own_policy(world, actor);
        policy.history_days = 1;
        policy.history = History::LastDays;
        Plan::state(move |state| state.policy = policy)
    });
}

// TOP-5
#[test]
fn the_genesis_never_changes() {
    for_each_role([REFUSED; 3], |_, _, _| {
        Plan::state(|state| state.genesis.created_at_ms += 1)
    });
}

// TOP-5
#[test]
fn the_group_context_has_the_state_and_the_required_capabilities_alone() {
    let rng = &mut TestRng::new();
    let mut world = World::new(Visibility::Invite, rng);
    let state = world.seats[OWNER].group.state().clone();
    let good = context_extensions(&state).unwrap();
    let mut more = good.clone();
    more.set(Extension::new(ExtensionType::APPLICATION_ID, vec![0]));
    let mut fewer = good.clone();
    fewer.remove(ExtensionType::REQUIRED_CAPABILITIES);
    let mut none = good;
    none.remove(TOPIC_STATE);
    for extensions in [fewer, none, more] {
        let mut rogue = Rogue::of(&mut world.seats[OWNER]);
        let commit = rogue.commit(rng, |builder| builder.set_group_context_ext(extensions));
        assert_eq!(world.verdict(&commit, OWNER), REFUSED);
    }
}

// TOP-6
#[test]
fn other_proposals_are_refused() {
    let rng = &mut TestRng::new();
    let mut world = World::new(Visibility::Invite, rng);
    for actor in [OWNER, MODERATOR, MEMBER] {
        let mut rogue = Rogue::of(&mut world.seats[actor]);
        let reinit = rogue.commit(rng, |builder| {
            builder.reinit(
                None,
                ProtocolVersion::MLS_10,
                CIPHER_SUITE,
                ExtensionList::new(),
            )
        });
        assert_eq!(world.verdict(&reinit, actor), REFUSED);
        let used = world.seats[OWNER].link_for(&world.banned, 1, rng);
        let plan = Plan::default().because(Authorization::Invitation(used));
        assert_eq!(attempt(&mut world, actor, plan, rng), REFUSED);
        let mut rogue = Rogue::of(&mut world.seats[actor]);
        let junk = CustomProposal::new(AUTHORIZATION, vec![9]);
        let junk = rogue.commit(rng, |builder| Ok(builder.custom_proposal(junk)));
        assert_eq!(world.verdict(&junk, actor), REFUSED);
    }
}
