/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * bootalloc_plugin.h: a boot memory allocator as a shared library.
 *
 * A library has one function that its host looks up by name, bootalloc_plugin(). It returns a table of functions, which
 * the host calls as an architecture's code calls its boot allocator: build, then reservations, allocations and frees in
 * the order of a recorded boot, then the hand-over of what is free.
 *
 * Units. Addresses and sizes are bytes, ranges are half-open [start, end), frame numbers (pfn) are addresses divided by
 * the size of a page, an order is the binary logarithm of a number of pages. Nothing here points into the machine that is
 * replayed: it has no memory behind its addresses, so an allocator neither zeroes nor reads what it gives.
 *
 * Versions. BA_ABI changes when an old library could no longer be called. What is added before that is added at the end of
 * a structure, whose first field is its size in bytes: read nothing beyond the size that you were given.
 *
 * Threads. The host calls from one thread at a time, but for hand_over() of a library that says BA_HAND_OVER_SHARED.
 *
 * Errors. A call that answers with an error must have changed nothing. A library that cannot go on calls host->fail(),
 * which does not return; what else ends or hangs its process, the host reports as this strategy's failure.
 */
#ifndef BOOTALLOC_PLUGIN_H
#define BOOTALLOC_PLUGIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BA_ABI 1u

/* No node: an allocation on any, memory of which the node is not known, a hand-over of all. */
#define BA_NO_NODE UINT32_MAX

/* An answer: it comes back in two registers. value is what a function says it is, or where an error was met. */
struct ba_answer {
	uint64_t error; /* BA_OK, or an error below */
	uint64_t value;
};

enum ba_error {
	BA_OK = 0,
	BA_NO_MEMORY = 1,        /* alloc: no free block fits */
	BA_TABLES_FULL = 2,      /* the allocator's own tables are full and cannot grow */
	BA_BUSY = 3,             /* reserve, exclusive: value is the first byte that is reserved already */
	BA_OUTSIDE = 4,          /* value is the first address that is no memory */
	BA_FREE_ALREADY = 5,     /* free: value is the first address that is free already */
	BA_RELEASED = 6,         /* value is the first address that was handed over before */
	BA_FIXED_MAP = 7,        /* change: the map is fixed */
	BA_TOO_LITTLE_STATE = 8, /* build: more words of state are needed */
	BA_WRONG_PAGE = 9,       /* build: compiled for another size of page; value is its binary logarithm */
};

/* What a library is like. */
enum ba_trait {
	/* reserve and free take addresses where no memory is; for others the host clips them. */
	BA_REACHES_OUTSIDE = 1,
	/* State is in the library's own static data, not in what build() is handed. The host puts .data and .bss back to what
	 * they were when the library was loaded before each build, and has one allocator of it at a time. */
	BA_STATE_IN_LIBRARY = 2,
	/* It knows no nodes: answers on another node than was asked for are counted, not refused, and hand_over() is called
	 * with BA_NO_NODE. */
	BA_NO_NODES = 4,
	/* hand_over() only reads, and may be called from several threads at once. */
	BA_HAND_OVER_SHARED = 8,
};

/* Flags of memory: the kernel's own. */
enum ba_memory_flag {
	BA_HOTPLUG = 0x1,         /* may be unplugged later */
	BA_MIRROR = 0x2,          /* mirrored: preferred while there is any */
	BA_NOMAP = 0x4,           /* never to be handed out */
	BA_DRIVER_MANAGED = 0x8,  /* never to be handed out */
	BA_RSRV_NOINIT = 0x10,    /* of reserved ranges */
	BA_RSRV_KERN = 0x20,      /* of reserved ranges */
	BA_KHO_SCRATCH = 0x40,    /* the only memory to be given out while BA_SCRATCH_ONLY is set */
	BA_RSRV_HUGETLB = 0x80,   /* of reserved ranges */
};

struct ba_memory {
	uint64_t start, end;
	uint32_t nid;   /* BA_NO_NODE: not known yet */
	uint32_t flags; /* enum ba_memory_flag */
};

/* The machine. It stays where it is until the allocator is not used any more. */
struct ba_machine {
	uint32_t size;
	uint8_t page_shift;
	uint8_t max_order;      /* of the largest block that the page allocator takes */
	uint16_t reserved;
	const struct ba_memory *nodes; /* all memory that it ever has, ascending, each piece with its node */
	uint64_t nodes_len;
	const struct ba_memory *start; /* what of it is usable, and free, at the beginning */
	uint64_t start_len;
	const uint32_t *nids;          /* the nodes that are on line, ascending, those without memory included */
	uint64_t nids_len;
};

/* What a library may ask of its host. It stays where it is until the allocator is not used any more. */
struct ba_host {
	uint32_t size;
	uint32_t reserved;
	void *ctx; /* the first argument of each of these */
	/* Memory for a table that has outgrown what build() was handed. The allocator has reserved [phys, phys + bytes) of the
	 * machine for it; the host answers with as many bytes of its own, aligned to 8, or with NULL. Nobody takes it back. */
	void *(*table)(void *ctx, uint64_t phys, uint64_t bytes);
	/* The allocator gives up, and why. It does not return. */
	void (*fail)(void *ctx, const char *message);
	/* Something to be told that is no failure, such as a warning. */
	void (*note)(void *ctx, const char *message);
};

