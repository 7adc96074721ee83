use crate::cbor::Writer;
use crate::claims::{
    Change, Claims, Contractor, GuaranteeTerms, Guarantor, Lineage, LowPriceSurvey, Member,
    Obligee, Work,
};
use crate::counter::Yen;
use crate::date::{Date, Period};
use crate::text::Text;

pub(super) fn claims(w: &mut Writer, claims: &Claims<'_>) {
    let amendment = match &claims.lineage {
        Lineage::Original => None,
        Lineage::Amendment { previous, change, .. } => Some((previous, change)),
    };
    w.map(if amendment.is_some() { 16 } else { 14 });
    key(w, 1).uint(1_u8);
    key(w, 2).text(claims.guarantor_id.as_str());
    key(w, 3).text(claims.number.as_str());
    key(w, 4).uint(claims.lineage.revision().number());
    if let Some((previous, _)) = amendment {
        key(w, 5).bytes(previous.as_bytes());
    }
    key(w, 6).uint(claims.issued_at.seconds());
    key(w, 7).array(3);
    w.uint(claims.binding.epoch.number());
    w.uint(claims.binding.serial.number());
    w.bytes(&claims.binding.bind);
    key(w, 8).array(2);
    w.uint(claims.status.list.number());
    w.uint(claims.status.index.number());
    key(w, 9).uint(claims.kind.to_code());
    date(key(w, 10), claims.issued_on);
    guarantor(key(w, 11), &claims.guarantor);
    obligee(key(w, 12), &claims.obligee);
    contractor(key(w, 13), &claims.contractor);
    work(key(w, 14), &claims.work);
    guarantee(key(w, 15), &claims.guarantee);
    if let Some((_, change)) = amendment {
        self::change(key(w, 16), change);
    }
}

fn key(w: &mut Writer, key: u8) -> &mut Writer {
    w.uint(key);
    w
}

fn date(w: &mut Writer, date: Date) {
    w.uint(date.days());
}

fn period(w: &mut Writer, period: Period) {
    w.array(2);
    date(w, period.from());
    date(w, period.to());
}

fn yen(w: &mut Writer, yen: Yen) {
    w.uint(yen.amount());
}

fn optional_text(w: &mut Writer, number: u8, text: Option<&Text<'_>>) {
    if let Some(text) = text {
        key(w, number).text(text.as_utf8());
    }
}

/// Counts the optional entries that are there.
fn present<const N: usize>(entries: [bool; N]) -> usize {
    entries.into_iter().filter(|there| *there).count()
}

fn guarantor(w: &mut Writer, guarantor: &Guarantor<'_>) {
    let Guarantor { name, branch, representative, address } = guarantor;
    w.map(1 + present([branch.is_some(), representative.is_some(), address.is_some()]));
    key(w, 1).text(name.as_utf8());
    optional_text(w, 2, branch.as_ref());
    optional_text(w, 3, representative.as_ref());
    optional_text(w, 4, address.as_ref());
}

fn obligee(w: &mut Writer, obligee: &Obligee<'_>) {
    w.map(2 + present([obligee.address.is_some()]));
    key(w, 1).text(obligee.name.as_utf8());
    key(w, 2).text(obligee.representative.as_utf8());
    optional_text(w, 3, obligee.address.as_ref());
}

fn contractor(w: &mut Writer, contractor: &Contractor<'_>) {
    w.map(3 + present([!contractor.members.is_empty()]));
    key(w, 1).text(contractor.name.as_utf8());
    key(w, 2).text(contractor.representative.as_utf8());
    key(w, 3).text(contractor.address.as_utf8());
    if !contractor.members.is_empty() {
        key(w, 4).array(contractor.members.len());
        for Member { name, role, share } in &contractor.members {
            w.map(2 + present([share.is_some()]));
            key(w, 1).text(name.as_utf8());
            key(w, 2).text(role.as_utf8());
            if let Some(share) = share {
                key(w, 3).uint(share.basis_points());
            }
        }
    }
}

fn work(w: &mut Writer, work: &Work<'_>) {
    let surveyed = work.low_price_survey == LowPriceSurvey::Made;
    w.map(7 + present([work.concluded_on.is_some(), work.multi_year.is_some(), surveyed]));
    key(w, 1).text(work.contract_number.as_utf8());
    key(w, 2).text(work.category.as_utf8());
    key(w, 3).text(work.name.as_utf8());
    key(w, 4).text(work.site.as_utf8());
    if let Some(day) = work.concluded_on {
        date(key(w, 5), day);
    }
    period(key(w, 6), work.term);
    yen(key(w, 7), work.price);
    yen(key(w, 8), work.tax);
    if let Some(multi_year) = &work.multi_year {
        key(w, 9).array(2);
        w.text(multi_year.fiscal_year.as_utf8());
        yen(w, multi_year.planned);
    }
    if surveyed {
        key(w, 10).truth();
    }
}

fn guarantee(w: &mut Writer, guarantee: &GuaranteeTerms<'_>) {
    let GuaranteeTerms { amount, period: span, advance, first_advance, terms, clauses } = guarantee;
    w.map(3 + present([advance.is_some(), first_advance.is_some(), clauses.is_some()]));
    yen(key(w, 1), *amount);
    period(key(w, 2), *span);
    if let Some(advance) = advance {
        yen(key(w, 3), *advance);
    }
    if let Some(number) = first_advance {
        key(w, 4).text(number.as_str());
    }
    key(w, 5).text(terms.as_utf8());
    if let Some(clauses) = clauses {
        key(w, 6).bytes(clauses.as_bytes());
    }
}

fn change(w: &mut Writer, change: &Change<'_>) {
    let Change { kinds, reason, contract_changed_on, effective_from } = change;
    w.map(2 + present([contract_changed_on.is_some(), effective_from.is_some()]));
    key(w, 1).array(kinds.len());
    for kind in kinds.iter() {
        w.uint(kind.to_code());
    }
    key(w, 2).text(reason.as_utf8());
    if let Some(day) = contract_changed_on {
        date(key(w, 3), *day);
    }
    if let Some(day) = effective_from {
        date(key(w, 4), *day);
    }
}
