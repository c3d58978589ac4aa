//! `cargo xtask linux`: what a kernel tree gives.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use linux::Target;

use crate::apart;
use crate::kernels::{LIBRARIES, kernels};

/// Says what a kernel tree gives as a strategy.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  cargo xtask linux check ~/linux --rev v6.12")]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Builds a tree's own code and says of which files, with which flags, and what it calls that nobody has here.
    ///
    /// Nothing is measured, and nothing in the tree is changed: three files of it are read. A symbol that the stand-in for the
    /// kernel's headers does not have is an error that names it and its line.
    #[command(after_help = "Examples:\n  \
        cargo xtask linux check ~/linux\n  \
        cargo xtask linux check ~/linux --rev v6.12 --rev my-branch --rev worktree")]
    Check {
        /// The kernel tree
        #[arg(value_name = "TREE")]
        tree: PathBuf,
        /// A revision of it, or `worktree` for its files as they lie there; may be repeated
        #[arg(long, value_name = "REVISION")]
        rev: Vec<String>,
    },
}

/// The pages of most machines, on which the code is tried.
const TRIED: Target = Target { page_shift: 12, phys_bits: 64 };

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let What::Check { tree, rev } = &args.what;
    for kernel in kernels(std::slice::from_ref(tree), rev)? {
        let built = kernel.build(TRIED, &[], Path::new(LIBRARIES))?;
        // Loading it finds what only the system's linker misses.
        apart::facts(&built.library, &built.library)?;
        println!("{}: {}, version {}", kernel.label, kernel.tree, kernel.version);
        if let Some(subject) = kernel.tree.subject() {
            println!("  subject   {}", reports::harmless::line(subject));
        }
        println!("  files     {}", built.files.join(", "));
        println!("  compiler  {} ({})", kernel.compiler().name(), kernel.compiler().version());
        println!("  flags     {}", built.flags.join(" "));
        println!("  library   {}", built.library.display());
        if !built.off.is_empty() {
            println!("  off       {} (CC='cc -DCONFIG_…=1' turns one on)", built.off.join(", "));
        }
        for stub in &built.stubs {
            let at =
                stub.at.as_ref().map_or_else(String::new, |(file, line)| format!(", first at {file}:{line}"));
            println!("  stub      {}(){at}: fails when it is called", stub.name);
        }
        if built.stubs.is_empty() {
            println!("  stubs     none");
        }
    }
    Ok(ExitCode::SUCCESS)
}
