/* SPDX-License-Identifier: MIT OR Apache-2.0
 * The plug-in round a tree's own mm/bootmem.c (until 4.19), which is included as it is: so its static names are in reach. */
#include <stdarg.h>
#include "stand_in.h"
#include "bootalloc_plugin.h"

/* ---- what bootmem.c calls ---- */
static const struct ba_host *host;
int ba_max_order = 10;
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

void ba_free_pages(unsigned long pfn, unsigned order)
{
	pages_now += 1ull << order;
	sink_now->block(sink_now, pfn, order);
}

/* The bitmaps lie in the host's memory and are not part of the machine, so their pages are not released. */
#define MAP_PAGE (1ul << 62)
static void free_pages_of_machine(struct page *page, unsigned order)
{
	if ((unsigned long)page < MAP_PAGE)
		ba_free_pages(page_to_pfn(page), order);
}
#undef __free_pages_bootmem
#define __free_pages_bootmem(page, pfn, order) free_pages_of_machine((page), (order))
#undef virt_to_page
#define virt_to_page(at) ((struct page *)MAP_PAGE)

/* Page 0 is an address like any other, so a block there is not NULL; while a node is registered the address is its map's. */
#define VIRTUAL (1ul << 63)
static void *map_now;
#undef phys_to_virt
#define phys_to_virt(x) (map_now ? map_now : (void *)((unsigned long)(x) + VIRTUAL))
#undef __pa
#define __pa(x) ((unsigned long)(x))
/* There is no memory behind what is given. */
#define memset(at, byte, size) ((void *)(at) == map_now ? memset((at), (byte), (size)) : (void *)(at))

static struct pglist_data nodes[MAX_NUMNODES];
#undef NODE_DATA
#define NODE_DATA(nid) (&nodes[nid])
#define mminit_validate_memmodel_limits(start, end) ((void)0)
#define BITS_PER_BYTE 8

struct list_head { struct list_head *next, *prev; };
#define LIST_HEAD_INIT(name) { &(name), &(name) }
#define list_for_each_entry(at, head, member) \
	for ((at) = list_entry((head)->next, __typeof__(*(at)), member); &(at)->member != (head); \
	     (at) = list_entry((at)->member.next, __typeof__(*(at)), member))
#define list_entry(link, type, member) ((type *)((char *)(link) - offsetof(type, member)))

static inline void list_add_tail(struct list_head *new, struct list_head *before)
{
	new->prev = before->prev;
	new->next = before;
	before->prev->next = new;
	before->prev = new;
}

static inline int test_bit(unsigned long bit, const void *map)
{
	return ((const unsigned long *)map)[bit / 64] >> (bit % 64) & 1;
}

/* One instruction in the kernel, with the lock that it holds needlessly at boot. */
static inline int test_and_set_bit(unsigned long bit, void *map)
{
	unsigned long mask = 1ul << (bit % 64);
	return (__atomic_fetch_or((unsigned long *)map + bit / 64, mask, __ATOMIC_SEQ_CST) & mask) != 0;
}

static inline int test_and_clear_bit(unsigned long bit, void *map)
{
	unsigned long mask = 1ul << (bit % 64);
	return (__atomic_fetch_and((unsigned long *)map + bit / 64, ~mask, __ATOMIC_SEQ_CST) & mask) != 0;
}

/* The first bit from at on that is set, or clear; end if there is none. */
static unsigned long next_bit(const void *map, unsigned long end, unsigned long at, bool set)
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
#define find_next_zero_bit(map, end, at) next_bit((map), (end), (at), false)

/* ---- the tree's own ---- */
#include "mm/bootmem.c"

/* ---- the plug-in ---- */
static const struct ba_machine *machine;

#define DONE(v) ((struct ba_answer){ BA_OK, (v) })
#define ERROR(e, v) ((struct ba_answer){ (e), (v) })
#define UNTOUCHABLE (BA_NOMAP | BA_DRIVER_MANAGED)

/* The node's pages from its first to its last. */
static void span_of(const struct ba_machine *m, uint32_t nid, uint64_t *start, uint64_t *end)
{
	uint64_t i;
	*start = ~0ull;
	*end = 0;
	for (i = 0; i < m->nodes_len; i++)
		if (m->nodes[i].nid == nid) {
			*start = min(*start, (uint64_t)PFN_UP(m->nodes[i].start));
			*end = max(*end, (uint64_t)PFN_DOWN(m->nodes[i].end));
		}
}

static uint64_t map_words(uint64_t start, uint64_t end)
{
	return start < end ? (end - start + 63) / 64 : 0;
}

static uint64_t state_words(const struct ba_machine *m)
{
	uint64_t i, start, end, words = 0;
	for (i = 0; i < m->nids_len; i++) {
		span_of(m, m->nids[i], &start, &end);
		words += map_words(start, end);
	}
	return words;
}

