//! Reading papers in a process of its own (`docs/documents.md`).

use std::path::PathBuf;
use std::sync::Arc;

use hosho::ObjectKind;
use hosho_document::{Handed, PaperError, Wanted, read_handed, serve_reader};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// How many papers are read at a time; each takes at most 112 MiB.
const AT_A_TIME: usize = 3;
/// The command of this program that reads a paper.
pub(crate) const COMMAND: &str = Wanted::Handed.word();

/// What was found in a file.
#[derive(Debug)]
pub(crate) enum Inside {
    /// The text of a notice: number and auth key.
    Notice(Zeroizing<String>),
    /// A sealed certificate.
    Sealed,
    /// A signed certificate in a file of its own.
    Signed(Vec<u8>),
    /// A signed certificate on a paper, which is the contractor's copy.
    SignedOnPaper,
}

/// The program that takes papers apart.
#[derive(Clone, Debug)]
pub struct Reader {
    program: PathBuf,
    seats: Arc<Semaphore>,
}

impl Reader {
    /// Returns a reader that starts `program`, which is `hosho-confirm`.
    pub fn new(program: PathBuf) -> Self {
        Self { program, seats: Arc::new(Semaphore::new(AT_A_TIME)) }
    }

    /// Returns a reader that starts this very program.
    ///
    /// # Errors
    /// The system's error when it does not tell where the program is.
    pub fn of_this_program() -> std::io::Result<Self> {
        std::env::current_exe().map(Self::new)
    }

    /// Returns what a paper carries. When others are being read, it waits for its turn.
    pub(crate) async fn read(&self, bytes: Vec<u8>) -> Result<Inside, PaperError> {
        let _seat = self.seats.acquire().await.map_err(|_| PaperError::NoReader)?;
        let program = self.program.clone();
        let read = tokio::task::spawn_blocking(move || read_handed(&program, bytes));
        match read.await.map_err(|_| PaperError::NoReader)?? {
            Handed::Notice(text) => Ok(Inside::Notice(text)),
            Handed::Certificate(bytes) => {
                let sealed = ObjectKind::of(&bytes) == Some(ObjectKind::SealedCertificate);
                Ok(if sealed { Inside::Sealed } else { Inside::SignedOnPaper })
            }
        }
    }
}

/// Reads a paper from standard input: what this program does when it is the reader.
pub(crate) fn serve() -> u8 {
    serve_reader(Wanted::Handed).unwrap_or(1)
}
