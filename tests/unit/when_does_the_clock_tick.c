/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When does the clock tick for those who wait for ticks: pages of slabs that
 * wait for a grace period?
 */

#include "tests/unit/engine_story.h"

static struct call *story_object(struct story *story, enum call_op op,
				 uint64_t t_ns)
{
	struct call *call = story_add(story, op);

	call->t_ns = t_ns;
	call->name = names_intern(story->names, "objects", 7);
	if (op == OP_CACHE_ALLOC || op == OP_CACHE_FREE) {
		call->id = 1;
		call->has |= CALL_HAS_ID;
	}
	if (op == OP_CACHE_ALLOC) {
		call->gfp = GFP_KERNEL;
		call->has |= CALL_HAS_GFP;
	}
	return call;
}

static void story_sample_at(struct story *story, uint64_t t_ns)
{
	story_sample_as(story, "s");
	story->call[story->nr_calls - 1].t_ns = t_ns;
}

static uint64_t free_at(const struct story *story, uint64_t t_ns)
{
	for (size_t i = 0; i < story->sink.nr; i++)
		if (story->sink.told[i].what == TOLD_SAMPLE &&
		    story->sink.told[i].t_ns == t_ns)
			return story->sink.told[i].free_pages;
	fail_msg("no sample was taken at %llu ns", (unsigned long long)t_ns);
	return 0;
}

/*
 *	ms   0   1        4        8        12
 *	         |shrink  |tick    |tick    |tick: pages are free
 *
 * Expect: a run's ticks come every 4 ms of its time, while something waits.
 */
static void ticks_come_with_the_time_of_a_run(void **state)
{
	const uint64_t ms = 1000000;
	struct story story;
	struct call *call;

	(void)state;
	story_init(&story);
	call = story_object(&story, OP_CACHE_CREATE, 10);
	call->size = 4096;
	call->slab_flags = SLAB_TYPESAFE_BY_RCU;
	story_sample_at(&story, 20);
	story_object(&story, OP_CACHE_ALLOC, 30);
	story_object(&story, OP_CACHE_FREE, 40);
	story_object(&story, OP_CACHE_SHRINK, ms);
	story_sample_at(&story, 12 * ms - 1);
	story_sample_at(&story, 12 * ms + 1);
	story_run_well(&story);
	assert_true(free_at(&story, 12 * ms - 1) < free_at(&story, 20));
	assert_int_equal(free_at(&story, 12 * ms + 1), free_at(&story, 20));
	story_release(&story);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ticks_come_with_the_time_of_a_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
