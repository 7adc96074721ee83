//! How dates, times and amounts are shown to people.

pub(crate) use hosho_display::{both_calendars, columns, in_japan, padded, yen};
