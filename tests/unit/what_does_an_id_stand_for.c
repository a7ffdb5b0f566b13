/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the ids of a workload mean while it runs: which are live, when one may
 * be used again, what becomes of frees that are wrong.
 */

#include "tests/unit/engine_story.h"

static void expect_outcome(const struct story *story, size_t n,
			   enum outcome_status status, pfn_t pfn)
{
	const struct outcome *outcome = story_outcome(story, n);

	assert_int_equal(outcome->seq, n);
	assert_int_equal(outcome->status, status);
	assert_int_equal(outcome->pfn, pfn);
}

/* Expect: an id may be used again once it is freed. */
static void a_freed_id_may_be_used_again(void **state)
{
	struct story *story = *state;

	story_alloc(story, 1, 4);
	story_alloc(story, 2, 4);
	story_free(story, 1);
	story_alloc(story, 1, 9);
	story_free(story, 2);
	story_free(story, 1);
	story_run_well(story);
	expect_outcome(story, 1, OUTCOME_OK, 0);
	expect_outcome(story, 2, OUTCOME_OK, 16);
	expect_outcome(story, 3, OUTCOME_OK, 0);
	expect_outcome(story, 4, OUTCOME_OK, 512);
	expect_outcome(story, 5, OUTCOME_OK, 16);
	expect_outcome(story, 6, OUTCOME_OK, 512);
	assert_int_equal(story->totals.ops, 6);
}

/* Expect: named ids stand beside numbered ones. */
static void names_are_ids_too(void **state)
{
	struct story *story = *state;
	uint32_t ring = names_intern(story->names, "ring", 4);
	struct call *call;

	story_alloc(story, ring, 4);
	call = story_alloc(story, ring, 5);
	call->has = (call->has & ~CALL_HAS_ID) | CALL_HAS_NAMED_ID;
	story_free(story, ring);
	call = story_free(story, ring);
	call->has = (call->has & ~CALL_HAS_ID) | CALL_HAS_NAMED_ID;
	story_run_well(story);
	expect_outcome(story, 3, OUTCOME_OK, 0);
	expect_outcome(story, 4, OUTCOME_OK, 32);
}

/*
 * Two blocks of 4 MiB, where there is one.
 *
 * Expect: the second fails, which is a result; its free does nothing and is
 * counted as skipped, and the id is free for others.
 */
static void a_failed_id_is_freed_in_vain(void **state)
{
	struct story *story = *state;

	story_alloc(story, 1, 10);
	story_alloc(story, 2, 10);
	story_free(story, 2);
	story_alloc(story, 2, 10);
	story_alloc(story, 2, 9);
	story_free(story, 1);
	story_run_well(story);
	expect_outcome(story, 2, OUTCOME_FAILED, PFN_NONE);
	expect_outcome(story, 3, OUTCOME_SKIPPED, PFN_NONE);
	assert_int_equal(story_outcome(story, 3)->skipped, SKIP_ALLOC_FAILED);
	/* An id that failed may be used again without being freed. */
	expect_outcome(story, 4, OUTCOME_FAILED, PFN_NONE);
	expect_outcome(story, 5, OUTCOME_FAILED, PFN_NONE);
	assert_int_equal(story->totals.failed, 3);
	assert_int_equal(story->totals.skipped, 1);
}

static void expect_invalid(struct story *story, const char *expected)
{
	assert_int_equal(story_run(story), ENGINE_INVALID);
	assert_int_equal(story->totals.status, RUN_FAILED);
	assert_int_equal(story->sink.ended, 1);
	assert_int_equal(story->m.errors.nr, 1);
	if (!strstr(story->m.errors.text[0], expected))
		fail_msg("expected '%s', found '%s'", expected,
			 story->m.errors.text[0]);
}

/* Expect: a double free is invalid input, at its place… */
static void a_double_free_is_invalid(void **state)
{
	struct story *story = *state;

	story_alloc(story, 1, 0);
	story_free(story, 1);
	story_free(story, 1);
	expect_invalid(story, "story.yaml:3:");
}

static void so_is_an_id_never_allocated(void **state)
{
	struct story *story = *state;

	story_free(story, 99);
	expect_invalid(story, "id 99 is not live");
}

static void so_is_an_id_used_twice(void **state)
{
	struct story *story = *state;

	story_alloc(story, 1, 0);
	story_alloc(story, 1, 0);
	expect_invalid(story, "id 1 is live");
}

static void so_is_a_cpu_that_is_not_there(void **state)
{
	struct story *story = *state;

	story_alloc(story, 1, 0)->cpu = 2;
	expect_invalid(story, "cpu 2: the machine has no such CPU");
}

/* Expect: nor is one between those that there are. */
static void so_is_a_cpu_in_a_gap(void **state)
{
	struct story *story = *state;

	story->m.cpu[1] = 3;
	story_alloc(story, 1, 0)->cpu = 3;
	story_alloc(story, 2, 0)->cpu = 1;
	expect_invalid(story, "cpu 1: the machine has no such CPU");
}

static void so_is_a_node_that_is_not_there(void **state)
{
	struct story *story = *state;

	story_alloc(story, 1, 0)->node = 1;
	expect_invalid(story, "no such node");
}

/* Expect: …unless bad frees are to be counted: a violation, and on it goes. */
static void bad_frees_may_be_counted(void **state)
{
	struct story *story = *state;

	story->options.count_bad_frees = true;
	story_alloc(story, 1, 4);
	story_free(story, 1);
	story_free(story, 1);
	story_alloc(story, 1, 5);
	story_run_well(story);
	assert_int_equal(story->totals.violations, 1);
	assert_int_equal(story->sink.told[2].what, TOLD_VIOLATION);
	assert_string_equal(story->sink.told[2].text, "bad-free");
	expect_outcome(story, 3, OUTCOME_SKIPPED, PFN_NONE);
	assert_int_equal(story_outcome(story, 3)->skipped, SKIP_BAD_FREE);
	expect_outcome(story, 4, OUTCOME_OK, 0);
}

