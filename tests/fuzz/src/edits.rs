//! Changes to valid messages: where random bytes get no further than the first check, these do.

use arbitrary::{Arbitrary, Unstructured};

/// So many edits at most are applied to one message.
const MAX_EDITS: usize = 16;

/// A change in one place. Positions are taken modulo the length.
#[derive(Arbitrary, Debug, Clone)]
pub(crate) enum Edit {
    Flip {
        at: u16,
        mask: u8,
    },
    Overwrite {
        at: u16,
        bytes: [u8; 4],
    },
    Insert {
        at: u16,
        bytes: Vec<u8>,
    },
    Remove {
        at: u16,
        count: u16,
    },
    Truncate {
        at: u16,
    },
    /// A public key in the place of another one.
    Key {
        at: u8,
        which: u8,
    },
    /// Bytes of another message.
    Splice {
        at: u16,
        from: u16,
        count: u16,
    },
}

/// Points of low order on Curve25519, and coordinates that are not below p; none may ever be agreed with.
pub(crate) const POINTS: [[u8; 32]; 9] = {
    let mut points = [[0; 32]; 9];
    points[1][0] = 1;
    points[2] = ORDER_8[0];
    points[3] = ORDER_8[1];
    points[4] = [0xff; 32];
    points[4][0] = 0xec;
    points[4][31] = 0x7f;
    points[5] = points[4];
    points[5][0] = 0xed;
    points[6] = points[4];
    points[6][0] = 0xee;
    points[7] = [0xff; 32];
    points[8][31] = 0x80;
    points
};

const ORDER_8: [[u8; 32]; 2] = [
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
        0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
        0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
        0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
        0x11, 0x57,
    ],
];

/// Edits out of the fuzzer's bytes; at the end of the bytes, none.
pub(crate) fn read(input: &mut Unstructured<'_>) -> Vec<Edit> {
    let count = input.int_in_range(0..=MAX_EDITS).unwrap_or(0);
    (0..count)
        .map_while(|_| Edit::arbitrary(input).ok())
        .collect()
}

/// `message` with the edits. `keys` are the places of its public keys, `other` is a message to take bytes from.
pub(crate) fn apply(message: &[u8], edits: &[Edit], keys: &[usize], other: &[u8]) -> Vec<u8> {
    let mut bytes = message.to_vec();
    for edit in edits {
        apply_one(&mut bytes, edit, keys, other);
    }
    bytes
}

fn apply_one(bytes: &mut Vec<u8>, edit: &Edit, keys: &[usize], other: &[u8]) {
    let length = bytes.len();
    let place = |at: u16| usize::from(at) % (length + 1);
    match edit {
        Edit::Flip { at, mask } => {
            if let Some(byte) = bytes.get_mut(place(*at)) {
                *byte ^= mask;
            }
        }
        Edit::Overwrite { at, bytes: new } => overwrite(bytes, place(*at), new),
        Edit::Insert { at, bytes: new } => {
            bytes.splice(place(*at)..place(*at), new.iter().copied());
        }
        Edit::Remove { at, count } => {
            let end = (place(*at) + usize::from(*count)).min(length);
            bytes.drain(place(*at)..end);
        }
        Edit::Truncate { at } => bytes.truncate(place(*at)),
        Edit::Key { at, which } => {
            if let Some(at) = keys.get(usize::from(*at) % keys.len().max(1)) {
                overwrite(bytes, *at, &POINTS[usize::from(*which) % POINTS.len()]);
            }
        }
        Edit::Splice { at, from, count } => {
            let from = usize::from(*from) % (other.len() + 1);
            let end = (from + usize::from(*count)).min(other.len());
            overwrite(bytes, place(*at), &other[from..end]);
        }
    }
}

/// Writes `new` over what is at `at`, as far as there is something.
fn overwrite(bytes: &mut [u8], at: usize, new: &[u8]) {
    for (old, new) in bytes.iter_mut().skip(at).zip(new) {
        *old = *new;
    }
}
