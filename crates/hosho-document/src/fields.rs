//! What a certificate says, as labels and texts.

use hosho::{
    Certificate, ChangeKind, GuaranteeKind, Lineage, LowPriceSurvey, Member, Period, Share, Text,
    Work, Yen,
};
use hosho_cli::lang::Lang;
use hosho_display::yen;

use crate::paper::day;

/// One field: its label, and its texts one below the other.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Field {
    /// The label.
    pub label: &'static str,
    /// The texts.
    pub texts: Vec<String>,
}

impl Field {
    fn of(label: &'static str, texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { label, texts: texts.into_iter().map(Into::into).collect() }
    }
}

/// Returns what tells one guarantee from another.
pub(crate) fn summary(certificate: &Certificate<'_>, lang: Lang) -> Vec<Field> {
    let claims = certificate.claims();
    let label = |ja, en| lang.pick(ja, en);
    vec![
        Field::of(label("証書", "Certificate"), [title(certificate, lang)]),
        Field::of(label("発注者", "Obligee"), [claims.obligee.name.as_str()]),
        Field::of(label("工事名", "Works"), [claims.work.name.as_str()]),
        Field::of(label("保証金額", "Guaranteed sum"), [yen(claims.guarantee.amount)]),
        Field::of(label("保証期間", "Period"), [span(claims.guarantee.period, lang)]),
    ]
}

/// Returns the parties, the contract and the promise, in the order of a certificate.
pub(crate) fn all(certificate: &Certificate<'_>, lang: Lang) -> Vec<Field> {
    let mut fields = parties(certificate, lang);
    fields.extend(contract(certificate, lang));
    fields.extend(promise(certificate, lang));
    fields
}

fn parties(certificate: &Certificate<'_>, lang: Lang) -> Vec<Field> {
    let contractor = &certificate.claims().contractor;
    let who = [&contractor.address, &contractor.name, &contractor.representative];
    let mut fields = vec![Field::of(lang.pick("保証契約者", "Contractor"), who.map(Text::as_str))];
    if !contractor.members.is_empty() {
        let label = lang.pick("共同企業体構成員", "Members");
        fields.push(Field::of(label, contractor.members.iter().map(member)));
    }
    fields
}

fn member(member: &Member<'_>) -> String {
    let share = member.share.map(|share| format!(" {}", percent(share))).unwrap_or_default();
    format!("{}（{}）{share}", member.name, member.role)
}

fn contract(certificate: &Certificate<'_>, lang: Lang) -> Vec<Field> {
    let work = &certificate.claims().work;
    let label = |ja, en| lang.pick(ja, en);
    let mut fields = vec![
        Field::of(label("工事番号", "Contract number"), [work.contract_number.as_str()]),
        Field::of(label("工事名", "Works"), [work.name.as_str()]),
        Field::of(label("工事場所", "Site"), [work.site.as_str()]),
    ];
    if let Some(concluded) = work.concluded_on {
        fields.push(Field::of(label("請負契約締結日", "Concluded on"), [day(concluded, lang)]));
    }
    fields.push(Field::of(label("工期", "Term of works"), [span(work.term, lang)]));
    fields.push(Field::of(label("請負代金額", "Contract price"), [price(work, lang)]));
    if let Some(year) = &work.multi_year {
        let text = match lang {
            Lang::Ja => format!("{}　出来高予定額 {}", year.fiscal_year, yen(year.planned)),
            _ => format!("{}, planned amount {}", year.fiscal_year, yen(year.planned)),
        };
        fields.push(Field::of(label("債務負担行為", "Multi-year works"), [text]));
    }
    if work.low_price_survey == LowPriceSurvey::Made {
        let made = label("実施", "made");
        fields.push(Field::of(label("低入札価格調査", "Low-price survey"), [made]));
    }
    fields
}

