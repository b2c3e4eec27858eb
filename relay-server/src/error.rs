//! What a client is told when a call fails: RFC 9457 problem documents with stable codes.

use std::time::Duration;

use axum::http::header::{CONTENT_RANGE, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::domain::Refusal;
use crate::store::StoreError;

/// The media type of problem documents.
pub const PROBLEM: &str = "application/problem+json";

/// Every stable code.
pub const CODES: [&str; 22] = [
    "bad-request",
    "bad-signature",
    "unauthorized",
    "forbidden",
    "not-found",
    "method-not-allowed",
    "conflict",
    "username-taken",
    "sequence-conflict",
    "device-mismatch",
    "not-participant",
    "epoch-conflict",
    "commit-refused",
    "too-large",
    "unsupported-version",
    "unsupported-media-type",
    "range-not-satisfiable",
    "rate-limited",
    "unavailable",
    "read-only",
    "storage-full",
    "internal",
];

/// How long a client should wait before it tries again what was unavailable.
const UNAVAILABLE_FOR: Duration = Duration::from_secs(1);
/// The same for what takes somebody who frees space, or makes the store writable.
const CARED_FOR_WITHIN: Duration = Duration::from_secs(10);

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The client's fault.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The path exists, the method does not.
    #[error("the method is not allowed here")]
    MethodNotAllowed,
    /// The client speaks no version of tus that the relay does.
    #[error("Tus-Resumable: not 1.0.0")]
    UnsupportedVersion,
    /// The body is of another type than the call takes.
    #[error("Content-Type: not application/offset+octet-stream")]
    UnsupportedMediaType,
    /// A range of bytes that are not there.
    #[error("the range begins beyond the end")]
    UnsatisfiableRange {
        /// How many bytes there are.
        length: u64,
    },
    /// Too many calls.
    #[error("too many calls")]
    RateLimited {
        /// When to try again.
        retry_after: Duration,
    },
    /// Too busy, or shutting down.
    #[error("the relay is busy")]
    Unavailable,
    /// The relay can only be read from at present.
    #[error("the relay is read-only at present")]
    ReadOnly,
    /// The relay has no space left for anything new.
    #[error("the relay has no space left")]
    StorageFull,
    /// The relay's fault.
    #[error("the relay failed")]
    Internal,
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => Self::Refused(refusal),
            StoreError::Unavailable => Self::Unavailable,
            StoreError::ReadOnly => Self::ReadOnly,
            StoreError::Full => Self::StorageFull,
            StoreError::Failed(_) => {
                tracing::error!(%error, "a store operation failed");
                Self::Internal
            }
        }
    }
}

