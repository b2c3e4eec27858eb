use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;

use super::*;
use crate::forum::post;
use crate::forum::wire::{Post, PostContent, PostHeader};
use crate::identity::Account;
use crate::wire::codec::Wire as _;
use crate::wire::{Address, PostId, UserId};

const RNG: fn() -> UnwrapErr<SysRng> = || UnwrapErr(SysRng);

const GROUP: GroupId = GroupId {
    topic_id: TopicId::from_bytes([1; 16]),
    generation: 0,
};

fn device(name: u8) -> Device {
    let rng = &mut RNG();
    let address = Address {
        user_id: UserId::from_bytes([name; 16]),
        device_id: 1,
    };
    Device::create(&Account::generate(rng), address, 0, rng).unwrap()
}

/// The true key of an epoch.
fn key(epoch: u64) -> Candidate {
    Candidate {
        epoch,
        key: ArchiveKey::init(|key| *key = [epoch as u8; 32]),
    }
}

fn garbage(epoch: u64, byte: u8) -> Candidate {
    Candidate {
        epoch,
        key: ArchiveKey::init(|key| *key = [byte; 32]),
    }
}

fn link(maker: &Device, from: &Candidate, to: &Candidate) -> Link {
    Link::make(maker, GROUP, from, to, &mut RNG()).unwrap()
}

fn post_in(author: &Device, epoch: u64) -> Post {
    let header = PostHeader {
        topic_id: GROUP.topic_id,
        generation: 0,
        epoch,
        post_id: PostId::from_bytes([epoch as u8; 16]),
        author: author.address(),
        parent_id: None,
        sent_at_ms: 0,
    };
    let content = PostContent::Text {
        text: "old".into(),
        mentions: vec![],
    };
    post::encrypt(author, header, &content, &key(epoch).key, &mut RNG()).unwrap()
}

// PST-6, PST-7
#[test]
fn links_lead_back_over_many_epochs_in_any_order() {
    let alice = device(1);
    let mut links: Vec<Link> = (0..20)
        .map(|epoch| link(&alice, &key(epoch + 1), &key(epoch)))
        .collect();
    links.rotate_left(7);
    let found = walk(GROUP.topic_id, vec![key(20)], &links);
    assert_eq!(found.len(), 21);
    assert!(
        found
            .iter()
            .all(|candidate| candidate.key == key(candidate.epoch).key)
    );
}

// PST-6
#[test]
fn a_link_leads_back_only_and_is_its_makers() {
    let (alice, bob) = (device(1), device(2));
    for to in [2, 3] {
        assert!(Link::make(&alice, GROUP, &key(2), &key(to), &mut RNG()).is_err());
    }
    let made = link(&alice, &key(3), &key(2));
    let made = Link::from_bytes(&made.to_bytes().unwrap()).unwrap();
    assert_eq!(made.verify(alice.certificate().certificate()), Ok(()));
    let by_bob = made.verify(bob.certificate().certificate());
    assert_eq!(by_bob, Err(ProtocolError::AddressMismatch));
    let mut changed = made.clone();
    changed.ciphertext[0] ^= 1;
    let judged = changed.verify(alice.certificate().certificate());
    assert_eq!(judged, Err(ProtocolError::BadSignature));
    assert!(changed.open(&key(3).key).is_err());
    let forwards = Link {
        to_epoch: 3,
        ..made
    };
    assert!(matches!(
        forwards.open(&key(3).key),
        Err(ProtocolError::Decode)
    ));
}

/// Under any other topic, group or epoch than its own a link opens to nothing.
// PST-6
#[test]
fn a_link_cannot_be_moved() {
    let made = link(&device(1), &key(3), &key(2));
    let moved = [
        Link {
            topic_id: TopicId::from_bytes([9; 16]),
            ..made.clone()
        },
        Link {
            generation: 1,
            ..made.clone()
        },
        Link {
            from_epoch: 4,
            ..made.clone()
        },
        Link {
            to_epoch: 1,
            ..made.clone()
        },
        Link {
            sender: device(2).address(),
            ..made
        },
    ];
    for elsewhere in moved {
        assert!(matches!(
            elsewhere.open(&key(3).key),
            Err(ProtocolError::Decrypt)
        ));
    }
}

/// A member makes links to keys that are none, before and after the honest one, and more of them than anybody follows.
// PST-7
#[test]
fn t35_a_garbage_link_destroys_nothing() {
    let (alice, mallory) = (device(1), device(2));
    let posts = [post_in(&alice, 0), post_in(&alice, 1)];
    let mut links = vec![link(&mallory, &key(2), &garbage(1, 0xee))];
    links.push(link(&mallory, &garbage(1, 0xee), &garbage(0, 0xdd)));
    links.push(link(&alice, &key(2), &key(1)));
    links.push(link(&alice, &key(1), &key(0)));
    let mut broken = link(&alice, &key(2), &key(1));
    broken.ciphertext.truncate(3);
    links.push(broken);
    for order in 0..links.len() {
        links.rotate_left(order);
        let found = walk(GROUP.topic_id, vec![key(2)], &links);
        assert_eq!(
            found.len(),
            5,
            "the true keys of 2, 1 and 0, and two that are none"
        );
        let good: Vec<&Candidate> = found
            .iter()
            .filter(|found| {
                let of_epoch = |post: &&Post| post.header.epoch == found.epoch;
                posts
                    .iter()
                    .filter(of_epoch)
                    .any(|post| post::is_under(post, &found.key))
            })
            .collect();
        assert_eq!(good.len(), 2);
        assert!(good.iter().all(|good| good.key == key(good.epoch).key));
    }
}

// PST-7
#[test]
fn t35_many_garbage_links_cost_little() {
    let mallory = device(2);
    let links: Vec<Link> = (0..100)
        .map(|byte| link(&mallory, &key(2), &garbage(1, 100 + byte)))
        .collect();
    assert_eq!(
        walk(GROUP.topic_id, vec![key(2)], &links).len(),
        1 + MAX_CANDIDATES
    );
}

// PST-7
#[test]
fn links_of_other_groups_are_let_be() {
    let made = link(&device(1), &key(1), &key(0));
    let mut elsewhere = made.clone();
    elsewhere.topic_id = TopicId::from_bytes([0xaa; 16]);
    let mut misplaced = made;
    misplaced.generation += 1;
    let found = walk(GROUP.topic_id, vec![key(1)], &[elsewhere, misplaced]);
    assert_eq!(found.len(), 1);
}

// PST-8
#[test]
fn a_wrap_opens_with_its_secret_and_where_it_belongs() {
    let secret = |byte| LinkSecret::init(|secret| *secret = [byte; 32]);
    let made = Wrap::make(GROUP, &key(5), [3; 16], &secret(7), &mut RNG()).unwrap();
    let made = Wrap::from_bytes(&made.to_bytes().unwrap()).unwrap();
    assert!(made.open(&secret(7)).unwrap() == key(5).key);
    assert!(made.open(&secret(8)).is_err());
    let moved = [
        Wrap {
            topic_id: TopicId::from_bytes([9; 16]),
            ..made.clone()
        },
        Wrap {
            generation: 1,
            ..made.clone()
        },
        Wrap {
            epoch: 6,
            ..made.clone()
        },
        Wrap {
            secret_id: [4; 16],
            ..made
        },
    ];
    for elsewhere in moved {
        assert!(matches!(
            elsewhere.open(&secret(7)),
            Err(ProtocolError::Decrypt)
        ));
    }
}
