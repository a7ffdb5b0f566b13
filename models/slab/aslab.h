/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_SLAB_ASLAB_H
#define KMEMSIM_MODELS_SLAB_ASLAB_H

/*
 * SLAB's own state of a cache, shared by the files of the flavour. Its names
 * begin with aslab, the slab allocator with arrays, to tell them from what
 * all flavours share.
 *
 *	aslab_layout.c	 sizes, orders, where free objects are listed, colours
 *	aslab.c		 allocation and free, through the arrays
 *	aslab_nodes.c	 the nodes' slabs: full, partial, free; new ones
 *	aslab_reap.c	 what is given back: in time, by shrinking, at the end
 *	aslab_validate.c each slab and each object is in one place
 */

#include "models/slab/slab_internal.h"

/* A free object in an array. */
struct aslab_object {
	slab_id slab;
	uint16_t index;
};

/* struct array_cache: free objects, the one freed last on top. */
struct array_cache {
	uint32_t avail;
	uint32_t limit;		    /* 0: there is no such array */
	uint32_t batchcount;	    /* objects moved at once */
	bool touched;		    /* allocated from since the last reaping */
	struct aslab_object *entry; /* [limit] */
};

/* struct kmem_cache_node: the slabs of a node. */
struct aslab_node {
	struct slab_list full;
	struct slab_list partial;
	struct slab_list free;	   /* without an object in use */
	uint64_t free_objects;	   /* on the slabs' own lists */
	uint64_t free_limit;	   /* above that, free slabs are given back */
	uint64_t next_reap;	   /* the round in which it is due */
	uint32_t colour_next;	   /* of the next slab, or of the last one */
	bool free_touched;	   /* a free slab was wanted since then */
	struct array_cache shared; /* among the node's CPUs */
	struct array_cache *alien; /* [nr_nodes]: objects of other nodes */
};

/* Where a slab keeps the list of its free objects. */
enum aslab_management {
	ASLAB_IN_OBJECT, /* in one of the free objects */
	ASLAB_OFF_SLAB,	 /* in an object of kmalloc's */
	ASLAB_ON_SLAB,	 /* in the slab's own pages, beside the objects */
};

struct aslab_cache {
	struct slab_cache cache; /* first */
	enum aslab_management management;
	uint32_t management_bytes; /* of each slab */
	uint32_t before_objects;   /* of these, in front of the first object */
	uint32_t colour;	   /* different offsets of the first object */
	uint32_t colour_off;	   /* bytes from one to the next */
	uint32_t limit;
	uint32_t batchcount;
	uint32_t sharedfactor;	      /* batches in a node's shared array */
	bool reapable;		      /* not SLAB_NO_REAP */
	struct array_cache *cpu;      /* [nr_cpus] */
	struct aslab_node *node;      /* [nr_nodes] */
	struct array_cache *alien;    /* all nodes', one after another */
	struct aslab_object *entries; /* all arrays', one after another */
	uint64_t *manager; /* off slab: address of the list, by slab->slot */
	size_t manager_capacity;
};

/* One allocation that is under way. */
struct aslab_request {
	struct aslab_cache *cache;
	gfp_t gfp;
	cpu_t cpu;
	uint32_t own; /* the CPU's node, as an index in memory->node[] */
};

/* Is it a kernel before 2.6.17, as Bonwick's and Gorman's readers know it? */
static inline bool aslab_is_old(const struct slab_caches *caches)
{
	return caches->memory->desc->slab_rules == SLAB_RULES_2_6;
}

/*
 * Kernels without NUMA know one node, number 0. Numbers that no CPU has count
 * as its, too: their arrays stay empty.
 */
static inline uint32_t aslab_node_of_cpu(const struct slab_caches *caches,
					 cpu_t cpu)
{
	const struct memory *memory = caches->memory;

	if (!memory->desc->numa || memory->cpu_node[cpu] == NODE_ANY)
		return 0;
	return (uint32_t)memory->node_index[memory->cpu_node[cpu]];
}

static inline uint32_t aslab_nr_nodes(const struct slab_caches *caches)
{
	return caches->memory->desc->numa ? caches->memory->nr_nodes : 1;
}

/* --- aslab_layout.c --- */

/*
 * Lays out the objects of a cache whose object_size, align and flags are set,
 * and sets the limits of its arrays. False if no slab can hold one.
 */
bool aslab_lay_out(struct aslab_cache *cache);

/* --- aslab.c --- */

/* Moves up to `most` of the newest objects; returns how many. */
uint32_t aslab_transfer(struct array_cache *to, struct array_cache *from,
			uint32_t most);

/* --- aslab_nodes.c --- */

/*
 * A new slab, on no list yet, from the node if it is not NODE_ANY. On failure
 * SLAB_NONE, and *object says why. Source: cache_grow_begin().
 */
slab_id aslab_grow(const struct aslab_request *r, gfp_t gfp, node_t node,
		   struct slab_object *object);
/* Lists a new slab on its node. Source: cache_grow_end(). */
void aslab_enlist_new(struct aslab_cache *cache, slab_id id);
/* Takes the slab to use next off its list, or SLAB_NONE: get_first_slab(). */
slab_id aslab_pick(struct aslab_cache *cache, struct aslab_node *node);
/* Lists a slab again that aslab_pick() gave: fixup_slab_list(). */
void aslab_put_back(struct aslab_cache *cache, struct aslab_node *node,
		    slab_id id);
/* One object of a slab that has one. Source: slab_get_obj(). */
struct aslab_object aslab_take(struct aslab_cache *cache, slab_id id);
/*
 * Gives the oldest `nr` objects of an array of the node's objects back to
 * their slabs, and slabs beyond the node's limit to the page allocator.
 * Source: free_block(), slabs_destroy().
 */
void aslab_free_oldest(struct aslab_cache *cache, struct array_cache *ac,
		       uint32_t nr, uint32_t node, cpu_t cpu);
/* Gives one slab's pages, and its list's memory, back. */
void aslab_destroy(struct aslab_cache *cache, slab_id id, cpu_t cpu);

/* --- aslab_reap.c --- */

/* Empties an array of another node's objects: __drain_alien_cache(). */
void aslab_drain_alien(struct aslab_cache *cache, struct array_cache *alien,
		       uint32_t node, cpu_t cpu);
void aslab_reap(struct slab_cache *cache, cpu_t cpu, uint64_t round);
void aslab_shrink(struct slab_cache *cache, cpu_t cpu);

/* --- aslab_validate.c --- */

bool aslab_validate(const struct slab_cache *cache, struct slab_census *census);

#endif
