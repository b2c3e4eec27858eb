//! When a message was made, inside the message: what arrives says how long it was under way. All processes that put in and read
//! stamps are this one, so that one monotonic clock is enough.

use std::sync::OnceLock;
use std::time::Instant;

/// What a stamp begins with.
const MARK: &[u8; 8] = b"@stamp@:";
/// Hexadecimal digits after it.
const DIGITS: usize = 16;

/// Nanoseconds since this process began to measure.
pub(crate) fn now() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let elapsed = START.get_or_init(Instant::now).elapsed();
    u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX)
}

/// Content of `length` bytes, all of them letters and signs that need no escape in JSON and XML, that begins with the time `at`.
pub(crate) fn content(at: u64, length: usize) -> Vec<u8> {
    let mut content = MARK.to_vec();
    content.extend(format!("{at:016x}").bytes());
    // Varied, so that nothing on the way compresses it.
    let mut state = at | 1;
    while content.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let letter = u8::try_from(state % 26).unwrap_or_default();
        content.push(b'a' + letter);
    }
    content
}

/// Adds every stamp in `bytes` to `found`; returns where what may be the beginning of one more begins.
pub(crate) fn scan(bytes: &[u8], found: &mut Vec<u64>) -> usize {
    let whole = MARK.len() + DIGITS;
    let mut at = 0;
    while let Some(rest) = bytes.get(at..)
        && rest.len() >= whole
    {
        let Some(next) = rest.iter().position(|byte| *byte == b'@') else {
            return bytes.len();
        };
        at += next;
        let Some(stamp) = bytes.get(at..at + whole) else {
            return at;
        };
        let (mark, digits) = stamp.split_at(MARK.len());
        let digits = std::str::from_utf8(digits).ok();
        match digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()) {
            Some(time) if mark == MARK => {
                found.push(time);
                at += whole;
            }
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_found_in_whatever_is_around_them() {
        let mut bytes = b"<body>@st".to_vec();
        bytes.extend(content(17, 1500));
        bytes.extend(b"</body>@stamp@:nothexadecimal!!! ");
        bytes.extend(content(u64::MAX, 24));
        let mut found = Vec::new();
        scan(&bytes, &mut found);
        assert_eq!(found, [17, u64::MAX]);
        assert_eq!(content(17, 1500).len(), 1500);
    }

    #[test]
    fn a_stamp_in_two_pieces_is_found_once() {
        let mut bytes = b"xx".to_vec();
        bytes.extend(content(5, 100));
        for cut in 0..bytes.len() {
            let mut found = Vec::new();
            let (first, second) = bytes.split_at(cut);
            let seen = scan(first, &mut found);
            let mut rest = first[seen..].to_vec();
            rest.extend(second);
            scan(&rest, &mut found);
            assert_eq!(found, [5], "cut at {cut}");
        }
    }
}
