//! Strategies of `proptest` for every type of the domain and for whole certificates.

use std::collections::BTreeSet;

use hosho::{
    AuthKeyBinding, Change, ChangeKind, ChangeKinds, Claims, Contractor, Date, EndedBy, Epoch,
    Fingerprint, GuaranteeKind, GuaranteeNumber, GuaranteeTerms, Guarantor, GuarantorId, KeyId,
    Lineage, ListNumber, LowPriceSurvey, Member, MultiYear, Obligee, Period, Revision, Sequence,
    Serial, Share, ShortText, SnapshotDraft, StatusEntry, StatusIndex, StatusReference,
    SupersededBy, Text, UnixTime, Work, Yen,
};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::of;
use proptest::prelude::{Just, Strategy, any, prop_oneof};

/// Texts of one to `max` bytes that the rules allow.
fn characters(max: usize) -> impl Strategy<Value = String> {
    let character = prop_oneof![
        4 => proptest::char::range('\u{4e00}', '\u{9fff}'),
        3 => proptest::char::range('!', '~'),
        2 => proptest::char::range('\u{30a1}', '\u{30fa}'),
        1 => proptest::char::range('\u{20000}', '\u{2a6df}'),
        1 => Just('\u{3000}'),
        1 => proptest::sample::select(vec!['é', 'ﾊ', '﨑', '髙', 'Ａ', '－', '한', 'Ω']),
    ];
    let length = prop_oneof![9 => 1..=8_usize, 1 => 9..=max.min(60)];
    length.prop_flat_map(move |length| vec(character.clone(), length)).prop_map(move |characters| {
        let mut text: String = characters.into_iter().collect();
        while text.len() > max {
            text.pop();
        }
        let trimmed = text.trim();
        if trimmed.is_empty() { "甲".into() } else { trimmed.into() }
    })
}

/// Texts of a certificate.
pub fn text() -> impl Strategy<Value = Text<'static>> {
    characters(512).prop_map(|text| Text::parse(text).expect("an allowed text"))
}

/// Short texts: roles, categories, fiscal years.
pub fn short_text() -> impl Strategy<Value = ShortText<'static>> {
    characters(64).prop_map(|text| ShortText::parse(text).expect("an allowed text"))
}

/// Names of `shortest` to `longest` characters of an alphabet.
fn name(alphabet: &'static str, shortest: usize, longest: usize) -> impl Strategy<Value = String> {
    let characters = vec(0..alphabet.len(), shortest..=longest);
    characters.prop_map(|places| places.iter().map(|at| &alphabet[*at..=*at]).collect())
}

/// Guarantee numbers.
pub fn guarantee_number() -> impl Strategy<Value = GuaranteeNumber<'static>> {
    name("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-", 1, 64)
        .prop_map(|text| GuaranteeNumber::parse(text).expect("a number"))
}

/// Guarantor-ids.
pub fn guarantor_id() -> impl Strategy<Value = GuarantorId<'static>> {
    name("0123456789abcdefghijklmnopqrstuvwxyz-", 3, 32)
        .prop_map(|text| GuarantorId::parse(text).expect("an id"))
}

/// Dates.
pub fn date() -> impl Strategy<Value = Date> {
    (0..=Date::MAX.days()).prop_map(|days| Date::from_days(days).expect("a date"))
}

/// Periods.
pub fn period() -> impl Strategy<Value = Period> {
    (date(), date()).prop_map(|(a, b)| Period::new(a.min(b), a.max(b)).expect("a period"))
}

/// Instants.
pub fn instant() -> impl Strategy<Value = UnixTime> {
    let seconds = 0..=UnixTime::MAX.seconds();
    seconds.prop_map(|seconds| UnixTime::from_seconds(seconds).expect("an instant"))
}

/// Amounts.
pub fn yen() -> impl Strategy<Value = Yen> {
    (0..=9_999_999_999_999_u64).prop_map(|amount| Yen::new(amount).expect("an amount"))
}

