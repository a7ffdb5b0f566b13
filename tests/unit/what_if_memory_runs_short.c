/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the page allocator does when no zone is above its low mark: whom it
 * asks for help, in which order, how often, and who may go without. Who is
 * asked, pressure_helper.h, writes down letters:
 *
 *	w  wake node 0's kswapd (W: node 1's)	r  reclaim
 *	c  compact				k  kill a task
 *	o  let others run
 */

#include "tests/unit/machine_fixture.h"
#include "tests/unit/pressure_helper.h"

#include <unistd.h>

#define PAGES 64
#define FULL "################"
#define MIN 6
/* A test that takes so long has come upon an endless loop. */
#define NEVER_S 20
#define LOW 8

static void describe(struct machine *m)
{
	machine_describe(m, PAGES, 4, 6);
	m->zone[0].watermark[WMARK_MIN] = MIN;
	m->zone[0].watermark[WMARK_LOW] = LOW;
	m->zone[0].watermark[WMARK_HIGH] = LOW;
}

/* A machine with `MIN` pages free, in blocks of 4 and 2. */
static void start_short(struct machine *m, struct helper *helper)
{
	describe(m);
	machine_draw(m, "mmmm", FULL FULL FULL "##########......");
	call_for_help(m, helper);
}

/* What a request leads to on a machine that is short. */
static struct page_grant ask(struct helper *helper, gfp_t gfp, order_t order,
			     const char *log)
{
	struct page_grant grant;
	struct machine m;

	start_short(&m, helper);
	grant = get_grant(&m, gfp, order);
	assert_string_equal(helper->log, log);
	machine_stop(&m);
	return grant;
}

static void expect_failure(struct helper helper, gfp_t gfp, order_t order,
			   const char *log)
{
	assert_int_equal(ask(&helper, gfp, order, log).pfn, PFN_NONE);
}

static void expect_path(struct helper helper, gfp_t gfp, order_t order,
			const char *log, enum alloc_path path)
{
	struct page_grant grant = ask(&helper, gfp, order, log);

	assert_int_not_equal(grant.pfn, PFN_NONE);
	assert_int_equal(grant.path, path);
}

#define NOBODY_HELPS ((struct helper){ .victims = 0 })

/* ---- whom it asks ---- */

/* Expect: kswapd, reclaim, the OOM killer. */
static void who_can_wait_tries_everything(void **state)
{
	(void)state;
	expect_failure(NOBODY_HELPS, GFP_KERNEL, 0, "wwrk");
	expect_failure(NOBODY_HELPS, GFP_HIGHUSER_MOVABLE, 0, "wwrk");
}

/* Expect: who can't wait wakes kswapd, at most. */
static void who_can_not_wait_wakes_kswapd(void **state)
{
	(void)state;
	expect_failure(NOBODY_HELPS, GFP_NOWAIT, 0, "ww");
	expect_failure(NOBODY_HELPS, GFP_NOWAIT, 3, "ww");
	expect_failure(NOBODY_HELPS, 0, 0, "");
	expect_failure(NOBODY_HELPS, GFP_KERNEL & ~__GFP_KSWAPD_RECLAIM, 0,
		       "rk");
}

/*
 * Expect: unmovable blocks compact before reclaim, movable ones after it,
 * since for them no pageblock would be spoiled.
 */
static void blocks_are_compacted(void **state)
{
	(void)state;
	expect_failure(NOBODY_HELPS, GFP_KERNEL, 2, "wcwrck");
	expect_failure(NOBODY_HELPS, GFP_HIGHUSER_MOVABLE, 2, "wwrck");
	expect_failure(NOBODY_HELPS, GFP_HIGHUSER_MOVABLE, 4, "wcwrc");
}

/* Expect: no compaction for those who must not do I/O. */
static void compaction_needs_io(void **state)
{
	struct helper helper = { .reclaimable = 1000 };

	(void)state;
	expect_failure(NOBODY_HELPS, GFP_NOIO, 2, "wwrk");
	expect_failure(NOBODY_HELPS, GFP_NOFS, 2, "wcwrck");
	expect_failure(NOBODY_HELPS, GFP_NOIO, 4, "wwr");
	/* So a costly request has no reason to try again either. */
	expect_failure(helper, GFP_NOIO | __GFP_RETRY_MAYFAIL, 4, "wwr");
}

