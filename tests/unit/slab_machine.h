/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_SLAB_MACHINE_H
#define KMEMSIM_TESTS_SLAB_MACHINE_H

/*
 * A small machine for the suites about slabs: two nodes of 32 MiB, Normal
 * memory only, CPUs 0 and 1 on node 0, none on node 1, everything free.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "models/gfp.h"
#include "models/slab/slab.h"

#define NODE_PAGES 8192u

struct slab_machine_fixture {
	struct errors errors;
	cpu_t cpu[2];
	struct zone_desc zone[2];
	struct node_desc node[2];
	struct machine_desc desc;
	struct memory *memory;
	struct slab_caches *caches;
};

static void machine_describe(struct slab_machine_fixture *f, size_t nr_cpus)
{
	*f = (struct slab_machine_fixture){ .cpu = { 0, 1 } };
	for (int i = 0; i < 2; i++) {
		f->zone[i] = (struct zone_desc){
			.type = ZONE_NORMAL,
			.start_pfn = NODE_PAGES * (1 + (uint64_t)i),
			.spanned_pages = NODE_PAGES,
			.present_pages = NODE_PAGES,
			.managed_pages = NODE_PAGES,
		};
		f->node[i] = (struct node_desc){
			.id = (node_t)i,
			.zones = &f->zone[i],
			.nr_zones = 1,
		};
	}
	f->node[0].cpus = f->cpu;
	f->node[0].nr_cpus = nr_cpus;
	f->desc = (struct machine_desc){
		.page_shift = 12,
		.nr_orders = 11,
		.pageblock_order = 9,
		.zone_types = 1u << ZONE_DMA | 1u << ZONE_DMA32 |
			      1u << ZONE_NORMAL | 1u << ZONE_MOVABLE,
		.numa = true,
		.address_bits = 64,
		.sysctl = { .watermark_scale_factor = 10,
			    .lowmem_reserve_ratio = { 256, 256, 32 } },
		.nodes = f->node,
		.nr_nodes = 2,
	};
}

static void machine_start(struct slab_machine_fixture *f)
{
	f->memory = memory_new(&f->desc, 1, &f->errors);
	assert_non_null(f->memory);
	f->caches = slab_caches_new(f->memory, &f->errors);
	assert_non_null(f->caches);
}

static inline void machine_init(struct slab_machine_fixture *f, size_t nr_cpus)
{
	machine_describe(f, nr_cpus);
	machine_start(f);
}

/* Every test ends with a recount. */
static inline void machine_release(struct slab_machine_fixture *f)
{
	char why[256] = "";

	if (!slab_caches_validate(f->caches, why, sizeof(why)))
		fail_msg("%s", why);
	slab_caches_free(f->caches);
	if (!memory_validate(f->memory, why, sizeof(why)))
		fail_msg("%s", why);
	memory_free(f->memory);
	assert_int_equal(f->errors.nr, 0);
}

/* A cache of that text. */
static inline enum slab_create_status
cache_create_called(struct slab_machine_fixture *f, const char *text,
		    uint32_t name, uint64_t size, uint32_t align,
		    uint32_t flags)
{
	struct slab_cache_request request = {
		.name = name,
		.text = text,
		.size = size,
		.align = align,
		.flags = flags,
	};

	return slab_cache_create(f->caches, &request);
}

static inline enum slab_create_status
cache_create_as(struct slab_machine_fixture *f, uint32_t name, uint64_t size,
		uint32_t align, uint32_t flags)
{
	char text[32];

	snprintf(text, sizeof(text), "cache-%u", name);
	return cache_create_called(f, text, name, size, align, flags);
}

static inline struct slab_cache *cache_create(struct slab_machine_fixture *f,
					      uint32_t name, uint64_t size,
					      uint32_t align, uint32_t flags)
{
	assert_int_equal(cache_create_as(f, name, size, align, flags),
			 SLAB_CREATED);
	return slab_cache_find(f->caches, name);
}

static inline struct object_grant object_get(struct slab_machine_fixture *f,
					     struct slab_cache *cache,
					     cpu_t cpu, node_t node)
{
	struct object_request request = {
		.gfp = GFP_KERNEL,
		.cpu = cpu,
		.node = node,
	};

	return slab_cache_alloc(f->caches, cache, &request);
}

static inline void object_put(struct slab_machine_fixture *f, uint64_t address,
			      cpu_t cpu)
{
	assert_int_equal(kfree(f->caches, address, cpu), SLAB_FREED);
}

static inline struct slab_info cache_info(const struct slab_cache *cache)
{
	struct slab_info info;

	slab_cache_info(cache, &info);
	return info;
}

#endif
