//! As much of an XMPP client as sending and receiving messages takes: plain TCP, SASL PLAIN, stream management.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::ejabberd::{DOMAIN, PASSWORD};
use crate::work::{Receiver, Sender};
use crate::{Result, stamp};

/// A client that is logged in.
pub(crate) struct Client {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Client {
    /// Logs in as the n-th user, and makes the server acknowledge what it has taken.
    pub(crate) async fn connect(server: SocketAddr, user: usize) -> Result<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        let mut client = Self {
            stream,
            received: Vec::new(),
        };
        client.open().await?;
        let secret = STANDARD.encode(format!("\0user{user}\0{PASSWORD}"));
        let auth = format!(
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{secret}</auth>"
        );
        client.ask(&auth, "<success").await?;
        client.open().await?;
        let bind = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>load</resource></bind></iq>";
        client.ask(bind, "</iq>").await?;
        client
            .ask("<enable xmlns='urn:xmpp:sm:3'/>", "<enabled")
            .await?;
        client.ask("<presence/>", "<presence").await?;
        client.received.clear();
        Ok(client)
    }

    async fn open(&mut self) -> Result<()> {
        let open = format!(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='{DOMAIN}'>"
        );
        self.ask(&open, "</stream:features>").await
    }

    /// Sends something and waits until a text has come.
    async fn ask(&mut self, text: &str, until: &str) -> Result<()> {
        self.received.clear();
        self.stream.write_all(text.as_bytes()).await?;
        loop {
            self.read().await?;
            if contains(&self.received, until) {
                return Ok(());
            }
            if contains(&self.received, "<failure") || contains(&self.received, "<stream:error") {
                let text = String::from_utf8_lossy(&self.received);
                return Err(format!("ejabberd refused: {text}").into());
            }
        }
    }

    async fn read(&mut self) -> Result<()> {
        self.received.reserve(8192);
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err("ejabberd closed a connection".into()),
            _ => Ok(()),
        }
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// A user who sends to one other.
pub(crate) struct XmppSender {
    client: Client,
    to: usize,
    sent: u64,
}

impl XmppSender {
    pub(crate) async fn new(server: SocketAddr, from: usize, to: usize) -> Result<Self> {
        Ok(Self {
            client: Client::connect(server, from).await?,
            to,
            sent: 0,
        })
    }
}

impl Sender for XmppSender {
    async fn send(&mut self, content: &[u8]) -> Result<()> {
        let (to, body) = (self.to, std::str::from_utf8(content)?);
        let message = format!(
            "<message type='chat' to='user{to}@{DOMAIN}' id='m{}'><body>{body}</body></message><r xmlns='urn:xmpp:sm:3'/>",
            self.sent
        );
        self.client.ask(&message, "<a ").await?;
        self.sent += 1;
        Ok(())
    }
}

/// A user who receives.
pub(crate) struct XmppReceiver {
    client: Client,
    received: u64,
    acknowledged: u64,
}

impl XmppReceiver {
    pub(crate) async fn new(server: SocketAddr, user: usize) -> Result<Self> {
        Ok(Self {
            client: Client::connect(server, user).await?,
            received: 0,
            acknowledged: 0,
        })
    }
}

impl Receiver for XmppReceiver {
    async fn receive(&mut self, stamps: &mut Vec<u64>) -> Result<()> {
        self.client.read().await?;
        let rest = stamp::scan(&self.client.received, stamps);
        self.client.received.drain(..rest);
        self.received += u64::try_from(stamps.len())?;
        if self.received >= self.acknowledged + 32 {
            self.acknowledged = self.received;
            let ack = format!("<a xmlns='urn:xmpp:sm:3' h='{}'/>", self.received);
            self.client.stream.write_all(ack.as_bytes()).await?;
        }
        Ok(())
    }
}
