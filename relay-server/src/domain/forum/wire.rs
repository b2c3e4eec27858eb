//! The parts of posts, links and wraps that the relay reads (protocol §7). It knows none of the keys.

use crypto_wasm::forum::wire as topic;
use crypto_wasm::wire::{self, Wire as _};

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::credentials::malformed;
use crate::domain::{Address, Bytes, DeviceId, PostId, Refusal, SecretId, TopicId, UserId, limits};

/// The header of a post.
pub(super) struct PostHeader {
    pub topic_id: TopicId,
    pub generation: u32,
    pub epoch: u64,
    pub id: PostId,
    pub author: Address,
}

impl PostHeader {
    /// That of an encoded post; `None` if it is none.
    pub(super) fn of(encoded: &[u8]) -> Option<Self> {
        let header = topic::Post::from_bytes(encoded).ok()?.header;
        Some(Self {
            topic_id: TopicId::from_bytes(*header.topic_id.as_bytes()),
            generation: header.generation,
            epoch: header.epoch,
            id: PostId::from_bytes(*header.post_id.as_bytes()),
            author: address(&header.author)?,
        })
    }
}

/// Which links are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkRange {
    /// Links from this epoch on.
    pub first: u64,
    /// To this one.
    pub last: u64,
    /// The page after this place.
    pub after: Option<LinkPlace>,
    /// At most so many.
    pub limit: u32,
}

/// Where a page of links ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkPlace {
    /// The epoch that the last link leads from.
    pub from_epoch: u64,
    /// Which of that epoch's, as the store counts.
    pub row: u64,
}

impl std::fmt::Display for LinkPlace {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "{}.{}", self.from_epoch, self.row)
    }
}

impl LinkPlace {
    /// Reads what was written by `Display`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| {
            text.parse()
                .ok()
                .filter(|number| *number <= limits::MAX_SEQ)
        };
        let (from_epoch, row) = text.split_once('.')?;
        Some(Self {
            from_epoch: number(from_epoch)?,
            row: number(row)?,
        })
    }
}

impl utoipa::PartialSchema for LinkPlace {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        String::schema()
    }
}

impl ToSchema for LinkPlace {}

impl Serialize for LinkPlace {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Whether links lead back from no later epoch than this one of a topic's present group, and wraps are of it.
#[must_use]
pub fn are_in_time(links: &[Link], wraps: &[Wrap], generation: u32, epoch: u64) -> bool {
    links
        .iter()
        .all(|link| link.generation == generation && link.from_epoch <= epoch)
        && wraps
            .iter()
            .all(|wrap| wrap.generation == generation && wrap.epoch == epoch)
}

/// Stored links, the latest epochs' first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LinkList {
    /// The encoded links.
    pub links: Vec<Bytes>,
    /// The certificates of their senders, each once.
    pub authors: Vec<Bytes>,
    /// Where the next page begins.
    pub next: Option<LinkPlace>,
}

/// A link from an epoch's key to that of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Which of the topic's groups.
    pub generation: u32,
    /// From the key of this epoch
    pub from_epoch: u64,
    /// to that of this one.
    pub to_epoch: u64,
    /// The encoded link.
    pub encoded: Vec<u8>,
}

impl Link {
    /// Reads a link of a topic, by a device.
    ///
    /// # Errors
    /// [`Refusal::BadRequest`] if it does not decode, is of another topic or device or does not lead back;
    /// [`Refusal::TooLarge`].
    pub fn read(id: TopicId, sender: Address, encoded: Bytes) -> Result<Self, Refusal> {
        check_size(&encoded)?;
        let link = topic::Link::from_bytes(encoded.as_slice()).map_err(|_| malformed("links"))?;
        let fits = link.topic_id.as_bytes() == id.as_bytes()
            && address(&link.sender) == Some(sender)
            && link.to_epoch < link.from_epoch;
        if !fits {
            return Err(Refusal::bad_request(
                "links: of another topic or device, or not leading back",
            ));
        }
        Ok(Self {
            generation: link.generation,
            from_epoch: link.from_epoch,
            to_epoch: link.to_epoch,
            encoded: encoded.0,
        })
    }
}

/// An epoch's key under a link secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrap {
    /// Which of the topic's groups.
    pub generation: u32,
    /// The epoch.
    pub epoch: u64,
    /// The link secret's id.
    pub secret_id: SecretId,
    /// The encoded wrap.
    pub encoded: Vec<u8>,
}

impl Wrap {
    /// Reads a wrap of a topic.
    ///
    /// # Errors
    /// [`Refusal::BadRequest`] if it does not decode or is of another topic; [`Refusal::TooLarge`].
    pub fn read(id: TopicId, encoded: Bytes) -> Result<Self, Refusal> {
        check_size(&encoded)?;
        let wrap = topic::Wrap::from_bytes(encoded.as_slice()).map_err(|_| malformed("wraps"))?;
        if wrap.topic_id.as_bytes() != id.as_bytes() {
            return Err(Refusal::bad_request("wraps: of another topic"));
        }
        Ok(Self {
            generation: wrap.generation,
            epoch: wrap.epoch,
            secret_id: SecretId::from_bytes(wrap.secret_id),
            encoded: encoded.0,
        })
    }
}

fn check_size(encoded: &Bytes) -> Result<(), Refusal> {
    if encoded.as_slice().len() > limits::LINK_BYTES {
        Err(Refusal::TooLarge("a link or wrap is at most 1 KiB"))
    } else {
        Ok(())
    }
}

/// The address of a wire structure; `None` if the device id is out of range.
pub(super) fn address(address: &wire::Address) -> Option<Address> {
    Some(Address {
        user_id: UserId::from_bytes(*address.user_id.as_bytes()),
        device_id: DeviceId::new(address.device_id)?,
    })
}
