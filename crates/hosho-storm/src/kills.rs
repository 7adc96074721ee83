//! A confirmation service that is killed again and again. What it acknowledged is there
//! afterwards, once; a service that acknowledges too early is caught.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::chance::Chance;
use crate::flow::until;
use crate::process::Service;
use crate::publisher::{Made, Publisher};
use crate::stage::{Databases, count};
use crate::wire::{Answer, post_json};

/// How many certificates are offered in each round.
const BATCH: u32 = 60;

/// What the service acknowledged in a round.
#[derive(Default)]
struct Acknowledged {
    published: Vec<u32>,
    answered: Vec<u32>,
}

/// Kills so many times, and then holds that the same catches a planted fault.
pub fn run(kills: u64, seed: u64) {
    let publisher = Publisher::new();
    let server = Databases::has_server();
    let database = if server { Databases::of_server().confirm } else { publisher.database() };
    let place = if server { "PostgreSQL" } else { "SQLite" };
    println!("kills on {place}: {kills}, seed {seed}");
    let config = publisher.config("kills", "", &database);
    let mut chance = Chance::new(seed);
    let (mut published, mut answered, mut doubtful) = (0, 0, Vec::new());
    for round in 0..kills {
        let first = u32::try_from(round).unwrap() * BATCH;
        let all: Vec<Made> = (first..first + BATCH).map(|index| publisher.make(index)).collect();
        let service = Service::start("hosho-confirm", &config);
        let told = offer(&publisher, service, &all, chance.pause(20, 1_500));
        let service = Service::start("hosho-confirm", &config);
        let lost = lost(&service, first, &all, &told);
        assert_eq!(lost, [""; 0], "round {round}, seed {seed}");
        published += told.published.len();
        answered += told.answered.len();
        doubtful.extend(all.into_iter().zip(0..).filter(|(_, at)| !told.published.contains(at)));
    }
    assert!(published > 0 && answered > 0, "nothing was ever acknowledged");
    // Whoever had no answer sends it again: then everything is there, once.
    let service = Service::start("hosho-confirm", &config);
    let client = Publisher::client(service.address);
    for (made, _) in &doubtful {
        publisher.publish(&client, &made.sealed).unwrap();
        assert!(opens(service.address, made), "{}", made.number);
    }
    assert_eq!(service.stop(), Some(0));
    let expected = i64::try_from(kills).unwrap() * i64::from(BATCH);
    for query in [
        "SELECT count(*) FROM sealed",
        "SELECT count(*) FROM locators",
        "SELECT count(DISTINCT bytes) FROM sealed",
    ] {
        assert_eq!(count(&database, query), expected, "{query}");
    }
    let answers = count(&database, "SELECT count(*) FROM events WHERE event = 'answered'");
    let once = "SELECT count(DISTINCT locator) FROM events WHERE event = 'answered'";
    assert_eq!(answers, count(&database, once));
    assert!(answers >= i64::try_from(answered).unwrap());
    println!(
        "kills on {place}: {kills} kills, {published} publications and {answered} answers acknowledged, {} sent \
         again: lost 0, twice 0",
        doubtful.len()
    );
    control();
}

/// Offers certificates until the service is killed.
fn offer(publisher: &Publisher, service: Service, all: &[Made], after: Duration) -> Acknowledged {
    let address = service.address;
    std::thread::scope(|scope| {
        let offering = scope.spawn(move || {
            let client = Publisher::client(address);
            let mut told = Acknowledged::default();
            for (made, at) in all.iter().zip(0..) {
                if publisher.publish(&client, &made.sealed).is_err() {
                    break;
                }
                told.published.push(at);
                if at % 3 == 0 {
                    if !answer(address, made).is_ok_and(|answer| answer.status == 200) {
                        break;
                    }
                    told.answered.push(at);
                }
            }
            told
        });
        std::thread::sleep(after);
        service.kill();
        offering.join().unwrap()
    })
}

fn answer(address: SocketAddr, made: &Made) -> std::io::Result<Answer> {
    let answer = json!({
        "number": made.number, "auth_key": made.auth_key, "revision": 1,
        "answer": "accepted", "by": made.number,
    });
    post_json(address, "/api/v1/answer", &answer)
}

/// Returns what was acknowledged and is not there.
fn lost(service: &Service, first: u32, all: &[Made], told: &Acknowledged) -> Vec<String> {
    let mut lost = Vec::new();
    for at in &told.published {
        let made = &all[*at as usize];
        if !opens(service.address, made) {
            lost.push(format!("certificate {}", first + at));
        }
    }
    for at in &told.answered {
        let made = &all[*at as usize];
        let question = json!({ "number": made.number, "auth_key": made.auth_key });
        let opened = post_json(service.address, "/api/v1/open", &question).unwrap().json();
        if opened["answers"][0]["by"] != made.number.as_str() {
            lost.push(format!("answer {}", first + at));
        }
    }
    lost
}

fn opens(address: SocketAddr, made: &Made) -> bool {
    let question = json!({ "number": made.number, "auth_key": made.auth_key });
    // Misses make the next one wait.
    let found = until("an answer", || {
        let answer = post_json(address, "/api/v1/revisions", &question).unwrap();
        (answer.status != 429).then_some(answer)
    });
    let signed = hosho_publish::Base64(made.signed.clone());
    let revisions = &found.json()["revisions"];
    revisions.as_array().is_some_and(|all| all.len() == 1)
        && revisions[0]["signed"] == serde_json::to_value(signed).unwrap()
}

/// A service that acknowledges before it commits loses something by the same kills.
fn control() {
    let publisher = Publisher::new();
    let database = publisher.database();
    let careless = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg("careless").arg(publisher.trust()).arg(&database);
        Service::of(command)
    };
    let all: Vec<Made> = (0..BATCH).map(|index| publisher.make(index)).collect();
    let service = careless();
    let client = Publisher::client(service.address);
    let mut told = Acknowledged::default();
    for (made, at) in all.iter().zip(0..).take(8) {
        publisher.publish(&client, &made.sealed).unwrap();
        told.published.push(at);
    }
    service.kill();
    let lost = lost(&careless(), 0, &all, &told);
    assert!(!lost.is_empty(), "a service that acknowledges too early was not caught");
    println!("kills: a service that acknowledges before it commits is caught: {} lost", lost.len());
}
