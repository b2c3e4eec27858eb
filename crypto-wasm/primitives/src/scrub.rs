//! Wiping what secrets leave on the stack: values on the heap wipe themselves, copies that the compiler made in frames
//! that are gone do not, and WebAssembly's stack is ordinary memory.

use zeroize::Zeroize;

/// Frames below this depth, in 8-byte words, are overwritten: 32 KiB.
const DEPTH: usize = 4096;

/// Runs an operation on secrets and overwrites the stack that it used.
pub fn scrubbed<T>(operation: impl FnOnce() -> T) -> T {
    let result = in_a_frame_of_its_own(operation);
    overwrite();
    result
}

#[inline(never)]
fn in_a_frame_of_its_own<T>(operation: impl FnOnce() -> T) -> T {
    operation()
}

#[inline(never)]
fn overwrite() {
    let mut frames = [0_u64; DEPTH];
    // These writes are volatile: they are not left out although nobody reads them.
    frames.zeroize();
}
