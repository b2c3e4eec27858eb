//! What holds for every decoder.

use crypto_wasm::ProtocolError;
use crypto_wasm::wire::Wire;

/// Decodes and encodes again.
pub(crate) type Recode = fn(&[u8]) -> Result<Vec<u8>, ProtocolError>;

pub(crate) fn recode<T: Wire>(bytes: &[u8]) -> Result<Vec<u8>, ProtocolError> {
    T::from_bytes(bytes)?.to_bytes()
}

/// Memory in bytes that decoding and encoding again may take beside what grows with the input. The MessagePack library takes up to
/// 64 KiB for the one text that it is reading.
const ALLOWANCE: u64 = 96 * 1024;
/// Bytes of memory for each byte of input: an empty text takes one byte there and 24 here, and a list that grows has room for
/// twice as many and is copied.
const FACTOR: u64 = 24 * 4;

/// Runs a decoder of `length` bytes. What a message announces but does not hold must not be allocated.
pub(crate) fn in_bounded_memory<T>(what: &str, length: usize, decode: impl FnOnce() -> T) -> T {
    let mut decoded = None;
    let used = allocation_counter::measure(|| decoded = Some(decode()));
    let bound = ALLOWANCE + FACTOR * length as u64;
    assert!(
        used.bytes_max <= bound,
        "{what}: {length} bytes took {} bytes of memory",
        used.bytes_max
    );
    decoded.expect("measured")
}

/// Any bytes are the one encoding of a value or refused as no encoding (protocol §1): what decodes encodes to the
/// same bytes, and is refused with bytes missing or left over.
pub(crate) fn strict(what: &str, recode: Recode, data: &[u8]) {
    match in_bounded_memory(what, data.len(), || recode(data)) {
        Err(error) => assert_eq!(error, ProtocolError::Decode, "{what}"),
        Ok(encoded) => {
            assert!(encoded == data, "{what} took another encoding of a value");
            for cut in [0, data.len() / 2, data.len().saturating_sub(1)] {
                assert_eq!(
                    recode(&data[..cut]),
                    Err(ProtocolError::Decode),
                    "{what} cut to {cut} bytes"
                );
            }
            let mut longer = data.to_vec();
            longer.push(0);
            assert_eq!(
                recode(&longer),
                Err(ProtocolError::Decode),
                "{what} with a trailing byte"
            );
        }
    }
}
