//! A small hub, and clients of it over sockets made of channels, so that time can be paused.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::ws;
use futures_util::{FutureExt, sink, stream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::hub::protocol::registry::{Admission, ClaimError, Negotiation};
use crate::hub::protocol::socket::Socket;
use crate::hub::protocol::{
    Arguments, AuthenticationError, Connection, Hub, HubError, HubOptions, HubServer, Value,
    session,
};

pub(super) const JSON: &str = "{\"protocol\":\"json\",\"version\":1}\u{1e}";
pub(super) const MESSAGEPACK: &str = "{\"protocol\":\"messagepack\",\"version\":1}\u{1e}";

pub(super) const CLOSE: &str = r#"{"type":7}"#;
pub(super) const CLOSE_RECONNECT: &str = r#"{"type":7,"allowReconnect":true}"#;
pub(super) const CLOSE_ERROR: &str = r#"{"type":7,"error":"Connection closed with an error."}"#;
pub(super) const PING: &str = r#"{"type":6}"#;

pub(super) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Sends an invocation with id and returns what follows the id in its Completion.
pub(super) async fn ask(client: &mut Client, id: &str, target: &str, arguments: &str) -> String {
    client.record(&format!(
        r#"{{"arguments":{arguments},"invocationId":"{id}","target":"{target}","type":1}}"#
    ));
    let answer = client.next_record().await.unwrap();
    let prefix = format!(r#"{{"type":3,"invocationId":"{id}""#);
    answer
        .strip_prefix(&prefix)
        .unwrap_or_else(|| panic!("{answer}"))
        .to_owned()
}

/// Writes down what it is told.
#[derive(Default)]
pub(super) struct TestHub {
    pub(super) log: Mutex<Vec<String>>,
    pub(super) connections: Mutex<Vec<Connection<String>>>,
}

impl TestHub {
    fn note(&self, event: String) {
        self.log.lock().unwrap().push(event);
    }

    pub(super) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    pub(super) fn connection(&self, index: usize) -> Connection<String> {
        self.connections.lock().unwrap()[index].clone()
    }
}

impl Hub for TestHub {
    type User = String;

    async fn authenticate(&self, token: &str) -> Result<String, AuthenticationError> {
        Ok(token.to_owned())
    }

    async fn connected(&self, connection: &Connection<String>) {
        self.connections.lock().unwrap().push(connection.clone());
        self.note(format!("+{}", connection.user()));
    }

    async fn invoke(
        &self,
        _: &Connection<String>,
        target: &str,
        arguments: Arguments,
    ) -> Result<Value, HubError> {
        self.note(target.to_owned());
        match target.to_ascii_lowercase().as_str() {
            "echo" => {
                arguments.exactly(1)?;
                arguments.into_values().pop().ok_or(HubError::Internal)
            }
            "add" => Ok(Value::from(arguments.u64(0)? + arguments.u64(1)?)),
            "sleep" => {
                tokio::time::sleep(Duration::from_secs(arguments.u64(0)?)).await;
                Ok(Value::Null)
            }
            "refuse" => Err(HubError::Refused("not now".into())),
            "forbidden" => Err(HubError::Unauthorized),
            "fail" => Err(HubError::Internal),
            "crash" => panic!("a method that crashes"),
            _ => Err(HubError::MethodNotFound),
        }
    }

    async fn disconnected(&self, connection: &Connection<String>) {
        self.note(format!("-{}", connection.user()));
    }
}

pub(super) struct Server {
    pub(super) hub: Arc<TestHub>,
    pub(super) server: HubServer<TestHub>,
}

impl Default for Server {
    fn default() -> Self {
        Self::new(HubOptions::default())
    }
}

impl Server {
    pub(super) fn new(options: HubOptions) -> Self {
        let hub = Arc::new(TestHub::default());
        Self {
            server: HubServer::new(Arc::clone(&hub), options),
            hub,
        }
    }

    /// A socket whose peer buffers `window` messages before writes to it block.
    pub(super) fn open(&self, user: &str, window: usize) -> Client {
        let (socket, to_server, from_server) = socket(window);
        let server = Arc::clone(&self.server.0);
        let session = session::run(server, socket, "id".to_owned(), user.to_owned(), None);
        Client {
            to_server: Some(to_server),
            from_server,
            session: tokio::spawn(session),
        }
    }

    /// The token of a connection that `user` negotiated with stateful reconnect.
    pub(super) fn negotiate(&self, user: &str) -> String {
        let token = format!("token of {user}");
        let negotiation = Negotiation {
            user: user.to_owned(),
            connection_id: "id".to_owned(),
            is_stateful: true,
        };
        let registry = &self.server.0.registry;
        registry.insert(token.clone(), negotiation).unwrap();
        token
    }

    /// A socket for a negotiated connection: its first, or another.
    pub(super) fn open_negotiated(
        &self,
        token: &str,
        user: &str,
        window: usize,
    ) -> Result<Client, ClaimError> {
        let admission = self.server.0.registry.claim(token, &user.to_owned())?;
        let (socket, to_server, from_server) = socket(window);
        let server = Arc::clone(&self.server.0);
        let user = user.to_owned();
        let session = tokio::spawn(async move {
            match admission {
                Admission::Open(claim) => {
                    let id = claim.connection_id().to_owned();
                    session::run(server, socket, id, user, Some(&claim)).await;
                }
                Admission::Resume(connection) => drop(connection.send(socket).await),
            }
        });
        Ok(Client {
            to_server: Some(to_server),
            from_server,
            session,
        })
    }

    /// A client after its JSON handshake.
    pub(super) async fn connect(&self, user: &str) -> Client {
        let mut client = self.open(user, 1000);
        client.text(JSON);
        assert_eq!(client.next().await.as_deref(), Some("{}\u{1e}"));
        client
    }
}

/// A socket and what its peer holds of it.
fn socket(
    window: usize,
) -> (
    Socket,
    mpsc::UnboundedSender<ws::Message>,
    mpsc::Receiver<ws::Message>,
) {
    let (to_server, from_client) = mpsc::unbounded_channel::<ws::Message>();
    let (to_client, from_server) = mpsc::channel(window);
    let sink = sink::unfold(to_client, |to_client, message| async move {
        to_client.send(message).await.map(|()| to_client)
    });
    let stream = stream::unfold(from_client, |mut from_client| async move {
        from_client
            .recv()
            .await
            .map(|message| (Ok::<_, ()>(message), from_client))
    });
    (Socket::new((sink, stream)), to_server, from_server)
}

pub(super) struct Client {
    to_server: Option<mpsc::UnboundedSender<ws::Message>>,
    from_server: mpsc::Receiver<ws::Message>,
    session: JoinHandle<()>,
}

impl Client {
    pub(super) fn send(&self, message: ws::Message) {
        // A server that is done with the socket reads no more.
        let _ = self.to_server.as_ref().unwrap().send(message);
    }

    pub(super) fn text(&self, text: &str) {
        self.send(ws::Message::text(text));
    }

    /// Sends a JSON hub message.
    pub(super) fn record(&self, json: &str) {
        self.text(&format!("{json}\u{1e}"));
    }

    pub(super) fn ping(&self) {
        self.record(r#"{"type":6}"#);
    }

    /// Loses the socket without a word.
    pub(super) fn hang_up(&mut self) {
        self.to_server = None;
    }

    pub(super) async fn next_message(&mut self) -> Option<ws::Message> {
        self.from_server.recv().await
    }

    /// The next text frame; `None` when the server closes the WebSocket, which it must do with code 1000.
    pub(super) async fn next(&mut self) -> Option<String> {
        match self.from_server.recv().await? {
            ws::Message::Text(text) => Some(text.to_string()),
            ws::Message::Close(Some(frame)) if frame.code == ws::close_code::NORMAL => None,
            other => panic!("{other:?}"),
        }
    }

    /// The next hub message in JSON.
    pub(super) async fn next_record(&mut self) -> Option<String> {
        self.next()
            .await
            .map(|text| text.strip_suffix('\u{1e}').unwrap().to_owned())
    }

    /// Whether the server has let go of the socket.
    pub(super) fn is_given_up(&self) -> bool {
        self.to_server
            .as_ref()
            .is_some_and(mpsc::UnboundedSender::is_closed)
    }

    /// Whether a message is there already.
    pub(super) fn has_message(&mut self) -> bool {
        !self.from_server.is_empty()
    }

    /// Closes this side and waits until the server is done with the socket.
    pub(super) async fn finish(mut self) {
        self.to_server = None;
        self.session.await.unwrap();
    }

    /// Whether the server is done with the socket.
    pub(super) fn is_finished(&mut self) -> bool {
        (&mut self.session).now_or_never().is_some()
    }
}
