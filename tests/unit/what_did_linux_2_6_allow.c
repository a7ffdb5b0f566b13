/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The profile linux-2.6-i386: what the classic books say of the kernel of
 * their time, asked of a machine that a config describes.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "models/gfp.h"
#include "models/slab/slab.h"
#include "tests/unit/config_case.h"

#define HEAD                                                                   \
	"kmemsim: config\n"                                                    \
	"version: 1\n"                                                         \
	"name: test\n"                                                         \
	"profile: linux-2.6-i386\n"

/* 1 GiB, as a PC of its time had at most without thinking of HighMem. */
#define NODES                                                                  \
	"nodes:\n"                                                             \
	"  - id: 0\n"                                                          \
	"    cpus: [0]\n"                                                      \
	"    zones:\n"                                                         \
	"      - {type: DMA, size: 16MiB}\n"                                   \
	"      - {type: Normal, size: 880MiB}\n"                               \
	"      - {type: HighMem, size: 128MiB}\n"

struct pc {
	struct scratch scratch;
	struct config *config;
	struct memory *memory;
	struct slab_caches *caches;
};

static void start(struct pc *pc, const char *yaml, const char *set)
{
	scratch_init(&pc->scratch);
	pc->config = load_set(&pc->scratch, yaml, set);
	assert_non_null(pc->config);
	pc->memory = memory_new(&pc->config->machine, 1, &pc->scratch.errors);
	assert_non_null(pc->memory);
	pc->caches = slab_caches_new(pc->memory, &pc->scratch.errors);
	assert_non_null(pc->caches);
}

static void stop(struct pc *pc)
{
	char why[256] = "";

	if (!slab_caches_validate(pc->caches, why, sizeof(why)) ||
	    !memory_validate(pc->memory, why, sizeof(why)))
		fail_msg("%s", why);
	slab_caches_free(pc->caches);
	memory_free(pc->memory);
	config_free(pc->config);
	scratch_release(&pc->scratch);
}

static struct object_grant ask(struct pc *pc, uint64_t size, gfp_t gfp)
{
	struct object_request request = { .gfp = gfp, .node = NODE_ANY };

	return kmalloc(pc->caches, size, &request);
}

/*
 * Expect: kmalloc gives 32 bytes at least, 128 KiB at most, and for each size
 * the next class: a power of two, or 192.
 */
static void kmalloc_ends_at_128_kib(void **state)
{
	struct pc pc;

	(void)state;
	start(&pc, HEAD NODES, NULL);
	assert_int_equal(ask(&pc, 1, GFP_KERNEL).granted, 32);
	assert_int_equal(ask(&pc, 0, GFP_KERNEL).granted, 32);
	assert_int_equal(ask(&pc, 65, GFP_KERNEL).granted, 128);
	assert_int_equal(ask(&pc, 129, GFP_KERNEL).granted, 192);
	assert_int_equal(ask(&pc, 4097, GFP_KERNEL).granted, 8192);
	assert_int_equal(ask(&pc, 131072, GFP_KERNEL).granted, 131072);
	assert_int_equal(ask(&pc, 131073, GFP_KERNEL).address, OBJECT_NONE);
	assert_int_equal(ask(&pc, 131073, GFP_KERNEL).reason, REASON_TOO_BIG);
	stop(&pc);
}

/* Expect: GFP_DMA gives an object below 16 MiB, and nothing else does. */
static void isa_dma_is_below_16_mib(void **state)
{
	struct pc pc;

	(void)state;
	start(&pc, HEAD NODES, NULL);
	assert_true(ask(&pc, 100, GFP_KERNEL | GFP_DMA).address < 16u << 20);
	assert_true(ask(&pc, 100, GFP_KERNEL).address >= 16u << 20);
	stop(&pc);
}

static struct page_grant pages(struct pc *pc, order_t order, gfp_t gfp)
{
	struct page_request request = { .gfp = gfp,
					.order = order,
					.node = NODE_ANY };

	return page_alloc(pc->memory, &request);
}

/* Expect: 1,024 pages are the largest block; 2,048 where a config says so. */
static void the_largest_block_is_a_config_s(void **state)
{
	struct pc pc;

	(void)state;
	start(&pc, HEAD NODES, NULL);
	assert_int_not_equal(pages(&pc, 10, GFP_KERNEL).pfn, PFN_NONE);
	assert_int_equal(pages(&pc, 11, GFP_KERNEL).reason, REASON_ORDER);
	stop(&pc);

	start(&pc, HEAD NODES, "max_order=11");
	assert_int_not_equal(pages(&pc, 11, GFP_KERNEL).pfn, PFN_NONE);
	assert_int_equal(pages(&pc, 12, GFP_KERNEL).reason, REASON_ORDER);
	stop(&pc);
}

/*
 * Expect: user pages come from HighMem first, kernel pages never; all kinds
 * of pages from one kind of lists, unmovable ones.
 */
static void pages_are_of_one_kind(void **state)
{
	struct page_grant grant;
	struct pc pc;

	(void)state;
	start(&pc, HEAD NODES, NULL);
	grant = pages(&pc, 0, GFP_HIGHUSER_MOVABLE);
	assert_int_equal(grant.zone->type, ZONE_HIGHMEM);
	grant = pages(&pc, 0, GFP_KERNEL | __GFP_RECLAIMABLE);
	assert_int_equal(grant.zone->type, ZONE_NORMAL);
	assert_int_equal(pc.memory->work.count[WORK_FALLBACKS], 0);
	for (uint32_t i = 0; i < pc.memory->nr_zones; i++)
		for (int type = 1; type < NR_MIGRATETYPES; type++)
			assert_int_equal(pc.memory->zone[i].area[type].nonempty,
					 0);
	stop(&pc);
}

