//! An HTTP/1.1 client that costs little beside the server: one kept connection, answers with a length.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Result;

/// The longest answer that is read.
const ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// A connection.
pub(crate) struct Http {
    stream: TcpStream,
    received: Vec<u8>,
}

/// What an answer's head says.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    /// Where the body begins.
    body: usize,
    length: usize,
}

/// A whole request.
pub(crate) fn request(method: &str, path: &str, token: &str, body: &[u8]) -> Vec<u8> {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    if !token.is_empty() {
        request.push_str(&format!("Authorization: Bearer {token}\r\n"));
    }
    if !body.is_empty() {
        request.push_str("Content-Type: application/json\r\n");
    }
    request.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    let mut request = request.into_bytes();
    request.extend_from_slice(body);
    request
}

impl Http {
    pub(crate) async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: Vec::new(),
        })
    }

    /// The server as an origin.
    pub(crate) fn origin(&self) -> Result<String> {
        Ok(format!("http://{}", self.stream.peer_addr()?))
    }

    /// Sends a request; its status and body.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<(u16, &[u8])> {
        self.stream.write_all(request).await?;
        self.received.clear();
        loop {
            if let Some(head) = head(&self.received)? {
                let end = head.body + head.length;
                if end > ANSWER_BYTES {
                    return Err("an answer of more than 64 MiB".into());
                }
                while self.received.len() < end {
                    self.read().await?;
                }
                let body = self.received.get(head.body..end).unwrap_or_default();
                return Ok((head.status, body));
            }
            self.read().await?;
        }
    }

    async fn read(&mut self) -> Result<()> {
        self.received.reserve(16 * 1024);
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err("the server closed a connection".into()),
            _ => Ok(()),
        }
    }

    /// Sends a request that must succeed; the body.
    pub(crate) async fn must(&mut self, request: &[u8]) -> Result<&[u8]> {
        let (status, body) = self.exchange(request).await?;
        if (200..300).contains(&status) {
            Ok(body)
        } else {
            let body = String::from_utf8_lossy(body);
            Err(format!("a call was answered {status}: {body}").into())
        }
    }

    /// Calls with JSON, for what is not measured.
    pub(crate) async fn call(
        &mut self,
        method: &str,
        path: &str,
        token: &str,
        body: &Value,
    ) -> Result<Value> {
        let body = match body {
            Value::Null => Vec::new(),
            body => serde_json::to_vec(body)?,
        };
        let answer = self.must(&request(method, path, token, &body)).await?;
        if answer.is_empty() {
            return Ok(Value::Null);
        }
        Ok(serde_json::from_slice(answer)?)
    }

    pub(crate) async fn post(&mut self, path: &str, token: &str, body: &Value) -> Result<Value> {
        self.call("POST", path, token, body).await
    }
}

/// The head of an answer, once it is all there.
fn head(received: &[u8]) -> Result<Option<Head>> {
    let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(received.get(..end).unwrap_or_default())?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status = status.ok_or("an answer without a status")?.parse()?;
    let mut length = None;
    for line in lines {
        let (name, value) = line.split_once(':').unwrap_or_default();
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.trim().parse()?);
        }
    }
    let length = match length {
        Some(length) => length,
        None if status == 204 => 0,
        None => return Err("an answer without a length".into()),
    };
    Ok(Some(Head {
        status,
        body: end + 4,
        length,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_when_they_are_whole() {
        let answer = b"HTTP/1.1 200 OK\r\nx: y\r\ncontent-LENGTH: 2\r\n\r\n{}";
        for cut in 0..answer.len() - 2 {
            assert_eq!(head(&answer[..cut]).unwrap(), None);
        }
        let whole = Head {
            status: 200,
            body: answer.len() - 2,
            length: 2,
        };
        assert_eq!(head(answer).unwrap(), Some(whole));
        let none = head(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().unwrap();
        assert_eq!((none.status, none.length), (204, 0));
        assert!(head(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}
