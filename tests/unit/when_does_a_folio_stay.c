/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's LRU lists: where a folio begins, what use does to it, when its
 * pages go, and what it remembers when it comes back. Lists are written head
 * first, a number a folio.
 */

#include "tests/unit/lru_picture.h"
#include "tests/unit/machine_fixture.h"

#include "models/reclaim/folio.h"

#define PAGES 256
#define SWAP_PAGES 16
#define SOME_FILE 7
#define OTHER_FILE 8
#define SOME_TASK 3

static const struct folio_desc cache = { .mapping = SOME_FILE };
static const struct folio_desc mapped = { .mapping = SOME_FILE,
					  .mapped = true };
static const struct folio_desc dirty = { .mapping = SOME_FILE, .dirty = true };
static const struct folio_desc active = { .mapping = SOME_FILE,
					  .active = true };
static const struct folio_desc locked = { .mapping = SOME_FILE,
					  .unevictable = true };
static const struct folio_desc anon = { .anon = true, .task = SOME_TASK };

/* A device whose I/O is over when the test says so; it notes who is woken. */
struct slow_device {
	struct io_request request[8];
	size_t nr;
	uint32_t woken[8];
	size_t nr_woken;
	size_t nr_throttled_woken;
};

static struct slow_device device;
static struct task_ops slow_tasks;

static void keep_io(struct memory *memory, void *argument,
		    const struct io_request *request)
{
	struct slow_device *slow = argument;

	(void)memory;
	assert_true(slow->nr < 8);
	slow->request[slow->nr++] = *request;
}

static void note_wake(struct memory *memory, void *argument,
		      enum sleep_queue queue, uint32_t number)
{
	struct slow_device *slow = argument;

	(void)memory;
	if (queue == SLEEP_WRITEBACK) {
		slow->nr_throttled_woken++;
		return;
	}
	assert_int_equal(queue, SLEEP_IO);
	assert_true(slow->nr_woken < 8);
	slow->woken[slow->nr_woken++] = number;
}

static int setup(void **state)
{
	static struct machine m;

	machine_describe(&m, PAGES, 4, 6);
	m.desc.swap_bytes = SWAP_PAGES * 4096;
	machine_start(&m);
	device = (struct slow_device){ .nr = 0 };
	slow_tasks = no_task_ops;
	slow_tasks.submit_io = keep_io;
	slow_tasks.wake = note_wake;
	m.memory->tasks = &slow_tasks;
	m.memory->tasks_argument = &device;
	*state = &m;
	return 0;
}

static int teardown(void **state)
{
	machine_stop(*state);
	return 0;
}

static folio_t make(struct machine *m, order_t order,
		    const struct folio_desc *desc)
{
	pfn_t pfn = get(m, GET_MOVABLE, order);

	assert_int_not_equal(pfn, PFN_NONE);
	return folio_new(m->memory, pfn, order, GET_MOVABLE, desc);
}

static struct folio *at(const struct machine *m, folio_t folio)
{
	return folio_get(m->memory, folio);
}

static uint64_t stat(const struct machine *m, enum node_stat which)
{
	return m->memory->node[0].stat[which];
}

/* Takes a clean folio off its list and evicts it, as reclaim would. */
static void evict(struct machine *m, folio_t folio)
{
	pfn_t pfn = at(m, folio)->pfn;
	order_t order = at(m, folio)->order;

	folio_isolate(m->memory, folio);
	folio_evict(m->memory, folio);
	put(m, pfn, order);
}

static void refault(struct machine *m, folio_t folio)
{
	folio_refault(m->memory, folio,
		      get(m, GET_MOVABLE, at(m, folio)->order));
}

static void finish_io(struct machine *m)
{
	assert_true(device.nr > 0);
	device.nr--;
	folio_io_done(m->memory, &device.request[device.nr]);
}

static void write_out(struct machine *m, folio_t folio)
{
	const struct io_request request = { .folio = folio,
					    .pages = 1,
					    .write = true };

	folio_set_dirty(m->memory, folio, false);
	folio_start_writeback(m->memory, folio);
	keep_io(m->memory, &device, &request);
}

