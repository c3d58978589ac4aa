/* SPDX-License-Identifier: MIT OR Apache-2.0
 * What mm/memblock.c of Linux 5.4 to 7.x, and mm/bootmem.c until 4.19, want of their surroundings, written anew for user
 * space: names and meanings are the kernel's, no line is. Every header that those files include stands for this one.
 *
 * What a kernel would do here and a replay cannot (struct page, slab, kmemleak, printing) does nothing. What is not here
 * does not compile, and the program that builds this names the symbol. */
#ifndef BOOTALLOC_STAND_IN_H
#define BOOTALLOC_STAND_IN_H
#include <stdint.h>
#include <stddef.h>
#include <stdbool.h>
#include <string.h>
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <limits.h>

typedef uint8_t u8; typedef uint16_t u16; typedef uint32_t u32; typedef unsigned long long u64;
typedef int8_t s8; typedef int16_t s16; typedef int32_t s32; typedef long long s64;
#ifndef BA_PHYS_32
typedef unsigned long long phys_addr_t;
#else
typedef uint32_t phys_addr_t;
#endif
typedef phys_addr_t resource_size_t;
typedef unsigned int gfp_t;
typedef unsigned short umode_t;
typedef unsigned int slab_flags_t;
typedef struct { long v; } atomic_long_t;
typedef struct { int v; } atomic_t;
typedef long ssize_ba;

/* sections and attributes */
#define __init
#define __initdata
#define __initconst
#define __meminit
#define __meminitdata
#define __refdata
#define __ref
#define __ro_after_init
#define __read_mostly
#define __maybe_unused __attribute__((unused))
#define __always_unused __attribute__((unused))
#define __must_check
#define __malloc
#define __printf(a, b)
#define __weak __attribute__((weak))
#define __force
#define __user
#define noinline __attribute__((noinline))
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define EXPORT_SYMBOL(x)
#define EXPORT_SYMBOL_GPL(x)
#define early_param(n, f)
#define __setup(n, f)
#define pure_initcall(f)
#define core_initcall(f)
#define __initcall(f)
#define device_initcall(f)
#define late_initcall(f)
#define fs_initcall(f)
#define module_param(...)
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define barrier() __asm__ __volatile__("" ::: "memory")

/* is a CONFIG_ symbol set to 1? */
#define BA_ARG_1 0,
#define BA_SECOND(a, b, ...) b
#define BA_SET3(x) BA_SECOND(x 1, 0)
#define BA_SET2(x) BA_SET3(BA_ARG_##x)
#define BA_SET1(x) BA_SET2(x)
#define IS_ENABLED(x) BA_SET1(x)
#define IS_BUILTIN(x) BA_SET1(x)
#define IS_REACHABLE(x) BA_SET1(x)

/* arithmetic: each argument is evaluated once */
#define min(a, b) ({ __auto_type ba_a = (a); __auto_type ba_b = (b); ba_a < ba_b ? ba_a : ba_b; })
#define max(a, b) ({ __auto_type ba_a = (a); __auto_type ba_b = (b); ba_a > ba_b ? ba_a : ba_b; })
#define min_t(t, a, b) ({ t ba_a = (a); t ba_b = (b); ba_a < ba_b ? ba_a : ba_b; })
#define max_t(t, a, b) ({ t ba_a = (a); t ba_b = (b); ba_a > ba_b ? ba_a : ba_b; })
#define min3(a, b, c) ({ __auto_type ba_m = min(a, b); __auto_type ba_n = (c); ba_m < ba_n ? ba_m : ba_n; })
#define clamp(v, lo, hi) ({ __auto_type ba_v = (v); __auto_type ba_l = (lo); __auto_type ba_h = (hi); \
	ba_v < ba_l ? ba_l : ba_v > ba_h ? ba_h : ba_v; })
