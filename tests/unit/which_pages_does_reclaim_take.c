/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which pages reclaim takes, in which order, and what becomes of the others.
 * Folios are numbered as they are made: the oldest, 0, is at the tail of its
 * list.
 */

#include "tests/unit/lru_picture.h"
#include "tests/unit/reclaim_machine.h"

static uint64_t shrink(struct machine *m, enum lru_list lru, uint64_t nr,
		       struct scan_control *sc)
{
	return reclaim_shrink_inactive(m->memory, 0, sc, lru, nr);
}

/* Expect: from the tail; freed last one first, so that 0 is the hottest. */
static void a_batch_is_freed_backwards(void **state)
{
	struct machine *m = *state;
	struct scan_control sc = caller(0);
	pfn_t pfn[4];

	make_many(m, 4, &cache);
	for (folio_t n = 0; n < 4; n++)
		pfn[n] = at(m, n)->pfn;
	page_drain_all(m->memory, 0);
	assert_int_equal(shrink(m, LRU_INACTIVE_FILE, 3, &sc), 3);
	expect_lru(m, LRU_INACTIVE_FILE, "3");
	expect_pcp(m, 0, MIGRATE_MOVABLE, 0, FRAMES(pfn[0], pfn[1], pfn[2]));
	assert_int_equal(event(m, VM_PGSCAN_DIRECT), 3);
	assert_int_equal(event(m, VM_PGSTEAL_FILE), 3);
	assert_int_equal(sc.nr_scanned, 3);
}

/*
 * Expect: what is kept goes to the head in the order taken, the last in front;
 * what was used twice to the active list's head.
 */
static void what_is_kept_goes_to_the_head(void **state)
{
	struct machine *m = *state;
	const struct folio_desc mapped = { .mapped = true };
	struct scan_control sc = caller(0);

	make_many(m, 4, &mapped);
	make(m, &cache);
	at(m, 1)->flags |= FOLIO_REFERENCED;
	at(m, 2)->flags &= ~FOLIO_YOUNG;
	assert_int_equal(shrink(m, LRU_INACTIVE_FILE, 4, &sc), 1);
	expect_lru(m, LRU_INACTIVE_FILE, "3 0 4");
	expect_lru(m, LRU_ACTIVE_FILE, "1");
	assert_false(folio_is_cached(at(m, 2)));
	assert_int_equal(event(m, VM_PGACTIVATE), 1);
	assert_int_equal(m->memory->work.count[WORK_RMAP_WALKS], 5);
}

/* Expect: program text that was used once is activated at once. */
static void text_is_activated_by_its_first_use(void **state)
{
	struct machine *m = *state;
	const struct folio_desc text = { .mapped = true, .executable = true };
	struct scan_control sc = caller(0);

	make(m, &text);
	shrink(m, LRU_INACTIVE_FILE, 1, &sc);
	expect_lru(m, LRU_ACTIVE_FILE, "0");
}

/*
 *	tail  N N D D N   what is of Normal is skipped
 * Expect: a batch of 2 takes both of DMA, scans 4; what was skipped is at the
 * head, the last one in front.
 */
static void folios_of_higher_zones_are_skipped(void **state)
{
	struct machine *m = *state;
	struct scan_control sc = caller(0);
	static const enum zone_type zone[] = { ZONE_NORMAL, ZONE_NORMAL,
					       ZONE_DMA, ZONE_DMA,
					       ZONE_NORMAL };

	machine_stop(m);
	reclaim_describe(m);
	m->zone[0] = open_zone(ZONE_DMA, 0, 64);
	m->zone[1] = open_zone(ZONE_NORMAL, 64, 64);
	m->node[0].nr_zones = 2;
	reclaim_start(m);
	for (size_t i = 0; i < 5; i++) {
		gfp_t gfp = zone[i] == ZONE_DMA ? GFP_KERNEL | __GFP_DMA :
						  GFP_KERNEL;

		folio_new(m->memory, get(m, gfp, 0), 0, gfp, &cache);
	}
	sc.highest = ZONE_DMA;
	assert_int_equal(shrink(m, LRU_INACTIVE_FILE, 2, &sc), 2);
	expect_lru(m, LRU_INACTIVE_FILE, "1 0 4");
	assert_int_equal(event(m, VM_PGSCAN_FILE), 4);
	assert_int_equal(event(m, VM_PGSKIP_NORMAL), 2);
	assert_int_equal(sc.nr_scanned, 2);
	assert_int_equal(m->memory->work.count[WORK_LRU_SCANNED], 4);
}

