//! The HTTP side: `POST {path}/negotiate` and `GET {path}`.

use std::sync::Arc;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::StreamExt;
use serde::Deserialize;

use super::registry::{Admission, ClaimError, Negotiation};
use super::server::Shared;
use super::socket::Socket;
use super::{AuthenticationError, Hub, HubServer, identity, negotiate, session};

/// What the WebSocket layer sets aside for one socket in each direction; most connections are idle most of the time. A longer
/// frame gets its room when it comes. Beyond this much, a socket that takes no data holds one message: the next waits in the
/// connection's own bounded queue.
const SOCKET_BUFFER_BYTES: usize = 4096;

impl<H: Hub> HubServer<H> {
    /// The hub's two routes, at `path` and below. They set no CORS headers, and nothing here logs queries, which hold
    /// tokens.
    pub fn router(&self, path: &str) -> Router {
        Router::new()
            .route(&format!("{path}/negotiate"), post(negotiate_route::<H>))
            .route(path, get(connect_route::<H>))
            .with_state(Arc::clone(&self.0))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    negotiate_version: Option<String>,
    use_stateful_reconnect: Option<String>,
    id: Option<String>,
    #[serde(rename = "access_token")]
    access_token: Option<String>,
}

/// An authenticated caller and its query. Browsers cannot set headers on a WebSocket, so the token may be in either.
struct Caller<U> {
    user: U,
    parameters: Parameters,
}

impl<H: Hub> FromRequestParts<Arc<Shared<H>>> for Caller<H::User> {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        server: &Arc<Shared<H>>,
    ) -> Result<Self, Response> {
        let Query(parameters) = Query::<Parameters>::try_from_uri(&parts.uri)
            .map_err(|_| StatusCode::BAD_REQUEST.into_response())?;
        let token = bearer_token(&parts.headers).or(parameters.access_token.as_deref());
        let user = match token {
            Some(token) => server.hub.authenticate(token).await,
            None => Err(AuthenticationError::Unauthorized),
        };
        match user {
            Ok(user) => Ok(Self { user, parameters }),
            Err(AuthenticationError::Unauthorized) => {
                Err((StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer")]).into_response())
            }
            Err(AuthenticationError::Unavailable) => {
                Err(StatusCode::SERVICE_UNAVAILABLE.into_response())
            }
        }
    }
}

fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
}

async fn negotiate_route<H: Hub>(
    State(server): State<Arc<Shared<H>>>,
    caller: Caller<H::User>,
) -> Response {
    if server.is_shutting_down() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let version = match negotiate::version(caller.parameters.negotiate_version.as_deref()) {
        Ok(version) => version,
        Err(refusal) => return Json(refusal).into_response(),
    };
    let stateful = caller.parameters.use_stateful_reconnect;
    let stateful = stateful.is_some_and(|asked| asked.eq_ignore_ascii_case("true"));
    // What was sent and not acknowledged is known to one node alone, and the next socket may come to another.
    let stateful = stateful && !server.options.other_nodes_negotiate;
    let Ok(negotiated) = negotiate::negotiate(version, stateful) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let negotiation = Negotiation {
        user: caller.user,
        connection_id: negotiated.connection_id,
        is_stateful: negotiated.is_stateful,
    };
    match server.registry.insert(negotiated.token, negotiation) {
        Ok(()) => ([(CACHE_CONTROL, "no-store")], Json(negotiated.answer)).into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn connect_route<H: Hub>(
    State(server): State<Arc<Shared<H>>>,
    caller: Caller<H::User>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    if server.is_shutting_down() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let admitted = match admit(&server, &caller) {
        Ok(admitted) => admitted,
        Err(status) => return status.into_response(),
    };
    let max_frame_bytes = server.options.max_frame_bytes;
    upgrade
        .read_buffer_size(SOCKET_BUFFER_BYTES)
        .write_buffer_size(SOCKET_BUFFER_BYTES)
        .max_message_size(max_frame_bytes)
        .max_frame_size(max_frame_bytes)
        .on_upgrade(async move |socket| {
            let socket = Socket::new(socket.split());
            match admitted {
                Admitted::Anew(connection_id) => {
                    session::run(server, socket, connection_id, caller.user, None).await;
                }
                Admitted::Negotiated(Admission::Open(claim)) => {
                    let connection_id = claim.connection_id().to_owned();
                    session::run(server, socket, connection_id, caller.user, Some(&claim)).await;
                }
                Admitted::Negotiated(Admission::Resume(connection)) => {
                    // One that has ended meanwhile drops the socket; the client's next attempt is told so.
                    drop(connection.send(socket).await);
                }
            }
        })
}

enum Admitted<U> {
    /// A client that skips negotiation, with the id of its connection.
    Anew(String),
    Negotiated(Admission<U>),
}

/// What the socket is for: a connection that was negotiated, or a new one for clients that skip negotiation.
fn admit<H: Hub>(
    server: &Arc<Shared<H>>,
    caller: &Caller<H::User>,
) -> Result<Admitted<H::User>, StatusCode> {
    match &caller.parameters.id {
        None => identity::connection_id()
            .map(Admitted::Anew)
            .map_err(|_| StatusCode::SERVICE_UNAVAILABLE),
        Some(token) => match server.registry.claim(token, &caller.user) {
            Ok(admission) => Ok(Admitted::Negotiated(admission)),
            // What another node negotiated is nowhere but in the token.
            Err(ClaimError::Unknown)
                if server.options.other_nodes_negotiate
                    && identity::is_fresh(token, server.options.negotiation_lifetime) =>
            {
                identity::connection_id()
                    .map(Admitted::Anew)
                    .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)
            }
            Err(ClaimError::Unknown | ClaimError::Foreign) => Err(StatusCode::NOT_FOUND),
            Err(ClaimError::InUse) => Err(StatusCode::CONFLICT),
        },
    }
}
