//! The state of a ratchet, and its two operations (Double Ratchet §3.2 to §3.5).

use rand_core::CryptoRng;

use super::chain_key::ChainKey;
use super::receiving::{Advanced, ReceivingChain, check_skipped};
use super::root_key::RootKey;
use super::sending::SendingChain;
use super::skipped::{SkippedKey, SkippedKeys};
use crate::ProtocolError;
use crate::codec;
use crate::crypto::dh::{X25519KeyPair, X25519PublicKey};
use crate::pqxdh::SessionSecret;
use crate::wire::{Header, RatchetMessage};

/// One side of a conversation between two devices.
pub struct Ratchet {
    associated_data: [u8; 32],
    /// The responder's signed prekey, which is never accepted as a ratchet key.
    pub(super) signed_prekey: X25519PublicKey,
    root_key: RootKey,
    own_key: X25519KeyPair,
    sending: SendingChain,
    receiving: Option<ReceivingChain>,
    skipped: SkippedKeys,
}

codec!(struct Ratchet {
    associated_data,
    signed_prekey,
    root_key,
    own_key,
    sending,
    receiving,
    skipped,
});

/// A Diffie-Hellman ratchet step whose receiving half is done, with the message that caused it decrypted.
struct Received {
    root_key: RootKey,
    chain: ReceivingChain,
    /// Of the chain that ended.
    finished: Vec<SkippedKey>,
    /// Of the new chain.
    skipped: Vec<SkippedKey>,
    plaintext: Vec<u8>,
}

