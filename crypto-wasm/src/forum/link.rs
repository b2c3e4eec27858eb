//! Invitation links as text (§7): what goes into the fragment of a URL, and to no server.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use zeroize::Zeroizing;

use super::archive::LinkSecret;
use super::wire::Invitation;
use crate::ProtocolError;
use crate::codec;
use crate::crypto::sign::Ed25519PrivateKey;
use crate::secret::secret;
use crate::wire::TopicId;
use crate::wire::codec::{Version1, Wire};

/// The longest text that is taken for a link.
pub const MAX_LINK: usize = 8 * 1024;

secret!(
    /// The seed of a link's private key.
    LinkSeed, 32
);

/// The history that a link opens.
pub struct LinkHistory {
    /// Names the secret.
    pub secret_id: [u8; 16],
    /// The secret.
    pub secret: LinkSecret,
}

codec!(struct LinkHistory { secret_id, secret });

/// An invitation for whoever holds it.
pub struct InvitationLink {
    /// Always 1.
    pub version: Version1,
    /// The topic.
    pub topic_id: TopicId,
    /// `HashWithLabel("topic genesis", genesis)`.
    pub genesis_hash: [u8; 32],
    /// The invitation; absent for an open topic, which needs none.
    pub invitation: Option<Invitation>,
    /// Seed of the private half of the invitation's link key.
    pub seed: LinkSeed,
    /// The topic's title when the link was made.
    pub title: String,
    /// What opens the history to whoever comes in while nobody is there.
    pub history: Option<LinkHistory>,
}

codec!(struct InvitationLink {
    version,
    topic_id,
    genesis_hash,
    invitation,
    seed,
    title,
    history,
});

impl Wire for InvitationLink {}

impl InvitationLink {
    /// The private half of the link's key.
    #[must_use]
    pub fn key(&self) -> Ed25519PrivateKey {
        Ed25519PrivateKey::from_seed(self.seed.expose())
    }

    /// The text: base64url without padding.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] if the title is too long.
    // PST-9
    pub fn to_text(&self) -> Result<Zeroizing<String>, ProtocolError> {
        let bytes = Zeroizing::new(self.to_bytes()?);
        let text = Zeroizing::new(Base64UrlUnpadded::encode_string(&bytes));
        if text.len() > MAX_LINK {
            return Err(ProtocolError::Decode);
        }
        Ok(text)
    }

    /// Reads the text. The invitation is of this topic and of the link's key; whether it is signed, only the topic can tell.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] for anything that [`to_text`](Self::to_text) does not give.
    // PST-9
    pub fn from_text(text: &str) -> Result<Self, ProtocolError> {
        if text.len() > MAX_LINK {
            return Err(ProtocolError::Decode);
        }
        let bytes = Base64UrlUnpadded::decode_vec(text).map_err(|_| ProtocolError::Decode)?;
        let link: Self = codec::decode(&Zeroizing::new(bytes))?;
        let fits = link.invitation.as_ref().is_none_or(|invitation| {
            invitation.topic_id == link.topic_id
                && invitation.genesis_hash == link.genesis_hash
                && invitation.invitee_account_key.is_none()
                && invitation.link_public_key == Some(link.key().public_key())
        });
        if fits {
            Ok(link)
        } else {
            Err(ProtocolError::Decode)
        }
    }
}

#[cfg(test)]
mod tests;
