//! The pages of an application: its form, and how it will stand.

use askama::Template;
use hosho_store::portal::{ApplicationId, AskedKind, Task};
use hosho_web::{
    Banner, Choice, ErrorSummary, Field as Control, FieldProblem, FormToken, Lang, Offered, Tone,
    Words,
};

use super::delivery::Offer;
use super::entries::{DELIVERY, ENDING, Entries, PARTIES, TICKED, member_part};
use super::field::{self, Entry, FIELDS, Field, MEMBERS, MEMBERS_LABEL, Part, member_field};
use super::reading::Frame;
use super::show::{CATEGORIES, Shown, everything};
use super::slip::Slip;

/// What a page about an application is made from.
#[derive(Clone, Copy)]
pub(crate) struct Sheet<'a> {
    /// The language.
    pub(crate) lang: Lang,
    /// The token of its form.
    pub(crate) token: &'a FormToken,
    /// What is applied for.
    pub(crate) task: Task,
    /// Where the form is sent.
    pub(crate) path: &'a str,
    /// What the form carries besides the fields.
    pub(crate) carried: &'a [(&'static str, String)],
    /// What the contractor does not type.
    pub(crate) frame: &'a Frame<'a>,
    /// How the certificate can be received, for a new guarantee.
    pub(crate) offer: Option<Offer>,
    /// Another application about the same guarantee, which is not decided yet.
    pub(crate) waiting: Option<ApplicationId>,
    /// What was typed.
    pub(crate) entries: &'a Entries,
}

/// What is wrong, ready to be shown.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    at_fields: Vec<FieldProblem>,
    in_summary: Vec<FieldProblem>,
    member_names: Vec<[String; 3]>,
    offered: String,
}

impl Told {
    /// Returns what the slips say at their fields, and at the top with the names of the fields.
    pub(crate) fn new(slips: &[Slip], sheet: &Sheet<'_>) -> Self {
        let kind = sheet.frame.kind;
        let problem = |slip: &Slip, label: fn(&str, AskedKind, Lang) -> Option<String>| {
            let tell = |lang: Lang| {
                let (message, code) = (slip.message(lang), slip.code);
                let label = label(&slip.field, kind, lang);
                let label = label.map(|label| format!("{label}: ")).unwrap_or_default();
                match lang {
                    Lang::Ja => format!("{label}{message}({code})"),
                    Lang::En => format!("{label}{message} ({code})"),
                }
            };
            let place = if slip.field.is_empty() { "main".to_owned() } else { slip.field.clone() };
            FieldProblem {
                field: place.into(),
                ja: tell(Lang::Ja).into(),
                en: tell(Lang::En).into(),
            }
        };
        let rows = 0..sheet.entries.members.len();
        let parts = [field::MEMBER_NAME, field::MEMBER_ROLE, field::MEMBER_SHARE];
        Self {
            at_fields: slips.iter().map(|slip| problem(slip, |_, _, _| None)).collect(),
            in_summary: slips.iter().map(|slip| problem(slip, label)).collect(),
            member_names: rows.map(|row| parts.map(|part| member_field(row, part))).collect(),
            offered: sheet.offer.map(|offer| offer.reason(sheet.lang)).unwrap_or_default(),
        }
    }
}

/// Returns what a field is called.
fn label(name: &str, kind: AskedKind, lang: Lang) -> Option<String> {
    if let Some((row, part)) = member_part(name) {
        let words = lang.of(&member_words(part));
        let member = row.saturating_add(1);
        return Some(match lang {
            Lang::Ja => format!("構成員{member}の{words}"),
            Lang::En => format!("{words} of member {member}"),
        });
    }
    let words = match name {
        DELIVERY => DELIVERY_LABEL,
        ENDING => ENDING_LABEL,
        MEMBERS => MEMBERS_LABEL,
        PARTIES => PARTIES_LABEL,
        _ => Field::of(name)?.label(kind),
    };
    Some(lang.of(&words).to_owned())
}

fn member_words(part: &str) -> Words {
    match part {
        field::MEMBER_NAME => Words { ja: "商号又は名称", en: "Name" },
        field::MEMBER_ROLE => Words { ja: "役割(代表者・構成員など)", en: "Role" },
        _ => Words { ja: "出資割合(%)", en: "Share (%)" },
    }
}

