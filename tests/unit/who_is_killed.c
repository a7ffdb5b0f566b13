/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whom the OOM killer takes, and when it does not. 1000 pages of memory and
 * 1000 of swap space: a step of oom_score_adj is worth two pages.
 */

#include "tests/unit/machine_fixture.h"

#include "models/reclaim/folio.h"
#include "models/reclaim/oom.h"
#include "models/report.h"

#define PAGES 1024
#define SWAP_PAGES 1000

enum { EDITOR = 1, BROWSER, DATABASE };

static const struct pressure_request kernel_request = { .gfp = GFP_KERNEL,
							.order = 2 };

static uint32_t woken;

/* Reports so far, and whom the last one said to be killed. */
static struct {
	uint32_t kills, nobody;
	uint32_t victim;
} told;

static void note_wake(struct memory *memory, void *argument,
		      enum sleep_queue queue, uint32_t number)
{
	(void)memory;
	(void)argument;
	(void)number;
	woken += queue == SLEEP_OOM;
}

static void note_report(struct memory *memory, void *argument,
			const struct report *report)
{
	(void)argument;
	told.kills += report->kind == REPORT_OOM_KILL;
	told.nobody += report->kind == REPORT_OOM_NOBODY;
	told.victim = report->victim;
	/* The state is that before the kill. */
	assert_false(oom_task_is_killed(memory, report->victim));
	assert_int_equal(report->gfp, kernel_request.gfp);
	assert_int_equal(report->order, kernel_request.order);
}

static int setup(void **state)
{
	static struct task_ops tasks;
	static struct machine m;

	machine_describe(&m, PAGES, 4, 6);
	m.zone[0].managed_pages = PAGES;
	m.desc.swap_bytes = SWAP_PAGES * 4096;
	machine_start(&m);
	tasks = no_task_ops;
	tasks.wake = note_wake;
	tasks.report = note_report;
	m.memory->tasks = &tasks;
	woken = 0;
	memset(&told, 0, sizeof(told));
	*state = &m;
	return 0;
}

static int teardown(void **state)
{
	machine_stop(*state);
	return 0;
}

static folio_t make(struct machine *m, const struct folio_desc *desc)
{
	pfn_t pfn = get(m, GET_MOVABLE, 0);

	assert_int_not_equal(pfn, PFN_NONE);
	return folio_new(m->memory, pfn, 0, GET_MOVABLE, desc);
}

/* The task has so many pages more; the first of them. */
static folio_t give(struct machine *m, uint32_t task, int pages)
{
	const struct folio_desc desc = { .anon = true, .task = task };
	folio_t first = make(m, &desc);

	for (int i = 1; i < pages; i++)
		make(m, &desc);
	assert_int_equal(oom_add_task(m->memory, task), 0);
	return first;
}

static enum oom_result ask(struct machine *m)
{
	return oom_out_of_memory(m->memory, &kernel_request);
}

/* 0: nobody. */
static uint32_t last_victim(const struct memory *memory)
{
	size_t nr;
	const struct oom_kill *kill = oom_kills(memory, &nr);

	return nr ? kill[nr - 1].victim : 0;
}

static void expect_killed(struct machine *m, uint32_t task)
{
	assert_int_equal(ask(m), OOM_KILLED);
	assert_int_equal(last_victim(m->memory), task);
	assert_true(oom_task_is_killed(m->memory, task));
}

/* Expect: the largest, then the next, then there is nobody. */
static void the_largest_is_killed_first(void **state)
{
	struct machine *m = *state;

	give(m, EDITOR, 2);
	give(m, BROWSER, 9);
	give(m, DATABASE, 5);
	expect_killed(m, BROWSER);
	expect_killed(m, DATABASE);
	assert_int_equal(m->memory->node[0].stat[NR_ANON_PAGES], 2);
	expect_killed(m, EDITOR);
	assert_int_equal(ask(m), OOM_NOBODY);
	assert_int_equal(m->memory->vm_event[VM_OOM_KILL], 3);
	assert_int_equal(woken, 3);
}

