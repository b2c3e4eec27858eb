//! A disk that is full, a server that only lets read: calls are refused with stable codes, reads go on, nothing that was acknowledged is lost,
//! and writing goes on by itself when it can.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::killing::line::check_put_off;
use crate::support::cluster::Cluster;
use crate::support::disk::Disk;
use crate::support::postgres::run;
use crate::support::program::Program;
use crate::support::{Answer, Api, Person, Place};

/// How long writing may take to go on.
const PATIENCE: Duration = Duration::from_secs(15);

/// Two people and what was acknowledged between them.
struct Talk {
    alice: Person,
    bob: Person,
    conversation: String,
    acknowledged: Vec<String>,
}

impl Talk {
    async fn begin(api: &Api) -> Self {
        let alice = Person::register(api, "alice").await;
        let bob = Person::register(api, "bob").await;
        let conversation = alice.converse(api, &[&bob]).await;
        Self {
            alice,
            bob,
            conversation,
            acknowledged: Vec::new(),
        }
    }

    fn message(&self) -> Value {
        self.alice
            .message(&self.conversation, &[&self.bob], &[7; 30_000])
    }

    async fn send(&mut self, api: &Api, body: &Value) -> Answer {
        let answer = api.post("/api/messages", self.alice.token(), body).await;
        if answer.status == 200 {
            let id = body["messageId"].as_str().unwrap();
            self.acknowledged.push(id.to_owned());
        }
        answer
    }

    /// Bob reads exactly what was acknowledged.
    async fn check(&self, api: &Api) {
        let mut ids: Vec<String> = Vec::new();
        loop {
            let path = format!("/api/mailbox?after={}", ids.len());
            let page = api.get(&path, self.bob.token()).await.ok();
            for item in page["items"].as_array().unwrap() {
                ids.push(item["envelope"]["messageId"].as_str().unwrap().to_owned());
                assert_eq!(item["seq"], ids.len());
            }
            if page["next"].is_null() {
                return assert_eq!(ids, self.acknowledged);
            }
        }
    }

    /// Sends until it is refused, with this; the message that was.
    async fn send_until_refused(&mut self, api: &Api, status: u16, code: &str) -> Value {
        for _ in 0..2000 {
            let body = self.message();
            let answer = self.send(api, &body).await;
            if answer.status != 200 {
                check_put_off(&answer);
                answer.refused(status, code);
                return body;
            }
        }
        panic!("never refused");
    }

    /// Sends what was refused until it is taken; then another.
    async fn recover(&mut self, api: &Api, refused: &Value) {
        let since = Instant::now();
        while self.send(api, refused).await.status != 200 {
            assert!(since.elapsed() < PATIENCE, "writing does not go on");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let next = self.message();
        self.send(api, &next).await.ok();
        assert_eq!(api.get("/readyz", "").await.status, 200);
        self.check(api).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_under_sqlite_is_507_until_there_is_space() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("disk");
    std::fs::create_dir(&place).unwrap();
    let disk = Disk::new(&place, 12);
    let log = folder.path().join("log");
    let database = Place::File(place.join("relay.db"));
    let start = || Program::start_by(&disk.enter(), &database, &log, "error", &[]);
    let mut program = start();
    let mut talk = Talk::begin(&program.api).await;
    for _ in 0..3 {
        disk.fill();
        let refused = talk
            .send_until_refused(&program.api, 507, "storage-full")
            .await;
        talk.check(&program.api).await;
        disk.free();
        talk.recover(&program.api, &refused).await;
    }
    disk.fill();
    talk.send_until_refused(&program.api, 507, "storage-full")
        .await;
    program.kill();
    disk.free();
    program = start();
    talk.check(&program.api).await;
    let next = talk.message();
    talk.recover(&program.api, &next).await;
    assert!(program.terminate());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_server_is_503_until_it_takes_writes() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::start();
    let database = Place::Server(cluster.url());
    let program = Program::start(&database, &folder.path().join("log"), "error");
    let mut talk = Talk::begin(&program.api).await;
    cluster.set("default_transaction_read_only = on");
    let refused = talk
        .send_until_refused(&program.api, 503, "read-only")
        .await;
    talk.check(&program.api).await;
    let ready = program.api.get("/readyz", "").await;
    ready.refused(503, "read-only");
    let url = format!(
        "{}?options=-c%20default_transaction_read_only%3Doff",
        cluster.url()
    );
    run(&url, "ALTER SYSTEM RESET default_transaction_read_only");
    run(&url, "SELECT pg_reload_conf()");
    talk.recover(&program.api, &refused).await;
    assert!(program.terminate());
}

/// The server's own word for a full disk, from a trigger in place of one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_says_disk_full_is_507_until_it_does_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let database = Place::Server(crate::support::postgres::server().database());
    let program = Program::start(&database, &folder.path().join("log"), "error");
    let mut talk = Talk::begin(&program.api).await;
    run(
        &database.url(),
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             RAISE 'could not extend file' USING ERRCODE = '53100';
         END $$;
         CREATE TRIGGER full_disk BEFORE INSERT ON envelopes FOR EACH ROW EXECUTE FUNCTION fail()",
    );
    let refused = talk
        .send_until_refused(&program.api, 507, "storage-full")
        .await;
    talk.check(&program.api).await;
    run(&database.url(), "DROP TRIGGER full_disk ON envelopes");
    talk.recover(&program.api, &refused).await;
    assert!(program.terminate());
}
