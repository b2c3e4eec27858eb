//! Host-app mode: the application says who somebody is, the device still proves its key. With real signatures and a real server of keys.

use std::collections::HashMap;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use relay_server::config::{Database, HostConfig, HostKeySource};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::host::{KeyServer, SigningKey, pem};
use crate::support::relay::contents;
use crate::support::{Answer, Device, Person, Relay, new_id, text};

const ISSUER: &str = "https://site.example";
const AUDIENCE: &str = "sealpost";

async fn relay(keys: HostKeySource) -> Relay {
    let host = HostConfig {
        keys,
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
    };
    Relay::start_with(|config| config.host = Some(host)).await
}

fn now() -> u64 {
    relay_server::domain::Clock::system().now() / 1000
}

/// Good claims for a subject.
fn claims(subject: &str) -> Value {
    json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": subject, "exp": now() + 600, "nbf": now() })
}

/// Registers somebody with a host's token.
async fn register(relay: &Relay, token: Option<&str>, name: &str) -> (Person, Answer) {
    let person = Person::new(name);
    let body = person.registration(&person.device().prekeys(0, 0));
    let answer = relay
        .call(Method::POST, "/api/users", token, Some(&body))
        .await;
    (person, answer)
}

async fn log_in(relay: &Relay, device: &Device, token: Option<&str>) -> Answer {
    let proof = device.proof(relay).await;
    relay
        .call(Method::POST, "/api/auth/token", token, Some(&proof))
        .await
}

#[tokio::test]
async fn t24_the_host_names_the_user_and_the_device_proves_its_key() {
    for key in [
        SigningKey::ed25519("1"),
        SigningKey::p256("1"),
        SigningKey::rsa("1"),
    ] {
        let server = KeyServer::start(&[&key]).await;
        let relay = relay(HostKeySource::Url(server.url.clone())).await;
        let (alice, bob) = (key.sign(&claims("alice-17")), key.sign(&claims("bob-3")));
        let (person, answer) = register(&relay, Some(&alice), "alice").await;
        assert_eq!(answer.status, 201, "{}", answer.body);

        let answer = log_in(&relay, person.device(), Some(&alice)).await.ok();
        let token = answer["accessToken"].as_str().unwrap();
        relay.get("/api/mailbox", token).await.ok();
        // The host's token opens nothing by itself, and another's, or none, nothing at all.
        relay
            .get("/api/mailbox", &alice)
            .await
            .refused(401, "unauthorized");
        for wrong in [None, Some(bob.as_str()), Some(token)] {
            log_in(&relay, person.device(), wrong)
                .await
                .refused(401, "unauthorized");
        }
        // Nor does it stand in for the device's key.
        let mut proof = person.device().proof(&relay).await;
        proof["signature"] = text([7; 64]).into();
        relay
            .call(Method::POST, "/api/auth/token", Some(&alice), Some(&proof))
            .await
            .refused(401, "unauthorized");
    }
}

#[tokio::test]
async fn t24_an_account_is_one_user_and_nobody_registers_without() {
    let key = SigningKey::ed25519("1");
    let server = KeyServer::start(&[&key]).await;
    let relay = relay(HostKeySource::Url(server.url.clone())).await;
    let token = key.sign(&claims("1"));
    let (_, answer) = register(&relay, None, "nobody").await;
    answer.refused(401, "unauthorized");
    register(&relay, Some(&token), "alice").await.1.ok();
    let (_, answer) = register(&relay, Some(&token), "alias").await;
    answer.refused(409, "conflict");
}

#[tokio::test]
async fn t24_tokens_that_are_not_good_are_refused_and_change_nothing() {
    let (key, other) = (SigningKey::rsa("1"), SigningKey::ed25519("1"));
    let server = KeyServer::start(&[&key]).await;
    let relay = relay(HostKeySource::Url(server.url.clone())).await;
    let with = |name: &str, value: Value| {
        let mut claims = claims("1");
        claims[name] = value;
        key.sign(&claims)
    };
    let without = |name: &str| {
        let mut claims = claims("1");
        claims.as_object_mut().unwrap().remove(name);
        key.sign(&claims)
    };
    let good = key.sign(&claims("1"));
    let [header, body, signature] = good.split('.').collect::<Vec<_>>()[..] else {
        panic!("not a token");
    };
    let headed = |header: Value| text(header.to_string());
    let flipped = good.replacen(body, &text(claims("2").to_string()), 1);
    let public = key.jwk["n"].as_str().unwrap();
    let hmac = |algorithm, secret: &[u8]| {
        let mut header = Header::new(algorithm);
        header.kid = Some("1".to_owned());
        encode(&header, &claims("1"), &EncodingKey::from_secret(secret)).unwrap()
    };
    let none = headed(json!({ "alg": "none", "kid": "1" }));
    let bad = HashMap::from([
        ("another issuer", with("iss", "https://evil.example".into())),
        ("another audience", with("aud", "another relay".into())),
        ("other audiences", with("aud", json!(["a", "b"]))),
        ("expired", with("exp", json!(now() - 31))),
        ("not yet valid", with("nbf", json!(now() + 60))),
        ("an expiry that is no number", with("exp", "soon".into())),
        ("nobody", with("sub", "".into())),
        ("a name beyond measure", with("sub", "x".repeat(256).into())),
        ("no issuer", without("iss")),
        ("no audience", without("aud")),
        ("no expiry", without("exp")),
        ("no subject", without("sub")),
        ("another key", other.sign(&claims("1"))),
        ("another body", flipped),
        ("no signature", format!("{header}.{body}.")),
        ("algorithm none", format!("{none}.{body}.")),
        (
            "none with a signature",
            format!("{none}.{body}.{signature}"),
        ),
        (
            "HMAC with the public key",
            hmac(Algorithm::HS256, public.as_bytes()),
        ),
        (
            "HMAC with the JWK",
            hmac(Algorithm::HS512, key.jwk.to_string().as_bytes()),
        ),
        ("no token", "x.y".to_owned()),
        ("empty", String::new()),
        ("beyond measure", format!("{good}{}", "A".repeat(20_000))),
    ]);
    let before = contents(&relay.database());
    for (what, token) in &bad {
        let (_, answer) = register(&relay, Some(token), "mallory").await;
        assert_eq!(answer.status, 401, "{what}: {}", answer.body);
    }
    // RSA's other algorithms, by the right key: each key is good for one.
    for algorithm in [Algorithm::RS384, Algorithm::PS256, Algorithm::RS512] {
        let mut header = Header::new(algorithm);
        header.kid = Some("1".to_owned());
        let token = encode(&header, &claims("1"), &key.private).unwrap();
        let (_, answer) = register(&relay, Some(&token), "mallory").await;
        assert_eq!(answer.status, 401, "{algorithm:?}");
    }
    assert_eq!(contents(&relay.database()), before);
    register(&relay, Some(&good), "alice").await.1.ok();
    // Several audiences, ours among them, are good.
    let many = with("aud", json!(["other", AUDIENCE]));
    let (_, answer) = register(&relay, Some(&many), "alias").await;
    answer.refused(409, "conflict");
}

