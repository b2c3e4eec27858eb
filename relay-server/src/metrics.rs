//! What is counted and timed. Names and labels say what happened, never to whom: no ids, tokens, usernames or addresses. The counters
//! are the process's: relays in one process share them.

use std::sync::OnceLock;
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use metrics::{Unit, counter, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::error::ApiError;

/// How often what was recorded is summed up, so that it does not grow where nobody asks for it.
const UPKEEP: Duration = Duration::from_secs(5);
/// Bounds of what takes from half a millisecond to ten seconds.
const SECONDS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];
/// Bounds of a number of jobs.
const JOBS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Is distributed.
    Histogram,
}

/// Every metric: its name, what it is, and what it tells.
pub const METRICS: [(&str, Kind, &str); 17] = [
    (
        HTTP_REQUESTS,
        Kind::Counter,
        "Requests, by method, route and status",
    ),
    (
        HTTP_SECONDS,
        Kind::Histogram,
        "Time from a request to its answer, by route",
    ),
    (
        HUB_CONNECTIONS,
        Kind::Gauge,
        "Hub connections that are open",
    ),
    (
        HUB_TOO_SLOW,
        Kind::Counter,
        "Hub connections that were closed because the client read too slowly",
    ),
    (
        QUEUE_DEPTH,
        Kind::Gauge,
        "Writes that wait for the next transaction",
    ),
    (
        BATCH_JOBS,
        Kind::Histogram,
        "Writes that shared a transaction",
    ),
    (
        COMMIT_SECONDS,
        Kind::Histogram,
        "Time for a transaction, its fsync included",
    ),
    (COMMITS_FAILED, Kind::Counter, "Transactions that failed"),
    (
        REFUSED_BUSY,
        Kind::Counter,
        "Writes that were refused because too many waited",
    ),
    (MESSAGES_STORED, Kind::Counter, "Messages stored"),
    (
        ENVELOPES_STORED,
        Kind::Counter,
        "Envelopes put into mailboxes, and posts into topics, by kind",
    ),
    (
        ENVELOPES_DELIVERED,
        Kind::Counter,
        "Envelopes handed out, by way: a push, or a read mailbox. Once more for each repetition",
    ),
    (
        RATE_LIMITED,
        Kind::Counter,
        "Calls refused by a rate limit, by limit",
    ),
    (
        NATS_CONNECTED,
        Kind::Gauge,
        "1 while NATS is connected, 0 while it is not, or is not set",
    ),
    (
        HINTS,
        Kind::Counter,
        "Hints between nodes, by fate: sent, received, dropped, or unknown to this version",
    ),
    (
        CATCH_UP_SECONDS,
        Kind::Histogram,
        "Time for comparing all connections with the store",
    ),
    (
        CATCH_UP_FOUND,
        Kind::Counter,
        "Connections and topics that were behind when compared: a hint was lost, or was under way",
    ),
];

const HTTP_REQUESTS: &str = "sealpost_http_requests_total";
const HTTP_SECONDS: &str = "sealpost_http_request_seconds";
const HUB_CONNECTIONS: &str = "sealpost_hub_connections";
const HUB_TOO_SLOW: &str = "sealpost_hub_too_slow_total";
const QUEUE_DEPTH: &str = "sealpost_store_queue_depth";
const BATCH_JOBS: &str = "sealpost_store_batch_jobs";
const COMMIT_SECONDS: &str = "sealpost_store_commit_seconds";
const COMMITS_FAILED: &str = "sealpost_store_commits_failed_total";
const REFUSED_BUSY: &str = "sealpost_store_refused_busy_total";
const MESSAGES_STORED: &str = "sealpost_messages_stored_total";
const ENVELOPES_STORED: &str = "sealpost_stored_total";
const ENVELOPES_DELIVERED: &str = "sealpost_envelopes_delivered_total";
const RATE_LIMITED: &str = "sealpost_rate_limited_total";
const NATS_CONNECTED: &str = "sealpost_nats_connected";
const HINTS: &str = "sealpost_hints_total";
const CATCH_UP_SECONDS: &str = "sealpost_catch_up_seconds";
const CATCH_UP_FOUND: &str = "sealpost_catch_up_found_total";

/// Starts counting; a second time is the first. `None` if something else in the process counts already.
fn start() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let builder = PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)
                .and_then(|builder| {
                    builder.set_buckets_for_metric(Matcher::Suffix("_jobs".into()), &JOBS)
                });
            let recorder = builder.ok()?.build_recorder();
            let handle = recorder.handle();
            metrics::set_global_recorder(recorder).ok()?;
            describe();
            Some(handle)
        })
        .as_ref()
}

/// Starts counting.
pub(crate) fn begin() {
    if start().is_none() {
        tracing::warn!("something else in this process counts already");
    }
}

fn describe() {
    for (name, kind, text) in METRICS {
        match kind {
            Kind::Counter => metrics::describe_counter!(name, text),
            Kind::Gauge => metrics::describe_gauge!(name, text),
            Kind::Histogram if name.ends_with("_seconds") => {
                metrics::describe_histogram!(name, Unit::Seconds, text);
            }
            Kind::Histogram => metrics::describe_histogram!(name, text),
        }
    }
    // What has not happened yet is nought, not missing.
    gauge!(HUB_CONNECTIONS).increment(0.0);
    gauge!(QUEUE_DEPTH).increment(0.0);
    gauge!(NATS_CONNECTED).increment(0.0);
    for fate in HintFate::ALL {
        counter!(HINTS, "fate" => fate.name()).increment(0);
    }
    for name in [
        HUB_TOO_SLOW,
        COMMITS_FAILED,
        REFUSED_BUSY,
        MESSAGES_STORED,
        CATCH_UP_FOUND,
    ] {
        counter!(name).increment(0);
    }
    for kind in ["envelope", "post"] {
        counter!(ENVELOPES_STORED, "kind" => kind).increment(0);
    }
    for way in ["push", "mailbox"] {
        counter!(ENVELOPES_DELIVERED, "way" => way).increment(0);
    }
    for limit in Limit::ALL {
        counter!(RATE_LIMITED, "limit" => limit.name()).increment(0);
    }
}

