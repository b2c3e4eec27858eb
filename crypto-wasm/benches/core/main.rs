//! `cargo bench -p crypto-wasm`: the core on this machine, natively. What browsers reach is in docs/benchmarks.md.

#[cfg(not(target_arch = "wasm32"))]
mod suite;
#[cfg(not(target_arch = "wasm32"))]
mod topics;

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    suite::run();
    topics::run();
    criterion::Criterion::default()
        .configure_from_args()
        .final_summary();
}

/// Criterion needs a system around it.
#[cfg(target_arch = "wasm32")]
fn main() {}
