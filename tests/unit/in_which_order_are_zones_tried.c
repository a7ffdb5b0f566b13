/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a request may go and where first: the highest zone that its flags
 * allow, the nodes by distance, the way back from a zone that is short. Zones
 * are written as node and type: "0N" is Normal of node 0.
 */

#include "models/page/zonelist.h"
#include "tests/unit/machine_fixture.h"

#define ZONE_PAGES 1024u
#define MANY_NODES 64
#define GET_MOVABLE_DMA32 (GFP_NOWAIT | __GFP_MOVABLE | __GFP_DMA32)

/* ---- from flags to zones ---- */

struct zone_case {
	gfp_t gfp;
	bool allowed;
	enum zone_type x86_64;
	enum zone_type i386;
};

#define D __GFP_DMA
#define H __GFP_HIGHMEM
#define D32 __GFP_DMA32
#define M __GFP_MOVABLE

/* Of all 16 combinations those with two of DMA, DMA32, HIGHMEM are wrong. */
static const struct zone_case zone_cases[] = {
	{ 0, true, ZONE_NORMAL, ZONE_NORMAL },
	{ D, true, ZONE_DMA, ZONE_DMA },
	{ H, true, ZONE_NORMAL, ZONE_HIGHMEM },
	{ D | H, false, ZONE_NORMAL, ZONE_NORMAL },
	{ D32, true, ZONE_DMA32, ZONE_NORMAL },
	{ D | D32, false, ZONE_NORMAL, ZONE_NORMAL },
	{ H | D32, false, ZONE_NORMAL, ZONE_NORMAL },
	{ D | H | D32, false, ZONE_NORMAL, ZONE_NORMAL },
	{ M, true, ZONE_NORMAL, ZONE_NORMAL },
	{ M | D, true, ZONE_DMA, ZONE_DMA },
	{ M | H, true, ZONE_MOVABLE, ZONE_MOVABLE },
	{ M | D | H, false, ZONE_NORMAL, ZONE_NORMAL },
	{ M | D32, true, ZONE_DMA32, ZONE_NORMAL },
	{ M | D | D32, false, ZONE_NORMAL, ZONE_NORMAL },
	{ M | H | D32, false, ZONE_NORMAL, ZONE_NORMAL },
	{ M | D | H | D32, false, ZONE_NORMAL, ZONE_NORMAL },
};

#undef D
#undef H
#undef D32
#undef M

static void expect_zone_of(const struct zone_case *c, unsigned int zones,
			   enum zone_type expected)
{
	enum zone_type found = NR_ZONE_TYPES;

	assert_int_equal(gfp_zone(c->gfp, zones, &found), c->allowed);
	if (c->allowed)
		assert_int_equal(found, expected);
	/* Flags that are not about zones change nothing. */
	assert_int_equal(gfp_zone(c->gfp | GFP_KERNEL, zones, &found),
			 c->allowed);
	if (c->allowed)
		assert_int_equal(found, expected);
}

/* Expect: a kernel without a zone type takes Normal for it. */
static void each_combination_has_its_zone(void **state)
{
	(void)state;
	assert_int_equal(sizeof(zone_cases) / sizeof(*zone_cases), 16);
	for (int i = 0; i < 16; i++) {
		expect_zone_of(&zone_cases[i], X86_64_ZONES,
			       zone_cases[i].x86_64);
		expect_zone_of(&zone_cases[i], I386_ZONES, zone_cases[i].i386);
	}
}

/* ---- zonelists ---- */

/* "0N 0D 1N" */
static void zonelist_text(const struct zonelist *list, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < list->nr; i++)
		used += snprintf(text + used, size - used, "%s%d%c",
				 i ? " " : "", list->zone[i]->node,
				 "D3NHM"[list->zone[i]->type]);
}

static void expect_order(const struct machine *m, int node,
			 const char *fallback)
{
	char text[512];

	zonelist_text(&m->memory->node[node].fallback, text, sizeof(text));
	assert_string_equal(text, fallback);
}

static void expect_thisnode(const struct machine *m, int node,
			    const char *zones)
{
	char text[512];

	zonelist_text(&m->memory->node[node].thisnode, text, sizeof(text));
	assert_string_equal(text, zones);
}

