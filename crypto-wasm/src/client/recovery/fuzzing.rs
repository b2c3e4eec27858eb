//! The decoders of what is kept and backed up, for fuzz targets: each decodes and encodes again.

use super::records;
use crate::ProtocolError;
use crate::wire::Wire as _;

macro_rules! recode {
    ($($name:ident)*) => {$(
        /// Decodes a structure of this name and encodes it again.
        ///
        /// # Errors
        /// [`ProtocolError::Decode`] for anything but its strict encoding.
        #[expect(non_snake_case, reason = "the structure's name")]
        pub fn $name(bytes: &[u8]) -> Result<Vec<u8>, ProtocolError> {
            records::$name::from_bytes(bytes)?.to_bytes()
        }
    )*};
}

recode!(BackupLines BackupRecord RestoreRecord);
