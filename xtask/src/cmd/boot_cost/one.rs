//! One machine's boots.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Context as _;
use workloads::capture::{Kernel, Machine, Store};
use workloads::cost::{Cost, CostError, Watched, boot, symbols};

use crate::machines::{Chosen, Progress, kernel};

/// What boots need.
pub(super) struct Boots<'a> {
    pub(super) store: &'a Store,
    pub(super) plugin: &'a Path,
    pub(super) limit: Duration,
    pub(super) stop: &'a AtomicBool,
}

impl Boots<'_> {
    /// What a boot under each of `images` pays, or under the machine's own kernel if there are none.
    pub(super) fn of(&self, chosen: &Chosen, images: &[PathBuf]) -> anyhow::Result<Vec<Cost>> {
        let progress = Progress::start(&chosen.name);
        if images.is_empty() {
            let kernel = kernel(self.store, &chosen.machine, self.stop, &progress)?;
            return Ok(vec![self.one(chosen, &chosen.machine, &kernel, &progress)?]);
        }
        let of_image = |image: &PathBuf| {
            let machine = Machine { package: None, image: Some(image.clone()), ..chosen.machine.clone() };
            self.one(chosen, &machine, &Kernel::own(image), &progress)
        };
        images.iter().map(of_image).collect()
    }

    fn one(
        &self,
        chosen: &Chosen,
        machine: &Machine,
        kernel: &Kernel,
        progress: &Progress,
    ) -> anyhow::Result<Cost> {
        progress.tell("reading the kernel's symbols");
        let image = kernel.image.display();
        let bytes =
            fs::read(&kernel.image).with_context(|| format!("cannot read the kernel's image {image}"))?;
        let symbols = symbols(&bytes).map_err(|why| CostError::Symbols { image: image.to_string(), why })?;
        for name in &symbols.unknown {
            eprintln!(
                "{}: warning: {} has a function {name} that is not known here; it counts as its caller's",
                chosen.name, symbols.release
            );
        }
        let files = self.store.files(&chosen.name, machine, kernel)?;
        let (plugin, limit) = (self.plugin, self.limit);
        let watched = Watched { machine, files: &files, kernel, symbols: &symbols, plugin, limit };
        let tell = |elapsed: Duration| progress.tell(&format!("booting for {} s", elapsed.as_secs()));
        Ok(boot(&watched, self.stop, &mut { tell })?)
    }
}

/// How many functions a file keeps beside the allocator's own.
const KEPT: usize = 40;

/// What a file keeps of a boot: all but the functions that neither are the allocator's nor took much.
pub(super) fn kept(cost: &Cost) -> Cost {
    let mut kept = cost.clone();
    kept.functions.sort_by(|a, b| b.own.cmp(&a.own).then_with(|| a.name.cmp(&b.name)));
    let mut others = 0;
    kept.functions.retain(|function| {
        others += usize::from(!function.is_allocators());
        function.is_allocators() || others <= KEPT
    });
    kept
}
