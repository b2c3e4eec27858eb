//! People with devices, for the tests that are not vectors.

use crypto_wasm::ProtocolError;
use crypto_wasm::crypto::dh::X25519PublicKey;
use crypto_wasm::crypto::label;
use crypto_wasm::crypto::sign::{Ed25519PrivateKey, Signature};
use crypto_wasm::identity::{
    Account, Device, Expectations, NewPreKeys, PreKeyRequest, VerifiedBundle,
};
use crypto_wasm::session::Session;
use crypto_wasm::wire::codec::Signed as _;
use crypto_wasm::wire::{Address, PreKeyBundle, UserId};
use rand_core::Rng as _;

/// A time, in Unix milliseconds.
pub(crate) const NOW: u64 = 1_760_000_000_000;

pub(crate) type SystemRng = rand_core::UnwrapErr<getrandom::SysRng>;

pub(crate) fn rng() -> SystemRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}

/// A user with one device, and everything that they know.
pub(crate) struct Person {
    pub(crate) account: Account,
    pub(crate) identity: Ed25519PrivateKey,
    pub(crate) device: Device,
    pub(crate) prekeys: NewPreKeys,
}

impl Person {
    pub(crate) fn new(byte: u8) -> Self {
        Self::with_address(Address {
            user_id: UserId::from_bytes([byte; 16]),
            device_id: u32::from(byte),
        })
    }

    pub(crate) fn with_address(address: Address) -> Self {
        let account = Account::generate(&mut rng());
        let mut seed = [0; 32];
        rng().fill_bytes(&mut seed);
        let identity = Ed25519PrivateKey::from_seed(&seed);
        let certificate = account
            .certify(address, identity.public_key(), NOW)
            .expect("a certificate");
        let mut device = Device::from_identity(certificate, Ed25519PrivateKey::from_seed(&seed))
            .expect("a device");
        let request = PreKeyRequest {
            one_time: 3,
            kem: 3,
            rotate: true,
            created_at_ms: NOW,
        };
        let prekeys = device
            .generate_prekeys(&request, &mut rng())
            .expect("prekeys");
        Self {
            account,
            identity,
            device,
            prekeys,
        }
    }

    pub(crate) fn expected(&self) -> Expectations {
        Expectations::exactly(self.account.public_key(), self.device.address())
    }

    /// A bundle with one-time prekeys.
    pub(crate) fn bundle(&self) -> PreKeyBundle {
        PreKeyBundle {
            certificate: self.device.certificate().certificate().clone(),
            signed_prekey: self.prekeys.signed_prekey.clone().expect("rotated"),
            one_time_prekey: self.prekeys.one_time_prekeys.first().copied(),
            kem_prekey: self
                .prekeys
                .kem_prekeys
                .first()
                .cloned()
                .expect("asked for"),
        }
    }

    /// A bundle of what may be used again and again.
    pub(crate) fn reusable_bundle(&self) -> PreKeyBundle {
        PreKeyBundle {
            one_time_prekey: None,
            kem_prekey: self.prekeys.kem_last_resort.clone().expect("rotated"),
            ..self.bundle()
        }
    }

    /// The bundle with another signed prekey, signed by this person's identity key all the same.
    pub(crate) fn bundle_with_signed_prekey(&self, public_key: X25519PublicKey) -> PreKeyBundle {
        let mut bundle = self.bundle();
        bundle.signed_prekey.public_key = public_key;
        let signed = bundle.signed_prekey.signed_bytes().expect("encoded");
        bundle.signed_prekey.signature = self.identity.sign(label::SIGNED_PREKEY, &signed);
        bundle
    }

    pub(crate) fn verify(
        &self,
        bundle: PreKeyBundle,
        expected: &Expectations,
    ) -> Result<VerifiedBundle, ProtocolError> {
        VerifiedBundle::verify(bundle, expected, self.device.address())
    }

    /// Begins a session with whoever's bundle it is.
    pub(crate) fn initiate(
        &self,
        bundle: PreKeyBundle,
        plaintext: &[u8],
    ) -> Result<(Session, Vec<u8>), ProtocolError> {
        let bundle = self.verify(bundle, &Expectations::default())?;
        Session::initiate(&self.device, &bundle, plaintext, &mut rng())
    }

    pub(crate) fn accept(
        &mut self,
        message: &[u8],
        from: &Expectations,
    ) -> Result<(Session, Vec<u8>), ProtocolError> {
        Session::accept(&mut self.device, message, from, &mut rng())
    }

    pub(crate) fn state(&self) -> Vec<u8> {
        self.device.export().expect("exported").to_vec()
    }
}

/// A session between two people, both ends: the first has begun it, and the second has received "first".
pub(crate) fn converse(initiator: &Person, responder: &mut Person) -> (Session, Session) {
    let (ours, message) = initiator
        .initiate(responder.bundle(), b"first")
        .expect("a session");
    let (theirs, plaintext) = responder
        .accept(&message, &initiator.expected())
        .expect("accepted");
    assert_eq!(plaintext, b"first");
    (ours, theirs)
}

/// The error of a result whose value cannot be printed.
pub(crate) fn refusal<T>(result: Result<T, ProtocolError>) -> Option<ProtocolError> {
    result.err()
}

/// No signature at all.
pub(crate) const NO_SIGNATURE: Signature = Signature::from_bytes([0; 64]);
