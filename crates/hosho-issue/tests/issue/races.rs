use std::fs::File;
use std::process::{Child, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use hosho_issue::{Failure, Patience};

use crate::workshop::{Workshop, codes, issue_and_tell};

#[test]
fn says_busy_while_another_process_works_in_the_home() {
    let workshop = Workshop::new();
    let lock = File::open(workshop.home().join("lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(codes(workshop.issue(&[workshop.request("A-1", 1)])), ["E9-BUSY"]);
    assert_eq!(codes(workshop.audit()), ["E9-BUSY"]);
    lock.unlock().unwrap();
    workshop.issue(&[workshop.request("A-1", 1)]).unwrap();
}

#[test]
fn of_sixty_four_programs_that_amend_at_once_exactly_one_wins() {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.request("A-1", 1)]).unwrap();
    let amend = |n: u32| {
        let edit = |r: &mut serde_json::Value| r["change"]["reason"] = format!("訂正 {n}").into();
        workshop
            .program(&[workshop.request_with("A-1", 2, edit)])
            .args(["--wait", "120"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let amenders: Vec<Child> = (0..64).map(amend).collect();
    let mut won = 0;
    for amender in amenders {
        let output = amender.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        won += u32::from(output.status.success());
        assert!(output.status.success() || said.contains("E9-CONFLICT"), "{said}");
    }
    assert_eq!(won, 1);
    assert_eq!(workshop.audit().unwrap().certificates, 2);
}

#[test]
fn of_sixty_four_amenders_at_once_exactly_one_wins() {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.request("A-1", 1)]).unwrap();
    let orders: Vec<_> = (0..64)
        .map(|n| {
            let edit =
                |r: &mut serde_json::Value| r["change"]["reason"] = format!("訂正 {n}").into();
            let mut order = workshop.issue_order(&[workshop.request_with("A-1", 2, edit)]);
            order.patience = Patience(Duration::from_mins(2));
            order
        })
        .collect();
    let barrier = Barrier::new(orders.len());
    let results: Vec<_> = thread::scope(|scope| {
        let amend = |order| {
            barrier.wait();
            issue_and_tell(order)
        };
        let threads: Vec<_> =
            orders.iter().map(|order| scope.spawn(move || amend(order))).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let won = results.iter().filter(|r| r.is_ok()).count();
    let lost = results
        .iter()
        .filter(
            |r| matches!(r, Err(Failure::Refused(why)) if why[0].reason.code() == "E9-CONFLICT"),
        )
        .count();
    assert_eq!((won, lost), (1, 63));
    assert_eq!(workshop.audit().unwrap().certificates, 2);
}
