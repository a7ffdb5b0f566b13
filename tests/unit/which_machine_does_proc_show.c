/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which config /proc/zoneinfo and its companions turn into, and what is said
 * of files that are not what they should be.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/scratch.h"
#include "workloads/import/proc.h"

/* A zone as 6.1 shows it, with one CPU. */
#define ZONE(node, name, boost, min, low, high, spanned, start)                \
	"Node " node ", zone  " name "\n"                                      \
	"  per-node stats\n"                                                   \
	"      nr_inactive_anon 41\n"                                          \
	"  pages free     3808\n"                                              \
	"        boost    " boost "\n"                                         \
	"        min      " min "\n"                                           \
	"        low      " low "\n"                                           \
	"        high     " high "\n"                                          \
	"        spanned  " spanned "\n"                                       \
	"        present  " spanned "\n"                                       \
	"        managed  3840\n"                                              \
	"        cma      0\n"                                                 \
	"        protection: (0, 435, 436, 437, 438)\n"                        \
	"      nr_free_pages 3807\n"                                           \
	"  pagesets\n"                                                         \
	"    cpu: 0\n"                                                         \
	"              count: 12\n"                                            \
	"              high:  237\n"                                           \
	"              batch: 31\n"                                            \
	"  vm stats threshold: 4\n"                                            \
	"    cpu: 1\n"                                                         \
	"              count: 30\n"                                            \
	"              high:  237\n"                                           \
	"              batch: 31\n"                                            \
	"  vm stats threshold: 4\n"                                            \
	"  node_unreclaimable:  0\n"                                           \
	"  start_pfn:           " start "\n"

#define EMPTY(node, name)                                                      \
	"Node " node ", zone  " name "\n"                                      \
	"  pages free     0\n"                                                 \
	"        boost    0\n"                                                 \
	"        min      0\n"                                                 \
	"        low      0\n"                                                 \
	"        high     0\n"                                                 \
	"        spanned  0\n"                                                 \
	"        present  0\n"                                                 \
	"        managed  0\n"                                                 \
	"        cma      0\n"                                                 \
	"        protection: (0, 0, 0, 0, 0)\n"

#define DMA ZONE("0", "DMA", "10", "200", "247", "294", "4095", "1")
#define ZONE_TEXT                                                              \
	"      - type: DMA\n"                                                  \
	"        start_pfn: 1\n"                                               \
	"        spanned_pages: 4095\n"                                        \
	"        present_pages: 4095\n"                                        \
	"        managed_pages: 3840\n"                                        \
	"        watermarks: {min: 190, low: 237, high: 284}\n"                \
	"        lowmem_reserve: [0, 435, 436, 437]\n"                         \
	"        pcp: {high: 237, batch: 31}\n"                                \
	"        nr_free_pages: 3808\n"

struct fixture {
	struct scratch scratch;
	struct proc_report report;
	char *yaml;
	size_t length;
	int status;
};

static struct fixture f;

static int setup(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	scratch_init(&f.scratch);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(f.yaml);
	scratch_release(&f.scratch);
	return 0;
}

/* Imports zoneinfo, and `other` where it is not NULL. */
static void import(const char *zoneinfo, const char *other)
{
	static char first[600], second[600], config[600];
	const char *paths[] = { first, second };
	struct proc_options options = { .config_path = config };
	FILE *out = open_memstream(&f.yaml, &f.length);

	assert_non_null(out);
	snprintf(first, sizeof(first), "%s",
		 scratch_file(&f.scratch, "zoneinfo", zoneinfo));
	if (other)
		snprintf(second, sizeof(second), "%s",
			 scratch_file(&f.scratch, "other", other));
	snprintf(config, sizeof(config), "%s",
		 scratch_path(&f.scratch, "config.yaml"));
	f.status = import_proc(paths, other ? 2 : 1, out, &options, &f.report,
			       &f.scratch.errors);
	fclose(out);
}

static void expect_config(const char *wanted)
{
	const char *begin;

	print_errors(&f.scratch);
	assert_int_equal(f.status, 0);
	begin = strstr(f.yaml, "kmemsim: config");
	assert_non_null(begin);
	assert_string_equal(begin, wanted);
}

/*
 * Expect: the watermarks without their boost, no column for ZONE_DEVICE, no
 * zone without memory, and both CPUs on the only node.
 */
