//! A flattened device tree.
//!
//! The libraries that read it hold names to the specification, which firmware does not: a partition of POWER calls a property
//! `ibm,associativity-reference-points`, three letters more than are allowed. So the few tokens are read here; the tests write
//! their trees with a library.
//!
//! Source: Devicetree Specification 0.4, chapter 5.

use super::{Node, Property, Reservation, Tree};

/// What a blob begins with.
pub(in crate::machine) const MAGIC: [u8; 4] = [0xd0, 0x0d, 0xfe, 0xed];

/// No tree is deeper.
const DEPTH: usize = 64;

/// The tokens: a node begins, it ends, a property, nothing, the end.
const BEGIN: u32 = 1;
const END: u32 = 2;
const PROPERTY: u32 = 3;
const NOTHING: u32 = 4;
const LAST: u32 = 9;

/// Reads a blob; bytes after its end are not looked at, as boot loaders leave room there.
///
/// The error is what is wrong with it.
pub(in crate::machine) fn read(bytes: &[u8]) -> Result<Tree, String> {
    let header =
        |index: usize| number(bytes, 4 * index).ok_or("the blob ends within its header: copy it again");
    let length = header(1)?;
    let blob = bytes.get(..length).ok_or_else(|| {
        format!("the blob should have {length} bytes and has {}: it was cut off, copy it again", bytes.len())
    })?;
    let (structure, strings, reservations) = (header(2)?, header(3)?, header(4)?);
    if header(6)? > 17 {
        return Err(format!(
            "it is of version {}, and cannot be read as version 17: convert it with `dtc -V 17`",
            header(5)?
        ));
    }
    let mut tree = Tree { reservations: reserved(blob, reservations)?, ..Tree::default() };
    let mut walk = Walk { blob, at: structure, strings };
    loop {
        match walk.token()? {
            BEGIN => tree.root = walk.node(DEPTH)?,
            NOTHING => {}
            LAST => return Ok(tree),
            other => return Err(walk.odd(other)),
        }
    }
}

/// The 4 bytes at a place, as a number.
fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let word = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    usize::try_from(u32::from_be_bytes(word)).ok()
}

fn reserved(blob: &[u8], mut at: usize) -> Result<Vec<Reservation>, String> {
    let mut found = Vec::new();
    loop {
        let pair = blob
            .get(at..)
            .and_then(|rest| rest.get(..16))
            .ok_or("its list of reservations has no end: copy it again")?;
        let half = |half: &[u8]| half.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let (start, size) = (half(&pair[..8]), half(&pair[8..]));
        if (start, size) == (0, 0) {
            return Ok(found);
        }
        found.push(Reservation { start, size, line: None });
        at += 16;
    }
}

struct Walk<'b> {
    blob: &'b [u8],
    at: usize,
    strings: usize,
}

impl<'b> Walk<'b> {
    fn number(&mut self) -> Result<usize, String> {
        let number = number(self.blob, self.at).ok_or("it ends in the middle of a node: copy it again")?;
        self.at += 4;
        Ok(number)
    }

    fn token(&mut self) -> Result<u32, String> {
        Ok(u32::try_from(self.number()?).unwrap_or(0))
    }

    fn odd(&self, token: u32) -> String {
        format!(
            "byte {:#x} should be a node's or a property's, and is {token:#x}: copy the blob again",
            self.at - 4
        )
    }

    /// The text at a place, up to a zero.
    fn text(&self, at: usize) -> Result<&'b str, String> {
        let rest = self.blob.get(at..).unwrap_or_default();
        let end = rest.iter().position(|&byte| byte == 0).ok_or("a name has no end: copy the blob again")?;
        std::str::from_utf8(&rest[..end])
            .map_err(|_| format!("the name at byte {at:#x} is not text: copy the blob again"))
    }

    fn align(&mut self) {
        self.at = self.at.next_multiple_of(4);
    }

    /// A node, of which the first token was taken.
    fn node(&mut self, depth: usize) -> Result<Node, String> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err("nodes are nested too deeply: copy the blob again".into());
        };
        let name = self.text(self.at)?;
        self.at += name.len() + 1;
        self.align();
        let mut node = Node { name: name.to_owned(), ..Node::default() };
        loop {
            match self.token()? {
                BEGIN => node.children.push(self.node(depth)?),
                PROPERTY => node.properties.push(self.property()?),
                NOTHING => {}
                END => return Ok(node),
                other => return Err(self.odd(other)),
            }
        }
    }

    fn property(&mut self) -> Result<Property, String> {
        let (length, name) = (self.number()?, self.number()?);
        let value = self.blob.get(self.at..).and_then(|rest| rest.get(..length));
        let value = value.ok_or("a property reaches past the end of the blob: copy it again")?.to_vec();
        let name = self.text(self.strings.saturating_add(name))?.to_owned();
        self.at += length;
        self.align();
        Ok(Property { name, value, ..Property::default() })
    }
}
