/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmalloc: caches for sizes, Linux 6.1, mm/slab_common.c, include/linux/slab.h.
 *
 * Rules:
 * - There is a cache for each power of two from 8 bytes (SLAB: 32) to two
 *   pages, and for 96 and 192 bytes; a request takes the smallest that fits
 *   (kmalloc_slab()). Objects of a power of two are aligned to it
 *   (create_boot_cache()); with SLAB all are aligned as SLAB_HWCACHE_ALIGN
 *   does it (ARCH_KMALLOC_FLAGS), so that those of 96 bytes take 128.
 * - Four families, by the caller's flags in this order: DMA (where the kernel
 *   has that zone), reclaimable, accounted to a memory cgroup, and the rest
 *   (kmalloc_type()).
 * - Above two pages the page allocator serves the request, as one compound
 *   block of the next order (__kmalloc_large_node()), up to the largest
 *   there is. Flags for zones that have no linear mapping are ignored
 *   (kmalloc_fix_flags()).
 * - kmalloc(0) gives ZERO_SIZE_PTR.
 *
 * A machine may say otherwise (struct kmalloc_desc), for kernels before
 * 2.6.22: caches from 32 bytes to 128 KiB, called size-32 and so on, each with
 * a twin for DMA and no other family; nothing above; an object of the smallest
 * class for kmalloc(0); SLAB's alignment alone (mm/slab.c,
 * include/linux/kmalloc_sizes.h, 2.6.16).
 *
 * The caches are made in the kernel's order, so that slabinfo lists them
 * alike.
 */

#include "models/slab/slab_internal.h"

#include <stdio.h>

#include "models/gfp.h"
#include "sim/base/bug.h"

static const char *const family_names[NR_KMALLOC_TYPES] = {
	[KMALLOC_NORMAL] = "kmalloc-",
	[KMALLOC_CGROUP] = "kmalloc-cg-",
	[KMALLOC_RECLAIM] = "kmalloc-rcl-",
	[KMALLOC_DMA] = "dma-kmalloc-",
};

static const uint32_t family_flags[NR_KMALLOC_TYPES] = {
	[KMALLOC_CGROUP] = SLAB_ACCOUNT,
	[KMALLOC_RECLAIM] = SLAB_RECLAIM_ACCOUNT,
	[KMALLOC_DMA] = SLAB_CACHE_DMA,
};

/* Source: kmalloc_info[]. */
static uint32_t class_size(unsigned int class)
{
	if (class == 1)
		return 96;
	return class == 2 ? 192 : 1u << class;
}

static const struct kmalloc_desc *desc_of(const struct slab_caches *caches)
{
	return &caches->memory->desc->kmalloc;
}

static unsigned int smallest_class(const struct slab_caches *caches)
{
	uint32_t smallest = desc_of(caches)->smallest;

	return smallest ? (unsigned int)__builtin_ctz(smallest) :
			  caches->ops->kmalloc_shift_low;
}

/* The class between two powers of two that comes after one of these, or 0. */
static unsigned int class_after(const struct slab_caches *caches,
				unsigned int class)
{
	if (class == 6 && !desc_of(caches)->no_96)
		return 1;
	return class == 7 && !desc_of(caches)->no_192 ? 2 : 0;
}

/* setup_kmalloc_cache_index_table() */
static void set_small_classes(struct slab_caches *caches)
{
	unsigned int low = smallest_class(caches);

	for (unsigned int i = 0; i < NR_SMALL_SIZES; i++) {
		uint32_t size = 8 * (i + 1);
		unsigned int class = kmalloc_power_of(size);
		unsigned int between = class_after(caches, class - 1);

		if (class < low)
			class = low;
		else if (between && class > low && size <= class_size(between))
			class = between;
		caches->small_class[i] = (uint8_t) class;
	}
}

/* Without a DMA zone there is no family for it. */
static bool has_family(const struct slab_caches *caches, enum kmalloc_type type)
{
	unsigned int families = desc_of(caches)->families;

	if (type == KMALLOC_DMA &&
	    !(caches->memory->desc->zone_types >> ZONE_DMA & 1))
		return false;
	return !families || families >> type & 1;
}

/* A family that the kernel lacks is served by the normal one. */
static enum kmalloc_type type_of(const struct slab_caches *caches, gfp_t gfp)
{
	enum kmalloc_type type = KMALLOC_NORMAL;

	if (!(gfp & (__GFP_DMA | __GFP_RECLAIMABLE | __GFP_ACCOUNT)))
		return type;
	if ((gfp & __GFP_DMA) && has_family(caches, KMALLOC_DMA))
		return KMALLOC_DMA;
	if (gfp & __GFP_RECLAIMABLE)
		type = KMALLOC_RECLAIM;
	else if (gfp & __GFP_ACCOUNT)
		type = KMALLOC_CGROUP;
	return has_family(caches, type) ? type : KMALLOC_NORMAL;
}

static void name_cache(const struct slab_caches *caches, enum kmalloc_type type,
		       uint32_t size, char text[32])
{
	if (desc_of(caches)->old_names)
		snprintf(text, 32, "size-%u%s", size,
			 type == KMALLOC_DMA ? "(DMA)" : "");
	else if (size < 1024)
		snprintf(text, 32, "%s%u", family_names[type], size);
	else
		snprintf(text, 32, "%s%uk", family_names[type], size / 1024);
}

