//! People with devices, a relay that keeps one topic, and clients without the rules.

mod person;
mod relay;
#[path = "../../client/support/rng.rs"]
mod rng;
mod rogue;
pub(crate) mod world;

pub(crate) use person::{Person, Phone, Seat, draft, new_topic, stranger};
pub(crate) use relay::Relay;
pub(crate) use rng::TestRng;
pub(crate) use rogue::{Rogue, rogue_join};
pub(crate) use world::World;

/// A time, in Unix milliseconds, and the same in seconds.
pub(crate) const NOW: u64 = 1_760_000_000_000;
pub(crate) const NOW_S: u64 = NOW / 1000;
