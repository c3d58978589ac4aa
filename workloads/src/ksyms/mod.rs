//! The symbols of a kernel, from the table that its image carries for itself (kallsyms).
//!
//! No `System.map`, no debug information and no headers are needed, so that any kernel that can be booted can be looked
//! into: Debian's images as they are packed, a `bzImage`, `Image` or `vmlinux` of one's own. The table has no magic
//! number. It is found by its tokens, of which ten are the digits, and proved by their index, by the markers that must
//! agree with the names, and by addresses that must ascend.
//!
//! Source: what `scripts/kallsyms.c` writes and `kernel/kallsyms.c` reads, 4.6 to 7.3. Which forms there are:
//!
//! | since | addresses |
//! |---|---|
//! | 4.6 | 32-bit offsets to a base before the names; on x86 with per-CPU symbols, negative ones count down from it |
//! | 6.4 | the same, after the tokens |
//! | 7.0 | 32-bit offsets to the place of each itself, without a base |
//!
//! Where a kernel relocates itself (arm64, s390x, ppc64el) the base may stand in its relocations only.

mod addresses;
mod bytes;
mod load;
mod names;
mod tokens;
mod unpack;

#[cfg(test)]
mod tests;

use bytes::Bytes;
use load::Load;

/// What a kernel's image says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kernel {
    /// Its release, such as `6.1.0-50-amd64`, where it says it.
    pub release: Option<String>,
    /// Its symbols, ascending by address.
    pub symbols: Vec<Symbol>,
}

/// A symbol of a kernel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbol {
    /// Its virtual address, as the kernel runs that is told `nokaslr`.
    pub address: u64,
    /// Where calls from within the kernel arrive, if that is not its address: on ppc64el, past the code that sets up the
    /// table of contents for callers from elsewhere.
    pub local_entry: Option<u64>,
    /// What it is, as `nm` says it: `T` and `t` are code.
    pub kind: char,
    /// Its name.
    pub name: String,
}

impl Symbol {
    /// Whether it is code.
    #[must_use]
    pub fn is_code(&self) -> bool {
        matches!(self.kind, 't' | 'T' | 'w' | 'W')
    }
}

/// Why an image has no symbols for us.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoSymbols {
    /// There is no table in it.
    #[error(
        "no table of symbols (kallsyms) in its {bytes} bytes: build it with CONFIG_KALLSYMS=y, or give the uncompressed \
         vmlinux if it is packed by anything else than gzip, xz, zstd or lz4"
    )]
    Table {
        /// How large the image is.
        bytes: usize,
    },
    /// There is a table, and no telling where its addresses are.
    #[error(
        "its table of symbols (kallsyms) has {symbols} names, and addresses of a form that is not known here"
    )]
    Addresses {
        /// How many names there are.
        symbols: usize,
    },
}

/// What the kernel in `image` says of itself.
///
/// # Errors
/// [`NoSymbols`] says what to do about it.
pub fn kernel(image: &[u8]) -> Result<Kernel, NoSymbols> {
    let mut why = NoSymbols::Table { bytes: image.len() };
    for unpacked in unpack::candidates(image) {
        match read(&unpacked) {
            Ok(kernel) => return Ok(kernel),
            Err(NoSymbols::Table { .. }) => {}
            Err(addresses) => why = addresses,
        }
    }
    Err(why)
}

/// The same of an unpacked kernel.
fn read(unpacked: &[u8]) -> Result<Kernel, NoSymbols> {
    let none = NoSymbols::Table { bytes: unpacked.len() };
    let tokens = tokens::find(unpacked).ok_or(none)?;
    let bytes = Bytes::new(unpacked, tokens.big_endian);
    let names = names::find(bytes, &tokens).ok_or(none)?;
    let load = Load::of(bytes);
    let known = addresses::find(bytes, &tokens, &names, &load);
    let addresses = known.ok_or(NoSymbols::Addresses { symbols: names.names.len() })?;
    let release = release(unpacked);
    let slide = if load.is_s390x() { s390x_slide(release.as_deref()) } else { 0 };
    let symbol = |(address, text): (u64, String)| {
        let mut text = text.chars();
        let kind = text.next().unwrap_or('?');
        Symbol {
            address: address + slide,
            local_entry: load.local_entry(bytes, address),
            kind,
            name: text.collect(),
        }
    };
    Ok(Kernel { release, symbols: addresses.into_iter().zip(names.names).map(symbol).collect() })
}

/// The release in a kernel's banner: `Linux version 6.1.0-50-amd64 (…`.
fn release(unpacked: &[u8]) -> Option<String> {
    const BANNER: &[u8] = b"Linux version ";
    memchr::memmem::find_iter(unpacked, BANNER).find_map(|at| {
        let text = unpacked[at + BANNER.len()..].split(|byte| *byte == b' ').next()?;
        let plain = text.len() < 65 && text.first().is_some_and(u8::is_ascii_digit) && text.is_ascii();
        plain.then(|| String::from_utf8_lossy(text).into_owned())
    })
}

/// How far above its link address a kernel of s390x runs that is told `nokaslr`: `CONFIG_KERNEL_IMAGE_BASE`, since 6.10.
fn s390x_slide(release: Option<&str>) -> u64 {
    const IMAGE_BASE: u64 = 0x03ff_e000_0000;
    let mut numbers = release.unwrap_or_default().split(|c: char| !c.is_ascii_digit()).map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) if (major, minor) >= (6, 10) => IMAGE_BASE,
        _ => 0,
    }
}
