//! What other programs print of memory is called by its name.

use workloads::import::{ImportError, Options, import};

const LOGS: [(&str, &str); 15] = [
    (
        "Xen",
        "(XEN) Xen version 4.16.1 (root@) (gcc) debug=n\n(XEN) Xen-e820 RAM map:\n(XEN)  [0000000000100000, 000000007ffdffff] (usable)\n(XEN) System RAM: 2047MB (2096636kB)\n",
    ),
    (
        "FreeBSD",
        "---<<BOOT>>---\nreal memory  = 4294967296 (4096 MB)\nPhysical memory chunk(s):\n0x0000000000010000 - 0x000000000009dfff, 581632 bytes (142 pages)\navail memory = 4102737920 (3912 MB)\n",
    ),
    (
        "NetBSD",
        "[   1.0000000]     2018 The NetBSD Foundation, Inc.  All rights reserved.\n[   1.0000000] total memory = 2047 MB\n",
    ),
    (
        "OpenBSD",
        "Copyright (c) 1995-2022 OpenBSD. All rights reserved.  https://www.OpenBSD.org\nreal mem = 4278042624 (4079MB)\n",
    ),
    ("illumos", "SunOS Release 5.11 Version illumos-1234 64-bit\nmem = 8388088K (0x1fff6e000)\n"),
    ("XNU", "Darwin Kernel Version 22.6.0: Wed Jul  5 22:22:05 PDT 2023; root:xnu-8796\n"),
    (
        "Zircon",
        "[00000.000] 00000:00000> PMM: boot reserve add [0x100000, 0x3c2fff]\n[00000.000] 00000:00000> PMM: adding arena\n",
    ),
    ("seL4", "ELF-loader started on CPU\navailable phys memory regions: 1\n  [80000000..c0000000)\n"),
    (
        "Windows",
        "Microsoft (R) Windows (R) Version 10.0 (Build 19041)\nBOOTLOG_LOADED \\SystemRoot\\system32\\ntoskrnl.exe\n",
    ),
    ("EDK2", "HOBLIST address in DXE = 0x7BEE4018\nMemory Allocation 0x0000000A 0x7BF88000 - 0x7BFFFFFF\n"),
    ("coreboot", "coreboot-4.16 bootblock starting\nCBMEM:\nIMD: root @ 0x7ffff000 254 entries.\n"),
    ("U-Boot", "U-Boot 2021.01 (Jan 11 2021 - 18:11:43 +0000)\nDRAM:  1 GiB\nrelocaddr   = 0x7ff4a000\n"),
    ("Trusted Firmware", "NOTICE:  BL31: v2.6(release):v2.6\nNOTICE:  BL31: Built : 10:00:00\n"),
    (
        "OpenSBI",
        "OpenSBI v1.2\nDomain0 Region00          : 0x0000000002000000-0x000000000200ffff M: (I,R,W) S/U: ()\n",
    ),
    ("MediaTek", "[2441] mblock_reserve-R[11].start: 0x544f0000, sz: 0x10000 map:0 name:minirdump\n"),
];

fn refused(log: &str) -> ImportError {
    import(log.as_bytes(), "console.log", &Options::default()).unwrap_err()
}

#[test]
fn what_holds_nothing_to_replay_is_called_by_its_name() {
    for (name, log) in LOGS {
        for log in [log.to_owned(), log.lines().flat_map(|line| ["> ", line, "\n"]).collect()] {
            let error = refused(&log);
            assert!(matches!(error, ImportError::Neighbour { .. }), "{name}: {error}");
            let told = error.to_string();
            for word in ["console.log, line ", name, "nothing to replay"] {
                assert!(told.contains(word), "{told}");
            }
        }
    }
}

/// Expect a Linux that was not asked for its allocator's lines to be told how, whatever ran before it.
#[test]
fn a_linux_behind_them_is_what_counts() {
    for (name, log) in LOGS {
        let error = refused(&format!("{log}[    0.000000] Linux version 6.1.0 (gcc 12) #1 SMP\n"));
        assert!(matches!(error, ImportError::NoBoot { .. }), "{name}: {error}");
    }
}

/// Expect a boot to be imported from the midst of them, with their names in its notes and nothing else changed.
#[test]
fn they_are_passed_over_in_the_log_of_a_boot() {
    let boot = include_str!("../logs/x86_64-6.1.log");
    let plain = import(boot.as_bytes(), "console.log", &Options::default()).unwrap();
    for (name, log) in LOGS {
        let found = import(format!("{log}{boot}").as_bytes(), "console.log", &Options::default()).unwrap();
        assert_eq!(found[0].trace.records, plain[0].trace.records, "{name}");
        assert!(found[0].account.is_complete(), "{name}: {}", found[0].account);
        let notes = found[0].trace.header.notes.join("; ");
        assert!(notes.contains("messages of ") && notes.contains(name), "{name}: {notes}");
    }
}
