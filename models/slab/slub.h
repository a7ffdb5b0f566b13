/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_SLAB_SLUB_H
#define KMEMSIM_MODELS_SLAB_SLUB_H

/*
 * SLUB's own state of a cache, shared by the files of the flavour.
 *
 *	slub_layout.c	sizes, orders, limits
 *	slub.c		allocation and free
 *	slub_partial.c	partial slabs: on CPUs and on nodes; flush, shrink
 *	slub_debug.c	caches with debugging flags: no per-CPU slabs
 *	slub_validate.c	each slab is in one place
 */

#include "models/slab/slab_internal.h"

/* struct kmem_cache_cpu: a CPU's own slab and its partial ones. */
struct slub_cpu {
	slab_id slab;	   /* serves the CPU's allocations */
	slab_id partial;   /* the newest of its partial slabs, by `next` */
	uint16_t freelist; /* of `slab`: the objects that the CPU took over */
};

/* struct kmem_cache_node. */
struct slub_node {
	struct slab_list partial;
};

struct slub_cache {
	struct slab_cache cache;    /* first */
	bool debug;		    /* has one of SLAB_DEBUG_FLAGS */
	uint32_t min_partial;	    /* empty slabs a node's list may keep */
	uint32_t cpu_partial_slabs; /* before a CPU's list goes to the nodes */
	struct slub_cpu *cpu;	    /* [nr_cpus] */
	struct slub_node *node;	    /* [nr_nodes] */
};

#define SLAB_DEBUG_FLAGS                                                       \
	(SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER |                       \
	 SLAB_CONSISTENCY_CHECKS)

/* One allocation that is under way. */
struct slub_request {
	struct slub_cache *cache;
	const struct object_request *request;
	node_t node;	/* that the object must be of; NODE_ANY */
	bool unmatched; /* it was to be of a node that has no memory */
	uint32_t index; /* of that node in memory->node[] */
	struct slub_cpu *cpu;
};

/* Takes the first of a list of free objects; returns the rest. */
static inline uint16_t slub_take(const struct slab_cache *cache,
				 const struct slab *slab, uint16_t first)
{
	uint16_t *links = slab_links(cache, slab);
	uint16_t rest = links[first];

	links[first] = OBJECT_IN_USE;
	/* Here as in the kernel, the next: prefetch_freepointer(). */
	__builtin_prefetch(&links[rest], 1);
	return rest;
}

/* Puts an object before a list of free ones. */
static inline void slub_give(const struct slab_cache *cache,
			     const struct slab *slab, uint16_t index,
			     uint16_t *list)
{
	slab_links(cache, slab)[index] = *list;
	*list = index;
}

/* Source: slab_ksize(), mm/slab.h. */
static inline uint32_t slub_ksize(const struct slab_cache *cache)
{
	if (cache->flags & (SLAB_RED_ZONE | SLAB_POISON))
		return cache->object_size;
	if (cache->flags & (SLAB_TYPESAFE_BY_RCU | SLAB_STORE_USER))
		return cache->inuse;
	return cache->size;
}

/*
 * May this caller have objects of that slab? Source: pfmemalloc_match(), for an
 * ordinary task.
 */
static inline bool slub_reserves_match(const struct slab *slab, gfp_t gfp)
{
	return !slab->reserves ||
	       ((gfp & __GFP_MEMALLOC) && !(gfp & __GFP_NOMEMALLOC));
}

/* All free objects of its own slab become the CPU's: get_freelist(). */
static inline void slub_take_over(struct slub_cpu *c, struct slab *slab)
{
	c->freelist = slab->freelist;
	slab->freelist = OBJECT_END;
	slab->inuse = slab->objects;
}

/* The newest of the CPU's partial slabs becomes its own. */
static inline void slub_own_partial(const struct slab_caches *caches,
				    struct slub_cpu *c)
{
	struct slab *slab = slab_at(caches, c->partial);

	c->slab = c->partial;
	c->partial = slab->next;
	slab->next = SLAB_NONE;
}

/* Has the CPU as many partial slabs as it may? */
static inline bool slub_cpu_partial_is_full(const struct slub_cache *cache,
					    const struct slub_cpu *c)
{
	return c->partial != SLAB_NONE &&
	       slab_at(cache->cache.caches, c->partial)->nr_behind >=
		       cache->cpu_partial_slabs;
}

/* The slab becomes the newest of the CPU's partial ones. */
static inline void slub_push_partial(const struct slab_caches *caches,
				     struct slub_cpu *c, slab_id id,
				     struct slab *slab)
{
	slab->nr_behind = 1;
	if (c->partial != SLAB_NONE)
		slab->nr_behind += slab_at(caches, c->partial)->nr_behind;
	slab->next = c->partial;
	c->partial = id;
}

/* --- slub_layout.c --- */

/*
 * Lays out the objects of a cache whose object_size, align and flags are
 * set: sizes, orders, limits. False if no slab can hold one.
 */
bool slub_lay_out(struct slub_cache *cache);

/* --- slub_partial.c --- */

static inline struct slub_node *slub_node_of(const struct slub_cache *cache,
					     const struct slab *slab)
{
	return &cache->node[slab->node];
}

/* Takes the slab from the CPU: its objects go back, it to the node's list. */
void slub_deactivate(struct slub_cache *cache, slab_id id, uint16_t freelist,
		     cpu_t cpu);
/* Puts a frozen slab on the CPU's partial list, which spills if it is full. */
void slub_put_cpu_partial(struct slub_cache *cache, slab_id id, cpu_t cpu);
/*
 * A slab with free objects from the nodes' lists, frozen: all of its free
 * objects are now the CPU's, listed from *freelist; for a cache that is
 * debugged, only that one object. SLAB_NONE: there is none.
 */
slab_id slub_get_partial(const struct slub_request *r, uint16_t *freelist);
/* Every CPU gives up its slabs. */
void slub_flush_all(struct slub_cache *cache);
void slub_shrink(struct slab_cache *cache, cpu_t cpu);
void slub_shutdown(struct slab_cache *cache, cpu_t cpu);

/* --- slub_validate.c --- */

bool slub_validate(const struct slab_cache *cache, struct slab_census *census);

/* --- slub_debug.c --- */

/* A cache that is debugged keeps its slabs on the nodes' lists, always. */
void slub_debug_alloc(const struct slub_request *r, struct slab_object *object);
/* One object of a listed slab that has one, or SLAB_NONE. */
slab_id slub_debug_take(const struct slub_request *r, struct slub_node *node,
			uint16_t *index);
void slub_debug_free(struct slub_cache *cache, slab_id id, uint16_t index,
		     cpu_t cpu);

/* --- slub.c --- */

/*
 * A new slab in object->slab, all of its objects on its list. On failure
 * that is SLAB_NONE and *object says why.
 */
void slub_new_slab(const struct slub_request *r, struct slab_object *object);

#endif
