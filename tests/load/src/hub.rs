//! A SignalR client in MessagePack, small enough that thousands fit into one process.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use futures_util::{SinkExt as _, StreamExt as _};
use rmpv::Value;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::{Result, stamp};

/// `[6]` with its length.
const PING: &[u8] = &[2, 0x91, 6];

/// A client after its handshake.
pub(crate) struct Hub {
    socket: WebSocketStream<TcpStream>,
    calls: u64,
}

/// A WebSocket from an address of this machine: `source` spreads many clients over several, each with ports of its own.
pub(crate) async fn open(
    server: SocketAddr,
    path: &str,
    source: u8,
) -> Result<WebSocketStream<TcpStream>> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(
        IpAddr::V4(Ipv4Addr::new(127, 0, 0, source.max(1))),
        0,
    ))?;
    let stream = socket.connect(server).await?;
    stream.set_nodelay(true)?;
    let request = format!("ws://{server}{path}").into_client_request()?;
    let config = WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(0);
    let (socket, _) =
        tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await?;
    Ok(socket)
}

/// The binary frames of a WebSocket, and what is stamped in them.
pub(crate) async fn next_frame(
    socket: &mut WebSocketStream<TcpStream>,
) -> Result<tokio_tungstenite::tungstenite::Bytes> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Binary(bytes))) => return Ok(bytes),
            Some(Ok(Message::Text(text))) => return Ok(text.into()),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_) | Message::Frame(_))) | None => {
                return Err("the server closed a WebSocket".into());
            }
            Some(Err(error)) => return Err(error.into()),
        }
    }
}

impl Hub {
    pub(crate) async fn connect(server: SocketAddr, token: &str, source: u8) -> Result<Self> {
        let path = format!("/hubs/communication?access_token={token}");
        let mut socket = open(server, &path, source).await?;
        let hello = "{\"protocol\":\"messagepack\",\"version\":1}\u{1e}";
        socket.send(Message::text(hello)).await?;
        let answer = next_frame(&mut socket).await?;
        if !answer.starts_with(b"{}") {
            return Err("the hub refused the handshake".into());
        }
        Ok(Self { socket, calls: 0 })
    }

    /// Calls without waiting; the id of the call.
    pub(crate) async fn call(&mut self, target: &str, argument: Value) -> Result<String> {
        self.calls += 1;
        let id = self.calls.to_string();
        let call = Value::Array(vec![
            1.into(),
            Value::Map(Vec::new()),
            id.as_str().into(),
            target.into(),
            Value::Array(vec![argument]),
            Value::Array(Vec::new()),
        ]);
        let mut bytes = Vec::new();
        rmpv::encode::write_value(&mut bytes, &call)?;
        let mut framed = Vec::with_capacity(bytes.len() + 2);
        let mut length = bytes.len();
        while length >= 0x80 {
            framed.push(u8::try_from(length & 0x7f).unwrap_or_default() | 0x80);
            length >>= 7;
        }
        framed.push(u8::try_from(length).unwrap_or_default());
        framed.extend(bytes);
        self.socket.send(Message::binary(framed)).await?;
        Ok(id)
    }

    /// Calls and waits for the answer; what is pushed meanwhile is in `found`.
    pub(crate) async fn invoke(
        &mut self,
        target: &str,
        argument: Value,
        found: &mut Vec<u64>,
    ) -> Result<()> {
        let id = self.call(target, argument).await?;
        loop {
            let frame = next_frame(&mut self.socket).await?;
            stamp::scan(&frame, found);
            for message in messages(&frame) {
                // The type and the kind of result have one byte each, the headers are empty.
                if message.get(1) != Some(&3) {
                    continue;
                }
                let completion = rmpv::decode::read_value(&mut &*message)?;
                let fields = completion.as_array().map(Vec::as_slice).unwrap_or_default();
                if fields.get(2).and_then(Value::as_str) == Some(&id) {
                    return match fields.get(3).and_then(Value::as_u64) {
                        Some(1) => Err(format!("{target} was refused: {completion}").into()),
                        _ => Ok(()),
                    };
                }
            }
        }
    }

    /// Waits for the next frame and adds the stamps in it.
    pub(crate) async fn receive(&mut self, found: &mut Vec<u64>) -> Result<()> {
        let frame = next_frame(&mut self.socket).await?;
        stamp::scan(&frame, found);
        Ok(())
    }

    pub(crate) async fn ping(&mut self) -> Result<()> {
        self.socket.send(Message::binary(PING)).await?;
        Ok(())
    }
}

/// The hub messages in a frame, each behind its length.
fn messages(frame: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = frame;
    std::iter::from_fn(move || {
        let mut length = 0;
        for (place, byte) in rest.iter().take(5).enumerate() {
            length |= usize::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                let message = rest.get(place + 1..place + 1 + length)?;
                rest = rest.get(place + 1 + length..)?;
                return Some(message);
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_split_into_its_messages() {
        let mut frame = PING.to_vec();
        frame.extend([0x80 | 0x48, 0x01]);
        frame.extend([7; 200]);
        frame.extend(PING);
        let lengths: Vec<_> = messages(&frame).map(<[u8]>::len).collect();
        assert_eq!(lengths, [2, 200, 2]);
        assert_eq!(messages(&frame[..100]).count(), 1);
    }
}
