//! What a command tells while it works.

use std::ops::ControlFlow;
use std::path::PathBuf;

use hosho::{Epoch, Fingerprint, GuaranteeNumber, Revision, Sequence, UnixTime};
use hosho_cli::lang::Lang;
use hosho_cli::output::Written;
use hosho_policy::Finding;

use crate::failure::Failure;
use crate::messages;

/// Something that has just happened. Between two of them a crash finds the disk in one state, so
/// they are also the places where the crash tests stop.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// Records are in the journal and on the disk.
    Appended {
        /// How many.
        count: usize,
    },
    /// The high-water mark has followed the journal.
    Raised,
    /// A certificate was signed and sealed and stored in the home.
    Stored {
        /// Its number.
        number: GuaranteeNumber<'static>,
        /// Its revision.
        revision: Revision,
    },
    /// One of a certificate's files is in the folder that was asked for.
    Placed {
        /// The file.
        file: PathBuf,
    },
    /// All files of a certificate are on the disk in the folder that was asked for.
    Delivered {
        /// Its number.
        number: GuaranteeNumber<'static>,
        /// Its revision.
        revision: Revision,
        /// Whether any file had to be written.
        written: Written,
    },
    /// The policy says something about a certificate that will be issued.
    Found {
        /// Its number.
        number: GuaranteeNumber<'static>,
        /// Its revision.
        revision: Revision,
        /// What the policy says.
        finding: Finding,
    },
    /// The file of a new secret key is in the home.
    KeyStored,
    /// A trust bundle's file is in the home.
    BundleStored,
    /// The request to sign a trust bundle is in the home.
    RequestStored,
    /// A proof for a certificate of a compromised key is in the home.
    ProofStored {
        /// How many there will be.
        of: usize,
    },
    /// A copy of a root key is where it was asked for.
    RootCopied,
    /// A root key is gone from the home.
    RootRemoved,
    /// How many certificates a rekey will hand out.
    Planned {
        /// How many.
        count: usize,
    },
    /// The user should know something.
    Noticed(Notice),
}

/// Something that the user should know but that stops nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Notice {
    /// Certificates were handed out again that are from before a new auth key, and beside each the
    /// newest one, which that key fits.
    BeforeRekey {
        /// How many.
        count: usize,
    },
    /// A trust bundle that an earlier run had begun is made.
    BundleFinished {
        /// Its sequence.
        sequence: Sequence,
    },
    /// The trust bundle is past its next update.
    BundleOutdated {
        /// By when it should have been renewed.
        next_update: UnixTime,
    },
    /// Rekeys that an earlier run had begun were handed out.
    HandedOutLate {
        /// How many.
        count: usize,
    },
    /// A file lay where a new auth master key belongs; it was put aside and does not serve.
    MasterPutAside {
        /// The epoch of the new key.
        epoch: Epoch,
        /// The number in the file's new name.
        number: u32,
    },
    /// No high-water mark is kept apart from the home, so an old copy of it would not be noticed.
    NoMarkApart,
    /// A key was called compromised before, with another reason, which stays.
    ReasonKept,
    /// An earlier run had been interrupted, and its certificates were finished.
    Recovered {
        /// How many.
        count: usize,
    },
    /// A trust bundle waits for signatures of root keys that are not in the home.
    RequestOpen {
        /// Its sequence.
        sequence: Sequence,
    },
    /// A draft of a trust bundle was taken back because the key that it names was never written.
    RequestTakenBack {
        /// Its sequence.
        sequence: Sequence,
    },
    /// A root key has not signed a request whose signatures are too few.
    RootUnsigned {
        /// Its thumbprint.
        root: Fingerprint,
        /// Whether signatures of the root set before are too few, and it belongs to that.
        old: bool,
        /// Whether signatures of the new root set are too few, and it belongs to that.
        new: bool,
    },
    /// Root keys that were moved away still lie in the home.
    RootsLeft,
    /// Several signatures of one root key were given.
    SignedTwice {
        /// Its thumbprint.
        root: Fingerprint,
    },
    /// Certificates are signed and stored, and could not be handed out.
    StoredOnly,
    /// The journal's unfinished last record was cut off.
    TailCut {
        /// How many bytes.
        bytes: u64,
    },
    /// The journal ends in an unfinished record, and the command may not change it.
    TailIgnored {
        /// How many bytes.
        bytes: u64,
    },
}

impl Notice {
    /// Returns the sentence for the user.
    pub fn message(&self, lang: Lang) -> String {
        messages::notice(self, lang)
    }
}

/// Who is told about events, and may say stop.
pub struct Watch<'a> {
    tell: &'a mut dyn FnMut(&Event) -> ControlFlow<()>,
}

impl<'a> Watch<'a> {
    /// Tells `tell` about each event; a break stops the command as a crash would.
    pub fn new(tell: &'a mut dyn FnMut(&Event) -> ControlFlow<()>) -> Self {
        Self { tell }
    }

    pub(crate) fn tell(&mut self, event: &Event) -> Result<(), Failure> {
        match (self.tell)(event) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Failure::Stopped),
        }
    }

    pub(crate) fn notice(&mut self, notice: Notice) -> Result<(), Failure> {
        self.tell(&Event::Noticed(notice))
    }
}
