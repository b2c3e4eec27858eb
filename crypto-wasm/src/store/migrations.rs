//! The database's schema: which object stores exist since which version.
//!
//! The schema says nothing of the records' contents: those are sealed, so no upgrade could read them. A record's
//! format has its own version byte and is converted when the record is next written.

/// The schema that this code writes and understands. A database with a higher one is refused.
pub const SCHEMA_VERSION: u32 = 3;

/// The object store of the revision counter.
pub(crate) const REVISION_STORE: &str = "revision";
/// The object store of the vault's slots.
pub(crate) const VAULT_STORE: &str = "vault";

/// For each version, the object stores that came with it. Never edited once released: a new collection is a new line.
const CREATED: [&[&str]; SCHEMA_VERSION as usize] = [
    &[
        REVISION_STORE,
        VAULT_STORE,
        "meta",
        "users",
        "sessions",
        "conversations",
        "messages",
        "message-ids",
        "outbox",
    ],
    &[
        "forum-topics",
        "forum-groups",
        "forum-keys",
        "forum-members",
        "forum-posts",
        "forum-post-ids",
        "forum-effects",
        "forum-outbox",
    ],
    &["forum-epochs"],
];

/// The object stores to create in a database that is at version `from`; 0 is one that is not there yet.
pub(crate) fn stores_created_since(from: u32) -> impl Iterator<Item = &'static str> {
    let from = usize::try_from(from).unwrap_or(usize::MAX);
    CREATED
        .iter()
        .skip(from)
        .flat_map(|stores| stores.iter().copied())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::store::Collection;

    #[test]
    fn a_new_database_has_every_object_store_once() {
        let created: Vec<&str> = stores_created_since(0).collect();
        let mut expected: BTreeSet<&str> = Collection::ALL
            .iter()
            .map(|collection| collection.name())
            .collect();
        expected.extend([REVISION_STORE, VAULT_STORE]);
        assert_eq!(created.len(), expected.len());
        assert_eq!(created.into_iter().collect::<BTreeSet<_>>(), expected);
    }

    /// What the first release made is there still, and what came later is added.
    #[test]
    fn an_older_database_gets_what_came_since() {
        let first = &stores_created_since(0).collect::<Vec<_>>()[..9];
        let [.., last] = first else { panic!() };
        assert_eq!(*last, "outbox");
        let added: Vec<&str> = stores_created_since(1).collect();
        assert_eq!(added.len(), 9);
        assert_eq!(
            stores_created_since(2).collect::<Vec<_>>(),
            ["forum-epochs"]
        );
        assert!(added.iter().all(|name| name.starts_with("forum-")));
        assert!(added.iter().all(|name| !first.contains(name)));
    }

    #[test]
    fn a_current_database_needs_nothing() {
        assert_eq!(stores_created_since(SCHEMA_VERSION).count(), 0);
        assert_eq!(stores_created_since(u32::MAX).count(), 0);
    }
}
