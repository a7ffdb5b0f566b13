/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_SLAB_SLAB_H
#define KMEMSIM_MODELS_SLAB_SLAB_H

/*
 * The slab allocator's front door: kmem_cache_*() and kmalloc() of the
 * kernel, whichever flavour is behind them (SLUB: models/slab/slub.c, SLAB:
 * models/slab/aslab.c). It takes its pages from models/page/page_alloc.h.
 *
 *	struct slab_caches         one per simulated machine
 *	  struct slab_cache           one per kind of object: kmalloc-64, skb, …
 *	    slab                      2^order pages cut into equal objects
 *
 * Addresses are physical, in bytes: the engine adds the linear map's start.
 */

#include "models/page/page_alloc.h"
#include "models/slab/slab_flags.h"

struct slab_caches;
struct slab_cache;

#define OBJECT_NONE UINT64_MAX /* no address: the allocation failed */
/* What kmalloc(0) gives: an address to be freed, with nothing behind it. */
#define ZERO_SIZE_PTR ((uint64_t)16)
/* The same where addresses are physical: frame 0 may have an object at 16. */
#define ZERO_SIZE_OBJECT (OBJECT_NONE - 1)

/*
 * Builds the slab allocator with its kmalloc caches, all without a slab yet.
 * `memory` and `errors` are borrowed until slab_caches_free(). NULL with
 * an error added when the host has no memory.
 */
struct slab_caches *slab_caches_new(struct memory *memory,
				    struct errors *errors);
void slab_caches_free(struct slab_caches *caches);

/* --- caches --- */

struct slab_cache_request {
	uint32_t name;	  /* number of the run's names; not 0 */
	const char *text; /* its text; copied */
	uint64_t size;	  /* bytes of an object, 1 or more */
	uint32_t align;	  /* bytes, a power of two; 0: none asked for */
	uint32_t flags;	  /* enum slab_flag */
};

/*
 * How many there may be at a time: their numbers have 16 bits, and 0 is none.
 */
#define SLAB_MOST_CACHES 65535

enum slab_create_status {
	SLAB_CREATED,
	SLAB_CREATE_TOO_BIG, /* a result: no slab can hold such an object */
	SLAB_CREATE_EXISTS, /* the caller's mistakes: a cache of that name… */
	SLAB_CREATE_BAD_ALIGN, /* …an alignment that is no power of two… */
	SLAB_CREATE_BAD_SIZE,  /* …a size of 0… */
	SLAB_CREATE_TOO_MANY,  /* …or one more than SLAB_MOST_CACHES */
	SLAB_CREATE_HOST,      /* the host has no memory: an error was added */
};

/* Source: kmem_cache_create(), mm/slab_common.c. */
enum slab_create_status
slab_cache_create(struct slab_caches *caches,
		  const struct slab_cache_request *request);

/*
 * The cache that a name stands for, or NULL. Two names may stand for one
 * cache, where the machine merges like caches.
 */
struct slab_cache *slab_cache_find(const struct slab_caches *caches,
				   uint32_t name);

/* Was the creation of a cache of this name refused, and not tried again? */
bool slab_cache_was_refused(const struct slab_caches *caches, uint32_t name);

/* The bytes that kmem_cache_create() was asked for. */
uint32_t slab_cache_object_size(const struct slab_cache *cache);

/* enum slab_flag, as it was created with, or as the first of merged ones. */
uint32_t slab_cache_flags(const struct slab_cache *cache);

/*
 * Are objects that are allocated with these flags zeroed? Up to
 * slab_cache_object_size(). Source: slab_want_init_on_alloc().
 */
bool slab_cache_clears(const struct slab_cache *cache, gfp_t gfp);

/*
 * Gives empty slabs back to the page allocator, after every CPU has given up
 * its own. Source: kmem_cache_shrink().
 */
void slab_cache_shrink(struct slab_caches *caches, struct slab_cache *cache,
		       cpu_t cpu);

/*
 * Destroys the cache that the name stands for; a merged one lives on until
 * its last name goes. Returns 0; or the number of objects that are still
 * live, those included whose allocation sleeps in the middle: then the cache
 * stays, as the kernel's does, flushed and without its empty slabs (with SLUB,
 * those behind the first node with others stay). The name must exist. Source:
 * kmem_cache_destroy().
 */
uint64_t slab_cache_destroy(struct slab_caches *caches, uint32_t name,
			    cpu_t cpu);

/*
 * True if each CPU has to call slab_caches_reap() every two seconds: SLAB
 * gives back then what it has not used for a while, SLUB does not.
 */
bool slab_caches_need_reaping(const struct slab_caches *caches);

/*
 * The work of a CPU in a period of two seconds. `round` counts these periods
 * from 1 and is one more in each of the CPU's calls. Source: cache_reap(),
 * mm/slab.c.
 */
void slab_caches_reap(struct slab_caches *caches, cpu_t cpu, uint64_t round);

/*
 * Do pages of slabs wait for a grace period? Then slab_caches_tick() has to be
 * called at each tick of the clock (struct task_ops says when that begins).
 */
bool slab_caches_await_grace(const struct slab_caches *caches);

/*
 * A tick on all CPUs: pages whose grace period is over go back to the page
 * allocator, which adds to memory->work; the others come a step nearer.
 */
void slab_caches_tick(struct slab_caches *caches);

/* --- objects --- */

