/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a workload may do with pages that the kernel takes back: use them when
 * they are gone, free them, truncate their file, exit, be killed. The tests
 * take pages back by hand, as reclaim would.
 */

#include "tests/unit/machine_fixture.h"

#include "models/reclaim/folio.h"
#include "models/reclaim/oom.h"
#include "models/reclaim/reclaim.h"
#include "sim/kernel.h"

#define PAGES 256

struct story {
	struct machine m;
	struct kernel *kernel;
	struct names *names;
	struct outcome outcome;
	struct call_report report;
	struct task_ops tasks;
	struct io_request request;
	unsigned int sleeps; /* for I/O */
	unsigned int dirty_sleeps;
	uint64_t free_id; /* freed while its toucher sleeps; 0: none */
};

static uint32_t name(struct story *s, const char *text)
{
	return names_intern(s->names, text, strlen(text));
}

static enum call_result make_call(struct story *s, struct call call)
{
	call.node = NODE_ANY;
	if (call.id)
		call.has |= CALL_HAS_ID;
	if (call.gfp)
		call.has |= CALL_HAS_GFP;
	if (call.ctx == CONTEXT_PROCESS)
		call.has |= CALL_CAN_SLEEP;
	return kernel_call(s->kernel, &call, &s->outcome, &s->report);
}

#define CALL(s, ...)                                                           \
	assert_int_equal(make_call(s, (struct call){ __VA_ARGS__ }), CALL_DONE)

static void expect_skipped(const struct story *s, enum skip_reason reason)
{
	assert_int_equal(s->outcome.status, OUTCOME_SKIPPED);
	assert_int_equal(s->outcome.skipped, reason);
}

static void alloc(struct story *s, uint64_t id, uint8_t pages)
{
	CALL(s, .op = OP_ALLOC_PAGES, .id = id, .pages = pages,
	     .gfp = GFP_HIGHUSER_MOVABLE, .name = name(s, "a file"),
	     .task = name(s, "editor"), .has = CALL_HAS_ORDER);
	assert_int_equal(s->outcome.status, OUTCOME_OK);
}

static void touch(struct story *s, uint64_t id)
{
	CALL(s, .op = OP_TOUCH, .id = id);
}

/* Folios have the numbers 0, 1, … in the order of their making. */
static void evict(struct story *s, folio_t number)
{
	struct memory *memory = s->kernel->memory;
	const struct folio *folio = folio_get(memory, number);
	pfn_t pfn = folio->pfn;
	order_t order = folio->order;

	if (folio->flags & FOLIO_ANON)
		assert_true(folio_add_to_swap(memory, number));
	folio_set_dirty(memory, number, false);
	folio_isolate(memory, number);
	folio_evict(memory, number);
	page_free(memory, 0, pfn, order);
}

/* A device that is done when somebody sleeps for it. */
static void begin_io(struct memory *memory, void *argument,
		     const struct io_request *request)
{
	(void)memory;
	((struct story *)argument)->request = *request;
}

static uint64_t sleep_for_io(struct memory *memory, void *argument,
			     enum sleep_queue queue, uint32_t number,
			     uint64_t timeout_ns)
{
	struct story *s = argument;
	uint64_t id = s->free_id;

	(void)timeout_ns;
	if (queue == SLEEP_DIRTY) {
		s->dirty_sleeps++;
		return 0;
	}
	assert_int_equal(queue, SLEEP_IO);
	assert_int_equal(number, s->request.folio);
	s->sleeps++;
	s->free_id = 0;
	if (id)
		CALL(s, .op = OP_FREE_PAGES, .id = id);
	folio_io_done(memory, &s->request);
	return 0;
}

static int setup(void **state)
{
	static struct story s;

	s = (struct story){ .names = names_new() };
	assert_non_null(s.names);
	machine_describe(&s.m, PAGES, 4, 6);
	s.m.zone[0].managed_pages = PAGES - 4;
	s.m.desc.swap_bytes = PAGES * 4096;
	s.kernel = kernel_new(&s.m.desc, s.names, 1, &s.m.errors);
	assert_non_null(s.kernel);
	s.tasks = no_task_ops;
	s.tasks.submit_io = begin_io;
	s.tasks.sleep = sleep_for_io;
	s.kernel->memory->tasks = &s.tasks;
	s.kernel->memory->tasks_argument = &s;
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	struct story *s = *state;
	char why[256] = "";

	if (!kernel_validate(s->kernel, why, sizeof(why)))
		fail_msg("%s", why);
	kernel_free(s->kernel);
	names_free(s->names);
	return 0;
}

static const struct folio *folio_of_call(const struct story *s, folio_t number)
{
	return folio_get(s->kernel->memory, number);
}

