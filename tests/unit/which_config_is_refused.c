/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that can be wrong with a config: the place, what was found, what
 * is allowed, and what was probably meant.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/config_case.h"
#include "sim/base/numbers.h"

struct refusal {
	const char *yaml;
	const char *error;
};

static void expect_refusals(const struct refusal *refusals, size_t nr)
{
	struct scratch scratch;
	size_t i;

	for (i = 0; i < nr; i++) {
		scratch_init(&scratch);
		load_refused(&scratch, refusals[i].yaml, refusals[i].error);
		/* One mistake, one message. */
		if (scratch.errors.nr != 1) {
			print_errors(&scratch);
			fail_msg("%s", refusals[i].error);
		}
		scratch_release(&scratch);
	}
}

#define ONE_NODE                                                               \
	"nodes: [{id: 0, cpus: [0], "                                          \
	"zones: [{type: DMA32, size: 64MiB}]}]\n"

static void what_is_no_config(void **state)
{
	static const struct refusal refusals[] = {
		{ "", "c.yaml:1:1: error: the file is empty" },
		{ "[]", "c.yaml:1:1: error: a mapping belongs here" },
		{ "name: x",
		  "c.yaml:1:1: error: the key \"kmemsim\" is missi" },
		{ "kmemsim: workload\nversion: 1\n",
		  "c.yaml:1:10: error: a config belongs here, and this is "
		  "\"kmemsim: workload\"" },
		{ "kmemsim: config\n" ONE_NODE,
		  "c.yaml:1:1: error: the key \"version\" is missing" },
		{ "kmemsim: config\nversion: 2\n",
		  "c.yaml:2:10: error: version 2 is newer" },
		{ "kmemsim: config\nversion: one\n" ONE_NODE,
		  "c.yaml:2:10: error: version: \"one\" is not allowed" },
		{ "kmemsim: config\nversion: 1\nname: cut\nnodes: [{id: 0, ",
		  "c.yaml:4:17: error: not valid YAML" },
		{ "kmemsim: config\nversion: 1\nprofile: linux-6.1-x86_46\n",
		  "c.yaml:3:10: error: profile: unknown \"linux-6.1-x86_46\"; "
		  "did you mean \"linux-6.1-x86_64\"? allowed: "
		  "linux-2.6-i386, linux-6.1-i386-pae or "
		  "linux-6.1-x86_64" },
		{ "kmemsim: config\nversion: 1\nprofile: ../configs/x\n",
		  "c.yaml:3:10: error: profile: unknown \"../configs/x\"" },
		{ "kmemsim: config\nversion: 1\nname: x\n",
		  "c.yaml:1:1: error: the key \"nodes\" is missing" },
	};

	(void)state;
	expect_refusals(refusals, LENGTH(refusals));
}

