//! Linking devices (§9): what the two devices send each other, and what is kept of devices.

use crypto_wasm::client::devices::fuzzing;
use crypto_wasm::linking::{
    LinkingAccept, LinkingCode, LinkingKey, LinkingMessage, LinkingReveal, NewDevice,
};

use crate::Target;
use crate::property::{recode, strict};

macro_rules! targets {
    ($($structure:ident)*; $($record:ident)*) => {
        pub(crate) const TARGETS: &[Target] = &[
            $((stringify!($structure), |data| strict(stringify!($structure), recode::<$structure>, data)),)*
            $((stringify!($record), |data| strict(stringify!($record), fuzzing::$record, data)),)*
        ];
    };
}

targets!(
    LinkingAccept LinkingCode LinkingKey LinkingMessage LinkingReveal NewDevice;
    DeviceChangeRecord DeviceLinkRecord DevicesRecord Handover SyncItem SyncItems
);
