//! Coming in without being added: who may, and what the relay cannot make of it.

use crypto_wasm::crypto::label;
use crypto_wasm::crypto::sign::Ed25519PrivateKey;
use crypto_wasm::forum::group::{Change, Expected, Invitee, NewCommit, spend_link};
use crypto_wasm::forum::state::{authorization_proposal, leaf_extensions};
use crypto_wasm::forum::wire::{Authorization, Invitation, InvitationUse, JoinId, Visibility};
use crypto_wasm::forum::{TopicError, TopicGroup};
use crypto_wasm::wire::codec::Signed as _;
use mls_rs::ExtensionList;

use crate::support::world::{MEMBER, MODERATOR, OWNER};
use crate::support::{Phone, Relay, Seat, TestRng, World, rogue_join, stranger};

/// Nobody in the world.
const OUTSIDE: usize = usize::MAX;

/// An external commit of a client without rules, with or without an invitation.
fn forced(
    world: &World,
    phone: &Phone,
    used: Option<InvitationUse>,
    rng: &mut TestRng,
) -> NewCommit {
    rogue_join(phone, &world.relay.join_info(), rng, |builder| match used {
        None => builder,
        Some(used) => builder.with_custom_proposal(
            authorization_proposal(&Authorization::Invitation(used)).unwrap(),
        ),
    })
}

fn attempt(
    world: &mut World,
    phone: &Phone,
    used: Option<InvitationUse>,
    rng: &mut TestRng,
) -> Result<(), &'static str> {
    let commit = forced(world, phone, used, rng);
    world.verdict(&commit, OUTSIDE)
}

// TOP-13, TOP-14
#[test]
fn t06_a_device_of_the_relay_gets_into_open_topics_alone() {
    for (visibility, expected) in [
        (Visibility::Open, Ok(())),
        (Visibility::Invite, Err("invitation-refused")),
        (Visibility::Closed, Err("forbidden")),
    ] {
        let rng = &mut TestRng::new();
        let mut world = World::new(visibility, rng);
        assert_eq!(attempt(&mut world, &stranger(rng), None, rng), expected);
    }
}

// TOP-7
#[test]
fn who_is_banned_does_not_come_in_by_any_way() {
    for visibility in [Visibility::Open, Visibility::Invite, Visibility::Closed] {
        let rng = &mut TestRng::new();
        let mut world = World::new(visibility, rng);
        let banned = world.banned.again();
        let used = (visibility == Visibility::Invite)
            .then(|| world.seats[OWNER].link_for(&banned, 1, rng));
        assert_eq!(attempt(&mut world, &banned, used, rng), Err("banned"));
    }
}

// TOP-13
#[test]
fn t31_another_device_of_a_present_account_is_added_by_it_or_does_not_come_in() {
    for visibility in [Visibility::Open, Visibility::Invite, Visibility::Closed] {
        let rng = &mut TestRng::new();
        let mut world = World::new(visibility, rng);
        let third = world.people[0].phone(3, rng);
        let used =
            (visibility == Visibility::Invite).then(|| world.seats[OWNER].link_for(&third, 1, rng));
        assert_eq!(attempt(&mut world, &third, used, rng), Err("forbidden"));
    }
}

// TOP-12
#[test]
fn a_device_replaces_its_own_leaf_in_every_topic() {
    for visibility in [Visibility::Open, Visibility::Invite, Visibility::Closed] {
        let rng = &mut TestRng::new();
        let mut world = World::new(visibility, rng);
        let before = world.seats[MEMBER].group.own().unwrap();
        let mut member = world.seats.remove(MEMBER);
        member.come_back(&mut world.relay, rng);
        for seat in &mut world.seats {
            for commit in world.relay.since(seat.group.epoch()) {
                let changes = seat.group.process(commit).unwrap();
                assert!(changes.is_external && changes.committer == before.certificate);
                assert!(changes.added.is_empty() && changes.removed.is_empty());
            }
        }
        let after = member.group.own().unwrap();
        assert_eq!(after.certificate, before.certificate);
        assert_ne!(after.join_id, before.join_id);
        let owner = &world.seats[OWNER].group;
        assert!(owner.archive_key().unwrap() == member.group.archive_key().unwrap());
    }
}

// TOP-12
#[test]
fn nobody_replaces_the_leaf_of_another_certificate() {
    let rng = &mut TestRng::new();
    let mut world = World::new(Visibility::Open, rng);
    // MLS itself asks whether the new leaf may succeed the old one.
    let victim = world.seats[MEMBER + 1].group.own().unwrap().index;
    let info = world.relay.join_info();
    let commit = rogue_join(&stranger(rng), &info, rng, |builder| {
        builder.with_removal(victim)
    });
    assert_eq!(world.verdict(&commit, OUTSIDE), Err("commit-refused"));
    // The same device under a new certificate of the same account.
    let again = world.people[2].phone(1, rng);
    let own = world.seats[MEMBER].group.own().unwrap().index;
    let commit = rogue_join(&again, &info, rng, |builder| builder.with_removal(own));
    assert_eq!(world.verdict(&commit, OUTSIDE), Err("commit-refused"));
}

