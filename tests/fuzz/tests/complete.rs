//! Every decoder has a target: a new one without fails here.
#![expect(clippy::unwrap_used, reason = "a failing test panics")]

use std::path::{Path, PathBuf};

use sealpost_fuzz::{seeds, target};

/// Decoders that are reached through another one's target.
const WITHIN: [(&str, &str); 22] = [
    ("AddIntent", "ForumOutboxRecord"),
    ("Body", "body"),
    ("BuiltCommit", "ForumOutboxRecord"),
    ("CommitJob", "ForumOutboxRecord"),
    ("Content", "content"),
    ("CreateJob", "ForumOutboxRecord"),
    ("SuccessionJob", "ForumOutboxRecord"),
    ("DeletionRecord", "EffectsRecord"),
    ("EditRecord", "EffectsRecord"),
    ("EncodedContent", "content"),
    ("EncodedResend", "body"),
    ("FailureRecord", "TopicRecord"),
    ("KeyPackageRecord", "KeyPackagesRecord"),
    ("LinksJob", "ForumOutboxRecord"),
    ("PinRecord", "EffectsRecord"),
    ("PolicyChange", "ForumOutboxRecord"),
    ("PostJob", "ForumOutboxRecord"),
    ("ReactionRecord", "EffectsRecord"),
    ("RemoveIntent", "ForumOutboxRecord"),
    ("RoleChange", "ForumOutboxRecord"),
    ("Version1", "DeviceCertificate"),
    ("WelcomeRecord", "ForumOutboxRecord"),
];

/// Parts of every encoding.
const PARTS: [&str; 5] = ["u8", "Flag", "String", "Vec", "Zeroizing"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The sources of the core, one after the other.
fn core() -> String {
    let mut files = Vec::new();
    for folder in ["../../crypto-wasm/src", "../../crypto-wasm/primitives/src"] {
        sources(&seeds::folder().join(folder), &mut files);
    }
    files
        .into_iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect()
}

/// The identifier at the start of a text.
fn identifier(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    &text[..end]
}

/// The names that follow each occurrence of `before`.
fn names<'a>(source: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    source
        .match_indices(before)
        .map(move |(at, _)| identifier(&source[at + before.len()..]))
}

/// The structures that `body!` and `record!` define: the first name that stands before a brace.
fn defined<'a>(source: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    source.match_indices(before).map(|(at, _)| {
        let definition = &source[at..at + source[at..].find(" {\n").unwrap()];
        definition.rsplit(char::is_whitespace).next().unwrap()
    })
}

fn has_target(name: &str) -> bool {
    let within = WITHIN.iter().find(|(decoder, _)| *decoder == name);
    target(within.map_or(name, |(_, within)| within)).is_some()
}

#[test]
fn every_structure_with_a_decoder_has_a_target() {
    let source = core();
    let structures: Vec<&str> = names(&source, "\nimpl Wire for ")
        .chain(names(&source, "\nimpl Decode for "))
        .chain(defined(&source, "\nbody!("))
        .chain(defined(&source, "\nrecord!("))
        .filter(|name| !PARTS.contains(name))
        .collect();
    assert!(structures.len() > 30, "{structures:?}");
    for name in structures {
        assert!(has_target(name), "{name} has no fuzz target");
    }
}

/// Whether what each function of this form is implemented for has a target. Returns how many such functions there are.
fn owners_have_targets(function: &str) -> usize {
    let source = core();
    let mut found = 0;
    for (at, _) in source.match_indices(function) {
        let block = source[..at].rfind("\nimpl ").unwrap();
        let name = identifier(&source[block + "\nimpl ".len()..]);
        assert!(has_target(name), "{name} has no fuzz target");
        found += 1;
    }
    found
}

#[test]
fn every_import_has_a_target() {
    let imports = owners_have_targets("pub fn import(bytes: &[u8])");
    assert!(imports >= 3, "{imports} imports");
}

/// But for ids and signatures, which are any bytes of their length: their functions are constant.
#[test]
fn every_function_that_takes_bytes_has_a_target() {
    let found = owners_have_targets("pub fn from_bytes(");
    assert!(found >= 4, "{found} functions");
}
