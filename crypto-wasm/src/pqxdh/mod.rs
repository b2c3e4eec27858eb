//! Session setup: PQXDH revision 3 with ML-KEM-1024 (§3). Turns a verified bundle, or the outer fields of a first
//! message, into a session secret and its associated data. Knows nothing of ratchets.

mod accept;
mod agreement;
mod initiate;

pub use accept::{Acceptance, accept};
pub use agreement::{SessionSecret, derive_secret};
pub use initiate::{Initiation, initiate};
