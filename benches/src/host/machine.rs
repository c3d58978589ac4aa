//! The machine.

use std::env::consts;
use std::thread;

use super::files::{bytes, field, text};
use crate::results::{Cache, Load, MachineFacts};

/// What can be found out of this machine.
#[must_use]
pub fn machine() -> MachineFacts {
    let cpuinfo = text("/proc/cpuinfo").unwrap_or_default();
    let flags = field(&cpuinfo, "flags").map(|flags| flags.split(' ').any(|flag| flag == "hypervisor"));
    MachineFacts {
        cpu: ["model name", "Model", "cpu"].iter().find_map(|name| field(&cpuinfo, name)).map(str::to_owned),
        cpus: thread::available_parallelism()
            .map_or(1, |count| u32::try_from(count.get()).unwrap_or(u32::MAX)),
        caches: (0..).map_while(cache).collect(),
        governor: text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        virtual_machine: flags,
        memory_bytes: text("/proc/meminfo").as_deref().and_then(|info| bytes(field(info, "MemTotal")?)),
        system: format!(
            "{} {}",
            text("/proc/sys/kernel/ostype").unwrap_or_else(|| consts::OS.into()),
            text("/proc/sys/kernel/osrelease").unwrap_or_default()
        )
        .trim()
        .into(),
        load: text("/proc/loadavg").as_deref().and_then(load),
    }
}

fn cache(index: u32) -> Option<Cache> {
    let file = |name| text(&format!("/sys/devices/system/cpu/cpu0/cache/index{index}/{name}"));
    Some(Cache {
        level: file("level")?.parse().ok()?,
        kind: file("type")?,
        bytes: bytes(&file("size")?)?,
        shared_by: file("shared_cpu_list").unwrap_or_default(),
    })
}

fn load(text: &str) -> Option<Load> {
    let mut averages = text.split(' ').map_while(|average| average.parse().ok());
    Some(Load { one_minute: averages.next()?, five_minutes: averages.next()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_load_is_the_first_two_of_its_line() {
        assert_eq!(load("1.32 4.97 5.53 5/96 22998"), Some(Load { one_minute: 1.32, five_minutes: 4.97 }));
        assert_eq!(load("1.32"), None);
    }

    #[test]
    fn whatever_the_machine_its_facts_can_be_asked_for() {
        let facts = machine();
        assert!(facts.cpus >= 1);
        assert!(!facts.system.is_empty());
    }
}
