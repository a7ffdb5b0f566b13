/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all flavours of slab allocator have in common, Linux 6.1,
 * mm/slab_common.c: caches and their names.
 *
 * Rules:
 * - SLAB_HWCACHE_ALIGN aligns to a cache line, or to the half, quarter, … of
 *   it that still holds the object; never below what the caller asked for or
 *   below 8 bytes, in 2.6 a word (calculate_alignment()).
 * - Where the machine merges caches, a new one becomes another name for the
 *   oldest that is at most a word larger, of a size that fits the alignment
 *   and with the same zone, mobility and accounting; with SLAB, whose colours
 *   move objects, it also has to be aligned as well (find_mergeable()). The
 *   kmalloc caches take part in no merging (they have a usercopy region),
 *   nor do caches with red zones, poison, tracks, RCU-safe objects or
 *   SLAB_NOLEAKTRACE, nor, as later kernels have it, with SLAB_NO_MERGE.
 * - A cache goes with the last of its names, if no object is live
 *   (kmem_cache_destroy()). An allocation that sleeps in the middle counts as
 *   an object: the kernel would take the cache from under it.
 *
 * Left out: the memory of the caches' own structures, sysfs, merging with
 * caches that the kernel itself made at boot, constructors, usercopy regions.
 * Two caches of one name are refused: the name would be ambiguous.
 */

#include "models/slab/slab_internal.h"

#include <string.h>

#include "models/gfp.h"
#include "sim/base/bug.h"
#include "sim/base/host.h"

/* Indexed by enum slab_allocator. */
static const struct slab_flavour_ops *const slab_flavours[] = {
#define X(value, functions, word) [SLAB_ALLOCATOR_##value] = &functions##_ops,
	SLAB_ALLOCATORS(X)
#undef X
};

#define SLAB_MINALIGN 8u /* ARCH_SLAB_MINALIGN, unless a kernel has none */

/* Source: mm/slab_common.c. */
#define SLAB_NEVER_MERGE                                                       \
	(SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER |                       \
	 SLAB_TYPESAFE_BY_RCU | SLAB_NOLEAKTRACE | SLAB_NO_MERGE)
#define SLAB_MERGE_SAME                                                        \
	(SLAB_RECLAIM_ACCOUNT | SLAB_CACHE_DMA | SLAB_CACHE_DMA32 |            \
	 SLAB_ACCOUNT)

/* --- what caches are called --- */

/* False: no memory. */
static bool text_take(struct slab_cache *cache, const char *text)
{
	struct slab_caches *caches = cache->caches;
	uint32_t number = names_intern(caches->texts, text, strlen(text));
	bool *grown;

	if (!number)
		return false;
	grown = host_grow(caches->text_taken, &caches->texts_capacity,
			  number + (size_t)1, sizeof(*grown));
	if (!grown)
		return false;
	caches->text_taken = grown;
	grown[number] = true;
	cache->text = names_text(caches->texts, number);
	cache->text_number = number;
	return true;
}

static void text_give_back(struct slab_cache *cache)
{
	if (cache->text_number)
		cache->caches->text_taken[cache->text_number] = false;
}

/* Is a cache called so, under this name or under another that it merged? */
static bool text_is_taken(const struct slab_caches *caches, const char *text)
{
	uint32_t number = names_find(caches->texts, text, strlen(text));

	return number && caches->text_taken[number];
}

/* --- the allocator --- */

/* Nodes with memory that the kernel can use for itself: N_NORMAL_MEMORY. */
static uint64_t nodes_with_memory(const struct memory *memory)
{
	uint64_t mask = 0;

	for (uint32_t i = 0; i < memory->nr_zones; i++) {
		const struct zone *zone = &memory->zone[i];

		if (zone->type <= ZONE_NORMAL && zone->present_pages)
			mask |= (uint64_t)1 << memory->node_index[zone->node];
	}
	return mask;
}

static struct slab_machine machine_of(const struct memory *memory)
{
	return (struct slab_machine){
		.page_shift = memory->page_shift,
		.nr_orders = memory->nr_orders,
		.word = memory->desc->address_bits / 8,
		.cpus = memory->nr_online_cpus,
	};
}

struct slab_caches *slab_caches_new(struct memory *memory,
				    struct errors *errors)
{
	struct slab_caches *caches = host_alloc(1, sizeof(*caches));