/* Expect: each at the head of the list that its owner says. */
static void new_folios_begin_at_the_head(void **state)
{
	struct machine *m = *state;

	make(m, 0, &cache);
	make(m, 2, &cache);
	make(m, 0, &anon);
	make(m, 0, &active);
	make(m, 0, &locked);
	expect_lru(m, LRU_INACTIVE_FILE, "1 0");
	expect_lru(m, LRU_INACTIVE_ANON, "2");
	expect_lru(m, LRU_ACTIVE_FILE, "3");
	expect_lru(m, LRU_UNEVICTABLE, "4");
	assert_int_equal(stat(m, NR_INACTIVE_FILE), 5);
	assert_int_equal(stat(m, NR_FILE_PAGES), 7);
	assert_int_equal(stat(m, NR_ANON_PAGES), 1);
	assert_int_equal(folio_lruvec(m->memory, 0)
				 ->zone_pages[ZONE_NORMAL][LRU_INACTIVE_FILE],
			 5);
	assert_int_equal(folio_at(m->memory, at(m, 1)->pfn), 1);
	assert_int_equal(folio_at(m->memory, at(m, 1)->pfn + 1), FOLIO_NONE);
}

/* Expect: one of several pages is a compound block, there and back again. */
static void a_large_folio_is_compound(void **state)
{
	struct machine *m = *state;
	const uint8_t *states = m->memory->state;
	folio_t large = make(m, 2, &cache);
	folio_t single = make(m, 0, &cache);

	assert_true(page_state_is_compound(states[at(m, large)->pfn]));
	assert_false(page_state_is_compound(states[at(m, single)->pfn]));
	evict(m, large);
	refault(m, large);
	assert_true(page_state_is_compound(states[at(m, large)->pfn]));
}

/* Expect: marked by the first use, activated by the second, mark taken back. */
static void the_second_use_activates_page_cache(void **state)
{
	struct machine *m = *state;
	folio_t folio = make(m, 0, &cache);

	folio_use(m->memory, folio, false);
	expect_lru(m, LRU_INACTIVE_FILE, "0");
	assert_true(at(m, folio)->flags & FOLIO_REFERENCED);
	folio_use(m->memory, folio, false);
	expect_lru(m, LRU_ACTIVE_FILE, "0");
	assert_false(at(m, folio)->flags & FOLIO_REFERENCED);
	assert_int_equal(m->memory->vm_event[VM_PGACTIVATE], 1);
}

/* Expect: use of mapped memory moves nothing, the page table knows of it; a
 * folio that reclaim has unmapped is mapped again. */
static void use_of_mapped_memory_is_seen_later(void **state)
{
	struct machine *m = *state;
	folio_t folio = make(m, 0, &mapped);

	assert_int_equal(stat(m, NR_FILE_MAPPED), 1);
	at(m, folio)->flags &= ~FOLIO_YOUNG;
	folio_unmap(m->memory, folio);
	assert_int_equal(stat(m, NR_FILE_MAPPED), 0);
	folio_use(m->memory, folio, false);
	folio_use(m->memory, folio, false);
	expect_lru(m, LRU_INACTIVE_FILE, "0");
	assert_true(at(m, folio)->flags & FOLIO_YOUNG);
	assert_true(at(m, folio)->flags & FOLIO_MAPPED);
	assert_int_equal(stat(m, NR_FILE_MAPPED), 1);
}

/* Expect: the mark stays, and the list too. */
static void what_is_locked_in_memory_is_not_activated(void **state)
{
	struct machine *m = *state;
	folio_t folio = make(m, 0, &locked);

	folio_use(m->memory, folio, false);
	folio_use(m->memory, folio, false);
	expect_lru(m, LRU_UNEVICTABLE, "0");
}

/* Expect: counted once however often it is written to, forgotten when it is
 * dropped. */
static void dirty_pages_are_counted_once(void **state)
{
	struct machine *m = *state;
	folio_t folio = make(m, 1, &dirty);

	folio_use(m->memory, folio, true);
	assert_int_equal(stat(m, NR_FILE_DIRTY), 2);
	assert_int_equal(stat(m, NR_DIRTIED), 2);
	folio_drop(m->memory, 0, folio);
	assert_int_equal(stat(m, NR_FILE_DIRTY), 0);
	assert_int_equal(stat(m, NR_DIRTIED), 2);
}