/// `GET /metrics`, in Prometheus' text format.
pub(crate) fn router() -> Router {
    let show = async || match start() {
        Some(handle) => {
            let format = [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
            (format, handle.render()).into_response()
        }
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    Router::new()
        .route("/metrics", get(show))
        .fallback(async || ApiError::from_status(StatusCode::NOT_FOUND))
}

/// Starts counting, and sums up now and then, for as long as it is polled.
pub(crate) async fn keep_up() {
    let Some(handle) = start() else { return };
    let mut ticks = tokio::time::interval(UPKEEP);
    loop {
        ticks.tick().await;
        handle.run_upkeep();
    }
}

/// A request was answered. `route` is the pattern, not the path.
pub(crate) fn answered(method: &Method, route: &str, status: StatusCode, took: Duration) {
    let method = match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS") => known.to_owned(),
        _ => "other".to_owned(),
    };
    let status = status.as_str().to_owned();
    counter!(HTTP_REQUESTS, "method" => method, "route" => route.to_owned(), "status" => status)
        .increment(1);
    histogram!(HTTP_SECONDS, "route" => route.to_owned()).record(took.as_secs_f64());
}

/// A hub connection began.
pub(crate) fn hub_connected() {
    gauge!(HUB_CONNECTIONS).increment(1.0);
}

/// A hub connection ended.
pub(crate) fn hub_disconnected() {
    gauge!(HUB_CONNECTIONS).decrement(1.0);
}

/// A client read too slowly.
pub(crate) fn hub_too_slow() {
    counter!(HUB_TOO_SLOW).increment(1);
}

/// A write waits.
pub(crate) fn write_queued() {
    gauge!(QUEUE_DEPTH).increment(1.0);
}

/// A write was refused: too many wait.
pub(crate) fn write_refused() {
    counter!(REFUSED_BUSY).increment(1);
}

/// So many writes left the queue for one transaction, which took so long.
pub(crate) fn committed(jobs: usize, took: Duration, succeeded: bool) {
    let jobs = f64::from(u32::try_from(jobs).unwrap_or(u32::MAX));
    gauge!(QUEUE_DEPTH).decrement(jobs);
    histogram!(BATCH_JOBS).record(jobs);
    histogram!(COMMIT_SECONDS).record(took.as_secs_f64());
    if !succeeded {
        counter!(COMMITS_FAILED).increment(1);
    }
}

/// A message was stored for so many devices.
pub(crate) fn message_stored(envelopes: usize) {
    counter!(MESSAGES_STORED).increment(1);
    counter!(ENVELOPES_STORED, "kind" => "envelope").increment(envelopes as u64);
}

/// A post was stored.
pub(crate) fn post_stored() {
    counter!(ENVELOPES_STORED, "kind" => "post").increment(1);
}

/// An envelope was pushed.
pub(crate) fn envelope_pushed() {
    counter!(ENVELOPES_DELIVERED, "way" => "push").increment(1);
}

/// Envelopes were read from a mailbox.
pub(crate) fn envelopes_read(count: usize) {
    counter!(ENVELOPES_DELIVERED, "way" => "mailbox").increment(count as u64);
}

/// Whether NATS is connected.
pub(crate) fn nats_connected(is_connected: bool) {
    gauge!(NATS_CONNECTED).set(if is_connected { 1.0 } else { 0.0 });
}

/// What became of a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HintFate {
    Sent,
    Received,
    Dropped,
    Unknown,
}

impl HintFate {
    const ALL: [Self; 4] = [Self::Sent, Self::Received, Self::Dropped, Self::Unknown];

    const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Dropped => "dropped",
            Self::Unknown => "unknown",
        }
    }
}

/// A hint was sent, came, or did not.
pub(crate) fn hint(fate: HintFate) {
    counter!(HINTS, "fate" => fate.name()).increment(1);
}

/// All connections were compared with the store; so many were behind.
pub(crate) fn caught_up(took: Duration, found: usize) {
    histogram!(CATCH_UP_SECONDS).record(took.as_secs_f64());
    counter!(CATCH_UP_FOUND).increment(found as u64);
}

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    Registrations,
    Logins,
    Bundles,
    KeyPackages,
    Typing,
    Links,
    Blobs,
}

impl Limit {
    const ALL: [Self; 7] = [
        Self::Registrations,
        Self::Logins,
        Self::Bundles,
        Self::KeyPackages,
        Self::Typing,
        Self::Links,
        Self::Blobs,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Registrations => "registrations",
            Self::Logins => "logins",
            Self::Bundles => "bundles",
            Self::KeyPackages => "key-packages",
            Self::Typing => "typing",
            Self::Links => "links",
            Self::Blobs => "blobs",
        }
    }
}

/// A call was refused by a limit.
pub(crate) fn rate_limited(limit: Limit) {
    counter!(RATE_LIMITED, "limit" => limit.name()).increment(1);
}
