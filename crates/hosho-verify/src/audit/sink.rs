//! Where the results go: standard output, the table, the state, the counts.

use std::io::{self, BufWriter, IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::chains::Chains;
use super::ledger::balance::Balance;
use super::record::{Entry, Found, Record};
use super::state::State;
use super::summary::Summary;
use super::table::Table;
use crate::run::Failure;

/// Everything that grows while an audit runs.
pub(super) struct Sink {
    out: BufWriter<anstream::Stdout>,
    pub(super) table: Option<Table>,
    pub(super) balance: Option<Balance>,
    pub(super) summary: Summary,
    pub(super) chains: Chains,
    bar: ProgressBar,
}

impl Sink {
    pub(super) fn new(table: Option<Table>, balance: Option<Balance>, bytes: Option<u64>) -> Self {
        Self {
            out: BufWriter::with_capacity(1 << 16, anstream::stdout()),
            table,
            balance,
            summary: Summary::default(),
            chains: Chains::default(),
            bar: bytes.map_or_else(ProgressBar::hidden, progress),
        }
    }

    /// Shows that so much was looked at without telling anything about it.
    pub(super) fn pass(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// Takes what was just found: it is kept in the state before it is told.
    pub(super) fn take(
        &mut self,
        entries: &[Entry],
        bytes: u64,
        state: Option<&mut State>,
    ) -> Result<(), Failure> {
        if let Some(state) = state {
            state.add(entries)?;
        }
        for entry in entries {
            self.tell(entry)?;
        }
        let bar = self.bar.clone();
        bar.suspend(|| self.out.flush())?;
        self.bar.inc(bytes);
        let judged = self.summary.judged();
        self.bar.set_message(judged.to_string());
        Ok(())
    }

    /// Tells what was found, now or in an earlier run.
    pub(super) fn tell(&mut self, entry: &Entry) -> Result<(), Failure> {
        for record in &entry.records {
            self.record(record)?;
        }
        Ok(())
    }

    fn record(&mut self, record: &Record) -> Result<(), Failure> {
        self.summary.count(record);
        if let Found::Judged { outcome, essence: Some(essence) } = &record.found {
            self.chains.add(essence, *outcome, !record.hits.is_empty());
            if let Some(balance) = &mut self.balance {
                let id = &essence.guarantor_id;
                balance.take(&record.hits, id, essence.revision, *outcome);
            }
        }
        if let (Some(table), Some(row)) = (&mut self.table, &record.row) {
            table.write(row)?;
        }
        if let Some(line) = &record.line {
            self.line(line)?;
        }
        Ok(())
    }

    /// Writes one line to standard output.
    pub(super) fn line(&mut self, line: &str) -> Result<(), Failure> {
        Ok(writeln!(self.out, "{line}")?)
    }

    /// Takes the bar away and brings out every line.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        self.bar.finish_and_clear();
        Ok(self.out.flush()?)
    }
}

/// Whether there is somebody to watch a bar.
pub(super) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

fn progress(bytes: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {msg} {eta}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
