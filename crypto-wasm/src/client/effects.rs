//! What is done to messages: edits, deletions and reactions, kept with the message's id, so that it does not matter what arrives first.

use rand_core::CryptoRng;

use super::compose::{MAX_TEXT, place_to_act, tell};
use super::conversations::announce_if_last;
use super::error::ClientError;
use super::ids::new_id;
use super::keys::Place;
use super::membership::user_ids;
use super::records::{
    BodyRecord, EditEntry, LineState, MemberEntry, MessageChangesRecord, ReactionEntry,
};
use super::txn::Txn;
use super::views::{Event, Message, Outcome};
use super::{Client, keys, messages};
use crate::store::Store;
use crate::wire::content::{Delete, Edit, Reaction};
use crate::wire::{Body, ConversationId, Flag, MessageId, UserId, Version1};

/// An emoji has at most this many bytes of UTF-8.
const MAX_EMOJI: usize = 64;
/// One person's different emojis at one message, those taken back included.
const MAX_REACTIONS: usize = 64;

/// Who did it, by which message, and when by their clock.
#[derive(Clone, Copy)]
pub(super) struct Deed {
    pub(super) author: UserId,
    pub(super) id: MessageId,
    pub(super) sent_at: u64,
}

/// What is known to have been done to a message, also to one that has not come yet.
pub(super) fn load(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    message: MessageId,
) -> Result<MessageChangesRecord, ClientError> {
    let record = txn.record_if_whole(keys::message_changes(conversation, message))?;
    Ok(record.unwrap_or(MessageChangesRecord {
        version: Version1,
        edits: Vec::new(),
        deleted_by: Vec::new(),
        reactions: Vec::new(),
    }))
}

/// The message that a body does something to.
pub(super) const fn target(body: &Body) -> Option<MessageId> {
    match body {
        Body::Edit(Edit { message_id, .. })
        | Body::Delete(Delete { message_id })
        | Body::Reaction(Reaction { message_id, .. }) => Some(*message_id),
        _ => None,
    }
}

/// Whether a body says something that could be meant.
pub(super) fn is_plausible(body: &Body) -> bool {
    match body {
        Body::Edit(edit) => !edit.text.is_empty() && edit.text.len() <= MAX_TEXT,
        Body::Reaction(reaction) => !reaction.emoji.is_empty() && reaction.emoji.len() <= MAX_EMOJI,
        _ => true,
    }
}

impl MessageChangesRecord {
    /// Notes what a body says. False if it says nothing new.
    // CNT-18, CNT-20
    fn note(&mut self, body: Body, deed: Deed) -> bool {
        let Deed {
            author,
            id,
            sent_at,
        } = deed;
        let is_deleted = self.deleted_by.contains(&author);
        match body {
            Body::Edit(edit) => {
                let edit = EditEntry {
                    author,
                    id,
                    sent_at,
                    text: edit.text,
                };
                match self.edits.iter_mut().find(|known| known.author == author) {
                    _ if is_deleted => return false,
                    Some(known) if (known.sent_at, known.id) >= (sent_at, id) => return false,
                    Some(known) => *known = edit,
                    None => self.edits.push(edit),
                }
            }
            Body::Delete(_) => {
                if is_deleted {
                    return false;
                }
                self.edits.retain(|known| known.author != author);
                self.deleted_by.push(author);
            }
            Body::Reaction(reaction) => {
                let entry = ReactionEntry {
                    author,
                    id,
                    sent_at,
                    emoji: reaction.emoji,
                    removed: reaction.removed,
                };
                let mine = |known: &&mut ReactionEntry| {
                    known.author == author && known.emoji == entry.emoji
                };
                let count = self.reactions_of(author);
                match self.reactions.iter_mut().find(mine) {
                    Some(known) if (known.sent_at, known.id) >= (sent_at, id) => return false,
                    Some(known) => *known = entry,
                    None if count >= MAX_REACTIONS => return false,
                    None => self.reactions.push(entry),
                }
            }
            _ => return false,
        }
        true
    }

    fn reactions_of(&self, author: UserId) -> usize {
        let by = |known: &&ReactionEntry| known.author == author;
        self.reactions.iter().filter(by).count()
    }
}

/// What a line says, given what was done to it before it came.
// CNT-18
pub(super) fn on_arrival(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    (sender, id): (UserId, MessageId),
    body: BodyRecord,
    now_ms: u64,
) -> Result<BodyRecord, ClientError> {
    if body.is_said() && load(txn, conversation, id)?.deleted_by.contains(&sender) {
        return Ok(BodyRecord::Deleted { at: now_ms });
    }
    Ok(body)
}

/// Where the lines are that members know by a message id: one, unless somebody has made one id twice.
pub(super) fn lines(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    members: &[MemberEntry],
    message: MessageId,
) -> Result<Vec<(UserId, u64)>, ClientError> {
    let place = |member: &MemberEntry| keys::message_id(member.user_id, message);
    let places: Vec<Place> = members.iter().map(place).collect();
    txn.load(places)?;
    let mut lines = Vec::new();
    for member in members {
        match messages::find(txn, member.user_id, message)? {
            Some((at, order)) if at == conversation && order > 0 => {
                lines.push((member.user_id, order));
            }
            _ => {}
        }
    }
    Ok(lines)
}

