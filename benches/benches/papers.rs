//! Making a notice and a customer's copy, from verified certificate to PDF; limit 150 ms each.
#![expect(clippy::expect_used, reason = "a benchmark of samples that are known to be good")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use hosho::{Expectation, Expected, SealedCertificate, SignedCertificate, Verifier};
use hosho_benches::World;
use hosho_cli::lang::Lang;
use hosho_document::{CopyOrder, NoticeOrder, copy, notice};

fn papers(criterion: &mut Criterion) {
    let world = World::new();
    let trust = world.trust();
    let verifier = Verifier::new(&trust);
    let anything = Expectation { number: Expected::Unspecified, obligee: None, auth_key: None };
    let mut group = criterion.benchmark_group("papers");
    group.sample_size(20);
    for (name, issued) in world.extremes() {
        let signed = SignedCertificate::parse(&issued.signed).expect("well formed");
        let certificate = verifier.verify(signed, &anything, world.on, world.now).expect("genuine");
        let sealed = SealedCertificate::parse(&issued.sealed).expect("well formed");
        let (certificate, auth_key, lang) = (&certificate, &issued.auth_key, Lang::Ja);
        let order = NoticeOrder { certificate, sealed: &sealed, auth_key, lang };
        group.bench_function(format!("notice of {name}"), |bencher| {
            bencher.iter(|| notice(black_box(&order)));
        });
        let order = CopyOrder { certificate, previous: None, lang };
        group.bench_function(format!("copy of {name}"), |bencher| {
            bencher.iter(|| copy(black_box(&order)));
        });
    }
    group.finish();
}

criterion_group!(benches, papers);
criterion_main!(benches);
