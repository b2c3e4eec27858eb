//! The boundary to JavaScript: conversions and nothing else. Each of the two features makes a module of its own: the engine of
//! conversations, and the primitives for callers with a back end of their own.

#[cfg(all(feature = "engine", target_arch = "wasm32"))]
mod calls;
#[cfg(all(feature = "engine", target_arch = "wasm32"))]
mod engine;
#[cfg(target_arch = "wasm32")]
mod error;
#[cfg(feature = "engine")]
mod json;
#[cfg(all(feature = "low-level", target_arch = "wasm32"))]
mod lowlevel;
#[cfg(all(feature = "engine", target_arch = "wasm32"))]
mod read;
#[cfg(feature = "engine")]
mod types;