/* Expect: nothing of DMA is there; all are skipped, none is taken. */
static void a_list_of_higher_zones_ends(void **state)
{
	struct machine *m = *state;
	struct scan_control sc = caller(0);

	make_many(m, 5, &cache);
	sc.highest = ZONE_DMA;
	assert_int_equal(shrink(m, LRU_INACTIVE_FILE, 2, &sc), 0);
	expect_lru(m, LRU_INACTIVE_FILE, "4 3 2 1 0");
	assert_int_equal(event(m, VM_PGSKIP_NORMAL), 5);
}

/* Expect: mapped folios count as scanned, and go to the head untouched. */
static void mapped_folios_stay_if_asked_for(void **state)
{
	struct machine *m = *state;
	const struct folio_desc mapped = { .mapped = true };
	struct scan_control sc = caller(0);

	make(m, &mapped);
	make_many(m, 2, &cache);
	sc.may_unmap = false;
	assert_int_equal(shrink(m, LRU_INACTIVE_FILE, 2, &sc), 1);
	expect_lru(m, LRU_INACTIVE_FILE, "0 2");
}

/* Expect: of 1900 pages, a 2^priority-th of what is left. */
static void each_priority_scans_twice_as_much(void **state)
{
	struct machine *m = *state;
	static const struct {
		int priority;
		uint64_t reclaimed;
	} row[] = { { 12, 0 }, { 11, 0 }, { 10, 1 }, { 9, 3 }, { 6, 29 } };
	uint64_t size;

	make_many(m, 1900, &cache);
	size = list_size(m, LRU_INACTIVE_FILE);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct scan_control sc = caller(row[i].priority);

		reclaim_shrink_node(m->memory, 0, &sc);
		size -= row[i].reclaimed;
		assert_int_equal(list_size(m, LRU_INACTIVE_FILE), size);
	}
}

/* Expect: 500 active, 100 inactive: batches move on as the inactive one is
 * short, without a look at their use; text in use stays. */
static void a_short_inactive_list_is_filled(void **state)
{
	struct machine *m = *state;
	const struct folio_desc active = { .active = true };
	const struct folio_desc text = { .active = true,
					 .mapped = true,
					 .executable = true };
	struct scan_control sc = caller(3);

	make_many(m, 100, &cache);
	make(m, &text);
	make_many(m, 499, &active);
	for (folio_t n = 0; n < 100; n++)
		folio_isolate(m->memory, n);
	reclaim_shrink_node(m->memory, 0, &sc);
	assert_int_equal(event(m, VM_PGREFILL), 62);
	assert_int_equal(event(m, VM_PGDEACTIVATE), 61);
	assert_int_equal(list_size(m, LRU_ACTIVE_FILE), 439);
	assert_true(at(m, 100)->flags & FOLIO_ACTIVE);
	assert_true(at(m, 101)->flags & FOLIO_WORKINGSET);
	for (folio_t n = 0; n < 100; n++)
		folio_putback(m->memory, n);
}

/* Expect: enough is inactive: the active list is left alone, and it is noted
 * that it could have helped. */
static void a_long_inactive_list_protects_the_active_one(void **state)
{
	struct machine *m = *state;
	const struct folio_desc active = { .active = true };
	struct scan_control sc = caller(2);

	make_many(m, 400, &cache);
	make_many(m, 300, &active);
	reclaim_shrink_node(m->memory, 0, &sc);
	assert_int_equal(list_size(m, LRU_ACTIVE_FILE), 300);
	assert_true(sc.skipped_deactivate);
}

static struct machine *with_swap(void **state, uint64_t pages)
{
	struct machine *m = *state;

	machine_stop(m);
	reclaim_describe(m);
	m->desc.swap_bytes = pages << 12;
	reclaim_start(m);
	return m;
}

/* Expect: without swap no anonymous folio is looked at, at any priority. */
static void anonymous_memory_stays_without_swap(void **state)
{
	struct machine *m = *state;

	make_many(m, 200, &anon);
	assert_int_equal(direct_reclaim(m, GFP_KERNEL, 0), 0);
	assert_int_equal(event(m, VM_PGSCAN_ANON), 0);
	assert_int_equal(event(m, VM_ALLOCSTALL_NORMAL), 1);
}

static void expect_ages(struct machine *m, uint64_t moved)
{
	const struct folio_desc active = {
		.anon = true, .mapped = true, .active = true, .task = SOME_TASK
	};
	struct scan_control sc = caller(DEF_PRIORITY);

	make_many(m, 100, &active);
	reclaim_shrink_node(m->memory, 0, &sc);
	assert_int_equal(list_size(m, LRU_INACTIVE_ANON), moved);
	assert_int_equal(event(m, VM_PGDEACTIVATE), moved);
	assert_int_equal(sc.nr_scanned, 0);
}

