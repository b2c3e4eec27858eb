//! Stateful reconnect: counting what is sent and what is received, so that a connection that moves to a new socket goes
//! on where the old one was lost. Both sides number the messages of calls and streams from 1, each direction by itself.

use std::collections::VecDeque;

use axum::extract::ws;

use super::message::{Message, ProtocolError, Received};
use super::outgoing::size;

/// What was sent and not acknowledged.
pub(super) struct Unacknowledged {
    /// The number of the first message here, or else of the next to be sent.
    first: u64,
    messages: VecDeque<ws::Message>,
    bytes: usize,
    max_bytes: usize,
}

impl Unacknowledged {
    /// Nothing yet. `max_bytes` may be exceeded by one message.
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            first: 1,
            messages: VecDeque::new(),
            bytes: 0,
            max_bytes: max_bytes.max(1),
        }
    }

    /// How many bytes they have.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether another message may be sent while `queued` bytes wait already.
    pub(super) const fn has_room(&self, queued: usize) -> bool {
        self.bytes.saturating_add(queued) < self.max_bytes
    }

    /// Takes note of a message that is about to be sent.
    pub(super) fn push(&mut self, message: ws::Message) {
        self.bytes += size(&message);
        self.messages.push_back(message);
    }

    /// Forgets all messages up to this one, which must have been sent.
    pub(super) fn acknowledge(&mut self, id: u64) -> Result<(), ProtocolError> {
        let sent = self.first - 1 + self.messages.len() as u64;
        if id > sent {
            return Err(ProtocolError::Acknowledgement);
        }
        while self.first <= id {
            let Some(message) = self.messages.pop_front() else {
                break;
            };
            self.bytes -= size(&message);
            self.first += 1;
        }
        Ok(())
    }

    /// What a new socket begins with: the number of the first message, and the messages from it on.
    pub(super) fn resend(&self) -> (u64, impl Iterator<Item = ws::Message>) {
        (self.first, self.messages.iter().cloned())
    }
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is new, or needs no number.
    Handle,
    /// It was there before, or belongs to no message that can be told.
    Skip,
}

/// What was received.
#[derive(Debug)]
pub(super) struct Incoming {
    /// The number of the next message.
    next: u64,
    /// The highest number seen.
    latest: u64,
    /// On a new socket, nothing can be numbered before the peer says where it begins.
    awaits_sequence: bool,
}

impl Incoming {
    /// Nothing yet.
    pub(super) const fn new() -> Self {
        Self {
            next: 1,
            latest: 0,
            awaits_sequence: false,
        }
    }

    /// The number to acknowledge, if there is any.
    pub(super) const fn latest(&self) -> u64 {
        self.latest
    }

    /// The peer goes on over a new socket.
    pub(super) const fn resume(&mut self) {
        self.awaits_sequence = true;
    }

