//! A contractor's forms: filled in, checked, sent, and refused.

use std::collections::BTreeSet;

use hosho::{Date, GuaranteeKind, GuaranteeNumber};
use hosho_portal::{Draft, Whose};
use hosho_store::portal::{
    AcceptedKind, Application, ApplicationId, AskedKind, Delivery, NewObligee, Selection, Task,
};
use serde_json::{Map, Value, json};

use crate::browser::{Answer, Browser};
use crate::frame::{World, draft, now, request_of};

const NEW: &str = "/applications/new";

/// Registers an obligee that accepts advance-payment guarantees since a day of the past.
async fn obligee(world: &World) -> String {
    let kinds = [AcceptedKind {
        kind: GuaranteeKind::Advance,
        from: Date::parse("2022-05-09").unwrap(),
        until: None,
    }];
    let new = NewObligee {
        name: "瑞穂県",
        representative: "契約担当者 瑞穂県青嶺土木事務所長 高瀬 光一",
        address: Some("瑞穂県青嶺市城下町二丁目3番4号"),
        kinds: &kinds,
    };
    world.portal.store().add_obligee(&new, None, now()).await.unwrap().to_string()
}

pub(crate) type Pairs = Vec<(String, String)>;

pub(crate) fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// What a person types to ask for what a request says.
pub(crate) fn typed(request: &Map<String, Value>) -> Pairs {
    let mut pairs = Vec::new();
    for part in ["obligee", "contractor", "work", "guarantee", "change"] {
        if let Some(value) = request.get(part) {
            flatten(part, value, &mut pairs);
        }
    }
    pairs
}

fn flatten(path: &str, value: &Value, pairs: &mut Pairs) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                flatten(&format!("{path}.{name}"), value, pairs);
            }
        }
        Value::Array(items) => {
            for (row, item) in items.iter().enumerate() {
                flatten(&format!("{path}.{row}"), item, pairs);
            }
        }
        Value::Bool(true) => pairs.push(pair(path, "yes")),
        Value::String(text) => pairs.push(pair(path, text)),
        other => pairs.push(pair(path, &other.to_string())),
    }
}

pub(crate) fn with(mut pairs: Pairs, changes: &[(&str, &str)]) -> Pairs {
    for (name, value) in changes {
        pairs.retain(|(known, _)| known != name);
        pairs.push(pair(name, value));
    }
    pairs
}

pub(crate) async fn post(browser: &mut Browser, path: &str, from: &str, fields: &Pairs) -> Answer {
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post_from(from, path, &fields).await
}

/// Returns what the hidden fields of a page hold, but for the token.
fn hidden(page: &str) -> Pairs {
    let fields = page.split("<input type=\"hidden\" name=\"").skip(1).map(|rest| {
        let (name, rest) = rest.split_once("\" value=\"").unwrap();
        (name.to_owned(), unescaped(rest.split('"').next().unwrap()))
    });
    fields.filter(|(name, _)| name != "form_token").collect()
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"");
    text.replace("&#39;", "'").replace("&#38;", "&")
}

/// Sends a page of the confirmation as it is.
pub(crate) async fn send(browser: &mut Browser, path: &str, confirmation: &Answer) -> Answer {
    let page = confirmation.text();
    let token = crate::browser::token(&page);
    let mut fields = hidden(&page);
    fields.push(pair("form_token", &token));
    fields.push(pair("step", "send"));
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(path, &fields).await
}

pub(crate) async fn stored(world: &World, answer: &Answer) -> Application {
    assert_eq!(answer.status, 303, "{}", answer.text());
    let id = answer.location.as_deref().unwrap().strip_prefix("/applications/").unwrap();
    let id = ApplicationId::parse(id).unwrap();
    world.portal.store().application(id).await.unwrap().unwrap()
}

async fn count(world: &World) -> usize {
    let page = hosho_store::portal::Page { before: None, most: 100 };
    world.portal.store().applications(Selection::All, page).await.unwrap().len()
}

