//! What is measured.
#![expect(clippy::expect_used, reason = "a benchmark that cannot run stops")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group};
use crypto_wasm::crypto::dh::X25519KeyPair;
use crypto_wasm::crypto::kem::KemPrivateSeed;
use crypto_wasm::identity::{
    Account, Device, Expectations, NewPreKeys, PreKeyRequest, VerifiedBundle, safety_number,
};
use crypto_wasm::session::Session;
use crypto_wasm::wire::{Address, PreKeyBundle, UserId, Wire as _};
use getrandom::SysRng;
use rand_core::UnwrapErr;

/// A message of 1 KiB.
const TEXT: [u8; 1024] = [b'a'; 1024];
const CREATED_AT_MS: u64 = 1_760_000_000_000;

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// A user with one device.
struct Person {
    account: Account,
    device: Device,
}

impl Person {
    fn new(byte: u8) -> Self {
        let account = Account::generate(&mut rng());
        let address = Address {
            user_id: UserId::from_bytes([byte; 16]),
            device_id: 1,
        };
        let device =
            Device::create(&account, address, CREATED_AT_MS, &mut rng()).expect("a device");
        Self { account, device }
    }

    fn expected(&self) -> Expectations {
        Expectations::exactly(self.account.public_key(), self.device.address())
    }

    /// A bundle that was never used.
    fn bundle(&mut self) -> PreKeyBundle {
        let request = PreKeyRequest {
            one_time: 1,
            kem: 1,
            rotate: true,
            created_at_ms: CREATED_AT_MS,
        };
        let NewPreKeys {
            signed_prekey,
            one_time_prekeys,
            kem_prekeys,
            ..
        } = self
            .device
            .generate_prekeys(&request, &mut rng())
            .expect("prekeys");
        PreKeyBundle {
            certificate: self.device.certificate().certificate().clone(),
            signed_prekey: signed_prekey.expect("a signed prekey"),
            one_time_prekey: one_time_prekeys.into_iter().next(),
            kem_prekey: kem_prekeys.into_iter().next().expect("a KEM prekey"),
        }
    }
}

/// Both sides, and an encoded bundle of the second.
struct Setup {
    alice: Person,
    bob: Person,
    bundle: Vec<u8>,
}

impl Setup {
    fn new() -> Self {
        let (alice, mut bob) = (Person::new(1), Person::new(2));
        let bundle = bob.bundle().to_bytes().expect("an encoding");
        Self { alice, bob, bundle }
    }

    fn initiate(&self) -> (Session, Vec<u8>) {
        let bundle = PreKeyBundle::from_bytes(&self.bundle).expect("a bundle");
        let bundle =
            VerifiedBundle::verify(bundle, &self.bob.expected(), self.alice.device.address())
                .expect("a verified bundle");
        Session::initiate(&self.alice.device, &bundle, &TEXT, &mut rng()).expect("a session")
    }

    fn accept(&mut self, message: &[u8]) -> (Session, Vec<u8>) {
        let expected = self.alice.expected();
        Session::accept(&mut self.bob.device, message, &expected, &mut rng()).expect("a session")
    }

    /// A session of two with an answer behind it.
    fn conversation() -> (Session, Session) {
        let mut setup = Self::new();
        let (mut ours, message) = setup.initiate();
        let (mut theirs, _) = setup.accept(&message);
        deliver(&mut theirs, &mut ours);
        deliver(&mut ours, &mut theirs);
        (ours, theirs)
    }
}

fn deliver(from: &mut Session, to: &mut Session) -> Vec<u8> {
    let envelope = from.encrypt(&TEXT, &mut rng()).expect("an envelope");
    to.decrypt(envelope.kind, &envelope.bytes, &mut rng())
        .expect("a plaintext")
}

fn identities(criterion: &mut Criterion) {
    criterion.bench_function("generate-identity", |bencher| {
        bencher.iter(|| Person::new(1));
    });
    let (alice, bob) = (
        Account::generate(&mut rng()).public_key(),
        Account::generate(&mut rng()).public_key(),
    );
    criterion.bench_function("safety-number", |bencher| {
        let (a, b) = (UserId::from_bytes([1; 16]), UserId::from_bytes([2; 16]));
        bencher.iter(|| safety_number(&a, &alice, &b, &bob));
    });
}

fn setup(criterion: &mut Criterion) {
    let fixed = Setup::new();
    criterion.bench_function("decode-bundle", |bencher| {
        bencher.iter(|| PreKeyBundle::from_bytes(black_box(&fixed.bundle)).expect("a bundle"));
    });
    criterion.bench_function("setup-initiator", |bencher| {
        bencher.iter(|| fixed.initiate());
    });
    criterion.bench_function("setup-recipient", |bencher| {
        let prepare = || {
            let setup = Setup::new();
            let (_, message) = setup.initiate();
            (setup, message)
        };
        bencher.iter_batched(
            prepare,
            |(mut setup, message)| (setup.accept(&message), setup),
            BatchSize::SmallInput,
        );
    });
}

fn messages(criterion: &mut Criterion) {
    let (mut ours, mut theirs) = Setup::conversation();
    criterion.bench_function("round-trip", |bencher| {
        bencher.iter(|| {
            deliver(&mut ours, &mut theirs);
            deliver(&mut theirs, &mut ours)
        });
    });
    criterion.bench_function("decrypt", |bencher| {
        bencher.iter_batched(
            || ours.encrypt(&TEXT, &mut rng()).expect("an envelope"),
            |envelope| theirs.decrypt(envelope.kind, &envelope.bytes, &mut rng()),
            BatchSize::SmallInput,
        );
    });
    criterion.bench_function("encrypt", |bencher| {
        bencher.iter(|| ours.encrypt(&TEXT, &mut rng()).expect("an envelope"));
    });
}

fn primitives(criterion: &mut Criterion) {
    let (ours, theirs) = (
        X25519KeyPair::generate(&mut rng()),
        X25519KeyPair::generate(&mut rng()),
    );
    criterion.bench_function("x25519", |bencher| {
        let public = theirs.public_key();
        bencher.iter(|| ours.private_key().agree(black_box(&public)));
    });
    let seed = KemPrivateSeed::generate(&mut rng());
    let public = seed.public_key();
    let (ciphertext, _) = public.encapsulate(&mut rng()).expect("a ciphertext");
    criterion.bench_function("kem-generate", |bencher| bencher.iter(|| seed.public_key()));
    criterion.bench_function("kem-encapsulate", |bencher| {
        bencher.iter(|| public.encapsulate(&mut rng()));
    });
    criterion.bench_function("kem-decapsulate", |bencher| {
        bencher.iter(|| seed.decapsulate(black_box(&ciphertext)));
    });
}

criterion_group!(run, identities, setup, messages, primitives);
