//! `completions` and `man`: what a shell and a manual reader need.

use std::io::Write;

use clap::{Command, CommandFactory};
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::messages;
use crate::run::{Context, Failure};

/// Prints the completion script of a shell.
pub(crate) fn completions(shell: Shell, context: Context) -> Result<u8, Failure> {
    let mut command = messages::localized(Arguments::command(), context.lang);
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "hosho-verify", &mut script);
    std::io::stdout().lock().write_all(&script)?;
    Ok(0)
}

/// Prints the manual page of the program, followed by those of its commands.
pub(crate) fn manual(context: Context) -> Result<u8, Failure> {
    let mut command = messages::localized(Arguments::command(), context.lang);
    command.build();
    let mut page = Vec::new();
    render(&command, &mut page)?;
    std::io::stdout().lock().write_all(&page)?;
    Ok(0)
}

fn render(command: &Command, page: &mut Vec<u8>) -> Result<(), Failure> {
    clap_mangen::Man::new(command.clone()).render(page)?;
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        render(inner, page)?;
    }
    Ok(())
}
