/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a kernel keeps free, computed from the sizes of its zones alone, as
 * running kernels show it in /proc/zoneinfo; and the bounds of each formula.
 *
 * Sizes are what zoneinfo tells. What the kernels gave back after they had
 * computed all this: 2011 pages of the x86_64 image, 296 of the i386 one, 298
 * of the initial ramdisk.
 */

#include "tests/unit/machine_fixture.h"
#include "sim/base/numbers.h"

#define KERNEL_FREED 2011
#define I386_KERNEL_FREED 296
#define INITRD_FREED 298

struct shown {
	struct zone_desc zone;
	node_t node;
	int64_t watermark[NR_WMARK];
	int64_t reserve[NR_ZONE_TYPES]; /* by the request's zone */
	uint32_t high;
	uint32_t batch;
	int32_t threshold; /* 0: not known */
};

#define DMA_SIZES                                                              \
	{                                                                      \
		.type = ZONE_DMA, .start_pfn = 1, .spanned_pages = 4095,       \
		.present_pages = 3998, .managed_pages = 3840                   \
	}

/* 768 MiB, one CPU: khugepaged has raised the marks. */
static const struct shown one_node[] = {
	{ .zone = DMA_SIZES,
	  .watermark = { 190, 237, 284 },
	  .reserve = { 0, 684, 684, 684, 684 },
	  .high = 237,
	  .batch = 1,
	  .threshold = 2 },
	{ .zone = { .type = ZONE_DMA32,
		    .start_pfn = 4096,
		    .spanned_pages = 192480,
		    .present_pages = 192480,
		    .managed_pages = 177584,
		    .freed_after_boot_pages = KERNEL_FREED + INITRD_FREED },
	  .watermark = { 8701, 10876, 13051 },
	  .high = 10876,
	  .batch = 31,
	  .threshold = 8 },
};

/* Twice 512 MiB, two nodes with a CPU each. */
static const struct shown two_nodes[] = {
	{ .zone = DMA_SIZES,
	  .watermark = { 190, 237, 284 },
	  .reserve = { 0, 435, 435, 435, 435 },
	  .high = 237,
	  .batch = 1,
	  .threshold = 4 },
	{ .zone = { .type = ZONE_DMA32,
		    .start_pfn = 4096,
		    .spanned_pages = 126976,
		    .present_pages = 126976,
		    .managed_pages = 113501,
		    .freed_after_boot_pages = KERNEL_FREED },
	  .watermark = { 5540, 6925, 8310 },
	  .high = 6925,
	  .batch = 31,
	  .threshold = 12 },
	{ .zone = { .type = ZONE_DMA32,
		    .start_pfn = 131072,
		    .spanned_pages = 131040,
		    .present_pages = 131040,
		    .managed_pages = 128873,
		    .freed_after_boot_pages = INITRD_FREED },
	  .node = 1,
	  .watermark = { 6389, 7986, 9583 },
	  .high = 7986,
	  .batch = 31,
	  .threshold = 12 },
};

/* 384 MiB: too little for khugepaged. */
static const struct shown small_node[] = {
	{ .zone = DMA_SIZES,
	  .watermark = { 26, 32, 38 },
	  .reserve = { 0, 307, 307, 307, 307 },
	  .high = 32,
	  .batch = 1,
	  .threshold = 2 },
	{ .zone = { .type = ZONE_DMA32,
		    .start_pfn = 4096,
		    .spanned_pages = 94173,
		    .present_pages = 94173,
		    .managed_pages = 81005,
		    .freed_after_boot_pages = KERNEL_FREED + INITRD_FREED },
	  .watermark = { 547, 683, 819 },
	  .high = 683,
	  .batch = 15,
	  .threshold = 6 },
};

