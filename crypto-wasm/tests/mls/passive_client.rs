//! `passive-client-welcome.json`: a Welcome of another implementation, read by mls-rs with our primitives.

use crypto_wasm::forum::provider::CIPHER_SUITE;
use mls_rs::group::ExportedTree;
use mls_rs::identity::basic::BasicIdentityProvider;
use mls_rs::mls_rs_codec::MlsEncode as _;
use mls_rs::storage_provider::in_memory::InMemoryKeyPackageStorage;
use mls_rs::{Client, MlsMessage};
use mls_rs_core::key_package::KeyPackageData;
use serde::Deserialize;

use crate::{Hex, load, suite};

#[derive(Deserialize)]
struct Case {
    cipher_suite: u16,
    external_psks: Vec<serde_json::Value>,
    key_package: Hex,
    signature_priv: Hex,
    encryption_priv: Hex,
    init_priv: Hex,
    welcome: Hex,
    ratchet_tree: Option<Hex>,
    initial_epoch_authenticator: Hex,
}

fn bytes(text: &Hex) -> Vec<u8> {
    hex::decode(text).unwrap()
}

#[test]
fn welcomes_of_other_implementations_give_their_epoch() {
    let cases: Vec<Case> = load("passive-client-welcome.json");
    let ours = |case: &&Case| case.cipher_suite == 1 && case.external_psks.is_empty();
    let mut joined = 0;
    for case in cases.iter().filter(ours) {
        let suite = suite(&bytes(&case.signature_priv));
        let package = MlsMessage::from_bytes(&bytes(&case.key_package)).unwrap();
        let reference = package.key_package_reference(&suite).unwrap().unwrap();
        let package = package.into_key_package().unwrap();
        let packages = InMemoryKeyPackageStorage::default();
        let data = KeyPackageData::new(
            package.mls_encode_to_vec().unwrap(),
            bytes(&case.init_priv).into(),
            bytes(&case.encryption_priv).into(),
            u64::MAX,
        );
        packages.insert(reference.to_vec(), data);
        let client = Client::builder()
            .signing_identity(
                package.signing_identity().clone(),
                suite.signer(),
                CIPHER_SUITE,
            )
            .crypto_provider(suite)
            .identity_provider(BasicIdentityProvider)
            .key_package_repo(packages)
            .build();
        let tree = case
            .ratchet_tree
            .as_ref()
            .map(|tree| ExportedTree::from_bytes(&bytes(tree)).unwrap());
        let welcome = MlsMessage::from_bytes(&bytes(&case.welcome)).unwrap();
        let (group, _) = client.join_group(tree, &welcome, None).unwrap();
        let authenticator = group.epoch_authenticator().unwrap();
        assert_eq!(
            authenticator.as_bytes(),
            bytes(&case.initial_epoch_authenticator)
        );
        joined += 1;
    }
    assert_eq!(joined, 4);
}
