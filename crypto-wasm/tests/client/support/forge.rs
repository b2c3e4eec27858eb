//! Keys that a test holds itself: replaced accounts, further devices, revocations.

use crypto_wasm::ProtocolError;
use crypto_wasm::client::{Envelope, PreKeys, UserDocument};
use crypto_wasm::identity::{
    Account, Device, Expectations, PreKeyRequest, VerifiedBundle, VerifiedDeviceList,
};
use crypto_wasm::session::{Session, SessionRecord};
use crypto_wasm::store::{Collection, Store as _, WriteSet};
use crypto_wasm::wire::content::Text;
use crypto_wasm::wire::{
    Address, Body, Content, ConversationId, DeviceCertificate, DeviceList, EnvelopeKind, KemPreKey,
    ListedDevice, MessageId, PreKeyBundle, UserId, Wire,
};

use super::{NOW, Person, Posted, TestRng, block_on};

/// A user document of a list and certificates.
pub(crate) fn document(
    username: &str,
    list: &VerifiedDeviceList,
    certificates: &[&DeviceCertificate],
) -> UserDocument {
    UserDocument {
        id: list.list().user_id,
        username: username.to_owned(),
        account_key: list.list().account_key.as_bytes().to_vec(),
        device_list: list.list().to_bytes().unwrap(),
        certificates: certificates
            .iter()
            .map(|certificate| certificate.to_bytes().unwrap())
            .collect(),
    }
}

/// A person's certificate, as the relay has it.
pub(crate) fn certificate_of(person: &Person) -> DeviceCertificate {
    let mut relay = person.world.relay.borrow_mut();
    DeviceCertificate::from_bytes(&relay.device(person.address()).certificate).unwrap()
}

/// A person's account, out of their unsealed store.
pub(crate) fn account_of(person: &Person) -> Account {
    let stored = person.store.dump().records;
    let record = &stored[&("meta", b"account".to_vec())];
    let key = certificate_of(person).account_key;
    record
        .windows(32)
        .map(|window| Account::from_seed(window.try_into().unwrap()))
        .find(|account| account.public_key() == key)
        .unwrap()
}

/// Keys of a device that no client runs.
pub(crate) struct Extra {
    pub(crate) device: Device,
    pub(crate) sessions: SessionRecord,
    pub(crate) keys: PreKeys,
}

impl Extra {
    pub(crate) fn new(account: &Account, address: Address) -> Self {
        let mut rng = TestRng::new();
        let mut device = Device::create(account, address, NOW, &mut rng).unwrap();
        let request = PreKeyRequest {
            one_time: 3,
            kem: 3,
            rotate: true,
            created_at_ms: NOW,
        };
        let made = device.generate_prekeys(&request, &mut rng).unwrap();
        let keys = PreKeys {
            signed_prekey: made.signed_prekey.map(|key| key.to_bytes().unwrap()),
            kem_last_resort: made.kem_last_resort.map(|key| key.to_bytes().unwrap()),
            one_time_prekeys: made
                .one_time_prekeys
                .iter()
                .map(|key| key.to_bytes().unwrap())
                .collect(),
            kem_prekeys: made
                .kem_prekeys
                .iter()
                .map(|key| key.to_bytes().unwrap())
                .collect(),
        };
        Self {
            device,
            sessions: SessionRecord::new(),
            keys,
        }
    }

    /// A second device of a person, unknown to the relay still.
    pub(crate) fn beside(person: &Person, device_id: u32) -> Self {
        let address = Address {
            user_id: person.id(),
            device_id,
        };
        Self::new(&account_of(person), address)
    }

    pub(crate) fn listed(&self) -> ListedDevice {
        ListedDevice {
            device_id: self.device.address().device_id,
            identity_key: self.device.certificate().identity_key(),
        }
    }

    /// The device at the relay, with keys and mailbox but on no list.
    pub(crate) fn settle_at(&self, person: &Person) {
        let mut relay = person.world.relay.borrow_mut();
        relay.add_device(self.device.certificate().certificate());
        relay.put_keys(self.device.address(), &self.keys);
    }

    /// Makes the relay show the person's next list: these devices.
    pub(crate) fn publish(person: &Person, devices: Vec<ListedDevice>) -> VerifiedDeviceList {
        let next = next_list(person, devices);
        let mut relay = person.world.relay.borrow_mut();
        let user = relay.users.get_mut(&person.id()).unwrap();
        user.device_list = next.list().to_bytes().unwrap();
        next
    }

    /// What a bundle of this device is.
    pub(crate) fn bundle(&self) -> PreKeyBundle {
        PreKeyBundle {
            certificate: self.device.certificate().certificate().clone(),
            signed_prekey: self.device.signed_prekey().unwrap().unwrap(),
            one_time_prekey: None,
            kem_prekey: KemPreKey::from_bytes(&self.keys.kem_prekeys[0]).unwrap(),
        }
    }

