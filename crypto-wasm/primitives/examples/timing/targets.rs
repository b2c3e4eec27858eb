//! The wrappers that work on secrets.

use std::hint::black_box;

use getrandom::SysRng;
use rand_core::{Rng as _, UnwrapErr};
use sealpost_primitives::crypto::aead::{AeadKey, NONCE_LENGTH};
use sealpost_primitives::crypto::dh::{SharedSecret, X25519PrivateKey};
use sealpost_primitives::crypto::kdf::{ZERO_SALT, hkdf_sha256, hmac_sha256_byte};
use sealpost_primitives::crypto::kem::{KemCiphertext, KemPrivateSeed};
use sealpost_primitives::crypto::sign::Ed25519PrivateKey;

use crate::{Class, Target};

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

pub(crate) fn coin() -> Class {
    if rng().next_u32() & 1 == 0 {
        Class::Fixed
    } else {
        Class::Random
    }
}

/// The class's 32 secret bytes.
fn secret(class: Class) -> [u8; 32] {
    let mut bytes = [0x5a; 32];
    let mut random = [0; 32];
    rng().fill_bytes(&mut random);
    if class == Class::Random {
        bytes = random;
    }
    bytes
}

/// Operations that are shorter than the clock's noise are timed many at a time.
fn times(count: usize, operation: impl Fn()) {
    for _ in 0..count {
        operation();
    }
}

fn target(name: &'static str, prepare: impl Fn(Class) -> Box<dyn Fn()> + 'static) -> Target {
    Target {
        name,
        leaky: false,
        prepare: Box::new(prepare),
    }
}

pub(crate) fn all() -> Vec<Target> {
    let mut targets = vec![control(), comparison()];
    targets.extend(curves());
    targets.extend(symmetric());
    targets.extend(kem());
    targets
}

/// 32 bytes and a guess that is wrong in its first (fixed) or last (random) byte.
fn guess(class: Class) -> ([u8; 32], [u8; 32]) {
    let right = secret(Class::Random);
    let mut wrong = right;
    let at = if class == Class::Fixed { 0 } else { 31 };
    if let Some(byte) = wrong.get_mut(at) {
        *byte ^= 1;
    }
    (right, wrong)
}

fn control() -> Target {
    let mut control = target("control: comparison with an early exit", |class| {
        let (right, wrong) = guess(class);
        Box::new(move || {
            times(100, || {
                let pairs = right.iter().zip(&wrong);
                black_box(pairs.take_while(|(a, b)| black_box(**a == **b)).count());
            });
        })
    });
    control.leaky = true;
    control
}

fn comparison() -> Target {
    target("comparison of secrets, first or last byte wrong", |class| {
        let (right, wrong) = guess(class);
        let (right, wrong) = (
            SharedSecret::copy_from(&right),
            SharedSecret::copy_from(&wrong),
        );
        Box::new(move || {
            times(100, || {
                black_box(black_box(&right) == black_box(&wrong));
            })
        })
    })
}

fn curves() -> Vec<Target> {
    let theirs = X25519PrivateKey::generate(&mut rng()).public_key();
    vec![
        target("X25519 agreement, private key", move |class| {
            let private = X25519PrivateKey::copy_from(&secret(class));
            Box::new(move || drop(black_box(private.agree(black_box(&theirs)))))
        }),
        target("X25519 public key, private key", |class| {
            let private = X25519PrivateKey::copy_from(&secret(class));
            Box::new(move || {
                black_box(private.public_key());
            })
        }),
        target("Ed25519 signature, private key", |class| {
            let private = Ed25519PrivateKey::from_seed(&secret(class));
            Box::new(move || {
                black_box(private.sign("timing", black_box(b"a message")));
            })
        }),
    ]
}

