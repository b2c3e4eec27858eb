//! Who calls: login proofs, access tokens, the caller as a handler's argument, and how often they may.

mod caller;
mod gate;
mod host;
mod login;
mod rate_limits;
mod token;

pub use caller::{Caller, ClientAddress, HostBearer};
pub use gate::Gate;
pub use host::{Host, HostError};
pub use login::{CHALLENGE_LIFETIME_MS, Proof, TOKEN_LIFETIME_MS};
pub use rate_limits::RateLimits;
pub use token::AccessToken;
