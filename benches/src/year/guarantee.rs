use hosho::{
    AuthKey, AuthKeyBinding, Certificate, Change, ChangeKind, ChangeKinds, Claims, Contractor,
    Date, Epoch, Fingerprint, GuaranteeKind, GuaranteeNumber, GuaranteeTerms,
    Guarantor as GuarantorClaims, Lineage, LowPriceSurvey, Obligee, Period, PreparedCertificate,
    Revision, SealNonce, Serial, ShortText, SignedCertificate, Signer as _, StatusReference, Text,
    UnixTime, Work, Yen, seal,
};

use super::guarantor::Guarantor;
use super::random::Random;

/// What becomes of a guarantee until the day that is asked about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fate {
    Plain,
    Expired,
    NotYet,
    /// With this many revisions.
    Amended(u16),
    Rekeyed,
    Terminated,
    Voided,
}

/// What is wrong with how it was handed over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Mischief {
    None,
    /// The last revision names another one as the one before.
    Broken,
    /// There is a second certificate of revision 1.
    Forked,
    /// A bit of the signature was turned.
    Forged,
    /// Revision 2 is missing.
    Gap,
    /// The last revision is missing.
    NewestMissing,
}

/// One guarantee, before it is issued.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) ordinal: u32,
    pub(super) guarantor: usize,
    pub(super) kind: GuaranteeKind,
    pub(super) obligee: usize,
    pub(super) fate: Fate,
    pub(super) mischief: Mischief,
    price: u64,
    places: Vec<StatusReference>,
}

/// One revision of it.
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) certificate: Certificate<'static>,
    pub(super) signed: Vec<u8>,
    /// The end of the file's name.
    pub(super) label: String,
    /// Whether it was handed over.
    pub(super) written: bool,
    /// Sealed, and the key that opens it.
    pub(super) sealed: Option<(Vec<u8>, String)>,
}

const OBLIGEES: [(&str, &str); 8] = [
    ("瑞穂県", "契約担当者 瑞穂県青嶺土木事務所長 高瀬 光一"),
    ("青嶺市", "青嶺市長 水原 千鶴"),
    ("青嶺市水道事業", "青嶺市水道事業管理者 名取 浩"),
    ("霧ヶ原町", "霧ヶ原町長 早見 誠"),
    ("桜坂村", "桜坂村長 野辺 香"),
    ("架空国道整備局", "支出負担行為担当官 架空国道整備局長 森 修"),
    ("瑞穂県住宅供給公社", "理事長 岸 ゆかり"),
    ("架空港湾局", "契約担当役 架空港湾局長 波多野 健"),
];

/// Every so many guarantees one is handed over with mischief.
const MISCHIEF_EVERY: u32 = 401;

impl Plan {
    /// Draws the next guarantee, of at most `left` revisions.
    pub(super) fn draw(
        ordinal: u32,
        left: u64,
        guarantors: &mut [Guarantor],
        random: &mut Random,
    ) -> Self {
        let fate = match random.below(100) {
            _ if left < 8 => Fate::Plain,
            0..60 => Fate::Plain,
            60..66 => Fate::Expired,
            66..70 => Fate::NotYet,
            70..82 => Fate::Amended(2),
            82..90 => Fate::Amended(3),
            90..94 => Fate::Amended(4),
            94..96 => Fate::Rekeyed,
            96..98 => Fate::Terminated,
            _ => Fate::Voided,
        };
        let mischief = match (ordinal % MISCHIEF_EVERY, fate) {
            _ if left < 8 => Mischief::None,
            (0..40, Fate::Amended(3 | 4)) if ordinal.is_multiple_of(2) => Mischief::Gap,
            (0..40, Fate::Amended(2..)) if ordinal % 2 == 1 => Mischief::NewestMissing,
            (50, Fate::Plain) => Mischief::Forged,
            (100, Fate::Plain) => Mischief::Forked,
            (200..230, Fate::Amended(2)) => Mischief::Broken,
            _ => Mischief::None,
        };
        let guarantor = usize::try_from(random.below(3)).expect("small");
        let mut plan = Self {
            ordinal,
            guarantor,
            kind: match random.below(10) {
                0..6 => GuaranteeKind::Advance,
                6..7 => GuaranteeKind::Interim,
                _ => GuaranteeKind::Performance,
            },
            obligee: usize::try_from(random.below(8)).expect("small"),
            fate,
            mischief,
            price: 11_000 * u64::from(1_000 + random.below(50_000)),
            places: Vec::new(),
        };
        let revisions = plan.revisions();
        plan.places = (0..revisions).map(|_| guarantors[guarantor].draw(random)).collect();
        plan
    }

