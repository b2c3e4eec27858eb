//! Encrypted files: uploads by tus, downloads in ranges, room and expiry, and what is left when things break.

mod breaking;

use std::path::Path;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, Response};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;

use crate::support::program::Program;
use crate::support::{Answer, Api, Person, Relay, random, text};

const DAY: u64 = 86_400_000;

/// A call with the headers of tus, and others in their place.
async fn tus(
    api: &Api,
    method: &str,
    path: &str,
    token: &str,
    headers: &[(&'static str, &str)],
    body: Vec<u8>,
) -> Response {
    let mut all = HeaderMap::new();
    let usual = [
        ("tus-resumable", "1.0.0"),
        ("content-type", "application/offset+octet-stream"),
    ];
    for (name, value) in usual.iter().chain(headers) {
        all.remove(*name);
        if !value.is_empty() {
            all.insert(*name, value.parse().unwrap());
        }
    }
    let method: Method = method.parse().unwrap();
    let request = api.client.request(method, format!("{}{path}", api.url));
    let request = request.bearer_auth(token).headers(all).body(body);
    let response = request.send().await.expect("an answer");
    if !path.contains("openapi") && response.status() != 401 {
        assert_eq!(response.headers()["tus-resumable"], "1.0.0");
    }
    response
}

pub(crate) fn metadata(id: &str) -> String {
    use base64::Engine as _;
    let value = base64::engine::general_purpose::STANDARD.encode(id);
    format!("id {value}")
}

pub(crate) fn new_blob() -> String {
    text(random::<16>())
}

/// Begins an upload.
pub(crate) async fn begin(api: &Api, token: &str, id: &str, length: u64) -> Response {
    let (length, metadata) = (length.to_string(), metadata(id));
    let headers = [("upload-length", &*length), ("upload-metadata", &*metadata)];
    tus(api, "POST", "/api/blobs", token, &headers, Vec::new()).await
}

async fn append(api: &Api, token: &str, id: &str, offset: u64, bytes: &[u8]) -> Response {
    let offset = offset.to_string();
    let path = format!("/api/blobs/{id}");
    let headers = [("upload-offset", &*offset)];
    tus(api, "PATCH", &path, token, &headers, bytes.to_vec()).await
}

/// How much the relay says that it has.
async fn offset_of(api: &Api, token: &str, id: &str) -> u64 {
    let path = format!("/api/blobs/{id}");
    let response = tus(api, "HEAD", &path, token, &[], Vec::new()).await;
    assert_eq!(response.status(), 200);
    number(&response, "upload-offset")
}

fn number(response: &Response, name: &str) -> u64 {
    response.headers()[name].to_str().unwrap().parse().unwrap()
}

/// Uploads all of a file.
pub(crate) async fn upload(api: &Api, token: &str, id: &str, bytes: &[u8]) {
    let begun = begin(api, token, id, bytes.len() as u64).await;
    assert_eq!(begun.status(), 201);
    let done = append(api, token, id, 0, bytes).await;
    assert_eq!(done.status(), 204);
    assert_eq!(number(&done, "upload-offset"), bytes.len() as u64);
}

async fn get(api: &Api, token: &str, id: &str, range: Option<&str>) -> Response {
    let url = format!("{}/api/blobs/{id}", api.url);
    let mut request = api.client.get(url).bearer_auth(token);
    if let Some(range) = range {
        request = request.header("range", range);
    }
    request.send().await.expect("an answer")
}

async fn downloaded(api: &Api, token: &str, id: &str) -> Vec<u8> {
    let response = get(api, token, id, None).await;
    assert_eq!(response.status(), 200);
    response.bytes().await.unwrap().to_vec()
}

async fn refused(response: Response, status: u16, code: &str) -> Answer {
    let answer = Answer::read(response).await;
    answer.clone().refused(status, code);
    answer
}

/// Bytes that are not the same anywhere.
fn some(length: usize) -> Vec<u8> {
    (0..length as u64)
        .flat_map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 13).to_be_bytes())
        .take(length)
        .collect()
}

