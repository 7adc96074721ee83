//! What amounts have to be: R4 to R8 and R17.

use hosho::{ChangeKind, Date, GuaranteeKind, Period};

use super::{Desk, Share};
use crate::case::Case;
use crate::figure::{Base, Figure, Payment};
use crate::past::{Fall, kinds};
use crate::rule::Rule;

pub(super) fn judge(desk: &mut Desk<'_>) {
    if desk.claims().kind == GuaranteeKind::Interim {
        needs_of_interim(desk);
    }
    match desk.payment() {
        Some((payment, advance)) => {
            rounding(desk, payment, advance);
            cap(desk, payment, advance);
            guaranteed(desk, payment, advance);
        }
        None => performance(desk),
    }
    tax(desk);
}

/// R4
fn needs_of_interim(desk: &mut Desk<'_>) {
    let Some(level) = desk.level(Rule::R4) else { return };
    let claims = desk.claims();
    match (&claims.guarantee.first_advance, desk.first_advance()) {
        (None, _) => {
            desk.note(
                Rule::R4,
                desk.settings.missing_level,
                Case::FirstAdvanceNotNamed,
                Vec::new(),
            );
        }
        (Some(number), Some(first)) if first.contract != desk.this.contract => {
            let figures = vec![("first_advance", Figure::Text(number.to_string()))];
            let missing = desk.settings.missing_level;
            desk.note(Rule::R4, missing, Case::FirstAdvanceOfOtherContract, figures);
        }
        _ => (),
    }
    // What was paid already needs nothing more.
    let pays = kinds(desk.certificate).is_none() || desk.is_changed(ChangeKind::Increase);
    if !pays {
        return;
    }
    let Some(half_term) = half_of(claims.work.term) else { return };
    if claims.issued_on < half_term {
        let figures = vec![
            ("issued_on", Figure::Date(claims.issued_on)),
            ("half_term", Figure::Date(half_term)),
        ];
        desk.note(Rule::R4, Some(level), Case::BeforeHalfOfTerm, figures);
    }
    let half_price = claims.work.price.amount().div_ceil(2);
    let figures = vec![
        ("half_term", Figure::Date(half_term)),
        ("half_price_jpy", Figure::Amount(half_price)),
    ];
    desk.note(Rule::R4, Some(level), Case::InterimNeeds, figures);
}

/// The first day before which half of the days have passed.
fn half_of(term: Period) -> Option<Date> {
    let days = term.to().days() - term.from().days() + 1;
    Date::from_days(term.from().days() + days.div_ceil(2)).ok()
}

/// R5, and R6 in its place after a low-price survey.
fn performance(desk: &mut Desk<'_>) {
    let survey = desk.is_surveyed() && desk.level(Rule::R6).is_some();
    let (rule, limit, case) = if survey {
        (Rule::R6, desk.settings.low_price_performance, Case::BelowLowPriceMinimum)
    } else {
        (Rule::R5, desk.settings.performance, Case::BelowMinimum)
    };
    let claims = desk.claims();
    let share = Share {
        payment: None,
        amount: claims.guarantee.amount.amount(),
        base: Base::Price,
        base_amount: claims.work.price.amount(),
        limit,
    };
    if share.is_missed() {
        desk.note(rule, desk.level(rule), case, share.figures_of_lack());
    }
}

/// R7: what is left standing after a decrease was not rounded.
fn rounding(desk: &mut Desk<'_>, payment: Payment, advance: u64) {
    let Some(unit) = desk.settings.unit else { return };
    let fell = matches!(desk.past.fall(), Fall::Fell { .. });
    let decreased = fell || desk.is_changed(ChangeKind::Decrease);
    if decreased || advance.is_multiple_of(unit.amount()) {
        return;
    }
    let rounded = advance / unit.amount().max(1) * unit.amount();
    let figures = vec![
        ("payment", Figure::Payment(payment)),
        ("amount_jpy", Figure::Amount(advance)),
        ("unit_jpy", Figure::yen(unit)),
        ("rounded_jpy", Figure::Amount(rounded)),
    ];
    desk.note(Rule::R7, desk.level(Rule::R7), Case::NotRounded, figures);
}

/// R7
fn cap(desk: &mut Desk<'_>, payment: Payment, advance: u64) {
    let Some(cap) = desk.settings.cap.filter(|cap| advance > cap.amount()) else { return };
    let figures = vec![
        ("payment", Figure::Payment(payment)),
        ("amount_jpy", Figure::Amount(advance)),
        ("cap_jpy", Figure::yen(cap)),
        ("excess_jpy", Figure::Amount(advance - cap.amount())),
    ];
    desk.note(Rule::R7, desk.level(Rule::R7), Case::AboveCap, figures);
}

/// R8
fn guaranteed(desk: &mut Desk<'_>, payment: Payment, advance: u64) {
    let Some(level) = desk.level(Rule::R8) else { return };
    let amount = desk.claims().guarantee.amount.amount();
    let figures = vec![
        ("payment", Figure::Payment(payment)),
        ("amount_jpy", Figure::Amount(amount)),
        ("advance_jpy", Figure::Amount(advance)),
        ("difference_jpy", Figure::Amount(amount.abs_diff(advance))),
    ];
    if amount > advance {
        let larger = desk.settings.larger_level;
        desk.note(Rule::R8, larger, Case::GuaranteedAboveAdvance, figures);
    } else if amount < advance {
        desk.note(Rule::R8, Some(level), Case::GuaranteedBelowAdvance, figures);
    }
}

/// R17: any way of rounding to a whole yen is right.
fn tax(desk: &mut Desk<'_>) {
    let work = &desk.claims().work;
    let rate = u128::from(desk.settings.tax_rate.hundredths());
    let (price, tax) = (u128::from(work.price.amount()), u128::from(work.tax.amount()));
    let whole = 10_000 + rate;
    // tax = price * rate / (100 % + rate)
    if (tax * whole).abs_diff(price * rate) < whole {
        return;
    }
    let expected = u64::try_from(price * rate / whole).unwrap_or(u64::MAX);
    let figures = vec![
        ("tax_jpy", Figure::yen(work.tax)),
        ("expected_jpy", Figure::Amount(expected)),
        ("price_jpy", Figure::yen(work.price)),
        ("rate_percent", Figure::Percent(desk.settings.tax_rate)),
    ];
    desk.note(Rule::R17, desk.level(Rule::R17), Case::TaxDiffers, figures);
}
