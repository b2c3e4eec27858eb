//! Two devices against a model, over a network that loses, reorders, repeats and damages: whatever is delivered whole
//! for the first time decrypts, nothing else does, and what does not decrypt changes nothing.

use crypto_wasm::ProtocolError;
use crypto_wasm::identity::{Device, Expectations};
use crypto_wasm::session::{Envelope, MAX_ARCHIVED, Session, SessionRecord};
use crypto_wasm::wire::EnvelopeKind;
use proptest::prelude::*;

use crate::common::{Person, rng};

/// One side, with what it has sent.
struct Side {
    person: Person,
    record: SessionRecord,
    outbox: Vec<Sent>,
}

struct Sent {
    envelope: Envelope,
    plaintext: Vec<u8>,
    delivered: bool,
}

#[derive(Debug, Clone)]
enum Step {
    /// One side encrypts a message.
    Send { by_first: bool },
    /// A message of one side arrives, for the first time or again; which one is up to the index.
    Deliver {
        from_first: bool,
        index: prop::sample::Index,
    },
    /// A message of one side arrives with a byte changed.
    Damage {
        from_first: bool,
        index: prop::sample::Index,
        byte: prop::sample::Index,
        flip: u8,
    },
    /// One side is exported and imported.
    Restart { first: bool },
    /// One side makes a session although it has one.
    Reset { first: bool },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => any::<bool>().prop_map(|by_first| Step::Send { by_first }),
        8 => (any::<bool>(), any::<prop::sample::Index>())
            .prop_map(|(from_first, index)| Step::Deliver { from_first, index }),
        2 => (any::<bool>(), any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1..=u8::MAX)
            .prop_map(|(from_first, index, byte, flip)| Step::Damage { from_first, index, byte, flip }),
        1 => any::<bool>().prop_map(|first| Step::Restart { first }),
        1 => any::<bool>().prop_map(|first| Step::Reset { first }),
    ]
}

impl Side {
    fn new(byte: u8) -> Self {
        Self {
            person: Person::new(byte),
            record: SessionRecord::new(),
            outbox: Vec::new(),
        }
    }

    fn state(&self) -> (Vec<u8>, Vec<u8>) {
        (
            self.person.state(),
            self.record.export().expect("exported").to_vec(),
        )
    }

    fn establish(&mut self, peer: &Self) {
        let bundle = self
            .person
            .verify(peer.person.reusable_bundle(), &peer.person.expected())
            .expect("verified");
        self.record.insert(
            Session::establish(&self.person.device, &bundle, &mut rng()).expect("a session"),
        );
    }

    fn send(&mut self, peer: &Self) {
        if self.record.is_empty() {
            self.establish(peer);
        }
        let plaintext = format!("message {}", self.outbox.len()).into_bytes();
        let envelope = self
            .record
            .encrypt(&plaintext, &mut rng())
            .expect("sent")
            .expect("a session");
        self.outbox.push(Sent {
            envelope,
            plaintext,
            delivered: false,
        });
    }

    fn receive(
        &mut self,
        kind: EnvelopeKind,
        bytes: &[u8],
        from: &Expectations,
    ) -> Result<Vec<u8>, ProtocolError> {
        self.record
            .decrypt(&mut self.person.device, kind, bytes, from, &mut rng())
    }

    fn restart(&mut self) {
        let (device, record) = self.state();
        self.person.device = Device::import(&device).expect("imported");
        self.record = SessionRecord::import(&record).expect("imported");
        assert!(
            self.state() == (device, record),
            "an import has another state"
        );
    }
}

fn deliver(
    from: &mut Side,
    to: &mut Side,
    index: prop::sample::Index,
) -> Result<(), TestCaseError> {
    if from.outbox.is_empty() {
        return Ok(());
    }
    let expected = from.person.expected();
    let sent = index.index(from.outbox.len());
    let sent = &mut from.outbox[sent];
    let before = to.state();
    let received = to.receive(sent.envelope.kind, &sent.envelope.bytes, &expected);
    if sent.delivered {
        let error = received.err();
        let repeated = [
            Some(ProtocolError::DuplicateMessage),
            Some(ProtocolError::Decrypt),
        ];
        prop_assert!(
            repeated.contains(&error),
            "a repeated message gave {error:?}"
        );
        prop_assert!(to.state() == before, "a repeated message changed the state");
    } else {
        prop_assert_eq!(received.as_deref(), Ok(&*sent.plaintext));
        sent.delivered = true;
    }
    Ok(())
}

fn damage(
    from: &Side,
    to: &mut Side,
    index: prop::sample::Index,
    byte: prop::sample::Index,
    flip: u8,
) -> Result<(), TestCaseError> {
    if from.outbox.is_empty() {
        return Ok(());
    }
    let envelope = &from.outbox[index.index(from.outbox.len())].envelope;
    let mut bytes = envelope.bytes.clone();
    let at = byte.index(bytes.len());
    bytes[at] ^= flip;
    let before = to.state();
    let received = to.receive(envelope.kind, &bytes, &from.person.expected());
    prop_assert!(
        received.is_err(),
        "byte {at} of a {:?} message does not matter",
        envelope.kind
    );
    prop_assert!(to.state() == before, "a damaged message changed the state");
    Ok(())
}

