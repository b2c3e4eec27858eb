//! What nodes tell each other: where to look, never what is there. A lost hint delays, it loses nothing.

use serde::{Deserialize, Serialize};

use super::typing::Typing;
use crate::domain::{Address, ConversationId, TopicId, UserId};

/// Where to look. What is there the store says: a forged hint costs a look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "hint", rename_all = "kebab-case")]
pub enum Hint {
    /// A mailbox has grown.
    Mailbox {
        /// Whose.
        device: Address,
    },
    /// A device may have few one-time keys left.
    PreKeysLow {
        /// Which.
        device: Address,
    },
    /// A device may have been revoked.
    Revoked {
        /// Which.
        device: Address,
    },
    /// A Welcome waits.
    Welcome {
        /// For whom.
        device: Address,
        /// To which topic.
        topic: TopicId,
    },
    /// A device may be in a topic no longer.
    TopicLeft {
        /// Which.
        device: Address,
        /// Which topic.
        topic: TopicId,
    },
    /// The devices of somebody have changed.
    DevicesChanged {
        /// Who is told.
        user: UserId,
        /// Whose devices.
        changed: UserId,
    },
    /// The participants of a conversation have changed.
    ParticipantsChanged {
        /// Who is told.
        user: UserId,
        /// Which conversation.
        conversation: ConversationId,
    },
    /// Somebody writes: the one hint that is all there is, since nothing of it is stored.
    Typing {
        /// Which device is told.
        device: Address,
        /// What.
        typing: Typing,
    },
    /// A topic has a new post or commit.
    TopicGrew {
        /// Which.
        topic: TopicId,
    },
    /// Somebody asks to leave the topic, a device in it was revoked, links came, or it has a new group.
    TopicChanged {
        /// Which.
        topic: TopicId,
    },
    /// The devices of somebody in the topic have changed.
    TopicDevicesChanged {
        /// Which topic.
        topic: TopicId,
        /// Whose devices.
        changed: UserId,
    },
}

impl Hint {
    /// What nodes listen to: every subject of a hint.
    pub const SUBJECTS: &str = "sealpost.>";

    /// The subject that it is published to: the device, user or topic that it is about.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Mailbox { device }
            | Self::PreKeysLow { device }
            | Self::Revoked { device }
            | Self::Welcome { device, .. }
            | Self::Typing { device, .. }
            | Self::TopicLeft { device, .. } => {
                format!("sealpost.device.{}.{}", device.user_id, device.device_id)
            }
            Self::DevicesChanged { user, .. } | Self::ParticipantsChanged { user, .. } => {
                format!("sealpost.user.{user}")
            }
            Self::TopicGrew { topic }
            | Self::TopicChanged { topic }
            | Self::TopicDevicesChanged { topic, .. } => format!("sealpost.topic.{topic}"),
        }
    }

    /// As it is sent.
    ///
    /// # Errors
    /// None for hints as they are.
    pub fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// Reads a hint; nothing if it is none that this version knows, or is not about its subject.
    #[must_use]
    pub fn read(subject: &str, payload: &[u8]) -> Option<Self> {
        let hint: Self = serde_json::from_slice(payload).ok()?;
        (hint.subject() == subject).then_some(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Bytes, DeviceId};

    #[test]
    fn hints_are_read_as_they_were_sent_and_only_about_their_subject() {
        let user = UserId::from_bytes([1; 16]);
        let topic = TopicId::from_bytes([2; 16]);
        let device = Address {
            user_id: user,
            device_id: DeviceId::new(7).unwrap(),
        };
        let hints = [
            Hint::Mailbox { device },
            Hint::PreKeysLow { device },
            Hint::Revoked { device },
            Hint::Welcome { device, topic },
            Hint::TopicLeft { device, topic },
            Hint::DevicesChanged {
                user,
                changed: user,
            },
            Hint::ParticipantsChanged {
                user,
                conversation: ConversationId::from_bytes([3; 16]),
            },
            Hint::Typing {
                device,
                typing: Typing {
                    conversation: ConversationId::from_bytes([3; 16]),
                    sender: device,
                    content: Bytes(vec![1, 2]),
                },
            },
            Hint::TopicGrew { topic },
            Hint::TopicChanged { topic },
            Hint::TopicDevicesChanged {
                topic,
                changed: user,
            },
        ];
        for hint in hints {
            let payload = hint.encode().unwrap();
            assert_eq!(Hint::read(&hint.subject(), &payload), Some(hint));
            assert_eq!(Hint::read("sealpost.device.x", &payload), None);
        }
        assert_eq!(
            Hint::Mailbox { device }.subject(),
            "sealpost.device.01010101-0101-0101-0101-010101010101.7"
        );
        assert_eq!(
            Hint::TopicGrew { topic }.subject(),
            "sealpost.topic.02020202-0202-0202-0202-020202020202"
        );
        for unknown in [
            &b"{\"hint\":\"later\"}"[..],
            b"",
            b"[]",
            b"{\"hint\":\"mailbox\"}",
        ] {
            assert_eq!(Hint::read("sealpost.topic.x", unknown), None);
        }
    }
}