/// Does to a message what a body of a member says. Whether the member wrote the message is judged when it is looked at: it may
/// come later. A text that its author takes back is gone from the disk.
// CNT-18, CNT-20
pub(super) fn apply(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    members: &[MemberEntry],
    body: Body,
    deed: Deed,
    now_ms: u64,
) -> Result<(), ClientError> {
    let Some(message) = target(&body) else {
        return Ok(());
    };
    let lines = lines(txn, conversation, members, message)?;
    let mut changes = load(txn, conversation, message)?;
    let is_deletion = matches!(body, Body::Delete(_));
    let is_authors = is_deletion || matches!(body, Body::Edit(_));
    if !changes.note(body, deed) {
        return Ok(());
    }
    txn.save(keys::message_changes(conversation, message), &changes)?;
    for (sender, order) in lines {
        if is_authors && sender != deed.author {
            continue;
        }
        let Some(mut line) = messages::at(txn, conversation, order)? else {
            continue;
        };
        if !line.body.is_said() {
            continue;
        }
        if is_deletion {
            // ATT-8
            line.body = BodyRecord::Deleted { at: now_ms };
            if line.outgoing.0 {
                // SES-12
                txn.delete(keys::sent(message));
            }
        }
        let shown = messages::put(txn, conversation, order, line)?;
        txn.emit(Event::MessageUpdated(shown));
        announce_if_last(txn, conversation, order)?;
    }
    Ok(())
}

/// Does something to a message and tells the others.
// CNT-18
fn act(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    body: Body,
    now_ms: u64,
) -> Result<Message, ClientError> {
    let target = target(&body).ok_or(ClientError::Internal("nothing is done to a message"))?;
    let (own, record) = place_to_act(txn, conversation)?;
    let is_reaction = matches!(body, Body::Reaction(_));
    let known = lines(txn, conversation, &record.members, target)?;
    let order = known
        .into_iter()
        .find(|(sender, _)| is_reaction || *sender == own.user_id)
        .map(|(_, order)| order)
        .ok_or(ClientError::NotFound("message"))?;
    let line = messages::at(txn, conversation, order)?.ok_or(ClientError::NotFound("message"))?;
    let is_text = matches!(line.body, BodyRecord::Text { .. });
    let is_meant = is_text || (line.body.is_said() && !matches!(body, Body::Edit(_)));
    if !is_meant || line.state == LineState::Failed {
        return Err(ClientError::InvalidArgument("message"));
    }
    let changes = load(txn, conversation, target)?;
    // Of two deeds within a millisecond, or with a clock that was put back, the later one is to count here and with the others.
    let latest = changes.edits.iter().map(|edit| (edit.author, edit.sent_at));
    let latest = latest.chain(
        changes
            .reactions
            .iter()
            .map(|entry| (entry.author, entry.sent_at)),
    );
    let latest = latest
        .filter(|(author, _)| *author == own.user_id)
        .map(|(_, sent_at)| sent_at.saturating_add(1));
    let sent_at = latest.fold(now_ms, u64::max);
    if is_reaction && changes.reactions_of(own.user_id) >= MAX_REACTIONS {
        return Err(ClientError::InvalidArgument("emoji"));
    }
    let deed = Deed {
        author: own.user_id,
        id: new_id(now_ms, txn.rng),
        sent_at,
    };
    apply(
        txn,
        conversation,
        &record.members,
        body.clone(),
        deed,
        now_ms,
    )?;
    let recipients = user_ids(&record.members);
    tell(
        txn,
        &own,
        conversation,
        recipients,
        (deed.id, body),
        sent_at,
    )?;
    let line = messages::at(txn, conversation, order)?.ok_or(ClientError::NotFound("message"))?;
    messages::view(txn, conversation, order, line)
}

pub(crate) fn edit(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    message_id: MessageId,
    text: &str,
    now_ms: u64,
) -> Result<Message, ClientError> {
    let text = text.to_owned();
    let body = Body::Edit(Edit { message_id, text });
    if !is_plausible(&body) {
        return Err(ClientError::InvalidArgument("text"));
    }
    act(txn, conversation, body, now_ms)
}

pub(crate) fn delete(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    message_id: MessageId,
    now_ms: u64,
) -> Result<Message, ClientError> {
    let body = Body::Delete(Delete { message_id });
    act(txn, conversation, body, now_ms)
}

pub(crate) fn react(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    message_id: MessageId,
    (emoji, removed): (&str, bool),
    now_ms: u64,
) -> Result<Message, ClientError> {
    let body = Body::Reaction(Reaction {
        message_id,
        emoji: emoji.to_owned(),
        removed: Flag(removed),
    });
    if !is_plausible(&body) {
        return Err(ClientError::InvalidArgument("emoji"));
    }
    act(txn, conversation, body, now_ms)
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// Gives a message of one's own another text.
    ///
    /// # Errors
    /// `invalid-argument` for an empty or long text, or a message that is no text (any more; a file may be taken back) or was not sent; `not-found`;
    /// `not-a-member`; `key-changed`.
    pub async fn edit_message(
        &self,
        conversation: ConversationId,
        message: MessageId,
        text: &str,
        now_ms: u64,
    ) -> Result<Outcome<Message>, ClientError> {
        self.step(|txn| edit(txn, conversation, message, text, now_ms))
            .await
    }

    /// Takes a message of one's own back.
    ///
    /// # Errors
    /// As [`Self::edit_message`].
    pub async fn delete_message(
        &self,
        conversation: ConversationId,
        message: MessageId,
        now_ms: u64,
    ) -> Result<Outcome<Message>, ClientError> {
        self.step(|txn| delete(txn, conversation, message, now_ms))
            .await
    }

    /// Reacts to a message with an emoji, or takes that back.
    ///
    /// # Errors
    /// `invalid-argument` for no or a long emoji, too many different ones, or a message that is neither text nor file; `not-found`;
    /// `not-a-member`; `key-changed`.
    pub async fn react_to_message(
        &self,
        conversation: ConversationId,
        message: MessageId,
        emoji: &str,
        removed: bool,
        now_ms: u64,
    ) -> Result<Outcome<Message>, ClientError> {
        self.step(|txn| react(txn, conversation, message, (emoji, removed), now_ms))
            .await
    }
}
