/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A config, read: what is said, what the profile adds, where zones lie. A
 * picture of the address space stands above each test that has one.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/base/numbers.h"
#include "tests/unit/config_case.h"

#define MIB(n) ((uint64_t)(n)*256) /* pages */

struct extent {
	enum zone_type type;
	uint64_t start_pfn;
	uint64_t pages;
};

static void expect_zones(const struct node_desc *node,
			 const struct extent *wanted, size_t nr)
{
	size_t i;

	assert_int_equal(node->nr_zones, nr);
	for (i = 0; i < nr; i++) {
		const struct zone_desc *zone = &node->zones[i];

		assert_int_equal(zone->type, wanted[i].type);
		assert_int_equal(zone->start_pfn, wanted[i].start_pfn);
		assert_int_equal(zone->spanned_pages, wanted[i].pages);
		assert_int_equal(zone->present_pages, wanted[i].pages);
		assert_int_equal(zone->managed_pages, wanted[i].pages);
	}
}

/* Expect: everything that a kernel has, without a word in the config. */
static void a_profile_says_the_rest(void **state)
{
	struct scratch scratch;
	struct config *config;
	const struct machine_desc *machine;

	(void)state;
	scratch_init(&scratch);
	config = load_fine(&scratch, CONFIG_SMALL, NULL);
	machine = &config->machine;
	assert_int_equal(machine->page_shift, 12);
	assert_int_equal(machine->nr_orders, 11);
	assert_int_equal(machine->pageblock_order, 9);
	assert_int_equal(machine->zone_types, 1 << ZONE_DMA | 1 << ZONE_DMA32 |
						      1 << ZONE_NORMAL |
						      1 << ZONE_MOVABLE);
	assert_true(machine->page_offset == UINT64_C(0xffff888000000000));
	assert_true(machine->vmalloc_size == UINT64_C(1) << 45);
	assert_int_equal(machine->sysctl.lowmem_reserve_ratio[ZONE_NORMAL], 32);
	assert_int_equal(machine->sysctl.watermark_boost_factor, 15000);
	assert_false(machine->sysctl.has_min_free_kbytes);
	assert_false(machine->initial.exact);
	assert_int_equal(config->sample_every_ns, 0);
	config_free(config);
	scratch_release(&scratch);
}

/* Expect: what reclaim goes by, as Linux 6.1 boots with it, and no swap. */
static void a_profile_says_how_memory_is_taken_back(void **state)
{
	struct scratch scratch;
	struct config *config;
	const struct machine_desc *machine;

	(void)state;
	scratch_init(&scratch);
	config = load_fine(&scratch, CONFIG_SMALL, NULL);
	machine = &config->machine;
	assert_int_equal(machine->sysctl.swappiness, 60);
	assert_int_equal(machine->sysctl.zone_reclaim_mode, 0);
	assert_int_equal(machine->sysctl.min_unmapped_ratio, 1);
	assert_int_equal(machine->sysctl.min_slab_ratio, 5);
	assert_int_equal(machine->sysctl.dirty_ratio, 20);
	assert_int_equal(machine->sysctl.dirty_background_ratio, 10);
	assert_int_equal(machine->sysctl.compaction_proactiveness, 20);
	assert_int_equal(machine->sysctl.vfs_cache_pressure, 100);
	assert_int_equal(machine->disk.latency_ns, 100000);
	assert_int_equal(machine->disk.bytes_per_s, 500 << 20);
	assert_int_equal(machine->swap_bytes, 0);
	assert_int_equal(machine->scheduler.keeps_cpu_ns, 20000);
	assert_int_equal(machine->scheduler.slice_ns, 6000000);
	assert_false(machine->scheduler.kernel_threads);
	config_free(config);
	scratch_release(&scratch);
}

