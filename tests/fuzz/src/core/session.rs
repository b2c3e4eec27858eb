//! A session that is fed what an attacker on the way makes of its messages.

use std::cell::OnceCell;

use arbitrary::Unstructured;
use crypto_wasm::identity::{Device, Expectations};
use crypto_wasm::session::{Envelope, SessionRecord};
use crypto_wasm::wire::{EnvelopeKind, PreKeyFields, Wire};

use super::stored::{damaged_state, state};
use crate::people::Person;
use crate::rng::Rng;
use crate::{Target, edits};

pub(crate) const TARGETS: &[Target] = &[
    ("hostile_messages", hostile_messages),
    ("damaged_state", damaged_state),
];

/// So many messages at most arrive in one run.
const MAX_MESSAGES: usize = 8;

/// Somebody in the middle of a conversation, as exported states, and what is under way to them.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) device: Vec<u8>,
    pub(crate) record: Vec<u8>,
    /// The peer's end.
    pub(crate) peer_device: Vec<u8>,
    pub(crate) peer_record: Vec<u8>,
    pub(crate) expected: Expectations,
    /// Messages of the peer that were not received yet; each one's plaintext is its index.
    pub(crate) honest: Vec<Envelope>,
    /// What an attacker has besides: messages that were received, of other sessions, of the other direction.
    pub(crate) noise: Vec<Envelope>,
}

/// Whatever arrives: what decrypts is what the peer sent, once; what is refused has changed nothing; and the peer's next message
/// decrypts.
fn hostile_messages(data: &[u8]) {
    thread_local!(static SCENARIOS: OnceCell<Vec<Scenario>> = const { OnceCell::new() });
    SCENARIOS.with(|cell| {
        let all = cell.get_or_init(scenarios);
        let mut input = Unstructured::new(data);
        let scenario = &all[input.choose_index(all.len()).unwrap_or(0)];
        let mut receiver = Receiver::new(scenario);
        for _ in 0..MAX_MESSAGES {
            if input.is_empty() {
                break;
            }
            receiver.take_hostile(&mut input);
        }
        receiver.go_on();
    });
}

struct Receiver<'a> {
    scenario: &'a Scenario,
    device: Device,
    record: SessionRecord,
    rng: Rng,
    /// Indices of the honest messages that decrypted.
    received: Vec<usize>,
}

impl<'a> Receiver<'a> {
    fn new(scenario: &'a Scenario) -> Self {
        Self {
            scenario,
            device: Device::import(&scenario.device).expect("a device"),
            record: SessionRecord::import(&scenario.record).expect("a record"),
            rng: Rng::new(6),
            received: Vec::new(),
        }
    }

    /// Takes one message that the attacker made of those it has.
    fn take_hostile(&mut self, input: &mut Unstructured<'_>) {
        let scenario = self.scenario;
        let all: Vec<&Envelope> = scenario.honest.iter().chain(&scenario.noise).collect();
        let original = all[input.choose_index(all.len()).unwrap_or(0)];
        let other = all[input.choose_index(all.len()).unwrap_or(0)];
        let keys = key_places(original);
        let changes = edits::read(input);
        let bytes = match input.int_in_range(0..=15_u8) {
            // Bytes of the attacker's own making.
            Ok(15) => input.bytes(input.len().min(64)).unwrap_or(&[]).to_vec(),
            // The message inside a first message, by itself.
            Ok(14) => original.bytes[inner_at(original)..].to_vec(),
            _ => edits::apply(&original.bytes, &changes, &keys, &other.bytes),
        };
        let kind = match input.ratio(1, 8) {
            Ok(true) => other.kind,
            _ => original.kind,
        };
        self.take(kind, &bytes);
    }

    fn take(&mut self, kind: EnvelopeKind, bytes: &[u8]) {
        let before = state(&self.device, &self.record);
        let expected = &self.scenario.expected;
        match self
            .record
            .decrypt(&mut self.device, kind, bytes, expected, &mut self.rng)
        {
            Err(error) => {
                assert!(
                    state(&self.device, &self.record) == before,
                    "{}: a refused message changed something ({})",
                    self.scenario.name,
                    error.code()
                );
            }
            Ok(plaintext) => {
                let index = usize::from(*plaintext.first().expect("an honest plaintext"));
                assert_eq!(plaintext, [index as u8]);
                let honest = &self.scenario.honest[index];
                assert!(
                    is_the_same(honest, kind, bytes),
                    "{}: a changed message decrypted",
                    self.scenario.name
                );
                assert!(
                    !self.received.contains(&index),
                    "{}: a message decrypted twice",
                    self.scenario.name
                );
                self.received.push(index);
            }
        }
    }