/// Every label belongs to a field, ids are given once, and what describes a field is there.
fn check_accessible(page: &str) {
    let values = |mark: &str| -> Vec<String> {
        page.split(mark).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let all = values(" id=\"");
    let ids: BTreeSet<&String> = all.iter().collect();
    assert_eq!(ids.len(), all.len(), "an id is given twice");
    for labelled in values("<label for=\"") {
        assert!(ids.contains(&labelled), "no field {labelled}");
    }
    for described in values("aria-describedby=\"") {
        for id in described.split(' ') {
            assert!(ids.contains(&id.to_owned()), "no description {id}");
        }
    }
    let main = page.split_once("<main").unwrap().1;
    for link in main.split("href=\"#").skip(1) {
        let id = link.split('"').next().unwrap().to_owned();
        assert!(ids.contains(&id), "no target {id}");
    }
    let inputs = main.split("<input type=\"text\" id=\"").skip(1);
    for id in inputs.map(|rest| rest.split('"').next().unwrap()) {
        assert!(main.contains(&format!("<label for=\"{id}\"")), "no label for {id}");
    }
}

#[tokio::test]
async fn a_guarantee_is_applied_for_as_people_write() {
    let world = World::new().await;
    let id = obligee(&world).await;
    let mut browser = world.login("aomine").await;
    let choose = browser.get("/applications/new?kind=advance").await.text();
    assert!(
        choose
            .contains("瑞穂県　契約担当者 瑞穂県青嶺土木事務所長 高瀬 光一(電子交付: 前払金保証)")
    );
    let page = format!("{NEW}?kind=advance&obligee={id}");
    let form = browser.get(&page).await.text();
    assert!(form.contains("令和4年5月9日からこの種類の電子証書を受け付けています"), "{form}");
    assert!(form.contains("value=\"株式会社青嶺架空土建\""));
    check_accessible(&form);
    let fields = with(
        typed(&request_of("G01-1")),
        &[
            ("kind", "advance"),
            ("obligee", &id),
            ("delivery", "electronic"),
            ("work.concluded_on", "令和７年６月１６日"),
            ("work.term.from", "R7.6.17"),
            ("work.price_jpy", "￥１３２，０００，０００"),
            ("work.price_tax_jpy", "1200万円"),
            ("guarantee.advance_jpy", "52,800,000円"),
        ],
    );
    let confirmation = post(&mut browser, NEW, &page, &fields).await;
    assert_eq!(confirmation.status, 200, "{}", confirmation.text());
    let text = confirmation.text();
    assert!(text.contains("￥132,000,000") && text.contains("令和7年6月16日"), "{text}");
    assert!(text.contains("電子交付") && count(&world).await == 0);
    let sent = send(&mut browser, NEW, &confirmation).await;
    let application = stored(&world, &sent).await;
    let asked = (application.task, application.kind, application.delivery);
    assert_eq!(asked, (Task::New, AskedKind::Advance, Delivery::Electronic));
    let mut expected = request_of("G01-1");
    expected["guarantee"]["terms"] = json!("前払金保証約款");
    expected.remove("branch");
    assert_eq!(Draft::parse(&application.request).unwrap(), draft(&expected));
    // The button is pressed a second time.
    let again = send(&mut browser, NEW, &confirmation).await;
    assert_eq!((again.location, count(&world).await), (sent.location, 1));
    let status = browser.get(&format!("/applications/{}", application.id)).await.text();
    assert!(status.contains("受付済(審査待ち)"));
}

#[tokio::test]
async fn an_obligee_that_does_not_accept_yet_gets_paper() {
    let world = World::new().await;
    let id = obligee(&world).await;
    let mut browser = world.login("aomine").await;
    let page = format!("{NEW}?kind=performance&obligee={id}");
    let form = browser.get(&page).await.text();
    assert!(form.contains("この種類の電子証書をまだ受け付けていません"));
    assert!(form.contains("value=\"electronic\" disabled"));
    let carried = [("kind", "performance"), ("obligee", id.as_str())];
    let fields = with(typed(&request_of("G02-1")), &carried);
    let forced = with(fields.clone(), &[("delivery", "electronic"), ("step", "send")]);
    let refused = post(&mut browser, NEW, &page, &forced).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("href=\"#delivery\""));
    assert_eq!(count(&world).await, 0);
    let paper = with(fields, &[("delivery", "paper"), ("step", "send")]);
    let application = stored(&world, &post(&mut browser, NEW, &page, &paper).await).await;
    assert_eq!(application.delivery, Delivery::Paper);
}

