//! The boundary to JavaScript: conversions and nothing else. Each of three features makes a module of its own: the engine of
//! conversations, that of topics, and the primitives for callers with a back end of their own.

#[cfg(all(any(feature = "engine", feature = "forums"), target_arch = "wasm32"))]
mod calls;
#[cfg(all(any(feature = "engine", feature = "forums"), target_arch = "wasm32"))]
mod engine;
#[cfg(target_arch = "wasm32")]
mod error;
#[cfg(all(feature = "forums", target_arch = "wasm32"))]
mod forum_calls;
#[cfg(all(feature = "forums", target_arch = "wasm32"))]
mod forum_read;
#[cfg(feature = "forums")]
mod forum_types;
#[cfg(any(feature = "engine", feature = "forums"))]
mod json;
#[cfg(all(feature = "low-level", target_arch = "wasm32"))]
mod lowlevel;
#[cfg(all(any(feature = "engine", feature = "forums"), target_arch = "wasm32"))]
mod read;
#[cfg(any(feature = "engine", feature = "forums"))]
mod types;
#[cfg(all(feature = "engine", target_arch = "wasm32"))]
mod vault_calls;
