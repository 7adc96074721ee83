//! From a certificate to the JSON of the request that it answers.

use hosho::{
    Certificate, Change, ChangeKind, Contractor, GuaranteeKind, GuaranteeNumber, GuaranteeTerms,
    Lineage, LowPriceSurvey, Member, Obligee, Period, Share, Text, Work, Yen,
};
use serde_json::{Map, Value, json};

/// Returns the fields of a request, filled from `certificate`.
///
/// Reading the answer with [`Request::parse`](crate::Request::parse) gives the request that was
/// issued. What the guarantor added (its name, the times, the auth-key binding, the status
/// reference, the hashes) is not in it.
pub fn certificate_json(certificate: &Certificate<'_>) -> Value {
    let claims = certificate.claims();
    let mut object = Object::default();
    object.put("kind", kind_word(claims.kind));
    object.put("number", claims.number.as_str());
    object.put("revision", certificate.revision().number());
    object.put("issued_on", claims.issued_on.to_string());
    object.put_some("branch", claims.guarantor.branch.as_ref().map(Text::as_str));
    object.put("obligee", obligee(&claims.obligee));
    object.put("contractor", contractor(&claims.contractor));
    object.put("work", work(&claims.work));
    object.put("guarantee", guarantee(&claims.guarantee));
    if let Lineage::Amendment { revision, change: details, .. } = &claims.lineage {
        object.put("change", change(revision.number(), details));
    }
    object.into_value()
}

/// An object under construction; fields that are not there are left out, never `null`.
#[derive(Default)]
struct Object(Map<String, Value>);

impl Object {
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    fn put_some(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

fn obligee(obligee: &Obligee<'_>) -> Value {
    let mut object = Object::default();
    object.put("name", obligee.name.as_str());
    object.put("representative", obligee.representative.as_str());
    object.put_some("address", obligee.address.as_ref().map(Text::as_str));
    object.into_value()
}

fn contractor(contractor: &Contractor<'_>) -> Value {
    let mut object = Object::default();
    object.put("name", contractor.name.as_str());
    object.put("representative", contractor.representative.as_str());
    object.put("address", contractor.address.as_str());
    if !contractor.members.is_empty() {
        let members: Vec<Value> = contractor.members.iter().map(member).collect();
        object.put("jv_members", members);
    }
    object.into_value()
}

fn member(member: &Member<'_>) -> Value {
    let mut object = Object::default();
    object.put("name", member.name.as_str());
    object.put("role", member.role.as_str());
    object.put_some("share_percent", member.share.map(percent));
    object.into_value()
}

/// A share in percent: an integer where it is one, else with its decimals.
fn percent(share: Share) -> Value {
    let hundredths = share.basis_points();
    if hundredths.is_multiple_of(100) {
        Value::from(hundredths / 100)
    } else {
        Value::from(f64::from(hundredths) / 100.0)
    }
}

fn work(work: &Work<'_>) -> Value {
    let mut object = Object::default();
    object.put("contract_number", work.contract_number.as_str());
    object.put("category", work.category.as_str());
    object.put("name", work.name.as_str());
    object.put("site", work.site.as_str());
    object.put_some("concluded_on", work.concluded_on.map(|day| day.to_string()));
    object.put("term", period(work.term));
    object.put("price_jpy", work.price.amount());
    object.put("price_tax_jpy", work.tax.amount());
    object.put_some(
        "multi_year",
        work.multi_year.as_ref().map(|year| {
            json!({
                "fiscal_year": year.fiscal_year.as_str(),
                "planned_jpy": year.planned.amount(),
            })
        }),
    );
    if work.low_price_survey == LowPriceSurvey::Made {
        object.put("low_price_survey", true);
    }
    object.into_value()
}

fn guarantee(guarantee: &GuaranteeTerms<'_>) -> Value {
    let mut object = Object::default();
    object.put("amount_jpy", guarantee.amount.amount());
    object.put("period", period(guarantee.period));
    object.put_some("advance_jpy", guarantee.advance.map(Yen::amount));
    object.put_some(
        "prior_advance_guarantee_number",
        guarantee.first_advance.as_ref().map(GuaranteeNumber::as_str),
    );
    object.put("terms", guarantee.terms.as_str());
    object.into_value()
}

fn change(revision: u16, change: &Change<'_>) -> Value {
    let kinds: Vec<Value> = change.kinds.iter().map(|kind| change_word(kind).into()).collect();
    let mut object = Object::default();
    object.put("supersedes", revision.saturating_sub(1));
    object.put("kinds", kinds);
    object.put("reason", change.reason.as_str());
    object.put_some("contract_changed_on", change.contract_changed_on.map(|day| day.to_string()));
    object.put_some("effective_from", change.effective_from.map(|day| day.to_string()));
    object.into_value()
}

fn period(period: Period) -> Value {
    json!({ "from": period.from().to_string(), "to": period.to().to_string() })
}

fn kind_word(kind: GuaranteeKind) -> &'static str {
    match kind {
        GuaranteeKind::Advance => "advance",
        GuaranteeKind::Interim => "interim",
        GuaranteeKind::Performance => "performance",
    }
}

fn change_word(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Increase => "increase",
        ChangeKind::Decrease => "decrease",
        ChangeKind::Extension => "extension",
        ChangeKind::Shortening => "shortening",
        ChangeKind::Correction => "correction",
        ChangeKind::Novation => "novation",
        ChangeKind::Termination => "termination",
        ChangeKind::Voidance => "voidance",
        ChangeKind::Rekey => "rekey",
    }
}
