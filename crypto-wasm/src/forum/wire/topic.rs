//! What a topic is, who may do what, and who may come in (§7).

use crate::codec;
use crate::crypto::sign::{Ed25519PublicKey, Signature};
use crate::wire::codec::{Signed, Version1, Wire};
use crate::wire::{Address, DeviceCertificate, DeviceList, TopicId, UserId};

/// An account: a user under one account key. Roles and bans are of accounts, so that a relay cannot move them to a key of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    /// The user.
    pub user_id: UserId,
    /// The user's account key.
    pub account_key: Ed25519PublicKey,
}

codec!(struct Account { user_id, account_key });

impl Account {
    /// The account that certified a device.
    #[must_use]
    pub const fn of(certificate: &DeviceCertificate) -> Self {
        Self {
            user_id: certificate.address.user_id,
            account_key: certificate.account_key,
        }
    }
}

/// What a topic begins with; it never changes, and its hash names the topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    /// The topic.
    pub topic_id: TopicId,
    /// The certificate of the device that founded it, and with it the founder's account.
    pub founder: DeviceCertificate,
    /// Unix milliseconds; information only.
    pub created_at_ms: u64,
}

codec!(struct Genesis { topic_id, founder, created_at_ms });

impl Wire for Genesis {}

/// Who gets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// Who has an invitation.
    Invite,
    /// Who is added by a moderator or an owner.
    Closed,
    /// Any user of the relay.
    Open,
}

codec!(
    enum Visibility {
        Invite = 1,
        Closed = 2,
        Open = 3,
    }
);

/// How far back a new member reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum History {
    /// To the topic's beginning.
    Everything,
    /// To the member's own joining.
    SinceJoining,
    /// So many days, by the relay's promise.
    LastDays,
}

codec!(
    enum History {
        Everything = 1,
        SinceJoining = 2,
        LastDays = 3,
    }
);

/// Who may invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Inviters {
    /// Moderators and owners.
    Moderators,
    /// Every member.
    Members,
}

codec!(
    enum Inviters {
        Moderators = 1,
        Members = 2,
    }
);

/// A role above that of a plain member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// May do everything, and signs the policy.
    Owner,
    /// Adds, removes and bans plain members.
    Moderator,
}

codec!(
    enum Role {
        Owner = 1,
        Moderator = 2,
    }
);

/// An account's role. Accounts that are not listed are plain members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleEntry {
    /// Whose role.
    pub account: Account,
    /// The role.
    pub role: Role,
}

codec!(struct RoleEntry { account, role });

/// One revision of a topic's policy, signed by an owner. See [`policy`](crate::forum::policy).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The topic.
    pub topic_id: TopicId,
    /// The MLS group's number among those of the topic.
    pub generation: u32,
    /// 0, 1, 2, …
    pub revision: u32,
    /// `HashWithLabel("topic policy", previous policy)`; of revision 0, `HashWithLabel("topic genesis", genesis)`.
    pub previous_hash: [u8; 32],
    /// Who gets in.
    pub visibility: Visibility,
    /// How far back a new member reads.
    pub history: History,
    /// With [`History::LastDays`] the number of days, else 0.
    pub history_days: u16,
    /// Who may invite.
    pub inviters: Inviters,
    /// Owners and moderators, each account once, at least one owner.
    pub roles: Vec<RoleEntry>,
    /// The certificate of the device that signed.
    pub signer: DeviceCertificate,
    /// By the signer's identity key over the fields above, label "topic policy".
    pub signature: Signature,
}

codec!(struct Policy {
    topic_id,
    generation,
    revision,
    previous_hash,
    visibility,
    history,
    history_days,
    inviters,
    roles,
    signer,
    signature,
});

impl Wire for Policy {}

impl Signed for Policy {
    fn signature(&self) -> &Signature {
        &self.signature
    }
}

/// What moderators decide about coming in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Admission {
    /// Invitations of a lower number are void; every removal raises it.
    pub invite_generation: u32,
    /// Accounts that may not come in, each once.
    pub bans: Vec<Account>,
}

codec!(struct Admission { invite_generation, bans });

/// The group context extension 0xF001: all that members agree on besides who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicState {
    /// Always 1.
    pub version: Version1,
    /// The topic's beginning.
    pub genesis: Genesis,
    /// The policy that holds.
    pub policy: Policy,
    /// Bans and the number of invitations.
    pub admission: Admission,
}

codec!(struct TopicState { version, genesis, policy, admission });

impl Wire for TopicState {}

/// The leaf node extension 0xF002: one stay of a device in a group, so that a request to leave is of no use after it came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JoinId(pub [u8; 16]);

codec!(struct JoinId { 0 });

impl Wire for JoinId {}

/// Lets somebody into a topic, by name or by a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Always 1.
    pub version: Version1,
    /// The topic.
    pub topic_id: TopicId,
    /// The MLS group's number among those of the topic.
    pub generation: u32,
    /// `HashWithLabel("topic genesis", genesis)`.
    pub genesis_hash: [u8; 32],
    /// Names the invitation.
    pub invitation_id: [u8; 16],
    /// The device that invites.
    pub inviter: Address,
    /// Whom it is for; absent in a link's invitation.
    pub invitee_account_key: Option<Ed25519PublicKey>,
    /// The public half of the link's key; present if and only if the invitation is for nobody by name.
    pub link_public_key: Option<Ed25519PublicKey>,
    /// The last epoch in which it can be used: every joining begins another, so this bounds its uses.
    pub not_after_epoch: u64,
    /// [`Admission::invite_generation`] when it was made.
    pub invite_generation: u32,
    /// By the inviter's identity key over the fields above, label "invitation".
    pub signature: Signature,
}

codec!(struct Invitation {
    version,
    topic_id,
    generation,
    genesis_hash,
    invitation_id,
    inviter,
    invitee_account_key,
    link_public_key,
    not_after_epoch,
    invite_generation,
    signature,
});

impl Wire for Invitation {}

impl Signed for Invitation {
    fn signature(&self) -> &Signature {
        &self.signature
    }
}

/// An invitation, spent for one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationUse {
    /// The invitation.
    pub invitation: Invitation,
    /// Of a link's invitation: by the link's key over the invitation and the joining device's certificate, label
    /// "invitation use".
    pub link_signature: Option<Signature>,
}

codec!(struct InvitationUse { invitation, link_signature });

impl Wire for InvitationUse {}

/// A device's wish to be removed, which an MLS committer cannot do to itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveRequest {
    /// Always 1.
    pub version: Version1,
    /// The topic.
    pub topic_id: TopicId,
    /// The MLS group's number among those of the topic.
    pub generation: u32,
    /// The device that leaves.
    pub address: Address,
    /// Its stay in the group.
    pub join_id: JoinId,
    /// By the device's identity key over the fields above, label "topic leave".
    pub signature: Signature,
}

codec!(struct LeaveRequest { version, topic_id, generation, address, join_id, signature });

impl Wire for LeaveRequest {}

impl Signed for LeaveRequest {
    fn signature(&self) -> &Signature {
        &self.signature
    }
}

/// The custom proposal 0xF003: why a commit may do what its committer's role does not permit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorization {
    /// An external commit's way into a topic by invitation.
    Invitation(InvitationUse),
    /// Removes of an account's devices that are not on this newer list.
    NewDeviceList(DeviceList),
    /// The Remove of a device that asked for it.
    Leave(LeaveRequest),
}

codec!(
    enum Authorization {
        Invitation(used) = 1,
        NewDeviceList(list) = 2,
        Leave(request) = 3,
    }
);

impl Wire for Authorization {}
