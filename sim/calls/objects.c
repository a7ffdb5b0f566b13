/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that work on slab caches and their objects.
 */

#include <string.h>

#include "models/gfp.h"
#include "sim/calls/calls.h"

static struct object_request object_request(const struct call *call, gfp_t gfp)
{
	return (struct object_request){ gfp, call->cpu, call->node };
}

/* kmalloc(0) gives an address that is one already. */
static uint64_t object_address(const struct kernel *kernel,
			       const struct object_grant *grant)
{
	if (grant->address == ZERO_SIZE_OBJECT)
		return ZERO_SIZE_PTR;
	return linear_address(kernel, grant->zone, grant->address);
}

enum call_result report_object(struct handling *handling,
			       const struct object_grant *grant,
			       uint64_t requested, enum allocation_kind kind)
{
	struct outcome *outcome = handling->outcome;

	if (grant->host_failed)
		return CALL_HOST;
	outcome->requested = requested;
	outcome->path = grant->path;
	outcome->reason = grant->reason;
	outcome->pfn = grant->slab_pfn;
	outcome->zone = grant->zone;
	outcome->status = grant->address == OBJECT_NONE ? OUTCOME_FAILED :
							  OUTCOME_OK;
	if (outcome->status == OUTCOME_OK) {
		outcome->granted = grant->granted;
		outcome->extents = grant->address != ZERO_SIZE_OBJECT;
		outcome->vaddr = object_address(handling->kernel, grant);
	}
	return file_allocation(handling, kind,
			       kind == ALLOCATION_ELEMENT ? grant->address :
							    grant->ref);
}

static enum call_result kmalloc_with(struct handling *handling, gfp_t gfp)
{
	const struct call *call = handling->call;
	struct object_request request = object_request(call, gfp);
	struct object_grant grant =
		kmalloc(handling->kernel->caches, call->size, &request);

	return report_object(handling, &grant, call->size, ALLOCATION_KMALLOC);
}

enum call_result handle_kmalloc(struct handling *handling)
{
	return kmalloc_with(handling, call_gfp(handling->call));
}

enum call_result handle_kzalloc(struct handling *handling)
{
	return kmalloc_with(handling, call_gfp(handling->call) | __GFP_ZERO);
}

enum call_result handle_kfree(struct handling *handling)
{
	return free_allocation(handling);
}

/*
 * Of a cache whose creation was refused nothing can be had, and there is
 * nothing to do with it, as with a null pointer whose owner looked.
 */
static bool is_refused(const struct handling *handling)
{
	return slab_cache_was_refused(handling->kernel->caches,
				      handling->call->name);
}

static enum call_result report_no_object(struct handling *handling)
{
	struct object_grant nothing = {
		.address = OBJECT_NONE,
		.ref = OBJECT_NONE,
		.slab_pfn = PFN_NONE,
		.reason = REASON_TOO_BIG,
	};

	return report_object(handling, &nothing, 0, ALLOCATION_OBJECT);
}

static enum call_result skip_refused(struct handling *handling)
{
	handling->outcome->status = OUTCOME_SKIPPED;
	handling->outcome->skipped = SKIP_ALLOC_FAILED;
	return CALL_DONE;
}

/*
 * The cache that a call names: one that the workload has created, or vmalloc's,
 * which is there from the start.
 */
static struct slab_cache *named_cache(const struct kernel *kernel,
				      uint32_t name)
{
	struct slab_cache *cache = slab_cache_find(kernel->caches, name);

	if (!cache &&
	    strcmp(names_text(kernel->names, name), VMAP_AREA_CACHE_TEXT) == 0)
		cache = slab_cache_find(kernel->caches, VMAP_AREA_CACHE_NAME);
	return cache;
}

static bool cache_is_there(const void *caches, uint32_t name)
{
	return slab_cache_find(caches, name);
}

enum call_result no_cache(struct handling *handling, uint32_t name)
{
	struct suggestion near;

	suggest_name(&near, handling->kernel->names, name, cache_is_there,
		     handling->kernel->caches);
	return refuse_call(handling, CALL_INVALID,
			   "there is no cache \"%s\" at this moment%s",
			   names_text(handling->kernel->names, name),
			   near.text);
}

static struct slab_cache *find_cache(struct handling *handling, uint32_t name)
{
	struct slab_cache *cache = named_cache(handling->kernel, name);

	if (!cache)
		no_cache(handling, name);
	return cache;
}

enum call_result handle_cache_create(struct handling *handling)
{
	const struct call *call = handling->call;
	const char *text = names_text(handling->kernel->names, call->name);
	struct slab_cache_request request = {
		.name = call->name,
		.text = text,
		.size = call->size,
		.align = call->align,
		.flags = call->slab_flags,
	};

