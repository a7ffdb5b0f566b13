/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The starting state that a config names: exact lists from CSV files, counts
 * from the text of /proc, and what is wrong with them.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/config_case.h"
#include "sim/base/numbers.h"

/* Frames 4096 to 20479 are DMA32 of node 0. */
#define STATE(file) CONFIG_SMALL "initial_state: {" file "}\n"

/*
 *	4096     4608    5120    5632        20479
 *	|########|..0x200|#######|#..........|
 */
static void exact_lists_and_blocks(void **state)
{
	const struct initial_state_desc *initial;
	struct scratch scratch;
	struct config *config;

	(void)state;
	scratch_init(&scratch);
	scratch_file(&scratch, "free.csv",
		     "node,zone,migratetype,order,pfn\n"
		     "0,DMA32,movable,9,4608\n"
		     "0,DMA32,unmovable,0,20479\r\n"
		     "\n"
		     "0,DMA32,highatomic,3,8");
	load_refused(&scratch, STATE("free_lists: free.csv"),
		     "free.csv:5:22: error: pfn: \"8\" is out of range; "
		     "allowed: 4096 to 20472");
	errors_release(&scratch.errors);
	scratch_file(&scratch, "free.csv",
		     "node,zone,migratetype,order,pfn\n"
		     "0,DMA32,unmovable,0,20479\n"
		     "0,DMA32,movable,9,4608\n");
	scratch_file(&scratch, "blocks.csv",
		     "node,zone,start_pfn,migratetype\n"
		     "0,DMA32,4096,unmovable\n"
		     "0,DMA32,4608,movable\n");
	config = load_fine(&scratch,
			   STATE("free_lists: free.csv, "
				 "pageblocks: blocks.csv"),
			   NULL);
	initial = &config->machine.initial;
	assert_true(initial->exact);
	assert_int_equal(initial->nr_free_blocks, 2);
	assert_int_equal(initial->free_blocks[0].pfn, 20479);
	assert_int_equal(initial->free_blocks[1].migratetype, MIGRATE_MOVABLE);
	assert_int_equal(initial->free_blocks[1].order, 9);
	assert_int_equal(initial->nr_pageblocks, 2);
	assert_int_equal(initial->pageblocks[1].start_pfn, 4608);
	config_free(config);
	scratch_release(&scratch);
}

/*
 *	4096                 12288          16384  20480
 *	|####################|     hole     |######|
 */
static void a_run_may_be_a_hole(void **state)
{
	const struct zone_desc *zone;
	struct scratch scratch;
	struct config *config;

	(void)state;
	scratch_init(&scratch);
	scratch_file(&scratch, "blocks.csv",
		     "node,zone,start_pfn,migratetype\n"
		     "0,DMA32,4096,movable\n"
		     "0,DMA32,12288,hole\n"
		     "0,DMA32,16384,unmovable\n");
	config = load_fine(&scratch, STATE("pageblocks: blocks.csv"), NULL);
	zone = config->machine.nodes[0].zones;
	assert_int_equal(zone->nr_holes, 1);
	assert_int_equal(zone->holes[0].start_pfn, 12288);
	assert_int_equal(zone->holes[0].pages, 4096);
	assert_int_equal(zone->present_pages, 16384 - 4096);
	config_free(config);
	scratch_release(&scratch);
}

/*
 *	                       20224  20352      20480
 *	present: 200 fewer     |######|...free...|
 *
 * Expect: the hole ends where the free block begins; free memory is memory.
 */
static void a_hole_is_never_free(void **state)
{
	static const char yaml[] = CONFIG_HEAD
		"  - id: 0\n"
		"    cpus: [0]\n"
		"    zones: [{type: DMA32, size: 64MiB,"
		" present_pages: 16184}]\n"
		"initial_state: {free_lists: free.csv}\n";
	const struct zone_desc *zone;
	struct scratch scratch;
	struct config *config;

	(void)state;
	scratch_init(&scratch);
	scratch_file(&scratch, "free.csv",
		     "node,zone,migratetype,order,pfn\n"
		     "0,DMA32,movable,7,20352\n");
	config = load_fine(&scratch, yaml, NULL);
	zone = config->machine.nodes[0].zones;
	assert_int_equal(zone->nr_holes, 1);
	assert_int_equal(zone->holes[0].start_pfn, 20352 - 200);
	assert_int_equal(zone->holes[0].pages, 200);
	config_free(config);
	scratch_release(&scratch);
}

static void busy_vmalloc_ranges(void **state)
{
	struct scratch scratch;
	struct config *config;

	(void)state;
	scratch_init(&scratch);
	scratch_file(&scratch, "v.csv",
		     "start_offset,end_offset\n"
		     "0,20480\n20480,28672\n");
	config = load_fine(&scratch, STATE("vmap_areas: v.csv"), NULL);
	assert_int_equal(config->machine.initial.nr_vmap_areas, 2);
	assert_int_equal(config->machine.initial.vmap_areas[1].end, 28672);
	assert_false(config->machine.initial.exact);
	config_free(config);
	scratch_release(&scratch);
}

