//! `cargo xtask completions`: what shells complete.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

/// Prints what makes a shell complete the commands and options of this program.
///
/// They are those of the program `xtask`, as it is called when it is installed or put on the path; shells do not complete
/// behind `cargo xtask`.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask completions bash >> ~/.bash_completion\n  \
    cargo xtask completions fish > ~/.config/fish/completions/xtask.fish\n  \
    cargo xtask completions zsh > \"${fpath[1]}/_xtask\"")]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    io::stdout().lock().write_all(&script(args.shell))?;
    Ok(ExitCode::SUCCESS)
}

/// The script. Written to memory first: the generator panics where its output cannot be written.
fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    generate(shell, &mut crate::Cli::command().bin_name("xtask"), "xtask", &mut script);
    script
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn every_shell_is_told_of_every_command() {
        for &shell in Shell::value_variants() {
            let script = String::from_utf8(script(shell)).unwrap();
            for command in crate::Cli::command().get_subcommands().filter(|command| !command.is_hide_set()) {
                assert!(script.contains(command.get_name()), "{} in {shell}", command.get_name());
            }
        }
    }

    /// Expect the help of each command to fit a terminal, its examples too, which would otherwise be wrapped in their midst.
    #[test]
    fn every_command_has_examples_that_fit_a_terminal() {
        let mut cli = crate::Cli::command().term_width(80);
        cli.build();
        for command in cli.get_subcommands_mut().filter(|command| !command.is_hide_set()) {
            let (name, help) = (command.get_name().to_owned(), command.render_long_help().to_string());
            assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
            if name == "help" {
                continue;
            }
            let examples = help.split_once("Examples:\n").map_or("", |(_, examples)| examples);
            assert!(examples.contains("cargo "), "{name} has no examples");
            assert!(examples.lines().all(|line| line.starts_with("  ")), "{name}: {examples}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        crate::Cli::command().debug_assert();
    }
}