static void sysctls_that_can_not_be(void **state)
{
	static const struct refusal refusals[] = {
		{ CONFIG_SMALL "sysctrl: {}\n",
		  "c.yaml:9:1: error: unknown key \"sysctrl\"; did you mean "
		  "\"sysctl\"? allowed: kmemsim, version" },
		{ CONFIG_SMALL "sysctl: {min_free_kbyte: 1}\n",
		  "c.yaml:9:10: error: unknown key \"min_free_kbyte\"; did you "
		  "mean \"min_free_kbytes\"?" },
		{ CONFIG_SMALL "sysctl: {min_free_kbytes: 4MiB}\n",
		  "c.yaml:9:27: error: min_free_kbytes: \"4MiB\" is not "
		  "allowed; it takes a whole number" },
		{ CONFIG_SMALL "sysctl: {watermark_scale_factor: 3001}\n",
		  "c.yaml:9:34: error: watermark_scale_factor: \"3001\" is out "
		  "of range; allowed: 1 to 3000" },
		{ CONFIG_SMALL "sysctl: {percpu_pagelist_high_fraction: 7}\n",
		  "c.yaml:9:41: error: percpu_pagelist_high_fraction: \"7\"" },
		{ CONFIG_SMALL "sysctl: {lowmem_reserve_ratio: [1,2,3,4,5]}\n",
		  "c.yaml:9:32: error: lowmem_reserve_ratio: 5 values; at most "
		  "4, one for each of DMA, DMA32, Normal or Movable" },
		{ CONFIG_SMALL "sysctl: {swappines: 10}\n",
		  "c.yaml:9:10: error: unknown key \"swappines\"; did you mean "
		  "\"swappiness\"?" },
		{ CONFIG_SMALL "sysctl: {swappiness: 201}\n",
		  "c.yaml:9:22: error: swappiness: \"201\" is out of range; "
		  "allowed: 0 to 200" },
		{ CONFIG_SMALL "sysctl: {zone_reclaim_mode: 8}\n",
		  "c.yaml:9:29: error: zone_reclaim_mode: \"8\" is out of "
		  "range; allowed: 0 to 7" },
		{ CONFIG_SMALL "sysctl: {dirty_ratio: 101}\n",
		  "c.yaml:9:23: error: dirty_ratio: \"101\" is out of range; "
		  "allowed: 0 to 100" },
		{ CONFIG_SMALL "sysctl: {vfs_cache_pressure: -1}\n",
		  "c.yaml:9:30: error: vfs_cache_pressure: \"-1\" is not "
		  "allowed; it takes a whole number" },
		{ CONFIG_SMALL "sysctl: 7\n",
		  "c.yaml:9:9: error: sysctl: a mapping belongs here, not "
		  "\"7\"" },
		{ CONFIG_SMALL "sysctl: {swappiness:7}\n",
		  "c.yaml:9:10: error: unknown key \"swappiness:7\"; a blank "
		  "belongs behind the colon: \"swappiness: …\"" },
		{ CONFIG_SMALL "swappiness: 7\n",
		  "c.yaml:9:1: error: unknown key \"swappiness\" here; it "
		  "belongs into \"sysctl\"" },
		{ CONFIG_SMALL "min_free_kbytes: 7\n",
		  "c.yaml:9:1: error: unknown key \"min_free_kbytes\" here; it "
		  "belongs into \"sysctl\"" },
		{ CONFIG_SMALL "zones: []\n",
		  "c.yaml:9:1: error: unknown key \"zones\" here; it belongs "
		  "into a node of \"nodes\"" },
	};

	(void)state;
	expect_refusals(refusals, LENGTH(refusals));
}

static void settings_that_can_not_be(void **state)
{
	static const struct refusal refusals[] = {
		{ CONFIG_SMALL "page_size: 4KB\n",
		  "c.yaml:9:12: error: page_size: \"4KB\" is not allowed; it "
		  "takes a number of bytes below 2^64, or one with B, KiB, "
		  "MiB, GiB or TiB; did you mean \"4KiB\"?" },
		{ CONFIG_SMALL "page_size: 12KiB\n",
		  "c.yaml:9:12: error: page_size: \"12KiB\" is no page size" },
		{ CONFIG_SMALL "page_size: 128KiB\n",
		  "c.yaml:9:12: error: page_size: \"128KiB\" is out of range" },
		{ CONFIG_SMALL "page_size: \"4096\"\n",
		  "c.yaml:9:12: error: page_size: the text \"4096\"" },
		{ CONFIG_SMALL "max_order: 16\n",
		  "c.yaml:9:12: error: max_order: \"16\" is out of range; "
		  "allowed: 3 to 15" },
		{ CONFIG_SMALL "max_order: 5\npageblock_order: 6\n",
		  "c.yaml:10:18: error: pageblock_order: \"6\" is out of "
		  "range; allowed: 1 to max_order, which is 5" },
		{ CONFIG_SMALL "numa: yes\n",
		  "c.yaml:9:7: error: numa: unknown \"yes\"" },
		{ CONFIG_SMALL "slab: {allocator: slob}\n",
		  "c.yaml:9:19: error: allocator: unknown \"slob\"; did you "
		  "mean \"slub\"? allowed: slub or slab" },
		{ CONFIG_SMALL "sampling: {every: 10 ms}\n",
		  "c.yaml:9:19: error: every: \"10 ms\" is not allowed; it "
		  "takes a number of ns, or one with ns, us, ms or s" },
		{ CONFIG_SMALL "vmalloc: {start: 0xfffffffffffff000, size: "
			       "8KiB}\n",
		  "c.yaml:9:10: error: vmalloc: the range ends beyond" },
		{ CONFIG_SMALL "name: again\n",
		  "c.yaml:9:1: error: the key \"name\" is given twice" },
	};

	(void)state;
	expect_refusals(refusals, LENGTH(refusals));
}

