//! The reader against tables that are built here, in each form.

use std::io::Write as _;

use super::*;

/// A form of the table.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Form {
    /// Until 6.3: addresses before the names.
    Before,
    /// The same with per-CPU symbols that are absolute.
    PerCpu,
    /// Since 6.4: addresses after the tokens.
    After,
    /// The same, with a base that only a relocation knows.
    Relocated,
    /// Since 7.0: addresses relative to their own places.
    ToThemselves,
}

const FORMS: [Form; 5] = [Form::Before, Form::PerCpu, Form::After, Form::Relocated, Form::ToThemselves];
const BASE: u64 = 0xffff_8000_0800_0000;

/// Where functions lie. Each eighth is another name of the one before it, as every kernel has some.
fn address(n: usize) -> u64 {
    let n = if n % 8 == 7 { n - 1 } else { n };
    BASE + 0x1_0000 + n as u64 * 0x40
}

fn names() -> Vec<String> {
    let long = "long_".repeat(60);
    let mut names: Vec<String> = (0..1000).map(|n| format!("tfunction_{n}")).collect();
    names[0] = "Afirst".into();
    names[700] = "Tmemblock_free_all".into();
    names[701] = format!("t{long}");
    names
}

/// Puts numbers one after another.
struct Image {
    bytes: Vec<u8>,
    big: bool,
}

impl Image {
    fn number(&mut self, value: u64, width: usize) {
        let mut bytes = value.to_le_bytes()[..width].to_vec();
        if self.big {
            bytes.reverse();
        }
        self.bytes.extend(bytes);
    }

    fn align(&mut self) -> usize {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        self.bytes.len()
    }

    fn names(&mut self) {
        let names = names();
        self.align();
        self.number(names.len() as u64, 4);
        let start = self.align();
        let mut markers = Vec::new();
        for (n, name) in names.iter().enumerate() {
            if n % 256 == 0 {
                markers.push((self.bytes.len() - start) as u64);
            }
            // `function_` is a token of its own.
            let packed: Vec<u8> = name.replace("function_", "\u{1}").into_bytes();
            if let Ok(length @ 0..128) = u8::try_from(packed.len()) {
                self.bytes.push(length);
            } else {
                let [low, high, ..] = (packed.len() << 1).to_le_bytes();
                self.bytes.extend([low >> 1 | 0x80, high]);
            }
            self.bytes.extend(packed);
        }
        self.align();
        for marker in markers {
            self.number(marker, 4);
        }
    }

    fn tokens(&mut self) {
        let start = self.align();
        let mut places = Vec::new();
        for code in 0..=u8::MAX {
            places.push((self.bytes.len() - start) as u64);
            match code {
                1 => self.bytes.extend(b"function_"),
                b' '..127 => self.bytes.push(code),
                _ => self.bytes.extend(format!("t{code}").bytes()),
            }
            self.bytes.push(0);
        }
        self.align();
        for place in places {
            self.number(place, 2);
        }
    }

    fn addresses(&mut self, form: Form) {
        let start = self.align();
        for n in 0..names().len() {
            let offset = address(n) - BASE;
            let written = match form {
                Form::PerCpu if n == 0 => 0x1000,
                Form::PerCpu => !offset & 0xffff_ffff,
                Form::ToThemselves => address(n).wrapping_sub(BASE + self.bytes.len() as u64) & 0xffff_ffff,
                _ => offset,
            };
            self.number(written, 4);
        }
        let base = self.align();
        match form {
            Form::ToThemselves => {}
            Form::Relocated => {
                self.number(0, 8);
                for field in [BASE + base as u64, 0x403, BASE] {
                    self.number(field, 8);
                }
            }
            _ => self.number(BASE, 8),
        }
        assert_eq!(start % 8, 0);
    }

    fn whole(form: Form, big: bool) -> Vec<u8> {
        let mut image = Self { bytes: vec![0; 1 << 20], big };
        image.bytes.extend(b"Linux version 6.12.95+deb12 (by nobody)\0");
        image.align();
        // Pointers, by which a flat image tells where it is linked to.
        for n in 0..100 {
            image.number(address(n), 8);
        }
        let before = matches!(form, Form::Before | Form::PerCpu);
        if before {
            image.addresses(form);
        }
        image.names();
        image.tokens();
        if !before {
            image.addresses(form);
        }
        image.bytes.extend([0; 64]);
        image.bytes
    }
}

fn check(image: &[u8], form: Form) {
    let kernel = kernel(image).unwrap_or_else(|why| panic!("{form:?}: {why}"));
    assert_eq!(kernel.release.as_deref(), Some("6.12.95+deb12"));
    assert_eq!(kernel.symbols.len(), 1000, "{form:?}");
    for (n, (symbol, name)) in kernel.symbols.iter().zip(names()).enumerate().skip(1) {
        assert_eq!(format!("{}{}", symbol.kind, symbol.name), name);
        assert_eq!(symbol.address, address(n), "{form:?}: {name}");
    }
}

#[test]
fn each_form_is_read() {
    for form in FORMS {
        check(&Image::whole(form, false), form);
    }
}

#[test]
fn big_endian_numbers_are_read() {
    let image = Image::whole(Form::After, true);
    let symbols = kernel(&image).unwrap().symbols;
    // Told apart by its numbers, it is a kernel of s390x, which runs at its image base since 6.10.
    assert_eq!(symbols[700].address, address(700).wrapping_add(0x03ff_e000_0000));
}

#[test]
fn what_is_packed_is_unpacked() {
    let image = Image::whole(Form::After, false);
    let mut gzip = flate2::write::GzEncoder::new(b"boot code".to_vec(), flate2::Compression::fast());
    gzip.write_all(&image).unwrap();
    let mut packed = gzip.finish().unwrap();
    packed.extend(b"what follows");
    check(&packed, Form::After);
    let mut lz4 = b"boot code\x02\x21\x4c\x18".to_vec();
    let block = lz4_flex::block::compress(&image);
    lz4.extend(&block.len().to_le_bytes()[..4]);
    lz4.extend(block);
    lz4.extend(&image.len().to_le_bytes()[..4]);
    check(&lz4, Form::After);
}

#[test]
fn an_image_without_a_table_says_what_to_do() {
    let why = kernel(&vec![0x90; 1 << 16]).unwrap_err();
    assert_eq!(why, NoSymbols::Table { bytes: 1 << 16 });
    assert!(why.to_string().contains("CONFIG_KALLSYMS=y"), "{why}");
    assert!(kernel(b"").is_err());
}

/// Expect no part of a table to be taken for a whole one, and nothing to panic.
#[test]
fn a_cut_or_garbled_image_is_refused() {
    let image = Image::whole(Form::Before, false);
    for length in (1 << 20..image.len() - 128).step_by(997) {
        assert!(kernel(&image[..length]).is_err(), "{length}");
    }
    let mut garbled = image.clone();
    let at = memchr::memmem::find(&image, b"memblock_free").unwrap_or(image.len() - 6000);
    garbled[at] ^= 0xff;
    let _ = kernel(&garbled);
}
