//! A topic's next group, where a commit that the relay took cannot be applied (§7).

use rand_core::CryptoRng;

use super::sign::{Place, PolicyDraft, sign_policy};
use super::{TopicError, TopicGroup};
use crate::ProtocolError;
use crate::forum::RuleError;
use crate::forum::policy::Standing;
use crate::forum::wire::{Account, Admission, TopicState};
use crate::identity::Device;
use crate::wire::Version1;

impl TopicGroup {
    /// Founds the topic's next group: of this device alone, in its own epoch 0, under the same policy in its next revision. All
    /// invitations are void, all bans stay. `now_s` is in Unix seconds.
    ///
    /// # Errors
    /// [`RuleError::Forbidden`] if this device's account is no owner.
    // TOP-24
    pub fn succeed(
        &self,
        device: &Device,
        now_s: u64,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, TopicError> {
        let TopicState {
            genesis,
            policy,
            admission,
            ..
        } = self.state();
        let own = device.certificate().certificate();
        if policy.standing(&Account::of(own)) != Standing::Owner {
            return Err(RuleError::Forbidden.into());
        }
        let next = |number: u32| number.checked_add(1).ok_or(ProtocolError::Exhausted);
        let place = Place {
            topic_id: policy.topic_id,
            generation: next(policy.generation)?,
            revision: next(policy.revision)?,
            previous_hash: policy.hash()?,
        };
        let successor = sign_policy(device.identity(), own, &PolicyDraft::of(policy), &place)?;
        successor.follows(policy)?;
        let state = TopicState {
            version: Version1,
            genesis: genesis.clone(),
            policy: successor,
            admission: Admission {
                invite_generation: next(admission.invite_generation)?,
                bans: admission.bans.clone(),
            },
        };
        Self::found(device, &state, now_s, rng)
    }
}
