//! Between the domain's types and columns.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

use super::{StoreError, StoreResult};
use crate::domain::blob::BlobId;
use crate::domain::forum::{History, Visibility};
use crate::domain::message::EnvelopeKind;
use crate::domain::{
    Address, ConversationId, DeviceId, ForumId, MessageId, PostId, SecretId, TopicId, UserId,
};

macro_rules! uuid {
    ($($name:ty),*) => {$(
        impl ToSql for $name {
            fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
                out.extend_from_slice(self.as_bytes());
                Ok(IsNull::No)
            }

            accepts!(UUID);
            to_sql_checked!();
        }

        impl FromSql<'_> for $name {
            fn from_sql(_: &Type, raw: &[u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
                Ok(Self::from_bytes(raw.try_into()?))
            }

            accepts!(UUID);
        }
    )*};
}
uuid!(
    UserId,
    ConversationId,
    MessageId,
    ForumId,
    TopicId,
    PostId,
    SecretId,
    BlobId
);

/// A number as a column has it. One that no column can hold becomes the largest that it can: what is stored is far
/// below, and a bound beyond everything means the same.
pub(super) fn int(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

fn wrong(column: usize) -> StoreError {
    StoreError::Failed(format!("column {column} of a row is not what it should be"))
}

/// What rows are read by.
pub(super) trait Columns {
    /// A value of a type that PostgreSQL has, or an id.
    fn col<'a, T: FromSql<'a>>(&'a self, column: usize) -> StoreResult<T>;

    /// A number.
    fn number<T: TryFrom<i64>>(&self, column: usize) -> StoreResult<T> {
        T::try_from(self.col::<i64>(column)?).map_err(|_| wrong(column))
    }

    /// A number, or none.
    fn optional_number<T: TryFrom<i64>>(&self, column: usize) -> StoreResult<Option<T>> {
        let number: Option<i64> = self.col(column)?;
        let number = number.map(|number| T::try_from(number).map_err(|_| wrong(column)));
        number.transpose()
    }

    /// A key, hash or digest.
    fn key(&self, column: usize) -> StoreResult<[u8; 32]> {
        <[u8; 32]>::try_from(self.col::<&[u8]>(column)?).map_err(|_| wrong(column))
    }

    /// A device's number.
    fn device_id(&self, column: usize) -> StoreResult<DeviceId> {
        DeviceId::new(self.number(column)?).ok_or_else(|| wrong(column))
    }

    /// An address in two neighbouring columns.
    fn address(&self, first: usize) -> StoreResult<Address> {
        Ok(Address {
            user_id: self.col(first)?,
            device_id: self.device_id(first + 1)?,
        })
    }

    /// The kind of an envelope.
    fn envelope_kind(&self, column: usize) -> StoreResult<EnvelopeKind> {
        EnvelopeKind::from_number(self.number(column)?).ok_or_else(|| wrong(column))
    }

    /// Who sees a topic.
    fn visibility(&self, column: usize) -> StoreResult<Visibility> {
        Visibility::from_number(self.number(column)?).ok_or_else(|| wrong(column))
    }

    /// What newcomers of a topic may read.
    fn history(&self, column: usize) -> StoreResult<History> {
        History::from_number(self.number(column)?).ok_or_else(|| wrong(column))
    }
}

impl Columns for Row {
    fn col<'a, T: FromSql<'a>>(&'a self, column: usize) -> StoreResult<T> {
        Ok(self.try_get(column)?)
    }
}