/* 32 bits, 2 GiB: HighMem does not count, and gets a small mark. */
static const struct shown highmem[] = {
	{ .zone = DMA_SIZES,
	  .watermark = { 190, 237, 284 },
	  .reserve = { [ZONE_NORMAL] = 826,
		       [ZONE_HIGHMEM] = 1994,
		       [ZONE_MOVABLE] = 1994 },
	  .high = 237,
	  .batch = 1 },
	{ .zone = { .type = ZONE_NORMAL,
		    .start_pfn = 4096,
		    .spanned_pages = 221182,
		    .present_pages = 221182,
		    .managed_pages = 212197,
		    .freed_after_boot_pages =
			    I386_KERNEL_FREED + INITRD_FREED },
	  .watermark = { 10511, 13138, 15765 },
	  .reserve = { [ZONE_HIGHMEM] = 9343, [ZONE_MOVABLE] = 9343 },
	  .high = 13138,
	  .batch = 63 },
	{ .zone = { .type = ZONE_HIGHMEM,
		    .start_pfn = 225278,
		    .spanned_pages = 298978,
		    .present_pages = 298978,
		    .managed_pages = 298978 },
	  .watermark = { 128, 3840, 7552 },
	  .high = 3840,
	  .batch = 63 },
};

/* The legacy hole below 1 MiB. */
static struct hole_desc dma_hole = { 159, 97 };

static void place(struct machine *m, const struct shown *shown, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct node_desc *node = &m->node[shown[i].node];

		m->zone[i] = shown[i].zone;
		if (shown[i].zone.type == ZONE_DMA) {
			m->zone[i].holes = &dma_hole;
			m->zone[i].nr_holes = 1;
		}
		if (!node->nr_zones++) {
			node->id = shown[i].node;
			node->zones = &m->zone[i];
			node->cpus = &m->cpu[shown[i].node];
			node->nr_cpus = 1;
		}
		m->desc.nr_nodes = shown[i].node + 1;
	}
}

static void expect_zone(const struct zone *zone, const struct shown *shown)
{
	for (int mark = 0; mark < NR_WMARK; mark++)
		assert_int_equal(zone->watermark[mark], shown->watermark[mark]);
	for (int type = 0; type < NR_ZONE_TYPES; type++)
		assert_int_equal(zone->lowmem_reserve[type],
				 shown->reserve[type]);
	assert_int_equal(zone->pcp_high, shown->high);
	assert_int_equal(zone->pcp_batch, shown->batch);
	assert_int_equal(zone->pcp[0].high, shown->high);
	assert_int_equal(zone->pcp[0].batch, shown->batch);
	if (shown->threshold)
		assert_int_equal(zone->stat_threshold, shown->threshold);
}

static void describe(struct machine *m)
{
	memset(m, 0, sizeof(*m));
	m->desc = machine_of(m, 9, 11);
	m->desc.transparent_hugepage = true;
}

static void expect_shown(struct machine *m, const struct shown *shown,
			 size_t nr)
{
	place(m, shown, nr);
	machine_start(m);
	for (size_t i = 0; i < nr; i++)
		expect_zone(&m->memory->zone[i], &shown[i]);
	machine_stop(m);
}

/* Expect: every zone as the kernel showed it. */
static void as_on_one_node(void **state)
{
	struct machine m;

	(void)state;
	describe(&m);
	expect_shown(&m, one_node, LENGTH(one_node));
}

static void as_on_two_nodes(void **state)
{
	struct machine m;

	(void)state;
	describe(&m);
	expect_shown(&m, two_nodes, LENGTH(two_nodes));
}

static void as_on_a_small_node(void **state)
{
	struct machine m;

	(void)state;
	describe(&m);
	expect_shown(&m, small_node, LENGTH(small_node));
}

static void as_with_highmem(void **state)
{
	struct machine m;

	(void)state;
	describe(&m);
	m.desc.zone_types = I386_ZONES;
	m.desc.numa = false;
	m.desc.address_bits = 32;
	m.desc.sysctl.lowmem_reserve_ratio[ZONE_NORMAL] = 32;
	m.desc.sysctl.lowmem_reserve_ratio[ZONE_DMA32] = 0;
	expect_shown(&m, highmem, LENGTH(highmem));
}

/* ---- the bounds of each formula ---- */

/* One Normal zone of that many pages, without huge pages. */
static const struct zone *start_zone(struct machine *m, uint64_t pages)
{
	m->zone[0] = zone_of(ZONE_NORMAL, 0, pages);
	m->node[0] = (struct node_desc){
		.cpus = m->cpu, .nr_cpus = 1, .zones = m->zone, .nr_zones = 1
	};
	machine_start(m);
	return &m->memory->zone[0];
}