/*
 * 100 folios of anonymous memory, all active: too few to be scanned at the
 * first priority.
 *
 * Expect: a batch of 32 becomes inactive all the same, to be looked at one day;
 * not without swap, where nobody ever will.
 */
static void anonymous_memory_ages(void **state)
{
	expect_ages(*state, 0);
	expect_ages(with_swap(state, 1000), 32);
}

/*
 * 400 pages of each kind, none cheaper than the other, swappiness 60. Shares:
 * 60 : 140. Expect at priority 1: 60 and 140 of 200.
 */
static void swappiness_divides_the_pressure(void **state)
{
	struct machine *m = with_swap(state, 1000);
	const struct folio_desc active = { .active = true };
	struct scan_control sc = caller(1);

	forget_use(m, make_many(m, 400, &anon), 400);
	make_many(m, 400, &cache);
	make_many(m, 401, &active);
	sc.nr_to_reclaim = 1000;
	reclaim_shrink_node(m->memory, 0, &sc);
	assert_int_equal(event(m, VM_PGSCAN_ANON), 60);
	assert_int_equal(event(m, VM_PGSCAN_FILE), 140);
	assert_int_equal(event(m, VM_PSWPOUT), 60);
	assert_int_equal(event(m, VM_PGPGOUT), 240);
}

/* Expect: plenty of inactive page cache: anonymous memory is left alone. */
static void cold_page_cache_goes_first(void **state)
{
	struct machine *m = with_swap(state, 1000);
	struct scan_control sc = caller(2);

	forget_use(m, make_many(m, 800, &anon), 800);
	make_many(m, 800, &cache);
	sc.nr_to_reclaim = 1000;
	reclaim_shrink_node(m->memory, 0, &sc);
	assert_int_equal(event(m, VM_PGSCAN_ANON), 0);
	assert_int_equal(event(m, VM_PGSCAN_FILE), 200);
}

/*
 * Swap of 2 pages, 3 folios, a slow device. Expect: two are written and kept
 * for now, the third finds no place and is activated; when the I/O is over the
 * two are at the tail and go without another write.
 */
static void anonymous_memory_goes_through_swap(void **state)
{
	struct machine *m = with_swap(state, 2);
	struct scan_control sc = caller(0);

	forget_use(m, make_many(m, 3, &anon), 3);
	tasks.keeps_io = true;
	assert_int_equal(shrink(m, LRU_INACTIVE_ANON, 3, &sc), 0);
	expect_lru(m, LRU_INACTIVE_ANON, "1 0");
	expect_lru(m, LRU_ACTIVE_ANON, "2");
	assert_int_equal(stat_of(m, NR_VMSCAN_WRITE), 2);
	assert_int_equal(stat_of(m, NR_WRITEBACK), 2);
	assert_false(at(m, 0)->flags & FOLIO_MAPPED);
	finish_io(m);
	assert_int_equal(shrink(m, LRU_INACTIVE_ANON, 3, &sc), 2);
	assert_int_equal(event(m, VM_PSWPOUT), 2);
	assert_int_equal(folios_free_swap(m->memory), 0);
}

/* Expect: GFP_NOIO gives nothing a place in swap. */
static void who_must_not_do_io_does_not_swap(void **state)
{
	struct machine *m = with_swap(state, 100);
	struct scan_control sc = caller(0);

	forget_use(m, make(m, &anon), 1);
	sc.gfp = GFP_NOIO;
	assert_int_equal(shrink(m, LRU_INACTIVE_ANON, 1, &sc), 0);
	expect_lru(m, LRU_INACTIVE_ANON, "0");
	assert_int_equal(folios_free_swap(m->memory), 100);
}

/*
 * Expect: a caller leaves dirty page cache to the flusher, which is woken, as
 * nothing else was met; the folios are out of the way until written.
 */
static void dirty_page_cache_is_the_flushers(void **state)
{
	struct machine *m = *state;
	struct scan_control sc = caller(0);

	make_many(m, 3, &dirty);
	tasks.asleep[SLEEP_FLUSHER] = true;
	assert_int_equal(shrink(m, LRU_INACTIVE_FILE, 3, &sc), 0);
	expect_lru(m, LRU_ACTIVE_FILE, "2 1 0");
	assert_int_equal(stat_of(m, NR_VMSCAN_IMMEDIATE), 3);
	assert_int_equal(stat_of(m, NR_VMSCAN_WRITE), 0);
	assert_true(at(m, 0)->flags & FOLIO_RECLAIM);
	expect_log("+flusher; ");
	assert_int_equal(sc.nr.unqueued_dirty, 3);
}

