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
    /// The text of a notice: number and auth key, which opens what is attached to it.
    Notice(Zeroizing<String>),
    /// A sealed certificate in a file of its own.
    Sealed(Vec<u8>),
    /// A sealed certificate on a paper without a notice's QR code that can be read.
    SealedOnPaper(Vec<u8>),
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
        let seat = Arc::clone(&self.seats).acquire_owned().await;
        let seat = seat.map_err(|_| PaperError::NoReader)?;
        let program = self.program.clone();
        let read = tokio::task::spawn_blocking(move || {
            // Kept until the paper is read, even when nobody waits for the answer any more.
            let _seat = seat;
            read_handed(&program, bytes)
        });
        match read.await.map_err(|_| PaperError::NoReader)?? {
            Handed::Notice(text) => Ok(Inside::Notice(text)),
            Handed::Certificate(bytes) => {
                let sealed = ObjectKind::of(&bytes) == Some(ObjectKind::SealedCertificate);
                Ok(if sealed { Inside::SealedOnPaper(bytes) } else { Inside::SignedOnPaper })
            }
        }
    }
}

/// Reads a paper from standard input: what this program does when it is the reader.
pub(crate) fn serve() -> u8 {
    serve_reader(Wanted::Handed).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_paper_keeps_its_seat_though_the_visitor_goes_away() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("reader");
        std::fs::write(&program, "#!/bin/sh\nexec sleep 1\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        let reader = Reader::new(program);
        let read = {
            let reader = reader.clone();
            tokio::spawn(async move { reader.read(b"%PDF-1.7".to_vec()).await })
        };
        while reader.seats.available_permits() == AT_A_TIME {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        read.abort();
        assert!(read.await.unwrap_err().is_cancelled());
        assert_eq!(reader.seats.available_permits(), AT_A_TIME - 1);
        let _back = reader.seats.acquire_many(3).await.unwrap();
    }
}
