//! Posts, encrypted once for everybody who has the epoch's archive key (§7).

use rand_core::CryptoRng;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::archive::ArchiveKey;
use super::wire::{MAX_POST, Post, PostBody, PostContent, PostHeader};
use crate::ProtocolError;
use crate::codec;
use crate::crypto::aead::AeadKey;
use crate::crypto::kdf::hkdf_sha256;
use crate::crypto::label;
use crate::crypto::sign::Signature;
use crate::identity::Device;
use crate::wire::codec::{Version1, Wire as _};
use crate::wire::{DeviceCertificate, PostId, padding};

/// The key of one post, and the commitment to it.
struct PostKey {
    key: AeadKey,
    commitment: [u8; 32],
}

// PST-1
fn derive(archive: &ArchiveKey, post_id: &PostId) -> PostKey {
    // HMAC pads a salt shorter than its block with zeros (RFC 2104 §2).
    let mut salt = [0; 32];
    salt.split_at_mut(16).0.copy_from_slice(post_id.as_bytes());
    let mut output = Zeroizing::new([0; 64]);
    hkdf_sha256(&salt, archive.expose(), b"Sealpost_Post", &mut output);
    let (key, committed) = output.split_at(32);
    let mut commitment = [0; 32];
    commitment.copy_from_slice(committed);
    PostKey {
        key: AeadKey::init(|bytes| bytes.copy_from_slice(key)),
        commitment,
    }
}

/// What the author signs: all that the post says, the key that it is under, and where it belongs.
// PST-3
fn signed(
    header: &PostHeader,
    commitment: &[u8; 32],
    content_type: u8,
    body: &Zeroizing<Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>, ProtocolError> {
    codec::encode(&[&Version1, header, commitment, &content_type, body]).map(Zeroizing::new)
}

fn associated_data(header: &PostHeader, commitment: &[u8; 32]) -> Result<Vec<u8>, ProtocolError> {
    codec::encode(&[&Version1, header, commitment])
}

/// Encrypts a post of this device, under the archive key of the epoch in its header.
///
/// # Errors
/// [`ProtocolError::Decode`] if a text is longer than 48 KiB or the post than 64 KiB.
pub fn encrypt(
    device: &Device,
    header: PostHeader,
    content: &PostContent,
    archive: &ArchiveKey,
    rng: &mut dyn CryptoRng,
) -> Result<Post, ProtocolError> {
    let PostKey { key, commitment } = derive(archive, &header.post_id);
    let (content_type, body) = (content.content_type(), content.to_body()?);
    let to_sign = signed(&header, &commitment, content_type, &body)?;
    let body = PostBody {
        content_type,
        body,
        signature: device.identity().sign(label::POST, &to_sign),
    };
    let plaintext = Zeroizing::new(body.to_bytes()?);
    let padded = Zeroizing::new(padding::pad(&plaintext));
    let mut nonce = [0; 12];
    rng.fill_bytes(&mut nonce);
    let post = Post {
        version: Version1,
        header,
        commitment,
        nonce,
        ciphertext: key.seal(&nonce, &padded, &associated_data(&header, &commitment)?)?,
    };
    // PST-5
    if post.to_bytes()?.len() > MAX_POST {
        return Err(ProtocolError::Decode);
    }
    Ok(post)
}

/// Whether a post is under this key, by its commitment.
#[must_use]
pub fn is_under(post: &Post, archive: &ArchiveKey) -> bool {
    derive(archive, &post.header.post_id)
        .commitment
        .ct_eq(&post.commitment)
        .into()
}

/// A post that was decrypted, whose author is still to be verified.
pub struct Opened {
    content_type: u8,
    body: Zeroizing<Vec<u8>>,
    signature: Signature,
}

/// Decrypts a post.
///
/// # Errors
/// [`ProtocolError::Decrypt`] if it is not under this key or was changed, [`ProtocolError::Decode`] for wrong padding or a body that
/// is none.
// PST-2
pub fn decrypt(post: &Post, archive: &ArchiveKey) -> Result<Opened, ProtocolError> {
    let PostKey { key, commitment } = derive(archive, &post.header.post_id);
    if !bool::from(commitment.ct_eq(&post.commitment)) {
        return Err(ProtocolError::Decrypt);
    }
    let aad = associated_data(&post.header, &commitment)?;
    let padded = Zeroizing::new(key.open(&post.nonce, &post.ciphertext, &aad)?);
    let body = PostBody::from_bytes(padding::unpad(&padded)?)?;
    Ok(Opened {
        content_type: body.content_type,
        body: body.body,
        signature: body.signature,
    })
}

impl Opened {
    /// Verifies that the author of the header wrote it, and reads what it says; `None` for content types of later versions.
    /// The certificate was verified before.
    ///
    /// # Errors
    /// [`ProtocolError::AddressMismatch`] if the certificate is of another device, [`ProtocolError::BadSignature`],
    /// [`ProtocolError::Decode`].
    // PST-3
    pub fn verify(
        &self,
        post: &Post,
        author: &DeviceCertificate,
    ) -> Result<Option<PostContent>, ProtocolError> {
        if author.address != post.header.author {
            return Err(ProtocolError::AddressMismatch);
        }
        let signed = signed(
            &post.header,
            &post.commitment,
            self.content_type,
            &self.body,
        )?;
        author
            .identity_key
            .verify(label::POST, &signed, &self.signature)?;
        PostContent::of(self.content_type, &self.body)
    }
}

#[cfg(test)]
mod tests;
