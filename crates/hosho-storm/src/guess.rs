//! Ten thousand wrong keys against the real program: few are even tried, others are not disturbed,
//! and the right key opens for everybody.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use hosho::{GuaranteeNumber, Serial};
use serde_json::json;

use crate::flow::until;
use crate::process::Service;
use crate::publisher::{Made, Publisher};
use crate::wire::{Answer, Ask, Wire};

const GUESSER: &str = "198.51.100.7";
const OBLIGEE: &str = "203.0.113.9";
/// How many tries the guesser keeps on their way.
const AT_ONCE: usize = 64;

/// Tries so many wrong keys.
pub fn run(tries: u32) {
    let publisher = Publisher::new();
    let config = publisher.config("guess", "behind_proxy = true", &publisher.database());
    let service = Service::start("hosho-confirm", &config);
    let made = publisher.make(1);
    publisher.publish(&Publisher::client(service.address), &made.sealed).unwrap();
    let number = GuaranteeNumber::parse(made.number.clone()).unwrap();
    let (next, tried, put_off) = (AtomicU32::new(0), AtomicU32::new(0), AtomicU32::new(0));
    let (over, address, begun) = (AtomicBool::new(false), service.address, Instant::now());
    let guess = || {
        let mut wire = Wire::connect(address).unwrap();
        loop {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            if nth >= tries {
                return;
            }
            let key = publisher.guarantor.auth_key(&number, Serial::new(2 + nth).unwrap());
            let answer = ask(&mut wire, GUESSER, &made.number, key.expose_text().as_str());
            match answer.status {
                404 => tried.fetch_add(1, Ordering::Relaxed),
                429 => {
                    assert!(answer.header("retry-after").is_some());
                    put_off.fetch_add(1, Ordering::Relaxed)
                }
                other => panic!("{other}: {}", answer.text()),
            };
        }
    };
    let others = std::thread::scope(|scope| {
        let watching = scope.spawn(|| opens_for_others(address, &made, &over));
        let guessing: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(guess)).collect();
        for guesser in guessing {
            guesser.join().unwrap();
        }
        over.store(true, Ordering::Relaxed);
        watching.join().unwrap()
    });
    let took = begun.elapsed();
    let (tried, put_off) = (tried.into_inner(), put_off.into_inner());
    assert_eq!(tried + put_off, tries);
    // Ten are free; then one in a quarter of a second and less, in eight places.
    let most = 10 + AT_ONCE as u32 + 8 + 4 * 8 * (took.as_secs() as u32 + 1);
    assert!(tried <= most, "{tried} of {tries} wrong keys were tried in {took:?}");
    println!(
        "guess: {tries} wrong keys in {took:.1?}: {tried} tried, {put_off} told to come back later"
    );
    let worst = others.iter().max().unwrap();
    assert!(*worst < Duration::from_secs(2), "another source waited {worst:?}");
    println!(
        "guess: meanwhile {} openings from another source, at most {worst:.1?} each",
        others.len()
    );
    let begun = Instant::now();
    let mut wire = Wire::connect(address).unwrap();
    until("the guesser's right key", || {
        let answer = ask(&mut wire, GUESSER, &made.number, &made.auth_key);
        assert!([200, 429].contains(&answer.status), "{}", answer.text());
        (answer.status == 200).then_some(())
    });
    let waited = begun.elapsed();
    assert!(waited < Duration::from_secs(15), "the right key waited {waited:?}");
    println!("guess: the right key from the guesser's own address opens after {waited:.1?}");
}

/// Opens from another source until it is over; returns how long each took.
fn opens_for_others(address: SocketAddr, made: &Made, over: &AtomicBool) -> Vec<Duration> {
    let mut wire = Wire::connect(address).unwrap();
    let mut times = Vec::new();
    while times.is_empty() || !over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let answer = ask(&mut wire, OBLIGEE, &made.number, &made.auth_key);
        assert_eq!(answer.status, 200, "{}", answer.text());
        times.push(begun.elapsed());
        std::thread::sleep(Duration::from_millis(20));
    }
    times
}

fn ask(wire: &mut Wire, source: &str, number: &str, key: &str) -> Answer {
    let body = json!({ "number": number, "auth_key": key }).to_string();
    let headers = [("content-type", "application/json"), ("x-forwarded-for", source)];
    let path = "/api/v1/open";
    wire.ask(&Ask { method: "POST", path, headers: &headers, body: body.as_bytes() }).unwrap()
}
