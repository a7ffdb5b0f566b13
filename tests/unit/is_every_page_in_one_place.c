/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a page can get lost or be in two places: the recount notices each
 * way in which that can come about, and long random runs on machines of many
 * shapes give it nothing to notice. Also what the host pays for a page.
 *
 * suite-timeout: 240
 */

#include <stdlib.h>

#include "tests/unit/machine_fixture.h"

/* ---- what the recount notices ---- */

/*
 *	0        8        16               32
 *	........ ####.##. ################ ################
 */
static int setup(void **state)
{
	static struct machine m;

	machine_describe(&m, 64, 4, 6);
	machine_draw(&m, "mmhm",
		     "........####.##. ################"
		     "################ ................");
	*state = &m;
	return 0;
}

static int teardown(void **state)
{
	struct machine *m = *state;

	memory_free(m->memory);
	return 0;
}

static struct zone *zone_of_machine(struct machine *m)
{
	return &m->memory->zone[0];
}

static void expect_noticed(struct machine *m, const char *expected)
{
	char why[256] = "";

	assert_false(memory_validate(m->memory, why, sizeof(why)));
	if (!strstr(why, expected))
		fail_msg("expected '%s', found '%s'", expected, why);
	assert_non_null(strstr(why, "node 0, zone Normal: "));
}

static void nothing_wrong(void **state)
{
	machine_check(*state);
}

static void a_free_page_on_no_list(void **state)
{
	struct machine *m = *state;

	m->memory->state[9] = page_state_free(MIGRATE_MOVABLE, 0);
	expect_noticed(m, "frame 9, state 0x90, is on no list");
}

static void a_per_cpu_page_on_no_list(void **state)
{
	struct machine *m = *state;

	m->memory->state[9] = PAGE_PCP | MIGRATE_MOVABLE;
	expect_noticed(m, "frame 9, state 0x61, is on no list");
}

static void a_page_that_is_nowhere(void **state)
{
	struct machine *m = *state;

	m->memory->state[9] = PAGE_TAIL;
	expect_noticed(m, "1 frames are nowhere, 0 are holes");
}

static void a_state_that_is_none(void **state)
{
	struct machine *m = *state;

	m->memory->state[9] = 0x02;
	expect_noticed(m, "frame 9 has state 0x2, which is none");
}

static void a_list_that_is_longer_than_its_count(void **state)
{
	struct machine *m = *state;

	zone_of_machine(m)->area[MIGRATE_MOVABLE].nr_free[0]--;
	expect_noticed(m, "list of movable, order 0: 2 blocks, count 1");
}

static void a_list_that_is_thought_empty(void **state)
{
	struct machine *m = *state;

	zone_of_machine(m)->area[MIGRATE_MOVABLE].nonempty &= ~1u;
	expect_noticed(m, "list of movable, order 0");
}

static void a_list_that_is_thought_not_to_be(void **state)
{
	struct machine *m = *state;

	zone_of_machine(m)->area[MIGRATE_UNMOVABLE].nonempty |= 2;
	expect_noticed(m, "list of unmovable, order 1: 0 blocks, count 0");
}

static void a_block_whose_state_names_another_list(void **state)
{
	struct machine *m = *state;

	m->memory->state[12] = page_state_free(MIGRATE_UNMOVABLE, 0);
	expect_noticed(m, "block 12, order 0 of movable has state");
}

static void two_blocks_that_overlap(void **state)
{
	struct machine *m = *state;

	buddy_add_tail(m->memory, zone_of_machine(m), 4, 1, MIGRATE_MOVABLE);
	expect_noticed(m, "frame 4 is in two places");
}

static void a_block_on_two_lists(void **state)
{
	struct machine *m = *state;

	buddy_add_tail(m->memory, zone_of_machine(m), 15, 0,
		       MIGRATE_RECLAIMABLE);
	expect_noticed(m, "block 15, order 0 of movable has state");
}

static void a_block_that_is_not_aligned(void **state)
{
	struct machine *m = *state;

	m->memory->state[18] = PAGE_TAIL;
	buddy_add_tail(m->memory, zone_of_machine(m), 17, 1, MIGRATE_MOVABLE);
	expect_noticed(m, "block 17 of order 1 is not aligned");
}

static void a_block_that_leaves_its_zone(void **state)
{
	struct machine *m = *state;

	zone_of_machine(m)->end_pfn = 56;
	expect_noticed(m, "block 48 of order 4 leaves the zone");
}

static void buddies_that_have_not_joined(void **state)
{
	struct machine *m = *state;

	m->memory->state[13] = PAGE_TAIL;
	buddy_add_tail(m->memory, zone_of_machine(m), 13, 0, MIGRATE_MOVABLE);
	expect_noticed(m, "block 12, order 0: its buddy is free, too");
}

