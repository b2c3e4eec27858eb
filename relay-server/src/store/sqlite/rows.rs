//! Between the domain's types and columns.

use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use crate::domain::blob::BlobId;
use crate::domain::forum::{History, Visibility};
use crate::domain::message::EnvelopeKind;
use crate::domain::{
    Address, ConversationId, DeviceId, ForumId, MessageId, PostId, SecretId, TopicId, UserId,
};

macro_rules! blob_id {
    ($($name:ty),*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.as_bytes())))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                <[u8; 16]>::column_result(value).map(Self::from_bytes)
            }
        }
    )*};
}
blob_id!(
    UserId,
    ConversationId,
    MessageId,
    ForumId,
    TopicId,
    PostId,
    SecretId,
    BlobId
);

impl ToSql for DeviceId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.get().into())
    }
}

impl FromSql for DeviceId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = u32::column_result(value)?;
        Self::new(number).ok_or(FromSqlError::OutOfRange(number.into()))
    }
}

macro_rules! number {
    ($($name:ty),*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.number().into())
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let number = u8::column_result(value)?;
                Self::from_number(number).ok_or(FromSqlError::OutOfRange(number.into()))
            }
        }
    )*};
}
number!(EnvelopeKind, Visibility, History);

/// An address in two neighbouring columns.
pub(super) fn address(row: &Row<'_>, first: usize) -> rusqlite::Result<Address> {
    Ok(Address {
        user_id: row.get(first)?,
        device_id: row.get(first + 1)?,
    })
}