static int64_t min_kbytes(uint64_t mbytes, uint32_t shift)
{
	struct machine m;
	int64_t pages;

	describe(&m);
	m.desc.transparent_hugepage = false;
	m.desc.page_shift = shift;
	pages = start_zone(&m, mbytes << (20 - shift))->watermark[WMARK_MIN];
	memory_free(m.memory);
	return pages << (shift - 10);
}

/*
 * Expect: the square root of 16 times the kilobytes, in whole pages, between
 * 128 kB and 256 MB.
 */
static void the_min_mark_grows_with_the_root(void **state)
{
	(void)state;
	assert_int_equal(min_kbytes(1, 12), 128);
	assert_int_equal(min_kbytes(4, 12), 256);
	assert_int_equal(min_kbytes(16, 12), 512);
	assert_int_equal(min_kbytes(32, 12), 724);
	assert_int_equal(min_kbytes(1024, 12), 4096);
	assert_int_equal(min_kbytes(16384, 12), 16384);
	assert_int_equal(min_kbytes(3 << 20, 16), 227023 / 64 * 64);
	assert_int_equal(min_kbytes(5 << 20, 16), 262144);
}

/* Expect: what the user sets is taken, 4 MiB here, and shared out by size. */
static void min_free_kbytes_is_shared_out(void **state)
{
	struct machine m;

	(void)state;
	describe(&m);
	m.desc.sysctl.has_min_free_kbytes = true;
	m.desc.sysctl.min_free_kbytes = 4096;
	m.zone[0] = zone_of(ZONE_DMA32, 0, 1 << 16);
	m.zone[1] = zone_of(ZONE_NORMAL, 1 << 16, 3 << 16);
	m.node[0] = (struct node_desc){
		.cpus = m.cpu, .nr_cpus = 1, .zones = m.zone, .nr_zones = 2
	};
	machine_start(&m);
	assert_int_equal(m.memory->zone[0].watermark[WMARK_MIN], 256);
	assert_int_equal(m.memory->zone[0].watermark[WMARK_LOW], 256 + 65);
	assert_int_equal(m.memory->zone[0].watermark[WMARK_HIGH], 256 + 130);
	assert_int_equal(m.memory->zone[1].watermark[WMARK_MIN], 768);
	assert_int_equal(m.memory->zone[1].watermark[WMARK_LOW], 768 + 196);
	assert_int_equal(m.memory->zone[1].watermark[WMARK_HIGH], 768 + 392);
	machine_stop(&m);
}

/* Expect: the marks lie 1 % of the zone apart with a scale factor of 100. */
static void the_scale_factor_spreads_the_marks(void **state)
{
	const struct zone *zone;
	struct machine m;

	(void)state;
	describe(&m);
	m.desc.transparent_hugepage = false;
	m.desc.sysctl.watermark_scale_factor = 100;
	zone = start_zone(&m, 1 << 18);
	assert_int_equal(zone->watermark[WMARK_MIN], 1024);
	assert_int_equal(zone->watermark[WMARK_LOW], 1024 + 2621);
	assert_int_equal(zone->watermark[WMARK_HIGH], 1024 + 2 * 2621);
	machine_stop(&m);
}

static void expect_batch(uint64_t pages, uint32_t shift, uint32_t batch)
{
	struct machine m;

	describe(&m);
	m.desc.page_shift = shift;
	m.desc.transparent_hugepage = false;
	assert_int_equal(start_zone(&m, pages)->pcp_batch, batch);
	memory_free(m.memory);
}

/* Expect: one less than a power of two, 63 at most with pages of 4 KiB. */
static void batches_are_bounded(void **state)
{
	(void)state;
	expect_batch(1 << 10, 12, 1);
	expect_batch(1 << 14, 12, 3);
	expect_batch(1 << 17, 12, 31);
	expect_batch(1 << 18, 12, 63);
	expect_batch(1 << 24, 12, 63);
	expect_batch(1 << 20, 14, 15);
	expect_batch(1 << 20, 16, 3);
}

/*
 * Expect: the node's CPUs share its low mark; a fraction, where set, counts
 * instead; four batches are the least.
 */
