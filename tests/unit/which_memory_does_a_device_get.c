/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where dma_alloc_coherent() finds memory: by the device's mask, from a
 * contiguous area or from the page allocator, and what it costs. The machine:
 *
 *	frames    0      4096        8192   …  2097152 (8 GiB)   2101248
 *	          | DMA  | DMA32     |         | Normal          |
 */

#include "models/dma/dma.h"
#include "tests/unit/machine_fixture.h"

#define DMA32_AT 4096
#define NORMAL_AT 2097152
#define ZONE_PAGES 4096

struct device_machine {
	struct machine m;
	struct cma_desc area[3];
	struct dma *dma;
};

static int setup(void **state)
{
	static struct device_machine d;

	machine_describe(&d.m, 0, 9, 11);
	d.m.zone[0] = open_zone(ZONE_DMA, 0, ZONE_PAGES);
	d.m.zone[1] = open_zone(ZONE_DMA32, DMA32_AT, ZONE_PAGES);
	d.m.zone[2] = open_zone(ZONE_NORMAL, NORMAL_AT, ZONE_PAGES);
	d.m.node[0].nr_zones = 3;
	d.m.desc.cma = d.area;
	d.dma = NULL;
	*state = &d;
	return 0;
}

static struct device_machine *start(void **state)
{
	struct device_machine *d = *state;

	machine_start(&d->m);
	d->dma = dma_new(d->m.memory, &d->m.errors);
	assert_non_null(d->dma);
	return d;
}

static int teardown(void **state)
{
	struct device_machine *d = *state;
	char why[256] = "";

	if (!dma_validate(d->dma, why, sizeof(why)))
		fail_msg("%s", why);
	dma_free(d->dma);
	machine_stop(&d->m);
	return 0;
}

static void add_area(struct device_machine *d, const char *name, node_t node,
		     pfn_t pfn, uint32_t pages)
{
	struct cma_desc *area = &d->area[d->m.desc.nr_cma++];

	*area = (struct cma_desc){ .node = node,
				   .start_pfn = pfn,
				   .pages = pages };
	snprintf(area->name, sizeof(area->name), "%s", name);
}

static struct dma_grant ask(struct device_machine *d, uint64_t size, gfp_t gfp,
			    uint32_t mask_bits)
{
	struct dma_request request = {
		.size = size,
		.gfp = gfp,
		.mask_bits = mask_bits,
		.node = NODE_ANY,
	};

	return dma_alloc_coherent(d->dma, &request);
}

static enum zone_type zone_for(struct device_machine *d, gfp_t gfp,
			       uint32_t mask_bits)
{
	struct dma_grant grant = ask(d, 4096, gfp, mask_bits);

	assert_true(grant.page.pfn != PFN_NONE);
	return grant.page.zone->type;
}

static void the_mask_picks_the_zone(void **state)
{
	struct device_machine *d = start(state);

	assert_int_equal(zone_for(d, GFP_KERNEL, 64), ZONE_NORMAL);
	assert_int_equal(zone_for(d, GFP_KERNEL, 34), ZONE_NORMAL);
	assert_int_equal(zone_for(d, GFP_KERNEL, 32), ZONE_DMA32);
	assert_int_equal(zone_for(d, GFP_KERNEL, 25), ZONE_DMA32);
	assert_int_equal(zone_for(d, GFP_KERNEL, 24), ZONE_DMA);
}

/* 33 bits mean "any memory" at first; what that gives lies at 8 GiB. */
static void what_lies_beyond_the_mask_goes_back(void **state)
{
	struct device_machine *d = start(state);

	assert_int_equal(zone_for(d, GFP_KERNEL, 33), ZONE_DMA32);
	assert_int_equal(
		zone_exact_free_pages(d->m.memory, &d->m.memory->zone[2]) +
			zone_pcp_pages(d->m.memory, &d->m.memory->zone[2]),
		ZONE_PAGES);
}

/* 25 bits: DMA32 first, whose memory is all beyond 32 MiB here. */
static void then_the_lowest_zone_is_tried(void **state)
{
	struct device_machine *d = *state;

	d->m.zone[1] = open_zone(ZONE_DMA32, 8192, ZONE_PAGES);
	start(state);
	assert_int_equal(zone_for(d, GFP_KERNEL, 25), ZONE_DMA);
	assert_int_equal(zone_for(d, GFP_KERNEL, 33), ZONE_DMA32);
}

