/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which pages of a contiguous memory area are taken in one piece, what the
 * page allocator's lists look like after that, and after a try in vain.
 * Pageblocks of 4 pages, the largest block has 8; frames 8 to 23 of 32 are
 * the area.
 */

#include "models/bitmap.h"
#include "models/dma/cma.h"
#include "tests/unit/machine_fixture.h"

#define ANY_PLACE 0 /* alignment, as an order */

static const struct cma_desc the_area = {
	.name = "area",
	.node = NODE_ANY,
	.start_pfn = 8,
	.pages = 16,
};

struct area_machine {
	struct machine m;
	struct cma_area area;
};

static int setup(void **state)
{
	static struct area_machine a;

	machine_describe(&a.m, 32, 2, 4);
	*state = &a;
	return 0;
}

/* In the zone's middle of the area; around it all is free. */
static struct area_machine *draw(void **state, const char *in_area)
{
	struct area_machine *a = *state;
	char picture[64];

	snprintf(picture, sizeof(picture), "........ %s ........", in_area);
	machine_draw(&a->m, "mm cccc mm", picture);
	assert_int_equal(
		cma_init(&a->area, a->m.memory, &the_area, &a->m.errors), 0);
	return a;
}

static void expect_sound(const struct area_machine *a)
{
	char why[256] = "";

	if (!cma_validate(a->m.memory, &a->area, why, sizeof(why)))
		fail_msg("%s", why);
	machine_check(&a->m);
	assert_int_equal(a->m.memory->zone[0].nr_isolated, 0);
}

static int teardown(void **state)
{
	struct area_machine *a = *state;

	expect_sound(a);
	cma_release_area(&a->area);
	machine_stop(&a->m);
	return 0;
}

static pfn_t take(struct area_machine *a, uint32_t pages, order_t align)
{
	return cma_alloc(a->m.memory, &a->area, 0, pages, align);
}

static uint64_t free_in_area(const struct area_machine *a)
{
	return zone_exact_free_cma_pages(a->m.memory, &a->m.memory->zone[0]);
}

static uint32_t busy(const struct area_machine *a)
{
	return a->m.memory->work.count[WORK_CMA_BUSY];
}

static void the_lowest_that_is_aligned(void **state)
{
	struct area_machine *a = draw(state, "........ ........");

	assert_int_equal(take(a, 3, 2), 8);
	expect_pages(&a->m, "........ ###..... ........ ........");
	assert_int_equal(free_in_area(a), 13);
	/* Frame 11 is free, and no multiple of 2. */
	assert_int_equal(take(a, 2, 1), 12);
	assert_int_equal(take(a, 1, ANY_PLACE), 11);
	assert_int_equal(take(a, 4, 2), 16);
	expect_pages(&a->m, "........ ######.. ####.... ........");
	assert_int_equal(a->m.memory->vm_event[VM_CMA_ALLOC_SUCCESS], 4);
}

/*
 * The free block of 8 at frame 8 is cut at the pageblock's end; page 11, taken
 * with the rest of its pageblock, is freed again, to the list's tail.
 */
static void what_is_around_stays_free(void **state)
{
	struct area_machine *a = draw(state, "........ ........");

	assert_int_equal(take(a, 3, 2), 8);
	expect_list(&a->m, MIGRATE_CMA, 0, FRAMES(11));
	expect_list(&a->m, MIGRATE_CMA, 2, FRAMES(12));
	expect_list(&a->m, MIGRATE_CMA, 3, FRAMES(16));
	expect_types(&a->m, "mm cccc mm");
}

static void ranges_with_a_page_in_use_are_passed(void **state)
{
	struct area_machine *a = draw(state, ".#...... ........");

	assert_int_equal(take(a, 4, 2), 12);
	assert_int_equal(busy(a), 1);
	expect_pages(&a->m, "........ .#..#### ........ ........");
}

static void a_try_in_vain_leaves_blocks_at_the_tails(void **state)
{
	struct area_machine *a = draw(state, ".#.#.#.# .#......");

	expect_list(&a->m, MIGRATE_CMA, 0, FRAMES(8, 10, 12, 14, 16));
	/* Frames 8-11 are tried, then 12-15, then 16-19; then there is room. */
	assert_int_equal(take(a, 4, 2), 20);
	assert_int_equal(busy(a), 3);
	expect_list(&a->m, MIGRATE_CMA, 0, FRAMES(8, 10, 12, 14, 16));
	expect_list(&a->m, MIGRATE_CMA, 1, FRAMES(18));
	/* One range alone, in the middle: 12 and 14 go behind the others. */
	bitmap_set(a->area.map, 0, 4);
	a->area.map[0] |= 0xf00;
	assert_int_equal(take(a, 4, 2), PFN_NONE);
	expect_list(&a->m, MIGRATE_CMA, 0, FRAMES(8, 10, 16, 12, 14));
	a->area.map[0] = 0xf000;
}

