/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SLUB, Linux 6.1, mm/slub.c: where the next object comes from and where a
 * freed one goes.
 *
 * Each CPU owns one slab of a cache and has taken its free objects over into
 * a list of its own, so there are two lists of one slab:
 *
 *	CPU's freelist   o-o-o     the CPU allocates here, and frees here
 *	slab's freelist  o-o       all others free here, the CPU collects
 *
 * Allocation (slab_alloc_node(), ___slab_alloc()) tries in turn:
 *  1. the CPU's freelist, if the slab is of the node that is asked for;
 *  2. what others freed into the CPU's slab (get_freelist()); a slab with
 *     nothing left is dropped, it is on no list then;
 *  3. the newest slab of the CPU's partial list, and so on through it; any
 *     slab of another node than the one asked for is deactivated on the way;
 *  4. the node's partial list (slub_partial.c);
 *  5. a new slab: of the cache's order, asked for without any reclaim so
 *     that it may fail, then of the smallest order (allocate_slab()).
 * A request for a node without memory counts as one for any node, but only the
 * slow path finds out: there the CPU's freelist serves it after all.
 *
 * Free (do_slab_free(), __slab_free()): into the CPU's freelist if its own
 * slab is hit; else into the slab's freelist. The first free into a full
 * slab puts it on the CPU's partial list. The last free into a slab on a
 * node's list gives it back if the list has min_partial slabs; a slab that a
 * CPU holds is never given back by a free. A slab of one object is full
 * before its only free, so that it goes to the CPU's partial list, too.
 *
 * Slabs that came from the emergency reserves serve only callers that may
 * use these (pfmemalloc_match()); but what is on the CPU's freelist already
 * goes to anyone, there the kernel does not look.
 *
 * Flags: of the caller's only those that concern reclaim, and the node and
 * cpuset, reach the page allocator; the zone and the mobility are the
 * cache's (new_slab(), calculate_sizes()).
 *
 * While the page allocator reclaims, others go on: the CPU may have got another
 * slab until the new one is there, and gives that one up for it then. Nobody
 * knows a new slab before it is whole.
 *
 * Left out: races between CPUs within these steps, memory cgroups and their
 * object vectors, KFENCE, KASAN, bulk calls, failed cmpxchg; the kernel's own
 * small objects for a cache (kmem_cache, kmem_cache_node); the locks of lists
 * that are counted when a failure is told.
 */

#include "models/slab/slub.h"

#include "models/gfp.h"
#include "models/report.h"
#include "sim/base/bug.h"
#include "sim/base/host.h"

static bool node_match(const struct slub_request *r, const struct slab *slab)
{
	return r->node == NODE_ANY || slab->node == r->index;
}

static struct page_grant slab_pages(const struct slub_request *r, gfp_t gfp,
				    order_t order)
{
	struct page_request request = {
		.gfp = gfp,
		.order = order,
		.cpu = r->request->cpu,
		.node = r->node,
	};

	return page_alloc(r->cache->cache.caches->memory, &request);
}

/* slab_out_of_memory() */
static void tell_failure(const struct slub_request *r)
{
	if (r->request->gfp & __GFP_NOWARN)
		return;
	report_tell(r->cache->cache.caches->memory,
		    &(struct report){ .kind = REPORT_NO_SLAB,
				      .gfp = r->request->gfp,
				      .node = r->node,
				      .cache = &r->cache->cache });
}

void slub_new_slab(const struct slub_request *r, struct slab_object *object)
{
	struct slab_cache *cache = &r->cache->cache;
	gfp_t gfp = r->request->gfp & SLAB_GFP_MASK;
	order_t order = cache->order;
	struct page_grant grant;
	gfp_t first;

	gfp |= cache->gfp;
	first = (gfp | __GFP_NOWARN | __GFP_NORETRY) & ~__GFP_NOFAIL;
	if ((first & __GFP_DIRECT_RECLAIM) && order > cache->min_order)
		first = (first | __GFP_NOMEMALLOC) & ~__GFP_RECLAIM;
	grant = slab_pages(r, first, order);
	if (grant.pfn == PFN_NONE) {
		order = cache->min_order;
		grant = slab_pages(r, gfp, order);
	}
	object->path = PATH_SLAB_NEW;
	object->reason = grant.reason;
	object->slab = SLAB_NONE;
	if (grant.pfn == PFN_NONE) {
		tell_failure(r);
		return;
	}
	object->slab = slab_enter(cache, &grant, order);
	object->host_failed = object->slab == SLAB_NONE;
	if (object->host_failed)
		page_free(cache->caches->memory, r->request->cpu, grant.pfn,
			  order);
}

