/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which calls a reader of packed workloads refuses, although every checksum is
 * right: those that no workload of words could have. The writer takes calls as
 * they are, so that a test can have it write what no reader of words gives it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "models/reclaim/oom.h"
#include "tests/unit/packed_calls.h"
#include "tests/unit/workload_calls.h"
#include "tests/unit/workload_text_each.h"

#define NO_CALL "w.kmt:1:1: error: block 1, at byte "
#define OF_NO_WORKLOAD ": it has a call that no workload can have"
#define OF_NO_EVENT ": it has a value that no event can have"

/* Packs the calls and reads them back. */
static void read_back(const struct call *calls, size_t nr)
{
	static const struct traced by_nobody = { 0 };
	struct bytes bytes = pack_traced(&text, calls, nr, &by_nobody);

	read_workload_file(&text, scratch_bytes(&text.scratch, "w.kmt",
						bytes.at, bytes.nr));
	free(bytes.at);
}

/* Between two calls that are right. */
static void expect_refused(const struct call *wrong, const char *what,
			   const char *why)
{
	struct call calls[3] = {
		full_call(text.names, OP_FREE_PAGES),
		*wrong,
		full_call(text.names, OP_KFREE),
	};

	calls[0].t_ns = 0;
	calls[2].t_ns = wrong->t_ns;
	read_back(calls, 3);
	if (text.nr != -1)
		fail_msg("taken: %s", what);
	assert_int_equal(text.scratch.errors.nr, 1);
	expect_error(&text.scratch, NO_CALL);
	if (!strstr(text.scratch.errors.text[0], why))
		fail_msg("%s: %s", what, text.scratch.errors.text[0]);
	errors_release(&text.scratch.errors);
}

