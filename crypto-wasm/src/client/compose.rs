//! What this user does in conversations: make one, change who is in it, say something.

use std::collections::BTreeSet;

use rand_core::CryptoRng;

use super::conversations::{all, announce, append, found, membership_body, save, view};
use super::error::ClientError;
use super::ids::new_id;
use super::membership::{self, Change, MAX_MEMBERS, Verdict, contains};
use super::records::{
    AccountRecord, BodyRecord, ConversationRecord, HeldMembership, MemberEntry, MessageRecord,
    OutboxAction,
};
use super::txn::Txn;
use super::views::{Conversation, Message, Outcome};
use super::{Client, account, contacts, outbox};
use crate::ProtocolError;
use crate::store::Store;
use crate::wire::content::Text;
use crate::wire::{Address, Body, Content, ConversationId, MessageId, UserId};

/// A group's name has at most this many bytes of UTF-8.
const MAX_NAME: usize = 200;
/// A text has at most this many bytes of UTF-8, so that its envelope fits the relay's 64 KiB.
const MAX_TEXT: usize = 48 * 1024;

/// Refuses to send while the account key of somebody concerned has changed and was not accepted.
async fn check_keys<S: Store>(
    txn: &mut Txn<'_, S>,
    users: impl IntoIterator<Item = UserId>,
) -> Result<(), ClientError> {
    for user in users {
        if contacts::load(txn, user)
            .await?
            .is_some_and(|record| record.candidate.is_some())
        {
            return Err(ClientError::KeyChanged);
        }
    }
    Ok(())
}

/// Somebody to be made a member: known, with a key that did not change.
async fn entry<S: Store>(
    txn: &mut Txn<'_, S>,
    user_id: UserId,
) -> Result<MemberEntry, ClientError> {
    let record = contacts::load(txn, user_id)
        .await?
        .filter(|record| !record.gone.0)
        .ok_or(ClientError::NotFound("contact"))?;
    if record.candidate.is_some() {
        return Err(ClientError::KeyChanged);
    }
    Ok(MemberEntry {
        user_id,
        account_key: record.account_key,
    })
}

