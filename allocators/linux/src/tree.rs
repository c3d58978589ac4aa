//! Where a tree's files come from: a folder, or a revision of a repository.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::LinuxError;

/// A kernel tree, at one revision.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tree {
    folder: PathBuf,
    revision: Revision,
}

/// What git sets where it runs a hook: it would read that repository instead of the one that is named.
const OF_A_HOOK: [&str; 5] =
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"];

#[derive(Clone, PartialEq, Eq, Debug)]
enum Revision {
    /// The files as they lie in the folder.
    Files,
    /// A commit, by its whole name; what it was called, and its subject line.
    /// `prefix` is where the tree lies in its repository: nothing, or a folder with a slash behind it.
    Commit { id: String, called: String, subject: String, prefix: String },
}

impl Tree {
    /// What a revision is called that means the files as they lie there, local changes included.
    pub const WORKTREE: &'static str = "worktree";

    /// The tree in `folder`: its files as they lie there, or those of a revision.
    ///
    /// # Errors
    /// [`LinuxError`] when there is no such tree or revision.
    pub fn open(folder: &Path, revision: Option<&str>) -> Result<Self, LinuxError> {
        let found = fs::canonicalize(folder);
        let whole = found.map_err(|why| LinuxError::Io { file: folder.into(), why })?;
        let revision = match revision {
            None | Some(Self::WORKTREE) => Revision::Files,
            Some(called) => commit(&whole, called)?,
        };
        let tree = Self { folder: whole, revision };
        tree.need("Makefile")?;
        Ok(tree)
    }

    /// The text of a file, if the tree has it.
    ///
    /// # Errors
    /// [`LinuxError`] when it cannot be read.
    pub fn read(&self, file: &str) -> Result<Option<String>, LinuxError> {
        match &self.revision {
            Revision::Files => {
                let path = self.folder.join(file);
                match fs::read(&path) {
                    Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
                    Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                    Err(why) => Err(LinuxError::Io { file: path, why }),
                }
            }
            Revision::Commit { id, prefix, .. } => {
                let file = format!("{prefix}{file}");
                let listed = git(&self.folder, &["ls-tree", "--name-only", "--full-tree", id, "--", &file])?;
                if listed.trim().is_empty() {
                    return Ok(None);
                }
                git(&self.folder, &["show", &format!("{id}:{file}")]).map(Some)
            }
        }
    }

    /// The text of a file that the tree must have.
    ///
    /// # Errors
    /// [`LinuxError::NoFile`] when it does not.
    pub fn need(&self, file: &str) -> Result<String, LinuxError> {
        self.read(file)?.ok_or_else(|| LinuxError::NoFile { tree: self.to_string(), file: file.into() })
    }

    /// The version that its Makefile says, such as `6.12.90` or `6.19-rc3`.
    ///
    /// # Errors
    /// [`LinuxError`] when the Makefile cannot be read.
    pub fn version(&self) -> Result<String, LinuxError> {
        let makefile = self.need("Makefile")?;
        let value = |name: &str| {
            let line =
                makefile.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix('='));
            line.map(str::trim).filter(|value| !value.is_empty()).unwrap_or("0").to_owned()
        };
        if value("VERSION") == "0" {
            return Err(LinuxError::NoVersion { tree: self.to_string() });
        }
        let extra = value("EXTRAVERSION");
        let extra = if extra == "0" { String::new() } else { extra };
        Ok(format!("{}.{}.{}{extra}", value("VERSION"), value("PATCHLEVEL"), value("SUBLEVEL")))
    }

    /// The name of the commit, if it is one.
    #[must_use]
    pub fn commit(&self) -> Option<&str> {
        match &self.revision {
            Revision::Files => None,
            Revision::Commit { id, .. } => Some(id),
        }
    }

    /// The subject line of the commit, if it is one.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        match &self.revision {
            Revision::Files => None,
            Revision::Commit { subject, .. } => Some(subject),
        }
    }

    /// What its revision is called: as the user called it, or the folder's name.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.revision {
            Revision::Files => self.folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            Revision::Commit { called, .. } => called.clone(),
        }
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl std::fmt::Display for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.revision {
            Revision::Files => write!(f, "{}", self.folder.display()),
            Revision::Commit { called, .. } => write!(f, "{} at {called}", self.folder.display()),
        }
    }
}

fn commit(folder: &Path, called: &str) -> Result<Revision, LinuxError> {
    let no_repository = || LinuxError::NoRepository { tree: folder.into(), revision: called.into() };
    // Another reason, such as a repository of another user, is told by git.
    git(folder, &["rev-parse", "--git-dir"]).map_err(|error| match error {
        LinuxError::Git { ref said, .. } if !said.contains("not a git repository") => error,
        _ => no_repository(),
    })?;
    let prefix = git(folder, &["rev-parse", "--show-prefix"])?.trim_end_matches('\n').to_owned();
    let wanted = format!("{called}^{{commit}}");
    let id = git(folder, &["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted])
        .map_err(|_| LinuxError::NoRevision { tree: folder.into(), revision: called.into() })?;
    let id = id.trim().to_owned();
    let subject = git(folder, &["show", "--no-patch", "--format=%s", &id])?.trim().to_owned();
    Ok(Revision::Commit { id, called: called.into(), subject, prefix })
}

/// What git prints.
fn git(folder: &Path, args: &[&str]) -> Result<String, LinuxError> {
    let failed = |said: String| LinuxError::Git { command: args.join(" "), said };
    let mut command = Command::new("git");
    for name in OF_A_HOOK {
        command.env_remove(name);
    }
    let output = command
        .arg("-C")
        .arg(folder)
        .args(args)
        .env("LC_ALL", "C")
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
