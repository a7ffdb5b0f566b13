/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mempool: elements held in reserve, for callers that must get one.
 *
 *	mempool_alloc:  backing, gently --> reserve --> backing, in earnest
 *	                                      ^             |
 *	mempool_free:   reserve not full? ----+             v
 *	                else backing               wait, or give up
 *
 * Rules, from mm/mempool.c of Linux 6.1:
 *
 * - A pool is its descriptor (kzalloc), an array of min_nr pointers
 *   (kmalloc), then min_nr elements, all under GFP_KERNEL. If one is refused,
 *   all go back, the elements first and the newest of them first:
 *   mempool_create_node(), mempool_init_node(), mempool_exit().
 * - An allocation never touches the emergency reserves, does not retry and
 *   does not warn: __GFP_NOMEMALLOC, __GFP_NORETRY and __GFP_NOWARN are
 *   added. The first round is without __GFP_DIRECT_RECLAIM and __GFP_IO. If
 *   the backing refuses, the reserve's newest element is handed out; if it is
 *   empty and the first round left something out, there is a second with all
 *   flags, and the reserve is looked at again: mempool_alloc().
 * - So the reserve is used last and the backing first, and a pool whose
 *   backing has memory never touches it.
 * - Then a caller with __GFP_DIRECT_RECLAIM waits, others get nothing. After
 *   waiting it begins with the second round. How it waits is the engine's
 *   business (sim/queues/waiting.c); the kernel waits 5 seconds at most before
 *   it tries again on its own.
 * - An element of the reserve holds what was in it before.
 * - The backing may sleep, and anything may happen to the pool meanwhile. If it
 *   is destroyed the kernel would go on with memory that it has freed; here
 *   such an allocation counts as an element that is still out, and what it
 *   gets of the backing is one of a pool that is gone.
 * - A freed element goes to the reserve while that holds fewer than min_nr,
 *   and then a waiting caller is woken; else to the backing: mempool_free().
 * - mempool_destroy() frees the reserve, newest first, the array, the
 *   descriptor; it does not look for elements that are still out.
 * - Elements are taken on the CPU's own node: the backings' functions have no
 *   node to pass on (mempool_alloc_slab(), mempool_kmalloc(),
 *   mempool_alloc_pages()).
 *
 * Left out: mempool_resize(), pools with functions of their own, pools
 * embedded in other structures (mempool_init()), poisoning of the reserve.
 */

#include "models/mempool.h"

#include <stdio.h>
#include <stdlib.h>

#include "models/contents.h"
#include "models/gfp.h"
#include "sim/base/bug.h"
#include "sim/base/host.h"

struct mempool {
	struct mempool_request request;
	struct slab_cache *cache; /* MEMPOOL_SLAB; looked up in each round */
	uint64_t descriptor;	  /* addresses; OBJECT_NONE */
	uint64_t array;
	uint64_t *element; /* the reserve, newest last */
	size_t capacity;
	uint32_t curr_nr;
	uint64_t outstanding;
	uint32_t under_way; /* allocations that have begun and not ended */
	uint64_t size;	    /* bytes a caller asks for */
	bool destroyed;
};

struct mempools {
	struct memory *memory;
	struct slab_caches *caches;
	struct errors *errors;
	struct mempool *pool; /* by number */
	size_t capacity;
	size_t nr;
	uint32_t *by_name; /* number + 1 of the newest pool; 0: none; REFUSED */
	size_t nr_names;
};

#define REFUSED UINT32_MAX

struct mempools *mempools_new(struct memory *memory, struct slab_caches *caches,
			      struct errors *errors)
{
	struct mempools *m = host_alloc(1, sizeof(*m));

	if (!m) {
		error_host(errors, "no memory for mempools");
		return NULL;
	}
	m->memory = memory;
	m->caches = caches;
	m->errors = errors;
	return m;
}

void mempools_free(struct mempools *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->nr; i++)
		free(m->pool[i].element);
	free(m->pool);
	free(m->by_name);
	free(m);
}

static struct object_grant out_of_host(struct mempools *m)
{
	error_host(m->errors, "no memory for a mempool");
	return (struct object_grant){
		.address = OBJECT_NONE,
		.slab_pfn = PFN_NONE,
		.host_failed = true,
	};
}

/* ---- the backing ---- */

static struct object_grant alloc_block(struct mempools *m, order_t order,
				       gfp_t gfp, cpu_t cpu)
{
	struct page_request request = { gfp, order, cpu, NODE_ANY };
	struct page_grant page = page_alloc(m->memory, &request);
	struct object_grant grant = {
		.address = OBJECT_NONE,
		.slab_pfn = page.pfn,
		.zone = page.zone,
		.path = page.path,
		.reason = page.reason,
	};

	if (page.pfn == PFN_NONE)
		return grant;
	grant.address = (uint64_t)page.pfn << m->memory->page_shift;
	grant.granted = 1ull << order << m->memory->page_shift;
	return grant;
}

