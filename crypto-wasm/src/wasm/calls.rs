//! The calls that the engine answers, by the names that they have in `web/client/src/worker/engine.ts`.

#[cfg(feature = "engine")]
use zeroize::Zeroizing;

#[cfg(feature = "forums")]
use super::forum_calls;
#[cfg(feature = "engine")]
use super::json::Bytes;
use super::json::{Json, ToJson};
use super::read::Arguments;
#[cfg(feature = "engine")]
use super::read::{
    address, bundle, byte_string, integer, list, mailbox_item, prekey_counts, present, refused,
    user_document,
};
use crate::client::ClientError;
use crate::client::Txn;
#[cfg(feature = "engine")]
use crate::client::steps;

/// The calls of one kind.
type Calls = fn(&str, &Arguments) -> Result<Option<Call>, ClientError>;

type Step = dyn FnMut(&mut Txn<'_>, &mut Json) -> Result<(), ClientError>;

/// A call with its arguments.
pub(super) struct Call {
    /// Writes the value of the call; may run several times.
    pub(super) step: Box<Step>,
    /// The answer is an outcome: the value, and the events that the commit caused.
    pub(super) has_events: bool,
}

/// A call that is answered with its value.
pub(super) fn ask<T: ToJson>(
    mut step: impl FnMut(&mut Txn<'_>) -> Result<T, ClientError> + 'static,
) -> Result<Option<Call>, ClientError> {
    Ok(Some(Call {
        step: Box::new(move |txn, json| {
            step(txn)?.write(json);
            Ok(())
        }),
        has_events: false,
    }))
}

/// A call that is answered with an outcome.
pub(super) fn act<T: ToJson>(
    step: impl FnMut(&mut Txn<'_>) -> Result<T, ClientError> + 'static,
) -> Result<Option<Call>, ClientError> {
    let call = ask(step)?;
    Ok(call.map(|call| Call {
        has_events: true,
        ..call
    }))
}

/// The call of this name.
pub(super) fn call_of(name: &str, given: &Arguments) -> Result<Call, ClientError> {
    let all: &[Calls] = &[
        #[cfg(feature = "engine")]
        account,
        #[cfg(feature = "engine")]
        people,
        #[cfg(feature = "engine")]
        conversations,
        #[cfg(feature = "engine")]
        relay,
        #[cfg(feature = "forums")]
        forum_calls::topics,
        #[cfg(feature = "forums")]
        forum_calls::posts,
        #[cfg(feature = "forums")]
        forum_calls::relay,
    ];
    for calls in all {
        if let Some(call) = calls(name, given)? {
            return Ok(call);
        }
    }
    Err(ClientError::Internal("no such call"))
}

#[cfg(feature = "engine")]
fn account(name: &str, given: &Arguments) -> Result<Option<Call>, ClientError> {
    match name {
        "status" => ask(steps::status),
        "beginRegistration" => {
            let (username, now) = (given.text(0)?, given.integer(1)?);
            ask(move |txn| steps::begin_registration(txn, &username, now))
        }
        "registrationAccepted" => ask(steps::registration_accepted),
        "signLogin" => {
            let (origin, expires_at) = (given.text(0)?, given.integer(2)?);
            let challenge = byte_string(&given.any(1))?
                .try_into()
                .map_err(|_| ClientError::Relay("a challenge has 32 bytes"))?;
            ask(move |txn| steps::sign_login(txn, &origin, challenge, expires_at).map(Bytes))
        }
        "preKeyUpload" => {
            let (counts, now) = (prekey_counts(&given.any(0))?, given.integer(1)?);
            ask(move |txn| steps::top_up(txn, counts, now))
        }
        "preKeysUploaded" => ask(steps::uploaded),
        _ => Ok(None),
    }
}

#[cfg(feature = "engine")]
fn people(name: &str, given: &Arguments) -> Result<Option<Call>, ClientError> {
    match name {
        "learnUser" => {
            let (user, now) = (user_document(&given.any(0))?, given.integer(1)?);
            let mut verified = None;
            act(move |txn| steps::learn(txn, &user, &mut verified, now))
        }
        "userMissing" => {
            let (user, now) = (given.parsed(0)?, given.integer(1)?);
            act(move |txn| steps::user_missing(txn, user, now))
        }
        "contacts" => ask(steps::contacts),
        "contact" => {
            let user = given.parsed(0)?;
            ask(move |txn| steps::contact(txn, user))
        }
        "safetyNumber" => {
            let user = given.parsed(0)?;
            ask(move |txn| steps::safety_number(txn, user))
        }
        "setVerified" => {
            let (user, verified) = (given.parsed(0)?, given.any(1).is_truthy());
            let compared = given.optional_text(2)?;
            act(move |txn| steps::set_verified(txn, user, verified, compared.as_deref()))
        }
        "setBlocked" => {
            let (user, blocked) = (given.parsed(0)?, given.any(1).is_truthy());
            act(move |txn| steps::block(txn, user, blocked))
        }
        "acceptKeyChange" => {
            let (user, compared) = (given.parsed(0)?, given.optional_text(1)?);
            act(move |txn| steps::accept_key(txn, user, compared.as_deref()))
        }
        _ => Ok(None),
    }
}

#[cfg(feature = "engine")]
fn conversations(name: &str, given: &Arguments) -> Result<Option<Call>, ClientError> {
    match name {
        "conversations" => ask(steps::conversations),
        "conversation" => {
            let id = given.parsed(0)?;
            ask(move |txn| steps::conversation(txn, id))
        }
        "createConversation" => {
            let (members, name) = (given.users(0)?, given.text(1)?);
            let now = given.integer(2)?;
            act(move |txn| steps::create(txn, &members, &name, now))
        }
        "updateConversation" => {
            let (id, add, remove) = (given.parsed(0)?, given.users(1)?, given.users(2)?);
            let (name, now) = (given.optional_text(3)?, given.integer(4)?);
            act(move |txn| steps::update(txn, id, &add, &remove, name.as_deref(), now))
        }
        "markRead" => {
            let (id, now) = (given.parsed(0)?, given.integer(1)?);
            act(move |txn| steps::mark_read(txn, id, now))
        }
        "acceptConversation" => {
            let id = given.parsed(0)?;
            act(move |txn| steps::accept(txn, id))
        }
        "setTimer" => {
            let (id, now) = (given.parsed(0)?, given.integer(2)?);
            let seconds = u32::try_from(given.integer(1)?)
                .map_err(|_| ClientError::InvalidArgument("seconds"))?;
            act(move |txn| steps::set_timer(txn, id, seconds, now))
        }
        "expire" => {
            let now = given.integer(0)?;
            act(move |txn| steps::expire(txn, now))
        }
        "readReceipts" => ask(steps::are_sent),
        "setReadReceipts" => {
            let sent = given.any(0).is_truthy();
            act(move |txn| steps::set_sent(txn, sent))
        }
        "typing" => {
            let (id, started) = (given.parsed(0)?, given.any(1).is_truthy());
            let now = given.integer(2)?;
            ask(move |txn| steps::tell(txn, id, started, now))
        }
        "sendText" => {
            let (id, text) = (given.parsed(0)?, given.text(1)?);
            let reply_to = match given.optional_text(2)? {
                Some(_) => Some(given.parsed(2)?),
                None => None,
            };
            let now = given.integer(3)?;
            act(move |txn| steps::send(txn, id, &text, reply_to, now))
        }
        "messages" => {
            let (id, before) = (given.parsed(0)?, present(&given.any(1), integer)?);
            let limit = u32::try_from(given.integer(2)?).unwrap_or(u32::MAX);
            ask(move |txn| steps::messages(txn, id, before, limit))
        }
        "editMessage" => {
            let (conversation, message) = (given.parsed(0)?, given.parsed(1)?);
            let (text, now) = (given.text(2)?, given.integer(3)?);
            act(move |txn| steps::edit(txn, conversation, message, &text, now))
        }
        "deleteMessage" => {
            let (conversation, message) = (given.parsed(0)?, given.parsed(1)?);
            let now = given.integer(2)?;
            act(move |txn| steps::delete(txn, conversation, message, now))
        }
        "reactToMessage" => {
            let (conversation, message) = (given.parsed(0)?, given.parsed(1)?);
            let (emoji, removed) = (given.text(2)?, given.any(3).is_truthy());
            let now = given.integer(4)?;
            act(move |txn| steps::react(txn, conversation, message, (&emoji, removed), now))
        }
        "sendFile" => {
            let (id, now) = (given.parsed(0)?, given.integer(2)?);
            let file = Zeroizing::new(byte_string(&given.any(1))?);
            act(move |txn| steps::send_file(txn, id, &file, now))
        }
        "storedFile" => {
            let (conversation, sender) = (given.parsed(0)?, given.parsed(1)?);
            let message = given.parsed(2)?;
            ask(move |txn| steps::stored_file(txn, conversation, sender, message).map(Bytes))
        }
        "retryMessage" => {
            let (conversation, message) = (given.parsed(0)?, given.parsed(1)?);
            act(move |txn| steps::retry(txn, conversation, message))
        }
        _ => Ok(None),
    }
}

#[cfg(feature = "engine")]
fn relay(name: &str, given: &Arguments) -> Result<Option<Call>, ClientError> {
    match name {
        "outboxStep" => {
            let now = given.integer(0)?;
            act(move |txn| steps::next_step(txn, now))
        }
        "addBundles" => {
            let (bundles, missing) = (list(&given.any(0), bundle)?, list(&given.any(1), address)?);
            let now = given.integer(2)?;
            act(move |txn| steps::add_bundles(txn, &bundles, &missing, now))
        }
        "outboxAccepted" => {
            let (entry, now) = (given.parsed(0)?, given.integer(1)?);
            act(move |txn| steps::accepted(txn, entry, now))
        }
        "outboxRefused" => {
            let (entry, refusal) = (given.parsed(0)?, refused(&given.any(1))?);
            act(move |txn| steps::refused(txn, entry, &refusal))
        }
        "receiveTyping" => {
            let (id, sender) = (given.parsed(0)?, address(&given.any(1))?);
            let (content, now) = (byte_string(&given.any(2))?, given.integer(3)?);
            act(move |txn| steps::hear(txn, id, sender, &content, now))
        }
        "receive" => {
            let (items, now) = (list(&given.any(0), mailbox_item)?, given.integer(1)?);
            let mut batch = Default::default();
            act(move |txn| steps::receive(txn, &items, &mut batch, now))
        }
        _ => Ok(None),
    }
}
