/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What GFP flags are called, and what each of them buys its caller: which
 * lists it takes from, and down to how many free pages.
 */

#include "tests/unit/machine_fixture.h"

static gfp_t parse(const char *text)
{
	gfp_t flags = 0xffffffff;
	const char *bad = NULL;
	size_t bad_length;

	if (!gfp_parse(text, strlen(text), &flags, &bad, &bad_length))
		fail_msg("'%s': '%.*s' is not known", text, (int)bad_length,
			 bad);
	return flags;
}

static void expect_text(gfp_t flags, const char *expected)
{
	char text[GFP_TEXT_MAX];

	gfp_format(flags, text);
	assert_string_equal(text, expected);
}

static void expect_bad(const char *text, const char *expected)
{
	const char *bad = NULL;
	size_t length = 0;
	gfp_t flags;

	assert_false(gfp_parse(text, strlen(text), &flags, &bad, &length));
	assert_int_equal(length, strlen(expected));
	assert_memory_equal(bad, expected, length);
}

/* ---- names ---- */

/* Expect: the masks that a 6.1 kernel shows in its traces. */
static void masks_are_the_kernels(void **state)
{
	(void)state;
	assert_int_equal(parse("GFP_KERNEL"), 0xcc0);
	assert_int_equal(parse("GFP_ATOMIC"), 0xa20);
	assert_int_equal(parse("GFP_NOWAIT"), 0x800);
	assert_int_equal(parse("GFP_NOIO"), 0xc00);
	assert_int_equal(parse("GFP_NOFS"), 0xc40);
	assert_int_equal(parse("GFP_USER"), 0x100cc0);
	assert_int_equal(parse("GFP_HIGHUSER"), 0x100cc2);
	assert_int_equal(parse("GFP_HIGHUSER_MOVABLE"), 0x100cca);
	assert_int_equal(parse("GFP_KERNEL_ACCOUNT"), 0x400cc0);
	assert_int_equal(parse("GFP_TRANSHUGE_LIGHT"), 0x1c20ca);
	assert_int_equal(parse("GFP_TRANSHUGE"), 0x1c24ca);
	assert_int_equal(parse("GFP_DMA"), 1);
	assert_int_equal(parse("GFP_DMA32"), 4);
}

/* GFP_NOIO and GFP_NOWAIT are what __GFP_… names mean too. */
static const char *printed_name(const char *name)
{
	if (strcmp(name, "__GFP_RECLAIM") == 0)
		return "GFP_NOIO";
	if (strcmp(name, "__GFP_KSWAPD_RECLAIM") == 0)
		return "GFP_NOWAIT";
	return name;
}

/* Expect: each name reads as its flags, and these print as the name. */
static void every_name_reads_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < nr_gfp_printed; i++) {
		const char *name = gfp_names[i].name;

		assert_int_equal(parse(name), gfp_names[i].flags);
		expect_text(gfp_names[i].flags, printed_name(name));
	}
	assert_true(nr_gfp_printed >= 40);
}

/* Expect: any mix of flags reads back as what it was. */
static void every_mask_reads_back(void **state)
{
	uint32_t random = 1;
	char text[GFP_TEXT_MAX];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		gfp_t flags;

		random = random * 1664525 + 1013904223;
		flags = random >> 4 & 0x0fffffff & (random << 9 | random);
		if (!flags)
			continue;
		gfp_format(flags, text);
		assert_true(strlen(text) < GFP_TEXT_MAX - 1);
		assert_int_equal(parse(text), flags);
	}
}

/* Expect: the longest composition first, single flags after it. */
static void compositions_come_first(void **state)
{
	(void)state;
	expect_text(GFP_KERNEL | __GFP_ZERO, "GFP_KERNEL|__GFP_ZERO");
	expect_text(GFP_USER | __GFP_ACCOUNT, "GFP_USER|__GFP_ACCOUNT");
	expect_text(GFP_ATOMIC | __GFP_NOWARN | __GFP_COMP,
		    "GFP_ATOMIC|__GFP_NOWARN|__GFP_COMP");
	expect_text(GFP_KERNEL & ~__GFP_DIRECT_RECLAIM,
		    "GFP_NOWAIT|__GFP_IO|__GFP_FS");
	expect_text(0, "0");
}

/* Expect: bits without a name print as a number. */
static void unnamed_bits_are_shown(void **state)
{
	(void)state;
	expect_text(0x80000000, "0x80000000");
	expect_text(GFP_KERNEL | 0x80000000, "GFP_KERNEL|0x80000000");
}

static void blanks_do_not_matter(void **state)
{
	(void)state;
	assert_int_equal(parse(" GFP_KERNEL |\t__GFP_ZERO "),
			 GFP_KERNEL | __GFP_ZERO);
	assert_int_equal(parse("__GFP_IO|__GFP_IO"), __GFP_IO);
}

