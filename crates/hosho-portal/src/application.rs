//! A contractor's applications: from a form to a draft, with everything that is wrong told at once.
//!
//! The names of a form's fields are the paths of a request (docs/request.schema.json). What a person
//! types is kept as it was typed; it is read generously and judged by `hosho_request::Request::parse`.
//! What the contractor does not give (number, terms, branch, the kinds of change) is never read from
//! a form.

mod confirm;
mod delivery;
mod difference;
mod entries;
mod field;
mod handler;
mod making;
mod page;
mod reading;
mod show;
mod slip;
mod step;
mod typed;

#[cfg(test)]
mod tests;

pub(crate) use handler::routes;
