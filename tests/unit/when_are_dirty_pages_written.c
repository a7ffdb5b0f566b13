/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dirty page cache: how much of it there may be, when the flusher writes it,
 * and when a writer has to wait. Of 2048 pages, 96 are reserved.
 */

#include "tests/unit/reclaim_machine.h"

static uint64_t nr_dirty(const struct machine *m)
{
	return stat_of(m, NR_FILE_DIRTY);
}

/*
 * The machine of the recording real-reclaim, before it begins. Expect: its
 * /proc/vmstat's nr_dirty_background_threshold and nr_dirty_threshold.
 */
static void limits_are_those_of_a_kernel(void **state)
{
	struct machine *m = *state;
	const uint64_t mark[2][NR_WMARK] = { { 26, 32, 38 },
					     { 547, 683, 819 } };
	struct dirty_limits limits;

	machine_stop(m);
	reclaim_describe(m);
	m->zone[0] = open_zone(ZONE_DMA, 0, 3840);
	m->zone[1] = open_zone(ZONE_DMA32, 4096, 81005);
	m->node[0].nr_zones = 2;
	for (int z = 0; z < 2; z++)
		memcpy(m->zone[z].watermark, mark[z], sizeof(mark[z]));
	for (int type = ZONE_DMA32; type < NR_ZONE_TYPES; type++)
		m->zone[0].lowmem_reserve[type] = 307;
	reclaim_start(m);
	m->memory->zone[0].nr_free_pages = 3808;
	m->memory->zone[1].nr_free_pages = 36709 - 3808;
	limits = reclaim_dirty_limits(m->memory);
	m->memory->zone[0].nr_free_pages = 3840;
	m->memory->zone[1].nr_free_pages = 81005;
	assert_int_equal(limits.background, 3549);
	assert_int_equal(limits.threshold, 7107);
}

/* Expect: nothing dirty, a sleep without end, and nothing more to do. */
static void the_flusher_sleeps_while_nothing_is_dirty(void **state)
{
	struct machine *m = *state;

	make_many(m, 3, &cache);
	reclaim_flusher(m->memory);
	expect_log("flusher; ");
}

/* Expect: a writer wakes an idle flusher, so that it begins to count. */
static void be_written_to(struct memory *memory, enum sleep_queue queue)
{
	(void)queue;
	tasks.on_sleep = NULL;
	tasks.asleep[SLEEP_FLUSHER] = true;
	folio_use(memory, 0, true);
	reclaim_balance_dirty(memory);
	tasks.asleep[SLEEP_FLUSHER] = false;
}

static void what_is_dirty_for_30_s_is_written(void **state)
{
	struct machine *m = *state;

	make_many(m, 2, &cache);
	tasks.on_sleep = be_written_to;
	reclaim_flusher(m->memory);
	expect_log("flusher; +flusher; flusher 5000ms; flusher 5000ms; "
		   "flusher 5000ms; flusher 5000ms; flusher 5000ms; "
		   "flusher 5000ms; flusher; ");
	assert_int_equal(nr_dirty(m), 0);
	assert_int_equal(stat_of(m, NR_WRITTEN), 1);
	assert_int_equal(event(m, VM_PGPGOUT), 4);
	assert_int_equal(m->memory->work.count[WORK_PAGES_WRITTEN], 1);
}

static uint32_t sleeps;

/* In the third of the flusher's sleeps, pages of two files become dirty. */
static void write_to_both(struct memory *memory, enum sleep_queue queue)
{
	(void)queue;
	if (++sleeps != 3)
		return;
	folio_set_dirty(memory, 1, true);
	folio_set_dirty(memory, 2, true);
}

/* Expect: the first file goes whole, the other one 10 s later. */
static void a_file_is_written_whole(void **state)
{
	struct machine *m = *state;
	const struct folio_desc other = { .mapping = OTHER_FILE };

	sleeps = 0;
	make(m, &dirty);
	make(m, &cache);
	make(m, &other);
	tasks.keeps_io = true;
	tasks.on_sleep = write_to_both;
	reclaim_flusher(m->memory);
	assert_int_equal(tasks.nr_io, 3);
	assert_int_equal(tasks.io[0].folio, 0);
	assert_int_equal(tasks.io[1].folio, 1);
	assert_int_equal(tasks.io[2].folio, 2);
	assert_int_equal(sleeps, 6 + 2 + 1);
	finish_io(m);
}

