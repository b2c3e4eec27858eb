//! Clients without the rules of topics: what a hostile member or joiner can make MLS commit.

use crypto_wasm::codec::{self, Reader};
use crypto_wasm::forum::RuleError;
use crypto_wasm::forum::credential::{DeviceIdentities, signing_identity};
use crypto_wasm::forum::group::{JoinInfo, NewCommit};
use crypto_wasm::forum::provider::{CIPHER_SUITE, MemberSuite, RandomSource};
use crypto_wasm::forum::state::{AUTHORIZATION, JOIN_ID, TOPIC_STATE, leaf_extensions};
use crypto_wasm::forum::wire::JoinId;
use mls_rs::client_builder::{BaseConfig, WithCryptoProvider, WithIdentityProvider, WithMlsRules};
use mls_rs::error::MlsError;
use mls_rs::group::external_commit::ExternalCommitBuilder;
use mls_rs::group::{CommitBuilder, CommitOutput, ExportedTree};
use mls_rs::identity::{CredentialType, SigningIdentity};
use mls_rs::mls_rules::{CommitOptions, DefaultMlsRules};
use mls_rs::storage_provider::in_memory::InMemoryGroupStateStorage;
use mls_rs::time::MlsTime;
use mls_rs::{Client, ExtensionList, Group, GroupStateStorage as _, IdentityProvider, MlsMessage};
use mls_rs_core::group::GroupState;
use mls_rs_core::identity::MemberValidationContext;
use zeroize::Zeroizing;

use super::{NOW_S, Phone, Seat, TestRng};

pub(crate) type Config = WithMlsRules<
    DefaultMlsRules,
    WithIdentityProvider<AnyIdentity, WithCryptoProvider<MemberSuite, BaseConfig>>,
>;

/// Finds everything valid.
#[derive(Clone)]
pub(crate) struct AnyIdentity;

impl IdentityProvider for AnyIdentity {
    type Error = RuleError;

    fn validate_member(
        &self,
        _: &SigningIdentity,
        _: Option<MlsTime>,
        _: MemberValidationContext<'_>,
    ) -> Result<(), RuleError> {
        Ok(())
    }

    fn validate_external_sender(
        &self,
        _: &SigningIdentity,
        _: Option<MlsTime>,
        _: Option<&ExtensionList>,
    ) -> Result<(), RuleError> {
        Ok(())
    }

    fn identity(
        &self,
        identity: &SigningIdentity,
        extensions: &ExtensionList,
    ) -> Result<Vec<u8>, RuleError> {
        DeviceIdentities.identity(identity, extensions)
    }

    fn valid_successor(
        &self,
        _: &SigningIdentity,
        _: &SigningIdentity,
        _: &ExtensionList,
    ) -> Result<bool, RuleError> {
        Ok(true)
    }

    fn supported_types(&self) -> Vec<CredentialType> {
        DeviceIdentities.supported_types()
    }
}

/// A member whose client follows MLS and nothing else.
pub(crate) struct Rogue {
    pub(crate) group: Group<Config>,
    random: RandomSource,
}

fn client(phone: &Phone, storage: &InMemoryGroupStateStorage) -> (Client<Config>, RandomSource) {
    let random = RandomSource::default();
    let suite = MemberSuite::new(phone.identity(), random.clone());
    let signer = suite.signer();
    let options = CommitOptions::new()
        .with_ratchet_tree_extension(false)
        .with_allow_external_commit(true);
    let client = Client::builder()
        .crypto_provider(suite)
        .identity_provider(AnyIdentity)
        .mls_rules(DefaultMlsRules::new().with_commit_options(options))
        .group_state_storage(storage.clone())
        .extension_types([TOPIC_STATE, JOIN_ID])
        .custom_proposal_type(AUTHORIZATION)
        .signing_identity(
            signing_identity(phone.certificate()).unwrap(),
            signer,
            CIPHER_SUITE,
        )
        .build();
    (client, random)
}

impl Rogue {
    /// The client of a member, in the same state.
    pub(crate) fn of(seat: &mut Seat) -> Self {
        let exported = seat.group.export().unwrap();
        let mut stored = Reader::new(&exported[1..]);
        let snapshot: Zeroizing<Vec<u8>> = codec::Decode::decode(&mut stored).unwrap();
        let id = seat.group.id().to_bytes().unwrap();
        let mut storage = InMemoryGroupStateStorage::default();
        let state = GroupState {
            id: id.clone(),
            data: snapshot,
        };
        storage.write(state, Vec::new(), Vec::new()).unwrap();
        let (client, random) = client(&seat.phone, &storage);
        Self {
            group: client.load_group(&id).unwrap(),
            random,
        }
    }

    /// A commit of whatever `build` puts into it.
    pub(crate) fn commit(
        &mut self,
        rng: &mut TestRng,
        build: impl FnOnce(CommitBuilder<'_, Config>) -> Result<CommitBuilder<'_, Config>, MlsError>,
    ) -> NewCommit {
        let (epoch, group) = (self.group.current_epoch(), &mut self.group);
        let output: CommitOutput = self
            .random
            .lend(rng, || {
                let builder = group.commit_builder().commit_time(MlsTime::from(NOW_S));
                build(builder)?.build()
            })
            .unwrap();
        let info = output.external_commit_group_info.unwrap();
        NewCommit {
            epoch,
            commit: output.commit_message.to_bytes().unwrap(),
            group_info: info.to_bytes().unwrap(),
            welcome: None,
            welcomed: Vec::new(),
        }
    }
}

/// An external commit of whatever `build` puts into it.
pub(crate) fn rogue_join(
    phone: &Phone,
    info: &JoinInfo,
    rng: &mut TestRng,
    build: impl FnOnce(ExternalCommitBuilder<Config>) -> ExternalCommitBuilder<Config>,
) -> NewCommit {
    let (client, random) = client(phone, &InMemoryGroupStateStorage::default());
    let message = MlsMessage::from_bytes(&info.group_info).unwrap();
    let epoch = message.as_group_info().unwrap().group_context().epoch();
    let builder = client
        .external_commit_builder()
        .unwrap()
        .with_leaf_node_extensions(leaf_extensions(JoinId([5; 16])).unwrap())
        .with_tree_data(ExportedTree::from_bytes(&info.tree).unwrap());
    let (group, commit) = random.lend(rng, || build(builder).build(message)).unwrap();
    NewCommit {
        epoch,
        commit: commit.to_bytes().unwrap(),
        group_info: group
            .group_info_message_allowing_ext_commit(false)
            .unwrap()
            .to_bytes()
            .unwrap(),
        welcome: None,
        welcomed: Vec::new(),
    }
}
