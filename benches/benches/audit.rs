//! Judging a folder of certificates, without an expected number; certificates a second.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hosho_benches::{Calls, World};

fn audit(criterion: &mut Criterion) {
    let world = World::new();
    let trust = world.trust();
    let status = world.status(&trust);
    let calls = Calls::new(&world, &trust, &status);
    let count = world.issued.len();
    let mut group = criterion.benchmark_group("audit");
    group.throughput(Throughput::Elements(count.try_into().unwrap_or(0)));
    group.bench_function(format!("{count} certificates"), |bencher| {
        bencher.iter(|| world.issued.iter().filter(|i| calls.audit(black_box(i))).count());
    });
    group.finish();
}

criterion_group!(benches, audit);
criterion_main!(benches);