#define clamp_t(t, v, lo, hi) ({ t ba_v = (v); t ba_l = (lo); t ba_h = (hi); ba_v < ba_l ? ba_l : ba_v > ba_h ? ba_h : ba_v; })
#define swap(a, b) do { __typeof__(a) ba_s = (a); (a) = (b); (b) = ba_s; } while (0)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define round_down(x, y) ((x) & ~((__typeof__(x))(y) - 1))
#define round_up(x, y) ((((x) - 1) | ((__typeof__(x))(y) - 1)) + 1)
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a) - 1))
#define ALIGN(x, a) (((x) + ((__typeof__(x))(a) - 1)) & ~((__typeof__(x))(a) - 1))
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a) - 1)) == 0)
#define is_power_of_2(n) ((n) && !((n) & ((n) - 1)))
#define BIT(n) (1ul << (n))
#define lower_32_bits(n) ((u32)(n))
#define upper_32_bits(n) ((u32)((u64)(n) >> 32))
static __always_inline unsigned long ba_ffs(unsigned long x) { return (unsigned long)__builtin_ctzl(x); }
#define __ffs(x) ba_ffs(x)
#define fls64(x) ((x) ? 64 - __builtin_clzll(x) : 0)
#define ilog2(x) (63 - __builtin_clzll(x))
#define SZ_1K 0x400ul
#define SZ_1M 0x100000ul
#define SZ_1G 0x40000000ul
#ifndef U64_MAX
#define U64_MAX (~0ull)
#endif

/* complaints */
extern void ba_panic(const char *format, ...) __attribute__((noreturn, cold, format(printf, 1, 2)));
extern void ba_warn(const char *what, const char *file, int line) __attribute__((cold));
#define panic(...) ba_panic(__VA_ARGS__)
#define BUG() ba_panic("BUG at %s:%d", __FILE__, __LINE__)
#define BUG_ON(c) do { if (unlikely(c)) ba_panic("BUG_ON(%s) at %s:%d", #c, __FILE__, __LINE__); } while (0)
#define VM_BUG_ON(c) do { (void)sizeof(!(c)); } while (0)
#define BUILD_BUG_ON(c) _Static_assert(!(c), #c)
#ifndef static_assert
#define static_assert(...) _Static_assert(BA_SA(__VA_ARGS__, #__VA_ARGS__))
#define BA_SA(c, ...) c, "static_assert"
#endif
#define WARN_ON(c) ({ bool ba_w = (c); if (unlikely(ba_w)) ba_warn("WARN_ON(" #c ")", __FILE__, __LINE__); unlikely(ba_w); })
#define WARN_ON_ONCE(c) WARN_ON(c)
#define WARN(c, ...) WARN_ON(c)
#define WARN_ONCE(c, ...) WARN_ON(c)
#define VM_WARN_ON_ONCE(c) WARN_ON(c)
/* never printed: kernel formats (%pa, %pS) mean nothing to a libc */
#define ba_drop(...) do { if (0) ba_unused(0, ##__VA_ARGS__); } while (0)
static inline void ba_unused(int n, ...) { (void)n; }
#define pr_info(...) ba_drop(__VA_ARGS__)
#define pr_debug(...) ba_drop(__VA_ARGS__)
#define pr_notice(...) ba_drop(__VA_ARGS__)
#define pr_warn(...) ba_drop(__VA_ARGS__)
#define pr_warn_once(...) ba_drop(__VA_ARGS__)
#define pr_warning(...) ba_drop(__VA_ARGS__)
#define pr_warn_ratelimited(...) ba_drop(__VA_ARGS__)
#define pr_err(...) ba_drop(__VA_ARGS__)
#define pr_alert(...) ba_drop(__VA_ARGS__)
#define pr_crit(...) ba_drop(__VA_ARGS__)
#define pr_cont(...) ba_drop(__VA_ARGS__)
#define printk(...) ba_drop(__VA_ARGS__)
#define KERN_INFO
#define KERN_WARNING
#define KERN_ERR
#define dump_stack() do { } while (0)
#define _RET_IP_ ((unsigned long)__builtin_return_address(0))
#define _THIS_IP_ 0ul

