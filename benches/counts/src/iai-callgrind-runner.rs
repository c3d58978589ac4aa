//! The runner that iai-callgrind looks for: built with the benches, it is always of the right version.

use iai_callgrind_runner::error::Error;

fn main() {
    let Err(error) = iai_callgrind_runner::runner::run() else { return };
    eprintln!("error: {error}");
    // The statuses of the runner's own program: 3 for a regression, 1 for anything else.
    let regression = matches!(error.downcast_ref(), Some(Error::RegressionError(_)));
    std::process::exit(if regression { 3 } else { 1 });
}