static void the_callers_zone_flags_count_for_nothing(void **state)
{
	struct device_machine *d = start(state);

	assert_int_equal(zone_for(d, GFP_KERNEL | __GFP_DMA, 64), ZONE_NORMAL);
	assert_int_equal(zone_for(d, GFP_KERNEL | __GFP_DMA32, 64),
			 ZONE_NORMAL);
	assert_int_equal(zone_for(d, GFP_KERNEL | __GFP_HIGHMEM, 24), ZONE_DMA);
}

static void the_block_stays_whole(void **state)
{
	struct device_machine *d = start(state);
	struct dma_grant grant = ask(d, 5 * 4096 - 1, GFP_KERNEL, 64);

	assert_int_equal(grant.buffer.pages, 5);
	assert_int_equal(dma_granted_pages(&grant.buffer), 8);
	assert_int_equal(d->m.memory->state[grant.page.pfn],
			 PAGE_ALLOCATED | 3);
	/* What was asked for is cleared, and no more. */
	assert_int_equal(d->m.memory->work.count[WORK_PAGES_CLEARED], 5);
	dma_free_coherent(d->dma, 0, &grant.buffer);
	page_drain_all(d->m.memory, 0);
	assert_int_equal(zone_free_pages(grant.page.zone), ZONE_PAGES);
}

static void no_more_than_the_largest_block(void **state)
{
	struct device_machine *d = start(state);

	assert_int_equal(ask(d, 4 << 20, GFP_KERNEL, 64).page.reason,
			 REASON_NONE);
	assert_int_equal(ask(d, (4 << 20) + 1, GFP_KERNEL, 64).page.reason,
			 REASON_ORDER);
	assert_int_equal(ask(d, 0, GFP_KERNEL, 64).page.reason, REASON_ORDER);
	assert_int_equal(ask(d, UINT64_MAX, GFP_KERNEL, 64).page.reason,
			 REASON_ORDER);
}

static void what_the_device_can_not_reach_is_said(void **state)
{
	struct device_machine *d = start(state);

	/* Not even the whole of frame 0. */
	assert_int_equal(ask(d, 1, GFP_KERNEL, 11).page.reason,
			 REASON_DEVICE_MASK);
	/* Frame 0 alone; then it is taken, and only higher ones are left. */
	assert_int_equal(ask(d, 1, GFP_KERNEL, 12).page.pfn, 0);
	assert_int_equal(ask(d, 1, GFP_KERNEL, 12).page.reason,
			 REASON_DEVICE_MASK);
	/* Where memory is just used up, the page allocator's reason stands. */
	while (ask(d, 4 << 20, GFP_KERNEL, 24).page.pfn != PFN_NONE)
		;
	assert_int_equal(ask(d, 4 << 20, GFP_KERNEL, 24).page.reason,
			 REASON_WATERMARK);
}

/* --- contiguous areas --- */

static void sleepers_are_served_from_the_area_first(void **state)
{
	struct device_machine *d = *state;
	struct dma_grant grant;

	add_area(d, "first", NODE_ANY, 5120, 1024);
	start(state);
	grant = ask(d, 3 * 4096, GFP_KERNEL, 32);
	assert_int_equal(grant.page.pfn, 5120);
	assert_int_equal(grant.page.path, PATH_CMA);
	assert_int_equal(dma_granted_pages(&grant.buffer), 3);
	/* A single page is contiguous anywhere; who can't sleep can't wait. */
	assert_int_not_equal(ask(d, 4096, GFP_KERNEL, 32).page.path, PATH_CMA);
	assert_int_not_equal(ask(d, 8192, GFP_ATOMIC, 32).page.path, PATH_CMA);
	/* Aligned to the next power of two, 4 pages. */
	assert_int_equal(ask(d, 3 * 4096, GFP_KERNEL, 32).page.pfn, 5124);
	dma_free_coherent(d->dma, 0, &grant.buffer);
	assert_int_equal(ask(d, 2 * 4096, GFP_KERNEL, 32).page.pfn, 5120);
}

