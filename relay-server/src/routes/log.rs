//! One line of log for each call: the route's pattern, never the path, query, headers or body, which hold ids, tokens
//! and ciphertext.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;

use crate::metrics;

pub(super) async fn log(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let begun = Instant::now();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("file", MatchedPath::as_str);
    metrics::answered(&method, route, response.status(), begun.elapsed());
    let status = response.status().as_u16();
    let milliseconds = begun.elapsed().as_millis();
    if response.status().is_server_error() {
        tracing::warn!(%method, route, status, milliseconds, "answered");
    } else {
        tracing::debug!(%method, route, status, milliseconds, "answered");
    }
    response
}