    /// How many certificates are signed for it.
    pub(super) fn revisions(&self) -> u16 {
        let more = u16::from(self.mischief == Mischief::Forked);
        more + match self.fate {
            Fate::Plain | Fate::Expired | Fate::NotYet => 1,
            Fate::Amended(revisions) => revisions,
            Fate::Rekeyed | Fate::Terminated | Fate::Voided => 2,
        }
    }

    /// How many genuine certificates of it are handed over.
    pub(super) fn genuine(&self) -> u16 {
        match self.mischief {
            Mischief::Forged => 0,
            Mischief::Gap | Mischief::NewestMissing => self.revisions() - 1,
            Mischief::Broken | Mischief::Forked | Mischief::None => self.revisions(),
        }
    }

    pub(super) fn is_rekeyed(&self) -> bool {
        self.fate == Fate::Rekeyed
    }

    pub(super) fn number(&self) -> String {
        let kind = match self.kind {
            GuaranteeKind::Advance => 1,
            GuaranteeKind::Interim => 2,
            GuaranteeKind::Performance => 3,
        };
        format!("{}-07-{kind}-{:07}-{}", 31 + self.guarantor, self.ordinal, self.ordinal % 9)
    }

    pub(super) const fn obligee_name(&self) -> &'static str {
        OBLIGEES[self.obligee].0
    }

    /// Signs every revision.
    pub(super) fn issue(&self, guarantor: &Guarantor) -> Vec<Issued> {
        let mut issued: Vec<Issued> = Vec::new();
        let last = self.revisions();
        for (at, place) in (1_u16..).zip(&self.places) {
            let fork = self.mischief == Mischief::Forked && at == 2;
            let revision = if fork { 1 } else { at };
            let before = issued.last().filter(|_| !fork).map(|one| Fingerprint::of(&one.signed));
            let before = match self.mischief {
                Mischief::Broken if at == last => Some(Fingerprint::of(b"another certificate")),
                _ => before,
            };
            let mut one = self.sign(guarantor, revision, *place, before, fork);
            one.written = match self.mischief {
                Mischief::Gap => at != 2,
                Mischief::NewestMissing => at != last,
                _ => true,
            };
            if self.mischief == Mischief::Forged
                && let Some(byte) = one.signed.last_mut()
            {
                *byte ^= 1;
            }
            issued.push(one);
        }
        issued
    }

    fn sign(
        &self,
        guarantor: &Guarantor,
        revision: u16,
        status: StatusReference,
        before: Option<Fingerprint>,
        fork: bool,
    ) -> Issued {
        let number = GuaranteeNumber::parse(self.number()).expect("a number");
        let serial = match (self.fate, revision) {
            (Fate::Rekeyed, 2) => Serial::FIRST.next().expect("a serial"),
            _ => Serial::FIRST,
        };
        let key = guarantor.master.derive(&guarantor.id, Epoch::FIRST, &number, serial);
        let bind = key.bind(&guarantor.id, &number, Epoch::FIRST, serial);
        let binding = AuthKeyBinding { epoch: Epoch::FIRST, serial, bind };
        let issued_on = self.issued_on(revision);
        let claims = Claims {
            guarantor_id: guarantor.id.clone(),
            number,
            lineage: self.lineage(revision, before),
            issued_at: noon(issued_on),
            binding,
            status,
            kind: self.kind,
            issued_on,
            guarantor: GuarantorClaims {
                name: text(guarantor.name),
                branch: Some(text("瑞穂支店")),
                representative: Some(text("取締役社長 架空 太郎")),
                address: Some(text("瑞穂県青嶺市中央二丁目1番1号")),
            },
            obligee: Obligee {
                name: text(self.obligee_name()),
                representative: text(OBLIGEES[self.obligee].1),
                address: Some(text("瑞穂県青嶺市城下町二丁目3番4号")),
            },
            contractor: Contractor {
                name: text(&format!("株式会社架空{}土建", self.ordinal % 977)),
                representative: text("代表取締役 相良 健吾"),
                address: text("瑞穂県青嶺市港北三丁目12番8号"),
                members: Vec::new(),
            },
            work: self.work(revision, fork),
            guarantee: self.terms(revision),
        };
        let certificate = Certificate::new(claims).expect("claims that go together");
        let secret = &guarantor.keys[usize::from(self.ordinal % 2 == 1)];
        let signed = PreparedCertificate::new(&certificate, secret.public_key().key_id())
            .and_then(|prepared| prepared.sign(secret))
            .expect("a signature");
        let sealed = (self.fate == Fate::Plain && self.mischief == Mischief::None)
            .then(|| self.seal(&signed, &key));
        let label = if fork { format!("r{revision}b") } else { format!("r{revision}") };
        Issued { certificate, signed, label, written: true, sealed }
    }

    fn seal(&self, signed: &[u8], key: &AuthKey) -> (Vec<u8>, String) {
        let signed = SignedCertificate::parse(signed).expect("well formed");
        let seed = self.ordinal.to_be_bytes();
        let nonce = SealNonce { salt: repeated(seed), iv: repeated(seed) };
        (seal(&signed, key, &nonce), key.expose_text().as_str().to_owned())
    }

    fn issued_on(&self, revision: u16) -> Date {
        let first = if self.fate == Fate::NotYet { "2026-04-01" } else { "2025-06-20" };
        date(match revision {
            1 => first,
            2 => "2025-09-01",
            3 => "2025-11-04",
            _ => "2026-01-15",
        })
    }

    fn lineage(&self, revision: u16, previous: Option<Fingerprint>) -> Lineage<'static> {
        let Some(previous) = previous else { return Lineage::Original };
        let (kind, effective_from) = match self.fate {
            Fate::Rekeyed => (ChangeKind::Rekey, None),
            Fate::Terminated => (ChangeKind::Termination, Some(date("2026-02-01"))),
            Fate::Voided => (ChangeKind::Voidance, Some(date("2025-06-20"))),
            _ => (ChangeKind::Increase, None),
        };
        Lineage::Amendment {
            revision: Revision::new(revision).expect("a revision"),
            previous,
            change: Change {
                kinds: ChangeKinds::new([kind]).expect("kinds"),
                reason: text("設計変更のため"),
                contract_changed_on: None,
                effective_from,
            },
        }
    }

    fn price(&self, revision: u16) -> u64 {
        match self.fate {
            Fate::Amended(_) => self.price + 1_100_000 * u64::from(revision - 1),
            _ => self.price,
        }
    }

    fn work(&self, revision: u16, fork: bool) -> Work<'static> {
        let price = self.price(revision);
        let more = if fork { "(別紙)" } else { "" };
        Work {
            contract_number: text(&format!("7青土第{}号", self.ordinal)),
            category: ShortText::parse("construction").expect("a category"),
            name: text(&format!("県道霧ヶ原青嶺線 道路改良工事(第{}工区){more}", self.ordinal)),
            site: text("瑞穂県青嶺市霧ヶ原地内"),
            concluded_on: Some(date("2025-06-16")),
            term: Period::new(date("2025-06-17"), self.period_to()).expect("a term"),
            price: yen(price),
            tax: yen(price / 11),
            multi_year: None,
            low_price_survey: LowPriceSurvey::NotMade,
        }
    }

    fn period_to(&self) -> Date {
        date(if self.fate == Fate::Expired { "2026-01-30" } else { "2026-10-30" })
    }

    fn terms(&self, revision: u16) -> GuaranteeTerms<'static> {
        let price = self.price(revision);
        let amount = match self.kind {
            GuaranteeKind::Advance => price * 4 / 10,
            GuaranteeKind::Interim => price * 2 / 10,
            GuaranteeKind::Performance => price / 10,
        };
        let first = match self.kind {
            GuaranteeKind::Interim => Some(format!("30-07-1-{:07}-1", self.ordinal)),
            _ => None,
        };
        let from = if self.fate == Fate::NotYet { "2026-04-02" } else { "2025-06-20" };
        GuaranteeTerms {
            amount: yen(amount),
            period: Period::new(date(from), self.period_to()).expect("a period"),
            advance: (self.kind != GuaranteeKind::Performance).then(|| yen(amount)),
            first_advance: first.map(|first| GuaranteeNumber::parse(first).expect("a number")),
            terms: text("架空建設業保証 前払金保証約款"),
            clauses: Some(Fingerprint::of(b"the clauses")),
        }
    }
}

fn repeated<const N: usize>(seed: [u8; 4]) -> [u8; N] {
    std::array::from_fn(|at| seed[at % seed.len()])
}

fn date(text: &str) -> Date {
    Date::parse(text).expect("a day")
}

/// Noon in Japan.
fn noon(day: Date) -> UnixTime {
    UnixTime::from_seconds(u64::from(day.days()) * 86_400 + 3 * 3_600).expect("an instant")
}

fn text(text: &str) -> Text<'static> {
    Text::parse(text.to_owned()).expect("a text")
}

fn yen(amount: u64) -> Yen {
    Yen::new(amount).expect("an amount")
}
