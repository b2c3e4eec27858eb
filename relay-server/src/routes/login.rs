//! `POST /api/auth/…`.

use axum::extract::State;
use axum::routing::post;
use axum::{Json as Answer, Router};
use serde::{Deserialize, Serialize};

use super::extract::Json;
use crate::auth::{ClientAddress, Proof, TOKEN_LIFETIME_MS};
use crate::domain::{Address, Bytes, DeviceId, Refusal, UnixMillis, UserId};
use crate::error::ApiError;
use crate::state::AppState;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/auth/challenge", post(challenge))
        .route("/auth/token", post(token))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChallengeAnswer {
    challenge: Bytes,
    expires_at: UnixMillis,
}

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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TokenRequest {
    user_id: UserId,
    device_id: DeviceId,
    challenge: Bytes,
    origin: String,
    signature: Bytes,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenAnswer {
    access_token: String,
    expires_in: u64,
}

async fn token(
    State(state): State<AppState>,
    from: ClientAddress,
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
    let token = state.gate.log_in(proof).await?;
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
