/* SPDX-License-Identifier: MIT OR Apache-2.0
 * The plug-in round a tree's own mm/memblock.c, which is included as it is: so its static names are in reach. What differs
 * between versions comes as BA_HAS_... from the program that looked at the tree's text. */
#include <stdarg.h>
#include "stand_in.h"
#include "bootalloc_plugin.h"

/* ---- what memblock.c calls ---- */
static const struct ba_host *host;
int ba_max_order = 10;
bool mirrored_kernelcore = true, movable_node_enabled;
unsigned long totalram_pages_ba;
static __thread struct ba_sink *sink_now;
static __thread uint64_t pages_now;

void ba_panic(const char *format, ...)
{
	static char text[256];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (host)
		host->fail(host->ctx, text);
	abort();
}

void ba_warn(const char *what, const char *file, int line)
{
	static char text[256];
	snprintf(text, sizeof text, "%s at %s:%d", what, file, line);
	if (host)
		host->note(host->ctx, text);
}

/* Tables that have grown: where in the machine, and where in the host's memory. */
#define TABLES 40
static struct { u64 phys; void *at; } tables[TABLES];
static unsigned n_tables;
static u64 table_bytes(void);

#ifdef __SANITIZE_ADDRESS__
/* What the host gives lies side by side, where a sanitizer sees no end; its own memory has guards. Of a thread, and so not of the
 * static data that is put back before each boot. */
static __thread void *guarded[TABLES];
static __thread unsigned n_guarded;
static void *guarded_table(void);

static void free_guarded(void)
{
	while (n_guarded)
		free(guarded[--n_guarded]);
}
#endif

void *ba_table_at(unsigned long long phys)
{
	if (n_tables == TABLES)
		return NULL;
	tables[n_tables].phys = phys;
	tables[n_tables].at = host->table(host->ctx, phys, table_bytes());
	if (!tables[n_tables].at)
		ba_panic("the host has no more memory for region arrays");
#ifdef __SANITIZE_ADDRESS__
	tables[n_tables].at = guarded_table();
#endif
	return tables[n_tables++].at;
}

unsigned long long ba_table_home(const void *table)
{
	unsigned i;
	for (i = n_tables; i-- > 0; )
		if (tables[i].at == table)
			return tables[i].phys;
	return 0xffff000000000000ull; /* the list that the machine began with: nowhere */
}

void ba_free_pages(unsigned long pfn, unsigned order)
{
	pages_now += 1ull << order;
	sink_now->block(sink_now, pfn, order);
}

/* ---- the tree's own ---- */
#ifdef BA_WANTS_MAX_LOW_PFN
unsigned long max_low_pfn, min_low_pfn, max_pfn;
unsigned long long max_possible_pfn;
#endif
#ifdef BA_WANTS_END /* until 5.10 a search from the bottom begins above the kernel's image */
#undef __pa_symbol
#define _end 0
#define __pa_symbol(x) ((phys_addr_t)0)
#endif
#include "mm/memblock.c"
#ifdef BA_HAS_NOBOOTMEM /* until 4.19 the hand-over is in a file of its own */
#include "mm/nobootmem.c"
#endif

/* A table that doubles is at most so large. */
static u64 table_bytes(void)
{
	unsigned long most = max(memblock.memory.max, memblock.reserved.max);
	return PAGE_ALIGN(2 * most * sizeof(struct memblock_region));
}

#ifdef __SANITIZE_ADDRESS__
static void *guarded_table(void)
{
	unsigned long most = max(memblock.memory.max, memblock.reserved.max);
	void *at = malloc(2 * most * sizeof(struct memblock_region));
	if (!at)
		ba_panic("there is no more memory for region arrays");
	return guarded[n_guarded++] = at;
}
#endif

#ifdef BA_HAS_REGION_NODE
#define region_node(r) memblock_get_region_node(r)
#else
#define region_node(r) ((r)->nid)
#endif
#ifdef BA_HAS_RANGE_NID_FLAGS
#define alloc_range(size, align, from, to, nid) memblock_alloc_range_nid(size, align, from, to, nid, choose_memblock_flags())
#else
#define alloc_range(size, align, from, to, nid) memblock_alloc_range_nid(size, align, from, to, nid)
#endif
#ifdef BA_HAS_VIRT_ALLOC
#define memblock_alloc_try_nid_raw memblock_virt_alloc_try_nid_raw
#endif
#ifdef BA_HAS_PHYS_FREE
#define free_range memblock_phys_free
#else
#define free_range memblock_free
#endif

