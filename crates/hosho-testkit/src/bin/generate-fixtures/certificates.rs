//! Other certificates: genuine signatures over what no honest guarantor would sign.

use hosho::{Fingerprint, Text};

use crate::fixture::Fixture;
use crate::guarantor::thief;
use crate::ledger::{Ledger, issue, request};

pub(crate) fn fixtures(ledger: &Ledger) -> Vec<Fixture> {
    let guarantor = &ledger.guarantor;
    let stranger = Some(Fingerprint::of(b"stranger"));
    let broken = issue(guarantor, "G04-2", request("G04-2"), stranger, 700);
    let mut twin = request("G06-1");
    twin.branch = None;
    let twin = issue(guarantor, "G06-1", twin, None, ledger.issued("G06-1").index);
    let mut hostile = request("G01-1");
    hostile.work.name = Text::parse("工事\\u001b[2J<b>").expect("a text");
    let hostile = issue(guarantor, "G01-1", hostile, None, 3);
    let forged = issue(&thief(), "G01-1", request("G01-1"), None, 3);
    vec![
        Fixture::new("certificates/stranger.hosho", broken.signed),
        Fixture::new("certificates/twin.hosho", twin.signed),
        Fixture::new("certificates/hostile.hosho", hostile.signed),
        Fixture::new("certificates/forged.hosho", forged.signed),
    ]
}
