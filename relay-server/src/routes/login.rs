//! `POST /api/auth/…`.

use axum::Json as Answer;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Json;
use super::openapi::{Any, Limited, TooLarge, Unauthorized};
use crate::auth::{ClientAddress, HostBearer, Proof, TOKEN_LIFETIME_MS};
use crate::domain::{Address, Bytes, DeviceId, Refusal, UnixMillis, UserId};
use crate::error::ApiError;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(challenge))
        .routes(routes!(token))
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChallengeAnswer {
    challenge: Bytes,
    expires_at: UnixMillis,
}

/// A challenge for a device
#[utoipa::path(
    post, path = "/auth/challenge", operation_id = "challenge", tag = "login", security(()),
    request_body = Address,
    responses((status = 200, description = "Done", body = ChallengeAnswer), Any, TooLarge, Limited),
)]
async fn challenge(
    State(state): State<AppState>,
    from: ClientAddress,
    Json(device): Json<Address>,
) -> Result<Answer<ChallengeAnswer>, ApiError> {
    state.gate.rates.login(from)?;
    let challenge = state.gate.challenge(device).await?;
    Ok(Answer(ChallengeAnswer {
        challenge: challenge.challenge.to_vec().into(),
        expires_at: challenge.expires_at,
    }))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TokenRequest {
    user_id: UserId,
    device_id: DeviceId,
    challenge: Bytes,
    origin: String,
    signature: Bytes,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TokenAnswer {
    access_token: String,
    expires_in: u64,
}

/// An access token for a signed challenge; in host-app mode, with the host application's token as bearer
#[utoipa::path(
    post, path = "/auth/token", operation_id = "token", tag = "login", security(()),
    request_body = TokenRequest,
    responses((status = 200, description = "Done", body = TokenAnswer), Any, Unauthorized, TooLarge, Limited),
)]
async fn token(
    State(state): State<AppState>,
    from: ClientAddress,
    HostBearer(host): HostBearer,
    Json(request): Json<TokenRequest>,
) -> Result<Answer<TokenAnswer>, ApiError> {
    state.gate.rates.login(from)?;
    let proof = Proof {
        device: Address {
            user_id: request.user_id,
            device_id: request.device_id,
        },
        challenge: exactly(&request.challenge, "challenge: not 32 bytes")?,
        origin: request.origin,
        signature: exactly(&request.signature, "signature: not 64 bytes")?,
    };
    let token = state.gate.log_in(proof, host).await?;
    Ok(Answer(TokenAnswer {
        access_token: token.to_text().to_string(),
        expires_in: TOKEN_LIFETIME_MS / 1000,
    }))
}

fn exactly<const N: usize>(bytes: &Bytes, otherwise: &'static str) -> Result<[u8; N], Refusal> {
    bytes
        .as_slice()
        .try_into()
        .map_err(|_| Refusal::bad_request(otherwise))
}
