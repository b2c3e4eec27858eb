//! Credentials: a leaf's signature key is a device's identity key, and its basic credential holds the device's certificate (§7).

use mls_rs::identity::basic::BasicCredential;
use mls_rs::identity::{Credential, CredentialType, SigningIdentity};
use mls_rs::time::MlsTime;
use mls_rs::{ExtensionList, IdentityProvider};
use mls_rs_core::identity::MemberValidationContext;

use super::RuleError;
use crate::ProtocolError;
use crate::identity::{Expectations, VerifiedCertificate};
use crate::wire::{DeviceCertificate, Wire as _};

/// What a leaf says of a device.
///
/// # Errors
/// None in practice.
pub fn signing_identity(certificate: &DeviceCertificate) -> Result<SigningIdentity, ProtocolError> {
    Ok(SigningIdentity::new(
        BasicCredential::new(certificate.to_bytes()?).into_credential(),
        certificate.identity_key.as_bytes().to_vec().into(),
    ))
}

/// The certificate of a leaf, not verified: leaves were verified when they came into the tree.
///
/// # Errors
/// [`RuleError::Leaf`] if the credential is not a certificate or the leaf's key is not the certified one.
// TOP-1
pub fn certificate(identity: &SigningIdentity) -> Result<DeviceCertificate, RuleError> {
    let Credential::Basic(credential) = &identity.credential else {
        return Err(RuleError::Leaf);
    };
    let certificate =
        DeviceCertificate::from_bytes(credential.identifier()).map_err(|_| RuleError::Leaf)?;
    if certificate.identity_key.as_bytes() == &*identity.signature_key {
        Ok(certificate)
    } else {
        Err(RuleError::Leaf)
    }
}

/// Validates leaves by themselves, without what a client alone knows: honest members never disagree.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeviceIdentities;

impl IdentityProvider for DeviceIdentities {
    type Error = RuleError;

    // TOP-1
    fn validate_member(
        &self,
        identity: &SigningIdentity,
        _: Option<MlsTime>,
        _: MemberValidationContext<'_>,
    ) -> Result<(), RuleError> {
        VerifiedCertificate::verify(certificate(identity)?, &Expectations::default())
            .map(|_| ())
            .map_err(|_| RuleError::Leaf)
    }

    fn validate_external_sender(
        &self,
        _: &SigningIdentity,
        _: Option<MlsTime>,
        _: Option<&ExtensionList>,
    ) -> Result<(), RuleError> {
        Err(RuleError::Proposals)
    }

    /// The device's address: a group has each device once.
    fn identity(
        &self,
        identity: &SigningIdentity,
        _: &ExtensionList,
    ) -> Result<Vec<u8>, RuleError> {
        let address = certificate(identity)?.address;
        address.to_bytes().map_err(|_| RuleError::Leaf)
    }

    fn valid_successor(
        &self,
        predecessor: &SigningIdentity,
        successor: &SigningIdentity,
        _: &ExtensionList,
    ) -> Result<bool, RuleError> {
        Ok(predecessor == successor)
    }

    fn supported_types(&self) -> Vec<CredentialType> {
        vec![CredentialType::BASIC]
    }
}