static void an_allocated_block_over_a_free_one(void **state)
{
	struct machine *m = *state;

	m->memory->state[14] = PAGE_ALLOCATED | 1;
	expect_noticed(m, "frame 15 is in two places");
}

static void an_allocated_block_over_another(void **state)
{
	struct machine *m = *state;

	m->memory->state[16] = PAGE_ALLOCATED | 1;
	expect_noticed(m, "frame 17 within block 16 has state 0x1");
}

static void a_counter_that_is_wrong(void **state)
{
	struct machine *m = *state;

	zone_of_machine(m)->free_diff[0]++;
	expect_noticed(m, "26 free pages, counter says 27");
}

static void a_reserve_that_is_wrong(void **state)
{
	struct machine *m = *state;

	zone_of_machine(m)->nr_reserved_highatomic = 0;
	expect_noticed(m, "16 pages are reserved, counter says 0");
}

static void a_pageblock_that_is_said_to_be_fuller(void **state)
{
	struct machine *m = *state;

	--*pageblock_free(m->memory, zone_of_machine(m), 48);
	expect_noticed(m, "pageblock 3 of the zone has 16 free pages, "
			  "15 are kept");
}

static struct pcp *fill_pcp(struct machine *m)
{
	for (pfn_t pfn = 16; pfn < 20; pfn++)
		page_free_boot(m->memory, 0, pfn, 0);
	machine_check(m);
	return &zone_of_machine(m)->pcp[0];
}

static void a_per_cpu_count_that_is_wrong(void **state)
{
	struct machine *m = *state;

	fill_pcp(m)->count = 3;
	expect_noticed(m, "per-CPU lists hold 4 pages, count 3");
}

static void a_page_on_a_per_cpu_list_in_use(void **state)
{
	struct machine *m = *state;

	fill_pcp(m);
	m->memory->state[17] = PAGE_BOOT;
	expect_noticed(m, "frame 17 of a CPU's list: state 0x1");
}

static void a_page_twice_on_a_per_cpu_list(void **state)
{
	struct machine *m = *state;
	struct pcp_list *list = &fill_pcp(m)->list[MIGRATE_MOVABLE];

	list->ring[list->head] = list->ring[(list->head + 1) & list->mask];
	expect_noticed(m, "frame 18 is in two places");
}

/*
 *	|h ................|m ................|	the reserve is given back
 *
 * Expect: two free buddies of a pageblock's size are no mistake: nobody joins
 * them before one of them is freed again.
 */
static void a_reserve_given_back_is_not_joined(void **state)
{
	struct machine m;
	struct zone *zone;

	(void)state;
	machine_describe(&m, 64, 4, 6);
	machine_draw(&m, "hmmm",
		     "................ ................"
		     "################ ################");
	zone = zone_of_machine(&m);
	assert_true(mobility_unreserve_highatomic(
		m.memory, &m.memory->node[0].fallback, ZONE_NORMAL,
		MIGRATE_MOVABLE, true));
	assert_int_equal(zone->area[MIGRATE_MOVABLE].nr_free[4], 2);
	machine_stop(&m);
}

/* ---- random runs ---- */

struct shape {
	uint32_t page_shift;
	uint32_t pageblock_order;
	uint32_t nr_orders;
	bool hugepages;
	uint32_t boost;
	uint64_t dma32_pages;
	uint64_t normal_pages;
};

static const struct shape shapes[] = {
	{ 12, 9, 11, true, 0, 3000, 9000 },
	{ 12, 9, 11, false, 15000, 8192, 8192 },
	{ 12, 3, 5, false, 15000, 100, 1000 },
	{ 12, 4, 6, true, 0, 777, 3333 },
	{ 12, 1, 4, false, 0, 5, 300 },
	{ 12, 9, 16, true, 15000, 40000, 70000 },
	{ 12, 14, 16, true, 0, 40000, 70000 },
	{ 14, 11, 12, true, 15000, 5000, 20000 },
	{ 14, 7, 11, true, 0, 3000, 9000 },
	{ 16, 13, 14, true, 15000, 9000, 40000 },
	{ 16, 5, 14, true, 15000, 20000, 40000 },
};
#define NR_SHAPES (sizeof(shapes) / sizeof(*shapes))
#define OPERATIONS 20000
#define CHECK_EVERY 500
#define MOST_LIVE 4096

struct live {
	pfn_t pfn;
	order_t order;
};

struct random_run {
	struct machine machine;
	uint64_t random;
	struct live live[MOST_LIVE];
	size_t nr_live;
	uint64_t failed;
};