/// The files under the relay's folder of blobs.
fn objects(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            found.extend(objects(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}

#[tokio::test]
async fn what_is_uploaded_in_parts_comes_back_whole_and_in_ranges() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let (id, bytes) = (new_blob(), some(3_000_000));
    let begun = begin(&relay, alice.token(), &id, 3_000_000).await;
    assert_eq!(begun.status(), 201);
    assert_eq!(begun.headers()["location"], format!("/api/blobs/{id}"));
    assert!(
        begun.headers()["upload-expires"]
            .to_str()
            .unwrap()
            .ends_with(" GMT")
    );
    let mut offset = 0;
    for part in [1, 1_500_000, 1_000_000, 499_999] {
        // Nobody reads what is not whole.
        refused(get(&relay, bob.token(), &id, None).await, 404, "not-found").await;
        let end = offset + part;
        let sent = append(
            &relay,
            alice.token(),
            &id,
            offset as u64,
            &bytes[offset..end],
        )
        .await;
        assert_eq!(sent.status(), 204);
        offset = end;
        assert_eq!(number(&sent, "upload-offset"), offset as u64);
        assert_eq!(offset_of(&relay, alice.token(), &id).await, offset as u64);
    }
    // Whoever knows the id and has a device here reads it.
    for person in [&alice, &bob] {
        assert_eq!(downloaded(&relay, person.token(), &id).await, bytes);
    }
    for (range, expected) in [
        ("bytes=0-0", 0..1),
        ("bytes=1499990-1500010", 1_499_990..1_500_011),
        ("bytes=2999999-", 2_999_999..3_000_000),
        ("bytes=-5", 2_999_995..3_000_000),
        ("bytes=0-", 0..3_000_000),
        ("bytes=1-99999999", 1..3_000_000),
    ] {
        let answer = get(&relay, bob.token(), &id, Some(range)).await;
        assert_eq!(answer.status(), 206, "{range}");
        let shown = format!("bytes {}-{}/3000000", expected.start, expected.end - 1);
        assert_eq!(answer.headers()["content-range"], shown);
        assert_eq!(answer.headers()["content-type"], "application/octet-stream");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert_eq!(answer.bytes().await.unwrap(), bytes[expected]);
    }
    let beyond = get(&relay, bob.token(), &id, Some("bytes=3000000-")).await;
    let answer = refused(beyond, 416, "range-not-satisfiable").await;
    assert_eq!(answer.headers["content-range"], "bytes */3000000");
    // What it does not understand it does not obey.
    let several = get(&relay, bob.token(), &id, Some("bytes=0-1,5-6")).await;
    assert_eq!(several.status(), 200);
}

#[tokio::test]
async fn what_is_begun_again_is_where_it_was_and_nobody_elses() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let (id, path) = (new_blob(), "/api/blobs");
    begin(&relay, alice.token(), &id, 10).await;
    append(&relay, alice.token(), &id, 0, b"abc").await;
    let again = begin(&relay, alice.token(), &id, 10).await;
    assert_eq!(
        (again.status().as_u16(), number(&again, "upload-offset")),
        (201, 3)
    );
    refused(begin(&relay, alice.token(), &id, 11).await, 409, "conflict").await;
    refused(begin(&relay, bob.token(), &id, 10).await, 409, "conflict").await;
    let stolen = append(&relay, bob.token(), &id, 3, b"x").await;
    refused(stolen, 404, "not-found").await;
    let path = format!("{path}/{id}");
    let seen = tus(&relay, "HEAD", &path, bob.token(), &[], Vec::new()).await;
    assert_eq!(seen.status(), 404);
    let dropped = tus(&relay, "DELETE", &path, bob.token(), &[], Vec::new()).await;
    refused(dropped, 404, "not-found").await;
    assert_eq!(offset_of(&relay, alice.token(), &id).await, 3);
}

