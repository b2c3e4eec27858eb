use crypto_wasm::crypto::sign::Ed25519PrivateKey;
use crypto_wasm::forum::group::{
    Change, Expected, InvitationRequest, Invitee, KeyPackageRequest, NewCommit, NewKeyPackage,
    NewTopic, PolicyDraft, generate_key_packages, spend_link,
};
use crypto_wasm::forum::wire::{
    Account as TopicAccount, History, Invitation, InvitationUse, Inviters, Policy, Role, RoleEntry,
    Visibility,
};
use crypto_wasm::forum::{TopicError, TopicGroup};
use crypto_wasm::identity::{Account, Device};
use crypto_wasm::wire::{Address, DeviceCertificate, DeviceList, ListedDevice, TopicId, UserId};
use rand_core::Rng as _;

use super::{NOW, NOW_S, Relay, TestRng};

/// A user, with the account key.
pub(crate) struct Person {
    user_id: UserId,
    account: Account,
}

/// A device whose identity key the tests know.
pub(crate) struct Phone {
    pub(crate) device: Device,
    seed: [u8; 32],
}

impl Person {
    pub(crate) fn new(rng: &mut TestRng) -> Self {
        let mut id = [0; 16];
        rng.fill_bytes(&mut id);
        Self {
            user_id: UserId::from_bytes(id),
            account: Account::generate(rng),
        }
    }

    pub(crate) fn phone(&self, device_id: u32, rng: &mut TestRng) -> Phone {
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        let identity = Ed25519PrivateKey::from_seed(&seed);
        let address = Address {
            user_id: self.user_id,
            device_id,
        };
        let certificate = self
            .account
            .certify(address, identity.public_key(), NOW)
            .unwrap();
        Phone {
            device: Device::from_identity(certificate, identity).unwrap(),
            seed,
        }
    }

    /// A certificate of the same device and key, made at the time that this one names.
    pub(crate) fn recertify(&self, certificate: &DeviceCertificate) -> DeviceCertificate {
        let key = certificate.identity_key;
        self.account
            .certify(certificate.address, key, certificate.created_at_ms)
            .unwrap()
    }

    /// A device list of these devices, made at this time.
    pub(crate) fn list(&self, phones: &[&Phone], created_at_ms: u64) -> DeviceList {
        let listed = |phone: &&Phone| ListedDevice {
            device_id: phone.address().device_id,
            identity_key: phone.certificate().identity_key,
        };
        let devices = phones.iter().map(listed).collect();
        let list = self
            .account
            .first_device_list(self.user_id, devices, created_at_ms)
            .unwrap();
        list.list().clone()
    }
}

/// The only device of a new person.
pub(crate) fn stranger(rng: &mut TestRng) -> Phone {
    Person::new(rng).phone(1, rng)
}

impl Phone {
    /// The same device again.
    pub(crate) fn again(&self) -> Self {
        let certificate = self.certificate().clone();
        Self {
            device: Device::from_identity(certificate, self.identity()).unwrap(),
            seed: self.seed,
        }
    }

    pub(crate) fn certificate(&self) -> &DeviceCertificate {
        self.device.certificate().certificate()
    }

    pub(crate) fn address(&self) -> Address {
        self.device.address()
    }

    pub(crate) fn account(&self) -> TopicAccount {
        TopicAccount::of(self.certificate())
    }

    pub(crate) fn identity(&self) -> Ed25519PrivateKey {
        Ed25519PrivateKey::from_seed(&self.seed)
    }

    pub(crate) fn key_package(&self, rng: &mut TestRng) -> NewKeyPackage {
        let request = KeyPackageRequest {
            one_time: 1,
            last_resort: false,
            now_s: NOW_S,
        };
        let made = generate_key_packages(&self.device, &request, rng).unwrap();
        made.into_iter().next().unwrap()
    }
}

/// A device in a topic's group.
pub(crate) struct Seat {
    pub(crate) phone: Phone,
    pub(crate) group: TopicGroup,
}

pub(crate) fn draft(visibility: Visibility) -> PolicyDraft {
    PolicyDraft {
        visibility,
        history: History::Everything,
        history_days: 0,
        inviters: Inviters::Moderators,
        roles: Vec::new(),
    }
}

pub(crate) fn new_topic(visibility: Visibility) -> NewTopic {
    NewTopic {
        topic_id: TopicId::from_bytes([7; 16]),
        policy: draft(visibility),
        now_ms: NOW,
    }
}

