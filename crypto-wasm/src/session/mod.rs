//! Sessions between two devices (§3, §4, §8): PQXDH and the Double Ratchet together, and the choice between several
//! sessions with one peer device (Sesame §3). Knows neither storage nor network.

mod record;
mod single;

pub use record::{MAX_ARCHIVED, SessionRecord};
pub use single::{Envelope, Session};