/* The operation's full call with a change: refused, and why. */
#define REFUSE(operation, why, change)                                         \
	do {                                                                   \
		struct call call = full_call(text.names, OP_##operation);      \
		change;                                                        \
		expect_refused(&call, #operation ": " #change, why);           \
	} while (0)
#define NO(operation, change) REFUSE(operation, OF_NO_WORKLOAD, change)
#define NEVER(operation, change) REFUSE(operation, OF_NO_EVENT, change)

/* Expect: the calls that are changed below are taken as they are. */
static void full_calls_are_taken(void **state)
{
	struct call calls[NR_CALL_OPS];

	(void)state;
	for (int op = 0; op < NR_CALL_OPS; op++)
		calls[op] = full_call(text.names, (enum call_op)op);
	read_back(calls, NR_CALL_OPS);
	print_errors(&text.scratch);
	assert_int_equal(text.nr, NR_CALL_OPS);
}

/* Expect: the last value that each field takes is taken. */
static void the_ends_are_taken(void **state)
{
	struct call calls[] = {
		full_call(text.names, OP_ALLOC_PAGES),
		full_call(text.names, OP_CACHE_CREATE),
		full_call(text.names, OP_DMA_ALLOC_COHERENT),
		full_call(text.names, OP_OOM_SCORE_ADJ),
		full_call(text.names, OP_OOM_SCORE_ADJ),
		full_call(text.names, OP_MEMPOOL_CREATE),
	};
	const size_t nr = sizeof(calls) / sizeof(*calls);

	(void)state;
	calls[0].order = ORDER_LIMIT;
	calls[0].node = MAX_NODES - 1;
	calls[0].ctx = NR_CALL_CONTEXTS - 1;
	calls[1].node = NODE_ANY;
	calls[1].align = (uint32_t)event_fields[FIELD_ALIGN].max;
	calls[2].mask_bits = 64;
	calls[3].value = OOM_SCORE_ADJ_MIN;
	calls[4].value = OOM_SCORE_ADJ_MAX;
	calls[5].min_nr = 0;
	for (size_t i = 0; i < nr; i++)
		calls[i].t_ns = i;
	calls[nr - 1].t_ns = TIME_MOST;
	read_back(calls, nr);
	print_errors(&text.scratch);
	assert_int_equal(text.nr, (long)nr);
	for (size_t i = 0; i < nr; i++)
		expect_same(&text.call[i], &calls[i]);
}

static void what_is_missing(void **state)
{
	(void)state;
	NO(ALLOC_PAGES, call.has &= ~CALL_HAS_ID);
	NO(ALLOC_PAGES, (call.has &= ~CALL_HAS_GFP, call.gfp = 0));
	NO(FREE_PAGES, (call.has &= ~(CALL_HAS_ID | CALL_HAS_PAGE)));
	NO(KMALLOC, (call.has &= ~CALL_HAS_GFP, call.gfp = 0));
	NO(KFREE, call.has &= ~CALL_HAS_ID);
	NO(CACHE_CREATE, call.name = 0);
	NO(CACHE_ALLOC, call.name = 0);
	NO(MEMPOOL_CREATE, call.name = 0);
	NO(MEMPOOL_ALLOC, call.name = 0);
	NO(TRUNCATE, call.name = 0);
	NO(EXIT, call.task = 0);
	NO(OOM_SCORE_ADJ, call.task = 0);
	NO(SAMPLE, call.name = 0);
}

static void what_the_operation_does_not_take(void **state)
{
	(void)state;
	NO(ALLOC_PAGES, call.has |= CALL_HAS_PAGE);
	NO(ALLOC_PAGES, call.mask_bits = 24);
	NO(ALLOC_PAGES, call.align = 64);
	NO(ALLOC_PAGES, call.byte = 1);
	NO(ALLOC_PAGES, call.offset = 1);
	NO(ALLOC_PAGES, call.slab_flags = SLAB_HWCACHE_ALIGN);
	NO(ALLOC_PAGES, call.min_nr = 1);
	NO(ALLOC_PAGES, call.cache = call.name);
	NO(ALLOC_PAGES, call.pages |= CALL_RECLAIMABLE);
	NO(FREE_PAGES, call.name = call.task);
	NO(FREE_PAGES, call.size = 1);
	NO(KFREE, call.has |= CALL_HAS_ORDER);
	NO(KFREE, call.has |= CALL_HAS_PFN);
	NO(KMALLOC, call.pages = CALL_LRU_FILE);
	NO(SAMPLE, call.has |= CALL_HAS_ID);
}

static void what_does_not_go_together(void **state)
{
	(void)state;
	NO(ALLOC_PAGES, call.size = 1);
	NO(ALLOC_PAGES, call.has &= ~CALL_HAS_ORDER);
	NO(ALLOC_PAGES, call.has &= ~CALL_HAS_RECORDED_OK);
	NO(FREE_PAGES, (call.has |= CALL_HAS_NAMED_ID, call.id = call.task));
	NO(FREE_PAGES, call.has |= CALL_HAS_PFN);
	NO(FREE_PAGES, (call.has |= CALL_HAS_PFN, call.has &= ~CALL_HAS_PAGE));
	NO(FREE_PAGES, (call.has |= CALL_HAS_PFN, call.has &= ~CALL_HAS_ID));
	NO(VMALLOC, call.has &= ~CALL_HAS_GFP);
	NO(MEMPOOL_CREATE, call.size = 8);
	NO(MEMPOOL_CREATE, (call.has |= CALL_HAS_ORDER, call.order = 1));
}

static void pages_that_can_not_be(void **state)
{
	(void)state;
	NO(ALLOC_PAGES, call.pages |= CALL_LRU_ANON);
	NO(ALLOC_PAGES, call.pages |= CALL_UNEVICTABLE);
	NO(ALLOC_PAGES, (call.pages = CALL_DIRTY, call.name = 0));
	NO(ALLOC_PAGES, call.pages = 0);
	NO(ALLOC_PAGES, call.pages = CALL_LRU_ANON);
	NO(ALLOC_PAGES,
	   (call.pages = CALL_LRU_ANON | CALL_EXECUTABLE, call.name = 0));
	NO(TOUCH, call.pages = CALL_ACTIVE);
}

/* Expect: a value by itself is one of those that its field takes. */
static void values_that_can_not_be(void **state)
{
	(void)state;
	NO(KFREE, call.ctx = NR_CALL_CONTEXTS);
	NO(KFREE, call.node = MAX_NODES);
	NO(KFREE, call.node = NODE_RECORDED - 1);
	NO(KFREE, call.has |= 2 * CALL_HAS_PAGE);
	NO(ALLOC_PAGES, call.order = ORDER_LIMIT + 1);
	NO(ALLOC_PAGES, call.gfp |= 1u << 31);
	NO(CACHE_CREATE, call.align = 3);
	NO(CACHE_CREATE, call.align = 1u << 31);
	NO(CACHE_CREATE, call.slab_flags = 1u << NR_SLAB_FLAGS);
	NO(MEMPOOL_CREATE, call.value = -1);
	NO(DMA_ALLOC_COHERENT, call.mask_bits = 65);
	NO(OOM_SCORE_ADJ, call.value = OOM_SCORE_ADJ_MIN - 1);
	NO(OOM_SCORE_ADJ, call.value = OOM_SCORE_ADJ_MAX + 1);
}

/* Expect: the same of what each event has for itself. */
static void values_of_an_event_that_can_not_be(void **state)
{
	(void)state;
	NEVER(KFREE, call.cpu = MAX_CPUS);
	NEVER(KFREE, call.recorded_pfn = PFN_NONE);
	NEVER(KFREE, call.t_ns = TIME_MOST + 1);
	NEVER(FREE_PAGES, (call.page = 3, call.order = 1));
	NEVER(FREE_PAGES, (call.page = 2, call.order = 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_calls_are_taken),
		cmocka_unit_test(the_ends_are_taken),
		cmocka_unit_test(what_is_missing),
		cmocka_unit_test(what_the_operation_does_not_take),
		cmocka_unit_test(what_does_not_go_together),
		cmocka_unit_test(pages_that_can_not_be),
		cmocka_unit_test(values_that_can_not_be),
		cmocka_unit_test(values_of_an_event_that_can_not_be),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
