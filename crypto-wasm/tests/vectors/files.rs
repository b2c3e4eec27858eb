//! Bodies of type 8, which are no part of the vectors that `SEALPOST_VECTORS` names.

use std::sync::Arc;

use crypto_wasm::wire::{Attachment, Body, FileKey, Preview};
use serde::Deserialize;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Hex, code};

const VECTORS: &str = include_str!("../../../tests/vectors/files/attachments.json");

#[derive(Deserialize)]
struct Vectors {
    bodies: Vec<Valid>,
    bodies_refused: Vec<Refused>,
}

#[derive(Deserialize)]
struct Valid {
    fields: Fields,
    body: Hex,
}

#[derive(Deserialize)]
struct Fields {
    blob_id: Hex,
    key: Hex,
    digest: Hex,
    size: u64,
    name: String,
    media_type: String,
    preview: Option<Picture>,
}

#[derive(Deserialize)]
struct Picture {
    width: u16,
    height: u16,
    jpeg: Hex,
}

#[derive(Deserialize)]
struct Refused {
    name: String,
    body: Hex,
    code: String,
}

fn vectors() -> Vectors {
    serde_json::from_str(VECTORS).expect("vectors")
}

// CNT-2, ATT-1
#[wasm_bindgen_test(unsupported = test)]
fn bodies() {
    let vectors = vectors().bodies;
    assert!(!vectors.is_empty());
    for Valid { fields, body } in vectors {
        let expected = Body::Attachment(Attachment {
            blob_id: fields.blob_id.array(),
            key: Arc::new(FileKey::copy_from(&fields.key.array())),
            digest: fields.digest.array(),
            size: fields.size,
            name: fields.name,
            media_type: fields.media_type,
            preview: fields.preview.map(|preview| Preview {
                width: preview.width,
                height: preview.height,
                jpeg: preview.jpeg.to_vec(),
            }),
        });
        assert_eq!(expected.content_type(), 8);
        assert_eq!(expected.to_bytes().as_deref(), Ok(&*body));
        assert_eq!(Body::from_bytes(8, &body), Ok(expected));
    }
}

// ATT-1
#[wasm_bindgen_test(unsupported = test)]
fn bodies_refused() {
    let vectors = vectors().bodies_refused;
    assert!(!vectors.is_empty());
    for vector in vectors {
        assert_eq!(
            code(Body::from_bytes(8, &vector.body)),
            vector.code,
            "{}",
            vector.name
        );
    }
}
