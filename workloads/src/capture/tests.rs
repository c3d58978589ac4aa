//! Descriptions of machines, and the command lines that they become.

use std::path::PathBuf;

use super::*;

fn parse(fields: &str) -> Result<Machine, String> {
    let text = format!("[m]\narch = \"x86_64\"\n{fields}\n");
    let machines = machines(Some(&text)).map_err(|error| error.to_string())?;
    machines.into_values().next().ok_or_else(|| "none".to_owned())
}

/// The words of QEMU's command line that are not the same for each machine.
fn own_words(machine: &Machine) -> String {
    let files = Files {
        kernel: "vmlinuz".into(),
        initrd: machine.initrd.map(|_| PathBuf::from("initrd.cpio")),
        srat: srat::table(machine).map(|_| PathBuf::from("odd,name.bin")),
    };
    let line = shell(&qemu(machine, &files, Watch::Console).unwrap());
    let common = " -nodefaults -no-user-config -display none -no-reboot -nic none -monitor none -accel tcg -serial stdio";
    assert!(line.contains(common), "{line}");
    line.replace(common, "")
}

#[test]
fn each_built_in_machine_is_sound_and_says_what_it_shows_and_what_not() {
    let machines = machines(None).unwrap();
    assert!(machines.len() >= 28);
    for (name, machine) in &machines {
        for text in [&machine.shows, &machine.lacks] {
            assert!(text.ends_with('.') && !text.contains('|'), "{name} does not say what it shows: {text}");
        }
        assert!(name.starts_with(machine.arch.name()), "{name}");
        own_words(machine);
    }
    for arch in Arch::ALL {
        assert!(machines.values().any(|machine| machine.arch == arch), "no machine is of {}", arch.name());
    }
}

#[test]
fn what_is_wrong_with_a_description_is_named_with_its_place() {
    for (fields, words) in [
        ("memory = \"2G\"\nmemmory = \"2G\"", ["line 4", "unknown field `memmory`"]),
        ("memory = \"2 G\"", ["line 3", "`2 G` is not an amount of memory"]),
        ("cpus = 2", ["line 1", "missing field `memory`"]),
        ("memory = \"2G\"\nfirmware = \"efi\"", ["unknown variant `efi`", "`uefi`"]),
        (
            "memory = \"2G\"\nnodes = \"1G,2G\"",
            ["machine m:", "its nodes have 3G in all, but it has 2G of memory"],
        ),
        ("memory = \"2G\"\nnodes = \"3\"", ["machine m:", "cannot be split into 3 nodes"]),
        ("memory = \"2G\"\nnodes = \"2\"\nnode-cpus = [\"0\"]", ["it has 2 nodes", "node-cpus are of 1"]),
        ("memory = \"2G\"\npackage = \"linux-image-amd64\"", ["line 4", "write SUITE/NAME"]),
        ("memory = \"2G\"\npackage = \"a/../b\"", ["line 4", "is not a package"]),
        ("memory = \"1K\"", ["machine m:", "not some whole MiB"]),
        ("memory = \"1G\"\ncpus = 0", ["machine m:", "0 CPUs"]),
        ("memory = \"1G\"\nappend = \"a\\nb\"", ["machine m:", "single lines"]),
        ("memory = \"1G\"\nslots = 2", ["machine m:", "max-memory"]),
        ("memory = \"1G\"\nsrat = [\"0 1G\"]", ["line 4", "is not a range"]),
        ("memory = \"1G\"\ninterleave = { stripe = \"4K\", nodes = [0] }", ["machine m:", "a stripe of 1M"]),
    ] {
        let error = parse(fields).unwrap_err();
        for word in words {
            assert!(error.contains(word), "{fields}:\n{error}");
        }
    }
    let error = machines(Some("[\"../m\"]\narch = \"arm64\"\nmemory = \"1G\"")).unwrap_err();
    assert!(error.to_string().contains("a name is made of letters"), "{error}");
    let error = machines(Some("[m]\narch = \"vax\"\nmemory = \"1G\"")).unwrap_err();
    assert!(error.to_string().contains("unknown variant `vax`, expected one of `x86_64`"), "{error}");
}

#[test]
fn a_plain_machine_is_the_board_with_its_memory() {
    assert_eq!(
        own_words(&parse("memory = \"256M\"").unwrap()),
        "qemu-system-x86_64 -machine pc-q35-7.2,memory-backend=ram \
         -object memory-backend-ram,id=ram,size=256M,reserve=off -m 256M -cpu max -smp 1 -kernel vmlinuz -append \
         'memblock=debug earlyprintk=ttyS0,115200 console=ttyS0 panic=-1 loglevel=8 nokaslr'"
    );
}

#[test]
fn nodes_have_memory_and_cpus_of_their_own_or_lack_them() {
    let fields = "memory = \"3G\"\nnodes = \"1G,0,2G\"\ncpus = 2\nslots = 1\nmax-memory = \"8G\"\n\
                  dimms = [{ size = \"1G\", node = 2 }]";
    assert_eq!(
        own_words(&parse(fields).unwrap()),
        "qemu-system-x86_64 -machine pc-q35-7.2 -m 3G,slots=1,maxmem=8G \
         -object memory-backend-ram,id=m0,size=1G,reserve=off -numa node,nodeid=0,memdev=m0,cpus=0 \
         -numa node,nodeid=1,cpus=1 \
         -object memory-backend-ram,id=m2,size=2G,reserve=off -numa node,nodeid=2,memdev=m2 \
         -object memory-backend-ram,id=d0,size=1G,reserve=off -device pc-dimm,id=dimm0,memdev=d0,node=2 \
         -cpu max -smp 2 -kernel vmlinuz -append \
         'memblock=debug earlyprintk=ttyS0,115200 console=ttyS0 panic=-1 loglevel=8 nokaslr'"
    );
}

