//! The OpenAPI document. That it and the router agree is tested beside the router.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use crate::support::Relay;

pub(crate) async fn document(relay: &Relay) -> Value {
    let answer = relay
        .call(Method::GET, "/api/openapi.json", None, None)
        .await;
    assert_eq!(answer.headers["content-type"], "application/json");
    answer.ok()
}

/// Every operation as `GET /path`, with its description.
pub(crate) fn operations(document: &Value) -> Vec<(String, Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().expect("a path item");
        item.iter().map(move |(method, operation)| {
            let name = format!("{} {path}", method.to_uppercase());
            (name, operation.clone())
        })
    });
    operations.collect()
}

/// The calls that need no token.
pub(crate) const PUBLIC: [&str; 10] = [
    "GET /api/openapi.json",
    "GET /healthz",
    "GET /readyz",
    "POST /api/auth/challenge",
    "POST /api/auth/token",
    "POST /api/links",
    "POST /api/links/end",
    "POST /api/links/receive",
    "POST /api/links/send",
    "POST /api/users",
];

#[tokio::test]
async fn the_document_says_who_may_call_and_how_calls_are_refused() {
    let relay = Relay::start().await;
    let document = document(&relay).await;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(
        document["components"]["securitySchemes"]["bearer"]["scheme"],
        "bearer"
    );
    let operations = operations(&document);
    let ids: BTreeSet<_> = operations
        .iter()
        .map(|(_, operation)| operation["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), operations.len(), "operation ids differ");
    for (name, operation) in &operations {
        let is_public = PUBLIC.contains(&name.as_str());
        assert_eq!(
            operation.get("security") == Some(&serde_json::json!([{}])),
            is_public,
            "{name}"
        );
        assert!(operation["summary"].is_string(), "{name}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(is_public || responses.contains_key("401"), "{name}");
        for (status, response) in responses {
            let content = response["content"].as_object();
            if status.starts_with('2') {
                let kind = if name == "GET /api/blobs/{id}" {
                    "application/octet-stream"
                } else {
                    "application/json"
                };
                let is_so = content.is_none_or(|content| content.contains_key(kind));
                assert!(is_so, "{name} {status}");
            } else {
                let problem = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(problem, "#/components/schemas/Problem", "{name} {status}");
            }
        }
        let body = &operation["requestBody"]["content"];
        let is_bytes =
            name == "PATCH /api/blobs/{id}" && body["application/offset+octet-stream"].is_object();
        assert!(
            is_bytes || body.is_null() || body["application/json"].is_object(),
            "{name}"
        );
    }
}

#[tokio::test]
async fn every_reference_and_path_parameter_is_described() {
    let relay = Relay::start().await;
    let document = document(&relay).await;
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    for reference in &references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["UserId"]["format"], "uuid");
    assert_eq!(schemas["DeviceId"]["maximum"], 0x7fff_ffff);
    for (name, operation) in operations(&document) {
        let named: BTreeSet<_> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
            .collect();
        let in_path: BTreeSet<_> = name
            .split('{')
            .skip(1)
            .map(|rest| rest.split('}').next().unwrap().to_owned())
            .collect();
        assert_eq!(named, in_path, "{name}");
    }
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                references.insert(reference.clone());
            }
            members
                .values()
                .for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}