/* Expect: the OOM killer is not asked for what it can't help. */
static void some_requests_kill_nobody(void **state)
{
	(void)state;
	expect_failure(NOBODY_HELPS, GFP_KERNEL, 4, "wcwrc");
	expect_failure(NOBODY_HELPS, GFP_KERNEL | __GFP_RETRY_MAYFAIL, 0,
		       "wwr");
	expect_failure(NOBODY_HELPS, GFP_KERNEL | __GFP_NORETRY, 0, "wwr");
	expect_failure(NOBODY_HELPS, GFP_KERNEL | __GFP_THISNODE, 0, "wwr");
}

/* Expect: nor for a zone below Normal. */
static void low_zones_kill_nobody(void **state)
{
	struct helper helper = NOBODY_HELPS;
	struct machine m;

	(void)state;
	describe(&m);
	m.zone[0].type = ZONE_DMA32;
	machine_draw(&m, "mmmm", FULL FULL FULL FULL);
	call_for_help(&m, &helper);
	assert_int_equal(get(&m, GFP_KERNEL | __GFP_DMA32, 0), PFN_NONE);
	assert_string_equal(helper.log, "wwr");
	helper = NOBODY_HELPS;
	assert_int_equal(get(&m, GFP_KERNEL, 0), PFN_NONE);
	assert_string_equal(helper.log, "wwrk");
	machine_stop(&m);
}

/* ---- how often ---- */

/* Expect: 16 fruitless rounds while what is reclaimable would do, and one. */
static void hope_lasts_for_sixteen_rounds(void **state)
{
	struct helper helper = { .reclaimable = 1000 };

	(void)state;
	expect_failure(helper, GFP_KERNEL, 0,
		       "w"
		       "wrwrwrwr"
		       "wrwrwrwr"
		       "wrwrwrwr"
		       "wrwrwrwr"
		       "wrk");
	expect_failure(helper, GFP_KERNEL | __GFP_NORETRY, 0, "wwr");
}

/* Expect: progress starts the count anew… */
static void progress_gives_new_hope(void **state)
{
	struct helper helper = {
		.reclaimable = 1000,
		.reclaims = true,
		.free_on_reclaim = 20,
	};

	(void)state;
	expect_path(helper, GFP_KERNEL, 0,
		    "w"
		    "wrwrwrwr"
		    "wrwrwrwr"
		    "wrwrwrwr"
		    "wrwrwrwr"
		    "wrwrwrwr",
		    PATH_RECLAIM);
}

/*
 * There is a block of 16 pages, but taking it would leave too little.
 *
 * Expect: …but not for costly orders, which memory in pieces may never serve.
 */
static void costly_orders_count_all_rounds(void **state)
{
	struct helper helper = { .reclaimable = 1000, .reclaims = true };
	struct machine m;

	(void)state;
	describe(&m);
	machine_draw(&m, "mmmm", FULL FULL FULL "................");
	call_for_help(&m, &helper);
	assert_int_equal(get(&m, GFP_KERNEL | __GFP_RETRY_MAYFAIL, 4),
			 PFN_NONE);
	assert_string_equal(helper.log, "wc"
					"wrcwrcwrcwrc"
					"wrcwrcwrcwrc"
					"wrcwrcwrcwrc"
					"wrcwrcwrcwrc"
					"wrc");
	machine_stop(&m);
}

/* Expect: a costly request without __GFP_RETRY_MAYFAIL has one round. */
static void costly_requests_give_up(void **state)
{
	struct helper helper = { .reclaimable = 1000, .reclaims = true };

	(void)state;
	expect_failure(helper, GFP_KERNEL, 4, "wcwrc");
}

/*
 * Expect: costly, and not to try again: no reclaim if compaction was not
 * tried, or could have been on one node only.
 */
static void costly_and_no_retry(void **state)
{
	gfp_t gfp = GFP_KERNEL | __GFP_NORETRY;
	struct helper compacts = { .compacts = true };

	(void)state;
	expect_failure(NOBODY_HELPS, gfp, 4, "wc");
	expect_failure(compacts, gfp, 4, "wcwrc");
	expect_failure(compacts, gfp | __GFP_THISNODE, 4, "wc");
}

/* ---- what helps ---- */

static void whatever_frees_pages_helps(void **state)
{
	struct helper reclaims = { .reclaims = true, .free_on_reclaim = 1 };
	struct helper compacts = { .compacts = true, .free_on_compact = 1 };
	struct helper kills = { .victims = 1, .free_on_kill = 1 };

	(void)state;
	expect_path(reclaims, GFP_KERNEL, 0, "wwr", PATH_RECLAIM);
	expect_path(reclaims, GFP_KERNEL, 3, "wcwr", PATH_RECLAIM);
	expect_path(compacts, GFP_KERNEL, 3, "wc", PATH_COMPACTION);
	expect_path(compacts, GFP_HIGHUSER_MOVABLE, 3, "wwrc", PATH_COMPACTION);
	/* After a kill all begins again, with waking kswapd. */
	expect_path(kills, GFP_KERNEL, 0, "wwrkw", PATH_SLOW);
}