/* Expect: of equals, who came last. */
static void of_equals_the_youngest_is_killed(void **state)
{
	struct machine *m = *state;

	give(m, EDITOR, 3);
	give(m, BROWSER, 3);
	expect_killed(m, BROWSER);
}

/* Expect: what lies in swap space counts, once even where it is in memory. */
static void swapped_pages_count(void **state)
{
	struct machine *m = *state;
	folio_t folio = give(m, EDITOR, 2);
	pfn_t pfn = folio_get(m->memory, folio)->pfn;
	const struct oom_kill *kill;
	size_t nr;

	give(m, BROWSER, 1);
	assert_true(folio_add_to_swap(m->memory, folio));
	assert_true(folio_add_to_swap(m->memory, folio + 1));
	folio_set_dirty(m->memory, folio, false);
	folio_isolate(m->memory, folio);
	folio_evict(m->memory, folio);
	put(m, pfn, 0);
	expect_killed(m, EDITOR);
	kill = oom_kills(m->memory, &nr);
	assert_int_equal(nr, 1);
	assert_int_equal(kill[0].pages, 1);
	assert_int_equal(kill[0].swapped, 1);
	assert_int_equal(kill[0].reaped, 1);
	assert_int_equal(kill[0].points, 2);
	assert_int_equal(folios_free_swap(m->memory), SWAP_PAGES);
}

/* Expect: so does page cache in its page tables; it stays. */
static void mapped_files_count_and_stay(void **state)
{
	struct machine *m = *state;
	const struct folio_desc text = { .task = EDITOR,
					 .mapping = 1,
					 .mapped = true };

	give(m, EDITOR, 1);
	make(m, &text);
	make(m, &text);
	give(m, BROWSER, 2);
	expect_killed(m, EDITOR);
	assert_int_equal(m->memory->node[0].stat[NR_FILE_PAGES], 2);
	assert_int_equal(ask(m), OOM_KILLED);
}

/* Expect: a hundredth of 2 x 1000 pages outweighs 19 pages, not 21. */
static void the_adjustment_is_a_share_of_all_memory(void **state)
{
	struct machine *m = *state;

	give(m, EDITOR, 1);
	give(m, BROWSER, 20);
	assert_int_equal(oom_set_score_adj(m->memory, EDITOR, 10), 0);
	expect_killed(m, EDITOR);
	give(m, DATABASE, 41);
	assert_int_equal(oom_set_score_adj(m->memory, DATABASE, -10), 0);
	expect_killed(m, DATABASE);
}

/* Expect: -1000 is never killed, however much it has. */
static void some_are_never_killed(void **state)
{
	struct machine *m = *state;

	give(m, DATABASE, 50);
	assert_int_equal(oom_set_score_adj(m->memory, DATABASE, -1000), 0);
	assert_int_equal(ask(m), OOM_NOBODY);
	give(m, EDITOR, 1);
	expect_killed(m, EDITOR);
	assert_int_equal(ask(m), OOM_NOBODY);
}

/* Expect: who must not enter file systems waits for one who may. */
static void without_fs_nobody_is_killed(void **state)
{
	struct machine *m = *state;
	const struct pressure_request request = { .gfp = GFP_NOFS };

	give(m, EDITOR, 1);
	assert_int_equal(oom_out_of_memory(m->memory, &request), OOM_WAIT);
	assert_int_equal(m->memory->vm_event[VM_OOM_KILL], 0);
}

/* Expect: the log says who asked; who is killed by itself is dying. */
static void a_task_may_kill_itself(void **state)
{
	struct machine *m = *state;
	const struct oom_kill *kill;
	size_t nr;

	give(m, BROWSER, 1);
	m->memory->task = BROWSER;
	expect_killed(m, BROWSER);
	assert_true(m->memory->dying);
	kill = oom_kills(m->memory, &nr);
	assert_int_equal(kill[0].asked_by, BROWSER);
	assert_int_equal(kill[0].order, 2);
	assert_int_equal(kill[0].gfp, GFP_KERNEL);
	give(m, EDITOR, 1);
	assert_int_equal(ask(m), OOM_WAIT);
}

