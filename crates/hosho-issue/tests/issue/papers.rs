use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use hosho::{GuaranteeNumber, Revision, Signer as _};
use hosho_cli::lang::Lang;
use hosho_issue::{Failure, PaperOrder, Patience, Watch, copy, notice};

use crate::keysmith::secret_key_of;
use crate::workshop::{Workshop, codes, samples};

fn order(workshop: &Workshop, number: &'static str, out: &str) -> PaperOrder {
    PaperOrder {
        home: workshop.home(),
        number: GuaranteeNumber::parse(number).unwrap(),
        revision: None,
        out: workshop.path(out),
        lang: Lang::Ja,
        patience: Patience(Duration::from_secs(2)),
    }
}

type Paper = fn(&PaperOrder, &mut Watch<'_>) -> Result<(), Failure>;

fn watched(paper: Paper, order: &PaperOrder) -> Result<(), Failure> {
    paper(order, &mut Watch::new(&mut |_: &_| ControlFlow::Continue(())))
}

fn holds(file: &[u8], part: &[u8]) -> bool {
    file.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_notice_holds_the_newest_sealed_certificate_and_is_its_owners_only() {
    let workshop = Workshop::new();
    workshop.issue(&samples()).unwrap();
    let order = order(&workshop, "31-07-1-0000145-2", "notice.pdf");
    watched(notice, &order).unwrap();
    let paper = fs::read(&order.out).unwrap();
    let sealed = fs::read(workshop.out().join("31-07-1-0000145-2-r4.sealed.hosho")).unwrap();
    assert!(holds(&paper, &sealed));
    assert_eq!(fs::metadata(&order.out).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(codes(watched(notice, &order)), ["E1-EXISTS"]);
    assert_eq!(fs::read(&order.out).unwrap(), paper);
}

#[test]
fn a_copy_holds_the_revision_that_was_asked_for() {
    let workshop = Workshop::new();
    workshop.issue(&samples()).unwrap();
    for (asked, name) in [(None, "r4"), (Some(2), "r2")] {
        let revision = asked.map(|number| Revision::new(number).unwrap());
        let order = PaperOrder { revision, ..order(&workshop, "31-07-1-0000145-2", name) };
        watched(copy, &order).unwrap();
        let signed = fs::read(workshop.out().join(format!("31-07-1-0000145-2-{name}.hosho")));
        assert!(holds(&fs::read(&order.out).unwrap(), &signed.unwrap()));
    }
}

#[test]
fn what_was_not_issued_has_no_papers() {
    let workshop = Workshop::new();
    workshop.issue(&samples()).unwrap();
    let unknown = order(&workshop, "31-07-1-9999999-9", "paper.pdf");
    assert_eq!(codes(watched(notice, &unknown)), ["E9-NOT-ISSUED"]);
    let revision = Some(Revision::new(5).unwrap());
    let later = PaperOrder { revision, ..order(&workshop, "31-07-1-0000145-2", "paper.pdf") };
    assert_eq!(codes(watched(copy, &later)), ["E9-NOT-ISSUED"]);
    assert!(!unknown.out.exists());
}

#[test]
fn a_changed_certificate_is_not_put_on_paper() {
    let workshop = Workshop::new();
    workshop.issue(&samples()).unwrap();
    let file = workshop.home().join("certificates/31-07-1-0000145-2-r4.hosho");
    let mut bytes = fs::read(&file).unwrap();
    bytes[200] ^= 1;
    fs::write(&file, bytes).unwrap();
    let order = order(&workshop, "31-07-1-0000145-2", "paper.pdf");
    assert_eq!(codes(watched(notice, &order)), ["E9-DAMAGED"]);
    assert_eq!(codes(watched(copy, &order)), ["E9-DAMAGED"]);
    assert!(!order.out.exists());
}

#[test]
fn papers_are_not_written_into_the_home() {
    let workshop = Workshop::new();
    workshop.issue(&samples()).unwrap();
    let papers: [(Paper, &str); 2] = [(notice, "notice.pdf"), (copy, "copy.pdf")];
    for (paper, name) in papers {
        let out = workshop.home().join("certificates").join(name);
        let order = PaperOrder { out, ..order(&workshop, "31-07-1-0000145-2", name) };
        assert_eq!(codes(watched(paper, &order)), ["E9-INSIDE"]);
        assert!(!order.out.exists());
    }
}

#[test]
fn certificates_of_a_compromised_key_still_have_their_papers() {
    let workshop = Workshop::new();
    workshop.issue(&samples()).unwrap();
    let stolen = secret_key_of(&workshop.home().join("keys/certificate-1.pem"));
    workshop.compromise(stolen.public_key().key_id()).unwrap();
    let notice_order = order(&workshop, "31-07-1-0000145-2", "notice.pdf");
    watched(notice, &notice_order).unwrap();
    // Revision 2 and the one before it are both of the key that was stolen.
    let revision = Some(Revision::new(2).unwrap());
    let copy_order = PaperOrder { revision, ..order(&workshop, "31-07-1-0000145-2", "copy.pdf") };
    watched(copy, &copy_order).unwrap();
    let signed = fs::read(workshop.out().join("31-07-1-0000145-2-r2.hosho")).unwrap();
    assert!(holds(&fs::read(&copy_order.out).unwrap(), &signed));
    let proof = workshop.home().join("certificates/31-07-1-0000145-2-r2.proof");
    fs::remove_file(proof).unwrap();
    let again = PaperOrder { out: workshop.path("again.pdf"), ..copy_order };
    assert_eq!(codes(watched(copy, &again)), ["E9-DAMAGED"]);
}
