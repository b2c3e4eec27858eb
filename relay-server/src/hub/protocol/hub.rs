//! What a hub is to this module: a domain behind one trait.

use super::{ArgumentError, Arguments, Connection, Value};

/// The methods that clients may call, and whom to let in.
///
/// Of one connection, `connected` comes first, then its invocations one at a time in the order they were sent, then
/// `disconnected`, once. Different connections run side by side. Keep-alive goes on while a method runs.
pub trait Hub: Send + Sync + 'static {
    /// Who is behind a connection. Equality decides whether a negotiated connection token is the caller's.
    type User: Clone + PartialEq + Send + Sync + 'static;

    /// Who holds this bearer token. Called for every negotiation and again for every WebSocket.
    fn authenticate(
        &self,
        token: &str,
    ) -> impl Future<Output = Result<Self::User, AuthenticationError>> + Send;

    /// A client finished its handshake. Pushes may be sent to it from here on.
    fn connected(&self, connection: &Connection<Self::User>) -> impl Future<Output = ()> + Send;

    /// A client calls the method `target`; compare with [`str::eq_ignore_ascii_case`]. `Null` answers without a result.
    fn invoke(
        &self,
        connection: &Connection<Self::User>,
        target: &str,
        arguments: Arguments,
    ) -> impl Future<Output = Result<Value, HubError>> + Send;

    /// The connection ended, for whatever reason.
    fn disconnected(&self, connection: &Connection<Self::User>) -> impl Future<Output = ()> + Send;
}

/// Why a bearer token lets nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthenticationError {
    /// Unknown or expired: 401.
    #[error("the token is unknown or expired")]
    Unauthorized,
    /// It cannot be checked now: 503.
    #[error("tokens cannot be checked now")]
    Unavailable,
}

/// Why a method was not carried out. The client is sent a text in the words of Microsoft's server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HubError {
    /// The hub has no such method.
    #[error("Method does not exist.")]
    MethodNotFound,
    /// The arguments do not fit the method.
    #[error(transparent)]
    Arguments(#[from] ArgumentError),
    /// The method refuses, in words meant for the client.
    #[error("{0}")]
    Refused(String),
    /// The caller may not call this method.
    #[error("user is unauthorized")]
    Unauthorized,
    /// The server's own fault; the client is told nothing of the cause.
    #[error("the method failed")]
    Internal,
}

impl HubError {
    /// A stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MethodNotFound => "method-not-found",
            Self::Arguments(error) => error.code(),
            Self::Refused(_) => "refused",
            Self::Unauthorized => "unauthorized",
            Self::Internal => "internal",
        }
    }

    /// The text of the Completion for a call of `target`.
    pub(super) fn completion_text(&self, target: &str) -> String {
        match self {
            Self::MethodNotFound => {
                format!(
                    "Failed to invoke '{target}' due to an error on the server. HubException: {self}"
                )
            }
            Self::Arguments(error) => {
                format!(
                    "Failed to invoke '{target}' due to an error on the server. InvalidDataException: {error}"
                )
            }
            Self::Refused(text) => {
                format!(
                    "An unexpected error occurred invoking '{target}' on the server. HubException: {text}"
                )
            }
            Self::Unauthorized => format!("Failed to invoke '{target}' because {self}"),
            Self::Internal => {
                format!("An unexpected error occurred invoking '{target}' on the server.")
            }
        }
    }
}