#[tokio::test]
async fn a_reservation_is_explained_and_recorded_on_paper() {
    let world = World::new().await;
    let id = obligee(&world).await;
    let mut browser = world.login("aomine").await;
    let page = format!("{NEW}?kind=reservation&obligee={id}");
    let form = browser.get(&page).await.text();
    assert!(form.contains("契約保証予約は電子交付の対象ではありません"));
    let carried = [("kind", "reservation"), ("obligee", id.as_str()), ("delivery", "paper")];
    let fields = with(typed(&request_of("G02-1")), &carried);
    let confirmation = post(&mut browser, NEW, &page, &fields).await;
    let application = stored(&world, &send(&mut browser, NEW, &confirmation).await).await;
    let recorded = (application.kind, application.delivery);
    assert_eq!(recorded, (AskedKind::Reservation, Delivery::Paper));
}

#[tokio::test]
async fn what_is_wrong_is_told_at_its_field_and_what_was_typed_stays() {
    let world = World::new().await;
    let mut browser = world.login("aomine").await;
    let page = format!("{NEW}?kind=advance&obligee=unlisted");
    let fields = with(
        typed(&request_of("G10-1")),
        &[
            ("kind", "advance"),
            ("obligee", "unlisted"),
            ("delivery", "paper"),
            ("work.name", "\"><script>alert(1)</script>"),
            ("work.price_jpy", "十六億円"),
            ("contractor.jv_members.1.role", ""),
        ],
    );
    let answer = post(&mut browser, NEW, &page, &fields).await;
    let text = answer.text();
    assert_eq!(answer.status, 400);
    assert!(!text.contains("<script>alert"), "{text}");
    assert!(text.contains("value=\"&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;\""));
    assert!(text.contains("value=\"十六億円\"") && text.contains("href=\"#work.price_jpy\""));
    assert!(text.contains("aria-describedby=\"work.price_jpy-hint work.price_jpy-error\""));
    assert!(text.contains("請負代金額(税込): 金額を円単位の数字で入力してください"), "{text}");
    assert!(text.contains(
        "<a href=\"#contractor.jv_members.1.role\">構成員2の役割(代表者・構成員など): 入力してください(E1-REQUEST)"
    ));
    check_accessible(&text);
    let english = browser.get(&format!("{page}&lang=en")).await.text();
    assert!(english.contains("Contract price, with tax"));
    let answer = post(&mut browser, NEW, &page, &fields).await.text();
    assert!(answer.contains("Enter the amount in whole yen, such as 132,000,000 (E6-YEN)"));
}

#[tokio::test]
async fn rows_for_members_come_and_go_without_a_script() {
    let world = World::new().await;
    let mut browser = world.login("aomine").await;
    let page = format!("{NEW}?kind=advance&obligee=unlisted");
    let carried = [("kind", "advance"), ("obligee", "unlisted"), ("work.name", "途中まで")];
    let added = with(typed(&request_of("G10-1")), &[("step", "add-member")]);
    let answer = post(&mut browser, NEW, &page, &with(added, &carried)).await;
    let text = answer.text();
    assert_eq!(answer.status, 200, "nothing is judged yet");
    assert!(text.contains("id=\"contractor.jv_members.2.name\"") && text.contains("途中まで"));
    check_accessible(&text);
    let removed = with(typed(&request_of("G10-1")), &[("step", "remove-member.0")]);
    let text = post(&mut browser, NEW, &page, &with(removed, &carried)).await.text();
    let name = "id=\"contractor.jv_members.0.name\" name=\"contractor.jv_members.0.name\" \
                value=\"株式会社青嶺架空土建\"";
    assert!(text.contains(name), "{text}");
    assert!(!text.contains("contractor.jv_members.1.name"));
}

