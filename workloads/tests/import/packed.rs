//! Packed logs, of one piece and of several.

use std::io::Write as _;

use workloads::import::{ImportError, Imported, Options, import};

const LOG: &str = include_str!("../logs/x86_64-6.1.log");

fn read(bytes: &[u8]) -> Result<Vec<Imported>, ImportError> {
    import(bytes, "a log", &Options::default())
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(text.as_bytes()).unwrap();
    packer.finish().unwrap()
}

fn xz(text: &str) -> Vec<u8> {
    let mut packer = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::default()).unwrap();
    packer.write_all(text.as_bytes()).unwrap();
    packer.finish().unwrap()
}

fn zstd(text: &str) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(text.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn a_packed_log_gives_what_the_plain_one_does() {
    let plain = read(LOG.as_bytes()).unwrap();
    let half = LOG.len() / 2;
    for pack in [gzip, xz, zstd] {
        assert_eq!(read(&pack(LOG)).unwrap(), plain);
        // `pzstd`, `pigz` and `cat a.xz b.xz` give several pieces.
        let pieces = [pack(&LOG[..half]), pack(&LOG[half..])].concat();
        assert_eq!(read(&pieces).unwrap(), plain);
    }
}

#[test]
fn a_packed_log_that_is_cut_is_refused_with_its_name() {
    for pack in [gzip, xz, zstd] {
        let packed = pack(LOG);
        let error = read(&packed[..packed.len() / 2]).unwrap_err();
        assert!(error.to_string().starts_with("a log: cannot be read beyond line "), "{error}");
    }
}

#[test]
fn a_log_of_something_else_says_what_to_do() {
    let error = read(b"nothing\nof note\n").unwrap_err().to_string();
    for word in ["a log", "2 lines", "memblock=debug", "log_buf_len=", "bootmem_debug", "earlyprintk"] {
        assert!(error.contains(word), "{error}");
    }
}

/// Expect what cannot be unpacked here to be called by its name, with the program that unpacks it.
#[test]
fn what_is_packed_otherwise_is_called_by_its_name() {
    for (head, name, remedy) in [
        (&b"BZh91AY&SY"[..], "bzip2", "bunzip2"),
        (b"\x04\x22\x4d\x18\x64", "lz4", "unlz4"),
        (b"PK\x03\x04\x14", "zip", "unzip"),
        (b"LPKSHHRH\0\0", "journal", "journalctl --file"),
        (b"%PDF-1.7", "PDF", "pdftotext"),
    ] {
        let error = import(head, "boot.log", &Options::default()).unwrap_err().to_string();
        assert!(error.contains("boot.log") && error.contains(name) && error.contains(remedy), "{error}");
    }
}