/* May sleep, and m->pool[] may lie elsewhere afterwards. */
static struct object_grant backing_alloc(struct mempools *m,
					 const struct mempool *pool, gfp_t gfp,
					 cpu_t cpu)
{
	struct object_request request = { gfp, cpu, NODE_ANY };

	switch (pool->request.backing) {
	case MEMPOOL_SLAB:
		return slab_cache_alloc(m->caches, pool->cache, &request);
	case MEMPOOL_KMALLOC:
		return kmalloc(m->caches, pool->request.size, &request);
	case MEMPOOL_PAGES:
		return alloc_block(m, pool->request.order, gfp, cpu);
	}
	BUG("a mempool without a backing");
}

static void backing_free(struct mempools *m, const struct mempool *pool,
			 uint64_t address, cpu_t cpu)
{
	if (pool->request.backing == MEMPOOL_PAGES)
		page_free(m->memory, cpu,
			  (pfn_t)(address >> m->memory->page_shift),
			  pool->request.order);
	else
		kfree(m->caches, address, cpu);
}

pfn_t mempool_pfn_of(const struct mempools *m, uint32_t number,
		     uint64_t address)
{
	bool in_slab = m->pool[number].request.backing != MEMPOOL_PAGES;
	pfn_t pfn = PFN_NONE;

	if (in_slab && address == ZERO_SIZE_OBJECT)
		return PFN_NONE;
	if (in_slab)
		pfn = slab_pfn_of(m->caches, address);
	/* kmalloc gives large objects as blocks of pages. */
	return pfn != PFN_NONE ? pfn :
				 (pfn_t)(address >> m->memory->page_shift);
}

bool mempool_has_backing(const struct mempools *m, uint32_t number)
{
	const struct mempool_request *request = &m->pool[number].request;

	return request->backing != MEMPOOL_SLAB ||
	       slab_cache_find(m->caches, request->cache);
}

/* ---- the reserve ---- */

static bool add_element(struct mempool *pool, uint64_t address)
{
	uint64_t *grown = host_grow(pool->element, &pool->capacity,
				    pool->curr_nr + (size_t)1, sizeof(*grown));

	if (!grown)
		return false;
	pool->element = grown;
	grown[pool->curr_nr++] = address;
	return true;
}

/* Handed out again, and not cleared. */
static void note_contents(struct mempools *m, const struct mempool *pool,
			  struct object_grant *grant)
{
	struct contents *contents = m->memory->contents;

	if (pool->request.backing == MEMPOOL_PAGES)
		contents_pages_given(contents, grant->slab_pfn,
				     pool->request.order, false);
	else if (contents_object_given(contents, grant->address, grant->granted,
				       0) < 0)
		grant->host_failed = true;
}

static struct object_grant remove_element(struct mempools *m, uint32_t number)
{
	struct mempool *pool = &m->pool[number];
	struct object_grant grant = {
		.address = pool->element[--pool->curr_nr],
		.granted = pool->size,
		.path = PATH_RESERVE,
	};

	grant.slab_pfn = mempool_pfn_of(m, number, grant.address);
	if (grant.slab_pfn != PFN_NONE)
		grant.zone = memory_zone_of(m->memory, grant.slab_pfn);
	if (pool->request.backing != MEMPOOL_PAGES)
		grant.granted = ksize(m->caches, grant.address);
	if (m->memory->contents)
		note_contents(m, pool, &grant);
	return grant;
}

/* ---- pools ---- */

/* struct mempool_s: two words of numbers, four pointers, a wait queue. */
static uint64_t descriptor_size(const struct mempools *m)
{
	return m->memory->desc->address_bits == 64 ? 72 : 40;
}

static uint64_t element_size(const struct mempools *m,
			     const struct mempool *pool)
{
	switch (pool->request.backing) {
	case MEMPOOL_SLAB:
		return slab_cache_object_size(pool->cache);
	case MEMPOOL_KMALLOC:
		return pool->request.size;
	case MEMPOOL_PAGES:
		break;
	}
	return 1ull << pool->request.order << m->memory->page_shift;
}

