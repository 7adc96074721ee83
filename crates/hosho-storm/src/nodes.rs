//! Two portals, two confirmation services, a worker, one PostgreSQL: amendments and answers while
//! nodes are killed and cut off. In the end nothing is lost, nothing there twice, and of many who
//! wanted the same one won.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use hosho::{GuaranteeNumber, Revision};
use hosho_issue::{AuditOrder, Patience, Watch, audit};
use hosho_store::portal::{ApplicationId, Step};
use serde_json::{Value, json};

use crate::chance::Chance;
use crate::disaster::{Disaster, Node};
use crate::flow::{self, Concluded, until};
use crate::process::Helper;
use crate::stage::{Databases, Stage, count, execute, now};
use crate::wire::post_json;

/// How many want to amend the same guarantee at once.
const AMENDERS: usize = 64;
/// How many answer the same revision at once.
const OBLIGEES: usize = 16;
/// How many more rounds there may be until everything was hit in the middle.
const MORE_ROUNDS: u64 = 10;

/// The services, and what was promised so far.
struct Town {
    stage: Stage,
    portals: [Node; 2],
    confirms: [Node; 2],
    chance: Chance,
    guarantees: BTreeMap<GuaranteeNumber<'static>, Promised>,
    hit: Hit,
}

/// What was hit in the middle so far.
#[derive(Clone, Copy, Debug, Default)]
struct Hit {
    /// Requests to amend that got no answer.
    amending: usize,
    /// Requests to answer that got no answer.
    answering: usize,
    /// Workers that were killed before what they worked on was published.
    publishing: usize,
}

impl Hit {
    const fn is_everything(self) -> bool {
        self.amending > 0 && self.answering > 0 && self.publishing > 0
    }
}

/// What somebody was told about a guarantee.
struct Promised {
    auth_key: String,
    winner: ApplicationId,
    answered_by: String,
}

/// Runs so many rounds, and more until amending, answering and publishing were each hit in the
/// middle; the numbers of everything random come from the seed.
pub fn run(rounds: u64, seed: u64) {
    println!("nodes: {rounds} rounds, seed {seed}");
    let mut town = Town::build(seed);
    let mut done = 0;
    while done < rounds || !town.hit.is_everything() {
        assert!(done < rounds + MORE_ROUNDS, "not everything was hit: {:?}", town.hit);
        town.round(done);
        done += 1;
    }
    town.census(done);
    let Hit { amending, answering, publishing } = town.hit;
    println!(
        "nodes: {done} rounds of {AMENDERS} amendments and {OBLIGEES} answers at once: one winner \
         each; {amending} amendments and {answering} answers without an answer tried again, \
         {publishing} workers killed before they had published; lost 0, twice 0"
    );
}

impl Town {
    fn build(seed: u64) -> Self {
        let databases = Databases::of_server();
        let stage = Stage::new(Some(databases.clone()));
        let portals = ["one", "two"].map(|name| {
            Node::start("hosho-portal", &databases.portal, |listen, url| {
                stage.portal_config(name, listen, url)
            })
        });
        let confirms = ["one", "two"].map(|name| {
            Node::start("hosho-confirm", &databases.confirm, |listen, url| {
                stage.confirm_config(name, listen, url)
            })
        });
        let (chance, guarantees) = (Chance::new(seed), BTreeMap::new());
        Self { stage, portals, confirms, chance, guarantees, hit: Hit::default() }
    }

    fn portals(&self) -> [SocketAddr; 2] {
        self.portals.each_ref().map(|node| node.address)
    }

    fn confirms(&self) -> [SocketAddr; 2] {
        self.confirms.each_ref().map(|node| node.address)
    }

    fn round(&mut self, round: u64) {
        let begun = std::time::Instant::now();
        let clerk = flow::log_in(&self.portals(), "clerk");
        let id = flow::enter(&self.stage, flow::request(round), None);
        flow::approve(&self.stage, id);
        assert_eq!(flow::conclude(&self.portals(), 0, &clerk, id), Concluded::Done);
        let number = flow::number_of(&self.stage, id);
        let (winner, doubtful) = {
            let worker = self.work_until(&number, 1, None);
            drop(worker);
            self.amend(&number, &clerk)
        };
        let disaster = Disaster::draw(&mut self.chance, 1_500);
        let worker = self.work_until(&number, 2, Some(disaster));
        let contractor = flow::log_in(&self.portals(), "kiryu");
        let auth_key = flow::auth_key(&self.portals(), &contractor, &number);
        let (answered_by, again) = self.answer(&number, &auth_key);
        drop(worker);
        self.hit.amending += doubtful;
        self.hit.answering += again;
        self.guarantees.insert(number, Promised { auth_key, winner, answered_by });
        println!(
            "round {round}: {doubtful} and {again} without an answer, {:.1?}",
            begun.elapsed()
        );
    }

