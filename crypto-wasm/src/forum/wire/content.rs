//! What posts say (§7), in the clear.

use zeroize::Zeroizing;

use crate::ProtocolError;
use crate::codec::{self, Decode, Encode, Reader, Writer};
use crate::crypto::sign::Signature;
use crate::forum::archive::LinkSecret;
use crate::wire::codec::{Flag, Wire};
use crate::wire::{PostId, UserId};

use super::post::MAX_TEXT;

/// What is encrypted of a post.
pub struct PostBody {
    /// Tells the contents apart.
    pub content_type: u8,
    /// The encoded content.
    pub body: Zeroizing<Vec<u8>>,
    /// By the author's identity key, label "post"; see [`post`](crate::forum::post).
    pub signature: Signature,
}

crate::codec!(struct PostBody { content_type, body, signature });

impl Wire for PostBody {}

/// What a post says or does.
pub enum PostContent {
    /// Words.
    Text {
        /// UTF-8, at most 48 KiB.
        text: String,
        /// Who is to notice.
        mentions: Vec<UserId>,
    },
    /// Other words for a post of the same user.
    Edit {
        /// Which.
        post_id: PostId,
        /// As in a text.
        text: String,
        /// As in a text.
        mentions: Vec<UserId>,
    },
    /// Takes back a post of the same user.
    Delete {
        /// Which.
        post_id: PostId,
    },
    /// Adds or takes away the user's reaction.
    Reaction {
        /// To which post.
        post_id: PostId,
        /// Which.
        emoji: String,
        /// Taken away.
        removed: Flag,
    },
    /// Pins a post, or takes the pin away.
    Pin {
        /// Which.
        post_id: PostId,
        /// Taken away.
        removed: Flag,
    },
    /// Takes away somebody else's post.
    ModeratorDelete {
        /// Which.
        post_id: PostId,
    },
    /// The secret that invitation links carry from now on.
    LinkSecret {
        /// Names it.
        secret_id: [u8; 16],
        /// The secret.
        secret: LinkSecret,
    },
    /// What the topic is called.
    Info {
        /// The title.
        title: String,
        /// Some sentences, or nothing.
        description: String,
    },
}

/// The content without its type, which is told besides.
impl Encode for PostContent {
    fn encode(&self, to: &mut Writer) {
        match self {
            Self::Text { text, mentions } => {
                text.encode(to);
                mentions.encode(to);
            }
            Self::Edit {
                post_id,
                text,
                mentions,
            } => {
                post_id.encode(to);
                text.encode(to);
                mentions.encode(to);
            }
            Self::Delete { post_id } | Self::ModeratorDelete { post_id } => post_id.encode(to),
            Self::Reaction {
                post_id,
                emoji,
                removed,
            } => {
                post_id.encode(to);
                emoji.encode(to);
                removed.encode(to);
            }
            Self::Pin { post_id, removed } => {
                post_id.encode(to);
                removed.encode(to);
            }
            Self::LinkSecret { secret_id, secret } => {
                secret_id.encode(to);
                secret.encode(to);
            }
            Self::Info { title, description } => {
                title.encode(to);
                description.encode(to);
            }
        }
    }
}

impl PostContent {
    /// Which of the contents it is.
    // PST-4
    #[must_use]
    pub const fn content_type(&self) -> u8 {
        match self {
            Self::Text { .. } => 1,
            Self::Edit { .. } => 2,
            Self::Delete { .. } => 3,
            Self::Reaction { .. } => 4,
            Self::Pin { .. } => 5,
            Self::ModeratorDelete { .. } => 6,
            Self::LinkSecret { .. } => 7,
            Self::Info { .. } => 8,
        }
    }

    /// The encoded content.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] if a text is longer than 48 KiB.
    pub fn to_body(&self) -> Result<Zeroizing<Vec<u8>>, ProtocolError> {
        self.check()?;
        codec::encode(&[self]).map(Zeroizing::new)
    }

    /// Reads a content of a type; `None` for types of later versions.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`].
    // PST-4
    pub fn of(content_type: u8, body: &[u8]) -> Result<Option<Self>, ProtocolError> {
        let from = &mut Reader::new(body);
        let content = match content_type {
            1 => Self::Text {
                text: Decode::decode(from)?,
                mentions: Decode::decode(from)?,
            },
            2 => Self::Edit {
                post_id: Decode::decode(from)?,
                text: Decode::decode(from)?,
                mentions: Decode::decode(from)?,
            },
            3 => Self::Delete {
                post_id: Decode::decode(from)?,
            },
            4 => Self::Reaction {
                post_id: Decode::decode(from)?,
                emoji: Decode::decode(from)?,
                removed: Decode::decode(from)?,
            },
            5 => Self::Pin {
                post_id: Decode::decode(from)?,
                removed: Decode::decode(from)?,
            },
            6 => Self::ModeratorDelete {
                post_id: Decode::decode(from)?,
            },
            7 => Self::LinkSecret {
                secret_id: Decode::decode(from)?,
                secret: Decode::decode(from)?,
            },
            8 => Self::Info {
                title: Decode::decode(from)?,
                description: Decode::decode(from)?,
            },
            _ => return Ok(None),
        };
        if !from.is_empty() {
            return Err(ProtocolError::Decode);
        }
        content.check()?;
        Ok(Some(content))
    }

    fn check(&self) -> Result<(), ProtocolError> {
        let fits = match self {
            Self::Text { text, .. } | Self::Edit { text, .. } => text.len() <= MAX_TEXT,
            Self::Reaction { emoji, .. } => !emoji.is_empty() && emoji.len() <= 64,
            Self::Info { title, description } => {
                title.len() <= 256 && description.len() <= 8 * 1024
            }
            _ => true,
        };
        if fits {
            Ok(())
        } else {
            Err(ProtocolError::Decode)
        }
    }
}
