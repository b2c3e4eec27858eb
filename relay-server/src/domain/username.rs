//! Usernames.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::refusal::Refusal;

/// A case-folded username: 2 to 32 characters of `a-z 0-9 . _ -`, the first a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = String, min_length = 2, max_length = 32, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$")]
pub struct Username(String);

impl Username {
    /// Folds and checks a name.
    ///
    /// # Errors
    /// [`Refusal::BadRequest`] if it has another length or other characters.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let folded = text.to_ascii_lowercase();
        let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let valid = (2..=32).contains(&folded.len())
            && folded.bytes().next().is_some_and(alphanumeric)
            && folded
                .bytes()
                .all(|byte| alphanumeric(byte) || b"._-".contains(&byte));
        if valid {
            Ok(Self(folded))
        } else {
            Err(Refusal::bad_request(
                "username: 2 to 32 characters of a-z 0-9 . _ - beginning with a letter or digit",
            ))
        }
    }

    /// The folded name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Username {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folded_and_checked() {
        assert_eq!(
            Username::parse("Al.ice_-9").map(|name| name.to_string()),
            Ok("al.ice_-9".into())
        );
        let long = "a".repeat(33);
        for refused in [
            "",
            "a",
            ".ab",
            "-ab",
            "_ab",
            "a b",
            "älice",
            "a\u{212a}",
            &long,
        ] {
            assert!(Username::parse(refused).is_err(), "{refused}");
        }
    }
}