/* ---- the plug-in ---- */
static const struct ba_machine *machine;
static u64 retired[MAX_NUMNODES / 64];
static int unknown_node; /* what this version notes where no node is known */
static bool any_retired;

#define DONE(v) ((struct ba_answer){ BA_OK, (v) })
#define ERROR(e, v) ((struct ba_answer){ (e), (v) })

static bool is_unknown(int nid) { return nid < 0 || nid >= MAX_NUMNODES; }
static int to_nid(uint32_t nid) { return nid == BA_NO_NODE ? unknown_node : (int)nid; }

/* An address as this machine has it: with 32 bits there is nothing beyond the last one, and what is cut off would be another. */
static phys_addr_t phys(u64 at) { return at < PHYS_ADDR_MAX ? (phys_addr_t)at : PHYS_ADDR_MAX; }

/* The slots of the list of memory: as often doubled as the kernel must have had to. */
static uint64_t slots_for(const struct ba_machine *m)
{
	uint64_t slots = ARRAY_SIZE(memblock_memory_init_regions);
	while (slots < m->start_len)
		slots *= 2;
	return slots;
}

static uint64_t state_words(const struct ba_machine *m)
{
	uint64_t slots = slots_for(m);
	return slots > ARRAY_SIZE(memblock_memory_init_regions) ? (slots + 1) * sizeof(struct memblock_region) / 8 : 0;
}

static int add_memory(u64 start, u64 end, int nid, u32 flags)
{
	if (flags & BA_MIRROR)
		system_has_some_mirror = true;
	return memblock_add_range(&memblock.memory, phys(start), phys(end) - phys(start), nid, flags);
}

static struct ba_answer build(void *state, uint64_t words, const struct ba_machine *m, const struct ba_host *h)
{
	uint64_t i, slots = slots_for(m);
	host = h;
	machine = m;
	ba_max_order = m->max_order;
#ifdef __SANITIZE_ADDRESS__
	free_guarded();
#endif
	if (m->page_shift != PAGE_SHIFT)
		return ERROR(BA_WRONG_PAGE, PAGE_SHIFT);
	if (words < state_words(m))
		return ERROR(BA_TOO_LITTLE_STATE, 0);
	/* The version says itself how it notes that no node is known. */
	memblock_reserve(0, 1);
	unknown_node = region_node(&memblock.reserved.regions[0]);
	free_range(0, 1);
	if (slots > memblock.memory.max) {
		memset(state, 0, (slots + 1) * sizeof(struct memblock_region));
		memblock.memory.regions = state;
		memblock.memory.max = slots;
		memblock.memory.regions[0] = memblock_memory_init_regions[0];
	}
	memblock_allow_resize();
	for (i = 0; i < m->start_len; i++)
		if (add_memory(m->start[i].start, m->start[i].end, to_nid(m->start[i].nid), m->start[i].flags))
			return ERROR(BA_TOO_LITTLE_STATE, 0);
	max_low_pfn = ~0ul;
	return DONE(0);
}

static struct ba_answer reserve(void *state, uint64_t start, uint64_t end, uint64_t exclusive)
{
	start = phys(start);
	end = phys(end);
	if (exclusive && start < end) {
		struct memblock_region *r = memblock.reserved.regions, *stop = r + memblock.reserved.cnt;
		for (; r < stop; r++)
			if (r->size && r->base < end && r->base + r->size > start)
				return ERROR(BA_BUSY, max((u64)r->base, (u64)start));
	}
	return memblock_reserve(start, end - start) ? ERROR(BA_TABLES_FULL, start) : DONE(0);
}

static struct ba_answer release(void *state, uint64_t start, uint64_t end)
{
	return free_range(phys(start), phys(end) - phys(start)) ? ERROR(BA_TABLES_FULL, start) : DONE(0);
}

