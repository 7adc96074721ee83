//! Parts of pages, made the same everywhere: banners, fields of forms, summaries of errors, keys.
//!
//! Each is shown in a template by its name, `{{ banner }}`, and escapes what it was given.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::lang::Lang;
use crate::problem::FieldProblem;

/// What a banner says; each has its colour, its mark and its word for readers of the page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tone {
    /// Refused.
    Bad,
    /// Not in force, or undecided.
    Care,
    /// In force, or done.
    Good,
    /// To be known.
    Note,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Bad => "bad",
            Self::Care => "care",
            Self::Good => "good",
            Self::Note => "note",
        }
    }

    const fn mark(self) -> &'static str {
        match self {
            Self::Bad => "✕",
            Self::Care => "！",
            Self::Good => "✓",
            Self::Note => "i",
        }
    }
}

/// A verdict or a notice, at the top of what it is about.
#[derive(Clone, Debug, Template)]
#[template(path = "banner.html")]
pub struct Banner {
    tone: Tone,
    title: String,
    texts: Vec<String>,
}

impl Banner {
    /// Returns a banner with a title.
    pub fn new(tone: Tone, title: impl Into<String>) -> Self {
        Self { tone, title: title.into(), texts: Vec::new() }
    }

    /// Adds a paragraph.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.texts.push(text.into());
        self
    }
}

impl HtmlSafe for Banner {}

/// All that is wrong with a form, at its top, each linked to its field; nothing when nothing is.
#[derive(Clone, Debug, Template)]
#[template(path = "errors.html")]
pub struct ErrorSummary<'a> {
    lang: Lang,
    problems: &'a [FieldProblem],
}

impl<'a> ErrorSummary<'a> {
    /// Returns the summary of these problems.
    pub fn new(lang: Lang, problems: &'a [FieldProblem]) -> Self {
        Self { lang, problems }
    }
}

impl HtmlSafe for ErrorSummary<'_> {}

/// One field of a form with its label, and below that its hint and what is wrong with it.
#[derive(Clone, Debug, Template)]
#[template(path = "field.html")]
pub struct Field<'a> {
    lang: Lang,
    name: &'a str,
    label: &'a str,
    control: Control,
    value: &'a str,
    hint: Option<&'a str>,
    problem: Option<&'a str>,
    need: Need,
    class: &'static str,
    autocomplete: &'static str,
    mode: Option<&'static str>,
    options: Vec<Choice<'a>>,
}

/// One of several that a visitor chooses from.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    /// What is sent.
    pub value: &'a str,
    /// What it says.
    pub label: &'a str,
    /// More about it.
    pub hint: Option<&'a str>,
    /// Whether it can be chosen.
    pub offered: Offered,
}

/// Whether something can be chosen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Offered {
    /// It is shown and cannot be chosen; its hint says why.
    No,
    /// It can.
    Yes,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Control {
    Input(&'static str),
    Lines(u8),
    Radio,
    Select,
}

impl Control {
    fn input(self) -> Option<&'static str> {
        match self {
            Self::Input(kind) => Some(kind),
            _ => None,
        }
    }

    fn lines(self) -> Option<u8> {
        match self {
            Self::Lines(lines) => Some(lines),
            _ => None,
        }
    }

    fn is_radio(self) -> bool {
        self == Self::Radio
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Need {
    May,
    Must,
}

impl<'a> Field<'a> {
    /// Returns a field for one line of text.
    pub fn text(lang: Lang, name: &'a str, label: &'a str) -> Self {
        Self::of(lang, name, label, Control::Input("text"))
    }

    /// Returns a field for a password; its value is never shown again.
    pub fn password(lang: Lang, name: &'a str, label: &'a str) -> Self {
        Self::of(lang, name, label, Control::Input("password"))
    }

    /// Returns a field for a mail address.
    pub fn email(lang: Lang, name: &'a str, label: &'a str) -> Self {
        Self::of(lang, name, label, Control::Input("email")).autocomplete("email")
    }

    /// Returns a field for a date, with the browser's calendar.
    pub fn date(lang: Lang, name: &'a str, label: &'a str) -> Self {
        Self::of(lang, name, label, Control::Input("date")).class("short")
    }

    /// Returns a field for a file; the form needs `enctype="multipart/form-data"`.
    pub fn file(lang: Lang, name: &'a str, label: &'a str) -> Self {
        Self::of(lang, name, label, Control::Input("file"))
    }

    /// Returns a field for several lines of text.
    pub fn lines(lang: Lang, name: &'a str, label: &'a str, lines: u8) -> Self {
        Self::of(lang, name, label, Control::Lines(lines))
    }

    /// Returns a list to choose one from; the first is chosen while there is no value.
    pub fn select(lang: Lang, name: &'a str, label: &'a str, options: Vec<Choice<'a>>) -> Self {
        Self { options, ..Self::of(lang, name, label, Control::Select) }
    }

    /// Returns buttons to choose one from; none is chosen while there is no value.
    pub fn radio(lang: Lang, name: &'a str, label: &'a str, options: Vec<Choice<'a>>) -> Self {
        Self { options, ..Self::of(lang, name, label, Control::Radio) }
    }

    /// Puts in what the visitor entered before.
    #[must_use]
    pub fn value(mut self, value: &'a str) -> Self {
        self.value = value;
        self
    }

    /// Adds what to enter, and an example.
    #[must_use]
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Says what is wrong with it, if one of the problems is this field's.
    #[must_use]
    pub fn check(mut self, problems: &'a [FieldProblem]) -> Self {
        let own = problems.iter().find(|problem| problem.field == self.name);
        self.problem = own.map(|problem| problem.message(self.lang));
        self
    }

    /// Says that it must be filled in.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.need = Need::Must;
        self
    }

    /// Adds a class of the style sheet: `short`, `wide`, or `code` for what is typed letter by letter.
    #[must_use]
    pub fn class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }

    /// Says what the browser may fill in; nothing unless told.
    #[must_use]
    pub fn autocomplete(mut self, what: &'static str) -> Self {
        self.autocomplete = what;
        self
    }

    /// Says which keys a phone shows, such as `numeric`.
    #[must_use]
    pub fn mode(mut self, mode: &'static str) -> Self {
        self.mode = Some(mode);
        self
    }

    fn of(lang: Lang, name: &'a str, label: &'a str, control: Control) -> Self {
        Self {
            lang,
            name,
            label,
            control,
            value: "",
            hint: None,
            problem: None,
            need: Need::May,
            class: "",
            autocomplete: "off",
            mode: None,
            options: Vec::new(),
        }
    }

    fn is_required(&self) -> bool {
        self.need == Need::Must
    }

    /// Returns the ids of what describes the field, for readers of the page.
    fn described_by(&self) -> Option<String> {
        let hint = self.hint.map(|_| format!("{}-hint", self.name));
        let problem = self.problem.map(|_| format!("{}-error", self.name));
        match (hint, problem) {
            (Some(hint), Some(problem)) => Some(format!("{hint} {problem}")),
            (hint, problem) => hint.or(problem),
        }
    }

    /// Returns the value, unless the browser must not get it back.
    fn shown(&self) -> Option<&str> {
        let kept = !matches!(self.control, Control::Input("password" | "file"));
        (kept && !self.value.is_empty()).then_some(self.value)
    }
}

