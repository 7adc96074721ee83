//! The drill of a changing root set: three trust bundles, each root key on a machine of its own.

use std::error::Error;
use std::fs;

use hosho::{
    BundleDraft, PreparedBundle, RootSet, SecretKey, SignedTrustBundle, Signer as _, TrustBundle,
};

use crate::forger::secret_key;
use crate::scene::Scene;

/// Plays the drill.
pub(crate) fn play(scene: &mut Scene) -> Result<(), Box<dyn Error>> {
    scene.part("訓練 2: ルート鍵の交換", "Drill 2: a change of the root set");
    let first = leave_home(scene)?;
    replace_one(scene, &first)?;
    replace_all(scene)?;
    update(scene)
}

/// Generation 1: the root keys leave the home, each for a machine of its own.
fn leave_home(scene: &Scene) -> Result<Vec<String>, Box<dyn Error>> {
    scene.issue(
        "init home --guarantor 架空みらい建設業保証株式会社 --id g-drill --now 2026-04-01T00:00:00Z",
        0,
    )?;
    scene.issue("bundle home --out trust-1.hosho --now 2026-04-01T00:00:00Z", 0)?;
    let said = scene.issue("root export home --out usb --now 2026-04-01T00:00:00Z", 0)?;
    let prints: Vec<String> =
        said.output.lines().filter_map(|line| line.split('\t').nth(1)).map(str::to_owned).collect();
    for number in 1..=3 {
        scene.carry(&[&format!("usb/root-{number}.pem")], &format!("machine-{number}"))?;
    }
    fs::remove_dir_all(scene.path("usb"))?;
    if fs::read_dir(scene.path("home/roots"))?.next().is_some() {
        return Err("a root key is still in the home".into());
    }
    Ok(prints)
}

/// Generation 2: one root key leaves the set; the two that stay sign for both sets.
fn replace_one(scene: &Scene, prints: &[String]) -> Result<(), Box<dyn Error>> {
    scene.part("第 2 世代: 一本を替える", "Generation 2: one root key is replaced");
    fs::create_dir(scene.path("machine-4"))?;
    scene.issue_at("machine-4", "root init --out root-4.pem", 0)?;
    scene.carry(&["machine-4/root-4.pub"], "inbox")?;
    let gone = prints.get(2).ok_or("three root keys were expected")?;
    let line = format!(
        "root replace home --remove {gone} --add inbox/root-4.pub --now 2026-05-01T00:00:00Z"
    );
    scene.issue(&line, 3)?.tells("E9-ROOTS")?;
    ask(scene, "trust-1.hosho", &[1, 4])?;
    scene.say(
        "旧の組の署名が一つでは足りません。同じ署名を二度渡しても一つです",
        "One root key of the old set is not enough, and the same signature twice counts once",
    );
    for (given, exit) in [("4", 3), ("1 1", 3)] {
        let line =
            format!("root assemble home --signature {} --now 2026-05-02T00:00:00Z", files(given));
        scene.issue(&line, exit)?.tells("E8-THRESHOLD")?;
    }
    ask(scene, "trust-1.hosho", &[2])?;
    let line =
        format!("root assemble home --signature {} --now 2026-05-02T00:00:00Z", files("1 2 4"));
    scene.issue(&line, 0)?;
    scene.issue("bundle home --out trust-2.hosho --now 2026-05-02T00:00:00Z", 0)?;
    Ok(())
}

/// Generation 3: all root keys are replaced; two old ones and two new ones sign.
fn replace_all(scene: &Scene) -> Result<(), Box<dyn Error>> {
    scene.part("第 3 世代: すべて替える", "Generation 3: all root keys are replaced");
    let shown = scene.issue("root show home", 0)?;
    let old: Vec<&str> = shown
        .output
        .lines()
        .map(|line| line.trim().split(' ').next().unwrap_or_default())
        .filter(|word| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit()))
        .collect();
    let mut added = Vec::new();
    for number in 5..=7 {
        let machine = format!("machine-{number}");
        fs::create_dir(scene.path(&machine))?;
        scene.issue_at(&machine, &format!("root init --out root-{number}.pem"), 0)?;
        scene.carry(&[&format!("{machine}/root-{number}.pub")], "inbox")?;
        added.push(format!("inbox/root-{number}.pub"));
    }
    let line = format!(
        "root replace home --remove {} --add {} --now 2026-06-01T00:00:00Z",
        old.join(" "),
        added.join(" ")
    );
    scene.issue(&line, 3)?.tells("E9-ROOTS")?;
    ask(scene, "trust-2.hosho", &[1, 4, 5, 6])?;
    scene.say(
        "旧の組だけ、新の組だけでは足りません",
        "Neither the old set alone nor the new one alone is enough",
    );
    for given in ["1 4", "5 6", "1 5 6"] {
        let line =
            format!("root assemble home --signature {} --now 2026-06-02T00:00:00Z", files(given));
        scene.issue(&line, 3)?.tells("E8-THRESHOLD")?;
    }
    let line =
        format!("root assemble home --signature {} --now 2026-06-02T00:00:00Z", files("1 4 5 6"));
    scene.issue(&line, 0)?;
    scene.issue("bundle home --out trust-3.hosho --now 2026-06-02T00:00:00Z", 0)?;
    scene.issue("journal home", 0)?;
    Ok(())
}

