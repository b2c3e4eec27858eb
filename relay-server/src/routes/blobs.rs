//! `/api/blobs`: uploads by tus 1.0.0 (creation, expiration, termination), downloads in ranges. Bodies stream both ways.

use std::ops::Range;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, LOCATION,
    RANGE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use futures_util::TryStreamExt as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Path;
use super::openapi::{
    Any, Conflict, Limited, NotFound, TooLarge, Unauthorized, UnsatisfiableRange,
    UnsupportedMediaType, UnsupportedVersion,
};
use super::to_the_end;
use crate::auth::Caller;
use crate::domain::blob::{Blob, BlobId, NewBlob, id_of_metadata};
use crate::domain::{Refusal, UnixMillis};
use crate::error::ApiError;
use crate::state::AppState;

const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
const PATCH_TYPE: &str = "application/offset+octet-stream";
const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(describe, create))
        .routes(routes!(status, read, append, end))
        .layer(middleware::map_response(async |mut response: Response| {
            response.headers_mut().insert(TUS_RESUMABLE, VERSION);
            response
        }))
}

/// Whether the client speaks tus 1.0.0.
fn require_version(headers: &HeaderMap) -> Result<(), ApiError> {
    if headers.get(TUS_RESUMABLE) == Some(&VERSION) {
        Ok(())
    } else {
        Err(ApiError::UnsupportedVersion)
    }
}

/// A whole number in a header.
fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, Refusal> {
    let text = headers.get(name).and_then(|value| value.to_str().ok());
    let digits = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    digits
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| Refusal::bad_request(format!("{name}: not a number")))
}

/// What tus' answers say of an upload.
fn progress(blob: &Blob) -> Result<[(HeaderName, HeaderValue); 2], ApiError> {
    Ok([
        (UPLOAD_OFFSET, blob.received.into()),
        (UPLOAD_EXPIRES, http_date(blob.expires_at)?),
    ])
}

/// A time as HTTP writes it (RFC 9110 §5.6.7).
fn http_date(time: UnixMillis) -> Result<HeaderValue, ApiError> {
    // Years beyond 9999 cannot be written.
    let seconds = (time / 1000).min(253_402_300_799);
    let date = httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(seconds));
    HeaderValue::from_str(&date).map_err(|_| ApiError::Internal)
}

/// A blob of the caller's.
async fn own(state: &AppState, caller: Caller, id: BlobId) -> Result<Blob, ApiError> {
    let blob = state.store.blob(id, state.clock.now()).await?;
    let own = blob.filter(|blob| blob.owner == caller.user());
    Ok(own.ok_or(Refusal::NotFound)?)
}

/// What the relay speaks, and how long a file may be
#[utoipa::path(
    options, path = "/blobs", operation_id = "describe_uploads", tag = "files",
    responses((status = 204, description = "tus 1.0.0", headers(("Tus-Version"), ("Tus-Extension"), ("Tus-Max-Size"))), Any, Unauthorized),
)]
async fn describe(State(state): State<AppState>, _: Caller) -> Response {
    let headers = [
        ("tus-version", VERSION),
        (
            "tus-extension",
            HeaderValue::from_static("creation,expiration,termination"),
        ),
        ("tus-max-size", state.blobs.max_bytes.into()),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Begins an upload
#[utoipa::path(
    post, path = "/blobs", operation_id = "begin_upload", tag = "files",
    params(
        ("Tus-Resumable" = String, Header, description = "`1.0.0`"),
        ("Upload-Length" = u64, Header, description = "Bytes of ciphertext"),
        ("Upload-Metadata" = String, Header, description = "`id`, and base64 of the blob's id: 16 random bytes in base64url without padding"),
    ),
    responses(
        (status = 201, description = "Begun, now or before", headers(("Location"), ("Upload-Offset"), ("Upload-Expires"))),
        Any, Unauthorized, NotFound, Conflict, UnsupportedVersion, TooLarge, Limited,
    ),
)]
async fn create(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    require_version(&headers)?;
    state.blobs.require()?;
    state.gate.rates.blobs(caller.device)?;
    let length = number(&headers, &UPLOAD_LENGTH)?;
    if length == 0 {
        return Err(Refusal::bad_request("Upload-Length: no bytes").into());
    }
    if length > state.blobs.max_bytes {
        return Err(Refusal::TooLarge("longer than a file may be").into());
    }
    let metadata = headers.get(UPLOAD_METADATA);
    let metadata = metadata.and_then(|value| value.to_str().ok());
    let id = id_of_metadata(metadata.unwrap_or_default())?;
    let now = state.clock.now();
    let new = NewBlob {
        id,
        length,
        quota: state.blobs.quota,
        expires_at: state.blobs.unfinished_until(now),
    };
    let blob = state.store.create_blob(caller.device, new, now).await?;
    let location = [(LOCATION, format!("/api/blobs/{id}"))];
    Ok((StatusCode::CREATED, location, progress(&blob)?).into_response())
}

