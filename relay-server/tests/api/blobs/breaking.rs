//! What is left of uploads when connections, disks and the relay break.

use std::time::Duration;

use relay_server::config::BlobPlace;
use tokio::io::AsyncWriteExt as _;

use super::{append, begin, downloaded, new_blob, offset_of, refused, some, tus};
use crate::support::disk::Disk;
use crate::support::program::Program;
use crate::support::{Person, Place, Relay};

/// Of a connection that breaks, what came is kept, and the upload goes on from there.
#[tokio::test]
async fn an_upload_goes_on_where_it_broke() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let (id, bytes) = (new_blob(), some(5_000_000));
    begin(&relay, alice.token(), &id, 5_000_000).await;
    let host = relay.url.strip_prefix("http://").unwrap();
    let mut socket = tokio::net::TcpStream::connect(host).await.unwrap();
    let head = format!(
        "PATCH /api/blobs/{id} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
         Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: 5000000\r\n\r\n",
        alice.token()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(&bytes[..3_210_987]).await.unwrap();
    socket.shutdown().await.unwrap();
    drop(socket);
    let mut offset = 0;
    for attempt in 0.. {
        offset = offset_of(&relay, alice.token(), &id).await;
        if offset > 0 {
            break;
        }
        assert!(attempt < 200, "what came is not kept");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!((1..=3_210_987).contains(&offset), "{offset}");
    let rest = &bytes[offset as usize..];
    let done = append(&relay, alice.token(), &id, offset, rest).await;
    assert_eq!(done.status(), 204);
    assert_eq!(downloaded(&relay, alice.token(), &id).await, bytes);
}

/// A place that cannot be used does not keep the relay from everything else.
#[tokio::test]
async fn a_relay_whose_place_for_files_is_broken_goes_on() {
    let relay = Relay::start_with(|config| {
        config.blobs.place = Some(BlobPlace::Folder("/proc/nowhere".into()));
    })
    .await;
    let alice = Person::register(&relay, "alice").await;
    let id = new_blob();
    assert_eq!(begin(&relay, alice.token(), &id, 4).await.status(), 201);
    let sent = append(&relay, alice.token(), &id, 0, b"some").await;
    assert!(sent.status().is_server_error());
    assert_eq!(offset_of(&relay, alice.token(), &id).await, 0);
    alice.mailbox(&relay).await;
}

/// What was acknowledged is there after SIGKILL, and the upload goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigkill_loses_no_part_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let (database, log) = (Place::new(folder.path()), folder.path().join("log"));
    let blobs = folder.path().join("blobs");
    let settings = [("BLOB_STORE", blobs.to_str().unwrap())];
    let mut program = Program::start_with(&database, &log, "warn", &settings);
    let alice = Person::register(&program.api, "alice").await;
    let (id, bytes) = (new_blob(), some(4_000_000));
    begin(&program.api, alice.token(), &id, 4_000_000).await;
    let mut acknowledged = 0_usize;
    for round in 1..=4 {
        let end = (acknowledged + 500_000).min(bytes.len());
        let sent = append(
            &program.api,
            alice.token(),
            &id,
            acknowledged as u64,
            &bytes[acknowledged..end],
        )
        .await;
        assert_eq!(sent.status(), 204);
        acknowledged = end;
        // Killed with another part under way.
        let (api, token, blob) = (program.api.clone(), alice.token().to_owned(), id.clone());
        let (at, next) = (acknowledged as u64, bytes[acknowledged..].to_vec());
        let under_way = tokio::spawn(async move {
            let url = format!("{}/api/blobs/{blob}", api.url);
            let request = api.client.patch(url).bearer_auth(token);
            let request = request
                .header("tus-resumable", "1.0.0")
                .header("upload-offset", at);
            let request = request.header("content-type", "application/offset+octet-stream");
            drop(request.body(next).send().await);
        });
        tokio::time::sleep(Duration::from_millis(3 * round)).await;
        program.kill();
        under_way.await.unwrap();
        program = Program::start_with(&database, &log, "warn", &settings);
        let kept = offset_of(&program.api, alice.token(), &id).await as usize;
        assert!(kept >= acknowledged, "round {round}: {kept}");
        acknowledged = kept;
    }
    if acknowledged < bytes.len() {
        let rest = &bytes[acknowledged..];
        let sent = append(&program.api, alice.token(), &id, acknowledged as u64, rest).await;
        assert_eq!(sent.status(), 204);
    }
    assert_eq!(downloaded(&program.api, alice.token(), &id).await, bytes);
    // Dropped, it leaves nothing, whatever was being written when the relay was killed.
    let path = format!("/api/blobs/{id}");
    let dropped = tus(
        &program.api,
        "DELETE",
        &path,
        alice.token(),
        &[],
        Vec::new(),
    )
    .await;
    assert_eq!(dropped.status(), 204);
    assert_eq!(std::fs::read_dir(&blobs).unwrap().count(), 0);
    assert!(program.terminate());
    // Neither the id, which lets everybody read, nor a token is in the log.
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(!said.contains(&id) && !said.contains(alice.token()));
}

/// A full disk is said to be one, and takes nothing from what is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_of_files_is_told_and_the_upload_goes_on_later() {
    let folder = tempfile::tempdir().unwrap();
    let (database, log) = (Place::new(folder.path()), folder.path().join("log"));
    let place = folder.path().join("disk");
    std::fs::create_dir(&place).unwrap();
    let disk = Disk::new(&place, 16);
    let blobs = place.join("blobs");
    let settings = [("BLOB_STORE", blobs.to_str().unwrap())];
    let program = Program::start_by(&disk.enter(), &database, &log, "warn", &settings);
    let alice = Person::register(&program.api, "alice").await;
    let (id, bytes) = (new_blob(), some(6_000_000));
    begin(&program.api, alice.token(), &id, 6_000_000).await;
    let sent = append(&program.api, alice.token(), &id, 0, &bytes[..2_000_000]).await;
    assert_eq!(sent.status(), 204);
    disk.fill();
    let full = append(
        &program.api,
        alice.token(),
        &id,
        2_000_000,
        &bytes[2_000_000..],
    )
    .await;
    refused(full, 507, "storage-full").await;
    assert_eq!(offset_of(&program.api, alice.token(), &id).await, 2_000_000);
    disk.free();
    let sent = append(
        &program.api,
        alice.token(),
        &id,
        2_000_000,
        &bytes[2_000_000..],
    )
    .await;
    assert_eq!(sent.status(), 204);
    assert_eq!(downloaded(&program.api, alice.token(), &id).await, bytes);
    assert!(program.terminate());
}