/* pages and nodes */
#ifndef BA_PAGE_SHIFT
#define BA_PAGE_SHIFT 12
#endif
#define PAGE_SHIFT BA_PAGE_SHIFT
#define PAGE_SIZE (1ul << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define PAGE_ALIGN(x) ALIGN(x, PAGE_SIZE)
#define PAGE_ALIGN_DOWN(x) ALIGN_DOWN(x, PAGE_SIZE)
#define PFN_ALIGN(x) (((unsigned long)(x) + (PAGE_SIZE - 1)) & PAGE_MASK)
#define PFN_UP(x) ((unsigned long)(((x) + PAGE_SIZE - 1) >> PAGE_SHIFT))
#define PFN_DOWN(x) ((unsigned long)((x) >> PAGE_SHIFT))
#define PFN_PHYS(x) ((phys_addr_t)(x) << PAGE_SHIFT)
#define PHYS_PFN(x) ((unsigned long)((x) >> PAGE_SHIFT))
#define PHYS_ADDR_MAX (~(phys_addr_t)0)
#define SMP_CACHE_BYTES 64
#define L1_CACHE_BYTES 64
#define MAX_DMA_ADDRESS 0xffffffff81000000ul
#define BITS_PER_LONG 64
#ifndef CONFIG_NODES_SHIFT
#define CONFIG_NODES_SHIFT 10
#endif
#define MAX_NUMNODES (1 << CONFIG_NODES_SHIFT)
#define NUMA_NO_NODE (-1)
#define numa_valid_node(n) ((n) >= 0 && (n) < MAX_NUMNODES)
#define page_to_nid(p) 0
#define numa_node_id() 0
extern int ba_max_order;                        /* the largest order */
#ifdef BA_MAX_ORDER_EXCLUSIVE
#define MAX_ORDER ((unsigned long)ba_max_order + 1)
#else
#define MAX_ORDER ba_max_order
#endif
#define MAX_PAGE_ORDER ba_max_order
#define MAX_ORDER_NR_PAGES (1ul << ba_max_order)
#define pageblock_order 9
#define pageblock_nr_pages (1ul << pageblock_order)
#define pageblock_start_pfn(p) ALIGN_DOWN((p), pageblock_nr_pages)
#define pageblock_align(p) ALIGN((p), pageblock_nr_pages)
#define pageblock_end_pfn(p) ALIGN((p) + 1, pageblock_nr_pages)
#define PAGES_PER_SECTION (1ul << 15)
enum zone_type { ZONE_DMA, ZONE_DMA32, ZONE_NORMAL, ZONE_MOVABLE, MAX_NR_ZONES };
enum { DEFAULT_ZONELIST_LAST };
enum migratetype { MIGRATE_UNMOVABLE, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_CMA };
struct page { unsigned long flags; };
struct folio;
#if defined BA_HAS_NOBOOTMEM || defined BA_IS_BOOTMEM
struct zone { unsigned long managed_pages; };
#else
struct zone { atomic_long_t managed_pages; };
#endif
typedef struct pglist_data { struct zone node_zones[MAX_NR_ZONES]; int node_id; unsigned long node_start_pfn, node_spanned_pages; struct bootmem_data *bdata; } pg_data_t;
#define NODE_DATA(n) ((pg_data_t *)0)
#define for_each_online_pgdat(p) for ((p) = 0; (p); )
#define for_each_online_node(n) for ((n) = 0; (n) < 0; (n)++)
#define for_each_node(n) for ((n) = 0; (n) < 0; (n)++)
#define for_each_valid_pfn(p, s, e) for ((p) = (s); (p) < (e) && 0; (p)++)
#define atomic_long_set(a, n) ((a)->v = (n))
#define pfn_to_page(p) ((struct page *)((p) << 6))
#define page_to_pfn(p) ((unsigned long)(p) >> 6)
#define pfn_valid(p) 1
#define virt_to_page(p) ((struct page *)(p))
#define SetPageReserved(p) ((void)(p))
#define __SetPageReserved(p) ((void)(p))
#define ClearPageReserved(p) ((void)(p))
#define init_deferred_page(p, n) ((void)(p))
#define early_pfn_to_nid(p) 0
#define page_init_poison(p, n) ((void)(p))
#define totalram_pages_inc() ((void)0)
#define totalram_pages_add(n) ((void)(n))
extern unsigned long totalram_pages_ba;
#define totalram_pages totalram_pages_ba
extern bool mirrored_kernelcore;
extern bool movable_node_enabled;
#define movable_node_is_enabled() movable_node_enabled
#define accept_memory(a, b) ((void)(a))
#define deferred_pages_enabled() false
#define reserve_bootmem_region(...) ((void)0)
/* only what the page allocator is given is told to the host: (page, pfn, order) until 6.18, (pfn, order) since */
extern void ba_free_pages(unsigned long pfn, unsigned order);
#define BA_PICK4(a, b, c, n, ...) n
#define BA_FP3(page, pfn, order) ba_free_pages((pfn), (order))
#define BA_FP2(pfn, order) ba_free_pages((pfn), (order))
#define memblock_free_pages(...) BA_PICK4(__VA_ARGS__, BA_FP3, BA_FP2, )(__VA_ARGS__)
#define __free_pages_bootmem(page, pfn, order) ba_free_pages((pfn), (order))
#define __free_pages_core(...) ((void)0)
#define adjust_managed_page_count(...) ((void)0)

