//! Imports logs: `import [-v] [-o DIR] LOG…`
use std::fs::File;
fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let verbose = args.iter().any(|a| a == "-v");
    args.retain(|a| a != "-v");
    let mut out = None;
    if let Some(at) = args.iter().position(|a| a == "-o") {
        out = Some(args.remove(at + 1));
        args.remove(at);
    }
    for path in args {
        let base = path.rsplit('/').next().unwrap().to_owned();
        let file = File::open(&path).unwrap();
        match workloads::import::import(file, &base, &Default::default()) {
            Err(error) => println!("{base}: {error}"),
            Ok(boots) => {
                let n = boots.len();
                for (i, b) in boots.iter().enumerate() {
                    let a = &b.account;
                    println!(
                        "{base} {}/{n}: found {} rec {} fold {} addr {} fitted {} inferred {} nu {} dumps {}/{}",
                        i + 1,
                        a.found,
                        a.recovered,
                        a.folded,
                        a.addresses,
                        a.fitted,
                        a.inferred,
                        a.not_understood.len(),
                        a.dumps_matched,
                        a.dumps
                    );
                    if verbose {
                        print!("{a}");
                    }
                    let text = b.trace.to_string();
                    let again: workloads::trace::Trace =
                        text.parse().unwrap_or_else(|e| panic!("{base}: {e}"));
                    assert_eq!(again, b.trace);
                    if let Some(dir) = &out {
                        let stem = base.trim_end_matches(".xz").trim_end_matches(".log");
                        let name = if n == 1 { stem.to_owned() } else { format!("{stem}-{}", i + 1) };
                        std::fs::write(format!("{dir}/{name}.trace"), text).unwrap();
                    }
                }
            }
        }
    }
}
