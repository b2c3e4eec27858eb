//! T28: the headers of pages and answers, and the demo's files.

use std::path::Path;

use serde_json::json;

use crate::support::{Person, Relay};

const INDEX: &str = "<!doctype html><title>demo</title>";

fn site(folder: &Path) {
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    std::fs::write(folder.join("index.html"), INDEX).unwrap();
    std::fs::write(folder.join("favicon.svg"), "<svg/>").unwrap();
    std::fs::write(folder.join("assets/app-4f3a.js"), "export {}").unwrap();
    std::fs::write(folder.join("assets/app-4f3a.js.br"), "compressed by br").unwrap();
    std::fs::write(folder.join("assets/app-4f3a.js.gz"), "compressed by gz").unwrap();
    std::fs::write(folder.join("assets/core-91.wasm"), b"\0asm").unwrap();
}

async fn with_site() -> (Relay, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    site(folder.path());
    let root = folder.path().to_owned();
    (
        Relay::start_with(|config| config.web_root = Some(root)).await,
        folder,
    )
}

async fn get(
    relay: &Relay,
    path: &str,
    encodings: &str,
) -> (u16, reqwest::header::HeaderMap, String) {
    let request = relay
        .client
        .get(format!("{}{path}", relay.url))
        .header("accept-encoding", encodings);
    let response = request.send().await.unwrap();
    (
        response.status().as_u16(),
        response.headers().clone(),
        response.text().await.unwrap(),
    )
}

#[tokio::test]
async fn t28_every_answer_carries_the_strict_headers() {
    let (relay, _folder) = with_site().await;
    let alice = Person::register(&relay, "alice").await;
    for path in [
        "/",
        "/assets/app-4f3a.js",
        "/assets/none",
        "/api/none",
        "/api/users",
        "/healthz",
        "/hubs/communication",
    ] {
        let (_, headers, _) = get(&relay, path, "identity").await;
        assert_eq!(
            headers["content-security-policy"],
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; \
             connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; \
             form-action 'self'",
            "{path}"
        );
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
        assert!(!headers.contains_key("access-control-allow-origin"));
        assert!(!headers.contains_key("strict-transport-security"));
    }
    let answer = relay.get("/api/mailbox", alice.token()).await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.headers["content-type"], "application/json");
}

#[tokio::test]
async fn t28_behind_tls_browsers_are_told_to_stay_there() {
    let relay =
        Relay::start_with(|config| config.public_origins = vec!["https://chat.example".into()])
            .await;
    let (_, headers, _) = get(&relay, "/healthz", "identity").await;
    assert_eq!(headers["strict-transport-security"], "max-age=31536000");
}

#[tokio::test]
async fn t28_other_sites_call_only_if_allowed() {
    let relay =
        Relay::start_with(|config| config.cors_origins = vec!["https://app.example".into()]).await;
    let ask = async |origin: &str| {
        let request = relay.client.request(
            reqwest::Method::OPTIONS,
            format!("{}/api/mailbox", relay.url),
        );
        let request = request
            .header("origin", origin)
            .header("access-control-request-method", "GET")
            .header(
                "access-control-request-headers",
                "authorization,x-requested-with,x-signalr-user-agent",
            );
        request.send().await.unwrap().headers().clone()
    };
    let allowed = ask("https://app.example").await;
    assert_eq!(
        allowed["access-control-allow-origin"],
        "https://app.example"
    );
    assert_eq!(allowed["access-control-allow-credentials"], "true");
    assert!(
        !ask("https://evil.example")
            .await
            .contains_key("access-control-allow-origin")
    );
}

#[tokio::test]
async fn files_have_their_types_and_caching() {
    let (relay, _folder) = with_site().await;
    let forever = "public, max-age=31536000, immutable";
    for (path, media_type, caching) in [
        ("/", "text/html", "no-cache"),
        ("/index.html", "text/html", "no-cache"),
        ("/favicon.svg", "image/svg+xml", "no-cache"),
        ("/assets/app-4f3a.js", "text/javascript", forever),
        ("/assets/core-91.wasm", "application/wasm", forever),
    ] {
        let (status, headers, _) = get(&relay, path, "identity").await;
        assert_eq!(status, 200, "{path}");
        assert_eq!(headers["content-type"], media_type, "{path}");
        assert_eq!(headers["cache-control"], caching, "{path}");
    }
}

#[tokio::test]
async fn unknown_paths_are_the_page_but_not_those_of_assets_or_the_api() {
    let (relay, _folder) = with_site().await;
    for path in ["/conversations/7", "/a/b/c", "/favicon.svg/x"] {
        let (status, headers, body) = get(&relay, path, "identity").await;
        assert_eq!((status, body.as_str()), (200, INDEX), "{path}");
        assert_eq!(headers["cache-control"], "no-cache");
    }
    for path in ["/assets/gone.js", "/assets/", "/api/x", "/hubs/x"] {
        assert_eq!(get(&relay, path, "identity").await.0, 404, "{path}");
    }
    for path in [
        "/../relay.db",
        "/..%2frelay.db",
        "/%2e%2e/relay.db",
        "/assets/..%2f..%2frelay.db",
    ] {
        let (status, _, body) = get(&relay, path, "identity").await;
        assert!(status == 404 || body == INDEX, "{path}: {status}");
    }
    assert_eq!(relay.post("/", "", &json!({})).await.status, 405);
}

#[tokio::test]
async fn compressed_files_are_sent_to_those_who_take_them() {
    let (relay, _folder) = with_site().await;
    let path = "/assets/app-4f3a.js";
    let (_, headers, body) = get(&relay, path, "gzip, br").await;
    assert_eq!(
        (&headers["content-encoding"], body.as_str()),
        (&"br".parse().unwrap(), "compressed by br")
    );
    assert!(
        headers
            .get_all("vary")
            .iter()
            .any(|value| value == "accept-encoding")
    );
    let (_, headers, body) = get(&relay, path, "gzip").await;
    assert_eq!(
        (&headers["content-encoding"], body.as_str()),
        (&"gzip".parse().unwrap(), "compressed by gz")
    );
    assert_eq!(get(&relay, path, "identity").await.2, "export {}");
}
