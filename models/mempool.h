/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_MEMPOOL_H
#define KMEMSIM_MODELS_MEMPOOL_H

/*
 * mempool: an allocator in front of another one, the backing, with a few of
 * its elements held back for when it has no more.
 *
 * Pools are numbered from 0 in the order of their creation, and the numbers
 * are never used again: an element remembers its pool by it. Elements are
 * named by their physical address in bytes, whatever the backing.
 */

#include "models/slab/slab.h"

struct mempools;

#define MEMPOOL_NONE UINT32_MAX /* no pool */

enum mempool_backing {
	MEMPOOL_SLAB,	 /* objects of a cache: mempool_alloc_slab() */
	MEMPOOL_KMALLOC, /* mempool_kmalloc() */
	MEMPOOL_PAGES,	 /* mempool_alloc_pages() */
};

struct mempool_request {
	uint32_t name;	 /* number of the run's names; not 0 */
	uint32_t min_nr; /* elements in reserve; 0 to INT32_MAX */
	enum mempool_backing backing;
	uint32_t cache; /* MEMPOOL_SLAB: its name */
	uint64_t size;	/* MEMPOOL_KMALLOC: bytes of an element */
	order_t order;	/* MEMPOOL_PAGES */
	cpu_t cpu;
	node_t node; /* of the pool itself, not of its elements; or NODE_ANY */
};

enum mempool_create_status {
	MEMPOOL_CREATED,
	MEMPOOL_NO_MEMORY, /* a result: the reserve can't be filled */
	MEMPOOL_EXISTS,	   /* the caller's mistakes: a pool of that name… */
	MEMPOOL_NO_CACHE,  /* …a cache that is not there */
	MEMPOOL_HOST,	   /* the host has no memory: an error was added */
};

/*
 * No pools yet. All three are borrowed until mempools_free(). NULL with an
 * error added when the host has no memory.
 */
struct mempools *mempools_new(struct memory *memory, struct slab_caches *caches,
			      struct errors *errors);
void mempools_free(struct mempools *mempools);

/*
 * Makes a pool and fills its reserve. MEMPOOL_NO_MEMORY: all is given back,
 * *reason says why; the name then stands for a pool that was refused.
 * Source: mempool_create_node().
 */
enum mempool_create_status mempool_create(struct mempools *mempools,
					  const struct mempool_request *request,
					  enum alloc_reason *reason);

/* The pool that a name stands for at this moment; MEMPOOL_NONE. */
uint32_t mempool_find(const struct mempools *mempools, uint32_t name);

/* Was the creation of a pool of this name refused, and not tried again? */
bool mempool_was_refused(const struct mempools *mempools, uint32_t name);

/* What the pool is like; a destroyed one is remembered. */
struct mempool_info {
	uint32_t name;
	uint32_t min_nr;
	uint32_t curr_nr;     /* elements in reserve now */
	uint64_t outstanding; /* handed out or about to be, and not freed */
	uint64_t size;	      /* bytes that a caller asks for with an element */
	bool destroyed;
};
void mempool_info(const struct mempools *mempools, uint32_t pool,
		  struct mempool_info *info);

/* false where the cache that it drew from has been destroyed. */
bool mempool_has_backing(const struct mempools *mempools, uint32_t pool);

/*
 * Hands out an element of a pool that has its backing: of the backing, without
 * waiting or touching emergency reserves; else from the reserve; else of the
 * backing again, with all that `gfp` allows. `again`: the caller has waited,
 * and begins with the last. In the grant: PATH_RESERVE for an element of the
 * reserve; OBJECT_NONE with REASON_POOL_EMPTY where there was none: whether the
 * caller may wait, its gfp says. The grant's slab_pfn is an element's first
 * page for MEMPOOL_PAGES. May sleep: mempool_info() tells who then gets nothing
 * if the pool was destroyed meanwhile. Source: mempool_alloc().
 */
struct object_grant mempool_alloc(struct mempools *mempools, uint32_t pool,
				  gfp_t gfp, cpu_t cpu, bool again);

/*
 * Takes an element back: into the reserve unless that is full, else to the
 * backing. Where the pool is gone, to the backing. Returns true if the
 * reserve has grown, and who waits for an element is to be woken.
 * Source: mempool_free().
 */
bool mempool_free(struct mempools *mempools, uint32_t pool, uint64_t address,
		  cpu_t cpu);

/* The first page of an element, or of the slab it lies in; PFN_NONE. */
pfn_t mempool_pfn_of(const struct mempools *mempools, uint32_t pool,
		     uint64_t address);

/*
 * Gives the reserve and the pool back. Returns how many elements are still
 * outstanding: each goes to the backing when it is freed. So does one whose
 * allocation sleeps in the middle: it is out already, as far as this goes.
 * Source: mempool_destroy().
 */
uint64_t mempool_destroy(struct mempools *mempools, uint32_t pool, cpu_t cpu);

/*
 * Recounts: no reserve holds more than it may, all in it is allocated from
 * the backing, no element is held twice. Returns true, or false with the
 * first contradiction in `why`.
 */
bool mempools_validate(const struct mempools *mempools, char *why, size_t size);

#endif
