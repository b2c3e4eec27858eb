//! T24: no call and no hub method without a row in the tables of who may do what. The rows of REST calls are in `authorization` and
//! `forums::authorization`, those of hub methods are here.

use std::collections::BTreeSet;

use relay_server::hub::HubMethod;
use reqwest::Method;
use serde_json::{Value, json};

use crate::openapi::{PUBLIC, document, operations};
use crate::support::hub::{HubClient, refused};
use crate::support::program::Program;
use crate::support::{Person, Relay, random, text};
use crate::{authorization, forums};

/// Whether a path fits a path with parameters.
fn fits(path: &str, template: &str) -> bool {
    let path = path.split('?').next().unwrap();
    let (path, template) = (path.split('/'), template.split('/'));
    path.clone().count() == template.clone().count()
        && path
            .zip(template)
            .all(|(part, pattern)| pattern.starts_with('{') || part == pattern)
}

/// The operation that a call is of: of several that fit, the one with the fewest parameters, as the router has it.
fn operation_of<'a>(names: &'a BTreeSet<String>, method: &Method, path: &str) -> &'a str {
    let found = names.iter().filter(|name| {
        let (verb, template) = name.split_once(' ').unwrap();
        verb == method.as_str() && fits(path, template)
    });
    let name = found.min_by_key(|name| name.matches('{').count());
    name.unwrap_or_else(|| panic!("{method} {path} is no call of the relay"))
}

#[tokio::test]
async fn t24_every_rest_call_has_a_row() {
    let pairs = authorization::World::new().await;
    let topics = forums::authorization::World::new().await;
    let names: BTreeSet<String> = operations(&document(&topics.relay).await)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let mut rows: BTreeSet<&str> = PUBLIC.into_iter().collect();
    for call in pairs.calls() {
        rows.insert(operation_of(&names, &call.method, &call.path));
    }
    for call in &topics.calls {
        rows.insert(operation_of(&names, &call.method, &call.path));
    }
    assert_eq!(rows, names.iter().map(String::as_str).collect());
}

/// What needs no token looks at none.
#[tokio::test]
async fn t24_public_calls_never_ask_for_a_token() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let unknown = text(random::<32>());
    for name in PUBLIC {
        let (method, path) = name.split_once(' ').unwrap();
        let body = (method == "POST").then(|| json!({}));
        let mut statuses = BTreeSet::new();
        for token in [None, Some(unknown.as_str()), Some(alice.token())] {
            let answer = relay
                .call(method.parse().unwrap(), path, token, body.as_ref())
                .await;
            statuses.insert(answer.status);
        }
        let expected = if method == "POST" { 400 } else { 200 };
        assert_eq!(statuses, BTreeSet::from([expected]), "{name}");
    }
}

/// A hub method's outcome for an owner, a member, somebody who was removed, a stranger and an administrator.
struct Row {
    method: HubMethod,
    arguments: Value,
    refusals: [Option<&'static str>; 5],
}

/// One row for each method: a method without one does not compile.
fn row(method: HubMethod, topic: &str) -> Row {
    let hidden = Some("not-found");
    let (arguments, refusals) = match method {
        // Each device's own mailbox: nothing names another.
        HubMethod::Resume | HubMethod::Acknowledge => (json!([0]), [None; 5]),
        HubMethod::SubscribeTopic => (json!([topic]), [None, None, hidden, hidden, hidden]),
        // Ends what the connection itself began, and tells nothing of the topic.
        HubMethod::UnsubscribeTopic => (json!([topic]), [None; 5]),
        // A conversation that there is not, or that the caller is not in; `typing` tells of those who are.
        HubMethod::SendTyping => (json!([topic, []]), [hidden; 5]),
    };
    Row {
        method,
        arguments,
        refusals,
    }
}

#[tokio::test]
async fn t24_hub_methods_by_every_caller() {
    let world = forums::authorization::World::new().await;
    let administrator = Person::register(&world.relay, "administrator").await;
    assert!(Program::grant(&world.relay.database(), "administrator"));
    let topic = world.calls[8].path.rsplit('/').next().unwrap().to_owned();
    let callers = [
        &world.owner,
        &world.member,
        &world.removed,
        &world.stranger,
        &administrator,
    ];
    for (index, caller) in callers.into_iter().enumerate() {
        let mut hub = HubClient::connect(&world.relay, caller.token()).await;
        for method in HubMethod::ALL {
            let row = row(method, &topic);
            let outcome = hub.invoke(row.method.name(), row.arguments).await;
            match row.refusals[index] {
                None => assert!(outcome.is_ok(), "{}: {method:?} {outcome:?}", caller.name),
                Some(code) => {
                    let error = outcome.unwrap_err();
                    let code = format!("HubException: {code}: ");
                    assert!(error.contains(&code), "{}: {method:?} {error}", caller.name);
                }
            }
        }
    }
}

#[tokio::test]
async fn t24_the_hub_lets_nobody_in_without_a_good_token() {
    let relay = Relay::start().await;
    let mut alice = Person::register(&relay, "alice").await;
    alice.link(&relay).await;
    let revoked = alice.revoke(&relay, 1).await;
    let unknown = text(random::<32>());
    let truncated = &alice.token()[..42];
    for token in ["", "x", &unknown, truncated, &revoked.token] {
        assert_eq!(refused(&relay, token).await, 401, "{token}");
    }
    relay.advance(3_600_001);
    assert_eq!(refused(&relay, alice.token()).await, 401);
}
