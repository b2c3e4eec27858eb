//! Every target over its corpus, and over every input that failed once.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failing test panics"
)]

use std::path::{Path, PathBuf};

use sealpost_fuzz::{ATTACKS, DECODERS, RELAY, Target, seeds, targets};

/// The inputs below a folder, in order.
fn inputs(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Runs targets over everything that is kept for them, and over what `vary` makes of it.
fn replay(groups: &[&[Target]], vary: impl Fn(&[u8]) -> Vec<Vec<u8>>) {
    for (name, run) in groups.iter().copied().flatten().copied() {
        let corpus = inputs(&seeds::folder().join("corpus").join(name));
        assert!(!corpus.is_empty(), "{name} has no corpus");
        let regressions = inputs(&seeds::folder().join("regressions").join(name));
        for file in corpus.into_iter().chain(regressions) {
            // Shown when the test fails.
            println!("{}", file.display());
            let input = std::fs::read(file).unwrap();
            run(&input);
            for variation in vary(&input) {
                println!("{}", hex::encode(&variation));
                run(&variation);
            }
        }
        run(&[]);
    }
}

/// Places in an input: all of a short one, some of a long one.
fn places(length: usize) -> impl Iterator<Item = usize> {
    (0..length).step_by(1 + length / 100)
}

/// The input cut short, with a byte changed, with a length in a longer form, and with the length 2^30 - 1 that nothing follows, in
/// every place.
fn damaged(input: &[u8]) -> Vec<Vec<u8>> {
    let cut = places(input.len()).map(|at| input[..at].to_vec());
    let changed = places(input.len()).map(|at| {
        let mut bytes = input.to_vec();
        bytes[at] ^= 1 << (at % 8);
        bytes
    });
    let announced =
        places(input.len()).map(|at| [&input[..at], &[0xbf, 0xff, 0xff, 0xff]].concat());
    let longer = places(input.len()).map(|at| {
        let mut bytes = input.to_vec();
        bytes.insert(at, 0x40);
        bytes
    });
    cut.chain(changed).chain(longer).chain(announced).collect()
}

// ENC-3, ENC-5
#[test]
fn t20_decoders_take_one_encoding_of_each_value_and_allocate_no_more_than_came() {
    replay(DECODERS, damaged);
}

#[test]
fn t20_attacks_on_sessions_and_signed_structures_change_nothing() {
    replay(ATTACKS, |_| Vec::new());
}

#[test]
fn t20_the_relay_survives_any_call_and_frame() {
    replay(RELAY, |_| Vec::new());
}

#[test]
fn the_seeds_are_as_they_are_made() {
    for (path, bytes) in seeds::files() {
        let kept = std::fs::read(seeds::folder().join("corpus").join(&path)).ok();
        assert!(
            kept == Some(bytes),
            "{}: cargo run -p sealpost-fuzz --example seeds",
            path.display()
        );
    }
}

#[test]
fn every_folder_is_of_a_target() {
    for folder in ["corpus", "regressions"] {
        for target in inputs(&seeds::folder().join(folder)) {
            let name = target.file_name().unwrap();
            assert!(
                targets().any(|(known, _)| known == name),
                "{folder}: no target {}",
                name.display()
            );
        }
    }
}
