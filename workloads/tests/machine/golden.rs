//! A small map of each kind, and the machine that is made of it: `BLESS=1` writes them anew.

use std::fs::{self, File};
use std::path::Path;

use workloads::machine::{Hardware, Maps};

/// Expect each map under `workloads/maps` to give the machine beside it, and that to be read back to the same bytes.
#[test]
fn each_kind_of_map_gives_its_machine() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("maps");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.retain(|name| !name.ends_with(".machine"));
    names.sort();
    assert!(names.len() >= 12, "{names:?}");
    for name in names {
        let mut maps = Maps::default();
        maps.take(File::open(folder.join(&name)).unwrap(), &name).unwrap();
        let text = maps.machine().unwrap_or_else(|error| panic!("{name}: {error}")).to_string();
        let expected = folder.join(format!("{name}.machine"));
        if std::env::var_os("BLESS").is_some() {
            fs::write(&expected, &text).unwrap();
        }
        assert_eq!(text, fs::read_to_string(&expected).unwrap(), "{name}; BLESS=1 writes it anew");
        assert_eq!(text.parse::<Hardware>().unwrap().to_string(), text, "{name}");
    }
}

/// Expect a map to give the same machine packed, stamped, quoted, and as JSON.
#[test]
fn containers_and_prefixes_are_no_part_of_a_map() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("maps/x86-8node.dmesg");
    let plain = fs::read_to_string(path).unwrap();
    let known = super::memory(&super::machine(&plain).unwrap());
    let each =
        |change: &dyn Fn(&str) -> String| plain.lines().map(|line| change(line) + "\n").collect::<String>();
    for changed in [
        each(&|line| format!("> {line}")),
        each(&|line| format!("Nov 26 01:02:03 host kernel: {line}")),
        each(&|line| format!("kern  :info  : {line}")),
        each(&|line| format!("{{\"PRIORITY\":\"6\",\"MESSAGE\":\"{line}\"}}")),
        each(&|line| format!("{line}\r")),
        each(&|line| line.split_once("] ").map_or(line, |(_, rest)| rest).to_owned()),
        plain.lines().rev().flat_map(|line| [line, "\n"]).collect(),
    ] {
        let found = super::machine(&changed).unwrap_or_else(|error| panic!("{error}\n{changed}"));
        assert_eq!(super::memory(&found), known, "{changed}");
    }
    let mut packed = Vec::new();
    let mut reader = flate2::read::GzEncoder::new(plain.as_bytes(), flate2::Compression::fast());
    std::io::Read::read_to_end(&mut reader, &mut packed).unwrap();
    assert_eq!(super::memory(&super::machine(&packed).unwrap()), known);
}
