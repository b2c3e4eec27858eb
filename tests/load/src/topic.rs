//! A topic of many members.

use std::net::SocketAddr;
use std::sync::Arc;

use crypto_wasm::forum::TopicGroup;
use crypto_wasm::forum::group::{
    Change, KeyPackageRequest, NewTopic, PolicyDraft, generate_key_packages,
};
use crypto_wasm::forum::wire::{History, Inviters, Visibility};
use crypto_wasm::wire::{Address, TopicId, Wire as _};
use serde_json::{Value, json};

use crate::Result;
use crate::http::Http;
use crate::people::{Person, new_id, random, rng, text, user_id};
use crate::work::Sender;

/// Members that one commit adds.
const ADDED: usize = 100;

/// A topic, and the device that founded it.
pub(crate) struct Topic {
    pub(crate) id: String,
    founder: Arc<Person>,
    epoch: u64,
}

fn now_s() -> Result<u64> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(now.as_secs())
}

fn address(address: &Address) -> Value {
    let id = uuid::Uuid::from_bytes(*address.user_id.as_bytes()).to_string();
    json!({ "userId": id, "deviceId": address.device_id })
}

impl Topic {
    /// Founded by the first of these, who adds all the others.
    pub(crate) async fn of(relay: SocketAddr, members: &[Arc<Person>]) -> Result<Self> {
        let (founder, others) = members.split_first().ok_or("nobody")?;
        let mut http = Http::connect(relay).await?;
        let id = new_id()?;
        let mut group = found(&mut http, founder, &id).await?;
        for added in others.chunks(ADDED) {
            let mut change = Change::default();
            for person in added {
                change.add.push(key_package(&mut http, person).await?);
            }
            let commit = group.commit(&change, now_s()?, &mut rng())?;
            let addresses: Vec<_> = commit.welcomed.iter().map(address).collect();
            let welcome = commit.welcome.as_ref().ok_or("no Welcome")?;
            let body = json!({
                "epoch": commit.epoch,
                "commit": text(&commit.commit),
                "groupInfo": text(&commit.group_info),
                "links": [],
                "wraps": [],
                "welcome": { "bytes": text(welcome), "addresses": addresses },
            });
            let path = format!("/api/forum-topics/{id}/commits");
            http.post(&path, &founder.token, &body).await?;
            group.apply_pending()?;
        }
        Ok(Self {
            id,
            founder: Arc::clone(founder),
            epoch: group.epoch(),
        })
    }

    /// Somebody who posts.
    pub(crate) async fn poster(&self, relay: SocketAddr) -> Result<Poster> {
        Ok(Poster {
            http: Http::connect(relay).await?,
            path: format!("/api/forum-topics/{}/posts", self.id),
            topic: *user_id(&self.id)?.as_bytes(),
            epoch: self.epoch,
            author: Arc::clone(&self.founder),
        })
    }
}

async fn found(relay: &mut Http, founder: &Person, id: &str) -> Result<TopicGroup> {
    let topic = NewTopic {
        topic_id: TopicId::from_bytes(*user_id(id)?.as_bytes()),
        policy: PolicyDraft {
            visibility: Visibility::Open,
            history: History::Everything,
            history_days: 0,
            inviters: Inviters::Members,
            roles: Vec::new(),
        },
        now_ms: now_s()? * 1000,
    };
    let group = TopicGroup::create(&founder.device, &topic, &mut rng())?;
    let forums = relay
        .call("GET", "/api/forums", &founder.token, &Value::Null)
        .await?;
    let forum = forums
        .pointer("/items/0/id")
        .and_then(Value::as_str)
        .ok_or("no forum")?
        .to_owned();
    let body = json!({
        "id": id,
        "groupInfo": text(group.group_info()?),
        "tree": text(group.tree()?),
        "policy": text(group.state().policy.to_bytes()?),
    });
    let path = format!("/api/forums/{forum}/topics");
    relay.post(&path, &founder.token, &body).await?;
    Ok(group)
}

/// Somebody's KeyPackage, made and taken through the relay as ever.
async fn key_package(relay: &mut Http, person: &Person) -> Result<Vec<u8>> {
    let request = KeyPackageRequest {
        one_time: 1,
        last_resort: false,
        now_s: now_s()?,
    };
    let made = generate_key_packages(&person.device, &request, &mut rng())?;
    let made = made.into_iter().next().ok_or("no KeyPackage")?.key_package;
    let upload = json!({ "keyPackages": [text(&made)] });
    relay
        .call("PUT", "/api/keys", &person.token, &upload)
        .await?;
    Ok(made)
}

/// A member who posts, under keys that nobody has: the relay cannot tell.
pub(crate) struct Poster {
    http: Http,
    path: String,
    topic: [u8; 16],
    epoch: u64,
    author: Arc<Person>,
}

impl Sender for Poster {
    async fn send(&mut self, content: &[u8]) -> Result<()> {
        let id = new_id()?;
        let mut post = vec![1];
        post.extend(self.topic);
        post.extend(0_u32.to_be_bytes());
        post.extend(self.epoch.to_be_bytes());
        post.extend(user_id(&id)?.as_bytes());
        post.extend(user_id(&self.author.id)?.as_bytes());
        post.extend(self.author.device_id.to_be_bytes());
        post.push(0);
        post.extend((now_s()? * 1000).to_be_bytes());
        post.extend(random::<44>()?);
        // A vector of 64 to 16,383 bytes has its length in two (RFC 9420 §2.1.2).
        post.extend((0x4000 | u16::try_from(content.len())?).to_be_bytes());
        post.extend(content);
        let body = json!({ "id": id, "post": text(post) });
        self.http
            .post(&self.path, &self.author.token, &body)
            .await?;
        Ok(())
    }
}
