//! All sessions with one peer device: the current one and older ones (Sesame §3; profile §4).

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::single::{Envelope, Session};
use crate::ProtocolError;
use crate::codec;
use crate::identity::{Device, Expectations};
use crate::wire::{EnvelopeKind, PreKeyMessage, RatchetMessage, Version1, Wire};

/// So many sessions are kept beside the current one.
// SES-7
pub const MAX_ARCHIVED: usize = 40;

/// The sessions with one peer device, the current one first. Messages are sent on the current one, which is the one
/// that was made or that decrypted a message last.
#[derive(Default)]
pub struct SessionRecord {
    version: Version1,
    sessions: Vec<Session>,
}

codec!(struct SessionRecord { version, sessions });

impl SessionRecord {
    /// A record without sessions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The session that messages are sent on.
    #[must_use]
    pub fn current(&self) -> Option<&Session> {
        self.sessions.first()
    }

    /// Number of sessions, the current one included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether there is no session.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// Makes a new session the current one and archives the others; of more than [`MAX_ARCHIVED`] the longest unused
    /// is dropped.
    // SES-5, SES-7
    pub fn insert(&mut self, session: Session) {
        self.sessions.insert(0, session);
        self.sessions.truncate(1 + MAX_ARCHIVED);
    }

    /// Encrypts on the current session; `None` if there is none.
    ///
    /// # Errors
    /// Those of [`Session::encrypt`].
    pub fn encrypt(
        &mut self,
        plaintext: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Option<Envelope>, ProtocolError> {
        self.sessions
            .first_mut()
            .map(|session| session.encrypt(plaintext, rng))
            .transpose()
    }

    /// Decrypts a message of the peer device on whichever session it belongs to, or accepts a first message. That
    /// session is the current one afterwards. Sessions whose peer is not the expected one do not count.
    ///
    /// # Errors
    /// Those of [`Session::decrypt`] and [`Session::accept`]; [`ProtocolError::Decrypt`] if no session can be the one.
    /// Neither record nor device has changed then.
    pub fn decrypt(
        &mut self,
        device: &mut Device,
        kind: EnvelopeKind,
        bytes: &[u8],
        expected: &Expectations,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, ProtocolError> {
        match kind {
            EnvelopeKind::PreKey => self.decrypt_prekey(device, bytes, expected, rng),
            EnvelopeKind::Ratchet => self.decrypt_ratchet(bytes, expected, rng),
        }
    }

    /// [`decrypt`](Self::decrypt) for an encoded [`PreKeyMessage`].
    ///
    /// # Errors
    /// As there.
    pub fn decrypt_prekey(
        &mut self,
        device: &mut Device,
        bytes: &[u8],
        expected: &Expectations,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, ProtocolError> {
        let message = PreKeyMessage::from_bytes(bytes)?;
        let base_key = &message.fields.base_key;
        // SES-4
        let known = self
            .sessions
            .iter()
            .position(|session| session.base_key() == base_key);
        match known {
            Some(index) => {
                expected.check(&message.fields.sender)?;
                let session = self.sessions.get_mut(index).ok_or(ProtocolError::Decrypt)?;
                let plaintext = session.decrypt_prekey(&message, rng)?;
                self.promote(index);
                Ok(plaintext)
            }
            None => {
                let (session, plaintext) =
                    Session::accept_decoded(device, &message, expected, rng)?;
                self.insert(session);
                Ok(plaintext)
            }
        }
    }

    /// [`decrypt`](Self::decrypt) for an encoded [`RatchetMessage`], which needs no device.
    ///
    /// # Errors
    /// As there.
    pub fn decrypt_ratchet(
        &mut self,
        bytes: &[u8],
        expected: &Expectations,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, ProtocolError> {
        let message = RatchetMessage::from_bytes(bytes)?;
        let ratchet_key = &message.header.ratchet_key;
        // SES-6
        let owner = self
            .sessions
            .iter()
            .position(|session| session.knows_chain(ratchet_key));
        let mut first_error = None;
        for (index, session) in self.sessions.iter_mut().enumerate() {
            let is_candidate =
                owner.is_none_or(|owner| owner == index) && expected.check(session.peer()).is_ok();
            if !is_candidate {
                continue;
            }
            match session.decrypt_ratchet(&message, rng) {
                Ok(plaintext) => {
                    self.promote(index);
                    return Ok(plaintext);
                }
                Err(error) => {
                    first_error.get_or_insert(error);
                }
            }
        }
        Err(first_error.unwrap_or(ProtocolError::Decrypt))
    }

    // SES-5
    fn promote(&mut self, index: usize) {
        if let Some(upto) = self.sessions.get_mut(..=index) {
            upto.rotate_right(1);
        }
    }

    /// The whole state, secrets included. Equal states give equal bytes.
    ///
    /// # Errors
    /// None in practice: a record's size is bounded.
    pub fn export(&self) -> Result<Zeroizing<Vec<u8>>, ProtocolError> {
        codec::encode(&[self]).map(Zeroizing::new)
    }

    /// Restores an exported state. Altered key bytes are not detected.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] for anything but a strict encoding.
    pub fn import(bytes: &[u8]) -> Result<Self, ProtocolError> {
        let record: Self = codec::decode(bytes)?;
        if record.sessions.len() > 1 + MAX_ARCHIVED {
            return Err(ProtocolError::Decode);
        }
        record.sessions.iter().try_for_each(Session::check)?;
        Ok(record)
    }
}
