use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;

use super::*;
use crate::identity::Account;
use crate::wire::{Address, Flag, TopicId, UserId};

const RNG: fn() -> UnwrapErr<SysRng> = || UnwrapErr(SysRng);

fn device(name: u8) -> Device {
    let rng = &mut RNG();
    let address = Address {
        user_id: UserId::from_bytes([name; 16]),
        device_id: 1,
    };
    Device::create(&Account::generate(rng), address, 0, rng).unwrap()
}

fn key(byte: u8) -> ArchiveKey {
    ArchiveKey::init(|key| *key = [byte; 32])
}

fn header(author: &Device) -> PostHeader {
    PostHeader {
        topic_id: TopicId::from_bytes([1; 16]),
        generation: 0,
        epoch: 7,
        post_id: PostId::from_bytes([2; 16]),
        author: author.address(),
        parent_id: None,
        sent_at_ms: 1,
    }
}

fn text(words: &str) -> PostContent {
    PostContent::Text {
        text: words.to_owned(),
        mentions: vec![UserId::from_bytes([9; 16])],
    }
}

fn written(author: &Device) -> Post {
    encrypt(author, header(author), &text("hello"), &key(1), &mut RNG()).unwrap()
}

fn certificate(device: &Device) -> &DeviceCertificate {
    device.certificate().certificate()
}

fn words(content: Option<PostContent>) -> String {
    match content {
        Some(PostContent::Text { text, .. }) => text,
        _ => String::new(),
    }
}

// PST-1, PST-2
#[test]
fn a_post_is_read_as_it_was_written() {
    let alice = device(1);
    let post = Post::from_bytes(&written(&alice).to_bytes().unwrap()).unwrap();
    let opened = decrypt(&post, &key(1)).unwrap();
    let content = opened.verify(&post, certificate(&alice)).unwrap();
    assert_eq!(words(content), "hello");
    assert!(is_under(&post, &key(1)) && !is_under(&post, &key(2)));
    assert!(matches!(
        decrypt(&post, &key(2)),
        Err(ProtocolError::Decrypt)
    ));
}

// PST-4
#[test]
fn every_content_is_read_as_it_was_written() {
    let post_id = PostId::from_bytes([3; 16]);
    let contents = [
        text(""),
        PostContent::Edit {
            post_id,
            text: "new".into(),
            mentions: vec![],
        },
        PostContent::Delete { post_id },
        PostContent::Reaction {
            post_id,
            emoji: "👍".into(),
            removed: Flag(false),
        },
        PostContent::Pin {
            post_id,
            removed: Flag(true),
        },
        PostContent::ModeratorDelete { post_id },
        PostContent::LinkSecret {
            secret_id: [4; 16],
            secret: super::super::archive::LinkSecret::init(|secret| *secret = [5; 32]),
        },
        PostContent::Info {
            title: "t".into(),
            description: String::new(),
        },
    ];
    for (number, content) in (1_u8..).zip(&contents) {
        assert_eq!(content.content_type(), number);
        let body = content.to_body().unwrap();
        let read = PostContent::of(number, &body).unwrap().unwrap();
        assert_eq!(*read.to_body().unwrap(), *body);
        let longer = [&**body, &[0]].concat();
        assert!(PostContent::of(number, &longer).is_err());
    }
    assert!(matches!(PostContent::of(9, b"anything"), Ok(None)));
}

/// A post that has a second key, made by whoever chose both: AES-GCM alone opens under either.
// PST-2
#[test]
fn t14_one_post_opens_under_one_key() {
    let alice = device(1);
    let post = written(&alice);
    let second = Post {
        commitment: derive(&key(2), &post.header.post_id).commitment,
        ..post.clone()
    };
    assert!(matches!(
        decrypt(&second, &key(1)),
        Err(ProtocolError::Decrypt)
    ));
    assert!(matches!(
        decrypt(&second, &key(2)),
        Err(ProtocolError::Decrypt)
    ));
    // The ciphertext authenticates under key 2 as well: only the commitment is in the way.
    let PostKey { key: other, .. } = derive(&key(2), &post.header.post_id);
    let aad = associated_data(&post.header, &post.commitment).unwrap();
    let salamander = Post {
        ciphertext: other.seal(&post.nonce, &[0x80; 128], &aad).unwrap(),
        ..post
    };
    assert!(matches!(
        decrypt(&salamander, &key(2)),
        Err(ProtocolError::Decrypt)
    ));
}

