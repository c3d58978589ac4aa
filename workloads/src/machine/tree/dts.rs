//! The source of a device tree, as far as memory needs it: nodes, properties, labels, `/memreserve/`, deletions.
//!
//! No library reads it. What the C preprocessor would bring in is missing here, and told where it is needed.

use std::path::Path;

use super::expression::{literal, value};
use super::tokens::{Includes, Token, What};
use super::{Node, Property, Reservation, Tree};

/// No tree is deeper.
const DEPTH: usize = 64;

/// A line and what is wrong there.
type Wrong = (u64, String);

/// Whether a text is the source of a device tree.
pub(in crate::machine) fn is_source(text: &str) -> bool {
    let begins = |line: &str| {
        let line = line.trim_start();
        let root = line.strip_prefix('/').is_some_and(|rest| rest.trim_start().starts_with('{'));
        root || line.starts_with("/dts-v1/") || line.starts_with("/memreserve/")
    };
    text.lines().any(begins)
}

/// Reads a source, and what it includes by `include`; the error is the line and what is wrong there.
pub(in crate::machine) fn read(text: &str, include: &dyn Fn(&Path) -> Option<String>) -> Result<Tree, Wrong> {
    let (tokens, includes) = Includes::new(include).tokens(text)?;
    let mut source = Source { tokens: &tokens, at: 0, tree: Tree::default() };
    source.tree.unread = includes;
    while source.at < tokens.len() {
        source.item()?;
    }
    Ok(source.tree)
}

struct Source<'t> {
    tokens: &'t [Token],
    at: usize,
    tree: Tree,
}

