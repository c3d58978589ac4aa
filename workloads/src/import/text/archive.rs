//! Archives of several files: the texts in them, one after the other.
//!
//! Each file is unpacked in turn into one that has no name and goes with the importer, so that no archive needs memory.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom, Write};

use zip::ZipArchive;
use zip::result::ZipError;

use super::source::unpack;
use crate::import::ImportError;

/// The most bytes that come out of an archive: a small one may hold any number of zeros.
const LARGEST: u64 = 16 << 30;

/// A block of tar.
const BLOCK: usize = 512;

/// Whether a file that begins like this is a tar archive: its first header has the sum that it says.
pub(super) fn is_tar(head: &[u8]) -> bool {
    let Some(block) = head.first_chunk::<BLOCK>() else { return false };
    let header = tar::Header::from_byte_slice(block);
    let sum = |at: usize, byte: &u8| if (148..156).contains(&at) { 32 } else { u32::from(*byte) };
    let own: u32 = block.iter().enumerate().map(|(at, byte)| sum(at, byte)).sum();
    block[0] != 0 && header.cksum().is_ok_and(|said| said == own)
}

/// The texts in a tar archive.
pub(super) fn tar(reader: impl Read, name: &str, layers: usize) -> Result<BufReader<File>, ImportError> {
    let unreadable = |error| ImportError::Read { name: name.to_owned(), line: 1, error };
    let mut archive = tar::Archive::new(reader);
    let mut texts = Texts::new().map_err(unreadable)?;
    for member in archive.entries().map_err(unreadable)? {
        let member = member.map_err(unreadable)?;
        if member.header().entry_type().is_file() {
            texts.add(member, layers).map_err(unreadable)?;
        }
    }
    texts.finish().map_err(unreadable)
}

/// The texts in a zip archive.
pub(super) fn zip(mut reader: impl Read, name: &str, layers: usize) -> Result<BufReader<File>, ImportError> {
    let unreadable = |error| ImportError::Read { name: name.to_owned(), line: 1, error };
    let foreign = |what, remedy| ImportError::Foreign { name: name.to_owned(), what, remedy };
    // What it holds stands at its end.
    let mut whole = tempfile::tempfile().map_err(unreadable)?;
    io::copy(&mut reader, &mut whole).map_err(unreadable)?;
    let damaged = |error: ZipError| match error {
        ZipError::Io(error) => unreadable(error),
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            foreign("a zip archive with a password", "unpack it with `unzip` first")
        }
        ZipError::UnsupportedArchive(_) => {
            foreign("a zip archive, packed in a rare way", "unpack it with `unzip` first")
        }
        error => unreadable(io::Error::other(error)),
    };
    let mut archive = ZipArchive::new(BufReader::new(whole)).map_err(damaged)?;
    let is_office = |name: &str| matches!(name, "[Content_Types].xml" | "mimetype");
    if archive.file_names().any(|name| name.is_ok_and(|name| is_office(&name))) {
        return Err(foreign("a document of an office program", "save it as plain text first"));
    }
    let mut texts = Texts::new().map_err(unreadable)?;
    for index in 0..archive.len() {
        let member = archive.by_index(index).map_err(damaged)?;
        if member.is_file() {
            texts.add(member, layers).map_err(unreadable)?;
        }
    }
    texts.finish().map_err(unreadable)
}

/// The texts found so far.
struct Texts {
    file: File,
    bytes: u64,
}

impl Texts {
    fn new() -> io::Result<Self> {
        Ok(Self { file: tempfile::tempfile()?, bytes: 0 })
    }

    /// Adds the text of a member; a picture or a program in an archive is none of ours.
    fn add(&mut self, member: impl Read, layers: usize) -> io::Result<()> {
        let text = match unpack(Box::new(member), "a member of the archive", layers) {
            Ok(text) => text,
            Err(ImportError::Read { error, .. }) => return Err(error),
            Err(_) => return Ok(()),
        };
        self.bytes += io::copy(&mut text.take(LARGEST - self.bytes), &mut self.file)?;
        if self.bytes >= LARGEST {
            return Err(io::Error::other("it unpacks to 16 GiB and more"));
        }
        // The first line of the next one is a line of its own.
        self.file.write_all(b"\n")
    }

    fn finish(mut self) -> io::Result<BufReader<File>> {
        self.file.seek(SeekFrom::Start(0))?;
        Ok(BufReader::new(self.file))
    }
}