impl Seat {
    pub(crate) fn found(visibility: Visibility, rng: &mut TestRng) -> Self {
        Self::found_on(stranger(rng), visibility, rng)
    }

    pub(crate) fn found_on(phone: Phone, visibility: Visibility, rng: &mut TestRng) -> Self {
        let group = TopicGroup::create(&phone.device, &new_topic(visibility), rng).unwrap();
        Self { phone, group }
    }

    pub(crate) fn address(&self) -> Address {
        self.phone.address()
    }

    pub(crate) fn account(&self) -> TopicAccount {
        self.phone.account()
    }

    /// Makes a commit and has the relay take it.
    pub(crate) fn commit(
        &mut self,
        relay: &mut Relay,
        change: &Change,
        rng: &mut TestRng,
    ) -> Result<NewCommit, TopicError> {
        let commit = self.group.commit(change, NOW_S, rng)?;
        relay.take(&commit)?;
        self.group.apply_pending()?;
        Ok(commit)
    }

    /// The next policy with these roles as well.
    pub(crate) fn policy_with(&self, roles: &[(TopicAccount, Role)]) -> Policy {
        let mut draft = PolicyDraft::of(&self.group.state().policy);
        for (account, role) in roles {
            draft.roles.retain(|entry| entry.account != *account);
            draft.roles.push(RoleEntry {
                account: *account,
                role: *role,
            });
        }
        self.group.next_policy(&draft).unwrap()
    }

    /// Gives roles, as an owner.
    pub(crate) fn set_roles(
        &mut self,
        relay: &mut Relay,
        roles: &[(TopicAccount, Role)],
        rng: &mut TestRng,
    ) {
        let change = Change {
            policy: Some(self.policy_with(roles)),
            ..Change::default()
        };
        self.commit(relay, &change, rng).unwrap();
    }

    pub(crate) fn remove(
        &mut self,
        relay: &mut Relay,
        address: Address,
        rng: &mut TestRng,
    ) -> NewCommit {
        let change = Change {
            remove: vec![address],
            ..Change::default()
        };
        self.commit(relay, &change, rng).unwrap()
    }

    pub(crate) fn invite(&self, to: Invitee, uses: u32) -> Result<Invitation, TopicError> {
        self.group.invite(&InvitationRequest {
            invitation_id: [9; 16],
            to,
            uses,
        })
    }

    /// A link, spent for a device.
    pub(crate) fn link_for(&self, joiner: &Phone, uses: u32, rng: &mut TestRng) -> InvitationUse {
        let link = Ed25519PrivateKey::generate(rng);
        let invitation = self.invite(Invitee::Link(link.public_key()), uses).unwrap();
        spend_link(invitation, &link, joiner.certificate()).unwrap()
    }

    /// Comes in by an external commit that the relay takes.
    pub(crate) fn join(
        relay: &mut Relay,
        phone: Phone,
        invitation: Option<InvitationUse>,
        rng: &mut TestRng,
    ) -> Result<Self, TopicError> {
        let (group, commit) = TopicGroup::join_external(
            &phone.device,
            &relay.join_info(),
            invitation,
            &Expected::default(),
            rng,
        )?;
        relay.take(&commit)?;
        Ok(Self { phone, group })
    }

    /// Comes back in the place of its own leaf, after it lost its state.
    pub(crate) fn come_back(&mut self, relay: &mut Relay, rng: &mut TestRng) {
        let expected = Expected::default();
        let info = relay.join_info();
        let (group, commit) =
            TopicGroup::join_external(&self.phone.device, &info, None, &expected, rng).unwrap();
        relay.take(&commit).unwrap();
        self.group = group;
    }

    /// Applies what the relay has.
    pub(crate) fn catch_up(&mut self, relay: &Relay) {
        for commit in relay.since(self.group.epoch()) {
            if self.group.process(commit).unwrap().self_removed {
                break;
            }
        }
    }

    /// Adds somebody's device with a KeyPackage.
    pub(crate) fn add(
        &mut self,
        relay: &mut Relay,
        phone: Phone,
        rng: &mut TestRng,
    ) -> Result<Self, TopicError> {
        let package = phone.key_package(rng);
        let change = Change {
            add: vec![package.key_package],
            ..Change::default()
        };
        let commit = self.commit(relay, &change, rng)?;
        let info = relay.welcome_info(commit.welcome.unwrap());
        let expected = Expected::default();
        let group =
            TopicGroup::join_welcome(&phone.device, &info, &package.stored, &expected, rng)?;
        Ok(Self { phone, group })
    }
}
