//! `/api/users`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json as Answer, Router};
use serde::Deserialize;

use super::extract::{Json, Path, Query};
use super::keys::PreKeysRequest;
use super::verified;
use crate::auth::{Caller, ClientAddress};
use crate::domain::credentials::{CertifiedDevice, SignedDeviceList};
use crate::domain::user::{Registration, UserDocument};
use crate::domain::{Bytes, Refusal, UserId, Username};
use crate::error::ApiError;
use crate::state::AppState;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/users", post(register).get(look_up))
        .route("/users/{id}", get(find))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RegistrationRequest {
    id: UserId,
    username: Username,
    device_list: Bytes,
    certificate: Bytes,
    pre_keys: PreKeysRequest,
}

async fn register(
    State(state): State<AppState>,
    from: ClientAddress,
    Json(request): Json<RegistrationRequest>,
) -> Result<(StatusCode, Answer<UserDocument>), ApiError> {
    state.gate.rates.registration(from)?;
    let registration = verified(move || {
        let device_list = SignedDeviceList::verify(request.device_list)?;
        let device = CertifiedDevice::verify(request.certificate)?;
        let prekeys = request.pre_keys.verify(&device.identity_key)?;
        Registration::new(request.id, request.username, device_list, device, prekeys)
    })
    .await?;
    let user = state
        .store
        .register(registration, state.clock.now())
        .await?;
    Ok((StatusCode::CREATED, Answer(user)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LookUp {
    username: String,
}

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

async fn find(
    State(state): State<AppState>,
    _: Caller,
    Path(id): Path<UserId>,
) -> Result<Answer<UserDocument>, ApiError> {
    Ok(Answer(
        state.store.user(id).await?.ok_or(Refusal::NotFound)?,
    ))
}