/* Expect: what is said of a device, and the profile's word for the rest. */
static void devices_of_ones_own(void **state)
{
	static const char yaml[] = CONFIG_SMALL
		"sysctl: {swappiness: 200, zone_reclaim_mode: 5}\n"
		"disk: {latency: 8ms}\n"
		"swap: {size: 1GiB, latency: 10us, bandwidth: 3GiB}\n"
		"scheduler: {slice: 0, kernel_threads: true}\n";
	struct scratch scratch;
	struct config *config;
	const struct machine_desc *machine;

	(void)state;
	scratch_init(&scratch);
	config = load_fine(&scratch, yaml, NULL);
	machine = &config->machine;
	assert_int_equal(machine->sysctl.swappiness, 200);
	assert_int_equal(machine->sysctl.zone_reclaim_mode, 5);
	assert_int_equal(machine->disk.latency_ns, 8000000);
	assert_int_equal(machine->disk.bytes_per_s, 500 << 20);
	assert_true(machine->swap_bytes == UINT64_C(1) << 30);
	assert_int_equal(machine->swap.latency_ns, 10000);
	assert_true(machine->swap.bytes_per_s == UINT64_C(3) << 30);
	assert_int_equal(machine->scheduler.keeps_cpu_ns, 20000);
	assert_int_equal(machine->scheduler.slice_ns, 0);
	assert_true(machine->scheduler.kernel_threads);
	config_free(config);
	scratch_release(&scratch);
}

/*
 *	0   16M             1G    4G              7G                 11G
 *	|DMA| DMA32         |     | Normal node 0 | Normal node 1    |
 */
static void sized_zones_follow_one_another(void **state)
{
	static const char yaml[] = CONFIG_HEAD
		"  - id: 1\n"
		"    cpus: [2, 3]\n"
		"    distance: [21]\n"
		"    zones: []\n"
		"  - id: 0\n"
		"    cpus: [0, 1]\n"
		"    zones:\n"
		"      - {type: DMA, size: 16MiB}\n"
		"      - {type: DMA32, size: 1008MiB}\n"
		"      - {type: Normal, size: 3GiB}\n"
		"  - id: 5\n"
		"    zones: [{type: Normal, size: 4GiB}]\n"
		"sampling: {every: 10ms}\n";
	static const struct extent wanted[] = {
		{ ZONE_DMA, 0, MIB(16) },
		{ ZONE_DMA32, MIB(16), MIB(1008) },
		{ ZONE_NORMAL, MIB(4096), MIB(3072) },
	};
	static const struct extent second = { ZONE_NORMAL, MIB(7168),
					      MIB(4096) };
	const struct node_desc *nodes;
	struct scratch scratch;
	struct config *config;

	(void)state;
	scratch_init(&scratch);
	config = load_fine(&scratch, yaml, NULL);
	nodes = config->machine.nodes;
	assert_int_equal(config->machine.nr_nodes, 3);
	expect_zones(&nodes[0], wanted, 3);
	expect_zones(&nodes[1], NULL, 0);
	expect_zones(&nodes[2], &second, 1);
	assert_int_equal(nodes[2].id, 5);
	assert_int_equal(nodes[1].cpus[1], 3);
	assert_int_equal(nodes[1].distance[0], 21);
	assert_int_equal(nodes[1].distance[1], 10);
	assert_int_equal(nodes[1].distance[5], 20);
	assert_int_equal(nodes[1].distance[4], 0);
	assert_int_equal(config->sample_every_ns, 10000000);
	config_free(config);
	scratch_release(&scratch);
}

/*
 *	16M        528M      1G
 *	| node 0   | node 1  |        both DMA32, and Normal in between
 */
