//! KeyPackages as devices upload them.

use crypto_wasm::forum::key_package::verify_key_package;
use crypto_wasm::wire::Wire as _;

use crate::domain::prekeys::KeyPackageUpload;
use crate::domain::{Bytes, Refusal, UnixMillis, limits};

/// KeyPackages as they arrive, not verified.
#[derive(Debug, Default)]
pub struct EncodedKeyPackages {
    /// For one use.
    pub one_time: Vec<Bytes>,
    /// For when the others are gone.
    pub last_resort: Option<Bytes>,
}

/// Verifies KeyPackages of the device with this certificate.
///
/// # Errors
/// [`Refusal::TooLarge`] for too many or too long ones, [`Refusal::BadSignature`] for one that MLS refuses, [`Refusal::BadRequest`] for
/// one of another device or kind.
pub fn verify_key_packages(
    encoded: EncodedKeyPackages,
    certificate: &[u8],
    now: UnixMillis,
) -> Result<KeyPackageUpload, Refusal> {
    if encoded.one_time.len() as u64 > limits::UNUSED_PREKEYS {
        return Err(Refusal::TooLarge(
            "at most 200 unused one-time keys of a kind are kept",
        ));
    }
    let verify = |key_package: Bytes, last_resort: bool| {
        verify(&key_package, certificate, last_resort, now).map(|()| key_package.0)
    };
    Ok(KeyPackageUpload {
        one_time: encoded
            .one_time
            .into_iter()
            .map(|package| verify(package, false))
            .collect::<Result<_, _>>()?,
        last_resort: encoded
            .last_resort
            .map(|package| verify(package, true))
            .transpose()?,
    })
}

fn verify(
    key_package: &Bytes,
    certificate: &[u8],
    last_resort: bool,
    now: UnixMillis,
) -> Result<(), Refusal> {
    if key_package.as_slice().len() > limits::KEY_PACKAGE_BYTES {
        return Err(Refusal::TooLarge("a KeyPackage is at most 4 KiB"));
    }
    let info = verify_key_package(key_package.as_slice(), now / 1000)
        .map_err(|_| Refusal::BadSignature("keyPackages: one does not verify"))?;
    let named = info
        .certificate
        .to_bytes()
        .is_ok_and(|named| named == certificate);
    if named && info.last_resort == last_resort {
        Ok(())
    } else {
        Err(Refusal::bad_request(
            "keyPackages: one is of another device or kind",
        ))
    }
}