/* Expect: pages freed by kfree are freed, and that it was wrong is noted. */
static void a_wrong_free_is_a_violation(void **state)
{
	struct story *story = *state;

	story_alloc(story, 1, 4);
	story_free(story, 1)->op = OP_KFREE;
	story_alloc(story, 2, 4);
	story_run_well(story);
	assert_int_equal(story->totals.violations, 1);
	assert_string_equal(story->sink.told[1].text, "wrong-free");
	expect_outcome(story, 2, OUTCOME_OK, 0);
	expect_outcome(story, 3, OUTCOME_OK, 0);
}

/* ---- blocks freed in parts ---- */

/*
 *	0   4   8   12
 *	[1             ]	freed: 8-11, 0, 1, 4-7, 12-15, 2-3
 *
 * Expect: each part goes by itself; with the last one the id is free again.
 */
static void a_block_may_be_freed_in_parts(void **state)
{
	struct story *story = *state;

	story_alloc(story, 1, 4);
	story_free_part(story, 1, 8, 2);
	story_free_part(story, 1, 0, 0);
	story_free_part(story, 1, 1, 0);
	story_free_part(story, 1, 4, 2);
	story_free_part(story, 1, 12, 2);
	story_free_part(story, 1, 2, 1);
	story_alloc(story, 1, 10);
	story_run_well(story);
	expect_outcome(story, 2, OUTCOME_OK, 8);
	expect_outcome(story, 5, OUTCOME_OK, 4);
	expect_outcome(story, 7, OUTCOME_OK, 2);
	expect_outcome(story, 8, OUTCOME_OK, 0);
}

static void a_part_is_freed_once(void **state)
{
	struct story *story = *state;

	story_alloc(story, 1, 3);
	story_free_part(story, 1, 4, 1);
	story_free_part(story, 1, 4, 0);
	expect_invalid(story, "page 4, order 0, is not a live part of id 1");
}

static void a_part_lies_within_its_block(void **state)
{
	struct story *story = *state;

	story_alloc(story, 1, 3);
	story_free_part(story, 1, 8, 0);
	expect_invalid(story, "page 8, order 0, is not a live part of id 1");
}

static void a_part_is_aligned(void **state)
{
	struct story *story = *state;

	story_alloc(story, 1, 3);
	story_free_part(story, 1, 1, 1);
	expect_invalid(story, "page 1, order 1, is not a live part of id 1");
}

static void what_is_begun_in_parts_ends_in_parts(void **state)
{
	struct story *story = *state;

	story_alloc(story, 1, 3);
	story_free_part(story, 1, 0, 1);
	story_free(story, 1);
	expect_invalid(story, "id 1 has been freed in part");
}

/* ---- frees by frame ---- */

/* Expect: a frame in use since before the run can be freed, once. */
static void frames_in_use_can_be_freed(void **state)
{
	struct story *story = *state;
	struct call *call;

	story->m.zone[0].managed_pages = STORY_PAGES - 64;
	for (int i = 0; i < 2; i++) {
		call = story_add(story, OP_FREE_PAGES);
		call->pfn = 16;
		call->order = 4;
		call->has |= CALL_HAS_PFN | CALL_HAS_ORDER;
	}
	story_run_well(story);
	expect_outcome(story, 1, OUTCOME_OK, 16);
	expect_outcome(story, 2, OUTCOME_SKIPPED, 16);
	assert_int_equal(story_outcome(story, 2)->skipped, SKIP_NOT_IN_USE);
}

/* ---- what is told ---- */

/* Expect: the place, the address, what was asked for and given. */
static void an_outcome_says_what_was_given(void **state)
{
	struct story *story = *state;
	const struct outcome *outcome;
	struct call *call;

	story_alloc(story, 1, 3);
	call = story_add(story, OP_GET_FREE_PAGES);
	call->size = 5 * 4096;
	call->id = 2;
	call->has |= CALL_HAS_ID;
	story_run_well(story);
	outcome = story_outcome(story, 1);
	assert_int_equal(outcome->requested, 32768);
	assert_int_equal(outcome->granted, 32768);
	assert_int_equal(outcome->vaddr, 0xffff888000000000);
	assert_int_equal(outcome->path, PATH_PCP_REFILL);
	/* Five pages need a block of eight. */
	outcome = story_outcome(story, 2);
	assert_int_equal(outcome->pfn, 8);
	assert_int_equal(outcome->granted, 32768);
	assert_int_equal(outcome->vaddr, 0xffff888000008000);
}

#define test(name)                                                             \
	cmocka_unit_test_setup_teardown(name, story_set_up, story_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_freed_id_may_be_used_again),
		test(names_are_ids_too),
		test(a_failed_id_is_freed_in_vain),
		test(a_double_free_is_invalid),
		test(so_is_an_id_never_allocated),
		test(so_is_an_id_used_twice),
		test(so_is_a_cpu_that_is_not_there),
		test(so_is_a_cpu_in_a_gap),
		test(so_is_a_node_that_is_not_there),
		test(bad_frees_may_be_counted),
		test(a_wrong_free_is_a_violation),
		test(a_block_may_be_freed_in_parts),
		test(a_part_is_freed_once),
		test(a_part_lies_within_its_block),
		test(a_part_is_aligned),
		test(what_is_begun_in_parts_ends_in_parts),
		test(frames_in_use_can_be_freed),
		test(an_outcome_says_what_was_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