static void nodes_may_share_a_zone_type(void **state)
{
	static const char yaml[] = CONFIG_HEAD
		"  - id: 0\n"
		"    cpus: [0]\n"
		"    zones: [{type: DMA32, size: 512MiB},"
		" {type: Normal, size: 1GiB}]\n"
		"  - id: 1\n"
		"    zones: [{type: DMA32, size: 496MiB},"
		" {type: Normal, size: 1GiB}]\n";
	static const struct extent wanted[] = {
		{ ZONE_DMA32, MIB(528), MIB(496) },
		{ ZONE_NORMAL, MIB(5120), MIB(1024) },
	};
	struct scratch scratch;
	struct config *config;

	(void)state;
	scratch_init(&scratch);
	config = load_fine(&scratch, yaml, NULL);
	expect_zones(&config->machine.nodes[1], wanted, 2);
	config_free(config);
	scratch_release(&scratch);
}

/* Expect: everything that was read from a kernel, where it belongs. */
static void a_zone_by_its_exact_pages(void **state)
{
	static const char yaml[] = CONFIG_HEAD
		"  - id: 0\n"
		"    cpus: [0]\n"
		"    zones:\n"
		"      - type: DMA\n"
		"        start_pfn: 1\n"
		"        spanned_pages: 4095\n"
		"        present_pages: 3998\n"
		"        managed_pages: 3840\n"
		"        watermarks: {min: 190, low: 237, high: 284}\n"
		"        lowmem_reserve: [0, 684, 685, 686]\n"
		"        pcp: {high: 237, batch: 1}\n"
		"        nr_free_pages: 3808\n";
	const struct zone_desc *zone;
	struct scratch scratch;
	struct config *config;

	(void)state;
	scratch_init(&scratch);
	config = load_fine(&scratch, yaml, NULL);
	zone = config->machine.nodes[0].zones;
	assert_int_equal(zone->start_pfn, 1);
	assert_int_equal(zone->managed_pages, 3840);
	assert_int_equal(zone->watermark[WMARK_LOW], 237);
	assert_int_equal(zone->lowmem_reserve[ZONE_DMA32], 684);
	assert_int_equal(zone->lowmem_reserve[ZONE_NORMAL], 685);
	assert_int_equal(zone->lowmem_reserve[ZONE_HIGHMEM], 0);
	assert_int_equal(zone->lowmem_reserve[ZONE_MOVABLE], 686);
	assert_true(zone->has_pcp);
	assert_int_equal(zone->pcp_free_factor, 0);
	assert_int_equal(zone->nr_free_pages, 3808);
	/* 640 KiB less 4 to 1 MiB, as on every PC. */
	assert_int_equal(zone->nr_holes, 1);
	assert_int_equal(zone->holes[0].start_pfn, 159);
	assert_int_equal(zone->holes[0].pages, 97);
	config_free(config);
	scratch_release(&scratch);
}

/*
 *	4096        8192      8242     16384     16434    20380    20480
 *	|###########|  second |########|  first  |########|  rest  |
 *
 * Expect: those said and what is missing besides, by ascending frames.
 */
static void holes_said_and_unsaid(void **state)
{
	static const char yaml[] = CONFIG_HEAD
		"  - id: 0\n"
		"    cpus: [0]\n"
		"    zones:\n"
		"      - type: DMA32\n"
		"        size: 64MiB\n"
		"        present_pages: 16184\n"
		"        holes: [{start_pfn: 16384, pages: 50},\n"
		"                {start_pfn: 8192, pages: 50}]\n";
	const struct zone_desc *zone;
	struct scratch scratch;
	struct config *config;

	(void)state;
	scratch_init(&scratch);
	config = load_fine(&scratch, yaml, NULL);
	zone = config->machine.nodes[0].zones;
	assert_int_equal(zone->nr_holes, 3);
	assert_int_equal(zone->holes[0].start_pfn, 8192);
	assert_int_equal(zone->holes[0].pages, 50);
	assert_int_equal(zone->holes[1].start_pfn, 16384);
	assert_int_equal(zone->holes[2].start_pfn, 20380);
	assert_int_equal(zone->holes[2].pages, 100);
	assert_int_equal(zone->managed_pages, 16184);
	config_free(config);
	scratch_release(&scratch);
}