impl ApiError {
    /// The stable code, with its status.
    #[must_use]
    pub const fn code(&self) -> (&'static str, StatusCode) {
        match self {
            Self::Refused(refusal) => match refusal {
                Refusal::BadRequest(_) => ("bad-request", StatusCode::BAD_REQUEST),
                Refusal::BadSignature(_) => ("bad-signature", StatusCode::BAD_REQUEST),
                Refusal::Unauthorized | Refusal::DeviceRevoked => {
                    ("unauthorized", StatusCode::UNAUTHORIZED)
                }
                Refusal::Forbidden => ("forbidden", StatusCode::FORBIDDEN),
                Refusal::NotFound => ("not-found", StatusCode::NOT_FOUND),
                Refusal::Conflict => ("conflict", StatusCode::CONFLICT),
                Refusal::UsernameTaken => ("username-taken", StatusCode::CONFLICT),
                Refusal::SequenceConflict { .. } => ("sequence-conflict", StatusCode::CONFLICT),
                Refusal::DeviceMismatch { .. } => ("device-mismatch", StatusCode::CONFLICT),
                Refusal::NotParticipant { .. } => ("not-participant", StatusCode::CONFLICT),
                Refusal::EpochConflict { .. } => ("epoch-conflict", StatusCode::CONFLICT),
                Refusal::CommitRefused { .. } => {
                    ("commit-refused", StatusCode::UNPROCESSABLE_ENTITY)
                }
                Refusal::TooLarge(_) => ("too-large", StatusCode::PAYLOAD_TOO_LARGE),
            },
            Self::MethodNotAllowed => ("method-not-allowed", StatusCode::METHOD_NOT_ALLOWED),
            Self::UnsupportedVersion => ("unsupported-version", StatusCode::PRECONDITION_FAILED),
            Self::UnsupportedMediaType => {
                ("unsupported-media-type", StatusCode::UNSUPPORTED_MEDIA_TYPE)
            }
            Self::UnsatisfiableRange { .. } => {
                ("range-not-satisfiable", StatusCode::RANGE_NOT_SATISFIABLE)
            }
            Self::RateLimited { .. } => ("rate-limited", StatusCode::TOO_MANY_REQUESTS),
            Self::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE),
            Self::ReadOnly => ("read-only", StatusCode::SERVICE_UNAVAILABLE),
            Self::StorageFull => ("storage-full", StatusCode::INSUFFICIENT_STORAGE),
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// The error that a bare status stands for, where a library answered with nothing else.
    #[must_use]
    pub fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Refusal::Unauthorized.into(),
            StatusCode::FORBIDDEN => Refusal::Forbidden.into(),
            StatusCode::NOT_FOUND => Refusal::NotFound.into(),
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::CONFLICT => Refusal::Conflict.into(),
            StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge("the body is too large").into(),
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            status if status.is_client_error() => {
                Refusal::bad_request("the request is malformed").into()
            }
            _ => Self::Internal,
        }
    }

    /// Members of the problem document beyond the usual ones.
    fn members(&self) -> Map<String, Value> {
        let members = match self {
            Self::Refused(Refusal::SequenceConflict { device_list }) => {
                json!({ "deviceList": device_list })
            }
            Self::Refused(Refusal::DeviceMismatch { missing, stale }) => {
                json!({ "missing": missing, "stale": stale })
            }
            Self::Refused(Refusal::NotParticipant { user_ids }) => json!({ "userIds": user_ids }),
            Self::Refused(Refusal::EpochConflict { epoch }) => json!({ "epoch": epoch }),
            Self::Refused(Refusal::CommitRefused { reason }) => json!({ "reason": reason }),
            Self::Refused(Refusal::DeviceRevoked) => json!({ "reason": "device-revoked" }),
            _ => Value::Null,
        };
        match members {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (code, status) = self.code();
        let mut problem = self.members();
        problem.insert("type".into(), "about:blank".into());
        problem.insert(
            "title".into(),
            status.canonical_reason().unwrap_or_default().into(),
        );
        problem.insert("status".into(), status.as_u16().into());
        problem.insert("code".into(), code.into());
        problem.insert("detail".into(), self.to_string().into());
        let mut response = (status, Value::Object(problem).to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        match self {
            Self::Refused(Refusal::Unauthorized | Refusal::DeviceRevoked) => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::RateLimited { retry_after } => {
                headers.insert(RETRY_AFTER, seconds(retry_after));
            }
            Self::UnsupportedVersion => {
                headers.insert("tus-version", HeaderValue::from_static("1.0.0"));
            }
            Self::UnsatisfiableRange { length } => {
                if let Ok(value) = HeaderValue::from_str(&format!("bytes */{length}")) {
                    headers.insert(CONTENT_RANGE, value);
                }
            }
            Self::Unavailable => {
                headers.insert(RETRY_AFTER, seconds(UNAVAILABLE_FOR));
            }
            Self::ReadOnly | Self::StorageFull => {
                headers.insert(RETRY_AFTER, seconds(CARED_FOR_WITHIN));
            }
            _ => {}
        }
        response
    }
}

/// Whole seconds, at least one.
fn seconds(duration: Duration) -> HeaderValue {
    let whole = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    HeaderValue::from(whole.max(1))
}
