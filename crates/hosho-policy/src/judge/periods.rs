//! When a guarantee has to run: R9, and the exception R10.

use hosho::{Date, GuaranteeKind, MultiYear};

use super::Desk;
use crate::case::Case;
use crate::figure::Figure;
use crate::fiscal;
use crate::rule::{Rule, Severity};

pub(super) fn judge(desk: &mut Desk<'_>) {
    let claims = desk.claims();
    if claims.kind == GuaranteeKind::Performance {
        begins_in_time(desk);
    }
    let (expiry, term_to) = (claims.guarantee.period.to(), claims.work.term.to());
    if expiry > term_to && claims.kind != GuaranteeKind::Performance {
        expires(desk, Case::ExpiresAfterTerm);
    }
    if expiry >= term_to {
        return;
    }
    match &claims.work.multi_year {
        Some(year) if desk.level(Rule::R10).is_some() => with_fiscal_year(desk, year),
        _ => expires(desk, Case::ExpiresBeforeTerm),
    }
}

fn expires(desk: &mut Desk<'_>, case: Case) {
    let Some(level) = desk.level(Rule::R9) else { return };
    let level = match case {
        Case::ExpiresAfterTerm => desk.settings.later_level,
        _ => Some(level),
    };
    let figures = vec![
        ("expiry", Figure::Date(desk.claims().guarantee.period.to())),
        ("term_to", Figure::Date(desk.claims().work.term.to())),
    ];
    desk.note(Rule::R9, level, case, figures);
}

/// A performance guarantee covers the whole term.
fn begins_in_time(desk: &mut Desk<'_>) {
    let (begins, term_from) =
        (desk.claims().guarantee.period.from(), desk.claims().work.term.from());
    if begins > term_from {
        let figures =
            vec![("begins", Figure::Date(begins)), ("term_from", Figure::Date(term_from))];
        desk.note(Rule::R9, desk.level(Rule::R9), Case::BeginsAfterTerm, figures);
    }
}

/// R10: the guarantee of an advance for one fiscal year expires with that year.
fn with_fiscal_year(desk: &mut Desk<'_>, year: &MultiYear<'_>) {
    let (expiry, term_to) = (desk.claims().guarantee.period.to(), desk.claims().work.term.to());
    let mut figures = vec![
        ("expiry", Figure::Date(expiry)),
        ("fiscal_year", Figure::Text(year.fiscal_year.to_string())),
        ("term_to", Figure::Date(term_to)),
    ];
    let Some(year_end) = fiscal::last_day(year.fiscal_year.as_str()) else {
        let remind = Some(Severity::Remind);
        desk.note(Rule::R10, remind, Case::FiscalYearUnread, figures);
        return;
    };
    let due: Date = year_end.min(term_to);
    figures.push(("year_end", Figure::Date(year_end)));
    figures.push(("due", Figure::Date(due)));
    let (level, case) = if expiry < due {
        (desk.level(Rule::R10), Case::ExpiresBeforeFiscalYear)
    } else if expiry == year_end {
        (Some(Severity::Inform), Case::ExpiresWithFiscalYear)
    } else {
        (Some(Severity::Inform), Case::ExtendedPastFiscalYear)
    };
    desk.note(Rule::R10, level, case, figures);
}
