//! What each architecture's machines are like in QEMU.

use serde::Deserialize;

/// An architecture, by the name of its Debian kernels and QEMU's boards; `x86_64` by its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Arch {
    #[serde(rename = "x86_64")]
    X86_64,
    I386,
    Arm64,
    Armhf,
    Ppc64el,
    S390x,
    Mips64el,
}

/// What is usual on an architecture.
pub(super) struct Platform {
    pub(super) name: &'static str,
    pub(super) qemu: &'static str,
    /// The Debian package that QEMU comes in.
    pub(super) qemu_package: &'static str,
    /// The board. Its version is pinned, so that a newer QEMU gives the same machine.
    pub(super) board: &'static str,
    pub(super) cpu: &'static str,
    /// Debian's name of the architecture.
    pub(super) debian: &'static str,
    /// The usual kernel: suite and package.
    pub(super) kernel: (&'static str, &'static str),
    /// What makes the kernel print from early on.
    pub(super) console: &'static str,
    /// The Debian package of the firmware that runs ahead of the kernel, if any does.
    pub(super) firmware: Option<&'static str>,
}

impl Arch {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::X86_64, Self::I386, Self::Arm64, Self::Armhf, Self::Ppc64el, Self::S390x, Self::Mips64el];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.platform().name
    }

    pub(super) fn platform(self) -> &'static Platform {
        match self {
            Self::X86_64 => &X86_64,
            Self::I386 => &I386,
            Self::Arm64 => &ARM64,
            Self::Armhf => &ARMHF,
            Self::Ppc64el => &PPC64EL,
            Self::S390x => &S390X,
            Self::Mips64el => &MIPS64EL,
        }
    }
}

const X86_64: Platform = Platform {
    name: "x86_64",
    qemu: "qemu-system-x86_64",
    qemu_package: "qemu-system-x86",
    board: "pc-q35-7.2",
    cpu: "max",
    debian: "amd64",
    kernel: ("bookworm", "linux-image-amd64"),
    console: "earlyprintk=ttyS0,115200 console=ttyS0",
    firmware: Some("seabios"),
};

const I386: Platform = Platform {
    name: "i386",
    qemu: "qemu-system-i386",
    board: "pc-i440fx-7.2",
    debian: "i386",
    kernel: ("bookworm", "linux-image-686-pae"),
    ..X86_64
};

const ARM64: Platform = Platform {
    name: "arm64",
    qemu: "qemu-system-aarch64",
    qemu_package: "qemu-system-arm",
    board: "virt-7.2",
    cpu: "max",
    debian: "arm64",
    kernel: ("bookworm", "linux-image-arm64"),
    console: "earlycon=pl011,0x9000000 console=ttyAMA0",
    firmware: None,
};

const ARMHF: Platform = Platform {
    name: "armhf",
    qemu: "qemu-system-arm",
    cpu: "cortex-a15",
    debian: "armhf",
    kernel: ("bookworm", "linux-image-armmp-lpae"),
    // With earlycon it falls silent once its page tables are set up; without, the real console prints all of the buffer.
    console: "console=ttyAMA0 log_buf_len=4M",
    ..ARM64
};

const PPC64EL: Platform = Platform {
    name: "ppc64el",
    qemu: "qemu-system-ppc64",
    qemu_package: "qemu-system-ppc",
    board: "pseries-7.2",
    cpu: "power9",
    debian: "ppc64el",
    kernel: ("bookworm", "linux-image-powerpc64le"),
    console: "console=hvc0 log_buf_len=4M",
    // SLOF
    firmware: Some("qemu-system-data"),
};

const S390X: Platform = Platform {
    name: "s390x",
    qemu: "qemu-system-s390x",
    qemu_package: "qemu-system-misc",
    board: "s390-ccw-virtio-7.2",
    cpu: "max",
    debian: "s390x",
    kernel: ("bookworm", "linux-image-s390x"),
    console: "earlyprintk console=ttysclp0",
    firmware: None,
};

const MIPS64EL: Platform = Platform {
    name: "mips64el",
    qemu: "qemu-system-mips64el",
    qemu_package: "qemu-system-mips",
    board: "malta",
    cpu: "5KEc",
    debian: "mips64el",
    kernel: ("bookworm", "linux-image-5kc-malta"),
    console: "earlycon=uart8250,io,0x3f8,115200 console=ttyS0",
    firmware: None,
};
