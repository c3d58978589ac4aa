//! The kernel inside a bootable image.

use std::borrow::Cow;
use std::io::Read as _;

use memchr::memmem;

/// How the streams begin that a kernel may be packed as.
const MAGIC: [(&[u8], Packing); 4] = [
    (b"\xfd7zXZ\0", Packing::Xz),
    (b"\x1f\x8b\x08", Packing::Gzip),
    (b"\x28\xb5\x2f\xfd", Packing::Zstd),
    (b"\x02\x21\x4c\x18", Packing::Lz4),
];

#[derive(Clone, Copy)]
enum Packing {
    Xz,
    Gzip,
    Zstd,
    Lz4,
}

/// No kernel with a table of symbols is smaller than this; what a kernel carries for others (its configuration, test
/// vectors of its own decompressors) is.
const LEAST: usize = 1 << 20;
/// No kernel is larger; a stream that unpacks to more is something else.
const MOST: u64 = 1 << 30;

/// The image itself, then what the streams in it hold, in their order.
pub(super) fn candidates(image: &[u8]) -> impl Iterator<Item = Cow<'_, [u8]>> {
    let mut streams: Vec<(usize, Packing)> = Vec::new();
    for (magic, packing) in MAGIC {
        streams.extend(memmem::find_iter(image, magic).map(|at| (at, packing)));
    }
    streams.sort_by_key(|(at, _)| *at);
    let unpacked = streams.into_iter().map(|(at, packing)| unpack(&image[at..], packing));
    std::iter::once(Cow::Borrowed(image))
        .chain(unpacked.filter(|kernel| kernel.len() >= LEAST).map(Cow::Owned))
}

/// What the stream at the start of `from` holds. What follows it is not an error here, nor is an end that is missing: the
/// table has its own checks.
fn unpack(from: &[u8], packing: Packing) -> Vec<u8> {
    let mut out = Vec::new();
    let _ = match packing {
        Packing::Xz => lzma_rust2::XzReader::new(from, false).take(MOST).read_to_end(&mut out),
        Packing::Gzip => flate2::read::GzDecoder::new(from).take(MOST).read_to_end(&mut out),
        Packing::Zstd => match ruzstd::decoding::StreamingDecoder::new(from) {
            Ok(decoder) => decoder.take(MOST).read_to_end(&mut out),
            Err(_) => Ok(0),
        },
        Packing::Lz4 => Ok(lz4_blocks(from, &mut out)),
    };
    out
}

/// The form of `lz4 -l`: blocks of at most 8 MiB, each after its packed size.
fn lz4_blocks(from: &[u8], out: &mut Vec<u8>) -> usize {
    const BLOCK: usize = 8 << 20;
    let mut rest = &from[4..];
    while let Some((size, blocks)) = rest.split_first_chunk::<4>() {
        let size = u32::from_le_bytes(*size) as usize;
        let block = blocks.get(..size).and_then(|packed| lz4_flex::block::decompress(packed, BLOCK).ok());
        let Some(block) = block else { break };
        out.extend(&block);
        rest = &blocks[size..];
        // Only the last one is shorter.
        if block.len() < BLOCK {
            break;
        }
    }
    out.len()
}