/// Revisions above the first.
pub fn later_revision() -> impl Strategy<Value = Revision> {
    (2..=u16::MAX).prop_map(|number| Revision::new(number).expect("a revision"))
}

/// Fingerprints.
pub fn fingerprint() -> impl Strategy<Value = Fingerprint> {
    any::<[u8; 32]>().prop_map(Fingerprint::from_bytes)
}

/// Key ids.
pub fn key_id() -> impl Strategy<Value = KeyId> {
    any::<[u8; 8]>().prop_map(KeyId::from_bytes)
}

/// Bindings to auth keys.
pub fn binding() -> impl Strategy<Value = AuthKeyBinding> {
    (1..=u32::MAX, 1..=u32::MAX, any::<[u8; 32]>()).prop_map(|(epoch, serial, bind)| {
        let (epoch, serial) = (Epoch::new(epoch), Serial::new(serial));
        AuthKeyBinding { epoch: epoch.expect("an epoch"), serial: serial.expect("a serial"), bind }
    })
}

/// Places in a status list.
pub fn status_index() -> impl Strategy<Value = StatusIndex> {
    (0..=131_071_u32).prop_map(|index| StatusIndex::new(index).expect("an index"))
}

/// References to a status.
pub fn status_reference() -> impl Strategy<Value = StatusReference> {
    (1..=u16::MAX, status_index()).prop_map(|(list, index)| StatusReference {
        list: ListNumber::new(list).expect("a list"),
        index,
    })
}

/// Kinds of change that go together.
pub fn change_kinds() -> impl Strategy<Value = ChangeKinds> {
    let together = btree_set(proptest::sample::select(ChangeKind::ALL[..7].to_vec()), 1..=7);
    let alone =
        proptest::sample::select(ChangeKind::ALL.to_vec()).prop_map(|k| BTreeSet::from([k]));
    prop_oneof![together, alone].prop_map(|kinds| ChangeKinds::new(kinds).expect("a set"))
}

/// Lineages of a first or of a later revision.
pub fn lineage() -> impl Strategy<Value = Lineage<'static>> {
    let change = (change_kinds(), text(), of(date()), of(date())).prop_map(
        |(kinds, reason, contract_changed_on, effective_from)| Change {
            kinds,
            reason,
            contract_changed_on,
            effective_from,
        },
    );
    let amendment = (later_revision(), fingerprint(), change)
        .prop_map(|(revision, previous, change)| Lineage::Amendment { revision, previous, change });
    prop_oneof![Just(Lineage::Original), amendment]
}

fn member() -> impl Strategy<Value = Member<'static>> {
    let share = (1..=10_000_u16).prop_map(|share| Share::new(share).expect("a share"));
    (text(), short_text(), of(share)).prop_map(|(name, role, share)| Member { name, role, share })
}

fn contractor() -> impl Strategy<Value = Contractor<'static>> {
    (text(), text(), text(), vec(member(), 0..=4)).prop_map(
        |(name, representative, address, members)| Contractor {
            name,
            representative,
            address,
            members,
        },
    )
}

fn work(kind: GuaranteeKind) -> impl Strategy<Value = Work<'static>> {
    let performance = kind == GuaranteeKind::Performance;
    let names = (text(), short_text(), text(), text());
    let days = (date(), any::<bool>(), period());
    let multi_year = of((short_text(), yen()));
    (names, days, yen(), yen(), multi_year, any::<bool>()).prop_map(
        move |(names, (concluded_on, planned, term), a, b, multi_year, surveyed)| Work {
            contract_number: names.0,
            category: names.1,
            name: names.2,
            site: names.3,
            concluded_on: (!performance || planned).then_some(concluded_on),
            term,
            price: a.max(b),
            tax: a.min(b),
            multi_year: multi_year
                .filter(|_| !performance)
                .map(|(fiscal_year, planned)| MultiYear { fiscal_year, planned }),
            low_price_survey: if surveyed { LowPriceSurvey::Made } else { LowPriceSurvey::NotMade },
        },
    )
}

