//! What somebody with access to the database can do to a page: nothing but make it fail.

use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

use crate::frame::World;

async fn meddle(world: &World, statement: &str) {
    let url = format!("sqlite://{}", world.folder.path().join("portal.db").display());
    sqlx::any::install_default_drivers();
    let options: sqlx::any::AnyConnectOptions = url.parse().unwrap();
    let mut connection = options.disable_statement_logging().connect().await.unwrap();
    connection.execute(AssertSqlSafe(statement.to_owned())).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_certificate_that_was_changed_in_the_database_is_not_shown() {
    let world = World::new().await;
    let (number, _) = world.issue("G01-1").await;
    meddle(
        &world,
        "UPDATE revisions SET signed = CAST(replace(CAST(signed AS TEXT), 'x', 'y') AS BLOB)",
    )
    .await;
    let mut contractor = world.login("aomine").await;
    let list = contractor.get("/").await;
    assert_eq!(list.status, 200);
    assert!(list.text().contains("検証できません"), "{}", list.text());
    assert!(!list.text().contains("県道霧ヶ原青嶺線"), "nothing of what it says is shown");
    for path in [format!("/guarantees/{number}"), format!("/guarantees/{number}/copy.pdf")] {
        let answer = contractor.get(&path).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (500, "E10-INTERNAL".to_owned()));
    }
}

#[tokio::test]
async fn an_auth_key_of_another_guarantee_in_its_place_is_not_shown() {
    let world = World::new().await;
    let (first, _) = world.issue("G01-1").await;
    let (second, _) = world.issue("G01-1").await;
    meddle(
        &world,
        &format!(
            "UPDATE auth_keys SET sealed_key =
               (SELECT sealed_key FROM auth_keys WHERE number = '{second}')
             WHERE number = '{first}'"
        ),
    )
    .await;
    let mut contractor = world.login("aomine").await;
    let from = format!("/guarantees/{first}");
    for what in ["key", "notice.pdf"] {
        let answer = contractor.post_from(&from, &format!("{from}/{what}"), &[]).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (500, "E10-INTERNAL".to_owned()));
    }
}

#[tokio::test]
async fn an_application_that_was_changed_in_the_database_still_cannot_become_another_certificate() {
    let world = World::new().await;
    let id = world.apply("G01-1").await;
    world.conclude(id).await;
    let job = world.claim().await.pop().unwrap();
    let (report, _) = world.do_job(&job).await;
    meddle(&world, "UPDATE jobs SET request = replace(request, '52800000', '52800001')").await;
    let (status, told) = world.report(&job, &report).await;
    assert_eq!((status, told["code"].as_str()), (400, Some("E10-INPUT")));
}
