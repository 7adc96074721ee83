//! What people and the worker do, once or again until it was done.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hosho::{Date, GuaranteeNumber, Revision};
use hosho_portal::Draft;
use hosho_store::portal::{
    ApplicationId, AskedKind, Decided, Delivery, NewApplication, NewDecision, Step, Task,
};
use serde_json::{Map, Value, json};

use crate::process::{Helper, program};
use crate::stage::{PASSWORD, Stage, now};
use crate::wire::Browser;

/// How long anything may take: a debug build on a busy machine is slow, and what was cut off
/// notices late.
pub const PATIENCE: Duration = Duration::from_mins(3);
const RULES: [&str; 8] = ["R1", "R2", "R3", "R4", "R5", "R6", "R8", "R9"];

/// Tries again until there is an answer.
pub fn until<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(done) = attempt() {
            return done;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Logs somebody in, at whichever node answers.
pub fn log_in(nodes: &[SocketAddr], login: &str) -> Browser {
    let mut node = nodes.iter().cycle();
    until("a login", || {
        let mut browser = Browser::default();
        let fields = [("login", login), ("password", PASSWORD)];
        let answer = browser.post_from(*node.next()?, ("/login", "/login"), &fields).ok()?;
        (answer.status == 303).then_some(browser)
    })
}

/// A worker that goes on until it is killed.
pub fn worker(stage: &Stage, portal: SocketAddr, confirm: SocketAddr) -> Helper {
    Helper(work(stage, portal, confirm).spawn().unwrap())
}

/// Lets a worker do what is left to do, again until nothing is.
pub fn work_to_the_end(stage: &Stage, portal: SocketAddr, confirm: SocketAddr) {
    until("a worker that ends well", || {
        let ended = work(stage, portal, confirm).arg("--once").status().unwrap();
        ended.success().then_some(())
    });
}

fn work(stage: &Stage, portal: SocketAddr, confirm: SocketAddr) -> Command {
    let file = stage.folder.path().join("worker.log");
    let log = std::fs::File::options().create(true).append(true).open(file).unwrap();
    let mut command = Command::new(program("hosho-issue"));
    command.args(["--lang", "en", "work"]).arg(stage.home()).arg("--config");
    command.arg(stage.worker_config(portal, confirm));
    command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    command
}

/// The fields of a guarantee that begins today, with an amount of its own.
pub fn request(steps: u64) -> Map<String, Value> {
    let day = |more: u64| {
        let at = hosho::UnixTime::from_seconds(now().seconds() + more * 86_400).unwrap();
        Date::in_japan(at).to_string()
    };
    let price = 88_000_000 + steps * 1_100_000;
    let fields = json!({
        "kind": "advance",
        "obligee": {
            "name": "青嶺市", "representative": "青嶺市長 水原 千鶴",
            "address": "瑞穂県青嶺市中央一丁目2番3号",
        },
        "contractor": {
            "name": "架空桐生建築株式会社", "representative": "代表取締役社長 桐生 昭彦",
            "address": "瑞穂県青嶺市西町七丁目1番20号",
        },
        "work": {
            "contract_number": "青教施第15号", "category": "construction",
            "name": "青嶺市立東小学校長寿命化改修工事(建築)",
            "site": "瑞穂県青嶺市東町五丁目6番地", "concluded_on": day(0),
            "term": { "from": day(0), "to": day(200) },
            "price_jpy": price, "price_tax_jpy": price / 11,
        },
        "guarantee": {
            "amount_jpy": price * 2 / 5, "advance_jpy": price * 2 / 5,
            "period": { "from": day(0), "to": day(200) }, "terms": "前払金保証約款",
        },
    });
    let Value::Object(fields) = fields else { unreachable!() };
    fields
}

/// The same with a higher price, as an amendment.
pub fn increase(steps: u64) -> Map<String, Value> {
    let mut fields = request(steps);
    let on = fields["work"]["concluded_on"].clone();
    let change = json!({ "kinds": ["increase"], "reason": "増額", "contract_changed_on": on });
    fields.insert("change".to_owned(), change);
    fields
}

/// Enters an application in the contractor's name.
pub fn enter(
    stage: &Stage,
    fields: Map<String, Value>,
    base: Option<(&GuaranteeNumber<'_>, Revision)>,
) -> ApplicationId {
    let draft = Draft::new(fields).unwrap_or_else(|error| panic!("{error:?}"));
    let request = draft.request(stage.portal.today()).unwrap_or_else(|error| panic!("{error:?}"));
    let new = NewApplication {
        contractor: stage.contractor,
        task: if base.is_some() { Task::Amend } else { Task::New },
        kind: AskedKind::Advance,
        base,
        request: &draft.to_json(),
        delivery: Delivery::Electronic,
        amount: request.guarantee.amount,
        by: stage.people.contractor,
        at: now(),
    };
    stage.wait(stage.portal.store().apply(&new)).unwrap()
}

/// Reviews and approves, without the pages.
pub fn approve(stage: &Stage, application: ApplicationId) {
    let steps = [(Step::Reviewed, stage.people.clerk), (Step::Approved, stage.people.approver)];
    let rules = RULES.map(str::to_owned);
    for (seen, (step, account)) in steps.into_iter().enumerate() {
        let acknowledged: &[String] = if step == Step::Approved { &rules } else { &[] };
        let (at, note) = (now(), None);
        let new = NewDecision { application, seen, step, account, at, note, acknowledged };
        let decided = stage.wait(stage.portal.store().decide(&new)).unwrap();
        assert_eq!(decided, Decided::Recorded);
    }
}

/// What became of a conclusion.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Concluded {
    /// The portal said that it is done.
    Done,
    /// It refused with this code; before, an answer may have been lost.
    Refused { code: String, doubtful: bool },
}

/// Concludes by the page of the desk, again until a node says what became of it.
pub fn conclude(
    nodes: &[SocketAddr],
    first: usize,
    clerk: &Browser,
    id: ApplicationId,
) -> Concluded {
    let page = format!("/desk/applications/{id}");
    let path = format!("{page}/conclude");
    let mut clerk = clerk.clone();
    let mut node = nodes.iter().cycle().skip(first);
    let mut doubtful = false;
    until("a conclusion", || {
        let fields = [("seen", "2"), ("premium", "1")];
        match clerk.post_from(*node.next()?, (&page, &path), &fields) {
            Ok(answer) if answer.status == 303 => {
                assert_eq!(answer.header("location"), Some(page.as_str()));
                Some(Concluded::Done)
            }
            Ok(answer) if (400..500).contains(&answer.status) && answer.status != 429 => {
                Some(Concluded::Refused { code: answer.code(), doubtful })
            }
            _ => {
                doubtful = true;
                None
            }
        }
    })
}

/// Returns the number that the conclusion of an application gave.
pub fn number_of(stage: &Stage, id: ApplicationId) -> GuaranteeNumber<'static> {
    let application = stage.wait(stage.portal.store().application(id)).unwrap().unwrap();
    application.job.expect("a job").number
}

/// Returns how many revisions of a guarantee the portal has.
pub fn revisions(stage: &Stage, number: &GuaranteeNumber<'_>) -> Vec<Vec<u8>> {
    let found = stage.wait(stage.portal.store().guarantee(number)).unwrap();
    found.map_or_else(Vec::new, |it| it.revisions.into_iter().map(|it| it.signed).collect())
}

/// Returns the auth key that the contractor is shown.
pub fn auth_key(
    nodes: &[SocketAddr],
    contractor: &Browser,
    number: &GuaranteeNumber<'_>,
) -> String {
    let from = format!("/guarantees/{number}");
    let path = format!("{from}/key");
    let (mut contractor, mut node) = (contractor.clone(), nodes.iter().cycle());
    until("an auth key", || {
        let answer = contractor.post_from(*node.next()?, (&from, &path), &[]).ok()?;
        let page = answer.text();
        let groups = page.split("key-group\">").skip(1);
        let groups: Vec<&str> = groups.filter_map(|rest| rest.split('<').next()).collect();
        (groups.len() == 5).then(|| groups.join("-"))
    })
}