static void devices_that_can_not_be(void **state)
{
	static const struct refusal refusals[] = {
		{ CONFIG_SMALL "disk: {bandwith: 1MiB}\n",
		  "c.yaml:9:8: error: unknown key \"bandwith\"; did you mean "
		  "\"bandwidth\"? allowed: latency or bandwidth" },
		{ CONFIG_SMALL "disk: {size: 1GiB}\n",
		  "c.yaml:9:8: error: unknown key \"size\"" },
		{ CONFIG_SMALL "disk: {bandwidth: 0}\n",
		  "c.yaml:9:19: error: bandwidth: \"0\" is out of range; "
		  "allowed: 1 to" },
		{ CONFIG_SMALL "disk: {latency: 1MiB}\n",
		  "c.yaml:9:17: error: latency: \"1MiB\" is not allowed; it "
		  "takes a number of ns" },
		{ CONFIG_SMALL "disk: ssd\n",
		  "c.yaml:9:7: error: disk: a mapping belongs here, not "
		  "\"ssd\"" },
		{ CONFIG_SMALL "swap: {size: 17TiB}\n",
		  "c.yaml:9:14: error: size: \"17TiB\" is out of range; "
		  "allowed: 0 to 17592186044416" },
		{ CONFIG_SMALL "swap: 1GiB\n",
		  "c.yaml:9:7: error: swap: a mapping belongs here" },
		{ CONFIG_SMALL "scheduler: {slices: 6ms}\n",
		  "c.yaml:9:13: error: unknown key \"slices\"; did you mean "
		  "\"slice\"? allowed: keeps_cpu, slice "
		  "or kernel_threads" },
		{ CONFIG_SMALL "scheduler: {keeps_cpu: 20 us}\n",
		  "c.yaml:9:24: error: keeps_cpu: \"20 us\" is not allowed" },
		{ CONFIG_SMALL "schedular: {slice: 6ms}\n",
		  "c.yaml:9:1: error: unknown key \"schedular\"; did you mean "
		  "\"scheduler\"?" },
	};

	(void)state;
	expect_refusals(refusals, LENGTH(refusals));
}

/* The profile of 6.1 with another line for its disk, as p.yaml. */
static void write_profile(struct scratch *scratch, const char *disk)
{
	FILE *from = fopen("configs/linux-6.1-x86_64.yaml", "r");
	struct text text = TEXT_EMPTY;
	char line[200];

	assert_non_null(from);
	while (fgets(line, sizeof(line), from))
		text_add(&text, "%s",
			 strncmp(line, "disk:", 5) == 0 ? disk : line);
	fclose(from);
	scratch_file(scratch, "p.yaml", text.s);
	text_release(&text);
}

/* Expect: nothing is read from a disk that moves no bytes. */
static void a_profile_whose_disk_stands_still(void **state)
{
	struct scratch scratch;
	const char *dirs[] = { NULL, NULL };

	(void)state;
	scratch_init(&scratch);
	dirs[0] = scratch.dir;
	write_profile(&scratch, "disk: {latency: 1ms}\n");
	scratch_file(&scratch, "c.yaml",
		     "kmemsim: config\nversion: 1\nprofile: p\n");
	assert_null(config_load(scratch.path, NULL, dirs, &scratch.errors));
	expect_error(
		&scratch,
		"p.yaml:63:7: error: disk: the key \"bandwidth\" is missing");
	scratch_release(&scratch);
}

#define NODE CONFIG_HEAD "  - id: 0\n    cpus: [0]\n"
#define NODE2 CONFIG_SMALL "  - id: 1\n"

