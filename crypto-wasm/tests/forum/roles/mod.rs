//! For each role and action: what that role may not do, all others refuse, also when the relay forwards it.

mod membership;
mod reasons;
mod state;

use crypto_wasm::forum::state::{authorization_proposal, context_extensions};
use crypto_wasm::forum::wire::{Account, Authorization, TopicState, Visibility};
use crypto_wasm::wire::Address;
use mls_rs::MlsMessage;

use crate::support::world::{MEMBER, MODERATOR, OWNER};
use crate::support::{Phone, Rogue, TestRng, World};

type StateChange = Box<dyn FnOnce(&mut TopicState)>;

/// What a commit of a client without rules is made of.
#[derive(Default)]
struct Plan {
    add: Vec<Phone>,
    remove: Vec<Address>,
    authorizations: Vec<Authorization>,
    /// Changes the state that is put into the group context; without it none is put.
    state: Option<StateChange>,
}

impl Plan {
    fn state(change: impl FnOnce(&mut TopicState) + 'static) -> Self {
        Self {
            state: Some(Box::new(change)),
            ..Self::default()
        }
    }

    /// Removes as it should be done: invitations become void.
    fn remove(address: Address) -> Self {
        Self {
            remove: vec![address],
            ..Self::state(|state| state.admission.invite_generation += 1)
        }
    }

    fn ban(address: Address, account: Account) -> Self {
        Self {
            remove: vec![address],
            ..Self::state(move |state| {
                state.admission.invite_generation += 1;
                state.admission.bans.push(account);
            })
        }
    }

    fn because(mut self, authorization: Authorization) -> Self {
        self.authorizations.push(authorization);
        self
    }

    fn add(phone: Phone) -> Self {
        Self {
            add: vec![phone],
            ..Self::default()
        }
    }
}

/// Has a member without rules carry out a plan, and asks all others.
fn attempt(
    world: &mut World,
    actor: usize,
    plan: Plan,
    rng: &mut TestRng,
) -> Result<(), &'static str> {
    let mut rogue = Rogue::of(&mut world.seats[actor]);
    let packages: Vec<Vec<u8>> = plan
        .add
        .iter()
        .map(|phone| phone.key_package(rng).key_package)
        .collect();
    let indices: Vec<u32> = plan
        .remove
        .iter()
        .map(|address| world.seats[actor].group.member(*address).unwrap().index)
        .collect();
    let extensions = plan.state.map(|change| {
        let mut state = world.seats[actor].group.state().clone();
        change(&mut state);
        context_extensions(&state).unwrap()
    });
    let commit = rogue.commit(rng, |mut builder| {
        for package in &packages {
            builder = builder.add_member(MlsMessage::from_bytes(package)?)?;
        }
        for index in indices {
            builder = builder.remove_member(index)?;
        }
        for authorization in &plan.authorizations {
            builder = builder.custom_proposal(authorization_proposal(authorization).unwrap());
        }
        match extensions {
            Some(extensions) => builder.set_group_context_ext(extensions),
            None => Ok(builder),
        }
    });
    world.verdict(&commit, actor)
}

/// Runs an action for each role and compares with what that role may.
fn for_each_role(
    expected: [Result<(), &'static str>; 3],
    plan: impl Fn(&World, usize, &mut TestRng) -> Plan,
) {
    let rng = &mut TestRng::new();
    let mut world = World::new(Visibility::Invite, rng);
    for (actor, expected) in [OWNER, MODERATOR, MEMBER].into_iter().zip(expected) {
        let plan = plan(&world, actor, rng);
        assert_eq!(
            attempt(&mut world, actor, plan, rng),
            expected,
            "role {actor}"
        );
    }
}

const FORBIDDEN: Result<(), &str> = Err("forbidden");
const REFUSED: Result<(), &str> = Err("commit-refused");