    /// The peer's next message arrives, the state survives its export, and the peer hears the reply.
    fn go_on(mut self) {
        let scenario = self.scenario;
        let mut peer_device = Device::import(&scenario.peer_device).expect("a device");
        let mut peer = SessionRecord::import(&scenario.peer_record).expect("a record");
        let rng = &mut Rng::new(7);
        let next = peer
            .encrypt(b"next", rng)
            .expect("sent")
            .expect("a session");
        let received = self.record.decrypt(
            &mut self.device,
            next.kind,
            &next.bytes,
            &scenario.expected,
            rng,
        );
        assert_eq!(
            received.as_deref(),
            Ok(&b"next"[..]),
            "{}: after {:?}",
            scenario.name,
            self.received
        );
        let exported = self.record.export().expect("exported");
        let mut record = SessionRecord::import(&exported).expect("imported");
        assert!(*record.export().expect("exported") == *exported);

        let reply = record
            .encrypt(b"reply", rng)
            .expect("sent")
            .expect("a session");
        let any = Expectations::default();
        let heard = peer.decrypt(&mut peer_device, reply.kind, &reply.bytes, &any, rng);
        assert_eq!(heard.as_deref(), Ok(&b"reply"[..]), "{}", scenario.name);
    }
}

/// Whether this is the peer's message, or what a first message holds, as a message of the session that it made.
fn is_the_same(honest: &Envelope, kind: EnvelopeKind, bytes: &[u8]) -> bool {
    match (honest.kind, kind) {
        (EnvelopeKind::PreKey, EnvelopeKind::Ratchet) => honest.bytes[inner_at(honest)..] == *bytes,
        (honest_kind, kind) => honest_kind == kind && honest.bytes == bytes,
    }
}

/// Where the ratchet message begins.
fn inner_at(envelope: &Envelope) -> usize {
    match envelope.kind {
        EnvelopeKind::Ratchet => 0,
        EnvelopeKind::PreKey => (0..envelope.bytes.len())
            .find(|at| PreKeyFields::from_bytes(&envelope.bytes[..*at]).is_ok())
            .expect("fields"),
    }
}

/// Where the public keys are: the ratchet key, and of a first message the base key and the certificate's keys.
fn key_places(envelope: &Envelope) -> Vec<usize> {
    const RATCHET_KEY: usize = 1;
    const ACCOUNT_KEY: usize = 1 + 1 + 20;
    const IDENTITY_KEY: usize = ACCOUNT_KEY + 32;
    const BASE_KEY: usize = IDENTITY_KEY + 32 + 8 + 64;
    match envelope.kind {
        EnvelopeKind::Ratchet => vec![RATCHET_KEY],
        EnvelopeKind::PreKey => vec![
            inner_at(envelope) + RATCHET_KEY,
            BASE_KEY,
            ACCOUNT_KEY,
            IDENTITY_KEY,
        ],
    }
}

/// Every stage of a conversation.
pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        first_contact(),
        established(),
        unanswered(),
        both_began(),
        same_chain(),
    ]
}

/// A record of one session.
fn only(session: crypto_wasm::session::Session) -> SessionRecord {
    let mut record = SessionRecord::new();
    record.insert(session);
    record
}

fn prekey(bytes: Vec<u8>) -> Envelope {
    Envelope {
        kind: EnvelopeKind::PreKey,
        bytes,
    }
}

fn send(from: &mut SessionRecord, index: u8, rng: &mut Rng) -> Envelope {
    from.encrypt(&[index], rng)
        .expect("sent")
        .expect("a session")
}

fn deliver(to: &mut SessionRecord, device: &mut Device, envelope: &Envelope, rng: &mut Rng) {
    let any = Expectations::default();
    to.decrypt(device, envelope.kind, &envelope.bytes, &any, rng)
        .expect("received");
}

fn scenario(
    name: &'static str,
    (receiver, record): (&Person, &SessionRecord),
    (peer, peer_record): (&Person, &SessionRecord),
    honest: Vec<Envelope>,
    noise: Vec<Envelope>,
) -> Scenario {
    let (device, record) = state(&receiver.device, record);
    let (peer_device, peer_record) = state(&peer.device, peer_record);
    Scenario {
        name,
        device,
        record,
        peer_device,
        peer_record,
        expected: peer.expected(),
        honest,
        noise,
    }
}

