//! Replays the corpora of the fuzz targets, without libFuzzer.

use std::fs;
use std::path::PathBuf;

use hosho_benches::{World, seeds};
use hosho_fuzz::TARGETS;

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus")
}

#[test]
fn every_target_holds_on_every_file_of_its_corpus() {
    for (name, target) in TARGETS {
        let folder = fs::read_dir(corpus().join(name)).expect("a corpus");
        let inputs: Vec<_> = folder.map(|entry| entry.expect("an entry").path()).collect();
        assert!(!inputs.is_empty(), "{name} has seeds");
        for input in inputs {
            println!("{}", input.display());
            target(&fs::read(&input).expect("an input"));
        }
    }
}

#[test]
fn every_corpus_has_a_target() {
    let mut folders: Vec<_> = fs::read_dir(corpus())
        .expect("the corpora")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    folders.sort();
    let names: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(folders, names);
}

#[test]
fn seeds_are_those_that_the_samples_give_now() {
    for ((target, name), bytes) in seeds(&World::new()) {
        let path = corpus().join(target).join(name);
        assert_eq!(fs::read(&path).ok(), Some(bytes), "{}", path.display());
    }
}

#[test]
fn seeds_are_accepted() {
    let genuine = seeds(&World::new());
    let seed = |target: &'static str| genuine[&(target, "certificate-00".to_owned())].clone();
    assert!(hosho::SignedCertificate::parse(&seed("decode")).is_ok());
    assert!(hosho::SealedCertificate::parse(&seed("open")).is_ok());
    assert!(hosho::AttestationProof::parse(&seed("proof")).is_ok());
}