/* Expect: on the lists, as the call says. */
static void pages_are_what_the_call_says(void **state)
{
	struct story *s = *state;

	alloc(s, 1, CALL_LRU_FILE | CALL_DIRTY | CALL_ACTIVE);
	alloc(s, 2, CALL_LRU_ANON);
	alloc(s, 3, CALL_LRU_FILE | CALL_EXECUTABLE);
	assert_int_equal(folio_of_call(s, 0)->flags,
			 FOLIO_DIRTY | FOLIO_ACTIVE);
	assert_int_equal(folio_of_call(s, 0)->mapping, name(s, "a file"));
	assert_int_equal(folio_of_call(s, 1)->flags,
			 FOLIO_ANON | FOLIO_MAPPED | FOLIO_YOUNG);
	assert_int_equal(folio_of_call(s, 1)->task, name(s, "editor"));
	assert_int_equal(folio_of_call(s, 2)->flags,
			 FOLIO_EXECUTABLE | FOLIO_MAPPED | FOLIO_YOUNG);
}

/* Expect: no pages go twice; the id ends. */
static void freeing_what_is_gone_is_skipped(void **state)
{
	struct story *s = *state;

	alloc(s, 1, CALL_LRU_FILE);
	alloc(s, 2, CALL_LRU_FILE);
	evict(s, 0);
	CALL(s, .op = OP_FREE_PAGES, .id = 1);
	expect_skipped(s, SKIP_RECLAIMED);
	CALL(s, .op = OP_FREE_PAGES, .id = 2);
	assert_int_equal(s->outcome.status, OUTCOME_OK);
	assert_int_not_equal(s->outcome.pfn, PFN_NONE);
	assert_int_equal(
		make_call(s, (struct call){ .op = OP_FREE_PAGES, .id = 1 }),
		CALL_BAD_FREE);
}

/* Expect: two uses activate page cache; nothing is allocated. */
static void touching_what_is_there_only_uses_it(void **state)
{
	struct story *s = *state;

	alloc(s, 1, CALL_LRU_FILE);
	touch(s, 1);
	touch(s, 1);
	assert_int_equal(s->outcome.status, OUTCOME_OK);
	assert_int_equal(s->outcome.granted, 0);
	assert_true(folio_of_call(s, 0)->flags & FOLIO_ACTIVE);
	CALL(s, .op = OP_TOUCH, .id = 1, .pages = CALL_DIRTY);
	assert_true(folio_of_call(s, 0)->flags & FOLIO_DIRTY);
	assert_int_equal(s->sleeps, 0);
}

/* Expect: a new block, read while its toucher sleeps; a major fault, as it is
 * mapped. */
static void touching_what_is_gone_reads_it_again(void **state)
{
	struct story *s = *state;

	alloc(s, 1, CALL_LRU_FILE | CALL_MAPPED);
	evict(s, 0);
	touch(s, 1);
	assert_int_equal(s->outcome.status, OUTCOME_OK);
	assert_int_equal(s->outcome.granted, 4096);
	assert_int_equal(s->sleeps, 1);
	assert_int_equal(s->kernel->memory->vm_event[VM_PGMAJFAULT], 1);
	assert_int_equal(
		s->kernel->memory->node[0].stat[WORKINGSET_REFAULT_FILE], 1);
	assert_true(folio_is_cached(folio_of_call(s, 0)));
}

/* Expect: read() of page cache sleeps, but is no fault. */
static void reading_a_file_is_no_fault(void **state)
{
	struct story *s = *state;

	alloc(s, 1, CALL_LRU_FILE);
	evict(s, 0);
	touch(s, 1);
	assert_int_equal(s->sleeps, 1);
	assert_int_equal(s->kernel->memory->vm_event[VM_PGMAJFAULT], 0);
}

/* Expect: whoever writes to a file waits when too much is dirty: here any
 * page is. Anonymous memory is not written back so. */
static void writers_wait_for_the_flusher(void **state)
{
	struct story *s = *state;

	alloc(s, 1, CALL_LRU_FILE);
	alloc(s, 2, CALL_LRU_ANON | CALL_DIRTY);
	assert_int_equal(s->dirty_sleeps, 0);
	alloc(s, 3, CALL_LRU_FILE | CALL_DIRTY);
	assert_int_equal(s->dirty_sleeps, 1);
	CALL(s, .op = OP_TOUCH, .id = 1, .pages = CALL_DIRTY);
	assert_int_equal(s->dirty_sleeps, 2);
}

/* Expect: from swap space, likewise; its copy there is given up by a write. */
static void swapped_memory_comes_back(void **state)
{
	struct story *s = *state;

	alloc(s, 1, CALL_LRU_ANON);
	evict(s, 0);
	CALL(s, .op = OP_TOUCH, .id = 1, .pages = CALL_DIRTY);
	assert_true(s->request.swap);
	assert_int_equal(s->kernel->memory->vm_event[VM_PSWPIN], 1);
	assert_int_equal(folios_free_swap(s->kernel->memory), PAGES);
}

