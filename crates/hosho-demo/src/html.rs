//! As much of HTML as it takes to fill in the forms of our own pages.

use std::collections::VecDeque;

/// A form of a page.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Form {
    /// Where it is sent.
    pub(crate) action: String,
    /// How it is sent.
    pub(crate) sending: Sending,
    fields: Vec<Field>,
    buttons: Vec<(String, String)>,
}

/// How a form is sent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Sending {
    /// In the body, in parts, as forms with files are.
    InParts,
    /// In the query of an address.
    InQuery,
    /// In the body.
    #[default]
    Plain,
}

/// A field of a form.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Field {
    id: String,
    name: String,
    value: String,
    way: Way,
}

/// How a field is filled in.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Way {
    /// A box; whether it is ticked.
    Box { ticked: bool },
    /// One of several; whether it is chosen, and what is said beside it.
    Choice { chosen: bool, label: String },
    /// Nothing that anybody fills in.
    Hidden,
    /// A list: values and what they are called.
    List { options: Vec<(String, String)> },
    /// A text.
    Text,
}

impl Form {
    /// Returns the forms of a page.
    pub(crate) fn all(page: &str) -> Vec<Self> {
        let mut tags = Tags::of(page);
        let mut forms = Vec::new();
        while let Some(tag) = tags.next() {
            if tag.name == "form" {
                forms.push(Self::read(&tag, &mut tags));
            }
        }
        forms
    }

    fn read(start: &Tag, tags: &mut Tags<'_>) -> Self {
        let sending = match (start.value("method"), start.value("enctype")) {
            ("post", kind) if kind.starts_with("multipart/") => Sending::InParts,
            ("post", _) => Sending::Plain,
            _ => Sending::InQuery,
        };
        let action = start.value("action").to_owned();
        let mut form = Self { action, sending, ..Self::default() };
        while let Some(tag) = tags.next() {
            match tag.name.as_str() {
                "/form" => break,
                "input" => form.input(&tag),
                "button" if !tag.value("name").is_empty() => {
                    form.buttons
                        .push((tag.value("name").to_owned(), tag.value("value").to_owned()));
                }
                "textarea" => {
                    let text = tags.text();
                    form.push(&tag, text.trim_start_matches('\n').to_owned(), Way::Text);
                }
                "select" => form.list(&tag, tags),
                "label" => form.label(tag.value("for"), &tags.text()),
                _ => {}
            }
        }
        form
    }

    fn push(&mut self, tag: &Tag, value: String, way: Way) {
        let [id, name] = ["id", "name"].map(|name| tag.value(name).to_owned());
        self.fields.push(Field { id, name, value, way });
    }

    fn label(&mut self, id: &str, text: &str) {
        for field in self.fields.iter_mut().filter(|field| field.id == id && !id.is_empty()) {
            if let Way::Choice { label, .. } = &mut field.way {
                text.trim().clone_into(label);
            }
        }
    }

    fn input(&mut self, tag: &Tag) {
        let value = tag.value("value").to_owned();
        let marked = tag.has("checked");
        match tag.value("type") {
            "checkbox" => self.push(tag, value, Way::Box { ticked: marked }),
            "radio" if tag.has("disabled") => {}
            "radio" => {
                self.push(tag, value, Way::Choice { chosen: marked, label: String::new() });
            }
            "button" | "file" | "submit" => {}
            "hidden" => self.push(tag, value, Way::Hidden),
            _ => self.push(tag, value, Way::Text),
        }
    }

    fn list(&mut self, select: &Tag, tags: &mut Tags<'_>) {
        let mut options = Vec::new();
        let mut chosen = None;
        while let Some(tag) = tags.next() {
            match tag.name.as_str() {
                "/select" => break,
                "option" => {
                    let value = tag.value("value").to_owned();
                    if tag.has("selected") {
                        chosen = Some(value.clone());
                    }
                    options.push((value, tags.text()));
                }
                _ => {}
            }
        }
        let value = chosen.or_else(|| options.first().map(|(value, _)| value.clone()));
        self.push(select, value.unwrap_or_default(), Way::List { options });
    }

