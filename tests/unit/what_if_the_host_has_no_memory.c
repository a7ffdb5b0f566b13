/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run for which the host has no memory left, at each place where it asks for
 * some. It may not end as if nothing had happened, whatever it lacks.
 *
 *	run 1:  x			run 2:  1 x		run 3:  1 2 x …
 *
 * The host's calloc() is this file's; where a sanitizer has its own, nothing is
 * tried.
 */

#include "tests/unit/engine_story.h"

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#define CAN_FAIL 1

void *__libc_calloc(size_t nr, size_t size);

static uint64_t calls;	 /* of calloc() */
static uint64_t fail_at; /* the call that fails; 0: none */

void *calloc(size_t nr, size_t size)
{
	return ++calls == fail_at ? NULL : __libc_calloc(nr, size);
}
#endif

/*
 * Pages, an object that may be dropped, an area, a device's buffer in an
 * interrupt: its pool runs low, and a worker makes it larger.
 */
static void describe(struct story *story)
{
	struct call *call;

	story_init(story);
	story->m.desc.dma_needs_pool = true;
	story_alloc(story, 1, 0);
	call = story_add(story, OP_CACHE_CREATE);
	call->name = names_intern(story->names, "dentry", 6);
	call->size = 200;
	call->slab_flags = SLAB_RECLAIM_ACCOUNT;
	call = story_add(story, OP_CACHE_ALLOC);
	call->name = names_intern(story->names, "dentry", 6);
	call->id = 2;
	call->gfp = GFP_KERNEL;
	call->pages = CALL_RECLAIMABLE;
	call->has |= CALL_HAS_ID | CALL_HAS_GFP;
	call = story_add(story, OP_DMA_ALLOC_COHERENT);
	call->id = 3;
	call->size = 4096;
	call->mask_bits = 64;
	call->gfp = GFP_ATOMIC;
	call->has |= CALL_HAS_ID | CALL_HAS_GFP;
	story_free(story, 1);
}

/* Expect: all fine; then, for each call of calloc(), a run that has failed. */
static void no_lack_goes_unnoticed(void **state)
{
	(void)state;
#ifdef CAN_FAIL
	uint64_t nr = 1;

	for (uint64_t n = 0; n <= nr; n++) {
		struct story story;
		enum engine_result result;

		describe(&story);
		calls = 0;
		fail_at = n;
		result = story_run(&story);
		fail_at = 0;
		if (!n)
			nr = calls;
		if (n && (result != ENGINE_FAILED || !story.m.errors.any_host))
			fail_msg("call %llu of %llu: result %d",
				 (unsigned long long)n, (unsigned long long)nr,
				 (int)result);
		if (!n) {
			assert_int_equal(result, ENGINE_DONE);
			assert_int_equal(story_outcome(&story, 4)->status,
					 OUTCOME_OK);
			assert_int_equal(story_outcome(&story, 4)->path,
					 PATH_DMA_POOL);
		}
		story_release(&story);
	}
#else
	(void)describe;
	skip();
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_lack_goes_unnoticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