static void what_a_cpu_may_keep(void **state)
{
	const struct zone *zone;
	struct machine m;

	(void)state;
	describe(&m);
	m.desc.transparent_hugepage = false;
	zone = start_zone(&m, 1 << 18);
	assert_int_equal(zone->pcp_high, 1024 + 262);
	memory_free(m.memory);

	m.node[0].nr_cpus = 4;
	machine_start(&m);
	zone = &m.memory->zone[0];
	assert_int_equal(zone->pcp_high, (1024 + 262) / 4);
	memory_free(m.memory);

	m.desc.sysctl.percpu_pagelist_high_fraction = 8;
	machine_start(&m);
	assert_int_equal(m.memory->zone[0].pcp_high, (1 << 18) / 8 / 4);
	memory_free(m.memory);

	m.desc.sysctl.percpu_pagelist_high_fraction = 1 << 17;
	machine_start(&m);
	assert_int_equal(m.memory->zone[0].pcp_high, 4 * 63);
	machine_stop(&m);
}

/* Expect: of a node without CPUs, all CPUs have a share. */
static void nodes_without_cpus_are_shared_by_all(void **state)
{
	struct machine m;

	(void)state;
	describe(&m);
	m.desc.transparent_hugepage = false;
	m.desc.nr_nodes = 2;
	m.zone[0] = zone_of(ZONE_NORMAL, 0, 1 << 18);
	m.node[0] = (struct node_desc){ .cpus = m.cpu, .nr_cpus = 2 };
	m.node[1] =
		(struct node_desc){ .id = 1, .zones = m.zone, .nr_zones = 1 };
	machine_start(&m);
	assert_int_equal(m.memory->zone[0].pcp_high, (1024 + 262) / 2);
	machine_stop(&m);
}

/* Expect: CPUs 0 and 3 are two, whatever their numbers. */
static void numbers_of_cpus_may_have_gaps(void **state)
{
	struct machine m;
	cpu_t cpu[2] = { 0, 3 };

	(void)state;
	describe(&m);
	m.desc.transparent_hugepage = false;
	m.zone[0] = zone_of(ZONE_NORMAL, 0, 1 << 18);
	m.node[0] = (struct node_desc){
		.cpus = cpu, .nr_cpus = 2, .zones = m.zone, .nr_zones = 1
	};
	machine_start(&m);
	assert_int_equal(m.memory->zone[0].pcp_high, (1024 + 262) / 2);
	assert_int_equal(m.memory->zone[0].stat_threshold, 2 * 2 * 5);
	machine_stop(&m);
}

/* Expect: counters lag the more, the more CPUs and memory, by 125 at most. */
static void counters_lag_by_125_at_most(void **state)
{
	static cpu_t cpu[MAX_CPUS];
	struct machine m;

	(void)state;
	describe(&m);
	for (int i = 0; i < MAX_CPUS; i++)
		cpu[i] = i;
	start_zone(&m, 1 << 18);
	assert_int_equal(m.memory->zone[0].stat_threshold, 10);
	memory_free(m.memory);
	m.node[0].cpus = cpu;
	m.node[0].nr_cpus = 8;
	machine_start(&m);
	assert_int_equal(m.memory->zone[0].stat_threshold, 40);
	memory_free(m.memory);
	m.node[0].nr_cpus = MAX_CPUS;
	m.zone[0] = zone_of(ZONE_NORMAL, 0, 1 << 20);
	machine_start(&m);
	assert_int_equal(m.memory->zone[0].stat_threshold, 125);
	memory_free(m.memory);
}

/* Expect: HighMem's min mark is 32 to 128 pages. */
static void expect_highmem_min(uint64_t pages, int64_t min)
{
	struct machine m;

	describe(&m);
	m.desc.zone_types = I386_ZONES;
	m.zone[0] = zone_of(ZONE_NORMAL, 0, 1 << 16);
	m.zone[1] = zone_of(ZONE_HIGHMEM, 1 << 16, pages);
	m.node[0] = (struct node_desc){
		.cpus = m.cpu, .nr_cpus = 1, .zones = m.zone, .nr_zones = 2
	};
	machine_start(&m);
	assert_int_equal(m.memory->zone[1].watermark[WMARK_MIN], min);
	machine_stop(&m);
}

static void highmem_needs_little(void **state)
{
	(void)state;
	expect_highmem_min(1 << 12, 32);
	expect_highmem_min(1 << 16, 64);
	expect_highmem_min(1 << 18, 128);
}

/*
 * Expect: nor does Movable that is made of it; Normal has the whole of 1024
 * pages. Where the kernel knows no HighMem, Movable has a share, a quarter.
 */
