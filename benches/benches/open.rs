//! Opening a sealed certificate with its auth key; bytes a second.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hosho_benches::{Calls, World};

fn open(criterion: &mut Criterion) {
    let world = World::new();
    let trust = world.trust();
    let status = world.status(&trust);
    let calls = Calls::new(&world, &trust, &status);
    let mut group = criterion.benchmark_group("open");
    for (name, issued) in world.extremes() {
        group.throughput(Throughput::Bytes(issued.sealed_len()));
        group.bench_function(format!("{name} ({} bytes)", issued.sealed.len()), |bencher| {
            bencher.iter(|| calls.open(black_box(issued)));
        });
    }
    group.finish();
}

criterion_group!(benches, open);
criterion_main!(benches);
