//! What mls-rs is given for one device: its suite, the rules, and slots in the place of storage.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mls_rs::client_builder::{
    BaseConfig, WithCryptoProvider, WithGroupStateStorage, WithIdentityProvider,
    WithKeyPackageRepo, WithMlsRules,
};
use mls_rs::error::MlsError;
use mls_rs::{Client, Group, GroupStateStorage, KeyPackageStorage};
use mls_rs_core::group::{EpochRecord, GroupState};
use mls_rs_core::key_package::KeyPackageData;
use zeroize::Zeroizing;

use crate::crypto::sign::Ed25519PrivateKey;
use crate::forum::TopicError;
use crate::forum::credential::{self, DeviceIdentities};
use crate::forum::provider::{CIPHER_SUITE, MemberSuite, RandomSource};
use crate::forum::rules::TopicRules;
use crate::forum::state::{AUTHORIZATION, JOIN_ID, TOPIC_STATE};
use crate::identity::Device;

/// How long a KeyPackage is good: 90 days, and one more because clocks differ.
pub(super) const LIFETIME_S: u64 = 91 * 24 * 60 * 60;
/// How long before its making a KeyPackage is good, because clocks differ.
pub(super) const CLOCK_SKEW_S: u64 = 24 * 60 * 60;

pub(super) type Config = WithMlsRules<
    TopicRules,
    WithGroupStateStorage<
        StateSlot,
        WithKeyPackageRepo<
            KeyPackageSlot,
            WithIdentityProvider<DeviceIdentities, WithCryptoProvider<MemberSuite, BaseConfig>>,
        >,
    >,
>;

/// Holds one group's state while it goes in or out.
#[derive(Clone, Default)]
pub(super) struct StateSlot(Arc<Mutex<Option<Zeroizing<Vec<u8>>>>>);

/// Holds the KeyPackages that were made, or the one that a Welcome is for.
#[derive(Clone, Default)]
pub(super) struct KeyPackageSlot(Arc<Mutex<Vec<Referenced>>>);

/// A KeyPackage under its reference.
type Referenced = (Vec<u8>, KeyPackageData);

fn lock<T>(slot: &Mutex<T>) -> MutexGuard<'_, T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

impl GroupStateStorage for StateSlot {
    type Error = Infallible;

    fn state(&self, _: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Infallible> {
        Ok(lock(&self.0).take())
    }

    /// Prior epochs are not kept.
    fn epoch(&self, _: &[u8], _: u64) -> Result<Option<Zeroizing<Vec<u8>>>, Infallible> {
        Ok(None)
    }

    fn write(
        &mut self,
        state: GroupState,
        _: Vec<EpochRecord>,
        _: Vec<EpochRecord>,
    ) -> Result<(), Infallible> {
        *lock(&self.0) = Some(state.data);
        Ok(())
    }

    fn max_epoch_id(&self, _: &[u8]) -> Result<Option<u64>, Infallible> {
        Ok(None)
    }
}

impl KeyPackageStorage for KeyPackageSlot {
    type Error = Infallible;

    fn delete(&mut self, id: &[u8]) -> Result<(), Infallible> {
        lock(&self.0).retain(|(held, _)| held != id);
        Ok(())
    }

    fn insert(&mut self, id: Vec<u8>, package: KeyPackageData) -> Result<(), Infallible> {
        lock(&self.0).push((id, package));
        Ok(())
    }

    fn get(&self, id: &[u8]) -> Result<Option<KeyPackageData>, Infallible> {
        let held = lock(&self.0);
        let found = held.iter().find(|(held, _)| held == id);
        Ok(found.map(|(_, package)| package.clone()))
    }
}

impl KeyPackageSlot {
    pub(super) fn take(&self) -> Vec<Referenced> {
        std::mem::take(&mut lock(&self.0))
    }
}

/// A device as a client of mls-rs.
pub(super) struct TopicClient {
    pub(super) mls: Client<Config>,
    pub(super) random: RandomSource,
    pub(super) key_packages: KeyPackageSlot,
    pub(super) identity: Ed25519PrivateKey,
    state: StateSlot,
}

impl TopicClient {
    pub(super) fn of(device: &Device) -> Result<Self, TopicError> {
        let copy = || Ed25519PrivateKey::from_seed(device.identity().seed());
        let random = RandomSource::default();
        let suite = MemberSuite::new(copy(), random.clone());
        let (state, key_packages) = (StateSlot::default(), KeyPackageSlot::default());
        let identity = credential::signing_identity(device.certificate().certificate())?;
        let signer = suite.signer();
        let mls = Client::builder()
            .crypto_provider(suite)
            .identity_provider(DeviceIdentities)
            .key_package_repo(key_packages.clone())
            .group_state_storage(state.clone())
            .mls_rules(TopicRules)
            .extension_types([TOPIC_STATE, JOIN_ID])
            .custom_proposal_type(AUTHORIZATION)
            .key_package_lifetime(Duration::from_secs(CLOCK_SKEW_S + LIFETIME_S))
            .signing_identity(identity, signer, CIPHER_SUITE)
            .build();
        Ok(Self {
            mls,
            random,
            key_packages,
            identity: copy(),
            state,
        })
    }

    pub(super) fn load(&self, snapshot: Zeroizing<Vec<u8>>) -> Result<Group<Config>, MlsError> {
        *lock(&self.state.0) = Some(snapshot);
        self.mls.load_group(&[])
    }

    /// What the group wrote last.
    pub(super) fn written(&self) -> Zeroizing<Vec<u8>> {
        lock(&self.state.0).take().unwrap_or_default()
    }
}