fn promise(certificate: &Certificate<'_>, lang: Lang) -> Vec<Field> {
    let claims = certificate.claims();
    let guarantee = &claims.guarantee;
    let label = |ja, en| lang.pick(ja, en);
    let mut fields = Vec::new();
    if let Some(advance) = guarantee.advance {
        let name = match claims.kind {
            GuaranteeKind::Interim => label("中間前払金額", "Interim advance"),
            _ => label("前払金額", "Advance"),
        };
        fields.push(Field::of(name, [yen(advance)]));
    }
    if let Some(first) = &guarantee.first_advance {
        let name = label("当初前払金の保証", "First advance");
        fields.push(Field::of(name, [first.as_str()]));
    }
    fields.push(Field::of(label("保証金額", "Guaranteed sum"), [yen(guarantee.amount)]));
    fields.push(Field::of(label("保証期間", "Period"), [span(guarantee.period, lang)]));
    fields.push(Field::of(label("約款", "Terms"), [guarantee.terms.as_str()]));
    fields
}

/// Returns every field that an amendment can change.
pub fn compared(certificate: &Certificate<'_>, lang: Lang) -> Vec<Field> {
    let claims = certificate.claims();
    let guarantor = &claims.guarantor;
    let who = [
        guarantor.address.as_ref(),
        Some(&guarantor.name),
        guarantor.branch.as_ref(),
        guarantor.representative.as_ref(),
    ];
    let obligee = &claims.obligee;
    let whom = [obligee.address.as_ref(), Some(&obligee.name), Some(&obligee.representative)];
    let label = |ja, en| lang.pick(ja, en);
    let texts = |texts: &[Option<&Text<'_>>]| -> Vec<String> {
        texts.iter().flatten().map(ToString::to_string).collect()
    };
    let mut fields = vec![
        Field { label: label("保証事業会社", "Guarantor"), texts: texts(&who) },
        Field { label: label("発注者", "Obligee"), texts: texts(&whom) },
    ];
    fields.extend(all(certificate, lang));
    fields
}

/// Returns the fields that differ: label, texts before, texts after.
pub fn differences(
    before: &[Field],
    after: &[Field],
) -> Vec<(&'static str, Vec<String>, Vec<String>)> {
    let texts = |fields: &[Field], label| {
        let field = fields.iter().find(|field| field.label == label);
        field.map_or_else(|| vec!["－".to_owned()], |field| field.texts.clone())
    };
    let gone = before.iter().filter(|field| !after.iter().any(|now| now.label == field.label));
    after
        .iter()
        .chain(gone)
        .map(|field| (field.label, texts(before, field.label), texts(after, field.label)))
        .filter(|(_, before, after)| before != after)
        .collect()
}

/// Returns what an amendment says about itself.
pub fn change(certificate: &Certificate<'_>, lang: Lang) -> Vec<Field> {
    let Lineage::Amendment { change, .. } = &certificate.claims().lineage else {
        return Vec::new();
    };
    let label = |ja, en| lang.pick(ja, en);
    let kinds: Vec<&str> = change.kinds.iter().map(|kind| change_name(kind, lang)).collect();
    let mut fields = vec![
        Field::of(label("変更の種類", "Kind of change"), [kinds.join(label("・", ", "))]),
        Field::of(label("変更の理由", "Reason"), [change.reason.as_str()]),
    ];
    if let Some(changed) = change.contract_changed_on {
        fields.push(Field::of(label("変更契約日", "Contract changed"), [day(changed, lang)]));
    }
    if let Some(from) = change.effective_from {
        fields.push(Field::of(label("効力発生日", "Effective from"), [day(from, lang)]));
    }
    fields
}

/// How a revision ends its guarantee, if it does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    Terminated,
    Voided,
}

impl End {
    pub(crate) fn of(certificate: &Certificate<'_>) -> Option<Self> {
        match &certificate.claims().lineage {
            Lineage::Original => None,
            Lineage::Amendment { change, .. } => {
                if change.kinds.contains(ChangeKind::Voidance) {
                    Some(Self::Voided)
                } else if change.kinds.contains(ChangeKind::Termination) {
                    Some(Self::Terminated)
                } else {
                    None
                }
            }
        }
    }
}