struct object_request {
	gfp_t gfp;
	cpu_t cpu;
	node_t node; /* NODE_ANY: the caller does not care */
};

/*
 * Where a live object is, to free it later: its slab and its number there, so
 * that they need not be found from its address. Of what lies in no slab, as
 * large objects of kmalloc(), and of OBJECT_NONE and ZERO_SIZE_OBJECT, it is
 * the address. An object keeps it as long as it lives.
 */
typedef uint64_t object_ref;

struct object_grant {
	uint64_t address;	 /* bytes, physical; OBJECT_NONE: failed */
	object_ref ref;		 /* the same, as slab_ref_of() */
	uint64_t granted;	 /* bytes that the caller may use: ksize() */
	pfn_t slab_pfn;		 /* first page of the slab; PFN_NONE: none */
	const struct zone *zone; /* NULL: none */
	enum alloc_path path;
	enum alloc_reason reason;
	bool host_failed; /* the host has no memory: an error was added */
};

/*
 * Adds to memory->work. May sleep as page_alloc() may: anything may happen to
 * this and other caches meanwhile. Source: kmem_cache_alloc_node().
 */
struct object_grant slab_cache_alloc(struct slab_caches *caches,
				     struct slab_cache *cache,
				     const struct object_request *request);

enum slab_free_status {
	SLAB_FREED,
	SLAB_FREED_WRONG_CACHE, /* freed, into the cache that it came from */
	SLAB_FREE_BAD,		/* no live object there: nothing was done */
};

/*
 * Frees an object, from the CPU that calls. The kernel warns where the object
 * is of another cache, and frees it all the same. Source: kmem_cache_free().
 */
enum slab_free_status slab_cache_free(struct slab_caches *caches,
				      struct slab_cache *cache,
				      uint64_t address, cpu_t cpu);

/*
 * Allocates from the smallest kmalloc cache that fits; above the largest one
 * straight from the page allocator, or not at all. Source: __kmalloc_node().
 */
struct object_grant kmalloc(struct slab_caches *caches, uint64_t size,
			    const struct object_request *request);

/* Takes any object's address, of a kmalloc cache or not. Source: kfree(). */
enum slab_free_status kfree(struct slab_caches *caches, uint64_t address,
			    cpu_t cpu);

/*
 * The same by a reference that was kept: kfree(), or where `cache` is not NULL,
 * slab_cache_free().
 */
enum slab_free_status slab_free_ref(struct slab_caches *caches,
				    struct slab_cache *cache, object_ref ref,
				    cpu_t cpu);

/* Bytes that may be used at the address; 0 where nothing is. */
uint64_t ksize(const struct slab_caches *caches, uint64_t address);

/* The cache that an address is of; NULL: of none. */
struct slab_cache *slab_cache_at(const struct slab_caches *caches,
				 uint64_t address);

/* The first page of the slab an object lies in; PFN_NONE: in no slab. */
pfn_t slab_pfn_of(const struct slab_caches *caches, uint64_t address);

object_ref slab_ref_of(const struct slab_caches *caches, uint64_t address);
uint64_t slab_address_of(const struct slab_caches *caches, object_ref ref);
/* The first page of its slab, or of its own pages. */
pfn_t slab_ref_pfn(const struct slab_caches *caches, object_ref ref);

/* --- reports --- */

/* A line of /proc/slabinfo. */
struct slab_info {
	const char *name;
	uint32_t objsize;      /* bytes from one object to the next */
	uint32_t objperslab;   /* at the order that is tried first */
	uint32_t pagesperslab; /* the same */
	/* Objects not on the nodes' lists: the kernel's idea of active. */
	uint64_t active_objs;
	uint64_t num_objs;
	uint64_t live_objs; /* handed out and not freed */
	uint64_t active_slabs;
	uint64_t num_slabs;
	uint64_t num_pages;   /* of all its slabs */
	uint64_t object_size; /* bytes asked for by kmem_cache_create() */
	/* SLAB's array caches; SLUB has none, and 0 here. */
	uint32_t limit;
	uint32_t batchcount;
	uint32_t sharedfactor;
	uint64_t sharedavail;
	uint32_t colours;  /* places where a slab's first object may lie */
	uint32_t flags;	   /* enum slab_flag */
	order_t order;	   /* of a slab, tried first… */
	order_t min_order; /* …and when there is no such block */
};

/* What a cache has of a node's memory. */
struct slab_node_info {
	uint64_t slabs;
	uint64_t objs; /* in them, free or not */
	uint64_t free; /* on the node's list: count_partial() */
};

size_t slab_caches_count(const struct slab_caches *caches);
/* The caches as slabinfo lists them: the newest is number 0. */
void slab_caches_info(const struct slab_caches *caches, size_t nr,
		      struct slab_info *info);
/* Walks the nodes' lists: for reports, not for each call. */
void slab_cache_info(const struct slab_cache *cache, struct slab_info *info);
/*
 * The same of one node, by its index in memory->node[]; walks all slabs.
 * false: the node has no memory that slabs may be made of.
 */
bool slab_cache_node_info(const struct slab_cache *cache, uint32_t node_index,
			  struct slab_node_info *info);

/*
 * Recounts from first principles: every slab is in exactly one place, its
 * pages are allocated and are its own, its free objects are on its lists and
 * nowhere else, the counters agree. Returns true, or false with the first
 * contradiction in `why`.
 */
bool slab_caches_validate(const struct slab_caches *caches, char *why,
			  size_t size);

#endif
