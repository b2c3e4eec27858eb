//! A relay inside the test's process, and calls to it.

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use relay_server::config::BlobPlace;
use relay_server::domain::Clock;
use relay_server::{Application, Config};
use reqwest::Method;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::Place;

/// A running relay on a port of its own, with a database of its own.
pub(crate) struct Relay {
    api: Api,
    pub(crate) config: Config,
    /// Added to the system's time, in milliseconds.
    ahead: Arc<AtomicU64>,
    place: Place,
    folder: Arc<tempfile::TempDir>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
}

/// Where a relay answers.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) url: String,
    pub(crate) client: reqwest::Client,
}

/// What a call was answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn read(response: reqwest::Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let bytes = response.bytes().await.expect("a body");
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Self {
            status,
            headers,
            body,
        }
    }

    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!(
            (200..300).contains(&self.status),
            "{} {}",
            self.status,
            self.body
        );
        self.body
    }

    /// Checks for a problem document with this code.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!(
            (self.status, self.body["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.body
        );
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["type"], "about:blank");
        assert!(self.body["title"].is_string() && self.body["detail"].is_string());
        self.body
    }
}

impl Relay {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(configure: impl FnOnce(&mut Config)) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        let place = Place::new(folder.path());
        let mut config = Config {
            listen: ([127, 0, 0, 1], 0).into(),
            database: place.database(),
            ..Config::default()
        };
        config.blobs.place = Some(BlobPlace::Folder(folder.path().join("blobs")));
        configure(&mut config);
        Self::run(config, place, folder, Arc::default()).await
    }

    async fn run(
        config: Config,
        place: Place,
        folder: Arc<tempfile::TempDir>,
        ahead: Arc<AtomicU64>,
    ) -> Self {
        let shift = Arc::clone(&ahead);
        let system = Clock::system();
        let clock = Clock::from_fn(move || system.now() + shift.load(Ordering::SeqCst));
        let application = Application::build_with_clock(config.clone(), clock)
            .await
            .expect("a relay");
        let url = application.url();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(application.run(async move { drop(stopped.await) }));
        Self {
            api: Api::new(url),
            config,
            ahead,
            place,
            folder,
            stop,
            served,
        }
    }

    /// A handle that other tasks can keep.
    pub(crate) fn api(&self) -> Api {
        self.api.clone()
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, milliseconds: u64) {
        self.ahead.fetch_add(milliseconds, Ordering::SeqCst);
    }

    pub(crate) async fn stop(self) -> (Config, Arc<tempfile::TempDir>) {
        self.stop.send(()).expect("a running relay");
        self.served.await.expect("an end").expect("a good end");
        (self.config, self.folder)
    }

    /// Stops the relay and starts another one on the same database.
    pub(crate) async fn restart(self) -> Self {
        let (ahead, place) = (Arc::clone(&self.ahead), self.place.clone());
        let (config, folder) = self.stop().await;
        Self::run(config, place, folder, ahead).await
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn database(&self) -> Place {
        self.place.clone()
    }
}

impl Deref for Relay {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl Api {
    pub(crate) fn new(url: String) -> Self {
        Self {
            url,
            client: reqwest::Client::new(),
        }
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        Answer::read(request.send().await.expect("an answer")).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.call(Method::GET, path, Some(token), None).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, Some(token), Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.call(Method::PUT, path, Some(token), Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str, token: &str, body: Option<&Value>) -> Answer {
        self.call(Method::DELETE, path, Some(token), body).await
    }
}

/// Everything in a database, except what logging in leaves there.
pub(crate) fn contents(database: &Place) -> Vec<String> {
    database.contents()
}

/// The same of a file.
pub(super) fn rows_of(database: &Path) -> Vec<String> {
    let db = rusqlite::Connection::open(database).expect("a database");
    let mut tables = db
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('challenges', 'tokens') ORDER BY 1")
        .expect("tables");
    let names: Vec<String> = tables
        .query_map((), |row| row.get(0))
        .expect("names")
        .map(Result::unwrap)
        .collect();
    let mut rows = Vec::new();
    for name in names {
        let mut statement = db
            .prepare(&format!("SELECT * FROM {name} ORDER BY 1, 2"))
            .expect("rows");
        let columns = statement.column_count();
        let found = statement.query_map((), |row| {
            let values: Vec<rusqlite::types::Value> = (0..columns)
                .map(|column| row.get(column))
                .collect::<Result<_, _>>()?;
            Ok(format!("{name} {values:?}"))
        });
        rows.extend(found.expect("rows").map(Result::unwrap));
    }
    rows
}
