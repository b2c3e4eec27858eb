use crypto_wasm::forum::group::{JoinInfo, NewCommit, WelcomeInfo};
use crypto_wasm::forum::public_group::Applied;
use crypto_wasm::forum::wire::Policy;
use crypto_wasm::forum::{PublicGroup, TopicError, TopicGroup};

use super::NOW_S;

/// A relay that keeps one topic, honestly.
pub(crate) struct Relay {
    pub(crate) group: PublicGroup,
    pub(crate) group_info: Vec<u8>,
    pub(crate) policies: Vec<Policy>,
    log: Vec<Vec<u8>>,
}

impl Relay {
    pub(crate) fn of(founder: &TopicGroup) -> Self {
        let (group_info, tree) = (founder.group_info().unwrap(), founder.tree().unwrap());
        let group = PublicGroup::create(&group_info, &tree, NOW_S).unwrap();
        Self {
            policies: vec![group.state().policy.clone()],
            group,
            group_info,
            log: Vec::new(),
        }
    }

    /// Compare and swap on the epoch.
    pub(crate) fn take(&mut self, new: &NewCommit) -> Result<Applied, TopicError> {
        if new.epoch != self.group.epoch() {
            return Err(TopicError::Epoch);
        }
        let mut next = self.group.clone();
        let applied = next.apply(&new.commit, NOW_S)?;
        next.check_group_info(&new.group_info, applied.committer)?;
        if self.policies.last() != Some(&applied.state.policy) {
            self.policies.push(applied.state.policy.clone());
        }
        self.group = next;
        self.group_info.clone_from(&new.group_info);
        self.log.push(new.commit.clone());
        Ok(applied)
    }

    /// The commits made in this epoch and later.
    pub(crate) fn since(&self, epoch: u64) -> impl Iterator<Item = &[u8]> {
        let skipped = usize::try_from(epoch).unwrap();
        self.log.iter().skip(skipped).map(Vec::as_slice)
    }

    pub(crate) fn join_info(&self) -> JoinInfo {
        JoinInfo {
            group_info: self.group_info.clone(),
            tree: self.group.tree().unwrap(),
            policies: self.policies.clone(),
        }
    }

    pub(crate) fn welcome_info(&self, welcome: Vec<u8>) -> WelcomeInfo {
        WelcomeInfo {
            welcome,
            tree: self.group.tree().unwrap(),
            policies: self.policies.clone(),
        }
    }
}
