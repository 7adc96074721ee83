//! The pages before and after the form: what is applied for to whom, and how it will stand.

use askama::Template;
use hosho::Date;
use hosho_policy::{Finding, Severity};
use hosho_store::portal::{AskedKind, Delivery, Obligee};
use hosho_web::{Choice, Field as Control, FormToken, Lang, Offered};
use serde_json::{Map, Value};

use super::delivery::certified;
use super::difference::{Difference, kind_words};
use super::entries::DELIVERY;
use super::handler::UNLISTED;
use super::page::Sheet;
use super::show::{Shown, everything};
use crate::facts::{self, GuaranteeLine};

/// The first page of a new application.
pub(super) struct ChoosePage {
    lang: Lang,
    kind: Option<AskedKind>,
    kinds: Vec<(&'static str, &'static str, &'static str)>,
    obligees: Vec<(String, String)>,
    guarantees: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "application/choose.html")]
pub(super) struct ChooseView<'a> {
    lang: Lang,
    kind: Control<'a>,
    obligee: Control<'a>,
    from: Option<Control<'a>>,
}

impl ChoosePage {
    /// Returns the page with every obligee, and what it accepts electronically on `today`.
    pub(super) fn new(
        lang: Lang,
        today: Date,
        kind: Option<AskedKind>,
        obligees: &[Obligee],
        guarantees: &[GuaranteeLine],
    ) -> Self {
        let kinds = AskedKind::ALL.iter().map(|kind| {
            let hint = match kind {
                AskedKind::Reservation => lang.pick(
                    "電子交付の対象ではありません。紙の証書の申込みとして受け付けます",
                    "Not covered by electronic certificates: taken as an application on paper",
                ),
                _ => "",
            };
            (kind.word(), facts::kind(*kind, lang), hint)
        });
        let unlisted = lang.pick("一覧にない発注者(紙の証書)", "Another one (on paper)");
        let mut lines: Vec<(String, String)> = obligees
            .iter()
            .map(|obligee| (obligee.id.to_string(), line(obligee, today, lang)))
            .collect();
        lines.push((UNLISTED.to_owned(), unlisted.to_owned()));
        // What does not verify has no works to show, and none to take over.
        let guarantees = guarantees.iter().filter(|line| !line.work.is_empty());
        let guarantees = guarantees.map(|line| {
            (line.number.clone(), format!("{}　{}　{}", line.number, line.title, line.work))
        });
        Self {
            lang,
            kind,
            kinds: kinds.collect(),
            obligees: lines,
            guarantees: guarantees.collect(),
        }
    }

    /// Returns what the page shows.
    pub(super) fn view(&self) -> ChooseView<'_> {
        let lang = self.lang;
        let kinds = self.kinds.iter().map(|(value, label, hint)| Choice {
            value,
            label,
            hint: Some(*hint).filter(|hint| !hint.is_empty()),
            offered: Offered::Yes,
        });
        let choice = |value, label| Choice { value, label, hint: None, offered: Offered::Yes };
        let first = choice("", lang.pick("選んでください", "Choose"));
        let obligees = self.obligees.iter().map(|(value, label)| choice(value, label));
        let kind = Control::radio(
            lang,
            "kind",
            lang.pick("保証の種類", "Kind of guarantee"),
            kinds.collect(),
        );
        let obligee = Control::select(
            lang,
            "obligee",
            lang.pick("発注者(被保証者)", "Obligee"),
            std::iter::once(first).chain(obligees).collect(),
        );
        let hint = lang.pick(
            "かっこ内は、今日、電子証書を受け付けている保証の種類です",
            "In brackets: the kinds that it accepts electronically today",
        );
        ChooseView {
            lang,
            kind: kind.required().value(self.kind.map_or("", AskedKind::word)),
            obligee: obligee.required().hint(hint).class("wide"),
            from: (!self.guarantees.is_empty()).then(|| self.from()),
        }
    }
}

