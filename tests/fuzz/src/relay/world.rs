//! A relay in this process, on a database that is thrown away, with two people registered and logged in.

use std::cell::OnceCell;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use crypto_wasm::identity::PreKeyRequest;
use crypto_wasm::wire::{ListedDevice, RelayAuth, Wire};
use relay_server::auth::{Gate, RateLimits};
use relay_server::blobs::Blobs;
use relay_server::config::{Config, Database, Rates};
use relay_server::domain::forum::NewForum;
use relay_server::domain::{Clock, ForumId};
use relay_server::groups::Groups;
use relay_server::hub::protocol::{HubOptions, HubServer};
use relay_server::hub::{CommunicationHub, HubUser, Live};
use relay_server::state::AppState;
use relay_server::store::Store;
use relay_server::store::sqlite::SqliteStore;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

use super::topics;
use crate::people::{NOW, Person};
use crate::rng::Rng;

const ORIGIN: &str = "http://relay.example";
/// The longest answer that is read, in bytes.
const MAX_ANSWER: usize = 1 << 22;
pub(super) const CONVERSATION: &str = "0190a5c8-0000-7000-8000-0000000000af";

/// A call that the relay takes.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Value,
}

/// What the relay said.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: String,
    pub(super) body: Value,
}

pub(super) struct World {
    pub(super) runtime: &'static Runtime,
    pub(super) hub: HubServer<CommunicationHub>,
    pub(super) calls: Vec<Call>,
    router: Router,
    token: String,
    user: Option<HubUser>,
    /// Another connection to the database, which sees whether something was written.
    database: rusqlite::Connection,
    _folder: tempfile::TempDir,
}

/// Runs with this thread's relay.
pub(super) fn with_world(run: impl FnOnce(&World)) {
    thread_local!(static WORLD: OnceCell<World> = const { OnceCell::new() });
    WORLD.with(|world| run(world.get_or_init(World::new)));
}

pub(super) fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn encoded(value: &impl Wire) -> String {
    text(value.to_bytes().expect("encoded"))
}

