/* SPDX-License-Identifier: MIT OR Apache-2.0
 * The plug-in round the posted code of the RFC of 2008, which the test cuts out of the mail, mends, and puts beside this file
 * as posted.h. Nothing here is of a kernel. page.h says PAGE_SHIFT. */
#include "bootalloc_plugin.h"
#include "page.h"
#include <stdlib.h>
#include <string.h>

/* ---- what the posted code takes from its surroundings ---- */
#define PAGE_SIZE (1ul << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define BITS_PER_LONG 64
#define MAX_NUMNODES 1024
#define EBUSY 16
#define __init
#define __initdata
#define KERN_INFO ""
#define KERN_ERR ""
#define printk(...) ((void)0)
#define ALIGN(x, a) (((x) + (a) - 1) & ~((unsigned long)(a) - 1))
#define PFN_UP(x) (((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x) ((x) >> PAGE_SHIFT)
#define PFN_PHYS(x) ((unsigned long)(x) << PAGE_SHIFT)
#define max_t(type, a, b) ((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#define ilog2(x) __builtin_ctzl(x)
#define NODE_DATA(nid) ((void)(nid))
#define register_page_bootmem_info_node(node) node
/* Page 0 is an address like any other, so a block there is not NULL. */
#define VIRTUAL (1ul << 63)
#define phys_to_virt(address) ((void *)((address) + VIRTUAL))
#define BUG() give_up(__LINE__)
#define BUG_ON(condition) do { if (condition) BUG(); } while (0)

struct page { char nothing; };
#define pfn_to_page(pfn) ((struct page *)(pfn))
#define virt_to_page(address) ((struct page *)0)
#define __free_pages_bootmem(page, order) sink_now->block(sink_now, (unsigned long)(page), (order))

static const struct ba_host *host;
static struct ba_sink *sink_now;
static void *map_memory;

static void give_up(int line)
{
	(void)line;
	host->fail(host->ctx, "BUG() in the posted code");
	abort();
}

static int test_bit(unsigned long bit, const void *map)
{
	return ((const unsigned long *)map)[bit / 64] >> (bit % 64) & 1;
}

static int test_and_set_bit(unsigned long bit, void *map)
{
	int old = test_bit(bit, map);
	((unsigned long *)map)[bit / 64] |= 1ul << (bit % 64);
	return old;
}

static int test_and_clear_bit(unsigned long bit, void *map)
{
	int old = test_bit(bit, map);
	((unsigned long *)map)[bit / 64] &= ~(1ul << (bit % 64));
	return old;
}

/* The first bit from at on that is set, or clear; end if there is none. */
static unsigned long next(const void *map, unsigned long end, unsigned long at, int set)
{
	while (at < end) {
		unsigned long word = ((const unsigned long *)map)[at / 64];
		word = (set ? word : ~word) >> (at % 64);
		if (word) {
			at += __builtin_ctzl(word);
			return at < end ? at : end;
		}
		at = (at | 63) + 1;
	}
	return end;
}

#define find_next_zero_bit(map, end, at) next(map, end, at, 0)

/* What the mends need: from where on is searched, whether below the goal will do, whose rests of pages are forgotten. */
static unsigned long search_from;
static int goal_is_min;
static void forget_rests(unsigned long start, unsigned long end);

#include "posted.h"

static void forget_rests(unsigned long start, unsigned long end)
{
	unsigned long i;
	for (i = 0; i < sizeof rootmem_node_last / sizeof *rootmem_node_last; i++) {
		unsigned long page = PFN_DOWN(rootmem_node_last[i]);
		if (rootmem_node_last[i] && page >= start && page < end)
			rootmem_node_last[i] = 0;
	}
}

/* ---- the plug-in ---- */
static const struct ba_machine *machine;

#define DONE(v) ((struct ba_answer){ BA_OK, (v) })
#define ERROR(e, v) ((struct ba_answer){ (e), (v) })

static uint64_t state_words(const struct ba_machine *m)
{
	uint64_t i, end = 0;
	for (i = 0; i < m->nodes_len; i++)
		end = max_t(uint64_t, end, m->nodes[i].end);
	return (end >> PAGE_SHIFT) / 64 + 1;
}

/* The node's pages from its first to its last. */
static void span_of(uint32_t nid, uint64_t *start, uint64_t *end)
{
	uint64_t i;
	*start = ~0ull;
	*end = 0;
	for (i = 0; i < machine->nodes_len; i++)
		if (machine->nodes[i].nid == nid) {
			uint64_t from = PFN_UP(machine->nodes[i].start), to = PFN_DOWN(machine->nodes[i].end);
			*start = from < *start ? from : *start;
			*end = to > *end ? to : *end;
		}
}

static struct ba_answer build(void *state, uint64_t words, const struct ba_machine *m, const struct ba_host *h)
{
	uint64_t i, at, start, end;
	host = h;
	machine = m;
	map_memory = state;
	if (m->page_shift != PAGE_SHIFT)
		return ERROR(BA_WRONG_PAGE, PAGE_SHIFT);
	if (words < state_words(m))
		return ERROR(BA_TOO_LITTLE_STATE, 0);
	for (i = 0; i < m->nids_len; i++) {
		span_of(m->nids[i], &start, &end);
		if (start < end)
			rootmem_register_node(m->nids[i], start, end);
	}
	rootmem_setup(0);
	/* As an architecture does: usable memory is freed, pieces that touch as one. */
	for (i = 0; i < m->start_len; i++) {
		if (m->start[i].flags & (BA_NOMAP | BA_DRIVER_MANAGED))
			continue;
		start = m->start[i].start;
		end = m->start[i].end;
		while (i + 1 < m->start_len && m->start[i + 1].start == end
		       && !(m->start[i + 1].flags & (BA_NOMAP | BA_DRIVER_MANAGED)))
			end = m->start[++i].end;
		for (at = PFN_UP(start); at < PFN_DOWN(end); at++)
			test_and_clear_bit(at, rootmem_map);
	}
	return DONE(0);
}

