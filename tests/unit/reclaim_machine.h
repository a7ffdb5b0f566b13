/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_RECLAIM_MACHINE_H
#define KMEMSIM_TESTS_RECLAIM_MACHINE_H

/*
 * A machine for the suites about reclaim: 2048 pages of Normal memory, marks
 * at 64, 80 and 96 pages, and tasks whose sleeps and wakes are written down:
 *
 *	"kswapd 100ms; kswapd; +pfmemalloc; "
 *
 * is a nap of kswapd, a sleep without end, and who waits for reserves woken.
 */

#include "tests/unit/machine_fixture.h"

#include "models/reclaim/folio.h"
#include "models/reclaim/reclaim.h"
#include "models/reclaim/reclaim_internal.h"
#include "models/page/watermark.h"

#define RECLAIM_PAGES 2048
#define SOME_FILE 7
#define OTHER_FILE 8
#define SOME_TASK 3

static const struct folio_desc cache = { .mapping = SOME_FILE };
static const struct folio_desc dirty = { .mapping = SOME_FILE, .dirty = true };
static const struct folio_desc anon = { .anon = true,
					.mapped = true,
					.task = SOME_TASK };

/* Stands in for whoever runs tasks. */
struct stand_in {
	struct task_ops ops;
	char log[1024];
	bool asleep[NR_SLEEP_QUEUES]; /* somebody is said to sleep there */
	uint64_t left_ns; /* what the next sleep with a timeout returns */
	bool others;	  /* there are others who can run */
	bool keeps_io;	  /* I/O is not over at once */
	struct io_request io[128];
	size_t nr_io;
	uint64_t elapsed; /* calls of elapse() */
	/* Called when somebody sleeps, and at each elapse(). */
	void (*on_sleep)(struct memory *memory, enum sleep_queue queue);
	void (*on_elapse)(struct memory *memory);
};

static struct stand_in tasks;

static inline void note(const char *format, const char *name, uint64_t ms)
{
	size_t used = strlen(tasks.log);

	snprintf(tasks.log + used, sizeof(tasks.log) - used, format, name,
		 (unsigned long long)ms);
}

static inline uint64_t note_sleep(struct memory *memory, void *argument,
				  enum sleep_queue queue, uint32_t number,
				  uint64_t timeout_ns)
{
	uint64_t left = tasks.left_ns;

	(void)argument;
	(void)number;
	if (timeout_ns)
		note("%s %llums; ", sleep_queue_names[queue],
		     timeout_ns / 1000000);
	else
		note("%s; ", sleep_queue_names[queue], 0);
	tasks.left_ns = 0;
	if (tasks.on_sleep)
		tasks.on_sleep(memory, queue);
	return timeout_ns ? left : 0;
}

static inline void note_wake(struct memory *memory, void *argument,
			     enum sleep_queue queue, uint32_t number)
{
	(void)memory;
	(void)argument;
	(void)number;
	tasks.asleep[queue] = false;
	if (queue != SLEEP_IO)
		note("+%s; ", sleep_queue_names[queue], 0);
}

static inline bool is_said_asleep(struct memory *memory, void *argument,
				  enum sleep_queue queue, uint32_t number)
{
	(void)memory;
	(void)argument;
	(void)number;
	return tasks.asleep[queue];
}

static inline bool others_run(struct memory *memory, void *argument)
{
	(void)memory;
	(void)argument;
	return tasks.others;
}

static inline void count_elapse(struct memory *memory, void *argument)
{
	(void)argument;
	tasks.elapsed++;
	if (tasks.on_elapse)
		tasks.on_elapse(memory);
}

static inline void take_io(struct memory *memory, void *argument,
			   const struct io_request *request)
{
	(void)argument;
	if (!tasks.keeps_io) {
		folio_io_done(memory, request);
		return;
	}
	assert_true(tasks.nr_io < 128);
	tasks.io[tasks.nr_io++] = *request;
}

