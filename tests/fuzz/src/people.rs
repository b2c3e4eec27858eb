//! People with devices: always the same ones.

use crypto_wasm::identity::{
    Account, Device, Expectations, NewPreKeys, PreKeyRequest, VerifiedBundle,
};
use crypto_wasm::session::Session;
use crypto_wasm::wire::{Address, PreKeyBundle, UserId};

use crate::rng::Rng;

/// A time, in Unix milliseconds.
pub(crate) const NOW: u64 = 1_760_000_000_000;

/// A user with one device.
pub(crate) struct Person {
    pub(crate) account: Account,
    pub(crate) device: Device,
    pub(crate) prekeys: NewPreKeys,
}

impl Person {
    pub(crate) fn new(number: u8) -> Self {
        Self::with_user_id(number, UserId::from_bytes([number; 16]))
    }

    /// A person whose id the relay takes: a UUIDv7.
    pub(crate) fn with_uuid(number: u8) -> Self {
        let mut id = [number; 16];
        id[6] = 0x70;
        id[8] = 0x80;
        Self::with_user_id(number, UserId::from_bytes(id))
    }

    fn with_user_id(number: u8, user_id: UserId) -> Self {
        let rng = &mut Rng::new(number.into());
        let account = Account::generate(rng);
        let address = Address {
            user_id,
            device_id: number.into(),
        };
        let mut device = Device::create(&account, address, NOW, rng).expect("a device");
        let request = PreKeyRequest {
            one_time: 2,
            kem: 2,
            rotate: true,
            created_at_ms: NOW,
        };
        let prekeys = device.generate_prekeys(&request, rng).expect("prekeys");
        Self {
            account,
            device,
            prekeys,
        }
    }

    pub(crate) fn expected(&self) -> Expectations {
        Expectations::exactly(self.account.public_key(), self.device.address())
    }

    /// A bundle of the one-time prekeys with this index.
    pub(crate) fn bundle(&self, index: usize) -> PreKeyBundle {
        PreKeyBundle {
            certificate: self.device.certificate().certificate().clone(),
            signed_prekey: self.prekeys.signed_prekey.clone().expect("rotated"),
            one_time_prekey: Some(self.prekeys.one_time_prekeys[index]),
            kem_prekey: self.prekeys.kem_prekeys[index].clone(),
        }
    }

    /// A bundle of what may be used again and again.
    pub(crate) fn reusable_bundle(&self) -> PreKeyBundle {
        PreKeyBundle {
            one_time_prekey: None,
            kem_prekey: self.prekeys.kem_last_resort.clone().expect("rotated"),
            ..self.bundle(0)
        }
    }

    pub(crate) fn initiate(
        &self,
        bundle: PreKeyBundle,
        plaintext: &[u8],
        rng: &mut Rng,
    ) -> (Session, Vec<u8>) {
        let bundle =
            VerifiedBundle::verify(bundle, &Expectations::default(), self.device.address())
                .expect("verified");
        Session::initiate(&self.device, &bundle, plaintext, rng).expect("a session")
    }
}
