//! A year of certificates: genuine ones of several guarantors, with chains, ends, copies that do
//! not belong, and an obligee's ledger with known mistakes. The same bytes for the same count.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;

use hosho::{Date, UnixTime, encode_armor};

mod books;
mod expected;
mod guarantee;
mod guarantor;
mod random;

use books::Books;
use expected::Expected;
use guarantee::{Issued, Plan};
use guarantor::Guarantor;
use random::Random;

/// Guarantees that are issued at a time, on all processors.
const AT_A_TIME: usize = 1_024;

/// Certificates in one armored archive.
const IN_ONE_ARCHIVE: u64 = 10_000;

/// Certificates that also lie there sealed.
const SEALED: usize = 50;

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct Year<'y> {
    /// How many genuine certificates.
    pub count: u64,
    /// Into which folder; it must not exist.
    pub out: &'y Path,
    /// Whether certificates are also written as armored archives.
    pub armored: Armored,
}

/// Whether certificates are also written as armored archives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Armored {
    /// Only as files.
    No,
    /// As archives too, one after the other.
    Yes,
}

/// The day that is asked about.
pub(crate) fn on() -> Date {
    Date::parse("2026-03-31").expect("a day")
}

/// The instant from which it is asked, and at which the snapshots are made.
pub(crate) fn now() -> UnixTime {
    UnixTime::parse("2026-04-10T00:00:00Z").expect("an instant")
}

impl Year<'_> {
    /// Writes everything and returns how many certificates there are, with the forged ones.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self) -> io::Result<u64> {
        fs::create_dir(self.out)?;
        let mut guarantors = Guarantor::all(self.count);
        let mut random = Random::new(self.count);
        let mut writer = Writer::new(self)?;
        let mut expected = Expected::default();
        let mut books = Books::create(&self.out.join("ledger.csv"))?;
        let (mut left, mut ordinal) = (self.count, 0_u32);
        while left > 0 {
            let mut plans = Vec::with_capacity(AT_A_TIME);
            while plans.len() < AT_A_TIME && left > 0 {
                let plan = Plan::draw(ordinal, left, &mut guarantors, &mut random);
                left = left.saturating_sub(u64::from(plan.genuine()));
                ordinal += 1;
                plans.push(plan);
            }
            for (plan, issued) in plans.iter().zip(issue(&plans, &guarantors)) {
                guarantors[plan.guarantor].record(plan, &issued);
                writer.write(plan, &issued)?;
                let entry = books.enter(plan, &issued)?;
                expected.take(plan, &issued, entry);
            }
        }
        books.finish(&mut expected)?;
        writer.finish()?;
        self.write_evidence(&guarantors)?;
        let text = serde_json::to_string_pretty(&expected.to_json())?;
        fs::write(self.out.join("expected.json"), text)?;
        Ok(writer.count)
    }

    fn write_evidence(&self, guarantors: &[Guarantor]) -> io::Result<()> {
        let (trust, status) = (self.out.join("trust"), self.out.join("status"));
        fs::create_dir(&trust)?;
        fs::create_dir(&status)?;
        for guarantor in guarantors {
            fs::write(trust.join(format!("{}.trust", guarantor.id)), guarantor.bundle())?;
            for (list, snapshot) in guarantor.snapshots() {
                fs::write(status.join(format!("{}-{list}.status", guarantor.id)), snapshot)?;
            }
        }
        Ok(())
    }
}

/// Issues on all processors; the results stand in the order of the plans.
fn issue(plans: &[Plan], guarantors: &[Guarantor]) -> Vec<Vec<Issued>> {
    let jobs = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = plans.len().div_ceil(jobs).max(1);
    let work = |plans: &[Plan]| -> Vec<Vec<Issued>> {
        plans.iter().map(|plan| plan.issue(&guarantors[plan.guarantor])).collect()
    };
    thread::scope(|scope| {
        let threads: Vec<_> =
            plans.chunks(share).map(|plans| scope.spawn(move || work(plans))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    })
}

/// Writes certificates as files and archives.
struct Writer {
    certificates: PathBuf,
    sealed: PathBuf,
    archives: Option<PathBuf>,
    archive: String,
    keys: String,
    sealed_count: usize,
    count: u64,
}

impl Writer {
    fn new(year: &Year<'_>) -> io::Result<Self> {
        let folder = |name: &str| {
            let path = year.out.join(name);
            fs::create_dir(&path).map(|()| path)
        };
        let certificates = folder("certificates")?;
        fs::write(certificates.join("readme.txt"), "The certificates of one year.\n")?;
        Ok(Self {
            certificates,
            sealed: folder("sealed")?,
            archives: (year.armored == Armored::Yes).then(|| folder("armored")).transpose()?,
            archive: String::new(),
            keys: "number,key\n".to_owned(),
            sealed_count: 0,
            count: 0,
        })
    }

    fn write(&mut self, plan: &Plan, issued: &[Issued]) -> io::Result<()> {
        let folder = self
            .certificates
            .join(format!("g{}", plan.guarantor))
            .join(format!("{:04}", plan.ordinal / 1_000));
        fs::create_dir_all(&folder)?;
        for one in issued.iter().filter(|one| one.written) {
            let name = format!("{}-{}", plan.number(), one.label);
            fs::write(folder.join(format!("{name}.hosho")), &one.signed)?;
            if self.archives.is_some() {
                self.archive += &encode_armor(&one.signed);
            }
            self.count += 1;
            if self.count.is_multiple_of(IN_ONE_ARCHIVE) {
                self.flush()?;
            }
            if let (Some((sealed, key)), true) = (&one.sealed, self.sealed_count < SEALED) {
                fs::write(self.sealed.join(format!("{name}.sealed.hosho")), sealed)?;
                self.keys += &[plan.number().as_str(), ",", key, "\n"].concat();
                self.sealed_count += 1;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some(archives) = &self.archives
            && !self.archive.is_empty()
        {
            let number = self.count.div_ceil(IN_ONE_ARCHIVE);
            fs::write(archives.join(format!("{number:04}.txt")), &self.archive)?;
            self.archive.clear();
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.flush()?;
        let keys = self.sealed.with_file_name("keys.csv");
        fs::write(&keys, &self.keys)?;
        fs::set_permissions(&keys, fs::Permissions::from_mode(0o600))
    }
}