// TOP-6, TOP-14
#[test]
fn an_authorization_where_none_is_needed_is_refused() {
    let rng = &mut TestRng::new();
    let mut world = World::new(Visibility::Open, rng);
    let phone = stranger(rng);
    let used = world.seats[OWNER].link_for(&phone, 1, rng);
    assert_eq!(
        attempt(&mut world, &phone, Some(used), rng),
        Err("commit-refused")
    );
    let mut world = World::new(Visibility::Invite, rng);
    let member = world.seats[MEMBER].phone.again();
    let own = world.seats[MEMBER].group.own().unwrap().index;
    let used = world.seats[OWNER].link_for(&member, 1, rng);
    let proposal = authorization_proposal(&Authorization::Invitation(used)).unwrap();
    let info = world.relay.join_info();
    let commit = rogue_join(&member, &info, rng, |builder| {
        builder.with_removal(own).with_custom_proposal(proposal)
    });
    assert_eq!(world.verdict(&commit, OUTSIDE), Err("commit-refused"));
    let phone = stranger(rng);
    let request = world.seats[OWNER].group.leave_request().unwrap();
    let proposal = authorization_proposal(&Authorization::Leave(request)).unwrap();
    let info = world.relay.join_info();
    let commit = rogue_join(&phone, &info, rng, |builder| {
        builder.with_custom_proposal(proposal)
    });
    assert_eq!(world.verdict(&commit, OUTSIDE), Err("commit-refused"));
}

// TOP-1
#[test]
fn a_leaf_without_its_stay_is_refused() {
    let rng = &mut TestRng::new();
    let mut world = World::new(Visibility::Open, rng);
    let info = world.relay.join_info();
    let mut more = leaf_extensions(JoinId([1; 16])).unwrap();
    more.set(mls_rs::Extension::new(
        mls_rs::extension::ExtensionType::APPLICATION_ID,
        vec![0],
    ));
    for extensions in [ExtensionList::new(), more] {
        let commit = rogue_join(&stranger(rng), &info, rng, |builder| {
            builder.with_leaf_node_extensions(extensions)
        });
        assert_eq!(world.verdict(&commit, OUTSIDE), Err("commit-refused"));
    }
}

// TOP-15, TOP-16
#[test]
fn an_invitation_lets_in_whom_it_is_for() {
    let rng = &mut TestRng::new();
    let mut world = World::new(Visibility::Invite, rng);
    for inviter in [OWNER, MODERATOR] {
        let phone = stranger(rng);
        let used = world.seats[inviter].link_for(&phone, 1, rng);
        assert_eq!(attempt(&mut world, &phone, Some(used), rng), Ok(()));
        let key = phone.certificate().account_key;
        let invitation = world.seats[inviter]
            .invite(Invitee::Account(key), 1)
            .unwrap();
        let used = InvitationUse {
            invitation,
            link_signature: None,
        };
        assert_eq!(attempt(&mut world, &phone, Some(used.clone()), rng), Ok(()));
        let other = stranger(rng);
        assert_eq!(
            attempt(&mut world, &other, Some(used), rng),
            Err("invitation-refused")
        );
    }
}

/// A link's invitation by a seat, changed and signed anew by `signer`, and spent for `phone`.
fn changed(
    seat: &Seat,
    signer: &Seat,
    phone: &Phone,
    change: impl FnOnce(&mut Invitation),
    rng: &mut TestRng,
) -> InvitationUse {
    let link = Ed25519PrivateKey::generate(rng);
    let mut invitation = seat.invite(Invitee::Link(link.public_key()), 1).unwrap();
    change(&mut invitation);
    let signed = invitation.signed_bytes().unwrap();
    invitation.signature = signer.phone.identity().sign(label::INVITATION, &signed);
    spend_link(invitation, &link, phone.certificate()).unwrap()
}

// TOP-15
#[test]
fn t32_an_invitation_of_another_topic_time_or_signer_is_refused() {
    let rng = &mut TestRng::new();
    let mut world = World::new(Visibility::Invite, rng);
    type Damage = fn(&mut Invitation, &World);
    let damages: [Damage; 8] = [
        |invitation, _| invitation.topic_id = [1; 16].into(),
        |invitation, _| invitation.generation += 1,
        |invitation, _| invitation.genesis_hash[0] ^= 1,
        |invitation, _| invitation.not_after_epoch -= 1,
        |invitation, _| invitation.invite_generation += 1,
        |invitation, world| invitation.inviter = world.banned.address(),
        // A plain member may not invite here.
        |invitation, world| invitation.inviter = world.seats[MEMBER].address(),
        |invitation, world| {
            invitation.invitee_account_key = Some(world.banned.certificate().account_key);
        },
    ];
    for (index, damage) in damages.into_iter().enumerate() {
        let phone = stranger(rng);
        let (owner, member) = (&world.seats[OWNER], &world.seats[MEMBER]);
        let signer = if index == 6 { member } else { owner };
        let used = changed(
            owner,
            signer,
            &phone,
            |invitation| damage(invitation, &world),
            rng,
        );
        assert_eq!(
            attempt(&mut world, &phone, Some(used), rng),
            Err("invitation-refused"),
            "damage {index}"
        );
    }
    let phone = stranger(rng);
    let (owner, member) = (&world.seats[OWNER], &world.seats[MEMBER]);
    let used = changed(owner, member, &phone, |_| {}, rng);
    let refused = Err("invitation-refused");
    assert_eq!(attempt(&mut world, &phone, Some(used), rng), refused);
    let forbidden = world.seats[MEMBER].invite(Invitee::Link(phone.certificate().account_key), 1);
    assert!(matches!(forbidden, Err(TopicError::Rule(_))));
}

