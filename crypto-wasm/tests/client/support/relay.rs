//! A relay as docs/relay-api.md describes it, in memory. Its fields are open: a hostile relay is one whose data was changed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crypto_wasm::client::devices::DeviceChange;
use crypto_wasm::client::{
    Envelope, MailboxItem, OutboxCall, OutboxEnvelopeBody, PreKeys, Refusal, Registration,
    UserDocument,
};
use crypto_wasm::wire::{
    Address, ConversationId, DeviceCertificate, DeviceList, EnvelopeKind, KemPreKey, MessageId,
    OneTimePreKey, PreKeyBundle, SignedPreKey, UserId, Wire,
};

/// A device's keys and mail.
#[derive(Default)]
pub(crate) struct Device {
    pub(crate) certificate: Vec<u8>,
    pub(crate) signed_prekey: Vec<u8>,
    pub(crate) kem_last_resort: Vec<u8>,
    pub(crate) one_time_prekeys: VecDeque<Vec<u8>>,
    pub(crate) kem_prekeys: VecDeque<Vec<u8>>,
    pub(crate) mailbox: Vec<MailboxItem>,
    /// Bundles handed out.
    pub(crate) claimed: usize,
}

pub(crate) struct User {
    pub(crate) username: String,
    pub(crate) device_list: Vec<u8>,
    pub(crate) devices: BTreeMap<u32, Device>,
}

/// An envelope that a client released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Posted {
    pub(crate) from: Address,
    pub(crate) to: Address,
    pub(crate) conversation: ConversationId,
    pub(crate) message: MessageId,
    pub(crate) kind: &'static str,
    pub(crate) content: Vec<u8>,
}

#[derive(Default)]
pub(crate) struct Relay {
    pub(crate) users: BTreeMap<UserId, User>,
    pub(crate) participants: BTreeMap<ConversationId, BTreeSet<UserId>>,
    delivered: BTreeSet<(Address, MessageId, Address)>,
    /// Every envelope that reached the relay, accepted or not, in order.
    pub(crate) posted: Vec<Posted>,
    /// Every byte string that reached the relay.
    pub(crate) seen: Vec<Vec<u8>>,
    /// The call made next is refused with this code.
    pub(crate) refuse: Option<&'static str>,
}

fn refusal(code: &str) -> Refusal {
    Refusal {
        code: code.to_owned(),
        detail: "no".to_owned(),
        ..Refusal::default()
    }
}

impl Relay {
    pub(crate) fn register(&mut self, body: &Registration) {
        let certificate = DeviceCertificate::from_bytes(&body.certificate).unwrap();
        self.seen.push(body.certificate.clone());
        self.seen.push(body.device_list.clone());
        let user = User {
            username: body.username.clone(),
            device_list: body.device_list.clone(),
            devices: BTreeMap::new(),
        };
        self.users.insert(body.id, user);
        let device = self.add_device(&certificate);
        device.certificate.clone_from(&body.certificate);
        self.put_keys(certificate.address, &body.prekeys);
    }

    pub(crate) fn add_device(&mut self, certificate: &DeviceCertificate) -> &mut Device {
        let Address { user_id, device_id } = certificate.address;
        let user = self.users.get_mut(&user_id).unwrap();
        let device = user.devices.entry(device_id).or_default();
        device.certificate = certificate.to_bytes().unwrap();
        device
    }

    /// `PUT` and `DELETE /api/devices/{deviceId}`.
    pub(crate) fn change_devices(&mut self, user_id: UserId, change: &DeviceChange) {
        let (user, list) = (self.users.get_mut(&user_id).unwrap(), &change.device_list);
        user.device_list.clone_from(list);
        self.seen.push(list.clone());
        let Some([certificate, signed_prekey, kem_last_resort]) = &change.link else {
            user.devices.remove(&change.device_id);
            return;
        };
        let certificate = DeviceCertificate::from_bytes(certificate).unwrap();
        self.add_device(&certificate);
        let keys = PreKeys {
            signed_prekey: Some(signed_prekey.clone()),
            kem_last_resort: Some(kem_last_resort.clone()),
            ..PreKeys::default()
        };
        self.put_keys(certificate.address, &keys);
    }

    pub(crate) fn put_keys(&mut self, address: Address, keys: &PreKeys) {
        let all = [&keys.one_time_prekeys, &keys.kem_prekeys];
        self.seen.extend(all.into_iter().flatten().cloned());
        self.seen.extend(keys.signed_prekey.clone());
        self.seen.extend(keys.kem_last_resort.clone());
        let device = self.device(address);
        if let Some(key) = &keys.signed_prekey {
            device.signed_prekey.clone_from(key);
        }
        if let Some(key) = &keys.kem_last_resort {
            device.kem_last_resort.clone_from(key);
        }
        device
            .one_time_prekeys
            .extend(keys.one_time_prekeys.iter().cloned());
        device.kem_prekeys.extend(keys.kem_prekeys.iter().cloned());
    }

    pub(crate) fn device(&mut self, address: Address) -> &mut Device {
        let user = self.users.get_mut(&address.user_id).unwrap();
        user.devices.get_mut(&address.device_id).unwrap()
    }