/// How much of an upload is there
#[utoipa::path(
    head, path = "/blobs/{id}", operation_id = "upload_status", tag = "files",
    params(("id" = BlobId, Path), ("Tus-Resumable" = String, Header, description = "`1.0.0`")),
    responses(
        (status = 200, description = "As of now", headers(("Upload-Offset"), ("Upload-Length"), ("Upload-Expires"))),
        Any, Unauthorized, NotFound, UnsupportedVersion, Limited,
    ),
)]
async fn status(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<BlobId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    require_version(&headers)?;
    state.gate.rates.blobs(caller.device)?;
    let blob = own(&state, caller, id).await?;
    let length = [(UPLOAD_LENGTH, HeaderValue::from(blob.length))];
    Ok((StatusCode::OK, length, progress(&blob)?).into_response())
}

/// Sends the next bytes of an upload
#[utoipa::path(
    patch, path = "/blobs/{id}", operation_id = "upload", tag = "files",
    params(
        ("id" = BlobId, Path),
        ("Tus-Resumable" = String, Header, description = "`1.0.0`"),
        ("Upload-Offset" = u64, Header, description = "As many bytes as are there"),
    ),
    request_body(content_type = PATCH_TYPE, description = "Any number of bytes, up to the length"),
    responses(
        (status = 204, description = "On disk", headers(("Upload-Offset"), ("Upload-Expires"))),
        Any, Unauthorized, NotFound, Conflict, UnsupportedVersion, TooLarge, UnsupportedMediaType, Limited,
    ),
)]
async fn append(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<BlobId>,
    request: Request,
) -> Result<Response, ApiError> {
    let (head, body) = request.into_parts();
    let headers = head.headers;
    require_version(&headers)?;
    if headers.get(CONTENT_TYPE) != Some(&HeaderValue::from_static(PATCH_TYPE)) {
        return Err(ApiError::UnsupportedMediaType);
    }
    state.gate.rates.blobs(caller.device)?;
    let offset = number(&headers, &UPLOAD_OFFSET)?;
    let blob = own(&state, caller, id).await?;
    if offset != blob.received {
        return Err(Refusal::Conflict.into());
    }
    let left = blob.length - blob.received;
    if headers.contains_key(CONTENT_LENGTH) && number(&headers, &CONTENT_LENGTH)? > left {
        return Err(Refusal::TooLarge("more bytes than the file was to have").into());
    }
    // Also when the client goes away: what has come is kept, so that it goes on from there.
    to_the_end(async move {
        let written = state.blobs.write(id, offset, left, body).await?;
        let blob = if written.part.length == 0 {
            blob
        } else {
            let now = state.clock.now();
            let kept_until = state.blobs.kept_until(now);
            let added =
                (state.store).add_blob_part(caller.device, id, written.part, kept_until, now);
            match added.await {
                Ok(blob) => blob,
                Err(error) => {
                    state.blobs.discard(id, &written.part).await;
                    return Err(error.into());
                }
            }
        };
        if !written.is_whole {
            return Err(Refusal::bad_request("body: could not be read").into());
        }
        Ok((StatusCode::NO_CONTENT, progress(&blob)?).into_response())
    })
    .await
}