// TOP-16
#[test]
fn t32_an_invitation_from_a_dropped_commit_is_spent_for_no_other_device() {
    let rng = &mut TestRng::new();
    let mut world = World::new(Visibility::Invite, rng);
    let (invited, thief) = (stranger(rng), stranger(rng));
    let used = world.seats[OWNER].link_for(&invited, 1, rng);
    // The relay drops the commit that carried this, and spends it for a device of its own.
    let refused = Err("invitation-refused");
    assert_eq!(
        attempt(&mut world, &thief, Some(used.clone()), rng),
        refused
    );
    // Neither can it sign as the link, nor leave the signature away.
    let own = Ed25519PrivateKey::generate(rng);
    let signed = spend_link(used.invitation.clone(), &own, thief.certificate()).unwrap();
    assert_eq!(attempt(&mut world, &thief, Some(signed), rng), refused);
    let unsigned = InvitationUse {
        link_signature: None,
        ..used.clone()
    };
    assert_eq!(attempt(&mut world, &thief, Some(unsigned), rng), refused);
    let mut other_link = used.clone();
    other_link.invitation.link_public_key = Some(own.public_key());
    let resigned = spend_link(other_link.invitation, &own, thief.certificate()).unwrap();
    assert_eq!(attempt(&mut world, &thief, Some(resigned), rng), refused);
    // The invited device still comes in.
    assert_eq!(attempt(&mut world, &invited, Some(used), rng), Ok(()));
}

// TOP-15
#[test]
fn t32_an_invitation_is_used_up() {
    let rng = &mut TestRng::new();
    let mut owner = Seat::found(Visibility::Invite, rng);
    let mut relay = Relay::of(&owner.group);
    let link = Ed25519PrivateKey::generate(rng);
    let invitation = owner.invite(Invitee::Link(link.public_key()), 2).unwrap();
    for turn in 0..3 {
        let phone = stranger(rng);
        let used = spend_link(invitation.clone(), &link, phone.certificate()).unwrap();
        let joined = Seat::join(&mut relay, phone, Some(used), rng);
        let code = joined.err().map(|error| error.code());
        assert_eq!(
            code,
            (turn == 2).then_some("invitation-refused"),
            "turn {turn}"
        );
    }
    owner.catch_up(&relay);
    assert_eq!(owner.group.members().unwrap().len(), 3);
}

// TOP-15, TOP-17
#[test]
fn t32_no_invitation_outlives_a_removal_or_its_inviter() {
    let rng = &mut TestRng::new();
    let mut owner = Seat::found(Visibility::Invite, rng);
    let mut relay = Relay::of(&owner.group);
    let member = owner.add(&mut relay, stranger(rng), rng).unwrap();
    let phone = stranger(rng);
    let used = owner.link_for(&phone, 100, rng);
    owner.remove(&mut relay, member.address(), rng);
    let joined = Seat::join(&mut relay, phone, Some(used), rng);
    assert_eq!(joined.err().unwrap().code(), "invitation-refused");
}

// TOP-15
#[test]
fn plain_members_invite_where_the_policy_says_so() {
    let rng = &mut TestRng::new();
    let mut owner = Seat::found(Visibility::Invite, rng);
    let mut relay = Relay::of(&owner.group);
    let mut member = owner.add(&mut relay, stranger(rng), rng).unwrap();
    let key = stranger(rng).certificate().account_key;
    assert!(member.invite(Invitee::Account(key), 1).is_err());
    let mut draft = crypto_wasm::forum::group::PolicyDraft::of(&owner.group.state().policy);
    draft.inviters = crypto_wasm::forum::wire::Inviters::Members;
    let change = Change {
        policy: Some(owner.group.next_policy(&draft).unwrap()),
        ..Change::default()
    };
    owner.commit(&mut relay, &change, rng).unwrap();
    member.catch_up(&relay);
    let phone = stranger(rng);
    let used = member.link_for(&phone, 1, rng);
    Seat::join(&mut relay, phone, Some(used), rng).unwrap();
}

// TOP-14
#[test]
fn a_client_with_rules_makes_no_commit_that_others_refuse() {
    let rng = &mut TestRng::new();
    let owner = Seat::found(Visibility::Closed, rng);
    let relay = Relay::of(&owner.group);
    let phone = stranger(rng);
    let joined = TopicGroup::join_external(
        &phone.device,
        &relay.join_info(),
        None,
        &Expected::default(),
        rng,
    );
    assert_eq!(joined.err().unwrap().code(), "forbidden");
}
