//! The drill of a stolen certificate key, from the theft to the last verdict.

use std::error::Error;
use std::fs;

use serde_json::{Value, json};

use crate::forger::Forger;
use crate::scene::{Check, Scene};

/// A request with everything but its number and revision.
const REQUEST: &str = include_str!("../../../samples/requests/G01-1.json");
const NOW: &str = "2026-05-12T00:00:00Z";
/// The revisions that the guarantor issued before the theft was noticed.
const GENUINE: [(&str, u16); 4] = [("A-1", 1), ("A-1", 2), ("B-1", 1), ("C-1", 1)];

/// Plays the drill.
pub(crate) fn play(scene: &mut Scene) -> Result<(), Box<dyn Error>> {
    issue_and_publish(scene)?;
    let forger = steal(scene)?;
    answer(scene, &forger)?;
    judge_the_genuine(scene)?;
    judge_the_forged(scene)?;
    mix_roles(scene, &forger)?;
    go_on(scene)
}

fn issue_and_publish(scene: &Scene) -> Result<(), Box<dyn Error>> {
    scene.part("訓練 1: 証書鍵の盗難", "Drill 1: a stolen certificate key");
    scene.say(
        "保証事業会社が証書を発行し、発注者が信頼バンドルを受け取ります",
        "A guarantor issues, and an obligee gets its trust bundle",
    );
    scene.issue(
        "init home --guarantor 架空みらい建設業保証株式会社 --id g-drill --now 2026-04-01T00:00:00Z",
        0,
    )?;
    let requests = GENUINE.map(|(number, revision)| request(scene, number, revision));
    let requests = requests.into_iter().collect::<Result<Vec<_>, _>>()?.join(" ");
    scene.issue(
        &format!("issue home --request {requests} --out out --now 2026-04-02T00:00:00Z"),
        0,
    )?;
    scene.issue("bundle home --out trust-1.hosho --now 2026-04-02T00:00:00Z", 0)?;
    scene.issue("snapshot home --out status-1.hosho --now 2026-05-01T00:00:00Z", 0)?;
    Ok(())
}

fn steal(scene: &Scene) -> Result<Forger, Box<dyn Error>> {
    scene.say(
        "盗人が証書鍵を写し取り、十倍の金額の証書を二通偽造します",
        "A thief copies the key and forges two certificates of ten times the amount",
    );
    scene.carry(&["home/keys/certificate-1.pem"], "thief")?;
    let forger = Forger::with(&scene.path("thief/certificate-1.pem"))?;
    let forge = |from: &str, at: &str, to: &str| {
        forger.forge(
            &scene.path(&format!("out/{from}.hosho")),
            &scene.path("trust-1.hosho"),
            at,
            &scene.path(&format!("thief/{to}.hosho")),
        )
    };
    forge("B-1-r1", "2026-04-01T12:00:00Z", "backdated")?;
    forge("C-1-r1", "2026-06-01T00:00:00Z", "later")?;
    scene.say(
        "まだ誰も気づいていません。偽造は通ります",
        "Nobody has noticed yet: the forgeries pass",
    );
    for (name, number) in [("backdated", "B-1"), ("later", "C-1")] {
        let file = format!("thief/{name}.hosho");
        let check =
            Check { trust: "trust-1.hosho", status: "status-1.hosho", ..plain(&file, number) };
        scene.check(&check, "in-force")?;
    }
    Ok(forger)
}

fn answer(scene: &Scene, forger: &Forger) -> Result<(), Box<dyn Error>> {
    scene.part("対処", "The answer");
    scene.say(
        "鍵を危殆化として記録し、真正な証書を証明し、新しい鍵に替えます",
        "The key is called compromised, the genuine certificates are attested, a new key is made",
    );
    let line = format!(
        "compromised home {} --since 2026-04-20T00:00:00Z --reason 盗難 --out proofs --now 2026-05-10T00:00:00Z",
        forger.key_id()
    );
    let said = scene.issue(&line, 0)?;
    if said.field("bundle")? != "2" {
        return Err("the next trust bundle was expected".into());
    }
    scene.issue("bundle home --out trust-2.hosho --now 2026-05-10T00:00:00Z", 0)?;
    scene.issue("snapshot home --out status-2.hosho --now 2026-05-10T00:00:00Z", 0)?;
    scene.issue("journal home", 0)?;
    scene.verify("trust update --pinned trust-1.hosho --new trust-2.hosho --out trust.hosho", 0)?;
    Ok(())
}

