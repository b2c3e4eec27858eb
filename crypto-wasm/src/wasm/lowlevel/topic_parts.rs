//! What topics take and give, as handles.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroizing;

use super::topic::{rng, seconds};
use super::{Answer, DeviceHandle, array, bytes, encoded};
use crate::ProtocolError;
use crate::crypto::sign::Ed25519PrivateKey;
use crate::forum::group::{self, Changes, KeyPackageRequest, NewCommit, NewKeyPackage};
use crate::forum::wire::{Invitation, InvitationUse};
use crate::wire::{DeviceCertificate, Wire as _};
use primitives::scrub::scrubbed;

/// A KeyPackage and what its device keeps of it.
#[wasm_bindgen]
pub struct KeyPackageHandle(NewKeyPackage);

#[wasm_bindgen]
impl KeyPackageHandle {
    /// Makes one.
    pub fn generate(device: &DeviceHandle, last_resort: bool, now_ms: f64) -> Answer<Self> {
        let request = KeyPackageRequest {
            one_time: usize::from(!last_resort),
            last_resort,
            now_s: seconds(now_ms),
        };
        let made = scrubbed(|| group::generate_key_packages(&device.0, &request, &mut rng()))?;
        let package = made.into_iter().next().ok_or(ProtocolError::Decode)?;
        Ok(Self(package))
    }

    /// The encoded MLSMessage.
    #[wasm_bindgen(js_name = keyPackage)]
    pub fn key_package(&self) -> Uint8Array {
        bytes(&self.0.key_package)
    }

    /// The KeyPackageRef.
    pub fn reference(&self) -> Uint8Array {
        bytes(&self.0.stored.reference)
    }

    /// The private keys.
    pub fn secret(&self) -> Uint8Array {
        bytes(&self.0.stored.secret)
    }
}

/// The KeyPackageRefs that a Welcome is for.
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
#[wasm_bindgen(js_name = welcomeReferences)]
pub fn welcome_references(welcome: &[u8]) -> Answer<Array> {
    let references = group::welcome_references(welcome)?;
    Ok(references
        .iter()
        .map(|reference| bytes(reference))
        .collect())
}

/// Spends a link's invitation for the device of a certificate; without a seed, an invitation by name.
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
#[wasm_bindgen(js_name = useInvitation)]
pub fn use_invitation(
    invitation: &[u8],
    certificate: &[u8],
    link_seed: Option<Vec<u8>>,
) -> Answer<Uint8Array> {
    let invitation = Invitation::from_bytes(invitation)?;
    let joiner = DeviceCertificate::from_bytes(certificate)?;
    let used = match link_seed.map(Zeroizing::new) {
        None => InvitationUse {
            invitation,
            link_signature: None,
        },
        Some(seed) => {
            let seed = Zeroizing::new(array(&seed)?);
            scrubbed(|| {
                let link = Ed25519PrivateKey::from_seed(&seed);
                group::spend_link(invitation, &link, &joiner)
            })?
        }
    };
    encoded(&used)
}

/// A commit for the relay.
#[wasm_bindgen]
pub struct CommitHandle(pub(super) NewCommit);

#[wasm_bindgen]
impl CommitHandle {
    /// The epoch in which it was made.
    pub fn epoch(&self) -> u64 {
        self.0.epoch
    }

    /// The encoded commit.
    pub fn commit(&self) -> Uint8Array {
        bytes(&self.0.commit)
    }

    /// The encoded group info of the epoch that it begins.
    #[wasm_bindgen(js_name = groupInfo)]
    pub fn group_info(&self) -> Uint8Array {
        bytes(&self.0.group_info)
    }

    /// The encoded Welcome, if it adds devices.
    pub fn welcome(&self) -> Option<Uint8Array> {
        self.0.welcome.as_ref().map(|welcome| bytes(welcome))
    }
}

/// What a commit changed.
#[wasm_bindgen]
pub struct ChangesHandle(pub(super) Changes);

#[wasm_bindgen]
impl ChangesHandle {
    /// The epoch that began.
    pub fn epoch(&self) -> u64 {
        self.0.epoch
    }

    /// The committer's certificate.
    pub fn committer(&self) -> Answer<Uint8Array> {
        encoded(&self.0.committer)
    }

    /// Whether it was an external commit.
    #[wasm_bindgen(js_name = isExternal)]
    pub fn is_external(&self) -> bool {
        self.0.is_external
    }

    /// Certificates of devices that came.
    pub fn added(&self) -> Answer<Array> {
        self.0.added.iter().map(encoded).collect()
    }

    /// Certificates of devices that went.
    pub fn removed(&self) -> Answer<Array> {
        self.0.removed.iter().map(encoded).collect()
    }

    /// Whether this device is among them.
    #[wasm_bindgen(js_name = selfRemoved)]
    pub fn self_removed(&self) -> bool {
        self.0.self_removed
    }

    /// The encoded policy, if it is new.
    pub fn policy(&self) -> Answer<Option<Uint8Array>> {
        self.0.policy.as_ref().map(encoded).transpose()
    }
}

/// A decrypted post.
#[wasm_bindgen]
pub struct PostHandle {
    pub(super) content_type: u8,
    pub(super) body: Zeroizing<Vec<u8>>,
}

#[wasm_bindgen]
impl PostHandle {
    /// The content type.
    #[wasm_bindgen(js_name = contentType)]
    pub fn content_type(&self) -> u8 {
        self.content_type
    }

    /// The encoded body.
    pub fn body(&self) -> Uint8Array {
        bytes(&self.body)
    }
}
