//! The answer to `POST …/negotiate`.

use serde::Serialize;

use super::identity::{self, NoRandomness};

/// A connection that may be opened.
pub(super) struct Negotiated {
    /// What the WebSocket's `id` must be.
    pub(super) token: String,
    /// The connection's name.
    pub(super) connection_id: String,
    /// Whether it may move to another socket.
    pub(super) is_stateful: bool,
    /// The body of the answer.
    pub(super) answer: Answer,
}

/// The body of the answer. WebSockets is the only transport on offer. Stateful reconnect is told to who asked for it alone: the
/// stock client fails to start where it is told unasked.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer {
    negotiate_version: u8,
    connection_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection_token: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    use_stateful_reconnect: bool,
    available_transports: [Transport; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Transport {
    transport: &'static str,
    transfer_formats: [&'static str; 2],
}

/// The body that makes a client's `start` fail.
#[derive(Debug, Serialize)]
pub(super) struct Refusal {
    error: String,
}

/// The version that a client asks for with `negotiateVersion`; the highest version here if it knows more.
pub(super) fn version(parameter: Option<&str>) -> Result<u8, Refusal> {
    let Some(parameter) = parameter else {
        return Ok(0);
    };
    match parameter.parse::<u32>() {
        Ok(0) => Ok(0),
        Ok(_) => Ok(1),
        Err(_) => Err(Refusal {
            error: "The client requested an invalid protocol version.".to_owned(),
        }),
    }
}

/// Makes up a connection. Version 0 has no token: there the id opens the WebSocket, and is as secret; nor has it stateful
/// reconnect.
pub(super) fn negotiate(version: u8, stateful: bool) -> Result<Negotiated, NoRandomness> {
    let is_stateful = stateful && version > 0;
    let token = identity::connection_token()?;
    let (connection_id, connection_token) = if version == 0 {
        (token.clone(), None)
    } else {
        (identity::connection_id()?, Some(token.clone()))
    };
    let answer = Answer {
        negotiate_version: version,
        connection_id: connection_id.clone(),
        connection_token,
        use_stateful_reconnect: is_stateful,
        available_transports: [Transport {
            transport: "WebSockets",
            transfer_formats: ["Text", "Binary"],
        }],
    };
    Ok(Negotiated {
        token,
        connection_id,
        is_stateful,
        answer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_1_has_a_token_apart_from_the_id() {
        let negotiated = negotiate(1, false).unwrap();
        assert_ne!(negotiated.token, negotiated.connection_id);
        assert_eq!(
            serde_json::to_string(&negotiated.answer).unwrap(),
            format!(
                r#"{{"negotiateVersion":1,"connectionId":"{}","connectionToken":"{}","availableTransports":[{{"transport":"WebSockets","transferFormats":["Text","Binary"]}}]}}"#,
                negotiated.connection_id, negotiated.token
            )
        );
    }

    #[test]
    fn version_0_has_an_id_only() {
        let negotiated = negotiate(0, true).unwrap();
        assert_eq!(negotiated.token, negotiated.connection_id);
        let answer = serde_json::to_value(&negotiated.answer).unwrap();
        assert_eq!(answer["negotiateVersion"], 0);
        assert_eq!(answer.get("connectionToken"), None);
        assert_eq!(answer.get("useStatefulReconnect"), None);
        assert!(!negotiated.is_stateful);
    }

    #[test]
    fn stateful_reconnect_is_told_to_who_asks() {
        let negotiated = negotiate(1, true).unwrap();
        let answer = serde_json::to_value(&negotiated.answer).unwrap();
        assert_eq!(answer["useStatefulReconnect"], true);
        assert!(negotiated.is_stateful);
        assert!(!negotiate(1, false).unwrap().is_stateful);
    }

    #[test]
    fn tokens_are_never_repeated_and_safe_in_a_url() {
        let one = negotiate(1, false).unwrap().token;
        assert_ne!(one, negotiate(1, false).unwrap().token);
        assert_eq!(one.len(), 43);
        assert!(
            one.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)),
            "{one}"
        );
    }

    #[test]
    fn the_version_parameter() {
        for (parameter, expected) in [
            (None, Some(0)),
            (Some("0"), Some(0)),
            (Some("1"), Some(1)),
            (Some("7"), Some(1)),
            (Some("x"), None),
        ] {
            assert_eq!(version(parameter).ok(), expected, "{parameter:?}");
        }
    }
}
