//! Removals for a reason: a newer device list, a request to leave.

use crypto_wasm::crypto::label;
use crypto_wasm::forum::wire::{Authorization, LeaveRequest, Visibility};
use crypto_wasm::wire::codec::Signed as _;

use super::{FORBIDDEN, Plan, REFUSED, attempt, for_each_role};
use crate::support::world::{MEMBER, MODERATOR, OWNER};
use crate::support::{NOW, TestRng, World};

// TOP-10
#[test]
fn anybody_removes_a_device_that_a_newer_list_has_not() {
    for_each_role([Ok(()); 3], |world, _, _| {
        let (person, kept) = (&world.people[0], &world.seats[OWNER].phone);
        let list = person.list(&[kept], NOW + 1);
        Plan::remove(world.second[0].address()).because(Authorization::NewDeviceList(list))
    });
}

// TOP-10
#[test]
fn a_list_that_is_older_or_has_the_device_or_is_of_somebody_else_justifies_nothing() {
    type Make = fn(&World) -> Authorization;
    let lists: [Make; 4] = [
        // From before the device was certified.
        |world| {
            let kept = &world.seats[OWNER].phone;
            Authorization::NewDeviceList(world.people[0].list(&[kept], NOW - 1))
        },
        |world| {
            let both = [&world.seats[OWNER].phone, &world.second[0].phone];
            Authorization::NewDeviceList(world.people[0].list(&both, NOW + 1))
        },
        |world| Authorization::NewDeviceList(world.people[1].list(&[], NOW + 1)),
        |world| {
            let mut list = world.people[0].list(&[], NOW + 1);
            list.created_at_ms += 1;
            Authorization::NewDeviceList(list)
        },
    ];
    for make in lists {
        let rng = &mut TestRng::new();
        let mut world = World::new(Visibility::Invite, rng);
        let plan = Plan::remove(world.second[0].address()).because(make(&world));
        assert_eq!(attempt(&mut world, MEMBER, plan, rng), FORBIDDEN);
    }
}

// TOP-11
#[test]
fn anybody_removes_who_asked_for_it() {
    for_each_role([Ok(()); 3], |world, _, _| {
        let request = world.seats[OWNER + 1].group.leave_request().unwrap();
        Plan::remove(world.seats[OWNER + 1].address()).because(Authorization::Leave(request))
    });
}

// TOP-11
#[test]
fn a_request_to_leave_is_of_one_stay_and_signed_by_who_leaves() {
    type Damage = fn(&mut LeaveRequest, &World);
    let damages: [Damage; 5] = [
        |request, _| request.join_id.0[0] ^= 1,
        |request, _| request.generation += 1,
        |request, _| request.topic_id = [1; 16].into(),
        |request, world| request.address = world.seats[MODERATOR].address(),
        |_, _| {},
    ];
    for (index, damage) in damages.into_iter().enumerate() {
        // An owner needs no reason: there the reason is one for nothing.
        let owners = if index == 0 { REFUSED } else { FORBIDDEN };
        for_each_role([owners, FORBIDDEN, FORBIDDEN], |world, actor, _| {
            let leaving = &world.seats[OWNER + 1];
            let mut request = leaving.group.leave_request().unwrap();
            damage(&mut request, world);
            // All but the last are signed by who leaves.
            let signer = if index < 4 {
                leaving
            } else {
                &world.seats[actor]
            };
            request.signature = signer
                .phone
                .identity()
                .sign(label::TOPIC_LEAVE, &request.signed_bytes().unwrap());
            let victim = &world.seats[OWNER + 1];
            Plan::remove(victim.address()).because(Authorization::Leave(request))
        });
    }
}

// TOP-6, TOP-10, TOP-11
#[test]
fn a_reason_for_nothing_is_refused() {
    for_each_role([REFUSED; 3], |world, _, _| {
        let request = world.seats[OWNER + 1].group.leave_request().unwrap();
        Plan::default().because(Authorization::Leave(request))
    });
}
