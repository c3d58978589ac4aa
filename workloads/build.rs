//! Packs the traces of `traces/` into the program, so that it needs no file of the repository at run time.

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
    let traces = Path::new("traces");
    println!("cargo::rerun-if-changed={}", traces.display());
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(traces)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "trace") {
            let name =
                path.file_stem().and_then(|stem| stem.to_str()).ok_or("a trace's name is not UTF-8")?;
            println!("cargo::rerun-if-changed={}", path.display());
            let mut packed = GzEncoder::new(Vec::new(), Compression::best());
            packed.write_all(&fs::read(&path)?)?;
            fs::write(out.join(format!("{name}.gz")), packed.finish()?)?;
            names.push(name.to_owned());
        }
    }
    names.sort();
    let mut list = String::from("&[\n");
    for name in names {
        writeln!(list, "    ({name:?}, include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}.gz\"))),")?;
    }
    list.push_str("]\n");
    fs::write(out.join("corpus.rs"), list)?;
    Ok(())
}