/* Expect: as long as there are victims, it goes on killing. */
static void it_kills_until_it_helps(void **state)
{
	struct helper helper = { .victims = 5, .free_on_kill = 3 };

	(void)state;
	expect_path(helper, GFP_KERNEL, 0,
		    "wwrk"
		    "wrk"
		    "wrkw",
		    PATH_SLOW);
	helper = (struct helper){ .victims = 2 };
	expect_failure(helper, GFP_KERNEL, 0,
		       "wwrk"
		       "wrk"
		       "wrk");
}

/*
 * All pages that are left are on CPU 1's list.
 *
 * Expect: after reclaim that made some progress, all CPUs are drained.
 */
static void other_cpus_lists_are_drained(void **state)
{
	struct helper helper = { .reclaims = true };
	struct machine m;

	(void)state;
	describe(&m);
	m.node[0].nr_cpus = 2;
	machine_draw(&m, "mmmm", FULL FULL FULL FULL);
	call_for_help(&m, &helper);
	for (pfn_t pfn = 20; pfn < 20 + 2 * MIN; pfn++)
		page_free_boot(m.memory, 1, pfn, 0);
	assert_int_equal(m.memory->zone[0].pcp[1].count, 2 * MIN);
	assert_int_equal(get_grant(&m, GFP_KERNEL, 0).path, PATH_RECLAIM);
	assert_string_equal(helper.log, "wwr");
	assert_int_equal(m.memory->zone[0].pcp[1].count, 0);
	machine_stop(&m);
}

/* Expect: the kswapd of each node, once a round, nearest node first. */
static void every_nodes_kswapd_is_woken(void **state)
{
	struct helper helper = NOBODY_HELPS;
	struct machine m;

	(void)state;
	describe(&m);
	m.desc.nr_nodes = 2;
	m.zone[1] = open_zone(ZONE_DMA32, PAGES, PAGES);
	m.zone[2] = open_zone(ZONE_NORMAL, 2 * PAGES, PAGES);
	m.node[1] = (struct node_desc){ .id = 1,
					.zones = &m.zone[1],
					.nr_zones = 2 };
	m.desc.initial.exact = true;
	machine_start(&m);
	call_for_help(&m, &helper);
	get(&m, GFP_NOWAIT, 0);
	assert_string_equal(helper.log, "wWwW");
	helper = NOBODY_HELPS;
	get(&m, GFP_NOWAIT | __GFP_THISNODE, 0);
	assert_string_equal(helper.log, "ww");
	/* Not those whose memory is too high for the request. */
	helper = NOBODY_HELPS;
	get(&m, GFP_NOWAIT | __GFP_DMA32, 0);
	assert_string_equal(helper.log, "WW");
	machine_stop(&m);
}

/* ---- the reserve for high-order atomic requests ---- */

/*
 *	|h ................|m ################|h ................| …
 *
 * Expect: reclaim that made progress is a reason to give back all reserved
 * pageblocks but one; before a kill the last one goes too.
 */
static void reserves_are_given_back(void **state)
{
	struct helper helper = { .reclaims = true };
	struct machine m;

	(void)state;
	describe(&m);
	machine_draw(&m, "hmhm",
		     "................ " FULL "................ " FULL);
	call_for_help(&m, &helper);
	assert_int_equal(m.memory->zone[0].nr_reserved_highatomic, 32);
	assert_int_equal(get_grant(&m, GFP_HIGHUSER_MOVABLE, 3).path,
			 PATH_RECLAIM);
	assert_string_equal(helper.log, "wwr");
	expect_types(&m, "mmhm");

	helper = NOBODY_HELPS;
	assert_int_equal(get(&m, GFP_KERNEL, 3), 32);
	assert_string_equal(helper.log, "wcwrcw");
	expect_types(&m, "mmum");
	assert_int_equal(m.memory->zone[0].nr_reserved_highatomic, 0);
	machine_stop(&m);
}

/*
 *	|h ................|m ################| …
 *
 * Expect: progress is no reason to give the only reserved pageblock back.
 */
static void the_last_reserve_is_kept(void **state)
{
	struct helper helper = { .reclaims = true };
	struct machine m;

	(void)state;
	describe(&m);
	machine_draw(&m, "hmmm", "................ " FULL FULL FULL);
	call_for_help(&m, &helper);
	assert_int_equal(get(&m, GFP_KERNEL | __GFP_NORETRY, 0), PFN_NONE);
	assert_string_equal(helper.log, "wwr");
	expect_types(&m, "hmmm");
	machine_stop(&m);
}