#[tokio::test]
async fn several_changes_are_deduced_shown_and_sent() {
    let world = World::new().await;
    let (number, _) = world.issue("G04-1").await;
    let mut browser = world.login("aomine").await;
    let path = format!("/guarantees/{number}/amend");
    let form = browser.get(&path).await.text();
    assert!(form.contains("value=\"88,000,000\"") && form.contains("value=\"2026-02-27\""));
    check_accessible(&form);
    let amended = with(
        typed(&request_of("G04-2")),
        &[
            ("base", "1"),
            ("work.term.to", "R8.3.31"),
            ("guarantee.period.to", "R8.3.31"),
            ("work.category", "construction"),
        ],
    );
    let confirmation = post(&mut browser, &path, &path, &amended).await;
    let text = confirmation.text();
    assert_eq!(confirmation.status, 200, "{text}");
    assert!(text.contains("増額") && text.contains("期間延長") && !text.contains(">訂正<"));
    assert!(text.contains("<del>￥35,200,000</del>") && text.contains("<ins>￥41,800,000</ins>"));
    assert!(text.contains("R12"), "{text}");
    let sent = send(&mut browser, &path, &confirmation).await;
    let application = stored(&world, &sent).await;
    assert_eq!(application.task, Task::Amend);
    let (base, revision) = application.base.clone().unwrap();
    assert_eq!((base, revision.number()), (number, 1));
    let fields = Draft::parse(&application.request).unwrap().into_fields();
    assert_eq!(fields["change"]["kinds"], json!(["increase", "extension"]));
    assert_eq!(fields["guarantee"]["terms"], "架空みらい建設業保証 前払金保証約款");
}

#[tokio::test]
async fn an_application_that_still_waits_is_told() {
    let world = World::new().await;
    let (number, _) = world.issue("G04-1").await;
    let mut browser = world.login("aomine").await;
    let path = format!("/guarantees/{number}/amend");
    assert!(!browser.get(&path).await.text().contains("手続中の申込み"));
    let fields = with(typed(&request_of("G04-2")), &[("base", "1"), ("step", "send")]);
    let waiting = stored(&world, &post(&mut browser, &path, &path, &fields).await).await;
    let told = format!("手続中の申込み(受付番号 {})", waiting.id);
    assert!(browser.get(&path).await.text().contains(&told));
    let own = format!("/applications/{}", waiting.id);
    let withdrawn = browser.post_from(&own, &format!("{own}/withdraw"), &[("seen", "0")]).await;
    assert_eq!(withdrawn.status, 303);
    assert!(!browser.get(&path).await.text().contains(&told));
}

#[tokio::test]
async fn an_interim_advance_takes_the_contract_from_the_first_one() {
    let world = World::new().await;
    let (number, _) = world.issue("G01-1").await;
    let mut browser = world.login("aomine").await;
    let choose = browser.get("/applications/new?kind=interim").await.text();
    assert!(choose.contains(&format!("<option value=\"{number}\"")), "{choose}");
    check_accessible(&choose);
    let from = |number: &str| format!("{NEW}?kind=interim&obligee=unlisted&from={number}");
    let form = browser.get(&from(number.as_str())).await.text();
    for copied in ["県道霧ヶ原青嶺線道路改良工事(第3工区)", "132,000,000", number.as_str()]
    {
        assert!(form.contains(&format!("value=\"{copied}\"")), "{copied}");
    }
    assert!(!form.contains("value=\"52,800,000\""));
    let other = world.contractor("架空桐生建築株式会社").await;
    world.account("kiryu", Whose::Contractor(other)).await;
    let mut kiryu = world.login("kiryu").await;
    assert_eq!(kiryu.get(&from(number.as_str())).await.status, 404);
}

#[tokio::test]
async fn a_form_made_from_an_earlier_revision_is_outdated() {
    let world = World::new().await;
    let (number, _) = world.issue("G04-1").await;
    let mut browser = world.login("aomine").await;
    let path = format!("/guarantees/{number}/amend");
    for base in ["2", "0", "", "x"] {
        let fields = with(typed(&request_of("G04-2")), &[("base", base)]);
        let answer = post(&mut browser, &path, &path, &fields).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (409, "E10-OUTDATED"));
    }
}

