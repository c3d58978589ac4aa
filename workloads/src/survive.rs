//! What no input may bring about: the properties that the fuzz targets and a plain test hold the two readers to.

use crate::import::{Options, anonymize, import};
use crate::trace::Trace;

/// Imports any bytes.
///
/// # Panics
/// If the importer does, or if it makes a trace that cannot be read back, with or without what names the machine.
pub fn log(bytes: &[u8]) {
    let Ok(boots) = import(bytes, "a log", &Options::default()) else { return };
    for mut boot in boots {
        for _ in 0..2 {
            let again = boot.trace.to_string().parse::<Trace>();
            assert_eq!(again.as_ref(), Ok(&boot.trace), "a trace is not read back as it was written");
            anonymize(&mut boot.trace);
        }
    }
}

/// Reads any text as a trace.
///
/// # Panics
/// If the reader does, or if what it has read is not written back as it was.
pub fn trace(text: &str) {
    if let Ok(trace) = text.parse::<Trace>() {
        assert_eq!(trace.to_string(), text, "a trace is not written back as it was read");
    }
}