const DELIVERY_LABEL: Words = Words { ja: "保証証書の受取方法", en: "Delivery" };
const ENDING_LABEL: Words = Words { ja: "解約・取消の別", en: "Termination or voidance" };
const PARTIES_LABEL: Words =
    Words { ja: "発注者・請負者の表示の変更", en: "Change of how a party is named" };

/// The form.
#[derive(Template)]
#[template(path = "application/form.html")]
pub(crate) struct FormPage<'a> {
    lang: Lang,
    token: &'a FormToken,
    path: &'a str,
    carried: &'a [(&'static str, String)],
    summary: ErrorSummary<'a>,
    notices: Vec<Banner>,
    standing: Vec<Shown>,
    parts: Vec<FormPart<'a>>,
}

/// A part of the form.
struct FormPart<'a> {
    id: &'static str,
    heading: &'static str,
    note: &'static str,
    items: Vec<Item<'a>>,
    members: Option<Members<'a>>,
}

enum Item<'a> {
    Control(Control<'a>),
    Flag { name: &'static str, label: &'static str, ticked: &'static str, problem: Option<&'a str> },
}

struct Members<'a> {
    problem: Option<&'a str>,
    rows: Vec<[Control<'a>; 3]>,
}

impl<'a> FormPage<'a> {
    /// Returns the form with what was typed and what is wrong with it.
    pub(crate) fn new(sheet: &Sheet<'a>, told: &'a Told) -> Self {
        let parts = match sheet.task {
            Task::Amend | Task::New => {
                let parts = Part::ALL.into_iter().map(|part| sheet.part(part, told));
                let mut parts: Vec<_> = parts.filter(|part| !part.items.is_empty()).collect();
                parts.extend(sheet.delivery(told));
                parts
            }
            Task::Cancel | Task::Rekey => vec![sheet.ending(told)],
        };
        let standing = match (sheet.task, sheet.frame.base) {
            (Task::Cancel | Task::Rekey, Some(base)) => {
                everything(base.fields(), sheet.frame.kind, sheet.lang)
            }
            _ => Vec::new(),
        };
        Self {
            lang: sheet.lang,
            token: sheet.token,
            path: sheet.path,
            carried: sheet.carried,
            summary: ErrorSummary::new(sheet.lang, &told.in_summary),
            notices: sheet.notice().into_iter().chain(sheet.is_waiting()).collect(),
            standing,
            parts,
        }
    }
}

impl<'a> Sheet<'a> {
    fn notice(&self) -> Option<Banner> {
        let of = |ja, en| self.lang.pick(ja, en).to_owned();
        let banner = match self.task {
            Task::New => match self.frame.obligee {
                Some(obligee) => Banner::new(Tone::Note, obligee.name.clone())
                    .text(obligee.representative.clone()),
                None => return None,
            },
            Task::Amend => Banner::new(
                Tone::Note,
                of(
                    "変更する項目だけを、変更後の内容に書き換えてください",
                    "Overwrite only what changes, with how it shall be",
                ),
            )
            .text(of(
                "増額・期間延長などの変更の種類は、変更前との違いから判定し、次の画面で変更前後を並べて表示します。複数の変更を一度に申し込めます。",
                "The kinds of change are deduced from the differences and shown on the next page, before and after side by side. Several changes can be made at once.",
            )),
            Task::Cancel => Banner::new(
                Tone::Care,
                of("解約・取消の後は、この保証契約の変更はできません", "Nothing follows a termination or a voidance"),
            )
            .text(of(
                "証書は発行後すぐに発注者の確認画面にも反映されます。",
                "The obligee sees it as soon as it is issued.",
            )),
            Task::Rekey => Banner::new(
                Tone::Note,
                of("新しい認証キーを発行すると、今の認証キーは使えなくなります", "A new auth key replaces the present one"),
            )
            .text(of(
                "保証の内容は変わりません。発行後、新しい「認証キー等のお知らせ」を発注者に渡してください。",
                "The guarantee stays as it is. Hand the new notice to the obligee afterwards.",
            )),
        };
        Some(banner)
    }

    /// Of several applications about one revision one is concluded: whoever applies is told.
    fn is_waiting(&self) -> Option<Banner> {
        let id = self.waiting?;
        let (title, text) = match self.lang {
            Lang::Ja => (
                format!("この保証契約には、手続中の申込み(受付番号 {id})があります"),
                "先に成立した申込みだけが有効になり、もう一方は返却されます。まとめて申し込むときは、先に手続中の申込みを取り下げてください。",
            ),
            Lang::En => (
                format!("Application {id} about this guarantee is still being decided"),
                "Only the one that is concluded first counts, the other one is returned. To apply for \
                 everything at once, withdraw the earlier one first.",
            ),
        };
        Some(Banner::new(Tone::Care, title).text(text))
    }