static void nodes_that_can_not_be(void **state)
{
	static const struct refusal refusals[] = {
		{ CONFIG_HEAD "  []\n", "c.yaml:6:3: error: nodes: 0 of them" },
		{ NODE, "c.yaml:6:5: error: the key \"zones\" is missing" },
		{ NODE "    zones: []\n",
		  "c.yaml:6:3: error: nodes: no node has a zone" },
		{ CONFIG_HEAD "  - {id: 0, zones: [{type: DMA, size: 1MiB}]}",
		  "c.yaml:6:3: error: nodes: no node has a CPU" },
		{ NODE2 "    zones: []\n    cpus: [1, 0]\n",
		  "c.yaml:11:15: error: cpus: CPU 0 is on node 0 already" },
		{ NODE2 "    zones: []\n    cpus: [1024]\n",
		  "c.yaml:11:12: error: \"1024\" is out of range; allowed: 0 "
		  "to 1023" },
		{ CONFIG_SMALL "  - {id: 0, zones: []}\n",
		  "c.yaml:9:10: error: id: there is a node 0 already" },
		{ CONFIG_SMALL "  - {id: 64, zones: []}\n",
		  "c.yaml:9:10: error: id: \"64\" is out of range; allowed: 0 "
		  "to 63" },
		{ CONFIG_SMALL "  - {zones: []}\n",
		  "c.yaml:9:5: error: the key \"id\" is missing" },
		{ NODE2 "    zones: []\n    distance: [9]\n",
		  "c.yaml:11:16: error: \"9\" is out of range; allowed: 10" },
		{ NODE2 "    zones: []\n    distance: [20, 11]\n",
		  "c.yaml:11:20: error: distance: \"11\" from node 1 to "
		  "itself" },
		{ NODE2 "    zones: []\n    distance: [20, 10, 20]\n",
		  "c.yaml:6:3: error: distance: node 1 gives one to node 2" },
		{ NODE2 "    zones: []\n    cpus: [1-3]\n",
		  "c.yaml:11:12: error: \"1-3\" is not allowed; it takes a "
		  "whole number, without a unit; each number is an element of "
		  "its own" },
		{ NODE2 "    zones: []\n    cpu: [1]\n",
		  "c.yaml:11:5: error: unknown key \"cpu\"; did you mean "
		  "\"cpus\"?" },
	};

	(void)state;
	expect_refusals(refusals, LENGTH(refusals));
}

#define ZONES NODE "    zones:\n"

