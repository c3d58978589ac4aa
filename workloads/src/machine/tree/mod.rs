//! Device trees: a blob or its source, and the machine that it describes.

mod cells;
mod dtb;
mod dts;
mod expression;
mod lmbs;
mod memory;
mod tokens;

pub(super) use dtb::{MAGIC, read as blob};
pub(super) use dts::{is_source, read as source};
pub(super) use memory::{Kind, Wrong, machine};

/// A device tree.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Tree {
    /// `/memreserve/`: where, and how many bytes.
    pub(super) reservations: Vec<Reservation>,
    pub(super) root: Node,
    /// What a source includes and was not read.
    pub(super) unread: Vec<String>,
}

/// One entry of `/memreserve/`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Reservation {
    pub(super) start: u64,
    pub(super) size: u64,
    pub(super) line: Option<u64>,
}

/// A node of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Node {
    /// With its unit address; empty for the root.
    pub(super) name: String,
    /// Where it stands in the source.
    pub(super) line: Option<u64>,
    pub(super) properties: Vec<Property>,
    pub(super) children: Vec<Node>,
    labels: Vec<String>,
}

/// A property of a node.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Property {
    pub(super) name: String,
    pub(super) value: Vec<u8>,
    pub(super) line: Option<u64>,
    /// A word of it that stands for a number which is defined elsewhere.
    pub(super) unknown: Option<String>,
}

impl Node {
    pub(super) fn property(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.name == name)
    }

    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The first string of a property.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let value = &self.property(name)?.value;
        std::str::from_utf8(value.split(|&byte| byte == 0).next()?).ok().filter(|text| !text.is_empty())
    }
}
