/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Do the short cuts that most calls take come to what the long way does?
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/gfp.h"
#include "models/slab/slab_internal.h"
#include "sim/rules/rules.h"

/* Flags that rules speak of, and one that none does. */
static const gfp_t flags[] = {
	__GFP_DMA,    __GFP_HIGHMEM,	 __GFP_DMA32,	__GFP_MOVABLE,
	__GFP_ZERO,   __GFP_RECLAIMABLE, __GFP_ATOMIC,	__GFP_DIRECT_RECLAIM,
	__GFP_NOFAIL, __GFP_NOWARN,	 __GFP_NORETRY,
};
#define NR_FLAGS (sizeof(flags) / sizeof(flags[0]))

static const uint64_t sizes[] = { 0, 1, 8192, 8193, 1 << 23, 1ull << 32 };
#define NR_SIZES (sizeof(sizes) / sizeof(sizes[0]))

static gfp_t flags_of(unsigned int set)
{
	gfp_t gfp = 0;

	for (size_t i = 0; i < NR_FLAGS; i++)
		if (set >> i & 1)
			gfp |= flags[i];
	return gfp;
}

static void expect_same(const struct rules *rules, const struct call *call)
{
	rule_set broken = rules_find_broken(rules, call);

	if (rules_broken(rules, call) != broken)
		fail_msg("%s, context %u, has %#x, gfp %#x, size %llu, order "
			 "%u: rules %#llx, passed at a glance",
			 call_op_names[call->op], call->ctx, call->has,
			 call->gfp, (unsigned long long)call->size, call->order,
			 (unsigned long long)broken);
}

/* All orders and sizes of one operation, context and set of flags. */
static void expect_same_sizes(const struct rules *rules, struct call call)
{
	for (order_t order = 0; order < 13; order += 1 + (order > 1) * 8) {
		call.order = order;
		call.has |= CALL_HAS_ORDER;
		expect_same(rules, &call);
	}
	call.has &= ~CALL_HAS_ORDER;
	call.order = 0;
	for (size_t i = 0; i < NR_SIZES; i++) {
		call.size = sizes[i];
		expect_same(rules, &call);
	}
}

/*
 * Every operation in every context, with every set of flags and without.
 *
 * Expect: what is passed at a glance breaks no rule.
 */
static void no_rule_is_overlooked(void **state)
{
	struct rules rules;

	(void)state;
	rules_init_default(&rules);
	for (int op = 0; op < OP_SAMPLE; op++) {
		for (int where = 0; where < 2 * NR_CALL_CONTEXTS; where++) {
			struct call call = {
				.op = (uint8_t)op,
				.ctx = (uint8_t)(where / 2),
				.has = where % 2 ? CALL_CAN_SLEEP : 0,
			};

			expect_same_sizes(&rules, call);
			call.has |= CALL_HAS_GFP;
			for (unsigned int set = 0; set < 1u << NR_FLAGS;
			     set++) {
				call.gfp = flags_of(set);
				expect_same_sizes(&rules, call);
			}
		}
	}
}

static void expect_index(const struct slab_cache *cache, uint64_t offset)
{
	if (offset <= UINT32_MAX &&
	    slab_index(cache, (uint32_t)offset) != offset / cache->size)
		fail_msg("%llu / %u: got %u", (unsigned long long)offset,
			 cache->size, slab_index(cache, (uint32_t)offset));
}

/* Where an object begins, and on both sides of that. */
static void expect_indices(const struct slab_cache *cache, uint64_t index)
{
	uint64_t offset = index * cache->size;

	if (offset)
		expect_index(cache, offset - 1);
	expect_index(cache, offset);
	expect_index(cache, offset + 1);
}

/*
 * Sizes up to two pages and some larger ones, in slabs of half a MiB; and
 * the ends of what 32 bits can say.
 *
 * Expect: the number of an object is its offset divided by the size.
 */
static void an_offset_has_one_index(void **state)
{
	(void)state;
	for (uint32_t size = 2; size < 1u << 31;
	     size += size < 8192 ? 1 : size) {
		struct slab_cache cache = {
			.size = size,
			.inverse = slab_inverse(size),
		};

		for (uint64_t i = 0; i * size < 1u << 19; i++)
			expect_indices(&cache, i);
		expect_indices(&cache, UINT32_MAX / size);
		expect_index(&cache, UINT32_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_rule_is_overlooked),
		cmocka_unit_test(an_offset_has_one_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
