//! The decoders of the stored records, for fuzz targets: each decodes and encodes again.

use super::records;
use crate::ProtocolError;
use crate::wire::Wire as _;

macro_rules! recode {
    ($($record:ident)*) => {$(
        /// Decodes a record of this name and encodes it again.
        ///
        /// # Errors
        /// [`ProtocolError::Decode`] for anything but its strict encoding.
        #[expect(non_snake_case, reason = "the record's name")]
        pub fn $record(bytes: &[u8]) -> Result<Vec<u8>, ProtocolError> {
            records::$record::from_bytes(bytes)?.to_bytes()
        }
    )*};
}

recode!(AccountRecord Candidate ConversationRecord MessageChangesRecord MessageRecord OutboxRecord PreKeyRecord PreKeyUpload ReceiptsRecord RepairRecord SentRecord StandingRecord TimerRecord UserRecord);
