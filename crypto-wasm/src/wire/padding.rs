//! Padding of contents: ISO/IEC 7816-4 to max(128, PADMÉ) (§5).

use crate::ProtocolError;

/// No padded content is shorter.
pub const MINIMUM_LENGTH: usize = 128;

/// PADMÉ of Nikitin et al. 2019, algorithm 1: rounds up so that the length leaks O(log log L) bits.
// CNT-5
fn padme(length: usize) -> usize {
    let Some(exponent) = length.checked_ilog2().filter(|exponent| *exponent > 0) else {
        return length;
    };
    let significant = exponent.ilog2() + 1;
    let mask = (1_usize << (exponent - significant)) - 1;
    (length + mask) & !mask
}

/// The padded length of a content of `length` bytes: the marker byte counts.
// CNT-5
#[must_use]
pub fn padded_length(length: usize) -> usize {
    padme(length + 1).max(MINIMUM_LENGTH)
}

/// Pads with 0x80 and zeros.
#[must_use]
pub fn pad(content: &[u8]) -> Vec<u8> {
    let mut padded = Vec::with_capacity(padded_length(content.len()));
    padded.extend_from_slice(content);
    padded.push(0x80);
    padded.resize(padded_length(content.len()), 0);
    padded
}

/// Takes the padding off.
///
/// # Errors
/// [`ProtocolError::Decode`] if there is none or the length is not the one that [`pad`] gives.
pub fn unpad(padded: &[u8]) -> Result<&[u8], ProtocolError> {
    let marker = padded
        .iter()
        .rposition(|byte| *byte != 0)
        .ok_or(ProtocolError::Decode)?;
    // CNT-6
    match padded.split_at_checked(marker) {
        Some((content, [0x80, ..])) if padded.len() == padded_length(content.len()) => Ok(content),
        _ => Err(ProtocolError::Decode),
    }
}