fn judge_the_genuine(scene: &Scene) -> Result<(), Box<dyn Error>> {
    scene.part("真正な証書", "The genuine certificates");
    for (number, revision) in GENUINE {
        let name = format!("{number}-r{revision}");
        let (file, proof) = (format!("out/{name}.hosho"), format!("proofs/{name}.proof"));
        let without = plain(&file, number);
        scene.check(&without, "key-compromised")?;
        let governs = if name == "A-1-r1" { "superseded" } else { "in-force" };
        scene.check(&Check { proof: Some(&proof), ..without }, governs)?;
    }
    scene.say("別の証書の証明は通りません", "The proof of another certificate does not serve");
    let (file, other) = ("out/B-1-r1.hosho", "proofs/C-1-r1.proof");
    scene.check(&Check { proof: Some(other), ..plain(file, "B-1") }, "key-compromised")
}

fn judge_the_forged(scene: &Scene) -> Result<(), Box<dyn Error>> {
    scene.part("偽造された証書", "The forged certificates");
    let mut tried = 0;
    for (name, number, verdict) in
        [("backdated", "B-1", "key-compromised"), ("later", "C-1", "not-genuine")]
    {
        let file = format!("thief/{name}.hosho");
        let without = plain(&file, number);
        scene.check(&without, verdict)?;
        for (genuine, revision) in GENUINE {
            let proof = format!("proofs/{genuine}-r{revision}.proof");
            scene.check(&Check { proof: Some(&proof), ..without }, verdict)?;
            tried += 1;
        }
    }
    println!(
        "# {tried}: {}",
        scene.lang.pick(
            "他の証書の証明を付けても通りません",
            "no proof of a genuine certificate helps them"
        )
    );
    scene.say(
        "古い信頼バンドルのままの発注者は、まだ偽造を信じます。だから新しいものを急いで配ります",
        "An obligee who keeps the old bundle still believes the thief: publish the new one at once",
    );
    let old = Check { trust: "trust-1.hosho", ..plain("thief/backdated.hosho", "B-1") };
    scene.check(&old, "in-force")
}

/// A certificate key signs no snapshots, stolen or not.
fn mix_roles(scene: &Scene, forger: &Forger) -> Result<(), Box<dyn Error>> {
    scene.say(
        "証書鍵で署名した状態一覧は使われません",
        "A status snapshot that the certificate key has signed is not used",
    );
    let (trust, out) = (scene.path("trust-1.hosho"), scene.path("thief/status.hosho"));
    forger.forge_snapshot(&trust, "2026-05-01T00:00:00Z", &out)?;
    for trust in ["trust-1.hosho", "trust.hosho"] {
        let check = Check {
            trust,
            status: "thief/status.hosho",
            proof: Some("proofs/C-1-r1.proof"),
            ..plain("out/C-1-r1.hosho", "C-1")
        };
        scene.check(&check, "status-unknown")?;
    }
    Ok(())
}

fn go_on(scene: &Scene) -> Result<(), Box<dyn Error>> {
    scene.part("発行の再開", "Issuing goes on");
    let requests = [request(scene, "D-1", 1)?, request(scene, "C-1", 2)?].join(" ");
    scene.say("時計を戻しての発行は拒まれます", "Issuing with the clock set back is refused");
    let line = format!("issue home --request {requests} --out out --now 2026-05-09T23:59:59Z");
    scene.issue(&line, 3)?.tells("E9-CLOCK")?;
    scene.issue(
        &format!("issue home --request {requests} --out out --now 2026-05-11T00:00:00Z"),
        0,
    )?;
    scene.issue("snapshot home --out status-3.hosho --now 2026-05-11T00:00:00Z", 0)?;
    for (file, number) in [("out/D-1-r1.hosho", "D-1"), ("out/C-1-r2.hosho", "C-1")] {
        let check = Check { status: "status-3.hosho", ..plain(file, number) };
        scene.check(&check, "in-force")?;
    }
    scene.say(
        "新しい鍵は古い信頼バンドルにありません",
        "The new key is not in the old trust bundle",
    );
    let check = Check {
        trust: "trust-1.hosho",
        status: "status-3.hosho",
        ..plain("out/D-1-r1.hosho", "D-1")
    };
    scene.check(&check, "key-unknown")?;
    scene.issue("journal home", 0)?;
    Ok(())
}

/// The question about a certificate, with the newest bundle and no proof.
fn plain<'a>(file: &'a str, number: &'a str) -> Check<'a> {
    Check { file, number, trust: "trust.hosho", status: "status-2.hosho", proof: None, now: NOW }
}

fn request(scene: &Scene, number: &str, revision: u16) -> Result<String, Box<dyn Error>> {
    let mut request: Value = serde_json::from_str(REQUEST)?;
    let fields = request.as_object_mut().ok_or("a request is an object")?;
    fields.insert("number".to_owned(), json!(number));
    fields.insert("revision".to_owned(), json!(revision));
    if let Some(before) = revision.checked_sub(1).filter(|before| *before > 0) {
        let change = json!({ "supersedes": before, "kinds": ["correction"], "reason": "訂正" });
        fields.insert("change".to_owned(), change);
    }
    let name = format!("{number}-r{revision}.json");
    fs::write(scene.path(&name), serde_json::to_vec_pretty(&request)?)?;
    Ok(name)
}
