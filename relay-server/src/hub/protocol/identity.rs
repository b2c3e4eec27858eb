//! Unguessable names of connections.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Bytes of a connection token, and of the time at its beginning.
const TOKEN: usize = 32;
const TIME: usize = 8;

/// The operating system gave no random bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoRandomness;

/// A public connection id: unique, 16 random bytes in base64url.
pub(super) fn connection_id() -> Result<String, NoRandomness> {
    random::<16>()
}

/// A secret connection token: the time and 24 random bytes in base64url, since the stock client puts it into a URL unescaped.
pub(super) fn connection_token() -> Result<String, NoRandomness> {
    let mut bytes = [0; TOKEN];
    let (time, random) = bytes.split_at_mut(TIME);
    time.copy_from_slice(&unix_seconds().to_be_bytes());
    getrandom::fill(random).map_err(|_| NoRandomness)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Whether a connection token was made at most so long ago, by this node or one whose clock is as right. It says nothing of who asked for it.
pub(super) fn is_fresh(token: &str, lifetime: Duration) -> bool {
    let mut bytes = [0; TOKEN];
    let decoded = URL_SAFE_NO_PAD.decode_slice(token, &mut bytes);
    let (time, _) = bytes.split_at(TIME);
    let Ok(time) = time.try_into().map(u64::from_be_bytes) else {
        return false;
    };
    decoded == Ok(TOKEN) && unix_seconds().abs_diff(time) <= lifetime.as_secs()
}

fn unix_seconds() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs())
}

fn random<const LENGTH: usize>() -> Result<String, NoRandomness> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_fresh_for_its_lifetime() {
        let lifetime = Duration::from_secs(30);
        assert!(is_fresh(&connection_token().unwrap(), lifetime));
        for (age, expected) in [(0, true), (29, true), (40, false), (u64::MAX / 2, false)] {
            let mut bytes = [7; TOKEN];
            let time = unix_seconds().wrapping_sub(age);
            bytes[..TIME].copy_from_slice(&time.to_be_bytes());
            let token = URL_SAFE_NO_PAD.encode(bytes);
            assert_eq!(is_fresh(&token, lifetime), expected, "{age}");
        }
        for token in ["", "x", &URL_SAFE_NO_PAD.encode([0; 33])] {
            assert!(!is_fresh(token, Duration::MAX), "{token}");
        }
    }
}
