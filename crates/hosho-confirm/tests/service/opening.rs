//! From sealed bytes to what is shown, without a database.

use hosho::{AttestationProof, Date, Standing};
use hosho_confirm::{Closed, Opened, Pin, Trust, Unsealed};
use hosho_store::Shelf;
use hosho_testkit::{Guarantor, Sample, date, samples, time};

use crate::stage::{AMENDED, NOW, PLAIN, on_empty_stage};

fn shelf(guarantor: &Guarantor, chain: &[&Sample]) -> Shelf {
    let sealed = chain.iter().map(|it| (it.request.revision, it.sealed.clone())).collect();
    Shelf { guarantor: guarantor.id.clone(), sealed }
}

fn trust(guarantor: &Guarantor, snapshots: Vec<Vec<u8>>) -> Trust {
    Trust::build(&Pin::parse(guarantor.bundle()).unwrap(), &[], snapshots).unwrap()
}

fn open(shelf: &Shelf, by: &Sample, trust: &Trust, on: Date) -> Result<Opened, Closed> {
    let none: [AttestationProof; 0] = [];
    let unsealed = Unsealed::open(shelf, &by.auth_key)?;
    unsealed.judge(&by.request.number, trust, &none, on, time(NOW))
}

#[test]
fn of_all_keys_only_its_own_opens_a_guarantee() {
    on_empty_stage(async |stage| {
        let trust = trust(&stage.guarantor, vec![stage.snapshot(7)]);
        let chains = stage.chains();
        for (number, chain) in &chains {
            let shelf = shelf(&stage.guarantor, chain);
            for (other, others) in &chains {
                let opened = open(&shelf, others.last().unwrap(), &trust, date("2026-03-10"));
                let expected = if number == other { None } else { Some("E4-OPEN") };
                let closed = opened.err().map(|closed| closed.code);
                assert_eq!(closed, expected, "{number} {other}");
            }
        }
    });
}

#[test]
fn an_earlier_revision_is_shown_for_a_day_on_which_it_governed() {
    on_empty_stage(async |stage| {
        let trust = trust(&stage.guarantor, vec![stage.snapshot(7)]);
        let chains = stage.chains();
        let chain = &chains[AMENDED];
        let shelf = shelf(&stage.guarantor, chain);
        // The days before, of and after each change, by hand from samples/requests/G04-*.json.
        for (day, revision) in [
            ("2025-07-08", 1),
            ("2025-10-14", 1),
            ("2025-10-15", 2),
            ("2026-01-22", 2),
            ("2026-01-23", 3),
            ("2026-03-01", 3),
            ("2026-03-02", 4),
            ("2026-03-10", 4),
        ] {
            let opened = open(&shelf, chain[3], &trust, date(day)).unwrap();
            let shown = opened.shown();
            assert_eq!(shown.certificate.revision().number(), revision, "{day}");
            assert_eq!(shown.standing(), Standing::InForce, "{day}");
        }
        let before = open(&shelf, chain[3], &trust, date("2025-07-07")).unwrap();
        assert_eq!(before.shown().certificate.revision().number(), 4);
        assert_ne!(before.shown().standing(), Standing::InForce);
    });
}

#[test]
fn a_snapshot_of_before_the_newest_revision_puts_no_earlier_one_in_force() {
    on_empty_stage(async |stage| {
        let chains = stage.chains();
        let chain = &chains[AMENDED];
        // It knows revisions 1 to 3 only, and calls the third one in force.
        let mut draft = stage
            .guarantor
            .snapshot_draft([(chain[2].status.index.number(), hosho::StatusEntry::InForce)]);
        draft.last_index = hosho::StatusIndex::new(255).unwrap();
        draft.issued_at = time("2026-03-09T00:00:00Z");
        draft.next_update = time("2026-03-16T00:00:00Z");
        let trust = trust(&stage.guarantor, vec![stage.guarantor.sign_snapshot(&draft)]);
        let shelf = shelf(&stage.guarantor, chain);
        let today = open(&shelf, chain[3], &trust, date("2026-03-10")).unwrap();
        assert_eq!(today.shown().certificate.revision().number(), 4);
        assert_eq!(today.shown().standing().code(), "status-unknown");
        let third = today.earlier()[2].genuine().unwrap();
        assert_eq!(third.standing(), Standing::Superseded);
        assert_eq!(third.superseded_by().map(hosho::Revision::number), Some(4));
        // On a day before the fourth governs, the third does.
        let before = open(&shelf, chain[3], &trust, date("2026-03-01")).unwrap();
        assert_eq!(before.shown().certificate.revision().number(), 3);
        assert_eq!(before.shown().standing(), Standing::InForce);
    });
}

#[test]
fn a_chain_with_a_hole_or_of_another_guarantor_stays_closed() {
    on_empty_stage(async |stage| {
        let ours = trust(&stage.guarantor, vec![stage.snapshot(7)]);
        let chains = stage.chains();
        let chain = &chains[AMENDED];
        let on = date("2026-03-10");
        let whole = shelf(&stage.guarantor, chain);
        let mut hole = whole.clone();
        hole.sealed.remove(1);
        let mut swapped = whole.clone();
        swapped.sealed.swap(0, 1);
        let mut foreign = whole.clone();
        foreign.guarantor = hosho::GuarantorId::parse("g-other").unwrap();
        let mut renamed = whole.clone();
        renamed.sealed[3].0 = hosho::Revision::new(5).unwrap();
        for (broken, code) in [
            (hole, "E6-CHAIN"),
            (swapped, "E6-CHAIN"),
            (foreign, "E5-KEY-UNKNOWN"),
            (renamed, "E6-CHAIN"),
        ] {
            assert_eq!(open(&broken, chain[3], &ours, on).unwrap_err().code, code);
        }
        // A forger with keys of his own, under the same id.
        let mut forger = Guarantor::new("g-mirai");
        forger.certificate_key = hosho_testkit::secret_key("forger");
        let theirs = samples(&forger);
        let theirs: Vec<&Sample> =
            theirs.iter().filter(|it| it.request.number.as_str() == PLAIN).collect();
        let closed = open(&shelf(&forger, &theirs), theirs[0], &ours, on);
        assert_eq!(closed.unwrap_err().code, "E5-KEY-UNKNOWN");
    });
}

#[test]
fn a_stored_bundle_has_to_follow_the_pin() {
    let guarantor = Guarantor::new("g-mirai");
    let pin = Pin::parse(guarantor.bundle()).unwrap();
    assert_eq!(pin.guarantor_id().as_str(), "g-mirai");
    // The pin itself may be stored too.
    assert!(Trust::build(&pin, &[guarantor.bundle()], Vec::new()).is_ok());
    let mut other = guarantor.bundle_draft();
    other.next_update = time("2027-01-01T00:00:00Z");
    let other = guarantor.sign_bundle(other);
    let refused = Trust::build(&pin, &[other], Vec::new()).unwrap_err();
    assert_eq!(refused.code(), "E8-SEQUENCE");
}