/* Expect: the touch fails as the allocation does, and the id lives on. */
static void a_touch_may_find_no_memory(void **state)
{
	struct story *s = *state;

	alloc(s, 1, CALL_LRU_FILE);
	evict(s, 0);
	for (uint64_t id = 2; id < 2 + PAGES; id++)
		make_call(s, (struct call){ .op = OP_ALLOC_PAGES,
					    .id = id,
					    .gfp = GFP_KERNEL | __GFP_MEMALLOC,
					    .has = CALL_HAS_ORDER });
	touch(s, 1);
	assert_int_equal(s->outcome.status, OUTCOME_FAILED);
	for (uint64_t id = 2; id < 2 + PAGES / 2; id++)
		CALL(s, .op = OP_FREE_PAGES, .id = id);
	touch(s, 1);
	assert_int_equal(s->outcome.status, OUTCOME_OK);
}

/* Expect: whoever sleeps for it finds nothing, and nothing is lost. */
static void it_may_be_freed_while_it_is_read(void **state)
{
	struct story *s = *state;

	alloc(s, 1, CALL_LRU_FILE);
	evict(s, 0);
	s->free_id = 1;
	touch(s, 1);
	expect_skipped(s, SKIP_RECLAIMED);
	assert_int_equal(s->kernel->memory->node[0].stat[NR_FILE_PAGES], 0);
}

/* Expect: touched again it is new, and nothing is read. */
static void a_truncated_file_is_empty(void **state)
{
	struct story *s = *state;

	alloc(s, 1, CALL_LRU_FILE | CALL_DIRTY);
	CALL(s, .op = OP_TRUNCATE, .name = name(s, "a file"));
	assert_int_equal(s->kernel->memory->node[0].stat[NR_FILE_PAGES], 0);
	touch(s, 1);
	assert_int_equal(s->outcome.status, OUTCOME_OK);
	assert_int_equal(s->sleeps, 0);
}

/* Expect: its own memory goes, its files stay and are mapped no longer. */
static void a_task_exits(void **state)
{
	struct story *s = *state;

	alloc(s, 1, CALL_LRU_ANON);
	alloc(s, 2, CALL_LRU_FILE | CALL_MAPPED);
	CALL(s, .op = OP_EXIT, .task = name(s, "editor"));
	CALL(s, .op = OP_FREE_PAGES, .id = 1);
	expect_skipped(s, SKIP_RECLAIMED);
	assert_false(folio_of_call(s, 1)->flags & FOLIO_MAPPED);
	CALL(s, .op = OP_FREE_PAGES, .id = 2);
	assert_int_equal(s->outcome.status, OUTCOME_OK);
}

static void kill_somebody(struct story *s)
{
	const struct pressure_request request = { .gfp = GFP_KERNEL };

	s->kernel->memory->dying = false;
	assert_int_equal(oom_out_of_memory(s->kernel->memory, &request),
			 OOM_KILLED);
}

/* Expect: whoever was killed makes no more calls but frees; interrupts on his
 * CPU do; his name may live again when he has exited. */
static void the_dead_make_no_calls(void **state)
{
	struct story *s = *state;
	uint32_t editor = name(s, "editor");

	alloc(s, 1, CALL_LRU_ANON);
	alloc(s, 2, CALL_LRU_FILE);
	kill_somebody(s);
	CALL(s, .op = OP_KMALLOC, .id = 3, .size = 8, .gfp = GFP_KERNEL,
	     .task = editor);
	expect_skipped(s, SKIP_TASK_KILLED);
	CALL(s, .op = OP_KFREE, .id = 3, .task = editor);
	expect_skipped(s, SKIP_ALLOC_FAILED);
	CALL(s, .op = OP_TOUCH, .id = 2, .task = editor);
	expect_skipped(s, SKIP_TASK_KILLED);
	CALL(s, .op = OP_FREE_PAGES, .id = 2, .task = editor);
	assert_int_equal(s->outcome.status, OUTCOME_OK);
	CALL(s, .op = OP_KMALLOC, .id = 3, .size = 8, .gfp = GFP_ATOMIC,
	     .task = editor, .ctx = CONTEXT_SOFTIRQ);
	assert_int_equal(s->outcome.status, OUTCOME_OK);
	CALL(s, .op = OP_EXIT, .task = editor);
	alloc(s, 4, CALL_LRU_ANON);
}

/* 0: nobody. */
static uint32_t last_victim(const struct memory *memory)
{
	size_t nr;
	const struct oom_kill *kill = oom_kills(memory, &nr);

	return nr ? kill[nr - 1].victim : 0;
}

