//! Topics on devices, over a relay in memory that can be told to lie.

mod conflicts;
mod forge;
mod history;
mod late;
mod lies;
mod member;
mod relay;
mod removal;
mod revoked;
mod storm;
mod succession;

use member::{Member, Stage};

use crypto_wasm::client::forums::{History, TopicId, Visibility};

/// A topic of Alice's, to which she added Bob.
fn pair(stage: &Stage, history: History) -> (Member, Member, TopicId) {
    let (alice, bob) = (stage.member("alice"), stage.member("bob"));
    let topic = alice.found(Visibility::Invite, history);
    alice.add(topic, &bob);
    (alice, bob, topic)
}
