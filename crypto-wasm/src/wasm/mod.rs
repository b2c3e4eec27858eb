//! The boundary to JavaScript: conversions and nothing else.

mod engine;
mod error;
mod lowlevel;
mod read;
mod types;