static void one_node(void **state)
{
	(void)state;
	import(DMA EMPTY(
		       "0",
		       "Movable") "Node 0, zone   Device\n  pages free     0\n",
	       NULL);
	expect_config("kmemsim: config\nversion: 1\nname: machine\n"
		      "profile: linux-6.1-x86_64\n"
		      "nodes:\n  - id: 0\n    cpus: [0, 1]\n"
		      "    zones:\n" ZONE_TEXT);
	assert_int_equal(f.report.zones, 1);
	assert_int_equal(f.report.cpus, 2);
	assert_false(f.report.cpus_guessed);
	assert_int_equal(f.report.pcp_pages, 42);
	assert_int_equal(f.report.boost, 10);
	assert_false(f.report.has_free_lists);
}

/* Expect: CPUs dealt out, said to be a guess; a node may have no memory. */
static void two_nodes(void **state)
{
	(void)state;
	import(DMA EMPTY("2", "Normal"), NULL);
	expect_config("kmemsim: config\nversion: 1\nname: machine\n"
		      "profile: linux-6.1-x86_64\n"
		      "nodes:\n  - id: 0\n    cpus: [0]  # a guess\n"
		      "    zones:\n" ZONE_TEXT
		      "  - id: 2\n    cpus: [1]  # a guess\n    zones: []\n");
	assert_true(f.report.cpus_guessed);
}

/* Expect: orders from the file's own columns, its path beside the config. */
static void free_blocks(void **state)
{
	(void)state;
	import(DMA, "Page block order: 9\nPages per block:  512\n\n"
		    "Free pages count per migrate type at order       0      1 "
		    "     2 \n"
		    "Node    0, zone      DMA, type    Unmovable      0      0 "
		    "     0 \n");
	print_errors(&f.scratch);
	assert_int_equal(f.status, 0);
	assert_non_null(
		strstr(f.yaml, "\nmax_order: 2\npageblock_order: 9\nnodes:"));
	assert_non_null(
		strstr(f.yaml, "\ninitial_state:\n  pagetypeinfo: other\n"));
	free(f.yaml);
	import(DMA, "Node 0, zone      DMA      0      0      1 \n");
	assert_int_equal(f.status, 0);
	assert_non_null(strstr(f.yaml, "\nmax_order: 2\nnodes:"));
	assert_non_null(
		strstr(f.yaml, "\ninitial_state:\n  buddyinfo: other\n"));
	assert_true(f.report.has_free_lists);
}

static void highmem_is_32_bits(void **state)
{
	(void)state;
	import(ZONE("0", "HighMem", "0", "1", "2", "3", "4095", "4096"), NULL);
	assert_int_equal(f.status, 0);
	assert_non_null(strstr(f.yaml, "profile: linux-6.1-i386-pae\n"));
}

static void expect_refused(const char *zoneinfo, const char *other,
			   const char *wanted)
{
	import(zoneinfo, other);
	assert_int_equal(f.status, -1);
	assert_int_equal(f.length, 0);
	expect_error(&f.scratch, wanted);
	errors_release(&f.scratch.errors);
	free(f.yaml);
	f.yaml = NULL;
}

/* Expect: the line and what is wrong in it, and no half of a config. */
static void files_that_are_wrong(void **state)
{
	(void)state;
	expect_refused("hello\n", NULL,
		       "zoneinfo:1:1: error: neither zoneinfo");
	expect_refused("", NULL, "zoneinfo:1:1: error: neither zoneinfo");
	expect_refused(
		"Node 0, zone      DMA      0      0      1 \n", NULL,
		"zoneinfo:1:1: error: a copy of /proc/zoneinfo is needed");
	expect_refused(DMA, DMA, "other:1:1: error: a second zoneinfo");
	expect_refused("Node 0, zone      DMB\n", NULL,
		       "zoneinfo:1:1: error: \"DMB\" is not a zone; did you "
		       "mean \"DMA\"?");
	expect_refused("Node 99, zone      DMA\n", NULL,
		       "zoneinfo:1:1: error: a node from 0 to 63");
	expect_refused("Node 0, zone      DMA\n  pages free     many\n", NULL,
		       "zoneinfo:2:1: error: pages free: \"many\" is not a "
		       "number of pages");
	expect_refused(DMA,
		       "Page block order: 9\n"
		       "Free pages count per migrate type at order 0 1\n"
		       "Node 0, zone DMA, type Movable >100000 7\n",
		       "other:3:32: error: \">100000\": the kernel counts no "
		       "further there");
	/* The end is cut off: what is missing is named. */
	expect_refused("Node 0, zone      DMA\n  pages free     1\n"
		       "        present  4095\n",
		       NULL,
		       "zoneinfo:1:1: error: node 0, zone DMA: the line "
		       "\"start_pfn:\" is missing");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(one_node),
		TEST(two_nodes),
		TEST(free_blocks),
		TEST(highmem_is_32_bits),
		TEST(files_that_are_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
