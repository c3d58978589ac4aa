//! Packs the traces of `traces/`, and what their boots paid, into the program, so that it needs no file of the repository at run time.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let folder = Path::new("traces");
    println!("cargo::rerun-if-changed={}", folder.display());
    for (extension, list) in [("trace", "corpus.rs"), ("cost", "costs.rs")] {
        fs::write(out.join(list), pack(folder, extension, &out)?)?;
    }
    Ok(())
}

/// Packs the files of `folder` with this extension into `out`. Returns a list of their names and packed contents, as code.
fn pack(folder: &Path, extension: &str, out: &Path) -> Result<String, Box<dyn Error>> {
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension) {
            let name =
                path.file_stem().and_then(|stem| stem.to_str()).ok_or("a trace's name is not UTF-8")?;
            println!("cargo::rerun-if-changed={}", path.display());
            let mut packed = GzEncoder::new(Vec::new(), Compression::best());
            packed.write_all(&fs::read(&path)?)?;
            fs::write(out.join(format!("{name}.{extension}.gz")), packed.finish()?)?;
            names.push(name.to_owned());
        }
    }
    names.sort();
    let mut list = String::from("&[\n");
    for name in names {
        let file = format!("/{name}.{extension}.gz");
        writeln!(list, "    ({name:?}, include_bytes!(concat!(env!(\"OUT_DIR\"), {file:?}))),")?;
    }
    list.push_str("]\n");
    Ok(list)
}
