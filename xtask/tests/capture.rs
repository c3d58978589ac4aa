//! `cargo xtask capture` as a whole: with a script in place of QEMU, and with QEMU if it is there.

#![cfg(target_os = "linux")]

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A folder with a `qemu-system-x86_64` that prints its process id and runs `script`.
struct Fake(tempfile::TempDir);

impl Fake {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("qemu-system-x86_64");
        let version = "[ \"$1\" = --version ] && { echo QEMU emulator version 0.1; exit; }";
        fs::write(&program, format!("#!/bin/sh\n{version}\necho pid $$ | tee \"$PID\"\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(folder.path().join("kernel"), "").unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let path = format!("{}:{}", self.0.path().display(), std::env::var("PATH").unwrap());
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(["capture", "--arch", "x86_64", "--name", "m", "--kernel"]).arg(self.path("kernel"));
        command.arg("-o").arg(self.path("traces")).arg("--keep-log").arg(self.path("logs")).args(arguments);
        command.env("PATH", path).env("PID", self.path("pid")).env("CARGO_TARGET_DIR", self.path("target"));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap()
    }

    /// The number of the process that plays QEMU, as soon as it has started.
    fn pid(&self) -> u32 {
        let start = Instant::now();
        loop {
            let pid = fs::read_to_string(self.path("pid")).unwrap_or_default();
            if let Some(pid) = pid.strip_prefix("pid ").and_then(|pid| pid.trim().parse().ok()) {
                return pid;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "it does not start");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Expect no trace, whole or half-written, and QEMU gone.
    fn nothing_is_left(&self) {
        let traces = fs::read_dir(self.path("traces")).map_or(0, Iterator::count);
        assert_eq!(traces, 0, "nothing half-written stays");
        let stat = format!("/proc/{}/stat", self.pid());
        let since = Instant::now();
        while fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
            assert!(since.elapsed() < Duration::from_secs(2), "QEMU is still there");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

fn signal(child: &Child, signal: &str) {
    let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn ctrl_c_and_a_termination_end_qemu_and_tell_what_was_last_seen() {
    for name in ["INT", "TERM", "HUP"] {
        let fake = Fake::new("echo '[    0.0] hanging'; sleep 1000");
        let child = fake.start(&[]);
        fake.pid();
        thread::sleep(Duration::from_millis(300));
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(errors(&output).contains("| [    0.0] hanging"), "{name}: {}", errors(&output));
        fake.nothing_is_left();
        let kept = fs::read_to_string(fake.path("logs/m.log")).unwrap();
        assert!(kept.ends_with("hanging\n"), "{kept}");
    }
}

#[test]
fn a_signal_that_cannot_be_caught_ends_qemu_as_well() {
    let fake = Fake::new("exec sleep 1000");
    let mut child = fake.start(&[]);
    fake.pid();
    signal(&child, "KILL");
    child.wait().unwrap();
    fake.nothing_is_left();
}

#[test]
fn a_guest_that_panics_hangs_or_ends_is_told_of_and_leaves_nothing() {
    for (script, words) in [
        ("echo 'Kernel panic - not syncing: x'; sleep 1000", "m: the guest's kernel panicked\n"),
        ("sleep 1000", "m: no `Memory:` line within 2 s"),
        ("echo no such machine >&2; exit 1", "QEMU said:\n    | no such machine"),
    ] {
        let fake = Fake::new(script);
        let output = fake.start(&["--time-limit", "2"]).wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(errors(&output).contains(words), "{}", errors(&output));
        assert!(errors(&output).ends_with("error: 1 of 1 boots failed: m\n"), "{}", errors(&output));
        fake.nothing_is_left();
    }
}

#[test]
fn a_boot_that_hands_over_becomes_a_trace_with_its_provenance() {
    let console = "[    0.000000] Linux version 6.1.0-1-amd64 (x@y) (gcc) #1 SMP\n\
        [    0.000000] memblock_add: [0x0000000000100000-0x00000000007fffff] a+0x1/0x2\n\
        [    0.000000] memblock_alloc_try_nid: 4096 bytes align=0x1000 nid=-1 from=0x0000000000000000 max_addr=0x0000000000000000 b+0x1/0x2\n\
        [    0.000000] memblock_reserve: [0x00000000007ff000-0x00000000007fffff] memblock_alloc_range_nid+0x1/0x2\n\
        [    0.000000] Memory: 7160K/7168K available (1K kernel code, 4K reserved, 0K cma-reserved)\n";
    let fake = Fake::new(&format!("cat <<'END'\n{console}END\nsleep 1000"));
    let output = fake.start(&["--memory", "8M", "--append", "a=b"]).wait_with_output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    let trace = fs::read_to_string(fake.path("traces/m.trace")).unwrap();
    for words in [
        "\nmachine x86_64, 8 MiB, 1 CPU (QEMU pc-q35-7.2)\n",
        "\nsource m.log\n",
        "\ncaptured cargo xtask capture; QEMU 0.1; board pc-q35-7.2; ",
        "; kernel image kernel; qemu-system-x86_64 ",
        " nokaslr a=b'\n",
        "alloc size=4096 align=0x1000 -> 0x7ff000",
    ] {
        assert!(trace.contains(words), "{words}\n{trace}");
    }
    assert!(!trace.contains(fake.0.path().to_str().unwrap()), "no folder of this host is in it:\n{trace}");
}

#[test]
fn what_is_not_installed_stands_in_one_message_with_the_command_that_installs_it() {
    let empty = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["capture", "s390x-*", "ppc64el-*"]).env("PATH", empty.path());
    let output = command.env("CARGO_TARGET_DIR", empty.path()).output().unwrap();
    let errors = errors(&output);
    assert!(errors.contains("missing: qemu-system-ppc64, apt-get, apt-cache, dpkg-deb, tar, "), "{errors}");
    assert!(errors.contains("qemu-system-s390x"), "{errors}");
    assert!(errors.contains("sudo apt-get install apt "), "{errors}");
    assert_eq!(errors.matches("missing: ").count(), 1);
}

/// The smallest machine: a PC without devices, with a kernel for clouds.
const SMALLEST: &str = "x86_64-6.1-microvm-256m";

#[test]
fn without_kaslr_two_captures_give_the_same_trace_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let mut traces = Vec::new();
    for name in ["one", "two"] {
        let output = folder.path().join(name);
        match capture_for_real(&output) {
            Ok(()) => traces.push(fs::read_to_string(output.join(format!("{SMALLEST}.trace"))).unwrap()),
            Err(why) => {
                println!("SKIPPED: no real boot was captured: {why}");
                return;
            }
        }
    }
    assert!(traces[0].lines().count() > 50);
    assert_eq!(traces[0], traces[1]);
}

/// `Err` says why it is not possible here; what is possible and fails, panics.
fn capture_for_real(output: &Path) -> Result<(), String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["capture", SMALLEST, "-o"]).arg(output).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let start = Instant::now();
    // Fetching the kernel may take longer than a test should. Two captures share a minute.
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_secs(50) {
            signal(&child, "TERM");
            child.wait().unwrap();
            return Err("it takes more than 50 s here".into());
        }
        thread::sleep(Duration::from_millis(50));
    }
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    if child.wait().unwrap().success() {
        return Ok(());
    }
    let excused = ["missing: ", "cannot fetch the kernel", "unsupported machine type"];
    assert!(excused.iter().any(|excuse| errors.contains(excuse)), "{errors}");
    Err(errors)
}
