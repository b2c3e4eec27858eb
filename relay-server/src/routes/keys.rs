//! `/api/keys`, `/api/prekey-bundles` and `/api/key-packages`.

use std::collections::HashSet;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Json;
use super::openapi::{Any, Conflict, Failed, Limited, TooLarge, Unauthorized};
use super::{to_the_end, verified};
use crate::auth::Caller;
use crate::domain::credentials::EncodedPreKeys;
use crate::domain::forum::{EncodedKeyPackages, verify_key_packages};
use crate::domain::prekeys::{DeviceBundle, DeviceKeyPackage, PreKeyCounts, PreKeyUpload};
use crate::domain::{Address, Bytes, Refusal, UnixMillis, limits};
use crate::error::ApiError;
use crate::hub::Hint;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(upload))
        .routes(routes!(count))
        .routes(routes!(claim))
        .routes(routes!(claim_key_packages))
}

/// Prekeys in a body.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PreKeysRequest {
    signed_pre_key: Option<Bytes>,
    kem_last_resort: Option<Bytes>,
    #[serde(default)]
    one_time_pre_keys: Vec<Bytes>,
    #[serde(default)]
    kem_pre_keys: Vec<Bytes>,
}

impl PreKeysRequest {
    /// Checks number, encodings and signatures.
    pub(super) fn verify(self, identity_key: &[u8; 32]) -> Result<PreKeyUpload, Refusal> {
        let most = self.one_time_pre_keys.len().max(self.kem_pre_keys.len());
        if most as u64 > limits::UNUSED_PREKEYS {
            return Err(Refusal::TooLarge(
                "at most 200 unused one-time keys of a kind are kept",
            ));
        }
        let encoded = EncodedPreKeys {
            signed: self.signed_pre_key,
            kem_last_resort: self.kem_last_resort,
            one_time: self.one_time_pre_keys,
            kem: self.kem_pre_keys,
        };
        encoded.verify(identity_key)
    }
}

/// Prekeys and KeyPackages in a body.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KeysRequest {
    signed_pre_key: Option<Bytes>,
    kem_last_resort: Option<Bytes>,
    #[serde(default)]
    one_time_pre_keys: Vec<Bytes>,
    #[serde(default)]
    kem_pre_keys: Vec<Bytes>,
    #[serde(default)]
    key_packages: Vec<Bytes>,
    last_resort_key_package: Option<Bytes>,
}

impl KeysRequest {
    fn verify(
        self,
        identity_key: &[u8; 32],
        certificate: &[u8],
        now: UnixMillis,
    ) -> Result<PreKeyUpload, Refusal> {
        let prekeys = PreKeysRequest {
            signed_pre_key: self.signed_pre_key,
            kem_last_resort: self.kem_last_resort,
            one_time_pre_keys: self.one_time_pre_keys,
            kem_pre_keys: self.kem_pre_keys,
        };
        let key_packages = EncodedKeyPackages {
            one_time: self.key_packages,
            last_resort: self.last_resort_key_package,
        };
        let mut upload = prekeys.verify(identity_key)?;
        upload.key_packages = verify_key_packages(key_packages, certificate, now)?;
        Ok(upload)
    }
}

/// Adds to the caller's prekeys and KeyPackages
#[utoipa::path(
    put, path = "/keys", operation_id = "upload_keys", tag = "keys",
    request_body = KeysRequest,
    responses((status = 204, description = "Done"), Any, Unauthorized, Conflict, TooLarge),
)]
async fn upload(
    State(state): State<AppState>,
    caller: Caller,
    Json(request): Json<KeysRequest>,
) -> Result<StatusCode, ApiError> {
    let identity_key = state.store.identity_key(caller.device).await?;
    let identity_key = identity_key.ok_or(Refusal::Unauthorized)?;
    let certificate = state.store.certificate(caller.device).await?;
    let certificate = certificate.ok_or(Refusal::Unauthorized)?;
    let now = state.clock.now();
    let prekeys = verified(move || request.verify(&identity_key, &certificate, now)).await?;
    state.store.add_prekeys(caller.device, prekeys).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How many of the caller's one-time keys remain
#[utoipa::path(
    get, path = "/keys/count", operation_id = "count_keys", tag = "keys",
    responses((status = 200, description = "Done", body = PreKeyCounts), Failed, Unauthorized),
)]
async fn count(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Answer<PreKeyCounts>, ApiError> {
    Ok(Answer(state.store.prekey_counts(caller.device).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ClaimRequest {
    addresses: Vec<Address>,
}

#[derive(Serialize, ToSchema)]
struct ClaimAnswer {
    bundles: Vec<DeviceBundle>,
    missing: Vec<Address>,
}

/// Takes a prekey bundle of each device
#[utoipa::path(
    post, path = "/prekey-bundles", operation_id = "claim_bundles", tag = "keys",
    request_body = ClaimRequest,
    responses((status = 200, description = "Done", body = ClaimAnswer), Any, Unauthorized, TooLarge, Limited),
)]
async fn claim(
    State(state): State<AppState>,
    caller: Caller,
    Json(ClaimRequest { addresses }): Json<ClaimRequest>,
) -> Result<Answer<ClaimAnswer>, ApiError> {
    check_addresses(&addresses)?;
    state.gate.rates.bundles(caller.device, addresses.len())?;
    to_the_end(async move {
        let claimed = state.store.claim_bundles(caller.device, addresses).await?;
        for (device, _) in claimed.low {
            state.live.announce(Hint::PreKeysLow { device });
        }
        Ok(Answer(ClaimAnswer {
            bundles: claimed.bundles,
            missing: claimed.missing,
        }))
    })
    .await
}

fn check_addresses(addresses: &[Address]) -> Result<(), Refusal> {
    if addresses.len() > limits::BUNDLE_ADDRESSES {
        return Err(Refusal::TooLarge("at most 1000 addresses at once"));
    }
    let mut named = HashSet::with_capacity(addresses.len());
    if !addresses.iter().all(|address| named.insert(*address)) {
        return Err(Refusal::bad_request("addresses: one is named twice"));
    }
    Ok(())
}

#[derive(Serialize, ToSchema)]
struct KeyPackagesAnswer {
    items: Vec<DeviceKeyPackage>,
    missing: Vec<Address>,
}

/// Takes a KeyPackage of each device
#[utoipa::path(
    post, path = "/key-packages", operation_id = "claim_key_packages", tag = "keys",
    request_body = ClaimRequest,
    responses((status = 200, description = "Done", body = KeyPackagesAnswer), Any, Unauthorized, TooLarge, Limited),
)]
async fn claim_key_packages(
    State(state): State<AppState>,
    caller: Caller,
    Json(ClaimRequest { addresses }): Json<ClaimRequest>,
) -> Result<Answer<KeyPackagesAnswer>, ApiError> {
    check_addresses(&addresses)?;
    state
        .gate
        .rates
        .key_packages(caller.device, addresses.len())?;
    to_the_end(async move {
        let claimed = state
            .store
            .claim_key_packages(caller.device, addresses)
            .await?;
        for (device, _) in claimed.low {
            state.live.announce(Hint::PreKeysLow { device });
        }
        Ok(Answer(KeyPackagesAnswer {
            items: claimed.items,
            missing: claimed.missing,
        }))
    })
    .await
}
