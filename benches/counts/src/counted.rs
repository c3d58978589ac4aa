//! Does one job whose instructions callgrind counts: `counted STRATEGY/replay/TRACE`.

use std::env;
use std::process::ExitCode;

use benches::count::Job;

fn main() -> ExitCode {
    let job = env::args().nth(1).unwrap_or_default();
    match job.parse::<Job>().and_then(|job| job.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