/// Nothing was received yet. Somebody else wrote too.
fn first_contact() -> Scenario {
    let rng = &mut Rng::new(10);
    let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
    let (session, first) = alice.initiate(bob.bundle(0), &[0], rng);
    let mut ours = only(session);
    let honest = vec![
        prekey(first),
        send(&mut ours, 1, rng),
        send(&mut ours, 2, rng),
    ];
    let (_, of_another) = carol.initiate(bob.reusable_bundle(), b"carol", rng);
    let (_, to_another) = alice.initiate(carol.bundle(0), b"to carol", rng);
    scenario(
        "first contact",
        (&bob, &SessionRecord::new()),
        (&alice, &ours),
        honest,
        vec![prekey(of_another), prekey(to_another)],
    )
}

/// The responder in mid-conversation, with keys of skipped messages.
fn established() -> Scenario {
    let rng = &mut Rng::new(11);
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (session, first) = alice.initiate(bob.bundle(0), b"first", rng);
    let (mut ours, mut theirs) = (only(session), SessionRecord::new());
    let first = prekey(first);
    deliver(&mut theirs, &mut bob.device, &first, rng);
    let late = send(&mut ours, 0, rng);
    let seen = send(&mut ours, 9, rng);
    deliver(&mut theirs, &mut bob.device, &seen, rng);
    let mut alice = alice;
    let answer = send(&mut theirs, 9, rng);
    deliver(&mut ours, &mut alice.device, &answer, rng);
    let honest = vec![late, send(&mut ours, 1, rng), send(&mut ours, 2, rng)];
    scenario(
        "established",
        (&bob, &theirs),
        (&alice, &ours),
        honest,
        vec![first, seen, answer],
    )
}

/// The initiator before anything was heard of the responder.
fn unanswered() -> Scenario {
    let rng = &mut Rng::new(12);
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (session, first) = alice.initiate(bob.reusable_bundle(), b"first", rng);
    let (ours, mut theirs) = (only(session), SessionRecord::new());
    let first = prekey(first);
    deliver(&mut theirs, &mut bob.device, &first, rng);
    let honest = vec![send(&mut theirs, 0, rng), send(&mut theirs, 1, rng)];
    scenario(
        "unanswered",
        (&alice, &ours),
        (&bob, &theirs),
        honest,
        vec![first],
    )
}

/// Both began at once: two sessions, of which the peer uses one.
fn both_began() -> Scenario {
    let rng = &mut Rng::new(13);
    let (mut alice, mut bob) = (Person::new(1), Person::new(2));
    let (session, of_alice) = alice.initiate(bob.bundle(0), b"alice", rng);
    let mut ours = only(session);
    let (session, of_bob) = bob.initiate(alice.bundle(0), b"bob", rng);
    let mut theirs = only(session);
    let (of_alice, of_bob) = (prekey(of_alice), prekey(of_bob));
    deliver(&mut ours, &mut alice.device, &of_bob, rng);
    deliver(&mut theirs, &mut bob.device, &of_alice, rng);
    let honest = vec![send(&mut ours, 0, rng), send(&mut ours, 1, rng)];
    scenario(
        "both began",
        (&bob, &theirs),
        (&alice, &ours),
        honest,
        vec![of_alice, of_bob],
    )
}

/// The responder in the middle of a chain; the next messages skip some.
fn same_chain() -> Scenario {
    let rng = &mut Rng::new(14);
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (session, first) = alice.initiate(bob.bundle(0), b"first", rng);
    let (mut ours, mut theirs) = (only(session), SessionRecord::new());
    let first = prekey(first);
    deliver(&mut theirs, &mut bob.device, &first, rng);
    for _ in 0..3 {
        send(&mut ours, 9, rng);
    }
    let honest = vec![send(&mut ours, 0, rng), send(&mut ours, 1, rng)];
    scenario(
        "same chain",
        (&bob, &theirs),
        (&alice, &ours),
        honest,
        vec![first],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t20_a_bit_flipped_anywhere_in_a_message_changes_nothing() {
        for scenario in &scenarios() {
            for message in &scenario.honest {
                let mut receiver = Receiver::new(scenario);
                for at in (0..message.bytes.len()).step_by(1 + message.bytes.len() / 150) {
                    let mut bytes = message.bytes.clone();
                    bytes[at] ^= 1 << (at % 8);
                    receiver.take(message.kind, &bytes);
                }
                assert!(receiver.received.is_empty());
                receiver.take(message.kind, &message.bytes);
                assert_eq!(receiver.received.len(), 1, "{}", scenario.name);
                receiver.go_on();
            }
        }
    }
}