static bootmem_data_t *node_at(uint64_t pfn)
{
	bootmem_data_t *node;
	list_for_each_entry(node, &bdata_list, list)
		if (pfn >= node->node_min_pfn && pfn < node->node_low_pfn)
			return node;
	return NULL;
}

static struct ba_answer build(void *state, uint64_t words, const struct ba_machine *m, const struct ba_host *h)
{
	uint64_t i, at, start, end;
	unsigned long *map = state;
	host = h;
	machine = m;
	if (m->page_shift != PAGE_SHIFT)
		return ERROR(BA_WRONG_PAGE, PAGE_SHIFT);
	if (words < state_words(m))
		return ERROR(BA_TOO_LITTLE_STATE, 0);
	for (i = 0; i < m->nids_len; i++) {
		uint32_t nid = m->nids[i];
		nodes[nid].bdata = &bootmem_node_data[nid];
		span_of(m, nid, &start, &end);
		if (start >= end)
			continue;
		map_now = map;
		init_bootmem_node(&nodes[nid], 0, start, end);
		map += map_words(start, end);
		map_now = NULL;
	}
	/* As an architecture does: usable memory is freed, pieces that touch as one. */
	for (i = 0; i < m->start_len; i++) {
		if (m->start[i].flags & UNTOUCHABLE)
			continue;
		start = m->start[i].start;
		end = m->start[i].end;
		while (i + 1 < m->start_len && m->start[i + 1].start == end && !(m->start[i + 1].flags & UNTOUCHABLE))
			end = m->start[++i].end;
		for (at = PFN_UP(start); at < PFN_DOWN(end); at++) {
			bootmem_data_t *node = node_at(at);
			for (; node && at < min((uint64_t)node->node_low_pfn, (uint64_t)PFN_DOWN(end)); at++)
				test_and_clear_bit(at - node->node_min_pfn, node->node_bootmem_map);
			at -= node != NULL;
		}
	}
	return DONE(0);
}

/* The first page from at on, up to end, that is no memory; end if there is none. bootmem.c stops the machine on the way. */
static uint64_t first_outside(uint64_t at, uint64_t end)
{
	uint64_t i;
	for (i = 0; i < machine->nodes_len && at < end; i++)
		if (machine->nodes[i].start <= (at << PAGE_SHIFT) && (at << PAGE_SHIFT) < machine->nodes[i].end)
			at = machine->nodes[i].end >> PAGE_SHIFT;
	return min(at, end);
}

/* The first page from at on, up to end, whose bit is set, or clear. All are memory. */
static uint64_t first_page(uint64_t at, uint64_t end, bool set)
{
	while (at < end) {
		bootmem_data_t *node = node_at(at);
		uint64_t stop = min(end, (uint64_t)node->node_low_pfn), base = node->node_min_pfn;
		at = base + next_bit(node->node_bootmem_map, stop - base, at - base, set);
		if (at < stop)
			return at;
	}
	return end;
}

static struct ba_answer reserve(void *state, uint64_t start, uint64_t end, uint64_t exclusive)
{
	uint64_t from = PFN_DOWN(start), to = PFN_UP(end), outside;
	if (start >= end)
		return DONE(0);
	if ((outside = first_outside(from, to)) < to)
		return ERROR(BA_OUTSIDE, outside << PAGE_SHIFT);
	if (!reserve_bootmem(start, end - start, exclusive ? BOOTMEM_EXCLUSIVE : BOOTMEM_DEFAULT))
		return DONE(0);
	return ERROR(BA_BUSY, max((uint64_t)first_page(from, to, true) << PAGE_SHIFT, start));
}

static struct ba_answer release(void *state, uint64_t start, uint64_t end)
{
	uint64_t from = PFN_UP(start), to = PFN_DOWN(end), at;
	if (from >= to)
		return DONE(0);
	if ((at = first_outside(from, to)) < to)
		return ERROR(BA_OUTSIDE, at << PAGE_SHIFT);
	/* bootmem.c meets it half-way and stops the machine. */
	if ((at = first_page(from, to, false)) < to)
		return ERROR(BA_FREE_ALREADY, at << PAGE_SHIFT);
	free_bootmem(start, end - start);
	return DONE(0);
}

/* At the goal or above it, which bootmem.c knows no word for: a node that ends below it is not asked, and a page below it
 * whose rest would do is forgotten. */
