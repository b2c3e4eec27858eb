//! Members of topics who post and commit, several at once in each.

use std::collections::HashMap;

use crypto_wasm::forum::group::Change;
use serde_json::{Value, json};

use super::dice::Dice;
use super::line::Line;
use crate::support::topics::{Member, body};
use crate::support::{Answer, bytes};

/// What a member was told.
#[derive(Default)]
pub(crate) struct Done {
    /// Posts with their seqs.
    posts: Vec<(Value, Value)>,
    /// Commits by the epoch in which they were made.
    commits: Vec<(u64, Value)>,
    /// Commits for which somebody else was quicker.
    conflicts: usize,
}

/// Posts and commits until it is over.
pub(crate) async fn take_part(mut member: Member, line: Line, mut dice: Dice) -> (Member, Done) {
    let mut done = Done::default();
    while !line.is_over() {
        if dice.one_in(4) {
            commit(&mut member, &line, &mut done).await;
        } else {
            post(&mut member, &line, &mut dice, &mut done).await;
        }
    }
    (member, done)
}

/// Whether the topic has moved on to another epoch.
fn has_moved_on(answer: &Answer) -> bool {
    answer.status == 409 && answer.body["code"] == "epoch-conflict"
}

async fn post(member: &mut Member, line: &Line, dice: &mut Dice, done: &mut Done) {
    let request = member.post_body(&vec![7; 1 + dice.throw(800)]);
    let path = member.path("/posts");
    let answer = line.post(&path, &member.token, &request).await;
    if has_moved_on(&answer) {
        return catch_up(member, line).await;
    }
    let answer = answer.ok();
    if dice.one_in(4) {
        let again = line.post(&path, &member.token, &request).await.ok();
        assert_eq!(again, answer, "another answer than the first time");
    }
    done.posts
        .push((request["post"].clone(), answer["seq"].clone()));
}

/// Compare-and-swap: of those who commit in the same epoch one wins, and knows it even if the relay died before it could say so.
async fn commit(member: &mut Member, line: &Line, done: &mut Done) {
    let request = body(&member.prepare(&Change::default()));
    let path = member.path("/commits");
    let answer = line.post(&path, &member.token, &request).await;
    if has_moved_on(&answer) {
        member.group.clear_pending();
        done.conflicts += 1;
        return catch_up(member, line).await;
    }
    let epoch = member.group.epoch();
    assert_eq!(answer.ok()["epoch"], epoch + 1);
    member.group.apply_pending().expect("applied");
    done.commits.push((epoch, request["commit"].clone()));
}

async fn catch_up(member: &mut Member, line: &Line) {
    let after = member.group.epoch();
    for item in commits(member, line, after).await {
        member
            .group
            .process(&bytes(&item["commit"]))
            .expect("a commit");
    }
}

/// The commits that were made in an epoch and later.
async fn commits(member: &Member, line: &Line, after: u64) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    let mut next = json!(after);
    while !next.is_null() {
        let path = member.path(&format!("/commits?limit=200&after={next}"));
        let page = line.get(&path, &member.token).await.ok();
        all.extend(page["items"].as_array().unwrap().iter().cloned());
        next = page["next"].clone();
    }
    all
}

/// Checks a topic against what its members were told; how many posts and commits it has.
pub(crate) async fn check(members: &[(Member, Done)], line: &Line) -> (usize, usize) {
    let (reader, _) = &members[0];
    let topic = line.get(&reader.path(""), &reader.token).await.ok();
    let log = commits(reader, line, 0).await;
    for (epoch, item) in log.iter().enumerate() {
        assert_eq!(item["epoch"], epoch, "epochs without a gap");
    }
    assert_eq!(topic["epoch"], log.len());
    let mut acknowledged = 0;
    for (epoch, commit) in members.iter().flat_map(|(_, done)| &done.commits) {
        let epoch = usize::try_from(*epoch).unwrap();
        assert_eq!(
            &log[epoch]["commit"], commit,
            "the commit of {epoch} is another"
        );
        acknowledged += 1;
    }
    let joined = members.len() - 1;
    assert_eq!(
        acknowledged + joined,
        log.len(),
        "a commit that nobody knows of"
    );

    let posts = posts(reader, line).await;
    assert_eq!(topic["lastSeq"], posts.len());
    let mut known = HashMap::new();
    for (_, done) in members {
        let seqs: Vec<u64> = done
            .posts
            .iter()
            .map(|(_, seq)| seq.as_u64().unwrap())
            .collect();
        assert!(seqs.is_sorted(), "an author's posts in their order");
        known.extend(
            done.posts
                .iter()
                .map(|(post, seq)| (seq.as_u64().unwrap(), post)),
        );
    }
    assert_eq!(known.len(), posts.len(), "posts that nobody knows of");
    for (index, item) in posts.iter().enumerate() {
        let seq = u64::try_from(index).unwrap() + 1;
        assert_eq!(item["seq"], seq, "seqs without a gap");
        assert_eq!(known.get(&seq), Some(&&item["post"]), "post {seq}");
    }
    (posts.len(), log.len())
}

async fn posts(member: &Member, line: &Line) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let path = member.path(&format!("/posts?limit=200&after={}", all.len()));
        let page = line.get(&path, &member.token).await.ok();
        let items = page["items"].as_array().unwrap();
        if items.is_empty() {
            return all;
        }
        all.extend(items.iter().cloned());
    }
}

/// How often somebody else was quicker.
pub(crate) fn conflicts(members: &[(Member, Done)]) -> usize {
    members.iter().map(|(_, done)| done.conflicts).sum()
}