/* Expect: kswapd writes what it has marked, once the node is all dirty. */
static void kswapd_writes_when_all_is_dirty(void **state)
{
	struct machine *m = *state;
	struct scan_control sc = caller(0);

	sc.is_kswapd = true;
	make_many(m, 2, &dirty);
	at(m, 0)->flags |= FOLIO_RECLAIM;
	folio_lruvec(m->memory, 0)->dirty = true;
	assert_int_equal(shrink(m, LRU_INACTIVE_FILE, 2, &sc), 1);
	assert_false(folio_is_cached(at(m, 0)));
	assert_int_equal(stat_of(m, NR_VMSCAN_WRITE), 1);
	expect_lru(m, LRU_ACTIVE_FILE, "1");
	assert_int_equal(event(m, VM_PGSTEAL_KSWAPD), 1);
}

/* Expect: under writeback: marked, activated; kswapd that meets it again where
 * all is under writeback counts it as a reason to wait. */
static void writeback_is_waited_for(void **state)
{
	struct machine *m = *state;
	struct scan_control sc = caller(0);

	sc.is_kswapd = true;
	make(m, &cache);
	folio_start_writeback(m->memory, 0);
	shrink(m, LRU_INACTIVE_FILE, 1, &sc);
	expect_lru(m, LRU_ACTIVE_FILE, "0");
	assert_int_equal(sc.nr.writeback, 1);
	assert_true(at(m, 0)->flags & FOLIO_RECLAIM);

	folio_isolate(m->memory, 0);
	at(m, 0)->flags &= ~FOLIO_ACTIVE;
	folio_putback(m->memory, 0);
	folio_lruvec(m->memory, 0)->force_scan_writeback = true;
	shrink(m, LRU_INACTIVE_FILE, 1, &sc);
	assert_int_equal(sc.nr.immediate, 1);
	assert_int_equal(sc.nr.congested, 1);
	folio_io_done(m->memory, &(struct io_request){ .folio = 0,
						       .pages = 1,
						       .write = true });
}

static void drop_first(struct memory *memory)
{
	tasks.on_elapse = NULL;
	folio_drop(memory, 0, 0);
}

/* Expect: dropped while its batch was under way: freed, not counted as
 * reclaimed. */
static void a_folio_may_go_meanwhile(void **state)
{
	struct machine *m = *state;
	struct scan_control sc = caller(0);

	make_many(m, 2, &cache);
	tasks.on_elapse = drop_first;
	assert_int_equal(shrink(m, LRU_INACTIVE_FILE, 2, &sc), 1);
	expect_lru(m, LRU_INACTIVE_FILE, "");
	assert_int_equal(zone_exact_free_pages(m->memory, m->memory->zone) +
				 zone_pcp_pages(m->memory, m->memory->zone),
			 RECLAIM_PAGES);
}

/* Expect: an active list only, long protected: the second try takes it by
 * force, and both count as stalls. */
static void reclaim_forces_what_it_skipped(void **state)
{
	struct machine *m = *state;
	const struct folio_desc active = { .active = true };
	const struct folio_desc locked = { .mapped = true };

	make_many(m, 300, &locked);
	make_many(m, 300, &active);
	for (folio_t n = 0; n < 300; n++)
		at(m, n)->flags |= FOLIO_LOCKED;
	assert_int_not_equal(direct_reclaim(m, GFP_KERNEL, 0), 0);
	assert_int_equal(event(m, VM_ALLOCSTALL_NORMAL), 2);
	for (folio_t n = 0; n < 300; n++)
		at(m, n)->flags &= ~FOLIO_LOCKED;
}

int main(void)
{
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, reclaim_setup, reclaim_teardown)
	const struct CMUnitTest tests[] = {
		T(a_batch_is_freed_backwards),
		T(what_is_kept_goes_to_the_head),
		T(text_is_activated_by_its_first_use),
		T(folios_of_higher_zones_are_skipped),
		T(a_list_of_higher_zones_ends),
		T(mapped_folios_stay_if_asked_for),
		T(each_priority_scans_twice_as_much),
		T(a_short_inactive_list_is_filled),
		T(a_long_inactive_list_protects_the_active_one),
		T(anonymous_memory_stays_without_swap),
		T(anonymous_memory_ages),
		T(swappiness_divides_the_pressure),
		T(cold_page_cache_goes_first),
		T(anonymous_memory_goes_through_swap),
		T(who_must_not_do_io_does_not_swap),
		T(dirty_page_cache_is_the_flushers),
		T(kswapd_writes_when_all_is_dirty),
		T(writeback_is_waited_for),
		T(a_folio_may_go_meanwhile),
		T(reclaim_forces_what_it_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