/* The first page from at on, up to end, that is on no node; end if there is none. The posted code only knows a first and a
 * last page of all, and leaves what lies between nodes to its callers. */
static uint64_t first_outside(uint64_t at, uint64_t end)
{
	uint64_t i;
	for (i = 0; i < machine->nodes_len && at < end; i++)
		if (machine->nodes[i].start <= PFN_PHYS(at) && PFN_PHYS(at) < machine->nodes[i].end)
			at = machine->nodes[i].end >> PAGE_SHIFT;
	return at < end ? at : end;
}

static struct ba_answer reserve(void *state, uint64_t start, uint64_t end, uint64_t exclusive)
{
	uint64_t busy, outside = first_outside(PFN_DOWN(start), PFN_UP(end));
	if (start >= end)
		return DONE(0);
	if (outside < PFN_UP(end))
		return ERROR(BA_OUTSIDE, PFN_PHYS(outside));
	if (!rootmem_reserve(start, end - start, exclusive))
		return DONE(0);
	/* It says that there is one. */
	busy = PFN_PHYS(next(rootmem_map, PFN_UP(end), PFN_DOWN(start), 1));
	return ERROR(BA_BUSY, max_t(uint64_t, busy, start));
}

static struct ba_answer release(void *state, uint64_t start, uint64_t end)
{
	uint64_t from = PFN_UP(start), to = PFN_DOWN(end), at;
	if (from >= to)
		return DONE(0);
	if ((at = first_outside(from, to)) < to)
		return ERROR(BA_OUTSIDE, PFN_PHYS(at));
	/* The posted code meets it half-way and stops the machine. */
	if ((at = next(rootmem_map, to, from, 0)) < to)
		return ERROR(BA_FREE_ALREADY, PFN_PHYS(at));
	rootmem_free(start, end - start);
	return DONE(0);
}

static struct ba_answer alloc(void *state, uint64_t size, uint64_t align, uint64_t goal, uint64_t limit, uint64_t node)
{
	int nid = (int)(uint32_t)node, min, any = nid == -1 || !(node & BA_EXACT_NODE);
	void *at = NULL;
	if (node & BA_GOAL_IS_MIN)
		goal = PFN_PHYS(PFN_UP(goal));
	/* Its callers have no other node to fall back to, and a goal that it gives up at once. Here another node at the goal comes
	 * before the same node below it, as in bootmem. */
	for (min = 1; min >= 0 && !at; min--) {
		goal_is_min = min;
		if (nid != -1)
			at = __rootmem_alloc_node(nid, size, align, goal, limit);
		if (!at && any)
			at = __rootmem_alloc_node(-1, size, align, goal, limit);
		if (node & BA_GOAL_IS_MIN)
			break;
	}
	return at ? DONE((uint64_t)at - VIRTUAL) : ERROR(BA_NO_MEMORY, 0);
}

static struct ba_answer hand_over(const void *state, uint32_t nid, struct ba_sink *sink)
{
	sink_now = sink;
	return DONE(rootmem_release_node(nid));
}

/* What was released is nobody's to give. */
static void retire(void *state, uint32_t nid)
{
	uint64_t start, end;
	span_of(nid, &start, &end);
	if (start < end)
		rootmem_reserve(PFN_PHYS(start), PFN_PHYS(end - start), 0);
}

static void each(int set, void (*visit)(void *, uint64_t, uint64_t), void *ctx)
{
	unsigned long end = rootmem_min_pfn, start;
	while ((start = next(rootmem_map, rootmem_max_pfn, end, set)) < rootmem_max_pfn) {
		end = next(rootmem_map, rootmem_max_pfn, start, !set);
		visit(ctx, PFN_PHYS(start), PFN_PHYS(end));
	}
}

static void each_free(const void *state, void (*visit)(void *, uint64_t, uint64_t), void *ctx) { each(0, visit, ctx); }
static void each_reserved(const void *state, void (*visit)(void *, uint64_t, uint64_t), void *ctx) { each(1, visit, ctx); }
static uint64_t state_bytes(const void *state) { return rootmem_map_bytes(); }

static const struct ba_plugin plugin = {
	.abi = BA_ABI, .size = sizeof plugin, .traits = BA_STATE_IN_LIBRARY,
	.name = "rfc", .summary = "the posted code of 2008, mended", .version = "2008-05-03",
	.state_words = state_words, .build = build, .reserve = reserve, .free = release, .alloc = alloc,
	.hand_over = hand_over, .each_free = each_free, .each_reserved = each_reserved, .state_bytes = state_bytes,
	.retire = retire,
};

const struct ba_plugin *bootalloc_plugin(uint32_t abi) { return abi == BA_ABI ? &plugin : NULL; }