    /// `GET /api/users/{id}`.
    pub(crate) fn document(&self, id: UserId) -> Option<UserDocument> {
        let user = self.users.get(&id)?;
        let list = DeviceList::from_bytes(&user.device_list).unwrap();
        let listed = list.devices.iter().map(|device| device.device_id);
        Some(UserDocument {
            id,
            username: user.username.clone(),
            account_key: list.account_key.as_bytes().to_vec(),
            device_list: user.device_list.clone(),
            certificates: listed
                .map(|device| user.devices[&device].certificate.clone())
                .collect(),
        })
    }

    /// `POST /api/prekey-bundles` for one address.
    pub(crate) fn bundle(&mut self, address: Address) -> Option<Vec<u8>> {
        let user = self.users.get_mut(&address.user_id)?;
        let device = user.devices.get_mut(&address.device_id)?;
        if device.signed_prekey.is_empty() {
            return None;
        }
        device.claimed += 1;
        let one_time = device.one_time_prekeys.pop_front();
        let kem = device.kem_prekeys.pop_front();
        let bundle = PreKeyBundle {
            certificate: DeviceCertificate::from_bytes(&device.certificate).unwrap(),
            signed_prekey: SignedPreKey::from_bytes(&device.signed_prekey).unwrap(),
            one_time_prekey: one_time.map(|key| OneTimePreKey::from_bytes(&key).unwrap()),
            kem_prekey: KemPreKey::from_bytes(kem.as_ref().unwrap_or(&device.kem_last_resort))
                .unwrap(),
        };
        Some(bundle.to_bytes().unwrap())
    }

    /// A call of the outbox by a device.
    pub(crate) fn call(
        &mut self,
        caller: Address,
        conversation: ConversationId,
        call: &OutboxCall,
    ) -> Result<(), Refusal> {
        if let OutboxCall::Message { id, envelopes, .. } = call {
            self.note(caller, conversation, *id, envelopes);
        }
        if let Some(code) = self.refuse.take() {
            return Err(refusal(code));
        }
        if let OutboxCall::CreateConversation { participants } = call {
            let everybody: BTreeSet<_> = participants.iter().copied().collect();
            self.participants.insert(conversation, everybody);
            return Ok(());
        }
        let participants = self
            .participants
            .get_mut(&conversation)
            .filter(|all| all.contains(&caller.user_id))
            .ok_or_else(|| refusal("not-found"))?;
        match call {
            OutboxCall::AddParticipants { users } => participants.extend(users),
            OutboxCall::RemoveParticipant { user } => {
                participants.remove(user);
            }
            OutboxCall::Message {
                id,
                recipients,
                partial,
                envelopes,
            } => return self.post(caller, conversation, *id, (recipients, *partial), envelopes),
            OutboxCall::CreateConversation { .. } => {}
        }
        Ok(())
    }

    fn note(
        &mut self,
        from: Address,
        conversation: ConversationId,
        message: MessageId,
        envelopes: &[OutboxEnvelopeBody],
    ) {
        for envelope in envelopes {
            self.seen.push(envelope.content.clone());
            self.posted.push(Posted {
                from,
                to: envelope.address,
                conversation,
                message,
                kind: envelope.kind,
                content: envelope.content.clone(),
            });
        }
    }

    fn post(
        &mut self,
        sender: Address,
        conversation: ConversationId,
        id: MessageId,
        (recipients, partial): (&[UserId], bool),
        envelopes: &[OutboxEnvelopeBody],
    ) -> Result<(), Refusal> {
        let participants = &self.participants[&conversation];
        if !recipients.iter().all(|user| participants.contains(user)) {
            return Err(refusal("not-participant"));
        }
        let devices: BTreeSet<Address> = recipients
            .iter()
            .flat_map(|user| {
                let list = DeviceList::from_bytes(&self.users[user].device_list).unwrap();
                let address = |device_id| Address {
                    user_id: *user,
                    device_id,
                };
                list.devices
                    .into_iter()
                    .map(move |device| address(device.device_id))
            })
            .filter(|address| *address != sender)
            .collect();
        let given: BTreeSet<Address> = envelopes.iter().map(|envelope| envelope.address).collect();
        assert_eq!(given.len(), envelopes.len(), "two envelopes for one device");
        let delivered = |address: &&Address| self.delivered.contains(&(sender, id, **address));
        let missing: Vec<_> = devices
            .difference(&given)
            .filter(|address| !partial && !delivered(address))
            .copied()
            .collect();
        let stale: Vec<_> = given.difference(&devices).copied().collect();
        if !missing.is_empty() || !stale.is_empty() {
            return Err(Refusal {
                missing,
                stale,
                ..refusal("device-mismatch")
            });
        }
        for envelope in envelopes {
            if self.delivered.insert((sender, id, envelope.address)) {
                let envelope_body = Envelope {
                    message_id: id,
                    conversation_id: conversation,
                    sender,
                    kind: EnvelopeKind::from_name(envelope.kind).unwrap(),
                    content: envelope.content.clone(),
                };
                self.deliver(envelope.address, envelope_body);
            }
        }
        Ok(())
    }

    /// Puts an envelope at the end of a mailbox.
    pub(crate) fn deliver(&mut self, to: Address, envelope: Envelope) {
        let mailbox = &mut self.device(to).mailbox;
        let seq = mailbox.last().map_or(0, |item| item.seq) + 1;
        mailbox.push(MailboxItem {
            seq,
            envelope: Some(envelope),
        });
    }

    /// Envelopes of one message.
    pub(crate) fn envelopes_of(&self, message: MessageId) -> Vec<Posted> {
        let mut all = self.posted.clone();
        all.retain(|posted| posted.message == message);
        all
    }
}