/* Expect: the first name that is not known, as it was written. */
static void unknown_names_are_pointed_at(void **state)
{
	(void)state;
	expect_bad("GFP_KERNEL|__GFP_NOPE|__GFP_NADA", "__GFP_NOPE");
	expect_bad("gfp_kernel", "gfp_kernel");
	expect_bad("GFP_KERNE", "GFP_KERNE");
	expect_bad("GFP_KERNELS", "GFP_KERNELS");
	expect_bad("GFP_KERNEL|", "");
	expect_bad("|GFP_KERNEL", "");
	expect_bad("", "");
	expect_bad("GFP_KERNEL __GFP_ZERO", "GFP_KERNEL __GFP_ZERO");
}

static void flags_say_the_migrate_type(void **state)
{
	(void)state;
	assert_int_equal(gfp_migratetype(GFP_KERNEL), MIGRATE_UNMOVABLE);
	assert_int_equal(gfp_migratetype(GFP_HIGHUSER), MIGRATE_UNMOVABLE);
	assert_int_equal(gfp_migratetype(GFP_HIGHUSER_MOVABLE),
			 MIGRATE_MOVABLE);
	assert_int_equal(gfp_migratetype(GFP_KERNEL | __GFP_RECLAIMABLE),
			 MIGRATE_RECLAIMABLE);
}

/* ---- what they buy ---- */

#define PAGES 8192
#define MIN 1000

static void start(struct machine *m, uint64_t pages)
{
	machine_describe(m, pages, 9, 11);
	m->zone[0].watermark[WMARK_MIN] = MIN;
	m->zone[0].watermark[WMARK_LOW] = 1250;
	m->zone[0].watermark[WMARK_HIGH] = 1500;
	/* Nothing stays on a CPU's list. */
	m->zone[0].pcp_batch = 1;
	machine_start(m);
	m->memory->zone[0].stat_threshold = INT32_MAX / 2;
}

/* Makes the zone's counter say that so many pages are free. */
static void count_free(struct machine *m, int64_t pages)
{
	struct zone *zone = &m->memory->zone[0];

	zone->free_diff[0] += zone->nr_free_pages - pages;
	zone->nr_free_pages = pages;
}

static bool succeeds(struct machine *m, gfp_t gfp, order_t order,
		     int64_t free_pages)
{
	pfn_t pfn;

	count_free(m, free_pages);
	pfn = get(m, gfp, order);
	if (pfn == PFN_NONE)
		return false;
	put(m, pfn, order);
	page_drain_all(m->memory, 0);
	return true;
}

static void expect_least(struct machine *m, gfp_t gfp, order_t order,
			 int64_t least)
{
	assert_true(succeeds(m, gfp, order, least));
	if (least)
		assert_false(succeeds(m, gfp, order, least - 1));
}

/*
 * Expect: the min mark for most, half of it with __GFP_HIGH, less for who
 * can't wait either, nothing at all for __GFP_MEMALLOC.
 */
static void who_gets_how_deep(void **state)
{
	struct machine m;

	(void)state;
	start(&m, PAGES);
	expect_least(&m, GFP_KERNEL, 0, 1001);
	expect_least(&m, GFP_HIGHUSER_MOVABLE, 0, 1001);
	expect_least(&m, GFP_NOWAIT, 0, 1001);
	expect_least(&m, 0, 0, 1001);
	expect_least(&m, GFP_KERNEL | __GFP_HIGH, 0, 501);
	expect_least(&m, GFP_ATOMIC, 0, 376);
	expect_least(&m, __GFP_HIGH, 0, 376);
	expect_least(&m, GFP_ATOMIC | __GFP_NOMEMALLOC, 0, 501);
	/* Atomic, and yet able to wait: a mistake, taken as __GFP_HIGH. */
	expect_least(&m, GFP_ATOMIC | __GFP_DIRECT_RECLAIM, 0, 501);
	expect_least(&m, GFP_ATOMIC, 3, 383);
	expect_least(&m, GFP_KERNEL | __GFP_MEMALLOC, 0, 0);
	expect_least(&m, __GFP_MEMALLOC, 0, 0);
	expect_least(&m, GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOMEMALLOC, 0,
		     1001);
	expect_least(&m, GFP_KERNEL | __GFP_NOFAIL, 0, 0);
	expect_least(&m, GFP_NOWAIT | __GFP_NOFAIL, 0, 1001);
	machine_stop(&m);
}

/*
 * The marks are boosted by 100 pages.
 *
 * Expect: single pages of GFP_ATOMIC don't see it, unless the caller could
 * wait after all.
 */
static void who_ignores_the_boost(void **state)
{
	struct machine m;

	(void)state;
	start(&m, PAGES);
	m.memory->zone[0].watermark_boost = 100;
	expect_least(&m, GFP_NOWAIT, 0, 1101);
	expect_least(&m, GFP_ATOMIC, 0, 376);
	expect_least(&m, __GFP_HIGH, 0, 414);
	expect_least(&m, GFP_ATOMIC, 1, 415);
	expect_least(&m, GFP_ATOMIC | __GFP_DIRECT_RECLAIM, 0, 551);
	machine_stop(&m);
}

