//! Who calls, as arguments of handlers.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::gate::Gate;
use crate::domain::login::HostAccount;
use crate::domain::{Address, Refusal, UserId};
use crate::error::ApiError;

/// The device that calls: its token was checked. A handler that takes this cannot be reached without one.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    /// The device.
    pub device: Address,
}

impl Caller {
    /// The device's user.
    #[must_use]
    pub const fn user(&self) -> UserId {
        self.device.user_id
    }
}

impl<S> FromRequestParts<S> for Caller
where
    Arc<Gate>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let token = bearer(parts).ok_or(Refusal::Unauthorized)?;
        let login = Arc::from_ref(state).authenticate(token).await?;
        Ok(Self {
            device: login.device,
        })
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    let header = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
}

/// In host-app mode: the account that the host application's token is of. A handler that takes this cannot be reached without a good
/// one. Otherwise nothing is looked at.
#[derive(Debug, Clone)]
pub struct HostBearer(pub Option<HostAccount>);

impl<S> FromRequestParts<S> for HostBearer
where
    Arc<Gate>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let gate = Arc::from_ref(state);
        gate.host_account(bearer(parts)).await.map(Self)
    }
}

/// The client's network address, for rate limits alone. Of an IPv6 address, the network that one subscriber has.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = u128::from(address) >> 64 << 64;
                IpAddr::V6(network.into())
            }
            address => address,
        })
    }
}

impl<S> FromRequestParts<S> for ClientAddress
where
    Arc<Gate>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let forwarded = Arc::from_ref(state)
            .rates
            .trusts_forwarded_for()
            .then(|| last_forwarded(parts))
            .flatten();
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|info| info.0.ip());
        forwarded.or(peer).map(Self::of).ok_or(ApiError::Internal)
    }
}

/// The address that the nearest proxy saw: earlier ones are whatever the client wrote.
fn last_forwarded(parts: &Parts) -> Option<IpAddr> {
    let header = parts
        .headers
        .get_all("x-forwarded-for")
        .iter()
        .next_back()?;
    header
        .to_str()
        .ok()?
        .rsplit(',')
        .next()?
        .trim()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_subscriber_count_as_one() {
        let of = |text: &str| ClientAddress::of(text.parse().unwrap()).0.to_string();
        assert_eq!(of("192.0.2.7"), "192.0.2.7");
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }
}
