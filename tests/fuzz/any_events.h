/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_FUZZ_ANY_EVENTS_H
#define KMEMSIM_FUZZ_ANY_EVENTS_H

/*
 * A workload, drawn: all operations, in all contexts, with sizes and times at
 * their ends, close together and far apart. It keeps the books of what is
 * live as if every call succeeded, so that nearly all of it can be run; a few
 * frees are wrong on purpose, to be counted.
 */

#include "tests/fuzz/any_machine.h"

#include <inttypes.h>
#include <string.h>

#define ANY_IDS 48
#define ANY_CACHES 3
#define ANY_POOLS 2
/* No sum of the times comes near the end of time. */
#define ANY_EVENTS 1000

enum any_kind {
	ANY_NOTHING,
	ANY_PAGES,
	ANY_FOLIO,
	ANY_KMALLOC,
	ANY_VMALLOC,
	ANY_KVMALLOC,
	ANY_OBJECT,
	ANY_DROPPABLE,
	ANY_ELEMENT,
	ANY_DMA,
	NR_ANY_KINDS
};

struct any_author {
	FILE *file;
	struct dice *dice;
	const struct any_machine *machine;
	uint64_t t_ns;
	uint8_t kind[ANY_IDS];
	uint8_t owner[ANY_IDS]; /* the cache or the pool */
	uint8_t order[ANY_IDS]; /* of pages; 0 where a size was given */
	uint8_t parts[ANY_IDS]; /* so many of them are free */
	bool cache[ANY_CACHES];
	bool pool[ANY_POOLS];
};

static const char *const any_frees[NR_ANY_KINDS] = {
	[ANY_PAGES] = "free_pages",
	[ANY_FOLIO] = "free_pages",
	[ANY_KMALLOC] = "kfree",
	[ANY_VMALLOC] = "vfree",
	[ANY_KVMALLOC] = "kvfree",
	[ANY_OBJECT] = "kmem_cache_free",
	[ANY_DROPPABLE] = "kmem_cache_free",
	[ANY_ELEMENT] = "mempool_free",
	[ANY_DMA] = "dma_free_coherent",
};

#define SAY(author, ...) fprintf((author)->file, __VA_ARGS__)

static inline uint64_t any_size(struct dice *dice)
{
	static const uint64_t ends[] = {
		1,
		0,
		8,
		64,
		96,
		192,
		4095,
		4096,
		4097,
		8192,
		8193,
		32768,
		131072,
		131073,
		1 << 20,
		(1 << 22) + 1,
		1ull << 31,
		1ull << 32,
		UINT32_MAX,
		1ull << 40,
		INT64_MAX,
		UINT64_MAX,
		UINT64_MAX - 4095,
	};

	/* Those that fit are the common ones. */
	return seldom(dice, 4) ? PICK(dice, ends) : draw(dice, 16384);
}

static inline void say_gfp(struct any_author *author)
{
	static const char *const bases[] = {
		"GFP_KERNEL",
		"GFP_ATOMIC",
		"GFP_HIGHUSER_MOVABLE",
		"GFP_NOWAIT",
		"GFP_NOFS",
		"GFP_NOIO",
		"GFP_USER",
		"GFP_TRANSHUGE",
		"GFP_KERNEL_ACCOUNT",
		"GFP_NOWAIT|__GFP_NOWARN",
	};
	static const char *const others[] = {
		"__GFP_ZERO",	       "__GFP_NOFAIL",	    "__GFP_NORETRY",
		"__GFP_RETRY_MAYFAIL", "__GFP_MEMALLOC",    "__GFP_NOMEMALLOC",
		"__GFP_THISNODE",      "__GFP_DMA",	    "__GFP_DMA32",
		"__GFP_MOVABLE",       "__GFP_RECLAIMABLE", "__GFP_WRITE",
		"__GFP_NOWARN",	       "__GFP_COMP",	    "__GFP_HIGHMEM",
		"__GFP_HIGH",
	};

	SAY(author, ", gfp: %s", PICK(author->dice, bases));
	while (seldom(author->dice, 3))
		SAY(author, "|%s", PICK(author->dice, others));
}