	if (!caches) {
		error_host(errors, "no memory for the slab allocator");
		return NULL;
	}
	caches->memory = memory;
	caches->errors = errors;
	caches->ops = slab_flavours[memory->desc->slab_allocator];
	caches->node_mask = nodes_with_memory(memory);
	caches->machine = machine_of(memory);
	caches->nr_slabs = 1;
	caches->nr_numbers = caches->free_number = 1;
	caches->texts = names_new();
	caches->numbered = host_grow(NULL, &caches->numbers_capacity, 1,
				     sizeof(*caches->numbered));
	caches->slab = host_grow_lines(NULL, &caches->slabs_capacity, 1,
				       sizeof(*caches->slab));
	caches->of_page = host_map(memory->max_pfn * sizeof(slab_id));
	if (!caches->numbered || !caches->slab || !caches->of_page ||
	    !caches->texts)
		error_host(errors, "no memory for the slab allocator");
	else if (!kmalloc_caches_create(caches))
		return caches;
	slab_caches_free(caches);
	return NULL;
}

static void cache_free(struct slab_cache *cache)
{
	cache->caches->ops->close(cache);
	text_give_back(cache);
	free(cache->links);
	free(cache);
}

void slab_caches_free(struct slab_caches *caches)
{
	if (!caches)
		return;
	for (size_t i = 0; i < caches->nr_caches; i++)
		cache_free(caches->cache[i]);
	free(caches->cache);
	free(caches->numbered);
	free(caches->name);
	free(caches->slab);
	free(caches->grace.pages);
	if (caches->of_page)
		host_unmap(caches->of_page,
			   caches->memory->max_pfn * sizeof(slab_id));
	free(caches->by_name);
	free(caches->text_taken);
	names_free(caches->texts);
	free(caches);
}

/* --- caches --- */

uint32_t slab_alignment(const struct slab_caches *caches, uint32_t flags,
			uint32_t align, uint32_t size)
{
	bool old = caches->memory->desc->slab_rules == SLAB_RULES_2_6;
	uint32_t word = caches->machine.word;
	uint32_t least = old ? word : SLAB_MINALIGN;
	uint32_t line = SLAB_CACHE_LINE;

	if (flags & SLAB_HWCACHE_ALIGN) {
		while (size <= line / 2)
			line /= 2;
		if (align < line)
			align = line;
	}
	if (align < least)
		align = least;
	return (align + word - 1) / word * word;
}

/* Gives the cache the smallest number that is free. */
static enum slab_create_status number_get(struct slab_caches *caches,
					  struct slab_cache *cache)
{
	struct slab_cache **grown;
	size_t n = caches->free_number;

	while (n < caches->nr_numbers && caches->numbered[n])
		n++;
	if (n > SLAB_MOST_CACHES)
		return SLAB_CREATE_TOO_MANY;
	grown = host_grow(caches->numbered, &caches->numbers_capacity, n + 1,
			  sizeof(*grown));
	if (!grown) {
		error_host(caches->errors, "no memory for a slab cache");
		return SLAB_CREATE_HOST;
	}
	caches->numbered = grown;
	caches->numbered[n] = cache;
	if (n == caches->nr_numbers)
		caches->nr_numbers++;
	caches->free_number = n + 1;
	cache->number = (cache_number)n;
	return SLAB_CREATED;
}

static void number_put(struct slab_caches *caches, cache_number number)
{
	caches->numbered[number] = NULL;
	if (number < caches->free_number)
		caches->free_number = number;
}

enum slab_create_status slab_cache_new(struct slab_caches *caches,
				       const struct slab_cache_request *request,
				       struct slab_cache **result)
{
	struct slab_cache *cache = host_alloc(1, caches->ops->cache_bytes);
	enum slab_create_status status = SLAB_CREATE_HOST;
	struct slab_cache **grown;

	*result = NULL;
	grown = host_grow(caches->cache, &caches->caches_capacity,
			  caches->nr_caches + 1, sizeof(*grown));
	if (grown)
		caches->cache = grown;
	if (!grown || !cache) {
		free(cache);
		error_host(caches->errors, "no memory for a slab cache");
		return status;
	}
	cache->caches = caches;
	cache->object_size = (uint32_t)request->size;
	cache->flags = request->flags;
	cache->align = slab_alignment(caches, request->flags, request->align,
				      (uint32_t)request->size);
	cache->unmergeable = request->flags & SLAB_NEVER_MERGE;
	if (text_take(cache, request->text))
		status = caches->ops->open(cache);
	else
		error_host(caches->errors, "no memory for a slab cache");
	if (status == SLAB_CREATED)
		status = number_get(caches, cache);
	if (status != SLAB_CREATED) {
		cache_free(cache);
		return status;
	}
	cache->inverse = slab_inverse(cache->size);
	cache->granted = caches->ops->ksize(cache);
	caches->cache[caches->nr_caches++] = cache;
	*result = cache;
	return status;
}

