//! Logging in: a challenge, signed by the device's identity key for one of the relay's origins, becomes a token.

use super::gate::Gate;
use super::token::AccessToken;
use crate::domain::credentials::LoginProof;
use crate::domain::login::{Challenge, HostAccount, Login};
use crate::domain::{Address, Refusal};
use crate::error::ApiError;

/// How long a challenge waits for its proof.
pub const CHALLENGE_LIFETIME_MS: u64 = 60_000;
/// How long a token is good.
pub const TOKEN_LIFETIME_MS: u64 = 3_600_000;

/// What a device answers to a challenge.
pub struct Proof {
    /// The device.
    pub device: Address,
    /// The challenge.
    pub challenge: [u8; 32],
    /// The relay's origin as the device reached it.
    pub origin: String,
    /// By the device's identity key.
    pub signature: [u8; 64],
}

impl Gate {
    /// Makes a challenge for a device, whether or not there is such a device.
    ///
    /// # Errors
    /// Errors of the store; [`ApiError::Internal`] without randomness.
    pub async fn challenge(&self, device: Address) -> Result<Challenge, ApiError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| ApiError::Internal)?;
        let expires_at = self.clock.now().saturating_add(CHALLENGE_LIFETIME_MS);
        let challenge = Challenge {
            challenge: bytes,
            device,
            expires_at,
        };
        self.store.add_challenge(challenge.clone()).await?;
        Ok(challenge)
    }

    /// Checks a proof and gives a token for it; in host-app mode to the device of a user whom the host application named. The challenge is used up, whatever becomes of the proof.
    ///
    /// # Errors
    /// [`Refusal::Unauthorized`] for a proof that is not accepted, for whatever reason, [`Refusal::DeviceRevoked`] for a good one of a device that was
    /// revoked; errors of the store.
    pub async fn log_in(
        &self,
        proof: Proof,
        host: Option<HostAccount>,
    ) -> Result<AccessToken, ApiError> {
        let challenge = self
            .store
            .take_challenge(proof.challenge)
            .await?
            .ok_or(Refusal::Unauthorized)?;
        let now = self.clock.now();
        if challenge.device != proof.device
            || now >= challenge.expires_at
            || !self.origins.contains(&proof.origin)
        {
            return Err(Refusal::Unauthorized.into());
        }
        if let Some(account) = host
            && self.store.host_user(account).await? != Some(proof.device.user_id)
        {
            return Err(Refusal::Unauthorized.into());
        }
        let device = proof.device;
        let active = self.store.identity_key(device).await?;
        // Whoever has the key of a revoked device is told so, and nobody else.
        let (identity_key, is_revoked) = match active {
            Some(key) => (key, false),
            None => {
                let revoked = self.store.revoked_identity_key(device).await?;
                (revoked.ok_or(Refusal::Unauthorized)?, true)
            }
        };
        let statement = LoginProof {
            origin: proof.origin,
            challenge: proof.challenge,
            device: proof.device,
            expires_at: challenge.expires_at,
        };
        if !statement.is_signed(&identity_key, &proof.signature) {
            return Err(Refusal::Unauthorized.into());
        }
        if is_revoked {
            return Err(Refusal::DeviceRevoked.into());
        }
        let token = AccessToken::generate()?;
        let login = Login {
            device: proof.device,
            expires_at: now.saturating_add(TOKEN_LIFETIME_MS),
        };
        self.store.add_token(token.hash(), login).await?;
        Ok(token)
    }
}
