//! Where a log's bytes come from: plain, or packed or encoded as the first bytes say, several times over.

use std::io::{self, BufRead as _, BufReader, Cursor, Read};

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::archive;
use super::mail::Mail;
use super::wide::{Wide, Width};
use crate::import::ImportError;

/// How many of the first bytes are looked at.
const HEAD: usize = 4096;

/// How many times a log may be packed.
const LAYERS: usize = 4;

/// The memory that a dictionary of lzma may take, in KiB.
const LZMA_KIB: u32 = 256 << 10;

/// The first bytes of what people may well give and is not read here, what it is, and what to do about it.
const FOREIGN: [(&[u8], &str, &str); 14] = [
    (b"\x89LZO", "packed by lzop", "unpack it with `lzop -d` first"),
    (b"\x1f\x9d", "packed by compress", "unpack it with `uncompress` first"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it with `7z x` first"),
    (b"Rar!", "a RAR archive", "unpack it with `unrar x` first"),
    (
        b"LPKSHHRH",
        "a binary journal",
        "write it out with `journalctl --file FILE -b -k -o short-monotonic` first",
    ),
    (b"%PDF", "a PDF", "turn it into text with `pdftotext -layout` first"),
    (b"\x89PNG", "a picture", "a log as text is needed: record the console, or save `dmesg`"),
    (b"\xff\xd8\xff", "a picture", "a log as text is needed: record the console, or save `dmesg`"),
    (b"GIF8", "a picture", "a log as text is needed: record the console, or save `dmesg`"),
    (
        b"\x7fELF",
        "a program or a memory image",
        "if it is a vmcore, take the log out with `vmcore-dmesg` first",
    ),
    (b"KDUMP   ", "a memory image", "take the log out with `crash` or `makedumpfile --dump-dmesg` first"),
    (b"\xd4\xc3\xb2\xa1", "a packet capture", "save netconsole's text with `tcpdump -A` first"),
    (b"\x0a\x0d\x0d\x0a", "a packet capture", "save netconsole's text with `tcpdump -A` first"),
    (b"\xd0\xcf\x11\xe0", "a document of an office program", "save it as plain text first"),
];

/// The plain bytes of `reader`.
pub(crate) fn open<'r>(reader: impl Read + 'r, name: &str) -> Result<Box<dyn Read + 'r>, ImportError> {
    unpack(Box::new(reader), name, LAYERS)
}

/// The plain bytes of `reader`, packed this often at most.
pub(super) fn unpack<'r>(
    mut reader: Box<dyn Read + 'r>,
    name: &str,
    layers: usize,
) -> Result<Box<dyn Read + 'r>, ImportError> {
    let unreadable = |error| ImportError::Read { name: name.to_owned(), line: 1, error };
    for layers in (0..=layers).rev() {
        let mut head = Vec::with_capacity(HEAD);
        reader.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(unreadable)?;
        let packing = Packing::of(&head);
        if let Some((_, what, remedy)) = FOREIGN.iter().find(|(magic, ..)| head.starts_with(magic)) {
            return Err(ImportError::Foreign { name: name.to_owned(), what, remedy });
        }
        if layers == 0 && packing != Packing::Plain {
            let (what, remedy) = ("packed more than four times over", "unpack it by hand first");
            return Err(ImportError::Foreign { name: name.to_owned(), what, remedy });
        }
        let is_base64 = super::mail::is_base64(&head);
        let whole = Cursor::new(head).chain(reader);
        reader = match packing {
            Packing::Plain => return Ok(Box::new(Mail::new(whole, is_base64))),
            Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::new(whole))),
            Packing::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(BufReader::new(whole))),
            Packing::Lz4 => Box::new(lz4_flex::frame::FrameDecoder::new(whole)),
            Packing::Xz => Box::new(lzma_rust2::XzReader::new(BufReader::new(whole), true)),
            Packing::Lzma => Box::new(
                lzma_rust2::LzmaReader::new_mem_limit(BufReader::new(whole), LZMA_KIB, None)
                    .map_err(&unreadable)?,
            ),
            Packing::Zstd => Box::new(ZstdFrames { rest: Some(BufReader::new(whole)), frame: None }),
            Packing::Wide(width) => Box::new(Wide::new(whole, width)),
            Packing::Tar => return Ok(Box::new(archive::tar(whole, name, layers - 1)?)),
            Packing::Zip => return Ok(Box::new(archive::zip(whole, name, layers - 1)?)),
        };
    }
    Ok(reader)
}

/// All frames of a zstd file: programs that pack in parallel write several, and the decoder stops after the first.
struct ZstdFrames<R: Read> {
    rest: Option<BufReader<R>>,
    frame: Option<StreamingDecoder<BufReader<R>, FrameDecoder>>,
}

impl<R: Read> Read for ZstdFrames<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let got = frame.read(into)?;
                if got > 0 || into.is_empty() {
                    return Ok(got);
                }
                self.rest = self.frame.take().map(StreamingDecoder::into_inner);
            }
            let Some(mut rest) = self.rest.take() else { return Ok(0) };
            if rest.fill_buf()?.is_empty() {
                return Ok(0);
            }
            self.frame = Some(StreamingDecoder::new(rest).map_err(io::Error::other)?);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Packing {
    Plain,
    Gzip,
    Bzip2,
    Lz4,
    Xz,
    Lzma,
    Zstd,
    Wide(Width),
    Tar,
    Zip,
}

impl Packing {
    fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Lz4,
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Zip,
            [0xfd, b'7', b'z', b'X', b'Z', 0] | [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [0x5d, 0, 0, _, _, ..] => Self::Lzma,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            _ if archive::is_tar(head) => Self::Tar,
            _ => Width::of(head).map_or(Self::Plain, Self::Wide),
        }
    }
}
