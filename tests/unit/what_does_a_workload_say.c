/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which calls a workload in YAML stands for: what its events say, what its
 * defaults add, and what is understood where neither says anything.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/workload_text_each.h"

static void expect_calls(const char *yaml, long nr)
{
	read_workload(&text, yaml);
	print_errors(&text.scratch);
	assert_int_equal(text.nr, nr);
	assert_int_equal(text.scratch.errors.nr, 0);
}

static void expect_name(uint32_t number, const char *wanted)
{
	assert_int_not_equal(number, 0);
	assert_string_equal(names_text(text.names, number), wanted);
}

/* Expect: all that an event says is in the call, and its line. */
static void an_event_becomes_a_call(void **state)
{
	const struct call *call = text.call;

	(void)state;
	expect_calls(HEAD "events:\n"
			  "  - {t: 12us, op: alloc_pages, id: 2, order: 3, "
			  "gfp: GFP_ATOMIC|__GFP_NOWARN, ctx: hardirq, cpu: 1, "
			  "node: 5, task: dd}\n",
		     1);
	assert_string_equal(text.name, "test");
	assert_int_equal(call->op, OP_ALLOC_PAGES);
	assert_int_equal(call->t_ns, 12000);
	assert_int_equal(call->id, 2);
	assert_int_equal(call->order, 3);
	assert_int_equal(call->gfp, GFP_ATOMIC | __GFP_NOWARN);
	assert_int_equal(call->ctx, CONTEXT_HARDIRQ);
	assert_int_equal(call->cpu, 1);
	assert_int_equal(call->node, 5);
	assert_int_equal(call->line, 5);
	assert_int_equal(call->has,
			 CALL_HAS_ID | CALL_HAS_ORDER | CALL_HAS_GFP);
	expect_name(call->task, "dd");
}

/* Expect: CPU 0, any node, process context, which can sleep. */
static void what_is_not_said_is_understood(void **state)
{
	const struct call *call = text.call;

	(void)state;
	expect_calls(HEAD "events:\n"
			  "  - {t: 0, op: vmalloc, id: 1, size: 1MiB}\n"
			  "  - {t: 0, op: sample}\n",
		     2);
	assert_int_equal(call->cpu, 0);
	assert_int_equal(call->node, NODE_ANY);
	assert_int_equal(call->ctx, CONTEXT_PROCESS);
	assert_int_equal(call->has, CALL_HAS_ID | CALL_CAN_SLEEP);
	assert_int_equal(call->gfp, GFP_KERNEL);
	assert_int_equal(call->size, 1 << 20);
	expect_name(call[1].name, "sample");
}

/* Expect: sleeping is for process context, unless the event says otherwise. */
static void the_context_says_who_can_sleep(void **state)
{
	static const bool can_sleep[] = {
		true, false, false, false, false, true
	};
	int i;

	(void)state;
	expect_calls(HEAD "events:\n"
			  "  - {t: 0, op: kfree, id: 1, ctx: process}\n"
			  "  - {t: 0, op: kfree, id: 1, ctx: softirq}\n"
			  "  - {t: 0, op: kfree, id: 1, ctx: hardirq}\n"
			  "  - {t: 0, op: kfree, id: 1, ctx: nmi}\n"
			  "  - {t: 0, op: kfree, id: 1, can_sleep: false}\n"
			  "  - {t: 0, op: kfree, id: 1, can_sleep: true}\n",
		     6);
	for (i = 0; i < 6; i++)
		assert_int_equal(!!(text.call[i].has & CALL_CAN_SLEEP),
				 can_sleep[i]);
}

