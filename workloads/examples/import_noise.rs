//! How fast the importer passes over a log that holds next to nothing for it.
//!
//! `cargo run --release -p workloads --example import_noise -- [MIB]` reads that much of a made-up system log, 1024 MiB
//! unless told, with one small boot at its end, and says how fast and with how much memory. It writes no file: the log
//! is made while it is read.

use std::error::Error;
use std::io::Read;
use std::time::Instant;

use workloads::import::{Options, import};

const LINES: [&str; 6] = [
    "Nov  4 23:50:06 host systemd[1]: Started Session 4 of User alice.\n",
    "Nov  4 23:50:07 host kernel: [  123.456789] usb 1-1: new high-speed USB device number 4 using xhci_hcd\n",
    "Nov  4 23:50:08 host sshd[4711]: Accepted publickey for alice from 192.0.2.1 port 50000 ssh2\n",
    "Nov  4 23:50:09 host kernel: [  124.000001] EXT4-fs (sda1): mounted filesystem with ordered data mode\n",
    "Nov  4 23:50:10 host app[99]: request 0x7f00deadbeef took 12 ms, node 3 of 8, memory at 42 percent\n",
    "Nov  4 23:50:11 host kernel: [  125.000002] pci 0000:00:1f.3: reg 0x10: [io  0xe000-0xe0ff]\n",
];

const BOOT: &str = "\
Linux version 6.1.0 (aarch64-linux-gnu-gcc)
MEMBLOCK configuration:
 memory.cnt  = 0x1
 memory[0x0]\t[0x0000000080000000-0x0000000080ffffff], 0x0000000001000000 bytes flags: 0x0
 reserved.cnt  = 0x0
memblock_reserve: [0x0000000080000000-0x0000000080000fff] foo+0x1/0x2
";

/// Repeats a block until so many bytes were read, then gives the boot.
struct Noise {
    block: Vec<u8>,
    at: usize,
    rest: u64,
    boot: &'static [u8],
}

impl Read for Noise {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.rest == 0 {
            return self.boot.read(into);
        }
        let count = into.len().min(self.block.len() - self.at);
        into[..count].copy_from_slice(&self.block[self.at..self.at + count]);
        self.at = (self.at + count) % self.block.len();
        if self.at == 0 {
            self.rest = self.rest.saturating_sub(self.block.len() as u64);
        }
        Ok(count)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mib: u64 = std::env::args().nth(1).map_or(Ok(1024), |mib| mib.parse())?;
    let block: Vec<u8> = LINES.iter().cycle().take(6000).flat_map(|line| line.bytes()).collect();
    let noise = Noise { block, at: 0, rest: mib << 20, boot: BOOT.as_bytes() };
    let start = Instant::now();
    let boots = import(noise, "noise", &Options::default())?;
    let seconds = start.elapsed().as_secs_f64();
    let peak = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = peak.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: not known here");
    println!(
        "{} boots, {mib} MiB in {seconds:.2} s: {:.0} MB/s",
        boots.len(),
        mib as f64 * 1.048_576 / seconds
    );
    println!("{peak}");
    Ok(())
}