/* All I/O is over. */
static inline void finish_io(struct machine *m)
{
	for (size_t i = 0; i < tasks.nr_io; i++)
		folio_io_done(m->memory, &tasks.io[i]);
	tasks.nr_io = 0;
}

static inline void reclaim_describe(struct machine *m)
{
	machine_describe(m, RECLAIM_PAGES, 5, 6);
	for (int mark = 0; mark < NR_WMARK; mark++)
		m->zone[0].watermark[mark] = 64 + 16 * (uint64_t)mark;
	m->desc.sysctl.swappiness = 60;
	m->desc.sysctl.dirty_ratio = 20;
	m->desc.sysctl.dirty_background_ratio = 10;
	m->desc.sysctl.min_unmapped_ratio = 1;
	m->desc.sysctl.min_slab_ratio = 5;
}

static inline void reclaim_start(struct machine *m)
{
	machine_start(m);
	tasks = (struct stand_in){
		.ops = { .name = "stand-in",
			 .elapse = count_elapse,
			 .interlude = count_elapse,
			 .sleep = note_sleep,
			 .wake = note_wake,
			 .is_asleep = is_said_asleep,
			 .let_others_run = others_run,
			 .submit_io = take_io },
	};
	m->memory->tasks = &tasks.ops;
}

static inline int reclaim_setup(void **state)
{
	static struct machine m;

	reclaim_describe(&m);
	reclaim_start(&m);
	*state = &m;
	return 0;
}

static inline int reclaim_teardown(void **state)
{
	machine_stop(*state);
	return 0;
}

static inline struct folio *at(const struct machine *m, folio_t folio)
{
	return folio_get(m->memory, folio);
}

static inline folio_t make(struct machine *m, const struct folio_desc *desc)
{
	gfp_t gfp = GFP_HIGHUSER_MOVABLE;
	pfn_t pfn = get(m, gfp, 0);

	assert_int_not_equal(pfn, PFN_NONE);
	return folio_new(m->memory, pfn, 0, gfp, desc);
}

static inline folio_t make_many(struct machine *m, uint32_t nr,
				const struct folio_desc *desc)
{
	folio_t first = make(m, desc);

	while (--nr)
		make(m, desc);
	return first;
}

/* Mapped memory that was not used since it was made. */
static inline void forget_use(struct machine *m, folio_t first, uint32_t nr)
{
	for (folio_t n = first; n < first + nr; n++)
		at(m, n)->flags &= ~FOLIO_YOUNG;
}

static inline uint64_t stat_of(const struct machine *m, enum node_stat which)
{
	return m->memory->node[0].stat[which];
}

static inline uint64_t event(const struct machine *m, enum vm_event which)
{
	return m->memory->vm_event[which];
}

static inline uint64_t list_size(const struct machine *m, enum lru_list lru)
{
	return folio_lruvec(m->memory, 0)->pages[lru];
}

/* What a caller that may do anything asks of direct reclaim. */
static inline struct scan_control caller(int priority)
{
	return (struct scan_control){
		.gfp = GFP_HIGHUSER_MOVABLE,
		.highest = ZONE_MOVABLE,
		.priority = priority,
		.nr_to_reclaim = SWAP_CLUSTER_MAX,
		.may_writepage = true,
		.may_unmap = true,
		.may_swap = true,
	};
}

static inline uint64_t direct_reclaim(struct machine *m, gfp_t gfp,
				      order_t order)
{
	struct pressure_request request = {
		.gfp = gfp,
		.order = order,
		.highest = (enum zone_type)m->memory->gfp_zone[gfp & 0x0f],
		.zonelist = &m->memory->node[0].fallback,
	};

	return reclaim_direct(m->memory, &request);
}

#define expect_log(text) expect_log_at(text, __FILE__, __LINE__)
static inline void expect_log_at(const char *expected, const char *file,
				 int line)
{
	if (strcmp(expected, tasks.log) != 0) {
		print_error("expected '%s'\nfound    '%s'\n", expected,
			    tasks.log);
		_fail(file, line);
	}
	tasks.log[0] = '\0';
}

#endif