static void *alloc_at_least(bootmem_data_t *node, uint64_t size, uint64_t align, uint64_t goal, uint64_t limit)
{
	unsigned long rest = node->last_end_off, low = node->node_low_pfn;
	void *at;
	if (limit)
		low = min(low, (unsigned long)PFN_DOWN(limit));
	if (!node->node_bootmem_map || low <= PFN_DOWN(goal))
		return NULL;
	if (node->node_min_pfn + PFN_DOWN(rest) < PFN_DOWN(goal))
		node->last_end_off = 0;
	at = alloc_bootmem_bdata(node, size, align, goal, limit);
	if (!at)
		node->last_end_off = rest;
	return at;
}

static struct ba_answer alloc(void *state, uint64_t size, uint64_t align, uint64_t goal, uint64_t limit, uint64_t choice)
{
	uint32_t nid = (uint32_t)choice;
	bootmem_data_t *node, *own = nid == BA_NO_NODE ? NULL : nodes[nid].bdata;
	void *at = NULL;
	if (limit && limit < PAGE_SIZE)
		return ERROR(BA_NO_MEMORY, 0); /* bootmem.c takes it for none */
	if (choice & BA_GOAL_IS_MIN) {
		goal = ALIGN(goal, PAGE_SIZE);
		if (limit && goal + size > limit)
			return ERROR(BA_NO_MEMORY, 0);
		if (own)
			at = alloc_at_least(own, size, align, goal, limit);
		if (!at && !(choice & BA_EXACT_NODE))
			list_for_each_entry(node, &bdata_list, list)
				if ((at = alloc_at_least(node, size, align, goal, limit)))
					break;
	} else {
		goal &= PAGE_MASK;
		/* No caller may ask for this: bootmem.c stops the machine, or drops the limit. */
		if (limit && goal + size > limit)
			goal = 0;
		if (!own) {
			at = ___alloc_bootmem_nopanic(size, align, goal, limit);
		} else if (choice & BA_EXACT_NODE) {
			at = alloc_bootmem_bdata(own, size, align, goal, limit);
			if (!at && goal)
				at = alloc_bootmem_bdata(own, size, align, 0, limit);
		} else {
			at = ___alloc_bootmem_node_nopanic(&nodes[nid], size, align, goal, limit);
		}
	}
	return at ? DONE((uint64_t)at - VIRTUAL) : ERROR(BA_NO_MEMORY, 0);
}

/* It forgets the map of what it has released; here it is still needed. */
static struct ba_answer hand_over(const void *state, uint32_t nid, struct ba_sink *sink)
{
	bootmem_data_t *node = &bootmem_node_data[nid];
	void *map = node->node_bootmem_map;
	sink_now = sink;
	pages_now = 0;
	free_all_bootmem_core(node);
	node->node_bootmem_map = map;
	return DONE(pages_now);
}

/* What was released is nobody's to give. */
static void retire(void *state, uint32_t nid)
{
	bootmem_data_t *node = &bootmem_node_data[nid];
	if (node->node_bootmem_map)
		__reserve(node, 0, node->node_low_pfn - node->node_min_pfn, BOOTMEM_DEFAULT);
	node->last_end_off = 0;
}

static void each(bool set, void (*visit)(void *, uint64_t, uint64_t), void *ctx)
{
	bootmem_data_t *node;
	uint64_t from = 0, to = 0;
	list_for_each_entry(node, &bdata_list, list) {
		uint64_t base = node->node_min_pfn, pages = node->node_low_pfn - base, start, end = 0;
		while ((start = next_bit(node->node_bootmem_map, pages, end, set)) < pages) {
			end = next_bit(node->node_bootmem_map, pages, start, !set);
			if (base + start != to) {
				if (from < to)
					visit(ctx, from << PAGE_SHIFT, to << PAGE_SHIFT);
				from = base + start;
			}
			to = base + end;
		}
	}
	if (from < to)
		visit(ctx, from << PAGE_SHIFT, to << PAGE_SHIFT);
}

static void each_free(const void *state, void (*visit)(void *, uint64_t, uint64_t), void *ctx) { each(false, visit, ctx); }
static void each_reserved(const void *state, void (*visit)(void *, uint64_t, uint64_t), void *ctx) { each(true, visit, ctx); }
static uint64_t state_bytes(const void *state) { return state_words(machine) * 8; }

static const struct ba_plugin plugin = {
	.abi = BA_ABI, .size = sizeof plugin, .traits = BA_STATE_IN_LIBRARY,
	.name = "bootmem", .summary = "mm/bootmem.c of a kernel tree", .version = BA_VERSION,
	.state_words = state_words, .build = build, .reserve = reserve, .free = release, .alloc = alloc,
	.hand_over = hand_over, .each_free = each_free, .each_reserved = each_reserved, .state_bytes = state_bytes,
	.retire = retire,
};

const struct ba_plugin *bootalloc_plugin(uint32_t abi) { return abi == BA_ABI ? &plugin : NULL; }
