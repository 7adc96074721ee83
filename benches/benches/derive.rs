//! Deriving an auth key from the master key; keys a second.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hosho_benches::{Calls, World};

fn derive(criterion: &mut Criterion) {
    let world = World::new();
    let trust = world.trust();
    let status = world.status(&trust);
    let calls = Calls::new(&world, &trust, &status);
    let mut group = criterion.benchmark_group("derive");
    for (name, issued) in world.extremes() {
        group.throughput(Throughput::Elements(1));
        group.bench_function(
            format!("{name} ({} bytes)", issued.number.as_str().len()),
            |bencher| {
                bencher.iter(|| calls.derive(black_box(issued)));
            },
        );
    }
    group.finish();
}

criterion_group!(benches, derive);
criterion_main!(benches);