/* Source: mempool_exit() and the end of mempool_destroy(). */
static void give_back(struct mempools *m, struct mempool *pool, cpu_t cpu)
{
	while (pool->curr_nr)
		backing_free(m, pool, pool->element[--pool->curr_nr], cpu);
	if (pool->array != OBJECT_NONE)
		kfree(m->caches, pool->array, cpu);
	if (pool->descriptor != OBJECT_NONE)
		kfree(m->caches, pool->descriptor, cpu);
	free(pool->element);
	pool->element = NULL;
	pool->capacity = 0;
	pool->array = pool->descriptor = OBJECT_NONE;
}

static struct object_grant fill_reserve(struct mempools *m,
					struct mempool *pool)
{
	struct object_grant grant = { .path = PATH_NONE };

	while (pool->curr_nr < pool->request.min_nr) {
		grant = backing_alloc(m, pool, GFP_KERNEL, pool->request.cpu);
		if (grant.address == OBJECT_NONE)
			break;
		if (!add_element(pool, grant.address))
			return out_of_host(m);
	}
	return grant;
}

/* Descriptor, array, reserve: the last grant tells how it went. */
static struct object_grant build(struct mempools *m, struct mempool *pool)
{
	struct object_request request = { GFP_KERNEL | __GFP_ZERO,
					  pool->request.cpu,
					  pool->request.node };
	uint64_t pointer = m->memory->desc->address_bits / 8;
	struct object_grant grant;

	grant = kmalloc(m->caches, descriptor_size(m), &request);
	pool->descriptor = grant.address;
	if (grant.address == OBJECT_NONE)
		return grant;
	request.gfp = GFP_KERNEL;
	grant = kmalloc(m->caches, pool->request.min_nr * pointer, &request);
	pool->array = grant.address;
	if (grant.address == OBJECT_NONE)
		return grant;
	return fill_reserve(m, pool);
}

/* Room for one pool more, and for its name. */
static bool make_room(struct mempools *m, uint32_t name)
{
	struct mempool *pools =
		host_grow(m->pool, &m->capacity, m->nr + 1, sizeof(*pools));
	uint32_t *names;

	if (!pools)
		return false;
	m->pool = pools;
	names = host_grow(m->by_name, &m->nr_names, name + (size_t)1,
			  sizeof(*names));
	if (!names)
		return false;
	m->by_name = names;
	return true;
}

enum mempool_create_status mempool_create(struct mempools *m,
					  const struct mempool_request *request,
					  enum alloc_reason *reason)
{
	struct mempool pool = {
		.request = *request,
		.descriptor = OBJECT_NONE,
		.array = OBJECT_NONE,
	};
	struct object_grant last;
	bool no_cache = false;

	if (mempool_find(m, request->name) != MEMPOOL_NONE)
		return MEMPOOL_EXISTS;
	if (request->backing == MEMPOOL_SLAB) {
		pool.cache = slab_cache_find(m->caches, request->cache);
		no_cache = !pool.cache;
		if (no_cache &&
		    !slab_cache_was_refused(m->caches, request->cache))
			return MEMPOOL_NO_CACHE;
	}
	if (!make_room(m, request->name)) {
		out_of_host(m);
		return MEMPOOL_HOST;
	}
	if (no_cache) {
		m->by_name[request->name] = REFUSED;
		*reason = REASON_TOO_BIG; /* as the cache was */
		return MEMPOOL_NO_MEMORY;
	}
	pool.size = element_size(m, &pool);
	last = build(m, &pool);
	if (last.host_failed || last.address == OBJECT_NONE) {
		give_back(m, &pool, request->cpu);
		m->by_name[request->name] = REFUSED;
		*reason = last.reason;
		return last.host_failed ? MEMPOOL_HOST : MEMPOOL_NO_MEMORY;
	}
	m->pool[m->nr++] = pool;
	m->by_name[request->name] = (uint32_t)m->nr;
	return MEMPOOL_CREATED;
}

uint32_t mempool_find(const struct mempools *m, uint32_t name)
{
	uint32_t found = name < m->nr_names ? m->by_name[name] : 0;

	return found && found != REFUSED ? found - 1 : MEMPOOL_NONE;
}

bool mempool_was_refused(const struct mempools *m, uint32_t name)
{
	return name < m->nr_names && m->by_name[name] == REFUSED;
}

void mempool_info(const struct mempools *m, uint32_t number,
		  struct mempool_info *info)
{
	const struct mempool *pool = &m->pool[number];

	*info = (struct mempool_info){
		.name = pool->request.name,
		.min_nr = pool->request.min_nr,
		.curr_nr = pool->curr_nr,
		.outstanding = pool->outstanding + pool->under_way,
		.size = pool->size,
		.destroyed = pool->destroyed,
	};
}

