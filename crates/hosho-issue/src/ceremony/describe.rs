//! What a trust bundle says, in full and in words, for whoever is about to sign it.

use hosho::{
    Attestation, BundleDraft, Date, Fingerprint, KeyEntry, KeyRole, KeyState, PublicKey,
    TrustBundle, UnixTime,
};
use hosho_cli::lang::Lang;

/// How wide a part of a text is that somebody else chose; with what stands before it, it fits into 80
/// columns.
const COLUMNS: usize = 60;

/// Returns everything that a bundle says, line by line; `fingerprint` is that of a signed one.
pub(super) fn content(
    draft: &BundleDraft<'_>,
    fingerprint: Option<Fingerprint>,
    lang: Lang,
) -> Vec<String> {
    let pair = |ja: &str, en: &str, value: &dyn std::fmt::Display| {
        format!("  {}: {value}", lang.pick(ja, en))
    };
    let mut lines = Vec::new();
    if let Some(fingerprint) = fingerprint {
        let heading = lang.pick("信頼バンドル", "Trust bundle");
        lines.push(format!("{heading}: {fingerprint}"));
    }
    lines.push(pair("保証事業会社の識別子", "guarantor-id", &draft.guarantor_id.as_str()));
    lines.push(pair("通し番号", "sequence", &draft.sequence));
    lines.push(pair("作成", "issued at", &time(draft.issued_at, lang)));
    lines.push(pair("更新期限", "next update", &time(draft.next_update, lang)));
    if let Some(previous) = draft.previous {
        lines.push(pair("前のバンドル", "bundle before", &previous));
    }
    lines.push(lang.pick("鍵:", "Keys:").to_owned());
    lines.extend(draft.keys.iter().flat_map(|entry| key(entry, lang)));
    let roots = &draft.roots;
    lines.push(match lang {
        Lang::Ja => format!(
            "ルート鍵({} 本のうち {} 本の署名が必要):",
            roots.keys().len(),
            roots.threshold()
        ),
        _ => format!("Root keys ({} of {} must sign):", roots.threshold(), roots.keys().len()),
    });
    lines.push(pair("ルート鍵の組の指紋", "fingerprint of the root set", &roots.fingerprint()));
    lines.extend(roots.keys().iter().map(|key| format!("  {}", root(key))));
    if !draft.attestations.is_empty() {
        let heading = lang.pick("真正な証書の証明:", "Attestations of genuine certificates:");
        lines.push(heading.to_owned());
        lines.extend(draft.attestations.iter().flat_map(|one| attestation(one, lang)));
    }
    lines
}

/// Returns what changes from one bundle to the next, line by line.
pub(super) fn changes(before: &TrustBundle, draft: &BundleDraft<'_>, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in &draft.keys {
        match before.key(entry.key.key_id()) {
            None => lines.extend(marked('+', &key(entry, lang))),
            Some(old) if old != entry => {
                lines.extend(marked('-', &key(old, lang)));
                lines.extend(marked('+', &key(entry, lang)));
            }
            Some(_) => {}
        }
    }
    let is_gone = |old: &&KeyEntry| draft.keys.iter().all(|entry| entry.key != old.key);
    for old in before.keys().iter().filter(is_gone) {
        lines.extend(marked('-', &key(old, lang)));
    }
    let (old, new) = (before.roots(), &draft.roots);
    let label = lang.pick("ルート鍵", "root key");
    for gone in old.keys().iter().filter(|key| !new.keys().contains(key)) {
        lines.push(format!("  - {label} {}", root(gone)));
    }
    for come in new.keys().iter().filter(|key| !old.keys().contains(key)) {
        lines.push(format!("  + {label} {}", root(come)));
    }
    if old.threshold() != new.threshold() {
        let label = lang.pick("必要な署名の数", "signatures needed");
        lines.push(format!("  ~ {label}: {} -> {}", old.threshold(), new.threshold()));
    }
    let known = before.attestations();
    for one in draft.attestations.iter().filter(|one| !known.contains(one)) {
        lines.extend(marked('+', &attestation(one, lang)));
    }
    for one in known.iter().filter(|one| !draft.attestations.contains(one)) {
        lines.extend(marked('-', &attestation(one, lang)));
    }
    let label = lang.pick("更新期限", "next update");
    if before.next_update() != draft.next_update {
        let (from, to) = (time(before.next_update(), lang), time(draft.next_update, lang));
        lines.push(format!("  ~ {label}: {from} -> {to}"));
    }
    let number = before.sequence();
    lines.insert(
        0,
        match lang {
            Lang::Ja => format!("信頼バンドル {number} からの変更点:"),
            _ => format!("Changes from trust bundle {number}:"),
        },
    );
    lines
}

fn marked(mark: char, lines: &[String]) -> Vec<String> {
    let line = |(place, line): (usize, &String)| match place {
        0 => format!("  {mark} {}", line.trim_start()),
        _ => format!("      {}", line.trim_start()),
    };
    lines.iter().enumerate().map(line).collect()
}

