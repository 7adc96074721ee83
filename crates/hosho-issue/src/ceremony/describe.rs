//! What a trust bundle says, in full and in words, for whoever is about to sign it.

use hosho::{
    Attestation, BundleDraft, Date, Fingerprint, KeyEntry, KeyRole, KeyState, PublicKey,
    TrustBundle, UnixTime,
};
use hosho_cli::lang::Lang;

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
    lines.iter().map(|line| format!("  {mark} {}", line.trim_start())).collect()
}

fn key(entry: &KeyEntry, lang: Lang) -> Vec<String> {
    let role = match entry.role {
        KeyRole::Certificate => lang.pick("証書鍵", "certificate key"),
        KeyRole::Status => lang.pick("状態鍵", "status key"),
        KeyRole::Publish => lang.pick("送信鍵", "publish key"),
    };
    let window = format!("{} – {}", time(entry.not_before, lang), time(entry.not_after, lang));
    let state = match &entry.state {
        KeyState::Active => lang.pick("使用中", "active").to_owned(),
        KeyState::Retired { since, reason } => {
            let (word, since) = (lang.pick("引退", "retired since"), time(*since, lang));
            format!("{word} {since}: {reason}")
        }
        KeyState::Compromised { since, reason } => {
            let word = lang.pick("危殆化", "COMPROMISED since");
            format!("{word} {}: {reason}", time(*since, lang))
        }
    };
    let mark = lang.pick("状態", "state");
    vec![format!("  {role} {} [{window}] {mark}: {state}", entry.key.key_id())]
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
