//! HKDF-SHA-256 and HMAC-SHA-256.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

/// The all-zero salt of PQXDH and of message keys.
pub const ZERO_SALT: [u8; 32] = [0; 32];

/// `HKDF(salt, ikm, info, L)` of §1.
pub fn hkdf_sha256<const L: usize>(salt: &[u8; 32], ikm: &[u8], info: &[u8], output: &mut [u8; L]) {
    const { assert!(L <= 255 * 32, "RFC 5869 §2.3 gives at most 255 hashes") };
    expand(salt, ikm, info, output);
}

/// Not generic, so that it is compiled once, here.
fn expand(salt: &[u8; 32], ikm: &[u8], info: &[u8], output: &mut [u8]) {
    // The only error is a length that the caller rules out.
    let _: Result<(), hkdf::InvalidLength> =
        Hkdf::<Sha256>::new(Some(salt), ikm).expand(info, output);
}

/// `HMAC-SHA-256(key, byte)` into `output`, as `KDF_CK` uses it (§4).
pub fn hmac_sha256_byte(key: &[u8; 32], byte: u8, output: &mut [u8; 32]) {
    hmac_sha256(key, &[byte], output);
}

/// `HMAC-SHA-256(key, message)` into `output`. The protocol's messages are single bytes; test vectors have longer ones.
#[doc(hidden)]
pub fn hmac_sha256(key: &[u8; 32], message: &[u8], output: &mut [u8; 32]) {
    // HMAC pads a short key with zeros to the hash's block (RFC 2104 §2); padding it here makes the length a constant.
    let mut block = Zeroizing::new([0; 64]);
    block.split_at_mut(key.len()).0.copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new((&*block).into());
    mac.update(message);
    let mut tag = mac.finalize().into_bytes();
    output.copy_from_slice(&tag);
    tag.as_mut_slice().zeroize();
}

/// HMAC-SHA-256 under a key of any length, for MLS.
///
/// # Errors
/// None in practice.
#[cfg(feature = "topics")]
pub fn hmac_sha256_any(key: &[u8], message: &[u8]) -> Result<[u8; 32], crate::ProtocolError> {
    let mut mac =
        <Hmac<Sha256> as KeyInit>::new_from_slice(key).map_err(|_| crate::ProtocolError::Decode)?;
    mac.update(message);
    Ok(mac.finalize().into_bytes().into())
}

/// HKDF-Extract (RFC 5869 §2.2), for MLS.
#[cfg(feature = "topics")]
#[must_use]
pub fn hkdf_extract(salt: &[u8], ikm: &[u8]) -> Zeroizing<Vec<u8>> {
    let (mut prk, _) = Hkdf::<Sha256>::extract(Some(salt), ikm);
    let extracted = Zeroizing::new(prk.to_vec());
    prk.as_mut_slice().zeroize();
    extracted
}

/// HKDF-Expand (RFC 5869 §2.3), for MLS.
///
/// # Errors
/// [`ProtocolError::Decode`](crate::ProtocolError::Decode) if the key is shorter than a hash or more than 255 hashes are asked for.
#[cfg(feature = "topics")]
pub fn hkdf_expand(
    prk: &[u8],
    info: &[u8],
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, crate::ProtocolError> {
    let mut output = Zeroizing::new(vec![0; length]);
    Hkdf::<Sha256>::from_prk(prk)
        .ok()
        .and_then(|hkdf| hkdf.expand(info, &mut output).ok())
        .ok_or(crate::ProtocolError::Decode)?;
    Ok(output)
}
