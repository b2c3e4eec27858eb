//! The decoders of what is kept and handed over, for fuzz targets: each decodes and encodes again.

use super::handover::Handover as HandoverStructure;
use super::records;
use super::sync;
use crate::ProtocolError;
use crate::wire::Wire as _;

macro_rules! recode {
    ($($name:ident: $structure:ty,)*) => {$(
        /// Decodes a structure of this name and encodes it again.
        ///
        /// # Errors
        /// [`ProtocolError::Decode`] for anything but its strict encoding.
        #[expect(non_snake_case, reason = "the structure's name")]
        pub fn $name(bytes: &[u8]) -> Result<Vec<u8>, ProtocolError> {
            <$structure>::from_bytes(bytes)?.to_bytes()
        }
    )*};
}

recode!(
    DeviceChangeRecord: records::DeviceChangeRecord,
    DeviceLinkRecord: records::DeviceLinkRecord,
    DevicesRecord: records::DevicesRecord,
    Handover: HandoverStructure,
    SyncItem: sync::SyncItem,
    SyncItems: sync::SyncItems,
);
