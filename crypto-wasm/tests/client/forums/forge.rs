//! What a hostile member or stranger makes.

use crypto_wasm::crypto::sign::Ed25519PrivateKey;
use crypto_wasm::forum::archive::{ArchiveKey, Candidate};
use crypto_wasm::forum::post;
use crypto_wasm::forum::provider::{MemberSuite, RandomSource};
use crypto_wasm::forum::state::GroupId;
use crypto_wasm::forum::wire::{Link, PostContent, PostHeader};
use crypto_wasm::identity::{Account, Device};
use crypto_wasm::wire::{Address, PostId, TopicId, UserId, Wire as _};

use mls_rs::CipherSuiteProvider as _;

use super::member::Member;
use crate::support::TestRng;

/// The archive key of an epoch, out of a member's store.
pub(super) fn archive_key(member: &Member, topic: TopicId, epoch: u64) -> ArchiveKey {
    let records = member.store.dump().only(&["forum-keys"]);
    let at = [topic.as_bytes().as_slice(), &[0; 4], &epoch.to_be_bytes()].concat();
    let (_, record) = records.iter().find(|((_, key), _)| *key == at).unwrap();
    ArchiveKey::copy_from(record.last_chunk().unwrap())
}

/// A key that is none.
pub(super) const GARBAGE: [u8; 32] = [0xee; 32];

/// The device of a member, out of its store.
pub(super) fn device(member: &Member) -> Device {
    let records = member.store.dump().only(&["meta"]);
    Device::import(&records[&("meta", b"device".to_vec())]).unwrap()
}

/// A device of an account that nobody knows.
pub(super) fn stranger() -> Device {
    let rng = &mut TestRng::new();
    let address = Address {
        user_id: UserId::from_bytes([0x66; 16]),
        device_id: 1,
    };
    Device::create(&Account::generate(rng), address, 0, rng).unwrap()
}

/// A link from an epoch's true key to garbage.
pub(super) fn garbage_link(
    maker: &Device,
    topic_id: TopicId,
    (epoch, key): (u64, &ArchiveKey),
    to: u64,
) -> Vec<u8> {
    let candidate = |epoch, key: &[u8; 32]| Candidate {
        epoch,
        key: ArchiveKey::copy_from(key),
    };
    let group = GroupId {
        topic_id,
        generation: 0,
    };
    let (from, to) = (candidate(epoch, key.expose()), candidate(to, &GARBAGE));
    let link = Link::make(maker, group, &from, &to, &mut TestRng::new()).unwrap();
    link.to_bytes().unwrap()
}

/// A post of a member in the present epoch, whatever it says.
pub(super) fn forged_post(
    member: &Member,
    topic_id: TopicId,
    post_id: PostId,
    content: &PostContent,
) -> Vec<u8> {
    let (epoch, ..) = member.cursor_of(topic_id);
    let header = PostHeader {
        topic_id,
        generation: 0,
        epoch,
        post_id,
        author: member.address(),
        parent_id: None,
        sent_at_ms: member.now(),
    };
    let key = archive_key(member, topic_id, epoch);
    let rng = &mut TestRng::new();
    let post = post::encrypt(&device(member), header, content, &key, rng).unwrap();
    post.to_bytes().unwrap()
}

/// The identity key of a member, out of its store: the bytes whose public half is in the certificate.
fn identity_key(member: &Member) -> Ed25519PrivateKey {
    let records = member.store.dump().only(&["meta"]);
    let certificate = device(member).certificate().certificate().clone();
    let mut keys = records[&("meta", b"device".to_vec())]
        .array_windows::<32>()
        .map(Ed25519PrivateKey::from_seed);
    keys.find(|key| key.public_key() == certificate.identity_key)
        .unwrap()
}

/// The length of a vector in MLS (RFC 9420 §2.1.2), of less than 2^14 bytes.
fn with_length(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    match length {
        0..64 => [&[length as u8], bytes].concat(),
        _ => [&(0x4000 | length).to_be_bytes(), bytes].concat(),
    }
}

/// Puts a confirmation tag that fits nothing into an external commit, where it is last, and into its group info, which is signed anew. Only
/// who knows the epoch's secrets can tell.
pub(super) fn unconfirmed(member: &Member, commit: &mut [u8], group_info: &mut Vec<u8>) {
    const SIGNED_FROM: usize = 4; // After version and wire format.
    const SIGNATURE: usize = 2 + 64;
    const SIGNER: usize = 4;
    *commit.last_mut().unwrap() ^= 1;
    group_info.truncate(group_info.len() - SIGNATURE);
    let tag_end = group_info.len() - SIGNER;
    assert_eq!(
        group_info[tag_end - 32..tag_end].last().unwrap() ^ 1,
        *commit.last().unwrap()
    );
    group_info[tag_end - 1] ^= 1;
    let content = [
        with_length(b"MLS 1.0 GroupInfoTBS"),
        with_length(&group_info[SIGNED_FROM..]),
    ]
    .concat();
    let suite = MemberSuite::new(identity_key(member), RandomSource::default());
    let signature = suite.sign(&suite.signer(), &content).unwrap();
    group_info.extend(with_length(&signature));
}