/* Expect: a number is a number, quotes make it a name. */
static void ids_are_numbers_or_quoted_names(void **state)
{
	(void)state;
	expect_calls(HEAD "events:\n"
			  "  - {t: 0, op: kfree, id: 18446744073709551615}\n"
			  "  - {t: 0, op: kfree, id: '7'}\n"
			  "  - {t: 0, op: kfree, id: \"ring\"}\n",
		     3);
	assert_true(text.call[0].id == UINT64_MAX);
	assert_true(text.call[0].has & CALL_HAS_ID);
	assert_false(text.call[1].has & CALL_HAS_ID);
	assert_true(text.call[1].has & CALL_HAS_NAMED_ID);
	expect_name((uint32_t)text.call[1].id, "7");
	expect_name((uint32_t)text.call[2].id, "ring");
}

/* Expect: defaults fill what is not said, and go only where they fit. */
static void defaults_fill_in(void **state)
{
	(void)state;
	expect_calls(HEAD
		     "defaults: {cpu: 2, gfp: GFP_NOIO, order: 1, "
		     "ctx: softirq, can_sleep: true, recorded: {ok: true}}\n"
		     "events:\n"
		     "  - {t: 0, op: alloc_pages, id: 1}\n"
		     "  - {t: 0, op: alloc_pages, id: 1, cpu: 0, order: 4}\n"
		     "  - {t: 0, op: kfree, id: 1}\n"
		     "  - {t: 0, op: mempool_create, pool: p, min_nr: 3, "
		     "size: 64}\n",
		     4);
	assert_int_equal(text.call[0].cpu, 2);
	assert_int_equal(text.call[0].gfp, GFP_NOIO);
	assert_int_equal(text.call[0].order, 1);
	assert_true(text.call[0].has & CALL_CAN_SLEEP);
	assert_true(text.call[0].has & CALL_RECORDED_OK);
	assert_int_equal(text.call[1].cpu, 0);
	assert_int_equal(text.call[1].order, 4);
	assert_false(text.call[2].has & CALL_HAS_GFP);
	assert_false(text.call[2].has & CALL_HAS_ORDER);
	/* The pool is of size 64: the default order is not for it. */
	assert_false(text.call[3].has & CALL_HAS_ORDER);
}

/* Expect: of order and size, the event's own one counts, not the default. */
static void a_default_of_either_gives_way(void **state)
{
	(void)state;
	expect_calls(HEAD
		     "defaults: {order: 3}\n"
		     "events:\n"
		     "  - {t: 0, op: alloc_pages, id: 1, size: 8KiB, gfp: 0}\n"
		     "  - {t: 0, op: alloc_pages, id: 2, size: 4KiB, gfp: 0}\n"
		     "  - {t: 0, op: alloc_pages, id: 3, gfp: GFP_KERNEL}\n",
		     3);
	for (int i = 0; i < 2; i++) {
		assert_false(text.call[i].has & CALL_HAS_ORDER);
		assert_int_equal(text.call[i].size, i == 0 ? 8192 : 4096);
	}
	assert_int_equal(text.call[2].order, 3);
	assert_int_equal(text.call[2].size, 0);
}

/*
 * Expect: a trace may repeat at a free what the allocation said; it is read
 * and means nothing.
 */
static void frees_may_say_more(void **state)
{
	(void)state;
	expect_calls(
		HEAD
		"events:\n"
		"  - {t: 0, op: kfree, id: 1, size: 64, gfp: GFP_KERNEL}\n"
		"  - {t: 0, op: free_pages, id: 1, size: 8KiB, order: 1}\n",
		2);
	assert_int_equal(text.call[0].size, 0);
	assert_false(text.call[0].has & CALL_HAS_GFP);
	assert_int_equal(text.call[1].size, 0);
	assert_int_equal(text.call[1].order, 1);
}

/*
 * Expect: an event's own words win over merged ones, wherever they stand;
 * what is merged first wins over what is merged later; a merged mapping's own
 * words win over what it merges itself.
 */