/* Expect: what reclaim waits for is next in line when it is written. */
static void written_pages_go_to_the_tail(void **state)
{
	struct machine *m = *state;
	folio_t folio = make(m, 0, &dirty);

	write_out(m, folio);
	at(m, folio)->flags |= FOLIO_RECLAIM;
	folio_use(m->memory, folio, false);
	folio_use(m->memory, folio, false);
	make(m, 0, &cache);
	assert_int_equal(stat(m, NR_WRITEBACK), 1);
	finish_io(m);
	expect_lru(m, LRU_INACTIVE_FILE, "1 0");
	assert_int_equal(stat(m, NR_WRITEBACK), 0);
	assert_int_equal(stat(m, NR_WRITTEN), 1);
	assert_int_equal(m->memory->vm_event[VM_PGROTATED], 1);
	assert_int_equal(device.nr_woken, 1);
	assert_int_equal(device.woken[0], folio);
}

/* Expect: one that was dirtied again stays where it was. */
static void pages_dirtied_again_are_not_rotated(void **state)
{
	struct machine *m = *state;
	folio_t folio = make(m, 0, &dirty);

	write_out(m, folio);
	at(m, folio)->flags |= FOLIO_RECLAIM;
	folio_use(m->memory, folio, true);
	make(m, 0, &cache);
	make(m, 0, &cache);
	finish_io(m);
	expect_lru(m, LRU_INACTIVE_FILE, "2 1 0");
	assert_int_equal(m->memory->vm_event[VM_PGROTATED], 0);
}

/* Expect: sleepers are woken by more than 32 pages each since they slept. */
static void enough_writeback_wakes_who_is_throttled(void **state)
{
	struct machine *m = *state;
	folio_t first = make(m, 5, &dirty);
	folio_t second = make(m, 0, &dirty);

	folio_lruvec(m->memory, 0)->nr_writeback_throttled = 1;
	write_out(m, second);
	write_out(m, first);
	finish_io(m);
	assert_int_equal(stat(m, NR_THROTTLED_WRITTEN), 32);
	assert_int_equal(device.nr_throttled_woken, 0);
	finish_io(m);
	assert_int_equal(device.nr_throttled_woken, 1);
}

/* Expect: pages and number stay until the writeback is over, and no longer. */
static void a_dropped_folio_waits_for_its_writeback(void **state)
{
	struct machine *m = *state;
	folio_t folio = make(m, 0, &dirty);

	write_out(m, folio);
	folio_drop(m->memory, 0, folio);
	assert_true(folio_is_cached(at(m, folio)));
	assert_int_equal(make(m, 0, &cache), 1);
	machine_check(m);
	finish_io(m);
	assert_int_equal(stat(m, NR_FILE_PAGES), 1);
	assert_int_equal(make(m, 0, &cache), folio);
}

/* Expect: the same of one that reclaim has in hand, whether it is put back
 * or evicted. */
static void a_dropped_folio_waits_for_who_isolated_it(void **state)
{
	struct machine *m = *state;
	folio_t folio = make(m, 0, &cache);
	pfn_t pfn;

	folio_isolate(m->memory, folio);
	folio_drop(m->memory, 0, folio);
	assert_int_equal(stat(m, NR_ISOLATED_FILE), 1);
	folio_putback(m->memory, folio);
	assert_int_equal(stat(m, NR_FILE_PAGES), 0);
	assert_int_equal(stat(m, NR_ISOLATED_FILE), 0);
	assert_int_equal(make(m, 0, &cache), folio);
	pfn = at(m, folio)->pfn;
	folio_isolate(m->memory, folio);
	folio_drop(m->memory, 0, folio);
	folio_evict(m->memory, folio);
	put(m, pfn, 0);
	assert_int_equal(make(m, 0, &cache), folio);
}

/* Expect: its number is not given out while its owner has it. */
static void an_evicted_folio_keeps_its_number(void **state)
{
	struct machine *m = *state;
	folio_t folio = make(m, 0, &cache);

	evict(m, folio);
	assert_false(folio_is_cached(at(m, folio)));
	assert_true(folio_is_on_device(at(m, folio)));
	assert_int_equal(make(m, 0, &cache), 1);
	folio_drop(m->memory, 0, folio);
	assert_int_equal(make(m, 0, &cache), folio);
}

/*
 *	active 2, inactive 1 0; 1 goes, then 0, which is back at once
 *
 * Expect: 0 has been away for one eviction, its own, as many as pages are
 * active: it is activated. 1 was away for three, two are active.
 */
