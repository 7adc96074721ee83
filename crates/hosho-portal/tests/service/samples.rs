//! Every sample, from the contractor's form by the desk and the worker to the certificate.

use std::collections::BTreeMap;

use hosho::{Date, GuaranteeKind, GuaranteeNumber};
use hosho_portal::Draft;
use hosho_store::portal::{AcceptedKind, ApplicationId, NewObligee};
use serde_json::{Map, Value, json};

use crate::application::{Pairs, pair, post, send, stored, typed, with};
use crate::browser::Browser;
use crate::frame::{World, draft, now};

/// Registers the obligee of a request; it accepts everything.
async fn obligee_of(world: &World, request: &Map<String, Value>) -> String {
    let text = |name: &str| request["obligee"][name].as_str().unwrap();
    let all = [GuaranteeKind::Advance, GuaranteeKind::Interim, GuaranteeKind::Performance];
    let from = Date::parse("2022-05-09").unwrap();
    let kinds = all.map(|kind| AcceptedKind { kind, from, until: None });
    let new = NewObligee {
        name: text("name"),
        representative: text("representative"),
        address: Some(text("address")),
        kinds: &kinds,
    };
    world.portal.store().add_obligee(&new, None, now()).await.unwrap().to_string()
}

/// The people of the desk, and how they bring an application to its certificate.
struct Desk {
    clerk: Browser,
    approver: Browser,
    director: Browser,
}

impl Desk {
    async fn carry_out(&mut self, world: &World, id: ApplicationId) -> GuaranteeNumber<'static> {
        let rules: Vec<String> = (1..=17).map(|rule| format!("ack_R{rule}")).collect();
        let mut fields: Vec<(&str, &str)> = rules.iter().map(|rule| (rule.as_str(), "1")).collect();
        fields.push(("premium", "1"));
        assert_eq!(world.step(&mut self.clerk, id, "review", &fields).await.status, 303);
        assert_eq!(world.step(&mut self.approver, id, "approve", &fields).await.status, 303);
        // Where one approval is enough, there is nothing more to approve.
        let second = world.step(&mut self.director, id, "approve", &fields).await.status;
        assert!([303, 409].contains(&second.as_u16()), "{second}");
        let concluded = world.step(&mut self.clerk, id, "conclude", &fields).await;
        assert_eq!(concluded.status, 303, "{}", concluded.text());
        let job = world.claim().await.pop().unwrap();
        let (report, _) = world.do_job(&job).await;
        let (status, told) = world.report(&job, &report).await;
        assert_eq!(status, 200, "{told}");
        GuaranteeNumber::parse(job["number"].as_str().unwrap().to_owned()).unwrap()
    }
}

/// Returns the page of a request's form, and what it sends besides the request.
async fn form_of(
    world: &World,
    request: &Map<String, Value>,
    number: Option<&GuaranteeNumber<'_>>,
) -> (String, Pairs) {
    let Some(number) = number else {
        let (kind, id) = (request["kind"].as_str().unwrap(), obligee_of(world, request).await);
        let carried = [("kind", kind), ("obligee", &id), ("delivery", "electronic")];
        let carried = carried.map(|(name, value)| pair(name, value)).to_vec();
        return ("/applications/new".to_owned(), carried);
    };
    let base = request["change"]["supersedes"].to_string();
    let ending = request["change"]["kinds"][0].as_str().unwrap();
    let page = if ["termination", "voidance"].contains(&ending) { "cancel" } else { "amend" };
    let carried = vec![pair("base", &base), pair("ending", ending)];
    (format!("/guarantees/{number}/{page}"), carried)
}

#[tokio::test]
async fn every_sample_goes_from_its_form_to_its_certificate() {
    let world = World::new().await;
    let mut contractor = world.login("aomine").await;
    let mut desk = Desk {
        clerk: world.login("clerk").await,
        approver: world.login("approver").await,
        director: world.login("director").await,
    };
    let mut numbers: BTreeMap<String, GuaranteeNumber<'static>> = BTreeMap::new();
    let samples = hosho_testkit::sample_requests();
    for (name, bytes) in &samples {
        let mut request: Map<String, Value> = serde_json::from_slice(bytes).unwrap();
        let guarantee = request["number"].as_str().unwrap().to_owned();
        let (path, carried) = form_of(&world, &request, numbers.get(&guarantee)).await;
        let carried: Vec<(&str, &str)> =
            carried.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let fields = with(typed(&request), &carried);
        let confirmation = post(&mut contractor, &path, "/password", &fields).await;
        assert_eq!(confirmation.status, 200, "{name}: {}", confirmation.text());
        let sent = send(&mut contractor, &path, &confirmation).await;
        let application = stored(&world, &sent).await;
        // The terms are the portal's own.
        request["guarantee"]["terms"] = json!(match request["kind"].as_str().unwrap() {
            "performance" => "前払金保証約款及び契約保証特約",
            _ => "前払金保証約款",
        });
        request.remove("branch");
        assert_eq!(Draft::parse(&application.request).unwrap(), draft(&request), "{name}");
        let number = desk.carry_out(&world, application.id).await;
        numbers.insert(guarantee, number);
    }
    assert_eq!((samples.len(), numbers.len()), (20, 11));
    let issued = world.portal.store().guarantees(Some(world.contractor), 100).await.unwrap();
    let revisions: u16 = issued.iter().map(|newest| newest.revision.number()).sum();
    assert_eq!((issued.len(), revisions), (11, 20));
}
