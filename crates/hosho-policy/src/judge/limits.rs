//! How large an advance may be: R1, R2, R3, and the exceptions R10 and R11.

use hosho::Yen;

use super::{Desk, Share};
use crate::case::Case;
use crate::figure::{Base, Figure, Payment, Percent};
use crate::past::Fall;
use crate::policy::Field;
use crate::rule::{Rule, Severity};

pub(super) fn judge(desk: &mut Desk<'_>) {
    match desk.payment() {
        Some((Payment::Advance, amount)) => advance(desk, amount),
        Some((_, amount)) => interim(desk, amount),
        None => (),
    }
}

fn advance(desk: &mut Desk<'_>, amount: u64) {
    let (rule, limit) = match desk.field {
        Field::Works => (Rule::R1, desk.settings.advance),
        Field::Services => (Rule::R2, desk.settings.services),
    };
    let share = share_of(desk, Payment::Advance, amount, limit);
    if !share.is_exceeded() {
        planned_amount_counts(desk, share);
        services_limit_counts(desk, share);
        after_survey(desk, amount);
    } else if desk.level(rule).is_none() {
        after_survey(desk, amount);
    } else if !is_excused(desk, limit, Share { limit: desk.settings.decreased, ..share }) {
        above(desk, rule, share);
    }
}

/// R2: the advance is within the lower limit of services, unless a survey makes it lower still.
fn services_limit_counts(desk: &mut Desk<'_>, share: Share) {
    if desk.field == Field::Services && !desk.is_surveyed() && desk.level(Rule::R2).is_some() {
        let inform = Some(Severity::Inform);
        desk.note(Rule::R2, inform, Case::WithinServicesLimit, share.figures());
    }
}

/// R2: the lower limit after a low-price survey.
fn after_survey(desk: &mut Desk<'_>, amount: u64) {
    if !desk.is_surveyed() || desk.level(Rule::R2).is_none() {
        return;
    }
    let level = desk.settings.low_price_level;
    let share = share_of(desk, Payment::Advance, amount, desk.settings.low_price);
    if share.is_exceeded() {
        desk.note(Rule::R2, level, Case::AboveLowPriceLimit, share.figures_of_excess());
    } else if level.is_some() {
        let inform = Some(Severity::Inform);
        desk.note(Rule::R2, inform, Case::WithinLowPriceLimit, share.figures());
    }
}

fn interim(desk: &mut Desk<'_>, amount: u64) {
    if desk.level(Rule::R3).is_none() {
        return;
    }
    let share = share_of(desk, Payment::Interim, amount, desk.settings.interim);
    let first = desk.first_advance().and_then(|it| it.advance);
    let total = first.map(|first| {
        let sum = first.amount().saturating_add(amount);
        share_of(desk, Payment::Total, sum, desk.settings.total)
    });
    if total.is_none() {
        total_not_compared(desk, share);
    }
    let too_much: Vec<Share> =
        total.into_iter().chain([share]).filter(Share::is_exceeded).collect();
    let Some(usual) = too_much.last().map(|share| share.limit) else {
        planned_amount_counts(desk, share);
        return;
    };
    // After a decrease only the sum is limited.
    let after = Share { limit: desk.settings.decreased_total, ..total.unwrap_or(share) };
    if !is_excused(desk, usual, after) {
        for share in too_much {
            above(desk, Rule::R3, share);
        }
    }
}

fn total_not_compared(desk: &mut Desk<'_>, share: Share) {
    let total = Share { payment: None, limit: desk.settings.total, ..share };
    let Some(number) = &desk.claims().guarantee.first_advance else { return };
    let mut figures = total.figures();
    figures.push(("first_advance", Figure::Text(number.to_string())));
    desk.note(Rule::R3, Some(Severity::Inform), Case::TotalNotCompared, figures);
}

fn share_of(desk: &Desk<'_>, payment: Payment, amount: u64, limit: Percent) -> Share {
    let (base, base_amount) = desk.base();
    Share { payment: Some(payment), amount, base, base_amount, limit }
}

fn above(desk: &mut Desk<'_>, rule: Rule, share: Share) {
    let rule = if share.base == Base::Planned { Rule::R10 } else { rule };
    desk.note(rule, desk.level(rule), Case::AboveLimit, share.figures_of_excess());
}

/// R10: the limit is taken of the planned amount.
fn planned_amount_counts(desk: &mut Desk<'_>, share: Share) {
    let Some(year) = &desk.claims().work.multi_year else { return };
    if share.base == Base::Planned {
        let mut figures = share.figures();
        figures.push(("fiscal_year", Figure::Text(year.fiscal_year.to_string())));
        desk.note(Rule::R10, Some(Severity::Inform), Case::PlannedAmountCounts, figures);
    }
}

/// R11: whether a decrease of the price excuses that the usual limit is exceeded, or may excuse
/// it. Then, and when even the limit after a decrease is exceeded, that is noted and nothing else
/// has to be.
fn is_excused(desk: &mut Desk<'_>, usual: Percent, after: Share) -> bool {
    let Some(level) = desk.level(Rule::R11) else { return false };
    let fall = desk.past.fall();
    match fall {
        Fall::None => return false,
        Fall::Fell { advance, .. } if has_grown(desk, advance) => return false,
        Fall::PerhapsEarlier if after.is_exceeded() => return false,
        _ if after.is_exceeded() => {
            let figures = after.figures_of_excess();
            desk.note(Rule::R11, Some(level), Case::AboveAfterDecrease, figures);
            return true;
        }
        _ => (),
    }
    let mut figures = after.figures();
    figures.push(("usual_percent", Figure::Percent(usual)));
    let (severity, case) = match fall {
        Fall::Fell { before, .. } => {
            figures.push(("before_jpy", Figure::yen(before)));
            figures.push(("price_jpy", Figure::yen(desk.claims().work.price)));
            (Severity::Inform, Case::StandsAfterDecrease)
        }
        Fall::PerhapsNow => (Severity::Inform, Case::MayStandAfterThisDecrease),
        _ => (Severity::Remind, Case::MayStandAfterEarlierDecrease),
    };
    desk.note(Rule::R11, Some(severity), case, figures);
    true
}

/// An advance that rose while the price fell does not merely stand.
fn has_grown(desk: &Desk<'_>, before: Option<Yen>) -> bool {
    before.is_some_and(|before| desk.claims().guarantee.advance > Some(before))
}