fn check_name(name: &str) -> Result<&str, ClientError> {
    let name = name.trim();
    if name.len() > MAX_NAME {
        Err(ClientError::InvalidArgument("name"))
    } else {
        Ok(name)
    }
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// Makes a conversation. Two people without a name have one direct conversation, which is given back if it is there.
    ///
    /// # Errors
    /// `invalid-argument` for no or too many members or a long name; `not-found` for a member who is not a contact; `key-changed`.
    pub async fn create_conversation(
        &self,
        with: &[UserId],
        name: &str,
        now_ms: u64,
    ) -> Result<Outcome<Conversation>, ClientError> {
        let name = check_name(name)?;
        self.step(async |txn| {
            let own = account::load(txn).await?;
            let mut others = BTreeSet::new();
            others.extend(with.iter().copied().filter(|user| *user != own.user_id));
            if others.is_empty() || others.len() >= MAX_MEMBERS {
                return Err(ClientError::InvalidArgument("members"));
            }
            let direct = name.is_empty() && others.len() == 1;
            if let (true, Some(other)) = (direct, others.first())
                && let Some((id, record)) = find_direct(txn, own.user_id, *other).await?
            {
                return view(txn, id, &record).await;
            }
            let mut members = vec![MemberEntry {
                user_id: own.user_id,
                account_key: own.account_key,
            }];
            for user in others {
                members.push(entry(txn, user).await?);
            }
            let first = HeldMembership {
                sender: Address {
                    user_id: own.user_id,
                    device_id: own.device_id,
                },
                message_id: new_id(now_ms, &mut *self.rng()),
                sent_at: now_ms,
                revision: 0,
                members,
                name: name.to_owned(),
            };
            let id: ConversationId = new_id(now_ms, &mut *self.rng());
            let change = Change {
                added: first.members.iter().map(|member| member.user_id).collect(),
                removed: Vec::new(),
            };
            let everybody = change.added.clone();
            outbox::push(
                txn,
                id,
                OutboxAction::CreateConversation {
                    participants: everybody.clone(),
                },
            )
            .await?;
            let mut record = membership::first(direct, now_ms, first.clone());
            let line = MessageRecord::outgoing(
                &own,
                first.message_id,
                now_ms,
                membership_body(change, 0, name),
            );
            append(txn, id, &mut record, line, now_ms)?;
            save(txn, id, &record)?;
            self.post(
                txn,
                &own,
                id,
                record.last_order,
                everybody,
                first.message_id,
                Body::from(&first),
                now_ms,
            )
            .await?;
            announce(txn, id).await
        })
        .await
    }

    /// Makes the next membership: people added, people removed, the name. Removing oneself is leaving.
    ///
    /// # Errors
    /// `not-found` for no such conversation or a person who is not a contact; `not-a-member` after having left; `invalid-argument` for a direct
    /// conversation, a long name or too many members; `key-changed`.
    pub async fn update_conversation(
        &self,
        id: ConversationId,
        add: &[UserId],
        remove: &[UserId],
        name: Option<&str>,
        now_ms: u64,
    ) -> Result<Outcome<Conversation>, ClientError> {
        let name = name.map(check_name).transpose()?;
        self.step(async |txn| {
            let own = account::load(txn).await?;
            let mut record = found(txn, id).await?;
            if record.direct.0 {
                return Err(ClientError::InvalidArgument(
                    "a direct conversation does not change",
                ));
            }
            if !contains(&record.members, own.user_id) {
                return Err(ClientError::NotAMember);
            }
            let before = record.members.clone();
            let mut members = before.clone();
            for user in add {
                if !contains(&members, *user) {
                    members.push(entry(txn, *user).await?);
                }
            }
            members.retain(|member| !remove.contains(&member.user_id));
            let name = name.unwrap_or(&record.name).to_owned();
            let unchanged = members.len() == before.len()
                && before
                    .iter()
                    .all(|member| contains(&members, member.user_id));
            if unchanged && name == record.name {
                return view(txn, id, &record).await;
            }
            if members.is_empty() || members.len() > MAX_MEMBERS {
                return Err(ClientError::InvalidArgument("members"));
            }
            check_keys(txn, members.iter().map(|member| member.user_id)).await?;
            // Those who learn of a member here are to pin the key that this client goes by, not the one of long ago.
            for member in &mut members {
                if let Some(known) = contacts::load(txn, member.user_id).await? {
                    member.account_key = known.account_key;
                }
            }
            let next = HeldMembership {
                sender: Address {
                    user_id: own.user_id,
                    device_id: own.device_id,
                },
                message_id: new_id(now_ms, &mut *self.rng()),
                sent_at: now_ms,
                revision: record
                    .revision
                    .checked_add(1)
                    .ok_or(ProtocolError::Exhausted)?,
                members,
                name: name.clone(),
            };
            let (message_id, body) = (next.message_id, Body::from(&next));
            let Verdict::Applied(change) = membership::apply(&mut record, next, own.user_id) else {
                return Err(ClientError::Internal("an own membership does not apply"));
            };
            self.send_change(
                txn,
                &own,
                id,
                record,
                (message_id, body),
                change,
                before,
                now_ms,
            )
            .await?;
            announce(txn, id).await
        })
        .await
    }

    /// Appends the line of a membership of one's own and puts what belongs to it into the outbox, in this order: route to those
    /// who come, tell everybody before and after, stop routing to those who go.
    #[expect(clippy::too_many_arguments, reason = "one step's pieces, used once")]
    async fn send_change(
        &self,
        txn: &mut Txn<'_, S>,
        own: &AccountRecord,
        id: ConversationId,
        mut record: ConversationRecord,
        (message_id, body): (MessageId, Body),
        change: Change,
        before: Vec<MemberEntry>,
        now_ms: u64,
    ) -> Result<(), ClientError> {
        let mut everybody: Vec<UserId> = before.iter().map(|member| member.user_id).collect();
        everybody.extend(&change.added);
        let removed = change.removed.clone();
        if !change.added.is_empty() {
            outbox::push(
                txn,
                id,
                OutboxAction::AddParticipants {
                    users: change.added.clone(),
                },
            )
            .await?;
        }
        let text = membership_body(change, record.revision, &record.name);
        append(
            txn,
            id,
            &mut record,
            MessageRecord::outgoing(own, message_id, now_ms, text),
            now_ms,
        )?;
        save(txn, id, &record)?;
        let mut recipients = Vec::with_capacity(everybody.len());
        for user in everybody {
            // Somebody who goes because of a changed key need not be told under it.
            if !removed.contains(&user) || check_keys(txn, [user]).await.is_ok() {
                recipients.push(user);
            }
        }
        self.post(
            txn,
            own,
            id,
            record.last_order,
            recipients,
            message_id,
            body,
            now_ms,
        )
        .await?;
        for user in removed {
            outbox::push(txn, id, OutboxAction::RemoveParticipant { user }).await?;
        }
        Ok(())
    }

    /// Sends a text. When this returns, the line, the outbox entry and (where every session is there) the ratchet steps are on disk.
    ///
    /// # Errors
    /// `invalid-argument` for an empty or long text; `not-found`; `not-a-member`; `key-changed`.
    pub async fn send_text(
        &self,
        id: ConversationId,
        text: &str,
        reply_to: Option<MessageId>,
        now_ms: u64,
    ) -> Result<Outcome<Message>, ClientError> {
        if text.is_empty() || text.len() > MAX_TEXT {
            return Err(ClientError::InvalidArgument("text"));
        }
        self.step(async |txn| {
            let own = account::load(txn).await?;
            let mut record = found(txn, id).await?;
            if !contains(&record.members, own.user_id) {
                return Err(ClientError::NotAMember);
            }
            let recipients: Vec<UserId> =
                record.members.iter().map(|member| member.user_id).collect();
            check_keys(txn, recipients.iter().copied()).await?;
            let message_id = new_id(now_ms, &mut *self.rng());
            let body = BodyRecord::Text {
                text: text.to_owned(),
                reply_to,
            };
            let line = append(
                txn,
                id,
                &mut record,
                MessageRecord::outgoing(&own, message_id, now_ms, body),
                now_ms,
            )?;
            save(txn, id, &record)?;
            let body = Body::Text(Text {
                text: text.to_owned(),
                reply_to,
            });
            self.post(
                txn, &own, id, line.order, recipients, message_id, body, now_ms,
            )
            .await?;
            announce(txn, id).await?;
            Ok(line)
        })
        .await
    }

    /// Puts a message into the outbox.
    #[expect(
        clippy::too_many_arguments,
        reason = "the fields of one content and its entry"
    )]
    async fn post(
        &self,
        txn: &mut Txn<'_, S>,
        own: &AccountRecord,
        conversation_id: ConversationId,
        order: u64,
        recipients: Vec<UserId>,
        message_id: MessageId,
        body: Body,
        now_ms: u64,
    ) -> Result<(), ClientError> {
        let content = Content {
            conversation_id,
            message_id,
            sent_at_ms: now_ms,
            body,
        };
        let mut message = outbox::message(order, recipients, &content)?;
        // What needs the network is done later, by the outbox.
        self.seal(txn, own, &mut message, now_ms).await?;
        outbox::push(txn, conversation_id, OutboxAction::Message(message)).await
    }
}

async fn find_direct<S: Store>(
    txn: &mut Txn<'_, S>,
    me: UserId,
    other: UserId,
) -> Result<Option<(ConversationId, ConversationRecord)>, ClientError> {
    let both = |record: &ConversationRecord| {
        record.direct.0 && contains(&record.members, me) && contains(&record.members, other)
    };
    Ok(all(txn).await?.into_iter().find(|(_, record)| both(record)))
}