/* Expect: oom_score_adj decides who dies. */
static void some_are_spared(void **state)
{
	struct story *s = *state;

	alloc(s, 1, CALL_LRU_ANON);
	CALL(s, .op = OP_OOM_SCORE_ADJ, .task = name(s, "editor"),
	     .value = -1000);
	CALL(s, .op = OP_OOM_SCORE_ADJ, .task = name(s, "other"), .value = 5);
	kill_somebody(s);
	assert_int_equal(last_victim(s->kernel->memory), name(s, "other"));
}

/* Expect: refused, with what is wrong. */
static void calls_that_need_it_to_stay_are_refused(void **state)
{
	struct story *s = *state;

	alloc(s, 1, CALL_LRU_FILE);
	assert_int_equal(make_call(s, (struct call){ .op = OP_KMAP, .id = 1 }),
			 CALL_INVALID);
	assert_int_equal(make_call(s, (struct call){ .op = OP_READ, .id = 1 }),
			 CALL_INVALID);
	assert_int_equal(make_call(s, (struct call){ .op = OP_FREE_PAGES,
						     .id = 1,
						     .has = CALL_HAS_PAGE }),
			 CALL_BAD_FREE);
	CALL(s, .op = OP_KMALLOC, .id = 2, .size = 8, .gfp = GFP_KERNEL);
	assert_int_equal(make_call(s, (struct call){ .op = OP_TOUCH, .id = 2 }),
			 CALL_INVALID);
}

/*
 * Frames 0 to 3 are in use since before the run. Expect: the id stands for the
 * frame, on its list, not known to have been used; it is freed by its id, and
 * not taken twice; a frame that is free is none to be taken over.
 */
static void pages_of_before_the_run_are_taken_over(void **state)
{
	struct story *s = *state;
	struct call call = { .op = OP_ALLOC_PAGES,
			     .id = 1,
			     .pfn = 2,
			     .pages = CALL_LRU_ANON,
			     .gfp = GFP_HIGHUSER_MOVABLE,
			     .has = CALL_HAS_PFN | CALL_HAS_ORDER };
	uint64_t given = s->kernel->memory->vm_event[VM_PGALLOC_NORMAL];

	assert_int_equal(make_call(s, call), CALL_DONE);
	assert_int_equal(s->outcome.status, OUTCOME_OK);
	assert_int_equal(s->outcome.pfn, 2);
	assert_int_equal(s->outcome.granted, 0);
	assert_int_equal(folio_at(s->kernel->memory, 2), 0);
	assert_false(folio_get(s->kernel->memory, 0)->flags & FOLIO_YOUNG);
	assert_int_equal(s->kernel->memory->vm_event[VM_PGALLOC_NORMAL], given);
	for (call.id = 2; call.id < 4; call.id++) {
		assert_int_equal(make_call(s, call), CALL_DONE);
		expect_skipped(s, SKIP_NOT_IN_USE);
		call.pfn = 100;
	}
	CALL(s, .op = OP_FREE_PAGES, .id = 2);
	expect_skipped(s, SKIP_ALLOC_FAILED);
	CALL(s, .op = OP_FREE_PAGES, .id = 1);
	assert_int_equal(s->outcome.pfn, 2);
	assert_int_equal(folio_at(s->kernel->memory, 2), FOLIO_NONE);
}

/* Expect: no page of a file is touched where nobody may sleep. */
static void no_interrupt_touches_them(void **state)
{
	struct story *s = *state;

	alloc(s, 1, CALL_LRU_FILE);
	CALL(s, .op = OP_TOUCH, .id = 1, .ctx = CONTEXT_SOFTIRQ);
	assert_int_equal(s->outcome.status, OUTCOME_FAILED);
	assert_true(s->report.broken & RULE_BIT(RULE_TOUCH_IN_ATOMIC));
	assert_false(folio_of_call(s, 0)->flags & FOLIO_REFERENCED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(pages_are_what_the_call_says),
		TEST(freeing_what_is_gone_is_skipped),
		TEST(touching_what_is_there_only_uses_it),
		TEST(touching_what_is_gone_reads_it_again),
		TEST(reading_a_file_is_no_fault),
		TEST(writers_wait_for_the_flusher),
		TEST(swapped_memory_comes_back),
		TEST(a_touch_may_find_no_memory),
		TEST(it_may_be_freed_while_it_is_read),
		TEST(a_truncated_file_is_empty),
		TEST(a_task_exits),
		TEST(the_dead_make_no_calls),
		TEST(some_are_spared),
		TEST(calls_that_need_it_to_stay_are_refused),
		TEST(no_interrupt_touches_them),
		TEST(pages_of_before_the_run_are_taken_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
