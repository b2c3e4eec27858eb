//! Linking and revoking devices.

use serde_json::{Value, json};

use crate::support::hub::HubClient;
use crate::support::people::encoded;
use crate::support::relay::contents;
use crate::support::{Answer, Device, Person, Relay, bytes, text};

fn link_body(device: &Device, list: &[u8]) -> Value {
    json!({
        "deviceList": text(list),
        "certificate": text(device.certificate()),
        "preKeys": device.prekeys(1, 1).json(),
    })
}

async fn link(relay: &Relay, person: &Person, device: &Device, list: &[u8]) -> Answer {
    relay
        .put(
            &format!("/api/devices/{}", device.id),
            person.token(),
            &link_body(device, list),
        )
        .await
}

async fn revoke(relay: &Relay, person: &Person, device_id: u32, list: &[u8]) -> Answer {
    let body = json!({ "deviceList": text(list) });
    relay
        .delete(
            &format!("/api/devices/{device_id}"),
            person.token(),
            Some(&body),
        )
        .await
}

#[tokio::test]
async fn a_device_is_linked_and_linking_again_is_the_same() {
    let relay = Relay::start().await;
    let person = Person::register(&relay, "alice").await;
    let device = Device::new(&person.account, &person.id);
    let list = encoded(&person.next_list(&[person.device(), &device]));
    let body = link_body(&device, &list);
    let path = format!("/api/devices/{}", device.id);
    let answer = relay.put(&path, person.token(), &body).await;
    assert_eq!(answer.status, 201);
    assert_eq!(bytes(&answer.body["deviceList"]), list);
    let certificates = json!([
        text(person.device().certificate()),
        text(device.certificate())
    ]);
    assert_eq!(answer.body["certificates"], certificates);
    let before = contents(&relay.database());
    assert_eq!(
        relay.put(&path, person.token(), &body).await.ok(),
        answer.body
    );
    let mut other = body.clone();
    other["preKeys"] = device.prekeys(1, 1).json();
    relay
        .put(&path, person.token(), &other)
        .await
        .refused(409, "conflict");
    assert_eq!(contents(&relay.database()), before);
}

/// T31, the relay's part: lists only ever move forward by one.
#[tokio::test]
async fn t31_a_list_that_is_not_the_successor_is_refused() {
    let relay = Relay::start().await;
    let mut person = Person::register(&relay, "alice").await;
    let first = person.list.clone();
    let old_successor = |person: &Person, device: &Device| {
        let devices = vec![person.devices[0].listed(), device.listed()];
        encoded(&person.account.next_device_list(&first, devices, 3).unwrap())
    };
    person.link(&relay).await;
    let before = contents(&relay.database());
    let third = Device::new(&person.account, &person.id);

    // The same sequence with another hash.
    let fork = old_successor(&person, &third);
    let refusal = link(&relay, &person, &third, &fork)
        .await
        .refused(409, "sequence-conflict");
    assert_eq!(bytes(&refusal["deviceList"]), encoded(&person.list));
    // A lower sequence: what revokes the linked device by going back.
    let refusal = revoke(&relay, &person, person.devices[1].id, &encoded(&first)).await;
    refusal.refused(409, "sequence-conflict");
    // A sequence further ahead.
    let all = [person.device(), &person.devices[1], &third];
    let skipped = person.next_list(&all[..2]);
    let listed = all.iter().map(|device| device.listed()).collect();
    let ahead = person
        .account
        .next_device_list(&skipped, listed, 4)
        .unwrap();
    link(&relay, &person, &third, &encoded(&ahead))
        .await
        .refused(409, "sequence-conflict");
    assert_eq!(contents(&relay.database()), before);
}

#[tokio::test]
async fn a_list_changes_just_the_device_of_the_call() {
    let relay = Relay::start().await;
    let mut person = Person::register(&relay, "alice").await;
    person.link(&relay).await;
    let before = contents(&relay.database());
    let (third, fourth) = (
        Device::new(&person.account, &person.id),
        Device::new(&person.account, &person.id),
    );
    let (first, second) = (&person.devices[0], &person.devices[1]);

    let two_more = encoded(&person.next_list(&[first, second, &third, &fourth]));
    link(&relay, &person, &third, &two_more)
        .await
        .refused(400, "bad-request");
    let one_less = encoded(&person.next_list(&[first, &third]));
    link(&relay, &person, &third, &one_less)
        .await
        .refused(400, "bad-request");
    let replaced = Device::with_id(&person.account, &person.id, second.id);
    let another_key = encoded(&person.next_list(&[first, &replaced, &third]));
    link(&relay, &person, &third, &another_key)
        .await
        .refused(400, "bad-request");
    let without_it = encoded(&person.next_list(&[first, second]));
    link(&relay, &person, &third, &without_it)
        .await
        .refused(400, "bad-request");
    let good = encoded(&person.next_list(&[first, second, &third]));
    let elsewhere = format!("/api/devices/{}", fourth.id);
    relay
        .put(&elsewhere, person.token(), &link_body(&third, &good))
        .await
        .refused(400, "bad-request");

    revoke(&relay, &person, second.id, &without_it)
        .await
        .refused(400, "bad-request");
    let nobody = encoded(&person.next_list(&[]));
    revoke(&relay, &person, second.id, &nobody)
        .await
        .refused(400, "bad-request");
    let swapped = encoded(&person.next_list(&[first, &third]));
    revoke(&relay, &person, second.id, &swapped)
        .await
        .refused(400, "bad-request");
    assert_eq!(contents(&relay.database()), before);
}