/* Expect: a CPU keeps single pages to itself, and larger blocks don't pass. */
static void cpus_keep_single_pages(void **state)
{
	struct page_grant grant;
	struct pc pc;

	(void)state;
	start(&pc, HEAD NODES, NULL);
	grant = pages(&pc, 0, GFP_KERNEL);
	assert_int_equal(grant.path, PATH_PCP_REFILL);
	page_free(pc.memory, 0, grant.pfn, 0);
	assert_int_equal(pages(&pc, 0, GFP_KERNEL).path, PATH_PCP);
	assert_int_equal(pages(&pc, 1, GFP_KERNEL).path, PATH_BUDDY);
	assert_int_equal(pages(&pc, 3, GFP_KERNEL).path, PATH_BUDDY);
	stop(&pc);
}

/*
 *	0xc0000000              high_memory   +8 MiB            0xff7fe000
 *	|  mapped directly      |   gap       |  vmalloc         |  kmap …
 *
 * Expect: with 896 MiB mapped, vmalloc has 111 MiB from 0xf8800000; with less
 * memory it begins lower. The gap is 8 MiB at least, to a multiple of 8 MiB.
 */
static void vmalloc_begins_above_memory(void **state)
{
	static const struct {
		const char *normal;
		uint64_t start;
	} machines[] = {
		{ "nodes.0.zones.1.size=880MiB", 0xf8800000 },
		{ "nodes.0.zones.1.size=240MiB", 0xd0800000 },
		{ "nodes.0.zones.1.size=241MiB", 0xd1000000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		const struct machine_desc *machine;
		struct pc pc;

		start(&pc, HEAD NODES, machines[i].normal);
		machine = &pc.config->machine;
		assert_int_equal(machine->vmalloc_start, machines[i].start);
		assert_int_equal(machine->vmalloc_start + machine->vmalloc_size,
				 0xff7fe000);
		stop(&pc);
	}
}

/* Expect: pages of 8 KiB halve the orders of everything. */
static void pages_may_have_8_kib(void **state)
{
	struct object_grant grant;
	struct pc pc;

	(void)state;
	start(&pc, HEAD NODES, "page_size=8KiB");
	grant = ask(&pc, 131072, GFP_KERNEL);
	assert_int_equal(grant.granted, 131072);
	assert_int_equal(page_state_order(pc.memory->state[grant.slab_pfn]), 4);
	assert_int_equal(pages(&pc, 0, GFP_DMA).pfn < 2048, 1);
	stop(&pc);
}

static void expect_refused(const char *lines, const char *error)
{
	struct scratch scratch;
	char yaml[1024];

	scratch_init(&scratch);
	snprintf(yaml, sizeof(yaml), HEAD NODES "%s", lines);
	assert_null(load_set(&scratch, yaml, NULL));
	assert_int_equal(scratch.errors.nr, 1);
	if (!strstr(scratch.errors.text[0], error))
		fail_msg("wanted: %s; found: %s", error,
			 scratch.errors.text[0]);
	scratch_release(&scratch);
}

/* Expect: what contradicts itself is refused, with what is allowed. */
static void contradictions_are_refused(void **state)
{
	(void)state;
	expect_refused("max_order: 4\n",
		       "do not fit into the largest block, of max_order 4");
	expect_refused("slab: {kmalloc: {smallest: 48}}\n",
		       "c.yaml:12:28: error: smallest: \"48\" is no power");
	expect_refused("slab: {kmalloc: {largest: 256KiB}}\n",
		       "largest: \"256KiB\" is out of range");
	expect_refused("slab: {kmalloc: {between: [100]}}\n",
		       "allowed: 96 or 192");
	expect_refused("slab: {kmalloc: {families: [dma]}}\n",
		       "every kernel has \"normal\"");
	expect_refused("slab: {rules: linux-2.4}\n",
		       "allowed: linux-6.1 or linux-2.6");
	expect_refused("slab: {kmaloc: {}}\n", "did you mean \"kmalloc\"?");
	expect_refused("vmalloc: {end: 0xf0000000}\n",
		       "vmalloc: the range would begin at 0xf8800000, and end "
		       "before that");
	expect_refused("vmalloc: {size: 64MiB, end: 0xff7fe000}\n",
		       "vmalloc: either size or end");
	expect_refused("pcp_max_order: 4\n",
		       "pcp_max_order: \"4\" is out of range");
	expect_refused("cma: [{name: a, size: 16MiB}]\n",
		       "grouping_by_mobility is false");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kmalloc_ends_at_128_kib),
		cmocka_unit_test(isa_dma_is_below_16_mib),
		cmocka_unit_test(the_largest_block_is_a_config_s),
		cmocka_unit_test(pages_are_of_one_kind),
		cmocka_unit_test(cpus_keep_single_pages),
		cmocka_unit_test(vmalloc_begins_above_memory),
		cmocka_unit_test(pages_may_have_8_kib),
		cmocka_unit_test(contradictions_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
