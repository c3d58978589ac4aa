//! Costs as text, what the plugin writes, and what QEMU says.

use super::boot::refused;
use super::*;
use crate::ksyms::{Kernel, Symbol};

const RAW: &str = "total 700 40 300 2 1 0 whole
kind - 0
kind alloc 2
kind ~query 3
spent - - 500 0
spent alloc - 90 0
spent alloc zeroing 10 40
spent ~query - 100 0
function 1000 1 500 1000 0 start_kernel
function 1100 2 90 100 0 memblock_alloc_try_nid
call alloc memblock_alloc_try_nid start_kernel+0x40 -=40
call alloc memblock_alloc_try_nid start_kernel+0x50 -=50 zeroing=10
";

fn cost() -> Cost {
    let (cost, whole) = raw::read(RAW).unwrap();
    assert!(whole);
    Cost { machine: "a machine".into(), kernel: "6.1".into(), captured: "by hand".into(), ..cost }
}

#[test]
fn what_the_plugin_writes_is_read() {
    let cost = cost();
    assert_eq!(cost.total, Spent { instructions: 700, repeats: 40 });
    assert_eq!((cost.lost, cost.calls_of(Kind::Query)), (3, 3));
    assert_eq!((cost.own(Kind::Alloc), cost.allocator()), (90, 190));
    assert_eq!(cost.spent(Some(Kind::Alloc), Part::Zeroing), Spent { instructions: 10, repeats: 40 });
    assert_eq!(cost.calls[1].parts, [(Part::Allocator, 50), (Part::Zeroing, 10)]);
    let error = raw::read("total 1 2 3\n").unwrap_err().to_string();
    assert!(error.starts_with("the plugin's file, line 1: not a number"), "{error}");
}

#[test]
fn a_cost_is_read_as_it_was_written() {
    let text = cost().to_string();
    assert_eq!(text.parse::<Cost>().as_ref(), Ok(&cost()));
    assert!(text.contains("kind alloc calls=2 allocator=90 zeroing=10+40\n"), "{text}");
    assert!(text.ends_with(
        "2 alloc memblock_alloc_try_nid allocator=50 zeroing=10 by start_kernel+0x50\nend calls=2\n"
    ));
}

#[test]
fn a_damaged_cost_is_refused_with_its_line() {
    let text = cost().to_string();
    for (from, to, why) in [
        ("bootalloc-cost 1", "bootalloc-cost 2", "line 1: the first line is not `bootalloc-cost 1`"),
        ("machine a machine", "machine", "line 2: this is not `machine …`"),
        ("total 700", "total x", "line 5: `x` is not a number"),
        ("lost=3", "lost=", "line 5: `` is not a number"),
        ("kind alloc", "kind allot", "line 7: `allot` is not a kind"),
        ("zeroing=10+40", "zeroes=10", "line 7: `zeroes` is not a part"),
        ("2 alloc memb", "3 alloc memb", "line 12: this is not a line of a cost"),
        ("end calls=2\n", "end calls=3\n", "line 13: the end says 3 calls, and there are 2"),
        ("end calls=2\n", "", "line 13: the text ends here, before its `end` line"),
        ("end calls=2\n", "end calls=2\nmore\n", "line 14: something follows the end"),
    ] {
        assert!(text.contains(from), "{from}");
        let error = text.replacen(from, to, 1).parse::<Cost>().unwrap_err();
        assert_eq!(error.to_string(), why);
    }
}

#[test]
fn a_table_names_kinds_and_parts_and_what_is_unknown() {
    let symbol = |address, name: &str| Symbol { address, local_entry: None, kind: 't', name: name.into() };
    let mut second = symbol(0x3000, "memblock_reserve");
    second.local_entry = Some(0x3008);
    let names = [
        symbol(0x1000, "anything"),
        symbol(0x1000, "memset"),
        symbol(0x2000, "memblock_alloc_try_nid.constprop.0"),
        second,
        symbol(0x4000, "__next_mem_range"),
        symbol(0x5000, "memblock_frobnicate"),
        symbol(0x6000, "_etext"),
    ];
    let found = symbols::of(&Kernel { release: None, symbols: names.into() });
    assert_eq!(
        found.table,
        "1000 - - zeroing memset\n2000 - alloc - memblock_alloc_try_nid.constprop.0\n3000 3008 reserve - \
         memblock_reserve\n4000 - ~query - __next_mem_range\n5000 - - - memblock_frobnicate\n6000 - - - [outside]\n"
    );
    assert_eq!(found.unknown, ["memblock_frobnicate"]);
}

#[test]
fn what_qemu_says_becomes_one_line_with_a_remedy() {
    let error = |said: &str| refused("qemu-system-x86_64", said.as_bytes()).to_string();
    let without = error("qemu-system-x86_64: -plugin file=x: invalid option\n");
    assert!(
        without.contains("was built without plugins") && without.contains("--enable-plugins"),
        "{without}"
    );
    let version =
        error("could not load plugin: plugin requires API version 2, but QEMU supports only 3 to 9\n");
    assert!(version.contains("does not take the plugin") && version.contains("API version 2"), "{version}");
    let other = error("qemu: could not load kernel\n");
    assert!(other.contains("QEMU said") && other.contains("could not load kernel"), "{other}");
}

#[test]
fn differences_are_by_function_and_largest_first() {
    let mut after = cost();
    after.functions[1].own.instructions = 30;
    after.functions[1].name.push_str(".isra.0");
    after.functions[0].calls = 2;
    let found = differences(&cost(), &after);
    let all: Vec<_> = found.iter().map(|one| (one.function.as_str(), one.calls, one.more())).collect();
    assert_eq!(all, [("memblock_alloc_try_nid", [2, 2], -60), ("start_kernel", [1, 2], 0)]);
    assert!(differences(&after, &after).is_empty());
}
