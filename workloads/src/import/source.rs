//! Where a log's bytes come from: plain, or packed as the first bytes say.

use std::io::{self, BufReader, Chain, Cursor, Read};

use super::ImportError;

/// The longest of the four magic numbers.
const MAGIC: usize = 6;

type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

/// The unpacked bytes of `reader`.
pub(super) fn open<'r>(mut reader: impl Read + 'r, name: &str) -> Result<Box<dyn Read + 'r>, ImportError> {
    let unreadable = |error| ImportError::Read { name: name.to_owned(), line: 1, error };
    let mut head = Vec::with_capacity(MAGIC);
    reader.by_ref().take(MAGIC as u64).read_to_end(&mut head).map_err(unreadable)?;
    let packing = Packing::of(&head);
    let whole: Whole<_> = Cursor::new(head).chain(reader);
    Ok(match packing {
        Packing::Plain => Box::new(whole),
        Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::new(whole))),
        Packing::Xz => Box::new(lzma_rust2::XzReader::new(BufReader::new(whole), true)),
        Packing::Zstd => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(BufReader::new(whole));
            Box::new(decoder.map_err(|error| unreadable(io::Error::other(error)))?)
        }
    })
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
