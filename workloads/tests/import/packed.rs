//! Packed logs, of one piece and of several.

use std::io::{self, Write as _};

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

fn bzip2(text: &str) -> Vec<u8> {
    bzip2_of(text.as_bytes())
}

fn lz4(text: &str) -> Vec<u8> {
    let mut packer = lz4_flex::frame::FrameEncoder::new(Vec::new());
    packer.write_all(text.as_bytes()).unwrap();
    packer.finish().unwrap()
}

/// An archive of these files, each with its name.
fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, *bytes).unwrap();
    }
    archive.into_inner().unwrap()
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = zip::write::SimpleFileOptions::default();
        let method = if bytes.len() % 2 == 0 {
            zip::CompressionMethod::Deflated
        } else {
            zip::CompressionMethod::Bzip2
        };
        archive.start_file(*name, options.compression_method(method)).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// What an archive is packed by.
type Archive = fn(&[(&str, &[u8])]) -> Vec<u8>;

const ARCHIVES: [Archive; 2] = [tar, zip];

/// A name longer than a header of tar has room for.
const LONG: &str = "a/path/of/which/each/part/is/short/but/all/of/which/together/is/far/longer/than/a/hundred/bytes/so/that/a/header/more/is/needed/boot.log";

/// Expect every file of an archive to be read, packed or not and whatever it is called, and pictures to be passed over.
#[test]
fn an_archive_gives_every_boot_in_it() {
    let plain = read(LOG.as_bytes()).unwrap();
    let wide: Vec<u8> = LOG.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (packed, squeezed) = (gzip(LOG), xz(LOG));
    let files: [(&str, &[u8]); 7] = [
        ("README", b"logs of some boots, each in a file of its own"),
        ("photo.png", b"\x89PNG\r\n\x1a\n and so on"),
        (LONG, LOG.as_bytes()),
        ("empty", b""),
        ("boot.log.1.gz", &packed),
        ("boot.log.2.xz", &squeezed),
        ("windows.txt", &wide),
    ];
    for archive in ARCHIVES {
        let found = read(&archive(&files)).unwrap();
        assert_eq!(found.len(), 4 * plain.len());
        for boots in found.chunks(plain.len()) {
            for (found, plain) in boots.iter().zip(&plain) {
                assert_eq!(found.trace, plain.trace);
                assert!(found.account.is_complete(), "{}", found.account);
            }
        }
        let again = read(&bzip2_of(&archive(&files))).unwrap();
        assert_eq!(again, found, "an archive that is packed itself");
    }
}

fn bzip2_of(bytes: &[u8]) -> Vec<u8> {
    let mut packer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Expect an archive that is cut to be an error, one of an archive of archives to end, and one without a log to be told as such.
#[test]
fn archives_that_are_cut_or_empty_are_refused() {
    for archive in ARCHIVES {
        let whole = archive(&[("boot.log", LOG.as_bytes())]);
        let error = read(&whole[..whole.len() / 2]).unwrap_err().to_string();
        assert!(error.starts_with("a log: cannot be read"), "{error}");
        let error = read(&archive(&[("notes", b"nothing\nof note\n")])).unwrap_err();
        assert!(matches!(error, ImportError::NoBoot { .. }), "{error}");
        let mut nested = whole;
        for _ in 0..6 {
            nested = archive(&[("inner", &nested)]);
        }
        assert!(read(&nested).is_err(), "too many layers");
    }
    let mut packed = LOG.to_owned().into_bytes();
    for _ in 0..5 {
        packed = bzip2_of(&packed);
    }
    assert!(read(&packed).unwrap_err().to_string().contains("more than four times"));
    assert!(read(&zip(&[])).is_err());
    let office = zip(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w:t>memblock</w:t>")]);
    assert!(read(&office).unwrap_err().to_string().contains("office"));
}

#[test]
fn a_packed_log_gives_what_the_plain_one_does() {
    let plain = read(LOG.as_bytes()).unwrap();
    let half = LOG.len() / 2;
    for pack in [gzip, xz, zstd, bzip2, lz4] {
        assert_eq!(read(&pack(LOG)).unwrap(), plain);
        // `pzstd`, `pigz` and `cat a.xz b.xz` give several pieces.
        let pieces = [pack(&LOG[..half]), pack(&LOG[half..])].concat();
        assert_eq!(read(&pieces).unwrap(), plain);
    }
}

#[test]
fn a_packed_log_that_is_cut_is_refused_with_its_name() {
    for pack in [gzip, xz, zstd, bzip2, lz4] {
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
        (&b"7z\xbc\xaf\x27\x1c"[..], "7z", "7z x"),
        (b"Rar!\x1a\x07\x01\x00", "RAR", "unrar x"),
        (b"LPKSHHRH\0\0", "journal", "journalctl --file"),
        (b"%PDF-1.7", "PDF", "pdftotext"),
    ] {
        let error = import(head, "boot.log", &Options::default()).unwrap_err().to_string();
        assert!(error.contains("boot.log") && error.contains(name) && error.contains(remedy), "{error}");
    }
}