static void none_where_none_is_free(void **state)
{
	struct area_machine *a = draw(state, ".......# ........");

	assert_int_equal(take(a, 16, ANY_PLACE), PFN_NONE);
	assert_int_equal(take(a, 17, ANY_PLACE), PFN_NONE);
	assert_int_equal(busy(a), 1);
	assert_int_equal(a->m.memory->vm_event[VM_CMA_ALLOC_FAIL], 2);
	assert_int_equal(free_in_area(a), 15);
}

static void pages_on_per_cpu_lists_are_free(void **state)
{
	struct area_machine *a = draw(state, ".##..... ........");

	page_free_boot(a->m.memory, 0, 9, 0);
	page_free_boot(a->m.memory, 0, 10, 0);
	expect_pcp(&a->m, 0, MIGRATE_MOVABLE, 0, FRAMES(10, 9));
	assert_int_equal(take(a, 8, 2), 8);
	assert_int_equal(busy(a), 0);
	expect_pcp(&a->m, 0, MIGRATE_MOVABLE, 0, NO_FRAMES);
}

/* Page by page, by way of the CPU's list, lowest first. */
static void given_back_they_join_what_is_free(void **state)
{
	struct area_machine *a = draw(state, "........ ........");

	assert_int_equal(take(a, 3, 2), 8);
	cma_free(a->m.memory, &a->area, 0, 8, 3);
	expect_pcp(&a->m, 0, MIGRATE_MOVABLE, 0, FRAMES(10, 9, 8));
	assert_int_equal(a->m.memory->vm_event[VM_PGFREE], 3);
	page_drain_all(a->m.memory, 0);
	expect_list(&a->m, MIGRATE_CMA, 3, FRAMES(8, 16));
	/* Its bits are clear again. */
	assert_int_equal(take(a, 16, 2), 8);
	expect_pages(&a->m, "........ ######## ######## ........");
}

/* The range reaches from within one free block into the next one. */
static void heads_and_tails_of_blocks_are_given_back(void **state)
{
	struct area_machine *a = draw(state, "........ ........");

	bitmap_set(a->area.map, 0, 6);
	assert_int_equal(take(a, 5, ANY_PLACE), 14);
	expect_pages(&a->m, "........ ......## ###..... ........");
	expect_list(&a->m, MIGRATE_CMA, 0, FRAMES(19));
	expect_list(&a->m, MIGRATE_CMA, 1, FRAMES(12));
	expect_list(&a->m, MIGRATE_CMA, 2, FRAMES(20, 8));
	bitmap_clear(a->area.map, 0, 6);
}

static void pages_are_cleared_if_all_pages_are(void **state)
{
	struct area_machine *a = *state;

	a->m.desc.init_on_alloc = true;
	draw(state, "........ ........");
	assert_int_equal(take(a, 8, 2), 8);
	assert_int_equal(a->m.memory->work.count[WORK_PAGES_CLEARED], 8);
}

/* A fixed sequence of numbers: Numerical Recipes' generator. */
static uint32_t draw_number(uint32_t *random, uint32_t below)
{
	*random = *random * 1664525u + 1013904223u;
	return (*random >> 16) % below;
}

struct piece {
	pfn_t pfn;
	uint32_t size; /* pages of the area's, or an order */
	bool of_area;
};

static void free_piece(struct area_machine *a, const struct piece *piece)
{
	if (piece->of_area)
		cma_free(a->m.memory, &a->area, 0, piece->pfn, piece->size);
	else
		put(&a->m, piece->pfn, piece->size);
}

static void any_mixture_of_calls_keeps_count(void **state)
{
	struct area_machine *a = draw(state, "........ ........");
	struct piece piece[32];
	uint32_t random = 1;
	uint32_t nr = 0;

	for (int call = 0; call < 4000; call++) {
		struct piece *next = &piece[nr];

		if (nr == 32 || (nr && draw_number(&random, 2))) {
			uint32_t which = draw_number(&random, nr);

			free_piece(a, &piece[which]);
			piece[which] = piece[--nr];
		} else if (draw_number(&random, 2)) {
			next->of_area = true;
			next->size = 1 + draw_number(&random, 9);
			next->pfn =
				take(a, next->size, draw_number(&random, 4));
			nr += next->pfn != PFN_NONE;
		} else {
			gfp_t gfp = draw_number(&random, 2) ? GET_MOVABLE :
							      GET_UNMOVABLE;

			next->of_area = false;
			next->size = draw_number(&random, 4);
			next->pfn = get(&a->m, gfp, next->size);
			nr += next->pfn != PFN_NONE;
		}
		expect_sound(a);
	}
	assert_true(a->m.memory->vm_event[VM_CMA_ALLOC_SUCCESS] > 100);
	assert_true(busy(a) > 100);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_lowest_that_is_aligned),
		TEST(what_is_around_stays_free),
		TEST(ranges_with_a_page_in_use_are_passed),
		TEST(a_try_in_vain_leaves_blocks_at_the_tails),
		TEST(none_where_none_is_free),
		TEST(pages_on_per_cpu_lists_are_free),
		TEST(given_back_they_join_what_is_free),
		TEST(heads_and_tails_of_blocks_are_given_back),
		TEST(pages_are_cleared_if_all_pages_are),
		TEST(any_mixture_of_calls_keeps_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
