//! The six steps, from an application to the obligee's receipt, and what can happen afterwards.

use std::path::{Path, PathBuf};

use hosho_cli::lang::Lang;

use crate::Fault;
use crate::cast::ADMINISTRATOR;
use crate::office::{Approvals, Office, accept, hand_in, open};
use crate::stop::Stop;
use crate::town::Town;
use crate::typed::{day_after, pairs, sample};
use crate::visitor::{Answer, Visitor};

/// Something to open: what the contractor hands to the obligee.
#[derive(Clone, Debug)]
pub(crate) struct ToTry {
    pub(crate) number: String,
    pub(crate) auth_key: String,
    pub(crate) notice: PathBuf,
}

/// Takes some samples through, so that every page has something to show.
pub(crate) fn fill(town: &mut Town, samples: &Path, stop: &Stop) -> Result<ToTry, Fault> {
    let confirm = town.confirm;
    let mut office = Office::open(town, &[ADMINISTRATOR], stop)?;
    let (number, auth_key) = issue(&mut office, samples, "G01-1")?;
    let mut obligee = Visitor::of(confirm);
    in_force(&open(&mut obligee, &number, &auth_key)?)?;
    accept(&mut obligee, "瑞穂県 青嶺土木事務所 架空 花子")?;
    office.told(&number, "受理")?;

    let (number, auth_key) = issue(&mut office, samples, "G06-1")?;
    let notice = office.town.places.folder().join(format!("{number}-notice.pdf"));
    std::fs::write(&notice, office.notice(&number)?)?;
    // One waits at the desk.
    office.apply("/applications/new?kind=advance", &sample(samples, "G04-1")?)?;
    Ok(ToTry { number, auth_key, notice })
}

/// Walks the six steps and what follows, and prints each.
pub(crate) fn walk(town: &mut Town, samples: &Path, lang: Lang, stop: &Stop) -> Result<(), Fault> {
    let mut obligee = Visitor::of(town.confirm);
    let mut office = Office::open(town, &[], stop)?;
    let say = |ja: &str, en: &str| println!("✓ {}", lang.pick(ja, en));

    let application = office.apply("/applications/new?kind=advance", &sample(samples, "G01-1")?)?;
    say(
        "1 申込み: 請負者が前払金保証を申し込む",
        "1 the contractor applies for an advance payment guarantee",
    );
    office.decide(&application, Approvals::One)?;
    say("2 審査・承認・締結: 別々の担当者が行う", "2 the desk reviews, approves and concludes");
    let number = office.issued(&application)?;
    println!("✓ {} {number}", lang.pick("3 発行:", "3 the worker issues"));
    office.mailed(1)?;
    let auth_key = office.auth_key(&number)?;
    let notice = office.notice(&number)?;
    say(
        "4 メールが届き、請負者が認証キーを見て、お知らせを取得する",
        "4 a mail comes; the contractor sees the auth key and takes the notice",
    );
    in_force(&open(&mut obligee, &number, &auth_key)?)?;
    in_force(&hand_in(&mut Visitor::of(office.town.confirm), "notice.pdf", &notice)?)?;
    say(
        "5 発注者が番号とキーで、またお知らせのファイルで閲覧する: 有効",
        "5 the obligee opens it by number and key, and by the notice: in force",
    );
    accept(&mut obligee, "瑞穂県 青嶺土木事務所 架空 花子")?;
    for done in ["閲覧", "受理"] {
        office.told(&number, done)?;
    }
    say("6 発注者の受領の回答が、請負者に届く", "6 the obligee's receipt reaches the contractor");

    amend(&mut office, &mut obligee, &number, &auth_key)?;
    say(
        "変更: 増額と期間の延長。同じ認証キーで最新の版が開く",
        "an amendment: the same auth key opens the new revision",
    );
    refusals(&mut office, samples, &number)?;
    say(
        "別の認証キーでは開かず、請負者の控えは受け付けられない",
        "another auth key opens nothing, and the contractor's copy is refused",
    );
    rekey(&mut office, &mut obligee, &number, &auth_key)?;
    say(
        "認証キーの再発行(二人の承認): 古いキーは使えず、新しいキーで開く",
        "a new auth key, by two people: the old one opens nothing, the new one does",
    );
    Ok(())
}

/// Takes a sample through to its auth key.
fn issue(office: &mut Office<'_>, samples: &Path, name: &str) -> Result<(String, String), Fault> {
    let typed = sample(samples, name)?;
    let application = office.apply("/applications/new", &typed)?;
    office.decide(&application, Approvals::One)?;
    let number = office.issued(&application)?;
    let auth_key = office.auth_key(&number)?;
    Ok((number, auth_key))
}

fn amend(
    office: &mut Office<'_>,
    obligee: &mut Visitor,
    number: &str,
    auth_key: &str,
) -> Result<(), Fault> {
    let (today, last) = (day_after(0)?, day_after(300)?);
    let typed = pairs([
        ("change.reason", "設計変更による請負代金額の増額と工期の延長"),
        ("change.contract_changed_on", &today),
        ("work.price_jpy", "143,000,000"),
        ("work.price_tax_jpy", "13,000,000"),
        ("work.term.to", &last),
        ("guarantee.advance_jpy", "57,200,000"),
        ("guarantee.amount_jpy", "57,200,000"),
        ("guarantee.period.to", &last),
    ]);
    let application = office.apply(&format!("/guarantees/{number}/amend"), &typed)?;
    office.decide(&application, Approvals::One)?;
    office.issued(&application)?;
    let page = open(obligee, number, auth_key)?;
    in_force(&page)?;
    page.shows("143,000,000")
}

/// A wrong auth key, a wrong file, and a guarantee that was cancelled.
fn refusals(office: &mut Office<'_>, samples: &Path, number: &str) -> Result<(), Fault> {
    let mut obligee = Visitor::of(office.town.confirm);
    let (other, other_key) = issue(office, samples, "G06-1")?;
    open(&mut obligee, number, &other_key)?.has_status(404)?;
    let copy = office.copy(number)?;
    let refused = hand_in(&mut obligee, "copy.pdf", &copy)?;
    refused.has_status(400)?;
    refused.shows("E1-COPY")?;

    let typed = pairs([("ending", "voidance"), ("change.reason", "請負契約が成立しなかったため")]);
    let application = office.apply(&format!("/guarantees/{other}/cancel"), &typed)?;
    office.decide(&application, Approvals::Two)?;
    office.issued(&application)?;
    verdict(&open(&mut obligee, &other, &other_key)?, "voided")
}

fn rekey(
    office: &mut Office<'_>,
    obligee: &mut Visitor,
    number: &str,
    old: &str,
) -> Result<(), Fault> {
    let typed = pairs([("change.reason", "お知らせを別の宛先に送ってしまったため")]);
    let application = office.apply(&format!("/guarantees/{number}/rekey"), &typed)?;
    office.decide(&application, Approvals::Two)?;
    office.issued(&application)?;
    let new = office.auth_key(number)?;
    if new == old {
        return Err("the auth key is the one before".into());
    }
    open(obligee, number, old)?.has_status(404)?;
    in_force(&open(obligee, number, &new)?)
}

fn in_force(page: &Answer) -> Result<(), Fault> {
    verdict(page, "in-force")
}

/// Requires that a page shows the verdict's word.
fn verdict(page: &Answer, word: &str) -> Result<(), Fault> {
    page.has_status(200)?;
    if page.page().contains(&format!("<code>{word}</code>")) {
        Ok(())
    } else {
        Err(page.lacks(&format!("verdict {word}")))
    }
}