static void a_folio_that_was_not_away_long_is_activated(void **state)
{
	struct machine *m = *state;
	folio_t soon = make(m, 0, &cache);
	folio_t late = make(m, 0, &cache);

	make(m, 0, &active);
	evict(m, late);
	evict(m, soon);
	refault(m, soon);
	expect_lru(m, LRU_ACTIVE_FILE, "0 2");
	refault(m, late);
	expect_lru(m, LRU_INACTIVE_FILE, "1");
	assert_int_equal(stat(m, WORKINGSET_REFAULT_FILE), 2);
	assert_int_equal(stat(m, WORKINGSET_ACTIVATE_FILE), 1);
	assert_int_equal(stat(m, WORKINGSET_RESTORE_FILE), 0);
}

/* Expect: one that had been active counts as restored, and costs. */
static void what_was_active_is_restored(void **state)
{
	struct machine *m = *state;
	folio_t folio = make(m, 0, &cache);

	for (int i = 0; i < 8; i++)
		make(m, 0, &active);
	at(m, folio)->flags |= FOLIO_WORKINGSET;
	evict(m, folio);
	refault(m, folio);
	assert_int_equal(stat(m, WORKINGSET_RESTORE_FILE), 1);
	assert_int_equal(folio_lruvec(m->memory, 0)->file_cost, 1);
}

/* Expect: the costs are halved above a quarter of the lists. */
static void costs_fade(void **state)
{
	struct machine *m = *state;

	for (int i = 0; i < 16; i++)
		make(m, 0, &cache);
	lruvec_note_cost(m->memory, 0, true, 4);
	assert_int_equal(folio_lruvec(m->memory, 0)->file_cost, 4);
	lruvec_note_cost(m->memory, 0, false, 2);
	assert_int_equal(folio_lruvec(m->memory, 0)->file_cost, 2);
	assert_int_equal(folio_lruvec(m->memory, 0)->anon_cost, 1);
}

/* Expect: its reader sleeps until it is read; then its swap copy is good. */
static void swapped_memory_is_read_again(void **state)
{
	struct machine *m = *state;
	folio_t folio = make(m, 0, &anon);

	assert_true(folio_add_to_swap(m->memory, folio));
	assert_int_equal(stat(m, NR_SWAPCACHE), 1);
	assert_int_equal(folios_free_swap(m->memory), SWAP_PAGES - 1);
	write_out(m, folio);
	finish_io(m);
	evict(m, folio);
	assert_int_equal(stat(m, NR_SWAPCACHE), 0);
	assert_true(folio_is_on_device(at(m, folio)));
	refault(m, folio);
	folio_start_read(m->memory, folio);
	assert_true(at(m, folio)->flags & FOLIO_LOCKED);
	assert_true(device.request[0].swap);
	finish_io(m);
	assert_false(at(m, folio)->flags & (FOLIO_LOCKED | FOLIO_DIRTY));
	assert_true(at(m, folio)->flags & FOLIO_SWAPPED);
	assert_int_equal(m->memory->vm_event[VM_PSWPIN], 1);
}

/* Expect: a write makes the copy useless, its place is free again. */
static void a_write_gives_up_the_swapped_copy(void **state)
{
	struct machine *m = *state;
	folio_t folio = make(m, 0, &anon);

	assert_true(folio_add_to_swap(m->memory, folio));
	folio_set_dirty(m->memory, folio, false);
	folio_use(m->memory, folio, true);
	assert_int_equal(folios_free_swap(m->memory), SWAP_PAGES);
	assert_true(at(m, folio)->flags & FOLIO_DIRTY);
	assert_int_equal(stat(m, NR_SWAPCACHE), 0);
}

/* Expect: no place for more than there is; above half, what is read gives its
 * place up. */
static void swap_space_ends(void **state)
{
	struct machine *m = *state;
	folio_t large = make(m, 3, &anon);
	folio_t small = make(m, 0, &anon);
	folio_t too_large = make(m, 3, &anon);

	assert_true(folio_add_to_swap(m->memory, large));
	assert_true(folio_add_to_swap(m->memory, small));
	assert_false(folio_add_to_swap(m->memory, too_large));
	folio_set_dirty(m->memory, small, false);
	evict(m, small);
	refault(m, small);
	folio_start_read(m->memory, small);
	finish_io(m);
	assert_false(at(m, small)->flags & FOLIO_SWAPPED);
	assert_int_equal(folios_free_swap(m->memory), SWAP_PAGES - 8);
}

