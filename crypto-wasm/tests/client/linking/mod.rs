//! Linking devices (protocol §9): honest people, and a relay that meddles with what it carries.

mod attacks;
mod devices;
mod encounter;

pub(crate) use encounter::{Encounter, Side, link, revoke};