/* `nr` nodes with a CPU and a Normal zone each. */
static void describe_nodes(struct machine *m, int nr)
{
	machine_describe(m, ZONE_PAGES, 9, 11);
	m->desc.nr_nodes = nr;
	for (int n = 0; n < nr; n++) {
		m->zone[n] = open_zone(ZONE_NORMAL, n * ZONE_PAGES, ZONE_PAGES);
		m->node[n] = (struct node_desc){
			.id = n,
			.cpus = &m->cpu[n],
			.nr_cpus = 1,
			.zones = &m->zone[n],
			.nr_zones = 1,
		};
	}
}

/* Expect: within a node the highest type comes first. */
static void high_zones_come_first(void **state)
{
	struct machine m;

	(void)state;
	machine_describe(&m, ZONE_PAGES, 9, 11);
	m.zone[0] = open_zone(ZONE_DMA, 0, ZONE_PAGES);
	m.zone[1] = open_zone(ZONE_DMA32, ZONE_PAGES, ZONE_PAGES);
	m.zone[2] = open_zone(ZONE_NORMAL, 2 * ZONE_PAGES, ZONE_PAGES);
	m.zone[3] = open_zone(ZONE_MOVABLE, 3 * ZONE_PAGES, ZONE_PAGES);
	m.node[0].nr_zones = 4;
	machine_start(&m);
	expect_order(&m, 0, "0M 0N 03 0D");
	machine_stop(&m);
}

/* Expect: the own node, then higher numbers, then lower ones. */
static void equal_distances_go_up(void **state)
{
	struct machine m;

	(void)state;
	describe_nodes(&m, 4);
	machine_start(&m);
	expect_order(&m, 0, "0N 1N 2N 3N");
	expect_order(&m, 2, "2N 3N 0N 1N");
	expect_thisnode(&m, 2, "2N");
	machine_stop(&m);
}

/*
 * Nodes 1 and 2 have 0 for their nearest.
 *
 * Expect: of equally far nodes that which fewer have chosen comes first, so
 * that the load spreads: 1 and 2 before 0, for node 3.
 */
static void load_spreads_over_equals(void **state)
{
	struct machine m;

	(void)state;
	describe_nodes(&m, 4);
	m.node[1].distance[0] = 15;
	m.node[2].distance[0] = 15;
	machine_start(&m);
	expect_order(&m, 0, "0N 1N 2N 3N");
	expect_order(&m, 1, "1N 0N 2N 3N");
	expect_order(&m, 2, "2N 0N 3N 1N");
	expect_order(&m, 3, "3N 1N 2N 0N");
	machine_stop(&m);
}

/*
 *	to     0   1   2   3
 *	0     10  30  20  25
 *
 * Expect: nearer nodes first.
 */
static void nearer_nodes_come_first(void **state)
{
	static const uint32_t distance[] = { 10, 30, 20, 25 };
	struct machine m;

	(void)state;
	describe_nodes(&m, 4);
	memcpy(m.node[0].distance, distance, sizeof(distance));
	machine_start(&m);
	expect_order(&m, 0, "0N 2N 3N 1N");
	machine_stop(&m);
}

/* Expect: a node without CPUs is as near as one with them. */
static void memory_alone_is_no_nearer(void **state)
{
	struct machine m;

	(void)state;
	describe_nodes(&m, 4);
	m.node[2].nr_cpus = 0;
	machine_start(&m);
	expect_order(&m, 0, "0N 1N 2N 3N");
	machine_stop(&m);
}

/* Expect: a node without memory is in no list, but has one of its own. */
static void nodes_without_memory_are_left_out(void **state)
{
	struct machine m;

	(void)state;
	describe_nodes(&m, 3);
	m.node[1].nr_zones = 0;
	machine_start(&m);
	expect_order(&m, 0, "0N 2N");
	expect_order(&m, 1, "2N 0N");
	expect_thisnode(&m, 1, "");
	machine_stop(&m);
}

/* Expect: a kernel without NUMA goes round by number. */
static void without_numa_nodes_go_round(void **state)
{
	static const uint32_t distance[] = { 10, 30, 20 };
	struct machine m;

	(void)state;
	describe_nodes(&m, 3);
	m.desc.numa = false;
	memcpy(m.node[0].distance, distance, sizeof(distance));
	machine_start(&m);
	expect_order(&m, 0, "0N 1N 2N");
	expect_order(&m, 1, "1N 2N 0N");
	machine_stop(&m);
}