static struct ba_answer alloc(void *state, uint64_t size, uint64_t align, uint64_t goal, uint64_t limit, uint64_t node)
{
	int nid = (int)(uint32_t)node; /* BA_NO_NODE is NUMA_NO_NODE */
	u64 at;
	size = phys(size);
	goal = phys(goal);
	limit = phys(limit);
	if (node & BA_GOAL_IS_MIN) {
#ifdef BA_HAS_RANGE_NID_EXACT
		at = memblock_alloc_range_nid(size, align, goal, limit, nid, (node & BA_EXACT_NODE) != 0);
#else
		/* before 5.7 nobody insists on a node: callers asked with the node preferred */
		at = alloc_range(size, align, goal, limit, nid);
#endif
	} else {
#ifdef BA_HAS_EXACT_RAW
		if (node & BA_EXACT_NODE)
			at = (u64)memblock_alloc_exact_nid_raw(size, align, goal, limit, nid);
		else
#endif
			at = (u64)memblock_alloc_try_nid_raw(size, align, goal, limit, nid);
	}
	return at ? DONE(at) : ERROR(BA_NO_MEMORY, 0);
}

/* Flags that are noted on reserved ranges; the others belong to memory. */
#define OF_RESERVED (BA_RSRV_NOINIT | BA_RSRV_KERN | BA_RSRV_HUGETLB)

static int change_flags(struct memblock_type *type, u64 start, u64 end, u32 set, u32 clear)
{
	int i, from, to, err = memblock_isolate_range(type, start, end - start, &from, &to);
	if (err)
		return err;
	for (i = from; i < to; i++)
		type->regions[i].flags = (type->regions[i].flags | set) & ~clear;
#ifdef BA_HAS_MERGE_RANGE
	memblock_merge_regions(type, from, to);
#else
	memblock_merge_regions(type);
#endif
	return 0;
}

static int change_all_flags(u64 start, u64 end, u32 set, u32 clear)
{
	int err = 0;
	if ((set | clear) & ~OF_RESERVED)
		err = change_flags(&memblock.memory, start, end, set & ~OF_RESERVED, clear & ~OF_RESERVED);
	if (!err && ((set | clear) & OF_RESERVED))
		err = change_flags(&memblock.reserved, start, end, set & OF_RESERVED, clear & OF_RESERVED);
	return err;
}

static struct ba_answer change(void *state, uint32_t what, uint64_t start, uint64_t end, uint32_t nid, uint32_t flags)
{
	int err = 0;
	start = phys(start);
	end = phys(end);
	if (start >= end)
		return DONE(0);
	switch (what) {
	case BA_ADD:
		err = add_memory(start, end, to_nid(nid), flags);
		break;
	case BA_REMOVE:
		err = memblock_remove(start, end - start);
		break;
	case BA_SET_NODE:
		err = memblock_set_node(start, end - start, &memblock.memory, to_nid(nid));
		if (!err)
			err = memblock_set_node(start, end - start, &memblock.reserved, to_nid(nid));
		break;
	case BA_SET_FLAGS:
		if (flags & BA_MIRROR)
			system_has_some_mirror = true;
		err = change_all_flags(start, end, flags, 0);
		break;
	case BA_CLEAR_FLAGS:
		err = change_all_flags(start, end, 0, flags);
		break;
	}
	return err ? ERROR(BA_TABLES_FULL, start) : DONE(0);
}

static uint32_t set(void *state, uint32_t what, uint64_t value)
{
	switch (what) {
	case BA_BOTTOM_UP: memblock_set_bottom_up(value); return 1;
	case BA_CURRENT_LIMIT: memblock_set_current_limit(value ? phys(value) : MEMBLOCK_ALLOC_ANYWHERE); return 1;
	case BA_ALLOW_RESIZE: memblock_can_resize = value; return 1;
	case BA_MOVABLE_NODE: movable_node_enabled = value; return 1;
#ifdef BA_HAS_RSRV_KERN
	case BA_MARK_KERNEL: return 1; /* it always does */
#endif
#ifdef CONFIG_MEMBLOCK_KHO_SCRATCH
	case BA_SCRATCH_ONLY:
		if (value)
			memblock_set_kho_scratch_only();
		else
			memblock_clear_kho_scratch_only();
		return 1;
#endif
	}
	return 0;
}

static bool is_retired(int nid)
{
	return is_unknown(nid) ? any_retired : (retired[nid / 64] >> (nid % 64)) & 1;
}