/* Who calls, where, and when: the beginning of each event. */
static inline void say_event(struct any_author *author, const char *op)
{
	static const uint64_t gaps[] = { 100,	     0,		  1,
					 1000,	     100000,	  10000000,
					 1000000000, 100000000000 };
	static const char *const contexts[] = { "softirq", "hardirq", "nmi" };
	struct dice *dice = author->dice;

	author->t_ns += seldom(dice, 2) ? PICK(dice, gaps) : draw(dice, 2000);
	SAY(author, "- {op: %s, t: %" PRIu64, op, author->t_ns);
	SAY(author, ", cpu: %u", draw(dice, author->machine->nr_cpus));
	if (seldom(dice, 8))
		SAY(author, ", node: %u",
		    draw(dice, author->machine->nr_nodes));
	if (seldom(dice, 6))
		SAY(author, ", ctx: %s", PICK(dice, contexts));
	else if (seldom(dice, 16))
		SAY(author, ", can_sleep: false");
}

static inline void say_task(struct any_author *author)
{
	SAY(author, ", task: %c", 'a' + draw(author->dice, 3));
}

/* ---- what allocates ---- */

static inline uint8_t say_pages(struct any_author *author, uint32_t id)
{
	static const char *const ops[] = { "alloc_pages", "__get_free_pages",
					   "get_zeroed_page" };
	struct dice *dice = author->dice;
	uint32_t op = seldom(dice, 4) ? draw(dice, 3) : 0;
	uint32_t order = seldom(dice, 3) ? draw(dice, 16) : 0;

	say_event(author, ops[op]);
	SAY(author, ", id: %u", id);
	say_gfp(author);
	author->order[id] = author->parts[id] = 0;
	if (op == 2)
		return ANY_PAGES;
	if (seldom(dice, 6))
		SAY(author, ", size: %" PRIu64, any_size(dice));
	else
		SAY(author, ", order: %u", author->order[id] = order);
	return ANY_PAGES;
}

static inline uint8_t say_folio(struct any_author *author, uint32_t id)
{
	static const char *const states[] = { "dirty", "mapped", "executable" };
	static const char *const ages[] = { "active", "unevictable" };
	struct dice *dice = author->dice;
	bool file = draw(dice, 2);

	say_event(author, "alloc_pages");
	SAY(author, ", id: %u, order: %u", id,
	    seldom(dice, 4) ? draw(dice, 10) : 0);
	say_gfp(author);
	if (file)
		SAY(author, ", lru: file, mapping: %c", 'f' + draw(dice, 2));
	else
		SAY(author, ", lru: anon");
	for (size_t i = 0; i < (file ? 3 : 1); i++)
		if (seldom(dice, 3))
			SAY(author, ", %s: true", states[i]);
	if (seldom(dice, 3))
		SAY(author, ", %s: true", PICK(dice, ages));
	if (seldom(dice, 2))
		say_task(author);
	return ANY_FOLIO;
}

static inline uint8_t say_sized(struct any_author *author, uint32_t id)
{
	static const struct {
		const char *op;
		uint8_t kind;
	} ways[] = {
		{ "kmalloc", ANY_KMALLOC },   { "kzalloc", ANY_KMALLOC },
		{ "vmalloc", ANY_VMALLOC },   { "vzalloc", ANY_VMALLOC },
		{ "kvmalloc", ANY_KVMALLOC }, { "dma_alloc_coherent", ANY_DMA },
	};
	struct dice *dice = author->dice;
	uint32_t way = draw(dice, sizeof ways / sizeof *ways);

	say_event(author, ways[way].op);
	SAY(author, ", id: %u, size: %" PRIu64, id, any_size(dice));
	if (ways[way].kind != ANY_VMALLOC || seldom(dice, 2))
		say_gfp(author);
	if (ways[way].kind == ANY_DMA && draw(dice, 2))
		SAY(author, ", mask_bits: %u", 1 + draw(dice, 64));
	return ways[way].kind;
}