/// A user's id as text, in the form of a UUIDv7: the relay takes no other.
fn user_id(person: &Person) -> String {
    let hex = hex::encode(person.device.address().user_id.as_bytes());
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

fn address(person: &Person) -> Value {
    json!({ "userId": user_id(person), "deviceId": person.device.address().device_id })
}

fn prekeys(person: &Person) -> Value {
    let keys = &person.prekeys;
    json!({
        "signedPreKey": keys.signed_prekey.as_ref().map(encoded),
        "kemLastResort": keys.kem_last_resort.as_ref().map(encoded),
        "oneTimePreKeys": keys.one_time_prekeys.iter().map(encoded).collect::<Vec<_>>(),
        "kemPreKeys": keys.kem_prekeys.iter().map(encoded).collect::<Vec<_>>(),
    })
}

fn registration(person: &Person, name: &str) -> Value {
    let device = ListedDevice {
        device_id: person.device.address().device_id,
        identity_key: person.device.certificate().identity_key(),
    };
    let user = person.device.address().user_id;
    let list = person
        .account
        .first_device_list(user, vec![device], NOW)
        .expect("a list");
    json!({
        "id": user_id(person),
        "username": name,
        "deviceList": encoded(list.list()),
        "certificate": encoded(person.device.certificate().certificate()),
        "preKeys": prekeys(person),
    })
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("relay.db");
        let sqlite: Arc<dyn Store> = Arc::new(SqliteStore::open(&file).expect("a store"));
        let clock = Clock::from_fn(|| NOW);
        let rates = Rates {
            registrations: 0,
            logins: 0,
            bundles: 0,
            key_packages: 0,
            typing: 0,
            links: 0,
            blobs: 0,
        };
        let config = Config {
            rates,
            database: Database::Sqlite(file.clone()),
            ..Config::default()
        };
        let gate = Arc::new(Gate::new(
            Arc::clone(&sqlite),
            clock.clone(),
            vec![ORIGIN.to_owned()],
            RateLimits::new(&config),
        ));
        let live = Live::new(Arc::clone(&sqlite), None);
        let hub = CommunicationHub::new(
            Arc::clone(&gate),
            Arc::clone(&sqlite),
            clock.clone(),
            Arc::clone(&live),
        );
        let hub = HubServer::new(Arc::new(hub), HubOptions::default());
        let state = AppState {
            groups: Arc::new(Groups::new(Arc::clone(&sqlite))),
            store: sqlite,
            clock,
            live,
            blobs: Arc::new(Blobs::new(&config)),
            gate: Arc::clone(&gate),
        };
        let store = Arc::clone(&state.store);
        let router = relay_server::routes::router(state, hub.router("/hubs/communication"), None);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        // A runtime must not end while its thread does; it ends with the process.
        let runtime = Box::leak(Box::new(runtime));
        let mut world = Self {
            runtime,
            hub,
            calls: Vec::new(),
            router,
            token: String::new(),
            user: None,
            database: rusqlite::Connection::open(file).expect("the database"),
            _folder: folder,
        };
        let forum = NewForum {
            id: ForumId::from_bytes(topics::FORUM_BYTES),
            name: "General".into(),
        };
        let made = runtime.block_on(store.create_first_forum(forum, NOW));
        made.expect("a forum");
        world.settle();
        let login = runtime
            .block_on(gate.authenticate(&world.token))
            .expect("logged in");
        world.user = Some(HubUser {
            device: login.device,
            expires_at: login.expires_at,
        });
        world
    }

    /// Registers people, logs one in and lets them talk.
    fn settle(&mut self) {
        let (alice, bob) = (Person::with_uuid(1), Person::with_uuid(2));
        for (person, name) in [(&alice, "alice"), (&bob, "bob")] {
            self.must(Method::POST, "/api/users", registration(person, name));
        }
        let challenge = self.must(Method::POST, "/api/auth/challenge", address(&alice));
        let token = login(&alice, &challenge);
        let answer = self.must(Method::POST, "/api/auth/token", token.clone());
        self.token = answer["accessToken"].as_str().expect("a token").to_owned();
        let conversation = json!({ "id": CONVERSATION, "participantIds": [user_id(&bob)] });
        self.must(Method::POST, "/api/conversations", conversation);
        self.calls = calls(&alice, &bob, token);
        let of_topics = topics::calls(&alice);
        let founding = &of_topics[0];
        self.must(Method::POST, &founding.path, founding.body.clone());
        self.calls.extend(of_topics);
    }

    fn must(&self, method: Method, path: &str, body: Value) -> Value {
        let answer = self.call(&method, path, body.to_string().into_bytes());
        assert!(answer.status.is_success(), "{path}: {}", answer.body);
        answer.body
    }

    /// Makes a call as the person who is logged in.
    pub(super) fn call(&self, method: &Method, path: &str, body: Vec<u8>) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", self.token))
            .body(Body::from(body))
            .expect("a request");
        let from = SocketAddr::from(([192, 0, 2, 1], 1));
        request.extensions_mut().insert(ConnectInfo(from));
        self.runtime.block_on(async {
            let response = self
                .router
                .clone()
                .oneshot(request)
                .await
                .expect("answered");
            let status = response.status();
            let content_type = response.headers().get("content-type");
            let content_type = content_type.map_or("", |value| value.to_str().expect("a text"));
            let content_type = content_type.to_owned();
            let body = axum::body::to_bytes(response.into_body(), MAX_ANSWER)
                .await
                .expect("a body");
            Answer {
                status,
                content_type,
                body: serde_json::from_slice(&body).unwrap_or(Value::Null),
            }
        })
    }

    /// A number that changes when something is written to the database.
    pub(super) fn database_version(&self) -> i64 {
        self.database
            .query_row("PRAGMA data_version", [], |row| row.get(0))
            .expect("a version")
    }

    pub(super) fn user(&self) -> HubUser {
        self.user.clone().expect("logged in")
    }
}

/// The proof that a device answers to a challenge.
fn login(person: &Person, challenge: &Value) -> Value {
    let bytes = URL_SAFE_NO_PAD
        .decode(challenge["challenge"].as_str().expect("a text"))
        .expect("base64url");
    let proof = RelayAuth {
        origin: ORIGIN.as_bytes().to_vec(),
        challenge: bytes.try_into().expect("32 bytes"),
        address: person.device.address(),
        expires_at_ms: challenge["expiresAt"].as_u64().expect("a time"),
    };
    let signature = person.device.prove_login(&proof).expect("signed");
    json!({
        "userId": user_id(person),
        "deviceId": person.device.address().device_id,
        "challenge": challenge["challenge"],
        "origin": ORIGIN,
        "signature": text(signature.as_bytes()),
    })
}

