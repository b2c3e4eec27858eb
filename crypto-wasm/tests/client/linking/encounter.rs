//! Two devices at a rendezvous, as the package drives them, and somebody between.

use crypto_wasm::client::ClientError;
use crypto_wasm::client::devices::DeviceChange;
use crypto_wasm::identity::{Device, PreKeyRequest};
use crypto_wasm::linking::{
    Channel, Gathered, LinkingCode, LinkingError, LinkingMessage, NewDevice, NewSide, OldSide,
    Parts,
};

use crate::support::{Person, TestRng, TestStore};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Old,
    New,
}

/// A message as it is carried: what comes out on the other side.
pub(crate) type Meddle<'a> = dyn FnMut(Side, usize, Vec<u8>) -> Vec<u8> + 'a;

/// What is chosen.
pub(crate) struct Encounter<'a> {
    pub(crate) name: &'a str,
    pub(crate) full: bool,
    pub(crate) since: u64,
    /// Whether people look at what they compare.
    pub(crate) careful: bool,
    pub(crate) meddle: &'a mut Meddle<'a>,
    /// What the old device's person enters; the code that is shown if nobody exchanges it.
    pub(crate) code: Option<String>,
}

struct Carrier<'a> {
    meddle: &'a mut Meddle<'a>,
    old: usize,
    new: usize,
}

impl Carrier<'_> {
    fn carry(&mut self, from: Side, bytes: Vec<u8>) -> Vec<u8> {
        let count = match from {
            Side::Old => &mut self.old,
            Side::New => &mut self.new,
        };
        *count += 1;
        (self.meddle)(from, *count - 1, bytes)
    }
}

/// Tells the relay of the change that waits.
pub(crate) fn publish(old: &Person, change: &DeviceChange) {
    old.world
        .relay
        .borrow_mut()
        .change_devices(old.id(), change);
    let now = old.now();
    old.act(async || old.client.device_change_accepted(now).await)
        .unwrap();
}

pub(crate) fn revoke(old: &Person, device_id: u32) -> Result<(), ClientError> {
    let now = old.now();
    let change = old.act(async || old.client.revoke_device(device_id, now).await)?;
    publish(old, &change);
    Ok(())
}

/// Links a device with everything.
pub(crate) fn link(old: &Person, name: &str, full: bool) -> Person {
    let mut meddle = |_, _, bytes| bytes;
    let encounter = Encounter {
        name,
        full,
        since: 0,
        careful: true,
        meddle: &mut meddle,
        code: None,
    };
    let new = old.world.stranger(name, TestStore::plain());
    encounter.run(old, &new).unwrap();
    new
}

impl Encounter<'_> {
    /// The whole encounter. Where it fails after the relay has taken the list, the old device takes the new one off again.
    pub(crate) fn run(self, old: &Person, new: &Person) -> Result<(), ClientError> {
        let mut linked = None;
        let done = self.attempt(old, new, &mut linked);
        if let (Err(_), Some(device_id)) = (&done, linked) {
            revoke(old, device_id).unwrap();
        }
        done
    }

    fn attempt(
        self,
        old: &Person,
        new: &Person,
        linked: &mut Option<u32>,
    ) -> Result<(), ClientError> {
        let (mut old_rng, mut new_rng) = (TestRng::new(), TestRng::new());
        let now = old.now();
        let mut carrier = Carrier {
            meddle: self.meddle,
            old: 0,
            new: 0,
        };
        let mut new_side = NewSide::begin(&mut new_rng);
        let shown = new_side.code().to_text()?;
        let code = LinkingCode::from_text(self.code.as_ref().unwrap_or(&shown))?;

        let (old_side, accept) = OldSide::begin(code, old.address(), &mut old_rng)?;
        let key = new_side.accept(&carrier.carry(Side::Old, accept))?;
        let device_id = new_side.device_id();
        let key = carrier.carry(Side::New, key);
        let (old_compares, reveal) = old_side.key(&key, &mut old_rng)?;
        let new_compares = new_side.reveal(&carrier.carry(Side::Old, reveal))?;
        if self.careful && old_compares.string() != new_compares.string() {
            return Err(LinkingError::Refused.into());
        }
        let named = new_compares.old();
        let mut old_channel: Channel = old_compares.confirm();
        let mut new_channel: Channel = new_compares.confirm();

        let mut device = Device::uncertified(device_id, now, &mut new_rng)?;
        device.generate_prekeys(
            &PreKeyRequest {
                one_time: 0,
                kem: 0,
                rotate: true,
                created_at_ms: now,
            },
            &mut new_rng,
        )?;
        let offer = LinkingMessage::Device(NewDevice::of(&device, self.name)?);
        let offer = carrier.carry(Side::New, new_channel.seal(&offer)?);
        let LinkingMessage::Device(offer) = old_channel.open(&offer)? else {
            return Err(LinkingError::Tampered.into());
        };
        let full = self.full;
        let change = old.act(async || old.client.begin_link(device_id, &offer, full, now).await)?;
        publish(old, &change);
        *linked = Some(device_id);
        old.fetch();
        let since = self.since;
        let handover = old.attempt(async || old.client.handover(device_id, since).await)?;
        let mut gathered = Gathered::default();
        for part in Parts::of(handover) {
            let part = carrier.carry(Side::Old, old_channel.seal(&part)?);
            let LinkingMessage::Part { left, bytes } = new_channel.open(&part)? else {
                return Err(LinkingError::Tampered.into());
            };
            gathered.add(left, &bytes)?;
        }
        let bytes = gathered.bytes();
        let me = new.act(async || new.client.adopt(&device, named, bytes, now).await)?;
        new.is_now(&me);
        let done = carrier.carry(Side::New, new_channel.seal(&LinkingMessage::Done)?);
        match old_channel.open(&done)? {
            LinkingMessage::Done => Ok(()),
            _ => Err(LinkingError::Tampered.into()),
        }
    }
}
