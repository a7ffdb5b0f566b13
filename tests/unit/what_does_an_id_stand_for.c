/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the ids of a workload mean while it runs: which are live, when one may
 * be used again, what becomes of frees that are wrong. And the table behind
 * it, held against a plain array.
 */

#include <stdlib.h>

#include "sim/allocations.h"
#include "tests/unit/engine_story.h"

/* ---- the table ---- */

static struct call by_number(uint64_t id)
{
	return (struct call){ .id = id, .has = CALL_HAS_ID };
}

static struct call by_name(uint64_t number)
{
	return (struct call){ .id = number, .has = CALL_HAS_NAMED_ID };
}

static void insert(struct allocations *table, struct call call, uint64_t handle)
{
	struct allocation *made = allocations_insert(table, &call);

	assert_non_null(made);
	assert_int_equal(made->kind, ALLOCATION_FAILED);
	made->handle = handle;
}

static void expect_handle(struct allocations *table, struct call call,
			  uint64_t handle)
{
	const struct allocation *found = allocations_find(table, &call);

	assert_non_null(found);
	assert_int_equal(found->handle, handle);
}

static void expect_none(struct allocations *table, struct call call)
{
	assert_null(allocations_find(table, &call));
}

/* Expect: a number and a name's number are different ids. */
static void numbers_and_names_do_not_meet(void **state)
{
	struct allocations table = { .by_number.live = 0 };
	struct call call = by_name(7);

	(void)state;
	expect_none(&table, by_number(7));
	insert(&table, by_number(7), 1);
	expect_none(&table, by_name(7));
	insert(&table, by_name(7), 2);
	expect_handle(&table, by_number(7), 1);
	expect_handle(&table, by_name(7), 2);
	assert_int_equal(allocations_count(&table), 2);
	allocations_remove(&table, &call);
	expect_none(&table, by_name(7));
	expect_handle(&table, by_number(7), 1);
	allocations_release(&table);
}

/* Expect: 0 and the largest number are ids like any other. */
static void the_ends_of_the_range_are_ids(void **state)
{
	struct allocations table = { .by_number.live = 0 };

	(void)state;
	insert(&table, by_number(0), 1);
	insert(&table, by_number(UINT64_MAX), 2);
	expect_handle(&table, by_number(0), 1);
	expect_handle(&table, by_number(UINT64_MAX), 2);
	expect_none(&table, by_number(1));
	allocations_release(&table);
}

/*
 * Ids that are far apart, many of which want the same place; removed in another
 * order than they came.
 *
 * Expect: those behind a gap are found all the same.
 */
static void crowded_ids_survive_removals(void **state)
{
	struct allocations table = { .by_number.live = 0 };
	struct call call;

	(void)state;
	for (uint64_t i = 0; i < 500; i++)
		insert(&table, by_number(i << 14), i);
	for (uint64_t i = 0; i < 500; i += 3) {
		call = by_number(i << 14);
		allocations_remove(&table, &call);
	}
	for (uint64_t i = 0; i < 500; i++) {
		if (i % 3)
			expect_handle(&table, by_number(i << 14), i);
		else
			expect_none(&table, by_number(i << 14));
	}
	allocations_release(&table);
}

#define IDS 5000

/* Few ids, near each other or far apart, come and go for long. */
static void expect_as_array(unsigned int shift)
{
	static uint64_t handle[IDS]; /* 0: not live */
	struct allocations table = { .by_number.live = 0 };
	uint64_t random = 88172645463325252;
	size_t live = 0;

	memset(handle, 0, sizeof(handle));
	for (uint64_t n = 1; n < 100000; n++) {
		struct call call;
		uint64_t i;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		i = (random >> 32) % IDS;
		call = by_number(i << shift);
		if (handle[i]) {
			expect_handle(&table, call, handle[i]);
			allocations_remove(&table, &call);
			handle[i] = 0;
			live--;
		} else {
			expect_none(&table, call);
			insert(&table, call, n);
			handle[i] = n;
			live++;
		}
	}
	assert_int_equal(allocations_count(&table), live);
	for (uint64_t i = 0; i < IDS; i++)
		if (handle[i])
			expect_handle(&table, by_number(i << shift), handle[i]);
	allocations_release(&table);
}

static void the_table_is_as_good_as_an_array(void **state)
{
	(void)state;
	expect_as_array(0);
	expect_as_array(3);
	expect_as_array(8);
	expect_as_array(20);
	expect_as_array(51);
}

static void remove_number(struct allocations *table, uint64_t id)
{
	struct call call = by_number(id);

	allocations_remove(table, &call);
}

/*
 * A million ids in a row, of which a thousand live at once, but for one.
 *
 * Expect: the table takes no more chunks than those have, and none is left
 * open in the end; only one in 128 chunks had to go to the hash, of which the
 * place was that of the one that stays.
 */
