/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of live ids (sim/ids/allocations.c), held against a plain array:
 * ids close together and far apart, such as count up, and such as change over
 * from the hash to a chunk.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/ids/allocations.h"

static struct call by_number(uint64_t id)
{
	return (struct call){ .id = id, .has = CALL_HAS_ID };
}

static struct call by_name(uint64_t number)
{
	return (struct call){ .id = number, .has = CALL_HAS_NAMED_ID };
}

static size_t count(const struct allocations *table)
{
	struct allocation_cursor seen = { .at = 0 };
	size_t nr = 0;

	while (allocations_next(table, &seen))
		nr++;
	return nr;
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
	assert_int_equal(count(&table), 2);
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
	assert_int_equal(count(&table), live);
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
	assert_int_equal(count(&table), 0);
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
	assert_int_equal(count(&table), 100000);
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
		allocation_table_remove(&table.by_number, ids[i], entry);
		expect_none(&table, by_number(ids[i]));
		assert_int_equal(count(&table), 0);
	}
	allocations_release(&table);
}

/* Expect: each id is told of once, wherever it is. */
static void all_ids_are_told_of(void **state)
{
	struct allocations table = { .by_number.live = 0 };
	struct allocation_cursor seen = { .named = false };
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