/* The backing, then the reserve. */
static struct object_grant one_round(struct mempools *m, uint32_t number,
				     gfp_t gfp, cpu_t cpu)
{
	struct object_grant grant =
		backing_alloc(m, &m->pool[number], gfp, cpu);

	if (grant.host_failed || grant.address != OBJECT_NONE ||
	    !m->pool[number].curr_nr)
		return grant;
	return remove_element(m, number);
}

struct object_grant mempool_alloc(struct mempools *m, uint32_t number,
				  gfp_t gfp, cpu_t cpu, bool again)
{
	struct mempool *pool = &m->pool[number];
	struct object_grant grant = { .address = OBJECT_NONE };
	gfp_t gentle;

	gfp |= __GFP_NOMEMALLOC | __GFP_NORETRY | __GFP_NOWARN;
	gentle = gfp & ~(__GFP_DIRECT_RECLAIM | __GFP_IO);
	if (pool->request.backing == MEMPOOL_SLAB)
		pool->cache = slab_cache_find(m->caches, pool->request.cache);
	pool->under_way++;
	if (!again)
		grant = one_round(m, number, gentle, cpu);
	if (grant.address == OBJECT_NONE && !grant.host_failed &&
	    (again || gentle != gfp))
		grant = one_round(m, number, gfp, cpu);
	pool = &m->pool[number];
	pool->under_way--;
	if (grant.address != OBJECT_NONE)
		pool->outstanding++;
	else
		grant.reason = REASON_POOL_EMPTY;
	return grant;
}

bool mempool_free(struct mempools *m, uint32_t number, uint64_t address,
		  cpu_t cpu)
{
	struct mempool *pool = &m->pool[number];

	BUG_ON(!pool->outstanding);
	pool->outstanding--;
	if (!pool->destroyed && pool->curr_nr < pool->request.min_nr)
		/* There is room: it has held as many when it was made. */
		return add_element(pool, address);
	backing_free(m, pool, address, cpu);
	return false;
}

uint64_t mempool_destroy(struct mempools *m, uint32_t number, cpu_t cpu)
{
	struct mempool *pool = &m->pool[number];

	give_back(m, pool, cpu);
	pool->destroyed = true;
	m->by_name[pool->request.name] = 0;
	return pool->outstanding + pool->under_way;
}

/* ---- recount ---- */

static bool is_allocated(const struct mempools *m, const struct mempool *pool,
			 uint64_t address)
{
	if (pool->request.backing != MEMPOOL_PAGES)
		return address == ZERO_SIZE_OBJECT || ksize(m->caches, address);
	return page_state_is_allocated(
		m->memory->state[address >> m->memory->page_shift]);
}

static int by_address(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a;
	uint64_t right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* All pools' elements at once: none may be there twice. */
static bool are_distinct(uint64_t *element, size_t nr, char *why, size_t size)
{
	qsort(element, nr, sizeof(*element), by_address);
	for (size_t i = 1; i < nr; i++) {
		if (element[i] != element[i - 1] ||
		    element[i] == ZERO_SIZE_OBJECT)
			continue;
		snprintf(why, size, "the element at 0x%llx is in reserve twice",
			 (unsigned long long)element[i]);
		return false;
	}
	return true;
}

static bool pool_validate(const struct mempools *m, size_t number, char *why,
			  size_t size)
{
	const struct mempool *pool = &m->pool[number];

	if (pool->curr_nr > pool->request.min_nr) {
		snprintf(why, size, "pool %zu holds %u elements of %u", number,
			 pool->curr_nr, pool->request.min_nr);
		return false;
	}
	for (uint32_t i = 0; i < pool->curr_nr; i++) {
		if (is_allocated(m, pool, pool->element[i]))
			continue;
		snprintf(why, size,
			 "pool %zu holds 0x%llx, which is not allocated",
			 number, (unsigned long long)pool->element[i]);
		return false;
	}
	return true;
}

bool mempools_validate(const struct mempools *m, char *why, size_t size)
{
	uint64_t *all;
	size_t nr = 0;
	bool valid;

	for (size_t i = 0; i < m->nr; i++) {
		if (!pool_validate(m, i, why, size))
			return false;
		nr += m->pool[i].curr_nr;
	}
	if (!nr)
		return true;
	all = host_alloc(nr, sizeof(*all));
	if (!all) {
		snprintf(why, size, "no memory to recount mempools");
		return false;
	}
	nr = 0;
	for (size_t i = 0; i < m->nr; i++)
		for (uint32_t j = 0; j < m->pool[i].curr_nr; j++)
			all[nr++] = m->pool[i].element[j];
	valid = are_distinct(all, nr, why, size);
	free(all);
	return valid;
}