/* Expect: all of the file and nothing else, at once but for what is written
 * just then; nothing is left to read. */
static void truncating_drops_a_files_pages(void **state)
{
	struct machine *m = *state;
	const struct folio_desc other = { .mapping = OTHER_FILE };
	folio_t folio = make(m, 2, &cache);
	folio_t written = make(m, 0, &dirty);

	make(m, 0, &other);
	make(m, 0, &anon);
	write_out(m, written);
	assert_int_equal(folios_truncate(m->memory, 0, SOME_FILE), 4);
	assert_int_equal(stat(m, NR_FILE_PAGES), 2);
	finish_io(m);
	assert_int_equal(stat(m, NR_FILE_PAGES), 1);
	assert_false(folio_is_on_device(at(m, folio)));
	refault(m, folio);
	assert_int_equal(stat(m, WORKINGSET_REFAULT_FILE), 0);
	assert_int_equal(folios_truncate(m->memory, 0, SOME_FILE), 4);
}

/* Expect: its anonymous memory goes, swapped or not; files stay. */
static void a_task_that_exits_leaves_its_files(void **state)
{
	struct machine *m = *state;
	const struct folio_desc its_file = { .mapping = SOME_FILE,
					     .task = SOME_TASK };
	folio_t gone = make(m, 0, &anon);

	make(m, 1, &anon);
	make(m, 0, &its_file);
	assert_true(folio_add_to_swap(m->memory, gone));
	folio_set_dirty(m->memory, gone, false);
	evict(m, gone);
	assert_int_equal(folios_exit(m->memory, 0, SOME_TASK), 2);
	assert_int_equal(stat(m, NR_ANON_PAGES), 0);
	assert_int_equal(stat(m, NR_FILE_PAGES), 1);
	assert_int_equal(folios_free_swap(m->memory), SWAP_PAGES);
}

/* Expect: the frames say where it is now; the old block is ours to free. */
static void a_moved_folio_is_found_where_it_went(void **state)
{
	struct machine *m = *state;
	folio_t folio = make(m, 1, &cache);
	pfn_t old = at(m, folio)->pfn;
	pfn_t pfn = get(m, GET_MOVABLE, 1);

	folio_isolate(m->memory, folio);
	folio_move(m->memory, folio, pfn);
	folio_putback(m->memory, folio);
	put(m, old, 1);
	assert_int_equal(folio_at(m->memory, old), FOLIO_NONE);
	assert_int_equal(folio_at(m->memory, pfn), folio);
	expect_lru(m, LRU_INACTIVE_FILE, "0");
}

/* Expect: pointers to folios stay good while thousands are made. */
static void folios_never_move(void **state)
{
	struct machine *m = *state;
	struct folio *first = at(m, make(m, 0, &cache));

	for (int i = 0; i < 3 * 4096; i++) {
		folio_t folio = make(m, 0, &cache);

		evict(m, folio);
	}
	assert_ptr_equal(at(m, 0), first);
	assert_int_equal(folios_made(m->memory), 3 * 4096 + 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(new_folios_begin_at_the_head),
		TEST(a_large_folio_is_compound),
		TEST(the_second_use_activates_page_cache),
		TEST(use_of_mapped_memory_is_seen_later),
		TEST(what_is_locked_in_memory_is_not_activated),
		TEST(dirty_pages_are_counted_once),
		TEST(written_pages_go_to_the_tail),
		TEST(pages_dirtied_again_are_not_rotated),
		TEST(enough_writeback_wakes_who_is_throttled),
		TEST(a_dropped_folio_waits_for_its_writeback),
		TEST(a_dropped_folio_waits_for_who_isolated_it),
		TEST(an_evicted_folio_keeps_its_number),
		TEST(a_folio_that_was_not_away_long_is_activated),
		TEST(what_was_active_is_restored),
		TEST(costs_fade),
		TEST(swapped_memory_is_read_again),
		TEST(a_write_gives_up_the_swapped_copy),
		TEST(swap_space_ends),
		TEST(truncating_drops_a_files_pages),
		TEST(a_task_that_exits_leaves_its_files),
		TEST(a_moved_folio_is_found_where_it_went),
		TEST(folios_never_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
