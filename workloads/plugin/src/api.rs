//! QEMU's plugin API, declared by hand and resolved at run time, so that this builds without QEMU's headers and loads
//! into any QEMU that has what is used.
//!
//! Source: include/qemu/qemu-plugin.h of QEMU 7.2 (version 1) and 9.0 to 10.1 (version 2 and later). What is used here is
//! the same in all of them but for the inline counters, of which either form is taken.

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::sync::atomic::{AtomicI32, Ordering};

/// How QEMU tells plugins apart.
pub(crate) type Id = u64;

/// A block of guest code that is being translated.
#[repr(C)]
pub(crate) struct Tb(c_void);

/// An instruction of one.
#[repr(C)]
pub(crate) struct Insn(c_void);

/// What QEMU says of itself; there is more of it than these.
#[repr(C)]
pub struct Info {
    target: *const c_char,
    pub(crate) least: c_int,
    pub(crate) current: c_int,
    system: bool,
    vcpus: c_int,
}

impl Info {
    /// Whether the guest has more than one vCPU.
    pub(crate) fn has_several_vcpus(&self) -> bool {
        self.system && self.vcpus > 1
    }
}

/// The version of the API that this plugin is for, which QEMU reads before it calls anything.
///
/// QEMU refuses plugins for versions before its least: 7 and 8 know 0 and 1, and since 9.0 the least is 2.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "QEMU looks for this name")]
pub(crate) static qemu_plugin_version: AtomicI32 = AtomicI32::new(1);

/// Sets [`qemu_plugin_version`] by what the program that loads this has, before QEMU reads it.
///
/// Building it twice and choosing by `qemu --version` was the other way.
#[used]
#[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(not(target_os = "macos"), unsafe(link_section = ".init_array"))]
static CHOOSE: extern "C" fn() = {
    extern "C" fn choose() {
        if symbol(c"qemu_plugin_scoreboard_new").is_some() {
            qemu_plugin_version.store(2, Ordering::Relaxed);
        }
    }
    choose
};

/// A counter of each vCPU's (version 2), by value.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct U64Entry {
    pub(crate) score: *mut c_void,
    pub(crate) offset: usize,
}

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    fn _exit(code: c_int) -> !;
}

/// Ends QEMU at once, all of its threads.
pub(crate) fn exit(code: i32) -> ! {
    // SAFETY: it may be called at any time.
    unsafe { _exit(code) }
}

/// Where RTLD_DEFAULT is: everything that is loaded.
#[cfg(target_os = "macos")]
const EVERYWHERE: *mut c_void = std::ptr::without_provenance_mut(-2_isize as usize);
#[cfg(not(target_os = "macos"))]
const EVERYWHERE: *mut c_void = std::ptr::null_mut();

fn symbol(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: the name ends in a zero, and the handle stands for everything that is loaded.
    let found = unsafe { dlsym(EVERYWHERE, name.as_ptr()) };
    (!found.is_null()).then_some(found)
}

macro_rules! api {
    ($($(#[$doc:meta])* $name:ident: fn($($arg:ty),*) $(-> $ret:ty)?;)*) => {
        /// The functions of QEMU's that are used.
        pub(crate) struct Api { $($(#[$doc])* pub(crate) $name: unsafe extern "C" fn($($arg),*) $(-> $ret)?,)* }

        impl Api {
            /// Finds them.
            pub(crate) fn load() -> Result<Self, String> {
                Ok(Self { $($name: {
                    let name = concat!("qemu_plugin_", stringify!($name), "\0");
                    let name = CStr::from_bytes_with_nul(name.as_bytes()).map_err(|error| error.to_string())?;
                    let found = symbol(name).ok_or_else(|| format!("this QEMU lacks {name:?}"))?;
                    // SAFETY: the declaration is the header's.
                    unsafe { std::mem::transmute::<*mut c_void, unsafe extern "C" fn($($arg),*) $(-> $ret)?>(found) }
                },)* })
            }
        }
    };
}

api! {
    register_vcpu_tb_trans_cb: fn(Id, extern "C" fn(Id, *mut Tb));
    register_vcpu_tb_exec_cb: fn(*mut Tb, extern "C" fn(c_uint, *mut c_void), c_int, *mut c_void);
    register_atexit_cb: fn(Id, extern "C" fn(Id, *mut c_void), *mut c_void);
    tb_n_insns: fn(*const Tb) -> usize;
    tb_vaddr: fn(*const Tb) -> u64;
    tb_get_insn: fn(*const Tb, usize) -> *mut Insn;
    insn_vaddr: fn(*const Insn) -> u64;
    insn_size: fn(*const Insn) -> usize;
}

const ADD_U64: c_int = 0;
type InlineV1 = unsafe extern "C" fn(*mut Insn, c_int, *mut u64, u64);
type InlineV2 = unsafe extern "C" fn(*mut Insn, c_int, U64Entry, u64);
type Find = unsafe extern "C" fn(*mut c_void, c_uint) -> *mut u64;

/// How many instructions ran, counted by the translated code itself.
pub(crate) enum Counter {
    /// One number for all vCPUs, at an address of ours (version 1).
    Shared(InlineV1, *mut u64),
    /// One for each vCPU, in QEMU's memory (version 2).
    EachVcpu(InlineV2, U64Entry, Find),
}

impl Counter {
    /// A counter of the form that this QEMU has.
    pub(crate) fn new() -> Result<Self, String> {
        use std::mem::transmute;
        // SAFETY: the declarations are the header's.
        unsafe {
            if let Some(add) = symbol(c"qemu_plugin_register_vcpu_insn_exec_inline") {
                let number = Box::leak(Box::new(0));
                return Ok(Self::Shared(transmute::<*mut c_void, InlineV1>(add), number));
            }
            let add = symbol(c"qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu");
            let (new, find) = (symbol(c"qemu_plugin_scoreboard_new"), symbol(c"qemu_plugin_scoreboard_find"));
            let (Some(add), Some(new), Some(find)) = (add, new, find) else {
                return Err("this QEMU has no inline counters that are known here".into());
            };
            let new = transmute::<*mut c_void, unsafe extern "C" fn(usize) -> *mut c_void>(new);
            let entry = U64Entry { score: new(size_of::<u64>()), offset: 0 };
            Ok(Self::EachVcpu(
                transmute::<*mut c_void, InlineV2>(add),
                entry,
                transmute::<*mut c_void, Find>(find),
            ))
        }
    }

    /// Whether it counts the instructions of all vCPUs together.
    pub(crate) const fn is_shared(&self) -> bool {
        matches!(self, Self::Shared(..))
    }

    /// Makes `insn` add one each time it runs.
    ///
    /// # Safety
    /// `insn` is one of a block that is being translated.
    pub(crate) unsafe fn count(&self, insn: *mut Insn) {
        // SAFETY: the caller's promise; the counters live as long as QEMU.
        unsafe {
            match self {
                Self::Shared(add, number) => add(insn, ADD_U64, *number, 1),
                Self::EachVcpu(add, entry, _) => add(insn, ADD_U64, *entry, 1),
            }
        }
    }

    /// How many ran on the first vCPU (of all vCPUs, with version 1).
    pub(crate) fn read(&self) -> u64 {
        // SAFETY: both are valid for as long as QEMU runs, and are written by the thread that asks.
        unsafe {
            match self {
                Self::Shared(_, number) => number.read_volatile(),
                Self::EachVcpu(_, entry, find) => find(entry.score, 0).read_volatile(),
            }
        }
    }
}