/* Where free memory goes. Blocks are aligned to their size, at most of max_order, and ascend. */
struct ba_sink {
	uint32_t size;
	uint32_t reserved;
	void (*block)(struct ba_sink *sink, uint64_t pfn, uint32_t order);
	/* count blocks of one order, each beginning where the one before it ends */
	void (*blocks)(struct ba_sink *sink, uint64_t pfn, uint32_t order, uint64_t count);
};

/* The last argument of alloc(): a node in the lower 32 bits, or BA_NO_NODE, with these above. */
#define BA_EXACT_NODE (UINT64_C(1) << 32)  /* on this node or not at all; else other nodes will do */
#define BA_GOAL_IS_MIN (UINT64_C(1) << 33) /* at goal or above or not at all; else below it will do */

/* What change() is about. */
enum ba_change {
	BA_ADD = 0,         /* memory is found: of node nid, with these flags */
	BA_REMOVE = 1,      /* memory is taken away */
	BA_SET_NODE = 2,    /* its node is learnt */
	BA_SET_FLAGS = 3,   /* flags are set */
	BA_CLEAR_FLAGS = 4, /* flags are cleared */
};

/* What set() is about. */
enum ba_setting {
	BA_BOTTOM_UP = 0,     /* search upward from the bottom: 0 or 1 */
	BA_CURRENT_LIMIT = 1, /* where allocations without a limit end; 0 for nowhere */
	BA_ALLOW_RESIZE = 2,  /* full tables may grow: 0 or 1 */
	BA_MOVABLE_NODE = 3,  /* memory that may be unplugged is left alone: 0 or 1 */
	BA_MARK_KERNEL = 4,   /* allocations are kept apart from other reservations: 0 or 1 */
	BA_SCRATCH_ONLY = 5,  /* memory is given out from BA_KHO_SCRATCH alone: 0 or 1 */
};

/* The lists of each_region() and capacity(). */
enum ba_list { BA_MEMORY = 0, BA_RESERVED = 1 };

struct ba_plugin {
	uint32_t abi;    /* BA_ABI */
	uint32_t size;   /* sizeof(struct ba_plugin) */
	uint32_t traits; /* enum ba_trait */
	uint32_t reserved;
	const char *name;    /* one lower-case word */
	const char *summary; /* one line */
	const char *version;

	/* The 8-byte words of state that build() needs for a machine. */
	uint64_t (*state_words)(const struct ba_machine *machine);
	/* Makes an allocator in words words of state, which hold anything. All of machine->start is free. */
	struct ba_answer (*build)(void *state, uint64_t words, const struct ba_machine *machine, const struct ba_host *host);
	/* Reserves what is not reserved yet; if exclusive is 1, nothing of it may be. An empty range changes nothing. */
	struct ba_answer (*reserve)(void *state, uint64_t start, uint64_t end, uint64_t exclusive);
	/* Frees. An empty range changes nothing. */
	struct ba_answer (*free)(void *state, uint64_t start, uint64_t end);
	/* size bytes, at least 1, aligned to align, a power of two, below limit unless that is 0; value is the address. */
	struct ba_answer (*alloc)(void *state, uint64_t size, uint64_t align, uint64_t goal, uint64_t limit, uint64_t node);
	/* Hands what is free on nid to sink, and only reads; value is the number of pages. */
	struct ba_answer (*hand_over)(const void *state, uint32_t nid, struct ba_sink *sink);
	/* Calls visit for each free range, each reserved range, ascending and disjoint. Never timed. */
	void (*each_free)(const void *state, void (*visit)(void *ctx, uint64_t start, uint64_t end), void *ctx);
	void (*each_reserved)(const void *state, void (*visit)(void *ctx, uint64_t start, uint64_t end), void *ctx);
	/* The bytes that the state takes up now, tables that have grown included. */
	uint64_t (*state_bytes)(const void *state);

	/* From here on each may be NULL. */

	/* Changes the memory map. NULL: it is fixed. */
	struct ba_answer (*change)(void *state, uint32_t what, uint64_t start, uint64_t end, uint32_t nid, uint32_t flags);
	/* Takes a setting over, and says whether it knows it. NULL: it knows none. */
	uint32_t (*set)(void *state, uint32_t what, uint64_t value);
	/* nid was handed over: nothing there is free any more. NULL: the host sees to it that nothing is asked for then. */
	void (*retire)(void *state, uint32_t nid);
	/* Hands what is free on all nodes to sink in one walk; value is the number of pages. NULL: node by node. */
	struct ba_answer (*hand_over_all)(const void *state, struct ba_sink *sink);
	/* Calls visit for each region of a list as it is kept. NULL: it keeps no lists. */
	void (*each_region)(const void *state, uint32_t list,
			    void (*visit)(void *ctx, uint64_t start, uint64_t end, uint32_t nid, uint32_t flags), void *ctx);
	/* How many regions a list holds before it must grow. NULL: it keeps no lists. */
	uint64_t (*capacity)(const void *state, uint32_t list);
};

/* The library's table, or NULL if it cannot serve a host of this version. It stays valid. */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const struct ba_plugin *bootalloc_plugin(uint32_t abi);

#ifdef __cplusplus
}
#endif

#endif