impl<'t> Source<'t> {
    fn peek(&self) -> Option<&'t What> {
        self.tokens.get(self.at).map(|token| &token.what)
    }

    fn second(&self) -> Option<&'t What> {
        self.tokens.get(self.at + 1).map(|token| &token.what)
    }

    fn line(&self) -> u64 {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |token| token.line)
    }

    fn wrong<T>(&self, why: &str) -> Result<T, Wrong> {
        Err((self.line(), format!("this is not a device tree source here: {why}")))
    }

    fn takes(&mut self, mark: &str) -> bool {
        let is = self.peek().is_some_and(|what| matches!(what, What::Mark(found) if *found == mark));
        self.at += usize::from(is);
        is
    }

    fn needs(&mut self, mark: &str) -> Result<(), Wrong> {
        if self.takes(mark) { Ok(()) } else { self.wrong(&format!("`{mark}` is missing")) }
    }

    fn word(&mut self) -> Option<&'t str> {
        let Some(What::Word(word)) = self.peek() else { return None };
        self.at += 1;
        Some(word)
    }

    /// Takes labels, `name:`, as many as there are.
    fn labels(&mut self) -> Vec<String> {
        let mut labels = Vec::new();
        while let (Some(What::Word(word)), Some(What::Mark(":"))) = (self.peek(), self.second()) {
            labels.push(word.clone());
            self.at += 2;
        }
        labels
    }

    /// Something at the top of the file.
    fn item(&mut self) -> Result<(), Wrong> {
        let labels = self.labels();
        let line = self.line();
        if self.takes("/") {
            let mut node = Node { line: Some(line), labels, ..Node::default() };
            self.body(&mut node, DEPTH)?;
            merge(&mut self.tree.root, node);
            return self.needs(";");
        }
        if self.takes("&") {
            let target = self.target();
            let mut node = Node { line: Some(line), ..Node::default() };
            self.body(&mut node, DEPTH)?;
            // A label that stands nowhere is one of an include's.
            if let Some(known) = find(&mut self.tree.root, &target) {
                node.name.clone_from(&known.name);
                merge(known, node);
            }
            return self.needs(";");
        }
        match self.word() {
            Some("/dts-v1/" | "/plugin/") => self.needs(";"),
            Some("/memreserve/") => {
                let start = self.number()?;
                let size = self.number()?;
                self.tree.reservations.push(Reservation { start, size, line: Some(line) });
                self.needs(";")
            }
            Some("/delete-node/") => {
                self.takes("&");
                let target = self.target();
                delete(&mut self.tree.root, &target);
                self.needs(";")
            }
            Some("/omit-if-no-ref/") => Ok(()),
            _ => {
                self.at = self.at.saturating_sub(1);
                self.wrong("neither `/ {` nor a directive")
            }
        }
    }

    /// A label, or the path in `{…}` of which the last part counts.
    fn target(&mut self) -> String {
        if !self.takes("{") {
            let target = self.word().unwrap_or_default().to_owned();
            if self.takes("(") {
                let _ = self.parenthesis();
            }
            return target;
        }
        let mut last = String::new();
        while !self.takes("}") && self.at < self.tokens.len() {
            match self.word() {
                Some(word) => word.clone_into(&mut last),
                None => self.at += 1,
            }
        }
        last
    }

    fn number(&mut self) -> Result<u64, Wrong> {
        let line = self.line();
        if self.takes("(") {
            let inside = self.parenthesis()?;
            return value(inside)
                .map_err(|word| (line, format!("`{word}` is not a number that this file defines")));
        }
        let word = self.word().unwrap_or_default();
        literal(word).ok_or((line, format!("`{word}` is not a number that this file defines")))
    }

    /// The tokens up to the parenthesis that ends what has begun.
    fn parenthesis(&mut self) -> Result<&'t [Token], Wrong> {
        let from = self.at;
        let mut depth = 1;
        while depth > 0 {
            match self.peek() {
                Some(What::Mark("(")) => depth += 1,
                Some(What::Mark(")")) => depth -= 1,
                Some(_) => {}
                None => return self.wrong("a parenthesis has no end"),
            }
            self.at += 1;
        }
        Ok(&self.tokens[from..self.at - 1])
    }

    /// `{ … }`
    fn body(&mut self, node: &mut Node, depth: usize) -> Result<(), Wrong> {
        let Some(depth) = depth.checked_sub(1) else { return self.wrong("nodes are nested too deeply") };
        self.needs("{")?;
        while !self.takes("}") {
            let mut labels = self.labels();
            let line = self.line();
            let Some(name) = self.word() else { return self.wrong("a name, or `}`, is missing") };
            match name {
                "/delete-node/" => {
                    self.takes("&");
                    let target = self.target();
                    delete(node, &target);
                    self.needs(";")?;
                    continue;
                }
                "/delete-property/" => {
                    let target = self.target();
                    node.properties.retain(|property| property.name != target);
                    self.needs(";")?;
                    continue;
                }
                "/omit-if-no-ref/" => continue,
                _ => {}
            }
            labels.extend(self.labels());
            if self.takes("(") {
                // A macro that stands for a label, a name, properties or nodes, none of which is memory.
                self.parenthesis()?;
                if matches!(self.peek(), Some(What::Mark("{"))) {
                    self.body(&mut Node::default(), depth)?;
                }
                let _ = self.takes(":") || self.takes(";");
                continue;
            }
            if matches!(self.peek(), Some(What::Mark("{"))) {
                let mut child = Node { name: name.to_owned(), line: Some(line), labels, ..Node::default() };
                self.body(&mut child, depth)?;
                self.needs(";")?;
                add(node, child);
            } else {
                let mut property =
                    Property { name: name.to_owned(), line: Some(line), ..Property::default() };
                if self.takes("=") {
                    self.values(&mut property)?;
                }
                self.needs(";")?;
                set(node, property);
            }
        }
        Ok(())
    }

    /// What stands behind `=`, up to the semicolon.
    fn values(&mut self, property: &mut Property) -> Result<(), Wrong> {
        let mut bytes = 4;
        loop {
            let _ = self.labels();
            match self.peek() {
                Some(What::Text(text)) => {
                    property.value.extend(text.bytes().chain([0]));
                    self.at += 1;
                }
                Some(What::Word(word)) if word == "/bits/" => {
                    self.at += 1;
                    bytes = match self.number()? {
                        8 => 1,
                        16 => 2,
                        64 => 8,
                        _ => 4,
                    };
                }
                Some(What::Word(word)) => {
                    property.unknown.get_or_insert_with(|| word.clone());
                    self.at += 1;
                }
                Some(What::Mark("<")) => {
                    self.at += 1;
                    self.cells(property, bytes)?;
                }
                Some(What::Mark("[")) => {
                    self.at += 1;
                    self.bytes(property)?;
                }
                Some(What::Mark("&")) => {
                    self.at += 1;
                    let label = self.target();
                    property.unknown.get_or_insert_with(|| format!("&{label}"));
                }
                Some(What::Mark("(")) => {
                    self.at += 1;
                    self.parenthesis()?;
                }
                Some(What::Mark(",")) => self.at += 1,
                _ => return Ok(()),
            }
        }
    }

    /// `<…>`, of which each number takes so many bytes.
    fn cells(&mut self, property: &mut Property, bytes: usize) -> Result<(), Wrong> {
        while !self.takes(">") {
            let _ = self.labels();
            let cell = match self.peek() {
                Some(What::Word(word)) => {
                    self.at += 1;
                    let number = literal(word).ok_or_else(|| word.clone());
                    // A macro with arguments.
                    if number.is_err() && self.takes("(") {
                        self.parenthesis()?;
                    }
                    number
                }
                Some(What::Char(value)) => {
                    self.at += 1;
                    Ok(*value)
                }
                Some(What::Mark("(")) => {
                    self.at += 1;
                    value(self.parenthesis()?)
                }
                Some(What::Mark("&")) => {
                    self.at += 1;
                    Err(format!("&{}", self.target()))
                }
                Some(What::Mark(">")) => continue,
                _ => return self.wrong("a number, or `>`, is missing"),
            };
            if let Err(word) = &cell {
                property.unknown.get_or_insert_with(|| word.clone());
            }
            let value = cell.unwrap_or_default().to_be_bytes();
            property.value.extend_from_slice(&value[8 - bytes..]);
        }
        Ok(())
    }

    /// `[00 11 22]`
    fn bytes(&mut self, property: &mut Property) -> Result<(), Wrong> {
        while !self.takes("]") {
            let Some(word) = self.word() else { return self.wrong("a byte, or `]`, is missing") };
            for pair in word.as_bytes().chunks(2) {
                let byte = std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
                let Some(byte) = byte else { return self.wrong("this is not a byte") };
                property.value.push(byte);
            }
        }
        Ok(())
    }
}

/// Puts a property into a node; the later one counts.
fn set(node: &mut Node, property: Property) {
    match node.properties.iter_mut().find(|known| known.name == property.name) {
        Some(known) => *known = property,
        None => node.properties.push(property),
    }
}

/// Puts a child into a node, or into the one of that name.
fn add(node: &mut Node, child: Node) {
    match node.children.iter_mut().find(|known| known.name == child.name) {
        Some(known) => merge(known, child),
        None => node.children.push(child),
    }
}

fn merge(known: &mut Node, node: Node) {
    known.line = known.line.or(node.line);
    known.labels.extend(node.labels);
    node.properties.into_iter().for_each(|property| set(known, property));
    node.children.into_iter().for_each(|child| add(known, child));
}

fn is(node: &Node, target: &str) -> bool {
    node.name == target || node.labels.iter().any(|label| label == target)
}

/// The node of this label or name.
fn find<'n>(node: &'n mut Node, target: &str) -> Option<&'n mut Node> {
    if is(node, target) {
        return Some(node);
    }
    node.children.iter_mut().find_map(|child| find(child, target))
}

fn delete(node: &mut Node, target: &str) {
    node.children.retain(|child| !is(child, target));
    node.children.iter_mut().for_each(|child| delete(child, target));
}