/* other allocators: never there at boot */
#define GFP_KERNEL 0u
#define GFP_NOWAIT 1u
#define __GFP_ZERO 2u
#define __GFP_NOWARN 4u
#define slab_is_available() false
#define kmalloc(...) ((void *)0)
#define kzalloc(...) ((void *)0)
#define kzalloc_node(...) ((void *)0)
#define kmalloc_node(...) ((void *)0)
#define kvmalloc(...) ((void *)0)
#define kfree(p) ((void)(p))
#define kmemleak_alloc_phys(...) ((void)0)
#define kmemleak_free_part_phys(...) ((void)0)
#define kmemleak_free_part(...) ((void)0)
#define kmemleak_alloc(...) ((void)0)
#define kmemleak_not_leak_phys(...) ((void)0)
#define kmemleak_ignore_phys(...) ((void)0)
#define kasan_reset_tag(p) (p)

/* addresses: what is allocated is only looked at as a number; tables that grow lie in host memory */
extern void *ba_table_at(unsigned long long phys);
extern unsigned long long ba_table_home(const void *table);
#define phys_to_virt(x) ((void *)(unsigned long)(x))
#define virt_to_phys(x) ((phys_addr_t)(unsigned long)(x))
#define __va(x) ba_table_at(x)
#define __pa(x) ba_table_home((const void *)(x))
#define __pa_symbol(x) ((phys_addr_t)(unsigned long)(x))

/* odds and ends of 6.12 and later */
struct mutex { int unused; };
#define DEFINE_MUTEX(m) struct mutex m
#define mutex_lock(m) ((void)(m))
#define mutex_unlock(m) ((void)(m))
#define guard(kind) BA_GUARD
#define BA_GUARD(x) ((void)(x))
#define strscpy(...) BA_PICK4(__VA_ARGS__, BA_SC3, BA_SC2, )(__VA_ARGS__)
#define BA_SC3(d, s, n) (snprintf((d), (n), "%s", (s)))
#define BA_SC2(d, s) (snprintf((d), sizeof(d), "%s", (s)))
#define isdigit(c) ((c) >= '0' && (c) <= '9')
#define isalpha(c) (((c) | 32) >= 'a' && ((c) | 32) <= 'z')
#define memparse(p, r) strtoull((p), (char **)(r), 0)
#define simple_strtoul strtoul
#define str_yes_no(v) ((v) ? "yes" : "no")
struct seq_file;
struct dentry;
/* nothing was handed over by a kernel that ran before, and nothing lies in this one's image */
#define kho_scratch_overlap(at, size) false
#define __is_kernel(at) false
#endif
