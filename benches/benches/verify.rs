//! From the bytes of a signed certificate to the verdict; certificates a second.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hosho_benches::{Calls, World};

fn verify(criterion: &mut Criterion) {
    let world = World::new();
    let trust = world.trust();
    let status = world.status(&trust);
    let calls = Calls::new(&world, &trust, &status);
    let mut group = criterion.benchmark_group("verify");
    for (name, issued) in world.extremes() {
        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("{name} ({} bytes)", issued.signed.len()), |bencher| {
            bencher.iter(|| calls.verify(black_box(issued)));
        });
    }
    group.finish();
}

criterion_group!(benches, verify);
criterion_main!(benches);