    /// Tells whether the form has a button of this name and value.
    #[must_use]
    pub(crate) fn has_button(&self, name: &str, value: &str) -> bool {
        self.buttons.iter().any(|button| button.0 == name && button.1 == value)
    }

    /// Fills a field in: types a text, ticks a box, picks one of several by its value or by how what
    /// is said there begins. Tells whether the form has such a field.
    pub(crate) fn fill(&mut self, name: &str, value: &str) -> Filled {
        let mut filled = Filled::NoSuchField;
        for field in self.fields.iter_mut().filter(|field| field.name == name) {
            match &mut field.way {
                Way::Hidden => continue,
                Way::Text => value.clone_into(&mut field.value),
                Way::Box { ticked } => *ticked = true,
                Way::Choice { chosen, label } => {
                    *chosen = field.value == value || label.starts_with(value);
                    if !*chosen {
                        continue;
                    }
                }
                Way::List { options } => {
                    let found = options
                        .iter()
                        .find(|(one, label)| one == value || label.starts_with(value));
                    let Some((found, _)) = found else { continue };
                    found.clone_into(&mut field.value);
                }
            }
            filled = Filled::Yes;
        }
        filled
    }

    /// Ticks every box whose name begins so.
    pub(crate) fn tick_all(&mut self, start: &str) {
        for field in self.fields.iter_mut().filter(|field| field.name.starts_with(start)) {
            if let Way::Box { ticked } = &mut field.way {
                *ticked = true;
            }
        }
    }

    /// Returns what a browser sends, with the button that was pressed.
    pub(crate) fn sent(&self, button: Option<(&str, &str)>) -> Vec<(String, String)> {
        let is_sent = |field: &&Field| match &field.way {
            Way::Box { ticked } => *ticked,
            Way::Choice { chosen, .. } => *chosen,
            Way::Hidden | Way::List { .. } | Way::Text => !field.name.is_empty(),
        };
        let fields = self.fields.iter().filter(is_sent);
        let mut sent: Vec<(String, String)> =
            fields.map(|field| (field.name.clone(), field.value.clone())).collect();
        sent.extend(button.map(|(name, value)| (name.to_owned(), value.to_owned())));
        sent
    }
}

/// Whether a form has the field that was to be filled in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Filled {
    /// It has none of that name, or none with that choice.
    NoSuchField,
    /// It has.
    Yes,
}

/// A tag: its name, with `/` before it at an end, and its attributes.
#[derive(Debug)]
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn value(&self, name: &str) -> &str {
        let found = self.attributes.iter().find(|attribute| attribute.0 == name);
        found.map_or("", |(_, value)| value)
    }

    fn has(&self, name: &str) -> bool {
        self.attributes.iter().any(|attribute| attribute.0 == name)
    }
}

/// The tags of a page, one after the other.
struct Tags<'p> {
    rest: &'p str,
}

impl<'p> Tags<'p> {
    fn of(page: &'p str) -> Self {
        Self { rest: page }
    }

    /// Returns the text up to the next tag, and stays before that.
    fn text(&mut self) -> String {
        let (text, _) = self.rest.split_once('<').unwrap_or((self.rest, ""));
        self.rest = self.rest.get(text.len()..).unwrap_or_default();
        plain(text)
    }

    fn next(&mut self) -> Option<Tag> {
        let (_, after) = self.rest.split_once('<')?;
        // Values are quoted, so that a sign in one does not end the tag.
        let mut quoted = false;
        let end = after.find(|c| {
            quoted ^= c == '"';
            c == '>' && !quoted
        })?;
        let (inside, rest) = after.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();
        Some(read_tag(inside))
    }
}

