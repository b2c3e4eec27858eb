//! Certificates that the relay hands over beside posts and links. They prove which account certified a device, not that the account is the
//! right one: that, the pinned key says.

use crate::identity::{Expectations, VerifiedCertificate};
use crate::wire::{Address, DeviceCertificate, Wire as _};

/// The certificate of a device among encoded ones, if it verifies under the account key that it names.
pub(super) fn find(encoded: &[Vec<u8>], address: Address) -> Option<DeviceCertificate> {
    let expected = Expectations {
        account_key: None,
        address: Some(address),
    };
    encoded
        .iter()
        .filter_map(|bytes| DeviceCertificate::from_bytes(bytes).ok())
        .filter(|certificate| certificate.address == address)
        .find_map(|certificate| VerifiedCertificate::verify(certificate, &expected).ok())
        .map(|verified| verified.certificate().clone())
}