#[tokio::test]
async fn nobody_changes_another_users_devices() {
    let relay = Relay::start().await;
    let mut alice = Person::register(&relay, "alice").await;
    alice.link(&relay).await;
    let mallory = Person::register(&relay, "mallory").await;
    let before = contents(&relay.database());
    let target = &alice.devices[1];
    let path = format!("/api/devices/{}", target.id);
    // With a list of her own, of the victim's making, and under the victim's id with her own account key.
    let own = json!({ "deviceList": text(encoded(&mallory.next_list(&[mallory.device()]))) });
    relay
        .delete(&path, mallory.token(), Some(&own))
        .await
        .refused(404, "not-found");
    let victims = json!({ "deviceList": text(encoded(&alice.next_list(&[alice.device()]))) });
    relay
        .delete(&path, mallory.token(), Some(&victims))
        .await
        .refused(400, "bad-request");
    let injected = Device::new(&mallory.account, &alice.id);
    let forged = mallory
        .account
        .first_device_list(
            crate::support::people::wire_user(&alice.id),
            vec![injected.listed()],
            1,
        )
        .unwrap();
    let listed = vec![
        alice.devices[0].listed(),
        alice.devices[1].listed(),
        injected.listed(),
    ];
    let forged = mallory
        .account
        .next_device_list(&forged, listed, 2)
        .unwrap();
    let body = link_body(&injected, &encoded(&forged));
    let path = format!("/api/devices/{}", injected.id);
    relay
        .put(&path, mallory.token(), &body)
        .await
        .refused(400, "bad-request");
    // Even with the victim's own token, the account key is the pinned one.
    relay
        .put(&path, alice.token(), &body)
        .await
        .refused(400, "bad-signature");
    assert_eq!(contents(&relay.database()), before);
}

/// T31, the relay's part: a revoked device gets nothing more.
#[tokio::test]
async fn t31_a_revoked_device_loses_everything_at_once() {
    let relay = Relay::start().await;
    let mut alice = Person::register(&relay, "alice").await;
    alice.link(&relay).await;
    let bob = Person::register(&relay, "bob").await;
    let conversation = bob.converse(&relay, &[&alice]).await;
    bob.send(&relay, &conversation, &[&alice], b"before").await;
    let mut hub = HubClient::connect(&relay, &alice.devices[1].token).await;
    let revoked = alice.revoke(&relay, 1).await;

    let close = hub.closed().await.expect("a Close message");
    assert!(
        close["allowReconnect"].is_null() || close["allowReconnect"] == false,
        "{close}"
    );
    relay
        .get("/api/mailbox", &revoked.token)
        .await
        .refused(401, "unauthorized");
    let challenge = revoked.challenge(&relay).await;
    let told = revoked
        .answer(&relay, &challenge, &relay.url)
        .await
        .refused(401, "unauthorized")["reason"]
        .clone();
    assert_eq!(told, "device-revoked");
    // Nobody else is told.
    let challenge = revoked.challenge(&relay).await;
    let mut forged = revoked.answering(&challenge, &relay.url);
    forged["signature"] = text([1; 64]).into();
    let other = relay.post("/api/auth/token", "", &forged).await;
    let other = other.refused(401, "unauthorized");
    assert!(other["reason"].is_null());
    assert_eq!(
        crate::support::hub::refused(&relay, &revoked.token).await,
        401
    );

    let asked = json!({ "addresses": [revoked.address()] });
    let answer = relay
        .post("/api/prekey-bundles", bob.token(), &asked)
        .await
        .ok();
    assert_eq!(
        answer,
        json!({ "bundles": [], "missing": [revoked.address()] })
    );
    let rows = contents(&relay.database());
    let device_row = rows
        .iter()
        .filter(|row| row.starts_with("envelopes"))
        .count();
    assert_eq!(device_row, 1, "only the other device's envelope is left");

    // Its id is never taken again, by whatever key.
    let again = Device::with_id(&alice.account, &alice.id, revoked.id);
    let list = encoded(&alice.next_list(&[alice.device(), &again]));
    link(&relay, &alice, &again, &list)
        .await
        .refused(409, "conflict");
}

#[tokio::test]
async fn revoking_again_is_the_same() {
    let relay = Relay::start().await;
    let mut person = Person::register(&relay, "alice").await;
    person.link(&relay).await;
    let device = person.devices[1].id;
    let list = encoded(&person.next_list(&[person.device()]));
    let first = revoke(&relay, &person, device, &list).await.ok();
    assert_eq!(revoke(&relay, &person, device, &list).await.ok(), first);
    let later = encoded(&person.next_list(&[]));
    revoke(&relay, &person, device, &later)
        .await
        .refused(404, "not-found");
    revoke(&relay, &person, 12345, &list)
        .await
        .refused(404, "not-found");
}

#[tokio::test]
async fn an_eleventh_device_is_too_many() {
    let relay = Relay::start().await;
    let mut person = Person::register(&relay, "alice").await;
    for _ in 1..10 {
        person.link(&relay).await;
    }
    let device = Device::new(&person.account, &person.id);
    let mut all: Vec<&Device> = person.devices.iter().collect();
    all.push(&device);
    let list = encoded(&person.next_list(&all));
    link(&relay, &person, &device, &list)
        .await
        .refused(413, "too-large");
}

#[tokio::test]
async fn acquaintances_are_told() {
    let relay = Relay::start().await;
    let mut alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let carol = Person::register(&relay, "carol").await;
    alice.converse(&relay, &[&bob]).await;
    let mut bobs = HubClient::connect(&relay, bob.token()).await;
    let mut carols = HubClient::connect(&relay, carol.token()).await;
    alice.link(&relay).await;
    assert_eq!(bobs.push("DevicesChanged").await, json!([alice.id]));
    // Carol hears of what concerns her, and of nothing before that.
    carol.converse(&relay, &[&bob]).await;
    assert_eq!(carols.first_notice().await["target"], "ParticipantsChanged");
}
