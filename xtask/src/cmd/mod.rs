//! The subcommands, one a file.

mod boot_cost;
mod capture;
mod compare;
mod completions;
mod foreign_worker;
pub(crate) mod grow;
mod history;
mod import;
mod letter;
mod linux;
mod list;
pub(crate) mod machine;
pub(crate) mod measure;
mod merge;
mod new_strategy;
mod replay_on;
mod report;
mod show;
mod stress;
mod validate;
mod verify;
mod verify_foreign;
mod worker;

use std::process::ExitCode;

use clap::Subcommand;

#[derive(Subcommand)]
pub(crate) enum Command {
    BootCost(Box<boot_cost::Args>),
    Capture(Box<capture::Args>),
    Compare(Box<compare::Args>),
    Completions(completions::Args),
    ForeignWorker(foreign_worker::Args),
    Grow(Box<grow::Args>),
    GrowWorker(grow::worker::Args),
    History(Box<history::Args>),
    Import(import::Args),
    Letter(Box<letter::Args>),
    Linux(linux::Args),
    List(list::Args),
    Machine(machine::Args),
    Measure(Box<measure::Args>),
    Merge(merge::Args),
    NewStrategy(new_strategy::Args),
    ReplayOn(replay_on::Args),
    Report(Box<report::Args>),
    Show(show::Args),
    Stress(Box<stress::Args>),
    Validate(validate::Args),
    Verify(verify::Args),
    Worker(worker::Args),
}

impl Command {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::BootCost(args) => boot_cost::run(&args),
            Self::Capture(args) => capture::run(&args),
            Self::Compare(args) => compare::run(&args),
            Self::Completions(args) => completions::run(&args),
            Self::ForeignWorker(args) => Ok(foreign_worker::run(&args)),
            Self::Grow(args) => grow::run(&args),
            Self::GrowWorker(args) => Ok(grow::worker::run(&args)),
            Self::History(args) => history::run(&args),
            Self::Import(args) => Ok(import::run(&args)),
            Self::Letter(args) => letter::run(&args),
            Self::Linux(args) => linux::run(&args),
            Self::List(args) => list::run(&args),
            Self::Machine(args) => machine::run(&args),
            Self::Measure(args) => measure::run(&args),
            Self::Merge(args) => merge::run(&args),
            Self::NewStrategy(args) => new_strategy::run(&args),
            Self::ReplayOn(args) => replay_on::run(&args),
            Self::Report(args) => report::run(&args),
            Self::Show(args) => show::run(&args),
            Self::Stress(args) => stress::run(&args),
            Self::Validate(args) => validate::run(&args),
            Self::Verify(args) => verify::run(&args),
            Self::Worker(args) => Ok(worker::run(&args)),
        }
    }
}