// PST-3
#[test]
fn t16_a_member_cannot_write_as_another() {
    let (alice, mallory) = (device(1), device(2));
    let forged = encrypt(
        &mallory,
        header(&alice),
        &text("hello"),
        &key(1),
        &mut RNG(),
    )
    .unwrap();
    let opened = decrypt(&forged, &key(1)).unwrap();
    let as_alice = opened.verify(&forged, certificate(&alice));
    assert!(matches!(as_alice, Err(ProtocolError::BadSignature)));
    let as_mallory = opened.verify(&forged, certificate(&mallory));
    assert!(matches!(as_mallory, Err(ProtocolError::AddressMismatch)));
}

/// What a member took out of Alice's post belongs where she wrote it and nowhere else.
// PST-3
#[test]
fn t16_words_cannot_be_moved_to_another_header_key_or_kind() {
    let alice = device(1);
    let post = written(&alice);
    let opened = decrypt(&post, &key(1)).unwrap();
    let mut moved = vec![post.clone(); 6];
    moved[0].header.topic_id = TopicId::from_bytes([8; 16]);
    moved[1].header.generation = 1;
    moved[2].header.epoch = 8;
    moved[3].header.post_id = PostId::from_bytes([8; 16]);
    moved[4].header.parent_id = Some(PostId::from_bytes([8; 16]));
    moved[5].header.sent_at_ms = 2;
    for elsewhere in &moved {
        let judged = opened.verify(elsewhere, certificate(&alice));
        assert!(matches!(judged, Err(ProtocolError::BadSignature)));
        assert!(decrypt(elsewhere, &key(1)).is_err());
    }
    let other_key = Post {
        commitment: [0; 32],
        ..post.clone()
    };
    assert!(opened.verify(&other_key, certificate(&alice)).is_err());
    let other_kind = Opened {
        content_type: 2,
        ..opened
    };
    assert!(other_kind.verify(&post, certificate(&alice)).is_err());
}

// PST-2
#[test]
fn any_changed_bit_is_noticed() {
    let alice = device(1);
    let bytes = written(&alice).to_bytes().unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let read = Post::from_bytes(&changed);
        assert!(
            read.and_then(|post| decrypt(&post, &key(1))).is_err(),
            "byte {at}"
        );
    }
}

/// The padding is that of §5, and nothing else is read.
// PST-2
#[test]
fn wrong_padding_is_refused() {
    let alice = device(1);
    let post = written(&alice);
    let PostKey {
        key: own,
        commitment,
    } = derive(&key(1), &post.header.post_id);
    let aad = associated_data(&post.header, &commitment).unwrap();
    let mut padded = own.open(&post.nonce, &post.ciphertext, &aad).unwrap();
    padded.push(0);
    let longer = Post {
        ciphertext: own.seal(&post.nonce, &padded, &aad).unwrap(),
        ..post
    };
    assert!(matches!(
        decrypt(&longer, &key(1)),
        Err(ProtocolError::Decode)
    ));
}

// PST-5
#[test]
fn a_text_has_a_limit() {
    use crate::forum::wire::MAX_TEXT;
    let alice = device(1);
    let write = |length| {
        let content = text(&"a".repeat(length));
        encrypt(&alice, header(&alice), &content, &key(1), &mut RNG())
    };
    let longest = write(MAX_TEXT).unwrap();
    assert!(longest.to_bytes().unwrap().len() <= MAX_POST);
    assert!(write(MAX_TEXT + 1).is_err());
}

// PST-5
#[test]
fn a_post_has_a_limit() {
    let alice = device(1);
    let content = PostContent::Text {
        text: String::new(),
        mentions: vec![UserId::from_bytes([1; 16]); MAX_POST / 16],
    };
    let post = encrypt(&alice, header(&alice), &content, &key(1), &mut RNG());
    assert!(matches!(post, Err(ProtocolError::Decode)));
}
