//! Unguessable names of connections.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The operating system gave no random bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoRandomness;

/// A public connection id: unique, 16 random bytes in base64url.
pub(super) fn connection_id() -> Result<String, NoRandomness> {
    random::<16>()
}

/// A secret connection token: 32 random bytes in base64url, since the stock client puts it into a URL unescaped.
pub(super) fn connection_token() -> Result<String, NoRandomness> {
    random::<32>()
}

fn random<const LENGTH: usize>() -> Result<String, NoRandomness> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