    /// Counts a message, and says whether it is to be handled.
    pub(super) fn judge(&mut self, received: &Received) -> Result<Verdict, ProtocolError> {
        if let Received::Message(Message::Sequence { sequence_id }) = received {
            // Never beyond what was seen: a gap would be a lost message.
            if *sequence_id == 0 || *sequence_id > self.latest + 1 {
                return Err(ProtocolError::Sequence);
            }
            self.next = *sequence_id;
            self.awaits_sequence = false;
            return Ok(Verdict::Skip);
        }
        if self.awaits_sequence {
            let leaves = matches!(received, Received::Message(Message::Close { .. }));
            return Ok(if leaves {
                Verdict::Handle
            } else {
                Verdict::Skip
            });
        }
        if !received.is_counted() {
            return Ok(Verdict::Handle);
        }
        let id = self.next;
        self.next += 1;
        if id <= self.latest {
            return Ok(Verdict::Skip);
        }
        self.latest = id;
        Ok(Verdict::Handle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(length: usize) -> ws::Message {
        ws::Message::binary(vec![0; length])
    }

    fn call() -> Received {
        Received::Message(Message::push("Hello", Vec::new()))
    }

    fn sequence(sequence_id: u64) -> Received {
        Received::Message(Message::Sequence { sequence_id })
    }

    fn resent(unacknowledged: &Unacknowledged) -> (u64, Vec<usize>) {
        let (first, messages) = unacknowledged.resend();
        (first, messages.map(|message| size(&message)).collect())
    }

    #[test]
    fn what_is_acknowledged_is_forgotten() {
        let mut sent = Unacknowledged::new(100);
        assert_eq!(resent(&sent), (1, vec![]));
        for length in [10, 20, 30] {
            sent.push(message(length));
        }
        assert_eq!((sent.bytes(), resent(&sent)), (60, (1, vec![10, 20, 30])));
        assert_eq!(sent.acknowledge(0), Ok(()));
        assert_eq!(sent.acknowledge(2), Ok(()));
        assert_eq!((sent.bytes(), resent(&sent)), (30, (3, vec![30])));
        assert_eq!(sent.acknowledge(1), Ok(()), "an old one changes nothing");
        assert_eq!(sent.acknowledge(4), Err(ProtocolError::Acknowledgement));
        assert_eq!(
            sent.acknowledge(u64::MAX),
            Err(ProtocolError::Acknowledgement)
        );
        assert_eq!(resent(&sent), (3, vec![30]));
        assert_eq!(sent.acknowledge(3), Ok(()));
        assert_eq!((sent.bytes(), resent(&sent)), (0, (4, vec![])));
    }

    #[test]
    fn there_is_room_below_the_bound() {
        let mut sent = Unacknowledged::new(100);
        assert!(sent.has_room(99));
        assert!(!sent.has_room(100));
        sent.push(message(1000));
        assert!(!sent.has_room(0));
        sent.acknowledge(1).unwrap();
        assert!(sent.has_room(0));
        assert!(Unacknowledged::new(0).has_room(0), "one at a time at least");
    }

    #[test]
    fn counts_calls_and_streams_alone() {
        let mut incoming = Incoming::new();
        let uncounted = [
            Received::Ignored,
            Received::Message(Message::Ping),
            Received::Message(Message::Ack { sequence_id: 0 }),
            Received::Message(Message::Close {
                error: None,
                allow_reconnect: false,
            }),
        ];
        for received in &uncounted {
            assert_eq!(incoming.judge(received), Ok(Verdict::Handle));
            assert_eq!(incoming.latest(), 0);
        }
        let id = || "0".to_owned();
        let counted = [
            call(),
            Received::Unwanted,
            Received::BindingFailure {
                id: None,
                target: "Hello".to_owned(),
                error: crate::hub::protocol::ArgumentError::Unsupported("an extension"),
            },
            Received::Message(Message::CancelInvocation { id: id() }),
            Received::Message(Message::StreamItem {
                id: id(),
                item: crate::hub::protocol::Value::Null,
            }),
        ];
        for (received, latest) in counted.iter().zip(1..) {
            assert_eq!(incoming.judge(received), Ok(Verdict::Handle));
            assert_eq!(incoming.latest(), latest);
        }
    }

    #[test]
    fn what_comes_again_is_skipped() {
        let mut incoming = Incoming::new();
        for _ in 0..3 {
            incoming.judge(&call()).unwrap();
        }
        incoming.resume();
        assert_eq!(incoming.judge(&call()), Ok(Verdict::Skip), "not numbered");
        assert_eq!(
            incoming.judge(&Received::Message(Message::Ping)),
            Ok(Verdict::Skip)
        );
        let close = Received::Message(Message::Close {
            error: None,
            allow_reconnect: false,
        });
        assert_eq!(incoming.judge(&close), Ok(Verdict::Handle));
        assert_eq!(incoming.judge(&sequence(2)), Ok(Verdict::Skip));
        let verdicts = [(); 4].map(|()| incoming.judge(&call()).unwrap());
        let expected = [
            Verdict::Skip,
            Verdict::Skip,
            Verdict::Handle,
            Verdict::Handle,
        ];
        assert_eq!((verdicts, incoming.latest()), (expected, 5));
    }

    #[test]
    fn a_gap_is_a_violation() {
        for (wrong, seen) in [(0, 3), (5, 3), (u64::MAX, 3), (2, 0)] {
            let mut incoming = Incoming::new();
            for _ in 0..seen {
                incoming.judge(&call()).unwrap();
            }
            incoming.resume();
            assert_eq!(
                incoming.judge(&sequence(wrong)),
                Err(ProtocolError::Sequence)
            );
        }
    }

    /// Lost again while what was there before comes again: what was acknowledged meanwhile does not come a third time.
    #[test]
    fn a_second_loss_leaves_no_gap() {
        let mut incoming = Incoming::new();
        for _ in 0..10 {
            incoming.judge(&call()).unwrap();
        }
        incoming.resume();
        incoming.judge(&sequence(5)).unwrap();
        assert_eq!(incoming.judge(&call()), Ok(Verdict::Skip));
        incoming.resume();
        assert_eq!(incoming.judge(&sequence(11)), Ok(Verdict::Skip));
        assert_eq!(incoming.judge(&call()), Ok(Verdict::Handle));
        assert_eq!(incoming.latest(), 11);
    }

    /// Two ends of a connection whose sockets are lost at any moment: what one sends arrives at the other once and in order.
    mod lossy {
        use std::collections::VecDeque;

        use proptest::prelude::*;

        use super::*;

        #[derive(Clone, Copy, Debug)]
        enum Event {
            Send,
            Arrive,
            Acknowledge,
            Lose,
        }

        fn event() -> impl Strategy<Value = Event> {
            prop_oneof![
                4 => Just(Event::Send),
                4 => Just(Event::Arrive),
                1 => Just(Event::Acknowledge),
                1 => Just(Event::Lose),
            ]
        }

        /// What is under way: a sequence, or a message of so many bytes.
        enum Flying {
            Sequence(u64),
            Message(usize),
        }

        proptest! {
            #[test]
            fn nothing_is_lost_or_doubled(events in prop::collection::vec(event(), 0..200)) {
                let mut sent = Unacknowledged::new(usize::MAX);
                let mut incoming = Incoming::new();
                let mut flying = VecDeque::new();
                let (mut count, mut arrived) = (0, Vec::new());
                // In the end all that is under way arrives, after one last loss.
                let end = [Event::Lose].into_iter().chain([Event::Arrive; 500]);
                for event in events.into_iter().chain(end) {
                    match event {
                        Event::Send => {
                            count += 1;
                            sent.push(message(count));
                            flying.push_back(Flying::Message(count));
                        }
                        Event::Arrive => match flying.pop_front() {
                            None => {}
                            Some(Flying::Sequence(id)) => {
                                prop_assert_eq!(incoming.judge(&sequence(id)), Ok(Verdict::Skip));
                            }
                            Some(Flying::Message(number)) => {
                                let is_new = incoming.judge(&call()) == Ok(Verdict::Handle);
                                arrived.extend(is_new.then_some(number));
                            }
                        },
                        Event::Acknowledge => {
                            prop_assert_eq!(sent.acknowledge(incoming.latest()), Ok(()));
                        }
                        Event::Lose => {
                            let (first, messages) = sent.resend();
                            let messages = messages.map(|message| Flying::Message(size(&message)));
                            flying = [Flying::Sequence(first)].into_iter().chain(messages).collect();
                            incoming.resume();
                        }
                    }
                }
                prop_assert_eq!(arrived, (1..=count).collect::<Vec<_>>());
            }
        }
    }
}
