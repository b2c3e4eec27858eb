//! The way to a relay that dies and comes back elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value;
use tokio::sync::watch;

use crate::support::{Answer, Api};

/// How long a call may go without an answer that counts.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two tries. Shorter than what `Retry-After` asks for: the relay must bear it.
const PAUSE: Duration = Duration::from_millis(15);

/// Where the relay answers just now, and what came of calls.
#[derive(Clone)]
pub(crate) struct Line {
    now: watch::Receiver<Api>,
    stop: watch::Receiver<bool>,
    tally: Arc<Tally>,
}

/// What came of calls.
#[derive(Default)]
pub(crate) struct Tally {
    /// Calls that were answered for good.
    pub(crate) answered: AtomicUsize,
    /// Calls whose answer was cut off, or that reached nobody.
    pub(crate) cut: AtomicUsize,
    /// Answers that ask to come back: 429, 503, 507.
    pub(crate) put_off: AtomicUsize,
}

/// The other end of a [`Line`].
pub(crate) struct Switchboard {
    now: watch::Sender<Api>,
    stop: watch::Sender<bool>,
    pub(crate) tally: Arc<Tally>,
}

impl Switchboard {
    pub(crate) fn new(api: &Api) -> (Self, Line) {
        let (now, watched) = watch::channel(api.clone());
        let (stop, stopped) = watch::channel(false);
        let tally = Arc::<Tally>::default();
        let line = Line {
            now: watched,
            stop: stopped,
            tally: Arc::clone(&tally),
        };
        (Self { now, stop, tally }, line)
    }

    /// The relay answers elsewhere now.
    pub(crate) fn connect(&self, api: &Api) {
        self.now.send_replace(api.clone());
    }

    /// Asks everybody to finish what they are at.
    pub(crate) fn hang_up(&self) {
        self.stop.send_replace(true);
    }

    /// Waits for so many more answers.
    pub(crate) async fn more_answers(&self, number: usize) {
        let (since, goal) = (Instant::now(), self.tally.answered() + number);
        while self.tally.answered() < goal {
            assert!(since.elapsed() < PATIENCE, "the relay does not recover");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

impl Tally {
    pub(crate) fn answered(&self) -> usize {
        self.answered.load(Ordering::Relaxed)
    }

    pub(crate) fn put_off(&self) -> usize {
        self.put_off.load(Ordering::Relaxed)
    }

    pub(crate) fn cut(&self) -> usize {
        self.cut.load(Ordering::Relaxed)
    }
}

impl Line {
    /// Where the relay answers, or did.
    pub(crate) fn api(&self) -> Api {
        self.now.borrow().clone()
    }

    /// Whether everybody is asked to finish.
    pub(crate) fn is_over(&self) -> bool {
        *self.stop.borrow()
    }

    /// Asks once; nothing if there was no answer, or one that asks to come back.
    pub(crate) async fn ask(
        &self,
        method: &Method,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Option<Answer> {
        let api = self.api();
        let request = api
            .client
            .request(method.clone(), format!("{}{path}", api.url))
            .bearer_auth(token);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let Some(answer) = whole(request).await else {
            self.tally.cut.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        if matches!(answer.status, 429 | 503 | 507) {
            check_put_off(&answer);
            self.tally.put_off.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        self.tally.answered.fetch_add(1, Ordering::Relaxed);
        Some(answer)
    }

    /// The same request again and again until it is answered for good.
    pub(crate) async fn insist(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Answer {
        let since = Instant::now();
        loop {
            if let Some(answer) = self.ask(&method, path, token, body).await {
                return answer;
            }
            assert!(since.elapsed() < PATIENCE, "{path} is not answered");
            tokio::time::sleep(PAUSE).await;
        }
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.insist(Method::POST, path, token, Some(body)).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.insist(Method::GET, path, token, None).await
    }
}

/// Whoever is to come back is told so in the usual form, and when.
#[track_caller]
pub(crate) fn check_put_off(answer: &Answer) {
    let said = &answer.body;
    assert!(said["code"].is_string(), "{} {said}", answer.status);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    let after = answer.headers.get("retry-after").expect("Retry-After");
    assert!(after.to_str().unwrap().parse::<u64>().unwrap() >= 1);
}

/// An answer with its whole body.
async fn whole(request: reqwest::RequestBuilder) -> Option<Answer> {
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let bytes = response.bytes().await.ok()?;
    Some(Answer {
        status,
        headers,
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    })
}
