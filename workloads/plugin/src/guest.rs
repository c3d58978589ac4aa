//! The guest's blocks, as QEMU tells of them.

use std::collections::HashMap;
use std::ffi::{c_uint, c_void};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};

use crate::account::{Account, Block, OUTSIDE};
use crate::api::{self, Api, Counter, Id, Tb};
use crate::report;
use crate::table::Table;

/// A callback that looks at no registers.
const NO_REGISTERS: i32 = 0;

/// All that is known of the guest.
pub(crate) struct Guest {
    api: Api,
    counter: Counter,
    /// Its functions; those that change are in `account`.
    table: Table,
    account: Account,
    /// Blocks by start and number of instructions. QEMU translates the same code over and over; its blocks are never freed.
    blocks: HashMap<(u64, usize), &'static Block>,
    out: PathBuf,
}

/// Whether code in the lower half of addresses is left out: firmware, in which the other vCPUs of a PC wait and spin while
/// the first one runs the kernel in the upper half. Where a counter is each vCPU's own, there is no need.
static SKIPS_LOW: AtomicBool = AtomicBool::new(false);

fn is_skipped(address: u64) -> bool {
    SKIPS_LOW.load(Ordering::Relaxed) && address >> 63 == 0
}

static GUEST: AtomicPtr<Guest> = AtomicPtr::new(std::ptr::null_mut());
/// Whether the guest's first function was seen: what runs before it is firmware.
static BEGUN: AtomicBool = AtomicBool::new(false);
/// Blocks that other vCPUs ran since.
static ELSEWHERE: AtomicU64 = AtomicU64::new(0);

impl Guest {
    /// A guest as the arguments describe it.
    pub(crate) fn new(arguments: &HashMap<&str, &str>, has_several_vcpus: bool) -> Result<Self, String> {
        let argument =
            |name: &str| arguments.get(name).copied().ok_or_else(|| format!("{name}=… is missing"));
        let path = argument("symbols")?;
        let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
        let table = Table::read(&text, path)?;
        let until = argument("until")?;
        let until = table.find(until).ok_or_else(|| format!("the guest has no function {until}"))?;
        let listed = table.kinds.iter().map(|kind| kind != "-" && !kind.starts_with('~')).collect();
        let account = Account::new(table.functions.clone(), table.categories.len(), listed, until);
        let (api, counter) = (Api::load()?, Counter::new()?);
        let is_high = table.functions.iter().skip(1).all(|function| function.start >> 63 == 1);
        SKIPS_LOW.store(has_several_vcpus && counter.is_shared() && is_high, Ordering::Relaxed);
        Ok(Self { api, counter, table, account, blocks: HashMap::new(), out: argument("out")?.into() })
    }

    /// Has QEMU tell of every block from now on.
    pub(crate) fn start(self, id: Id) {
        let guest = Box::leak(Box::new(self));
        let (translation, end) = (guest.api.register_vcpu_tb_trans_cb, guest.api.register_atexit_cb);
        GUEST.store(guest, Ordering::Release);
        // SAFETY: calls of QEMU's API with what it handed in.
        unsafe {
            translation(id, on_translation);
            end(id, on_exit, std::ptr::null_mut());
        }
    }

    fn translated(&mut self, tb: *mut Tb) {
        let api = &self.api;
        // SAFETY: calls of QEMU's API about the block that it is translating.
        let (start, count) = unsafe { ((api.tb_vaddr)(tb), (api.tb_n_insns)(tb)) };
        let (mut last, mut end) = (start, start);
        for n in 0..count {
            // SAFETY: as above; there are `count` instructions.
            unsafe {
                let insn = (api.tb_get_insn)(tb, n);
                last = (api.insn_vaddr)(insn);
                end = last.wrapping_add((api.insn_size)(insn) as u64);
                if !is_skipped(start) {
                    self.counter.count(insn);
                }
            }
        }
        let known = self.blocks.get(&(start, count)).copied().filter(|block| block.end == end);
        let block = known.unwrap_or_else(|| {
            let (function, entry) = self.table.at(start);
            if function != OUTSIDE {
                BEGUN.store(true, Ordering::Relaxed);
            }
            let instructions = u32::try_from(count).unwrap_or(u32::MAX);
            let block: &'static Block =
                Box::leak(Box::new(Block { start, end, last, instructions, function, entry }));
            self.blocks.insert((start, count), block);
            block
        });
        // SAFETY: as above; the block that it hands back is never freed.
        unsafe {
            (api.register_vcpu_tb_exec_cb)(tb, on_block, NO_REGISTERS, (&raw const *block).cast_mut().cast());
        }
    }

    fn finish(&mut self, whole: bool) -> i32 {
        let spent = self.account.finish(self.counter.read());
        let elsewhere = ELSEWHERE.load(Ordering::Relaxed);
        let text = report::text(&self.account, &self.table, spent, elsewhere, whole);
        match fs::write(&self.out, text) {
            Ok(()) => 0,
            Err(error) => {
                eprintln!("bootcost: {}: {error}", self.out.display());
                1
            }
        }
    }
}

/// The guest.
fn guest() -> &'static mut Guest {
    // SAFETY: set before any callback is registered, never freed, and used by one thread at a time: before the hand-over
    // only the first vCPU runs the kernel, and blocks of others are not looked at; QEMU translates under its lock or in the
    // thread that runs.
    unsafe { &mut *GUEST.load(Ordering::Acquire) }
}

extern "C" fn on_translation(_: Id, tb: *mut Tb) {
    guest().translated(tb);
}

extern "C" fn on_block(vcpu: c_uint, block: *mut c_void) {
    // SAFETY: the pointer is the one that was registered, and is never freed.
    let block = unsafe { &*block.cast::<Block>() };
    if vcpu != 0 {
        let counts = BEGUN.load(Ordering::Relaxed) && !is_skipped(block.start);
        ELSEWHERE.fetch_add(u64::from(counts), Ordering::Relaxed);
        return;
    }
    let guest = guest();
    if guest.account.block(block, || guest.counter.read()) {
        let code = guest.finish(true);
        api::exit(code);
    }
}

extern "C" fn on_exit(_: Id, _: *mut c_void) {
    guest().finish(false);
}