/* ---- who may go without ---- */

/* Expect: __GFP_MEMALLOC takes the last pages, and says so. */
static void memalloc_ignores_the_marks(void **state)
{
	struct helper helper = NOBODY_HELPS;
	struct page_grant grant =
		ask(&helper, GFP_KERNEL | __GFP_MEMALLOC, 2, "ww");

	(void)state;
	assert_int_not_equal(grant.pfn, PFN_NONE);
	assert_true(grant.no_watermarks);
	assert_int_equal(grant.path, PATH_SLOW);
	/* It compacts only once that has failed. */
	expect_failure(NOBODY_HELPS, GFP_KERNEL | __GFP_MEMALLOC, 3, "wwrck");
	/* __GFP_NOMEMALLOC wins. */
	expect_failure(NOBODY_HELPS,
		       GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOMEMALLOC, 2,
		       "wcwrck");
}

/* Expect: __GFP_NOFAIL takes the last pages after the OOM killer was asked. */
static void nofail_takes_the_last_page(void **state)
{
	struct helper helper = NOBODY_HELPS;
	struct page_grant grant =
		ask(&helper, GFP_KERNEL | __GFP_NOFAIL, 2, "wcwrck");

	(void)state;
	assert_int_not_equal(grant.pfn, PFN_NONE);
	assert_true(grant.no_watermarks);
	/* Who can't reclaim has no right to insist. */
	expect_failure(NOBODY_HELPS, GFP_NOWAIT | __GFP_NOFAIL, 0, "ww");
}

/* Expect: where nobody is killed, half of the min mark, not more. */
static void nofail_may_use_half_of_the_mark(void **state)
{
	struct helper helper = NOBODY_HELPS;
	gfp_t gfp = GFP_KERNEL | __GFP_NOFAIL | __GFP_THISNODE;
	struct machine m;
	pfn_t pfn;

	(void)state;
	start_short(&m, &helper);
	m.memory->zone[0].pcp[0].batch = 1;
	for (int left = MIN; left > MIN / 2; left--) {
		pfn = get(&m, gfp, 0);
		assert_int_not_equal(pfn, PFN_NONE);
		page_drain_all(m.memory, 0);
	}
	assert_int_equal(get_grant(&m, gfp, 0).reason, REASON_NOFAIL_LOOP);
	machine_stop(&m);
}

/* Expect: it comes back while reclaim gets somewhere, costly or not. */
static void nofail_goes_on_while_there_is_progress(void **state)
{
	struct helper helper = { .reclaims = true, .free_on_reclaim = 3 };
	struct helper no_progress = { .reclaimable = 1000 };
	struct page_grant grant;

	(void)state;
	expect_path(helper, GFP_KERNEL | __GFP_NOFAIL, 4,
		    "wcwrc"
		    "wrc"
		    "wr",
		    PATH_RECLAIM);
	grant = ask(&no_progress, GFP_KERNEL | __GFP_NOFAIL, 4, "wcwrc");
	assert_int_equal(grant.reason, REASON_NOFAIL_LOOP);
}

/*
 * Reclaim says each time that compaction has enough, which never comes to
 * anything. Expect: with nobody to wait for, the loop is told after a round,
 * and what reclaim did not free is not counted.
 */
static void nofail_does_not_hope_for_ever(void **state)
{
	struct helper helper = { .retries = true };
	struct page_grant grant;

	(void)state;
	alarm(NEVER_S);
	grant = ask(&helper, GFP_KERNEL | __GFP_NOFAIL, 4, "wcwrc");
	alarm(0);
	assert_int_equal(grant.reason, REASON_NOFAIL_LOOP);
}

/* ---- who waits for others ---- */

/* Why a request fails where others have something to do, for so many times. */
static enum alloc_reason ask_among_others(struct helper helper, gfp_t gfp,
					  const char *log)
{
	struct task_ops tasks = no_task_ops;
	struct page_grant grant;
	struct machine m;

	tasks.let_others_run = let_others_run;
	start_short(&m, &helper);
	m.memory->tasks = &tasks;
	m.memory->tasks_argument = &helper;
	grant = get_grant(&m, gfp, 0);
	assert_int_equal(grant.pfn, PFN_NONE);
	assert_string_equal(helper.log, log);
	machine_stop(&m);
	return grant.reason;
}

/*
 * A request that must not enter file systems kills nobody, and waits for one
 * who may.
 *
 * Expect: it goes round while others have something to do, and no longer; a
 * kill is reason enough to go round.
 */
