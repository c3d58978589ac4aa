//! Fetching packages by apt, with a state of its own: the host's packages and lists stay as they are.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;

use super::Package;
use super::child;
use super::error::CaptureError;
use super::files::{empty, write_whole};
use super::kernel::find_image;
use super::requirements::KEYRING;

/// An apt for one suite of one architecture.
pub(super) struct Apt<'a> {
    /// Its folder.
    pub(super) state: PathBuf,
    pub(super) package: &'a Package,
    /// The architecture as Debian names it.
    pub(super) debian: &'static str,
    pub(super) stop: &'a AtomicBool,
}

impl Apt<'_> {
    /// Sets up its state and reads the index.
    pub(super) fn update(&self) -> Result<(), CaptureError> {
        for folder in ["etc/apt.conf.d", "etc/preferences.d", "state/lists/partial", "cache/archives/partial"]
        {
            let path = self.state.join(folder);
            fs::create_dir_all(&path).map_err(|error| CaptureError::File { path, error })?;
        }
        let debian = self.debian;
        let source = format!(
            "deb [arch={debian} signed-by={KEYRING}] http://deb.debian.org/debian {} main\n",
            self.package.suite
        );
        write_whole(&self.state.join("etc/sources.list"), source.as_bytes())?;
        write_whole(&self.state.join("status"), b"")?;
        write_whole(&self.state.join("apt.conf"), self.configuration().as_bytes())?;
        self.run(&format!("apt-get update of {}", self.package.suite), "apt-get", &["-q", "update"]).map(drop)
    }

    /// Neither the host's configuration nor its hooks nor its lists: as if this suite were all there is.
    fn configuration(&self) -> String {
        let (state, debian) = (self.state.display(), self.debian);
        format!(
            "Dir \"/\";\nDir::Etc \"{state}/etc\";\nDir::Etc::sourcelist \"{state}/etc/sources.list\";\n\
             Dir::Etc::sourceparts \"-\";\nDir::Etc::parts \"{state}/etc/apt.conf.d\";\nDir::State \"{state}/state\";\n\
             Dir::State::status \"{state}/status\";\nDir::Cache \"{state}/cache\";\n\
             APT::Architecture \"{debian}\";\nAPT::Architectures {{ \"{debian}\"; }};\nAPT::Sandbox::User \"\";\n\
             Dir::Cache::pkgcache \"\";\nDir::Cache::srcpkgcache \"\";\n\
             Acquire::GzipIndexes \"true\";\nAcquire::Languages \"none\";\nAcquire::Retries \"1\";\nAcquire::http::Timeout \"20\";\n"
        )
    }

    /// The package with the image. What has a stable name only depends on it; since 7.x in two steps.
    pub(super) fn resolve(&self) -> Result<String, CaptureError> {
        let mut found = self.package.name.clone();
        for _ in 0..4 {
            let doing = format!("looking up {found}");
            let listed = self.run(&doing, "apt-cache", &["depends", &found])?;
            let Some(next) = image_package(&listed) else { return Ok(found) };
            found = next;
        }
        Err(self.failed("resolving", "the package depends on itself".into()))
    }

    /// Downloads `name` and unpacks its image into `folder`. Returns where it comes from.
    pub(super) fn unpack(&self, name: &str, folder: &Path) -> Result<String, CaptureError> {
        let mut download = self.apt("apt-get");
        download.args(["-q", "download", name]).current_dir(folder);
        self.output(&format!("downloading {name}"), download)?;
        let found = fs::read_dir(folder).ok().into_iter().flatten().flatten().map(|entry| entry.path());
        let deb = found.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "deb"));
        let deb = deb.ok_or_else(|| self.failed("downloading", "apt-get left no package".into()))?;
        let mut fields = Command::new("dpkg-deb");
        fields.args(["--showformat", "${Package} ${Version} ${Architecture}", "--show"]).arg(&deb);
        let origin = self.output("reading the package", fields)?;
        let tree = folder.join("tree");
        empty(&tree)?;
        let mut unpack = Command::new("dpkg-deb");
        unpack.arg("-x").arg(&deb).arg(&tree);
        self.output("unpacking", unpack)?;
        let keep = || {
            let image = find_image(&tree).ok_or(io::ErrorKind::NotFound)?;
            fs::rename(&image, folder.join(image.file_name().unwrap_or_default()))?;
            fs::remove_dir_all(&tree)?;
            fs::remove_file(&deb)
        };
        keep().map_err(|error| self.failed("keeping the image", error.to_string()))?;
        Ok(format!("{} ({})\n", origin.trim(), self.package))
    }

    fn apt(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("APT_CONFIG", self.state.join("apt.conf")).env("LC_ALL", "C");
        command
    }

    fn run(&self, doing: &str, program: &str, arguments: &[&str]) -> Result<String, CaptureError> {
        let mut command = self.apt(program);
        command.args(arguments);
        self.output(doing, command)
    }

    /// What `command` prints.
    fn output(&self, doing: &str, command: Command) -> Result<String, CaptureError> {
        let program = command.get_program().to_string_lossy().into_owned();
        let output =
            child::output(command, self.stop).map_err(|error| CaptureError::Start { program, error })?;
        match output {
            None => Err(CaptureError::Stopped(self.package.to_string())),
            Some(output) if output.status.success() => {
                Ok(String::from_utf8_lossy(&output.stdout).into_owned())
            }
            Some(output) => {
                Err(self.failed(doing, String::from_utf8_lossy(&output.stderr).trim().to_owned()))
            }
        }
    }

    pub(super) fn failed(&self, doing: &str, said: String) -> CaptureError {
        CaptureError::Fetch { package: self.package.to_string(), doing: doing.to_owned(), said }
    }
}

/// The first package with an image that `apt-cache depends` lists: `  Depends: linux-image-6.1.0-50-amd64`.
fn image_package(listed: &str) -> Option<String> {
    let depends = listed.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
    let versioned = |name: &&str| {
        let rest = name.strip_prefix("linux-image-").or_else(|| name.strip_prefix("linux-binary-"));
        rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    depends.map(|name| name.split(':').next().unwrap_or(name)).find(versioned).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stable_name_leads_to_the_package_with_the_image() {
        let listed = "linux-image-amd64\n  Depends: linux-base\n  Depends: linux-image-6.1.0-50-amd64\n  Suggests: x\n";
        assert_eq!(image_package(listed).as_deref(), Some("linux-image-6.1.0-50-amd64"));
        let listed = "linux-image-7.3+deb14-amd64\n  Depends: linux-binary-7.3+deb14-amd64:amd64\n";
        assert_eq!(image_package(listed).as_deref(), Some("linux-binary-7.3+deb14-amd64"));
        let listed = "linux-image-6.1.0-50-amd64\n  Depends: kmod\n  Depends: <linux-initramfs-tool>\n";
        assert_eq!(image_package(listed), None);
    }
}