static void movable_highmem_needs_little(void **state)
{
	struct machine m;

	(void)state;
	describe(&m);
	m.desc.transparent_hugepage = false;
	m.desc.zone_types = I386_ZONES;
	m.desc.sysctl.has_min_free_kbytes = true;
	m.desc.sysctl.min_free_kbytes = 4096;
	m.zone[0] = zone_of(ZONE_NORMAL, 0, 3 << 16);
	m.zone[1] = zone_of(ZONE_MOVABLE, 3 << 16, 1 << 16);
	m.node[0] = (struct node_desc){
		.cpus = m.cpu, .nr_cpus = 1, .zones = m.zone, .nr_zones = 2
	};
	machine_start(&m);
	assert_int_equal(m.memory->zone[0].watermark[WMARK_MIN], 1024);
	assert_int_equal(m.memory->zone[1].watermark[WMARK_MIN], 64);
	memory_free(m.memory);
	m.desc.zone_types = X86_64_ZONES;
	machine_start(&m);
	assert_int_equal(m.memory->zone[0].watermark[WMARK_MIN], 768);
	assert_int_equal(m.memory->zone[1].watermark[WMARK_MIN], 256);
	machine_stop(&m);
}

/* Expect: what a config gives is taken as it is. */
static void given_numbers_win(void **state)
{
	struct machine m;
	struct zone_desc *zone = &m.zone[0];

	(void)state;
	describe(&m);
	m.node[0] = (struct node_desc){
		.cpus = m.cpu, .nr_cpus = 1, .zones = m.zone, .nr_zones = 1
	};
	*zone = zone_of(ZONE_NORMAL, 0, 1 << 16);
	zone->has_watermarks = zone->has_lowmem_reserve = true;
	zone->has_pcp = zone->has_nr_free_pages = true;
	memcpy(zone->watermark, (uint64_t[]){ 1, 2, 3 }, 3 * sizeof(uint64_t));
	zone->lowmem_reserve[ZONE_MOVABLE] = 77;
	zone->pcp_high = 99;
	zone->pcp_batch = 11;
	zone->pcp_free_factor = 3;
	zone->nr_free_pages = (1 << 16) - 5;
	machine_start(&m);
	expect_zone(&m.memory->zone[0],
		    &(struct shown){ .watermark = { 1, 2, 3 },
				     .reserve = { [ZONE_MOVABLE] = 77 },
				     .high = 99,
				     .batch = 11 });
	assert_int_equal(m.memory->zone[0].pcp[0].free_factor, 3);
	assert_int_equal(m.memory->zone[0].nr_free_pages, (1 << 16) - 5);
	assert_int_equal(m.memory->zone[0].free_diff[0], 5);
	memory_free(m.memory);

	/* 65,536 pages: batches of 15 and, here, a low mark of 2 pages. */
	zone->pcp_batch_auto = true;
	machine_start(&m);
	assert_int_equal(m.memory->zone[0].pcp_high, 99);
	assert_int_equal(m.memory->zone[0].pcp_batch, 15);
	memory_free(m.memory);
	zone->pcp_batch_auto = false;
	zone->pcp_high_auto = true;
	machine_start(&m);
	assert_int_equal(m.memory->zone[0].pcp_high, 4 * 11);
	assert_int_equal(m.memory->zone[0].pcp_batch, 11);
	machine_stop(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_on_one_node),
		cmocka_unit_test(as_on_two_nodes),
		cmocka_unit_test(as_on_a_small_node),
		cmocka_unit_test(as_with_highmem),
		cmocka_unit_test(the_min_mark_grows_with_the_root),
		cmocka_unit_test(min_free_kbytes_is_shared_out),
		cmocka_unit_test(the_scale_factor_spreads_the_marks),
		cmocka_unit_test(batches_are_bounded),
		cmocka_unit_test(what_a_cpu_may_keep),
		cmocka_unit_test(nodes_without_cpus_are_shared_by_all),
		cmocka_unit_test(numbers_of_cpus_may_have_gaps),
		cmocka_unit_test(counters_lag_by_125_at_most),
		cmocka_unit_test(highmem_needs_little),
		cmocka_unit_test(movable_highmem_needs_little),
		cmocka_unit_test(given_numbers_win),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