/// One call of each sort, all of which the relay takes at least once.
fn calls(alice: &Person, bob: &Person, token: Value) -> Vec<Call> {
    let newcomer = Person::with_uuid(3);
    let request = PreKeyRequest {
        one_time: 1,
        kem: 0,
        rotate: false,
        created_at_ms: NOW,
    };
    let mut alice_device =
        crypto_wasm::identity::Device::import(&alice.device.export().expect("exported"))
            .expect("imported");
    let more = alice_device
        .generate_prekeys(&request, &mut Rng::new(30))
        .expect("prekeys");
    let more: Vec<_> = more.one_time_prekeys.iter().map(encoded).collect();
    let mut envelope = address(bob);
    envelope["kind"] = "ratchet".into();
    envelope["content"] = text([7; 100]).into();
    let message = json!({
        "messageId": "0190a5c8-0000-7000-8000-0000000000b0",
        "conversationId": CONVERSATION,
        "recipients": [user_id(bob)],
        "envelopes": [envelope],
    });
    let list = registration(alice, "alice")["deviceList"].clone();
    let link = json!({
        "deviceList": list,
        "certificate": encoded(alice.device.certificate().certificate()),
        "preKeys": prekeys(alice),
    });
    let conversation = format!("/api/conversations/{CONVERSATION}");
    let call = |method: Method, path: &str, body: Value| Call {
        method,
        path: path.to_owned(),
        body,
    };
    vec![
        call(Method::POST, "/api/users", registration(&newcomer, "carol")),
        call(Method::POST, "/api/auth/challenge", address(alice)),
        call(Method::POST, "/api/auth/token", token),
        call(Method::POST, "/api/links", json!({ "id": text([9; 16]) })),
        call(
            Method::POST,
            "/api/links/send",
            json!({ "id": text([9; 16]), "side": "old", "number": 0, "content": text([8; 20]) }),
        ),
        call(
            Method::POST,
            "/api/links/receive",
            json!({ "id": text([9; 16]), "side": "new", "from": 0 }),
        ),
        call(
            Method::POST,
            "/api/links/end",
            json!({ "id": text([9; 16]) }),
        ),
        call(Method::PUT, "/api/devices/1", link),
        call(
            Method::DELETE,
            "/api/devices/1",
            json!({ "deviceList": list }),
        ),
        call(Method::PUT, "/api/keys", json!({ "oneTimePreKeys": more })),
        call(
            Method::POST,
            "/api/prekey-bundles",
            json!({ "addresses": [address(bob)] }),
        ),
        call(
            Method::POST,
            "/api/conversations",
            json!({ "id": CONVERSATION, "participantIds": [user_id(bob)] }),
        ),
        call(
            Method::POST,
            &format!("{conversation}/participants"),
            json!({ "userIds": [user_id(bob)] }),
        ),
        call(Method::POST, "/api/messages", message),
        call(Method::POST, "/api/mailbox/ack", json!({ "upTo": 0 })),
        call(
            Method::DELETE,
            &format!("{conversation}/participants/{}", user_id(bob)),
            Value::Null,
        ),
        call(
            Method::GET,
            &format!("/api/users/{}", user_id(bob)),
            Value::Null,
        ),
        call(Method::GET, "/api/users?username=bob", Value::Null),
        call(Method::GET, &conversation, Value::Null),
        call(Method::GET, "/api/conversations?limit=10", Value::Null),
        call(Method::GET, "/api/mailbox?after=0&limit=10", Value::Null),
        call(Method::GET, "/api/keys/count", Value::Null),
        call(
            Method::POST,
            "/api/key-packages",
            json!({ "addresses": [address(bob)] }),
        ),
        call(Method::GET, "/api/forums?limit=10", Value::Null),
        call(Method::GET, "/api/forum-topics?limit=10", Value::Null),
        call(Method::GET, "/api/forum-topics/welcomes", Value::Null),
    ]
}