/*
 * Makes sure that the CPU's own slab can serve the request; a slab that
 * can't is given up. Source: ___slab_alloc() from its label redo.
 */
static bool own_slab_serves(const struct slub_request *r)
{
	struct slub_cpu *c = r->cpu;
	slab_id id = c->slab;
	struct slab *slab = slab_at(r->cache->cache.caches, id);
	uint16_t freelist = c->freelist;

	if (!node_match(r, slab) ||
	    !slub_reserves_match(slab, r->request->gfp)) {
		c->slab = SLAB_NONE;
		c->freelist = OBJECT_END;
		slub_deactivate(r->cache, id, freelist, r->request->cpu);
		return false;
	}
	if (freelist != OBJECT_END)
		return true;
	slub_take_over(c, slab);
	if (c->freelist != OBJECT_END)
		return true;
	slab->frozen = false;
	c->slab = SLAB_NONE;
	return false;
}

static void take_from_own(const struct slub_request *r,
			  struct slab_object *object)
{
	struct slab_cache *cache = &r->cache->cache;
	struct slub_cpu *c = r->cpu;

	object->slab = c->slab;
	object->index = c->freelist;
	c->freelist =
		slub_take(cache, slab_at(cache->caches, c->slab), c->freelist);
}

/*
 * The slab, whose free objects were taken over, becomes the CPU's own; one
 * that the CPU got while this one was made is given up. Source:
 * ___slab_alloc() from its label retry_load_slab.
 */
static void load_slab(const struct slub_request *r, slab_id id,
		      uint16_t freelist)
{
	struct slub_cpu *c = r->cpu;
	struct slub_cpu old = *c;

	c->slab = id;
	c->freelist = freelist;
	if (old.slab != SLAB_NONE)
		slub_deactivate(r->cache, old.slab, old.freelist,
				r->request->cpu);
}

/* A new slab becomes the CPU's own and serves its first object. */
static void own_new_slab(const struct slub_request *r,
			 struct slab_object *object)
{
	struct slab_cache *cache = &r->cache->cache;
	struct slab *slab;
	uint16_t freelist;

	slub_new_slab(r, object);
	if (object->slab == SLAB_NONE)
		return;
	slab = slab_at(cache->caches, object->slab);
	freelist = slab->freelist;
	slab->freelist = OBJECT_END;
	slab->inuse = slab->objects;
	slab->frozen = true;
	if (slub_reserves_match(slab, r->request->gfp)) {
		load_slab(r, object->slab, freelist);
		take_from_own(r, object);
		return;
	}
	object->index = freelist;
	slub_deactivate(r->cache, object->slab,
			slub_take(cache, slab, freelist), r->request->cpu);
}

/*
 * Where the CPU's freelist can't serve, of a cache that is not debugged.
 * Source: ___slab_alloc().
 */
static void slub_alloc_slowly(const struct slub_request *r,
			      struct slab_object *object)
{
	struct slub_cpu *c = r->cpu;

	object->path = PATH_SLAB_CPU;
	for (;;) {
		if (c->slab != SLAB_NONE && own_slab_serves(r)) {
			take_from_own(r, object);
			return;
		}
		if (c->partial == SLAB_NONE)
			break;
		slub_own_partial(r->cache->cache.caches, c);
		object->path = PATH_SLAB_PARTIAL;
	}
	object->path = PATH_SLAB_PARTIAL;
	c->slab = slub_get_partial(r, &c->freelist);
	if (c->slab != SLAB_NONE)
		take_from_own(r, object);
	else
		own_new_slab(r, object);
}

/* Resolves the node: one without kernel-usable memory is no constraint. */
static struct slub_request slub_request_of(struct slub_cache *cache,
					   const struct object_request *request)
{
	const struct slab_caches *caches = cache->cache.caches;
	const struct memory *memory = caches->memory;
	struct slub_request r = {
		.cache = cache,
		.request = request,
		.node = request->node,
		.cpu = &cache->cpu[request->cpu],
	};

	if (r.node != NODE_ANY) {
		r.index = (uint32_t)memory->node_index[r.node];
		r.unmatched = !(caches->node_mask >> r.index & 1);
		if (r.unmatched)
			r.node = NODE_ANY;
	}
	if (r.node == NODE_ANY) {
		node_t own = memory->cpu_node[request->cpu];

		r.index = (uint32_t)memory->node_index[own];
	}
	return r;
}

