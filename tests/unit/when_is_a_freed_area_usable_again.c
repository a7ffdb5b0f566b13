/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Freed address space waits until enough of it waits, or until there is no
 * other. Pictures: one character is 1,024 pages, 4 MiB; `.` free, `#` busy,
 * `~` freed but not usable yet. The limit is 32 MiB, eight characters, for
 * each bit in the number of CPUs.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/vmap_picture.h"

#define PAGE 4096u
#define SCALE 1024u

static struct errors errors;

static void draw(struct picture *picture, const char *text, uint32_t nr_cpus)
{
	assert_int_equal(picture_init(picture, text, SCALE, nr_cpus, &errors),
			 0);
}

static void expect(struct picture *picture, const char *text)
{
	char why[200];

	assert_string_equal(picture_draw(picture), text);
	if (!vmap_space_validate(&picture->space, why, sizeof(why)))
		fail_msg("%s", why);
}

/* Takes eight ranges of a character each. */
static void fill(struct picture *picture)
{
	int i;

	for (i = 0; i < 8; i++)
		assert_int_equal(picture_take(picture, 1, PAGE), i);
}

/* Expect: the place just freed is passed over for the next one. */
static void a_freed_range_is_not_used_at_once(void **state)
{
	struct picture picture;

	(void)state;
	draw(&picture, "................", 1);
	fill(&picture);
	picture_free(&picture, 2);
	vmap_space_run_work(&picture.space, 0);
	expect(&picture, "##~#####........");
	assert_int_equal(picture_take(&picture, 1, PAGE), 8);
	expect(&picture, "##~######.......");
	vmap_space_release(&picture.space);
}

/*
 * Expect: eight characters are the limit itself, not more than it, so they
 * wait; the ninth starts the purge, and all nine are free.
 */
static void more_than_the_limit_starts_the_purge(void **state)
{
	struct picture picture;
	int i;

	(void)state;
	draw(&picture, "................", 1);
	fill(&picture);
	assert_int_equal(picture_take(&picture, 1, PAGE), 8);
	for (i = 0; i < 8; i++)
		picture_free(&picture, i);
	assert_false(picture.space.purge_scheduled);
	vmap_space_run_work(&picture.space, 0);
	expect(&picture, "~~~~~~~~#.......");
	picture_free(&picture, 8);
	assert_true(picture.space.purge_scheduled);
	expect(&picture, "~~~~~~~~~.......");
	vmap_space_run_work(&picture.space, 0);
	expect(&picture, "................");
	assert_int_equal(picture_nr_free(&picture), 1);
	vmap_space_release(&picture.space);
}

/* Expect: the limit doubles at two CPUs and again at four, not at three. */
static void the_limit_grows_with_the_bits_of_the_number_of_cpus(void **state)
{
	const struct {
		uint32_t cpus;
		uint64_t pages;
	} limits[] = {
		{ 1, 8192 },  { 2, 16384 }, { 3, 16384 },
		{ 4, 24576 }, { 7, 24576 }, { 8, 32768 },
	};
	struct picture picture;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		draw(&picture, "....", limits[i].cpus);
		assert_int_equal(picture.space.lazy_max, limits[i].pages);
		vmap_space_release(&picture.space);
	}
}

/* Expect: a request that finds nothing else purges by itself. */
static void lack_of_room_purges_before_the_limit(void **state)
{
	struct picture picture;

	(void)state;
	draw(&picture, "........##", 1);
	fill(&picture);
	picture_free(&picture, 3);
	picture_free(&picture, 4);
	expect(&picture, "###~~#####");
	assert_int_equal(picture_take(&picture, 2, PAGE), 3);
	expect(&picture, "##########");
	assert_int_equal(picture.space.lazy_pages, 0);
	vmap_space_release(&picture.space);
}

/*
 * Expect: whatever the order of the frees, waiting neighbours are one range,
 * the purge counts it once, and it joins the free ranges on both sides.
 */
static void neighbours_are_joined(void **state)
{
	struct picture picture;

	(void)state;
	draw(&picture, "............", 1);
	fill(&picture);
	picture_free(&picture, 5);
	picture_free(&picture, 7);
	picture_free(&picture, 6);
	picture_free(&picture, 2);
	expect(&picture, "##~##~~~....");
	assert_int_equal(picture.space.lazy.nr, 2);
	vmap_space_purge(&picture.space, 0);
	expect(&picture, "##.##.......");
	assert_int_equal(picture_nr_free(&picture), 2);
	assert_int_equal(picture.memory.work.count[WORK_VMAP_PURGED], 2);
	assert_int_equal(picture_take(&picture, 7, PAGE), 5);
	vmap_space_release(&picture.space);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_freed_range_is_not_used_at_once),
		cmocka_unit_test(more_than_the_limit_starts_the_purge),
		cmocka_unit_test(
			the_limit_grows_with_the_bits_of_the_number_of_cpus),
		cmocka_unit_test(lack_of_room_purges_before_the_limit),
		cmocka_unit_test(neighbours_are_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