/// What an obligee who pinned the first bundle accepts, and what not.
fn update(scene: &Scene) -> Result<(), Box<dyn Error>> {
    scene.part("発注者", "The obligee");
    let update = |pinned: &str, new: &str, out: &str, exit| {
        scene.verify(&format!("trust update --pinned {pinned} --new {new} --out {out}"), exit)
    };
    update("trust-1.hosho", "trust-3.hosho trust-2.hosho", "trust.hosho", 0)?;
    if fs::read(scene.path("trust.hosho"))? != fs::read(scene.path("trust-3.hosho"))? {
        return Err("the newest trust bundle was expected".into());
    }
    scene.say("一段飛ばすと、足りないものが示されます", "A step left out is named");
    update("trust-1.hosho", "trust-3.hosho", "never.hosho", 3)?.tells("E8-SEQUENCE")?;
    scene.say("枝分かれは拒まれます", "A fork is refused");
    fork(scene)?;
    update("trust-1.hosho", "fork-2.hosho trust-3.hosho", "never.hosho", 1)?
        .tells("E8-PREVIOUS")?;
    scene.say("よその鍵だけで署名されたものは拒まれます", "What other keys have signed is refused");
    usurp(scene)?;
    update("trust-1.hosho", "usurped-2.hosho", "never.hosho", 1)?.tells("E8-THRESHOLD")?;
    scene.say(
        "逆戻りは読み飛ばされ、何も書かれません",
        "A step back is passed over, and nothing is written",
    );
    update("trust-3.hosho", "trust-1.hosho", "never.hosho", 3)?;
    if scene.path("never.hosho").exists() {
        return Err("a refused trust bundle was written".into());
    }
    Ok(())
}

/// Two old root keys sign another bundle of sequence 2 than the one that the guarantor made.
fn fork(scene: &Scene) -> Result<(), Box<dyn Error>> {
    let first = read(scene, "trust-1.hosho")?;
    let prepared = successor(&first, first.roots().clone())?;
    let signatures = ["machine-1/root-1.pem", "machine-2/root-2.pem"]
        .into_iter()
        .map(|file| Ok(prepared.sign(&secret_key(&scene.path(file))?)?))
        .collect::<Result<_, Box<dyn Error>>>()?;
    Ok(fs::write(scene.path("fork-2.hosho"), prepared.assemble(signatures)?)?)
}

/// Somebody makes a bundle of sequence 2 with root keys of his own, which all sign it.
fn usurp(scene: &Scene) -> Result<(), Box<dyn Error>> {
    let first = read(scene, "trust-1.hosho")?;
    let keys: Vec<SecretKey> = (1_u8..=3).map(|n| SecretKey::take(&mut [n; 32])).collect();
    let public = keys.iter().map(|key| key.public_key().clone()).collect();
    let prepared = successor(&first, RootSet::new(2, public)?)?;
    let signatures = keys.iter().map(|key| prepared.sign(key)).collect::<Result<_, _>>()?;
    Ok(fs::write(scene.path("usurped-2.hosho"), prepared.assemble(signatures)?)?)
}

fn successor(first: &TrustBundle, roots: RootSet) -> Result<PreparedBundle, Box<dyn Error>> {
    let draft = BundleDraft {
        guarantor_id: first.guarantor_id().clone(),
        sequence: first.sequence().next().ok_or("a sequence")?,
        issued_at: first.issued_at(),
        next_update: first.next_update(),
        keys: first.keys().to_vec(),
        roots,
        attestations: Vec::new(),
        previous: Some(first.fingerprint()),
    };
    Ok(draft.prepare()?)
}

fn read(scene: &Scene, name: &str) -> Result<TrustBundle, Box<dyn Error>> {
    Ok(SignedTrustBundle::parse(&fs::read(scene.path(name))?)?.pin()?)
}

/// Carries the request to machines, has it signed there, and carries the signatures back.
fn ask(scene: &Scene, previous: &str, machines: &[u8]) -> Result<(), Box<dyn Error>> {
    scene.issue("root request home --out next.request --force", 0)?;
    for number in machines {
        let machine = format!("machine-{number}");
        scene.carry(&["next.request", previous], &machine)?;
        let signature = format!("root-{number}.signature");
        // What was signed in the generation before is done with.
        let old = scene.path(&machine).join(&signature);
        if old.exists() {
            fs::remove_file(old)?;
        }
        let line = format!(
            "root sign next.request --key root-{number}.pem --previous {previous} --out {signature} --yes"
        );
        scene.issue_at(&machine, &line, 0)?;
        scene.carry(&[&format!("{machine}/{signature}")], "inbox")?;
    }
    Ok(())
}

/// Returns the names of the signature files of some machines: `1 4`.
fn files(machines: &str) -> String {
    let file = |number: &str| format!("inbox/root-{number}.signature");
    machines.split(' ').map(file).collect::<Vec<_>>().join(" ")
}
