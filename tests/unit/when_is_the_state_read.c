/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * At which moments samples are taken, and where a run ends: between which
 * calls, at what time, and what is read then. Calls are 10 ns apart, each
 * takes 16 of 1024 pages.
 */

#include "tests/unit/engine_story.h"

struct expected_sample {
	uint64_t t_ns;
	const char *label;
	uint64_t free_pages;
};

static void expect_samples(const struct story *story,
			   const struct expected_sample *expected, size_t nr)
{
	size_t found = 0;

	for (size_t i = 0; i < story->sink.nr; i++) {
		const struct told *told = &story->sink.told[i];

		if (told->what != TOLD_SAMPLE)
			continue;
		assert_true(found < nr);
		assert_int_equal(told->t_ns, expected[found].t_ns);
		assert_string_equal(told->text, expected[found].label);
		assert_int_equal(told->free_pages, expected[found].free_pages);
		found++;
	}
	assert_int_equal(found, nr);
}

/* Expect: what stands above is done, what stands below has not begun. */
static void a_sample_stands_where_it_is_written(void **state)
{
	static const struct expected_sample expected[] = {
		{ 0, "before", 1024 },
		{ 20, "between", 1008 },
		{ 40, "after", 992 },
	};
	struct story *story = *state;

	story_sample_as(story, "before");
	story_alloc(story, 1, 4);
	story_sample_as(story, "between");
	story_alloc(story, 2, 4);
	story_sample_as(story, "after");
	story_run_well(story);
	expect_samples(story, expected, 3);
	/* Samples have no number. */
	assert_int_equal(story->totals.ops, 2);
	assert_int_equal(story_outcome(story, 2)->seq, 2);
}

/* Expect: the same where all of it happens at one moment. */
static void order_counts_at_one_moment(void **state)
{
	static const struct expected_sample expected[] = {
		{ 5, "before", 1024 },
		{ 5, "between", 1008 },
	};
	struct story *story = *state;

	story_sample_as(story, "before");
	story_alloc(story, 1, 4);
	story_sample_as(story, "between");
	story_alloc(story, 2, 4);
	for (size_t i = 0; i < story->nr_calls; i++)
		story->call[i].t_ns = 5;
	story_run_well(story);
	expect_samples(story, expected, 2);
}

/*
 *	calls    0     10     20     30     40
 *	clock    0        15            30
 *
 * Expect: a sample of the clock comes before what happens at its time; the
 * first one is the state that the run begins with.
 */
static void the_clock_reads_before_the_calls_of_its_time(void **state)
{
	static const struct expected_sample expected[] = {
		{ 0, "clock", 1024 },
		{ 15, "clock", 1024 - 2 * 16 },
		{ 30, "clock", 1024 - 3 * 16 },
	};
	struct story *story = *state;

	story->options.sample_every_ns = 15;
	for (uint64_t id = 0; id < 5; id++)
		story_alloc(story, id, 4);
	story_run_well(story);
	expect_samples(story, expected, 3);
	assert_int_equal(story->totals.sim_ns, 40);
}

/* Expect: with an end to come to, the clock goes on after the last call. */
static void the_clock_runs_to_the_end(void **state)
{
	static const struct expected_sample expected[] = {
		{ 0, "clock", 1024 },
		{ 10, "clock", 1008 },
		{ 20, "clock", 1008 },
		{ 30, "clock", 1008 },
	};
	struct story *story = *state;

	story->options.sample_every_ns = 10;
	story->options.until_ns = 39;
	story_alloc(story, 1, 4);
	story_run_well(story);
	expect_samples(story, expected, 4);
	assert_int_equal(story->totals.sim_ns, 39);
}

/* Expect: calls at the end are made, calls after it are not. */
static void a_run_may_end_early(void **state)
{
	struct story *story = *state;

	story->options.until_ns = 20;
	for (uint64_t id = 0; id < 5; id++)
		story_alloc(story, id, 4);
	story_run_well(story);
	assert_int_equal(story->totals.ops, 3);
	assert_int_equal(story->totals.sim_ns, 20);
}

/* Expect: an interrupted run ends as one, with its sinks told. */
static void a_run_may_be_interrupted(void **state)
{
	struct story *story = *state;
	volatile int interrupted = 1;

	story->options.interrupted = &interrupted;
	story_alloc(story, 1, 4);
	assert_int_equal(story_run(story), ENGINE_DONE);
	assert_int_equal(story->totals.status, RUN_INTERRUPTED);
	assert_int_equal(story->sink.status, RUN_INTERRUPTED);
	assert_int_equal(story->sink.ended, 1);
	assert_int_equal(story->totals.ops, 0);
}

/* Expect: draining is no operation that counts, and leaves no outcome. */
static void drains_are_not_counted(void **state)
{
	static const struct expected_sample expected[] = {
		{ 10, "kept", 1024 - 8 },
		{ 30, "drained", 1024 - 2 },
	};
	struct story *story = *state;

	/* A refill brings four blocks of two pages. */
	story->m.zone[0].pcp_batch = 8;
	story->m.zone[0].pcp_high = 100;
	story_alloc(story, 1, 1);
	story_sample_as(story, "kept");
	story_add(story, OP_DRAIN_ALL_PAGES);
	story_sample_as(story, "drained");
	story_run_well(story);
	expect_samples(story, expected, 2);
	assert_int_equal(story->totals.ops, 1);
}