fn read_tag(inside: &str) -> Tag {
    let (name, mut rest) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (attribute, after) = rest.split_at(end);
        if attribute.is_empty() {
            break;
        }
        let value = after.strip_prefix("=\"").and_then(|quoted| quoted.split_once('"'));
        let (value, after) = value.unwrap_or(("", after));
        attributes.push((attribute.to_owned(), plain(value)));
        rest = after;
    }
    Tag { name: name.to_ascii_lowercase(), attributes }
}

/// Returns a page as text without tags, its lines joined.
pub(crate) fn text(page: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut tags = Tags::of(page);
    loop {
        parts.push(tags.text());
        if tags.next().is_none() {
            break;
        }
    }
    parts.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Puts characters in the place of their references.
fn plain(text: &str) -> String {
    let mut parts: VecDeque<&str> = text.split('&').collect();
    let mut plain = parts.pop_front().unwrap_or_default().to_owned();
    for part in parts {
        let read = part.split_once(';').and_then(|(name, rest)| Some((referred(name)?, rest)));
        if let Some((character, rest)) = read {
            plain.push(character);
            plain.push_str(rest);
        } else {
            plain.push('&');
            plain.push_str(part);
        }
    }
    plain
}

fn referred(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "gt" => Some('>'),
        "lt" => Some('<'),
        "quot" => Some('"'),
        _ => {
            let digits = name.strip_prefix('#')?;
            let number = match digits.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => digits.parse(),
            };
            char::from_u32(number.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<!DOCTYPE html><form method="post" action="/logout"><input type="hidden" name="form_token" value="t1"></form>
<form method="post" action="/applications/new" enctype="multipart/form-data"><input type="hidden" name="form_token" value="t2">
<input name="work.name" value="A &#38; B &gt; C"><textarea name="note">
Two
lines</textarea>
<input type="radio" name="delivery" value="paper" checked><input type="radio" id="d-2" name="delivery" value="electronic"><label for="d-2">電子交付</label>
<input type="checkbox" name="ack_R1" value="1" required><input type="file" name="file">
<select name="obligee"><option value="">-</option><option value="2" selected>瑞穂県(知事)</option><option value="3">青嶺市</option></select>
<button type="submit" name="step" value="check">Go</button></form>"#;

    fn pairs(sent: &[(String, String)]) -> Vec<(&str, &str)> {
        sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    #[test]
    fn a_form_is_sent_as_it_stands_in_the_page() {
        let forms = Form::all(PAGE);
        assert_eq!(forms.len(), 2);
        assert_eq!(pairs(&forms[0].sent(None)), [("form_token", "t1")]);
        assert_eq!(forms[1].sending, Sending::InParts);
        assert!(forms[1].has_button("step", "check"));
        assert_eq!(
            pairs(&forms[1].sent(Some(("step", "check")))),
            [
                ("form_token", "t2"),
                ("work.name", "A & B > C"),
                ("note", "Two\nlines"),
                ("delivery", "paper"),
                ("obligee", "2"),
                ("step", "check"),
            ]
        );
    }

    #[test]
    fn a_form_is_sent_as_it_was_filled_in() {
        let mut form = Form::all(PAGE).remove(1);
        assert_eq!(form.fill("delivery", "電子"), Filled::Yes);
        assert_eq!(form.fill("obligee", "青嶺市"), Filled::Yes);
        assert_eq!(form.fill("obligee", "霧ヶ原市"), Filled::NoSuchField);
        assert_eq!(form.fill("work.site", "x"), Filled::NoSuchField);
        assert_eq!(form.fill("form_token", "x"), Filled::NoSuchField);
        form.tick_all("ack_");
        let sent = form.sent(None);
        let sent = pairs(&sent);
        assert!(
            sent.contains(&("delivery", "electronic")) && !sent.contains(&("delivery", "paper"))
        );
        assert!(sent.contains(&("obligee", "3")) && sent.contains(&("ack_R1", "1")));
    }

    #[test]
    fn a_page_is_read_as_text() {
        assert_eq!(text("<p>受理<br>A&amp;B</p>\n<p>C"), "受理 A&B C");
    }
}