static void who_may_not_kill_waits_for_others(void **state)
{
	const char *log[] = { "wwrko", "wwrkowrko", "wwrkowrkowrko" };

	(void)state;
	for (int others = 0; others < 3; others++)
		assert_int_equal(
			ask_among_others((struct helper){ .waits = true,
							  .others = others },
					 GFP_NOFS, log[others]),
			REASON_STUCK);
	assert_int_equal(ask_among_others((struct helper){ .victims = 2 },
					  GFP_KERNEL, "wwrkwrkwrk"),
			 REASON_WATERMARK);
}

/* What a task that was killed may still take, of so many victims. */
static struct page_grant ask_dying(gfp_t gfp, int taken, const char *log)
{
	struct helper helper = { .victims = 5 };
	struct page_grant grant;
	struct machine m;

	start_short(&m, &helper);
	m.memory->zone[0].pcp[0].batch = 1;
	for (int i = 0; i < taken; i++)
		get(&m, GFP_NOWAIT | __GFP_MEMALLOC, 0);
	page_drain_all(m.memory, 0);
	memset(helper.log, 0, sizeof(helper.log));
	m.memory->dying = true;
	grant = get_grant(&m, gfp, 0);
	assert_string_equal(helper.log, log);
	machine_stop(&m);
	return grant;
}

/*
 * Expect: a task that was killed takes half of the min mark so as to come to
 * its end. Where that is not enough, or it must not, it fails rather than have
 * one victim after the other killed.
 */
static void a_killed_task_takes_some_and_dies(void **state)
{
	struct page_grant grant = ask_dying(GFP_KERNEL, 0, "ww");

	(void)state;
	assert_int_equal(grant.path, PATH_SLOW);
	assert_false(grant.no_watermarks);
	assert_int_equal(ask_dying(GFP_KERNEL, MIN / 2 - 1, "ww").path,
			 PATH_SLOW);
	assert_int_equal(ask_dying(GFP_KERNEL, MIN / 2, "wwrk").pfn, PFN_NONE);
	assert_int_equal(
		ask_dying(GFP_KERNEL | __GFP_NOMEMALLOC, 0, "wwrk").pfn,
		PFN_NONE);
}

/* ---- why it failed ---- */

/* Expect: too few pages, or enough of them in pieces. */
static void the_reason_is_told(void **state)
{
	struct helper helper = NOBODY_HELPS;
	struct machine m;

	(void)state;
	describe(&m);
	machine_draw(&m, "mmmm", "#.#.#.#.#.#.#.#. #.#.#.#.#.#.#.#." FULL FULL);
	call_for_help(&m, &helper);
	assert_int_equal(get_grant(&m, GFP_NOWAIT, 1).reason,
			 REASON_FRAGMENTED);
	assert_int_equal(get_grant(&m, GFP_NOWAIT, 4).reason, REASON_WATERMARK);
	machine_stop(&m);
	helper = NOBODY_HELPS;
	assert_int_equal(ask(&helper, GFP_NOWAIT, 0, "ww").reason,
			 REASON_WATERMARK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_can_wait_tries_everything),
		cmocka_unit_test(who_can_not_wait_wakes_kswapd),
		cmocka_unit_test(blocks_are_compacted),
		cmocka_unit_test(compaction_needs_io),
		cmocka_unit_test(some_requests_kill_nobody),
		cmocka_unit_test(low_zones_kill_nobody),
		cmocka_unit_test(hope_lasts_for_sixteen_rounds),
		cmocka_unit_test(progress_gives_new_hope),
		cmocka_unit_test(costly_orders_count_all_rounds),
		cmocka_unit_test(costly_requests_give_up),
		cmocka_unit_test(costly_and_no_retry),
		cmocka_unit_test(whatever_frees_pages_helps),
		cmocka_unit_test(it_kills_until_it_helps),
		cmocka_unit_test(other_cpus_lists_are_drained),
		cmocka_unit_test(every_nodes_kswapd_is_woken),
		cmocka_unit_test(reserves_are_given_back),
		cmocka_unit_test(the_last_reserve_is_kept),
		cmocka_unit_test(memalloc_ignores_the_marks),
		cmocka_unit_test(nofail_takes_the_last_page),
		cmocka_unit_test(nofail_may_use_half_of_the_mark),
		cmocka_unit_test(nofail_goes_on_while_there_is_progress),
		cmocka_unit_test(nofail_does_not_hope_for_ever),
		cmocka_unit_test(who_may_not_kill_waits_for_others),
		cmocka_unit_test(a_killed_task_takes_some_and_dies),
		cmocka_unit_test(the_reason_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