static inline void say_cache(struct any_author *author, uint32_t cache)
{
	static const char *const flags[] = {
		"SLAB_HWCACHE_ALIGN", "SLAB_CACHE_DMA",	      "SLAB_POISON",
		"SLAB_RED_ZONE",      "SLAB_TYPESAFE_BY_RCU", "SLAB_STORE_USER",
		"SLAB_ACCOUNT",	      "SLAB_NO_MERGE",	      "SLAB_NO_REAP",
	};
	struct dice *dice = author->dice;

	say_event(author, "kmem_cache_create");
	SAY(author, ", cache: c%u, size: %" PRIu64, cache,
	    seldom(dice, 16) ? any_size(dice) : 1 + draw(dice, 1024));
	if (seldom(dice, 3))
		SAY(author, ", align: %u", 1u << draw(dice, 32));
	/* Objects of the first one may be dropped. */
	SAY(author, ", flags: [");
	if (cache == 0)
		SAY(author, "SLAB_RECLAIM_ACCOUNT, ");
	if (seldom(dice, 2))
		SAY(author, "%s", PICK(dice, flags));
	SAY(author, "]");
	author->cache[cache] = true;
}

static inline uint8_t say_object(struct any_author *author, uint32_t id)
{
	uint32_t cache = draw(author->dice, ANY_CACHES);
	bool droppable = cache == 0 && draw(author->dice, 2);

	if (!author->cache[cache]) {
		say_cache(author, cache);
		return ANY_NOTHING;
	}
	say_event(author, "kmem_cache_alloc");
	SAY(author, ", id: %u, cache: c%u", id, cache);
	say_gfp(author);
	if (droppable)
		SAY(author, ", reclaimable: true");
	author->owner[id] = (uint8_t)cache;
	return droppable ? ANY_DROPPABLE : ANY_OBJECT;
}

static inline void say_pool(struct any_author *author, uint32_t pool)
{
	static const uint32_t reserves[] = { 1, 0, 2, 8, 50, 5000 };
	struct dice *dice = author->dice;
	/* One with pools can't be destroyed; the last one never is. */
	uint32_t cache = ANY_CACHES - 1;
	bool draws = author->cache[cache] && draw(dice, 2);

	say_event(author, "mempool_create");
	SAY(author, ", pool: p%u, min_nr: %u", pool,
	    seldom(dice, 4) ? PICK(dice, reserves) : 1);
	if (draws)
		SAY(author, ", cache: c%u", cache);
	else if (draw(dice, 2))
		SAY(author, ", order: %u", draw(dice, 4));
	else
		SAY(author, ", size: %u", 1 + draw(dice, 8192));
	author->pool[pool] = true;
}

static inline uint8_t say_element(struct any_author *author, uint32_t id)
{
	uint32_t pool = draw(author->dice, ANY_POOLS);

	if (!author->pool[pool]) {
		say_pool(author, pool);
		return ANY_NOTHING;
	}
	say_event(author, "mempool_alloc");
	SAY(author, ", id: %u, pool: p%u", id, pool);
	say_gfp(author);
	author->owner[id] = (uint8_t)pool;
	return ANY_ELEMENT;
}

static inline void say_allocation(struct any_author *author, uint32_t id)
{
	static uint8_t (*const ways[])(struct any_author *, uint32_t) = {
		say_pages, say_folio, say_sized, say_object, say_element,
	};

	author->kind[id] = PICK(author->dice, ways)(author, id);
}

/* ---- what frees, and what uses ---- */

/* Of a block of pages up to eight parts, one after the other. */
static inline void say_part(struct any_author *author, uint32_t id)
{
	uint32_t order = author->order[id] > 3 ? author->order[id] - 3u : 0;
	uint32_t parts = 1u << (author->order[id] - order);
	uint32_t part = author->parts[id]++ ^ (id & (parts - 1));

	SAY(author, ", page: %u, order: %u", part << order, order);
	if (author->parts[id] == parts)
		author->kind[id] = ANY_NOTHING;
}

static inline void say_free(struct any_author *author, uint32_t id)
{
	uint8_t kind = author->kind[id];
	bool part = author->parts[id] > 0 ||
		    (author->order[id] > 0 && seldom(author->dice, 4));

	if (seldom(author->dice, 64))
		kind = (uint8_t)(1 + draw(author->dice, NR_ANY_KINDS - 1));
	say_event(author, any_frees[kind]);
	SAY(author, ", id: %u", id);
	if (part && kind == ANY_PAGES && author->kind[id] == ANY_PAGES)
		say_part(author, id);
	else if (kind == author->kind[id])
		author->kind[id] = ANY_NOTHING;
}

