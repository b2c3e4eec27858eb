//! The vault: where the key that seals the records is itself kept.
//!
//! The vault key is 32 random bytes. The database holds it in slots, each wrapped in another way; opening any one of
//! them opens the vault, so a method can be added or removed without sealing a single record anew. The slot that every
//! database begins with is `device`: the vault key under a WebCrypto key that scripts cannot export. A passphrase and passkeys
//! can be added, and with one of them there the device-bound slot can be removed: then nothing that is stored opens the vault.
//!
//! What is decided here, without a browser: the slots' formats and how long wrong passphrases have to wait. How slots are stored
//! is in `slots`, and what can be done with them in `methods`.

mod attempts;
#[cfg(target_arch = "wasm32")]
mod device;
#[cfg(target_arch = "wasm32")]
mod methods;
mod settings;
mod slot;
#[cfg(target_arch = "wasm32")]
mod slots;

pub use attempts::AttemptsRecord;
#[cfg(target_arch = "wasm32")]
pub use methods::{Method, MethodKind, Vault, VaultState, open_sealed, vault_key};
pub use settings::VaultSettings;
pub use slot::{PasskeySecret, PasskeySlot, PassphraseSlot};
