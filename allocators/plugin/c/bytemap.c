/* SPDX-License-Identifier: MIT OR Apache-2.0
 * bytemap: a byte for each page, searched from the bottom. The example of PLUGINS.md. */
#include <string.h>
#include "bootalloc_plugin.h"

enum { FREE, TAKEN, NO_MEMORY };
struct state { const struct ba_machine *machine; uint64_t pages; uint8_t map[]; };
static struct ba_answer done(uint64_t value) { return (struct ba_answer){ BA_OK, value }; }
static struct ba_answer error(enum ba_error error, uint64_t at) { return (struct ba_answer){ error, at }; }
static uint64_t pages_of(const struct ba_machine *m)
{
	return m->nodes_len ? m->nodes[m->nodes_len - 1].end >> m->page_shift : 0;
}
static uint64_t words(const struct ba_machine *m) { return (sizeof(struct state) + pages_of(m)) / 8 + 1; }
static uint64_t bytes(const void *state) { return sizeof(struct state) + ((const struct state *)state)->pages; }
static struct ba_answer build(void *state, uint64_t given, const struct ba_machine *m, const struct ba_host *host)
{
	struct state *s = state;
	uint64_t size = 1ull << m->page_shift;
	(void)given, (void)host; /* as much as it asked for; and it gives up on nothing, and has no table that grows */
	*s = (struct state){ m, pages_of(m) };
	memset(s->map, NO_MEMORY, s->pages);
	for (const struct ba_memory *piece = m->start; piece < m->start + m->start_len; piece++)
		if (!(piece->flags & (BA_NOMAP | BA_DRIVER_MANAGED)))
			for (uint64_t at = (piece->start + size - 1) / size; at < piece->end / size; at++)
				s->map[at] = FREE;
	return done(0);
}
/* Every page that it touches. What is no memory is never given anyway. */
static struct ba_answer reserve(void *state, uint64_t start, uint64_t end, uint64_t exclusive)
{
	struct state *s = state;
	uint64_t size = 1ull << s->machine->page_shift, from = start / size, to = start < end ? (end - 1) / size + 1 : from;
	to = to < s->pages ? to : s->pages;
	for (uint64_t at = from; exclusive && at < to; at++)
		if (s->map[at] == TAKEN)
			return error(BA_BUSY, at * size > start ? at * size : start);
	for (uint64_t at = from; at < to; at++)
		s->map[at] = s->map[at] == FREE ? TAKEN : s->map[at];
	return done(0);
}
/* Every page that it covers. */
static struct ba_answer release(void *state, uint64_t start, uint64_t end)
{
	struct state *s = state;
	uint64_t size = 1ull << s->machine->page_shift, from = start / size + (start % size != 0), to = end / size;
	to = to < s->pages ? to : s->pages;
	for (uint64_t at = from; at < to; at++)
		if (s->map[at] == FREE)
			return error(BA_FREE_ALREADY, at * size);
	for (uint64_t at = from; at < to; at++)
		s->map[at] = s->map[at] == TAKEN ? FREE : s->map[at];
	return done(0);
}
/* It knows no nodes, and page 0 it never gives: address 0 stands for none. */
static struct ba_answer alloc(void *state, uint64_t bytes, uint64_t align, uint64_t goal, uint64_t limit, uint64_t node)
{
	struct state *s = state;
	uint64_t size = 1ull << s->machine->page_shift, step = align > size ? align / size : 1, run;
	uint64_t need = (bytes - 1) / size + 1, stop = limit && limit / size < s->pages ? limit / size : s->pages;
	for (uint64_t at = (goal + size - 1) / size; ; at = 0, goal = 0) {
		for (at = at ? (at + step - 1) / step * step : step; at < stop && need <= stop - at; at += step) {
			for (run = 0; run < need && s->map[at + run] == FREE; run++)
				;
			if (run == need)
				return memset(s->map + at, TAKEN, need), done(at * size);
		}
		if (!goal || node & BA_GOAL_IS_MIN)
			return error(BA_NO_MEMORY, 0);
	}
}
static struct ba_answer hand_over(const void *state, uint32_t nid, struct ba_sink *sink)
{
	const struct state *s = state;
	uint64_t count = 0 * nid;
	for (uint64_t at = 0; at < s->pages; at++)
		if (s->map[at] == FREE)
			sink->block(sink, at, 0), count++;
	return done(count);
}
typedef void visit(void *ctx, uint64_t start, uint64_t end);
static void each(const struct state *s, uint8_t what, visit *found, void *ctx)
{
	for (uint64_t from = 0, to; from < s->pages; from = to) {
		for (to = from + 1; to < s->pages && s->map[to] == s->map[from]; to++)
			;
		if (s->map[from] == what)
			found(ctx, from << s->machine->page_shift, to << s->machine->page_shift);
	}
}
static void each_free(const void *state, visit *found, void *ctx) { each(state, FREE, found, ctx); }
static void each_reserved(const void *state, visit *found, void *ctx) { each(state, TAKEN, found, ctx); }
static const struct ba_plugin plugin = {
	.abi = BA_ABI, .size = sizeof plugin, .traits = BA_REACHES_OUTSIDE | BA_NO_NODES | BA_HAND_OVER_SHARED,
	.name = "bytemap", .summary = "a byte for each page, searched from the bottom", .version = "1",
	.state_words = words, .build = build, .reserve = reserve, .free = release, .alloc = alloc, .hand_over = hand_over,
	.each_free = each_free, .each_reserved = each_reserved, .state_bytes = bytes,
};
const struct ba_plugin *bootalloc_plugin(uint32_t abi) { return abi == BA_ABI ? &plugin : 0; }
