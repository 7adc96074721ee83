//! Encoding, signing and verifying what was signed; certificates a second.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hosho_benches::{Calls, World};

fn issue(criterion: &mut Criterion) {
    let world = World::new();
    let trust = world.trust();
    let status = world.status(&trust);
    let calls = Calls::new(&world, &trust, &status);
    let mut group = criterion.benchmark_group("issue");
    for (name, issued) in world.extremes() {
        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("{name} ({} bytes)", issued.signed.len()), |bencher| {
            bencher.iter(|| calls.issue(black_box(issued)));
        });
    }
    group.finish();
}

criterion_group!(benches, issue);
criterion_main!(benches);
