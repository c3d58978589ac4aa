//! Prints the symbols of a kernel's image, as `nm` does: `cargo run -p workloads --example ksyms -- IMAGE`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: ksyms IMAGE");
        return ExitCode::FAILURE;
    };
    let image = match std::fs::read(&path) {
        Ok(image) => image,
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            return ExitCode::FAILURE;
        }
    };
    match workloads::ksyms::kernel(&image) {
        Ok(kernel) => {
            for symbol in kernel.symbols {
                println!("{:016x} {} {}", symbol.address, symbol.kind, symbol.name);
            }
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{}: {why}", path.display());
            ExitCode::FAILURE
        }
    }
}
