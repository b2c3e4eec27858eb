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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_integers_if_integral() {
        let table = [
            (Value::UInt(u64::MAX), Some(u64::MAX), None),
            (Value::UInt(5), Some(5), Some(5)),
            (Value::Int(-5), None, Some(-5)),
            (Value::Int(5), Some(5), Some(5)),
            (
                Value::Float(9_007_199_254_740_992.0),
                Some(1 << 53),
                Some(1 << 53),
            ),
            (Value::Float(-0.0), Some(0), Some(0)),
            (Value::Float(0.5), None, None),
            (Value::Float(18_446_744_073_709_551_616.0), None, None),
            (
                Value::Float(-9_223_372_036_854_775_808.0),
                None,
                Some(i64::MIN),
            ),
            (
                Value::Float(9_223_372_036_854_775_808.0),
                Some(1 << 63),
                None,
            ),
            (Value::Float(f64::NAN), None, None),
            (Value::Float(f64::INFINITY), None, None),
            (Value::from("5"), None, None),
            (Value::Null, None, None),
        ];
        for (value, unsigned, signed) in table {
            let arguments = Arguments::new(vec![value.clone()]);
            assert_eq!(arguments.u64(0).ok(), unsigned, "{value:?}");
            assert_eq!(arguments.i64(0).ok(), signed, "{value:?}");
        }
    }

    #[test]
    fn bytes_are_bin_or_strict_base64url() {
        let table: [(Value, Option<&[u8]>); 8] = [
            (Value::from(vec![0xFB_u8, 0xFF]), Some(b"\xfb\xff")),
            (Value::from("-_8"), Some(b"\xfb\xff")),
            (Value::from(""), Some(b"")),
            (Value::from("-_8="), None),
            (Value::from("+/8"), None),
            (Value::from("-_9"), None),
            (Value::from("A"), None),
            (Value::Array(vec![]), None),
        ];
        for (value, bytes) in table {
            assert_eq!(
                Arguments::new(vec![value.clone()]).bytes(0).ok().as_deref(),
                bytes,
                "{value:?}"
            );
        }
    }

    #[test]
    fn extractors_name_the_argument_that_does_not_fit() {
        let arguments = Arguments::new(vec![
            Value::Bool(true),
            Value::from("text"),
            Value::Array(vec![Value::Null]),
        ]);
        assert_eq!(arguments.bool(0), Ok(true));
        assert_eq!(arguments.str(1), Ok("text"));
        assert_eq!(arguments.array(2), Ok(&[Value::Null][..]));
        assert_eq!(
            arguments.str(0),
            Err(ArgumentError::Type {
                index: 0,
                expected: "a string"
            })
        );
        assert_eq!(
            arguments.bool(3),
            Err(ArgumentError::Type {
                index: 3,
                expected: "a boolean"
            })
        );
        assert_eq!(
            arguments.f64(1),
            Err(ArgumentError::Type {
                index: 1,
                expected: "a number"
            })
        );
        assert_eq!(
            arguments.array(0),
            Err(ArgumentError::Type {
                index: 0,
                expected: "an array"
            })
        );
        assert_eq!(arguments.exactly(3), Ok(()));
        let error = arguments.exactly(2).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Invocation provides 3 argument(s) but target expects 2."
        );
        assert_eq!(
            arguments.u64(0).unwrap_err().to_string(),
            "Argument 0 is not an unsigned integer."
        );
    }

    #[test]
    fn fields_of_structures() {
        let value = Value::map([("a", Value::from(1_u64)), ("a", Value::from(2_u64))]);
        assert_eq!(value.field("a"), Some(&Value::UInt(2)));
        assert_eq!(value.field("b"), None);
        assert_eq!(Value::Null.field("a"), None);
    }
}
