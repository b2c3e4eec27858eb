//! Threat T20 (decoder bugs): properties of everything that reads bytes of others or of the disk, as plain functions of any
//! bytes. A property that does not hold panics.
//!
//! `tests/replay.rs` runs every function over its corpus and over whatever failed once; `libfuzzer/` makes fuzz targets of them
//! (`npm run fuzz`).
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a property that does not hold panics"
)]

mod core;
mod edits;
mod people;
mod property;
mod relay;
mod rng;
pub mod seeds;

/// A name, under which the corpus lies, and a property of any bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Decoders, each under the name of what it decodes.
pub const DECODERS: &[&[Target]] = &[
    core::wire::TARGETS,
    core::keys::TARGETS,
    core::linking::TARGETS,
    core::records::TARGETS,
    core::stored::TARGETS,
    core::topic::TARGETS,
    core::vault::TARGETS,
];

/// Attacks: valid messages and states that were changed.
pub const ATTACKS: &[&[Target]] = &[
    core::verify::TARGETS,
    core::session::TARGETS,
    core::topic::ATTACKS,
];

/// What the relay reads.
pub const RELAY: &[&[Target]] = &[relay::TARGETS];

/// Every target.
pub fn targets() -> impl Iterator<Item = Target> {
    [DECODERS, ATTACKS, RELAY]
        .into_iter()
        .flatten()
        .copied()
        .flatten()
        .copied()
}

/// The target of this name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    targets().find(|(known, _)| *known == name)
}