    fn part(&self, part: Part, told: &'a Told) -> FormPart<'a> {
        let fields = FIELDS.iter().filter(|field| field.part == part && field.is_shown(self.frame));
        let mut items: Vec<Item<'a>> = fields.map(|field| self.item(field, told)).collect();
        if part == Part::Change && !items.is_empty() {
            items.push(Item::Control(self.parties(told)));
        }
        let note = match part {
            Part::MultiYear => self.lang.pick(
                "債務負担行為・継続費による契約の場合だけ入力します。",
                "Only for works that several fiscal years pay for.",
            ),
            Part::Contractor => self.lang.pick(
                "共同企業体の場合は、共同企業体の名称と代表者を入力し、下に構成員を加えます。",
                "For a joint venture enter its name and representative, and its members below.",
            ),
            _ => "",
        };
        FormPart {
            id: part.id(),
            heading: self.lang.of(&part.words()),
            note,
            items,
            members: (part == Part::Contractor).then(|| self.members(told)),
        }
    }

    fn item(&self, field: &'static Field, told: &'a Told) -> Item<'a> {
        let label = self.lang.of(&field.label(self.frame.kind));
        let typed = self.entries.kept(field.name);
        let control = match field.entry {
            Entry::Flag => {
                return Item::Flag {
                    name: field.name,
                    label,
                    ticked: if typed == TICKED { " checked" } else { "" },
                    problem: problem_at(field.name, told, self.lang),
                };
            }
            Entry::Category => {
                Control::select(self.lang, field.name, label, self.categories(typed))
            }
            Entry::Day | Entry::ShortText => {
                Control::text(self.lang, field.name, label).class("short")
            }
            Entry::Number => Control::text(self.lang, field.name, label).class("code"),
            Entry::Text => Control::text(self.lang, field.name, label).class("wide"),
            Entry::Yen => {
                Control::text(self.lang, field.name, label).class("short").mode("decimal")
            }
        };
        let hint = self.lang.of(&field.hint);
        let control = if hint.is_empty() { control } else { control.hint(hint) };
        let needed = field.is_needed(self.frame.kind);
        let control = if needed { control.required() } else { control };
        Item::Control(control.value(typed).check(&told.at_fields))
    }

