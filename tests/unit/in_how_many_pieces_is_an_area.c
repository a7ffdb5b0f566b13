/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In how many pieces of physical memory is an area, and which are they? A list
 * of frames is written as runs, `first+frames`.
 */

#include "tests/unit/slab_machine.h"

#include "models/page/frame_list.h"
#include "models/vmalloc/vmalloc.h"

#define PAGE ((uint64_t)4096)

/* ---- lists of frames ----------------------------------------------------- */

/* "7+3 12+1", from what was added one by one. */
static void expect_runs(const pfn_t *frames, size_t nr, const char *expected)
{
	struct frame_pool pool;
	struct frame_list list = { .nr = 0 };
	struct frame_cursor cursor = { .chunk = 0 };
	char text[256] = "";
	uint32_t runs = 0;
	uint32_t length;
	pfn_t pfn;

	frame_pool_init(&pool);
	assert_true(frame_pool_reserve(&pool, (uint32_t)nr));
	for (size_t i = 0; i < nr; i++)
		frame_list_add(&pool, &list, frames[i]);
	cursor.chunk = list.first;
	while (frame_list_next_run(&pool, &list, &cursor, &pfn, &length)) {
		size_t at = strlen(text);

		snprintf(text + at, sizeof(text) - at, "%s%u+%u",
			 runs ? " " : "", pfn, length);
		runs++;
	}
	assert_string_equal(text, expected);
	assert_int_equal(list.nr_runs, runs);
	frame_list_clear(&pool, &list);
	assert_int_equal(list.nr_runs, 0);
	frame_pool_release(&pool);
}

static void frames_that_follow_each_other_are_one(void **state)
{
	static const pfn_t up[] = { 7, 8, 9, 12, 20, 21 };
	static const pfn_t down[] = { 9, 8, 7 };
	static const pfn_t again[] = { 5, 5, 6 };

	(void)state;
	expect_runs(NULL, 0, "");
	expect_runs(up, 1, "7+1");
	expect_runs(up, 6, "7+3 12+1 20+2");
	expect_runs(down, 3, "9+1 8+1 7+1");
	expect_runs(again, 3, "5+1 5+2");
}

/* Expect: where a chunk of the list ends, 15 frames on, no run does. */
static void runs_go_on_over_chunks(void **state)
{
	pfn_t frames[64];

	(void)state;
	for (pfn_t i = 0; i < 64; i++)
		frames[i] = 100 + i;
	expect_runs(frames, 15, "100+15");
	expect_runs(frames, 16, "100+16");
	expect_runs(frames, 64, "100+64");
	for (pfn_t i = 15; i < 64; i++)
		frames[i] += 1;
	expect_runs(frames, 64, "100+15 116+49");
	for (pfn_t i = 45; i < 64; i++)
		frames[i] += 1;
	expect_runs(frames, 64, "100+15 116+30 147+19");
}

/* ---- areas --------------------------------------------------------------- */

struct fixture {
	struct slab_machine_fixture machine;
	struct vmalloc *vmalloc;
};

static int setup(void **state)
{
	static struct fixture f;

	machine_describe(&f.machine, 1);
	f.machine.desc.vmalloc_start = 0xffffc90000000000;
	f.machine.desc.vmalloc_size = (uint64_t)1 << 32;
	machine_start(&f.machine);
	f.vmalloc = vmalloc_new(f.machine.memory, f.machine.caches,
				&f.machine.errors);
	assert_non_null(f.vmalloc);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	vmalloc_free(f->vmalloc);
	machine_release(&f->machine);
	return 0;
}

static struct vmalloc_grant take(struct fixture *f, uint64_t pages)
{
	return vmalloc_alloc(f->vmalloc, pages * PAGE, GFP_KERNEL, NODE_ANY, 0);
}

/* The runs must be as many as the grant says, and all frames of the area. */
static void expect_whole(const struct fixture *f,
			 const struct vmalloc_grant *grant)
{
	struct vmalloc_extent extent = { .pages = 0 };
	uint64_t pages = 0;
	uint32_t extents = 0;
	pfn_t end = PFN_NONE;

	while (vmalloc_next_extent(f->vmalloc, grant->vaddr_offset, &extent)) {
		if (!extents)
			assert_int_equal(extent.pfn, grant->pfn);
		assert_int_not_equal(extent.pfn, end);
		for (uint32_t i = 0; i < extent.pages; i++)
			assert_int_equal(
				f->machine.memory->state[extent.pfn + i],
				PAGE_ALLOCATED);
		end = extent.pfn + extent.pages;
		pages += extent.pages;
		extents++;
	}
	assert_int_equal(extents, grant->extents);
	assert_int_equal(pages, grant->pages);
}

/*
 * Ten areas, then every second freed, then one larger than a hole: it is laid
 * into their frames. Expect: more than one piece, and each accounted for.
 */
static void an_area_laid_into_holes_is_in_pieces(void **state)
{
	struct fixture *f = *state;
	struct vmalloc_grant grant[10];
	struct vmalloc_grant large;

	for (int i = 0; i < 10; i++) {
		grant[i] = take(f, 20);
		expect_whole(f, &grant[i]);
	}
	for (int i = 0; i < 10; i += 2)
		assert_true(
			vmalloc_release(f->vmalloc, grant[i].vaddr_offset, 0));
	large = take(f, 90);
	assert_true(large.extents > 1);
	expect_whole(f, &large);
}

/* Expect: nothing where no area begins, or it has been freed. */
static void what_is_no_area_has_no_pieces(void **state)
{
	struct fixture *f = *state;
	struct vmalloc_extent extent = { .pages = 0 };
	struct vmalloc_grant grant;

	assert_false(vmalloc_next_extent(f->vmalloc, 0, &extent));
	grant = take(f, 3);
	assert_false(vmalloc_next_extent(f->vmalloc, grant.vaddr_offset + PAGE,
					 &extent));
	assert_true(vmalloc_release(f->vmalloc, grant.vaddr_offset, 0));
	assert_false(
		vmalloc_next_extent(f->vmalloc, grant.vaddr_offset, &extent));
	grant = vmalloc_alloc(f->vmalloc, 0, GFP_KERNEL, NODE_ANY, 0);
	assert_int_equal(grant.extents, 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_that_follow_each_other_are_one),
		cmocka_unit_test(runs_go_on_over_chunks),
		test(an_area_laid_into_holes_is_in_pieces),
		test(what_is_no_area_has_no_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
