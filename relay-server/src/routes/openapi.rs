//! The OpenAPI document. Each handler describes itself beside its code and is routed by that description; here is what the
//! descriptions share.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use bytes::Bytes;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, Modify, OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::domain::blob::BlobId;
use crate::domain::{self, Address, UserId};
use crate::error::{CODES, PROBLEM};
use crate::state::AppState;

/// What the document begins with; routes add themselves.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Sealpost relay",
        description = "Public keys, routing and ciphertext. docs/relay-api.md says what the calls mean, docs/protocol.md what the byte strings are.",
    ),
    components(schemas(Problem, BlobId)),
    modifiers(&Bearer),
    security(("bearer" = [])),
    tags(
        (name = "login", description = "Registration and login"),
        (name = "users", description = "Users and their devices"),
        (name = "keys", description = "Prekeys and KeyPackages"),
        (name = "conversations", description = "Who is sent what"),
        (name = "messages", description = "Messages and mailboxes"),
        (name = "files", description = "Encrypted files"),
        (name = "forums", description = "Forums, topics and posts"),
        (name = "operation", description = "For those who run the relay"),
    ),
)]
pub(super) struct Base;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let mut bearer = Http::new(HttpAuthScheme::Bearer);
        bearer.description = Some("The access token that `POST /api/auth/token` gives".to_owned());
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

/// RFC 9457 problem document. `code` is stable and what a client goes by.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes what `ApiError` writes")]
struct Problem {
    r#type: String,
    title: String,
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    #[schema(schema_with = code)]
    code: String,
    detail: String,
    /// With `sequence-conflict`: the stored list.
    #[schema(nullable = false)]
    device_list: Option<domain::Bytes>,
    /// With `device-mismatch`: devices without an envelope.
    #[schema(nullable = false)]
    missing: Option<Vec<Address>>,
    /// With `device-mismatch`: envelopes for what is no active device of a recipient.
    #[schema(nullable = false)]
    stale: Option<Vec<Address>>,
    /// With `not-participant`: who.
    #[schema(nullable = false)]
    user_ids: Option<Vec<UserId>>,
    /// With `epoch-conflict`: that of the topic.
    #[schema(nullable = false)]
    epoch: Option<u64>,
    /// With `commit-refused`: which rule. With `unauthorized`: `device-revoked`, if the login proof is of a device that was revoked.
    #[schema(nullable = false)]
    reason: Option<String>,
}

fn code() -> utoipa::openapi::schema::Object {
    utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::Type::String)
        .enum_values(Some(CODES))
        .build()
}

fn problem(status: u16, description: &str) -> (String, RefOr<Response>) {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem")));
    let mut response = ResponseBuilder::new()
        .description(description)
        .content(PROBLEM, content.build());
    let header = match status {
        401 => Some("WWW-Authenticate"),
        429 | 503 | 507 => Some("Retry-After"),
        _ => None,
    };
    if let Some(name) = header {
        response = response.header(name, HeaderBuilder::new().build());
    }
    (status.to_string(), response.build().into())
}

/// Declares the statuses with which calls are refused.
macro_rules! refusals {
    ($($(#[$meta:meta])* $name:ident: $($status:literal $description:literal),+;)+) => { $(
        $(#[$meta])*
        pub(super) struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                BTreeMap::from([$(problem($status, $description)),+])
            }
        }
    )+ };
}

refusals! {
    /// What every call may be answered.
    Any: 400 "Malformed", 500 "The relay's own fault", 503 "Busy, or read-only at present", 507 "No space left";
    /// What a call without a body, query or parameters may be answered.
    Failed: 500 "The relay's own fault", 503 "Busy, or read-only at present", 507 "No space left";
    /// That the caller is not logged in.
    Unauthorized: 401 "No good token";
    /// That something is not the caller's to do.
    Forbidden: 403 "Not the caller's to do";
    /// That something does not exist for the caller.
    NotFound: 404 "Does not exist, or the caller may not see it";
    /// That something is otherwise already.
    Conflict: 409 "Otherwise than the caller thinks";
    /// That the client speaks another tus.
    UnsupportedVersion: 412 "Not tus 1.0.0";
    /// That a body is of another type.
    UnsupportedMediaType: 415 "Another type of body";
    /// That a range is beyond the end.
    UnsatisfiableRange: 416 "No such bytes";
    /// That a body or list is too large.
    TooLarge: 413 "Above a limit";
    /// That a commit does not apply.
    Unprocessable: 422 "The commit does not apply";
    /// That the caller called too often.
    Limited: 429 "Too often";
}

/// This document
#[utoipa::path(
    get, path = "/api/openapi.json", operation_id = "openapi", tag = "operation", security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = Object), Failed),
)]
async fn describe(State(Described(json)): State<Described>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], json)
}

/// The document as it is served.
#[derive(Clone)]
struct Described(Bytes);

/// Gives routes and their description apart, the route to the description among them.
pub(super) fn describe_all(routes: OpenApiRouter<AppState>) -> (Router<AppState>, Router) {
    let (own, itself) = OpenApiRouter::new()
        .routes(routes!(describe))
        .split_for_parts();
    let (router, described) = routes.split_for_parts();
    let document = Base::openapi().merge_from(described).merge_from(itself);
    // What cannot be written in JSON is not among what it consists of.
    let json = serde_json::to_vec(&document).unwrap_or_default();
    (router, own.with_state(Described(json.into())))
}