/* xorshift64: the runs are the same on every host. */
static uint32_t draw(struct random_run *run, uint32_t below)
{
	run->random ^= run->random << 13;
	run->random ^= run->random >> 7;
	run->random ^= run->random << 17;
	return (run->random >> 32) % below;
}

static const gfp_t requests[] = {
	GFP_KERNEL,
	GFP_KERNEL | __GFP_RECLAIMABLE,
	GFP_HIGHUSER_MOVABLE,
	GFP_ATOMIC,
	GFP_NOWAIT,
	GFP_ATOMIC | __GFP_DMA32,
	GFP_KERNEL | __GFP_MEMALLOC,
	GFP_HIGHUSER_MOVABLE | __GFP_THISNODE,
	GFP_KERNEL | __GFP_NORETRY | __GFP_ZERO,
};

static void random_alloc(struct random_run *run)
{
	const struct machine *m = &run->machine;
	uint32_t nr_orders = m->desc.nr_orders;
	struct page_request request = {
		.gfp = requests[draw(run, sizeof(requests) / sizeof(gfp_t))],
		.order = draw(run, 3) ? draw(run, 4) : draw(run, nr_orders),
		.cpu = draw(run, 3),
		.node = (node_t)draw(run, 3) - 1,
	};
	struct page_grant grant;

	if (run->nr_live == MOST_LIVE)
		return;
	grant = page_alloc(m->memory, &request);
	if (grant.pfn == PFN_NONE) {
		run->failed++;
		return;
	}
	run->live[run->nr_live++] = (struct live){ grant.pfn, request.order };
}

static void random_bulk(struct random_run *run)
{
	struct page_request request = { GFP_KERNEL, 0, draw(run, 3), NODE_ANY };
	pfn_t pages[64];
	uint32_t nr;

	if (run->nr_live + 64 > MOST_LIVE)
		return;
	nr = page_alloc_bulk(run->machine.memory, &request, draw(run, 65),
			     pages);
	for (uint32_t i = 0; i < nr; i++)
		if (pages[i] != PFN_NONE)
			run->live[run->nr_live++] =
				(struct live){ pages[i], 0 };
}

static void random_free(struct random_run *run)
{
	struct memory *memory = run->machine.memory;
	struct live gone;
	uint32_t i;

	if (!run->nr_live)
		return;
	i = draw(run, run->nr_live);
	gone = run->live[i];
	run->live[i] = run->live[--run->nr_live];
	if (draw(run, 8)) {
		page_free(memory, draw(run, 3), gone.pfn, gone.order);
		return;
	}
	page_split(memory, gone.pfn, gone.order);
	for (pfn_t p = 0; p < 1u << gone.order; p++)
		page_free_part(memory, draw(run, 3), gone.pfn + p, 0);
}

static void random_operation(struct random_run *run)
{
	switch (draw(run, 64)) {
	case 0:
		page_drain_all(run->machine.memory, draw(run, 3));
		break;
	case 1:
		random_bulk(run);
		break;
	case 2:
		mobility_unreserve_highatomic(
			run->machine.memory,
			&run->machine.memory->node[draw(run, 2)].fallback,
			ZONE_MOVABLE, (enum migratetype)draw(run, 3),
			draw(run, 2));
		break;
	default:
		if (draw(run, 100) < 52)
			random_alloc(run);
		else
			random_free(run);
	}
}

/* Node 0: DMA32 and Normal, next to each other; node 1: Normal with a hole. */
static void describe_shape(struct machine *m, const struct shape *shape)
{
	static struct hole_desc hole;
	uint64_t start = 3;

	machine_describe(m, 0, shape->pageblock_order, shape->nr_orders);
	m->desc.page_shift = shape->page_shift;
	m->desc.transparent_hugepage = shape->hugepages;
	m->desc.sysctl.watermark_boost_factor = shape->boost;
	m->desc.nr_nodes = 2;
	m->zone[0] = zone_of(ZONE_DMA32, start, shape->dma32_pages);
	start += shape->dma32_pages;
	m->zone[1] = zone_of(ZONE_NORMAL, start, shape->normal_pages);
	start += shape->normal_pages;
	m->zone[2] = zone_of(ZONE_NORMAL, start, shape->normal_pages);
	hole = (struct hole_desc){ start + shape->normal_pages / 3, 17 };
	m->zone[2].holes = &hole;
	m->zone[2].nr_holes = 1;
	m->zone[2].present_pages -= hole.pages;
	m->zone[2].managed_pages = m->zone[2].present_pages - 5;
	m->node[0].nr_cpus = 2;
	m->node[0].nr_zones = 2;
	m->node[1] = (struct node_desc){
		.id = 1,
		.cpus = &m->cpu[2],
		.nr_cpus = 1,
		.zones = &m->zone[2],
		.nr_zones = 1,
	};
	machine_start(m);
}