static void ids_that_count_up_take_no_memory(void **state)
{
	struct allocations table = { .by_number.live = 0 };
	const struct allocation_table *numbers = &table.by_number;

	(void)state;
	insert(&table, by_number(5), 5);
	for (uint64_t id = 1000; id < 1000000; id++) {
		insert(&table, by_number(id), id);
		if (id < 2000)
			continue;
		expect_handle(&table, by_number(id - 1000), id - 1000);
		remove_number(&table, id - 1000);
	}
	expect_handle(&table, by_number(5), 5);
	assert_true(numbers->open <= 6);
	assert_int_equal(numbers->nr_mappings, 1);
	assert_int_equal(numbers->mask + 1, 128);
	assert_int_equal(numbers->rest.nr, 0);
	remove_number(&table, 5);
	for (uint64_t id = 999000; id < 1000000; id++)
		remove_number(&table, id);
	assert_int_equal(allocations_count(&table), 0);
	assert_int_equal(numbers->open, 0);
	allocations_release(&table);
}

/*
 * Ids one to a chunk.
 *
 * Expect: not each has a chunk of its own, and all are found.
 */
static void ids_far_apart_take_little_memory(void **state)
{
	struct allocations table = { .by_number.live = 0 };
	const uint64_t apart = ALLOCATION_CHUNK;

	(void)state;
	for (uint64_t i = 0; i < 100000; i++)
		insert(&table, by_number(i * apart), i + 1);
	assert_true(table.by_number.open <= 128);
	for (uint64_t i = 0; i < 100000; i++)
		expect_handle(&table, by_number(i * apart), i + 1);
	expect_none(&table, by_number(1));
	assert_int_equal(allocations_count(&table), 100000);
	allocations_release(&table);
}

/*
 * An id goes to the hash, as its chunk is not opened, and then the chunk is: as
 * many ids have come in a row that there may be more chunks.
 *
 * Expect: the one in the hash is still found, is still not to be had for
 * another, and is gone once it is removed; then it goes to the chunk.
 */
static void an_id_stays_where_it_was_put(void **state)
{
	const uint64_t lone = 5000 * (uint64_t)ALLOCATION_CHUNK;
	struct allocations table = { .by_number.live = 0 };
	struct allocation_table *numbers = &table.by_number;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		insert(&table, by_number(i * ALLOCATION_CHUNK), i);
	insert(&table, by_number(lone), 1);
	assert_non_null(allocation_hash_find(&numbers->rest, lone));
	for (uint64_t i = 1; i < 20000; i++)
		if (!allocation_table_find(numbers, i))
			insert(&table, by_number(i), i);
	insert(&table, by_number(lone + 1), 2);
	assert_non_null(allocation_place_of(numbers, lone));
	expect_handle(&table, by_number(lone), 1);
	assert_null(allocation_table_claim(numbers, lone));
	remove_number(&table, lone);
	expect_none(&table, by_number(lone));
	insert(&table, by_number(lone), 3);
	assert_null(allocation_hash_find(&numbers->rest, lone));
	expect_handle(&table, by_number(lone), 3);
	allocations_release(&table);
}

/* Expect: what was claimed and is given back was never there. */
static void a_claim_may_be_given_back(void **state)
{
	const uint64_t ids[] = { 7, UINT64_MAX };
	struct allocations table = { .by_number.live = 0 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct allocation *entry =
			allocation_table_claim(&table.by_number, ids[i]);

		assert_non_null(entry);
		allocation_table_leave(&table.by_number, ids[i], entry);
		expect_none(&table, by_number(ids[i]));
		assert_int_equal(allocations_count(&table), 0);
	}
	allocations_release(&table);
}

/* Expect: each id is told of once, wherever it is. */
static void all_ids_are_told_of(void **state)
{
	struct allocations table = { .by_number.live = 0 };
	struct allocation_seen seen = { .named = false };
	bool told[3000] = { false };
	size_t nr = 0;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		insert(&table, by_number(i * 3), i);
		insert(&table, by_number(UINT64_MAX - i), 1000 + i);
		insert(&table, by_name(i), 2000 + i);
	}
	while (allocations_next(&table, &seen)) {
		uint64_t handle = seen.allocation->handle;

		assert_true(handle < 3000 && !told[handle]);
		assert_int_equal(seen.named, handle >= 2000);
		if (handle < 1000)
			assert_int_equal(seen.id, handle * 3);
		else if (handle < 2000)
			assert_int_equal(seen.id, UINT64_MAX - (handle - 1000));
		else
			assert_int_equal(seen.id, handle - 2000);
		told[handle] = true;
		nr++;
	}
	assert_int_equal(nr, 3000);
	allocations_release(&table);
}

/* ---- the engine ---- */

static int setup(void **state)
{
	static struct story story;

	story_init(&story);
	*state = &story;
	return 0;
}

static int teardown(void **state)
{
	story_release(*state);
	return 0;
}

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

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_and_names_do_not_meet),
		cmocka_unit_test(the_ends_of_the_range_are_ids),
		cmocka_unit_test(crowded_ids_survive_removals),
		cmocka_unit_test(the_table_is_as_good_as_an_array),
		cmocka_unit_test(ids_that_count_up_take_no_memory),
		cmocka_unit_test(ids_far_apart_take_little_memory),
		cmocka_unit_test(an_id_stays_where_it_was_put),
		cmocka_unit_test(a_claim_may_be_given_back),
		cmocka_unit_test(all_ids_are_told_of),
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