/*
 *	0        159    256         1000   1010    4095
 *	|########| rest |###########|  said  |######|
 *
 * Expect: what is missing is below 1 MiB, as on every PC, whatever is said of
 * frames above.
 */
static void what_is_missing_of_a_pc_is_below_1_mib(void **state)
{
	static const char yaml[] = CONFIG_HEAD
		"  - id: 0\n"
		"    cpus: [0]\n"
		"    zones:\n"
		"      - type: DMA\n"
		"        size: 16MiB\n"
		"        present_pages: 3989\n"
		"        holes: [{start_pfn: 1000, pages: 10}]\n";
	const struct zone_desc *zone;
	struct scratch scratch;
	struct config *config;

	(void)state;
	scratch_init(&scratch);
	config = load_fine(&scratch, yaml, NULL);
	zone = config->machine.nodes[0].zones;
	assert_int_equal(zone->nr_holes, 2);
	assert_int_equal(zone->holes[0].start_pfn, 159);
	assert_int_equal(zone->holes[0].pages, 97);
	assert_int_equal(zone->holes[1].start_pfn, 1000);
	config_free(config);
	scratch_release(&scratch);
}

/*
 *	0   16M      879.99M        32-bit: what the kernel maps directly
 *	|DMA| Normal | HighMem      ends two pages below 880 MiB
 */
static void a_32_bit_machine_has_high_memory(void **state)
{
	static const char yaml[] =
		"kmemsim: config\n"
		"version: 1\n"
		"name: pae\n"
		"profile: linux-6.1-i386-pae\n"
		"sysctl: {lowmem_reserve_ratio: [100, 7]}\n"
		"nodes:\n"
		"  - id: 0\n"
		"    cpus: [0]\n"
		"    zones: [{type: DMA, size: 16MiB}, {type: HighMem,"
		" size: 1GiB}]\n";
	const struct machine_desc *machine;
	struct scratch scratch;
	struct config *config;

	(void)state;
	scratch_init(&scratch);
	config = load_fine(&scratch, yaml, NULL);
	machine = &config->machine;
	assert_int_equal(machine->address_bits, 32);
	assert_int_equal(machine->nodes[0].zones[1].start_pfn, 225278);
	assert_int_equal(machine->sysctl.lowmem_reserve_ratio[ZONE_DMA], 100);
	assert_int_equal(machine->sysctl.lowmem_reserve_ratio[ZONE_NORMAL], 7);
	assert_int_equal(machine->sysctl.lowmem_reserve_ratio[ZONE_HIGHMEM], 0);
	config_free(config);
	scratch_release(&scratch);
}

/* Expect: floors and sizes in bytes hold for any page size. */
static void larger_pages(void **state)
{
	struct scratch scratch;
	struct config *config;

	(void)state;
	scratch_init(&scratch);
	config = load_fine(&scratch,
			   CONFIG_SMALL "page_size: 64KiB\nmax_order: 5\n",
			   NULL);
	assert_int_equal(config->machine.page_shift, 16);
	assert_int_equal(config->machine.nr_orders, 6);
	/* It shrank with the largest block. */
	assert_int_equal(config->machine.pageblock_order, 5);
	assert_int_equal(config->machine.nodes[0].zones[0].start_pfn, 256);
	assert_int_equal(config->machine.nodes[0].zones[0].spanned_pages, 1024);
	config_free(config);
	scratch_release(&scratch);
}