static inline void say_extent(struct any_author *author)
{
	if (draw(author->dice, 2))
		SAY(author, ", offset: %" PRIu64, any_size(author->dice));
	if (draw(author->dice, 2))
		SAY(author, ", size: %" PRIu64, any_size(author->dice));
}

static inline void say_use(struct any_author *author, uint32_t id)
{
	static const char *const ops[] = { "kmap", "kunmap", "memset", "read" };
	struct dice *dice = author->dice;
	uint8_t kind = author->kind[id];
	uint32_t op = draw(dice, 4);

	if (kind == ANY_FOLIO || kind == ANY_DROPPABLE) {
		say_event(author, "touch");
		SAY(author, ", id: %u%s", id,
		    draw(dice, 2) ? ", write: true" : "");
		return;
	}
	if (kind != ANY_PAGES)
		op |= 2;
	say_event(author, ops[op]);
	SAY(author, ", id: %u", id);
	if (op < 2 && draw(dice, 2))
		SAY(author, ", page: %u", draw(dice, 1u << author->order[id]));
	if (op == 2)
		SAY(author, ", byte: %u", draw(dice, 256));
	if (op >= 2)
		say_extent(author);
}

/* Has nothing of the workload's books come from it? */
static inline bool any_owns_none(const struct any_author *author,
				 uint32_t owner, bool pool)
{
	for (uint32_t id = 0; id < ANY_IDS; id++)
		if (author->owner[id] == owner &&
		    (pool ? author->kind[id] == ANY_ELEMENT :
			    author->kind[id] == ANY_OBJECT ||
				     author->kind[id] == ANY_DROPPABLE))
			return false;
	return true;
}

static inline void say_cache_or_pool(struct any_author *author)
{
	struct dice *dice = author->dice;
	uint32_t pool = draw(dice, ANY_POOLS), cache = draw(dice, ANY_CACHES);

	if (seldom(dice, 3) && author->pool[pool]) {
		if (!any_owns_none(author, pool, true) && !seldom(dice, 32))
			return;
		say_event(author, "mempool_destroy");
		SAY(author, ", pool: p%u}\n", pool);
		author->pool[pool] = false;
	} else if (author->cache[cache]) {
		bool go = any_owns_none(author, cache, false) &&
			  cache < ANY_CACHES - 1 && draw(dice, 2);

		say_event(author,
			  go ? "kmem_cache_destroy" : "kmem_cache_shrink");
		SAY(author, ", cache: c%u}\n", cache);
		author->cache[cache] = !go;
	}
}

static inline void say_other(struct any_author *author)
{
	struct dice *dice = author->dice;

	switch (draw(dice, 8)) {
	case 0:
		say_event(author, "sample");
		break;
	case 1:
		say_event(author, "drain_all_pages");
		break;
	case 2:
		say_event(author, "truncate");
		SAY(author, ", mapping: %c", 'f' + draw(dice, 2));
		break;
	case 3:
		say_event(author, "oom_score_adj");
		say_task(author);
		SAY(author, ", value: %d", (int)draw(dice, 2001) - 1000);
		break;
	case 4:
		say_event(author, "exit");
		say_task(author);
		break;
	case 5:
		say_event(author, "free_pages");
		SAY(author, ", pfn: %u", draw(dice, 8192));
		break;
	case 6:
		say_event(author, "kswapd_begin");
		break;
	case 7:
		say_event(author, "kswapd_end");
		break;
	}
	SAY(author, "}\n");
}

/* Writes a workload until the dice are used up; returns when it ends, in ns. */
static inline uint64_t write_events(FILE *file, struct dice *dice,
				    const struct any_machine *machine)
{
	struct any_author author = { .file = file,
				     .dice = dice,
				     .machine = machine };

	fputs("kmemsim: workload\nversion: 1\nname: any\nevents:\n", file);
	for (uint32_t i = 0; i < ANY_EVENTS && dice->left; i++) {
		uint32_t id = draw(dice, ANY_IDS);

		if (seldom(dice, 12)) {
			say_other(&author);
			continue;
		}
		if (seldom(dice, 24)) {
			say_cache_or_pool(&author);
			continue;
		}
		if (author.kind[id] == ANY_NOTHING)
			say_allocation(&author, id);
		else if (draw(dice, 2))
			say_use(&author, id);
		else
			say_free(&author, id);
		SAY(&author, "}\n");
	}
	return author.t_ns;
}

#endif