fn key(entry: &KeyEntry, lang: Lang) -> Vec<String> {
    let role = match entry.role {
        KeyRole::Certificate => lang.pick("証書鍵", "certificate key"),
        KeyRole::Status => lang.pick("状態鍵", "status key"),
        KeyRole::Publish => lang.pick("送信鍵", "publish key"),
    };
    let window = format!("{} – {}", time(entry.not_before, lang), time(entry.not_after, lang));
    let (state, reason) = match &entry.state {
        KeyState::Active => (lang.pick("使用中", "active").to_owned(), None),
        KeyState::Retired { since, reason } => {
            let word = lang.pick("引退", "retired since");
            (format!("{word} {}", time(*since, lang)), Some(reason))
        }
        KeyState::Compromised { since, reason } => {
            let word = lang.pick("危殆化", "COMPROMISED since");
            (format!("{word} {}", time(*since, lang)), Some(reason))
        }
    };
    let mark = lang.pick("状態", "state");
    let mut lines = vec![format!("  {role} {} [{window}] {mark}: {state}", entry.key.key_id())];
    let label = lang.pick("理由", "reason");
    let parts = reason.map(|reason| quoted(reason.as_str())).unwrap_or_default();
    lines.extend(parts.iter().map(|part| format!("    {label}: {part}")));
    lines
}

/// Returns a text that somebody else chose, in quotes, so that it can pass for nothing but itself: in
/// parts too short for a terminal to wrap, with whatever could move or hide the rest escaped.
fn quoted(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let (mut part, mut columns, mut after_blank) = (String::new(), 0, false);
    for symbol in text.chars() {
        let is_blank = symbol.is_whitespace();
        let plain = if is_blank {
            symbol == ' ' && !after_blank
        } else {
            symbol == '\'' || (symbol.escape_debug().eq([symbol]) && !is_hidden(symbol))
        };
        after_blank = is_blank;
        let shown = match symbol {
            _ if plain => symbol.to_string(),
            '"' | '\\' => symbol.escape_debug().to_string(),
            _ => symbol.escape_unicode().to_string(),
        };
        // What is not ASCII may be two columns wide.
        let width = shown.chars().map(|shown| if shown.is_ascii() { 1 } else { 2 }).sum::<usize>();
        if columns + width > COLUMNS {
            parts.push(format!("\"{part}\""));
            part.clear();
            columns = 0;
        }
        part.push_str(&shown);
        columns += width;
    }
    parts.push(format!("\"{part}\""));
    parts
}

/// Tells whether a letter shows nothing, or is written from right to left.
fn is_hidden(symbol: char) -> bool {
    matches!(symbol,
        '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}'
        | '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

fn root(key: &PublicKey) -> String {
    format!("{} ({})", key.thumbprint(), key.key_id())
}

fn attestation(one: &Attestation, lang: Lang) -> Vec<String> {
    let Attestation { key_id, since, count, root } = one;
    let since = time(*since, lang);
    vec![match lang {
        Lang::Ja => format!("  証書鍵 {key_id}(危殆化 {since})の真正な証書 {count} 件: {root}"),
        _ => format!(
            "  certificate key {key_id}, compromised since {since}: {count} genuine, {root}"
        ),
    }]
}

/// An instant is shown in UTC, as it is signed, with the date that it is in Japan.
fn time(instant: UnixTime, lang: Lang) -> String {
    let day = Date::in_japan(instant);
    match lang {
        Lang::Ja => format!("{instant}(日本時間 {day})"),
        _ => format!("{instant} ({day} in Japan)"),
    }
}

#[cfg(test)]
mod tests {
    use hosho::{SecretKey, Signer as _, Text};

    use super::*;

    fn compromised(reason: &str) -> KeyEntry {
        let since = UnixTime::from_seconds(1_800_000_000).unwrap();
        KeyEntry {
            key: SecretKey::take(&mut [7; 32]).public_key().clone(),
            role: KeyRole::Certificate,
            not_before: since,
            not_after: since,
            state: KeyState::Compromised { since, reason: Text::parse(reason.to_owned()).unwrap() },
        }
    }

    #[test]
    fn a_reason_is_quoted_on_a_line_of_its_own() {
        let lines = key(&compromised("盗難 2026"), Lang::En);
        assert_eq!(lines.len(), 2);
        assert!(lines[0].ends_with("COMPROMISED since 2027-01-15T08:00:00Z (2027-01-15 in Japan)"));
        assert_eq!(lines[1], "    reason: \"盗難 2026\"");
    }

    #[test]
    fn a_reason_cannot_forge_a_line_by_filling_the_one_before() {
        let forged = format!("lost{}Signing with root key: 00", " ".repeat(300));
        let lines = key(&compromised(&forged), Lang::En);
        assert_eq!(lines[1], format!("    reason: \"lost {}\"", "\\u{20}".repeat(9)));
        for line in &lines[1..] {
            assert!(line.starts_with("    reason: \"") && line.ends_with('"'), "{line}");
            assert!(line.chars().count() <= 80, "{line}");
        }
    }

    #[test]
    fn what_hides_or_turns_text_is_escaped() {
        for (reason, shown) in [
            ("say \"yes\" \\", r#""say \"yes\" \\""#),
            ("a\u{3000}b", r#""a\u{3000}b""#),
            ("a\u{2800}b", r#""a\u{2800}b""#),
            ("a\u{5d0}b", r#""a\u{5d0}b""#),
        ] {
            assert_eq!(quoted(reason), [shown]);
        }
        let wide = "保".repeat(170);
        assert!(quoted(&wide).iter().all(|part| part.chars().count() <= 32));
        let back: String = quoted(&wide).iter().map(|part| part.trim_matches('"')).collect();
        assert_eq!(back, wide);
    }
}
