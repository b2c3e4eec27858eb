//! Tests of the module's parts together.

mod calling;
mod codecs;
mod decoding;
mod ending;
mod harness;
mod pacing;
mod queue;
mod stateful;
