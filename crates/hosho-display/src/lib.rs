//! How Hosho's dates, times and amounts are shown to people.
//!
//! For display only: nothing of it is ever read back or compared.
//!
//! ```
//! use hosho::{Date, Yen};
//!
//! assert_eq!(hosho_display::wareki(Date::parse("2025-06-20")?), "令和7年6月20日");
//! assert_eq!(hosho_display::yen(Yen::new(52_800_000)?), "￥52,800,000");
//! # Ok::<(), hosho::ParseError>(())
//! ```

mod columns;
mod japanese;

pub use columns::{columns, padded};
pub use japanese::{both_calendars, in_japan, sum_of_yen, wareki, wareki_time, yen};
