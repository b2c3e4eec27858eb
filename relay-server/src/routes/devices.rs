//! `/api/devices`.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Path};
use super::keys::PreKeysRequest;
use super::openapi::{Any, Conflict, NotFound, TooLarge, Unauthorized};
use super::{to_the_end, verified};
use crate::auth::Caller;
use crate::domain::credentials::{CertifiedDevice, SignedDeviceList};
use crate::domain::user::{DeviceLink, DeviceRevocation, UserDocument};
use crate::domain::{Address, Bytes, DeviceId, UserId};
use crate::error::ApiError;
use crate::hub::Hint;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(link, revoke))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LinkRequest {
    device_list: Bytes,
    certificate: Bytes,
    pre_keys: PreKeysRequest,
}

/// Links a device to the caller's account
#[utoipa::path(
    put, path = "/devices/{device_id}", operation_id = "link_device", tag = "users",
    params(("device_id" = DeviceId, Path)), request_body = LinkRequest,
    responses((status = 201, description = "Stored", body = UserDocument), Any, Unauthorized, NotFound, Conflict, TooLarge),
)]
async fn link(
    State(state): State<AppState>,
    caller: Caller,
    Path(device_id): Path<DeviceId>,
    Json(request): Json<LinkRequest>,
) -> Result<(StatusCode, Answer<UserDocument>), ApiError> {
    let user_id = caller.user();
    let link = verified(move || {
        let device_list = SignedDeviceList::verify(request.device_list)?;
        let device = CertifiedDevice::verify(request.certificate)?;
        let prekeys = request.pre_keys.verify(&device.identity_key)?;
        DeviceLink::new(user_id, device_id, device_list, device, prekeys)
    })
    .await?;
    to_the_end(async move {
        let user = state
            .store
            .link_device(caller.device, link, state.clock.now())
            .await?;
        announce(&state, user_id).await?;
        Ok((StatusCode::CREATED, Answer(user)))
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RevocationRequest {
    device_list: Bytes,
}

/// Revokes a device of the caller's account
#[utoipa::path(
    delete, path = "/devices/{device_id}", operation_id = "revoke_device", tag = "users",
    params(("device_id" = DeviceId, Path)), request_body = RevocationRequest,
    responses((status = 200, description = "Done", body = UserDocument), Any, Unauthorized, NotFound, Conflict, TooLarge),
)]
async fn revoke(
    State(state): State<AppState>,
    caller: Caller,
    Path(device_id): Path<DeviceId>,
    Json(request): Json<RevocationRequest>,
) -> Result<Answer<UserDocument>, ApiError> {
    let user_id = caller.user();
    let revocation = verified(move || {
        let device_list = SignedDeviceList::verify(request.device_list)?;
        DeviceRevocation::new(user_id, device_id, device_list)
    })
    .await?;
    to_the_end(async move {
        let device = Address { user_id, device_id };
        // None if it was revoked before.
        let topics = state.store.memberships(device).await.unwrap_or_default();
        let user = state
            .store
            .revoke_device(caller.device, revocation, state.clock.now())
            .await?;
        state.live.announce(Hint::Revoked { device });
        for topic in topics {
            state.live.announce(Hint::TopicChanged { topic });
            // Whoever learns the new list may commit the removal of the device's leaf.
            let changed = user_id;
            state
                .live
                .announce(Hint::TopicDevicesChanged { topic, changed });
        }
        announce(&state, user_id).await?;
        Ok(Answer(user))
    })
    .await
}

/// Tells everybody who may have sessions with the user's devices.
async fn announce(state: &AppState, user: UserId) -> Result<(), ApiError> {
    let changed = user;
    for user in state.store.acquaintances(changed).await? {
        state.live.announce(Hint::DevicesChanged { user, changed });
    }
    Ok(())
}
