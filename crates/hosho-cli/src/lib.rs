//! What Hosho's command lines share.
//!
//! The core reads no files, no clock and no environment; this crate does it for the programs around
//! it, once and carefully: [`input`] never reads more than it was allowed to, [`output`] never
//! overwrites and never leaves half a file, [`path`] shows a file's name without its controls,
//! [`lock`] lets one program in at a time, [`lang`] picks Japanese or English, [`clock`] reads the time or takes it from `--now`, and
//! [`secret`] keeps secrets out of core dumps, and [`usage`] says in Japanese what is wrong with a
//! command line.
//!
//! ```
//! use hosho_cli::{input, output};
//!
//! let folder = tempfile::tempdir()?;
//! let file = folder.path().join("G01.hosho");
//! output::write_new(&file, b"signed bytes", output::Mode::Public)?;
//! assert_eq!(input::read_bounded(&file, 4096)?, b"signed bytes");
//! assert_eq!(output::write_new(&file, b"others", output::Mode::Public).map_err(|e| e.code()), Err("E1-EXISTS"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod clock;
pub mod confine;
pub mod input;
pub mod lang;
pub mod lock;
pub mod output;
pub mod path;
pub mod secret;
pub mod usage;
