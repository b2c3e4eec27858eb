//! The arguments of an invocation, and taking them out by position and type.

use bytes::Bytes;

use super::Value;

/// Why the arguments do not fit the method. The text is shown to the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentError {
    /// Too few or too many.
    #[error("Invocation provides {given} argument(s) but target expects {expected}.")]
    Count {
        /// How many came.
        given: usize,
        /// How many the method takes.
        expected: usize,
    },
    /// One has the wrong type or is out of range.
    #[error("Argument {index} is not {expected}.")]
    Type {
        /// Its position, from 0.
        index: usize,
        /// What the method takes there, with its article.
        expected: &'static str,
    },
    /// The client sent something no method takes: a MessagePack extension, or a map with keys that are not texts.
    #[error("The arguments hold {0}, which is not supported.")]
    Unsupported(&'static str),
}

impl ArgumentError {
    /// A stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Count { .. } => "argument-count",
            Self::Type { .. } => "argument-type",
            Self::Unsupported(_) => "argument-unsupported",
        }
    }
}

/// The arguments of one invocation, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arguments(Vec<Value>);

impl Arguments {
    /// Arguments in the order of the method's parameters.
    pub fn new(values: Vec<Value>) -> Self {
        Self(values)
    }

    /// Refuses any other number of arguments.
    ///
    /// # Errors
    /// [`ArgumentError::Count`].
    pub fn exactly(&self, expected: usize) -> Result<(), ArgumentError> {
        if self.0.len() == expected {
            Ok(())
        } else {
            Err(ArgumentError::Count {
                given: self.0.len(),
                expected,
            })
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The argument at `index`, from 0.
    pub fn get(&self, index: usize) -> Option<&Value> {
        self.0.get(index)
    }

    /// All of them.
    pub fn values(&self) -> &[Value] {
        &self.0
    }

    /// All of them, to keep.
    pub fn into_values(self) -> Vec<Value> {
        self.0
    }

    /// An unsigned integer ([`Value::as_u64`]).
    ///
    /// # Errors
    /// [`ArgumentError::Type`], also when there is no such argument; so for all extractors.
    pub fn u64(&self, index: usize) -> Result<u64, ArgumentError> {
        self.take(index, "an unsigned integer", Value::as_u64)
    }

    /// A signed integer ([`Value::as_i64`]).
    ///
    /// # Errors
    /// As [`Arguments::u64`].
    pub fn i64(&self, index: usize) -> Result<i64, ArgumentError> {
        self.take(index, "an integer", Value::as_i64)
    }

    /// A number ([`Value::as_f64`]).
    ///
    /// # Errors
    /// As [`Arguments::u64`].
    pub fn f64(&self, index: usize) -> Result<f64, ArgumentError> {
        self.take(index, "a number", Value::as_f64)
    }

    /// A truth value.
    ///
    /// # Errors
    /// As [`Arguments::u64`].
    pub fn bool(&self, index: usize) -> Result<bool, ArgumentError> {
        self.take(index, "a boolean", Value::as_bool)
    }

    /// A text.
    ///
    /// # Errors
    /// As [`Arguments::u64`].
    pub fn str(&self, index: usize) -> Result<&str, ArgumentError> {
        self.take(index, "a string", Value::as_str)
    }

    /// A byte string ([`Value::to_bytes`]).
    ///
    /// # Errors
    /// As [`Arguments::u64`].
    pub fn bytes(&self, index: usize) -> Result<Bytes, ArgumentError> {
        self.take(index, "a byte string", Value::to_bytes)
    }

    /// A list.
    ///
    /// # Errors
    /// As [`Arguments::u64`].
    pub fn array(&self, index: usize) -> Result<&[Value], ArgumentError> {
        self.take(index, "an array", Value::as_array)
    }

    fn take<'a, T>(
        &'a self,
        index: usize,
        expected: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<T, ArgumentError> {
        self.0
            .get(index)
            .and_then(read)
            .ok_or(ArgumentError::Type { index, expected })
    }
}
