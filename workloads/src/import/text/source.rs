//! Where a log's bytes come from: plain, or packed as the first bytes say.

use std::io::{self, BufRead as _, BufReader, Chain, Cursor, Read};

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use crate::import::ImportError;

/// The longest of the four magic numbers.
const MAGIC: usize = 6;

/// The first bytes of what people may well give and is not read here, what it is, and what to do about it.
const FOREIGN: [(&[u8], &str, &str); 6] = [
    (b"BZh", "packed by bzip2", "unpack it with `bunzip2` first"),
    (b"\x04\x22\x4d\x18", "packed by lz4", "unpack it with `unlz4` first"),
    (b"PK\x03\x04", "a zip archive", "unpack it with `unzip` first"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it with `7z x` first"),
    (b"\xff\xfe", "text in UTF-16", "turn it into UTF-8 with `iconv -f UTF-16 -t UTF-8` first"),
    (b"\xfe\xff", "text in UTF-16", "turn it into UTF-8 with `iconv -f UTF-16 -t UTF-8` first"),
];

type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

/// The unpacked bytes of `reader`.
pub(in crate::import) fn open<'r>(
    mut reader: impl Read + 'r,
    name: &str,
) -> Result<Box<dyn Read + 'r>, ImportError> {
    let unreadable = |error| ImportError::Read { name: name.to_owned(), line: 1, error };
    let mut head = Vec::with_capacity(MAGIC);
    reader.by_ref().take(MAGIC as u64).read_to_end(&mut head).map_err(unreadable)?;
    let packing = Packing::of(&head);
    if let Some((_, what, remedy)) = FOREIGN.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return Err(ImportError::Foreign { name: name.to_owned(), what, remedy });
    }
    let whole: Whole<_> = Cursor::new(head).chain(reader);
    Ok(match packing {
        Packing::Plain => Box::new(whole),
        Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::new(whole))),
        Packing::Xz => Box::new(lzma_rust2::XzReader::new(BufReader::new(whole), true)),
        Packing::Zstd => Box::new(ZstdFrames { rest: Some(BufReader::new(whole)), frame: None }),
    })
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
    Xz,
    Zstd,
}

impl Packing {
    fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0xfd, b'7', b'z', b'X', b'Z', 0] => Self::Xz,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            _ => Self::Plain,
        }
    }
}