/*
 * Expect: pages that reclaim has in hand hold nobody up: whom the reaper has
 * been at is passed over, and the next one dies.
 */
static void the_reaper_comes_once(void **state)
{
	struct machine *m = *state;
	folio_t folio = give(m, BROWSER, 3);

	give(m, EDITOR, 1);
	folio_isolate(m->memory, folio);
	expect_killed(m, BROWSER);
	expect_killed(m, EDITOR);
	assert_int_equal(ask(m), OOM_NOBODY);
	folio_putback(m->memory, folio);
}

/* Expect: a task that exits is forgotten; its name may come again. */
static void a_name_may_live_again(void **state)
{
	struct machine *m = *state;

	give(m, EDITOR, 1);
	expect_killed(m, EDITOR);
	oom_task_exits(m->memory, EDITOR);
	assert_false(oom_task_is_killed(m->memory, EDITOR));
	assert_int_equal(ask(m), OOM_NOBODY);
	give(m, EDITOR, 1);
	expect_killed(m, EDITOR);
}

/* Expect: each kill is told; that nobody is left to be killed, once. */
static void the_log_is_told(void **state)
{
	struct machine *m = *state;

	give(m, EDITOR, 1);
	expect_killed(m, EDITOR);
	assert_int_equal(told.kills, 1);
	assert_int_equal(told.victim, EDITOR);
	for (int i = 0; i < 3; i++)
		assert_int_equal(ask(m), OOM_NOBODY);
	assert_int_equal(told.nobody, 1);
	assert_int_equal(told.victim, 0);
	give(m, BROWSER, 1);
	expect_killed(m, BROWSER);
	assert_int_equal(told.kills, 2);
	assert_int_equal(told.nobody, 1);
}

static void expect_candidates(const struct machine *m, const uint32_t *names,
			      const uint64_t *pages)
{
	struct oom_candidate candidate;
	size_t at = 0;

	for (; *names; names++, pages++) {
		assert_true(oom_next_candidate(m->memory, &at, &candidate));
		assert_int_equal(candidate.task, *names);
		assert_int_equal(candidate.anon + candidate.file, *pages);
	}
	assert_false(oom_next_candidate(m->memory, &at, &candidate));
}

/*
 * Expect: the list of tasks in the log has all that live, as they were counted
 * last; not who exited, nor who was killed once he was found to have nothing
 * left. Page cache stays behind, but is no longer his.
 */
static void the_list_has_who_lives(void **state)
{
	struct machine *m = *state;
	const struct folio_desc text = { .task = EDITOR,
					 .mapping = 1,
					 .mapped = true };

	give(m, EDITOR, 4);
	make(m, &text);
	give(m, BROWSER, 3);
	give(m, DATABASE, 2);
	oom_task_exits(m->memory, DATABASE);
	expect_killed(m, EDITOR);
	expect_candidates(m, (uint32_t[]){ EDITOR, BROWSER, 0 },
			  (uint64_t[]){ 5, 3 });
	expect_killed(m, BROWSER);
	expect_candidates(m, (uint32_t[]){ BROWSER, 0 }, (uint64_t[]){ 3 });
	assert_int_equal(ask(m), OOM_NOBODY);
	expect_candidates(m, (uint32_t[]){ 0 }, NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_largest_is_killed_first),
		TEST(of_equals_the_youngest_is_killed),
		TEST(swapped_pages_count),
		TEST(mapped_files_count_and_stay),
		TEST(the_adjustment_is_a_share_of_all_memory),
		TEST(some_are_never_killed),
		TEST(without_fs_nobody_is_killed),
		TEST(a_task_may_kill_itself),
		TEST(the_reaper_comes_once),
		TEST(a_name_may_live_again),
		TEST(the_log_is_told),
		TEST(the_list_has_who_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