static void zones_that_can_not_be(void **state)
{
	static const struct refusal refusals[] = {
		{ ZONES "      - {type: HighMem, size: 1MiB}\n",
		  "c.yaml:9:16: error: type: unknown \"HighMem\"; allowed: "
		  "DMA, DMA32, Normal or Movable" },
		{ ZONES "      - {type: normal, size: 1MiB}\n",
		  "c.yaml:9:16: error: type: unknown \"normal\"; did you mean "
		  "\"Normal\"?" },
		{ ZONES "      - {size: 1MiB}\n",
		  "c.yaml:9:9: error: the key \"type\" is missing: DMA," },
		{ ZONES "      - {type: DMA}\n",
		  "c.yaml:9:9: error: the key \"size\" is missing" },
		{ ZONES "      - {type: DMA, size: 1MB}\n",
		  "c.yaml:9:27: error: size: \"1MB\" is not allowed" },
		{ ZONES "      - {type: DMA, size: 6KiB}\n",
		  "c.yaml:9:27: error: size: \"6KiB\" is not a whole number of "
		  "pages of 4096 bytes" },
		{ ZONES "      - {type: DMA, size: 17MiB}\n",
		  "c.yaml:9:9: error: the zone would be 4352 pages from frame "
		  "0; DMA ends at frame 4096, so there is room for 4096" },
		/* Not also that they overlap. */
		{ ZONES "      - {type: DMA, size: 17MiB}\n"
			"      - {type: DMA32, start_pfn: 4096, size: 1MiB}\n",
		  "c.yaml:9:9: error: the zone would be 4352 pages from frame "
		  "0; DMA ends at frame 4096" },
		{ ZONES "      - {type: DMA, size: 1MiB, spanned_pages: 256}\n",
		  "c.yaml:9:33: error: spanned_pages: the zone's size is" },
		{ ZONES "      - {type: DMA, size: 1MiB, present_pages: 257}\n",
		  "c.yaml:9:48: error: present_pages: \"257\" is out of range; "
		  "allowed: 0 to 256" },
		{ ZONES "      - {type: DMA, size: 1MiB, present_pages: 200,"
			" managed_pages: 201}\n",
		  "c.yaml:9:68: error: managed_pages: \"201\" is out of range; "
		  "allowed: 0 to 200" },
		{ ZONES "      - {type: Normal, start_pfn: 4278190079,"
			" spanned_pages: 2}\n",
		  "c.yaml:9:9: error: the zone ends at frame 4278190081; "
		  "frames go up to 4278190080" },
		{ ZONES "      - {type: DMA32, start_pfn: 9, size: 1MiB}\n"
			"      - {type: Normal, start_pfn: 264, size: 1MiB}\n",
		  "c.yaml:10:9: error: frames 264 to 519 overlap those of the "
		  "zone at line 9, 9 to 264" },
		{ ZONES "      - {type: DMA, size: 1MiB}\n"
			"      - {type: DMA, size: 1MiB}\n",
		  "c.yaml:10:9: error: the node has a zone DMA already" },
		{ ZONES "      - {type: DMA32, start_pfn: 9000, size: 1MiB}\n"
			"      - {type: Normal, start_pfn: 8000, size: 1MiB}\n",
		  "c.yaml:10:9: error: Normal and DMA32 of one node are the "
		  "wrong way round" },
		{ ZONES "      - {type: DMA, size: 1MiB, watermarks: {min: 3,"
			" low: 2, high: 4}}\n",
		  "c.yaml:9:59: error: low: \"2\" is out of range; allowed:" },
		{ ZONES
		  "      - {type: DMA, size: 1MiB, watermarks: {min: 3}}\n",
		  "c.yaml:9:45: error: the key \"low\" is missing" },
	};

	(void)state;
	expect_refusals(refusals, LENGTH(refusals));
}

/* Expect: as above, of what a zone has besides its frames. */
static void parts_of_zones_that_can_not_be(void **state)
{
	static const struct refusal refusals[] = {
		{ ZONES
		  "      - {type: DMA, size: 1MiB, lowmem_reserve: [0]}\n",
		  "c.yaml:9:49: error: lowmem_reserve: 1 value; it takes 4" },
		{ ZONES "      - {type: DMA, size: 1MiB, pcp: {batch: 0}}\n",
		  "c.yaml:9:46: error: batch: \"0\" is out of range; "
		  "allowed: 1 to 256" },
		{ ZONES "      - {type: DMA, size: 1MiB, "
			"pcp: {high: 257, batch: 9}}\n",
		  "c.yaml:9:45: error: high: \"257\" is out of range; "
		  "allowed: 0 to 256" },
		{ ZONES "      - {type: DMA, size: 1MiB, "
			"pcp: {high: 256, batch: 2147483647}}\n",
		  "c.yaml:9:57: error: batch: \"2147483647\" is out of range; "
		  "allowed: 1 to 256" },
		{ ZONES "      - {type: DMA, size: 1MiB, "
			"pcp: {high: 256, batch: 1, free_factor: 6}}\n",
		  "c.yaml:9:73: error: free_factor: \"6\" is out of range; "
		  "allowed: 0 to 5" },
		{ ZONES "      - {type: DMA, size: 1MiB, holes: [{start_pfn: 9,"
			" pages: 999}]}\n",
		  "c.yaml:9:9: error: holes: frames 9 to 1007 are not in the "
		  "zone, which has 0 to 255" },
		{ ZONES "      - {type: DMA, size: 1MiB, present_pages: 250,"
			" holes: [{start_pfn: 9, pages: 9}]}\n",
		  "c.yaml:9:9: error: present_pages: 250 of 256 spanned, but "
		  "the holes have 9" },
		{ ZONES "      - {type: DMA, size: 1MiB, holes: [{start_pfn: 9,"
			" pages: 9}, {start_pfn: 10, pages: 1}]}\n",
		  "c.yaml:9:9: error: holes: two of them overlap" },
	};

	(void)state;
	expect_refusals(refusals, LENGTH(refusals));
}