impl ChoosePage {
    fn from(&self) -> Control<'_> {
        let choice = |value, label| Choice { value, label, hint: None, offered: Offered::Yes };
        let none = choice("", self.lang.pick("引き継がない", "None"));
        let others = self.guarantees.iter().map(|(value, label)| choice(value, label));
        let label = self.lang.pick(
            "工事・契約の内容を引き継ぐ保証契約(任意)",
            "Guarantee of the same contract, to take works and contract from (optional)",
        );
        let hint = self.lang.pick(
            "同じ契約の前払金保証などを選ぶと、請負者と工事の欄が入力された状態で始まります",
            "Contractor and works are filled in from it",
        );
        let choices = std::iter::once(none).chain(others).collect();
        Control::select(self.lang, "from", label, choices).hint(hint).class("wide")
    }
}

fn line(obligee: &Obligee, today: Date, lang: Lang) -> String {
    let accepted = AskedKind::ALL.iter().filter(|kind| {
        certified(**kind).is_some_and(|kind| obligee.accepts(kind, today).is_some())
    });
    let accepted: Vec<&str> = accepted.map(|kind| facts::kind(*kind, lang)).collect();
    let (name, representative) = (&obligee.name, &obligee.representative);
    let accepted = if accepted.is_empty() {
        lang.pick("電子交付なし", "none electronically").to_owned()
    } else {
        accepted.join(lang.pick("・", ", "))
    };
    match lang {
        Lang::Ja => format!("{name}　{representative}(電子交付: {accepted})"),
        Lang::En => format!("{name}, {representative} ({accepted})"),
    }
}

/// The application as it will stand, to be sent or changed.
#[derive(Template)]
#[template(path = "application/confirm.html")]
pub(crate) struct ConfirmPage<'a> {
    lang: Lang,
    token: &'a FormToken,
    path: &'a str,
    carried: &'a [(&'static str, String)],
    kept: Vec<(String, String)>,
    kinds: Vec<&'static str>,
    differences: Vec<DifferenceLine>,
    delivery: Option<&'static str>,
    standing: Vec<Shown>,
    hints: Vec<Hint>,
}

struct DifferenceLine {
    label: &'static str,
    before: String,
    after: String,
}

struct Hint {
    class: &'static str,
    rule: &'static str,
    weight: &'static str,
    text: String,
}

impl<'a> ConfirmPage<'a> {
    /// Returns the page for a request that was read.
    pub(crate) fn new(
        sheet: &Sheet<'a>,
        request: &Map<String, Value>,
        differences: &[Difference],
        findings: &[Finding],
    ) -> Self {
        let lang = sheet.lang;
        let kinds = request.get("change").and_then(|change| change.get("kinds"));
        let kinds = kinds.and_then(Value::as_array).into_iter().flatten();
        let paper = sheet.entries.typed(DELIVERY) == Some(Delivery::Paper.word());
        let chosen = if paper { Delivery::Paper } else { Delivery::Electronic };
        let delivery = sheet.offer.map(|_| facts::delivery(chosen, lang));
        Self {
            lang,
            token: sheet.token,
            path: sheet.path,
            carried: sheet.carried,
            kept: sheet.entries.to_form(),
            kinds: kinds.filter_map(Value::as_str).map(|word| kind_words(word, lang)).collect(),
            differences: differences
                .iter()
                .map(|it| DifferenceLine {
                    label: lang.of(&it.label),
                    before: it.before(lang),
                    after: it.after(lang),
                })
                .collect(),
            delivery,
            standing: everything(request, sheet.frame.kind, lang),
            hints: findings.iter().map(|finding| hint(finding, lang)).collect(),
        }
    }
}

fn hint(finding: &Finding, lang: Lang) -> Hint {
    let (class, weight) = match finding.severity() {
        Severity::Error => ("tag-bad", lang.pick("要確認", "check")),
        Severity::Warning => ("tag-care", lang.pick("注意", "careful")),
        Severity::Remind => ("tag-wait", lang.pick("お知らせ", "remember")),
        Severity::Inform => ("", lang.pick("参考", "for information")),
    };
    let text = match lang {
        Lang::Ja => finding.to_japanese(),
        Lang::En => finding.to_english(),
    };
    Hint { class, rule: finding.rule().id(), weight, text }
}