/* SLAB alone asks: with SLUB the size says it all. */
static bool is_aligned_as_well(const struct slab_cache *cache, uint32_t align)
{
	return cache->caches->ops != &aslab_ops ||
	       (align <= cache->align && cache->align % align == 0);
}

/* Source: find_mergeable(). */
static struct slab_cache *find_mergeable(const struct slab_caches *caches,
					 const struct slab_cache_request *want)
{
	uint32_t word = caches->machine.word;
	uint64_t size = ((uint64_t)want->size + word - 1) / word * word;
	uint32_t align = slab_alignment(caches, want->flags, want->align,
					(uint32_t)size);

	size = (size + align - 1) / align * align;
	if (!caches->memory->desc->slab_merge ||
	    (want->flags & SLAB_NEVER_MERGE))
		return NULL;
	for (size_t i = 0; i < caches->nr_caches; i++) {
		struct slab_cache *cache = caches->cache[i];

		if (cache->unmergeable || size > cache->size ||
		    ((want->flags ^ cache->flags) & SLAB_MERGE_SAME) ||
		    cache->size % align || cache->size - size >= word ||
		    !is_aligned_as_well(cache, align))
			continue;
		return cache;
	}
	return NULL;
}

/* --- names --- */

static uint32_t name_home(uint32_t name)
{
	return name * 2654435761u;
}

/* Where a name is in the hash, or the empty slot for it. */
static uint32_t *name_slot(const struct slab_caches *caches, uint32_t name)
{
	size_t slot = name_home(name);

	for (;; slot++) {
		uint32_t *at =
			&caches->by_name[slot & (caches->by_name_slots - 1)];

		if (!*at || caches->name[*at - 1].name == name)
			return at;
	}
}

static void hash_names(struct slab_caches *caches)
{
	memset(caches->by_name, 0,
	       caches->by_name_slots * sizeof(*caches->by_name));
	for (size_t i = 0; i < caches->nr_names; i++)
		*name_slot(caches, caches->name[i].name) = (uint32_t)i + 1;
}

/* Room for one more name in both tables. False: no memory. */
static bool names_reserve(struct slab_caches *caches)
{
	size_t slots = caches->by_name_slots ? caches->by_name_slots : 64;
	struct slab_name *name;
	uint32_t *by_name;

	name = host_grow(caches->name, &caches->names_capacity,
			 caches->nr_names + 1, sizeof(*name));
	if (!name)
		return false;
	caches->name = name;
	while (slots < 2 * (caches->nr_names + 1))
		slots *= 2;
	if (slots == caches->by_name_slots)
		return true;
	by_name = host_alloc(slots, sizeof(*by_name));
	if (!by_name)
		return false;
	free(caches->by_name);
	caches->by_name = by_name;
	caches->by_name_slots = slots;
	hash_names(caches);
	return true;
}

/* `cache` NULL: what the name stands for was refused. */
static void name_add(struct slab_caches *caches, uint32_t name,
		     struct slab_cache *cache)
{
	uint32_t *slot = name_slot(caches, name);

	caches->name[caches->nr_names++] = (struct slab_name){ name, cache };
	*slot = (uint32_t)caches->nr_names;
	if (cache)
		cache->refcount++;
}

/* Those behind it that would not be found any more move up. */
static void empty_slot(struct slab_caches *caches, uint32_t *slot)
{
	size_t mask = caches->by_name_slots - 1;
	size_t hole = (size_t)(slot - caches->by_name);

	for (size_t at = hole + 1; caches->by_name[at & mask]; at++) {
		uint32_t entry = caches->by_name[at & mask];
		size_t home = name_home(caches->name[entry - 1].name);

		if (((at - home) & mask) < ((at - hole) & mask))
			continue;
		caches->by_name[hole & mask] = entry;
		hole = at;
	}
	caches->by_name[hole & mask] = 0;
}

