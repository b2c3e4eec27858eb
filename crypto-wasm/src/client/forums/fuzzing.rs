//! The decoders of the stored records of topics, for fuzz targets: each decodes and encodes again.

use super::{epoch_records, outbox_records, records};
use crate::ProtocolError;
use crate::wire::Wire as _;

macro_rules! recode {
    ($module:ident: $($record:ident)*) => {$(
        /// Decodes a record of this name and encodes it again.
        ///
        /// # Errors
        /// [`ProtocolError::Decode`] for anything but its strict encoding.
        #[expect(non_snake_case, reason = "the record's name")]
        pub fn $record(bytes: &[u8]) -> Result<Vec<u8>, ProtocolError> {
            $module::$record::from_bytes(bytes)?.to_bytes()
        }
    )*};
}

recode!(outbox_records: ForumOutboxRecord HeirsRecord);
recode!(records: EffectsRecord KeyPackagesRecord KeyRecord MembersRecord PostRecord TopicRecord);
recode!(epoch_records: EditPlaceRecord EpochRecord MadeCoverRecord PrefixRecord);
