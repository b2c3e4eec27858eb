//! What leaves the boundary, as JSON text: one call takes it to JavaScript, where it is parsed by the engine's own parser.
//! Serde's generated code would be several times as large, and so is building objects member by member.

use core::fmt::{Display, Write};

use crate::client::{ConversationId, MessageId, UserId};

/// A value that can be written.
pub(super) trait ToJson {
    /// Writes exactly one value.
    fn write(&self, json: &mut Json);
}

/// JSON text (RFC 8259) that is being written.
#[derive(Default)]
pub(super) struct Json(String);

impl Json {
    /// The text of one value.
    pub(super) fn of(value: &dyn ToJson) -> String {
        let mut json = Self::default();
        value.write(&mut json);
        json.0
    }

    /// What was written.
    #[cfg(target_arch = "wasm32")]
    pub(super) fn into_text(self) -> String {
        self.0
    }

    /// `{ … }` around the members that `write` writes.
    pub(super) fn object(&mut self, write: impl FnOnce(&mut Self)) {
        self.0.push('{');
        write(self);
        self.0.push('}');
    }

    /// A member of the object that is open.
    pub(super) fn member(&mut self, name: &'static str, value: &dyn ToJson) {
        self.separate();
        self.string(name);
        self.0.push(':');
        value.write(self);
    }

    /// A comma after what precedes in the same object or list: only an opening bracket precedes the first.
    fn separate(&mut self) {
        if !self.0.ends_with(['{', '[']) {
            self.0.push(',');
        }
    }

    fn string(&mut self, text: &str) {
        self.0.push('"');
        for character in text.chars() {
            match character {
                '"' | '\\' => {
                    self.0.push('\\');
                    self.0.push(character);
                }
                '\0'..=' ' if character != ' ' => {
                    self.format(format_args!("\\u{:04x}", character as u32));
                }
                _ => self.0.push(character),
            }
        }
        self.0.push('"');
    }

    /// Bytes in base64 without padding.
    fn digits(&mut self, bytes: &[u8], last: [char; 2]) {
        for group in bytes.chunks(3) {
            let mut bits = group
                .iter()
                .fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte));
            bits <<= 8 * (3 - group.len());
            for place in 0..=group.len() {
                self.0.push(digit((bits >> (18 - 6 * place)) & 63, last));
            }
        }
    }

    fn format(&mut self, arguments: core::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = self.0.write_fmt(arguments);
    }
}

/// A value that was written before.
impl ToJson for Json {
    fn write(&self, json: &mut Json) {
        json.0.push_str(&self.0);
    }
}

impl<T: ToJson + ?Sized> ToJson for &T {
    fn write(&self, json: &mut Json) {
        (**self).write(json);
    }
}

/// Absent is null.
impl<T: ToJson> ToJson for Option<T> {
    fn write(&self, json: &mut Json) {
        match self {
            Some(value) => value.write(json),
            None => ().write(json),
        }
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn write(&self, json: &mut Json) {
        json.0.push('[');
        for item in self {
            json.separate();
            item.write(json);
        }
        json.0.push(']');
    }
}

impl ToJson for () {
    fn write(&self, json: &mut Json) {
        json.0.push_str("null");
    }
}

impl ToJson for bool {
    fn write(&self, json: &mut Json) {
        json.0.push_str(if *self { "true" } else { "false" });
    }
}

/// What is counted here stays below 2^53, so that JavaScript has it exactly.
impl ToJson for u64 {
    fn write(&self, json: &mut Json) {
        json.format(format_args!("{self}"));
    }
}

impl ToJson for u32 {
    fn write(&self, json: &mut Json) {
        u64::from(*self).write(json);
    }
}

impl ToJson for usize {
    fn write(&self, json: &mut Json) {
        (*self as u64).write(json);
    }
}

impl ToJson for str {
    fn write(&self, json: &mut Json) {
        json.string(self);
    }
}

impl ToJson for String {
    fn write(&self, json: &mut Json) {
        json.string(self);
    }
}

/// What displays without quotes, backslashes and control characters, as a string.
pub(super) struct Shown<T>(pub(super) T);

impl<T: Display> ToJson for Shown<T> {
    fn write(&self, json: &mut Json) {
        json.format(format_args!("\"{}\"", self.0));
    }
}

macro_rules! shown {
    ($($id:ty),*) => {$(
        impl ToJson for $id {
            fn write(&self, json: &mut Json) {
                Shown(self).write(json);
            }
        }
    )*};
}
shown!(UserId, ConversationId, MessageId);
#[cfg(feature = "forums")]
shown!(
    crate::client::forums::ForumId,
    crate::client::forums::PostId,
    crate::client::forums::TopicId
);

/// A byte string, as base64url without padding: the form that the relay takes.
pub(super) struct Bytes<T>(pub(super) T);

impl<T: AsRef<[u8]>> ToJson for Bytes<T> {
    fn write(&self, json: &mut Json) {
        json.0.push('"');
        json.digits(self.0.as_ref(), ['-', '_']);
        json.0.push('"');
    }
}

/// A JPEG as a `data:` URL, which wants the other base64 (RFC 4648 §4).
pub(super) struct JpegUrl<'a>(pub(super) &'a [u8]);

