use super::*;
use crate::wire::TopicId;

const GROUP: GroupId = GroupId {
    topic_id: TopicId::from_bytes([7; 16]),
    generation: 0,
};

fn id(number: u8) -> PostId {
    PostId::from_bytes([number; 16])
}

fn trail(group: GroupId, epoch: u64, posts: &[(u8, &[u8])]) -> Trail {
    let mut trail = Trail::begin(group, epoch).unwrap();
    for (number, post) in posts {
        trail.push(id(*number), &digest(post)).unwrap();
    }
    trail
}

/// The bytes that go into the hash, one by one.
// PST-20
#[test]
fn a_trail_is_what_the_protocol_says() {
    let mut begun = b"sealpost v1 topic posts\0".to_vec();
    begun.extend([7; 16]);
    begun.extend(0_u32.to_be_bytes());
    begun.extend(3_u64.to_be_bytes());
    let begun = sha256(&begun);
    let mut next = b"sealpost v1 topic posts\0".to_vec();
    next.extend(begun);
    next.extend([1; 16]);
    next.extend(sha256(b"one"));
    let (posts, hash) = (1, sha256(&next));
    assert_eq!(trail(GROUP, 3, &[(1, b"one")]), Trail { posts, hash });
}

// PST-20
#[test]
fn a_trail_depends_on_everything_it_took_in_and_on_the_order() {
    let another = GroupId {
        generation: 1,
        ..GROUP
    };
    let whole = trail(GROUP, 3, &[(1, b"one"), (2, b"two")]);
    for other in [
        trail(GROUP, 3, &[(2, b"two"), (1, b"one")]),
        trail(GROUP, 3, &[(1, b"one"), (2, b"too")]),
        trail(GROUP, 3, &[(1, b"one"), (3, b"two")]),
        trail(GROUP, 4, &[(1, b"one"), (2, b"two")]),
        trail(another, 3, &[(1, b"one"), (2, b"two")]),
    ] {
        assert_eq!(other.posts, whole.posts);
        assert_ne!(other.hash, whole.hash);
    }
    let full = Trail {
        posts: u32::MAX,
        hash: whole.hash,
    };
    let mut more = full;
    let exhausted = more.push(id(1), &digest(b"more"));
    assert_eq!(exhausted, Err(ProtocolError::Exhausted));
    assert_eq!(more, full);
}

fn cover(epochs: &[(u64, u32)]) -> Vec<u8> {
    let epochs = epochs.iter().map(|(epoch, posts)| EpochCover {
        epoch: *epoch,
        trail: Trail {
            posts: *posts,
            hash: [9; 32],
        },
    });
    let cover = Cover {
        version: Version1,
        epochs: epochs.collect(),
    };
    cover.to_bytes().unwrap()
}

// PST-19
#[test]
fn a_cover_names_epochs_once_and_ascending_and_not_too_many() {
    let all: Vec<_> = (0..MAX_COVERED as u64).map(|epoch| (epoch, 1)).collect();
    for good in [&[(0, 1)][..], &[(3, 1), (9, u32::MAX)], &all] {
        let bytes = cover(good);
        assert_eq!(Cover::from_bytes(&bytes).unwrap().to_bytes(), Ok(bytes));
    }
    let mut more = all.clone();
    more.push((MAX_COVERED as u64, 1));
    for bad in [
        &[][..],
        &[(3, 0)],
        &[(3, 1), (3, 1)],
        &[(4, 1), (3, 1)],
        &more,
    ] {
        assert_eq!(Cover::from_bytes(&cover(bad)), Err(ProtocolError::Decode));
    }
    let mut later = cover(&[(3, 1)]);
    later[0] = 2;
    assert_eq!(Cover::from_bytes(&later), Err(ProtocolError::Decode));
}