#[tokio::test]
async fn what_tus_does_not_allow_is_refused_and_changes_nothing() {
    let relay = Relay::start_with(|config| config.blobs.max_bytes = 1000).await;
    let alice = Person::register(&relay, "alice").await;
    let token = alice.token();
    let (id, good) = (new_blob(), metadata(&new_blob()));
    for (headers, status, code) in [
        (vec![("tus-resumable", "")], 412, "unsupported-version"),
        (vec![("tus-resumable", "0.2.2")], 412, "unsupported-version"),
        (vec![("upload-length", "")], 400, "bad-request"),
        (vec![("upload-length", "0")], 400, "bad-request"),
        (vec![("upload-length", "-1")], 400, "bad-request"),
        (vec![("upload-length", "+1")], 400, "bad-request"),
        (
            vec![("upload-length", "99999999999999999999")],
            400,
            "bad-request",
        ),
        (vec![("upload-length", "1001")], 413, "too-large"),
        (vec![("upload-metadata", "")], 400, "bad-request"),
        (
            vec![("upload-metadata", "id Li4vLi4vLi4vLi4vLi4=")],
            400,
            "bad-request",
        ),
    ] {
        let usual = [("upload-length", "10"), ("upload-metadata", &*good)];
        let all = [&usual[..], &headers[..]].concat();
        let answer = tus(&relay, "POST", "/api/blobs", token, &all, Vec::new()).await;
        let answer = refused(answer, status, code).await;
        if status == 412 {
            assert_eq!(answer.headers["tus-version"], "1.0.0");
        }
    }
    assert_eq!(begin(&relay, token, &id, 10).await.status(), 201);
    let path = format!("/api/blobs/{id}");
    for (headers, body, status, code) in [
        (
            vec![("tus-resumable", "")],
            &b"abc"[..],
            412,
            "unsupported-version",
        ),
        (
            vec![("content-type", "text/plain")],
            b"abc",
            415,
            "unsupported-media-type",
        ),
        (
            vec![("content-type", "")],
            b"abc",
            415,
            "unsupported-media-type",
        ),
        (vec![("upload-offset", "")], b"abc", 400, "bad-request"),
        (vec![("upload-offset", "3")], b"abc", 409, "conflict"),
        (vec![], b"elevenbytes", 413, "too-large"),
    ] {
        let all = [&[("upload-offset", "0")][..], &headers[..]].concat();
        let answer = tus(&relay, "PATCH", &path, token, &all, body.to_vec()).await;
        refused(answer, status, code).await;
        assert_eq!(offset_of(&relay, token, &id).await, 0);
    }
    for method in ["HEAD", "DELETE"] {
        let headers = [("tus-resumable", "2.0.0")];
        let answer = tus(&relay, method, &path, token, &headers, Vec::new()).await;
        assert_eq!(answer.status(), 412);
    }
    for path in ["/api/blobs/x", "/api/blobs/AAAAAAAAAAAAAAAAAAAAAB"] {
        let answer = tus(&relay, "GET", path, token, &[], Vec::new()).await;
        refused(answer, 400, "bad-request").await;
    }
    assert_eq!(offset_of(&relay, token, &id).await, 0);
    assert_eq!(
        objects(&relay.folder().join("blobs")),
        Vec::<std::path::PathBuf>::new()
    );
}