/* Expect: 64 nodes, each with a list of all. */
static void sixty_four_nodes_fit(void **state)
{
	static struct zone_desc zone[MANY_NODES];
	static struct node_desc node[MANY_NODES];
	static cpu_t cpu[MANY_NODES];
	struct machine m;

	(void)state;
	machine_describe(&m, ZONE_PAGES, 9, 11);
	for (int n = 0; n < MANY_NODES; n++) {
		cpu[n] = n;
		zone[n] = open_zone(ZONE_NORMAL, n * ZONE_PAGES, ZONE_PAGES);
		node[n] = (struct node_desc){ .id = n,
					      .cpus = &cpu[n],
					      .nr_cpus = 1,
					      .zones = &zone[n],
					      .nr_zones = 1 };
	}
	m.desc.nodes = node;
	m.desc.nr_nodes = MANY_NODES;
	machine_start(&m);
	for (int n = 0; n < MANY_NODES; n++) {
		struct page_request request = { GFP_KERNEL, 10, n, NODE_ANY };

		assert_int_equal(m.memory->node[n].fallback.nr, MANY_NODES);
		assert_int_equal(page_alloc(m.memory, &request).zone->node, n);
	}
	machine_stop(&m);
}

/* ---- requests ---- */

static struct page_grant ask(struct machine *m, gfp_t gfp, order_t order,
			     cpu_t cpu, node_t node)
{
	struct page_request request = { gfp, order, cpu, node };

	return page_alloc(m->memory, &request);
}

struct numa_counts {
	uint64_t hit, miss, foreign, local, other;
};

static void expect_numa(const struct zone *zone,
			const struct numa_counts *counts)
{
	assert_int_equal(zone->numa_event[NUMA_HIT], counts->hit);
	assert_int_equal(zone->numa_event[NUMA_MISS], counts->miss);
	assert_int_equal(zone->numa_event[NUMA_FOREIGN], counts->foreign);
	assert_int_equal(zone->numa_event[NUMA_LOCAL], counts->local);
	assert_int_equal(zone->numa_event[NUMA_OTHER], counts->other);
}

/*
 * Expect: the CPU's own node, or the one named; another when that is full.
 * The zone that serves counts a hit where it was the best choice; else a miss,
 * and the one that was foreign.
 */
static void requests_go_to_their_node(void **state)
{
	struct machine m;
	gfp_t here = GFP_NOWAIT | __GFP_THISNODE;

	(void)state;
	describe_nodes(&m, 2);
	machine_start(&m);
	assert_int_equal(ask(&m, GFP_NOWAIT, 9, 1, NODE_ANY).zone->node, 1);
	assert_int_equal(ask(&m, GFP_NOWAIT, 9, 1, 0).zone->node, 0);
	assert_int_equal(ask(&m, here, 9, 0, 1).zone->node, 1);
	assert_int_equal(ask(&m, here, 9, 1, NODE_ANY).pfn, PFN_NONE);
	assert_int_equal(ask(&m, GFP_NOWAIT, 9, 1, NODE_ANY).zone->node, 0);
	expect_numa(&m.memory->zone[0],
		    &(struct numa_counts){ .hit = 1, .miss = 1, .other = 2 });
	expect_numa(&m.memory->zone[1],
		    &(struct numa_counts){
			    .hit = 2, .foreign = 1, .local = 1, .other = 1 });
	machine_stop(&m);
}

/*
 *	0D 512 pages | 03 1024 pages | 0N 1024 pages
 *
 * Expect: a full zone sends requests to the lower ones, each counted under
 * its zone; a request for DMA stays there.
 */
static void full_zones_send_down(void **state)
{
	struct machine m;

	(void)state;
	machine_describe(&m, ZONE_PAGES, 9, 11);
	m.zone[0] = open_zone(ZONE_DMA, 0, 512);
	m.zone[1] = open_zone(ZONE_DMA32, 1024, 512);
	m.zone[2] = open_zone(ZONE_NORMAL, 2048, 512);
	m.node[0].nr_zones = 3;
	machine_start(&m);
	assert_int_equal(ask(&m, GFP_NOWAIT, 9, 0, 0).zone->type, ZONE_NORMAL);
	assert_int_equal(ask(&m, GFP_NOWAIT, 9, 0, 0).zone->type, ZONE_DMA32);
	assert_int_equal(ask(&m, GFP_NOWAIT | __GFP_DMA32, 8, 0, 0).zone->type,
			 ZONE_DMA);
	assert_int_equal(ask(&m, GFP_NOWAIT | __GFP_DMA, 8, 0, 0).zone->type,
			 ZONE_DMA);
	assert_int_equal(ask(&m, GFP_NOWAIT, 8, 0, 0).pfn, PFN_NONE);
	assert_int_equal(m.memory->vm_event[VM_PGALLOC_NORMAL], 512);
	assert_int_equal(m.memory->vm_event[VM_PGALLOC_DMA32], 512);
	assert_int_equal(m.memory->vm_event[VM_PGALLOC_DMA], 512);
	machine_stop(&m);
}