    fn categories(&self, typed: &'a str) -> Vec<Choice<'a>> {
        let choice = |value, label| Choice { value, label, hint: None, offered: Offered::Yes };
        let mut choices = vec![choice("", self.lang.pick("選んでください", "Choose"))];
        choices.extend(CATEGORIES.iter().map(|(word, words)| choice(word, self.lang.of(words))));
        // An amendment keeps a category of another name.
        if !choices.iter().any(|known| known.value == typed) {
            choices.push(choice(typed, typed));
        }
        choices
    }

    fn members(&self, told: &'a Told) -> Members<'a> {
        let parts = [field::MEMBER_NAME, field::MEMBER_ROLE, field::MEMBER_SHARE];
        let labels = parts.map(|part| self.lang.of(&member_words(part)));
        let rows = self.entries.members.iter().zip(&told.member_names);
        let rows = rows.map(|(member, [name, role, share])| {
            let text = |name: &'a str, label, value: &'a str, class| {
                let control = Control::text(self.lang, name, label).class(class);
                control.value(value).check(&told.at_fields)
            };
            let [of_name, of_role, of_share] = labels;
            [
                text(name, of_name, &member.name, "wide").required(),
                text(role, of_role, &member.role, "short").required(),
                text(share, of_share, &member.share, "short").mode("decimal"),
            ]
        });
        Members { problem: problem_at(MEMBERS, told, self.lang), rows: rows.collect() }
    }

    fn parties(&self, told: &'a Told) -> Control<'a> {
        let choice = |value, ja, en| Choice {
            value,
            label: self.lang.pick(ja, en),
            hint: None,
            offered: Offered::Yes,
        };
        let choices = vec![
            choice(
                "novation",
                "名義変更(当事者や商号・代表者・住所などが変わった)",
                "Novation: a party, or its name, officer or address, changed",
            ),
            choice("correction", "誤記の訂正", "Correction of an error"),
        ];
        Control::radio(self.lang, PARTIES, self.lang.of(&PARTIES_LABEL), choices)
            .hint(self.lang.pick(
                "発注者・請負者・構成員の欄を書き換えたときだけ選びます",
                "Choose only where obligee, contractor or members are overwritten",
            ))
            .value(self.entries.kept(PARTIES))
            .check(&told.at_fields)
    }

    /// How the certificate is received; only what is offered can be chosen, and the page says why.
    fn delivery(&self, told: &'a Told) -> Option<FormPart<'a>> {
        let offer = self.offer?;
        let electronic = matches!(offer, Offer::Electronic(_));
        let choice = |value, ja, en, offered| Choice {
            value,
            label: self.lang.pick(ja, en),
            hint: None,
            offered,
        };
        let choices = vec![
            choice(
                "electronic",
                "電子交付を希望する",
                "Electronic delivery",
                if electronic { Offered::Yes } else { Offered::No },
            ),
            choice("paper", "紙の証書を希望する", "On paper", Offered::Yes),
        ];
        let typed = self.entries.kept(DELIVERY);
        let chosen = if electronic { typed } else { "paper" };
        let label = self.lang.of(&DELIVERY_LABEL);
        let control = Control::radio(self.lang, DELIVERY, label, choices)
            .hint(&told.offered)
            .required()
            .value(chosen)
            .check(&told.at_fields);
        Some(FormPart {
            id: "receiving",
            heading: self.lang.pick("証書の受取り", "Receiving the certificate"),
            note: "",
            items: vec![Item::Control(control)],
            members: None,
        })
    }

    /// The form that ends a guarantee or asks for another auth key.
    fn ending(&self, told: &'a Told) -> FormPart<'a> {
        let mut items = Vec::new();
        let cancels = self.task == Task::Cancel;
        if cancels {
            let choice = |value, (ja, en), (hint_ja, hint_en)| Choice {
                value,
                label: self.lang.pick(ja, en),
                hint: Some(self.lang.pick(hint_ja, hint_en)),
                offered: Offered::Yes,
            };
            let choices = vec![
                choice(
                    "termination",
                    ("解約", "Termination"),
                    (
                        "指定した日から保証の効力がなくなります",
                        "The guarantee ends from the day below",
                    ),
                ),
                choice(
                    "voidance",
                    ("取消", "Voidance"),
                    (
                        "契約が成立しなかったときなど。初めから保証の効力がなかったことになります",
                        "Such as when no contract was concluded: the guarantee was never in force",
                    ),
                ),
            ];
            let control = Control::radio(self.lang, ENDING, self.lang.of(&ENDING_LABEL), choices);
            let control = control.required().value(self.entries.kept(ENDING));
            items.push(Item::Control(control.check(&told.at_fields)));
            let day = self.lang.pick("解約日・取消日", "Day");
            let hint = self.lang.pick(
                "解約は必須です。この日から効力がなくなります(例: 2026-05-08、令和8年5月8日、R8.5.8)",
                "A termination needs it: the guarantee is not in force from this day on",
            );
            let control = Control::text(self.lang, field::EFFECTIVE_FROM, day).class("short");
            let control = control.hint(hint).value(self.entries.kept(field::EFFECTIVE_FROM));
            items.push(Item::Control(control.check(&told.at_fields)));
        }
        let (label, hint) = if cancels {
            (
                self.lang.pick("理由", "Reason"),
                self.lang.pick(
                    "例: 請負契約の合意解除のため",
                    "Such as: the contract was ended by agreement",
                ),
            )
        } else {
            (
                self.lang.pick("再発行を希望する理由", "Reason"),
                self.lang.pick(
                    "例: 認証キーを別の宛先に送ってしまったため",
                    "Such as: the key was sent to a wrong address",
                ),
            )
        };
        let control = Control::text(self.lang, field::REASON, label).class("wide").hint(hint);
        let control = control.required().value(self.entries.kept(field::REASON));
        items.push(Item::Control(control.check(&told.at_fields)));
        FormPart {
            id: Part::Change.id(),
            heading: self.lang.pick("申込みの内容", "Application"),
            note: "",
            items,
            members: None,
        }
    }
}

fn problem_at<'t>(name: &str, told: &'t Told, lang: Lang) -> Option<&'t str> {
    let own = told.at_fields.iter().find(|problem| problem.field == name);
    own.map(|problem| problem.message(lang))
}