#[tokio::test]
async fn a_guarantee_is_ended_and_then_nothing_follows() {
    let world = World::new().await;
    let (number, _) = world.issue("G11-1").await;
    let mut browser = world.login("aomine").await;
    let path = format!("/guarantees/{number}/cancel");
    let form = browser.get(&path).await.text();
    check_accessible(&form);
    let fields = vec![
        pair("base", "1"),
        pair("ending", "termination"),
        pair("change.reason", "請負契約の合意解除"),
    ];
    let lacking = post(&mut browser, &path, &path, &fields).await;
    assert_eq!(lacking.status, 400);
    assert!(lacking.text().contains("解約する日を入力してください"), "{}", lacking.text());
    let complete = with(fields, &[("change.effective_from", "R7.12.1")]);
    let confirmation = post(&mut browser, &path, &path, &complete).await;
    let application = stored(&world, &send(&mut browser, &path, &confirmation).await).await;
    assert_eq!(application.task, Task::Cancel);
    let draft = Draft::parse(&application.request).unwrap();
    let expected = json!({
        "kinds": ["termination"], "reason": "請負契約の合意解除", "effective_from": "2025-12-01"
    });
    assert_eq!(draft.fields()["change"], expected);
    let mut director = world.login("director").await;
    let mut everything = world.login("everything").await;
    for (browser, steps) in
        [(&mut everything, &["review", "approve"][..]), (&mut director, &["approve"])]
    {
        for step in steps {
            let done = world.step(browser, application.id, step, &[]).await;
            assert_eq!(done.status, 303, "{step}: {}", done.text());
        }
    }
    assert_eq!(world.step(&mut everything, application.id, "conclude", &[]).await.status, 303);
    let job = world.claim().await.pop().unwrap();
    let (report, _) = world.do_job(&job).await;
    assert_eq!(world.report(&job, &report).await.0, 200);
    for page in ["amend", "cancel", "rekey"] {
        let answer = browser.get(&format!("/guarantees/{number}/{page}")).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (409, "E10-CONFLICT"));
    }
}

#[tokio::test]
async fn another_auth_key_is_asked_for_with_a_reason() {
    let world = World::new().await;
    let (number, _) = world.issue("G01-1").await;
    let mut browser = world.login("aomine").await;
    let path = format!("/guarantees/{number}/rekey");
    check_accessible(&browser.get(&path).await.text());
    let lacking = post(&mut browser, &path, &path, &vec![pair("base", "1")]).await;
    assert_eq!(lacking.status, 400);
    let fields = vec![pair("base", "1"), pair("change.reason", "誤送信したため")];
    let confirmation = post(&mut browser, &path, &path, &fields).await;
    let application = stored(&world, &send(&mut browser, &path, &confirmation).await).await;
    assert_eq!(application.task, Task::Rekey);
    let draft = Draft::parse(&application.request).unwrap();
    let expected = json!({ "kinds": ["rekey"], "reason": "誤送信したため" });
    assert_eq!(draft.fields()["change"], expected);
}

#[tokio::test]
async fn nobody_changes_the_guarantee_of_another() {
    let world = World::new().await;
    let (number, _) = world.issue("G01-1").await;
    let other = world.contractor("架空桐生建築株式会社").await;
    world.account("kiryu", Whose::Contractor(other)).await;
    let mut browser = world.login("kiryu").await;
    let unknown = GuaranteeNumber::parse("31-07-1-0009999-9").unwrap();
    for number in [&number, &unknown] {
        for page in ["amend", "cancel", "rekey"] {
            let path = format!("/guarantees/{number}/{page}");
            assert_eq!(browser.get(&path).await.status, 404, "{path}");
            let fields = vec![pair("base", "1"), pair("change.reason", "x"), pair("step", "send")];
            let answer = post(&mut browser, &path, NEW_OF_OTHER, &fields).await;
            assert_eq!(answer.status, 404, "{path}");
        }
    }
    assert_eq!(count(&world).await, 1);
}

const NEW_OF_OTHER: &str = "/applications/new?kind=advance&obligee=unlisted";

#[tokio::test]
async fn forms_that_are_not_ours_are_refused() {
    let world = World::new().await;
    let mut browser = world.login("aomine").await;
    let untokened = browser.post(NEW, &[("kind", "advance"), ("obligee", "unlisted")]).await;
    assert_eq!((untokened.status.as_u16(), untokened.code().as_str()), (403, "E10-FORM"));
    for fields in [
        vec![],
        vec![pair("kind", "gift"), pair("obligee", "unlisted")],
        vec![pair("kind", "advance"), pair("obligee", "999")],
        vec![
            pair("kind", "advance"),
            pair("obligee", "unlisted"),
            pair("work.name", "a"),
            pair("work.name", "b"),
        ],
    ] {
        let answer = post(&mut browser, NEW, NEW_OF_OTHER, &fields).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "E10-INPUT"));
    }
    let mut nobody = world.browser();
    assert_eq!(nobody.get(NEW).await.location.as_deref(), Some("/login"));
    let mut clerk = world.login("clerk").await;
    assert_eq!(clerk.get(NEW).await.status, 404);
}
