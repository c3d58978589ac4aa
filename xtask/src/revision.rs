//! A strategy as it was at another revision: built, and run beside that of today.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use benches::plan::{Member, StrategyRef};

/// The strategy of the program at `revision`, which is built if it has not been before.
pub(crate) fn member(revision: &str, strategy: &str) -> anyhow::Result<Member> {
    let program = build(revision).with_context(|| format!("cannot build the revision {revision}"))?;
    let label = format!("{strategy}@{revision}");
    Ok(Member { label, strategy: StrategyRef::BuiltIn(strategy.into()), program: Some(program) })
}

/// Checks `revision` out below `target/revisions` and builds it there. Revisions share what they build of libraries.
fn build(revision: &str) -> anyhow::Result<PathBuf> {
    let top = PathBuf::from(git(Path::new("."), &["rev-parse", "--show-toplevel"])?);
    let wanted = format!("{revision}^{{commit}}");
    let commit = git(&top, &["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted])
        .context("there is no such revision; `git branch --all` and `git log` name some")?;
    let folder = top.join("target/revisions");
    let (tree, program) = places(&folder, &commit);
    if program.is_file() {
        return Ok(program);
    }
    eprintln!("building {revision} ({}) …", &commit[..commit.len().min(12)]);
    if !tree.join("Cargo.toml").exists() {
        let path = tree.to_str().context("the path of the work tree is not UTF-8")?;
        // What was begun and never finished would be in the way.
        let _ = std::fs::remove_dir_all(&tree);
        git(&top, &["worktree", "prune"])?;
        git(&top, &["worktree", "add", "--detach", "--force", path, &commit])?;
    }
    let built = folder.join("build");
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--locked", "--release", "--package", "xtask", "--target-dir"])
        .arg(&built)
        .current_dir(&tree)
        .status()
        .context("cannot start cargo")?;
    if !status.success() {
        bail!("cargo failed there; try it in {}", tree.display());
    }
    // Away from where the next revision is built; whole or not at all.
    let made = built.join("release").join(format!("xtask{EXE_SUFFIX}"));
    let part = program.with_extension("part");
    let copied = std::fs::copy(&made, &part).and_then(|_| std::fs::rename(&part, &program));
    copied.with_context(|| format!("cannot copy {} to {}", made.display(), program.display()))?;
    Ok(program)
}

/// Where this program can be had: what its manifest says, or where the repository that it is called in came from.
pub(crate) fn repository() -> Option<String> {
    let stated = option_env!("CARGO_PKG_REPOSITORY").filter(|url| !url.is_empty()).map(str::to_owned);
    // One on this machine is of no use to others.
    let elsewhere = |url: &String| url.contains("://") || url.contains('@');
    stated.or_else(|| git(Path::new("."), &["config", "--get", "remote.origin.url"]).ok().filter(elsewhere))
}

/// What is kept for the next time, and how to be rid of it.
pub(crate) fn kept() -> String {
    "target/revisions keeps what was built, for the next time; `cargo xtask compare --clean` removes it"
        .into()
}

/// Removes the work trees of revisions, and what was built of them; says what that was.
pub(crate) fn remove() -> anyhow::Result<String> {
    let top = PathBuf::from(git(Path::new("."), &["rev-parse", "--show-toplevel"])?);
    let folder = top.join("target/revisions");
    if !folder.exists() {
        return Ok("there are no work trees of revisions".into());
    }
    let trees = std::fs::read_dir(&folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .filter_map(Result::ok)
        .filter(|entry| entry.path().join("Cargo.toml").exists())
        .count();
    std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    git(&top, &["worktree", "prune"])?;
    Ok(format!("removed {}: {trees} work trees and what was built of them", folder.display()))
}

/// Where a revision is checked out, and where its program is kept: beside the tree, in which every name may be taken.
fn places(folder: &Path, commit: &str) -> (PathBuf, PathBuf) {
    (folder.join(commit), folder.join(format!("xtask-{commit}{EXE_SUFFIX}")))
}

/// What git prints, without the newline.
fn git(folder: &Path, args: &[&str]) -> anyhow::Result<String> {
    let output = Command::new("git").args(args).current_dir(folder).output().context("cannot start git")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let command = args.join(" ");
        bail!("`git {command}` failed: {}", said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expect the program outside the tree: as `TREE/xtask` it met the folder of that name.
    #[test]
    fn a_program_is_kept_where_its_sources_have_no_name() {
        let (tree, program) = places(Path::new("revisions"), "0123abcd");
        assert!(!program.starts_with(&tree), "{} in {}", program.display(), tree.display());
        assert_ne!(program, places(Path::new("revisions"), "4567abcd").1);
    }
}
