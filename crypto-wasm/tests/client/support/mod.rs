//! People, their relay, and what both can be made to do.

mod forge;
mod person;
mod relay;
mod rng;
mod store;
mod world;

pub(crate) use forge::{Extra, Forged, account_of, certificate_of, document, send_as, text};
pub(crate) use person::{NOW, Person, block_on, text_of};
pub(crate) use relay::{Posted, Relay, User};
pub(crate) use rng::TestRng;
pub(crate) use store::{Dump, Fault, Records, TestStore};
pub(crate) use world::World;

/// Whether `part` is somewhere in `bytes`.
pub(crate) fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The stable code of a failure.
pub(crate) fn code<T: std::fmt::Debug>(
    result: Result<T, crypto_wasm::client::ClientError>,
) -> &'static str {
    result.expect_err("should have been refused").code()
}
