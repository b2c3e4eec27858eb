//! A topic's next group, where nobody can apply the newest commit of the one that is.

use crypto_wasm::forum::PublicGroup;
use crypto_wasm::wire::Wire as _;

use super::group::{Group, refused};
use super::topic::{Settings, digest};
use super::wire;
use crate::domain::credentials::malformed;
use crate::domain::{Address, Bytes, Refusal, TopicId, UnixMillis, limits};

/// A topic's next group as it arrives.
pub struct Succession {
    /// The topic.
    pub topic_id: TopicId,
    /// Who founds the group.
    pub founder: Address,
    /// The encoded group info of the group's own epoch 0.
    pub group_info: Bytes,
    /// The encoded tree.
    pub tree: Bytes,
    /// The encoded policy that names it.
    pub policy: Bytes,
}

impl Succession {
    /// Checks sizes.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`].
    pub fn check_size(&self) -> Result<(), Refusal> {
        if self.group_info.as_slice().len() > limits::GROUP_INFO_BYTES {
            return Err(Refusal::TooLarge("a group info is at most 256 KiB"));
        }
        Ok(())
    }

    /// The hash of the request, by which the same again is recognized.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        digest(&[
            self.founder.user_id.as_bytes(),
            &self.founder.device_id.get().to_be_bytes(),
            self.group_info.as_slice(),
            self.tree.as_slice(),
            self.policy.as_slice(),
        ])
    }
}

/// A topic's next group, checked, to store if the topic is still in the epoch that it was checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextGroup {
    /// The topic.
    pub topic_id: TopicId,
    /// Who is in it, alone.
    pub founder: Address,
    /// The epoch that it was checked against.
    pub after: u64,
    /// The epoch that it begins with.
    pub epoch: u64,
    /// What its policy says.
    pub settings: Settings,
    /// The encoded policy.
    pub policy: Vec<u8>,
    /// The encoded group info.
    pub group_info: Vec<u8>,
    /// The public group, for storage.
    pub snapshot: Vec<u8>,
    /// Of the whole request.
    pub digest: [u8; 32],
}

impl Group {
    /// Checks that this is the group that follows, founded by the caller.
    ///
    /// # Errors
    /// [`Refusal::CommitRefused`] if it does not follow; [`Refusal::BadRequest`] if it is not that of the call.
    pub fn succeed(
        &self,
        succession: Succession,
        now: UnixMillis,
    ) -> Result<(Self, NextGroup), Refusal> {
        let digest = succession.digest();
        let Succession {
            topic_id,
            founder,
            group_info,
            tree,
            policy,
        } = succession;
        let public: PublicGroup = self
            .public()
            .succeed(group_info.as_slice(), tree.as_slice(), now / 1000)
            .map_err(|error| refused(&error))?;
        let state = public.state();
        let encoded = state.policy.to_bytes().map_err(|_| malformed("policy"))?;
        let fits = wire::address(&state.policy.signer.address) == Some(founder)
            && encoded == policy.as_slice();
        if !fits {
            return Err(Refusal::bad_request(
                "groupInfo: of another founder or policy",
            ));
        }
        let next = NextGroup {
            topic_id,
            founder,
            after: self.epoch(),
            epoch: public.epoch(),
            settings: Settings::of(state),
            policy: encoded,
            group_info: group_info.0,
            snapshot: public.snapshot().map_err(|error| refused(&error))?,
            digest,
        };
        Ok((Self::of(public, &next.snapshot), next))
    }
}
