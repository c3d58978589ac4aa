//! The memory of a device tree: `memory@…` nodes, `reserved-memory`, `/memreserve/`, and the nodes of NUMA.

use super::cells::{Shape, cell, cells};
use super::{Node, Property, Tree};

/// A range that a tree speaks of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::machine) struct Found {
    pub(in crate::machine) start: u64,
    /// How many bytes; it may reach past the end of all addresses, or be 0.
    pub(in crate::machine) size: u64,
    pub(in crate::machine) line: Option<u64>,
    /// The path of the node.
    pub(in crate::machine) path: String,
    pub(in crate::machine) kind: Kind,
}

/// What such a range is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::machine) enum Kind {
    /// Memory.
    Memory { nid: Option<u32>, hotplug: bool },
    /// Memory that is not to be given out.
    Reserved,
    /// Memory that is not even to be mapped.
    NoMap,
}

/// What a tree says of its machine.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::machine) struct TreeMachine {
    pub(in crate::machine) name: Option<String>,
    pub(in crate::machine) arch: Option<&'static str>,
    pub(in crate::machine) ranges: Vec<Found>,
    pub(in crate::machine) notes: Vec<String>,
}

/// A place in a tree, and what is wrong there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::machine) struct Wrong {
    pub(in crate::machine) line: Option<u64>,
    pub(in crate::machine) path: String,
    pub(in crate::machine) why: String,
}

/// The machine of a tree.
pub(in crate::machine) fn machine(tree: &Tree) -> Result<TreeMachine, Wrong> {
    let root = &tree.root;
    let mut found = TreeMachine {
        name: root.text("model").or_else(|| root.text("compatible")).map(str::to_owned),
        arch: arch(root),
        ranges: Vec::new(),
        notes: Vec::new(),
    };
    if !tree.unread.is_empty() {
        found.notes.push(format!("the source includes what was not read: {}", tree.unread.join(", ")));
    }
    let shape = Shape::of(root);
    for node in root.children.iter().filter(|node| is_memory(node) && is_okay(node)) {
        // What a boot loader leaves of it for the kernel goes before what there is.
        let property = node.property("linux,usable-memory").or_else(|| node.property("reg"));
        let Some(property) = property else {
            found.notes.push(format!("/{} has no `reg`: the boot loader fills it in", node.name));
            continue;
        };
        if root.property("#address-cells").is_none() && !tree.unread.is_empty() {
            let why = "how many cells an address has says an included file that was not read: put it beside this one, or give the \
                       compiled tree (.dtb)";
            return Err(Wrong { line: property.line, path: format!("/{}", node.name), why: why.into() });
        }
        let hotplug = node.property("hotpluggable").is_some();
        let kind = Kind::Memory { nid: nid(root, node), hotplug };
        take(&mut found.ranges, shape, property, &format!("/{}", node.name), kind)?;
    }
    for node in root.children.iter().filter(|node| node.name == "ibm,dynamic-reconfiguration-memory") {
        super::lmbs::take(root, node, &mut found.ranges)?;
    }
    for keeper in root.children.iter().filter(|node| node.name == "reserved-memory") {
        let shape = Shape::of(keeper);
        for node in keeper.children.iter().filter(|node| is_okay(node)) {
            let path = format!("/reserved-memory/{}", node.name);
            let kind = if node.property("no-map").is_some() { Kind::NoMap } else { Kind::Reserved };
            match node.property("reg") {
                Some(property) => take(&mut found.ranges, shape, property, &path, kind)?,
                None if node.property("size").is_some() => found.notes.push(format!(
                    "{path} has a size and no address: the kernel chooses one when it boots, and it is left out here"
                )),
                None => {}
            }
        }
    }
    found.ranges.extend(tree.reservations.iter().map(|entry| Found {
        start: entry.start,
        size: entry.size,
        line: entry.line,
        path: "/memreserve/".into(),
        kind: Kind::Reserved,
    }));
    Ok(found)
}

fn is_memory(node: &Node) -> bool {
    node.text("device_type") == Some("memory") || node.name == "memory" || node.name.starts_with("memory@")
}

fn is_okay(node: &Node) -> bool {
    node.text("status").is_none_or(|status| matches!(status, "okay" | "ok"))
}

fn take(
    ranges: &mut Vec<Found>,
    shape: Shape,
    property: &Property,
    path: &str,
    kind: Kind,
) -> Result<(), Wrong> {
    let wrong = |why| Wrong { line: property.line, path: path.to_owned(), why };
    let pairs = shape.pairs(property).map_err(wrong)?;
    ranges.extend(pairs.into_iter().map(|(start, size)| Found {
        start,
        size,
        line: property.line,
        path: path.to_owned(),
        kind,
    }));
    Ok(())
}

/// The node of a piece of memory: `numa-node-id`, or on POWER the domain at the first reference point.
fn nid(root: &Node, node: &Node) -> Option<u32> {
    if let Some(nid) = cell(node, "numa-node-id") {
        return Some(nid);
    }
    let domains = cells(node.property("ibm,associativity")?);
    domains.get(reference_point(root)?).copied()
}

/// Which cell of `ibm,associativity` is the NUMA node; the first one is how many follow.
pub(super) fn reference_point(root: &Node) -> Option<usize> {
    let keeper = root.child("rtas").or_else(|| root.child("ibm,opal"))?;
    usize::try_from(cell(keeper, "ibm,associativity-reference-points")?).ok()
}

/// The architecture, by the first processor.
fn arch(root: &Node) -> Option<&'static str> {
    let cpus = root.child("cpus")?;
    let cpu = cpus
        .children
        .iter()
        .find(|node| node.name.starts_with("cpu@") || node.text("device_type") == Some("cpu"));
    let cpu = cpu.or_else(|| cpus.children.first())?;
    if cpu.name.starts_with("PowerPC") {
        return Some(if cpu.property("ibm,pa-features").is_some() || cpu.property("64-bit").is_some() {
            "ppc64le"
        } else {
            "ppc"
        });
    }
    let compatible = cpu.text("compatible")?;
    let arm32 = [
        "arm,cortex-a5",
        "arm,cortex-a7",
        "arm,cortex-a8",
        "arm,cortex-a9",
        "arm,cortex-a12",
        "arm,cortex-a15",
        "arm,cortex-a17",
    ];
    let old = ["arm,arm", "marvell,sheeva", "marvell,pj4", "qcom,krait", "brcm,brahma-b15"];
    if arm32.contains(&compatible)
        || old.iter().any(|begin| compatible.starts_with(begin)) && compatible != "arm,armv8"
    {
        return Some("arm");
    }
    let isa = cpu.text("riscv,isa").or_else(|| cpu.text("riscv,isa-base")).unwrap_or_default();
    match compatible {
        _ if isa.starts_with("rv32") => Some("riscv32"),
        _ if isa.starts_with("rv64") || compatible.contains("riscv") => Some("riscv64"),
        _ if compatible.starts_with("loongson,la") || compatible.contains("loongarch") => Some("loongarch64"),
        _ if compatible.contains("mips") => Some("mips"),
        _ if cpu.text("enable-method") == Some("psci") || compatible.starts_with("arm,") => Some("arm64"),
        _ => None,
    }
}
