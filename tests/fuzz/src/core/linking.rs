//! Linking devices and recovery (§9, §10): what the two devices send each other, what is kept of devices, and what backups are made of.

use crypto_wasm::client::devices::fuzzing;
use crypto_wasm::client::recovery::fuzzing as recovery;
use crypto_wasm::linking::{
    LinkingAccept, LinkingCode, LinkingKey, LinkingMessage, LinkingReveal, NewDevice,
};
use crypto_wasm::recovery::{BackupManifest, ChunkId};

use crate::Target;
use crate::property::{recode, strict};

macro_rules! targets {
    ($($structure:ident)*; $($record:ident)*; $($backup:ident)*) => {
        pub(crate) const TARGETS: &[Target] = &[
            $((stringify!($structure), |data| strict(stringify!($structure), recode::<$structure>, data)),)*
            $((stringify!($record), |data| strict(stringify!($record), fuzzing::$record, data)),)*
            $((stringify!($backup), |data| strict(stringify!($backup), recovery::$backup, data)),)*
        ];
    };
}

targets!(
    LinkingAccept LinkingCode LinkingKey LinkingMessage LinkingReveal NewDevice BackupManifest ChunkId;
    DeviceChangeRecord DeviceLinkRecord DevicesRecord Handover SyncItem SyncItems;
    BackupLines BackupRecord RestoreRecord
);
