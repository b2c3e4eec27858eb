//! The initiator's side (§3).

use rand_core::CryptoRng;

use super::agreement::{SessionSecret, derive_secret, party};
use crate::ProtocolError;
use crate::crypto::dh::X25519KeyPair;
use crate::identity::{Device, VerifiedBundle};
use crate::wire::{PreKeyFields, SessionContext, Version1};

/// What an initiator has after the agreement.
pub struct Initiation {
    /// The outer fields of the messages that tell the responder of it.
    pub fields: PreKeyFields,
    /// `SK`.
    pub secret: SessionSecret,
    /// `AD`.
    pub associated_data: [u8; 32],
}

/// Agrees on a session secret with the device of a bundle. Draws the base key, then the KEM coins.
///
/// # Errors
/// [`ProtocolError::NonContributory`] if a prekey is of low order.
// PQX-1
pub fn initiate(
    device: &Device,
    bundle: &VerifiedBundle,
    rng: &mut dyn CryptoRng,
) -> Result<Initiation, ProtocolError> {
    let base_key = X25519KeyPair::generate(rng);
    let private = base_key.private_key();
    let signed_prekey = bundle.signed_prekey();
    let one_time_prekey = bundle.one_time_prekey();
    let kem_prekey = bundle.kem_prekey();

    let mut agreements = vec![
        device
            .identity()
            .to_x25519()
            .agree(&signed_prekey.public_key)?,
        private.agree(&bundle.identity_key().to_x25519()?)?,
        private.agree(&signed_prekey.public_key)?,
    ];
    if let Some(prekey) = one_time_prekey {
        agreements.push(private.agree(&prekey.public_key)?);
    }
    let (kem_ciphertext, kem_secret) = kem_prekey.public_key.encapsulate(rng)?;

    let context = SessionContext {
        initiator: party(device.certificate()),
        responder: party(bundle.certificate()),
        base_key: base_key.public_key().encode_ec(),
        signed_prekey_id: signed_prekey.id,
        signed_prekey: signed_prekey.public_key.encode_ec(),
        one_time_prekey: one_time_prekey.copied(),
        kem_prekey_id: kem_prekey.id,
        kem_last_resort: kem_prekey.last_resort,
        kem_public_key: kem_prekey.public_key.clone(),
        kem_ciphertext,
    };
    Ok(Initiation {
        secret: derive_secret(&agreements, &kem_secret),
        associated_data: context.associated_data()?,
        fields: PreKeyFields {
            version: Version1,
            sender: device.certificate().certificate().clone(),
            base_key: base_key.public_key(),
            signed_prekey_id: signed_prekey.id,
            one_time_prekey_id: one_time_prekey.map(|prekey| prekey.id),
            kem_prekey_id: kem_prekey.id,
            kem_ciphertext: context.kem_ciphertext,
        },
    })
}