/// Drops a file, uploaded or not
#[utoipa::path(
    delete, path = "/blobs/{id}", operation_id = "drop_file", tag = "files",
    params(("id" = BlobId, Path), ("Tus-Resumable" = String, Header, description = "`1.0.0`")),
    responses((status = 204, description = "Gone"), Any, Unauthorized, NotFound, UnsupportedVersion, Limited),
)]
async fn end(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<BlobId>,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    require_version(&headers)?;
    state.gate.rates.blobs(caller.device)?;
    to_the_end(async move {
        let now = state.clock.now();
        state.store.end_blob(caller.user(), id, now).await?;
        // What cannot be dropped now is dropped by the next sweep.
        if let Err(error) = state.blobs.drop_now(&*state.store, id).await {
            tracing::warn!(%error, "a file that was ended could not be dropped");
        }
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// The bytes of a file
#[utoipa::path(
    get, path = "/blobs/{id}", operation_id = "download", tag = "files",
    params(("id" = BlobId, Path), ("Range" = Option<String>, Header, description = "One range of bytes")),
    responses(
        (status = 200, description = "All of it", content_type = "application/octet-stream"),
        (status = 206, description = "The range", content_type = "application/octet-stream", headers(("Content-Range"))),
        Any, Unauthorized, NotFound, UnsatisfiableRange, Limited,
    ),
)]
async fn read(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<BlobId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    state.gate.rates.blobs(caller.device)?;
    let blob = state.store.blob(id, state.clock.now()).await?;
    let blob = blob.filter(Blob::is_complete).ok_or(Refusal::NotFound)?;
    let asked = headers.get(RANGE).and_then(|value| value.to_str().ok());
    let range = match asked.and_then(range_of) {
        Some(asked) => {
            let range = asked.within(blob.length);
            Some(range.ok_or(ApiError::UnsatisfiableRange {
                length: blob.length,
            })?)
        }
        None => None,
    };
    let parts = state.store.blob_parts(id).await?;
    let Range { start, end } = range.clone().unwrap_or(0..blob.length);
    let bytes = state.blobs.read(id, parts, start..end).await?;
    let bytes = bytes.inspect_err(|_| tracing::error!("a file could not be read"));
    let headers = [
        (
            CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        ),
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment")),
        (ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        (CONTENT_LENGTH, end.saturating_sub(start).into()),
    ];
    let body = Body::from_stream(bytes);
    if range.is_none() {
        return Ok((headers, body).into_response());
    }
    let last = end.saturating_sub(1);
    let shown = format!("bytes {start}-{last}/{}", blob.length);
    let of = [(CONTENT_RANGE, shown)];
    Ok((StatusCode::PARTIAL_CONTENT, of, headers, body).into_response())
}

/// A range of bytes, as it is asked for (RFC 9110 §14.1.2).
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    /// From the first number to the second, or to the end.
    From(u64, Option<u64>),
    /// So many from the end.
    Last(u64),
}

/// What a `Range` header asks for. One that asks for something else is as none.
fn range_of(header: &str) -> Option<Asked> {
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse().ok()).flatten()
    };
    match header
        .trim()
        .strip_prefix("bytes=")?
        .trim()
        .split_once('-')?
    {
        ("", last) => Some(Asked::Last(number(last)?)),
        (first, "") => Some(Asked::From(number(first)?, None)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Asked::From(first, Some(last)))
        }
    }
}

impl Asked {
    /// What of it there is; nothing: it cannot be satisfied.
    fn within(self, length: u64) -> Option<Range<u64>> {
        let range = match self {
            Self::From(first, last) => {
                first..last.map_or(length, |last| last.saturating_add(1).min(length))
            }
            Self::Last(count) => length.saturating_sub(count)..length,
        };
        (range.start < range.end).then_some(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_rfc_9110() {
        let within = |header| range_of(header).map(|asked| asked.within(100));
        assert_eq!(within("bytes=0-0"), Some(Some(0..1)));
        assert_eq!(within("bytes=10-19"), Some(Some(10..20)));
        assert_eq!(within("bytes=90-"), Some(Some(90..100)));
        assert_eq!(within("bytes=-10"), Some(Some(90..100)));
        assert_eq!(within("bytes=-1000"), Some(Some(0..100)));
        assert_eq!(within("bytes=50-18446744073709551615"), Some(Some(50..100)));
        assert_eq!(within("bytes=100-"), Some(None));
        assert_eq!(within("bytes=-0"), Some(None));
        for none in [
            "bytes=",
            "bytes=-",
            "bytes=9-1",
            "bytes=0-1,3-4",
            "bytes=+1-2",
            "items=0-1",
            "bytes=1-18446744073709551616",
            "0-1",
        ] {
            assert_eq!(within(none), None, "{none}");
        }
    }
}