/// Returns the title of a certificate.
pub fn title(certificate: &Certificate<'_>, lang: Lang) -> String {
    let kind = kind_name(certificate.claims().kind, lang);
    let change = certificate.revision().number().saturating_sub(1);
    match (lang, End::of(certificate), change) {
        (Lang::Ja, Some(End::Terminated), _) => format!("{kind}証書（解約）"),
        (Lang::Ja, Some(End::Voided), _) => format!("{kind}証書（取消）"),
        (Lang::Ja, None, 0) => format!("{kind}証書"),
        (Lang::Ja, None, _) => format!("{kind}証書（第{change}回変更）"),
        (_, Some(End::Terminated), _) => format!("Termination of {kind}"),
        (_, Some(End::Voided), _) => format!("Voidance of {kind}"),
        (_, None, 0) => format!("Certificate of {kind}"),
        (_, None, _) => format!("Certificate of {kind} (Amendment {change})"),
    }
}

/// Returns what the guarantor declares: a promise, or its end.
pub fn declaration(certificate: &Certificate<'_>, lang: Lang) -> String {
    let from = day(certificate.governs_from(), lang);
    match (lang, End::of(certificate)) {
        (Lang::Ja, None) => "当社は、約款の定めるところにより、下記のとおり保証します。".to_owned(),
        (Lang::Ja, Some(End::Terminated)) => {
            format!("下記の保証契約は、解約されました。{from}から、保証の効力はありません。")
        }
        (Lang::Ja, Some(End::Voided)) => {
            "下記の保証契約は、取り消されました。初めから、保証の効力はありません。".to_owned()
        }
        (_, None) => "Under the terms named below, the guarantor guarantees as follows.".to_owned(),
        (_, Some(End::Terminated)) => {
            format!("The guarantee below was terminated: it is not in force from {from} on.")
        }
        (_, Some(End::Voided)) => {
            "The guarantee below was voided: it was never in force.".to_owned()
        }
    }
}

pub(crate) fn kind_name(kind: GuaranteeKind, lang: Lang) -> &'static str {
    match kind {
        GuaranteeKind::Advance => lang.pick("前払金保証", "Advance Payment Guarantee"),
        GuaranteeKind::Interim => lang.pick("中間前払金保証", "Interim Advance Payment Guarantee"),
        GuaranteeKind::Performance => lang.pick("契約保証", "Performance Guarantee"),
    }
}

fn change_name(kind: ChangeKind, lang: Lang) -> &'static str {
    match kind {
        ChangeKind::Increase => lang.pick("増額", "increase"),
        ChangeKind::Decrease => lang.pick("減額", "decrease"),
        ChangeKind::Extension => lang.pick("期間延長", "extension"),
        ChangeKind::Shortening => lang.pick("期間短縮", "shortening"),
        ChangeKind::Correction => lang.pick("訂正", "correction"),
        ChangeKind::Novation => lang.pick("名義変更", "novation"),
        ChangeKind::Termination => lang.pick("解約", "termination"),
        ChangeKind::Voidance => lang.pick("取消", "voidance"),
        ChangeKind::Rekey => lang.pick("認証キー再発行", "new auth key"),
    }
}

fn price(work: &Work<'_>, lang: Lang) -> String {
    let (price, tax): (Yen, Yen) = (work.price, work.tax);
    match lang {
        Lang::Ja => format!("{}（うち消費税 {}）", yen(price), yen(tax)),
        _ => format!("{} (consumption tax {})", yen(price), yen(tax)),
    }
}

pub(crate) fn span(period: Period, lang: Lang) -> String {
    let (from, to) = (day(period.from(), lang), day(period.to(), lang));
    match lang {
        Lang::Ja => format!("{from}から{to}まで"),
        _ => format!("{from} to {to}"),
    }
}

fn percent(share: Share) -> String {
    let hundredths = share.basis_points();
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    match rest {
        0 => format!("{whole}%"),
        rest if rest.is_multiple_of(10) => format!("{whole}.{}%", rest / 10),
        rest => format!("{whole}.{rest:02}%"),
    }
}
