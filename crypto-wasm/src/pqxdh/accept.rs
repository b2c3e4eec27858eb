//! The responder's side (§3). Changes nothing: the prekeys are consumed once the first message has decrypted.

use super::agreement::{SessionSecret, derive_secret, party};
use crate::ProtocolError;
use crate::crypto::dh::X25519KeyPair;
use crate::identity::{Device, Expectations, UsedPreKeys, VerifiedCertificate};
use crate::wire::{Flag, OneTimePreKey, PreKeyFields, SessionContext};

/// What a responder has after the agreement.
pub struct Acceptance {
    /// The initiator.
    pub peer: VerifiedCertificate,
    /// `SK`.
    pub secret: SessionSecret,
    /// `AD`.
    pub associated_data: [u8; 32],
    /// `SPK_B`, the responder's first ratchet key.
    pub signed_prekey: X25519KeyPair,
    /// What to consume when the message has decrypted.
    pub used: UsedPreKeys,
}

/// Agrees on the session secret that a first message names.
///
/// # Errors
/// In this order: those of [`VerifiedCertificate::verify`]; [`ProtocolError::ReplayedPreKeyMessage`];
/// [`ProtocolError::UnknownPreKey`]; [`ProtocolError::NonContributory`].
// ERR-1
pub fn accept(
    device: &Device,
    fields: &PreKeyFields,
    expected: &Expectations,
) -> Result<Acceptance, ProtocolError> {
    let (peer, peer_identity) =
        VerifiedCertificate::verify_with_key(fields.sender.clone(), expected)?;
    let prekeys = device.prekeys();
    // PQX-8
    if prekeys.knows_base_key(&fields.base_key) {
        return Err(ProtocolError::ReplayedPreKeyMessage);
    }
    // ENC-11, PQX-5
    let signed = prekeys
        .signed(fields.signed_prekey_id)
        .ok_or(ProtocolError::UnknownPreKey)?;
    let one_time = match fields.one_time_prekey_id {
        Some(id) => Some((
            id,
            prekeys.one_time(id).ok_or(ProtocolError::UnknownPreKey)?,
        )),
        None => None,
    };
    let (kem_seed, last_resort) = prekeys
        .kem(fields.kem_prekey_id)
        .ok_or(ProtocolError::UnknownPreKey)?;

    let signed_private = signed.key.private_key();
    // PQX-1
    let mut agreements = vec![
        signed_private.agree(&peer_identity.to_x25519()?)?,
        device.identity().to_x25519().agree(&fields.base_key)?,
        signed_private.agree(&fields.base_key)?,
    ];
    if let Some((_, private)) = one_time {
        agreements.push(private.agree(&fields.base_key)?);
    }
    let (kem_secret, kem_public_key) = kem_seed.decapsulate(&fields.kem_ciphertext);

    // PQX-4
    let context = SessionContext {
        initiator: party(&peer),
        responder: party(device.certificate()),
        base_key: fields.base_key.encode_ec(),
        signed_prekey_id: signed.id,
        signed_prekey: signed.key.public_key().encode_ec(),
        one_time_prekey: one_time.map(|(id, private)| OneTimePreKey {
            id,
            public_key: private.public_key(),
        }),
        kem_prekey_id: fields.kem_prekey_id,
        kem_last_resort: Flag(last_resort),
        kem_public_key,
        kem_ciphertext: fields.kem_ciphertext.clone(),
    };
    Ok(Acceptance {
        secret: derive_secret(&agreements, &kem_secret),
        associated_data: context.associated_data()?,
        signed_prekey: signed.key.duplicate(),
        used: UsedPreKeys {
            base_key: fields.base_key,
            signed_prekey_id: fields.signed_prekey_id,
            one_time_prekey_id: fields.one_time_prekey_id,
            kem_prekey_id: fields.kem_prekey_id,
        },
        peer,
    })
}