#[tokio::test]
async fn t24_keys_are_rotated_and_unknown_names_do_not_flood_the_host() {
    let (old, new) = (SigningKey::ed25519("old"), SigningKey::p256("new"));
    let stranger = SigningKey::ed25519("stranger");
    let server = KeyServer::start(&[&old]).await;
    let relay = relay(HostKeySource::Url(server.url.clone())).await;
    register(&relay, Some(&old.sign(&claims("1"))), "one")
        .await
        .1
        .ok();
    assert_eq!(server.asked(), 1);
    for _ in 0..20 {
        let (_, answer) = register(&relay, Some(&stranger.sign(&claims("2"))), "two").await;
        answer.refused(401, "unauthorized");
    }
    assert_eq!(server.asked(), 1, "no second look so soon");

    // A new key is known within half a minute, and a withdrawn one forgotten within ten.
    server.publish(&[&old, &new]);
    relay.advance(30_000);
    register(&relay, Some(&new.sign(&claims("3"))), "three")
        .await
        .1
        .ok();
    assert_eq!(server.asked(), 2);
    register(&relay, Some(&old.sign(&claims("4"))), "four")
        .await
        .1
        .ok();
    server.publish(&[&new]);
    relay.advance(400_000);
    let later = |key: &SigningKey, subject: &str| {
        let mut claims = claims(subject);
        claims["exp"] = json!(now() + 7200);
        key.sign(&claims)
    };
    register(&relay, Some(&later(&old, "5")), "five")
        .await
        .1
        .ok();
    relay.advance(200_000);
    let (_, answer) = register(&relay, Some(&later(&old, "6")), "six").await;
    answer.refused(401, "unauthorized");
    register(&relay, Some(&later(&new, "6")), "six")
        .await
        .1
        .ok();
    assert_eq!(server.asked(), 3);

    // While the host is out of reach the keys go on for an hour in all, and then nobody is let in.
    *server.published.lock().unwrap() = json!("broken");
    relay.advance(3_000_000);
    register(&relay, Some(&later(&new, "7")), "seven")
        .await
        .1
        .ok();
    relay.advance(700_000);
    let (_, answer) = register(&relay, Some(&later(&new, "8")), "eight").await;
    answer.refused(503, "unavailable");
}

#[tokio::test]
async fn a_key_in_a_file_needs_no_server() {
    let key = SigningKey::ed25519("1");
    let folder = tempfile::tempdir().unwrap();
    let raw = base64::Engine::decode(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD,
        key.jwk["x"].as_str().unwrap(),
    );
    // The fixed head of an Ed25519 SubjectPublicKeyInfo (RFC 8410).
    let mut spki = vec![
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
    ];
    spki.extend(raw.unwrap());
    let files = [
        ("key.pem", pem("PUBLIC KEY", &spki)),
        ("key.json", key.jwk.to_string()),
        (
            "keys.json",
            json!({ "keys": [{ "kty": "new" }, key.jwk] }).to_string(),
        ),
    ];
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let relay = relay(HostKeySource::File(path)).await;
        let token = key.sign(&claims("1"));
        let (_, answer) = register(&relay, Some(&token), "alice").await;
        assert_eq!(answer.status, 201, "{name}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_file_without_a_usable_key_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let symmetric = json!({ "kty": "oct", "k": text([1; 32]), "kid": new_id() });
    let other_use = {
        let mut jwk = SigningKey::ed25519("1").jwk;
        jwk["use"] = "enc".into();
        jwk
    };
    for (index, content) in [
        "no key".to_owned(),
        symmetric.to_string(),
        json!({ "keys": [symmetric] }).to_string(),
        other_use.to_string(),
    ]
    .into_iter()
    .enumerate()
    {
        let path = folder.path().join("key");
        std::fs::write(&path, content).unwrap();
        let config = relay_server::Config {
            listen: ([127, 0, 0, 1], 0).into(),
            database: Database::Sqlite(folder.path().join("relay.db")),
            host: Some(HostConfig {
                keys: HostKeySource::File(path),
                issuer: ISSUER.to_owned(),
                audience: AUDIENCE.to_owned(),
            }),
            ..relay_server::Config::default()
        };
        let started = relay_server::Application::build(config).await;
        assert!(
            matches!(started, Err(relay_server::StartError::Host(_))),
            "{index}"
        );
    }
}