fn guarantee(kind: GuaranteeKind) -> impl Strategy<Value = GuaranteeTerms<'static>> {
    (yen(), period(), yen(), of(guarantee_number()), text(), of(fingerprint())).prop_map(
        move |(amount, period, advance, first_advance, terms, clauses)| GuaranteeTerms {
            amount,
            period,
            advance: (kind != GuaranteeKind::Performance).then_some(advance),
            first_advance: first_advance.filter(|_| kind == GuaranteeKind::Interim),
            terms,
            clauses,
        },
    )
}

/// Claims that go together, of every kind.
pub fn claims() -> impl Strategy<Value = Claims<'static>> {
    let kinds = [GuaranteeKind::Advance, GuaranteeKind::Interim, GuaranteeKind::Performance];
    proptest::sample::select(kinds.to_vec()).prop_flat_map(|kind| {
        let head = (guarantor_id(), guarantee_number(), lineage(), instant(), binding());
        let guarantor = (text(), of(text()), of(text()), of(text()));
        let parties = (guarantor, (text(), text(), of(text())), contractor());
        (head, status_reference(), date(), parties, work(kind), guarantee(kind)).prop_map(
            move |(head, status, issued_on, parties, work, guarantee)| {
                let (guarantor, obligee, contractor) = parties;
                Claims {
                    guarantor_id: head.0,
                    number: head.1,
                    lineage: head.2,
                    issued_at: head.3,
                    binding: head.4,
                    status,
                    kind,
                    issued_on,
                    guarantor: Guarantor {
                        name: guarantor.0,
                        branch: guarantor.1,
                        representative: guarantor.2,
                        address: guarantor.3,
                    },
                    obligee: Obligee {
                        name: obligee.0,
                        representative: obligee.1,
                        address: obligee.2,
                    },
                    contractor,
                    work,
                    guarantee,
                }
            },
        )
    })
}

/// Entries of a status list.
pub fn status_entry() -> impl Strategy<Value = StatusEntry> {
    let causes = [SupersededBy::Amendment, SupersededBy::Rekey];
    let superseded = (date(), later_revision(), proptest::sample::select(causes.to_vec()))
        .prop_map(|(on, current, cause)| StatusEntry::Superseded { on, current, cause });
    let ended = (period(), later_revision(), 0..3_u8).prop_map(|(days, current, how)| {
        let replaced_on = (how == 0 && days.from() < days.to()).then_some(days.from());
        let cause = match how {
            2 => EndedBy::Voidance,
            _ => EndedBy::Termination { replaced_on },
        };
        StatusEntry::Ended { on: days.to(), current, cause }
    });
    prop_oneof![Just(StatusEntry::NotIssued), Just(StatusEntry::InForce), superseded, ended]
}

/// Snapshots to be signed.
pub fn snapshot() -> impl Strategy<Value = SnapshotDraft<'static>> {
    let index = (0..=600_u32).prop_map(|index| StatusIndex::new(index).expect("an index"));
    let entries = btree_map(index, status_entry(), 0..40);
    let times = (0..=200_000_000_000_u64, 1..=1_000_000_000_u64);
    (guarantor_id(), 1..=u16::MAX, 1..=9_007_199_254_740_991_u64, times, entries).prop_map(
        |(guarantor_id, list, sequence, (issued_at, valid_for), entries)| {
            let at = |seconds| UnixTime::from_seconds(seconds).expect("an instant");
            SnapshotDraft {
                guarantor_id,
                list: ListNumber::new(list).expect("a list"),
                sequence: Sequence::new(sequence).expect("a sequence"),
                issued_at: at(issued_at),
                next_update: at(issued_at + valid_for),
                last_index: StatusIndex::new(600).expect("an index"),
                entries,
            }
        },
    )
}