fn play(steps: &[Step]) -> Result<(), TestCaseError> {
    let (mut first, mut second) = (Side::new(1), Side::new(2));
    for step in steps {
        match *step {
            Step::Send { by_first: true } => first.send(&second),
            Step::Send { by_first: false } => second.send(&first),
            Step::Deliver {
                from_first: true,
                index,
            } => deliver(&mut first, &mut second, index)?,
            Step::Deliver {
                from_first: false,
                index,
            } => deliver(&mut second, &mut first, index)?,
            Step::Damage {
                from_first,
                index,
                byte,
                flip,
            } => {
                let (from, to) = if from_first {
                    (&first, &mut second)
                } else {
                    (&second, &mut first)
                };
                damage(from, to, index, byte, flip)?;
            }
            Step::Restart { first: true } => first.restart(),
            Step::Restart { first: false } => second.restart(),
            Step::Reset { first: true } => first.establish(&second),
            Step::Reset { first: false } => second.establish(&first),
        }
    }
    // Whatever is still under way arrives in the end, the newest first.
    for turn in [true, false] {
        let (from, to) = if turn {
            (&mut first, &mut second)
        } else {
            (&mut second, &mut first)
        };
        let expected = from.person.expected();
        for sent in from.outbox.iter_mut().rev().filter(|sent| !sent.delivered) {
            let received = to.receive(sent.envelope.kind, &sent.envelope.bytes, &expected);
            prop_assert_eq!(received.as_deref(), Ok(&*sent.plaintext));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    // RAT-5, RAT-7, SES-3, SES-6
    #[test]
    fn every_message_decrypts_once_and_refusals_change_nothing(steps in prop::collection::vec(step(), 1..70)) {
        play(&steps)?;
    }
}

// SES-5
#[test]
fn both_sides_may_initiate_at_once() {
    let (mut first, mut second) = (Side::new(1), Side::new(2));
    first.send(&second);
    second.send(&first);
    let (to_second, to_first) = (
        first.outbox[0].envelope.clone(),
        second.outbox[0].envelope.clone(),
    );
    let (from_first, from_second) = (first.person.expected(), second.person.expected());
    assert!(
        second
            .receive(to_second.kind, &to_second.bytes, &from_first)
            .is_ok()
    );
    assert!(
        first
            .receive(to_first.kind, &to_first.bytes, &from_second)
            .is_ok()
    );
    assert_eq!((first.record.len(), second.record.len()), (2, 2));

    // Each goes on in the session that last decrypted, which is the other's; whoever then hears the other follows.
    for _ in 0..3 {
        first.send(&second);
        let sent = first.outbox.last().expect("sent").envelope.clone();
        assert!(second.receive(sent.kind, &sent.bytes, &from_first).is_ok());
        second.send(&first);
        let sent = second.outbox.last().expect("sent").envelope.clone();
        assert_eq!(sent.kind, EnvelopeKind::Ratchet);
        assert!(first.receive(sent.kind, &sent.bytes, &from_second).is_ok());
    }
    let current = |side: &Side| *side.record.current().expect("a session").base_key();
    assert_eq!(current(&first), current(&second));
}

// SES-2
#[test]
fn a_failed_decrypt_is_no_reply() {
    let (mut first, mut second) = (Side::new(1), Side::new(2));
    first.send(&second);
    let sent = first.outbox[0].envelope.clone();
    assert!(
        second
            .receive(sent.kind, &sent.bytes, &first.person.expected())
            .is_ok()
    );
    second.send(&first);
    let reply = second.outbox[0].envelope.clone();
    let mut damaged = reply.bytes.clone();
    *damaged.last_mut().expect("not empty") ^= 1;
    let from = second.person.expected();
    assert_eq!(
        first.receive(reply.kind, &damaged, &from),
        Err(ProtocolError::Decrypt)
    );
    assert!(first.record.current().expect("a session").is_unanswered());
    first.send(&second);
    assert_eq!(first.outbox[1].envelope.kind, EnvelopeKind::PreKey);
    assert!(first.receive(reply.kind, &reply.bytes, &from).is_ok());
    first.send(&second);
    assert_eq!(first.outbox[2].envelope.kind, EnvelopeKind::Ratchet);
}

// SES-7
#[test]
fn forty_archived_sessions_are_kept() {
    let (mut first, mut second) = (Side::new(1), Side::new(2));
    for _ in 0..MAX_ARCHIVED + 2 {
        first.establish(&second);
        first.send(&second);
        let sent = first.outbox.last().expect("sent").envelope.clone();
        assert!(
            second
                .receive(sent.kind, &sent.bytes, &first.person.expected())
                .is_ok()
        );
    }
    assert_eq!(
        (first.record.len(), second.record.len()),
        (MAX_ARCHIVED + 1, MAX_ARCHIVED + 1)
    );
    first.restart();
    second.restart();
    // The second session is the oldest one kept; the first is gone.
    let from = first.person.expected();
    let (oldest, gone) = (
        first.outbox[1].envelope.clone(),
        first.outbox[0].envelope.clone(),
    );
    assert_eq!(
        second.receive(oldest.kind, &oldest.bytes, &from),
        Err(ProtocolError::DuplicateMessage)
    );
    assert_eq!(
        second.receive(gone.kind, &gone.bytes, &from),
        Err(ProtocolError::ReplayedPreKeyMessage)
    );
}
