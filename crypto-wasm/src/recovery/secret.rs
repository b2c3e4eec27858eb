//! What a person keeps.

use bip39::{Language, Mnemonic};
use rand_core::CryptoRng;
use zeroize::{Zeroize as _, Zeroizing};

use super::RecoveryError;
use crate::crypto::passphrase::{Cost, SALT_LENGTH, key_from_passphrase};
use crate::secret::secret;

secret!(
    /// What opens a backup: 24 words, or what Argon2id makes of a passphrase.
    RecoverySecret, 32
);

/// Least characters of a passphrase.
const SHORTEST: usize = 12;

impl RecoverySecret {
    /// Draws one.
    // REC-1
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        Self::init(|bytes| rng.fill_bytes(bytes))
    }

    /// The 24 words, with a space between each two.
    ///
    /// # Errors
    /// None in practice.
    // REC-1
    pub fn to_words(&self) -> Result<Zeroizing<String>, RecoveryError> {
        let words = Mnemonic::from_entropy_in(Language::English, self.expose());
        let mut words = words.map_err(|_| RecoveryError::Phrase)?;
        // Longer than any 24 words of the list, so that no half of it is left where it was.
        let mut text = Zeroizing::new(String::with_capacity(24 * 9));
        for word in words.words() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
        words.zeroize();
        Ok(text)
    }

    /// Reads 24 words, in small or capital letters, with any space between them.
    ///
    /// # Errors
    /// [`RecoveryError::Phrase`] for anything else, one word exchanged included, but for one time in 256.
    // REC-1
    pub fn from_words(words: &str) -> Result<Self, RecoveryError> {
        let mut text = Zeroizing::new(String::with_capacity(words.len() + 1));
        for word in words.split_whitespace() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.extend(word.chars().map(|letter| letter.to_ascii_lowercase()));
        }
        let words = Mnemonic::parse_in_normalized(Language::English, &text);
        let mut words = words.map_err(|_| RecoveryError::Phrase)?;
        let (mut entropy, length) = words.to_entropy_array();
        words.zeroize();
        let secret = entropy.first_chunk().filter(|_| length == 32);
        let secret = secret.map(Self::copy_from).ok_or(RecoveryError::Phrase);
        entropy.zeroize();
        secret
    }

    /// What a passphrase gives with its salt, at the cost of RFC 9106's second recommendation.
    ///
    /// # Errors
    /// [`RecoveryError::Passphrase`] for less than 12 characters, or where there is no memory.
    // REC-2
    pub fn from_passphrase(
        passphrase: &str,
        salt: &[u8; SALT_LENGTH],
    ) -> Result<Self, RecoveryError> {
        if passphrase.chars().count() < SHORTEST {
            return Err(RecoveryError::Passphrase);
        }
        let key = key_from_passphrase(passphrase.as_bytes(), salt, Cost::DEFAULT);
        let key = key.map_err(|_| RecoveryError::Passphrase)?;
        Ok(Self::copy_from(key.expose()))
    }
}
