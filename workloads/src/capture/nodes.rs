//! How a machine's memory is dealt out to its nodes.

use std::str::FromStr;

use serde::Deserialize;

use super::Size;

/// The nodes of a machine as written: `4` equal ones, or the size of each, such as `1G,0,3G` or `16x60G`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub enum Nodes {
    /// The board has none.
    #[default]
    None,
    /// So many of equal size.
    Equal(u32),
    /// Of these sizes; 0 is a node without memory.
    Sizes(Vec<Size>),
}

/// A node of a machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// Its memory.
    pub memory: Size,
    /// Its CPUs as QEMU writes them, such as `0-3`; empty if it has none.
    pub cpus: String,
}

/// The most nodes that QEMU takes.
const MOST: usize = 128;

impl FromStr for Nodes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("`{text}` are no nodes: {why}; write 4, 1G,0,3G or 16x60G");
        if let Ok(count) = text.parse::<u32>() {
            let fits = (1..=MOST).contains(&(count as usize));
            return if fits { Ok(Self::Equal(count)) } else { Err(wrong("there are 1 to 128")) };
        }
        let mut sizes = Vec::new();
        for part in text.split(',') {
            let (count, size) = part.split_once('x').unwrap_or(("1", part));
            let count: usize = count.parse().map_err(|_| wrong("what stands ahead of `x` is no number"))?;
            let size: Size = size.parse().map_err(|error: String| wrong(&error))?;
            if count > MOST - sizes.len() {
                return Err(wrong("there are at most 128"));
            }
            sizes.extend(std::iter::repeat_n(size, count));
        }
        if sizes.iter().all(|size| size.0 == 0) {
            return Err(wrong("none has memory"));
        }
        Ok(Self::Sizes(sizes))
    }
}

impl TryFrom<String> for Nodes {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl Nodes {
    /// The memory of each node, when the machine has `memory` in all.
    ///
    /// # Errors
    /// A sentence, when the sizes do not add up.
    pub fn sizes(&self, memory: Size) -> Result<Vec<Size>, String> {
        match self {
            Self::None => Ok(Vec::new()),
            Self::Equal(count) => {
                let each = memory.0 / u64::from(*count);
                // QEMU wants nodes of whole megabytes.
                if each * u64::from(*count) != memory.0 || !each.is_multiple_of(1 << 20) {
                    return Err(format!(
                        "{memory} of memory cannot be split into {count} nodes of whole MiB"
                    ));
                }
                Ok(vec![Size(each); *count as usize])
            }
            Self::Sizes(sizes) => {
                let sum = Size(sizes.iter().map(|size| size.0).sum());
                if sum == memory {
                    Ok(sizes.clone())
                } else {
                    Err(format!("its nodes have {sum} in all, but it has {memory} of memory"))
                }
            }
        }
    }
}

/// The CPUs of each of `nodes` nodes, dealt out in blocks, the first nodes getting one more.
pub(super) fn deal_out(cpus: u32, nodes: usize) -> Vec<String> {
    let nodes = u32::try_from(nodes).unwrap_or(u32::MAX).max(1);
    let mut next = 0;
    (0..nodes)
        .map(|node| {
            let (first, count) = (next, cpus / nodes + u32::from(node < cpus % nodes));
            next += count;
            match count {
                0 => String::new(),
                1 => first.to_string(),
                _ => format!("{first}-{}", next - 1),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_a_count_or_their_sizes() {
        assert_eq!("4".parse(), Ok(Nodes::Equal(4)));
        assert_eq!("2x1G,0".parse(), Ok(Nodes::Sizes(vec![Size(1 << 30), Size(1 << 30), Size(0)])));
        assert_eq!(Nodes::Equal(4).sizes(Size(1 << 30)), Ok(vec![Size(1 << 28); 4]));
        for wrong in ["0", "129", "", "1G,", "x1G", "0,0", "999999999x1G", "2G 2G"] {
            assert!(wrong.parse::<Nodes>().is_err(), "{wrong}");
        }
        assert!(Nodes::Equal(3).sizes(Size(1 << 30)).is_err(), "a third of a GiB is not whole MiB");
        assert!(Nodes::Sizes(vec![Size(1 << 30)]).sizes(Size(2 << 30)).is_err());
    }

    #[test]
    fn the_first_nodes_get_one_cpu_more() {
        assert_eq!(deal_out(6, 4), ["0-1", "2-3", "4", "5"]);
        assert_eq!(deal_out(2, 3), ["0", "1", ""]);
    }
}