static struct slab_object slub_alloc(struct slab_cache *base,
				     const struct object_request *request)
{
	struct slub_cache *cache = (struct slub_cache *)base;
	struct slub_request r = slub_request_of(cache, request);
	struct work *work = &base->caches->memory->work;
	struct slab_object object = { .path = PATH_SLAB_CPU };
	const struct slub_cpu *c = r.cpu;

	if (c->freelist != OBJECT_END && !r.unmatched &&
	    node_match(&r, slab_at(base->caches, c->slab))) {
		work->count[WORK_SLAB_FAST]++;
		take_from_own(&r, &object);
		return object;
	}
	work->count[WORK_SLAB_SLOW]++;
	if (cache->debug)
		slub_debug_alloc(&r, &object);
	else
		slub_alloc_slowly(&r, &object);
	return object;
}

/* An object of a slab that is not the CPU's own. Source: __slab_free(). */
static void slub_free_slowly(struct slub_cache *cache, slab_id id,
			     uint16_t index, cpu_t cpu)
{
	struct slab_caches *caches = cache->cache.caches;
	struct slab *slab = slab_at(caches, id);
	struct slab_list *list = &slub_node_of(cache, slab)->partial;
	bool was_full = slab->freelist == OBJECT_END;

	slub_give(&cache->cache, slab, index, &slab->freelist);
	slab->inuse--;
	if (slab->frozen)
		return;
	if (was_full) {
		slab->frozen = true;
		slub_put_cpu_partial(cache, id, cpu);
	} else if (!slab->inuse) {
		slab_list_lock(caches, slab->node);
		caches->memory->work.count[WORK_SLAB_EMPTIED]++;
		if (list->nr < cache->min_partial)
			return;
		slab_list_del(caches, list, id);
		slab_discard(&cache->cache, id, cpu);
	}
}

static void slub_free(struct slab_cache *base, slab_id id, uint16_t index,
		      cpu_t cpu)
{
	struct slub_cache *cache = (struct slub_cache *)base;
	struct work *work = &base->caches->memory->work;
	struct slub_cpu *c = &cache->cpu[cpu];

	if (c->slab == id) {
		work->count[WORK_SLAB_FAST_FREES]++;
		slub_give(base, slab_at(base->caches, id), index, &c->freelist);
		return;
	}
	work->count[WORK_SLAB_SLOW_FREES]++;
	if (cache->debug)
		slub_debug_free(cache, id, index, cpu);
	else
		slub_free_slowly(cache, id, index, cpu);
}

static enum slab_create_status slub_open(struct slab_cache *base)
{
	struct slub_cache *cache = (struct slub_cache *)base;
	const struct memory *memory = base->caches->memory;

	if (!slub_lay_out(cache))
		return SLAB_CREATE_TOO_BIG;
	cache->cpu = host_alloc(memory->nr_cpus, sizeof(*cache->cpu));
	cache->node = host_alloc(memory->nr_nodes, sizeof(*cache->node));
	if (!cache->cpu || !cache->node) {
		error_host(base->caches->errors, "no memory for cache %s",
			   base->text);
		return SLAB_CREATE_HOST;
	}
	for (uint32_t i = 0; i < memory->nr_cpus; i++)
		cache->cpu[i].freelist = OBJECT_END;
	return SLAB_CREATED;
}

static void slub_close(struct slab_cache *base)
{
	struct slub_cache *cache = (struct slub_cache *)base;

	free(cache->cpu);
	free(cache->node);
}

/* Source: get_slabinfo(), which counts the nodes' lists only. */
static uint64_t slub_idle_objects(const struct slab_cache *base,
				  uint32_t node_index)
{
	const struct slub_cache *cache = (const struct slub_cache *)base;
	const struct slab_caches *caches = base->caches;
	slab_id id = cache->node[node_index].partial.head;
	uint64_t idle = 0;

	for (; id != SLAB_NONE; id = slab_at(caches, id)->next)
		idle += (uint64_t)slab_at(caches, id)->objects -
			slab_at(caches, id)->inuse;
	return idle;
}

const struct slab_flavour_ops slub_ops = {
	.name = "slub",
	.cache_bytes = sizeof(struct slub_cache),
	.kmalloc_shift_low = 3,
	.open = slub_open,
	.close = slub_close,
	.alloc = slub_alloc,
	.free = slub_free,
	.shrink = slub_shrink,
	.shutdown = slub_shutdown,
	.ksize = slub_ksize,
	.idle_objects = slub_idle_objects,
	.validate = slub_validate,
};
