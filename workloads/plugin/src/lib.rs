//! A plugin of QEMU's that counts, exactly, the instructions that a booting kernel executes in its functions.
//!
//! Every instruction adds one to a counter (inline, without a call). Each translated block tells `Account` as it starts,
//! which compares two numbers unless the function changed. When it did, the instructions since the last change are put
//! to that function's account, and a shadow stack is kept. No instruction is decoded, so that the same code serves every
//! architecture, and the guest runs as it would without.
//!
//! Arguments: `symbols=FILE` (see `table`), `out=FILE` (see `report`) and `until=NAME`: when that function
//! returns, the file is written and QEMU ends. If the guest ends before, the file says so.

mod account;
mod api;
mod guest;
mod report;
mod table;

use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int};

use api::{Id, Info};
use guest::Guest;

/// Begins to count. A sentence on the standard error says why not.
///
/// # Safety
/// Called by QEMU, once, with what its API promises: `info` is valid, and `arguments` holds `count` strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_plugin_install(
    id: Id,
    info: *const Info,
    count: c_int,
    arguments: *const *const c_char,
) -> c_int {
    let given = (0..usize::try_from(count).unwrap_or_default()).filter_map(|n| {
        // SAFETY: QEMU passes `count` pointers to strings.
        unsafe { CStr::from_ptr(*arguments.add(n)) }.to_str().ok()
    });
    let named: HashMap<&str, &str> = given.filter_map(|text| text.split_once('=')).collect();
    // SAFETY: QEMU passes a valid pointer.
    let info = unsafe { &*info };
    match Guest::new(&named, info.has_several_vcpus()) {
        Ok(guest) => {
            guest.start(id);
            0
        }
        Err(why) => {
            let Info { least, current, .. } = info;
            eprintln!("bootcost: {why} (QEMU's plugin API is {least} to {current})");
            1
        }
    }
}