fn symmetric() -> Vec<Target> {
    const NONCE: [u8; NONCE_LENGTH] = [0; NONCE_LENGTH];
    vec![
        target("AES-256-GCM seal, 1 KiB, key", |class| {
            let key = AeadKey::copy_from(&secret(class));
            Box::new(move || drop(black_box(key.seal(&NONCE, black_box(&[0x61; 1024]), b""))))
        }),
        target("AES-256-GCM seal, 1 KiB, plaintext", |class| {
            let key = AeadKey::copy_from(&[7; 32]);
            let plaintext = secret(class).repeat(32);
            Box::new(move || drop(black_box(key.seal(&NONCE, black_box(&plaintext), b""))))
        }),
        target("AES-256-GCM open, 1 KiB, key", |class| {
            let key = AeadKey::copy_from(&secret(class));
            let sealed = key.seal(&NONCE, &[0x61; 1024], b"").expect("sealed");
            Box::new(move || drop(black_box(key.open(&NONCE, black_box(&sealed), b""))))
        }),
        target(
            "AES-256-GCM open, tag's first or last byte wrong",
            |class| {
                let key = AeadKey::copy_from(&[7; 32]);
                let mut sealed = key.seal(&NONCE, &[0x61; 16], b"").expect("sealed");
                let at = if class == Class::Fixed { 16 } else { 31 };
                if let Some(byte) = sealed.get_mut(at) {
                    *byte ^= 1;
                }
                Box::new(move || {
                    times(10, || {
                        drop(black_box(key.open(&NONCE, black_box(&sealed), b"")))
                    });
                })
            },
        ),
        target("HMAC-SHA-256, key", |class| {
            let key = secret(class);
            Box::new(move || {
                times(10, || {
                    hmac_sha256_byte(black_box(&key), 1, black_box(&mut [0; 32]))
                });
            })
        }),
        target("HKDF-SHA-256, input key", |class| {
            let key = secret(class);
            Box::new(move || {
                times(10, || {
                    hkdf_sha256(
                        &ZERO_SALT,
                        black_box(&key),
                        b"timing",
                        black_box(&mut [0; 64]),
                    );
                });
            })
        }),
    ]
}

/// One seed throughout: of a seed's expansion, the rejection sampling takes a time that depends on rho, which is public.
fn kem() -> Vec<Target> {
    let seed = || KemPrivateSeed::copy_from(&[0x33; 64]);
    let public = seed().public_key();
    let encapsulate = move || public.encapsulate(&mut rng()).expect("encapsulated").0;
    let fixed = *encapsulate().as_bytes();
    let of_class = {
        let encapsulate = encapsulate.clone();
        move |class| {
            let random = encapsulate();
            let chosen = if class == Class::Fixed {
                &fixed
            } else {
                random.as_bytes()
            };
            KemCiphertext::from_bytes(chosen).expect("a ciphertext")
        }
    };
    vec![
        target("ML-KEM-1024 decapsulation, shared secret", move |class| {
            let (seed, ciphertext) = (seed(), of_class(class));
            Box::new(move || drop(black_box(seed.decapsulate(black_box(&ciphertext)))))
        }),
        target(
            "ML-KEM-1024 decapsulation, implicit rejection",
            move |class| {
                let mut bytes = *encapsulate().as_bytes();
                if class == Class::Fixed {
                    bytes[100] ^= 1;
                }
                let (seed, ciphertext) = (
                    seed(),
                    KemCiphertext::from_bytes(&bytes).expect("a ciphertext"),
                );
                Box::new(move || drop(black_box(seed.decapsulate(black_box(&ciphertext)))))
            },
        ),
        target("ML-KEM-1024 decapsulation, rejection key z", |class| {
            let mut seed = [0x33; 64];
            seed.split_at_mut(32).1.copy_from_slice(&secret(class));
            let seed = KemPrivateSeed::copy_from(&seed);
            let ciphertext = KemCiphertext::from_bytes(&[0x44; 1568]).expect("a ciphertext");
            Box::new(move || drop(black_box(seed.decapsulate(black_box(&ciphertext)))))
        }),
    ]
}