/* Expect: of the low mark nobody is told: the slow path goes on to the min. */
static void the_low_mark_only_ends_the_fast_path(void **state)
{
	struct machine m;

	(void)state;
	start(&m, PAGES);
	count_free(&m, 1250 + 16);
	assert_int_equal(get_grant(&m, GFP_KERNEL, 4).path, PATH_BUDDY);
	count_free(&m, 1250 + 15);
	assert_int_equal(get_grant(&m, GFP_KERNEL, 4).path, PATH_SLOW);
	machine_stop(&m);
}

static uint64_t reserved_by(gfp_t gfp, order_t order, int64_t free_pages)
{
	uint64_t reserved;
	struct machine m;

	start(&m, PAGES);
	count_free(&m, free_pages);
	assert_int_not_equal(get(&m, gfp, order), PFN_NONE);
	reserved = m.memory->zone[0].nr_reserved_highatomic;
	machine_stop(&m);
	return reserved;
}

/*
 * Expect: a high-order GFP_ATOMIC request that came below the low mark has
 * its pageblock set aside; no other does.
 */
static void atomic_blocks_are_given_a_reserve(void **state)
{
	(void)state;
	assert_int_equal(reserved_by(GFP_ATOMIC, 1, 900), 512);
	assert_int_equal(reserved_by(GFP_ATOMIC, 1, 1252), 0);
	assert_int_equal(reserved_by(GFP_ATOMIC, 0, 900), 0);
	assert_int_equal(reserved_by(GFP_NOWAIT, 1, 1100), 0);
	assert_int_equal(reserved_by(GFP_KERNEL | __GFP_HIGH, 1, 900), 0);
	assert_int_equal(reserved_by(GFP_ATOMIC | __GFP_NOMEMALLOC, 1, 900), 0);
}

/*
 * A zone of 65536 pages: 1 % and a pageblock are 1167 pages.
 *
 * Expect: pageblocks are reserved until that is reached, which the third one
 * does; a fourth pageblock used by such requests is none of them.
 */
static void the_reserve_is_bounded(void **state)
{
	static const uint64_t expected[] = { 512, 1024, 1536, 1536, 1536 };
	struct machine m;

	(void)state;
	start(&m, 65536);
	for (int block = 0; block < 5; block++) {
		for (int i = 0; i < 32; i++) {
			count_free(&m, 1200);
			get(&m, GFP_ATOMIC, 4);
		}
		assert_int_equal(m.memory->zone[0].nr_reserved_highatomic,
				 expected[block]);
	}
	machine_stop(&m);
}

/* Pageblocks of 16: the first is a reserve, the others are in use. */
static pfn_t get_from_reserve(gfp_t gfp, order_t order)
{
	struct machine m;
	pfn_t pfn;

	machine_describe(&m, 64, 4, 6);
	machine_draw(&m, "hmmm",
		     "................ ################"
		     "################ ################");
	m.memory->zone[0].watermark[WMARK_LOW] = 64;
	pfn = get(&m, gfp, order);
	machine_stop(&m);
	return pfn;
}

/*
 * Expect: the reserve is for high-order atomic requests; in need for single
 * pages of callers that can't wait.
 */
static void who_gets_at_the_reserve(void **state)
{
	(void)state;
	assert_int_equal(get_from_reserve(GFP_ATOMIC, 2), 0);
	assert_int_equal(get_from_reserve(GFP_ATOMIC, 0), 0);
	assert_int_equal(get_from_reserve(GFP_NOWAIT, 0), 0);
	assert_int_equal(get_from_reserve(GFP_NOWAIT, 2), PFN_NONE);
	assert_int_equal(
		get_from_reserve(GFP_KERNEL | __GFP_HIGH | __GFP_NORETRY, 0),
		PFN_NONE);
}

/* Expect: pages are cleared for who asks, or for all by the kernel's option. */
static void zeroed_pages_are_work(void **state)
{
	struct machine m;

	(void)state;
	start(&m, PAGES);
	get(&m, GFP_KERNEL, 3);
	assert_int_equal(m.memory->work.count[WORK_PAGES_CLEARED], 0);
	get(&m, GFP_KERNEL | __GFP_ZERO, 3);
	assert_int_equal(m.memory->work.count[WORK_PAGES_CLEARED], 8);
	m.memory->init_on_alloc = true;
	get(&m, GFP_KERNEL, 1);
	assert_int_equal(m.memory->work.count[WORK_PAGES_CLEARED], 10);
	machine_stop(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(masks_are_the_kernels),
		cmocka_unit_test(every_name_reads_back),
		cmocka_unit_test(every_mask_reads_back),
		cmocka_unit_test(compositions_come_first),
		cmocka_unit_test(unnamed_bits_are_shown),
		cmocka_unit_test(blanks_do_not_matter),
		cmocka_unit_test(unknown_names_are_pointed_at),
		cmocka_unit_test(flags_say_the_migrate_type),
		cmocka_unit_test(who_gets_how_deep),
		cmocka_unit_test(who_ignores_the_boost),
		cmocka_unit_test(the_low_mark_only_ends_the_fast_path),
		cmocka_unit_test(atomic_blocks_are_given_a_reserve),
		cmocka_unit_test(the_reserve_is_bounded),
		cmocka_unit_test(who_gets_at_the_reserve),
		cmocka_unit_test(zeroed_pages_are_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
