//! The boundary to JavaScript: conversions and nothing else. Each of five features makes a module of its own: the engine of
//! conversations, that of topics, linking, the vault, and the primitives for callers with a back end of their own.

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
#[cfg(any(
    feature = "engine",
    feature = "forums",
    feature = "link",
    feature = "vault"
))]
#[cfg_attr(
    not(any(feature = "engine", feature = "forums")),
    expect(dead_code, reason = "the vault's calls take and give little of it")
)]
mod json;
#[cfg(all(feature = "link", target_arch = "wasm32"))]
mod link;
#[cfg(all(feature = "low-level", target_arch = "wasm32"))]
mod lowlevel;
#[cfg(all(
    any(
        feature = "engine",
        feature = "forums",
        feature = "link",
        feature = "vault"
    ),
    target_arch = "wasm32"
))]
#[cfg_attr(
    not(any(feature = "engine", feature = "forums")),
    expect(dead_code, reason = "the vault's calls take and give little of it")
)]
mod read;
#[cfg(any(
    feature = "engine",
    feature = "forums",
    feature = "link",
    feature = "vault"
))]
mod types;
#[cfg(all(feature = "vault", target_arch = "wasm32"))]
mod vault;

/// What is freed is wiped: texts, arguments and buffers that are no types of secrets, and blocks that were outgrown. So nothing of a
/// profile is left in memory once its engine is dropped.
#[cfg(all(
    any(
        feature = "engine",
        feature = "forums",
        feature = "link",
        feature = "vault"
    ),
    target_arch = "wasm32"
))]
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);