/// A body of unknown length that turns out too long leaves nothing.
#[tokio::test]
async fn more_bytes_than_there_were_to_be_leave_nothing() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let id = new_blob();
    begin(&relay, alice.token(), &id, 2_000_000).await;
    let host = relay.url.strip_prefix("http://").unwrap();
    let mut socket = tokio::net::TcpStream::connect(host).await.unwrap();
    let head = format!(
        "PATCH /api/blobs/{id} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
         Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
        alice.token()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..30 {
        let chunk = [b"186a0\r\n".to_vec(), some(100_000), b"\r\n".to_vec()].concat();
        if socket.write_all(&chunk).await.is_err() {
            break;
        }
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(offset_of(&relay, alice.token(), &id).await, 0);
    assert_eq!(objects(&relay.folder().join("blobs")).len(), 0);
}

#[tokio::test]
async fn of_two_that_send_the_same_part_one_does() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let (id, bytes) = (new_blob(), some(400_000));
    begin(&relay, alice.token(), &id, 400_000).await;
    let sent = (0..8).map(|_| append(&relay, alice.token(), &id, 0, &bytes));
    let answers = futures_util::future::join_all(sent).await;
    let mut statuses: Vec<u16> = answers
        .iter()
        .map(|answer| answer.status().as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!(objects(&relay.folder().join("blobs")).len(), 1);
    assert_eq!(downloaded(&relay, alice.token(), &id).await, bytes);
}

#[tokio::test]
async fn a_user_has_room_for_so_much() {
    let relay = Relay::start_with(|config| config.blobs.quota_bytes = 1000).await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let (first, second) = (new_blob(), new_blob());
    upload(&relay, alice.token(), &first, &some(600)).await;
    let full = begin(&relay, alice.token(), &second, 401).await;
    refused(full, 413, "too-large").await;
    upload(&relay, bob.token(), &new_blob(), &some(1000)).await;
    let path = format!("/api/blobs/{first}");
    let dropped = tus(&relay, "DELETE", &path, alice.token(), &[], Vec::new()).await;
    assert_eq!(dropped.status(), 204);
    upload(&relay, alice.token(), &second, &some(1000)).await;
}

#[tokio::test]
async fn what_is_dropped_or_expired_is_gone_from_the_disk() {
    let relay = Relay::start_with(|config| {
        config.blobs.expiry = Duration::from_millis(3 * DAY);
        config.sweep = Duration::from_millis(50);
    })
    .await;
    let mut alice = Person::register(&relay, "alice").await;
    let folder = relay.folder().join("blobs");
    let (dropped, kept, unfinished) = (new_blob(), new_blob(), new_blob());
    for id in [&dropped, &kept] {
        upload(&relay, alice.token(), id, &some(100)).await;
    }
    begin(&relay, alice.token(), &unfinished, 100).await;
    append(&relay, alice.token(), &unfinished, 0, b"some").await;
    assert_eq!(objects(&folder).len(), 3);
    let path = format!("/api/blobs/{dropped}");
    let gone = tus(&relay, "DELETE", &path, alice.token(), &[], Vec::new()).await;
    assert_eq!(gone.status(), 204);
    assert_eq!(objects(&folder).len(), 2);
    let read = get(&relay, alice.token(), &dropped, None).await;
    refused(read, 404, "not-found").await;

    for (days, left) in [(2, 1), (2, 0)] {
        relay.advance(days * DAY);
        alice.devices[0].log_in(&relay).await;
        for attempt in 0.. {
            if objects(&folder).len() == left {
                break;
            }
            assert!(attempt < 200, "the sweeper does not come");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let status = get(&relay, alice.token(), &kept, None).await.status();
        assert_eq!(status, if left == 1 { 200 } else { 404 });
    }
    assert_eq!(relay.database().count("blobs"), 0);
    assert_eq!(relay.database().count("blob_parts"), 0);
}

/// An administrator's export has a user's files in it, and a user who is deleted leaves none.
#[tokio::test]
async fn files_of_a_user_are_exported_and_deleted_with_the_user() {
    let relay = Relay::start_with(|config| config.sweep = Duration::from_millis(50)).await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let (hers, his) = (new_blob(), new_blob());
    upload(&relay, alice.token(), &hers, &some(100)).await;
    upload(&relay, bob.token(), &his, &some(100)).await;
    let (done, said) = Program::administer(&relay.database(), &["export", "alice"]);
    assert!(done && !said.contains(&his));
    let export: Value = serde_json::from_str(&said).unwrap();
    let file = &export["files"][0];
    assert_eq!(
        (&file["blobId"], &file["length"], &file["received"]),
        (&hers.into(), &100.into(), &100.into())
    );
    assert!(Program::administer(&relay.database(), &["delete", "alice"]).0);
    let folder = relay.folder().join("blobs");
    for attempt in 0.. {
        if objects(&folder).len() == 1 {
            break;
        }
        assert!(attempt < 200, "the sweeper does not come");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(downloaded(&relay, bob.token(), &his).await, some(100));
}

#[tokio::test]
async fn calls_for_files_are_limited() {
    let relay = Relay::start_with(|config| config.rates.blobs = 5).await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let id = new_blob();
    upload(&relay, alice.token(), &id, b"some").await;
    for _ in 0..3 {
        assert_eq!(get(&relay, alice.token(), &id, None).await.status(), 200);
    }
    let answer = get(&relay, alice.token(), &id, None).await;
    let answer = refused(answer, 429, "rate-limited").await;
    assert!(answer.headers.contains_key("retry-after"));
    assert_eq!(get(&relay, bob.token(), &id, None).await.status(), 200);
}
