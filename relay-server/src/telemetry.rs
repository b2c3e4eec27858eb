//! The log: to stderr, filtered by `RUST_LOG`. It names no tokens, bodies, queries or network addresses.

use crate::config::LogFormat;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{EnvFilter, FilterExt as _, filter_fn};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

/// Starts logging. Called once, by the program.
///
/// Below `info`, libraries log requests and WebSocket frames, that is, tokens and ciphertext: whatever `RUST_LOG` says,
/// only this program's own lines pass there.
pub fn start(format: LogFormat) {
    let wanted = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let harmless = filter_fn(|metadata| {
        metadata.target().starts_with("relay_server") || *metadata.level() <= LevelFilter::INFO
    });
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false);
    let lines = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let lines = lines.with_filter(wanted.and(harmless));
    tracing_subscriber::registry().with(lines).init();
}