impl HtmlSafe for Field<'_> {}

impl Choice<'_> {
    fn is_offered(&self) -> bool {
        self.offered == Offered::Yes
    }
}

/// A key in groups, large, to be read aloud or typed in.
#[derive(Template)]
#[template(path = "key.html")]
pub struct KeyGroups<'a> {
    label: &'a str,
    groups: Vec<&'a str>,
}

impl<'a> KeyGroups<'a> {
    /// Returns a key that is spelled with hyphens between its groups.
    pub fn new(label: &'a str, key: &'a str) -> Self {
        Self { label, groups: key.split('-').collect() }
    }
}

impl HtmlSafe for KeyGroups<'_> {}

impl std::fmt::Debug for KeyGroups<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyGroups(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn problem() -> FieldProblem {
        FieldProblem {
            field: Cow::Borrowed("amount"),
            ja: "金額は数字で<入力>してください。".into(),
            en: "Enter the amount in digits.".into(),
        }
    }

    #[test]
    fn a_banner_says_by_mark_and_word_what_its_colour_says() {
        let html = Banner::new(Tone::Good, "有効です").text("<b>令和8年</b>").to_string();
        assert!(html.contains(r#"class="banner banner-good""#), "{html}");
        assert!(html.contains("✓") && html.contains("有効です"), "{html}");
        assert!(html.contains("&#60;b&#62;令和8年"), "{html}");
    }

    #[test]
    fn a_wrong_field_is_marked_described_and_linked() {
        let problems = [problem()];
        let html = Field::text(Lang::Ja, "amount", "保証金額")
            .value("\"><script>")
            .hint("例 1,000,000")
            .required()
            .check(&problems)
            .to_string();
        assert!(html.contains(r#"<label for="amount">"#), "{html}");
        assert!(html.contains(r#"aria-describedby="amount-hint amount-error""#), "{html}");
        assert!(html.contains(r#"aria-invalid="true""#), "{html}");
        assert!(html.contains("数字で&#60;入力&#62;してください"), "{html}");
        assert!(!html.contains("<script>"), "{html}");
        let summary = ErrorSummary::new(Lang::Ja, &problems).to_string();
        assert!(summary.contains(r##"<a href="#amount">"##), "{summary}");
        assert_eq!(ErrorSummary::new(Lang::Ja, &[]).to_string().trim(), "");
    }

    #[test]
    fn a_password_is_never_sent_back() {
        let html = Field::password(Lang::En, "password", "Password").value("secret").to_string();
        assert!(!html.contains("secret"), "{html}");
    }

    #[test]
    fn what_was_chosen_stays_chosen_and_what_is_not_offered_cannot_be() {
        let choice = |value, offered| Choice { value, label: value, hint: None, offered };
        let choices = vec![choice("paper", Offered::Yes), choice("electronic", Offered::No)];
        let html = Field::radio(Lang::En, "delivery", "Delivery", choices.clone()).value("paper");
        let html = html.to_string();
        assert!(html.contains(r#"value="paper" checked"#), "{html}");
        assert!(html.contains(r#"value="electronic" disabled"#), "{html}");
        assert!(html.contains(r#"id="delivery""#), "{html}");
        let html = Field::select(Lang::En, "delivery", "Delivery", choices).value("paper");
        assert!(html.to_string().contains(r#"<option value="paper" selected>"#));
    }

    #[test]
    fn a_key_is_shown_in_its_groups() {
        let html = KeyGroups::new("認証キー", "ABCD-EFGH").to_string();
        assert!(html.contains(">ABCD</span>") && html.contains(">EFGH</span>"), "{html}");
    }
}