/* Expect: --set says the same as the file would. */
static void set_from_the_command_line(void **state)
{
	struct scratch scratch;
	struct config *config;

	(void)state;
	scratch_init(&scratch);
	config = load_fine(&scratch, CONFIG_SMALL,
			   "sysctl.min_free_kbytes=1024");
	assert_true(config->machine.sysctl.has_min_free_kbytes);
	assert_int_equal(config->machine.sysctl.min_free_kbytes, 1024);
	config_free(config);
	config = load_fine(&scratch, CONFIG_SMALL, "slab.allocator=slab");
	assert_int_equal(config->machine.slab_allocator, SLAB_ALLOCATOR_SLAB);
	config_free(config);
	config = load_fine(&scratch, CONFIG_SMALL,
			   "nodes.0.zones.0={type: Normal, size: 2MiB}");
	assert_int_equal(config->machine.nodes[0].zones[0].start_pfn,
			 MIB(4096));
	config_free(config);
	scratch_release(&scratch);
}

#define THREE_ZONES                                                            \
	"kmemsim: config\n"                                                    \
	"version: 1\n"                                                         \
	"nodes:\n"                                                             \
	"  - {id: 0, cpus: [0], zones: [{type: DMA, size: 16MiB},\n"           \
	"      {type: DMA32, size: 64MiB}]}\n"                                 \
	"  - {id: 1, cpus: [1], zones: []}\n"                                  \
	"  - {id: 2, cpus: [2], zones: [{type: DMA32, size: 64MiB}]}\n"

/*
 * Expect: "*" is each element, of several lists at once and of none; and what
 * is set below one of them afterwards, or in one of two such, is its own.
 */
static void set_of_each_element(void **state)
{
	const char *const words[] = {
		"nodes.*.zones.*.pcp={batch: 5, high: 60}",
		"nodes.0.zones.1.pcp.batch=9",
	};
	const char *const one[] = { "nodes.0.zones.*.pcp.batch=7" };
	struct scratch scratch;
	struct config *config;

	(void)state;
	scratch_init(&scratch);
	config = load_sets(&scratch, THREE_ZONES, words, LENGTH(words));
	assert_non_null(config);
	assert_int_equal(config->machine.nodes[0].zones[0].pcp_batch, 5);
	assert_int_equal(config->machine.nodes[0].zones[1].pcp_batch, 9);
	assert_int_equal(config->machine.nodes[2].zones[0].pcp_batch, 5);
	assert_int_equal(config->machine.nodes[2].zones[0].pcp_high, 60);
	config_free(config);
	config = load_sets(&scratch, THREE_ZONES, one, LENGTH(one));
	assert_non_null(config);
	assert_int_equal(config->machine.nodes[0].zones[0].pcp_batch, 7);
	assert_int_equal(config->machine.nodes[0].zones[1].pcp_batch, 7);
	assert_false(config->machine.nodes[2].zones[0].has_pcp);
	config_free(config);
	scratch_release(&scratch);
}

static void expect_same_node(const struct node_desc *one,
			     const struct node_desc *other)
{
	assert_int_equal(one->id, other->id);
	assert_int_equal(one->nr_cpus, other->nr_cpus);
	assert_memory_equal(one->cpus, other->cpus,
			    one->nr_cpus * sizeof(*one->cpus));
	assert_int_equal(one->nr_zones, other->nr_zones);
	for (size_t i = 0; i < one->nr_zones; i++) {
		struct zone_desc a = one->zones[i], b = other->zones[i];

		assert_int_equal(a.nr_holes, b.nr_holes);
		assert_memory_equal(a.holes, b.holes,
				    a.nr_holes * sizeof(*a.holes));
		a.holes = b.holes = NULL;
		assert_memory_equal(&a, &b, sizeof(a));
	}
}