static void counts_from_buddyinfo(void **state)
{
	const struct free_count_desc *counts;
	struct scratch scratch;
	struct config *config;

	(void)state;
	scratch_init(&scratch);
	scratch_file(&scratch, "buddyinfo",
		     "Node 0, zone    DMA32      2      0      1      2      "
		     "2      1      1      0      1      2      5 \n");
	config = load_fine(&scratch, STATE("buddyinfo: buddyinfo"), NULL);
	counts = config->machine.initial.free_counts;
	assert_int_equal(config->machine.initial.nr_free_counts, 11);
	assert_int_equal(counts[10].nr_free, 5);
	assert_int_equal(counts[10].order, 10);
	assert_true(counts[10].any_migratetype);
	config_free(config);
	scratch_release(&scratch);
}

#define TYPE_HEAD                                                              \
	"Page block order: 9\n"                                                \
	"Pages per block:  512\n"                                              \
	"\n"                                                                   \
	"Free pages count per migrate type at order       0      1 \n"
#define TYPE_COUNTS "      0      0      1      2      2      1      1      0 "

static void counts_from_pagetypeinfo(void **state)
{
	const struct initial_state_desc *initial;
	struct scratch scratch;
	struct config *config;

	(void)state;
	scratch_init(&scratch);
	scratch_file(&scratch, "p",
		     TYPE_HEAD
		     "Node    0, zone    DMA32, type    Unmovable " TYPE_COUNTS
		     "1 2 3\n"
		     "Node    0, zone    DMA32, type      Isolate " TYPE_COUNTS
		     "0 0 0\n"
		     "\n"
		     "Number of blocks type     Unmovable      Isolate \n"
		     "Node 0, zone    DMA32           30            2 \n");
	config = load_fine(&scratch, STATE("pagetypeinfo: p"), NULL);
	initial = &config->machine.initial;
	assert_int_equal(initial->nr_free_counts, 22);
	assert_int_equal(initial->free_counts[10].nr_free, 3);
	assert_false(initial->free_counts[10].any_migratetype);
	assert_int_equal(initial->free_counts[11].migratetype, MIGRATE_ISOLATE);
	assert_int_equal(initial->nr_pageblock_counts, 2);
	assert_int_equal(initial->pageblock_counts[0].nr_blocks, 30);
	assert_int_equal(initial->pageblock_counts[1].migratetype,
			 MIGRATE_ISOLATE);
	config_free(config);
	scratch_release(&scratch);
}

struct refusal {
	const char *text;
	const char *error;
};

static void expect_refusals(const char *yaml, const struct refusal *refusals,
			    size_t nr)
{
	struct scratch scratch;
	size_t i;

	for (i = 0; i < nr; i++) {
		scratch_init(&scratch);
		scratch_file(&scratch, "f", refusals[i].text);
		load_refused(&scratch, yaml, refusals[i].error);
		if (scratch.errors.nr != 1) {
			print_errors(&scratch);
			fail_msg("%s", refusals[i].error);
		}
		scratch_release(&scratch);
	}
}

#define LISTS "node,zone,migratetype,order,pfn\n"

static void free_lists_that_can_not_be(void **state)
{
	static const struct refusal refusals[] = {
		{ "", "f:1:1: error: the file is empty" },
		{ "node,zone\n", "f:1:1: error: the first line must name the "
				 "columns: node,zone,migratetype,order,pfn; it "
				 "is \"node,zone\"" },
		{ LISTS "1,DMA32,movable,0,5000\n",
		  "f:2:1: error: node: the config has no node 1" },
		{ "\xef\xbb\xbf" LISTS "1,DMA32,movable,0,5000\r\n",
		  "f:2:1: error: node: the config has no node 1" },
		{ LISTS "x,DMA32,movable,0,5000\n",
		  "f:2:1: error: node: \"x\" is not a whole number" },
		{ LISTS "0,Normal,movable,0,5000\n",
		  "f:2:3: error: zone: the config's node 0 has no zone" },
		{ LISTS "0,DMA32,moveable,0,5000\n",
		  "f:2:9: error: migratetype: unknown \"moveable\"; did you "
		  "mean \"movable\"?" },
		{ LISTS "0,DMA32,movable,11,5000\n",
		  "f:2:17: error: order: \"11\" is out of range; allowed: 0 "
		  "to 10" },
		{ LISTS "0,DMA32,movable,3,5001\n",
		  "f:2:19: error: pfn: \"5001\" is no frame of a block of "
		  "order 3; it must be a multiple of 8" },
		{ LISTS "0,DMA32,movable,3\n",
		  "f:2:1: error: 4 fields where there are 5 columns" },
		{ LISTS "0,DMA32,movable,0,5001\n0,DMA32,movable,3,5000\n",
		  "f:3:1: error: the free block overlaps the one at line 2" },
		{ LISTS "0,DMA32,movable,0,5001\n0,DMA32,movable,0,5001\n",
		  "f:3:1: error: the free block overlaps the one at line 2" },
	};

	(void)state;
	expect_refusals(STATE("free_lists: f"), refusals, LENGTH(refusals));
}

