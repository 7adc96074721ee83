//! Openings at a steady rate, whether or not the service keeps up: what waits is counted from when
//! it should have been sent.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::process::Service;
use crate::publisher::{Made, Publisher};
use crate::wire::{Ask, Wire};

/// Connections that are kept; a service takes 128 of one source.
const CONNECTIONS: usize = 64;
/// What a longer run may use more at its end than in its first quarter, in KiB: what the allocator
/// keeps and the database's own cache move by less.
const FLAT: u64 = 4 * 1024;

/// How much, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    pub certificates: u32,
    pub rate: u64,
    pub seconds: u64,
    pub limit_ms: f64,
}

/// Runs the load, prints what came of it, and returns whether it is within its limits.
pub fn run(order: Order) -> bool {
    let publisher = Publisher::new();
    let config = publisher.config("load", "", &publisher.database());
    let service = Service::start("hosho-confirm", &config);
    let questions = publish(&publisher, service.address, order.certificates);
    println!(
        "{} certificates published; {} openings a second for {} s over {CONNECTIONS} connections",
        order.certificates, order.rate, order.seconds
    );
    // Caches fill, and the allocator finds its size.
    measure(&service, &questions, Order { seconds: 5, ..order });
    let (times, errors, memory) = measure(&service, &questions, order);
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e3;
    let (p50, p99, p999, most) = (at(0.5), at(0.99), at(0.999), at(1.0));
    println!("openings  {:>8}   errors {errors}", times.len());
    println!(
        "latency   p50 {p50:.2} ms   p99 {p99:.2} ms   p99.9 {p999:.2} ms   most {most:.2} ms"
    );
    let quarter = memory.len().div_ceil(4);
    let middle = |part: &[u64]| {
        let mut part = part.to_vec();
        part.sort_unstable();
        part[part.len() / 2]
    };
    let (first, last) = (middle(&memory[..quarter]), middle(&memory[memory.len() - quarter..]));
    let flat = last <= first + FLAT;
    println!(
        "memory    first quarter {first} KiB   last quarter {last} KiB   {}",
        if flat { "flat" } else { "grows" }
    );
    let within = p99 < order.limit_ms && errors == 0 && flat;
    println!(
        "limit     p99 < {} ms, no error, flat: {}",
        order.limit_ms,
        if within { "kept" } else { "missed" }
    );
    within && service.stop() == Some(0)
}

/// Publishes certificates and returns the bodies that open them.
fn publish(publisher: &Publisher, address: SocketAddr, count: u32) -> Vec<String> {
    let client = Publisher::client(address);
    let question =
        |made: &Made| json!({ "number": made.number, "auth_key": made.auth_key }).to_string();
    let publish = |index| {
        let made = publisher.make(index);
        publisher.publish(&client, &made.sealed).unwrap();
        question(&made)
    };
    let questions = (0..count).map(publish).collect();
    publisher.publish_snapshot(&client, count);
    questions
}

/// Sends at the order's rate; returns the sorted times, errors, and memory second by second.
fn measure(
    service: &Service,
    questions: &[String],
    order: Order,
) -> (Vec<Duration>, usize, Vec<u64>) {
    let (next, errors) = (AtomicU64::new(0), AtomicUsize::new(0));
    let (total, address) = (order.rate * order.seconds, service.address);
    let begun = Instant::now() + Duration::from_millis(100);
    let sending = || {
        let mut wire = Wire::connect(address).unwrap();
        let mut times = Vec::new();
        loop {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            if nth >= total {
                return times;
            }
            let due = begun + Duration::from_nanos(1_000_000_000 / order.rate * nth);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            // An order without pattern: 7919 is prime.
            let body = &questions[(nth as usize * 7919) % questions.len()];
            if !opens(&mut wire, body) {
                errors.fetch_add(1, Ordering::Relaxed);
                wire = Wire::connect(address).unwrap();
            }
            times.push(due.elapsed());
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(sending)).collect();
        let mut memory = Vec::new();
        for second in 1..=order.seconds {
            let due = begun + Duration::from_secs(second);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            memory.push(service.resident());
        }
        let mut times: Vec<Duration> =
            threads.into_iter().flat_map(|it| it.join().unwrap()).collect();
        times.sort_unstable();
        (times, errors.load(Ordering::Relaxed), memory)
    })
}

fn opens(wire: &mut Wire, body: &str) -> bool {
    let headers = [("content-type", "application/json")];
    let path = "/api/v1/open";
    let ask = Ask { method: "POST", path, headers: &headers, body: body.as_bytes() };
    wire.ask(&ask).is_ok_and(|answer| answer.status == 200)
}