impl Ratchet {
    /// The initiator's ratchet. Draws its first ratchet key.
    ///
    /// # Errors
    /// [`ProtocolError::NonContributory`] if the signed prekey is of low order.
    pub fn initiate(
        secret: &SessionSecret,
        associated_data: [u8; 32],
        signed_prekey: X25519PublicKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, ProtocolError> {
        let own_key = X25519KeyPair::generate(rng);
        let agreement = own_key.private_key().agree(&signed_prekey)?;
        let (root_key, chain_key) = RootKey::from_session(secret).step(&agreement);
        Ok(Self {
            associated_data,
            signed_prekey,
            root_key,
            own_key,
            sending: SendingChain::new(chain_key, 0),
            receiving: None,
            skipped: SkippedKeys::default(),
        })
    }

    /// The responder's ratchet, which begins with the first message that decrypts, and that message's plaintext.
    /// Draws a ratchet key if it does.
    ///
    /// # Errors
    /// Those of [`decrypt`](Self::decrypt) but [`ProtocolError::DuplicateMessage`].
    // SES-3
    pub fn accept(
        secret: &SessionSecret,
        associated_data: [u8; 32],
        signed_prekey: &X25519KeyPair,
        message: &RatchetMessage,
        rng: &mut dyn CryptoRng,
    ) -> Result<(Self, Vec<u8>), ProtocolError> {
        // RAT-6
        if message.header.ratchet_key == signed_prekey.public_key() {
            return Err(ProtocolError::Decrypt);
        }
        let root_key = RootKey::from_session(secret);
        let received =
            receive_new_chain(&root_key, signed_prekey, None, &associated_data, message)?;
        let (root_key, own_key, chain_key) = turn(&received, rng)?;
        let mut skipped = SkippedKeys::default();
        skipped.extend(message.header.ratchet_key, received.skipped);
        let ratchet = Self {
            associated_data,
            signed_prekey: signed_prekey.public_key(),
            root_key,
            own_key,
            sending: SendingChain::new(chain_key, 0),
            receiving: Some(received.chain),
            skipped,
        };
        Ok((ratchet, received.plaintext))
    }

    /// Encrypts. Draws the nonce.
    ///
    /// # Errors
    /// [`ProtocolError::Exhausted`] after 2^32 - 1 messages of one chain.
    pub fn encrypt(
        &mut self,
        plaintext: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<RatchetMessage, ProtocolError> {
        let ratchet_key = self.own_key.public_key();
        self.sending
            .encrypt(ratchet_key, &self.associated_data, plaintext, rng)
    }

    /// Decrypts. Draws a ratchet key if the message has a new one and decrypts.
    ///
    /// # Errors
    /// In this order: [`ProtocolError::Decrypt`] for the signed prekey as ratchet key;
    /// [`ProtocolError::TooManySkipped`]; [`ProtocolError::DuplicateMessage`]; [`ProtocolError::NonContributory`];
    /// [`ProtocolError::Decrypt`]. Nothing has changed then.
    // RAT-5, ERR-1, ERR-2
    pub fn decrypt(
        &mut self,
        message: &RatchetMessage,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, ProtocolError> {
        let header = &message.header;
        // RAT-6
        if header.ratchet_key == self.signed_prekey {
            return Err(ProtocolError::Decrypt);
        }
        // RAT-7
        if let Some(key) = self.skipped.get(header) {
            let plaintext = key.open(&self.associated_data, message)?;
            self.skipped.remove(header);
            return Ok(plaintext);
        }
        match &self.receiving {
            Some(chain) if *chain.ratchet_key() == header.ratchet_key => {
                let advanced = advance(chain, header)?;
                let plaintext = advanced.message_key.open(&self.associated_data, message)?;
                self.skipped.extend(header.ratchet_key, advanced.skipped);
                self.receiving = Some(advanced.chain);
                Ok(plaintext)
            }
            _ => self.decrypt_new_chain(message, rng),
        }
    }

    /// Whether the ratchet key is that of the current receiving chain or of one with skipped keys: if so, no other
    /// session can decrypt the message.
    #[must_use]
    pub fn knows_chain(&self, ratchet_key: &X25519PublicKey) -> bool {
        let current = self.receiving.as_ref().map(ReceivingChain::ratchet_key);
        current == Some(ratchet_key) || self.skipped.has_chain(ratchet_key)
    }

    /// Number of skipped keys kept.
    #[must_use]
    pub fn kept_skipped_keys(&self) -> usize {
        self.skipped.len()
    }

    /// Refuses a decoded state that this code cannot have encoded.
    pub(crate) fn check(&self) -> Result<(), ProtocolError> {
        self.skipped.check()
    }

    fn decrypt_new_chain(
        &mut self,
        message: &RatchetMessage,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, ProtocolError> {
        let current = self.receiving.as_ref();
        let received = receive_new_chain(
            &self.root_key,
            &self.own_key,
            current,
            &self.associated_data,
            message,
        )?;
        let (root_key, own_key, chain_key) = turn(&received, rng)?;
        let previous_chain_length = self.sending.length();

        if let Some(chain) = &self.receiving {
            self.skipped.extend(*chain.ratchet_key(), received.finished);
        }
        self.skipped
            .extend(message.header.ratchet_key, received.skipped);
        self.root_key = root_key;
        self.own_key = own_key;
        self.sending = SendingChain::new(chain_key, previous_chain_length);
        self.receiving = Some(received.chain);
        Ok(received.plaintext)
    }
}

/// Stages a message of the current chain.
fn advance(chain: &ReceivingChain, header: &Header) -> Result<Advanced, ProtocolError> {
    chain.check_skipped(header)?;
    // RAT-10
    if chain.has_passed(header) {
        return Err(ProtocolError::DuplicateMessage);
    }
    Ok(chain.advance(header))
}

/// Stages the receiving half of a Diffie-Hellman ratchet step, and decrypts the message with it.
fn receive_new_chain(
    root_key: &RootKey,
    own_key: &X25519KeyPair,
    current: Option<&ReceivingChain>,
    associated_data: &[u8; 32],
    message: &RatchetMessage,
) -> Result<Received, ProtocolError> {
    let header = &message.header;
    check_skipped(current, header)?;
    let agreement = own_key.private_key().agree(&header.ratchet_key)?;
    let (root_key, chain_key) = root_key.step(&agreement);
    let advanced = ReceivingChain::new(header.ratchet_key, chain_key).advance(header);
    let plaintext = advanced.message_key.open(associated_data, message)?;
    Ok(Received {
        root_key,
        chain: advanced.chain,
        finished: current
            .map(|chain| chain.finish(header))
            .unwrap_or_default(),
        skipped: advanced.skipped,
        plaintext,
    })
}

/// The sending half of a step: a new ratchet key of our own, and its chain.
fn turn(
    received: &Received,
    rng: &mut dyn CryptoRng,
) -> Result<(RootKey, X25519KeyPair, ChainKey), ProtocolError> {
    let own_key = X25519KeyPair::generate(rng);
    let agreement = own_key.private_key().agree(received.chain.ratchet_key())?;
    let (root_key, chain_key) = received.root_key.step(&agreement);
    Ok((root_key, own_key, chain_key))
}
