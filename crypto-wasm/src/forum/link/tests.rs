use super::*;
use crate::crypto::sign::{Ed25519PublicKey, Signature};
use crate::wire::{Address, UserId};

fn seed() -> LinkSeed {
    LinkSeed::init(|seed| *seed = [6; 32])
}

fn invitation() -> Invitation {
    Invitation {
        version: Version1,
        topic_id: TopicId::from_bytes([1; 16]),
        generation: 0,
        genesis_hash: [2; 32],
        invitation_id: [3; 16],
        inviter: Address {
            user_id: UserId::from_bytes([4; 16]),
            device_id: 5,
        },
        invitee_account_key: None,
        link_public_key: Some(Ed25519PrivateKey::from_seed(seed().expose()).public_key()),
        not_after_epoch: 9,
        invite_generation: 0,
        signature: Signature::from_bytes([7; 64]),
    }
}

fn link(invitation: Option<Invitation>) -> InvitationLink {
    InvitationLink {
        version: Version1,
        topic_id: TopicId::from_bytes([1; 16]),
        genesis_hash: [2; 32],
        invitation,
        seed: seed(),
        title: "Gardening".into(),
        history: Some(LinkHistory {
            secret_id: [8; 16],
            secret: LinkSecret::init(|secret| *secret = [9; 32]),
        }),
    }
}

// PST-9
#[test]
fn a_link_is_read_as_it_was_written() {
    let text = link(Some(invitation())).to_text().unwrap();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    assert!(text.chars().all(plain));
    let read = InvitationLink::from_text(&text).unwrap();
    assert_eq!(read.title, "Gardening");
    assert_eq!(read.invitation, Some(invitation()));
    assert_eq!(read.history.map(|history| history.secret_id), Some([8; 16]));
    let open = link(None).to_text().unwrap();
    assert!(
        InvitationLink::from_text(&open)
            .unwrap()
            .invitation
            .is_none()
    );
}

// PST-9
#[test]
fn what_is_no_link_is_refused() {
    let text = link(Some(invitation())).to_text().unwrap();
    let cut = text.get(..text.len() - 4).unwrap();
    let others = [
        String::new(),
        "-".repeat(MAX_LINK + 4),
        format!("{}=", *text),
        format!("{}AAAA", *text),
        format!(" {}", *text),
        cut.to_owned(),
    ];
    for other in others {
        assert!(InvitationLink::from_text(&other).is_err());
    }
}

/// An invitation that is not this link's.
// PST-9
#[test]
fn a_link_and_its_invitation_belong_together() {
    let key = Ed25519PublicKey::from_bytes([1; 32]);
    let others = [
        Invitation {
            topic_id: TopicId::from_bytes([9; 16]),
            ..invitation()
        },
        Invitation {
            genesis_hash: [9; 32],
            ..invitation()
        },
        Invitation {
            link_public_key: Some(key),
            ..invitation()
        },
        Invitation {
            link_public_key: None,
            ..invitation()
        },
        Invitation {
            invitee_account_key: Some(key),
            ..invitation()
        },
    ];
    for other in others {
        let text = link(Some(other)).to_text().unwrap();
        assert!(InvitationLink::from_text(&text).is_err());
    }
}

// PST-9
#[test]
fn a_title_has_a_limit() {
    let long = InvitationLink {
        title: "a".repeat(MAX_LINK),
        ..link(None)
    };
    assert!(long.to_text().is_err());
}