    /// Lets a worker work until the portal has a revision; the worker is killed meanwhile, and what
    /// else is to happen happens to the confirmation services.
    fn work_until(
        &mut self,
        number: &GuaranteeNumber<'_>,
        wanted: usize,
        disaster: Option<Disaster>,
    ) -> Helper {
        let first = self.chance.within(0, 1) as usize;
        let (portals, confirms) = (self.portals(), self.confirms());
        let worker = flow::worker(&self.stage, portals[first], confirms[first]);
        match disaster {
            None => std::thread::sleep(self.chance.pause(0, 1_500)),
            Some(disaster) => disaster.strike(&mut self.confirms),
        }
        drop(worker);
        let finished = flow::revisions(&self.stage, number).len() == wanted;
        self.hit.publishing += usize::from(!finished);
        // Two minutes pass: the lease of the worker that is gone runs out.
        execute(
            &self.stage.databases.portal,
            "UPDATE jobs SET lease_until = 0 WHERE state = 'open'",
        );
        let worker = flow::worker(&self.stage, portals[1 - first], confirms[1 - first]);
        until("a revision", || {
            (flow::revisions(&self.stage, number).len() == wanted).then_some(())
        });
        worker
    }

    /// Concludes many amendments of one revision at once; returns the one that won, and how many
    /// requests had no answer.
    fn amend(
        &mut self,
        number: &GuaranteeNumber<'_>,
        clerk: &crate::wire::Browser,
    ) -> (ApplicationId, usize) {
        let ids: Vec<ApplicationId> = (1..=AMENDERS)
            .map(|steps| {
                let base = Some((number, Revision::FIRST));
                let id = flow::enter(&self.stage, flow::increase(steps as u64), base);
                flow::approve(&self.stage, id);
                id
            })
            .collect();
        let nodes = self.portals();
        let disaster = Disaster::draw(&mut self.chance, 1_500);
        let told: Vec<Concluded> = std::thread::scope(|scope| {
            let amender =
                |(first, id)| scope.spawn(move || flow::conclude(&nodes, first, clerk, id));
            let amenders: Vec<_> = ids.iter().copied().enumerate().map(amender).collect();
            disaster.strike(&mut self.portals);
            amenders.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let store = self.stage.portal.store();
        let after: Vec<_> = ids
            .iter()
            .map(|id| self.stage.wait(store.application(*id)).unwrap().unwrap())
            .collect();
        let winners: Vec<usize> = (0..AMENDERS).filter(|at| after[*at].job.is_some()).collect();
        assert_eq!(winners.len(), 1, "of {AMENDERS} amendments one wins: {told:?}");
        let mut doubts = 0;
        for (at, told) in told.iter().enumerate() {
            let won = at == winners[0];
            let last = after[at].decisions.last().map(|decision| decision.step);
            assert_eq!(last, Some(if won { Step::Concluded } else { Step::Returned }), "{at}");
            match told {
                Concluded::Done => assert!(won, "{at}: what was acknowledged is there"),
                Concluded::Refused { code, doubtful } => {
                    doubts += usize::from(*doubtful);
                    // Whoever had no answer finds it decided already, by himself.
                    let by_himself = *doubtful && code == "E10-TAKEN";
                    assert!(
                        by_himself || !won && code == "E10-OUTDATED",
                        "{at}: {code}, {doubtful}"
                    );
                }
            }
        }
        (ids[winners[0]], doubts)
    }

    /// Answers the newest revision many times at once; returns who stands there, and how many
    /// requests had no answer.
    fn answer(&mut self, number: &GuaranteeNumber<'_>, auth_key: &str) -> (String, usize) {
        let nodes = self.confirms();
        let disaster = Disaster::draw(&mut self.chance, 300);
        let told: Vec<(bool, String, usize)> = std::thread::scope(|scope| {
            let obligee = |at: usize| {
                let answer = json!({
                    "number": number.as_str(), "auth_key": auth_key, "revision": 2,
                    "answer": "accepted", "by": format!("契約課 {at}"),
                });
                scope.spawn(move || give(&nodes, at, &answer))
            };
            let obligees: Vec<_> = (0..OBLIGEES).map(obligee).collect();
            disaster.strike(&mut self.confirms);
            obligees.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let stood: Vec<&String> = told.iter().filter(|it| it.0).map(|it| &it.1).collect();
        assert_eq!(stood.len(), 1, "of {OBLIGEES} answers one stands: {told:?}");
        (stood[0].clone(), told.iter().map(|it| it.2).sum())
    }

    /// Holds everything that was promised against what is there.
    fn census(&mut self, rounds: u64) {
        for node in self.portals.iter_mut().chain(&mut self.confirms) {
            node.heal();
        }
        let (portals, confirms) = (self.portals(), self.confirms());
        flow::work_to_the_end(&self.stage, portals[0], confirms[1]);
        let order = AuditOrder {
            home: self.stage.home(),
            now: now(),
            patience: Patience(Duration::from_secs(5)),
        };
        let mut ignore = |_: &_| std::ops::ControlFlow::Continue(());
        let census = audit(&order, &mut Watch::new(&mut ignore)).unwrap();
        let expected = usize::try_from(rounds).unwrap();
        assert_eq!((census.guarantees, census.certificates), (expected, 2 * expected));
        assert_eq!((census.unfinished, census.owed), (0, 0));
        for (number, promised) in &self.guarantees {
            let home = |revision| {
                let name = format!("certificates/{number}-r{revision}.hosho");
                std::fs::read(self.stage.home().join(name)).unwrap()
            };
            let signed = [home(1), home(2)];
            assert_eq!(flow::revisions(&self.stage, number), signed, "{number} in the portal");
            let winner = flow::number_of(&self.stage, promised.winner);
            assert_eq!(winner, *number);
            for node in confirms {
                let key = json!({ "number": number.as_str(), "auth_key": promised.auth_key });
                let found =
                    until("a certificate", || post_json(node, "/api/v1/revisions", &key).ok());
                let revisions = found.json()["revisions"].as_array().unwrap().clone();
                let bytes = |it: &Value| hosho_publish_bytes(&it["signed"]);
                assert_eq!(revisions.iter().map(bytes).collect::<Vec<_>>(), signed, "{number}");
                let opened = until("a certificate", || post_json(node, "/api/v1/open", &key).ok());
                let answers = opened.json()["answers"].clone();
                assert_eq!(answers.as_array().map(Vec::len), Some(1), "{answers}");
                assert_eq!(answers[0]["by"], promised.answered_by.as_str());
            }
            let stood = self.stage.wait(self.stage.portal.store().events(number)).unwrap();
            let by: Vec<_> = stood.into_iter().filter_map(|it| it.by).collect();
            assert_eq!(
                by,
                std::slice::from_ref(&promised.answered_by),
                "{number}: told to the portal"
            );
        }
        let (portal, confirm) = (&self.stage.databases.portal, &self.stage.databases.confirm);
        let expected = i64::try_from(rounds).unwrap();
        for (database, query, rows) in [
            (portal, "SELECT count(*) FROM revisions", 2 * expected),
            (portal, "SELECT count(*) FROM jobs WHERE state <> 'done'", 0),
            (portal, "SELECT count(*) FROM auth_keys", expected),
            (confirm, "SELECT count(*) FROM sealed", 2 * expected),
            (confirm, "SELECT count(*) FROM shelves", expected),
            (confirm, "SELECT count(*) FROM events WHERE event = 'answered'", expected),
        ] {
            assert_eq!(count(database, query), rows, "{query}");
        }
    }
}

fn hosho_publish_bytes(value: &Value) -> Vec<u8> {
    serde_json::from_value::<hosho_publish::Base64>(value.clone()).unwrap().0
}

/// Answers, again until a node says what became of it: whether it stands, who gave it, and how
/// many requests had no answer.
fn give(nodes: &[SocketAddr; 2], first: usize, answer: &Value) -> (bool, String, usize) {
    let by = answer["by"].as_str().unwrap().to_owned();
    let mut node = nodes.iter().cycle().skip(first);
    let mut doubts = 0;
    let stands = until("an answer", || match post_json(*node.next()?, "/api/v1/answer", answer) {
        Ok(told) if told.status == 200 => Some(true),
        Ok(told) if told.code() == "E10-ANSWERED" => Some(false),
        Ok(told) if told.status < 500 && told.status != 429 => panic!("{}", told.text()),
        _ => {
            doubts += 1;
            None
        }
    });
    (stands, by, doubts)
}

/// Writes what `pg_dump` makes of a database.
pub fn dump(url: &str) -> Vec<u8> {
    let output = Command::new("pg_dump").arg(url).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
