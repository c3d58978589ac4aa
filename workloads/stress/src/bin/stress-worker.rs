//! A process that plays boots, told on its standard streams which.

use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    match stress::serve(io::stdin().lock(), io::stdout().lock(), stress::load) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
