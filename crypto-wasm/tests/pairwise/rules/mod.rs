//! Rules of the protocol that neither a vector nor an attack shows.

mod identity;
mod session;
