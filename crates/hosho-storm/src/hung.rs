//! A node that is cut off in the middle of a transaction holds what the other one needs. It must not
//! do so for long.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::disaster::Node;
use crate::flow::until;
use crate::proxy::Line;
use crate::publisher::Publisher;
use crate::stage::{Databases, confirm_config, count};
use crate::wire::post_json;

/// How many are served by the node that is cut off.
const VISITORS: usize = 16;
/// For how long the other node may be held up: the server's patience, and what it takes to notice.
const MOST: Duration = Duration::from_secs(20);
const HANGING: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE state = 'idle in transaction' AND datname = current_database()";

pub fn run() {
    let (publisher, database) = (Publisher::new(), Databases::of_server().confirm);
    let mut nodes = ["one", "two"].map(|name| {
        Node::start("hosho-confirm", &database, |listen, url| {
            let trust = publisher.trust();
            confirm_config(publisher.path(), &trust, name, (listen, ""), url)
        })
    });
    let made = publisher.make(1);
    publisher.publish(&Publisher::client(nodes[0].address), &made.sealed).unwrap();
    let question = json!({ "number": made.number, "auth_key": made.auth_key });
    let over = AtomicBool::new(false);
    let [one, two] = nodes.each_ref().map(|node| node.address);
    let held = std::thread::scope(|scope| {
        for _ in 0..VISITORS {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let _answer = post_json(one, "/api/v1/open", &question);
                }
            });
        }
        let held = hang(&nodes[0], &database).then(|| wait(two, &question));
        over.store(true, Ordering::Relaxed);
        nodes[0].heal();
        held
    });
    let held = held.expect("no transaction was ever in the middle");
    assert!(held < MOST, "the other node was held up for {held:?}");
    until("the node that was cut off", || opens(one, &question));
    println!(
        "hung: a node that was cut off in the middle of a transaction held the other up for {held:.1?}"
    );
}

/// Cuts a node off while one of its transactions has more to do; fails if there never is one.
fn hang(node: &Node, database: &str) -> bool {
    (0..40).any(|_| {
        node.set(Line::Open);
        std::thread::sleep(Duration::from_millis(500));
        node.set(Line::Silent);
        std::thread::sleep(Duration::from_millis(200));
        count(database, HANGING) > 0
    })
}

/// Returns how long it takes until a node opens a certificate, or more than it may take.
fn wait(node: SocketAddr, question: &Value) -> Duration {
    let begun = Instant::now();
    while opens(node, question).is_none() && begun.elapsed() < MOST {
        std::thread::sleep(Duration::from_millis(100));
    }
    begun.elapsed()
}

fn opens(node: SocketAddr, question: &Value) -> Option<()> {
    let answer = post_json(node, "/api/v1/open", question).ok()?;
    (answer.status == 200).then_some(())
}