    /// A content of this device for a person, as the relay would deliver it.
    pub(crate) fn compose(&mut self, to: &Person, content: &Content) -> Envelope {
        let ids = (content.conversation_id, content.message_id);
        self.compose_bytes(to, ids, &content.to_padded().unwrap())
    }

    /// Any plaintext of this device for a person.
    pub(crate) fn compose_bytes(
        &mut self,
        to: &Person,
        (conversation_id, message_id): (ConversationId, MessageId),
        plaintext: &[u8],
    ) -> Envelope {
        let mut rng = TestRng::new();
        if self.sessions.is_empty() {
            let bundle = to.world.relay.borrow_mut().bundle(to.address()).unwrap();
            let verified = VerifiedBundle::verify(
                PreKeyBundle::from_bytes(&bundle).unwrap(),
                &Expectations::default(),
                self.device.address(),
            )
            .unwrap();
            let session = Session::establish(&self.device, &verified, &mut rng).unwrap();
            self.sessions.insert(session);
        }
        let sealed = self.sessions.encrypt(plaintext, &mut rng).unwrap().unwrap();
        Envelope {
            message_id,
            conversation_id,
            sender: self.device.address(),
            kind: sealed.kind,
            content: sealed.bytes,
        }
    }

    /// What an envelope for this device says.
    pub(crate) fn open(&mut self, posted: &Posted) -> Result<Content, ProtocolError> {
        assert_eq!(posted.to, self.device.address());
        let kind = EnvelopeKind::from_name(posted.kind)?;
        let plaintext = self.sessions.decrypt(
            &mut self.device,
            kind,
            &posted.content,
            &Expectations::default(),
            &mut TestRng::new(),
        )?;
        Content::from_padded(&plaintext, posted.conversation, posted.message)
    }
}

/// A text.
pub(crate) fn text(conversation_id: ConversationId, number: u8, text: &str) -> Content {
    Content {
        conversation_id,
        message_id: MessageId::from_bytes([number; 16]),
        sent_at_ms: NOW,
        body: Body::Text(Text {
            text: text.to_owned(),
            reply_to: None,
        }),
    }
}

/// The signed successor of the list that the relay shows of a person.
fn next_list(person: &Person, devices: Vec<ListedDevice>) -> VerifiedDeviceList {
    let shown = person.world.relay.borrow().users[&person.id()]
        .device_list
        .clone();
    let list = DeviceList::from_bytes(&shown).unwrap();
    let previous = VerifiedDeviceList::verify(list, person.id(), None).unwrap();
    account_of(person)
        .next_device_list(&previous, devices, NOW)
        .unwrap()
}

/// An account that the relay made up for somebody's user id.
pub(crate) struct Forged {
    pub(crate) account: Account,
    pub(crate) extra: Extra,
    pub(crate) list: VerifiedDeviceList,
}

impl Forged {
    pub(crate) fn of(user: UserId, device_id: u32) -> Self {
        let account = Account::generate(&mut TestRng::new());
        let address = Address {
            user_id: user,
            device_id,
        };
        let extra = Extra::new(&account, address);
        let list = account
            .first_device_list(user, vec![extra.listed()], NOW)
            .unwrap();
        Self {
            account,
            extra,
            list,
        }
    }

    pub(crate) fn document(&self, username: &str) -> UserDocument {
        let certificate = self.extra.device.certificate().certificate();
        document(username, &self.list, &[certificate])
    }

    /// The relay shows this account in place of the person's.
    pub(crate) fn take_over(&self, person: &Person) {
        let mut relay = person.world.relay.borrow_mut();
        let user = relay.users.get_mut(&person.id()).unwrap();
        user.device_list = self.list.list().to_bytes().unwrap();
        user.devices.clear();
        relay.add_device(self.extra.device.certificate().certificate());
        relay.put_keys(self.extra.device.address(), &self.extra.keys);
    }
}

/// Delivers a content of a person's device that no client of ours would send, over the session that it has.
pub(crate) fn send_as(from: &Person, to: &Person, content: &Content) {
    let peer = to.address();
    let device = peer.device_id.to_be_bytes();
    let key = [peer.user_id.as_bytes().as_slice(), &device].concat();
    let stored = from.store.dump().records[&("sessions", key.clone())].clone();
    let mut sessions = SessionRecord::import(&stored).unwrap();
    let padded = content.to_padded().unwrap();
    let sealed = sessions
        .encrypt(&padded, &mut TestRng::new())
        .unwrap()
        .unwrap();
    let mut writes = WriteSet::new();
    writes.put(
        Collection::Sessions,
        key,
        sessions.export().unwrap().as_slice(),
    );
    block_on(async {
        let revision = from.store.read(&[]).await.unwrap().revision();
        from.store.commit(revision, writes).await.unwrap();
    });
    let envelope = Envelope {
        message_id: content.message_id,
        conversation_id: content.conversation_id,
        sender: from.address(),
        kind: sealed.kind,
        content: sealed.bytes,
    };
    to.world.relay.borrow_mut().deliver(peer, envelope);
    to.fetch();
}
