//! Reading a signed certificate strictly; bytes a second.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hosho_benches::{Calls, World};

fn decode(criterion: &mut Criterion) {
    let world = World::new();
    let trust = world.trust();
    let status = world.status(&trust);
    let calls = Calls::new(&world, &trust, &status);
    let mut group = criterion.benchmark_group("decode");
    for (name, issued) in world.extremes() {
        group.throughput(Throughput::Bytes(issued.signed_len()));
        group.bench_function(format!("{name} ({} bytes)", issued.signed.len()), |bencher| {
            bencher.iter(|| calls.decode(black_box(issued)));
        });
    }
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
