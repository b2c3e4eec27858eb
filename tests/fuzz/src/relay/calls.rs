//! The relay's calls, with bodies, paths and queries of any kind.

use arbitrary::Unstructured;
use axum::http::uri::PathAndQuery;

use super::world::{Answer, World, with_world};
use crate::edits;

/// A body of any bytes. The first byte says which call.
pub(super) fn body(data: &[u8]) {
    let Some((which, body)) = data.split_first() else {
        return;
    };
    with_world(|world| make(world, *which, None, body.to_vec()));
}

/// The body of a call that the relay takes, with edits.
pub(super) fn changed_body(data: &[u8]) {
    let Some((which, data)) = data.split_first() else {
        return;
    };
    with_world(|world| {
        let number = usize::from(*which) % world.calls.len();
        let original = world.calls[number].body.to_string();
        let other = world.calls[(number + 1) % world.calls.len()]
            .body
            .to_string();
        let edits = edits::read(&mut Unstructured::new(data));
        let body = edits::apply(original.as_bytes(), &edits, &[], other.as_bytes());
        make(world, *which, None, body);
    });
}

/// The header that names a blob: what is taken is an id, and its text is the one that it has.
pub(super) fn upload_metadata(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(id) = relay_server::domain::blob::id_of_metadata(text) {
        assert_eq!(id.to_string().len(), 22);
        assert_eq!(id.to_string().parse(), Ok(id));
    }
}

/// The path and query of a call, with edits; the body as it is.
pub(super) fn path(data: &[u8]) {
    let Some((which, data)) = data.split_first() else {
        return;
    };
    with_world(|world| {
        let number = usize::from(*which) % world.calls.len();
        let call = &world.calls[number];
        let edits = edits::read(&mut Unstructured::new(data));
        let path = edits::apply(call.path.as_bytes(), &edits, &[], data);
        // What is no path at all is the HTTP library's to refuse.
        let is_path =
            PathAndQuery::try_from(path.as_slice()).is_ok() && path.first() == Some(&b'/');
        if let (true, Ok(path)) = (is_path, std::str::from_utf8(&path)) {
            make(
                world,
                *which,
                Some(path),
                call.body.to_string().into_bytes(),
            );
        }
    });
}

/// Makes a call. Whatever it holds, the relay does not fail, refuses in the agreed form, and what it refuses writes nothing.
fn make(world: &World, which: u8, path: Option<&str>, body: Vec<u8>) {
    let call = &world.calls[usize::from(which) % world.calls.len()];
    let path = path.unwrap_or(&call.path);
    let before = world.database_version();
    let answer = world.call(&call.method, path, body);
    let written = world.database_version() != before;
    if answer.status.is_success() {
        return;
    }
    assert!(
        is_refusal(&answer),
        "{path}: {} {}",
        answer.status,
        answer.body
    );
    // A challenge is used up by whatever answers it.
    assert!(
        !written || path.starts_with("/api/auth/token"),
        "{path}: {}",
        answer.body
    );
}

fn is_refusal(answer: &Answer) -> bool {
    answer.status.is_client_error()
        && answer.content_type == "application/problem+json"
        && answer.body["code"].is_string()
        && answer.body["status"] == answer.status.as_u16()
}

#[cfg(test)]
mod tests {
    use super::super::world::Call;
    use super::*;

    /// The decoders of what a topic is made of stand behind these.
    #[test]
    fn the_bodies_of_topics_are_among_the_calls() {
        with_world(|world| {
            for end in ["/topics", "/commits", "/posts", "/links", "/join-info"] {
                let has_end = |call: &Call| call.path.ends_with(end) && call.method == "POST";
                assert!(world.calls.iter().any(has_end), "{end}");
            }
        });
    }

    /// Of the others, the login proof is used up, and the calls on devices come with a list that is not the next one: nobody is
    /// to be logged out.
    #[test]
    fn all_calls_but_three_are_taken_as_they_are() {
        with_world(|world| {
            let taken = |call: &&Call| {
                let body = call.body.to_string().into_bytes();
                let status = world.call(&call.method, &call.path, body).status;
                status.is_success()
            };
            let taken = world.calls.iter().filter(taken).count();
            assert_eq!(taken, world.calls.len() - 3);
        });
    }
}