impl ToJson for JpegUrl<'_> {
    fn write(&self, json: &mut Json) {
        json.0.push_str("\"data:image/jpeg;base64,");
        json.digits(self.0, ['+', '/']);
        for _ in 0..(3 - self.0.len() % 3) % 3 {
            json.0.push('=');
        }
        json.0.push('"');
    }
}

/// The digit of six bits (RFC 4648 §4 and §5, which differ in the last two).
fn digit(bits: u32, [minus, line]: [char; 2]) -> char {
    const DIGITS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    match bits {
        62 => minus,
        bits => DIGITS
            .get(bits as usize)
            .map_or(line, |digit| char::from(*digit)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing;

    impl ToJson for Thing {
        fn write(&self, json: &mut Json) {
            json.object(|json| {
                json.member("list", &vec![Some(1_u32), None]);
                json.member("nested", &vec![vec![true], vec![], vec![false, true]]);
                json.member("empty", &"");
                json.member("large", &9_007_199_254_740_991_u64);
            });
        }
    }

    #[test]
    fn members_and_items_are_separated() {
        let thing = r#"{"list":[1,null],"nested":[[true],[],[false,true]],"empty":"","large":9007199254740991}"#;
        assert_eq!(Json::of(&Thing), thing);
        assert_eq!(Json::of(&vec![Thing, Thing]), format!("[{thing},{thing}]"));
        assert_eq!(Json::of(&()), "null");
    }

    #[test]
    fn strings_come_back_as_they_were() {
        let mut all: String = ('\0'..='\u{2ff}').collect();
        all.push_str("\u{2028}\u{2029}\u{fffd}\u{feff}🔑\u{10ffff} [{,:\"\\");
        let names = vec![all.clone(), String::new(), all];
        let read: Vec<String> = serde_json::from_str(&Json::of(&names)).unwrap();
        assert_eq!(read, names);
    }

    /// RFC 4648 §10, without padding, and the two digits in which base64url differs.
    #[test]
    fn byte_strings_are_base64url() {
        let vectors: [(&[u8], &str); 8] = [
            (b"", ""),
            (b"f", "Zg"),
            (b"fo", "Zm8"),
            (b"foo", "Zm9v"),
            (b"foob", "Zm9vYg"),
            (b"fooba", "Zm9vYmE"),
            (b"foobar", "Zm9vYmFy"),
            (&[0xfb, 0xff, 0xbf], "-_-_"),
        ];
        for (bytes, text) in vectors {
            assert_eq!(Json::of(&Bytes(bytes)), format!("\"{text}\""));
            let url = text.replace('-', "+").replace('_', "/");
            let padding = "=".repeat((4 - url.len() % 4) % 4);
            let url = format!("\"data:image/jpeg;base64,{url}{padding}\"");
            assert_eq!(Json::of(&JpegUrl(bytes)), url);
        }
    }
}
