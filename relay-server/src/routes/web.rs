//! The demo's files, and the headers that keep a page from being turned against its user.

use std::path::Path;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION,
    RANGE, REFERRER_POLICY, RETRY_AFTER, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::{self, Next};
use axum::response::Response;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::services::{ServeDir, ServeFile};

use super::not_found;

/// Scripts, styles, workers and connections of the own origin alone; WebAssembly is compiled, strings are not.
const CONTENT_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; \
     frame-ancestors 'none'; form-action 'self'";

/// Adds the files of `root` to the router: those under `/assets` carry a hash in their names and never change, unknown
/// paths outside it are the page's own. Without a root, what is unknown is not found.
pub(super) fn serve(router: Router, root: Option<&Path>) -> Router {
    let Some(root) = root else {
        return router.fallback(not_found);
    };
    let folder = |path: &Path| ServeDir::new(path).precompressed_br().precompressed_gzip();
    let index = ServeFile::new(root.join("index.html"))
        .precompressed_br()
        .precompressed_gzip();
    let assets = Router::new()
        .fallback_service(folder(&root.join("assets")).append_index_html_on_directories(false))
        .layer(middleware::from_fn(cache_for_good));
    let page = Router::new()
        .fallback_service(folder(root).fallback(index))
        .layer(middleware::from_fn(revalidate));
    router
        .nest_service("/assets", assets)
        .fallback_service(page)
}

async fn cache_for_good(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.status().is_success() || response.status().is_redirection() {
        let value = HeaderValue::from_static("public, max-age=31536000, immutable");
        response.headers_mut().insert(CACHE_CONTROL, value);
    }
    response
}

async fn revalidate(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// The headers that every answer carries.
#[derive(Clone, Copy)]
pub struct SecurityHeaders {
    /// Whether the relay is reached through TLS alone.
    pub https_only: bool,
}

impl SecurityHeaders {
    /// Sets the headers.
    pub fn set(self, response: &mut Response) {
        let headers = response.headers_mut();
        for (name, value) in [
            (CONTENT_SECURITY_POLICY, CONTENT_POLICY),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
            (
                HeaderName::from_static("cross-origin-opener-policy"),
                "same-origin",
            ),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if self.https_only {
            headers.insert(
                STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=31536000"),
            );
        }
    }
}

/// Lets pages of these origins, if any, call, with the headers that the stock SignalR client sends.
pub fn cors(origins: &[String]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let allowed = origins
        .iter()
        .filter_map(|origin| HeaderValue::from_str(origin).ok());
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::list(allowed))
        .allow_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            HeaderName::from_static("x-requested-with"),
            HeaderName::from_static("x-signalr-user-agent"),
            RANGE,
            HeaderName::from_static("tus-resumable"),
            HeaderName::from_static("upload-length"),
            HeaderName::from_static("upload-metadata"),
            HeaderName::from_static("upload-offset"),
        ])
        .expose_headers([
            LOCATION,
            CONTENT_RANGE,
            RETRY_AFTER,
            HeaderName::from_static("upload-expires"),
            HeaderName::from_static("upload-length"),
            HeaderName::from_static("upload-offset"),
        ])
        .allow_credentials(true);
    Some(cors)
}