/* Expect: every mistake of the file, in one pass. */
static void all_errors_at_once(void **state)
{
	struct scratch scratch;

	(void)state;
	scratch_init(&scratch);
	load_refused(&scratch,
		     NODE "    zone: []\n    zones: [{type: DMA,"
			  " size: 1}]\npage_size: 5\nslab: {merge: 1}\n"
			  "profle: x\n",
		     "c.yaml:8:5: error: unknown key \"zone\"");
	expect_error(&scratch, "c.yaml:9:31: error: size: \"1\" is not a");
	expect_error(&scratch, "c.yaml:10:12: error: page_size: \"5\"");
	expect_error(&scratch, "c.yaml:11:15: error: merge: unknown \"1\"");
	expect_error(&scratch, "c.yaml:12:1: error: unknown key \"profle\"");
	assert_int_equal(scratch.errors.nr, 5);
	scratch_release(&scratch);
}

/* Expect: a node that nobody knows is read on, the starting state as well. */
static void all_errors_of_a_node_without_a_number(void **state)
{
	struct scratch scratch;

	(void)state;
	scratch_init(&scratch);
	load_refused(&scratch,
		     "kmemsim: config\nversion: 1\nnodes:\n"
		     "  - {id: x, cpus: [y], zones: [{tpye: DMA}]}\n"
		     "  - {cpus: [0], zones: [{type: DMA, size: 1MiB}]}\n"
		     "initial_state: {free_list: f}\n",
		     "c.yaml:4:10: error: id: \"x\" is not allowed");
	expect_error(&scratch, "c.yaml:4:20: error: \"y\" is not allowed");
	expect_error(&scratch, "c.yaml:4:33: error: unknown key \"tpye\"");
	expect_error(&scratch, "c.yaml:5:5: error: the key \"id\" is missing");
	expect_error(&scratch, "c.yaml:6:17: error: unknown key \"free_list\"");
	scratch_release(&scratch);
}

/* Expect: the number of the --set as the line, the column in its word. */
static void set_words_that_mean_nothing(void **state)
{
	static const struct refusal refusals[] = {
		{ "sysctl", "--set:1:1: error: \"sysctl\" is not PATH=VALUE" },
		{ "sysctl.min_free=1",
		  "--set:1:8: error: unknown key \"min_free\"" },
		{ "sysctl.min_free_kbytes=x",
		  "--set:1:24: error: min_free_kbytes: \"x\"" },
		{ "sysctl..x=1", "--set:1:8: error: a key or an index" },
		{ "nodes.1.id=3", "--set:1:7: error: no element 1" },
		{ "nodes.x.id=3", "--set:1:7: error: \"x\" is no index" },
		{ "name.x=3", "--set:1:6: error: nothing can be set below" },
		{ "nodes.*.id.x=3",
		  "--set:1:12: error: nothing can be set below" },
		{ "nodes.*.zones.*.pc.batch=3",
		  "--set:1:17: error: unknown key \"pc\"" },
		{ "sysctl.*.x=3",
		  "--set:1:8: error: \"*\" stands for each element of a list" },
		{ "name=", "--set:1:6: error: a value is missing" },
		{ "name=[a", "--set:1:8: error: not valid YAML" },
	};
	struct scratch scratch;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(refusals); i++) {
		scratch_init(&scratch);
		assert_null(load_set(&scratch, CONFIG_SMALL, refusals[i].yaml));
		expect_error(&scratch, refusals[i].error);
		scratch_release(&scratch);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_config),
		cmocka_unit_test(sysctls_that_can_not_be),
		cmocka_unit_test(settings_that_can_not_be),
		cmocka_unit_test(devices_that_can_not_be),
		cmocka_unit_test(a_profile_whose_disk_stands_still),
		cmocka_unit_test(nodes_that_can_not_be),
		cmocka_unit_test(zones_that_can_not_be),
		cmocka_unit_test(parts_of_zones_that_can_not_be),
		cmocka_unit_test(all_errors_at_once),
		cmocka_unit_test(all_errors_of_a_node_without_a_number),
		cmocka_unit_test(set_words_that_mean_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