static void name_del(struct slab_caches *caches, uint32_t name)
{
	uint32_t *slot = name_slot(caches, name);
	struct slab_name *last = &caches->name[--caches->nr_names];
	uint32_t at = *slot;

	/* While it is there: the slots in front of it are not empty yet. */
	*name_slot(caches, last->name) = at;
	caches->name[at - 1] = *last;
	empty_slot(caches, slot);
}

struct slab_cache *slab_cache_find(const struct slab_caches *caches,
				   uint32_t name)
{
	uint32_t at = caches->nr_names ? *name_slot(caches, name) : 0;

	return at ? caches->name[at - 1].cache : NULL;
}

bool slab_cache_was_refused(const struct slab_caches *caches, uint32_t name)
{
	uint32_t at = caches->nr_names ? *name_slot(caches, name) : 0;

	return at && !caches->name[at - 1].cache;
}

/* A cache of its own, or one that is there and will do. */
static enum slab_create_status
provide_cache(struct slab_caches *caches,
	      const struct slab_cache_request *request,
	      struct slab_cache **cache)
{
	if (request->size > UINT32_MAX / 2)
		return SLAB_CREATE_TOO_BIG;
	*cache = find_mergeable(caches, request);
	if (!*cache)
		return slab_cache_new(caches, request, cache);
	if ((*cache)->object_size < request->size)
		(*cache)->object_size = (uint32_t)request->size;
	(*cache)->granted = caches->ops->ksize(*cache);
	return SLAB_CREATED;
}

enum slab_create_status
slab_cache_create(struct slab_caches *caches,
		  const struct slab_cache_request *request)
{
	enum slab_create_status status;
	struct slab_cache *cache = NULL;

	if (!request->size)
		return SLAB_CREATE_BAD_SIZE;
	if (request->align & (request->align - 1))
		return SLAB_CREATE_BAD_ALIGN;
	if (slab_cache_find(caches, request->name) ||
	    text_is_taken(caches, request->text))
		return SLAB_CREATE_EXISTS;
	if (!names_reserve(caches)) {
		error_host(caches->errors, "no memory for a cache's name");
		return SLAB_CREATE_HOST;
	}
	status = provide_cache(caches, request, &cache);
	if (status == SLAB_CREATE_TOO_BIG)
		cache = NULL;
	else if (status != SLAB_CREATED)
		return status;
	if (slab_cache_was_refused(caches, request->name))
		name_del(caches, request->name);
	name_add(caches, request->name, cache);
	return status;
}

uint32_t slab_cache_object_size(const struct slab_cache *cache)
{
	return cache->object_size;
}

uint32_t slab_cache_flags(const struct slab_cache *cache)
{
	return cache->flags;
}

static void cache_remove(struct slab_caches *caches, struct slab_cache *cache)
{
	size_t at = 0;

	while (caches->cache[at] != cache)
		at++;
	caches->nr_caches--;
	memmove(&caches->cache[at], &caches->cache[at + 1],
		(caches->nr_caches - at) * sizeof(caches->cache[0]));
	slab_forget_spares(cache);
	number_put(caches, cache->number);
	cache_free(cache);
}

uint64_t slab_cache_destroy(struct slab_caches *caches, uint32_t name,
			    cpu_t cpu)
{
	struct slab_cache *cache = slab_cache_find(caches, name);

	BUG_ON(!cache);
	if (cache->refcount == 1) {
		caches->memory->work.count[WORK_CACHES_DESTROYED]++;
		caches->ops->shutdown(cache, cpu);
		if (cache->live || cache->under_way)
			return cache->live + cache->under_way;
	}
	name_del(caches, name);
	if (!--cache->refcount)
		cache_remove(caches, cache);
	return 0;
}

void slab_cache_shrink(struct slab_caches *caches, struct slab_cache *cache,
		       cpu_t cpu)
{
	caches->memory->work.count[WORK_CACHES_SHRUNK]++;
	caches->ops->shrink(cache, cpu);
}

bool slab_caches_need_reaping(const struct slab_caches *caches)
{
	return caches->ops->reap;
}

/* The newest cache comes first, as in the kernel's list of them. */
void slab_caches_reap(struct slab_caches *caches, cpu_t cpu, uint64_t round)
{
	caches->reap_round = round;
	for (size_t i = caches->nr_caches; i-- > 0;)
		caches->ops->reap(caches->cache[i], cpu, round);
}
