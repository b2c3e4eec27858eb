//! Content type 8: a file, which lies encrypted at the relay (§5, files). Here is what the message says of it; the file itself is
//! encrypted and decrypted outside of this crate, by WebCrypto.

use std::fmt;
use std::sync::Arc;

use super::codec::Wire;
use crate::ProtocolError;
use crate::codec;
use crate::codec::{Decode, Encode, Reader, Writer};
use crate::secret::secret;

/// The longest file, in bytes.
pub const MAX_SIZE: u64 = 1 << 40;
/// The longest name, in bytes of UTF-8.
pub const MAX_NAME: usize = 255;
/// The longest media type.
pub const MAX_MEDIA_TYPE: usize = 127;
/// The longest preview, in bytes of JPEG.
pub const MAX_PREVIEW: usize = 32 * 1024;
/// What every JPEG begins with.
const JPEG: [u8; 3] = [0xff, 0xd8, 0xff];

secret!(
    /// The key of one file.
    FileKey, 32
);

/// Type 8: a file at the relay, and what opens it.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name at the relay.
    pub blob_id: [u8; 16],
    /// Shared, so that a copy of the body is none of the key.
    pub key: Arc<FileKey>,
    /// Of the whole ciphertext.
    pub digest: [u8; 32],
    /// Bytes of the file itself.
    pub size: u64,
    /// The file's name, without folders.
    pub name: String,
    /// What its sender says it is.
    pub media_type: String,
    /// A small picture of a picture.
    pub preview: Option<Preview>,
}

/// A small picture of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Width of the picture itself, in pixels.
    pub width: u16,
    /// Its height.
    pub height: u16,
    /// The small picture.
    pub jpeg: Vec<u8>,
}

codec!(struct Preview { width, height, jpeg });

impl fmt::Debug for Attachment {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Attachment")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl Attachment {
    /// Whether the fields are such as a sender may make them.
    // ATT-1
    fn is_valid(&self) -> bool {
        self.size <= MAX_SIZE
            && is_name(&self.name)
            && is_media_type(&self.media_type)
            && self.preview.as_ref().is_none_or(Preview::is_valid)
    }
}

impl Preview {
    fn is_valid(&self) -> bool {
        self.width > 0
            && self.height > 0
            && self.jpeg.len() <= MAX_PREVIEW
            && self.jpeg.starts_with(&JPEG)
    }
}

/// A name of a file alone: nothing that leads to another folder, and no control characters.
fn is_name(name: &str) -> bool {
    let is_odd = |character: char| character.is_control() || matches!(character, '/' | '\\');
    !name.is_empty()
        && name.len() <= MAX_NAME
        && !name.contains(is_odd)
        && name != "."
        && name != ".."
}

/// `type/subtype` of RFC 6838 §4.2 in lower case, without parameters.
fn is_media_type(text: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
            && word.bytes().all(
                |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'!' | b'#' | b'$' | b'&' | b'-' | b'^' | b'_' | b'.' | b'+'),
            )
    };
    text.len() <= MAX_MEDIA_TYPE
        && text
            .split_once('/')
            .is_some_and(|(kind, subtype)| is_word(kind) && is_word(subtype))
}

impl Encode for Attachment {
    fn encode(&self, to: &mut Writer) {
        self.blob_id.encode(to);
        self.key.encode(to);
        self.digest.encode(to);
        self.size.encode(to);
        self.name.encode(to);
        self.media_type.encode(to);
        self.preview.encode(to);
    }
}

impl Decode for Attachment {
    fn decode(from: &mut Reader<'_>) -> Result<Self, ProtocolError> {
        let attachment = Self {
            blob_id: Decode::decode(from)?,
            key: Arc::new(Decode::decode(from)?),
            digest: Decode::decode(from)?,
            size: Decode::decode(from)?,
            name: Decode::decode(from)?,
            media_type: Decode::decode(from)?,
            preview: Decode::decode(from)?,
        };
        // ATT-1
        if attachment.is_valid() {
            Ok(attachment)
        } else {
            Err(ProtocolError::Decode)
        }
    }
}

impl Wire for Attachment {}