static void merge_keys_give_way(void **state)
{
	(void)state;
	expect_calls(HEAD "templates:\n"
			  "  a: &a {op: kmalloc, size: 1, gfp: GFP_KERNEL}\n"
			  "  b: &b {<<: *a, size: 2, cpu: 3}\n"
			  "  c: &c {size: 4, cpu: 4, node: 1}\n"
			  "events:\n"
			  "  - {<<: *b, t: 0, id: 1}\n"
			  "  - {t: 0, id: 1, size: 9, <<: *b}\n"
			  "  - {t: 0, id: 1, <<: [*c, *b]}\n"
			  "  - {t: 0, id: 1, <<: *b, size: 9}\n",
		     4);
	assert_int_equal(text.call[0].op, OP_KMALLOC);
	assert_int_equal(text.call[0].size, 2);
	assert_int_equal(text.call[0].cpu, 3);
	assert_int_equal(text.call[1].size, 9);
	assert_int_equal(text.call[2].size, 4);
	assert_int_equal(text.call[2].cpu, 4);
	assert_int_equal(text.call[2].node, 1);
	assert_int_equal(text.call[3].size, 9);
}

/*
 * Expect: a free may name an allocation, a part of one, or a frame.
 *
 *	id 1:	| 0 1 | 2 3 |	order 2; page 2, order 1 is the right half
 */
static void frees_name_what_they_free(void **state)
{
	(void)state;
	expect_calls(HEAD
		     "events:\n"
		     "  - {t: 0, op: free_pages, id: 1}\n"
		     "  - {t: 0, op: free_pages, id: 1, page: 2, order: 1}\n"
		     "  - {t: 0, op: free_pages, pfn: 0x7b}\n",
		     3);
	assert_int_equal(text.call[0].has, CALL_HAS_ID | CALL_CAN_SLEEP);
	assert_int_equal(text.call[1].has, CALL_HAS_ID | CALL_HAS_PAGE |
						   CALL_HAS_ORDER |
						   CALL_CAN_SLEEP);
	assert_int_equal(text.call[1].page, 2);
	assert_int_equal(text.call[1].order, 1);
	assert_int_equal(text.call[2].has, CALL_HAS_PFN | CALL_CAN_SLEEP);
	assert_int_equal(text.call[2].pfn, 123);
	assert_int_equal(text.call[2].order, 0);
}

/* Expect: names of caches and pools where the engine looks for them. */
static void caches_and_pools_have_names(void **state)
{
	(void)state;
	expect_calls(HEAD
		     "events:\n"
		     "  - {t: 0, op: kmem_cache_create, cache: skb, size: 232,"
		     " align: 64, flags: [SLAB_HWCACHE_ALIGN, SLAB_PANIC]}\n"
		     "  - {t: 0, op: mempool_create, pool: p, min_nr: 4, "
		     "cache: skb}\n"
		     "  - {t: 0, op: mempool_alloc, id: 1, pool: p, "
		     "gfp: GFP_NOIO}\n"
		     "  - {t: 0, op: dma_alloc_coherent, id: 2, size: 4KiB, "
		     "gfp: GFP_KERNEL, mask_bits: 32}\n",
		     4);
	expect_name(text.call[0].name, "skb");
	assert_int_equal(text.call[0].slab_flags,
			 SLAB_HWCACHE_ALIGN | SLAB_PANIC);
	assert_int_equal(text.call[0].align, 64);
	assert_int_equal(text.call[0].cache, 0);
	expect_name(text.call[1].name, "p");
	expect_name(text.call[1].cache, "skb");
	assert_int_equal(text.call[1].min_nr, 4);
	expect_name(text.call[2].name, "p");
	assert_int_equal(text.call[3].mask_bits, 32);
}

/* Expect: what is said of pages that the kernel may take back, of who uses
 * them, and of whose they are. */