/* DMA32 and Normal of node 0, maybe Normal of node 1; movable pageblocks. */
static void describe_two_zones(struct machine *m)
{
	machine_describe(m, ZONE_PAGES, 9, 11);
	m->zone[0] = open_zone(ZONE_DMA32, 0, 1024);
	m->zone[1] = open_zone(ZONE_NORMAL, 1024, 1024);
	m->zone[2] = open_zone(ZONE_NORMAL, 2048, 1024);
	m->node[0].nr_zones = 2;
	m->node[1] = (struct node_desc){ .id = 1,
					 .cpus = &m->cpu[1],
					 .nr_cpus = 1,
					 .zones = &m->zone[2],
					 .nr_zones = 1 };
}

/* Leaves less than a pageblock's size free in Normal, all of it movable. */
static void use_up_normal(struct machine *m)
{
	for (int i = 0; i < 7; i++)
		assert_int_equal(ask(m, GET_MOVABLE, 7, 0, 0).zone->type,
				 ZONE_NORMAL);
}

/*
 *	0N: 128 movable pages in pieces    03: whole pageblocks
 *
 * Expect: an unmovable request goes to DMA32 rather than mix types in Normal…
 */
static void not_mixing_comes_before_the_zone(void **state)
{
	struct machine m;

	(void)state;
	describe_two_zones(&m);
	machine_start(&m);
	use_up_normal(&m);
	assert_int_equal(ask(&m, GET_UNMOVABLE, 0, 0, 0).zone->type,
			 ZONE_DMA32);
	/* When DMA32 has no whole pageblock either, Normal is next. */
	ask(&m, GET_MOVABLE_DMA32, 9, 0, 0);
	assert_int_equal(ask(&m, GET_RECLAIMABLE, 0, 0, 0).zone->type,
			 ZONE_NORMAL);
	machine_stop(&m);
}

/* Expect: …but stays on its node rather than not mix on another one. */
static void the_node_comes_before_not_mixing(void **state)
{
	struct page_grant grant;
	struct machine m;

	(void)state;
	describe_two_zones(&m);
	m.desc.nr_nodes = 2;
	machine_start(&m);
	assert_int_equal(ask(&m, GET_MOVABLE_DMA32, 10, 0, 0).pfn, 0);
	use_up_normal(&m);
	grant = ask(&m, GET_UNMOVABLE, 0, 0, 0);
	assert_int_equal(grant.pfn, 1024 + 7 * 128);
	/* It has not come to the slow path. */
	assert_int_equal(grant.path, PATH_PCP_REFILL);
	machine_stop(&m);
}

/* Expect: where Normal has no DMA32 below it, types are mixed at once. */
static void without_dma32_types_are_mixed(void **state)
{
	struct machine m;

	(void)state;
	describe_two_zones(&m);
	m.zone[0].type = ZONE_DMA;
	m.desc.nr_nodes = 2;
	machine_start(&m);
	use_up_normal(&m);
	assert_int_equal(ask(&m, GET_UNMOVABLE, 0, 0, 0).zone->type,
			 ZONE_NORMAL);
	machine_stop(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_combination_has_its_zone),
		cmocka_unit_test(high_zones_come_first),
		cmocka_unit_test(equal_distances_go_up),
		cmocka_unit_test(load_spreads_over_equals),
		cmocka_unit_test(nearer_nodes_come_first),
		cmocka_unit_test(memory_alone_is_no_nearer),
		cmocka_unit_test(nodes_without_memory_are_left_out),
		cmocka_unit_test(without_numa_nodes_go_round),
		cmocka_unit_test(sixty_four_nodes_fit),
		cmocka_unit_test(requests_go_to_their_node),
		cmocka_unit_test(full_zones_send_down),
		cmocka_unit_test(not_mixing_comes_before_the_zone),
		cmocka_unit_test(the_node_comes_before_not_mixing),
		cmocka_unit_test(without_dma32_types_are_mixed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