/* Expect: a frame names the zone whose lists are drained, or none. */
static void one_zones_lists_are_drained(void **state)
{
	static const struct expected_sample expected[] = {
		{ 20, "kept", 1024 - 8 },
		{ 40, "drained", 1024 - 2 },
	};
	struct story *story = *state;
	struct call *call;

	story->m.zone[0].pcp_batch = 8;
	story->m.zone[0].pcp_high = 100;
	story_alloc(story, 1, 1);
	call = story_add(story, OP_DRAIN_ALL_PAGES);
	call->has |= CALL_HAS_PFN;
	call->pfn = 1 << 20;
	story_sample_as(story, "kept");
	call = story_add(story, OP_DRAIN_ALL_PAGES);
	call->has |= CALL_HAS_PFN;
	call->pfn = 1;
	story_sample_as(story, "drained");
	story_run_well(story);
	expect_samples(story, expected, 2);
}

/*
 * Four batches is what lists may hold while a recorded kswapd is at work.
 *
 * Expect: 12 pages freed then leave fewer than 4 there; of 12 freed after it
 * all stay. None of its words counts as an operation.
 */
static void lists_are_short_while_a_recorded_kswapd_runs(void **state)
{
	static const struct expected_sample expected[] = {
		{ 250, "short", 1024 - 3 },
		{ 510, "long", 1024 - 12 },
	};
	struct story *story = *state;

	story->m.zone[0].pcp_batch = 1;
	story->m.zone[0].pcp_high = 100;
	for (uint64_t id = 1; id <= 24; id++) {
		story_alloc(story, id, 0);
		if (id % 12)
			continue;
		if (id == 12)
			story_add(story, OP_KSWAPD_BEGIN);
		for (uint64_t last = id; last > id - 12; last--)
			story_free(story, last);
		story_sample_as(story, id == 12 ? "short" : "long");
		story_add(story, OP_KSWAPD_END);
	}
	story_run_well(story);
	expect_samples(story, expected, 2);
	assert_int_equal(story->totals.ops, 48);
}

/*
 * Taking unmovable pages from a movable pageblock boosts the watermarks.
 *
 * Expect: kswapd, woken by that, has ended the boost before the next call,
 * which therefore stays on the fast path.
 */
static void kswapd_runs_between_calls(void **state)
{
	struct story *story = *state;

	story->m.desc.sysctl.watermark_boost_factor = 15000;
	story->m.zone[0].spanned_pages = 4096;
	story->m.zone[0].present_pages = 4096;
	story->m.zone[0].managed_pages = 4096;
	story->m.zone[0].watermark[WMARK_LOW] = 1;
	story->m.zone[0].watermark[WMARK_HIGH] = 2048;
	for (uint64_t id = 0; id < 7; id++)
		story_alloc(story, id, 9)->gfp = GFP_HIGHUSER_MOVABLE;
	story_alloc(story, 7, 8)->gfp = GFP_HIGHUSER_MOVABLE;
	/* 256 pages are left, below a boost of 512. */
	story_alloc(story, 8, 4);
	story_alloc(story, 9, 4);
	story_run_well(story);
	assert_int_equal(story_outcome(story, 9)->path, PATH_BUDDY);
	assert_int_equal(story_outcome(story, 10)->path, PATH_BUDDY);
}

/*
 *	Normal   taken whole		DMA32   256 pages left, boosted
 *
 * Expect: a request that finds nothing in Normal wakes kswapd for the boost of
 * DMA32, too, so that the next one is served.
 */
static void kswapd_sees_to_lower_zones(void **state)
{
	struct story *story = *state;
	struct machine *m = &story->m;

	m->desc.sysctl.watermark_boost_factor = 15000;
	m->zone[0] = open_zone(ZONE_DMA32, 0, 4096);
	m->zone[0].watermark[WMARK_HIGH] = 2048;
	m->zone[1] = open_zone(ZONE_NORMAL, 4096, 512);
	m->node[0].nr_zones = 2;
	for (uint64_t id = 0; id < 7; id++)
		story_alloc(story, id, 9)->gfp = GFP_DMA32 | __GFP_MOVABLE;
	story_alloc(story, 7, 8)->gfp = GFP_DMA32 | __GFP_MOVABLE;
	/* Boosts, and may not wake kswapd. */
	story_alloc(story, 8, 4)->gfp = GFP_DMA32;
	story_alloc(story, 9, 9)->gfp = GFP_NOWAIT;
	story_alloc(story, 10, 4)->gfp = GFP_NOWAIT;
	story_alloc(story, 11, 4)->gfp = GFP_NOWAIT;
	story_run_well(story);
	assert_int_equal(story_outcome(story, 10)->pfn, 4096);
	assert_int_equal(story_outcome(story, 11)->status, OUTCOME_FAILED);
	assert_int_equal(story_outcome(story, 12)->path, PATH_BUDDY);
}

#define test(name)                                                             \
	cmocka_unit_test_setup_teardown(name, story_set_up, story_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_sample_stands_where_it_is_written),
		test(order_counts_at_one_moment),
		test(the_clock_reads_before_the_calls_of_its_time),
		test(the_clock_runs_to_the_end),
		test(a_run_may_end_early),
		test(a_run_may_be_interrupted),
		test(drains_are_not_counted),
		test(one_zones_lists_are_drained),
		test(lists_are_short_while_a_recorded_kswapd_runs),
		test(kswapd_runs_between_calls),
		test(kswapd_sees_to_lower_zones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