/* Of 512 pages, of which 2^8 are the largest alignment. */
static void alignment_ends_at_256_pages(void **state)
{
	struct device_machine *d = *state;

	add_area(d, "first", NODE_ANY, 5120, 1024);
	start(state);
	assert_int_equal(ask(d, 2 * 4096, GFP_KERNEL, 32).page.pfn, 5120);
	assert_int_equal(ask(d, 512 * 4096, GFP_KERNEL, 32).page.pfn, 5376);
}

static void an_area_beyond_the_mask_is_no_use(void **state)
{
	struct device_machine *d = *state;
	struct dma_grant grant;

	add_area(d, "high", NODE_ANY, NORMAL_AT + 512, 512);
	start(state);
	grant = ask(d, 8192, GFP_KERNEL, 32);
	assert_int_equal(grant.page.zone->type, ZONE_DMA32);
	/* It was tried, and given back. */
	assert_int_equal(d->m.memory->vm_event[VM_CMA_ALLOC_SUCCESS], 1);
	assert_int_equal(ask(d, 8192, GFP_KERNEL, 64).page.path, PATH_CMA);
}

static void larger_than_any_block_only_from_an_area(void **state)
{
	struct device_machine *d = *state;
	struct dma_grant grant;

	add_area(d, "large", NODE_ANY, 5120, 2048);
	start(state);
	grant = ask(d, 6 << 20, GFP_KERNEL, 32);
	assert_int_equal(grant.page.pfn, 5120);
	/* It has no second range of that size. */
	assert_int_equal(ask(d, 6 << 20, GFP_KERNEL, 32).page.reason,
			 REASON_NO_RANGE);
	assert_int_equal(ask(d, 6 << 20, GFP_ATOMIC, 32).page.reason,
			 REASON_ORDER);
}

static struct dma_grant ask_area(struct device_machine *d, uint64_t size,
				 uint32_t mask_bits, node_t node,
				 const char *area)
{
	struct dma_request request = {
		.size = size,
		.gfp = GFP_KERNEL,
		.mask_bits = mask_bits,
		.node = node,
		.area = area,
	};

	return dma_alloc_coherent(d->dma, &request);
}

static void own_area_then_the_nodes_then_the_default_one(void **state)
{
	struct device_machine *d = *state;

	add_area(d, "own", 7, 5120, 512);
	add_area(d, "node", 0, 6144, 512);
	add_area(d, "default", NODE_ANY, 7168, 512);
	start(state);
	/* The device's own serves single pages, too. */
	assert_int_equal(ask_area(d, 4096, 64, 0, "own").page.pfn, 5120);
	assert_int_equal(ask_area(d, 8192, 64, 0, NULL).page.pfn, 6144);
	/* The node is not known; the mask is small. */
	assert_int_equal(ask_area(d, 8192, 64, NODE_ANY, NULL).page.pfn, 7168);
	assert_int_equal(ask_area(d, 8192, 32, 0, NULL).page.pfn, 7170);
	/*
	 * A full node area leads to the default one, a full own one does not.
	 */
	assert_int_equal(ask_area(d, 512 * 4096, 64, 0, NULL).page.path,
			 PATH_BUDDY);
	assert_int_equal(ask_area(d, 256 * 4096, 64, 0, NULL).page.pfn, 6400);
	assert_int_equal(ask_area(d, 256 * 4096, 64, 0, NULL).page.pfn, 7424);
	assert_int_not_equal(ask_area(d, 512 * 4096, 64, 0, "own").page.path,
			     PATH_CMA);
	assert_true(dma_has_area(d->dma, "own"));
	assert_false(dma_has_area(d->dma, "other"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_mask_picks_the_zone),
		TEST(what_lies_beyond_the_mask_goes_back),
		TEST(then_the_lowest_zone_is_tried),
		TEST(the_callers_zone_flags_count_for_nothing),
		TEST(the_block_stays_whole),
		TEST(no_more_than_the_largest_block),
		TEST(what_the_device_can_not_reach_is_said),
		TEST(sleepers_are_served_from_the_area_first),
		TEST(alignment_ends_at_256_pages),
		TEST(an_area_beyond_the_mask_is_no_use),
		TEST(larger_than_any_block_only_from_an_area),
		TEST(own_area_then_the_nodes_then_the_default_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