/* When all is freed, all is free again. */
static void expect_all_free(struct random_run *run)
{
	struct machine *m = &run->machine;

	while (run->nr_live) {
		run->nr_live--;
		page_free(m->memory, 0, run->live[run->nr_live].pfn,
			  run->live[run->nr_live].order);
	}
	page_drain_all(m->memory, 0);
	machine_check(m);
	for (int i = 0; i < 3; i++) {
		const struct zone *zone = &m->memory->zone[i];

		assert_int_equal(zone_free_pages(zone), zone->managed_pages);
		assert_int_equal(zone_exact_free_pages(m->memory, zone),
				 zone->managed_pages);
		assert_int_equal(zone_pcp_pages(m->memory, zone), 0);
	}
}

/* Expect: nothing to notice, in the course of it and in the end. */
static void random_runs_lose_nothing(void **state)
{
	static struct random_run run;

	(void)state;
	for (size_t i = 0; i < NR_SHAPES; i++) {
		run = (struct random_run){ .random = 88172645463325252 + i };
		describe_shape(&run.machine, &shapes[i]);
		for (int n = 1; n <= OPERATIONS; n++) {
			random_operation(&run);
			if (n % CHECK_EVERY == 0)
				machine_check(&run.machine);
		}
		assert_true(run.failed > 0);
		expect_all_free(&run);
		memory_free(run.machine.memory);
	}
}

/* ---- what the host pays ---- */

/* Slots that the zones' free lists have had so far. */
static uint64_t ring_bytes(const struct memory *memory)
{
	uint64_t slots = 0;

	for (uint32_t z = 0; z < memory->nr_zones; z++)
		for (int type = 0; type < NR_MIGRATETYPES; type++)
			for (order_t o = 0; o < memory->nr_orders; o++)
				slots += memory->zone[z]
						 .area[type]
						 .list[o]
						 .mask +
					 1ull;
	return slots * sizeof(pfn_t);
}

/* All tables and lists, as if every byte of them were touched. */
static uint64_t host_bytes(const struct memory *memory)
{
	return memory->nr_places * sizeof(*memory->place) +
	       ((uint64_t)memory->max_pfn + 1) * sizeof(*memory->state) +
	       memory->nr_parts_mapped * sizeof(*memory->pageblock_type) +
	       memory->nr_blocks_mapped * sizeof(*memory->pageblock_zone) +
	       memory->pcp_map_bytes + ring_bytes(memory) +
	       memory->nr_zones * sizeof(struct zone) +
	       memory->nr_nodes * sizeof(struct node) + sizeof(*memory);
}

static void expect_affordable(uint64_t pages)
{
	struct machine m;

	machine_describe(&m, pages, 9, 11);
	m.zone[0] = zone_of(ZONE_NORMAL, 0, pages);
	m.node[0].nr_cpus = 4;
	m.desc.transparent_hugepage = true;
	machine_start(&m);
	assert_true(host_bytes(m.memory) <= 20 * pages);
	assert_int_equal(get(&m, GFP_KERNEL, 10), 0);
	machine_stop(&m);
}

/* Expect: at most 20 bytes a page, with 4 GiB and with 256 GiB. */
static void a_page_costs_twenty_bytes_at_most(void **state)
{
	(void)state;
	expect_affordable(1 << 20);
	expect_affordable(1 << 26);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(nothing_wrong),
		test(a_free_page_on_no_list),
		test(a_per_cpu_page_on_no_list),
		test(a_page_that_is_nowhere),
		test(a_state_that_is_none),
		test(a_list_that_is_longer_than_its_count),
		test(a_list_that_is_thought_empty),
		test(a_list_that_is_thought_not_to_be),
		test(a_block_whose_state_names_another_list),
		test(two_blocks_that_overlap),
		test(a_block_on_two_lists),
		test(a_block_that_is_not_aligned),
		test(a_block_that_leaves_its_zone),
		test(buddies_that_have_not_joined),
		test(an_allocated_block_over_a_free_one),
		test(an_allocated_block_over_another),
		test(a_counter_that_is_wrong),
		test(a_reserve_that_is_wrong),
		test(a_pageblock_that_is_said_to_be_fuller),
		test(a_per_cpu_count_that_is_wrong),
		test(a_page_on_a_per_cpu_list_in_use),
		test(a_page_twice_on_a_per_cpu_list),
		cmocka_unit_test(a_reserve_given_back_is_not_joined),
		cmocka_unit_test(random_runs_lose_nothing),
		cmocka_unit_test(a_page_costs_twenty_bytes_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
