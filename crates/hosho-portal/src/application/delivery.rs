//! How a certificate can be received (保証証書の受取方法).

use hosho::{Date, GuaranteeKind};
use hosho_store::portal::{AskedKind, Delivery, Obligee};
use hosho_web::Lang;

use super::entries::{DELIVERY, Entries};
use super::slip::Slip;

/// How the certificate of a new guarantee can be received.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Offer {
    /// Electronically, which the obligee accepts since that day, or on paper.
    Electronic(Date),
    /// On paper only.
    Paper(OnPaper),
}

/// Why a certificate is on paper.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OnPaper {
    /// The obligee does not accept this kind electronically yet; from when, if that is known.
    NotYet(Option<Date>),
    /// The obligee is not on the list.
    Unlisted,
    /// 契約保証予約 is not covered by electronic certificates.
    Reservation,
}

/// Returns the kind of guarantee that certificates can be of.
pub(super) const fn certified(kind: AskedKind) -> Option<GuaranteeKind> {
    match kind {
        AskedKind::Advance => Some(GuaranteeKind::Advance),
        AskedKind::Interim => Some(GuaranteeKind::Interim),
        AskedKind::Performance => Some(GuaranteeKind::Performance),
        AskedKind::Reservation => None,
    }
}

impl Offer {
    /// Returns what is offered on `day` for this kind by this obligee of the list.
    pub(crate) fn on(day: Date, kind: AskedKind, obligee: Option<&Obligee>) -> Self {
        let Some(kind) = certified(kind) else { return Self::Paper(OnPaper::Reservation) };
        let Some(obligee) = obligee else { return Self::Paper(OnPaper::Unlisted) };
        match obligee.accepts(kind, day) {
            Some(since) => Self::Electronic(since),
            None => Self::Paper(OnPaper::NotYet(obligee.accepts_later(kind, day))),
        }
    }

    /// Returns what the contractor chose.
    pub(super) fn chosen(self, entries: &Entries) -> Result<Delivery, Slip> {
        match (self, entries.typed(DELIVERY).and_then(Delivery::parse)) {
            (Self::Electronic(_), Some(delivery)) => Ok(delivery),
            (Self::Paper(_), Some(Delivery::Paper)) => Ok(Delivery::Paper),
            (Self::Electronic(_), None) | (Self::Paper(_), _) => Err(Slip::input(
                DELIVERY,
                "保証証書の受取方法を選んでください",
                "Choose how to receive the certificate",
            )),
        }
    }

    /// Returns why the certificate can be received so.
    pub(super) fn reason(self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Electronic(since), Lang::Ja) => format!(
                "この発注者は、{}からこの種類の電子証書を受け付けています。",
                hosho_display::wareki(since)
            ),
            (Self::Electronic(since), Lang::En) => {
                format!("This obligee accepts certificates of this kind electronically since {since}.")
            }
            (Self::Paper(OnPaper::NotYet(Some(from))), Lang::Ja) => format!(
                "この発注者がこの種類の電子証書を受け付けるのは{}からです。それまでの申込みは書面で発行します。",
                hosho_display::wareki(from)
            ),
            (Self::Paper(OnPaper::NotYet(Some(from))), Lang::En) => format!(
                "This obligee accepts certificates of this kind electronically from {from} on. Until \
                 then they are issued on paper."
            ),
            (Self::Paper(OnPaper::NotYet(None)), lang) => lang
                .pick(
                    "この発注者は、この種類の電子証書をまだ受け付けていません。証書は書面で発行します。",
                    "This obligee does not accept certificates of this kind electronically yet. The \
                     certificate is issued on paper.",
                )
                .to_owned(),
            (Self::Paper(OnPaper::Unlisted), lang) => lang
                .pick(
                    "一覧にない発注者が電子証書を受け付けるか確認できないため、証書は書面で発行します。",
                    "Whether an obligee that is not listed accepts electronic certificates is not \
                     known, so the certificate is issued on paper.",
                )
                .to_owned(),
            (Self::Paper(OnPaper::Reservation), lang) => lang
                .pick(
                    "契約保証予約は電子交付の対象ではありません。予約証書は書面で発行します。契約保証に\
                     切り替えるときに、電子交付を選べます。",
                    "A reservation of a performance guarantee is not covered by electronic \
                     certificates and is issued on paper. The performance guarantee that follows may \
                     be electronic.",
                )
                .to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use hosho_store::portal::{AcceptedKind, ObligeeId};

    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn obligee(kinds: &[(GuaranteeKind, &str)]) -> Obligee {
        let accepted =
            |(kind, from): &(_, &str)| AcceptedKind { kind: *kind, from: day(from), until: None };
        Obligee {
            id: ObligeeId::parse("1").unwrap(),
            name: "青嶺市".to_owned(),
            representative: "青嶺市長 水原 千鶴".to_owned(),
            address: None,
            kinds: kinds.iter().map(accepted).collect(),
        }
    }

    #[test]
    fn electronic_delivery_depends_on_obligee_kind_and_day() {
        let accepting = obligee(&[(GuaranteeKind::Advance, "2026-04-01")]);
        let on = |text, kind| Offer::on(day(text), kind, Some(&accepting));
        let since = Offer::Electronic(day("2026-04-01"));
        assert_eq!(on("2026-05-08", AskedKind::Advance), since);
        let not_yet = |from| Offer::Paper(OnPaper::NotYet(from));
        assert_eq!(on("2026-03-31", AskedKind::Advance), not_yet(Some(day("2026-04-01"))));
        assert_eq!(on("2026-05-08", AskedKind::Interim), not_yet(None));
        let reservation = Offer::Paper(OnPaper::Reservation);
        assert_eq!(on("2026-05-08", AskedKind::Reservation), reservation);
        let unlisted = Offer::on(day("2026-05-08"), AskedKind::Advance, None);
        assert_eq!(unlisted, Offer::Paper(OnPaper::Unlisted));
    }

    #[test]
    fn what_is_not_offered_cannot_be_chosen() {
        let choose = |offer: Offer, word: &str| {
            let mut entries = Entries::default();
            entries.set(DELIVERY, word);
            offer.chosen(&entries).map_err(|slip| (slip.field, slip.code))
        };
        let refused = Err((DELIVERY.to_owned(), "E10-INPUT"));
        let electronic = Offer::Electronic(day("2026-04-01"));
        assert_eq!(choose(electronic, "electronic"), Ok(Delivery::Electronic));
        assert_eq!(choose(electronic, "paper"), Ok(Delivery::Paper));
        assert_eq!(choose(electronic, "fax"), refused);
        assert_eq!(choose(electronic, ""), refused);
        let paper = Offer::Paper(OnPaper::Unlisted);
        assert_eq!(choose(paper, "paper"), Ok(Delivery::Paper));
        assert_eq!(choose(paper, "electronic"), refused);
    }
}
