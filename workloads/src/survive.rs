//! What no input may bring about: the properties that the fuzz targets and plain tests hold the readers to.

use crate::import::{Options, anonymize, import};
use crate::machine::on::{Names, on};
use crate::machine::{Hardware, Maps};
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

/// Reads any bytes as a memory map, and makes a boot on the machine that comes of it.
///
/// # Panics
/// If a reader does, or if it makes a machine or a trace that cannot be read back.
pub fn map(bytes: &[u8]) {
    let mut maps = Maps::default();
    if maps.take(bytes, "a map").is_err() {
        return;
    }
    let Ok(hardware) = maps.machine() else { return };
    let again = hardware.to_string().parse::<Hardware>();
    assert_eq!(again.as_ref(), Ok(&hardware), "a machine is not read back as it was written");
    let Some(Ok(boot)) = crate::corpus::trace("x86_64-6.1-256m") else { return };
    if let Ok(trace) = on(&hardware, &boot, Names { recipe: "machine:a map(a boot)", boot: "a boot" }) {
        let again = trace.to_string().parse::<Trace>();
        assert_eq!(again.as_ref(), Ok(&trace), "a boot on a machine is not read back as it was written");
    }
}
