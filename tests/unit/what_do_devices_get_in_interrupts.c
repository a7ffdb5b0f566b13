/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pools that serve callers of dma_alloc_coherent() who can't sleep, where
 * devices' memory must be mapped anew: how large they are, what they give, and
 * when they grow. The machine has 16 MiB of DMA and 112 MiB of DMA32 memory.
 */

#include "models/dma/dma.h"
#include "tests/unit/machine_fixture.h"

#define DMA32_AT 4096
#define POOL_PAGES 32 /* 128 KiB, the least there is */

struct pool_machine {
	struct machine m;
	struct cma_desc area;
	struct dma *dma;
};

static int setup(void **state)
{
	static struct pool_machine p;

	machine_describe(&p.m, 0, 9, 11);
	p.m.zone[0] = open_zone(ZONE_DMA, 0, DMA32_AT);
	p.m.zone[1] = open_zone(ZONE_DMA32, DMA32_AT, 28672);
	p.m.node[0].nr_zones = 2;
	p.m.desc.dma_needs_pool = true;
	p.m.desc.cma = &p.area;
	*state = &p;
	return 0;
}

static struct pool_machine *start(void **state)
{
	struct pool_machine *p = *state;

	machine_start(&p->m);
	p->dma = dma_new(p->m.memory, &p->m.errors);
	assert_non_null(p->dma);
	return p;
}

static int teardown(void **state)
{
	struct pool_machine *p = *state;
	char why[256] = "";

	if (!dma_validate(p->dma, why, sizeof(why)))
		fail_msg("%s", why);
	dma_free(p->dma);
	machine_stop(&p->m);
	return 0;
}

static struct dma_grant ask(struct pool_machine *p, uint32_t pages, gfp_t gfp,
			    uint32_t mask_bits)
{
	struct dma_request request = {
		.size = (uint64_t)pages << 12,
		.gfp = gfp,
		.mask_bits = mask_bits,
		.node = NODE_ANY,
	};

	return dma_alloc_coherent(p->dma, &request);
}

static pfn_t in_interrupt(struct pool_machine *p, uint32_t pages,
			  uint32_t mask_bits)
{
	return ask(p, pages, GFP_ATOMIC, mask_bits).page.pfn;
}

static uint64_t in_use(const struct pool_machine *p, int zone)
{
	const struct zone *at = &p->m.memory->zone[zone];

	return at->present_pages - zone_exact_free_pages(p->m.memory, at) -
	       zone_pcp_pages(p->m.memory, at);
}

/* One of any memory and one of DMA32, which are the same zone here. */
static void boot_sets_pools_aside(void **state)
{
	struct pool_machine *p = start(state);

	assert_int_equal(in_use(p, 0), POOL_PAGES);
	assert_int_equal(in_use(p, 1), 2 * POOL_PAGES);
}

static void a_machine_that_needs_none_has_none(void **state)
{
	struct pool_machine *p = *state;

	p->m.desc.dma_needs_pool = false;
	start(state);
	assert_int_equal(in_use(p, 0) + in_use(p, 1), 0);
	assert_int_not_equal(ask(p, 1, GFP_ATOMIC, 32).page.path,
			     PATH_DMA_POOL);
	assert_false(dma_wants_work(p->dma));
}

/* 128 KiB for each GiB; a size that was asked for becomes a power of two. */
static void pools_grow_with_memory_or_as_told(void **state)
{
	struct pool_machine *p = *state;

	p->m.zone[1] = open_zone(ZONE_DMA32, DMA32_AT, 786432 - DMA32_AT);
	start(state);
	assert_int_equal(in_use(p, 0), 128);
	dma_free(p->dma);
	memory_free(p->m.memory);

	p->m.desc.dma_pool_bytes = 300 << 10;
	start(state);
	assert_int_equal(in_use(p, 0), 128);
	dma_free(p->dma);
	memory_free(p->m.memory);

	p->m.desc.dma_pool_bytes = 64 << 20;
	start(state);
	assert_int_equal(in_use(p, 0), 1024);
	p->m.desc.dma_pool_bytes = 0;
}

static void sleepers_go_past_them(void **state)
{
	struct pool_machine *p = start(state);

	assert_int_not_equal(ask(p, 1, GFP_KERNEL, 32).page.path,
			     PATH_DMA_POOL);
	assert_int_equal(ask(p, 1, GFP_ATOMIC, 32).page.path, PATH_DMA_POOL);
	assert_int_equal(ask(p, 1, GFP_NOWAIT, 32).page.path, PATH_DMA_POOL);
}

