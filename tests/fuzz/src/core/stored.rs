//! Imports of exported states (`docs/storage.md`), and life with a state that was damaged.

use std::cell::OnceCell;

use arbitrary::Unstructured;
use crypto_wasm::ProtocolError;
use crypto_wasm::identity::{Device, PreKeyRequest};
use crypto_wasm::session::{Session, SessionRecord};
use crypto_wasm::wire::EnvelopeKind;

use super::session::{Scenario, scenarios};
use crate::people::NOW;
use crate::property::strict;
use crate::rng::Rng;
use crate::{Target, edits};

pub(crate) const TARGETS: &[Target] = &[
    ("Device", device),
    ("Session", session),
    ("SessionRecord", record),
];

fn recode_device(bytes: &[u8]) -> Result<Vec<u8>, ProtocolError> {
    Ok(Device::import(bytes)?.export()?.to_vec())
}

fn recode_record(bytes: &[u8]) -> Result<Vec<u8>, ProtocolError> {
    Ok(SessionRecord::import(bytes)?.export()?.to_vec())
}

fn device(data: &[u8]) {
    strict("Device", recode_device, data);
}

fn session(data: &[u8]) {
    strict(
        "Session",
        |bytes| Ok(Session::import(bytes)?.export()?.to_vec()),
        data,
    );
}

fn record(data: &[u8]) {
    strict("SessionRecord", recode_record, data);
}

/// A state with some bytes changed is refused, or works as far as it goes: nothing panics, what is refused changes nothing.
pub(super) fn damaged_state(data: &[u8]) {
    thread_local!(static SCENARIOS: OnceCell<Vec<Scenario>> = const { OnceCell::new() });
    SCENARIOS.with(|cell| {
        let all = cell.get_or_init(scenarios);
        let mut input = Unstructured::new(data);
        let scenario = &all[input.choose_index(all.len()).unwrap_or(0)];
        let changes = (edits::read(&mut input), edits::read(&mut input));
        let device = edits::apply(&scenario.device, &changes.0, &[], &scenario.record);
        let record = edits::apply(&scenario.record, &changes.1, &[], &scenario.device);
        strict("Device", recode_device, &device);
        strict("SessionRecord", recode_record, &record);
        if let (Ok(device), Ok(record)) = (Device::import(&device), SessionRecord::import(&record))
        {
            use_state(device, record, scenario);
        }
    });
}

fn use_state(mut device: Device, mut record: SessionRecord, scenario: &Scenario) {
    let rng = &mut Rng::new(5);
    for message in scenario.honest.iter().chain(&scenario.noise) {
        let before = state(&device, &record);
        let received = record.decrypt(
            &mut device,
            message.kind,
            &message.bytes,
            &scenario.expected,
            rng,
        );
        if received.is_err() {
            assert!(state(&device, &record) == before);
        }
    }
    if let Ok(Some(envelope)) = record.encrypt(b"reply", rng) {
        assert!(matches!(
            envelope.kind,
            EnvelopeKind::PreKey | EnvelopeKind::Ratchet
        ));
    }
    let request = PreKeyRequest {
        one_time: 1,
        kem: 0,
        rotate: false,
        created_at_ms: NOW,
    };
    assert!(device.generate_prekeys(&request, rng).is_ok());
    device.expire_prekeys(NOW);
    assert!(recode_device(&device.export().expect("exported")).is_ok());
    assert!(recode_record(&record.export().expect("exported")).is_ok());
}

/// Everything that a decryption may change.
pub(super) fn state(device: &Device, record: &SessionRecord) -> (Vec<u8>, Vec<u8>) {
    (
        device.export().expect("exported").to_vec(),
        record.export().expect("exported").to_vec(),
    )
}
