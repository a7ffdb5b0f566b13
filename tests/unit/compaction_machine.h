/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_COMPACTION_MACHINE_H
#define KMEMSIM_TESTS_COMPACTION_MACHINE_H

/*
 * Machines for the suites about compaction, drawn as in machine_fixture.h:
 *
 *	compaction_draw(&m, "u        m",
 *			    "##.f.w.. ....l..a");
 *
 * `f` is page cache and `a` anonymous memory, a page each; `w` is page cache
 * under writeback and `l` locked until somebody waits for it; `c` belongs to
 * a compound block of two pages in use, `n` to one that is not. Pageblocks are
 * of 8 pages, the largest block of 16. Whenever time passes, all is recounted.
 */

#include "models/compaction/compaction_internal.h"
#include "models/reclaim/folio_internal.h"
#include "tests/unit/machine_fixture.h"

/* Who runs the tasks, and what it was asked. */
struct runner {
	struct machine *m;
	bool kswapd_runs;
	bool kcompactd_sleeps;
	int woken; /* kcompactd */
	int waits; /* for the end of I/O */
	int elapsed;
	uint64_t slept_ns;	     /* kcompactd's last sleep */
	uint64_t throttled_ns;	     /* a sleep because of isolated pages */
	struct folio_chain isolated; /* put back during that sleep */
	/* The elapse-th time that passes, drop this frame's folio; 0: never. */
	int drop_when;
	pfn_t drop;
};

static inline void runner_elapse(struct memory *memory, void *argument)
{
	struct runner *runner = argument;
	char why[256] = "";

	if (!memory_validate(memory, why, sizeof(why)) ||
	    !folios_validate(memory, why, sizeof(why)))
		fail_msg("%s", why);
	if (++runner->elapsed == runner->drop_when)
		folio_drop(memory, 0, folio_at(memory, runner->drop));
}

static inline uint64_t runner_sleep(struct memory *memory, void *argument,
				    enum sleep_queue queue, uint32_t number,
				    uint64_t timeout_ns)
{
	struct runner *runner = argument;

	if (queue == SLEEP_KCOMPACTD)
		runner->slept_ns = timeout_ns;
	if (queue == SLEEP_ISOLATED) {
		runner->throttled_ns = timeout_ns;
		folio_chain_putback(memory, &runner->isolated);
	}
	if (queue == SLEEP_IO) {
		runner->waits++;
		folio_get(memory, number)->flags &= ~FOLIO_LOCKED;
	}
	return 0;
}

static inline void runner_wake(struct memory *memory, void *argument,
			       enum sleep_queue queue, uint32_t number)
{
	struct runner *runner = argument;

	(void)memory;
	(void)number;
	runner->woken += queue == SLEEP_KCOMPACTD;
}

static inline bool runner_is_asleep(struct memory *memory, void *argument,
				    enum sleep_queue queue, uint32_t number)
{
	const struct runner *runner = argument;

	(void)memory;
	(void)number;
	if (queue == SLEEP_KSWAPD)
		return !runner->kswapd_runs;
	return queue == SLEEP_KCOMPACTD && runner->kcompactd_sleeps;
}

static inline bool runner_let_others_run(struct memory *memory, void *argument)
{
	(void)memory;
	(void)argument;
	return false;
}

static const struct task_ops runner_ops = {
	.name = "runner",
	.elapse = runner_elapse,
	.interlude = runner_elapse,
	.sleep = runner_sleep,
	.wake = runner_wake,
	.is_asleep = runner_is_asleep,
	.let_others_run = runner_let_others_run,
};

static inline void draw_folio(struct machine *m, pfn_t pfn, char letter)
{
	struct folio_desc desc = { .anon = letter == 'a', .mapped = true };
	folio_t folio;

	m->memory->state[pfn] = PAGE_ALLOCATED;
	folio = folio_new(m->memory, pfn, 0, GFP_HIGHUSER_MOVABLE, &desc);
	assert_int_not_equal(folio, FOLIO_NONE);
	if (letter == 'w')
		folio_start_writeback(m->memory, folio);
	if (letter == 'l')
		folio_get(m->memory, folio)->flags |= FOLIO_LOCKED;
}

/* A block in use: `kind` is PAGE_COMPOUND, or 0. */
static inline void draw_block(struct machine *m, pfn_t pfn, order_t order,
			      uint8_t kind)
{
	m->memory->state[pfn] = PAGE_ALLOCATED | kind | order;
	memset(m->memory->state + pfn + 1, PAGE_TAIL, (1u << order) - 1);
}

/*
 * The scanners' places are set as an earlier compaction leaves them: at the
 * zone's ends.
 */
static inline void compaction_start(struct machine *m, const char *types,
				    const char *pages)
{
	char plain[PICTURE_PAGES + 1];
	size_t nr = plain_picture(pages, plain);

	machine_draw(m, types, pages);
	for (pfn_t pfn = 0; pfn < nr; pfn++) {
		if (strchr("fawl", plain[pfn]))
			draw_folio(m, pfn, plain[pfn]);
		if (plain[pfn] == 'c')
			draw_block(m, pfn++, 1, PAGE_COMPOUND);
		else if (plain[pfn] == 'n')
			draw_block(m, pfn++, 1, 0);
	}
	reset_cached_positions(m->memory, &m->memory->zone[0]);
}

static inline void compaction_describe(struct machine *m, const char *types)
{
	char plain[PICTURE_PAGES + 1];

	machine_describe(m, plain_picture(types, plain) * 8, 3, 5);
}

static inline void compaction_draw(struct machine *m, const char *types,
				   const char *pages)
{
	compaction_describe(m, types);
	compaction_start(m, types, pages);
}

static inline void run_with(struct machine *m, struct runner *runner)
{
	runner->m = m;
	m->memory->tasks = &runner_ops;
	m->memory->tasks_argument = runner;
}

/* As expect_pages(), with folios as letters. */
#define expect_folios(m, picture)                                              \
	expect_folios_at(m, picture, __FILE__, __LINE__)
static inline void expect_folios_at(const struct machine *m,
				    const char *picture, const char *file,
				    int line)
{
	char expected[PICTURE_PAGES + 1];
	char found[PICTURE_PAGES + 1];
	size_t nr = plain_picture(picture, expected);

	machine_picture(m, found);
	for (pfn_t pfn = 0; pfn < nr; pfn++) {
		folio_t folio = folio_at(m->memory, pfn);

		if (folio != FOLIO_NONE)
			found[pfn] = folio_get(m->memory, folio)->flags &
						     FOLIO_ANON ?
					     'a' :
					     'f';
	}
	if (strcmp(expected, found) == 0)
		return;
	print_error("expected %s\nfound    %s\n", expected, found);
	_fail(file, line);
}

static inline struct pressure_request request_for(const struct machine *m,
						  gfp_t gfp, order_t order)
{
	return (struct pressure_request){
		.gfp = gfp,
		.order = order,
		.highest = ZONE_NORMAL,
		.type = gfp_migratetype(gfp),
		.zonelist = &m->memory->node[0].fallback,
	};
}

/* Compacts for a request; *captured is the block, or PFN_NONE. */
static inline enum compact_result compact(struct machine *m, gfp_t gfp,
					  order_t order,
					  enum compact_priority priority,
					  pfn_t *captured)
{
	struct pressure_request request = request_for(m, gfp, order);

	return compaction_direct(m->memory, &request, priority, captured);
}

static inline void compaction_stop(struct machine *m)
{
	char why[256] = "";

	if (!folios_validate(m->memory, why, sizeof(why)))
		fail_msg("%s", why);
	machine_stop(m);
}

#endif