static void some_pages_may_be_taken_back(void **state)
{
	(void)state;
	expect_calls(HEAD
		     "defaults: {active: true, mapping: f}\n"
		     "events:\n"
		     "  - {t: 0, op: alloc_pages, id: 1, gfp: GFP_KERNEL, "
		     "lru: file, dirty: true, executable: true}\n"
		     "  - {t: 0, op: alloc_pages, id: 2, gfp: GFP_KERNEL, "
		     "lru: anon, active: false, unevictable: true, task: t}\n"
		     "  - {t: 0, op: alloc_pages, id: 3, gfp: GFP_KERNEL}\n"
		     "  - {t: 0, op: touch, id: 1, write: true}\n"
		     "  - {t: 0, op: truncate, mapping: g}\n"
		     "  - {t: 0, op: oom_score_adj, task: t, value: -999}\n"
		     "  - {t: 0, op: exit, task: t}\n"
		     "  - {t: 0, op: kmem_cache_alloc, id: 4, cache: dentry, "
		     "gfp: GFP_KERNEL, reclaimable: true}\n",
		     8);
	assert_int_equal(text.call[0].pages, CALL_LRU_FILE | CALL_DIRTY |
						     CALL_ACTIVE |
						     CALL_EXECUTABLE);
	expect_name(text.call[0].name, "f");
	assert_int_equal(text.call[1].pages, CALL_LRU_ANON | CALL_UNEVICTABLE);
	assert_int_equal(text.call[1].name, 0);
	assert_int_equal(text.call[2].pages, 0);
	assert_int_equal(text.call[2].name, 0);
	assert_int_equal(text.call[3].pages, CALL_DIRTY);
	expect_name(text.call[4].name, "g");
	assert_int_equal(text.call[5].value, -999);
	expect_name(text.call[6].task, "t");
	assert_int_equal(text.call[7].pages, CALL_RECLAIMABLE);
}

static void what_a_kernel_did_is_kept(void **state)
{
	(void)state;
	expect_calls(HEAD "events:\n"
			  "  - {t: 0, op: vmalloc, id: 1, size: 1, "
			  "recorded: {ok: true, pfn: 77, vaddr: 4096}}\n"
			  "  - {t: 0, op: vmalloc, id: 2, size: 1, "
			  "recorded: {ok: false}}\n",
		     2);
	assert_int_equal(text.call[0].recorded_pfn, 77);
	assert_int_equal(text.call[0].recorded_vaddr, 4096);
	assert_int_equal(text.call[0].has,
			 CALL_HAS_ID | CALL_HAS_RECORDED_OK | CALL_RECORDED_OK |
				 CALL_HAS_RECORDED_PFN |
				 CALL_HAS_RECORDED_VADDR | CALL_CAN_SLEEP);
	assert_int_equal(text.call[1].has,
			 CALL_HAS_ID | CALL_HAS_RECORDED_OK | CALL_CAN_SLEEP);
}

/* Expect: a workload without a name is called after its file. */
/* Expect: the line's time, and a bit for each tracepoint. */
static void a_tracer_is_told_of(void **state)
{
	(void)state;
	expect_calls("kmemsim: workload\n"
		     "version: 1\n"
		     "traced: {line: 0.5us, events: [mm_page_free,\n"
		     "  mm_shrink_slab_end]}\n"
		     "events: []\n",
		     0);
	assert_int_equal(text.traced.line_ns, 500);
	assert_int_equal(text.traced.tracepoints,
			 1u << TRACEPOINT_mm_page_free |
				 1u << TRACEPOINT_mm_shrink_slab_end);
}

static void a_file_may_be_nearly_empty(void **state)
{
	(void)state;
	expect_calls("kmemsim: workload\nversion: 1\nevents: []\n"
		     "generators: []\n",
		     0);
	assert_string_equal(text.name, "w");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_event_becomes_a_call),
		TEST(what_is_not_said_is_understood),
		TEST(the_context_says_who_can_sleep),
		TEST(ids_are_numbers_or_quoted_names),
		TEST(defaults_fill_in),
		TEST(a_default_of_either_gives_way),
		TEST(frees_may_say_more),
		TEST(merge_keys_give_way),
		TEST(frees_name_what_they_free),
		TEST(caches_and_pools_have_names),
		TEST(some_pages_may_be_taken_back),
		TEST(what_a_kernel_did_is_kept),
		TEST(a_tracer_is_told_of),
		TEST(a_file_may_be_nearly_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
