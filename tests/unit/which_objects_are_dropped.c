/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects that the kernel may drop when memory is short: which, and what is
 * left of their ids. Four objects fill a page, and nobody else has any to give:
 * direct reclaim gets what it gets from the shrinker.
 */

#include "tests/unit/machine_fixture.h"

#include "models/reclaim/reclaim.h"
#include "sim/kernel.h"

#define PAGES 256
#define OBJECTS_PER_PAGE 4
#define MANY (PAGES * OBJECTS_PER_PAGE)

struct story {
	struct machine m;
	struct kernel *kernel;
	struct names *names;
	struct outcome outcome;
	struct call_report report;
	struct pressure_ops pressure;
};

static uint64_t reclaim(struct memory *memory, void *argument,
			const struct pressure_request *request)
{
	(void)argument;
	return reclaim_direct(memory, request);
}

static enum call_result make_call(struct story *s, struct call call)
{
	call.node = NODE_ANY;
	call.has |= CALL_CAN_SLEEP;
	if (call.id)
		call.has |= CALL_HAS_ID;
	if (call.gfp)
		call.has |= CALL_HAS_GFP;
	return kernel_call(s->kernel, &call, &s->outcome, &s->report);
}

#define CALL(s, ...)                                                           \
	assert_int_equal(make_call(s, (struct call){ __VA_ARGS__ }), CALL_DONE)

static uint32_t name(struct story *s, const char *text)
{
	return names_intern(s->names, text, strlen(text));
}

static int setup(void **state)
{
	static struct story s;

	s = (struct story){ .names = names_new() };
	assert_non_null(s.names);
	machine_describe(&s.m, PAGES, 4, 6);
	s.m.zone[0].managed_pages = PAGES;
	s.kernel = kernel_new(&s.m.desc, s.names, 1, &s.m.errors);
	assert_non_null(s.kernel);
	s.pressure = no_pressure_ops;
	s.pressure.direct_reclaim = reclaim;
	s.kernel->memory->pressure = &s.pressure;
	CALL(&s, .op = OP_CACHE_CREATE, .name = name(&s, "dentry"),
	     .size = 4096 / OBJECTS_PER_PAGE,
	     .slab_flags = SLAB_RECLAIM_ACCOUNT);
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

static void object(struct story *s, uint64_t id, uint8_t pages)
{
	CALL(s, .op = OP_CACHE_ALLOC, .id = id, .name = name(s, "dentry"),
	     .gfp = GFP_KERNEL | __GFP_NOWARN, .pages = pages);
}

static bool is_dropped(struct story *s, uint64_t id)
{
	CALL(s, .op = OP_TOUCH, .id = id);
	return s->outcome.status == OUTCOME_SKIPPED &&
	       s->outcome.skipped == SKIP_RECLAIMED;
}

/* A block of eight pages; the outcome says whether there was one. */
static void need_a_block(struct story *s, uint64_t id, gfp_t gfp)
{
	CALL(s, .op = OP_ALLOC_PAGES, .id = id, .order = 3,
	     .gfp = gfp | __GFP_NOWARN, .has = CALL_HAS_ORDER);
}

/* Makes objects from `id` on until some had to be dropped; the next id. */
static uint64_t fill_memory(struct story *s, uint64_t id)
{
	const uint64_t *scanned =
		&s->kernel->memory->vm_event[VM_SLABS_SCANNED];

	while (!*scanned) {
		assert_true(id <= MANY);
		object(s, id++, CALL_RECLAIMABLE);
	}
	return id;
}

/* Expect: memory never ends for them, the oldest go first, and freeing them
 * later is skipped. */
static void the_oldest_go_first(void **state)
{
	struct story *s = *state;
	uint64_t last;

	object(s, 1, CALL_RECLAIMABLE);
	CALL(s, .op = OP_CACHE_FREE, .id = 1);
	for (last = 1; last <= MANY + 100; last++) {
		object(s, last, CALL_RECLAIMABLE);
		assert_int_equal(s->outcome.status, OUTCOME_OK);
	}
	CALL(s, .op = OP_CACHE_FREE, .id = 1);
	assert_int_equal(s->outcome.status, OUTCOME_SKIPPED);
	assert_int_equal(s->outcome.skipped, SKIP_RECLAIMED);
	CALL(s, .op = OP_CACHE_FREE, .id = last - 1);
	assert_int_equal(s->outcome.status, OUTCOME_OK);
	assert_true(s->kernel->memory->vm_event[VM_SLABS_SCANNED] > 0);
}

/* Expect: what was touched is spared once. */
static void what_was_used_is_spared(void **state)
{
	struct story *s = *state;

	object(s, 1, CALL_RECLAIMABLE);
	object(s, 2, CALL_RECLAIMABLE);
	CALL(s, .op = OP_TOUCH, .id = 1);
	fill_memory(s, 3);
	assert_true(is_dropped(s, 2));
	assert_false(is_dropped(s, 1));
}

/* Expect: without a word nothing of the cache is dropped. */
static void others_stay(void **state)
{
	struct story *s = *state;
	uint64_t id = 0;

	do
		object(s, ++id, 0);
	while (s->outcome.status == OUTCOME_OK);
	assert_int_equal(s->kernel->memory->vm_event[VM_SLABS_SCANNED], 0);
	CALL(s, .op = OP_CACHE_FREE, .id = 1);
	assert_int_equal(s->outcome.status, OUTCOME_OK);
}

/* Expect: a request that must not enter file systems drops nothing. */
static void without_fs_nothing_is_dropped(void **state)
{
	struct story *s = *state;
	uint64_t last = fill_memory(s, 1);

	for (uint64_t id = 1; id < 100; id++)
		need_a_block(s, last + id, GFP_NOFS);
	assert_int_equal(s->outcome.status, OUTCOME_FAILED);
	for (uint64_t id = 100; id < 110; id++)
		need_a_block(s, last + id, GFP_KERNEL);
	assert_int_equal(s->outcome.status, OUTCOME_OK);
}

/* Expect: only caches that were made for it. */
static void other_caches_have_none(void **state)
{
	struct story *s = *state;

	CALL(s, .op = OP_CACHE_CREATE, .name = name(s, "skb"), .size = 200);
	assert_int_equal(make_call(s,
				   (struct call){
					   .op = OP_CACHE_ALLOC,
					   .id = 1,
					   .name = name(s, "skb"),
					   .gfp = GFP_KERNEL,
					   .pages = CALL_RECLAIMABLE,
				   }),
			 CALL_INVALID);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_oldest_go_first),
		TEST(what_was_used_is_spared),
		TEST(others_stay),
		TEST(without_fs_nothing_is_dropped),
		TEST(other_caches_have_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
