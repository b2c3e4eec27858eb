//! What only the inside shows: how many keys a message makes the ratchet derive (T13).

use std::cell::Cell;

thread_local! {
    static DERIVATIONS: Cell<u64> = const { Cell::new(0) };
}

/// Called by every chain key derivation.
pub(super) fn count_derivation() {
    DERIVATIONS.set(DERIVATIONS.get() + 1);
}