/* One node: as the tree releases all, without what is noted on the way. Memory that may be unplugged is ordinary by then. */
static struct ba_answer hand_over(const void *state, uint32_t nid, struct ba_sink *sink)
{
	u64 i, k, pages = 0;
	phys_addr_t start, end;
	int owner;
	bool movable = movable_node_enabled;
	sink_now = sink;
	/* Until 5.14 a walk skips such memory whatever is asked; the kernel clears the flag for good instead. */
	if (movable)
		movable_node_enabled = false;
	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_HOTPLUG, &start, &end, &owner) {
		if (owner == (int)nid) {
			pages += __free_memory_core(start, end);
		} else if (is_unknown(owner)) {
			for (k = 0; k < machine->nodes_len; k++) {
				const struct ba_memory *piece = &machine->nodes[k];
				u64 from = max((u64)start, piece->start), to = min((u64)end, piece->end);
				if (piece->nid == nid && from < to)
					pages += __free_memory_core(from, to);
			}
		}
	}
	if (movable)
		movable_node_enabled = true;
	return DONE(pages);
}

#ifdef BA_FREE_ALL
/* All nodes: the tree's own function, with all that it notes. A second time it finds that noted and gives the same. */
static struct ba_answer all_nodes(const void *state, struct ba_sink *sink)
{
	sink_now = sink;
	pages_now = 0;
	BA_FREE_ALL();
	return DONE(pages_now);
}
#endif

/* What no search may give any more: the kernel has no word for it, since it releases all at once. */
static void retire(void *state, uint32_t nid)
{
	long i;
	retired[nid / 64] |= 1ull << (nid % 64);
	any_retired = true;
	for (i = (long)memblock.memory.cnt - 1; i >= 0; i--) {
		struct memblock_region *r = &memblock.memory.regions[i];
		if (r->size && is_retired(region_node(r)))
			memblock_remove(r->base, r->size);
	}
}

static void each_free(const void *state, void (*visit)(void *, uint64_t, uint64_t), void *ctx)
{
	u64 i;
	phys_addr_t start, end, from = 0, to = 0;
	bool movable = movable_node_enabled;
	movable_node_enabled = false;
	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_HOTPLUG, &start, &end, NULL) {
		if (start != to) {
			if (from < to)
				visit(ctx, from, to);
			from = start;
		}
		to = end;
	}
	movable_node_enabled = movable;
	if (from < to)
		visit(ctx, from, to);
}

static void each_reserved(const void *state, void (*visit)(void *, uint64_t, uint64_t), void *ctx)
{
	unsigned long i;
	u64 from = 0, to = 0;
	for (i = 0; i < memblock.reserved.cnt; i++) {
		struct memblock_region *r = &memblock.reserved.regions[i];
		if (!r->size)
			continue;
		if (r->base != to) {
			if (from < to)
				visit(ctx, from, to);
			from = r->base;
		}
		to = r->base + r->size;
	}
	if (from < to)
		visit(ctx, from, to);
}

static uint64_t state_bytes(const void *state)
{
	return (memblock.memory.max + memblock.reserved.max) * sizeof(struct memblock_region);
}

static const struct memblock_type *list_of(uint32_t list)
{
	return list == BA_RESERVED ? &memblock.reserved : &memblock.memory;
}

static void each_region(const void *state, uint32_t list,
			void (*visit)(void *, uint64_t, uint64_t, uint32_t, uint32_t), void *ctx)
{
	const struct memblock_type *type = list_of(list);
	unsigned long i;
	for (i = 0; i < type->cnt; i++) {
		const struct memblock_region *r = &type->regions[i];
		int nid = region_node(r);
		if (r->size)
			visit(ctx, r->base, r->base + r->size, is_unknown(nid) ? BA_NO_NODE : (uint32_t)nid, r->flags);
	}
}

static uint64_t capacity(const void *state, uint32_t list)
{
	return list_of(list)->max;
}

static const struct ba_plugin plugin = {
	.abi = BA_ABI, .size = sizeof plugin,
	.traits = BA_REACHES_OUTSIDE | BA_STATE_IN_LIBRARY | BA_HAND_OVER_SHARED,
	.name = "memblock", .summary = "mm/memblock.c of a kernel tree", .version = BA_VERSION,
	.state_words = state_words, .build = build, .reserve = reserve, .free = release, .alloc = alloc,
	.hand_over = hand_over, .each_free = each_free, .each_reserved = each_reserved, .state_bytes = state_bytes,
	.change = change, .set = set, .retire = retire,
#ifdef BA_FREE_ALL
	.hand_over_all = all_nodes,
#endif
	.each_region = each_region, .capacity = capacity,
};

const struct ba_plugin *bootalloc_plugin(uint32_t abi) { return abi == BA_ABI ? &plugin : NULL; }