/* Expect: all that the run goes by. */
static void expect_same_machine(const struct config *first,
				const struct config *second)
{
	const struct machine_desc *one = &first->machine;
	const struct machine_desc *other = &second->machine;

	assert_int_equal(first->sample_every_ns, second->sample_every_ns);
	assert_memory_equal(&one->sysctl, &other->sysctl, sizeof(one->sysctl));
	assert_memory_equal(&one->costs, &other->costs, sizeof(one->costs));
	assert_memory_equal(&one->disk, &other->disk, sizeof(one->disk));
	assert_memory_equal(&one->swap, &other->swap, sizeof(one->swap));
	assert_int_equal(one->swap_bytes, other->swap_bytes);
	assert_memory_equal(&one->scheduler, &other->scheduler,
			    sizeof(one->scheduler));
	assert_int_equal(one->nr_nodes, other->nr_nodes);
	for (size_t n = 0; n < one->nr_nodes; n++)
		expect_same_node(&one->nodes[n], &other->nodes[n]);
}

/*
 * Expect: the text loads again, as the same machine, and its text is the same,
 * byte for byte.
 */
static void expect_round_trip(const char *path)
{
	struct scratch scratch;
	struct config *first, *second;

	scratch_init(&scratch);
	first = config_load(path, NULL, profile_dirs, &scratch.errors);
	if (!first)
		print_errors(&scratch);
	assert_non_null(first);
	second = load_fine(&scratch, first->text, NULL);
	assert_string_equal(first->text, second->text);
	expect_same_machine(first, second);
	config_free(first);
	config_free(second);
	scratch_release(&scratch);
}

static void the_effective_config_loads_again(void **state)
{
	static const char yaml[] =
		"kmemsim: config\n"
		"version: 1\n"
		"name: \"a \\\"name\\\": \\\\ # \\x07\"\n"
		"profile: linux-6.1-x86_64\n"
		"sysctl: {min_free_kbytes: 100, lowmem_reserve_ratio: [9],"
		"  swappiness: 1, vfs_cache_pressure: 1000}\n"
		"slab: {merge: false}\n"
		"disk: {latency: 1.5us, bandwidth: 7}\n"
		"swap: {size: 4097, latency: 9, bandwidth: 1GiB}\n"
		"scheduler: {keeps_cpu: 1s, slice: 2, kernel_threads: true}\n"
		"sampling: {every: 1.5us}\n"
		"nodes:\n"
		"  - id: 3\n"
		"    cpus: [7, 1]\n"
		"    zones:\n"
		"      - type: DMA\n"
		"        start_pfn: 1\n"
		"        spanned_pages: 4095\n"
		"        present_pages: 3000\n"
		"        managed_pages: 2000\n"
		"        freed_after_boot_pages: 0\n"
		"        holes: [{start_pfn: 7, pages: 9}]\n"
		"        watermarks: {min: 1, low: 2, high: 3}\n"
		"        lowmem_reserve: [4, 5, 6, 7]\n"
		"        pcp: {high: 8, batch: 9, free_factor: 2}\n"
		"        nr_free_pages: 10\n"
		"      - {type: Normal, size: 1GiB}\n"
		"  - {id: 0, zones: [], distance: [10, 11, 12, 13]}\n";
	struct scratch scratch;

	(void)state;
	scratch_init(&scratch);
	scratch_file(&scratch, "c.yaml", yaml);
	expect_round_trip(scratch.path);
	scratch_file(&scratch, "c.yaml", CONFIG_SMALL);
	expect_round_trip(scratch.path);
	scratch_release(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_profile_says_the_rest),
		cmocka_unit_test(a_profile_says_how_memory_is_taken_back),
		cmocka_unit_test(devices_of_ones_own),
		cmocka_unit_test(sized_zones_follow_one_another),
		cmocka_unit_test(nodes_may_share_a_zone_type),
		cmocka_unit_test(a_zone_by_its_exact_pages),
		cmocka_unit_test(holes_said_and_unsaid),
		cmocka_unit_test(what_is_missing_of_a_pc_is_below_1_mib),
		cmocka_unit_test(a_32_bit_machine_has_high_memory),
		cmocka_unit_test(larger_pages),
		cmocka_unit_test(set_from_the_command_line),
		cmocka_unit_test(set_of_each_element),
		cmocka_unit_test(the_effective_config_loads_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