static int create(struct slab_caches *caches, enum kmalloc_type type,
		  unsigned int class)
{
	uint32_t size = class_size(class);
	bool natural = !(size & (size - 1)) &&
		       caches->memory->desc->slab_rules != SLAB_RULES_2_6;
	char text[32];
	struct slab_cache_request request = {
		.text = text,
		.size = size,
		.align = natural ? size : 0,
		.flags = family_flags[type] | caches->ops->kmalloc_flags,
	};
	struct slab_cache *cache;

	name_cache(caches, type, size, text);
	if (slab_cache_new(caches, &request, &cache) != SLAB_CREATED)
		return -1;
	cache->unmergeable = true;
	cache->refcount = 1;
	caches->kmalloc[type][class] = cache;
	return 0;
}

/* Family by family, and class by class within each. */
static int create_families(struct slab_caches *caches, unsigned int low,
			   unsigned int high)
{
	int failed = 0;

	for (enum kmalloc_type type = 0; type < NR_KMALLOC_TYPES; type++) {
		if (!has_family(caches, type))
			continue;
		for (unsigned int class = low; class <= high; class ++) {
			unsigned int between = class_after(caches, class);

			failed |= create(caches, type, class);
			if (between && class < high)
				failed |= create(caches, type, between);
		}
	}
	return failed;
}

/* 2.6.16: each class, and its twin for DMA at once. */
static int create_twins(struct slab_caches *caches, unsigned int class)
{
	int failed = 0;

	for (enum kmalloc_type type = 0; type < NR_KMALLOC_TYPES; type++)
		if (has_family(caches, type))
			failed |= create(caches, type, class);
	return failed;
}

int kmalloc_caches_create(struct slab_caches *caches)
{
	const struct kmalloc_desc *desc = desc_of(caches);
	unsigned int low = smallest_class(caches);
	unsigned int high = caches->machine.page_shift + 1;
	int failed = 0;

	if (desc->largest)
		high = (unsigned int)__builtin_ctz(desc->largest);
	BUG_ON(high >= NR_KMALLOC_CLASSES || low > high);
	caches->kmalloc_largest = 1ull << high;
	set_small_classes(caches);
	if (!desc->old_names)
		return create_families(caches, low, high);
	for (unsigned int class = low; class <= high; class ++) {
		unsigned int between = class_after(caches, class);

		failed |= create_twins(caches, class);
		if (between && class < high)
			failed |= create_twins(caches, between);
	}
	return failed;
}

struct slab_cache *const *kmalloc_family_of(const struct slab_caches *caches,
					    gfp_t gfp)
{
	return caches->kmalloc[type_of(caches, gfp)];
}

struct slab_cache *kmalloc_cache_of(const struct slab_caches *caches,
				    uint64_t size, gfp_t gfp)
{
	return kmalloc_family_of(caches, gfp)[kmalloc_class_of(caches, size)];
}

static struct object_grant kmalloc_large(struct slab_caches *caches,
					 uint64_t size,
					 const struct object_request *request)
{
	order_t order = get_order(size, caches->machine.page_shift);
	struct page_request pages = {
		.gfp = (request->gfp & ~(__GFP_DMA32 | __GFP_HIGHMEM)) |
		       __GFP_COMP,
		.cpu = request->cpu,
		.node = request->node,
		.order = (order_t)order,
	};
	struct object_grant object = {
		.address = OBJECT_NONE,
		.ref = OBJECT_NONE,
		.slab_pfn = PFN_NONE,
		.reason = REASON_TOO_BIG,
	};
	struct page_grant grant;

	if (desc_of(caches)->refuse_larger ||
	    order >= caches->machine.nr_orders)
		return object;
	grant = page_alloc(caches->memory, &pages);
	object.reason = grant.reason;
	if (grant.pfn == PFN_NONE)
		return object;
	caches->memory->work.count[WORK_LARGE_OBJECTS]++;
	object.address = (uint64_t)grant.pfn << caches->machine.page_shift;
	object.ref = object.address;
	object.granted = slab_bytes(&caches->machine, pages.order);
	object.slab_pfn = grant.pfn;
	object.zone = grant.zone;
	object.path = grant.path;
	slab_account(caches,
		     (uint32_t)caches->memory->node_index[grant.zone->node], 0,
		     1 << order);
	return object;
}

struct object_grant kmalloc(struct slab_caches *caches, uint64_t size,
			    const struct object_request *request)
{
	if (!size) {
		if (!desc_of(caches)->zero_is_smallest)
			return (struct object_grant){
				.address = ZERO_SIZE_OBJECT,
				.ref = ZERO_SIZE_OBJECT,
				.slab_pfn = PFN_NONE,
			};
		size = 1;
	}
	if (size > caches->kmalloc_largest)
		return kmalloc_large(caches, size, request);
	caches->memory->work.count[WORK_KMALLOC_SIZES]++;
	return slab_cache_alloc(
		caches, kmalloc_cache_of(caches, size, request->gfp), request);
}