#[test]
fn a_machine_of_every_extra_is_told_all_of_them() {
    let fields = "memory = \"1G\"\nboard = \"pc-i440fx-7.2\"\ncpu = \"qemu64\"\nfirmware = \"uefi\"\ninitrd = \"4M\"\n\
                  kaslr = true\nconsole = \"console=x\"\nappend = \"it's=1\"\nqemu-args = [\"-seed\", \"1\"]\n\
                  holes = { count = 2, size = \"4K\", first = \"16M\", every = \"1M\" }\n\
                  srat = [\"0 0 1G hotplug\"]";
    assert_eq!(
        own_words(&parse(fields).unwrap()),
        "qemu-system-x86_64 -machine pc-i440fx-7.2,memory-backend=ram \
         -object memory-backend-ram,id=ram,size=1G,reserve=off -m 1G -cpu qemu64 -smp 1 \
         -drive if=pflash,format=raw,unit=0,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd \
         -drive if=pflash,format=raw,unit=1,snapshot=on,file=/usr/share/OVMF/OVMF_VARS_4M.fd \
         -acpitable file=odd,,name.bin -seed 1 -kernel vmlinuz -initrd initrd.cpio -append \
         'memblock=debug console=x panic=-1 loglevel=8 it'\\''s=1 memmap=4K$0x1000000 memmap=4K$0x1100000'"
    );
}

#[test]
fn each_architecture_has_a_board_and_a_console_of_its_own() {
    let text: String =
        Arch::ALL.map(|arch| format!("[{0}]\narch = \"{0}\"\nmemory = \"1G\"\n", arch.name())).concat();
    let lines: Vec<String> = machines(Some(&text)).unwrap().values().map(own_words).collect();
    for words in [
        "qemu-system-aarch64 -machine virt-7.2,",
        "qemu-system-arm -machine virt-7.2,",
        "qemu-system-i386 -machine pc-i440fx-7.2,",
        "qemu-system-mips64el -machine malta,",
        "qemu-system-ppc64 -machine pseries-7.2,",
        "qemu-system-s390x -machine s390-ccw-virtio-7.2,",
        "earlycon=pl011,0x9000000 console=ttyAMA0 ",
        "console=hvc0 log_buf_len=4M ",
        "earlyprintk console=ttysclp0 ",
    ] {
        assert!(lines.iter().any(|line| line.contains(words)), "{words}");
    }
}

/// ```text
/// nid   0     1     1     0          1    1
///       +-----+-----+-----+--devices-+----+----+
///       0   512M   1G  1.5G 2G       4G  4.5G  5G
/// ```
/// Expect stripes to go round from node to node, above the devices where they stopped below.
#[test]
fn stripes_go_round_over_the_memory_of_a_pc() {
    let machine = parse("memory = \"3G\"\ninterleave = { stripe = \"512M\", nodes = [0, 1, 1] }").unwrap();
    let mib = |size: Size| size.0 >> 20;
    let ranges = machine.srat_ranges();
    let found: Vec<_> =
        ranges.iter().map(|range| (range.node, mib(range.start), mib(range.length))).collect();
    assert_eq!(
        found,
        [(0, 0, 512), (1, 512, 512), (1, 1024, 512), (0, 1536, 512), (1, 4096, 512), (1, 4608, 512)]
    );
    let words = "x86_64, 3 GiB in stripes of 512M on nodes 0, 1, 1 in turn, 1 CPU (QEMU pc-q35-7.2)";
    assert_eq!(describe(&machine).unwrap(), words);
}

#[test]
fn a_machine_is_described_in_words() {
    let machine =
        parse("memory = \"4G\"\nnodes = \"4\"\ncpus = 8\nfirmware = \"uefi\"\ninitrd = \"4M\"").unwrap();
    let words = "x86_64, 4 GiB in 4 nodes of 1G, 8 CPUs, initrd of 4 MiB, UEFI (QEMU pc-q35-7.2)";
    assert_eq!(describe(&machine).unwrap(), words);
    let machine = parse("memory = \"4G\"\nnodes = \"1G,0,3G\"").unwrap();
    assert_eq!(describe(&machine).unwrap(), "x86_64, 4 GiB in 3 nodes of 1G, 0, 3G, 1 CPU (QEMU pc-q35-7.2)");
}

#[test]
fn provenance_names_the_kernel_and_no_folder() {
    let machine = parse("memory = \"1G\"").unwrap();
    let kernel = Kernel { image: "/a/b/vmlinuz-6.1".into(), origin: "linux-image-6.1 6.1-1 amd64".into() };
    let files = Files { kernel: kernel.image.clone(), initrd: None, srat: None };
    let text = provenance(&machine, &files, &kernel, Watch::Console).unwrap();
    assert!(text.starts_with("cargo xtask capture; QEMU "), "{text}");
    assert!(text.contains("; board pc-q35-7.2; firmware seabios "), "{text}");
    assert!(text.contains("; kernel linux-image-6.1 6.1-1 amd64; qemu-system-x86_64 "), "{text}");
    assert!(text.contains(" -kernel vmlinuz-6.1 "), "{text}");
    assert!(!text.contains("/a/b") && !text.contains('\n'), "{text}");
}