static void page_blocks_that_can_not_be(void **state)
{
	static const struct refusal refusals[] = {
		{ "node,zone,start_pfn,migratetype\n0,DMA32,4608,movable\n",
		  "f:2:9: error: start_pfn of the zone's first run: \"4608\" "
		  "is out of range; allowed: 4096 to 4096" },
		{ "node,zone,start_pfn,migratetype\n0,DMA32,4096,movable\n"
		  "0,DMA32,4096,movable\n",
		  "f:3:9: error: start_pfn: \"4096\" is out of range; "
		  "allowed: 4097 to 20479" },
		{ "node,zone,start_pfn,migratetype\n0,DMA32,4096,holes\n",
		  "f:2:14: error: migratetype: unknown \"holes\"; did you mean "
		  "\"hole\"?" },
	};

	(void)state;
	expect_refusals(STATE("pageblocks: f"), refusals, LENGTH(refusals));
}

static void vmalloc_ranges_that_can_not_be(void **state)
{
	static const struct refusal refusals[] = {
		{ "start_offset,end_offset\n4096,4096\n",
		  "f:2:6: error: end_offset: \"4096\" is out of range" },
		{ "start_offset,end_offset\n0,8192\n4096,16384\n",
		  "f:3:1: error: start_offset: \"4096\" is out of range" },
		{ "start_offset,end_offset\n0,8193\n",
		  "f:2:1: error: the range 0 to 8193 is not one of whole" },
	};

	(void)state;
	expect_refusals(STATE("vmap_areas: f"), refusals, LENGTH(refusals));
}

static void counts_that_can_not_be(void **state)
{
	static const struct refusal buddy[] = {
		{ "\n", "f:1:1: error: the file is empty" },
		{ "Node 0, zone DMA32 1 2 3\n",
		  "f:1:25: error: 3 counts; this machine has orders 0 to 10" },
		{ "Node 0, zone DMA32 0 0 0 0 0 0 0 0 0 0 0 7\n",
		  "f:1:42: error: more than 11 counts; this machine has orders "
		  "0 to 10" },
		{ "Node 0, zone DMA32 0 0 0 0 0 0 0 0 0 0 17\n",
		  "f:1:1: error: 17408 pages are free in node 0's DMA32, "
		  "which has 16384" },
		{ "Noda 0, zone DMA32 0\n", "f:1:1: error: \"Noda\" where" },
	};
	static const struct refusal types[] = {
		{ "Page block order: 8\n",
		  "f:1:19: error: page block order: \"8\", and the config's "
		  "pageblock_order is 9" },
		{ "Node 0, zone DMA32, type Movable >100000\n",
		  "f:1:34: error: count: \">100000\" is not a whole number" },
	};

	(void)state;
	expect_refusals(STATE("buddyinfo: f"), buddy, LENGTH(buddy));
	expect_refusals(STATE("pagetypeinfo: f"), types, LENGTH(types));
}

static void files_that_can_not_be(void **state)
{
	struct scratch scratch;

	(void)state;
	scratch_init(&scratch);
	load_refused(&scratch, STATE("free_lists: none.csv"),
		     "none.csv:1:1: error: can't be opened: No such file");
	load_refused(&scratch, STATE("free_lists: ."),
		     ".:1:1: error: this is a directory");
	load_refused(&scratch, STATE("free_lists: a, buddyinfo: b"),
		     "c.yaml:9:32: error: initial_state: free_lists and "
		     "buddyinfo both say");
	load_refused(&scratch, STATE("free_list: a"),
		     "c.yaml:9:17: error: unknown key \"free_list\"; did you "
		     "mean \"free_lists\"?");
	scratch_bytes(&scratch, "nul.csv", LISTS "0,\0", strlen(LISTS) + 3);
	load_refused(&scratch, STATE("free_lists: nul.csv"),
		     "nul.csv:2:3: error: a NUL byte");
	scratch_release(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_lists_and_blocks),
		cmocka_unit_test(a_run_may_be_a_hole),
		cmocka_unit_test(a_hole_is_never_free),
		cmocka_unit_test(busy_vmalloc_ranges),
		cmocka_unit_test(counts_from_buddyinfo),
		cmocka_unit_test(counts_from_pagetypeinfo),
		cmocka_unit_test(free_lists_that_can_not_be),
		cmocka_unit_test(page_blocks_that_can_not_be),
		cmocka_unit_test(vmalloc_ranges_that_can_not_be),
		cmocka_unit_test(counts_that_can_not_be),
		cmocka_unit_test(files_that_can_not_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
