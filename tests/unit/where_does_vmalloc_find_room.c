/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lowest free range that is long enough, at its lowest fitting address.
 * Pictures: one character a page of address space, `.` free, `#` busy, `~`
 * freed but not usable yet.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/vmap_picture.h"

#define PAGE 4096u

static struct errors errors;

static void draw(struct picture *picture, const char *text)
{
	assert_int_equal(picture_init(picture, text, 1, 1, &errors), 0);
}

static void expect(struct picture *picture, const char *text)
{
	char why[200];

	assert_string_equal(picture_draw(picture), text);
	if (!vmap_space_validate(&picture->space, why, sizeof(why)))
		fail_msg("%s", why);
}

/*
 * Expect: three pages do not go where only one or two are free, nor into the
 * longest hole, but into the first that has three.
 */
static void the_lowest_hole_that_fits_is_taken(void **state)
{
	struct picture picture;

	(void)state;
	draw(&picture, "#.##..#....##......#");
	assert_int_equal(picture_take(&picture, 3, PAGE), 7);
	expect(&picture, "#.##..####.##......#");
	vmap_space_release(&picture.space);
}

/* Expect: a hole of just the right length vanishes. */
static void a_hole_may_be_filled_to_the_last_page(void **state)
{
	struct picture picture;

	(void)state;
	draw(&picture, "#..#...#");
	assert_int_equal(picture_take(&picture, 2, PAGE), 1);
	expect(&picture, "####...#");
	assert_int_equal(picture_nr_free(&picture), 1);
	vmap_space_release(&picture.space);
}

/* Expect: small requests go back to holes that were too small before. */
static void small_holes_are_used_by_small_requests(void **state)
{
	struct picture picture;

	(void)state;
	draw(&picture, ".#..#.....");
	assert_int_equal(picture_take(&picture, 3, PAGE), 5);
	assert_int_equal(picture_take(&picture, 1, PAGE), 0);
	assert_int_equal(picture_take(&picture, 1, PAGE), 2);
	expect(&picture, "###.####..");
	vmap_space_release(&picture.space);
}

/*
 * Free ranges, from 1 to 6, where 1 and 6 lie around the space; in a tree that
 * grew from the lowest to the highest:
 *
 *	 #.#.......#.#........#           2
 *	1 2   3     4    5     6         / \
 *	    |   |   |   |   |   |       1   4
 *	    multiples of four pages        / \
 *	                                  3   5
 *	                                       \
 *	                                        6
 *
 * Expect: four pages at a multiple of four want eight free ones, the number
 * that is sure to hold such a place wherever it begins. The seven of 3 would
 * have done, but the way from 1 up to 2 and down to 4 passes them over.
 */
static void alignment_asks_for_the_worst_case(void **state)
{
	struct picture picture;

	(void)state;
	draw(&picture, "#.#.......#.#........#");
	assert_int_equal(picture_take(&picture, 4, 4 * PAGE), 16);
	expect(&picture, "#.#.......#.#...####.#");
	assert_int_equal(picture_take(&picture, 4, 4 * PAGE), -1);
	assert_int_equal(picture_take(&picture, 4, PAGE), 3);
	expect(&picture, "#.#####...#.#...####.#");
	vmap_space_release(&picture.space);
}

/*
 *	 #.......#........#            2
 *	1    2       3     4          / \
 *	 |   |   |   |   |           1   3
 *	                                  \
 *	                                   4
 *
 * Expect: the same seven pages are taken where the search comes by.
 */
static void a_shorter_range_on_the_way_may_do(void **state)
{
	struct picture picture;

	(void)state;
	draw(&picture, "#.......#........#");
	assert_int_equal(picture_take(&picture, 4, 4 * PAGE), 4);
	expect(&picture, "#...#####........#");
	vmap_space_release(&picture.space);
}

/* Expect: an aligned place amid a hole leaves two holes. */
static void an_aligned_range_may_split_a_hole_in_two(void **state)
{
	struct picture picture;

	(void)state;
	draw(&picture, "#..........");
	assert_int_equal(picture_take(&picture, 2, 4 * PAGE), 4);
	expect(&picture, "#...##.....");
	assert_int_equal(picture_nr_free(&picture), 2);
	vmap_space_release(&picture.space);
}

/* Expect: where the space begins and ends is free like any other place. */
static void both_ends_of_the_space_can_be_used(void **state)
{
	struct picture picture;

	(void)state;
	draw(&picture, "..##..");
	assert_int_equal(picture_take(&picture, 2, PAGE), 0);
	assert_int_equal(picture_take(&picture, 2, PAGE), 4);
	expect(&picture, "######");
	assert_int_equal(picture_take(&picture, 1, PAGE), -1);
	vmap_space_release(&picture.space);
}

/* Expect: a request longer than any hole fails and changes nothing. */
static void no_room_is_a_result(void **state)
{
	const struct vmap_caller caller = { .node = NODE_ANY };
	struct picture picture;
	struct vmap_result result;

	(void)state;
	draw(&picture, "..#...#..");
	result = vmap_space_alloc(&picture.space, 4 * PAGE, PAGE, &caller);
	assert_int_equal(result.range, VMAP_NODE_NONE);
	assert_int_equal(result.reason, REASON_ADDRESS_SPACE);
	assert_false(result.host_failed);
	expect(&picture, "..#...#..");
	vmap_space_release(&picture.space);
}

static void refuse(struct vmap_area_desc area, const char *because)
{
	struct errors found = ERRORS_NONE;
	struct picture picture;

	draw(&picture, "..##......");
	vmap_space_release(&picture.space);
	picture.areas[1] = area;
	picture.desc.initial.nr_vmap_areas = 2;
	assert_int_equal(vmap_space_init(&picture.space, &picture.memory, NULL,
					 &found),
			 -1);
	assert_int_equal(found.nr, 1);
	assert_non_null(strstr(found.text[0], because));
	errors_release(&found);
}

/*
 *	..##......      a space of ten pages, pages 2 and 3 busy
 *
 * Expect: a second busy range that can't be is refused, and told why.
 */
static void a_start_that_contradicts_itself_is_refused(void **state)
{
	(void)state;
	refuse((struct vmap_area_desc){ 3 * PAGE, 5 * PAGE }, "overlaps");
	refuse((struct vmap_area_desc){ 1 * PAGE, 6 * PAGE }, "overlaps");
	refuse((struct vmap_area_desc){ 5 * PAGE, 5 * PAGE }, "empty");
	refuse((struct vmap_area_desc){ 9 * PAGE, 11 * PAGE }, "beyond");
	refuse((struct vmap_area_desc){ 5 * PAGE, 6 * PAGE + 1 }, "page");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lowest_hole_that_fits_is_taken),
		cmocka_unit_test(a_hole_may_be_filled_to_the_last_page),
		cmocka_unit_test(small_holes_are_used_by_small_requests),
		cmocka_unit_test(alignment_asks_for_the_worst_case),
		cmocka_unit_test(a_shorter_range_on_the_way_may_do),
		cmocka_unit_test(an_aligned_range_may_split_a_hole_in_two),
		cmocka_unit_test(both_ends_of_the_space_can_be_used),
		cmocka_unit_test(no_room_is_a_result),
		cmocka_unit_test(a_start_that_contradicts_itself_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