/*
 * Two files of many pages, taking turns, all old. Expect: one after the other,
 * each in the order of making; and that of another file at last.
 */
static void old_files_are_written_one_by_one(void **state)
{
	struct machine *m = *state;
	const struct folio_desc a = { .mapping = 1, .dirty = true };
	const struct folio_desc b = { .mapping = 2, .dirty = true };

	for (int i = 0; i < 40; i++)
		make(m, i % 2 ? &b : &a);
	make(m, &dirty);
	tasks.keeps_io = true;
	reclaim_flusher(m->memory);
	assert_int_equal(tasks.nr_io, 41);
	for (uint32_t i = 0; i < 20; i++) {
		assert_int_equal(tasks.io[i].folio, 2 * i);
		assert_int_equal(tasks.io[20 + i].folio, 2 * i + 1);
	}
	assert_int_equal(tasks.io[40].folio, 40);
	finish_io(m);
}

/* The file's first page goes away when others can come in. */
static void drop_first(struct memory *memory)
{
	tasks.on_elapse = NULL;
	folio_drop(memory, 0, 0);
}

/* Expect: the rest of the file is written all the same. */
static void a_file_may_change_meanwhile(void **state)
{
	struct machine *m = *state;
	const struct folio_desc a = { .mapping = 1, .dirty = true };

	make_many(m, 5, &a);
	tasks.on_elapse = drop_first;
	reclaim_flusher(m->memory);
	assert_int_equal(stat_of(m, NR_WRITTEN), 4);
	assert_int_equal(nr_dirty(m), 0);
}

/* Expect: above the background mark, down to it, in rounds of 15. */
static void the_flusher_writes_above_the_background_mark(void **state)
{
	struct machine *m = *state;
	uint64_t background;

	make_many(m, 250, &dirty);
	background = reclaim_dirty_limits(m->memory).background;
	tasks.left_ns = 1;
	tasks.on_sleep = NULL;
	tasks.keeps_io = false;
	assert_true(background < 250);
	reclaim_flusher(m->memory);
	assert_int_equal(
		strncmp(tasks.log, "flusher 5000ms; flusher 0ms; ", 29), 0);
	assert_int_equal(stat_of(m, NR_WRITTEN), 250);
}

/* Expect: reclaim wants all of it. */
static void reclaim_has_everything_written(void **state)
{
	struct machine *m = *state;

	make_many(m, 5, &dirty);
	tasks.left_ns = 1;
	tasks.asleep[SLEEP_FLUSHER] = true;
	reclaim_wake_flusher(m->memory);
	reclaim_flusher(m->memory);
	expect_log("+flusher; flusher 5000ms; flusher; ");
	assert_int_equal(stat_of(m, NR_WRITTEN), 5);
}

static void write_half(struct memory *memory, enum sleep_queue queue)
{
	assert_int_equal(queue, SLEEP_DIRTY);
	for (folio_t n = 0; n < 200; n++)
		if (folio_get(memory, n)->flags & FOLIO_DIRTY)
			reclaim_write_folio(memory, n);
}

/* Expect: above half way between the marks a writer waits, 8 ms at a time,
 * until others have written enough; below it does not. */
static void writers_wait_when_too_much_is_dirty(void **state)
{
	struct machine *m = *state;

	make_many(m, 280, &dirty);
	reclaim_balance_dirty(m->memory);
	expect_log("");
	make_many(m, 80, &dirty);
	tasks.on_sleep = write_half;
	reclaim_balance_dirty(m->memory);
	expect_log("dirty 8ms; ");
}

/* Expect: nobody is left who could write: it waits no longer. */
static void a_writer_does_not_wait_for_nobody(void **state)
{
	struct machine *m = *state;

	make_many(m, 400, &dirty);
	reclaim_balance_dirty(m->memory);
	expect_log("dirty 8ms; ");
}

int main(void)
{
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, reclaim_setup, reclaim_teardown)
	const struct CMUnitTest tests[] = {
		T(limits_are_those_of_a_kernel),
		T(the_flusher_sleeps_while_nothing_is_dirty),
		T(what_is_dirty_for_30_s_is_written),
		T(a_file_is_written_whole),
		T(old_files_are_written_one_by_one),
		T(a_file_may_change_meanwhile),
		T(the_flusher_writes_above_the_background_mark),
		T(reclaim_has_everything_written),
		T(writers_wait_when_too_much_is_dirty),
		T(a_writer_does_not_wait_for_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
