//! `/api/users`.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Path, Query};
use super::keys::PreKeysRequest;
use super::openapi::{Any, Conflict, Limited, NotFound, TooLarge, Unauthorized};
use super::verified;
use crate::auth::{Caller, ClientAddress, HostBearer};
use crate::domain::credentials::{CertifiedDevice, SignedDeviceList};
use crate::domain::user::{Registration, UserDocument};
use crate::domain::{Bytes, Refusal, UserId, Username};
use crate::error::ApiError;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(register, look_up))
        .routes(routes!(find))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RegistrationRequest {
    id: UserId,
    username: Username,
    device_list: Bytes,
    certificate: Bytes,
    pre_keys: PreKeysRequest,
}

/// Registers a user with a first device; in host-app mode, with the host application's token as bearer
#[utoipa::path(
    post, path = "/users", operation_id = "register", tag = "login", security(()),
    request_body = RegistrationRequest,
    responses((status = 201, description = "Stored", body = UserDocument), Any, Unauthorized, Conflict, TooLarge, Limited),
)]
async fn register(
    State(state): State<AppState>,
    from: ClientAddress,
    HostBearer(host): HostBearer,
    Json(request): Json<RegistrationRequest>,
) -> Result<(StatusCode, Answer<UserDocument>), ApiError> {
    state.gate.rates.registration(from)?;
    let mut registration = verified(move || {
        let device_list = SignedDeviceList::verify(request.device_list)?;
        let device = CertifiedDevice::verify(request.certificate)?;
        let prekeys = request.pre_keys.verify(&device.identity_key)?;
        Registration::new(request.id, request.username, device_list, device, prekeys)
    })
    .await?;
    registration.host = host;
    let user = state
        .store
        .register(registration, state.clock.now())
        .await?;
    Ok((StatusCode::CREATED, Answer(user)))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct LookUp {
    username: String,
}

/// A user by name
#[utoipa::path(
    get, path = "/users", operation_id = "look_up_user", tag = "users",
    params(LookUp),
    responses((status = 200, description = "Done", body = UserDocument), Any, Unauthorized, NotFound),
)]
async fn look_up(
    State(state): State<AppState>,
    _: Caller,
    Query(query): Query<LookUp>,
) -> Result<Answer<UserDocument>, ApiError> {
    let username = Username::parse(&query.username)?;
    Ok(Answer(
        state
            .store
            .user_named(username)
            .await?
            .ok_or(Refusal::NotFound)?,
    ))
}

/// A user by id
#[utoipa::path(
    get, path = "/users/{id}", operation_id = "find_user", tag = "users",
    params(("id" = UserId, Path)),
    responses((status = 200, description = "Done", body = UserDocument), Any, Unauthorized, NotFound),
)]
async fn find(
    State(state): State<AppState>,
    _: Caller,
    Path(id): Path<UserId>,
) -> Result<Answer<UserDocument>, ApiError> {
    Ok(Answer(
        state.store.user(id).await?.ok_or(Refusal::NotFound)?,
    ))
}
