//! Addresses in requests: those that the architecture sets stay, those that follow from the machine follow to the other.

use allocators::{AllocRequest, Goal, PhysAddr};

use super::side::Side;

/// Borders that processors, buses and devices set, whatever the memory: 1 MiB, 16 MiB, and the widths of addresses.
const SET: [u64; 8] = [1 << 20, 16 << 20, 1 << 28, 1 << 30, 1 << 31, 3 << 30, 1 << 32, 1 << 40];

/// Functions whose limit is the end of memory, even where that is one of these.
const TO_THE_END: [&str; 5] =
    ["init_mem_mapping", "alloc_low_pages", "early_alloc_pgtable", "numa_alloc_distance", "bootmem_init"];

/// From the recorded machine to the other.
pub(super) struct Limits<'s> {
    pub(super) old: &'s Side,
    pub(super) new: &'s Side,
    /// How many limits had all memory above them, and were lifted.
    pub(super) lifted: u64,
}

impl Limits<'_> {
    /// The request with addresses of the other machine, for the node of this rank if it names one.
    pub(super) fn request(
        &mut self,
        request: &AllocRequest,
        function: &str,
        rank: Option<usize>,
    ) -> AllocRequest {
        let mut moved = *request;
        let (low, high) = (request.goal.addr().0, request.limit.map(|limit| limit.0));
        let section = self.old.section();
        // The section that a node's own structure lies in, which is at the node's end.
        if let (Some(limit), Some(rank), Goal::Prefer(_)) = (high, rank, request.goal)
            && limit.checked_sub(section) == Some(low)
            && low > 0
        {
            let end = self
                .new
                .nodes
                .get(rank)
                .and_then(|(_, memory)| memory.as_slice().last().map(|piece| piece.end().0));
            let goal = end.map_or(0, |end| (end - 1) / section * section);
            return AllocRequest {
                goal: Goal::Prefer(PhysAddr(goal)),
                limit: Some(PhysAddr(goal + section)),
                ..moved
            };
        }
        let to_the_end = TO_THE_END.contains(&function);
        moved.limit = high.map(|limit| PhysAddr(self.limit(limit, to_the_end)));
        moved.goal = match request.goal {
            Goal::Prefer(_) => Goal::Prefer(PhysAddr(self.goal(low))),
            // What is left of a window that ends where memory does.
            Goal::AtLeast(_) => match (high, moved.limit) {
                (Some(limit), Some(end)) if end.0 != limit && low > 1 << 20 => {
                    Goal::AtLeast(PhysAddr(end.0.saturating_sub(limit - low)))
                }
                _ => Goal::AtLeast(PhysAddr(self.goal(low))),
            },
        };
        let floor = match moved.goal {
            Goal::AtLeast(floor) => floor.0,
            Goal::Prefer(_) => 0,
        };
        if let Some(limit) = moved.limit
            && !self.new.has_memory(floor, limit.0)
        {
            // A kernel whose memory lies above a border has none to heed.
            moved.limit = None;
            self.lifted += 1;
        }
        moved
    }

    /// The limit of all requests that have none.
    pub(super) fn current(&mut self, limit: PhysAddr) -> Option<PhysAddr> {
        let moved = self.limit(limit.0, false);
        let any = self.new.has_memory(0, moved);
        self.lifted += u64::from(!any);
        any.then_some(PhysAddr(moved))
    }

    fn limit(&self, limit: u64, to_the_end: bool) -> u64 {
        let (old_end, new_end) = (self.old.end(), self.new.end());
        let is_end = limit == old_end || limit == old_end.next_multiple_of(self.old.section());
        let is_set = SET.iter().any(|set| limit == *set || limit == set - 1);
        if is_end && (to_the_end || !is_set) {
            return new_end;
        }
        if is_set || limit > old_end {
            return limit;
        }
        self.by_base(limit).min(new_end.max(limit.min(new_end)))
    }

    fn goal(&self, goal: u64) -> u64 {
        if goal == 0 || goal >= self.old.end() { goal } else { self.by_base(goal) }
    }

    /// An address that counts from where memory begins, as on machines whose memory does not begin at 0.
    fn by_base(&self, address: u64) -> u64 {
        let (old, new) = (self.old.base(), self.new.base());
        if address < old { address } else { address - old + new }
    }
}
