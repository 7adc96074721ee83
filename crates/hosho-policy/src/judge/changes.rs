//! What a change calls for: R12, R13 and R15.

use hosho::{ChangeKind, Lineage, Yen};

use super::Desk;
use crate::case::Case;
use crate::figure::{Figure, Payment, Percent};
use crate::rule::{Rule, Severity};

pub(super) fn judge(desk: &mut Desk<'_>) {
    // A performance guarantee is about no payment.
    let Some((payment, advance)) = desk.payment() else {
        let later = desk.later_advance().map(|it| it.price);
        let price = desk.claims().work.price;
        if let Some(later) = later.filter(|later| *later != price) {
            change_of_price(desk, Some(price), later);
        }
        return;
    };
    if desk.is_changed(ChangeKind::Increase) {
        increase(desk, payment, advance);
    }
    if desk.is_changed(ChangeKind::Decrease) {
        decrease(desk);
    }
    if desk.is_changed(ChangeKind::Increase) || desk.is_changed(ChangeKind::Decrease) {
        performance(desk);
    }
}

/// R12
fn increase(desk: &mut Desk<'_>, payment: Payment, advance: u64) {
    let level = desk.level(Rule::R12);
    let mut figures =
        vec![("payment", Figure::Payment(payment)), ("amount_jpy", Figure::Amount(advance))];
    let before = desk.past.directly_before().and_then(|it| it.advance).map(Yen::amount);
    match before {
        None => desk.note(Rule::R12, level, Case::PayAfterIncreaseUnknown, figures),
        // Only the price or the guaranteed amount rose: nothing is paid.
        Some(before) if before >= advance => (),
        Some(before) => {
            figures.push(("before_jpy", Figure::Amount(before)));
            figures.push(("added_jpy", Figure::Amount(advance - before)));
            desk.note(Rule::R12, level, Case::PayAfterIncrease, figures);
        }
    }
}

/// R13
fn decrease(desk: &mut Desk<'_>) {
    let claims = desk.claims();
    let Lineage::Amendment { change, .. } = &claims.lineage else { return };
    let mut figures = vec![("issued_on", Figure::Date(claims.issued_on))];
    let case = match change.contract_changed_on {
        None => Case::HandInAfterDecreaseUndated,
        Some(day) => {
            figures.push(("contract_changed_on", Figure::Date(day)));
            Case::HandInAfterDecrease
        }
    };
    desk.note(Rule::R13, desk.level(Rule::R13), case, figures);
}

/// R15: compared with the performance guarantee if it was given, else with the revision before.
fn performance(desk: &mut Desk<'_>) {
    let price = desk.claims().work.price;
    let before = desk.performance().or_else(|| desk.past.directly_before());
    let before = before.map(|it| it.price);
    if before != Some(price) {
        change_of_price(desk, before, price);
    }
}

/// R15: whether a price that changed needs an amended performance guarantee.
fn change_of_price(desk: &mut Desk<'_>, before: Option<Yen>, price: Yen) {
    let Some(level) = desk.level(Rule::R15) else { return };
    let threshold = match before {
        Some(before) if before < price => desk.settings.increase,
        Some(_) => desk.settings.decrease,
        None => None,
    };
    let (Some(before), Some(threshold)) = (before, threshold) else {
        desk.note(Rule::R15, Some(level), Case::PerformanceChangeDepends, Vec::new());
        return;
    };
    let figures = vec![
        ("before_jpy", Figure::yen(before)),
        ("price_jpy", Figure::yen(price)),
        ("difference_jpy", Figure::Amount(before.amount().abs_diff(price.amount()))),
        ("threshold_percent", Figure::Percent(threshold)),
    ];
    let (severity, case) = if reaches(threshold, before, price) {
        (level, Case::PerformanceChangeNeeded)
    } else {
        (Severity::Inform, Case::PerformanceChangeNotNeeded)
    };
    desk.note(Rule::R15, Some(severity), case, figures);
}

/// Whether the price changed by the threshold's share of what it was before, or by more.
fn reaches(threshold: Percent, before: Yen, price: Yen) -> bool {
    let difference = before.amount().abs_diff(price.amount());
    !threshold.is_missed_by(difference, before.amount())
}