static void the_lowest_room_that_is_aligned(void **state)
{
	struct pool_machine *p = start(state);
	struct dma_grant first = ask(p, 3, GFP_ATOMIC, 32);
	pfn_t at = first.page.pfn;

	assert_int_equal(first.page.zone->type, ZONE_DMA32);
	assert_int_equal(dma_granted_pages(&first.buffer), 3);
	assert_int_equal(in_interrupt(p, 2, 32), at + 4);
	assert_int_equal(in_interrupt(p, 1, 32), at + 3);
	assert_int_equal(in_interrupt(p, 5, 32), at + 8);
	dma_free_coherent(p->dma, 0, &first.buffer);
	assert_int_equal(in_interrupt(p, 2, 32), at);
}

static void other_pools_help_out(void **state)
{
	struct pool_machine *p = start(state);

	assert_true(in_interrupt(p, POOL_PAGES, 32) >= DMA32_AT);
	/* DMA32's is used up: DMA's is lower, and does as well. */
	assert_true(in_interrupt(p, POOL_PAGES, 32) < DMA32_AT);
	assert_int_equal(ask(p, 1, GFP_ATOMIC, 32).page.reason,
			 REASON_POOL_EMPTY);
	/* A device that reaches everything has a third one. */
	assert_true(in_interrupt(p, POOL_PAGES, 64) >= DMA32_AT);
	assert_int_equal(ask(p, 1, GFP_ATOMIC, 64).page.reason,
			 REASON_POOL_EMPTY);
}

static void what_the_device_can_not_reach_goes_back(void **state)
{
	struct pool_machine *p = start(state);
	pfn_t lowest = in_interrupt(p, 1, 24);

	assert_true(lowest < DMA32_AT);
	assert_int_equal(ask(p, 1, GFP_ATOMIC, 12).page.reason,
			 REASON_DEVICE_MASK);
	assert_int_equal(ask(p, 1, GFP_ATOMIC, 11).page.reason,
			 REASON_DEVICE_MASK);
	/* 25 bits: DMA32's pool has frames from 4096 on, 16 MiB: reached. */
	assert_true(in_interrupt(p, 1, 25) >= DMA32_AT);
	assert_int_equal(in_interrupt(p, 1, 24), lowest + 1);
}

/* The first page taken leaves less than the pool began with. */
static void the_worker_doubles_what_runs_low(void **state)
{
	struct pool_machine *p = start(state);
	struct dma_grant first = ask(p, 1, GFP_ATOMIC, 32);
	pfn_t old = first.page.pfn;
	pfn_t young;

	assert_true(dma_wants_work(p->dma));
	assert_int_equal(dma_refill_pools(p->dma, 0), 0);
	assert_false(dma_wants_work(p->dma));
	assert_int_equal(in_use(p, 1), 3 * POOL_PAGES);
	assert_int_equal(in_use(p, 0), POOL_PAGES);
	/* The newest block serves first. */
	young = in_interrupt(p, 1, 32);
	assert_true(young < old || young >= old + POOL_PAGES);
	/* 62 of 64 pages are left, more than the 32 to be held. */
	assert_false(dma_wants_work(p->dma));
	/* Freed again, the pool does not shrink. */
	dma_free_coherent(p->dma, 0, &first.buffer);
	assert_int_equal(dma_refill_pools(p->dma, 0), 0);
	assert_int_equal(in_use(p, 1), 3 * POOL_PAGES);
}

/* In the default area, if that is where the pool's memory may be. */
static void pools_are_taken_from_the_default_area(void **state)
{
	struct pool_machine *p = *state;

	p->area = (struct cma_desc){ "area", NODE_ANY, 8192, 1024 };
	p->m.desc.nr_cma = 1;
	start(state);
	assert_int_equal(in_interrupt(p, 1, 64), 8192);
	assert_int_equal(in_interrupt(p, 1, 32), 8192 + POOL_PAGES);
	assert_true(in_interrupt(p, 1, 24) < DMA32_AT);
	p->m.desc.nr_cma = 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(boot_sets_pools_aside),
		TEST(a_machine_that_needs_none_has_none),
		TEST(pools_grow_with_memory_or_as_told),
		TEST(sleepers_go_past_them),
		TEST(the_lowest_room_that_is_aligned),
		TEST(other_pools_help_out),
		TEST(what_the_device_can_not_reach_goes_back),
		TEST(the_worker_doubles_what_runs_low),
		TEST(pools_are_taken_from_the_default_area),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