	switch (slab_cache_create(handling->kernel->caches, &request)) {
	case SLAB_CREATED:
		return CALL_DONE;
	case SLAB_CREATE_TOO_BIG:
		handling->outcome->status = OUTCOME_FAILED;
		handling->outcome->reason = REASON_TOO_BIG;
		return CALL_DONE;
	case SLAB_CREATE_EXISTS:
		return refuse_call(handling, CALL_INVALID, CACHE_IS_THERE,
				   text);
	case SLAB_CREATE_BAD_ALIGN:
		return refuse_call(
			handling, CALL_INVALID,
			"cache \"%s\": align %u is not a power of two", text,
			call->align);
	case SLAB_CREATE_BAD_SIZE:
		return refuse_call(handling, CALL_INVALID, CACHE_OF_NOTHING,
				   text);
	case SLAB_CREATE_TOO_MANY:
		return refuse_call(handling, CALL_INVALID,
				   "cache \"%s\": there are %d caches already, "
				   "which is the most",
				   text, SLAB_MOST_CACHES);
	case SLAB_CREATE_HOST:
		break;
	}
	return CALL_HOST;
}

enum call_result handle_cache_alloc(struct handling *handling)
{
	const struct call *call = handling->call;
	struct object_request request = object_request(call, call_gfp(call));
	bool droppable = call->pages & CALL_RECLAIMABLE;
	struct object_grant grant;
	struct slab_cache *cache = named_cache(handling->kernel, call->name);
	enum call_result result;

	if (!cache && is_refused(handling))
		return report_no_object(handling);
	if (!cache)
		return no_cache(handling, call->name);
	if (droppable && !(slab_cache_flags(cache) & SLAB_RECLAIM_ACCOUNT))
		return refuse_call(handling, CALL_INVALID,
				   "reclaimable: cache \"%s\" was made without "
				   "SLAB_RECLAIM_ACCOUNT",
				   names_text(handling->kernel->names,
					      call->name));
	grant = slab_cache_alloc(handling->kernel->caches, cache, &request);
	result = report_object(handling, &grant, slab_cache_object_size(cache),
			       ALLOCATION_OBJECT);
	if (result != CALL_DONE || !droppable ||
	    handling->outcome->status != OUTCOME_OK)
		return result;
	return make_droppable(handling);
}

enum call_result handle_cache_free(struct handling *handling)
{
	return free_allocation(handling);
}

/*
 * Frees an object to the cache that the call names, or to its own where it
 * names none.
 */
enum call_result free_object(struct handling *handling)
{
	struct kernel *kernel = handling->kernel;
	const struct call *call = handling->call;
	const struct allocation *allocation = handling->allocation;
	object_ref ref = allocation->handle;
	uint32_t own_cache = allocation->name;
	struct slab_cache *cache = NULL;
	enum slab_free_status status;

	if (ref != ZERO_SIZE_OBJECT) {
		pfn_t pfn = slab_ref_pfn(kernel->caches, ref);

		handling->outcome->pfn = pfn;
		handling->outcome->zone = memory_zone_of(kernel->memory, pfn);
	}
	if (call->op == OP_CACHE_FREE && call->name) {
		cache = find_cache(handling, call->name);
		if (!cache)
			return CALL_INVALID;
	}
	status = slab_free_ref(kernel->caches, cache, ref, call->cpu);
	allocations_remove(&kernel->allocations, call);
	if (status != SLAB_FREED_WRONG_CACHE)
		return CALL_DONE;
	return break_rule(handling, RULE_WRONG_CACHE,
			  &(struct rule_case){ .other_cache = own_cache });
}

enum call_result handle_cache_shrink(struct handling *handling)
{
	struct slab_cache *cache;

	if (is_refused(handling))
		return skip_refused(handling);
	cache = find_cache(handling, handling->call->name);
	if (!cache)
		return CALL_INVALID;
	slab_cache_shrink(handling->kernel->caches, cache, handling->call->cpu);
	return CALL_DONE;
}

enum call_result handle_cache_destroy(struct handling *handling)
{
	const struct call *call = handling->call;
	uint64_t live;

	if (is_refused(handling))
		return skip_refused(handling);
	if (!slab_cache_find(handling->kernel->caches, call->name))
		return no_cache(handling, call->name);
	live = slab_cache_destroy(handling->kernel->caches, call->name,
				  call->cpu);
	if (!live)
		return CALL_DONE;
	handling->outcome->status = OUTCOME_FAILED;
	handling->outcome->reason = REASON_IN_USE;
	return break_rule(handling, RULE_DESTROY_IN_USE,
			  &(struct rule_case){ .live = live });
}
