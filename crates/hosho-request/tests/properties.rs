//! Whatever can be certified gives its request back.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

use hosho::{
    AuthKeyBinding, Certificate, Change, ChangeKind, ChangeKinds, Contractor, Date, Epoch,
    Fingerprint, GuaranteeKind, GuaranteeNumber, GuaranteeTerms, GuarantorId, ListNumber,
    LowPriceSurvey, Member, MultiYear, Obligee, Period, Revision, Serial, Share, ShortText,
    StatusIndex, StatusReference, Text, UnixTime, Work, Yen,
};
use hosho_request::{Issuance, Request, certificate_json};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;

/// Names with characters that JSON escapes, that have several bytes, or that look like markup.
fn text() -> impl Strategy<Value = Text<'static>> {
    "[a-z0-9\"\\\\/<>&青嶺市﨑髙𠮷()]{1,40}".prop_map(|text| Text::parse(text).unwrap())
}

fn short_text() -> impl Strategy<Value = ShortText<'static>> {
    "[a-z令和]{1,16}".prop_map(|text| ShortText::parse(text).unwrap())
}

fn number() -> impl Strategy<Value = GuaranteeNumber<'static>> {
    "[0-9A-Za-z-]{1,64}".prop_map(|text| GuaranteeNumber::parse(text).unwrap())
}

fn date() -> impl Strategy<Value = Date> {
    (0..=Date::MAX.days()).prop_map(|days| Date::from_days(days).unwrap())
}

fn period() -> impl Strategy<Value = Period> {
    (date(), date()).prop_map(|(a, b)| Period::new(a.min(b), a.max(b)).unwrap())
}

fn yen() -> impl Strategy<Value = Yen> {
    (0..=9_999_999_999_999_u64).prop_map(|amount| Yen::new(amount).unwrap())
}

fn member() -> impl Strategy<Value = Member<'static>> {
    let share = (1..=10_000_u16).prop_map(|hundredths| Share::new(hundredths).unwrap());
    (text(), short_text(), option::of(share)).prop_map(|(name, role, share)| Member {
        name,
        role,
        share,
    })
}

fn change() -> impl Strategy<Value = Change<'static>> {
    let together = vec![
        ChangeKind::Increase,
        ChangeKind::Decrease,
        ChangeKind::Extension,
        ChangeKind::Shortening,
        ChangeKind::Correction,
        ChangeKind::Novation,
        ChangeKind::Termination,
    ];
    let alone = prop_oneof![Just(ChangeKind::Voidance), Just(ChangeKind::Rekey)];
    let kinds = prop_oneof![
        btree_set(proptest::sample::select(together), 1..=7),
        alone.prop_map(|kind| [kind].into()),
    ];
    (kinds, text(), option::of(date()), option::of(date())).prop_map(
        |(kinds, reason, contract_changed_on, effective_from)| Change {
            kinds: ChangeKinds::new(kinds).unwrap(),
            reason,
            contract_changed_on,
            effective_from,
        },
    )
}

fn work() -> impl Strategy<Value = Work<'static>> {
    let names = (text(), short_text(), text(), text());
    let year =
        (short_text(), yen()).prop_map(|(fiscal_year, planned)| MultiYear { fiscal_year, planned });
    let amounts = (yen(), yen(), option::of(year), any::<bool>());
    (names, date(), period(), amounts).prop_map(|(names, concluded_on, term, amounts)| {
        let (contract_number, category, name, site) = names;
        let (a, b, multi_year, surveyed) = amounts;
        let low_price_survey =
            if surveyed { LowPriceSurvey::Made } else { LowPriceSurvey::NotMade };
        Work {
            contract_number,
            category,
            name,
            site,
            concluded_on: Some(concluded_on),
            term,
            price: a.max(b),
            tax: a.min(b),
            multi_year,
            low_price_survey,
        }
    })
}

fn request() -> impl Strategy<Value = Request> {
    let kinds = prop_oneof![
        Just(GuaranteeKind::Advance),
        Just(GuaranteeKind::Interim),
        Just(GuaranteeKind::Performance)
    ];
    let head = (kinds, number(), date(), option::of(text()));
    let obligee = (text(), text(), option::of(text()));
    let contractor = (text(), text(), text(), vec(member(), 0..4));
    let guarantee = (yen(), period(), yen(), option::of(number()), text());
    let change = option::of((2..=u16::MAX, change()));
    (head, obligee, contractor, work(), guarantee, change).prop_map(
        |((kind, number, issued_on, branch), obligee, contractor, mut work, terms, change)| {
            let is_performance = kind == GuaranteeKind::Performance;
            if is_performance {
                work.multi_year = None;
            }
            let revision = change.as_ref().map_or(1, |(revision, _)| *revision);
            Request {
                kind,
                number,
                revision: Revision::new(revision).unwrap(),
                supersedes: change.as_ref().map(|_| Revision::new(revision - 1).unwrap()),
                issued_on,
                branch,
                obligee: Obligee { name: obligee.0, representative: obligee.1, address: obligee.2 },
                contractor: Contractor {
                    name: contractor.0,
                    representative: contractor.1,
                    address: contractor.2,
                    members: contractor.3,
                },
                work,
                guarantee: GuaranteeTerms {
                    amount: terms.0,
                    period: terms.1,
                    advance: (!is_performance).then_some(terms.2),
                    first_advance: terms.3.filter(|_| kind == GuaranteeKind::Interim),
                    terms: terms.4,
                    clauses: None,
                },
                change: change.map(|(_, change)| change),
            }
        },
    )
}

fn issuance(revision: Revision) -> Issuance {
    Issuance {
        guarantor_id: GuarantorId::parse("g-mirai").unwrap(),
        name: Text::parse("架空みらい").unwrap(),
        representative: None,
        address: None,
        issued_at: UnixTime::from_seconds(0).unwrap(),
        binding: AuthKeyBinding { epoch: Epoch::FIRST, serial: Serial::FIRST, bind: [0; 32] },
        status: StatusReference { list: ListNumber::FIRST, index: StatusIndex::new(0).unwrap() },
        previous: (revision != Revision::FIRST).then(|| Fingerprint::of(b"previous")),
        clauses: None,
    }
}

proptest! {
    #[test]
    fn a_certificate_gives_its_request_back(request in request()) {
        let claims = request.clone().into_claims(issuance(request.revision)).unwrap();
        let certificate = Certificate::new(claims).unwrap();
        let text = certificate_json(&certificate).to_string();
        prop_assert_eq!(Request::parse(text.as_bytes()), Ok(request));
    }

    #[test]
    fn any_bytes_are_answered(bytes in vec(any::<u8>(), 0..200)) {
        let refusal = Request::parse(&bytes).unwrap_err();
        prop_assert_eq!(refusal.code(), "E1-REQUEST");
    }
}
