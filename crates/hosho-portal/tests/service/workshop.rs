//! The portal with the guarantor's real worker, over a socket.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use hosho::{KeyRole, Revision, UnixTime};
use hosho_issue::{
    BundleOrder, Existing, InitOrder, Patience, RotateOrder, Rounds, Scope, Watch, WorkConfig,
    WorkOrder,
};
use hosho_store::portal::Task;
use hosho_web::{Http, Metrics, Server, metrics_router};
use serde_json::json;

use crate::frame::{ACKNOWLEDGED, AUDIENCE, World, draft, now, request_of};

const PATIENCE: Patience = Patience(Duration::from_secs(5));

/// Makes a guarantor's home, and returns it with its first trust bundle. The key to publish with
/// is in the second, which only the worker brings.
fn home(folder: &tempfile::TempDir) -> (PathBuf, Vec<u8>) {
    let home = folder.path().join("home");
    let before = UnixTime::from_seconds(now().seconds() - 86_400).unwrap();
    hosho_issue::init(&InitOrder {
        id: Some("g-demo".to_owned()),
        ..InitOrder::new(home.clone(), "架空みらい建設業保証株式会社".to_owned(), before)
    })
    .unwrap();
    let out = folder.path().join("trust.hosho");
    let existing = Existing::Keep;
    let order = BundleOrder {
        home: home.clone(),
        out: out.clone(),
        existing,
        now: before,
        patience: PATIENCE,
    };
    let mut ignore = |_: &_| ControlFlow::Continue(());
    hosho_issue::bundle(&order, &mut Watch::new(&mut ignore)).unwrap();
    let order = RotateOrder::new(home.clone(), KeyRole::Publish, before, PATIENCE);
    hosho_issue::rotate_key(&order, &mut Watch::new(&mut ignore)).unwrap();
    (home, std::fs::read(out).unwrap())
}

/// Lets the worker do what is left to do.
async fn work(folder: &tempfile::TempDir, home: PathBuf, url: &str) {
    let file = folder.path().join("work.toml");
    let text = format!(
        "portal = {{ url = \"{url}\", audience = \"{AUDIENCE}\" }}\nworker = \"worker-1\"\n"
    );
    std::fs::write(&file, text).unwrap();
    let order = WorkOrder {
        home,
        config: WorkConfig::read(&file).unwrap(),
        scope: Scope::New,
        rounds: Rounds::Once,
        now: Some(now()),
        patience: PATIENCE,
    };
    let worked = tokio::task::spawn_blocking(move || {
        hosho_issue::work(&order, &AtomicBool::new(false), &mut |entry| println!("{entry:?}"))
    });
    worked.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_real_worker_issues_amends_rekeys_and_ends_a_guarantee() {
    let folder = tempfile::tempdir().unwrap();
    let (home, bundle) = home(&folder);
    let world = World::pinning(&bundle).await;
    let (http, nowhere) = (Http::on_loopback(), PathBuf::from("test"));
    let server = Server::bind(&http, &nowhere).unwrap();
    let url = format!("http://{}", server.address());
    let operators = metrics_router(Metrics::new(), || async { Ok(()) });
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.run(world.router.clone(), operators, async {
        let _ = stopped.await;
    }));

    let id = world.apply("G04-1").await;
    world.conclude(id).await;
    work(&folder, home.clone(), &url).await;
    let application = world.portal.store().application(id).await.unwrap().unwrap();
    let number = application.job.unwrap().number;
    let mut contractor = world.login("aomine").await;
    let from = format!("/guarantees/{number}");
    let page = contractor.get(&from).await;
    assert!(page.text().contains("有効です(保証中)"), "{}", page.text());
    let first = contractor.post_from(&from, &format!("{from}/key"), &[]).await.text();

    let mut fields = request_of("G04-2");
    fields["change"].as_object_mut().unwrap().remove("supersedes");
    let id = world.enter(draft(&fields), Task::Amend, Some((&number, Revision::FIRST))).await;
    world.conclude(id).await;
    work(&folder, home.clone(), &url).await;
    assert!(contractor.get(&from).await.text().contains("￥41,800,000"));

    let two_people = async |fields: &serde_json::Map<_, _>, task, base| {
        let base = Revision::new(base).unwrap();
        let id = world.enter(draft(fields), task, Some((&number, base))).await;
        let (mut clerk, mut director) = (world.login("clerk").await, world.login("director").await);
        let mut approver = world.login("approver").await;
        assert_eq!(world.step(&mut clerk, id, "review", &[]).await.status, 303);
        assert_eq!(world.step(&mut approver, id, "approve", &ACKNOWLEDGED).await.status, 303);
        assert_eq!(world.step(&mut director, id, "approve", &ACKNOWLEDGED).await.status, 303);
        assert_eq!(world.step(&mut clerk, id, "conclude", &[]).await.status, 303);
        work(&folder, home.clone(), &url).await;
        id
    };
    fields.insert("change".to_owned(), json!({ "kinds": ["rekey"], "reason": "誤送付のため" }));
    two_people(&fields, Task::Rekey, 2).await;
    let second = contractor.post_from(&from, &format!("{from}/key"), &[]).await.text();
    let key = |page: &str| {
        let groups = page.split("key-group\">").skip(1);
        groups.map(|rest| rest.split('<').next().unwrap().to_owned()).collect::<String>()
    };
    assert_eq!((key(&first).len(), key(&second).len()), (25, 25));
    assert_ne!(key(&first), key(&second));
    let notice = contractor.post_from(&from, &format!("{from}/notice.pdf"), &[]).await;
    assert!(notice.body.starts_with(b"%PDF"));

    fields.insert(
        "change".to_owned(),
        json!({ "kinds": ["termination"], "reason": "合意解除", "effective_from": "2025-11-20" }),
    );
    let id = two_people(&fields, Task::Cancel, 3).await;
    let page = contractor.get(&from).await.text();
    assert!(page.contains("解約されました") && !page.contains("/amend"), "{page}");
    let mut clerk = world.login("clerk").await;
    assert!(clerk.get(&format!("/desk/applications/{id}")).await.text().contains("発行済"));

    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
}
